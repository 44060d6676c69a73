/* Groups as a table for people, at the end of the run. */
#include <inttypes.h>
#include <stdlib.h>

#include "calendar/period.h"
#include "group/group_column.h"
#include "group/group_sender.h"
#include "sink/sink_row.h"
#include "text/table.h"
#include "text/table_cell.h"

/* What is left of a key on a narrow terminal: the first one, the others, and before one of these is
 * left out. */
#define DISPLAY_FIRST_KEY 24
#define DISPLAY_KEY       12
#define DISPLAY_TIGHT_KEY 6

/* The same of an identity, which is folded instead of cut. */
#define DISPLAY_WHOLE_KEY   40
#define DISPLAY_TIGHT_WHOLE 20

/* The bar: how many columns a share of 100 percent takes. */
#define DISPLAY_BAR       5
#define DISPLAY_BAR_TITLE "Share"
#define DISPLAY_BAR_RANK  3

/* Of all messages, in tenths of a percent: whose bar is red, and whose is yellow. */
#define DISPLAY_MUCH 250
#define DISPLAY_SOME 50

/*
 * The columns besides the keys and the bar. Shorter titles than elsewhere, since they are wider
 * than the numbers below them. The ranks say what a desk can do without first: whether it goes on,
 * and by which script, decide; the UID is for looking a message up. A weak identity is always
 * marked.
 */
static const struct table_column display_columns[GROUP_COLUMN_COUNT] = {
    [GROUP_COUNT] = {.title = "Count", .is_number = true},
    [GROUP_PERCENT] = {.title = "%", .is_number = true, .rank = GROUP_MAX_KEYS},
    [GROUP_IDENTITY_KIND] = {.title = "Kind", .rank = GROUP_MAX_KEYS + 1, .needs_text = true},
    [GROUP_FIRST_SEEN] = {.title = "First seen", .optional = true, .rank = 11},
    [GROUP_LAST_SEEN] = {.title = "Last seen", .optional = true, .rank = 1},
    [GROUP_RECIPIENTS] = {.title = "Rcpts", .is_number = true, .optional = true, .rank = 7},
    [GROUP_LOGIN_IPS] =
	{.title = "Login IPs", .is_number = true, .optional = true, .rank = 4, .needs_text = true},
    [GROUP_CALLERS] =
	{.title = "Callers", .is_number = true, .optional = true, .rank = 5, .needs_text = true},
    [GROUP_SOURCE_IPS] = {.title = "IPs", .is_number = true, .optional = true, .rank = 6},
    [GROUP_SUBJECTS] = {.title = "Subjects", .is_number = true, .optional = true, .rank = 10},
    [GROUP_TOP_SCRIPT] = {.title = "Top script",
	.least = 14,
	.when_long = TABLE_CUT_START,
	.optional = true,
	.rank = 2},
    /* "99% " and an IPv4 address */
    [GROUP_TOP_IP] = {.title = "Top source IP", .least = 19, .optional = true, .rank = 9},
    [GROUP_SAMPLE_SUBJECT] = {.title = "Sample subject", .least = 14, .optional = true, .rank = 8},
    [GROUP_SAMPLE_UID] = {.title = "Sample UID", .is_number = true, .optional = true, .rank = 12},
    [GROUP_NEW] = {.title = "New", .optional = true, .rank = 2, .needs_text = true},
    [GROUP_CHANGE] =
	{.title = "Change", .is_number = true, .optional = true, .rank = 3, .needs_text = true},
    [GROUP_BEFORE] =
	{.title = "Before", .is_number = true, .optional = true, .rank = 10, .needs_text = true},
    [GROUP_DAYS] =
	{.title = "Days", .is_number = true, .optional = true, .rank = 8, .needs_text = true},
    [GROUP_FIRST_EVER] = {.title = "First ever", .optional = true, .rank = 9, .needs_text = true},
};

/* GROUP_KEY stands for the keys, and the bar is behind the percents. */
static const enum group_column display_order[] = {GROUP_COUNT, GROUP_PERCENT, GROUP_KEY,
    GROUP_IDENTITY_KIND, GROUP_NEW, GROUP_BEFORE, GROUP_CHANGE, GROUP_DAYS, GROUP_FIRST_EVER,
    GROUP_FIRST_SEEN, GROUP_LAST_SEEN, GROUP_RECIPIENTS, GROUP_LOGIN_IPS, GROUP_CALLERS,
    GROUP_SOURCE_IPS, GROUP_SUBJECTS, GROUP_TOP_SCRIPT, GROUP_TOP_IP, GROUP_SAMPLE_SUBJECT,
    GROUP_SAMPLE_UID};

