/*
 * Opening character sets: each once, and one that cannot be opened is no unknown one. The linker
 * wraps iconv_open(3) (--wrap).
 */
#include <errno.h>
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mail/charset.h"
#include "mail/charset_open.h"
#include "mail/rfc2047.h"
#include "mail/value.h"
#include "evidence/evidence.h"
#include "tests/unit/table.h"

iconv_t __real_iconv_open(const char *to, const char *from);
iconv_t __wrap_iconv_open(const char *to, const char *from);

static unsigned opened;
static unsigned failing; /* so many calls fail */
static int failing_with;

iconv_t __wrap_iconv_open(const char *to, const char *from)
{
	opened++;
	if (failing == 0)
		return __real_iconv_open(to, from);
	failing--;
	errno = failing_with;
	return (iconv_t)-1;
}

static int set_up(void **state)
{
	(void)state;
	opened = failing = 0;
	return 0;
}

static void test_library_has_all(void **state)
{
	(void)state;
	for (unsigned set = 0; set < CHARSET_SETS; set++) {
		const char *name = charset_name_iconv(set);
		iconv_t conversion;

		assert_row(charset_open(name, &conversion) == 0, name);
		assert_row(conversion != CHARSET_NONE, name);
		iconv_close(conversion);
	}
	assert_int_equal(opened, CHARSET_SETS);
}

/* A header of encoded-words whose sets come in turn, of every spelling that may come. */
static void add_flood(struct buf *out, unsigned rounds)
{
	static const char *const families[] = {"iso-8859-", "windows-125", "cp8", "ibm86", "latin",
	    "koi8-", "x-", "utf-16-", "cp-125"};

	for (unsigned round = 0; round < rounds; round++)
		for (unsigned i = 0; i < 40; i++)
			buf_printf(
			    out, " =?%s%u?Q?=41=E9?=", families[i % TABLE_COUNT(families)], i / 4);
}

static void test_flood(void **state)
{
	struct charset_cache *cache = charset_cache_new();
	struct buf text, out;

	(void)state;
	buf_init(&text, 0);
	buf_init(&out, 0);
	add_flood(&text, 200);
	assert_true(text.n > 150000);
	rfc2047_decode(buf_span(&text), cache, &out);
	assert_int_equal(out.failed, 0);
	if (opened > CHARSET_SETS)
		fail_msg("%u sets opened", opened);
	buf_fini(&out);
	buf_fini(&text);
	charset_cache_free(cache);
}

static const struct {
	unsigned failing;
	int with;
	int want; /* the errno that comes out */
	const char *text;
	const char *why;
} failures[] = {
    {1, ENOMEM, ENOMEM, "", "no memory"},
    {1, EMFILE, EMFILE, "", "no descriptor"},
    {1, ENFILE, ENFILE, "", "none in the whole system"},
    {1, EACCES, EACCES, "", "a module that may not be read"},
    {1, EIO, EIO, "", "a module that cannot be read"},
    {1, EINVAL, 0, "\xe2\x82\xac", "what glibc says of all of these: it is tried again"},
    {2, EINVAL, ELIBACC, "", "a converter that is there, and cannot be loaded"},
};

static void test_failures(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(failures); i++) {
		struct charset_cache *cache = charset_cache_new();
		struct buf out;

		buf_init(&out, 0);
		failing = failures[i].failing;
		failing_with = failures[i].with;
		charset_to_utf8(cache, SPAN("iso-8859-15"), SPAN("\xa4"), &out);
		assert_span_text(buf_span(&out), failures[i].text, failures[i].why);
		assert_row(out.failed == failures[i].want, failures[i].why);

		/* What failed is not remembered. */
		buf_clear(&out);
		charset_to_utf8(cache, SPAN("iso-8859-15"), SPAN("\xa4"), &out);
		assert_row(out.failed == 0, failures[i].why);
		assert_span_text(buf_span(&out), "\xe2\x82\xac", failures[i].why);
		assert_row(failing == 0, failures[i].why);
		buf_fini(&out);
		charset_cache_free(cache);
	}
}

static void test_not_installed(void **state)
{
	iconv_t conversion;

	(void)state;
	assert_int_equal(charset_open("NO-SUCH-SET", &conversion), 0);
	assert_true(conversion == CHARSET_NONE);
	assert_int_equal(opened, 2);
	assert_int_equal(charset_open("KOI8-R", &conversion), 0);
	assert_true(conversion != CHARSET_NONE);
	iconv_close(conversion);
}

/* It ends the message, not only the value. */
static void test_reaches_the_record(void **state)
{
	static const struct span header =
	    SPAN("From: =?ISO-8859-15?Q?=A4?= <a@example.com>\r\nTo: b@example.net\r\n");
	struct err err = ERR_INIT;
	struct evidence *evidence = evidence_new(NULL, &err);
	struct record record = {0};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	failing = 1;
	failing_with = EMFILE;
	assert_int_equal(evidence_extract(evidence, header, &arena, &record, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(err.sys, EMFILE);
	assert_string_equal(err.text, "cannot decode a text: Too many open files");
	arena_fini(&arena);
	evidence_free(evidence);
}

/* In a process of its own: what the C library could not load once, it never has. */
static int fail_without_descriptors(void)
{
	struct charset_cache *cache = charset_cache_new();
	struct rlimit limit;
	struct buf out;

	buf_init(&out, 0);
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &limit);
	charset_to_utf8(cache, SPAN("iso-8859-15"), SPAN("\xa4"), &out);
	return out.failed == EMFILE ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void test_without_descriptors(void **state)
{
	pid_t pid = fork();
	int status = 0;

	(void)state;
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fail_without_descriptors());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup(test_without_descriptors, set_up),
	    cmocka_unit_test_setup(test_library_has_all, set_up),
	    cmocka_unit_test_setup(test_flood, set_up),
	    cmocka_unit_test_setup(test_failures, set_up),
	    cmocka_unit_test_setup(test_not_installed, set_up),
	    cmocka_unit_test_setup(test_reaches_the_record, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
