#include "text/table.h"

#include "base/utf8.h"
#include "text/table_cell.h"

/* Bytes in front of the "% " of a share, at most: "~12". */
#define TABLE_SHARE 3

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

/* A count that each row can be expected to have. */
static bool table_is_dull(struct span number)
{
	return span_eq(number, SPAN("0")) || span_eq(number, SPAN("1"));
}

void table_measure(struct table *table, const struct span *cells)
{
	for (unsigned i = 0; i < table->count; i++) {
		struct table_column *column = &table->column[i];
		unsigned width = table_cell_width(cells[i]);

		if (width > column->widest)
			column->widest = width;
		column->has_text = column->has_text || cells[i].n > 0;
		if (cells[i].n > 0 && !(column->is_number && table_is_dull(cells[i])))
			column->says_something = true;
	}
}

/* Makes a column as narrow as it may be. */
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

/* Which columns may be left out: those that say nothing, then the optional ones, then the rest. */
enum table_dispensable { TABLE_USELESS, TABLE_OPTIONAL, TABLE_OTHER };

static bool table_may_leave(const struct table_column *column, enum table_dispensable which)
{
	switch (which) {
	case TABLE_USELESS:
		return !column->says_something;
	case TABLE_OPTIONAL:
		return column->optional;
	case TABLE_OTHER:
		break;
	}
	return !column->optional;
}

/* Leaves out the one with the highest rank; false when there is none. */
static bool table_leave_out(struct table *table, enum table_dispensable which)
{
	struct table_column *first = NULL;

	for (unsigned i = 0; i < table->count; i++) {
		struct table_column *column = &table->column[i];

		if (column->left_out || column->rank == 0 || !table_may_leave(column, which))
			continue;
		if (first == NULL || column->rank > first->rank)
			first = column;
	}
	if (first != NULL)
		first->left_out = true;
	return first != NULL;
}

static void table_leave_out_until_it_fits(struct table *table, enum table_dispensable which)
{
	while (table_needed(table) > table->width && table_leave_out(table, which))
		;
}

static void table_shrink_all(struct table *table, bool tight)
{
	for (unsigned i = 0; i < table->count; i++)
		table_shrink(&table->column[i], tight);
}

/* Gives what the terminal has left to the narrow columns, evenly. */
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

static bool table_is_missed(const struct table_column *column)
{
	return *column->title != '\0' && (column->has_text || !column->needs_text);
}

void table_fit(struct table *table)
{
	for (unsigned i = 0; i < table->count; i++)
		if (table->column[i].needs_text && !table->column[i].has_text)
			table->column[i].left_out = true;
	if (table->width == 0) {
		table_fit_unlimited(table);
		return;
	}
	for (unsigned i = 0; i < table->count; i++)
		table->column[i].width = table->column[i].widest;
	table_leave_out_until_it_fits(table, TABLE_USELESS);
	table_shrink_all(table, false);
	table_leave_out_until_it_fits(table, TABLE_OPTIONAL);
	if (table_needed(table) > table->width)
		table_shrink_all(table, true);
	table_leave_out_until_it_fits(table, TABLE_OTHER);
	if (table_needed(table) <= table->width)
		table_share(table);
}

static void table_add_blanks(struct buf *out, unsigned count)
{
	while (count-- > 0)
		buf_add_char(out, ' ');
}

static void table_add_looking(
    struct buf *out, const struct table *table, enum table_look look, struct span text)
{
	/* ECMA-48, 8.3.117: bold, faint, red, yellow, cyan. */
	static const char *const begin[] = {
	    [TABLE_PLAIN] = "",
	    [TABLE_STRONG] = "\033[1m",
	    [TABLE_FAINT] = "\033[2m",
	    [TABLE_MUCH] = "\033[31m",
	    [TABLE_SOME] = "\033[33m",
	    [TABLE_LITTLE] = "\033[36m",
	};
	bool looks = table->color && look != TABLE_PLAIN && text.n > 0;

	buf_add_text(out, looks ? begin[look] : "");
	buf_add(out, text);
	buf_add_text(out, looks ? "\033[0m" : "");
}

/* Cuts text to a width, with the mark where the rest was; *scratch holds the result. */
static struct span table_cut(const struct table *table, const struct table_column *column,
    struct span text, struct buf *scratch)
{
	struct span mark = table->ascii_only ? SPAN("...") : SPAN(UTF8_CUT);
	unsigned width = column->width;
	size_t share = span_find_text(text, SPAN("% "));

