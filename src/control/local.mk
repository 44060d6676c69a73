libquarantine_a_SOURCES += \
	src/control/actions.c src/control/actions.h \
	src/control/answer.c src/control/answer.h \
	src/control/calls.c src/control/calls.h \
	src/control/client.c src/control/client.h \
	src/control/exempt.c src/control/exempt.h \
	src/control/locked.c src/control/locked.h \
	src/control/queue.c src/control/queue.h \
	src/control/search.c src/control/search.h \
	src/control/value.c src/control/value.h
