libquarantine_a_SOURCES += \
	src/source/input_kind.c src/source/input_kind.h \
	src/source/source.h
