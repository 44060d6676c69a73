libquarantine_a_SOURCES += \
	src/source/saved/saved.c src/source/saved/saved.h \
	src/source/saved/saved_csv.c \
	src/source/saved/saved_header.c src/source/saved/saved_header.h \
	src/source/saved/saved_input.c src/source/saved/saved_input.h \
	src/source/saved/saved_json.c \
	src/source/saved/saved_row.c src/source/saved/saved_row.h