	buf_clear(scratch);
	mark = table_cell_head(mark, width);
	width -= table_cell_width(mark);
	if (column->when_long != TABLE_CUT_START) {
		buf_add(scratch, table_cell_head(text, width));
		buf_add(scratch, mark);
		return buf_span(scratch);
	}
	if (share <= TABLE_SHARE && share + 2 < width) {
		buf_add(scratch, span_head(text, share + 2));
		text = span_from(text, share + 2);
		width -= (unsigned)share + 2;
	}
	buf_add(scratch, mark);
	buf_add(scratch, table_cell_tail(text, width));
	return buf_span(scratch);
}

/* Up to its last blank, if it has one in it. */
static struct span table_words(struct span head)
{
	for (size_t n = head.n; n > 0; n--)
		if (head.p[n - 1] == ' ')
			return span_head(head, n);
	return head;
}

/* What of a text goes into this line; of one that is folded *rest becomes what follows. */
static struct span table_take(const struct table *table, const struct table_column *column,
    struct span *rest, struct buf *scratch)
{
	struct span text = *rest;
	struct span head = table_cell_head(text, column->width);

	*rest = SPAN_EMPTY;
	if (head.n == text.n)
		return text;
	if (column->when_long != TABLE_FOLD && column->when_long != TABLE_FOLD_WORDS)
		return table_cut(table, column, text, scratch);
	/* Without a terminal nothing is folded; nor is a character that is wider than the column.
	 */
	if (table->width == 0 || head.n == 0)
		return text;
	if (column->when_long == TABLE_FOLD_WORDS && text.p[head.n] != ' ')
		head = table_words(head);
	*rest = span_from(text, head.n);
	if (column->when_long == TABLE_FOLD_WORDS && rest->p[0] == ' ')
		*rest = span_from(*rest, 1);
	return head;
}

/* Appends one line; rest[] is what the cells have left to say, and becomes less. */
static void table_add_line(struct buf *out, const struct table *table, struct span *rest,
    const enum table_look *looks, struct buf *scratch)
{
	size_t start = out->n;
	bool first = true;

	for (unsigned i = 0; i < table->count; i++) {
		const struct table_column *column = &table->column[i];
		struct span text;
		unsigned blanks;
		unsigned width;

		if (column->left_out)
			continue;
		text = table_take(table, column, &rest[i], scratch);
		buf_fail(out, scratch->failed);
		width = table_cell_width(text);
		blanks = width < column->width ? column->width - width : 0;
		table_add_blanks(out, first ? 0 : TABLE_GAP);
		table_add_blanks(out, column->is_number ? blanks : 0);
		table_add_looking(out, table, looks != NULL ? looks[i] : TABLE_PLAIN, text);
		table_add_blanks(out, column->is_number ? 0 : blanks);
		first = false;
	}
	while (out->n > start && out->p[out->n - 1] == ' ')
		out->n--;
}

static bool table_has_rest(const struct table *table, const struct span *rest)
{
	for (unsigned i = 0; i < table->count; i++)
		if (!table->column[i].left_out && rest[i].n > 0)
			return true;
	return false;
}

void table_add_row_looking(struct buf *out, const struct table *table, const struct span *cells,
    const enum table_look *looks)
{
	struct span rest[TABLE_MAX_COLUMNS];
	struct buf scratch;

	buf_init(&scratch, 0);
	for (unsigned i = 0; i < table->count; i++)
		rest[i] = cells[i];
	table_add_line(out, table, rest, looks, &scratch);
	while (table_has_rest(table, rest)) {
		buf_add_char(out, '\n');
		table_add_line(out, table, rest, looks, &scratch);
	}
	buf_fini(&scratch);
}

void table_add_row(struct buf *out, const struct table *table, const struct span *cells)
{
	table_add_row_looking(out, table, cells, NULL);
}

void table_add_titles(struct buf *out, const struct table *table)
{
	enum table_look looks[TABLE_MAX_COLUMNS];
	struct span titles[TABLE_MAX_COLUMNS];

	for (unsigned i = 0; i < table->count; i++) {
		titles[i] = span_of(table->column[i].title);
		looks[i] = TABLE_STRONG;
	}
	table_add_row_looking(out, table, titles, looks);
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
		if (!table->column[i].left_out || !table_is_missed(&table->column[i]))
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
