/* Who sent most, as a table. */
#include <inttypes.h>

#include "group/group_column.h"
#include "letter/summary_part.h"
#include "text/table.h"
#include "text/table_cell.h"

enum summary_column {
	SUMMARY_RANK,
	SUMMARY_COUNT,
	SUMMARY_PERCENT,
	SUMMARY_IDENTITY,
	SUMMARY_LAST_SEEN,
	SUMMARY_SCRIPT,
	SUMMARY_SOURCE_IP,
	SUMMARY_COLUMN_COUNT
};

/* What nobody has is left out first, then the address: the identity and the script say whom to shut
 * down. */
static const struct table_column summary_columns[SUMMARY_COLUMN_COUNT] = {
    [SUMMARY_RANK] = {.title = "#", .is_number = true},
    [SUMMARY_COUNT] = {.title = "Messages", .is_number = true},
    [SUMMARY_PERCENT] = {.title = "%", .is_number = true},
    [SUMMARY_IDENTITY] = {.title = "Identity", .least = 26, .tight = 24},
    [SUMMARY_LAST_SEEN] = {.title = "Last seen", .optional = true, .rank = 1},
    [SUMMARY_SCRIPT] = {.title = "Top PHP script", .least = 16, .optional = true, .rank = 2},
    [SUMMARY_SOURCE_IP] = {.title = "Top source IP", .least = 15, .optional = true, .rank = 3},
};

/* Of the others: what they show of a group. */
static const enum group_column summary_of[SUMMARY_COLUMN_COUNT] = {
    [SUMMARY_COUNT] = GROUP_COUNT,
    [SUMMARY_PERCENT] = GROUP_PERCENT,
    [SUMMARY_LAST_SEEN] = GROUP_LAST_SEEN,
    [SUMMARY_SCRIPT] = GROUP_TOP_SCRIPT,
    [SUMMARY_SOURCE_IP] = GROUP_TOP_IP,
};

_Static_assert(SUMMARY_COLUMN_COUNT <= TABLE_MAX_COLUMNS, "the table is wide");

struct summary_table {
	struct table table;
	struct grouping *identities;
	struct group_view view;
	struct buf value;
	struct buf text;                       /* the cells of a row */
	size_t cell_end[SUMMARY_COLUMN_COUNT]; /* in text */
};

static void summary_add_value(
    struct summary_table *table, const struct group_row *row, uint32_t i, unsigned column)
{
	struct buf *out = &table->value;
	struct group_value value;

	switch (column) {
	case SUMMARY_RANK:
		if (row->others == 0)
			buf_printf(out, "%" PRIu32, i + 1);
		break;
	case SUMMARY_IDENTITY:
		group_add_key(out, table->identities, row, 0);
		break;
	default:
		value = group_value(table->identities, row, summary_of[column]);
		group_value_add_short(out, &value);
		break;
	}
}

/* The cells of row i of the view; the table's until the next one. */
static void summary_make_cells(
    struct summary_table *table, uint32_t i, struct span cells_r[SUMMARY_COLUMN_COUNT])
{
	struct group_row row;
	size_t start = 0;

	group_view_row(&table->view, i, &row);
	buf_clear(&table->text);
	for (unsigned c = 0; c < SUMMARY_COLUMN_COUNT; c++) {
		buf_clear(&table->value);
		summary_add_value(table, &row, i, c);
		summary_add_line(&table->text, buf_span(&table->value));
		buf_fail(&table->text, table->value.failed);
		table->cell_end[c] = table->text.n;
	}
	for (unsigned c = 0; c < SUMMARY_COLUMN_COUNT; c++) {
		cells_r[c] = (struct span){table->text.p + start, table->cell_end[c] - start};
		start = table->cell_end[c];
	}
}

static int summary_measure(struct summary_table *table, struct err *err)
{
	struct span cells[SUMMARY_COLUMN_COUNT];

	table_init(&table->table, SUMMARY_WIDTH, false);
	for (unsigned c = 0; c < SUMMARY_COLUMN_COUNT; c++)
		table_add_column(&table->table, &summary_columns[c]);
	for (uint32_t i = 0; i < table->view.rows; i++) {
		summary_make_cells(table, i, cells);
		if (table->text.failed != 0)
			return err_nomem(err);
		table_measure(&table->table, cells);
	}
	table_fit(&table->table);
	return 0;
}

static int summary_write(struct summary_table *table, struct buf *out, struct err *err)
{
	struct span cells[SUMMARY_COLUMN_COUNT];

	table_add_titles(out, &table->table);
	buf_add_char(out, '\n');
	for (uint32_t i = 0; i < table->view.rows; i++) {
		summary_make_cells(table, i, cells);
		if (table->text.failed != 0)
			return err_nomem(err);
		table_add_row(out, &table->table, cells);
		buf_add_char(out, '\n');
	}
	return 0;
}

int summary_add_table(struct buf *out, struct grouping *identities, struct err *err)
{
	const struct group_limits limits = {.top = SUMMARY_TOP};
	struct summary_table table = {.identities = identities};
	int result;

	buf_init(&table.value, 0);
	buf_init(&table.text, 0);
	result = group_view_init(&table.view, identities, &limits, err);
	if (result == 0)
		result = summary_measure(&table, err);
	if (result == 0)
		result = summary_write(&table, out, err);
	buf_fini(&table.value);
	buf_fini(&table.text);
	return result;
}
