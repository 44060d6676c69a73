#include "source/saved/saved_header.h"

#include <csv.h>

#include "base/log.h"
#include "group/group_column.h"
#include "source/saved/saved_row.h"

/* Bytes of a title that an error shows. */
#define SAVED_TITLE_SHOWN ((size_t)40)

static const char saved_delimiters[] = {',', ';', '|', '\t'};

/* A header row as one of the delimiters cuts it up. */
struct saved_titles {
	struct saved_header header; /* its count is that of all titles */
	unsigned known;
	unsigned differs;  /* bit (1 << enum saved_other): it does not begin as that one */
	const char *wrong; /* what is wrong with the first title that cannot be taken */
	char title[SAVED_TITLE_SHOWN];
	size_t title_n;
};

/* Reports of ours that cannot be merged, and how their header rows begin. */
enum saved_other { SAVED_GROUPED, SAVED_IDENTITIES, SAVED_OTHER_COUNT };

#define SAVED_OTHER_TITLES 2

static struct span title_of_other(enum saved_other other, unsigned i)
{
	static const char *const identities[] = {"Authentication Domain", "Authentication User"};
	static const enum group_column grouped[] = {GROUP_COUNT, GROUP_PERCENT};

	return span_of(other == SAVED_GROUPED ? group_columns[grouped[i]].title : identities[i]);
}

static int title_column(struct span title)
{
	for (int i = 0; i < COLUMN_COUNT; i++)
		if (span_eq_nocase(title, span_of(record_columns[i].title)))
			return i;
	return -1;
}

static void titles_refuse(struct saved_titles *titles, const char *wrong, struct span title)
{
	if (titles->wrong != NULL)
		return;
	titles->wrong = wrong;
	titles->title_n = title.n < SAVED_TITLE_SHOWN ? title.n : SAVED_TITLE_SHOWN;
	if (title.n > 0)
		memcpy(titles->title, title.p, titles->title_n);
}

static void titles_add(void *cell, size_t n, void *data)
{
	struct saved_titles *titles = data;
	struct saved_header *header = &titles->header;
	struct span title = span_trim((struct span){cell, n});
	int column = title_column(title);

	for (unsigned i = 0; i < SAVED_OTHER_COUNT && header->count < SAVED_OTHER_TITLES; i++)
		if (!span_eq_nocase(title, title_of_other((enum saved_other)i, header->count)))
			titles->differs |= 1u << i;
	if (column < 0) {
		titles_refuse(titles, "no column of a report", title);
	} else if (column_set_has(&header->there, (unsigned)column)) {
		titles_refuse(titles, "a column that stands twice", title);
	} else {
		column_set_add(&header->there, (unsigned)column);
		header->column[titles->known++] = (enum column)column;
	}
	header->count++;
}

static void titles_end(int end, void *data)
{
	(void)end;
	(void)data;
}

/* -1 without memory. What is no CSV at all yields no titles. */
static int titles_read(struct span line, char delimiter, struct saved_titles *titles_r)
{
	struct csv_parser parser;
	int result = 0;

	*titles_r = (struct saved_titles){.header.delimiter = delimiter};
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL) != 0)
		return -1;
	csv_set_delim(&parser, (unsigned char)delimiter);
	if (csv_parse(&parser, line.p, line.n, titles_add, titles_end, titles_r) != line.n ||
	    csv_fini(&parser, titles_add, titles_end, titles_r) != 0) {
		result = csv_error(&parser) == CSV_ENOMEM ? -1 : 0;
		titles_r->known = 0;
	}
	csv_free(&parser);
	return result;
}

static int titles_refused(
    const struct saved_input *input, const struct saved_titles *titles, struct err *err)
{
	struct buf title;

	if (titles->known == 0)
		return saved_input_refuse_all(input, err);
	buf_init(&title, 0);
	log_escape(&title, (struct span){titles->title, titles->title_n});
	saved_input_refuse(
	    input, input->line, err, "'%s' is %s", buf_string(&title), titles->wrong);
	if (title.failed != 0)
		err_nomem(err);
	buf_fini(&title);
	return -1;
}

static bool titles_are(const struct saved_titles *titles, enum saved_other other)
{
	return titles->header.count >= SAVED_OTHER_TITLES && (titles->differs & 1u << other) == 0;
}

/* Of the delimiters the one by which the most titles are known. */
static int titles_choose(
    const struct saved_input *input, struct span line, struct saved_titles *best_r, struct err *err)
{
	struct saved_titles best = {0}, titles;

	for (size_t i = 0; i < sizeof(saved_delimiters); i++) {
		if (titles_read(line, saved_delimiters[i], &titles) != 0)
			return err_nomem(err);
		if (titles_are(&titles, SAVED_GROUPED))
			return saved_input_refuse_kind(input, "this is a grouped report", err);
		if (titles_are(&titles, SAVED_IDENTITIES))
			return saved_input_refuse_kind(input, "this is an identity report", err);
		if (titles.known > best.known)
			best = titles;
	}
	if (best.known == 0 || best.wrong != NULL)
		return titles_refused(input, &best, err);
	*best_r = best;
	return 0;
}

int saved_header_read(struct saved_input *input, struct saved_header *header_r, struct err *err)
{
	struct saved_titles titles;
	struct span line;
	int got;

	do
		got = saved_input_next(input, &line, err);
	while (got == 1 && span_trim(line).n == 0);
	if (got < 0)
		return -1;
	if (got == 0)
		return 0;
	if (line.n > SAVED_MAX_HEADER)
		return saved_input_refuse_all(input, err);
	if (titles_choose(input, line, &titles, err) != 0)
		return -1;
	*header_r = titles.header;
	return 1;
}

/* The first cell of a line as this delimiter ends it, without quotes. */
static struct span saved_first_cell(struct span line, char delimiter)
{
	struct span cell = span_trim(span_head(line, span_find(line, delimiter)));

	if (cell.n >= 2 && cell.p[0] == '"' && cell.p[cell.n - 1] == '"')
		cell = (struct span){cell.p + 1, cell.n - 2};
	return cell;
}

static bool saved_is_title(struct span cell)
{
	return title_column(cell) >= 0 || span_eq_nocase(cell, title_of_other(SAVED_GROUPED, 0)) ||
	       span_eq_nocase(cell, title_of_other(SAVED_IDENTITIES, 0));
}

bool saved_is_csv(struct span first, bool whole)
{
	struct span text = first, line;

	(void)whole;
	if (span_starts_nocase(text, SPAN("\xef\xbb\xbf")))
		text = span_from(text, 3);
	text = span_trim(text);
	line = span_head(span_head(text, span_find(text, '\n')), SAVED_MAX_HEADER);
	for (size_t i = 0; i < sizeof(saved_delimiters); i++)
		if (saved_is_title(saved_first_cell(line, saved_delimiters[i])))
			return true;
	return false;
}
