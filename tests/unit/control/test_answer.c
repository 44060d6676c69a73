#include "tests/unit/table.h"

#include <stdlib.h>

#include "control/answer.h"

static const struct {
	const char *line;
	unsigned most;
	bool doubtful;
	const char *want[4]; /* fields, then NULL */
} splits[] = {
    {"a,b", 2, false, {"a", "b"}},
    {"a , b ", 2, false, {"a", "b"}},
    {",b", 2, false, {"", "b"}},
    {"a,", 2, false, {"a", ""}},
    {"a", 2, false, {"a"}},
    {"a,b, the second", 2, false, {"a", "b, the second"}},
    {"\"a\",\"b, c\"", 2, false, {"a", "b, c"}},
    {"\"a\" , \"say \"\"b\"\"\" ", 2, false, {"a", "say \"b\""}},
    {"a,\"b, c\"", 2, true, {"a", "b, c"}},
    {"\"a\",b", 2, true, {"a", "b"}},
    {"a,\"b", 2, false, {"a", "\"b"}},
    {"a,\"b\" c", 2, false, {"a", "\"b\" c"}},
    {"\"a,b", 2, false, {"\"a", "b"}},
    {"a,eve, \"the\" one", 2, false, {"a", "eve, \"the\" one"}},
    {"a,\"\"", 2, true, {"a", ""}},
    {"\"", 2, false, {"\""}},
    {"\"\"", 1, false, {""}},
    {"a,b,c", 3, false, {"a", "b", "c"}},
    {"a,b,c", 1, false, {"a,b,c"}},
};

static void test_split(void **state)
{
	struct buf room;

	(void)state;
	buf_init(&room, 0);
	for (size_t i = 0; i < TABLE_COUNT(splits); i++) {
		struct answer_fields fields;
		unsigned count = 0;

		while (count < 4 && splits[i].want[count] != NULL)
			count++;
		assert_true(answer_split(span_of(splits[i].line), splits[i].most, &fields, &room));
		assert_row(fields.count == count, splits[i].line);
		assert_row(fields.doubtful == splits[i].doubtful, splits[i].line);
		for (unsigned j = 0; j < count; j++)
			assert_span_text(fields.field[j], splits[i].want[j], splits[i].line);
	}
	buf_fini(&room);
}

/* Takes lines with an @; joins them with '|'. */
static int take_addresses(void *context, struct span line, struct err *err)
{
	struct buf *out = context;

	(void)err;
	if (span_find(line, '@') == SPAN_NPOS)
		return 0;
	buf_add(out, line);
	buf_add_char(out, '|');
	return 1;
}

static const struct {
	const char *why;
	const char *body;
	const char *taken;
	unsigned strange;
	enum err_code code;
} bodies[] = {
    {"empty", "", "", 0, ERR_NONE},
    {"line breaks alone", "\r\n\n", "", 0, ERR_NONE},
    {"LF", "a@b\nc@d\n", "a@b|c@d|", 0, ERR_NONE},
    {"CR LF", "a@b\r\nc@d\r\n", "a@b|c@d|", 0, ERR_NONE},
    {"no end", "a@b\nc@d", "a@b|c@d|", 0, ERR_NONE},
    {"byte order mark",
	"\xEF\xBB\xBF"
	"a@b\n",
	"a@b|", 0, ERR_NONE},
    {"byte order mark alone", "\xEF\xBB\xBF", "", 0, ERR_NONE},
    {"warning", "This is not the default.\na@b\n", "a@b|", 1, ERR_NONE},
    {"error as text", "ERROR: not allowed\n", "", 1, ERR_PROTOCOL},
    {"page", "<html>@\n", "", 0, ERR_UNAVAILABLE},
    {"page without @", " <html>\n", "", 0, ERR_UNAVAILABLE},
    {"database", "Oops: SQLSTATE[HY000]\n", "", 0, ERR_UNAVAILABLE},
    {"trace", "Traceback (most recent call last):\n", "", 0, ERR_UNAVAILABLE},
    {"a value that looks like a fault", "a@b\nx: SQLSTATE\n", "a@b|", 1, ERR_NONE},
};

static void test_bodies(void **state)
{
	(void)state;
	/* However the bytes come in. */
	for (size_t part = 1; part < 6; part++)
		for (size_t i = 0; i < TABLE_COUNT(bodies); i++) {
			struct span rest = span_of(bodies[i].body);
			struct answer_reader reader;
			struct err err = ERR_INIT;
			struct buf taken;
			int result = 0;

			buf_init(&taken, 0);
			answer_reader_init(&reader, take_addresses, &taken);
			for (; rest.n > 0 && result == 0; rest = span_from(rest, part))
				result = answer_reader_add(&reader, span_head(rest, part), &err);
			if (result == 0)
				result = answer_reader_end(&reader, &err);
			assert_row(err.code == bodies[i].code, bodies[i].why);
			assert_row((result == 0) == (err.code == ERR_NONE), bodies[i].why);
			assert_span_text(buf_span(&taken), bodies[i].taken, bodies[i].why);
			assert_row(reader.counts.strange == bodies[i].strange, bodies[i].why);
			answer_reader_fini(&reader);
			buf_fini(&taken);
		}
}

