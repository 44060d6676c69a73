#include "tests/unit/table.h"

#include "base/visible.h"

static const struct visible character_references = {.open = "&lt;", .close = "&gt;"};

static void test_next(void **state)
{
	static const struct {
		const char *text;
		const struct visible *how;
		const char *want;
		const char *why;
	} rows[] = {
	    {"a~<", &visible_plain, "a~<", "ASCII"},
	    {"\x1B[0m\x7F", &visible_plain, "<U+001B>[0m<U+007F>", "controls"},
	    {"\xC2\x9B", &visible_plain, "<U+009B>", "a control of two bytes"},
	    {"\xE2\x80\xAE.", &visible_plain, "<U+202E>.", "a direction mark"},
	    {"\xF3\xA0\x81\x81", &visible_plain, "<U+E0041>", "a tag character"},
	    {"\xC3\xA9", &visible_plain, "\xC3\xA9", "text beyond ASCII"},
	    {"\xC3\xA9", &visible_ascii, "<U+00E9>", "which ASCII cannot show"},
	    {"\xC3(\xFF", &visible_plain, "<C3>(<FF>", "no UTF-8"},
	    {"\x1B\xFF", &character_references, "&lt;U+001B&gt;&lt;FF&gt;", "other marks"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span text = span_of(rows[i].text);

		buf_clear(&out);
		while (text.n > 0)
			text = span_from(text, visible_add_next(&out, text, rows[i].how));
		assert_span_text(buf_span(&out), rows[i].want, rows[i].why);
	}
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_next)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
