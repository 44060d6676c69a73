libquarantine_a_SOURCES += \
	src/state/state.c src/state/state.h \
	src/state/state_failure.c \
	src/state/state_file.c \
	src/state/state_finish.c \
	src/state/state_folder.c \
	src/state/state_journal.c \
	src/state/state_store.h \
	src/state/state_text.c
