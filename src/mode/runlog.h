/*
 * The line that a run leaves in the system's log (--syslog): what it was about,
 * what it found, how it ended.
 */
#ifndef RUNLOG_H
#define RUNLOG_H

#include "settings/options.h"
#include "record/account.h"

struct runlog {
	const struct options *options;
	const struct account *account;
	uint64_t bytes;       /* received from the servers */
	int64_t milliseconds; /* duration of the run */
	const char *tls;      /* version; NULL: no server answered */
	const char *failure;  /* what went wrong; NULL: nothing */
	int status;           /* the exit status */
};

/*
 * One line of NAME=VALUE, numbers plain and texts in quotes, where " and \ have a \ in front and
 * whatever is no visible text is written as <U+XXXX>. Folders and counts are of all servers
 * together.
 */
void runlog_add_line(const struct runlog *runlog, struct buf *out);

/* Sends the line by syslog(3), facility user, level info, or err after a failure. */
void runlog_write(const struct runlog *runlog);

#endif
