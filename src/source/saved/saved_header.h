/*
 * The header row of a saved CSV: its titles say which columns the cells are,
 * and by that also which delimiter was meant.
 */
#ifndef REPORT_SAVED_HEADER_H
#define REPORT_SAVED_HEADER_H

#include "record/record.h"
#include "source/saved/saved_input.h"

struct saved_header {
	char delimiter;
	unsigned count;
	enum column column[COLUMN_COUNT];
	struct column_set there;
};

/*
 * Reads the first line of `input` that is not blank. The delimiter is the one of , ; | TAB by which
 * the most titles are known. 1; 0: there is no such line; -1: ERR_DATA unless all of them are, or
 * when one stands twice or the report is a grouped one or one of identities.
 */
int saved_header_read(struct saved_input *input, struct saved_header *header_r, struct err *err);

#endif
