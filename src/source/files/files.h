/*
 * The source of files: saved reports, messages, mailboxes, reports of abuse,
 * one file after the other. What each is shows from its content.
 */
#ifndef FILES_H
#define FILES_H

#include "base/env.h"
#include "calendar/period.h"
#include "record/account.h"
#include "report/reader.h"
#include "source/source.h"

/* All that it points to outlives the source. */
struct files_settings {
	char *const *files; /* "-" is standard input */
	unsigned file_count;
	struct span input;    /* what they are (--input); empty: what their content says */
	bool recursive;       /* folders are trees of messages */
	bool saved;           /* what cannot be recognised is a saved report (--merge) */
	bool auth_failures;   /* reports about those count as well */
	bool failed_logins;   /* of mail logs: logins that failed, and no messages */
	struct span log_host; /* of mail logs that name none; empty: unknown; or "directory" */
	time_t log_end;       /* the last second of logs without years; 0: by the files' times */
	unsigned filter_uid;  /* of mail logs: the user that hands messages in again; 0: none */
	const struct period *period;      /* NULL: all messages */
	const struct column_list *needed; /* what the new report is grouped by */
	struct reader_options reader;
	struct account *account;
	time_t now;
	int64_t deadline; /* of the run, as of clock_now(); 0: none */
	bool talk;        /* a summary line for each file on standard error */
	const struct env *follow; /* they are followed, by this clock; NULL: read once */
};

/*
 * Files that are followed are mail logs, pipes of such lines, and Maildirs: anything else is
 * ERR_DATA. Each is read by itself.
 *
 * NULL without memory. Opening it is ERR_USAGE when a file is given twice, or ERR_NOFOLDER when one
 * cannot be opened; ERR_DATA for what is nothing that we know. Reading it: errors of the kinds' own
 * readers. A file of which not all could be read is missing in the account, whose failure says why.
 */
struct source *files_new(const struct files_settings *settings, struct err *err);

/* For what else needs to know the file: fstat(2) of standard input, or stat(2). */
struct stat;
int files_stat(const char *file, struct stat *found_r);

#endif
