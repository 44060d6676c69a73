#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/table.h"

#include "evidence/bounce.h"

struct row {
	const char *value;
	bool want;
};

static void test_from(void **state)
{
	static const struct row rows[] = {
	    {"MAILER-DAEMON", true},
	    {"<MAILER-DAEMON>", true},
	    {"MAILER-DAEMON (Mail Delivery System)", true},
	    {"MAILER-DAEMON@example.com (Mail Delivery System)", true},
	    {"Mail Delivery System <Mailer-Daemon@example.com>", true},
	    {"Mail Delivery Subsystem <MAILER-DAEMON@mail.example.com>", true},
	    {"\"Mailer-Daemon\"@example.com", true},
	    {"mailer-daemon@[192.0.2.1]", true},
	    {"< mailer-daemon @example.com>", true},
	    {"(x) mailer-daemon@example.com", true},
	    {"mailer-daemon-news@example.com", false},
	    {"not-a-mailer-daemon@example.com", false},
	    {"MAILER-DAEMON <a@example.com>", false},
	    {"\"MAILER-DAEMON\" <a@example.com>", false},
	    {"MAILER-DAEMON, Inc <a@example.com>", false},
	    {"a@example.com (MAILER-DAEMON)", false},
	    {"x=mailer-daemon=example.net@example.com", false},
	    {"mailer-daemon@example.net@example.com", false},
	    {"a@mailer-daemon", false},
	    {"a@mailer-daemon.example.com", false},
	    {"postmaster@example.com", false},
	    {"Mail Delivery System <postmaster@example.com>", false},
	    {"MAILER-DAEMON <>", true},
	    {"Mailer-Daemon < >", true},
	    {"News <>", false},
	    {"<>", false},
	    {"MAILER-DAEMON <> <a@example.com>", false},
	    {"", false},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(bounce_is(&(struct bounce_signs){.from = span_of(rows[i].value)},
			       &arena) == rows[i].want,
		    rows[i].value);
	arena_fini(&arena);
}

static void test_content_type(void **state)
{
	static const struct row rows[] = {
	    {"multipart/report; report-type=delivery-status; boundary=x", true},
	    {"multipart/report; boundary=\"x\"; report-type=delivery-status", true},
	    {"Multipart/Report; Report-Type=\"Delivery-Status\"", true},
	    {"multipart/report;report-type=delivery-status;", true},
	    {"multipart/report ; report-type = delivery-status", true},
	    {"multipart/report;\r\n\treport-type=delivery-status;\r\n\tboundary=\"x\"", true},
	    {"multipart/report (c) ; report-type=delivery-status (c)", true},
	    {"multipart/report; boundary=\"a;b=\\\"c\"; report-type=delivery-status", true},
	    {"multipart/report; report-type=feedback-report", false},
	    {"multipart/report; boundary=x", false},
	    {"multipart/report", false},
	    {"multipart/report; boundary=\"; report-type=delivery-status\"", false},
	    {"multipart/report; x=(; report-type=delivery-status)", false},
	    {"multipart/report; x-report-type=delivery-status", false},
	    {"multipart/report; report-type=delivery-status-x", false},
	    {"multipart/report; report-type", false},
	    {"multipart/reports; report-type=delivery-status", false},
	    {"multipart/mixed; report-type=delivery-status", false},
	    {"text/plain", false},
	    {"; report-type=delivery-status", false},
	    {";;;=;\"", false},
	    {"", false},
	};

	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_row(bounce_is(&(struct bounce_signs){.content_type = span_of(rows[i].value)},
			       &arena) == rows[i].want,
		    rows[i].value);
	arena_fini(&arena);
}

/* One sign is enough, whatever the others say; none speaks against it. */
static void test_signs(void **state)
{
	static const struct {
		const char *from;
		const char *qmail_mode;
		const char *content_type;
		bool want;
		const char *envelope;
	} rows[] = {
	    {"", "", "", false, ""},
	    {"a@example.com", "bounce", "text/plain", true, NULL},
	    {"a@example.com", "network", "text/plain", false, NULL},
	    {"a@example.com", "alias", "", false, NULL},
	    {"a@example.com", "bouncers", "", false, NULL},
	    {"bounce", "", "bounce", false, NULL},
	    {"mailer-daemon@example.com", "network", "text/plain", true, NULL},
	    {"a@example.com", "network", "multipart/report; report-type=delivery-status", true,
		NULL},
	    {"mailer-daemon", "bounce", "multipart/report; report-type=delivery-status", true,
		NULL},
	    {"mailer-daemon-news@example.com", "network", "multipart/report", false, NULL},
	    /* Phishing: a bounce has no envelope sender. */
	    {"mailer-daemon@example.com", "", "text/html", false, "a@example.com"},
	    {"MAILER-DAEMON", "", "text/html", false, "a@example.com"},
	    {"MAILER-DAEMON <>", "", "text/html", true, "a@example.com"},
	    {"mailer-daemon@example.com", "bounce", "", true, "a@example.com"},
	    {"mailer-daemon@example.com", "", "multipart/report; report-type=delivery-status", true,
		"a@example.com"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct bounce_signs signs = {span_of(rows[i].from),
		    span_of(rows[i].qmail_mode), span_of(rows[i].content_type),
		    span_of(rows[i].envelope != NULL ? rows[i].envelope : "")};

		assert_row(bounce_is(&signs, &arena) == rows[i].want, rows[i].from);
	}
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_from),
	    cmocka_unit_test(test_content_type),
	    cmocka_unit_test(test_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
