#include "tests/unit/table.h"

#include "mail/feedback.h"

/* Whole reports are in tests/system/test_arf.py; here is what single values yield. */

static void test_login(void **state)
{
	static const struct {
		const char *results, *host, *user, *domain;
	} rows[] = {
	    {"f.example; auth=pass smtp.auth=bob@example.com", "f.example", "bob", "example.com"},
	    {"f.example; auth=pass (login) smtp.auth=bob@example.com", "f.example", "bob",
		"example.com"},
	    {"f.example smtp.auth=bob@example.com; auth=pass", "f.example", "bob", "example.com"},
	    {"f.example; smtp.auth=a@b@example.com", "f.example", "a@b", "example.com"},
	    {"f.example; smtp.auth=2001:db8::1@example.com", "f.example", "2001:db8::1",
		"example.com"},
	    {"f.example; smtp.auth=@example.com", "f.example", "", "example.com"},
	    {"f.example; smtp.auth=bob", "f.example", "bob", ""},
	    {"f.example; smtp.auth=\"bob b\"@x", "f.example", "bob b", ""},
	    {"smtp.auth=bob@example.com", "", "bob", "example.com"},
	    {"f.example; (smtp.auth=no@x) smtp.auth=bob@example.com", "f.example", "bob",
		"example.com"},
	    {"f.example; x=\"smtp.auth=no@x\" smtp.auth=bob@example.com", "f.example", "bob",
		"example.com"},
	    {"f.example; xsmtp.auth=no@x", NULL, "", ""},
	    {"f.example; smtp.auth=", NULL, "", ""},
	    {"f.example; smtp.auth=;", NULL, "", ""},
	    {"", NULL, "", ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct feedback_login login = {0};
		bool found = feedback_read_login(span_of(rows[i].results), &login);

		assert_row(found == (rows[i].host != NULL), rows[i].results);
		if (!found)
			continue;
		assert_span_text(login.host, rows[i].host, rows[i].results);
		assert_span_text(login.user, rows[i].user, rows[i].results);
		assert_span_text(login.domain, rows[i].domain, rows[i].results);
	}
}

static void test_ip(void **state)
{
	static const struct {
		const char *value, *want;
	} rows[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    {" [192.0.2.1] ", "192.0.2.1"},
	    {"192.0.2.1 (mx.example.com)", "192.0.2.1"},
	    {"192.0.2.1(mx)", "192.0.2.1"},
	    {"192.0.2.1, 192.0.2.2", "192.0.2.1"},
	    {"IPv6:2001:db8::1", "2001:db8::1"},
	    {"[IPv6:2001:db8::1]", "2001:db8::1"},
	    {"2001:db8:0:19b0:0:0:0:122", "2001:db8:0:19b0:0:0:0:122"},
	    {"fe80::1%eth0", "fe80::1"},
	    {"x.x.x.x", ""},
	    {"192.0.2", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_span_text(feedback_ip(span_of(rows[i].value)), rows[i].want, rows[i].value);
}

static void test_path(void **state)
{
	bool is_null;

	(void)state;
	assert_span_text(feedback_path(SPAN("<a@example.com>"), &is_null), "a@example.com", "path");
	assert_false(is_null);
	assert_span_text(feedback_path(SPAN(" a@example.com "), &is_null), "a@example.com", "bare");
	assert_span_text(feedback_path(SPAN("<>"), &is_null), "", "null");
	assert_true(is_null);
	assert_span_text(feedback_path(SPAN(""), &is_null), "", "empty");
	assert_false(is_null);
	assert_span_text(feedback_path(SPAN("<a"), &is_null), "a", "open");
}

static void test_limits(void **state)
{
	struct feedback feedback;
	struct buf text;

	(void)state;
	feedback_init(&feedback);
	buf_init(&text, 0);
	buf_add_text(&text, "Content-Type: message/feedback-report\n\n");
	for (unsigned i = 0; i < FEEDBACK_MAX_FIELDS; i++)
		buf_printf(&text, "X-%u: x\n", i);
	buf_add_text(&text, "Feedback-Type: abuse\n");
	assert_int_equal(feedback_read(&feedback, buf_span(&text)), 0);
	assert_true((feedback.marks & FEEDBACK_TRUNCATED) != 0);
	assert_int_equal(feedback.kind, FEEDBACK_DAMAGED);
	buf_fini(&text);
	feedback_fini(&feedback);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_login),
	    cmocka_unit_test(test_ip),
	    cmocka_unit_test(test_path),
	    cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
