libquarantine_a_SOURCES += \
	src/group/group.c src/group/group.h \
	src/group/group_column.c src/group/group_column.h \
	src/group/group_count.c \
	src/group/group_hash.c src/group/group_hash.h \
	src/group/group_internal.h \
	src/group/group_key.c src/group/group_key.h \
	src/group/group_past.c src/group/group_past.h \
	src/group/group_sender.c src/group/group_sender.h \
	src/group/group_set.c src/group/group_set.h \
	src/group/group_sketch.c src/group/group_sketch.h \
	src/group/group_tally.c src/group/group_tally.h \
	src/group/group_time.c src/group/group_time.h \
	src/group/group_text.c src/group/group_text.h \
	src/group/group_view.c
