#include "tests/unit/table.h"

#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "base/utf8.h"

static void test_exit_statuses(void **state)
{
	/* cli.md's table, by number: sysexits.h must not be able to change the contract. */
	static const struct {
		enum err_code code;
		int want;
		const char *why;
	} rows[] = {
	    {ERR_NONE, 0, "no error"},
	    {ERR_USAGE, 64, "usage"},
	    {ERR_DATA, 65, "unreadable messages"},
	    {ERR_NOFOLDER, 66, "no such folder"},
	    {ERR_NOHOST, 68, "unknown host"},
	    {ERR_UNAVAILABLE, 69, "unavailable, not trusted"},
	    {ERR_INTERNAL, 70, "internal"},
	    {ERR_SYSTEM, 71, "operating system"},
	    {ERR_CREATE, 73, "cannot create"},
	    {ERR_IO, 74, "input/output"},
	    {ERR_TEMPORARY, 75, "temporary"},
	    {ERR_PROTOCOL, 76, "protocol"},
	    {ERR_LOGIN, 77, "login refused"},
	    {ERR_CONFIG, 78, "configuration"},
	};

	(void)state;
	/* All but ERR_SIGNAL, which has no status of its own. */
	assert_int_equal(TABLE_COUNT(rows), ERR_CODE_COUNT - 1);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct err err = ERR_INIT;

		err.code = rows[i].code;
		assert_row(err_exit_status(&err) == rows[i].want, rows[i].why);
		assert_row(err_code_status(rows[i].code) == rows[i].want, rows[i].why);
	}
}

static void test_signal_status(void **state)
{
	struct err err = {.code = ERR_SIGNAL, .sys = 15};

	(void)state;
	assert_int_equal(err_exit_status(&err), 143);
}

static void test_set(void **state)
{
	struct err err = {.code = ERR_IO, .sys = 5, .text = "an older error"};

	(void)state;
	assert_int_equal(err_set(&err, ERR_USAGE, "no %s, %d", "host", 7), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_int_equal(err.sys, 0);
	assert_string_equal(err.text, "no host, 7");
}

static void test_set_sys(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_set_sys(&err, ERR_CREATE, ENOENT, "cannot open %s", "x"), -1);
	assert_int_equal(err.code, ERR_CREATE);
	assert_int_equal(err.sys, ENOENT);
	assert_string_equal(err.text, "cannot open x: No such file or directory");
}

static void test_nomem(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err_nomem(&err), -1);
	assert_int_equal(err_exit_status(&err), 71);
	assert_int_equal(err.sys, ENOMEM);
	assert_string_equal(err.text, "out of memory");
}

static void test_prefix_keeps_the_rest(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	err_set_sys(&err, ERR_IO, ENOSPC, "write");
	assert_int_equal(err_prefix(&err, "report %d", 2), -1);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(err.sys, ENOSPC);
	assert_string_equal(err.text, "report 2: write: No space left on device");
}

static void assert_cut(const struct err *err, char first)
{
	assert_int_equal(strlen(err->text), ERR_TEXT_MAX - 1);
	assert_string_equal(err->text + ERR_TEXT_MAX - 4, "...");
	assert_int_equal(err->text[0], first);
}

static void test_long_texts_are_cut_and_marked(void **state)
{
	struct err err = ERR_INIT;
	char text[ERR_TEXT_MAX + 1];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&err, ERR_DATA, "%s", text);
	assert_cut(&err, 'a');
	err_set_sys(&err, ERR_DATA, EIO, "%s", text);
	assert_cut(&err, 'a');

	/* One byte less fits. */
	err_set(&err, ERR_DATA, "%s", text + 1);
	assert_string_equal(err.text, text + 1);
	err_prefix(&err, "b");
	assert_cut(&err, 'b');
}

/* The cut never tears a character. */
static void test_cut_between_characters(void **state)
{
	struct err err = ERR_INIT;
	char text[2 * ERR_TEXT_MAX];

	(void)state;
	for (size_t shift = 0; shift < 4; shift++) {
		memset(text, 'a', shift);
		for (size_t i = shift; i + 4 < sizeof(text); i += 4)
			memcpy(text + i, "\xf0\x9f\x93\xa7", 5);
		err_set(&err, ERR_DATA, "%s", text);
		assert_true(utf8_valid(span_of(err.text)));
		assert_true(strlen(err.text) > ERR_TEXT_MAX - 8);
		assert_string_equal(err.text + strlen(err.text) - 3, "...");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_exit_statuses),
	    cmocka_unit_test(test_signal_status),
	    cmocka_unit_test(test_set),
	    cmocka_unit_test(test_set_sys),
	    cmocka_unit_test(test_nomem),
	    cmocka_unit_test(test_prefix_keeps_the_rest),
	    cmocka_unit_test(test_long_texts_are_cut_and_marked),
	    cmocka_unit_test(test_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
