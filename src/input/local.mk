libquarantine_a_SOURCES += \
	src/input/input.c src/input/input.h \
	src/input/input_decode.c src/input/input_decode.h \
	src/input/input_line.c src/input/input_line.h \
	src/input/input_tail.c src/input/input_tail.h
