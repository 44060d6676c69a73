/*
 * The history of a run (--history): what it puts there, and with --offline what it reads instead of
 * a server.
 */
#ifndef RUN_HISTORY_H
#define RUN_HISTORY_H

#include "base/env.h"
#include "report/outputs.h"
#include "report/report.h"
#include "secret/secret.h"
#include "settings/options.h"
#include "source/quarantine/hosts.h"
#include "sink/store_privacy.h"
#include "source/source.h"
#include "store/store.h"

/* Zeroed: none. */
struct run_history {
	struct store *store; /* NULL: none is open */
	struct sink *sink;
	bool is_fed; /* by a run that stays: the sink is that of sink_feed.h, until it is settled */
	uint64_t version; /* of what it puts; 0: when the run began */
	struct store_privacy privacy;
	struct arena arena; /* texts of the mailboxes */
	struct account_place mailbox[HOSTS_MAX_FOLDERS];
	/* Of one in a server: */
	struct store_clickhouse_settings clickhouse;
	struct secret password;
	struct buf host;
	struct buf spool;
	/* What it is told of the run: */
	struct store_run run;
	struct buf run_options;
	bool is_noted; /* and is to be told how it ended */
};

/*
 * Opens it in its place: that of the option, or a file in the folder of the states, which is made
 * (mode 700) unless --offline only reads; or in a server, whose password is found before.
 * ERR_USAGE when no place is known; errors as of store_sqlite_open() or store_clickhouse_open(),
 * and secret_find().
 */
int run_history_open(struct run_history *history, const struct options *options,
    const struct env *env, struct err *err);

/* Some columns are not kept, or as a hash: rows are not what a report of the server would have. */
bool run_history_is_private(const struct options *options);

/* These columns, of who compares the history with a server: --offline has the same on both sides.
 */
struct column_set run_history_unkept(const struct options *options);

/*
 * Reads the key of the hashes, which is a file beside the history, or in the folder of the states;
 * with `make` it is there afterwards. 1; 0: there is none; -1 as of history_key_read().
 */
int run_history_read_key(const struct options *options, const struct env *env, bool make,
    struct store_privacy *privacy_r, struct err *err);

/* What is kept, for who writes rows; *privacy_r is NULL when all is. Errors of the key. */
int run_history_find_privacy(struct run_history *history, const struct options *options,
    const struct env *env, const struct store_privacy **privacy_r, struct err *err);

/* What is done with it. */
enum run_history_use {
	RUN_HISTORY_NONE,    /* it is not opened */
	RUN_HISTORY_READS,   /* it must be there */
	RUN_HISTORY_CHANGES, /* the same */
	RUN_HISTORY_IMPORTS, /* it is made when there is none; no row that is there is replaced */
};

/* The same, for a command that reads no messages; not for RUN_HISTORY_NONE. */
int run_history_open_as(struct run_history *history, const struct options *options,
    const struct env *env, enum run_history_use use, struct err *err);

/* The run; of it --offline reads the servers' mailboxes, or without a server all that the history
 * has. Not owned. */
struct run_history_wish {
	const struct options *options;
	const struct env *env;
	const struct hosts_settings *servers;
	const struct period *period;
	struct account *account;
	bool stays;
};

/*
 * The number that stands for how this program reads a message with these options: rows that were
 * read in the same way may be believed (store_cover.reading).
 */
uint64_t run_history_reading(const struct options *options);

/*
 * Makes the sink of all records that come to the desk, those that are filtered, too; they are
 * acknowledged with the outputs, or when the run stays as they come. Errors as of
 * run_history_open(); ERR_USAGE when an output would replace it.
 */
int run_history_keep(struct run_history *history, const struct run_history_wish *wish,
    struct outputs *outputs, struct err *err);

/*
 * Of a run that stays, which is over: what is left is kept, and what time is known now, unless the
 * run has failed (NULL). Nothing of any other run, or once more. -1: messages are missing in it, as
 * of sink_feed_finish().
 */
int run_history_settle(struct run_history *history, const struct account *account, struct err *err);

/* NULL: errors as of run_history_open(). */
struct source *run_history_source(
    struct run_history *history, const struct run_history_wish *wish, struct err *err);

/*
 * Notes that the run has begun, with the options of its command line, and when it has ended with
 * how many messages and which exit status. `command` stands in front of the options. Errors as of
 * the store.
 */
int run_history_begin(struct run_history *history, const char *command,
    const struct options *options, const struct env *env, struct err *err);
void run_history_end(struct run_history *history, const struct env *env, uint64_t rows, int status);

/* At any time; what is not acknowledged may be lost. */
void run_history_close(struct run_history *history);

/* What the two files of this module share: one of a server, errors as of run_history_open(). */
int run_history_open_server(struct run_history *history, const struct options *options,
    const struct env *env, struct err *err);

/* The folder of the states, which is there afterwards unless --offline only reads. ERR_USAGE. */
int run_history_find_folder(
    struct buf *path, const struct options *options, const struct env *env, struct err *err);

/* That of what it puts; 0 when it only reads. */
uint64_t run_history_choose_version(
    const struct run_history *history, const struct options *options);

#endif
