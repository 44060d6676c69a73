libquarantine_a_SOURCES += \
	src/source/history/history.c src/source/history/history.h
