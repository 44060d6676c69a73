/* The identities as text. */
#include <inttypes.h>
#include <stdio.h>

#include "base/utf8.h"
#include "group/group_column.h"
#include "letter/letter_part.h"
#include "text/table_cell.h"

#define LETTER_GAP         2
#define LETTER_WIDTH_COUNT 8 /* "Messages" */
#define LETTER_WIDTH_SHARE 5 /* "100.0" */

/* What has no room beside the numbers begins here. */
#define LETTER_INDENT 4

struct letter_table {
	const struct letter_report *report;
	struct buf *out;
	struct buf value; /* one text */
	int rank_width;
	int count_width;
	int indent; /* of identities */
};

int letter_view_head(
    struct group_view *view_r, const struct letter_report *report, uint32_t shown, struct err *err)
{
	/* No group is as large: all of them are others. */
	struct group_limits limits = {.min_count = UINT32_MAX};

	if (shown > 0)
		limits = (struct group_limits){.top = shown, .min_count = report->limits.min_count};
	return group_view_init(view_r, report->identities, &limits, err);
}

int letter_view(struct group_view *view_r, const struct letter_report *report, struct err *err)
{
	unsigned top = report->limits.top;

	if (top == 0)
		top = LETTER_TOP;
	return letter_view_head(view_r, report, top < LETTER_MAX_TOP ? top : LETTER_MAX_TOP, err);
}

static int letter_digits(uint64_t number)
{
	return snprintf(NULL, 0, "%" PRIu64, number);
}

static void letter_measure(struct letter_table *table, const struct group_view *view)
{
	struct group_row row;

	table->rank_width = letter_digits(view->shown);
	table->count_width = LETTER_WIDTH_COUNT;
	for (uint32_t i = 0; i < view->rows; i++) {
		int width;

		group_view_row(view, i, &row);
		width = letter_digits(row.count);
		if (width > table->count_width)
			table->count_width = width;
	}
	table->indent =
	    table->rank_width + table->count_width + LETTER_WIDTH_SHARE + 3 * LETTER_GAP;
}

static void letter_add_blanks(struct buf *out, int count)
{
	buf_printf(out, "%*s", count, "");
}

static void letter_add_titles(struct letter_table *table)
{
	buf_printf(table->out, "%*s  %*s  %*s  Identity\n", table->rank_width, "#",
	    table->count_width, "Messages", LETTER_WIDTH_SHARE, "%");
}

static void letter_add_numbers(
    struct letter_table *table, const struct group_row *row, uint32_t rank)
{
	if (row->others == 0)
		buf_printf(table->out, "%*" PRIu32, table->rank_width, rank);
	else
		letter_add_blanks(table->out, table->rank_width);
	buf_clear(&table->value);
	letter_add_percent(&table->value, row);
	buf_fail(table->out, table->value.failed);
	buf_printf(table->out, "  %*" PRIu64 "  %*s", table->count_width, row->count,
	    LETTER_WIDTH_SHARE, buf_string(&table->value));
}

/* Behind the numbers, or on a line of its own. */
static void letter_add_identity(struct letter_table *table, const struct group_row *row)
{
	struct buf *value = &table->value;
	struct buf name;

	buf_clear(value);
	buf_init(&name, 0);
	group_add_key(&name, table->report->identities, row, 0);
	letter_add_line(value, buf_span(&name));
	buf_fail(value, name.failed);
	buf_fini(&name);
	if (table->indent + (int)table_cell_width(buf_span(value)) <= LETTER_WIDTH) {
		buf_add_text(table->out, "  ");
	} else {
		buf_add_char(table->out, '\n');
		letter_add_blanks(table->out, LETTER_INDENT);
	}
	buf_add_buf(table->out, value);
	buf_add_char(table->out, '\n');
}

