libquarantine_a_SOURCES += \
	src/letter/letter.c src/letter/letter.h \
	src/letter/letter_body.c src/letter/letter_body.h \
	src/letter/letter_fact.c \
	src/letter/letter_html.c \
	src/letter/letter_part.h \
	src/letter/letter_past.c \
	src/letter/letter_subject.c \
	src/letter/letter_table.c
