/*
 * The table of options: the only place that knows a name, a letter, a help
 * text or a destination. For this room and its tests only.
 */
#ifndef OPTIONS_TABLE_H
#define OPTIONS_TABLE_H

#include "settings/options.h"

enum option_takes {
	OPTION_NOTHING,
	OPTION_SWITCH, /* may have =yes or =no, which the help leaves out */
	OPTION_ARGUMENT,
	OPTION_PERHAPS, /* only as --name=ARGUMENT: the letter takes none, so that -cd works */
};

enum option_group {
	OPTION_GROUP_REPORT,
	OPTION_GROUP_GROUPS,
	OPTION_GROUP_MESSAGES,
	OPTION_GROUP_FILES,
	OPTION_GROUP_PERIOD,
	OPTION_GROUP_CONNECTION,
	OPTION_GROUP_PASSWORD,
	OPTION_GROUP_CSV,
	OPTION_GROUP_MAIL,
	OPTION_GROUP_SCHEDULED,
	OPTION_GROUP_LIVE,
	OPTION_GROUP_HISTORY,
	OPTION_GROUP_API,
	OPTION_GROUP_CHANGES,
	OPTION_GROUP_DIAGNOSIS,
	OPTION_GROUP_HELP,
	OPTION_GROUP_COUNT
};

/* Within a choice, a higher level (enum options_level) replaces all options of the lower. */
enum option_choice {
	OPTION_CHOICE_NONE,
	OPTION_CHOICE_PASSWORD,
	OPTION_CHOICE_PERIOD,
	OPTION_CHOICE_API_PASSWORD,
	OPTION_CHOICE_HISTORY_PASSWORD,
	OPTION_CHOICE_VERBOSITY,
};

/* What an option holds, and so what can be done with it: option_types in types.c. */
enum option_type {
	OPTION_TYPE_ACTION, /* an answer instead of a run; not a setting */
	OPTION_TYPE_MODE,   /* the command of that name as an option; not a setting */
	OPTION_TYPE_FLAG,
	OPTION_TYPE_TEXT,
	OPTION_TYPE_PROFILE,
	OPTION_TYPE_FILE,
	OPTION_TYPE_FOLDER, /* a directory */
	OPTION_TYPE_PROGRAM,
	OPTION_TYPE_COMMAND, /* of a shell */
	OPTION_TYPE_USER,
	OPTION_TYPE_MAILBOX,
	OPTION_TYPE_ADDRESS,
	OPTION_TYPE_DATE,
	OPTION_TYPE_WHEN,
	OPTION_TYPE_ZONE,
	OPTION_TYPE_NUMBER,
	OPTION_TYPE_PORT,
	OPTION_TYPE_OUTPUT,
	OPTION_TYPE_COLUMNS,
	OPTION_TYPE_HISTORY_COLUMNS,
	OPTION_TYPE_GROUP_KEY,
	OPTION_TYPE_PASSWORD,
	OPTION_TYPE_TLS,
	OPTION_TYPE_DELIMITER,
	OPTION_TYPE_HOSTS,
	OPTION_TYPE_FINGERPRINTS,
	OPTION_TYPE_IDENTITY_HEADERS,
	OPTION_TYPE_ADDRESSES,
	OPTION_TYPE_WORD, /* one of option_row.words */
	OPTION_TYPE_NETWORKS,
	OPTION_TYPE_API_HOST,
	OPTION_TYPE_API_PINS,
	OPTION_TYPE_TEXTS,
	OPTION_TYPE_ALERT,
	OPTION_TYPE_URL,
	OPTION_TYPE_COUNT
};

/* What completion offers for the value. */
enum option_complete {
	OPTION_COMPLETE_NOTHING,
	OPTION_COMPLETE_FILE,
	OPTION_COMPLETE_FOLDER,
	OPTION_COMPLETE_HOST,
	OPTION_COMPLETE_PROFILE, /* of the configuration files */
	OPTION_COMPLETE_ZONE,
	OPTION_COMPLETE_COLUMNS, /* those of --columns, separated by commas */
	OPTION_COMPLETE_GROUPS,  /* those of --group-by */
	OPTION_COMPLETE_WORDS    /* option_words() */
};

struct option_row;

/* Checks a value and stores it. `value` is NULL without an argument, and may be overwritten. */
typedef int option_set(
    struct options *options, const struct option_row *row, char *value, struct err *err);

/* Adds "name = value" lines. */
typedef void option_show(
    const struct options *options, const struct option_row *row, struct buf *out);

/* Sets it to off, none or 0. */
typedef void option_undo(struct options *options, const struct option_row *row);

/* True when it is not off, none or 0. */
typedef bool option_asks(const struct options *options, const struct option_row *row);

struct option_ops {
	option_set *set;
	option_undo *clear;
	option_asks *is_set;
	option_show *show; /* NULL: no setting */
	enum option_complete complete;
	const char *words; /* separated by blanks */
	bool repeats;      /* may be given several times: the row's member is their number */
};

