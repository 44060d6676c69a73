libquarantine_a_SOURCES += \
	src/settings/apply.c \
	src/settings/arguments.c src/settings/arguments.h \
	src/settings/check.c \
	src/settings/check_history.c \
	src/settings/check_host.c \
	src/settings/config.c src/settings/config.h \
	src/settings/config_file.c src/settings/config_file.h \
	src/settings/environment.c \
	src/settings/help.c \
	src/settings/mode.c src/settings/mode.h \
	src/settings/options.h \
	src/settings/resolve_period.c \
	src/settings/settings.c src/settings/settings.h \
	src/settings/show.c \
	src/settings/table.c src/settings/table.h \
	src/settings/types.c \
	src/settings/types_host.c \
	src/settings/types_set.c \
	src/settings/types_show.c
