libquarantine_a_SOURCES += \
	src/source/logsearch/logsearch.c src/source/logsearch/logsearch.h
