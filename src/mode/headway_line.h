/*
 * The line that says how far a run has come (base/headway.h).
 */
#ifndef HEADWAY_LINE_H
#define HEADWAY_LINE_H

#include "base/buf.h"
#include "base/headway.h"

/* Milliseconds before a rate says something. */
#define HEADWAY_RATE_AFTER 1000

/* Columns that names have at least where numbers stand behind them. */
#define HEADWAY_NAME_WIDTH 12

struct headway_form {
	unsigned width;  /* columns at most; 0: any. Names are cut before numbers are. */
	bool ascii_only; /* the terminal shows no more */
};

/*
 * Adds the line, harmless on a terminal (table_cell.h), without a line feed; nothing before the
 * first phase. `now` is as of clock_now().
 */
void headway_add_line(
    struct buf *out, const struct headway *headway, int64_t now, const struct headway_form *form);

#endif
