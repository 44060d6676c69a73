/*
 * One folder of the quarantine, from EXAMINE to the last record: which
 * messages belong to the period, their header sections, the evidence in them,
 * and an account of every one.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include "imap/session.h"
#include "period.h"
#include "report/evidence.h"
#include "report/sink.h"

/*
 * Header sections held back in a window until an earlier message has been read again in full, so
 * that the order stays that of the folder; what is beyond is asked for again.
 */
#define FOLDER_MAX_HELD ((size_t)2 * 1024 * 1024)

/* Messages read in full at first, to learn the brands of the filter's headers. */
#define FOLDER_SAMPLES 8

/* UIDs of unreadable messages that stderr names; more are only counted. */
#define FOLDER_MAX_NAMED 100

/* Every message of the period is in exactly one of the last four. */
struct folder_counts {
	uint64_t found;
	uint64_t reported;
	uint64_t bounces;  /* filtered by --no-bounce */
	uint64_t vanished; /* gone from the folder while we read it */
	uint64_t unreadable;
};

struct folder_job {
	struct session *session;
	const char *name; /* UTF-8 */
	const char *host; /* for the column Host */
	const struct period *period;
	bool no_bounce;
	struct evidence *evidence;
	struct brand_set *brands; /* known from earlier folders; what is learned is added */
	struct sink *sinks;
	uint64_t *number; /* of the last record of the run; counts on */
};

/*
 * Reports the messages of the period in UID order to the sinks. *counts_r is filled also on
 * failure, as far as the run came.
 */
int folder_run(const struct folder_job *job, struct folder_counts *counts_r, struct err *err);

#endif