#define DISPLAY_COUNT (sizeof(display_order) / sizeof(display_order[0]))

static const struct table_column display_bar = {
    .title = DISPLAY_BAR_TITLE,
    .optional = true,
    .rank = DISPLAY_BAR_RANK,
};

_Static_assert(DISPLAY_COUNT + GROUP_MAX_KEYS <= TABLE_MAX_COLUMNS, "the table is wide");

struct sink_group_display {
	struct sink sink; /* first, so that a sink is a sink_group_display */
	struct sink_row row;
	struct grouping *grouping; /* the caller's */
	struct group_limits limits;
	struct table table;
	bool bars;
	bool by_identity;   /* it is among the keys */
	bool is_everywhere; /* one of them logged in from many addresses */
	/* Of all messages that have one: */
	bool dated;
	time_t first;
	time_t last;
	/* The row that is being made: */
	struct buf value;
	struct buf text;                    /* all cells */
	size_t cell_end[TABLE_MAX_COLUMNS]; /* in text */
	enum table_look look[TABLE_MAX_COLUMNS];
	unsigned cells;
};

/* Ends a cell: what is in display->value, made harmless. */
static void display_end_cell(struct sink_group_display *display, enum table_look look)
{
	table_cell_add(&display->text, buf_span(&display->value), display->table.ascii_only);
	buf_fail(&display->text, display->value.failed);
	display->look[display->cells] = look;
	display->cell_end[display->cells++] = display->text.n;
	buf_clear(&display->value);
}

/* A bar of the group's share, DISPLAY_BAR columns long for all messages: eighths of a column where
 * the terminal has the characters, at least the smallest when there is something to show. */
static void display_add_bar(struct sink_group_display *display, const struct group_row *row)
{
	static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	unsigned permille = group_permille(row->count, row->total);
	unsigned steps = (permille * DISPLAY_BAR * 8 + 500) / 1000;
	enum table_look look = TABLE_LITTLE;

	if (steps == 0 && row->count > 0)
		steps = 1;
	/* The others, and the total, are not one sender. */
	if (row->others > 0)
		steps = 0;
	for (unsigned i = 0; i < steps / 8; i++)
		buf_add_text(&display->value, display->table.ascii_only ? "#" : "█");
	if (!display->table.ascii_only)
		buf_add_text(&display->value, eighths[steps % 8]);
	else if (steps > 0 && steps < 8)
		buf_add_char(&display->value, '.');
	if (permille >= DISPLAY_MUCH)
		look = TABLE_MUCH;
	else if (permille >= DISPLAY_SOME)
		look = TABLE_SOME;
	display_end_cell(display, look);
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

/* Whether the table has this column: what a key says already is not said once more. */
static bool display_has(const struct grouping *grouping, enum group_column column)
{
	static const struct {
		enum group_column column;
		enum column key;
	} twice[] = {
	    {GROUP_TOP_SCRIPT, COLUMN_PHP_SCRIPT},
	    {GROUP_TOP_IP, COLUMN_SOURCE_IP},
	    {GROUP_SAMPLE_SUBJECT, COLUMN_SUBJECT},
	};
	const struct column_list *key = grouping_key(grouping);

	if (column >= group_column_count(grouping))
		return false;
	for (size_t i = 0; i < sizeof(twice) / sizeof(twice[0]); i++)
		for (unsigned k = 0; k < key->count && twice[i].column == column; k++)
			if (key->column[k] == twice[i].key)
				return false;
	return true;
}

/* Only what must be known before somebody acts. */
static void display_add_kind(struct sink_group_display *display, const struct group_row *row)
{
	if (display->by_identity && group_sender_is_weak(row))
		buf_add(&display->value, row->identity_kind);
	display_end_cell(display, TABLE_SOME);
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
	} else if (column == GROUP_FIRST_EVER) {
		/* It may be of another year. */
		if (value.known)
			period_add_day(&display->value, value.time);
	} else if (!group_columns[column].rare || value.number > 0) {
		/* A column of zeros would take the room of one that tells. */
		group_value_add_short(&display->value, &value);
	}
	display_end_cell(display, TABLE_PLAIN);
}

