/*
 * tests/evidence: a header section for each dialect of headers.md (NAME.hdr) and the columns that
 * it must fill (NAME.want); a column without a line must be empty. Some have the explanation as
 * well (NAME.explain), made anew by UPDATE_GOLDEN=1 to be read before it is kept.
 */
#include "tests/unit/table.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "evidence/evidence.h"
#include "evidence/explain.h"
#include "sink/sink.h"

#define MIN_PAIRS        60
#define MIN_EXPLANATIONS 10

struct pair {
	char path[512]; /* without the ending */
	struct buf header;
	struct buf want;
	struct evidence *evidence;
	struct arena arena;
	struct record record;
	bool is_bounce; /* wanted */
	struct span value[COLUMN_COUNT];
	const char *identity_headers[EVIDENCE_MAX_IDENTITY_HEADERS];
	unsigned identity_header_count;
};

static const char *data_folder(void)
{
	static char folder[256];
	const char *top = getenv("TOP_SRCDIR");

	snprintf(folder, sizeof(folder), "%s/tests/evidence", top != NULL ? top : ".");
	return folder;
}

/* False when there is no such file. */
static bool read_file(const char *path, const char *ending, struct buf *out)
{
	char name[600], piece[4096];
	FILE *file;
	size_t n;

	snprintf(name, sizeof(name), "%s%s", path, ending);
	file = fopen(name, "rb");
	if (file == NULL)
		return false;
	while ((n = fread(piece, 1, sizeof(piece), file)) > 0)
		buf_add(out, (struct span){piece, n});
	fclose(file);
	return true;
}

/* The columns that come from a header section, without the one that every From has. */
static bool column_is_ours(unsigned column)
{
	return column != COLUMN_NUMBER && column != COLUMN_DATE && column != COLUMN_FOLDER &&
	       column != COLUMN_UID && column != COLUMN_HOST && column != COLUMN_SENDER_DOMAIN;
}

static void pair_want_column(struct pair *pair, struct span title, struct span value)
{
	if (span_eq(title, SPAN("bounce"))) {
		pair->is_bounce = span_eq(value, SPAN("yes"));
		return;
	}
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (!column_is_ours(i) || !span_eq(title, span_of(record_columns[i].title)))
			continue;
		if (pair->value[i].n != 0)
			fail_msg("%s.want: twice: %s", pair->path, record_columns[i].title);
		pair->value[i] = value;
		return;
	}
	fail_msg("%s.want: no such column: %.*s", pair->path, (int)title.n, title.p);
}

static void pair_want_line(struct pair *pair, struct span line)
{
	const struct span option = SPAN("--identity-header=");
	size_t colon = span_find_text(line, SPAN(": "));

	if (span_starts_nocase(line, option)) {
		struct span name = span_from(line, option.n);

		assert_true(pair->identity_header_count < EVIDENCE_MAX_IDENTITY_HEADERS);
		/* With a NUL behind it. */
		pair->identity_headers[pair->identity_header_count++] =
		    arena_printf(&pair->arena, "%.*s%c", (int)name.n, name.p, '\0').p;
		return;
	}
	if (colon == SPAN_NPOS)
		fail_msg("%s.want: no column: %.*s", pair->path, (int)line.n, line.p);
	pair_want_column(pair, span_head(line, colon), span_from(line, colon + 2));
}

static void pair_open(struct pair *pair, const char *name)
{
	struct evidence_options options;
	struct err err = ERR_INIT;
	struct span rest;

	*pair = (struct pair){0};
	snprintf(pair->path, sizeof(pair->path), "%s/%.*s", data_folder(),
	    (int)(strlen(name) - strlen(".hdr")), name);
	arena_init(&pair->arena);
	buf_init(&pair->header, 0);
	buf_init(&pair->want, 0);
	if (!read_file(pair->path, ".hdr", &pair->header) ||
	    !read_file(pair->path, ".want", &pair->want))
		fail_msg("%s: it has no .hdr or no .want", pair->path);
	for (rest = buf_span(&pair->want); rest.n > 0;) {
		struct span line = span_head(rest, span_find(rest, '\n'));

		rest = span_from(rest, line.n + 1);
		pair_want_line(pair, line);
	}
	options = (struct evidence_options){pair->identity_headers, pair->identity_header_count};
	pair->evidence = evidence_new(&options, &err);
	if (pair->evidence == NULL || evidence_extract(pair->evidence, buf_span(&pair->header),
					  &pair->arena, &pair->record, &err) != 0)
		fail_msg("%s: %s", pair->path, err.text);
}

static void pair_close(struct pair *pair)
{
	evidence_free(pair->evidence);
	arena_fini(&pair->arena);
	buf_fini(&pair->header);
	buf_fini(&pair->want);
}

