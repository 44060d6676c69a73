#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"

#define PREFIX "quarantine-report: "

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static bool no_memory;

void *__wrap_realloc(void *p, size_t n)
{
	return no_memory ? NULL : __real_realloc(p, n);
}

void *__wrap_malloc(size_t n)
{
	return no_memory ? NULL : __real_malloc(n);
}

/* Standard error goes to a file while a test runs. */
struct capture {
	int old;
	FILE *file;
	char text[64 * 1024];
};

static int capture_begin(void **state)
{
	static struct capture capture;

	fflush(stderr);
	capture.old = dup(STDERR_FILENO);
	capture.file = tmpfile();
	if (capture.old == -1 || capture.file == NULL)
		return -1;
	if (dup2(fileno(capture.file), STDERR_FILENO) == -1)
		return -1;
	*state = &capture;
	return 0;
}

static int capture_end(void **state)
{
	struct capture *capture = *state;

	log_set_level(LOG_NORMAL);
	dup2(capture->old, STDERR_FILENO);
	close(capture->old);
	fclose(capture->file);
	return 0;
}

/* What was written since the last call. */
static const char *capture_take(void **state)
{
	struct capture *capture = *state;
	size_t n;

	rewind(capture->file);
	n = fread(capture->text, 1, sizeof(capture->text) - 1, capture->file);
	capture->text[n] = '\0';
	rewind(capture->file);
	assert_int_equal(ftruncate(fileno(capture->file), 0), 0);
	return capture->text;
}

static void test_levels(void **state)
{
	static const struct {
		enum log_level level;
		const char *want;
	} rows[] = {
	    {LOG_QUIET, PREFIX "error 1\n"},
	    {LOG_NORMAL, PREFIX "error 1\n" PREFIX "warning 2\n"},
	    {LOG_VERBOSE, PREFIX "error 1\n" PREFIX "warning 2\n" PREFIX "information 3\n"},
	};

	log_warn("normal");
	log_info("until it is set");
	assert_string_equal(capture_take(state), PREFIX "normal\n");
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		log_set_level(rows[i].level);
		log_error("error %d", 1);
		log_warn("warning %d", 2);
		log_info("information %d", 3);
		assert_string_equal(capture_take(state), rows[i].want);
	}
}

static void test_lines_have_the_prefix(void **state)
{
	log_error("one\ntwo");
	assert_string_equal(capture_take(state), PREFIX "one\n" PREFIX "two\n");
	log_error("ends\n");
	assert_string_equal(capture_take(state), PREFIX "ends\n");
	log_error("%s", "");
	assert_string_equal(capture_take(state), PREFIX "\n");
}

static void test_nothing_reaches_a_terminal(void **state)
{
	log_error("%s", "a\x1B[2J\r\x7F \xC2\x9B \xE2\x80\xAE \xFF");
	assert_string_equal(
	    capture_take(state), PREFIX "a<U+001B>[2J<U+000D><U+007F> <U+009B> <U+202E> <FF>\n");
	log_line("S: ", SPAN("line\nfaked: \x01"));
	assert_string_equal(capture_take(state), "S: line<U+000A>faked: <U+0001>\n");
}

static void test_long_lines_are_cut_and_marked(void **state)
{
	static char text[40 * 1024];
	const char *got;
	size_t n;

	memset(text, 'x', sizeof(text));
	log_line("", (struct span){text, sizeof(text)});
	got = capture_take(state);
	n = strlen(got);
	assert_in_range(n, 1024, sizeof(text) / 2);
	assert_string_equal(got + n - 5, "x...\n");
}

static void test_texts_are_cut_and_marked(void **state)
{
	static char text[40 * 1024];
	const char *got;
	size_t n;

	for (size_t i = 0; i < sizeof(text) - 1; i++)
		text[i] = i % 1024 == 1023 ? '\n' : 'x';
	log_error("%s", text);
	got = capture_take(state);
	n = strlen(got);
	assert_in_range(n, 16 * 1024, sizeof(text));
	assert_string_equal(got + n - 5, "x...\n");
}

