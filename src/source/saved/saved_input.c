#include "source/saved/saved_input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>

#include "base/interrupt.h"

#define SAVED_BOM SPAN("\xef\xbb\xbf")

static int saved_input_fill(struct saved_input *input, struct err *err)
{
	if (interrupt_check(err) != 0)
		return -1;
	errno = 0;
	input->at = 0;
	input->n = fread(input->chunk, 1, SAVED_CHUNK, input->in);
	if (ferror(input->in) == 0)
		return 0;
	if (interrupt_check(err) != 0)
		return -1;
	return err_set_sys(err, ERR_IO, errno, "cannot read the saved report '%s'", input->name);
}

int saved_input_init(struct saved_input *input, FILE *in, const char *name, struct err *err)
{
	input->in = in;
	input->name = name;
	input->line = 0;
	input->line_ends = true;
	if (saved_input_fill(input, err) != 0)
		return -1;
	if (span_eq(span_head((struct span){input->chunk, input->n}, SAVED_BOM.n), SAVED_BOM))
		input->at = SAVED_BOM.n;
	return 0;
}

static struct span saved_input_left(const struct saved_input *input)
{
	return (struct span){input->chunk + input->at, input->n - input->at};
}

char saved_input_first(const struct saved_input *input)
{
	struct span text = span_trim(saved_input_left(input));

	return text.n > 0 ? text.p[0] : '\0';
}

int saved_input_next(struct saved_input *input, struct span *piece_r, struct err *err)
{
	struct span left;
	size_t end;

	if (interrupt_check(err) != 0)
		return -1;
	if (input->at == input->n && saved_input_fill(input, err) != 0)
		return -1;
	left = saved_input_left(input);
	if (left.n == 0)
		return 0;
	input->line += input->line_ends;
	end = span_find(left, '\n');
	input->line_ends = end != SPAN_NPOS;
	*piece_r = span_head(left, input->line_ends ? end + 1 : left.n);
	input->at += piece_r->n;
	return 1;
}

int saved_input_refuse(
    const struct saved_input *input, uint64_t line, struct err *err, const char *fmt, ...)
{
	char what[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return err_set(
	    err, ERR_DATA, "%s, line %" PRIu64 ": %s", input->name, line > 0 ? line : 1, what);
}

int saved_input_refuse_all(const struct saved_input *input, struct err *err)
{
	return saved_input_refuse(input, input->line, err,
	    "not a report of quarantine-report: expected a header row of its column titles, as "
	    "#,From,To, or JSON Lines");
}

int saved_input_refuse_kind(const struct saved_input *input, const char *what, struct err *err)
{
	return saved_input_refuse(
	    input, input->line, err, "%s; merging needs one with a row a message", what);
}
