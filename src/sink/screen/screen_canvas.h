/*
 * A screen full of text, before it reaches a terminal: pieces of lines, each in its place and with
 * its look. No piece is wider than its place, and no text but that of table_cell_add() gets in.
 */
#ifndef SCREEN_CANVAS_H
#define SCREEN_CANVAS_H

#include "base/buf.h"

/* A larger terminal is used up to here. */
#define SCREEN_MAX_WIDTH  500
#define SCREEN_MAX_HEIGHT 300

/* Colours say nothing that the text does not say. */
enum screen_look {
	SCREEN_PLAIN,
	SCREEN_BAR,    /* titles, and the line that is chosen: reversed */
	SCREEN_STRONG, /* bold */
	SCREEN_FAINT,
	SCREEN_MUCH, /* red, yellow, green, where there are colours */
	SCREEN_SOME,
	SCREEN_LITTLE,
	SCREEN_LOOKS
};

struct screen_piece {
	unsigned y;
	unsigned x;
	enum screen_look look;
	size_t start; /* in canvas->text */
	size_t n;
};

/* Zeroed, with text from buf_init(), it is empty; ends with screen_canvas_fini(). */
struct screen_canvas {
	unsigned width;
	unsigned height;
	bool ascii_only;
	struct buf text;
	struct screen_piece
	    *piece; /* by y, then by x, but for what fills a line: that comes first */
	size_t count;
	size_t size; /* allocated */
	struct buf cell;
	int failed; /* ENOMEM: something is missing */
};

void screen_canvas_init(struct screen_canvas *canvas, bool ascii_only);
void screen_canvas_fini(struct screen_canvas *canvas);

/* Empties it, for a terminal of this size. */
void screen_canvas_clear(struct screen_canvas *canvas, unsigned width, unsigned height);

/* Which part of a text that is too wide is left out. */
enum screen_cut {
	SCREEN_CUT_END,
	SCREEN_CUT_START, /* of a path the end tells more */
	SCREEN_CUT_PATH,  /* of one behind a host: what is between the host and the end */
};

/* Where a text goes: what is beyond the width of the place, or of the canvas, is cut ("…"). */
struct screen_place {
	unsigned y;
	unsigned x;
	unsigned width;
	enum screen_look look;
	bool right; /* aligned there */
	enum screen_cut cut;
};

/* Puts a value there, harmless. Returns the columns that it takes. */
unsigned screen_put(
    struct screen_canvas *canvas, const struct screen_place *place, struct span value);

/* printf of our own words and numbers. */
unsigned screen_printf(struct screen_canvas *canvas, const struct screen_place *place,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A whole line of blanks of this look, before anything is put there. */
void screen_fill(struct screen_canvas *canvas, unsigned y, enum screen_look look);

/* Takes the next line off a text that is harmless, but for line feeds: as much as fits into the
 * width, which is at least 1, up to a blank if there is one near the end. False: there is no more.
 */
bool screen_fold(struct span *rest, unsigned width, struct span *line_r);

/* The bars of a course, in `count` columns, each a bar or several together, as high as
 * SCREEN_BAR_LEAST messages or the highest of them. */
#define SCREEN_BAR_LEAST 8
struct screen_bars {
	const uint32_t *bar;
	unsigned count;
	unsigned columns; /* count is a multiple of it */
	bool ascii;       /* letters instead of blocks, which some terminals lack */
};
void screen_put_bars(
    struct screen_canvas *canvas, const struct screen_place *place, const struct screen_bars *bars);

#endif
