/*
 * What the program is asked to do (cli.md). One table in table.c has name, letter,
 * argument, help and destination of each option; getopt_long(3), --help and
 * --show-config come from it.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "base/arena.h"
#include "base/env.h"
#include "imap/stream_settings.h"
#include "calendar/period.h"
#include "evidence/evidence.h"
#include "group/group.h"
#include "secret/secret.h"
#include "settings/mode.h"
#include "sink/formats.h"
#include "sink/sink_blocklist.h"

/* Limits of what may be given, in bytes and seconds. */
#define OPTIONS_MAX_NAME     1024 /* a user or a folder */
#define OPTIONS_MAX_TIMEOUT  86400
#define OPTIONS_MAX_DEADLINE 604800
#define OPTIONS_MAX_GROUPS   1000000 /* of --top */

#define OPTIONS_MAX_INTERVAL  3600
#define OPTIONS_MAX_NEW_AFTER 3650

#define OPTIONS_MAX_ROWS 128 /* of the table; a test looks whether it is still enough */

enum options_action {
	OPTIONS_RUN, /* the command */
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

#define OPTIONS_MAX_LEFT_OUT 2 /* the files of the system and of the user */

#define OPTIONS_MAX_HOSTS   64
#define OPTIONS_MAX_RETRIES 100

/* Connections to a server. */
#define OPTIONS_MAX_CONNECTIONS 4
#define OPTIONS_MAX_MAIL_TO     64

#define OPTIONS_MAX_TEXTS   256
#define OPTIONS_MAX_CHANGES 100000
#define OPTIONS_MAX_KEEP    36500 /* days of --keep */
#define OPTIONS_MAX_HOURS   768   /* the filter keeps its log for 32 days */

/* An option that may be given several times. */
struct option_texts {
	unsigned count;
	const char *text[OPTIONS_MAX_TEXTS];
};

/* What lock counts: --count. */
enum options_count {
	OPTIONS_COUNT_LOG,
	OPTIONS_COUNT_QUARANTINE,
};

/* The history in a database server. */
struct options_clickhouse {
	struct stream_host host; /* name NULL: none, the history is a file */
	const char *user;        /* NULL: the server's own for who gives none */
	const char *database;
	bool plaintext;
	const char *password_file;
	const char *password_command;
	struct tls_settings tls; /* the CA file and the pins, all of keys */
};

/* The filter's API, and what is done through it (control.md). */
struct options_api {
	struct stream_host host; /* name NULL: none */
	const char *user;
	const char *password_file;
	const char *password_command;
	struct tls_settings tls; /* the CA file and the pins, all of keys */
	bool plaintext;
	const char *path;
	const char *client_username;
	const char *user_column;
	const char
	    *username; /* --username of the command line, where it is a sender's; else NULL */
	struct option_texts domains;
	bool log_search;
	const char *classification;
	unsigned limit;
	unsigned hours_ago;
	unsigned count; /* enum options_count */
	unsigned max_changes;
	bool unattended;
	bool all_users;
	bool all;
	bool undo;
	bool list;
	bool remove;
	const char *search;
	const char *from;
	const char *to;
	struct option_texts exempt;
	const char *exempt_file;
	const char *call_unlock;
	const char *call_queue_remove;
	bool allow_empty;
};

/* What a run that stays does besides its outputs. */
struct options_live {
	unsigned interval;    /* seconds */
	unsigned alert_count; /* more messages than this of an identity; 0: no alerts */
	unsigned alert_minutes;
	const char *alert_command;
	const char *alert_url;
	const char *alert_ca_file;
	const char *metrics;
};

/* Where a value came from; each level overrides those above it. */
enum options_level {
	OPTIONS_DEFAULT,
	OPTIONS_SYSTEM_FILE, /* /etc/quarantine-report.conf, and its profile */
	OPTIONS_SYSTEM_PROFILE,
	OPTIONS_USER_FILE, /* the user's, or that of --config */
	OPTIONS_USER_PROFILE,
	OPTIONS_ENVIRONMENT,
	OPTIONS_COMMAND_LINE,
};

struct options_origin {
	enum options_level level;
	const char *file; /* the configuration file; NULL on the other levels */
	unsigned line;
};

/* What may depend on whether somebody looks; in the order of the option's words. */
enum options_whether {
	OPTIONS_AUTO,
	OPTIONS_ALWAYS,
	OPTIONS_NEVER,
};

/* Strings point into argv, into `strings`, or to constants. */
struct options {
	enum options_action action;
	const struct mode *modes; /* the table of all commands */
	const struct mode
	    *mode;         /* the command; for --help and --version NULL when none was named */
	bool mode_is_word; /* it was named as a word, not by an option such as --check */
	const char *config_file; /* --config; NULL: the usual ones */
	const char *config_path; /* the same, good in every folder */
	const char *profile;

