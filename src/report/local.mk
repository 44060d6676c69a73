libquarantine_a_SOURCES += \
	src/report/filter.c src/report/filter.h \
	src/report/outputs.c src/report/outputs.h \
	src/report/outputs_name.c src/report/outputs_name.h \
	src/report/past.c src/report/past.h \
	src/report/reader.c src/report/reader.h \
	src/report/report.c src/report/report.h
