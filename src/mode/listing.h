/*
 * A list that a command shows: as a table on standard output, or with --csv and --json as these,
 * there or in a file. Values are the filter's, and hostile.
 */
#ifndef MODE_LISTING_H
#define MODE_LISTING_H

#include "base/env.h"
#include "settings/options.h"
#include "text/table.h"

struct listing_column {
	const char *title;
	const char *json_key;
	bool is_number;
};

struct listing {
	const struct options *options;
	const struct env *env;
	const struct listing_column *column;
	unsigned count;
	uint64_t rows;
	struct table table;
	struct buf cells;  /* of the table, a LF behind each cell */
	struct buf output; /* of the other forms */
};

void listing_open(struct listing *listing, const struct options *options, const struct env *env,
    const struct listing_column *columns, unsigned count);
void listing_add(struct listing *listing, const struct span *cells);

/* Writes all of it, and frees. Errors as of deliver_commit(). */
int listing_close(struct listing *listing, struct err *err);

/* Frees what was not written. */
void listing_abort(struct listing *listing);

#endif
