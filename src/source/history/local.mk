libquarantine_a_SOURCES += \
	src/source/history/history.c src/source/history/history.h \
	src/source/history/history_days.c src/source/history/history_days.h \
	src/source/history/history_replay.c src/source/history/history_replay.h \
	src/source/history/sync.c src/source/history/sync.h