static void display_add_total_key(struct sink_group_display *display)
{
	uint32_t groups = grouping_count(display->grouping);

	buf_printf(&display->value, "Total (%" PRIu32 " group%s)", groups, groups != 1 ? "s" : "");
}

static void display_add_keys_of(
    struct sink_group_display *display, const struct group_row *row, bool is_total)
{
	const struct column_list *key = grouping_key(display->grouping);

	for (unsigned k = 0; k < key->count; k++) {
		bool weak = key->column[k] == COLUMN_IDENTITY && group_sender_is_weak(row);

		if (!is_total)
			group_add_key(&display->value, display->grouping, row, k);
		else if (k == 0)
			display_add_total_key(display);
		display_end_cell(display, weak ? TABLE_FAINT : TABLE_PLAIN);
	}
}

/* The cells of a row, which stay until the next one is made. */
static int display_make_cells(struct sink_group_display *display, const struct group_row *row,
    bool is_total, struct span cells_r[TABLE_MAX_COLUMNS], struct err *err)
{
	size_t start = 0;

	buf_clear(&display->text);
	display->cells = 0;
	for (unsigned i = 0; i < DISPLAY_COUNT; i++) {
		if (display_order[i] == GROUP_KEY)
			display_add_keys_of(display, row, is_total);
		else if (display_order[i] == GROUP_IDENTITY_KIND)
			display_add_kind(display, row);
		else if (display_has(display->grouping, display_order[i]))
			display_add_value(display, row, display_order[i]);
		if (display_order[i] == GROUP_PERCENT && display->bars)
			display_add_bar(display, row);
	}
	if (display->text.failed != 0)
		return err_nomem(err);
	for (unsigned i = 0; i < display->cells; i++) {
		cells_r[i] = (struct span){display->text.p + start, display->cell_end[i] - start};
		start = display->cell_end[i];
		if (is_total)
			display->look[i] = TABLE_STRONG;
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
	table_add_row_looking(&display->row.line, &display->table, cells, display->look);
	return sink_row_put(&display->row, err);
}

static void display_note_times(struct sink_group_display *display, const struct group_row *row)
{
	if (!row->dated)
		return;
	if (!display->dated || row->first < display->first)
		display->first = row->first;
	if (!display->dated || row->last > display->last)
		display->last = row->last;
	display->dated = true;
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
		display_note_times(display, &row);
		display->is_everywhere = display->is_everywhere || group_sender_is_everywhere(&row);
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

static bool display_shows_times(const struct sink_group_display *display)
{
	for (unsigned i = 0; i < display->table.count; i++) {
		const struct table_column *column = &display->table.column[i];
		bool is_time = column->title == display_columns[GROUP_FIRST_EVER].title ||
			       column->title == display_columns[GROUP_FIRST_SEEN].title ||
			       column->title == display_columns[GROUP_LAST_SEEN].title;

		if (is_time && !column->left_out && display->dated)
			return true;
	}
	return false;
}

/* Why it is not known of all who is new. */
static int display_write_past(
    struct sink_group_display *display, const struct account *account, struct err *err)
{
	if (!grouping_keeps_past(display->grouping) || account->past_missing == NULL)
		return 0;
	buf_add_text(&display->value, "New, Before: ");
	buf_add_text(&display->value, account->past_missing);
	table_cell_add(&display->row.line, buf_span(&display->value), display->table.ascii_only);
	buf_fail(&display->row.line, display->value.failed);
	buf_clear(&display->value);
	return sink_row_put(&display->row, err);
}

/* What must be known of the table: the zone of its times, and what it does not show. */
static int display_write_notes(
    struct sink_group_display *display, const struct account *account, struct err *err)
{
	if (display_write_past(display, account, err) != 0)
		return -1;
	if (display_shows_times(display)) {
		buf_add_text(&display->value, "times: ");
		period_add_zone(&display->value, display->first, display->last);
		table_cell_add(&display->row.line, buf_span(&display->value), true);
		buf_fail(&display->row.line, display->value.failed);
		buf_clear(&display->value);
		if (sink_row_put(&display->row, err) != 0)
			return -1;
	}
	table_add_left_out(&display->row.line, &display->table);
	return display->row.line.n > 0 ? sink_row_put(&display->row, err) : 0;
}

/* The sign of a stolen password stays before all that is only of use; beside it, by which script it
 * was tells more than when. */
static void display_keep_logins(struct table *table)
{
	for (unsigned i = 0; i < table->count; i++) {
		struct table_column *column = &table->column[i];

		if (column->title == display_columns[GROUP_LAST_SEEN].title)
			column->rank = DISPLAY_BAR_RANK;
		if (column->title != display_columns[GROUP_LOGIN_IPS].title)
			continue;
		column->optional = false;
		column->rank = GROUP_MAX_KEYS + 2; /* the first of those to go */
	}
}

static int sink_group_display_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_group_display *display = (struct sink_group_display *)sink;
	struct group_view view;

	if (group_view_init(&view, display->grouping, &display->limits, err) != 0 ||
	    display_for_rows(display, &view, display_measure, err) != 0)
		return -1;
	if (display->by_identity && display->is_everywhere)
		display_keep_logins(&display->table);
	table_fit(&display->table);
	table_add_titles(&display->row.line, &display->table);
	if (sink_row_put(&display->row, err) != 0 ||
	    display_for_rows(display, &view, display_write, err) != 0 ||
	    display_write_notes(display, account, err) != 0)
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

/* What becomes of a key that is too wide: who it is stays whole where that is possible. */
static struct table_column display_key_column(
    const struct table *table, enum column key, unsigned k)
{
	struct table_column column = {
	    .title = record_columns[key].title,
	    .least = k == 0 ? DISPLAY_FIRST_KEY : DISPLAY_KEY,
	    .tight = DISPLAY_TIGHT_KEY,
	    .rank = k,
	};

	if (record_columns[key].kind == KIND_TIME)
		column.least = column.tight = 0; /* half a time tells nothing */
	if (key == COLUMN_PHP_SCRIPT)
		column.when_long = TABLE_CUT_START;
	if (table->width != 0 && table->width < SINK_TABLE_WHOLE_WIDTH)
		return column;
	if (key == COLUMN_PHP_SCRIPT && k == 0)
		column.least = DISPLAY_WHOLE_KEY;
	if (key != COLUMN_IDENTITY)
		return column;
	column.when_long = TABLE_FOLD;
	column.least = DISPLAY_WHOLE_KEY;
	column.tight = DISPLAY_TIGHT_WHOLE;
	return column;
}

static void display_add_keys(struct table *table, const struct column_list *key)
{
	for (unsigned k = 0; k < key->count; k++) {
		const struct table_column column = display_key_column(table, key->column[k], k);

		table_add_column(table, &column);
	}
}

static bool display_is_by(const struct grouping *grouping, enum column column)
{
	return column_list_has(grouping_key(grouping), column);
}

/* Of scripts it matters more who calls them than who logs in. */
static void display_add_column(
    struct table *table, const struct grouping *grouping, enum group_column which)
{
	struct table_column column = display_columns[which];

	if (which == GROUP_CALLERS && display_is_by(grouping, COLUMN_PHP_SCRIPT))
		column.rank = display_columns[GROUP_LOGIN_IPS].rank;
	else if (which == GROUP_LOGIN_IPS && display_is_by(grouping, COLUMN_PHP_SCRIPT))
		column.rank = display_columns[GROUP_CALLERS].rank;
	table_add_column(table, &column);
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
	display->row = (struct sink_row){.out = out, .what = "the table", .row_end = "\n"};
	display->grouping = grouping;
	display->limits = *limits;
	display->bars = options->bars;
	table_init(&display->table, options->width, options->ascii_only);
	display->table.color = options->color;
	display->by_identity = display_is_by(grouping, COLUMN_IDENTITY);
	for (unsigned i = 0; i < DISPLAY_COUNT; i++) {
		if (display_order[i] == GROUP_KEY)
			display_add_keys(&display->table, grouping_key(grouping));
		else if (display_has(grouping, display_order[i]))
			display_add_column(&display->table, grouping, display_order[i]);
		if (display_order[i] == GROUP_PERCENT && display->bars)
			table_add_column(&display->table, &display_bar);
	}
	return &display->sink;
}
