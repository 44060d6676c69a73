libquarantine_a_SOURCES += \
	src/report/outputs.c src/report/outputs.h \
	src/report/outputs_name.c src/report/outputs_name.h
