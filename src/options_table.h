/*
 * The table of options: the only place that knows a name, a letter, a help
 * text or a destination. For options*.c and their test only.
 */
#ifndef OPTIONS_TABLE_H
#define OPTIONS_TABLE_H

#include "options.h"

enum option_takes {
	OPTION_NOTHING,
	OPTION_ARGUMENT,
	OPTION_PERHAPS, /* only as --name=ARGUMENT: the letter takes none, so that -cd works */
};

enum option_group {
	OPTION_GROUP_REPORT,
	OPTION_GROUP_GROUPS,
	OPTION_GROUP_MESSAGES,
	OPTION_GROUP_PERIOD,
	OPTION_GROUP_CONNECTION,
	OPTION_GROUP_PASSWORD,
	OPTION_GROUP_CSV,
	OPTION_GROUP_DIAGNOSIS,
	OPTION_GROUP_HELP,
	OPTION_GROUP_COUNT
};

struct option_row;

/* Checks a value and stores it; value is NULL where no argument was given, and may be overwritten.
 */
typedef int option_set(
    struct options *options, const struct option_row *row, char *value, struct err *err);

/* Adds "name = value" lines. */
typedef void option_show(
    const struct options *options, const struct option_row *row, struct buf *out);

struct option_row {
	const char *name;
	char letter;   /* 0: none */
	bool original; /* the original program has it: see options_parse() on abbreviations */
	enum option_takes takes;
	const char *argument; /* as --help shows it; NULL with OPTION_NOTHING */
	enum option_group group;
	const char *help;
	option_set *set;
	option_show *show; /* NULL: an action, no setting */
	size_t at;         /* offset of the destination in struct options, for set and show */
	unsigned min, max; /* of numbers */
	enum options_action action;
};

extern const char *const option_group_titles[OPTION_GROUP_COUNT];
extern const struct option_row option_rows[];
extern const unsigned option_row_count;

/* options_set.c, options_host.c */
option_set option_set_flag, option_set_action, option_set_text, option_set_number,
    option_set_output, option_set_host, option_set_user, option_set_folder, option_set_password,
    option_set_tls, option_set_fingerprint, option_set_columns, option_set_group_by,
    option_set_identity_header, option_set_delimiter;

/* options_host.c: true for localhost and the addresses of the loopback interface. */
bool option_host_is_loopback(const char *host);

/* options_check.c: checks options that have all been read, and fills in what depends on several. */
int options_check(struct options *options, struct err *err);

/* options_show.c */
option_show option_show_flag, option_show_text, option_show_number, option_show_output,
    option_show_host, option_show_port, option_show_secret, option_show_tls,
    option_show_fingerprint, option_show_columns, option_show_identity_header,
    option_show_delimiter;

#endif
