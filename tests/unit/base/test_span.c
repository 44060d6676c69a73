#include "tests/unit/table.h"

#include "base/span.h"

static void test_pieces(void **state)
{
	static const struct span s = {"header", 6};

	(void)state;
	assert_span_text(span_from(s, 0), "header", "from 0");
	assert_span_text(span_from(s, 4), "er", "from the middle");
	assert_span_text(span_from(s, 6), "", "from the end");
	assert_span_text(span_from(s, 7), "", "from beyond");
	assert_span_text(span_from(SPAN_EMPTY, 3), "", "from nothing");
	assert_span_text(span_head(s, 0), "", "head 0");
	assert_span_text(span_head(s, 4), "head", "head");
	assert_span_text(span_head(s, SPAN_NPOS), "header", "head of everything");
}

static void test_trim(void **state)
{
	static const struct {
		const char *input;
		const char *want;
	} rows[] = {
	    {"", ""},
	    {" \t\r\n", ""},
	    {"a", "a"},
	    {"\r\n\t a b \t\r\n", "a b"},
	    {"\fa\v", "\fa\v"}, /* no blanks of a header */
	    {"\xC2\xA0", "\xC2\xA0"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_span_text(span_trim(span_of(rows[i].input)), rows[i].want, rows[i].input);
}

/* One byte that is not printable, or none, anywhere in texts of some blocks. */
static void test_printable(void **state)
{
	char text[3 * 16 + 3];

	(void)state;
	for (size_t n = 0; n <= sizeof(text); n++)
		for (size_t at = 0; at <= n; at++)
			for (int c = 0; c <= UCHAR_MAX; c++) {
				size_t want = at < n && (c < ' ' || c > '~') ? at : n;

				memset(text, 'x', sizeof(text));
				if (at < sizeof(text))
					text[at] = (char)c;
				if (span_printable((struct span){text, n}) != want)
					fail_msg("%d at %zu of %zu", c, at, n);
			}
}

static void test_within(void **state)
{
	static const struct {
		struct span input;
		size_t want;
		const char *why;
	} rows[] = {
	    {{NULL, 0}, 0, "nothing"},
	    {{" ~", 2}, 2, "both ends"},
	    {{"short\n", 6}, 5, "less than eight bytes"},
	    {{"\tx", 2}, 0, "the first byte"},
	    {{"12345678", 8}, 8, "eight bytes"},
	    {{"1234567\x1f", 8}, 7, "the last of eight"},
	    {{"12345678abc", 11}, 11, "some more"},
	    {{"12345678ab\x7f", 11}, 10, "DEL among some more"},
	    {{"12345678\0bc", 11}, 8, "NUL behind eight"},
	    {{"12345678abcdefgh", 16}, 16, "twice eight"},
	    {{"12345678abc\x80"
	      "efgh",
		 16},
		11, "the lowest byte that is not ASCII"},
	    {{"12345678abcdef\xff\x01", 16}, 14, "the highest, and a control character"},
	    {{"12345678abcdef\x01\xff", 16}, 14, "the other way round"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(span_within(rows[i].input, ' ', '~') == rows[i].want, rows[i].why);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(span_printable(rows[i].input) == rows[i].want, rows[i].why);
	assert_row(span_within(SPAN("Name-1 "), '!', '~') == 6, "other bounds");
	for (int c = 0; c <= 0xFF; c++) {
		const char text[] = {'M', 'M', 'M', (char)c, 'M', 'M', 'M', 'M', 'M'};
		bool within = c >= 'A' && c <= 'Z';

		if (span_within((struct span){text, sizeof(text)}, 'A', 'Z') !=
		    (within ? sizeof(text) : 3))
			fail_msg("byte %02x among eight", (unsigned)c);
		if (span_within((struct span){text, 4}, 'A', 'Z') != (within ? 4u : 3u))
			fail_msg("byte %02x among four", (unsigned)c);
	}
}

static void test_equal(void **state)
{
	static const struct {
		struct span a, b;
		bool same, same_nocase;
		const char *why;
	} rows[] = {
	    {{NULL, 0}, {"", 0}, true, true, "empty ones"},
	    {{"From", 4}, {"From", 4}, true, true, "the same"},
	    {{"From", 4}, {"fROM", 4}, false, true, "other case"},
	    {{"From", 4}, {"Fro", 3}, false, false, "shorter"},
	    {{"a\0b", 3}, {"a\0c", 3}, false, false, "different after a NUL"},
	    {{"\xC3\x84", 2}, {"\xC3\xA4", 2}, false, false, "case is for ASCII only"},
	    {{"[", 1}, {"{", 1}, false, false, "bytes 32 apart that are no letters"},
	    {{"@", 1}, {"`", 1}, false, false, "the bytes before the letters"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		assert_row(span_eq(rows[i].a, rows[i].b) == rows[i].same, rows[i].why);
		assert_row(
		    span_eq_nocase(rows[i].a, rows[i].b) == rows[i].same_nocase, rows[i].why);
	}
}

static void test_starts_and_ends(void **state)
{
	static const struct {
		const char *s, *part;
		bool starts, ends;
	} rows[] = {
	    {"X-Brand-Class", "x-", true, false},
	    {"X-Brand-Class", "-CLASS", false, true},
	    {"X-Brand-Class", "", true, true},
	    {"X-Brand-Class", "x-brand-class", true, true},
	    {"X-Brand-Class", "xx-brand-class", false, false},
	    {"", "x", false, false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span s = span_of(rows[i].s), part = span_of(rows[i].part);

		assert_row(span_starts_nocase(s, part) == rows[i].starts, rows[i].part);
		assert_row(span_ends_nocase(s, part) == rows[i].ends, rows[i].part);
	}
}

static void test_find(void **state)
{
	static const struct {
		struct span s;
		const char *text;
		size_t want, want_nocase;
	} rows[] = {
	    {{"from userid 5", 13}, "userid ", 5, 5},
	    {{"from userid 5", 13}, "UserID ", SPAN_NPOS, 5},
	    {{"aab", 3}, "ab", 1, 1},
	    {{"aab", 3}, "aabb", SPAN_NPOS, SPAN_NPOS},
	    {{"a\0ab", 4}, "ab", 2, 2},
	    {{"a", 1}, "", 0, 0},
	    {{NULL, 0}, "", 0, 0},
	    {{NULL, 0}, "a", SPAN_NPOS, SPAN_NPOS},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span text = span_of(rows[i].text);

		assert_row(span_find_text(rows[i].s, text) == rows[i].want, rows[i].text);
		assert_row(
		    span_find_text_nocase(rows[i].s, text) == rows[i].want_nocase, rows[i].text);
	}
	assert_int_equal(span_find(SPAN("a@b@c"), '@'), 1);
	assert_int_equal(span_rfind(SPAN("a@b@c"), '@'), 3);
	assert_int_equal(span_find(SPAN("abc"), '@'), SPAN_NPOS);
	assert_int_equal(span_rfind(SPAN("abc"), '@'), SPAN_NPOS);
	assert_int_equal(span_find(SPAN_EMPTY, 'a'), SPAN_NPOS);
	assert_int_equal(span_rfind(SPAN_EMPTY, 'a'), SPAN_NPOS);
}

/* The letter in both cases anywhere in texts of some blocks. */
static void test_find_nocase(void **state)
{
	char text[3 * 16 + 3];

	(void)state;
	for (size_t n = 2; n <= sizeof(text); n++)
		for (size_t at = 0; at + 1 < n; at++) {
			struct span s = {text, n};

			memset(text, 'x', sizeof(text));
			text[0] = 'U'; /* only begins it */
			memcpy(text + at, at % 2 == 0 ? "Ui" : "uI", 2);
			assert_int_equal(span_find_text_nocase(s, SPAN("uI")), at);
			assert_int_equal(span_find_text_nocase(s, SPAN("Ui")), at);
			assert_int_equal(span_find_text_nocase(s, SPAN("ui?")), SPAN_NPOS);
			assert_int_equal(
			    span_find_text_nocase(span_head(s, at + 1), SPAN("ui")), SPAN_NPOS);
		}
}

/* Words of every length in texts of some blocks; only blanks end one. */
static void test_word(void **state)
{
	char text[3 * 16 + 3];

	(void)state;
	for (size_t n = 0; n <= sizeof(text); n++)
		for (size_t at = 0; at < n; at++)
			for (int c = 0; c <= UCHAR_MAX; c++) {
				struct span s = {text, n};

				memset(text, 'x', sizeof(text));
				text[at] = (char)c;
				if (span_word(s).n != (span_is_blank((char)c) ? at : n))
					fail_msg("%d at %zu of %zu", c, at, n);
			}
}

/* In the steps of four, and in the rest. */
static void test_marked(void **state)
{
	static const unsigned char marks[UCHAR_MAX + 1] = {['@'] = 1};
	char text[9];

	(void)state;
	for (size_t n = 0; n <= sizeof(text); n++)
		for (size_t at = 0; at < n; at++) {
			struct span s = {text, n};

			memset(text, 'x', sizeof(text));
			text[at] = '@';
			assert_int_equal(span_marked(s, 0, marks), at);
			assert_int_equal(span_marked(s, at, marks), at);
			assert_int_equal(span_marked(s, at + 1, marks), n);
		}
}

static void test_listed(void **state)
{
	static const struct span texts[] = {{"a", 1}, {"of", 2}, {"on", 2}, {"four", 4}};
	static const struct {
		const char *text;
		bool want;
	} rows[] = {{"a", true}, {"A", true}, {"of", true}, {"ON", true}, {"four", true},
	    {"", false}, {"b", false}, {"or", false}, {"the", false}, {"five", false},
	    {"fours", false}};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(span_is_listed(span_of(rows[i].text), texts, TABLE_COUNT(texts)) ==
			       rows[i].want,
		    rows[i].text);
	assert_false(span_is_listed(SPAN("a"), texts, 0));
}

/* All bytes, at all places of the eight that are looked at together. */
static void test_copy_lower(void **state)
{
	char text[256 + 16], copy[sizeof(text)];

	(void)state;
	for (size_t shift = 0; shift < 16; shift++) {
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = (char)(unsigned char)(i + shift);
		for (size_t n = 0; n <= sizeof(text); n += 1 + n / 20) {
			memset(copy, '#', sizeof(copy));
			span_copy_lower(copy, (struct span){text, n});
			for (size_t i = 0; i < sizeof(text); i++)
				assert_int_equal(copy[i], i < n ? span_lower(text[i]) : '#');
		}
	}
}

static void test_number(void **state)
{
	static const uint64_t untouched = 99;
	static const struct {
		const char *input;
		size_t want_length;
		uint64_t want;
	} rows[] = {
	    {"0", 1, 0},
	    {"33 by", 2, 33},
	    {"0005", 4, 5},
	    {"18446744073709551615)", 20, UINT64_MAX},
	    {"18446744073709551616", 0, untouched},
	    {"99999999999999999999999", 0, untouched},
	    {"", 0, untouched},
	    {"-1", 0, untouched},
	    {" 1", 0, untouched},
	    {"x", 0, untouched},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		uint64_t value = untouched;

		assert_row(span_number(span_of(rows[i].input), &value) == rows[i].want_length,
		    rows[i].input);
		assert_row(value == rows[i].want, rows[i].input);
	}
}

static void test_classes(void **state)
{
	unsigned blanks = 0, digits = 0, alnums = 0, lowered = 0;

	(void)state;
	for (int c = -128; c < 128; c++) {
		blanks += span_is_blank((char)c);
		digits += span_is_digit((char)c);
		alnums += span_is_alnum((char)c);
		lowered += span_lower((char)c) != (char)c;
	}
	assert_int_equal(blanks, 4);
	assert_int_equal(digits, 10);
	assert_int_equal(alnums, 62);
	assert_int_equal(lowered, 26);
	assert_int_equal(span_lower('Z'), 'z');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces),
	    cmocka_unit_test(test_trim),
	    cmocka_unit_test(test_within),
	    cmocka_unit_test(test_printable),
	    cmocka_unit_test(test_copy_lower),
	    cmocka_unit_test(test_equal),
	    cmocka_unit_test(test_starts_and_ends),
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_find_nocase),
	    cmocka_unit_test(test_word),
	    cmocka_unit_test(test_marked),
	    cmocka_unit_test(test_listed),
	    cmocka_unit_test(test_number),
	    cmocka_unit_test(test_classes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
