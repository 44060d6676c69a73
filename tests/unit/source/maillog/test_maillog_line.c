#include "tests/unit/table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "source/maillog/maillog_line.h"

#define STAMP "2026-11-26T11:49:36Z "

static void test_heads(void **state)
{
	static const struct {
		const char *line;
		enum maillog_program program;
		const char *host, *tag, *service, *pid, *text;
	} rows[] = {
	    {"2026-11-26 11:49:36 1abcde-0001Fx-2N <= x", PROGRAM_EXIM, "", "", "", "",
		"1abcde-0001Fx-2N <= x"},
	    {"2026-11-26 11:49:36 +0100 [77] 1abcde-0001Fx-2N <= x", PROGRAM_EXIM, "", "", "", "77",
		"1abcde-0001Fx-2N <= x"},
	    {"2026-11-26 11:49:36.123 [77] cwd=/a 1 args: b", PROGRAM_EXIM, "", "", "", "77",
		"cwd=/a 1 args: b"},
	    {"Nov  6 03:04:05 mail postfix/smtpd[12]: A1: x", PROGRAM_POSTFIX, "mail",
		"postfix/smtpd", "smtpd", "12", "A1: x"},
	    {"Nov  6 03:04:05 mail postfix/submission/smtpd[12]: x", PROGRAM_POSTFIX, "mail",
		"postfix/submission/smtpd", "smtpd", "12", "x"},
	    {"Nov  6 03:04:05 mail postfix-in/smtps/smtpd[12]: x", PROGRAM_POSTFIX, "mail",
		"postfix-in/smtps/smtpd", "smtpd", "12", "x"},
	    {"Nov  6 03:04:05 mail mx1/qmgr[12]: x", PROGRAM_POSTFIX, "mail", "mx1/qmgr", "qmgr",
		"12", "x"},
	    {"Nov  6 03:04:05 mail postfix/smtpd[1]: warning: x", PROGRAM_POSTFIX, "mail",
		"postfix/smtpd", "smtpd", "1", "warning: x"},
	    {STAMP "mail.example.com postfix/qmgr[1]: x", PROGRAM_POSTFIX, "mail.example.com",
		"postfix/qmgr", "qmgr", "1", "x"},
	    {"<22>Nov  6 03:04:05 mail postfix/qmgr[1]: x", PROGRAM_POSTFIX, "mail", "postfix/qmgr",
		"qmgr", "1", "x"},
	    {"<22>1 " STAMP "mail postfix/smtpd 123 - - text", PROGRAM_POSTFIX, "mail",
		"postfix/smtpd", "smtpd", "123", "text"},
	    {"<22>1 " STAMP "mail postfix/smtpd 123 ID47 [a@1 b=\"]\\\" x\"][c d=\"\"] text",
		PROGRAM_POSTFIX, "mail", "postfix/smtpd", "smtpd", "123", "text"},
	    {"<22>1 " STAMP "mail exim - - - \xef\xbb\xbf text", PROGRAM_EXIM, "mail", "exim",
		"exim", "", " text"},
	    {"2026-11-26T11:49:36.1Z Nov 26 11:49:36 mail postfix/qmgr[1]: x", PROGRAM_POSTFIX,
		"mail", "postfix/qmgr", "qmgr", "1", "x"},
	    {"2011:03:08-10:29:42 host exim[9]: 2011-03-08 10:29:42 x", PROGRAM_EXIM, "host",
		"exim", "exim", "9", "2011-03-08 10:29:42 x"},
	    {"Nov  6 03:04:05 mail mail.info postfix/qmgr[1]: x", PROGRAM_POSTFIX, "mail",
		"postfix/qmgr", "qmgr", "1", "x"},
	    {"Nov  6 03:04:05 mail mail info postfix/qmgr[1]: x", PROGRAM_POSTFIX, "mail",
		"postfix/qmgr", "qmgr", "1", "x"},
	    {"2026-11-26 11:49:36 mail postfix/qmgr[1]: x", PROGRAM_POSTFIX, "mail", "postfix/qmgr",
		"qmgr", "1", "x"},
	    {"Thu 2026-11-26 11:49:36 UTC mail postfix/qmgr[1]: x", PROGRAM_POSTFIX, "mail",
		"postfix/qmgr", "qmgr", "1", "x"},
	    {"Nov  6 03:04:05 mail postfix/qmgr[1]: [ID 197553 mail.info] A1: x", PROGRAM_POSTFIX,
		"mail", "postfix/qmgr", "qmgr", "1", "A1: x"},
	    {"Nov  6 03:04:05 mail postfix/qmgr[1]: [ID x mail.info] A1: x", PROGRAM_POSTFIX,
		"mail", "postfix/qmgr", "qmgr", "1", "[ID x mail.info] A1: x"},
	    {"Nov  6 03:04:05 mail postfix/qmgr[1]: [ID 1]", PROGRAM_POSTFIX, "mail",
		"postfix/qmgr", "qmgr", "1", "[ID 1]"},
	    {"Nov  6 03:04:05 mail amavis[1]: (1-1) Passed", PROGRAM_AMAVIS, "mail", "amavis",
		"amavis", "1", "(1-1) Passed"},
	    {"Nov  6 03:04:05 mail dovecot: x", PROGRAM_OTHER, "mail", "dovecot", "dovecot", "",
		"x"},
	    {"Nov  6 03:04:05 mail last message repeated 3 times", PROGRAM_SYSLOG, "mail", "", "",
		"", "last message repeated 3 times"},
	    {"Nov  6 03:04:05 mail rsyslogd: x", PROGRAM_SYSLOG, "mail", "rsyslogd", "rsyslogd", "",
		"x"},
	    {"Nov  6 03:04:05 mail -- MARK --", PROGRAM_OTHER, "mail", "", "", "", "-- MARK --"},
	    /* A forged tag within a text is a text. */
	    {"Nov  6 03:04:05 mail dovecot: postfix/smtpd[1]: x", PROGRAM_OTHER, "mail", "dovecot",
		"dovecot", "", "postfix/smtpd[1]: x"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct maillog_clock clock;
		struct maillog_line line;
		const char *name = rows[i].line;

		maillog_clock_init(&clock, 1795694400);
		assert_row(maillog_line_read(&clock, span_of(name), &line), name);
		assert_row(line.program == rows[i].program, name);
		assert_span_text(line.host, rows[i].host, name);
		assert_span_text(line.tag, rows[i].tag, name);
		assert_span_text(line.service, rows[i].service, name);
		assert_span_text(line.pid, rows[i].pid, name);
		assert_span_text(line.text, rows[i].text, name);
	}
}

/* Which of two stamps counts; the report is of Berlin. */
static void test_times(void **state)
{
	static const struct {
		const char *line;
		time_t when; /* behind 2026-11-26 12:00:00 UTC */
	} rows[] = {
	    {"2026-11-26T12:00:00Z mail exim[7]: 2026-11-26 12:00:00 x", 0},
	    {"2026-11-26T14:00:00.5+02:00 mail exim[7]: 2026-11-26 14:00:00 x", 0},
	    {"2026-11-26T14:00:00+0200 mail exim[7]: 2026-11-26 13:59:58 +0200 x", -2},
	    {"Nov 26 13:00:05 mail exim[7]: 2026-11-26 13:00:00 x", 0},
	    {"2026-11-26T13:00:05 mail exim[7]: 2026-11-26 13:00:00 x", 0},
	    {"2026-11-26T12:00:00.123456789Z Nov 26 12:00:00 mail postfix/qmgr[1]: x", 0},
	    {"2026-11-26T12:00:05Z 2026-11-26T12:00:00Z mail postfix/qmgr[1]: x", 0},
	    {"Nov 26 13:00:05 Nov 26 13:00:00 mail postfix/qmgr[1]: x", 0},
	    {"2026-11-26 13:00:00 x", 0},
	};
	char *before = getenv("TZ");

	(void)state;
	before = before != NULL ? strdup(before) : NULL;
	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct maillog_clock clock;
		struct maillog_line line;

		maillog_clock_init(&clock, 1795694400);
		assert_row(maillog_line_read(&clock, span_of(rows[i].line), &line), rows[i].line);
		if (line.program == PROGRAM_EXIM)
			maillog_line_enter_exim(&clock, &line);
		if (line.when - 1795694400 != rows[i].when)
			fail_msg("%s: %ld", rows[i].line, (long)(line.when - 1795694400));
	}
	if (before != NULL)
		setenv("TZ", before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(before);
}

static void test_no_heads(void **state)
{
	static const char *const rows[] = {"", " Suggested action: x", "Warning: purging.",
	    "2026-11-26 11:49:36", "Nov  6 03:04:05 ", "<22>", "<2222>Nov  6 03:04:05 a b: c",
	    "{\"a\":1}",
	    "\x7f"
	    "ELF\x02\x01\x01",
	    "Nov  6 03:04:05x host a: b"};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct maillog_clock clock;
		struct maillog_line line;

		maillog_clock_init(&clock, 1795694400);
		assert_row(!maillog_line_read(&clock, span_of(rows[i]), &line), rows[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_heads),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_no_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
