/*
 * The command line (cli.md). One table in options_table.c has name, letter,
 * argument, help and destination of each option; getopt_long(3), --help and
 * --show-config come from it.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "base/buf.h"
#include "base/err.h"
#include "imap/tls_settings.h"
#include "period.h"
#include "report/evidence.h"
#include "report/group.h"
#include "secret.h"

/* Limits of what may be given, in bytes and seconds. */
#define OPTIONS_MAX_NAME     1024 /* a user or a folder */
#define OPTIONS_MAX_HOST     253  /* RFC 1035, 2.3.4, as text */
#define OPTIONS_MAX_TIMEOUT  86400
#define OPTIONS_MAX_DEADLINE 604800
#define OPTIONS_MAX_GROUPS   1000000 /* of --top */

#define OPTIONS_MAX_ROWS 128 /* of the table; a test looks whether it is still enough */

enum options_action {
	OPTIONS_REPORT,
	OPTIONS_HELP,
	OPTIONS_VERSION,
	OPTIONS_CHECK, /* outputs and columns may be given and play no part */
	OPTIONS_SHOW_CONFIG,
};

/* An output that may be a file. */
struct options_output {
	bool wanted;
	const char *file; /* NULL: the default name; "-": standard output */
};

/* Strings point into argv, or to constants, unless said. */
struct options {
	enum options_action action;

	bool given[OPTIONS_MAX_ROWS]; /* by row of the table: it was on the command line */

	struct options_output csv;
	struct options_output json;
	struct options_output html;
	struct options_output identity_report;
	bool display;
	bool explain;                /* instead of the display */
	struct column_list group_by; /* none: a row a message */
	struct group_limits limits;  /* of grouped outputs */
	bool merge;                  /* saved reports are read, no server */
	char *const *files;          /* these; in argv */
	unsigned file_count;

	bool incoming; /* outgoing is the default: after parsing at least one is set */
	bool outgoing;
	bool no_bounce;

	char *host;         /* without brackets and port; owned */
	unsigned host_port; /* the port behind the host; parsing leaves it in tls.port as well */
	const char *username;
	struct secret password; /* from -p; owned */
	const char *password_file;
	const char *password_command;
	struct tls_settings tls;     /* mode, port, CA file, pins, plaintext */
	unsigned timeout;            /* seconds one read may be silent */
	unsigned deadline;           /* seconds for the whole run; 0: none */
	const char *outgoing_folder; /* UTF-8 */
	const char *incoming_folder;

	struct period_request period; /* period_resolve() checks it */
	const char *timezone;         /* period_set_zone() checks it; NULL: the system's */

	struct column_list columns;
	const char *identity_headers[EVIDENCE_MAX_IDENTITY_HEADERS]; /* in order */
	unsigned identity_header_count;
	bool raw_csv;
	bool csv_bom;
	char delimiter;

	bool verbose;
	bool quiet;
	bool trace;
};

/*
 * Reads argv (whose password it overwrites) into *options_r, defaults filled in and everything
 * checked that needs no other machine, no clock and no zone. ERR_USAGE says what is wrong; main
 * adds the hint to --help. options_free() accepts what a failure left.
 *
 * --help and --version end the reading: nothing behind them is looked at, and nothing is checked.
 * An abbreviation that the original program understood means what it meant there, whatever options
 * have been added since. Warns (log.h) of a password on the command line.
 */
int options_parse(int argc, char **argv, struct options *options_r, struct err *err);
void options_free(struct options *options);

/* The text of --help: only what works. */
void options_add_help(struct buf *out);

/* The text of --version: "quarantine-report X.Y.Z", then a line for each library. */
void options_add_version(struct buf *out);

/* The effective settings, an option a line as "name = value", secrets as "*". */
void options_add_settings(const struct options *options, struct buf *out);

#endif
