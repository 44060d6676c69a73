/*
 * Parts of a view. For screen_*.c.
 */
#ifndef SCREEN_PART_H
#define SCREEN_PART_H

#include "sink/screen/screen_view.h"

/* Where a column of the list stands; width 0: it is left out. */
struct screen_layout {
	unsigned x[SCREEN_COLUMNS];
	unsigned width[SCREEN_COLUMNS];
};

/* What fits into this many columns of a list by this. */
struct screen_layout screen_layout(enum screen_by by, unsigned width);

/* The title of a column; of the key, what it is by. */
const char *screen_title(enum screen_by by, enum screen_column column);

/* What the lines of a screen of this height are for. */
struct screen_lines {
	bool head;     /* what it is */
	bool rates;    /* of all messages */
	bool servers;  /* where they come from */
	bool titles;   /* of the columns */
	unsigned rows; /* of the list */
	unsigned detail;
	bool bottom;
};
struct screen_lines screen_lines(unsigned height, unsigned detail);

void screen_draw_list(struct screen_view *view, struct screen_canvas *canvas);
void screen_draw_messages(struct screen_view *view, struct screen_canvas *canvas);
void screen_draw_text(struct screen_view *view, struct screen_canvas *canvas);

/* The line at the bottom: the note, or these words. */
void screen_draw_bottom(
    const struct screen_view *view, struct screen_canvas *canvas, const char *words);

/* The message of the chosen group that is chosen; NULL: none is kept. Counts those that are kept.
 */
const struct screen_message *screen_chosen_message(struct screen_view *view, unsigned *count_r);

/* Texts of the help, and of what is known of a message. */
extern const char screen_help[];
void screen_explain(struct screen_view *view, const struct screen_message *message);

/* A time as period_add_short() has it, or "?". */
void screen_add_time(struct buf *out, time_t when);

#endif