/* A line under the identity, when there is something to say. */
static void letter_add_fact_line(
    struct letter_table *table, const struct group_row *row, enum letter_fact fact)
{
	buf_clear(&table->value);
	letter_add_fact(&table->value, table->report, row, fact);
	buf_fail(table->out, table->value.failed);
	if (table->value.n == 0)
		return;
	letter_add_blanks(table->out, table->indent);
	buf_add_buf(table->out, &table->value);
	buf_add_char(table->out, '\n');
}

/* Large numbers have a line of their own. */
static void letter_add_sending_line(struct letter_table *table, const struct group_row *row)
{
	size_t start = table->out->n;
	size_t label;

	buf_clear(&table->value);
	letter_add_fact(&table->value, table->report, row, LETTER_SENDING);
	buf_fail(table->out, table->value.failed);
	if (table->value.n == 0)
		return;
	letter_add_blanks(table->out, table->indent);
	letter_add_still(table->out, table->report, letter_goes_on(table->report, row));
	label = table->out->n - start;
	if (label + strlen(": ") + table->value.n <= LETTER_WIDTH) {
		buf_add_text(table->out, ": ");
	} else {
		buf_add_text(table->out, ":\n");
		letter_add_blanks(table->out, table->indent);
	}
	buf_add_buf(table->out, &table->value);
	buf_add_char(table->out, '\n');
}

/* Of a long path the end says what it is. */
static void letter_add_path(struct buf *out, struct span path, unsigned most)
{
	unsigned width = table_cell_width(path);

	if (width > most)
		utf8_add(out, UTF8_ELLIPSIS);
	for (unsigned room = width > most ? most - 1 : most; width > room;) {
		unsigned cluster;

		path = span_from(path, table_cell_next(path, &cluster));
		width -= cluster;
	}
	buf_add(out, path);
}

/* Beside its share, or on a line of its own. */
static void letter_add_script(struct letter_table *table, const struct group_row *row)
{
	struct buf *path = &table->value;
	struct buf share;
	int left;

	if (row->others > 0 || row->script.value.n == 0)
		return;
	buf_clear(path);
	letter_add_fact(path, table->report, row, LETTER_SCRIPT);
	buf_fail(table->out, path->failed);
	buf_init(&share, 0);
	letter_add_fact(&share, table->report, row, LETTER_SHARE);
	letter_add_blanks(table->out, table->indent);
	buf_add_buf(table->out, &share);
	left = LETTER_WIDTH - table->indent - (int)table_cell_width(buf_span(&share)) - 1;
	buf_fini(&share);
	if ((int)table_cell_width(buf_span(path)) <= left) {
		buf_add_char(table->out, ' ');
	} else {
		buf_add_char(table->out, '\n');
		letter_add_blanks(table->out, LETTER_INDENT);
	}
	letter_add_path(table->out, buf_span(path), LETTER_WIDTH - LETTER_INDENT);
	buf_add_char(table->out, '\n');
}

static void letter_add_row(struct letter_table *table, const struct group_row *row, uint32_t rank)
{
	letter_add_numbers(table, row, rank);
	letter_add_identity(table, row);
	letter_add_fact_line(table, row, LETTER_WEAK);
	letter_add_fact_line(table, row, LETTER_SEEN);
	letter_add_sending_line(table, row);
	letter_add_fact_line(table, row, LETTER_LOGINS);
	letter_add_script(table, row);
	buf_fail(table->out, table->value.failed);
}

int letter_add_table(struct buf *out, const struct letter_report *report, struct err *err)
{
	struct letter_table table = {.report = report, .out = out};
	struct group_view view;

	if (letter_view(&view, report, err) != 0)
		return -1;
	buf_init(&table.value, 0);
	letter_measure(&table, &view);
	letter_add_titles(&table);
	for (uint32_t i = 0; i < view.rows; i++) {
		struct group_row row;

		group_view_row(&view, i, &row);
		letter_add_row(&table, &row, i + 1);
	}
	buf_fini(&table.value);
	if (view.shown == LETTER_MAX_TOP && view.others > 0)
		buf_printf(out, "A letter shows %d identities at most.\n", LETTER_MAX_TOP);
	return out->failed == 0 ? 0 : err_nomem(err);
}
