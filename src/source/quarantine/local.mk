libquarantine_a_SOURCES += \
	src/source/quarantine/folder.c src/source/quarantine/folder.h \
	src/source/quarantine/folder_dates.c \
	src/source/quarantine/folder_held.c \
	src/source/quarantine/folder_known.c src/source/quarantine/folder_known.h \
	src/source/quarantine/folder_open.c \
	src/source/quarantine/folder_part.h \
	src/source/quarantine/folder_plan.c \
	src/source/quarantine/folder_report.c \
	src/source/quarantine/folder_sample.c \
	src/source/quarantine/folder_seen.c src/source/quarantine/folder_seen.h \
	src/source/quarantine/folder_state.c src/source/quarantine/folder_state.h \
	src/source/quarantine/follow.c src/source/quarantine/follow.h \
	src/source/quarantine/follower.c src/source/quarantine/follower.h \
	src/source/quarantine/hosts.c src/source/quarantine/hosts.h \
	src/source/quarantine/hosts_list.c \
	src/source/quarantine/hosts_look.c \
	src/source/quarantine/quarantine.c src/source/quarantine/quarantine.h
