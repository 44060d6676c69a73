libquarantine_a_SOURCES += \
	src/record/column.c src/record/column.h \
	src/record/column_set.h \
	src/record/facts.c src/record/facts.h \
	src/record/record.c src/record/record.h