static void pair_check(const struct pair *pair)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		struct span got = pair->record.value[i], want = pair->value[i];

		if (column_is_ours(i) && !span_eq(got, want))
			fail_msg("%s: %s: got \"%.*s\", want \"%.*s\"", pair->path,
			    record_columns[i].title, (int)got.n, got.n != 0 ? got.p : "",
			    (int)want.n, want.n != 0 ? want.p : "");
	}
	assert_row(pair->record.is_bounce == pair->is_bounce, pair->path);
}

static void pair_explain(struct pair *pair, struct buf *out)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	size_t n = 0;
	FILE *stream = open_memstream(&text, &n);
	struct sink *sink = sink_explain_new(stream, false, &err);
	struct buf explanation;

	assert_non_null(sink);
	pair->record.value[COLUMN_NUMBER] = SPAN("1");
	pair->record.value[COLUMN_UID] = SPAN("64");
	pair->record.value[COLUMN_DATE] = SPAN("2026-02-10T14:03:11+01:00");
	pair->record.value[COLUMN_FOLDER] = SPAN("Caught (Outgoing)");
	buf_init(&explanation, 0);
	explain_add(&explanation, pair->evidence, &pair->record, false);
	pair->record.explanation = buf_span(&explanation);
	assert_int_equal(sink_record(sink, &pair->record, &err), 0);
	buf_fini(&explanation);
	assert_int_equal(sink_end(sink, &(const struct account){0}, &err), 0);
	sink_free(sink);
	fclose(stream);
	buf_add(out, (struct span){text, n});
	free(text);
}

static void pair_write_explanation(const struct pair *pair, struct span text)
{
	char name[600];
	FILE *file;

	snprintf(name, sizeof(name), "%s.explain", pair->path);
	file = fopen(name, "wb");
	assert_non_null(file);
	assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	assert_int_equal(fclose(file), 0);
}

static void fail_at_first_difference(const struct pair *pair, struct span got, struct span want)
{
	struct span got_line, want_line;

	do {
		got_line = span_head(got, span_find(got, '\n'));
		want_line = span_head(want, span_find(want, '\n'));
		got = span_from(got, got_line.n + 1);
		want = span_from(want, want_line.n + 1);
	} while (span_eq(got_line, want_line) && (got.n > 0 || want.n > 0));
	fail_msg("%s.explain: got\n%.*s\nwant\n%.*s", pair->path, (int)got_line.n, got_line.p,
	    (int)want_line.n, want_line.p);
}

/* False when the pair has no explanation. */
static bool pair_check_explanation(struct pair *pair)
{
	struct buf got, want;
	bool is_there;

	buf_init(&got, 0);
	buf_init(&want, 0);
	is_there = read_file(pair->path, ".explain", &want);
	if (is_there) {
		pair_explain(pair, &got);
		if (getenv("UPDATE_GOLDEN") != NULL)
			pair_write_explanation(pair, buf_span(&got));
		else if (!span_eq(buf_span(&got), buf_span(&want)))
			fail_at_first_difference(pair, buf_span(&got), buf_span(&want));
	}
	buf_fini(&got);
	buf_fini(&want);
	return is_there;
}

static int is_header(const struct dirent *entry)
{
	return span_ends_nocase(span_of(entry->d_name), SPAN(".hdr"));
}

static int is_data(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void free_names(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
}

static void test_columns(void **state)
{
	struct dirent **names = NULL;
	int count = scandir(data_folder(), &names, is_header, alphasort);

	(void)state;
	if (count < MIN_PAIRS)
		fail_msg("%d pairs in %s", count, data_folder());
	for (int i = 0; i < count; i++) {
		struct pair pair;

		pair_open(&pair, names[i]->d_name);
		pair_check(&pair);
		pair_close(&pair);
	}
	free_names(names, count);
}

static void test_explanations(void **state)
{
	struct dirent **names = NULL;
	int count = scandir(data_folder(), &names, is_header, alphasort);
	int explained = 0;

	(void)state;
	for (int i = 0; i < count; i++) {
		struct pair pair;

		pair_open(&pair, names[i]->d_name);
		explained += pair_check_explanation(&pair);
		pair_close(&pair);
	}
	assert_in_range(explained, MIN_EXPLANATIONS, count);
	free_names(names, count);
}

/* A .want or .explain without its .hdr would be looked at by nobody. */
static void test_nothing_is_left_over(void **state)
{
	struct dirent **names = NULL;
	int count = scandir(data_folder(), &names, is_data, alphasort);

	(void)state;
	for (int i = 0; i < count; i++) {
		struct span name = span_of(names[i]->d_name);
		struct buf header;
		char path[600];

		name = span_head(name, span_rfind(name, '.'));
		snprintf(path, sizeof(path), "%s/%.*s", data_folder(), (int)name.n, name.p);
		buf_init(&header, 0);
		assert_row(read_file(path, ".hdr", &header), names[i]->d_name);
		buf_fini(&header);
	}
	free_names(names, count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_columns),
	    cmocka_unit_test(test_explanations),
	    cmocka_unit_test(test_nothing_is_left_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