/* An escaped byte takes eight; no escape is cut in the middle. */
static void test_long_lines_of_escapes(void **state)
{
	static char text[15 * 1024];
	const char *got;
	size_t n;

	memset(text, '\x01', sizeof(text));
	log_line("", (struct span){text, sizeof(text)});
	got = capture_take(state);
	n = strlen(got);
	assert_in_range(n, 15 * 1024, 17 * 1024);
	assert_string_equal(got + n - 12, "<U+0001>...\n");
}

static void test_without_memory(void **state)
{
	no_memory = true;
	log_error("%s", "out of memory");
	no_memory = false;
	assert_string_equal(capture_take(state), PREFIX "out of memory\n");
}

static void test_escape(void **state)
{
	static const struct {
		struct span input;
		const char *want;
		const char *why;
	} rows[] = {
	    {{"", 0}, "", "nothing"},
	    {{"plain text", 10}, "plain text", "plain text"},
	    {{"\xC3\xBC\xE2\x82\xAC", 5}, "\xC3\xBC\xE2\x82\xAC", "UTF-8"},
	    {{"a\0b\tc", 5}, "a<U+0000>b<U+0009>c", "NUL and TAB"},
	    {{"\xC3", 1}, "<C3>", "a character cut short"},
	    {{"\x9Bx", 2}, "<9B>x", "C1 as a byte"},
	    {{"\xEF\xBB\xBF", 3}, "<U+FEFF>", "byte order mark"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		buf_clear(&out);
		log_escape(&out, rows[i].input);
		assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
	}
	buf_fini(&out);
}

static void take(void *context, struct span line)
{
	struct buf *taken = context;

	buf_add(taken, line);
	buf_add_char(taken, '|');
}

/* For as long as somebody has the terminal. */
static void test_diverted(void **state)
{
	struct buf taken;

	buf_init(&taken, 0);
	log_divert(take, &taken);
	log_warn("one\ntwo \x1b[2J");
	log_line("S: ", SPAN("three"));
	assert_string_equal(buf_string(&taken),
	    "quarantine-report: one|quarantine-report: two <U+001B>[2J|S: three|");
	assert_string_equal(capture_take(state), "");
	log_divert(NULL, NULL);
	log_warn("four");
	assert_string_equal(capture_take(state), "quarantine-report: four\n");
	buf_fini(&taken);
}

/* The last line of a terminal stands behind all others, and goes before they come. */
static void test_status(void **state)
{
	log_status(SPAN_EMPTY);
	assert_string_equal(capture_take(state), "");
	log_status(SPAN("one"));
	log_status(SPAN("two \x1b[2J"));
	assert_string_equal(capture_take(state), "\rone\033[K\rtwo <U+001B>[2J\033[K");
	log_warn("three");
	log_warn("four");
	assert_string_equal(capture_take(state),
	    "\r\033[Kquarantine-report: three\nquarantine-report: four\n");
	log_status(SPAN("five"));
	log_status(SPAN_EMPTY);
	log_status(SPAN_EMPTY);
	assert_string_equal(capture_take(state), "\rfive\033[K\r\033[K");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_status, capture_begin, capture_end),
	    cmocka_unit_test_setup_teardown(test_levels, capture_begin, capture_end),
	    cmocka_unit_test_setup_teardown(test_lines_have_the_prefix, capture_begin, capture_end),
	    cmocka_unit_test_setup_teardown(
		test_nothing_reaches_a_terminal, capture_begin, capture_end),
	    cmocka_unit_test_setup_teardown(
		test_long_lines_are_cut_and_marked, capture_begin, capture_end),
	    cmocka_unit_test_setup_teardown(
		test_texts_are_cut_and_marked, capture_begin, capture_end),
	    cmocka_unit_test_setup_teardown(test_long_lines_of_escapes, capture_begin, capture_end),
	    cmocka_unit_test_setup_teardown(test_without_memory, capture_begin, capture_end),
	    cmocka_unit_test_setup_teardown(test_diverted, capture_begin, capture_end),
	    cmocka_unit_test(test_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
