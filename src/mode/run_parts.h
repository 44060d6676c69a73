/*
 * What the files of run.h share.
 */
#ifndef RUN_PARTS_H
#define RUN_PARTS_H

#include "base/env.h"
#include "letter/letter.h"
#include "report/outputs.h"
#include "settings/options.h"
#include "source/quarantine/hosts.h"
#include "source/source.h"
#include "state/state.h"

/* run_login.c: --deadline, as of clock_now(), from now on; 0: none. */
int64_t run_deadline(const struct options *options);

/* report.c: true when a line about what was done is wanted, at a terminal, or with -v. */
bool run_may_talk(const struct options *options, const struct env *env);

/* The servers, and how to log in to them with a password that is found later. */
struct hosts_settings run_servers(const struct options *options, const struct env *env,
    int64_t deadline, const struct secret *password);

/*
 * The password of all servers, found before their deadline. When somebody must be asked for it, the
 * servers are looked at before (hosts_look()). Errors as of secret_find() and hosts_look(); the
 * caller wipes it.
 */
int run_find_password(const struct options *options, const struct env *env,
    const struct hosts_settings *servers, struct secret *password_r, struct err *err);

/*
 * run_failure.c: when a failure lasts, it is mailed once, and when another status comes to it, and
 * then once in so many seconds: a day, less what daily runs are early or late. When it is over that
 * is mailed, too. Runs without a store know nothing of each other.
 */
#define RUN_REMIND_SECONDS ((time_t)22 * 60 * 60)

/* What the runs before this one came to. Zeroed without a store, and when it cannot be read, which
 * is logged. */
void run_load_failure(const struct state_store *store, time_t now, struct state_failure *failure_r);

struct run_telling {
	struct letter_settings letter;
	const struct account *account;
	const struct state_store *store; /* NULL: none */
	const struct state_failure *failure;
};

/* This run failed, or did not; `mailed`: a letter about its report has been sent, which says so.
 * What goes wrong is only logged. */
void run_tell_failure(const struct run_telling *telling, const struct err *failed);
void run_tell_recovery(const struct run_telling *telling, bool mailed);

/* How a run ended, for notice and log. */
struct run_end {
	const struct options *options;
	const struct account *account;
	int64_t began;                   /* as of clock_now() */
	int64_t deadline;                /* the same; 0: none */
	bool notify;                     /* --mail-to: a failure is mailed */
	bool mailed;                     /* the report was */
	const struct state_store *store; /* NULL: none */
	struct state_failure failure;    /* the runs before this one */
};

/*
 * run_end.c: mails the notice of a failure, and writes the line of --syslog. A signal is not
 * mailed, since its sender knows. When a signal broke off a write, the error becomes the signal's.
 */
void run_end(const struct run_end *end, int result, struct err *err);

/*
 * run_state.c: the state folder of --new-only. Its lock also keeps runs of one profile apart.
 * *store_r is NULL when none is needed, or when it cannot be made and only a lock is needed. Errors
 * as of state_open(); ERR_USAGE when no place is given.
 */
int run_open_state(const struct options *options, const struct env *env, int64_t deadline,
    struct state_store **store_r, struct err *err);

/* The folder below which states are kept, as --state-dir and the environment say; NULL: none is
 * known, or there is no memory. In `path`. */
const char *run_state_place(struct buf *path, const struct options *options, const struct env *env);

/* Has the source go on, in each of its places, behind what was reported before. Errors as of
 * state_load(). */
int run_load_states(const struct state_store *store, struct source *source,
    const struct account *account, struct err *err);

/* Notes for state_commit() how far the source has got in each place, also in one whose messages are
 * not all here. */
void run_plan_states(
    struct state_store *store, const struct source *source, const struct account *account);

/* run_show.c: a run that is looked at, with neither outputs nor a letter nor a state. */
struct run_shown {
	struct source *source;         /* opened, with its password */
	struct report *report;         /* without groups and sinks */
	struct account *account;       /* as the source has it */
	const struct outputs *outputs; /* of no file; for outputs_choose_name() */
};

struct run_show {
	bool follows; /* what comes later is shown, too, where the source can wait for it */
	/* Reads the source, shows what comes, and returns when nobody wants to see more. */
	int (*show)(void *context, const struct run_shown *shown, struct err *err);
	void *context;
};

/* ERR_DATA and the account's failure as of run_report(); errors of show(). */
int run_show(const struct options *options, const struct env *env, const struct run_show *show,
    struct err *err);

/* run_deliver.c: the command that locks who is in the report, for whoever has the filter's API.
 * Strings are shared. */
struct sink_lock run_lock_command(const struct options *options);

/* The letter's settings from the options. Strings are shared. */
struct letter_settings run_letter_settings(const struct options *options, int64_t deadline);

/*
 * The last step, after report_end(): what is no file is committed, files get their names, then the
 * letter is sent. If that fails, the files stay in their places. Instead of a letter that is too
 * big a brief one says where they are; it is ERR_UNAVAILABLE all the same, and sets
 * outputs->brief_sent. Either sets outputs->mailed.
 */
int run_deliver(struct outputs *outputs, const struct letter_settings *letter, struct err *err);

/* With --new-only: who knows what has been reported now, and where it is noted. */
struct run_news {
	struct state_store *store;
	const struct source *source;
};

/*
 * The same together with the new state, as a whole or not at all (state.h). What is no file is
 * committed before that, since what it has not got must be reported again.
 */
int run_deliver_new(struct outputs *outputs, const struct letter_settings *letter,
    const struct run_news *news, struct err *err);

#endif
