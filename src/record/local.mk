libquarantine_a_SOURCES += \
	src/record/facts.c src/record/facts.h \
	src/record/record.c src/record/record.h
