libquarantine_a_SOURCES += \
	src/settings/config.c src/settings/config.h \
	src/settings/config_file.c src/settings/config_file.h \
	src/settings/mode.h \
	src/settings/options.c src/settings/options.h \
	src/settings/options_apply.c \
	src/settings/options_check.c \
	src/settings/options_check_host.c \
	src/settings/options_env.c \
	src/settings/options_help.c \
	src/settings/options_host.c \
	src/settings/options_period.c \
	src/settings/options_set.c \
	src/settings/options_show.c \
	src/settings/options_table.c src/settings/options_table.h \
	src/settings/options_types.c
