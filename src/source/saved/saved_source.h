/*
 * The source of saved reports (saved.h), one file after the other.
 */
#ifndef SAVED_SOURCE_H
#define SAVED_SOURCE_H

#include "record/account.h"
#include "source/source.h"

/* All that it points to outlives the source. */
struct saved_settings {
	char *const *files; /* "-" is standard input */
	unsigned file_count;
	const struct column_list *needed; /* what the new report is grouped by */
	struct account *account;
	bool talk; /* a summary line for each file on standard error */
};

/*
 * NULL without memory. Opening it is ERR_USAGE when a file is given twice. Reading it: errors as of
 * saved_read(); ERR_NOFOLDER when a file cannot be opened. A report that says itself that it is not
 * complete is missing in the account, whose failure is ERR_DATA then.
 */
struct source *saved_new(const struct saved_settings *settings, struct err *err);

/* For what else needs to know the file: fstat(2) of standard input, or stat(2). */
struct stat;
int saved_stat(const char *file, struct stat *found_r);

#endif