static void test_long_line(void **state)
{
	struct answer_reader reader;
	struct err err = ERR_INIT;
	struct buf body, taken;

	(void)state;
	buf_init(&body, 0);
	buf_init(&taken, 0);
	for (size_t i = 0; i <= ANSWER_MAX_LINE; i++)
		buf_add_char(&body, '@');
	buf_add_text(&body, "\na@b\n");
	answer_reader_init(&reader, take_addresses, &taken);
	assert_int_equal(answer_read(&reader, buf_span(&body), &err), 0);
	assert_span_text(buf_span(&taken), "a@b|", "the line behind it");
	assert_int_equal(reader.counts.strange, 1);
	answer_reader_fini(&reader);
	buf_fini(&taken);
	buf_fini(&body);
}

static void test_nul(void **state)
{
	struct answer_reader reader;
	struct err err = ERR_INIT;
	struct buf taken;

	(void)state;
	buf_init(&taken, 0);
	answer_reader_init(&reader, take_addresses, &taken);
	assert_int_equal(answer_read(&reader, SPAN("a@b\0c\nd@e\n"), &err), 0);
	assert_span_text(buf_span(&taken), "d@e|", "a NUL");
	assert_int_equal(reader.counts.strange, 1);
	answer_reader_fini(&reader);
	buf_fini(&taken);
}

static const struct {
	const char *help;
	const char *call;
	const char *argument;
	bool has_call;
	bool has_argument;
} calls[] = {
    {"api_lock(domain, identity, username) -> \"\".", "api_lock", "identity", true, true},
    {"api_lock(domain, identity='', username)", "api_lock", "identity", true, true},
    {"api_lock(domain, identity='', username)", "api_lock", "user", true, false},
    {"api_lock(domain)", "api_lock", "identity", true, false},
    {"api_unlock(domain)\n", "api_lock", "domain", false, false},
    {"api_lock_all(domain)\napi_lock(x)", "api_lock", "x", true, true},
    {"<li>api_lock(domain, username)</li>", "api_lock", "username", true, true},
    {"see api_lock for more", "api_lock", "x", false, false},
    {"api_lock (domain)", "api_lock", "domain", true, true},
    {"api_lock(domain\n)", "api_lock", "domain", false, false},
    {"", "api_lock", "x", false, false},
};

static void test_calls(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(calls); i++) {
		struct answer_signature signature;
		bool found =
		    answer_find_call(span_of(calls[i].help), span_of(calls[i].call), &signature);

		assert_row(found == calls[i].has_call, calls[i].help);
		if (found)
			assert_row(answer_has_argument(&signature, span_of(calls[i].argument)) ==
				       calls[i].has_argument,
			    calls[i].help);
	}
}

static const struct {
	const char *body;
	int64_t want; /* -1: none */
} numbers[] = {
    {"17", 17},
    {"17\r\n", 17},
    {"\xEF\xBB\xBF"
     "17\n",
	17},
    {"\"17\"\n", 17},
    {"Some warning.\n17\n", 17},
    {"1\n2\n17\n", -1},
    {"", -1},
    {"-1", -1},
    {"17 messages", -1},
    {"99999999999999999999", -1},
    {"ERROR", -1},
};

/* As many as the reader looks at. */
static void test_count_lines(void **state)
{
	static const struct {
		const char *body;
		unsigned lines;
		const char *first;
	} rows[] = {
	    {"", 0, ""},
	    {"\n\r\n \t\n", 0, ""},
	    {"a", 1, "a"},
	    {"a\n", 1, "a"},
	    {"\n a,b \r\nc", 2, "a,b"},
	    {"\xEF\xBB\xBF"
	     "date,user\r\n\r\n1,2\r\n",
		2, "date,user"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span first;

		assert_row(answer_count_lines(span_of(rows[i].body), &first) == rows[i].lines,
		    rows[i].body);
		assert_span_text(first, rows[i].first, rows[i].body);
	}
}

static void test_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(numbers); i++) {
		uint64_t number = 0;
		bool found = answer_number(span_of(numbers[i].body), &number);

		assert_row(found == (numbers[i].want >= 0), numbers[i].body);
		if (found)
			assert_row(number == (uint64_t)numbers[i].want, numbers[i].body);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_bodies),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_count_lines),
	    cmocka_unit_test(test_calls),
	    cmocka_unit_test(test_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
