#include "input/input_line.h"

/* Passes over the rest of a long line. */
static int input_line_skip(struct input_lines *lines, struct err *err)
{
	struct span window;
	size_t end;
	int got;

	while (lines->in_line) {
		if ((got = input_window(lines->input, 1, &window, err)) != 1)
			return got;
		end = span_find(window, '\n');
		lines->in_line = end == SPAN_NPOS;
		input_advance(lines->input, lines->in_line ? window.n : end + 1);
	}
	return 1;
}

static void input_line_take(
    struct input_lines *lines, struct span window, size_t end, struct input_line *line_r)
{
	struct span text = span_head(window, end != SPAN_NPOS ? end : INPUT_MAX_LINE);

	*line_r = (struct input_line){
	    .number = ++lines->number,
	    .offset = input_offset(lines->input),
	    .has_end = end != SPAN_NPOS,
	    .is_cut = end == SPAN_NPOS && window.n > INPUT_MAX_LINE,
	};
	input_advance(lines->input, text.n + line_r->has_end);
	lines->in_line = line_r->is_cut;
	lines->cut += line_r->is_cut;
	if (line_r->has_end && text.n > 0 && text.p[text.n - 1] == '\r')
		text.n--;
	line_r->text = text;
}

int input_line_next(struct input_lines *lines, struct input_line *line_r, struct err *err)
{
	struct span window;
	size_t end;
	int got;

	if (lines->in_line && (got = input_line_skip(lines, err)) != 1)
		return got;
	if ((got = input_window(lines->input, 1, &window, err)) != 1)
		return got;
	end = span_find(span_head(window, INPUT_MAX_LINE + 1), '\n');
	if (end == SPAN_NPOS && window.n <= INPUT_MAX_LINE) {
		if ((got = input_window(lines->input, INPUT_MAX_LINE + 1, &window, err)) != 1)
			return got;
		end = span_find(span_head(window, INPUT_MAX_LINE + 1), '\n');
	}
	input_line_take(lines, window, end, line_r);
	return 1;
}
