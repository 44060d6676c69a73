/* Groups as a table for people, at the end of the run. */
#include <inttypes.h>
#include <stdlib.h>

#include "group/group_column.h"
#include "sink/sink_row.h"
#include "text/table.h"
#include "text/table_cell.h"

/* What is left of a key on a narrow terminal: the first one, the others, and before one of these is
 * left out. */
#define DISPLAY_FIRST_KEY 24
#define DISPLAY_KEY       12
#define DISPLAY_TIGHT_KEY 6

/*
 * The columns besides the keys, in the order of group_column.h. Shorter titles than elsewhere,
 * since they are wider than the numbers below them. The ranks say what a desk can do without first:
 * where the mail comes from and what it looks like decide, the UID is for looking a message up.
 */
static const struct table_column display_columns[GROUP_COLUMN_COUNT] = {
    [GROUP_COUNT] = {.title = "Count", .is_number = true},
    [GROUP_PERCENT] = {.title = "%", .is_number = true, .rank = GROUP_MAX_KEYS},
    [GROUP_FIRST_SEEN] = {.title = "First seen", .optional = true, .rank = 9},
    [GROUP_LAST_SEEN] = {.title = "Last seen", .optional = true, .rank = 7},
    [GROUP_RECIPIENTS] = {.title = "Rcpts", .is_number = true, .optional = true, .rank = 1},
    [GROUP_SOURCE_IPS] = {.title = "IPs", .is_number = true, .optional = true, .rank = 2},
    [GROUP_SUBJECTS] = {.title = "Subjects", .is_number = true, .optional = true, .rank = 8},
    [GROUP_TOP_SCRIPT] = {.title = "Top PHP script", .least = 20, .optional = true, .rank = 3},
    /* "99% " and an IPv4 address */
    [GROUP_TOP_IP] = {.title = "Top source IP", .least = 19, .optional = true, .rank = 6},
    [GROUP_SAMPLE_SUBJECT] = {.title = "Sample subject", .least = 14, .optional = true, .rank = 4},
    [GROUP_SAMPLE_UID] = {.title = "Sample UID", .is_number = true, .optional = true, .rank = 12},
    [GROUP_IDENTITY_KIND] = {.title = "Kind", .optional = true, .rank = 5},
    [GROUP_LOGIN_IPS] = {.title = "Login IPs", .is_number = true, .optional = true, .rank = 10},
    [GROUP_CALLERS] = {.title = "Callers", .is_number = true, .optional = true, .rank = 11},
};

_Static_assert(GROUP_COLUMN_COUNT - 1 + GROUP_MAX_KEYS <= TABLE_MAX_COLUMNS, "the table is wide");

struct sink_group_display {
	struct sink sink; /* first, so that a sink is a sink_group_display */
	struct sink_row row;
	struct grouping *grouping; /* the caller's */
	struct group_limits limits;
	struct table table;
	/* The row that is being made: */
	struct buf value;
	struct buf text;                    /* all cells */
	size_t cell_end[TABLE_MAX_COLUMNS]; /* in text */
	unsigned cells;
};

/* Ends a cell: what is in display->value, made harmless. */
static void display_end_cell(struct sink_group_display *display)
{
	table_cell_add(&display->text, buf_span(&display->value), display->table.ascii_only);
	buf_fail(&display->text, display->value.failed);
	display->cell_end[display->cells++] = display->text.n;
	buf_clear(&display->value);
}

/* The share stands in front, so that it is not cut; nothing when the value is the only one. */
static void display_add_share(struct buf *out, const struct group_value *value)
{
	unsigned percent;

	if (!value->known || value->share.part >= value->share.whole)
		return;
	percent = (group_permille(value->share.part, value->share.whole) + 5) / 10;
	if (value->estimated)
		buf_add_text(out, GROUP_ABOUT);
	if (percent == 0)
		buf_add_text(out, "<1% ");
	else
		buf_printf(out, "%2u%% ", percent < 100 ? percent : 99);
}

/* Most groups have none of these: a column of zeros would take the room of one that tells. */
static bool display_blanks_zero(enum group_column column)
{
	return column == GROUP_LOGIN_IPS || column == GROUP_CALLERS;
}

static void display_add_value(
    struct sink_group_display *display, const struct group_row *row, enum group_column column)
{
	const struct group_value value = group_value(display->grouping, row, column);
	const enum group_column percent = group_columns[column].percent;

	if (percent != 0) {
		const struct group_value share = group_value(display->grouping, row, percent);

		display_add_share(&display->value, &share);
		group_value_add(&display->value, &value);
	} else if (value.kind != KIND_NUMBER || value.number > 0 || !display_blanks_zero(column)) {
		group_value_add_short(&display->value, &value);
	}
	display_end_cell(display);
}

static void display_add_total_key(struct sink_group_display *display)
{
	uint32_t groups = grouping_count(display->grouping);

	buf_printf(&display->value, "Total (%" PRIu32 " group%s)", groups, groups != 1 ? "s" : "");
}

