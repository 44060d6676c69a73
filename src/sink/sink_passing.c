/* Messages as they pass by on a terminal: who sent it stands first, and a line is no wider than the
 * terminal. */
#include <stdlib.h>

#include "calendar/period.h"
#include "sink/sink_row.h"
#include "text/table_cell.h"

#define PASSING_GAP 2

/* Columns of the terminal. What is longer than an identity's own moves the rest of its line. */
#define PASSING_WHEN     11
#define PASSING_IDENTITY 28
#define PASSING_KIND     7
#define PASSING_HOST     20
#define PASSING_TO       24

/* As wide as a terminal must be that has room for kinds, servers, and recipients, without and with
 * servers. */
#define PASSING_WITH_KIND 70
#define PASSING_WITH_HOST 100
#define PASSING_WITH_TO   110
#define PASSING_WITH_ALL  132

/* Of a terminal that does not say it. */
#define PASSING_WIDTH 80

struct sink_passing {
	struct sink sink; /* first, so that a sink is a sink_passing */
	struct sink_row row;
	struct sink_passing_options options;
	unsigned at; /* columns of the line so far */
	bool is_headed;
	struct buf cell;
};

static void passing_pad(struct sink_passing *passing, unsigned columns)
{
	for (unsigned i = 0; i < columns; i++)
		buf_add_char(&passing->row.line, ' ');
	passing->at += columns;
}

/* A text that is harmless already, `pad` columns at least, and `most` at most, and no more than
 * there are. */
static void passing_put(struct sink_passing *passing, struct span text, unsigned most, unsigned pad)
{
	const char *dots = passing->options.ascii_only ? "..." : "\u2026";
	unsigned dots_width = passing->options.ascii_only ? 3 : 1;
	unsigned gap = passing->at > 0 ? PASSING_GAP : 0;
	unsigned width = table_cell_width(text);
	unsigned left = passing->options.width > passing->at + gap
			    ? passing->options.width - passing->at - gap
			    : 0;

	if (left < most)
		most = left;
	if (most <= dots_width)
		return;
	passing_pad(passing, gap);
	if (width > most) {
		text = table_cell_head(text, most - dots_width);
		width = table_cell_width(text) + dots_width;
		buf_add(&passing->row.line, text);
		buf_add_text(&passing->row.line, dots);
	} else {
		buf_add(&passing->row.line, text);
	}
	passing->at += width;
	if (width < pad)
		passing_pad(passing, pad < left ? pad - width : 0);
}

static void passing_add(
    struct sink_passing *passing, struct span value, unsigned most, unsigned pad)
{
	buf_clear(&passing->cell);
	table_cell_add(&passing->cell, value, passing->options.ascii_only);
	buf_fail(&passing->row.line, passing->cell.failed);
	passing_put(passing, buf_span(&passing->cell), most, pad);
}

/* What a line is made of, of a record or of the titles. */
struct passing_line {
	struct span when, identity, kind, host, to, subject;
};

static int passing_write(
    struct sink_passing *passing, const struct passing_line *line, struct err *err)
{
	const struct sink_passing_options *options = &passing->options;
	unsigned with_to = options->has_hosts ? PASSING_WITH_ALL : PASSING_WITH_TO;

	passing->at = 0;
	passing_add(passing, line->when, PASSING_WHEN, PASSING_WHEN);
	passing_add(passing, line->identity, options->width, PASSING_IDENTITY);
	if (options->width >= PASSING_WITH_KIND)
		passing_add(passing, line->kind, PASSING_KIND, PASSING_KIND);
	if (options->has_hosts && options->width >= PASSING_WITH_HOST)
		passing_add(passing, line->host, PASSING_HOST, PASSING_HOST);
	if (options->width >= with_to)
		passing_add(passing, line->to, PASSING_TO, PASSING_TO);
	passing_add(passing, line->subject, options->width, 0);
	while (passing->row.line.n > 0 && passing->row.line.p[passing->row.line.n - 1] == ' ')
		passing->row.line.n--;
	return sink_row_put(&passing->row, err) != 0 ? -1 : sink_row_flush(&passing->row, err);
}

static int passing_head(struct sink_passing *passing, struct err *err)
{
	const struct passing_line titles = {
	    .when = SPAN("Date"),
	    .identity = SPAN("Identity"),
	    .kind = SPAN("Kind"),
	    .host = SPAN("Host"),
	    .to = SPAN("To"),
	    .subject = SPAN("Subject"),
	};

	if (passing->is_headed || passing->options.continued)
		return 0;
	passing->is_headed = true;
	return passing_write(passing, &titles, err);
}

static int passing_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_passing *passing = (struct sink_passing *)sink;
	struct passing_line line = {
	    .identity = record_value(record, COLUMN_IDENTITY),
	    .kind = record_value(record, COLUMN_IDENTITY_KIND),
	    .host = record_value(record, COLUMN_HOST),
	    .to = record_value(record, COLUMN_TO),
	    .subject = record_value(record, COLUMN_SUBJECT),
	};
	struct buf when;
	int result;

	if (passing_head(passing, err) != 0)
		return -1;
	buf_init(&when, 0);
	if (record_value(record, COLUMN_DATE).n > 0)
		period_add_short(&when, record->internal_date);
	line.when = buf_span(&when);
	if (line.identity.n == 0)
		line.identity = SPAN("(none)");
	if (record->is_bounce)
		line.kind = SPAN("bounce");
	buf_fail(&passing->row.line, when.failed);
	result = passing_write(passing, &line, err);
	buf_fini(&when);
	return result;
}

static int passing_missing(struct sink *sink, struct span host, struct span why, struct err *err)
{
	struct sink_passing *passing = (struct sink_passing *)sink;
	struct buf text;

	buf_init(&text, 0);
	sink_row_add_missing(&text, host, why);
	buf_clear(&passing->cell);
	table_cell_add(&passing->cell, buf_span(&text), passing->options.ascii_only);
	buf_add(&passing->row.line, buf_span(&passing->cell));
	buf_fail(&passing->row.line, text.failed);
	buf_fail(&passing->row.line, passing->cell.failed);
	buf_fini(&text);
	return sink_row_put(&passing->row, err) != 0 ? -1 : sink_row_flush(&passing->row, err);
}

static int passing_end(struct sink *sink, const struct account *account, struct err *err)
{
	if (sink_row_flush(&((struct sink_passing *)sink)->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, passing_missing, err);
}

static void passing_free(struct sink *sink)
{
	struct sink_passing *passing = (struct sink_passing *)sink;

	buf_fini(&passing->row.line);
	buf_fini(&passing->cell);
	free(sink);
}

static const struct sink_ops passing_ops = {
    .name = "passing",
    .record = passing_record,
    .end = passing_end,
    .free = passing_free,
};

struct sink *sink_passing_new(
    FILE *out, const struct sink_passing_options *options, struct err *err)
{
	struct sink_passing *passing = calloc(1, sizeof(*passing));

	if (passing == NULL) {
		err_nomem(err);
		return NULL;
	}
	passing->sink.ops = &passing_ops;
	passing->options = *options;
	if (options->width == 0)
		passing->options.width = PASSING_WIDTH;
	passing->row = (struct sink_row){.out = out, .what = "the display", .row_end = "\n"};
	buf_init(&passing->row.line, 0);
	buf_init(&passing->cell, 0);
	return &passing->sink;
}
