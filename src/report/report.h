/*
 * The desk: every message of every source passes here. It leaves out what the filters do, numbers
 * the others, counts them, and hands them to groups and outputs. It has the only lock, so that
 * sources call it from as many threads as they like.
 */
#ifndef REPORT_H
#define REPORT_H

#include <pthread.h>

#include "group/group_set.h"
#include "report/filter.h"
#include "report/reader.h"
#include "sink/sink.h"

struct report {
	pthread_mutex_t lock; /* for all that follows, and the counts `reported` and `filtered` */
	uint64_t number;      /* of the last record */
	struct filter *filters;
	struct group_set *groups; /* NULL: nothing is grouped */
	struct sink *sinks;
	struct account *account;
};

/* What a report is made with; all of it outlives the report. Groups and sinks may come later,
 * before the first record. */
struct report_parts {
	struct filter *filters;
	struct group_set *groups;
	struct sink *sinks;
	struct account *account;
};

void report_init(struct report *report, const struct report_parts *parts);
void report_fini(struct report *report);

/*
 * A message to the end, by the reader of the calling thread: evidence is extracted without the
 * lock. ERR_SIGNAL when the run was ended; other errors as of reader_extract() and the sinks.
 */
int report_take_message(
    struct report *report, struct reader *reader, const struct message *message, struct err *err);

/*
 * The same for what is a record already. It is counted in record->place; its number is filled in
 * for groups and sinks, and means nothing any more when this returns.
 */
int report_take_record(struct report *report, struct record *record, struct err *err);

/*
 * After the last message, and when the account is complete: groups and outputs come to their ends.
 * Warns when the report has estimates.
 */
int report_end(struct report *report, struct err *err);

#endif