	struct options_origin origin[OPTIONS_MAX_ROWS]; /* by row of the table */
	struct arena strings;                           /* what files said */

	const char
	    *left_out[OPTIONS_MAX_LEFT_OUT]; /* configuration files that were left out, and why */
	unsigned left_out_count;

	struct format_request output[FORMAT_COUNT];
	unsigned blocklist_form; /* enum blocklist_form */
	struct network exempt_net[BLOCKLIST_MAX_EXEMPT];
	unsigned exempt_net_count;
	struct column_list group_by; /* none: a row a message */
	struct group_limits limits;  /* of grouped outputs */
	bool merge;                  /* of files the groups (--merge) */
	unsigned input;         /* what the files are: of option_row.words; 0: content decides */
	bool recursive;         /* folders are trees of messages */
	bool auth_failures;     /* reports about those count */
	bool failed_logins;     /* of mail logs instead of messages */
	const char *log_host;   /* of logs that name none; NULL: unknown */
	const char *log_end;    /* a day as of --date; NULL: what the files' times say */
	unsigned filter_uid;    /* 0: none */
	bool arf;               /* the mailbox of the server has reports of abuse */
	const char *arf_folder; /* UTF-8 */
	char *const *files;     /* read instead of a server; in argv */
	unsigned file_count;
	char *const *words; /* of a command whose operands are no files; in argv */
	unsigned word_count;

	bool incoming; /* outgoing is the default: after parsing at least one is set */
	bool outgoing;
	bool no_bounce;

	struct stream_host hosts[OPTIONS_MAX_HOSTS];
	unsigned host_count;
	bool partial; /* the report is made although a host is missing */
	const char *username;
	struct secret password; /* from -p; owned */
	const char *password_file;
	const char *password_command;
	bool password_from_file;     /* password, password-file or password-command is from a
					configuration file */
	struct tls_settings tls;     /* mode, port, CA file, pins, plaintext */
	unsigned connections;        /* to each server */
	unsigned timeout;            /* seconds that a read may be silent */
	unsigned deadline;           /* seconds for the whole run; 0: none */
	const char *outgoing_folder; /* UTF-8 */
	const char *incoming_folder;

	struct period_request period; /* period_resolve() checks it */
	const char *timezone;         /* period_set_zone() checks it; NULL: the system's */

	struct column_list columns;
	bool are_columns_chosen; /* by the user */
	bool is_display_default; /* since no output was asked for */
	const char *identity_headers[EVIDENCE_MAX_IDENTITY_HEADERS]; /* in order */
	unsigned identity_header_count;
	bool raw_csv;
	bool csv_bom;
	char delimiter;

	const char *mail_to[OPTIONS_MAX_MAIL_TO];
	unsigned mail_to_count;
	const char *mail_from;
	const char *mail_subject;
	bool mail_empty;         /* also when there is nothing to report */
	unsigned mail_min_count; /* only when somebody sent so many; 0: any */
	const char *sendmail;

	struct options_api api;
	struct options_live live;

	unsigned keep;                      /* of history prune: days; 0: not given */
	struct column_list history_without; /* what is not kept there */
	struct column_list history_hash;    /* and what as a hash only */
	const char *erase_identity;         /* of history erase; the recipient is api.to */
	struct format_request history;      /* the file: NULL: the usual one */
	struct options_clickhouse clickhouse;
	bool offline;          /* the history is read instead of servers */
	unsigned new_after;    /* days without being seen that make a group new */
	bool new_only;         /* only what came since the last run */
	const char *state_dir; /* NULL: the usual one */
	bool syslog;
	unsigned retries;

	unsigned color;    /* of the table: enum options_whether */
	unsigned progress; /* the same */
	bool verbose;
	bool quiet;
	bool trace;
};

/* Accepts what a failure of options_parse() left. */
void options_free(struct options *options);

/*
 * Sets the process's zone and finds the period that the options ask for; only the zone when
 * period_r is NULL. Errors as of period_set_zone() and period_resolve(), but ERR_CONFIG with file
 * and line when the value is from a file.
 */
int options_resolve_period(
    const struct options *options, time_t now, struct period *period_r, struct err *err);

/* --input: what the files are said to be, or empty. */
struct span options_input(const struct options *options);

/* True when the options ask for a period; without, that of servers is yesterday. */
bool options_ask_for_period(const struct options *options);

/* True when the option of this long name stands on the command line. */
bool options_have_typed(const struct options *options, const char *name);

/* The text of --help, or of COMMAND --help when one is named: only what works. */
void options_add_help(const struct options *options, struct buf *out);

/* The text of --version: "quarantine-report X.Y.Z", then a line for each library. */
void options_add_version(struct buf *out);

/* The effective settings, a line an option: "name = value ; where it came from", secrets as "*".
 * The text is a valid configuration file: what one cannot hold is a comment. */
void options_add_settings(const struct options *options, struct buf *out);

#endif
