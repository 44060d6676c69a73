/*
 * The desk: every message of every source passes here. It drops what the
 * filters leave out, numbers and counts the others, and passes them to groups
 * and outputs. It has the only lock, so that sources may call it from any
 * number of threads.
 */
#ifndef REPORT_H
#define REPORT_H

#include <pthread.h>

#include "group/group_set.h"
#include "report/filter.h"
#include "report/past.h"
#include "report/reader.h"
#include "sink/sink.h"

struct report {
	pthread_mutex_t
	    lock;        /* protects all that follows, and the counts `reported` and `filtered` */
	uint64_t number; /* of the last record */
	struct buf number_text;
	struct filter *filters;
	struct group_set *groups; /* NULL: nothing is grouped */
	struct sink *sinks;
	struct past *past; /* what groups are compared with; NULL: nothing */
	struct sink *all;  /* get what filters leave out, too, and each record first; no numbers */
	struct account *account;
};

/* The parts of a report; all of them outlive it. Groups and sinks may be set later, before the
 * first record. */
struct report_parts {
	struct filter *filters;
	struct group_set *groups;
	struct sink *sinks;
	struct account *account;
};

void report_init(struct report *report, const struct report_parts *parts);
void report_fini(struct report *report);

/* Reports a message, by the reader of the calling thread: evidence is extracted without the lock.
 * ERR_SIGNAL when a signal ended the run; other errors as of reader_extract() and the sinks. */
int report_take_message(
    struct report *report, struct reader *reader, const struct message *message, struct err *err);

/* Reports a record. It is counted in record->place. Its number is valid for groups and sinks only,
 * not after the return. */
int report_take_record(struct report *report, struct record *record, struct err *err);

/* The same of a row of a saved report: it is no message of its own, and `all` does not get it. */
int report_take_saved(struct report *report, struct record *record, struct err *err);

/* Seconds that a tick waits for the desk, which may itself wait for room on a disk. */
#define REPORT_TICK_PATIENCE 1

/* Of a run that stays: all outputs show what has come, at this time of day. Any thread may call it.
 * When the desk is busy for longer the next tick shows it. */
int report_tick(struct report *report, time_t now, struct err *err);

/* Between the two no record is taken, and whoever reads what sinks and groups hold reads it whole.
 * Only report_end() may be called meanwhile. */
void report_pause(struct report *report);
void report_resume(struct report *report);

/* The same, unless the desk is busy for longer than REPORT_TICK_PATIENCE: false. */
bool report_pause_soon(struct report *report);

/* Ends groups and outputs, after the last message and when the account is complete. Warns when the
 * report has estimates. */
int report_end(struct report *report, struct err *err);

#endif
