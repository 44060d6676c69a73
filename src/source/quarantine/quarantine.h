/*
 * The source of quarantine servers (hosts.h).
 */
#ifndef QUARANTINE_H
#define QUARANTINE_H

#include "base/env.h"
#include "source/quarantine/hosts.h"
#include "source/source.h"

/* All that it points to outlives the source. */
struct quarantine_settings {
	struct hosts_settings servers;
	const struct period *period; /* known when the source is read */
	time_t now;                  /* when the run began */
	struct reader_options reader;
	struct folder_taker taker;
	struct account *account;
	/* Decided when the source is read; NULL: nothing is known. */
	const struct folder_knowledge *known;
	bool talk;                /* a summary line for each folder on standard error */
	bool brief;               /* hosts_job.brief */
	const struct env *follow; /* for follow.h, its clock; else NULL */
	unsigned interval;        /* the same: seconds between two looks */
};

/* NULL without memory. Read as of hosts_run(). */
struct source *quarantine_new(const struct quarantine_settings *settings, struct err *err);

#endif
