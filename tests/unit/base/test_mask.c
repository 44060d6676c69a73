#include "tests/unit/table.h"

#include "base/log.h"
#include "base/mask.h"
#include "secret/secret.h"

static void show(struct buf *out, const char *text)
{
	buf_clear(out);
	log_escape(out, span_of(text));
}

static void test_texts(void **state)
{
	/* The login is user@example.com, p"ss\word Ä. */
	static const struct {
		const char *name;
		const char *text;
		const char *shown;
	} table[] = {
	    {"none", "Login refused.", "Login refused."},
	    {"as it is", "bad login p\"ss\\word \xC3\x84!", "bad login ***!"},
	    {"upper case", "P\"SS\\WORD \xC3\x84", "***"},
	    {"quoted", "LOGIN u \"p\\\"ss\\\\word \xC3\x84\"", "LOGIN u \"***\""},
	    {"twice", "p\"ss\\word \xC3\x84p\"ss\\word \xC3\x84", "******"},
	    {"response of PLAIN",
		"NO [AUTHENTICATIONFAILED] AHVzZXJAZXhhbXBsZS5jb20AcCJzc1x3b3JkIMOE",
		"NO [AUTHENTICATIONFAILED] ***"},
	    {"base64 alone", "<cCJzc1x3b3JkIMOE>", "<***>"},
	    {"base64 behind one byte", "eHAic3Ncd29yZCDDhA==", "eH***A=="},
	    {"base64 behind two bytes", "eHhwInNzXHdvcmQgw4Q=", "eHh***Q="},
	    {"hexadecimal", "70 70227373", "70 ***"},
	    {"hexadecimal, whole", "702273735c776f726420c384", "***"},
	    {"percent-encoded", "p%22ss%5Cword%20%C3%84", "***"},
	    {"its beginning where the text was cut", "refused: p\"ss\\wo", "refused: ***"},
	    {"too little of it to be it", "stop", "stop"},
	};
	const struct secret secret = {.bytes = (char[]){"p\"ss\\word \xC3\x84"}, .n = 12};
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(secret_hide(&secret, "user@example.com", &err), 0);
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		show(&out, table[i].text);
		if (strcmp(buf_string(&out), table[i].shown) != 0)
			fail_msg("%s: %s", table[i].name, buf_string(&out));
	}
	mask_clear();
	show(&out, "p\"ss\\word");
	assert_string_equal(buf_string(&out), "p\"ss\\word");
	buf_fini(&out);
}

/* A short secret is part of many words; these are hidden, too. */
static void test_short(void **state)
{
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(mask_add(SPAN("in"), &err), 0);
	assert_int_equal(mask_add(SPAN(""), &err), 0);
	show(&out, "login in \"in\" in1 in");
	assert_string_equal(buf_string(&out), "log*** *** \"***\" ***1 ***");
	mask_clear();
	buf_fini(&out);
}

static void test_too_many(void **state)
{
	struct err err = ERR_INIT;
	char form[] = "form00";

	(void)state;
	for (unsigned i = 0; i < MASK_MAX_FORMS; i++) {
		form[4] = (char)('0' + i / 10);
		form[5] = (char)('0' + i % 10);
		assert_int_equal(mask_add(span_of(form), &err), 0);
		assert_int_equal(mask_add(span_of(form), &err), 0); /* known */
	}
	assert_int_equal(mask_add(SPAN("one more"), &err), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
	mask_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_short),
	    cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
