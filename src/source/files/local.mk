libquarantine_a_SOURCES += \
	src/source/files/arf.c \
	src/source/files/arf_mailbox.c src/source/files/arf_mailbox.h \
	src/source/files/eml.c \
	src/source/files/files.c src/source/files/files.h \
	src/source/files/files_part.h \
	src/source/files/files_run.h \
	src/source/files/follow.c src/source/files/follow.h \
	src/source/files/kinds.c src/source/files/kinds.h \
	src/source/files/maildir.c src/source/files/maildir.h \
	src/source/files/maildir_follow.c src/source/files/maildir_follow.h \
	src/source/files/mbox.c \
	src/source/files/message.c \
	src/source/files/run.c \
	src/source/files/seen.c src/source/files/seen.h \
	src/source/files/trace.c