struct option_row {
	const char *name;
	char letter;   /* 0: none */
	bool original; /* the original program has it: see options_parse() on abbreviations */
	enum option_takes takes;
	const char *argument; /* as --help shows it; NULL with OPTION_NOTHING */
	enum option_group group;
	enum mode_subject about; /* the commands that use it */
	enum mode_subject also;  /* and others; MODE_ANY: none */
	const char *help;
	enum option_type type;
	const struct format *format; /* the format that it asks for; NULL: none */
	size_t at;          /* offset of the member of struct options, if it is a setting */
	const char *words;  /* of OPTION_TYPE_WORD: separated by blanks, the first is the preset */
	const char *preset; /* the value without any; NULL: off, none, 0 */
	unsigned min, max;  /* bounds of a number */
	enum option_choice choice;
	bool optional; /* may be empty: in a file that takes back an earlier value */
	bool acts;     /* runs a command or names a path: refused in a file that others wrote */
	bool no_file;  /* on the command line and in the environment only */
	enum options_action action;
};

static inline bool option_is_setting(const struct option_row *row)
{
	return row->type != OPTION_TYPE_ACTION && row->type != OPTION_TYPE_MODE;
}

/* True when the command takes the option, and the option is not another command. */
static inline bool option_is_for(const struct option_row *row, const struct mode *mode)
{
	return row->type != OPTION_TYPE_MODE &&
	       ((row->about & ~mode->takes) == 0 || (row->also & mode->takes) != 0);
}

/* types_host.c: HOST[:PORT] of this option, which a message names. */
int option_read_host(struct options *options, const struct option_row *row, const char *value,
    struct stream_host *host_r, struct err *err);

/* check_history.c: a history in a database server, of the form clickhouse://[USER@]HOST[:PORT]/
 * DATABASE; options.clickhouse is filled. ERR_USAGE. */
bool options_is_history_url(const char *text);
int options_check_history_url(struct options *options, struct err *err);

extern const char *const option_group_titles[OPTION_GROUP_COUNT];
extern const struct option_row option_rows[];
extern const unsigned option_row_count;

/* types.c */

extern const struct option_ops option_types[OPTION_TYPE_COUNT];
const struct option_ops *option_ops(const struct option_row *row);
bool option_is_set(const struct options *options, const struct option_row *row);

/* The words that it takes, separated by blanks; NULL: others, too. */
const char *option_words(const struct option_row *row);

/* Sets it to its preset; its origin stays. */
void option_clear(struct options *options, const struct option_row *row);

/* apply.c */

/* Gives every option its preset. */
void options_init(struct options *options, const struct mode *modes);

/* The row of a name, or NULL. */
const struct option_row *option_row_find(struct span name);

/* The row whose value is in this member of struct options, or NULL. For members that have one:
 * tests/system/test_source_rules.py looks whether those that are asked for do. */
#define OPTION(member) option_row_at(offsetof(struct options, member))
const struct option_row *option_row_at(size_t at);

const struct options_origin *option_origin(
    const struct options *options, const struct option_row *row);
enum options_level option_level(const struct options *options, const struct option_row *row);

/*
 * Sets an option to a value from one of the levels. Replaces the values of lower levels, all of a
 * list and other options of a choice included; does nothing when a higher level has a value. Text
 * is kept by pointer.
 */
int options_apply(struct options *options, const struct option_row *row, char *value,
    const struct options_origin *origin, struct err *err);

/* Takes it back, as if it had never been given. */
void options_take_back(struct options *options, const struct option_row *row);

/* Of two options that exclude each other takes back that from the lower level; -1: both are from
 * the same. */
int options_settle(struct options *options, const struct option_row *a, const struct option_row *b);

/* When the option is from a file: puts FILE:LINE in front of the error and makes it ERR_CONFIG.
 * Returns -1. */
int options_blame(const struct options *options, const struct option_row *row, struct err *err);

/* environment.c: applies the QUARANTINE_REPORT_* variables; with `early` only those of --config and
 * --profile, else all others. Options that choose a command or an answer have none. */
int options_read_environment(
    struct options *options, const struct env *env, bool early, struct err *err);

/* Warns of each QUARANTINE_REPORT_* variable that is named like no option. */
void options_warn_environment(const struct env *env);

/* types_set.c, types_host.c */
option_set option_set_flag, option_set_action, option_set_mode, option_set_text, option_set_number,
    option_set_output, option_set_host, option_set_user, option_set_folder, option_set_password,
    option_set_tls, option_set_fingerprint, option_set_columns, option_set_history_columns,
    option_set_group_by, option_set_identity_header, option_set_delimiter, option_set_mail_to,
    option_set_mail_from, option_set_path, option_set_date, option_set_when, option_set_zone,
    option_set_word, option_set_network, option_set_api_host, option_set_api_pin, option_set_texts,
    option_set_alert, option_set_url;

/* True when the value is yes or no, for an option that also takes names. */
bool option_is_switch(const struct option_row *row, const char *value);

/* True when the host of an address of the web is one of these. */
bool option_url_is_loopback(const char *url);

/* types_host.c: true for localhost and the addresses of the loopback interface. */
bool option_host_is_loopback(const char *host);

/* check.c: checks the options when all have been read, and fills in what depends on several. Of two
 * that exclude each other the one from the higher level counts. */
int options_check(struct options *options, struct err *err);

/* check_host.c: part of it. */
int options_check_connection(struct options *options, struct err *err);

/* types_show.c */

/* Begins a line that cannot stand in a configuration file. */
#define OPTION_COMMENT "# "

option_show option_show_flag, option_show_text, option_show_number, option_show_output,
    option_show_host, option_show_port, option_show_secret, option_show_tls,
    option_show_fingerprint, option_show_columns, option_show_identity_header,
    option_show_delimiter, option_show_mail_to, option_show_word, option_show_networks,
    option_show_api_host, option_show_api_pins, option_show_texts, option_show_alert;

#endif
