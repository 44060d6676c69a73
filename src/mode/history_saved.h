/*
 * Saved reports as rows of the history. A message of a report is known by host, folder, UID and
 * time; whether UIDVALIDITY was another one then, nobody knows. So it is kept under a place of its
 * own (STORE_SAVED), and only what the history does not have from the server itself.
 */
#ifndef MODE_HISTORY_SAVED_H
#define MODE_HISTORY_SAVED_H

#include "mode/history_known.h"
#include "sink/sink.h"
#include "sink/store_privacy.h"

/* What became of the rows of a file. */
struct history_counts {
	uint64_t taken;   /* put: new ones, and those that were there under the same key */
	uint64_t known;   /* the history has it from the server, or knows that time */
	uint64_t unnamed; /* without Host, Folder, UID or Date: it cannot be told from others */
};

/* Rows that are held, and looked for in the history together. */
#define HISTORY_SAVED_ROWS 1000

/* All of it outlives the sink. */
struct history_saved_settings {
	struct store *store;
	const struct history_known *known;
	const struct store_privacy *privacy; /* NULL: all is kept as it is */
	struct history_counts *counts;
};

/* Its end has put all rows, which the caller commits. NULL without memory. */
struct sink *history_saved_new(const struct history_saved_settings *settings, struct err *err);

#endif
