/* Who sent most, as a table. */
#include <inttypes.h>

#include "group/group_column.h"
#include "letter/letter_part.h"
#include "text/table.h"
#include "text/table_cell.h"

enum letter_column {
	LETTER_RANK,
	LETTER_COUNT,
	LETTER_PERCENT,
	LETTER_IDENTITY,
	LETTER_LAST_SEEN,
	LETTER_SCRIPT,
	LETTER_SOURCE_IP,
	LETTER_COLUMN_COUNT
};

/* What nobody has is left out first, then the address: the identity and the script say whom to shut
 * down. */
static const struct table_column letter_columns[LETTER_COLUMN_COUNT] = {
    [LETTER_RANK] = {.title = "#", .is_number = true},
    [LETTER_COUNT] = {.title = "Messages", .is_number = true},
    [LETTER_PERCENT] = {.title = "%", .is_number = true},
    [LETTER_IDENTITY] = {.title = "Identity", .least = 26, .tight = 24},
    [LETTER_LAST_SEEN] = {.title = "Last seen", .optional = true, .rank = 1},
    [LETTER_SCRIPT] = {.title = "Top PHP script", .least = 16, .optional = true, .rank = 2},
    [LETTER_SOURCE_IP] = {.title = "Top source IP", .least = 15, .optional = true, .rank = 3},
};

/* Of the others: what they show of a group. */
static const enum group_column letter_of[LETTER_COLUMN_COUNT] = {
    [LETTER_COUNT] = GROUP_COUNT,
    [LETTER_PERCENT] = GROUP_PERCENT,
    [LETTER_LAST_SEEN] = GROUP_LAST_SEEN,
    [LETTER_SCRIPT] = GROUP_TOP_SCRIPT,
    [LETTER_SOURCE_IP] = GROUP_TOP_IP,
};

_Static_assert(LETTER_COLUMN_COUNT <= TABLE_MAX_COLUMNS, "the table is wide");

struct letter_table {
	struct table table;
	struct grouping *identities;
	struct group_view view;
	struct buf value;
	struct buf text;                      /* the cells of a row */
	size_t cell_end[LETTER_COLUMN_COUNT]; /* in text */
};

static void letter_add_value(
    struct letter_table *table, const struct group_row *row, uint32_t i, unsigned column)
{
	struct buf *out = &table->value;
	struct group_value value;

	switch (column) {
	case LETTER_RANK:
		if (row->others == 0)
			buf_printf(out, "%" PRIu32, i + 1);
		break;
	case LETTER_IDENTITY:
		group_add_key(out, table->identities, row, 0);
		break;
	default:
		value = group_value(table->identities, row, letter_of[column]);
		group_value_add_short(out, &value);
		break;
	}
}

/* The cells of row i of the view; the table's until the next one. */
static void letter_make_cells(
    struct letter_table *table, uint32_t i, struct span cells_r[LETTER_COLUMN_COUNT])
{
	struct group_row row;
	size_t start = 0;

	group_view_row(&table->view, i, &row);
	buf_clear(&table->text);
	for (unsigned c = 0; c < LETTER_COLUMN_COUNT; c++) {
		buf_clear(&table->value);
		letter_add_value(table, &row, i, c);
		letter_add_line(&table->text, buf_span(&table->value));
		buf_fail(&table->text, table->value.failed);
		table->cell_end[c] = table->text.n;
	}
	for (unsigned c = 0; c < LETTER_COLUMN_COUNT; c++) {
		cells_r[c] = (struct span){table->text.p + start, table->cell_end[c] - start};
		start = table->cell_end[c];
	}
}

static int letter_measure(struct letter_table *table, struct err *err)
{
	struct span cells[LETTER_COLUMN_COUNT];

	table_init(&table->table, LETTER_WIDTH, false);
	for (unsigned c = 0; c < LETTER_COLUMN_COUNT; c++)
		table_add_column(&table->table, &letter_columns[c]);
	for (uint32_t i = 0; i < table->view.rows; i++) {
		letter_make_cells(table, i, cells);
		if (table->text.failed != 0)
			return err_nomem(err);
		table_measure(&table->table, cells);
	}
	table_fit(&table->table);
	return 0;
}

static int letter_write_table(struct letter_table *table, struct buf *out, struct err *err)
{
	struct span cells[LETTER_COLUMN_COUNT];

	table_add_titles(out, &table->table);
	buf_add_char(out, '\n');
	for (uint32_t i = 0; i < table->view.rows; i++) {
		letter_make_cells(table, i, cells);
		if (table->text.failed != 0)
			return err_nomem(err);
		table_add_row(out, &table->table, cells);
		buf_add_char(out, '\n');
	}
	return 0;
}

int letter_add_table(struct buf *out, struct grouping *identities, struct err *err)
{
	const struct group_limits limits = {.top = LETTER_TOP};
	struct letter_table table = {.identities = identities};
	int result;

	buf_init(&table.value, 0);
	buf_init(&table.text, 0);
	result = group_view_init(&table.view, identities, &limits, err);
	if (result == 0)
		result = letter_measure(&table, err);
	if (result == 0)
		result = letter_write_table(&table, out, err);
	buf_fini(&table.value);
	buf_fini(&table.text);
	return result;
}
