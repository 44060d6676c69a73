libquarantine_a_SOURCES += \
	src/letter/letter.c src/letter/letter.h \
	src/letter/summary.c src/letter/summary.h \
	src/letter/summary_part.h \
	src/letter/summary_subject.c \
	src/letter/summary_table.c
