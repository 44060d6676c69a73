libquarantine_a_SOURCES += \
	src/base/arena.c src/base/arena.h \
	src/base/block.h \
	src/base/buf.c src/base/buf.h \
	src/base/child.c src/base/child.h \
	src/base/clock.c src/base/clock.h \
	src/base/draft.c src/base/draft.h \
	src/base/env.c src/base/env.h \
	src/base/err.c src/base/err.h \
	src/base/file.c src/base/file.h \
	src/base/headway.c src/base/headway.h \
	src/base/interrupt.c src/base/interrupt.h \
	src/base/json_memory.c src/base/json_memory.h \
	src/base/libcurl.c src/base/libcurl.h \
	src/base/library.c src/base/library.h \
	src/base/log.c src/base/log.h \
	src/base/mask.c src/base/mask.h \
	src/base/notify.c src/base/notify.h \
	src/base/owner.c src/base/owner.h \
	src/base/path.c src/base/path.h \
	src/base/span.c src/base/span.h \
	src/base/team.c src/base/team.h \
	src/base/utf8.c src/base/utf8.h \
	src/base/visible.c src/base/visible.h \
	src/base/wait.c src/base/wait.h \
	src/base/walk.c src/base/walk.h
