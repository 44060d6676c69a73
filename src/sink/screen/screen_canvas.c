#include "sink/screen/screen_canvas.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/utf8.h"
#include "text/table_cell.h"

#define CANVAS_FIRST 128
#define CANVAS_WORDS 512 /* bytes of screen_printf() */

void screen_canvas_init(struct screen_canvas *canvas, bool ascii_only)
{
	*canvas = (struct screen_canvas){.ascii_only = ascii_only};
	buf_init(&canvas->text, 0);
	buf_init(&canvas->cell, 0);
}

void screen_canvas_fini(struct screen_canvas *canvas)
{
	buf_fini(&canvas->text);
	buf_fini(&canvas->cell);
	free(canvas->piece);
}

void screen_canvas_clear(struct screen_canvas *canvas, unsigned width, unsigned height)
{
	canvas->width = width < SCREEN_MAX_WIDTH ? width : SCREEN_MAX_WIDTH;
	canvas->height = height < SCREEN_MAX_HEIGHT ? height : SCREEN_MAX_HEIGHT;
	canvas->count = 0;
	canvas->failed = 0;
	buf_clear(&canvas->text);
}

/* The text is behind `start`. */
static void canvas_add_piece(
    struct screen_canvas *canvas, const struct screen_place *place, unsigned x, size_t start)
{
	size_t size = canvas->size + canvas->size / 2 + CANVAS_FIRST;
	struct screen_piece *more;

	if (canvas->count == canvas->size) {
		more = reallocarray(canvas->piece, size, sizeof(*more));
		if (more == NULL) {
			canvas->failed = ENOMEM;
			return;
		}
		canvas->piece = more;
		canvas->size = size;
	}
	canvas->piece[canvas->count++] =
	    (struct screen_piece){place->y, x, place->look, start, canvas->text.n - start};
	if (canvas->text.failed != 0)
		canvas->failed = canvas->text.failed;
}

static struct span canvas_mark(const struct screen_canvas *canvas)
{
	return canvas->ascii_only ? SPAN("...") : SPAN(UTF8_CUT);
}

/* The part in front of what is left out of a text that does not fit into `room` columns. */
static struct span canvas_front(struct span text, unsigned room, enum screen_cut cut)
{
	size_t slash = span_find(text, '/');
	struct span host = span_head(text, slash != SPAN_NPOS ? slash + 1 : 0);

	if (cut == SCREEN_CUT_END)
		return table_cell_head(text, room);
	if (cut == SCREEN_CUT_START || table_cell_width(host) > room / 3 * 2)
		return SPAN_EMPTY;
	return host;
}

/* Adds the text, cut where it is too wide; returns the columns that it takes. */
static unsigned canvas_add_cut(
    struct screen_canvas *canvas, struct span text, unsigned room, enum screen_cut cut)
{
	struct span mark = canvas_mark(canvas);
	unsigned wide = table_cell_width(mark);
	struct span front, back = SPAN_EMPTY;

	if (table_cell_width(text) <= room) {
		buf_add(&canvas->text, text);
		return table_cell_width(text);
	}
	if (room <= wide) {
		front = table_cell_head(text, room);
		buf_add(&canvas->text, front);
		return table_cell_width(front);
	}
	front = canvas_front(text, room - wide, cut);
	if (cut != SCREEN_CUT_END)
		back = table_cell_tail(
		    span_from(text, front.n), room - wide - table_cell_width(front));
	buf_add(&canvas->text, front);
	buf_add(&canvas->text, mark);
	buf_add(&canvas->text, back);
	return table_cell_width(front) + wide + table_cell_width(back);
}

/* The columns that are there, which may be none. */
static unsigned canvas_room(const struct screen_canvas *canvas, const struct screen_place *place)
{
	if (place->y >= canvas->height || place->x >= canvas->width)
		return 0;
	return place->width < canvas->width - place->x ? place->width : canvas->width - place->x;
}

unsigned screen_put(
    struct screen_canvas *canvas, const struct screen_place *place, struct span value)
{
	unsigned room = canvas_room(canvas, place);
	size_t start = canvas->text.n;
	unsigned width;

	if (room == 0 || value.n == 0)
		return 0;
	buf_clear(&canvas->cell);
	table_cell_add(&canvas->cell, value, canvas->ascii_only);
	if (canvas->cell.failed != 0)
		canvas->failed = canvas->cell.failed;
	width = canvas_add_cut(canvas, buf_span(&canvas->cell), room, place->cut);
	canvas_add_piece(canvas, place, place->x + (place->right ? room - width : 0), start);
	return width;
}

unsigned screen_printf(
    struct screen_canvas *canvas, const struct screen_place *place, const char *fmt, ...)
{
	char words[CANVAS_WORDS];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	return screen_put(canvas, place, span_of(words));
}

void screen_fill(struct screen_canvas *canvas, unsigned y, enum screen_look look)
{
	const struct screen_place place = {.y = y, .look = look};
	size_t start = canvas->text.n;

	if (y >= canvas->height)
		return;
	for (unsigned i = 0; i < canvas->width; i++)
		buf_add_char(&canvas->text, ' ');
	canvas_add_piece(canvas, &place, 0, start);
}

bool screen_fold(struct span *rest, unsigned width, struct span *line_r)
{
	struct span line = span_head(*rest, span_find(*rest, '\n'));
	struct span head = table_cell_head(line, width);
	size_t blank = head.n < line.n ? span_rfind(head, ' ') : SPAN_NPOS;
	unsigned wide;

	if (rest->n == 0)
		return false;
	if (blank != SPAN_NPOS && blank >= head.n / 2)
		head = span_head(head, blank + 1);
	/* A character that is wider than the screen. */
	if (head.n == 0 && line.n > 0)
		head = span_head(line, table_cell_next(line, &wide));
	*line_r = head;
	*rest = span_from(*rest, head.n + (head.n == line.n ? 1 : 0));
	return true;
}

/* --- Courses --- */

#define CANVAS_LEVELS 8

static void canvas_add_bar(struct buf *out, uint64_t count, uint64_t most, bool ascii)
{
	static const char *const blocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	static const char *const letters[] = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};
	uint64_t level = (count * CANVAS_LEVELS + most - 1) / most;

	buf_add_text(out, (ascii ? letters : blocks)[level]);
}

void screen_put_bars(
    struct screen_canvas *canvas, const struct screen_place *place, const struct screen_bars *bars)
{
	unsigned together = bars->count / bars->columns;
	uint64_t most = SCREEN_BAR_LEAST;
	size_t start = canvas->text.n;

	if (canvas_room(canvas, place) < bars->columns)
		return;
	for (unsigned pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < bars->columns; i++) {
			uint64_t sum = 0;

			for (unsigned k = 0; k < together; k++)
				sum += bars->bar[i * together + k];
			if (pass > 0)
				canvas_add_bar(&canvas->text, sum, most, bars->ascii);
			else if (sum > most)
				most = sum;
		}
	canvas_add_piece(canvas, place, place->x, start);
}
