/*
 * A report in the making. For report.c and those run_*.c that are about parts of it.
 */
#ifndef RUN_REPORT_H
#define RUN_REPORT_H

#include "deliver/deliver_file.h"
#include "mode/act.h"
#include "mode/run_history.h"
#include "mode/run_parts.h"
#include "mode/watch.h"
#include "report/report.h"
#include "source/files/arf_mailbox.h"
#include "source/history/sync.h"

/* How far a run has come. Whether a failure is mailed depends on it. */
enum run_stage {
	RUN_CHECKING,   /* options and period; a failure is not mailed, as --mail-to itself may be
			   wrong */
	RUN_PREPARING,  /* the state */
	RUN_WORKING,    /* outputs, password, source */
	RUN_DELIVERING, /* files and letter */
	RUN_NOTIFIED,   /* the recipients of the letter know already */
};

struct run {
	const struct options *options;
	const struct env *env;
	enum run_stage stage;
	struct period period;
	int64_t deadline;          /* as of clock_now(); 0: none */
	struct state_store *store; /* NULL: none is needed */
	struct secret password;
	struct hosts_settings servers;
	struct state_failure failure; /* of the runs before this one */
	struct account account;
	struct act act; /* --log-search: the filter's API */
	struct source *source;
	struct arf_mailbox *mailbox; /* --arf: what takes the messages */
	struct filter bounces;
	struct report report;
	struct outputs outputs;
	const struct run_show *show; /* NULL: outputs are what is made of it */
	struct run_history history;
	struct err unkept; /* of a run that stays: why messages are not in it */
	struct sync *sync; /* the source, when it is the history beside the servers; else NULL */
	struct past past;  /* of the report's groups; see report.past */
	struct buf origin; /* the servers and the user, for the names of files */
	bool stays;
	/* Of a run that stays: */
	unsigned before;  /* reports that it has delivered */
	bool is_of_a_day; /* this one is that of a day (-t) */
	bool is_ended;    /* report_end() has been called for this one */
	struct deliver_patience patience;
	struct watch watch;
	int stopped_by; /* the signal that ended it; 0: none */
};

/* --- report.c: the steps of a run --- */

void run_init(struct run *run, const struct options *options, const struct env *env,
    const struct run_show *show);
void run_fini(struct run *run);

/* Opens the outputs and logs in to the source, which is open: the last step before it is read. */
int run_open(struct run *run, struct err *err);

/* Makes report and groups write to the outputs. */
void run_use_outputs(struct run *run);

/* After report_end(): files and letter. */
int run_deliver_report(struct run *run, struct err *err);

/* What a run that was delivered fails with after all. */
int run_finish(const struct run *run, struct err *err);

/* --- run_source.c --- */

/* NULL: errors as of the source. */
struct source *run_new_source(struct run *run, struct err *err);

bool run_is_of_files(const struct run *run);

/* Fills in run->period and the account's: what files hold tells it, unless one is asked for. */
int run_resolve_period(struct run *run, struct err *err);

/* --history: all that is read goes there. */
int run_keep_history(struct run *run, struct err *err);

/* The same: the report's groups are compared with what the history, which is open, has from before
 * the period. */
void run_compare_history(struct run *run);

/* --- run_outputs.c --- */

/* Opens nothing yet. */
void run_init_outputs(struct run *run);

/* --- run_stay.c --- */

/* Reads the source, once or for as long as the run stays. */
int run_read(struct run *run, struct err *err);

#endif