/* The cells of a row; the display's until the next one. */
static int display_make_cells(struct sink_group_display *display, const struct group_row *row,
    bool is_total, struct span cells_r[TABLE_MAX_COLUMNS], struct err *err)
{
	size_t start = 0;

	buf_clear(&display->text);
	display->cells = 0;
	for (unsigned i = 0; i < GROUP_COLUMN_COUNT; i++) {
		if (display_columns[i].title != NULL)
			display_add_value(display, row, (enum group_column)i);
		for (unsigned k = 0; i == GROUP_KEY && k < grouping_key(display->grouping)->count;
		     k++) {
			if (!is_total)
				group_add_key(&display->value, display->grouping, row, k);
			else if (k == 0)
				display_add_total_key(display);
			display_end_cell(display);
		}
	}
	if (display->text.failed != 0)
		return err_nomem(err);
	for (unsigned i = 0; i < display->cells; i++) {
		cells_r[i] = (struct span){display->text.p + start, display->cell_end[i] - start};
		start = display->cell_end[i];
	}
	return 0;
}

typedef int display_pass(
    struct sink_group_display *display, const struct span *cells, struct err *err);

static int display_measure(
    struct sink_group_display *display, const struct span *cells, struct err *err)
{
	(void)err;
	table_measure(&display->table, cells);
	return 0;
}

static int display_write(
    struct sink_group_display *display, const struct span *cells, struct err *err)
{
	table_add_row(&display->row.line, &display->table, cells);
	return sink_row_put(&display->row, err);
}

/* Each row of the view, and that of the total. */
static int display_for_rows(struct sink_group_display *display, const struct group_view *view,
    display_pass *pass, struct err *err)
{
	uint64_t messages = grouping_messages(display->grouping);
	struct span cells[TABLE_MAX_COLUMNS];

	for (uint64_t i = 0; i <= view->rows; i++) {
		/* The total is a row of others, of which more is not known. */
		struct group_row row = {.others = 1, .count = messages, .total = messages};
		bool is_total = i == view->rows;

		if (!is_total)
			group_view_row(view, (uint32_t)i, &row);
		if (display_make_cells(display, &row, is_total, cells, err) != 0 ||
		    pass(display, cells, err) != 0)
			return -1;
	}
	return 0;
}

static int sink_group_display_missing(
    struct sink *sink, struct span host, struct span why, struct err *err)
{
	struct sink_group_display *display = (struct sink_group_display *)sink;

	sink_row_add_missing(&display->value, host, why);
	table_cell_add(&display->row.line, buf_span(&display->value), display->table.ascii_only);
	buf_fail(&display->row.line, display->value.failed);
	buf_clear(&display->value);
	return sink_row_put(&display->row, err) != 0 ? -1 : sink_row_flush(&display->row, err);
}

static int sink_group_display_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_group_display *display = (struct sink_group_display *)sink;
	struct group_view view;

	if (group_view_init(&view, display->grouping, &display->limits, err) != 0 ||
	    display_for_rows(display, &view, display_measure, err) != 0)
		return -1;
	table_fit(&display->table);
	table_add_titles(&display->row.line, &display->table);
	if (sink_row_put(&display->row, err) != 0 ||
	    display_for_rows(display, &view, display_write, err) != 0)
		return -1;
	table_add_left_out(&display->row.line, &display->table);
	if (display->row.line.n > 0 && sink_row_put(&display->row, err) != 0)
		return -1;
	if (sink_row_flush(&display->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, sink_group_display_missing, err);
}

static void sink_group_display_free(struct sink *sink)
{
	struct sink_group_display *display = (struct sink_group_display *)sink;

	buf_fini(&display->row.line);
	buf_fini(&display->value);
	buf_fini(&display->text);
	free(display);
}

static const struct sink_ops sink_group_display_ops = {
    .name = "group-display",
    .end = sink_group_display_end,
    .free = sink_group_display_free,
};

static void display_add_keys(struct table *table, const struct column_list *key)
{
	for (unsigned k = 0; k < key->count; k++) {
		const struct table_column column = {
		    .title = record_columns[key->column[k]].title,
		    .least = k == 0 ? DISPLAY_FIRST_KEY : DISPLAY_KEY,
		    .tight = DISPLAY_TIGHT_KEY,
		    .rank = k,
		};

		table_add_column(table, &column);
	}
}

struct sink *sink_group_display_new(FILE *out, struct grouping *grouping,
    const struct group_limits *limits, const struct sink_table_options *options, struct err *err)
{
	struct sink_group_display *display = calloc(1, sizeof(*display));

	if (display == NULL) {
		err_nomem(err);
		return NULL;
	}
	display->sink.ops = &sink_group_display_ops;
	display->row = (struct sink_row){.out = out, .what = "the display", .row_end = "\n"};
	display->grouping = grouping;
	display->limits = *limits;
	table_init(&display->table, options->width, options->ascii_only);
	for (unsigned i = 0; i < GROUP_COLUMN_COUNT; i++) {
		if (display_columns[i].title != NULL)
			table_add_column(&display->table, &display_columns[i]);
		else if (i == GROUP_KEY)
			display_add_keys(&display->table, grouping_key(grouping));
	}
	return &display->sink;
}
