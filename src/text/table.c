#include "text/table.h"

#include "text/table_cell.h"

void table_init(struct table *table, unsigned width, bool ascii_only)
{
	*table = (struct table){.width = width, .ascii_only = ascii_only};
	if (width != 0 && width < TABLE_MIN_WIDTH)
		table->width = TABLE_MIN_WIDTH;
}

void table_add_column(struct table *table, const struct table_column *column)
{
	struct table_column *added;

	if (table->count == TABLE_MAX_COLUMNS)
		return;
	added = &table->column[table->count++];
	*added = *column;
	added->widest = table_cell_width(span_of(column->title));
}

void table_measure(struct table *table, const struct span *cells)
{
	for (unsigned i = 0; i < table->count; i++) {
		struct table_column *column = &table->column[i];
		unsigned width = table_cell_width(cells[i]);

		if (width > column->widest)
			column->widest = width;
		column->has_text = column->has_text || cells[i].n > 0;
	}
}

/* Sets a column to its smallest width. */
static void table_shrink(struct table_column *column, bool tight)
{
	unsigned least = tight ? column->tight : column->least;

	column->width = column->least != 0 && least < column->widest ? least : column->widest;
}

static unsigned table_needed(const struct table *table)
{
	unsigned needed = 0;

	for (unsigned i = 0; i < table->count; i++)
		if (!table->column[i].left_out)
			needed += table->column[i].width + (needed > 0 ? TABLE_GAP : 0);
	return needed;
}

static bool table_leaves_before(const struct table_column *a, const struct table_column *b)
{
	if (a->optional && b->optional && a->has_text != b->has_text)
		return b->has_text;
	return a->rank > b->rank;
}

/* False when there is none that may be left out. */
static bool table_leave_out(struct table *table, bool optional)
{
	struct table_column *first = NULL;

	for (unsigned i = 0; i < table->count; i++) {
		struct table_column *column = &table->column[i];

		if (column->left_out || column->optional != optional || column->rank == 0)
			continue;
		if (first == NULL || table_leaves_before(column, first))
			first = column;
	}
	if (first != NULL)
		first->left_out = true;
	return first != NULL;
}

static void table_shrink_all(struct table *table, bool tight)
{
	for (unsigned i = 0; i < table->count; i++)
		table_shrink(&table->column[i], tight);
}

/* Gives what the terminal has left to the cut columns, evenly. */
static void table_share(struct table *table)
{
	unsigned left = table->width - table_needed(table);
	bool grew = true;

	while (left > 0 && grew) {
		grew = false;
		for (unsigned i = 0; i < table->count && left > 0; i++) {
			struct table_column *column = &table->column[i];

			if (column->left_out || column->width >= column->widest)
				continue;
			column->width++;
			left--;
			grew = true;
		}
	}
}

static void table_fit_unlimited(struct table *table)
{
	for (unsigned i = 0; i < table->count; i++) {
		struct table_column *column = &table->column[i];

		column->width = column->widest;
		if (column->least != 0 && column->width > TABLE_MAX_CELL)
			column->width = TABLE_MAX_CELL;
	}
}

void table_fit(struct table *table)
{
	if (table->width == 0) {
		table_fit_unlimited(table);
		return;
	}
	table_shrink_all(table, false);
	while (table_needed(table) > table->width && table_leave_out(table, true))
		;
	if (table_needed(table) > table->width)
		table_shrink_all(table, true);
	while (table_needed(table) > table->width && table_leave_out(table, false))
		;
	if (table_needed(table) <= table->width)
		table_share(table);
}

static void table_add_blanks(struct buf *out, unsigned count)
{
	while (count-- > 0)
		buf_add_char(out, ' ');
}

/* Appends the text in exactly this width. */
static void table_add_cell(
    struct buf *out, const struct table *table, const struct table_column *column, struct span text)
{
	struct span ellipsis = SPAN_EMPTY;
	unsigned width = table_cell_width(text);

	if (width > column->width) {
		ellipsis = table->ascii_only ? SPAN("...") : SPAN("…");
		ellipsis = table_cell_head(ellipsis, column->width);
		width = table_cell_width(ellipsis);
		text = table_cell_head(text, column->width - width);
		width += table_cell_width(text);
	}
	if (column->is_number)
		table_add_blanks(out, column->width - width);
	buf_add(out, text);
	buf_add(out, ellipsis);
	if (!column->is_number)
		table_add_blanks(out, column->width - width);
}

void table_add_row(struct buf *out, const struct table *table, const struct span *cells)
{
	size_t start = out->n;
	bool first = true;

	for (unsigned i = 0; i < table->count; i++) {
		if (table->column[i].left_out)
			continue;
		if (!first)
			table_add_blanks(out, TABLE_GAP);
		table_add_cell(out, table, &table->column[i], cells[i]);
		first = false;
	}
	while (out->n > start && out->p[out->n - 1] == ' ')
		out->n--;
}

void table_add_titles(struct buf *out, const struct table *table)
{
	struct span titles[TABLE_MAX_COLUMNS];

	for (unsigned i = 0; i < table->count; i++)
		titles[i] = span_of(table->column[i].title);
	table_add_row(out, table, titles);
}

/*
 * Appends the words of a text; *at is the width of the line so far. There is always room for a
 * comma behind them.
 */
static void table_add_words(
    struct buf *out, const struct table *table, struct span text, unsigned *at)
{
	while (text.n > 0) {
		struct span word = span_head(text, span_find(text, ' '));
		unsigned width = table_cell_width(word);

		if (*at > 0 && *at + 1 + width >= table->width) {
			buf_add_char(out, '\n');
			*at = 0;
		} else if (*at > 0) {
			buf_add_char(out, ' ');
			*at += 1;
		}
		buf_add(out, word);
		*at += width;
		text = span_trim(span_from(text, word.n));
	}
}

void table_add_left_out(struct buf *out, const struct table *table)
{
	unsigned at = 0;

	for (unsigned i = 0; i < table->count; i++) {
		if (!table->column[i].left_out)
			continue;
		if (at == 0) {
			table_add_words(out, table, SPAN("not shown at this width:"), &at);
		} else {
			buf_add_char(out, ',');
			at++;
		}
		table_add_words(out, table, span_of(table->column[i].title), &at);
	}
}
