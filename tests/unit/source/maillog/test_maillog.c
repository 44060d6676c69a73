#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "source/maillog/maillog.h"

/* 2026-11-26 12:00:00 UTC: when the files were last written. */
#define ANCHOR ((time_t)1795694400)

/* What came of the lines: a line for each record. */
struct seen {
	struct sink sink;
	struct buf text;
	bool short_form;
};

static void seen_add(
    struct seen *seen, const struct record *record, const char *name, enum column column)
{
	struct span value = record_value(record, column);

	if (value.n == 0)
		return;
	buf_printf(&seen->text, " %s=", name);
	buf_add(&seen->text, value);
}

static int seen_record(struct sink *sink, const struct record *record, struct err *err)
{
	static const struct {
		const char *name;
		enum column column;
	} columns[] = {
	    {"from", COLUMN_RETURN_PATH},
	    {"to", COLUMN_TO},
	    {"who", COLUMN_IDENTITY},
	    {"kind", COLUMN_IDENTITY_KIND},
	    {"user", COLUMN_AUTH_USER},
	    {"uid", COLUMN_QMAIL_UID},
	    {"ip", COLUMN_SOURCE_IP},
	    {"login-ip", COLUMN_LOGIN_IP},
	    {"subject", COLUMN_SUBJECT},
	    {"script", COLUMN_PHP_SCRIPT},
	    {"host", COLUMN_HOST},
	    {"notes", COLUMN_NOTES},
	};
	struct seen *seen = (struct seen *)sink;
	struct span id = record->value[COLUMN_QUEUE_ID], class = record->value[COLUMN_CLASS];

	(void)err;
	buf_add(&seen->text, id);
	buf_add_char(&seen->text, ' ');
	buf_add(&seen->text, class);
	if (record->is_bounce)
		buf_add(&seen->text, SPAN(" (bounce)"));
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (!seen->short_form || columns[i].column == COLUMN_IDENTITY ||
		    columns[i].column == COLUMN_NOTES)
			seen_add(seen, record, columns[i].name, columns[i].column);
	buf_add_char(&seen->text, '\n');
	return 0;
}

static const struct sink_ops seen_ops = {.name = "seen", .record = seen_record};

struct row {
	const char *name;
	const char *text; /* lines */
	const char *want;
	struct maillog_counts counts; /* only those that are not 0 are looked at */
};

static struct maillog *log_new(
    struct seen *seen, struct report *report, const struct maillog_settings *how)
{
	struct maillog_settings settings = *how;
	struct err err = ERR_INIT;
	struct maillog *log;

	seen->sink.ops = &seen_ops;
	report_init(report, &(const struct report_parts){.sinks = &seen->sink});
	settings.report = report;
	log = maillog_new(&settings, &err);
	assert_non_null(log);
	return log;
}

static void log_feed(struct maillog *log, struct span text)
{
	struct err err = ERR_INIT;

	while (text.n > 0) {
		size_t end = span_find(text, '\n');

		assert_int_equal(
		    maillog_take(log, span_head(text, end), end == SPAN_NPOS, &err), 0);
		text = span_from(text, end != SPAN_NPOS ? end + 1 : text.n);
	}
	assert_int_equal(maillog_end_file(log, &err), 0);
}

static void check_counts(const struct row *row, const struct maillog_counts *got)
{
	const uint64_t *have = (const uint64_t *)(const void *)got;
	const uint64_t *want = (const uint64_t *)(const void *)&row->counts;

	if (got->lines != got->used + got->other + got->early + got->odd + got->forged +
			      got->injected + got->continued)
		fail_msg("%s: of %lu lines not every one is counted once", row->name,
		    (unsigned long)got->lines);
	for (size_t i = 0; i < sizeof(*got) / sizeof(*have); i++)
		if (want[i] != 0 && want[i] != have[i])
			fail_msg("%s: count %zu is %lu", row->name, i, (unsigned long)have[i]);
}

static void check(const struct row *rows, size_t count, const struct maillog_settings *how)
{
	for (size_t i = 0; i < count; i++) {
		struct account_place place = {.host = "log"};
		struct seen seen = {.short_form = false};
		struct report report;
		struct err err = ERR_INIT;
		struct maillog *log = log_new(&seen, &report, how);

		maillog_begin(log, &place, ANCHOR);
		log_feed(log, span_of(rows[i].text));
		assert_int_equal(maillog_end(log, &err), 0);
		assert_span_text(buf_span(&seen.text), rows[i].want, rows[i].name);
		check_counts(&rows[i], maillog_counts(log));
		assert_int_equal(place.counts.found, report.number);
		maillog_free(log);
		report_fini(&report);
		buf_fini(&seen.text);
	}
}

#define AT(second) "2026-11-20 10:00:0" #second " "
#define E1         "1abcde-0001Fx-2N"
#define E2         "1abcdf-0001Fx-2N"
#define E3         "1abcde-00000001Fxy-2Nwx"
#define CLIENT     "H=(c) [198.51.100.7]:54321 "

static void test_exim(void **state)
{
	static const struct row rows[] = {
	    {"nothing", "", "", {0}},
	    {"default selector",
		AT(1) E1 " <= a@e.example " CLIENT "P=esmtpsa A=p:a@e.example S=1 id=m@e\n" AT(2) E1
		" => r@f.example R=x T=y H=h [192.0.2.1] A=other:login C=\"250 A=p:x\"\n" AT(2) E1
		" -> s@f.example R=x T=y\n" AT(3) E1 " Completed\n",
		E1 " accepted from=<a@e.example> to=r@f.example, s@f.example who=a@e.example "
		   "kind=account "
		   "user=a@e.example ip=198.51.100.7 login-ip=198.51.100.7\n",
		{.lines = 4, .used = 4, .no_subject = 1, .no_recipients = 1}},
	    {"all selectors",
		AT(1) E1 " <= a@e.example " CLIENT
			 "P=esmtpsa A=p:a@e.example S=1 T=\"x\" for r@f.example\n" AT(2) E1
		" ** r@f.example R=x T=y: no\n" AT(3) E1 " Completed\n",
		E1 " bounced from=<a@e.example> to=r@f.example who=a@e.example kind=account "
		   "user=a@e.example ip=198.51.100.7 login-ip=198.51.100.7 subject=x\n",
		{.used = 3}},
	    {"both lengths of ids",
		AT(1) E1 " <= a@e.example U=a P=local S=1\n" AT(1) E3
		" <= b@e.example U=b P=local S=1\n" AT(3) E1 " Completed\n" AT(3) E3 " Completed\n",
		E1 " accepted from=<a@e.example> who=a kind=user user=a\n" E3
		   " accepted from=<b@e.example> who=b kind=user user=b\n",
		{.used = 4}},
	    {"deferred again and again counts once",
		AT(1) E1 " <= a@e.example U=a P=local S=1\n" AT(2) E1
		" == r@f.example R=x defer (-1): y\n" AT(3) E1
		" == r@f.example R=x defer (-1): y\n",
		E1 " deferred from=<a@e.example> to=r@f.example who=a kind=user user=a\n",
		{.used = 3, .open = 1}},
	    {"deferred, then delivered",
		AT(1) E1 " <= a@e.example U=a P=local S=1\n" AT(2) E1
		" == r@f.example R=x defer (-1): y\n" AT(3) E1 " => r@f.example R=x\n" AT(4) E1
		" Completed\n",
		E1 " accepted from=<a@e.example> to=r@f.example who=a kind=user user=a\n",
		{.used = 4}},
	    {"delivered while it arrives",
		AT(1) E1 " >> r@f.example R=x\n" AT(1) E1 " <= a@e.example U=a P=local S=1\n" AT(2)
		    E1 " Completed\n",
		E1 " accepted from=<a@e.example> to=r@f.example who=a kind=user user=a\n",
		{.used = 3}},
	    {"began before the log", AT(1) E1 " => r@f.example R=x\n" AT(2) E1 " Completed\n", "",
		{.early = 2}},
	    {"twice the same line",
		AT(1) E1 " <= a@e.example U=a P=local S=1\n" AT(1) E1
		" <= a@e.example U=a P=local S=1\n" AT(2) E1 " Completed\n" AT(2) E1 " Completed\n",
		E1 " accepted from=<a@e.example> who=a kind=user user=a\n",
		{.used = 3, .early = 1}},
	    {"a bounce", AT(1) E2 " <= <> R=" E1 " U=Debian-exim P=local S=1 for a@e.example\n",
		E2 " accepted (bounce) from=<> to=a@e.example who=Debian-exim kind=system "
		   "user=Debian-exim\n",
		{.open = 1}},
	    {"rejected after the data",
		AT(1) E1 " H=(c) [198.51.100.7]:54321 F=<a@e.example> A=p:a@e.example rejected "
			 "after DATA: spam\n",
		E1 " rejected from=<a@e.example> who=a@e.example kind=account user=a@e.example "
		   "ip=198.51.100.7 login-ip=198.51.100.7\n",
		{.used = 1}},
	    {"a program's, refused",
		AT(1) E1 " U=carl F=<a@e.example> rejected after DATA\n" AT(1) E2
		" F=<a@e.example> rejected by non-SMTP ACL: spam\n",
		E1 " rejected from=<a@e.example> who=carl kind=user user=carl\n" E2
		   " rejected from=<a@e.example>\n",
		{.used = 2}},
	    {"refused, and what its host says of it is nobody's",
		AT(1) E1 " H=(c) [198.51.100.7] U=carl F=<a@e.example> rejected during MIME ACL "
			 "checks: x\n",
		E1 " rejected from=<a@e.example> who=198.51.100.7 kind=server ip=198.51.100.7\n",
		{.used = 1}},
	    {"refused, with a name that looks like it",
		AT(1) E1 " H=(x F=<o@e.example> A=p:other rejected after DATA () [198.51.100.7]:5 "
			 "F=<a@e.example> rejected after DATA\n",
		E1 " rejected notes=suspicious line\n", {.used = 1, .suspicious = 1}},
	    {"refused, with one that cannot be read",
		AT(1) E1 " H=(x F=<o@e.example) [198.51.100.7] F=<a@e.example> rejected after "
			 "DATA: spam\n",
		E1 " rejected notes=suspicious line\n", {.used = 1, .suspicious = 1}},
	    {"refused to its face", AT(1) E1 " (= a@e.example U=a P=local S=1\n",
		E1 " rejected from=<a@e.example> who=a kind=user user=a\n", {.used = 1}},
	    {"webmail of the host itself",
		AT(1) E1
		" <= a@e.example H=([198.51.100.9]) [127.0.0.1]:5 P=esmtpa A=d:a@e.example S=1\n",
		E1 " accepted from=<a@e.example> who=a@e.example kind=account user=a@e.example "
		   "notes=webmail says it is for 198.51.100.9\n",
		{.used = 1}},
	    {"cPanel says whose it is",
		AT(1) E1 " <= a@e.example H=localhost [127.0.0.1]:5 P=esmtp S=1\n" AT(1) E1
		" Sender identification U=carl D=e.example S=a@e.example\n",
		E1 " accepted from=<a@e.example> who=carl kind=user user=carl\n", {.used = 2}},
	    {"cPanel says whose the connection is, before there is a message",
		AT(1) "SMTP connection identification H=localhost A=127.0.0.1 P=5 U=carl ID=1001 "
		      "S=o@e.example B=identify_local_connection\n" AT(1) E1
		" <= o@e.example H=localhost (x) [127.0.0.1]:5 P=esmtp S=1\n" AT(1) E1
		" Sender identification U=other D=e.example S=o@e.example\n" AT(2) E2
		" <= o@e.example H=localhost (x) [127.0.0.1]:6 P=esmtp S=1\n",
		E1 " accepted from=<o@e.example> who=carl kind=user user=carl\n" E2
		   " accepted from=<o@e.example>\n",
		{.used = 4}},
	    {"or with the id of one that has not arrived; a login comes first",
		AT(1) E1 " SMTP connection identification H=localhost A=127.0.0.1 P=5 M=" E1
			 " U=carl ID=1 S=x B=identify_local_connection\n" AT(1) E1
		" <= o@e.example H=localhost (x) [127.0.0.1]:5 P=esmtp S=1\n" AT(2) E2
		" <= o@e.example H=localhost (x) [127.0.0.1]:5 P=esmtpa A=p:a@e.example S=1\n",
		E1 " accepted from=<o@e.example> who=carl kind=user user=carl\n" E2
		   " accepted from=<o@e.example> who=a@e.example kind=account user=a@e.example\n",
		{.used = 2, .early = 1}},
	    {"too long before",
		"2026-11-20 09:58:00 SMTP connection identification H=localhost A=127.0.0.1 P=5 "
		"U=carl ID=1 S=x B=identify_local_connection\n" AT(1) E1
		" <= o@e.example H=localhost (x) [127.0.0.1]:5 P=esmtp S=1\n",
		E1 " accepted from=<o@e.example>\n", {.used = 2}},
	    {"whose the sender's domain is says nothing of who sends from elsewhere",
		AT(1) E1 " <= o@e.example " CLIENT "P=esmtp S=1\n" AT(1) E1
		" Sender identification U=other D=e.example S=o@e.example\n",
		E1 " accepted from=<o@e.example> who=198.51.100.7 kind=server ip=198.51.100.7\n",
		{.used = 2}},
	    {"the panel's own notices are one sender",
		AT(1) E1 " <= a@e.example H=(x) [127.0.0.1]:5 P=esmtpa "
			 "A=dovecot_plain:__cpanel__service__auth__icontact__x1Y2 S=1\n",
		E1 " accepted from=<a@e.example> who=__cpanel__service__auth__icontact kind=system "
		   "user=__cpanel__service__auth__icontact\n",
		{.used = 1}},
	    {"a forwarder is not who wrote it",
		AT(1) E1 " <= a@e.example " CLIENT "P=smtp S=1\n" AT(1) E1
		" SMTP connection identification D=d O=o E=e M=" E1 " U=carl ID=1 "
		"B=redirect_resolver\n",
		E1 " accepted from=<a@e.example> who=198.51.100.7 kind=server ip=198.51.100.7\n",
		{.used = 1, .other = 1}},
	    {"a subject in UTF-8, and one that was cut",
		AT(1) E1 " <= a@e.example U=a P=local S=1 T=\"Gr\\303\\274\\303\\237e \\\"x\\\" "
			 "\\\\ a\\n b\"\n" AT(1) E2
		" <= a@e.example U=a P=local S=1 "
		"T=\"12345678901234567890123456789012345678901234567890"
		"1234567890123456789012345678901234567890123456789\\303\"\n",
		E1
		" accepted from=<a@e.example> who=a kind=user user=a subject=Gr\xc3\xbc\xc3\x9f"
		"e \"x\" \\ a  b\n" E2 " accepted from=<a@e.example> who=a kind=user user=a "
		"subject=12345678901234567890123456789012345678901234567890"
		"1234567890123456789012345678901234567890123456789\xe2\x80\xa6 notes=subject cut\n",
		{.used = 2}},
	    {"a list of recipients that was cut",
		AT(1) E1 " <= a@e.example U=a P=local S=1 for r@f.example <trunc>\n" AT(2) E1
		" => s@f.example R=x\n",
		E1
		" accepted from=<a@e.example> to=r@f.example, s@f.example who=a kind=user user=a "
		"notes=at least 2 recipients\n",
		{.used = 2}},
	    {"lines that go on, zeros, no log at all",
		"Warning: purging the environment.\n Suggested action: use keep_environment.\n" AT(
		    1) "exim 4.96 daemon started: pid=1\n\x7f"
		       "ELF\n",
		"", {.lines = 4, .continued = 3, .other = 1}},
	    {"the end of the last line is missing",
		AT(1) E1 " <= a@e.example U=a P=local S=1\n" AT(2) E2 " <= b@e.exam",
		E1 " accepted from=<a@e.example> who=a kind=user user=a\n", {.used = 1, .odd = 1}},
	    {"a pid and a zone in each line",
		"2026-11-20 10:00:01 +0100 [77] " E1 " <= a@e.example U=a P=local S=1\n",
		E1 " accepted from=<a@e.example> who=a kind=user user=a\n", {.used = 1}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

/* What a client wrote into an entry has line breaks: i= of a signature, with +dkim_verbose, and
 * AUTH= of MAIL, with +smtp_mailauth. */
static void test_exim_injected(void **state)
{
#define SIGNED " DKIM: d=e.example s=s c=simple/simple a=rsa-sha256 b=24 i=x"
#define OTHER                                                                                      \
	" <= o@e.example H=(c) [198.51.100.9]:5 P=esmtpa A=p:other@e.example S=1 T=\"x\" for "     \
	"r@f.example"
	static const struct row rows[] = {
	    {"a signature writes a line",
		AT(1) E1 SIGNED "\n" AT(1) E2 OTHER "@e.example [verification failed - x]\n" AT(1)
		    E1 " <= a@e.example " CLIENT "P=esmtp S=1\n",
		E1 " accepted from=<a@e.example> who=198.51.100.7 kind=server ip=198.51.100.7\n",
		{.lines = 3, .other = 1, .injected = 1, .used = 1}},
	    {"several, of which one looks like the end",
		AT(1) E1 SIGNED "\n" AT(1) E2 OTHER " [x]\n" AT(1) E3 OTHER
		"\ny@e.example [invalid - x]\n" AT(1) E1 " <= a@e.example " CLIENT "P=esmtp S=1\n",
		E3
		" accepted from=<o@e.example> to=r@f.example subject=x notes=suspicious line\n" E1
		" accepted from=<a@e.example> who=198.51.100.7 kind=server ip=198.51.100.7\n",
		{.lines = 5, .other = 1, .injected = 1, .used = 2, .continued = 1}},
	    {"a sender writes a line",
		AT(1) E1 " <= a@e.example " CLIENT "P=esmtpa A=p:a@e.example:x\n" AT(1) E2 OTHER
		"\ny S=241 for s@f.example\n" AT(1) E1 " => s@f.example R=x\n",
		E1 " accepted from=<a@e.example> to=s@f.example who=a@e.example kind=account "
		   "user=a@e.example ip=198.51.100.7 login-ip=198.51.100.7\n",
		{.lines = 4, .used = 2, .injected = 1, .continued = 1}},
	    {"its end is missing",
		AT(1) E1 SIGNED "\n" AT(1) E2 " <= a@e.example U=a P=local S=1\n",
		E2 " accepted from=<a@e.example> who=a kind=user user=a\n",
		{.lines = 2, .other = 1, .used = 1}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

static void test_exim_folders(void **state)
{
	static const struct row rows[] = {
	    {"the folder of its user",
		AT(1) "cwd=/home/dora 3 args: /usr/sbin/sendmail -t -i\n" AT(
		    1) "cwd=/home/carl/a b 3 args: /usr/sbin/sendmail -t -i\n" AT(1) E1
		" <= a@e.example U=carl P=local S=1\n",
		E1 " accepted from=<a@e.example> who=carl kind=user user=carl "
		   "script=/home/carl/a b "
		   "notes=folder guessed by time\n",
		{.used = 3}},
	    {"by the number of the process",
		AT(1) "[71] cwd=/home/dora 3 args: /usr/sbin/sendmail -t -i\n" AT(
		    1) "[72] cwd=/home/carl 3 args: /usr/sbin/sendmail -t -i\n" AT(1) "[71]"
										      " " E1 " <= "
										      "a@e."
										      "exam"
										      "ple "
										      "U="
										      "nobo"
										      "dy "
										      "P="
										      "loca"
										      "l "
										      "S="
										      "1\n",
		E1 " accepted from=<a@e.example> who=dora kind=account user=nobody "
		   "script=/home/dora "
		   "notes=folder by process number\n",
		{.used = 3}},
	    {"of two that could be, none",
		AT(1) "cwd=/home/dora 3 args: /usr/sbin/sendmail -t -i\n" AT(
		    1) "cwd=/home/carl 3 args: /usr/sbin/sendmail -t -i\n" AT(1) E1
		" <= a@e.example U=nobody P=local S=1\n",
		E1 " accepted from=<a@e.example> who=nobody kind=system user=nobody\n",
		{.used = 3}},
	    {"of another user's folder nothing",
		AT(1) "cwd=/home/dora 3 args: /usr/sbin/sendmail -t -i\n" AT(1) E1
		" <= a@e.example U=carl P=local S=1\n",
		E1 " accepted from=<a@e.example> who=carl kind=user user=carl\n", {.used = 2}},
	    {"too long before",
		"2026-11-20 09:59:00 cwd=/home/carl 3 args: /usr/sbin/sendmail -t -i\n" AT(1) E1
		" <= a@e.example U=carl P=local S=1\n",
		E1 " accepted from=<a@e.example> who=carl kind=user user=carl\n", {.used = 2}},
	    {"tools of the queue and the system",
		AT(1) "cwd=/home/carl 2 args: /usr/sbin/exim -bp\n" AT(
		    1) "cwd=/ 2 args: sendmail -t\n" AT(1) "cwd=/root 2 args: sendmail "
							   "-t\n" AT(1) "cwd=/var/spool/"
									"exim4 3 args: "
									"/usr/sbin/exim4 "
									"-Mc " E1 "\n" AT(
									    1) "cwd=/home/"
									       "carl 5 "
									       "args: "
									       "/usr/sbin/"
									       "exim -t "
									       "-oem -f "
									       "-E" E1 "\n" AT(1) E1
		" <= a@e.example U=carl P=local S=1\n",
		E1 " accepted from=<a@e.example> who=carl kind=user user=carl\n",
		{.used = 3, .other = 3}},
	    {"a name with a line break writes a line",
		AT(1) "cwd=/home/dora/a\n"
		      "2026-01-02 03:04:05 " E2 " <= other@e.example " CLIENT
		      "P=esmtpa A=p:other@e.example S=1 3 args: /usr/sbin/sendmail -t "
		      "-i\n" AT(2) "Start queue run: pid=1\n",
		"", {.lines = 3, .forged = 2, .other = 1}},
	    {"several lines",
		AT(1) "cwd=/home/dora/a\n"
		      "b\n" AT(1) E2 " <= o@e.example U=other P=local S=1\n" AT(1) E2
		" Completed\nc 3 args: /usr/sbin/sendmail -t -i\n",
		"", {.lines = 5, .forged = 5}},
	    {"the name goes on behind what looks like its end",
		AT(1) "cwd=/home/dora/a\n"
		      "b 1 args: x\n" AT(1) E2 " <= o@e.example " CLIENT
					       "P=esmtpa A=p:other@e.example S=1\n"
					       "c 3 args: /usr/sbin/sendmail -t -i\n",
		E2 " accepted from=<o@e.example> notes=suspicious line\n",
		{.lines = 4, .forged = 3, .used = 1, .suspicious = 1}},
	    {"a line that was cut is no such name",
		AT(1) "cwd=/home/dora/a\n" AT(1) E1 " <= a@e.example U=carl P=local S=1\n",
		E1 " accepted from=<a@e.example> who=carl kind=user user=carl\n",
		{.lines = 2, .odd = 1, .used = 1}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

#define SYS "Nov 20 10:00:01 mail exim[7]: "

static void test_exim_in_syslog(void **state)
{
	static const struct row rows[] = {
	    {"two stamps", SYS AT(1) E1 " <= a@e.example U=carl P=local S=1\n",
		E1 " accepted from=<a@e.example> who=carl@mail kind=user user=carl host=mail\n",
		{.used = 1}},
	    {"one stamp", SYS E1 " <= a@e.example U=carl P=local S=1\n",
		E1 " accepted from=<a@e.example> who=carl@mail kind=user user=carl host=mail\n",
		{.used = 1}},
	    {"in parts",
		SYS "[1/2] " AT(1) E1 " <= a@e.example " CLIENT "P=esmtpa A=p:a@e.exam\n"
				      "Nov 20 10:00:01 mail exim[8]: [1/2] " AT(1) E2
		" <= b@e.example U=b P=local S=\n" SYS "[2/2] ple S=1\n"
		"Nov 20 10:00:01 mail exim[8]: [2/2] 1\n",
		E1 " accepted from=<a@e.example> who=a@e.example kind=account user=a@e.example "
		   "ip=198.51.100.7 login-ip=198.51.100.7 host=mail\n" E2
		   " accepted from=<b@e.example> who=b@mail kind=user user=b host=mail\n",
		{.used = 4}},
	    {"a part is missing",
		SYS "[1/3] " AT(1) E1 " <= a@e.example " CLIENT "P=esmtpa A=p:a@e.exam\n" SYS
				      "[3/3] x\n",
		"", {.used = 1, .odd = 1}},
	    {"a folder with a line break comes in parts",
		SYS "[1\\2] " AT(1) "cwd=/home/dora/a\n" SYS "[2\\2] " AT(1) E2
		" <= o@e.example U=o P=local S=1 3 args: sendmail -t -i\n",
		"", {.used = 2}},
	    {"the collector's stamp in front",
		"2026:11:20-10:00:01 mail exim[7]: " AT(1) E1
		" <= a@e.example U=carl P=local S=1\n",
		E1 " accepted from=<a@e.example> who=carl@mail kind=user user=carl host=mail\n",
		{.used = 1}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

#define PF(second, program) "Nov 20 10:00:0" #second " mail postfix/" program "[1]: "
#define LOGIN               "sasl_method=PLAIN, sasl_username="

static void test_postfix(void **state)
{
	static const struct row rows[] = {
	    {"a message",
		PF(1, "submission/smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    1, "cleanup") "A1B2C3: message-id=<x@y>\n" PF(1,
		    "qmgr") "A1B2C3: from=<a@e.example>, size=1, nrcpt=2 (queue active)\n" PF(2,
		    "smtp") "A1B2C3: to=<r@f.example>, relay=h[192.0.2.1]:25, dsn=2.0.0, "
			    "status=sent (ok)\n" PF(
				2, "smtp") "A1B2C3: to=<s@f.example>, relay=h[192.0.2.1]:25, "
					   "dsn=5.0.0, status=bounced (n)\n" PF(
					       3, "qmgr") "A1B2C3: removed\n",
		"A1B2C3 bounced from=<a@e.example> to=r@f.example, s@f.example who=a@e.example "
		"kind=account "
		"user=a@e.example ip=192.0.2.9 login-ip=192.0.2.9 host=mail\n",
		{.lines = 6, .used = 6}},
	    {"a local one", PF(1, "pickup") "A1B2C3: uid=1001 from=<a@e.example>\n",
		"A1B2C3 accepted from=<a@e.example> who=uid 1001@mail kind=user uid=1001 "
		"host=mail\n",
		{.used = 1, .open = 1}},
	    {"of the system", PF(1, "pickup") "A1B2C3: uid=33 from=<a@e.example>\n",
		"A1B2C3 accepted from=<a@e.example> who=uid 33@mail kind=system uid=33 host=mail "
		"notes=uid of a system account\n",
		{.used = 1}},
	    {"short ids come again",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN
			       "a\n" PF(2, "qmgr") "A1B2C3: removed\n" PF(
				   3, "smtpd") "A1B2C3: client=n[192.0.2.8], " LOGIN "b\n",
		"A1B2C3 accepted who=a@mail kind=account user=a ip=192.0.2.9 login-ip=192.0.2.9 "
		"host=mail\n"
		"A1B2C3 accepted who=b@mail kind=account user=b ip=192.0.2.8 login-ip=192.0.2.8 "
		"host=mail\n",
		{.used = 3}},
	    {"even where the end is missing",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN
			       "a\n" PF(3, "smtpd") "A1B2C3: client=n[192.0.2.8], " LOGIN "b\n",
		"A1B2C3 accepted who=a@mail kind=account user=a ip=192.0.2.9 login-ip=192.0.2.9 "
		"host=mail\n"
		"A1B2C3 accepted who=b@mail kind=account user=b ip=192.0.2.8 login-ip=192.0.2.8 "
		"host=mail\n",
		{.used = 2}},
	    {"each line twice",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN
			       "a\n" PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN
						    "a\n" PF(2, "qmgr") "A1B2C3: removed\n",
		"A1B2C3 accepted who=a@mail kind=account user=a ip=192.0.2.9 login-ip=192.0.2.9 "
		"host=mail\n",
		{.used = 3}},
	    {"long ids and ISO stamps",
		"2026-11-20T10:00:01.5+01:00 mail postfix/smtpd[1]: 4dGxyz1234AbcZ: "
		"client=n[192.0.2.9], " LOGIN "a\n",
		"4dGxyz1234AbcZ accepted who=a@mail kind=account user=a ip=192.0.2.9 "
		"login-ip=192.0.2.9 "
		"host=mail\n",
		{.used = 1}},
	    {"two hosts in one log have ids of their own",
		"Nov 20 10:00:01 mail1 postfix/pickup[1]: A1B2C3: uid=1 from=<a@e>\n"
		"Nov 20 10:00:01 mail2 postfix/pickup[1]: A1B2C3: uid=2 from=<b@e>\n",
		"A1B2C3 accepted from=<a@e> who=uid 1@mail1 kind=user uid=1 host=mail1\n"
		"A1B2C3 accepted from=<b@e> who=uid 2@mail2 kind=user uid=2 host=mail2\n",
		{.used = 2}},
	    {"the system's own bounce",
		PF(1, "pickup") "A1B2C3: uid=1001 from=<a@e.example>\n" PF(
		    1, "cleanup") "D4E5F6: message-id=<b@y>\n" PF(1,
		    "bounce") "A1B2C3: sender non-delivery notification: D4E5F6\n" PF(1,
		    "qmgr") "D4E5F6: from=<>, size=1, nrcpt=1 (queue active)\n",
		"A1B2C3 accepted from=<a@e.example> who=uid 1001@mail kind=user uid=1001 "
		"host=mail\n"
		"D4E5F6 accepted (bounce) from=<> host=mail\n",
		{.used = 4}},
	    {"a message id that looks like a sender",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9]\n" PF(
		    1, "cleanup") "A1B2C3: message-id=x, from=<other@e.example>, size=1, nrcpt=1 "
				  "(queue active)\n",
		"A1B2C3 accepted who=192.0.2.9 kind=server ip=192.0.2.9 host=mail\n", {.used = 2}},
	    {"a login that looks like two",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN
			       "v, sasl_username=other@e.example\n",
		"A1B2C3 accepted who=v, sasl_username=other@e.example kind=account "
		"user=v, sasl_username=other@e.example ip=192.0.2.9 login-ip=192.0.2.9 host=mail "
		"notes=suspicious line\n",
		{.used = 1, .suspicious = 1}},
	    {"put into the queue again",
		PF(1, "pickup") "A1B2C3: uid=1001 from=<a@e.example>\n" PF(
		    1, "smtp") "A1B2C3: to=<r@f>, relay=h[192.0.2.1]:25, dsn=4.0.0, "
			       "status=deferred (x)\n" PF(2,
				   "pickup") "D4E5F6: uid=1001 from=<a@e.example> "
					     "orig_id=A1B2C3\n" PF(2,
						 "smtp") "D4E5F6: to=<r@f>, relay=h[192.0.2.1]:25, "
							 "dsn=2.0.0, status=sent (x)\n" PF(
							     3, "qmgr") "D4E5F6: removed\n",
		"A1B2C3 accepted from=<a@e.example> to=r@f who=uid 1001@mail kind=user uid=1001 "
		"host=mail\n",
		{.used = 5, .passes = 1}},
	    {"given up",
		PF(1, "pickup") "A1B2C3: uid=1001 from=<a@e.example>\n" PF(
		    2, "qmgr") "A1B2C3: from=<a@e.example>, status=expired, returned to sender\n",
		"A1B2C3 bounced from=<a@e.example> who=uid 1001@mail kind=user uid=1001 "
		"host=mail\n",
		{.used = 2}},
	    {"refused by a filter",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN
			       "a\n" PF(1, "cleanup") "A1B2C3: milter-reject: END-OF-MESSAGE from "
						      "n[192.0.2.9]: 5.7.1 no\n",
		"A1B2C3 rejected who=a@mail kind=account user=a ip=192.0.2.9 login-ip=192.0.2.9 "
		"host=mail\n",
		{.used = 2}},
	    {"refused as a whole: what was for the queue to say stands there",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a\n" PF(1, "smtpd") //
		"A1B2C3: reject: END-OF-MESSAGE from n[192.0.2.9]: 554 5.7.1 x; from=<o@e.example> "
		"to=<s>: quota; from=<a@e.example> to=<r@f> proto=ESMTP helo=<h>\n" PF(
		    2, "smtpd") "D4E5F6: client=n[192.0.2.9], " LOGIN
				"a\n" PF(2, "cleanup") "D4E5F6: reject: header Subject: x from "
						       "n[192.0.2.9]; from=<> to=<r@f> "
						       "proto=ESMTP helo=<h>: 5.7.1 no\n",
		"A1B2C3 rejected from=<a@e.example> to=r@f who=a@mail kind=account user=a "
		"ip=192.0.2.9 login-ip=192.0.2.9 host=mail\n"
		"D4E5F6 rejected from=<> to=r@f who=a@mail kind=account user=a ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 4, .refused = 1}},
	    {"an alias of the host: one message, and whose it was",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a\n" PF(
		    1, "qmgr") "A1B2C3: from=<a@e.example>, size=1, nrcpt=1 (queue active)\n" PF(2,
		    "cleanup") "D4E5F6: message-id=<m@h>\n" PF(2, "qmgr") //
		"D4E5F6: from=<a@e.example>, size=1, nrcpt=1 (queue active)\n" PF(
		    2, "local") "A1B2C3: to=<b@e.example>, relay=local, dsn=2.0.0, status=sent "
				"(forwarded as "
				"D4E5F6)\n" PF(2, "qmgr") "A1B2C3: removed\n" PF(3, "smtp") //
		"D4E5F6: to=<r@f>, relay=h[192.0.2.1]:25, dsn=5.0.0, status=bounced (no)\n" PF(
		    3, "qmgr") "D4E5F6: removed\n",
		"A1B2C3 bounced from=<a@e.example> to=b@e.example, r@f who=a@mail kind=account "
		"user=a ip=192.0.2.9 login-ip=192.0.2.9 host=mail\n",
		{.used = 8, .passes = 1}},
	    {"what others say in these words, and of what somebody handed in",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN
			       "a\n" PF(1, "smtpd") "D4E5F6: client=n[192.0.2.8]\n" PF(
				   2, "local") "A1B2C3: to=<b@e.example>, relay=local, dsn=2.0.0, "
					       "status=sent (forwarded "
					       "as D4E5F6)\n" PF(2, "smtp") //
		"A1B2C3: to=<c@e.example>, relay=h[192.0.2.1]:25, dsn=2.0.0, status=sent "
		"(forwarded as D4E5F6)\n" PF(2, "local") //
		"A1B2C3: to=<d@e.example>, relay=local, dsn=2.0.0, status=sent (delivered to "
		"command: forwarded as D4E5F6)\n",
		"A1B2C3 accepted to=b@e.example, c@e.example, d@e.example who=a@mail kind=account "
		"user=a ip=192.0.2.9 login-ip=192.0.2.9 host=mail\n"
		"D4E5F6 accepted who=192.0.2.8 kind=server ip=192.0.2.8 host=mail\n",
		{.used = 5}},
	    {"the client went away",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a\n" PF(1,
		    "smtpd") "lost connection after DATA (0 bytes) from n[192.0.2.9]\n"
			     "Nov 20 10:01:30 mail postfix/smtpd[1]: D4E5F6: client=n[192.0.2.9]\n"
			     "Nov 20 10:01:40 mail postfix/smtpd[1]: disconnect from "
			     "n[192.0.2.9]\n",
		"A1B2C3 accepted who=a@mail kind=account user=a ip=192.0.2.9 login-ip=192.0.2.9 "
		"host=mail notes=not seen in the queue\n"
		"D4E5F6 accepted who=192.0.2.9 kind=server ip=192.0.2.9 host=mail\n",
		{.used = 2, .other = 2, .open = 2}},
	    {"a recipient alone",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN
			       "a\n" PF(1, "smtpd") "A1B2C3: reject: RCPT from n[192.0.2.9]: 554 "
						    "x; from=<a@e.example> to=<r@f> "
						    "proto=ESMTP helo=<h>\n",
		"A1B2C3 accepted who=a@mail kind=account user=a ip=192.0.2.9 login-ip=192.0.2.9 "
		"host=mail\n",
		{.used = 2, .refused = 1, .open = 1}},
	    {"unknown programs and lines",
		"Nov 20 10:00:01 mail dovecot: imap-login: Login\n" PF(1,
		    "smtpd") "connect from n[192.0.2.9]\n" PF(1, "smtpd") "A1B2C3: client=broken\n",
		"", {.other = 2, .odd = 1}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

static void test_filters(void **state)
{
	static const struct row rows[] = {
	    {"both passes are one message",
		PF(1, "submission/smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    1, "qmgr") "A1B2C3: from=<a@e.example>, size=1, nrcpt=1 (queue active)\n" PF(2,
		    "amavisd/smtpd") "D4E5F6: client=localhost[127.0.0.1]\n" PF(2,
		    "smtp") "A1B2C3: to=<r@f>, relay=127.0.0.1[127.0.0.1]:10024, dsn=2.0.0, "
			    "status=sent "
			    "(250 2.0.0 from MTA(x): 250 2.0.0 Ok: queued as D4E5F6)\n" PF(
				2, "qmgr") "A1B2C3: removed\n" PF(3,
				"smtp") "D4E5F6: to=<r@f>, relay=h[192.0.2.1]:25, dsn=5.0.0, "
					"status=bounced (no)\n" PF(3, "qmgr") "D4E5F6: removed\n",
		"A1B2C3 bounced from=<a@e.example> to=r@f who=a@e.example kind=account "
		"user=a@e.example "
		"ip=192.0.2.9 login-ip=192.0.2.9 host=mail\n",
		{.used = 7, .passes = 1}},
	    {"also when the second is over first",
		PF(1, "submission/smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    2, "amavisd/smtpd") "D4E5F6: client=localhost[127.0.0.1]\n" PF(3,
		    "smtp") "D4E5F6: to=<r@f>, relay=h[192.0.2.1]:25, dsn=5.0.0, status=bounced "
			    "(no)\n" PF(3, "qmgr") "D4E5F6: removed\n" PF(
				3, "smtp") "A1B2C3: to=<r@f>, relay=127.0.0.1[127.0.0.1]:10024, "
					   "dsn=2.0.0, status=sent "
					   "(250 2.0.0 Ok: queued as D4E5F6)\n" PF(
					       3, "qmgr") "A1B2C3: removed\n",
		"A1B2C3 bounced to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 6, .passes = 1}},
	    {"as amavis says",
		PF(1, "submission/smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    2, "amavisd/smtpd") "D4E5F6: client=localhost[127.0.0.1]\n"
					"Nov 20 10:00:02 mail amavis[1]: (1-1) Passed CLEAN, <s> "
					"-> <r>, Queue-ID: A1B2C3, "
					"Message-ID: <x>, queued_as: D4E5F6, 1 ms\n",
		"A1B2C3 accepted who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 3, .passes = 1}},
	    {"the answer of another server is not a filter's",
		PF(1, "smtpd") "D4E5F6: client=localhost[127.0.0.1]\n" PF(
		    1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(2,
		    "smtp") "A1B2C3: to=<r@f>, relay=h[192.0.2.1]:25, dsn=2.0.0, status=sent "
			    "(250 2.0.0 Ok: queued as D4E5F6)\n",
		"D4E5F6 accepted host=mail\n"
		"A1B2C3 accepted to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 3}},
	    {"who sends all with one id has sent all",
		PF(1, "pickup") "A1B2C3: uid=1001 from=<a@e.example>\n" PF(
		    1, "cleanup") "A1B2C3: message-id=<m@e>\n" PF(2,
		    "pickup") "D4E5F6: uid=1002 from=<b@e.example>\n" PF(2,
		    "cleanup") "D4E5F6: message-id=<m@e>\n" PF(3, "qmgr") "A1B2C3: removed\n" PF(3,
		    "qmgr") "D4E5F6: removed\n",
		"A1B2C3 accepted from=<a@e.example> who=uid 1001@mail kind=user uid=1001 "
		"host=mail\n"
		"D4E5F6 accepted from=<b@e.example> who=uid 1002@mail kind=user uid=1002 "
		"host=mail\n",
		{.used = 6}},
	    {"webmail has no address, but where it says",
		PF(1, "smtpd") "A1B2C3: client=localhost[127.0.0.1], " LOGIN "a@e.example\n" PF(
		    1, "smtpd") "D4E5F6: client=localhost[127.0.0.1], " LOGIN "b@e.example\n"
				"Nov 20 10:00:02 mail roundcube: <x> User b@e.example [192.0.2.9]; "
				"Message for r@f; 250: "
				"2.0.0 Ok: queued as D4E5F6\n",
		"A1B2C3 accepted who=a@e.example kind=account user=a@e.example host=mail\n"
		"D4E5F6 accepted who=b@e.example kind=account user=b@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 3}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

#define PIPE "dsn=2.0.0, status=sent (delivered via spamfilter service)\n"

/* The program that hands messages in again runs as uid 5001. */
static void test_filter_programs(void **state)
{
	static const struct row rows[] = {
	    {"a filter that is a program: by the message id",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    1, "cleanup") "A1B2C3: message-id=<m@e>\n" PF(2,
		    "pipe") "A1B2C3: to=<r@f>, relay=spamfilter, dsn=2.0.0, status=sent (delivered "
			    "via "
			    "spamfilter service)\n" PF(2, "qmgr") "A1B2C3: removed\n" PF(
				3, "pickup") "D4E5F6: uid=5001 from=<a@e.example>\n" PF(3,
				"cleanup") "D4E5F6: message-id=<m@e>\n" PF(4,
				"smtp") "D4E5F6: to=<r@f>, relay=h[192.0.2.1]:25, dsn=5.0.0, "
					"status=bounced (no)\n" PF(4, "qmgr") "D4E5F6: removed\n",
		"A1B2C3 bounced to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 8, .passes = 1}},
	    {"also when it is faster than the log",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    1, "cleanup") "A1B2C3: message-id=<m@e>\n" PF(3,
		    "pickup") "D4E5F6: uid=5001 from=<a@e.example>\n" PF(3,
		    "cleanup") "D4E5F6: message-id=<m@e>\n" PF(4, "qmgr") "D4E5F6: removed\n" PF(4,
		    "pipe") "A1B2C3: to=<r@f>, relay=spamfilter, dsn=2.0.0, status=sent (delivered "
			    "via "
			    "spamfilter service)\n" PF(4, "qmgr") "A1B2C3: removed\n",
		"A1B2C3 accepted to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 7, .passes = 1}},
	    {"by the network, which needs no user",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    1, "cleanup") "A1B2C3: message-id=<m@e>\n" PF(2,
		    "pipe") "A1B2C3: to=<r@f>, relay=spamfilter, " PIPE PF(2,
		    "smtpd") "D4E5F6: client=localhost[127.0.0.1]\n" PF(2,
		    "cleanup") "D4E5F6: message-id=<m@e>\n" PF(3,
		    "smtp") "D4E5F6: to=<real@f>, orig_to=<r@f>, relay=h[192.0.2.1]:25, dsn=5.0.0, "
			    "status=bounced (no)\n" PF(3, "qmgr") "D4E5F6: removed\n" PF(
				3, "qmgr") "A1B2C3: removed\n",
		"A1B2C3 bounced to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 8, .passes = 1}},
	    {"another user who copied the id has sent his own",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    1, "cleanup") "A1B2C3: message-id=<m@e>\n" PF(2,
		    "pipe") "A1B2C3: to=<r@f>, relay=spamfilter, " PIPE PF(3,
		    "pickup") "D4E5F6: uid=1002 from=<b@e.example>\n" PF(3,
		    "cleanup") "D4E5F6: message-id=<m@e>\n" PF(3,
		    "pickup") "D4E5F7: uid=5001 from=<a@e.example>\n" PF(3,
		    "cleanup") "D4E5F7: message-id=<m@e>\n" PF(4, "qmgr") "A1B2C3: removed\n" PF(4,
		    "qmgr") "D4E5F6: removed\n" PF(4, "qmgr") "D4E5F7: removed\n",
		"D4E5F6 accepted from=<b@e.example> who=uid 1002@mail kind=user uid=1002 "
		"host=mail\n"
		"A1B2C3 accepted to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.passes = 1, .doubted = 1, .doubted_uid = 1002}},
	    {"one who logged in, too",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    1, "cleanup") "A1B2C3: message-id=<m@e>\n" PF(2,
		    "pipe") "A1B2C3: to=<r@f>, relay=spamfilter, " PIPE PF(3,
		    "smtpd") "D4E5F6: client=localhost[127.0.0.1], " LOGIN
			     "b@e.example\n" PF(3, "cleanup") "D4E5F6: message-id=<m@e>\n",
		"A1B2C3 accepted to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n"
		"D4E5F6 accepted who=b@e.example kind=account user=b@e.example host=mail\n",
		{.used = 5}},
	    {"who copied it adds no recipients to another's message",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    1, "cleanup") "A1B2C3: message-id=<m@e>\n" PF(2,
		    "pipe") "A1B2C3: to=<r@f>, relay=spamfilter, " PIPE PF(2,
		    "smtpd") "D4E5F6: client=localhost[127.0.0.1]\n" PF(2,
		    "cleanup") "D4E5F6: message-id=<m@e>\n" PF(3,
		    "smtp") "D4E5F6: to=<s@f>, relay=h[192.0.2.1]:25, dsn=5.0.0, "
			    "status=bounced (no)\n" PF(3, "qmgr") "D4E5F6: removed\n" PF(
				3, "qmgr") "A1B2C3: removed\n",
		"A1B2C3 accepted to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 8, .passes = 1}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){.filter_uid = 5001});
}

/* A queue id that a filter answers joins no message that another logged in for. */
static void test_filters_and_logins(void **state)
{
	static const struct row rows[] = {
	    {"without a name of its user, a filter's messages are rows of their own",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN
			       "a@e.example\n" PF(1, "cleanup") "A1B2C3: message-id=<m@e>\n" PF(
				   2, "pipe") "A1B2C3: to=<r@f>, relay=spamfilter, " PIPE PF(3,
				   "pickup") "D4E5F6: uid=5001 from=<a@e.example>\n" PF(3,
				   "cleanup") "D4E5F6: message-id=<m@e>\n" PF(4,
				   "qmgr") "D4E5F6: removed\n" PF(4, "qmgr") "A1B2C3: removed\n",
		"D4E5F6 accepted from=<a@e.example> who=uid 5001@mail kind=user uid=5001 "
		"host=mail\n"
		"A1B2C3 accepted to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 7, .doubted = 1, .doubted_uid = 5001}},
	    {"queued as what another logged in for",
		PF(1, "smtpd") "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example\n" PF(
		    2, "smtpd") "D4E5F6: client=localhost[127.0.0.1], " LOGIN "b@e.example\n" PF(3,
		    "smtp") "A1B2C3: to=<r@f>, relay=127.0.0.1[127.0.0.1]:10024, dsn=2.0.0, "
			    "status=sent (250 2.0.0 Ok: queued as D4E5F6)\n",
		"A1B2C3 accepted to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n"
		"D4E5F6 accepted who=b@e.example kind=account user=b@e.example host=mail\n",
		{.used = 3}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

#define FROM(pid, text) "Nov 20 10:00:01 mail postfix/smtpd[" #pid "]: " text "\n"
#define REFUSED(sender, recipient)                                                                 \
	"NOQUEUE: reject: RCPT from n[192.0.2.9]: 450 4.7.1 <" recipient ">: x; from=<" sender     \
	"> to=<" recipient "> proto=ESMTP helo=<h>"

/* Who came to a filter in front of the queue is told later. */
static void test_proxies(void **state)
{
	static const struct row rows[] = {
	    {"a message through a proxy",
		FROM(1, "connect from n[192.0.2.9]")
		    FROM(1, "NOQUEUE: client=n[192.0.2.9], " LOGIN "a@e.example") FROM(
			2, "D4E5F6: client=localhost[127.0.0.1]") FROM(1,
			"NOQUEUE: proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as D4E5F6; "
			"from=<a@e.example> to=<r@f> proto=ESMTP helo=<h>")
			FROM(1, "disconnect from n[192.0.2.9] ehlo=1"),
		"D4E5F6 accepted who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 3, .other = 2}},
	    {"which says whose it is, and is done at once",
		FROM(1, "NOQUEUE: client=n[192.0.2.9], " LOGIN "a@e.example")
		    FROM(2, "D4E5F6: client=localhost[127.0.0.1], orig_client=n[192.0.2.9]") PF(
			1, "qmgr") "D4E5F6: removed\n" FROM(1,
			"NOQUEUE: proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as D4E5F6; "
			"from=<a@e.example> to=<r@f> proto=ESMTP helo=<h>"),
		"D4E5F6 accepted who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 4}},
	    {"a login of before is nobody's now",
		FROM(1, "NOQUEUE: client=n[192.0.2.9], " LOGIN "a@e.example") FROM(
		    1, "connect from n[192.0.2.9]") FROM(2, "D4E5F6: client=localhost[127.0.0.1]")
		    FROM(1,
			"NOQUEUE: proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as D4E5F6; "
			"from=<a@e.example> to=<r@f> proto=ESMTP helo=<h>"),
		"D4E5F6 accepted host=mail\n", {.used = 3}},
	    {"nor of another client's message",
		FROM(1, "NOQUEUE: client=n[192.0.2.9], " LOGIN "a@e.example")
		    FROM(2, "D4E5F6: client=n[192.0.2.8]") FROM(1,
			"NOQUEUE: proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as D4E5F6; "
			"from=<a@e.example> to=<r@f> proto=ESMTP helo=<h>"),
		"D4E5F6 accepted who=192.0.2.8 kind=server ip=192.0.2.8 host=mail\n", {.used = 3}},
	    {"what a proxy refuses",
		FROM(1, "NOQUEUE: client=n[192.0.2.9], " LOGIN "a@e.example") FROM(1,
		    "NOQUEUE: proxy-reject: END-OF-MESSAGE: 554 no; from=<a@e.example> to=<r@f> "
		    "proto=ESMTP helo=<h>"),
		" rejected from=<a@e.example> to=r@f who=a@e.example kind=account "
		"user=a@e.example ip=192.0.2.9 login-ip=192.0.2.9 host=mail "
		"notes=refused before it came\n",
		{.used = 2, .refused = 1}},
	    {"a filter that is told the client and the id",
		FROM(1, "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example") FROM(2,
		    "D4E5F6: client=localhost[127.0.0.1], orig_queue_id=A1B2C3, "
		    "orig_client=n[192.0.2.9]")
		    PF(1, "smtp") "A1B2C3: to=<r@f>, relay=127.0.0.1[127.0.0.1]:10024, dsn=2.0.0, "
				  "status=sent (250 2.0.0 Ok: queued as D4E5F6)\n",
		"A1B2C3 accepted to=r@f who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 3, .passes = 1}},
	    {"Zimbra's lines about filters",
		FROM(1, "NOQUEUE: filter: RCPT from n[192.0.2.9]: <u@e>: triggers FILTER x; "
			"from=<u@e> to=<r@f> proto=ESMTP helo=<h>")
		    FROM(1, "A1B2C3: client=n[192.0.2.9], " LOGIN "u@e.example")
			FROM(1, "A1B2C3: filter: RCPT from n[192.0.2.9]: <u@e>: triggers FILTER x; "
				"from=<u@e> to=<s@f> proto=ESMTP helo=<h>"),
		"A1B2C3 accepted who=u@e.example kind=account user=u@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 2, .other = 1}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

#define EXIM_REFUSAL(login, recipient)                                                             \
	"H=(c) [198.51.100.7]:54321 F=<a@e.example>" login " rejected RCPT <" recipient ">: no\n"

static void test_refusals(void **state)
{
	static const struct row rows[] = {
	    {"strangers are counted", FROM(1, REFUSED("x@y", "r@f")) AT(1) EXIM_REFUSAL("", "r@f"),
		"", {.other = 2, .refused = 2}},
	    {"Postfix says the login, which a name of a client cannot",
		FROM(1, REFUSED("x@y", "r@f") " sasl_method=PLAIN sasl_username=a@e.example")
		    FROM(2, "NOQUEUE: reject: RCPT from n[192.0.2.8]: 450 x; from=<x@y> to=<r@f> "
			    "proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=other>") FROM(3,
			"NOQUEUE: reject: RCPT from n[192.0.2.7]: 450 x; from=<x@y> to=<r@f> "
			"proto=ESMTP helo=<h> sasl_method=PLAIN sasl_username=other> "
			"sasl_method=PLAIN sasl_username=b@e.example sasl_sender=other"),
		" rejected from=<x@y> to=r@f who=a@e.example kind=account user=a@e.example "
		"ip=192.0.2.9 login-ip=192.0.2.9 host=mail notes=refused before it came\n"
		" rejected from=<x@y> to=r@f who=b@e.example kind=account user=b@e.example "
		"ip=192.0.2.7 login-ip=192.0.2.7 host=mail notes=refused before it came\n",
		{.used = 2, .other = 1, .refused = 3}},
	    {"one attempt, however many recipients",
		AT(1) EXIM_REFUSAL(" A=p:a@e.example", "r@f") AT(2) EXIM_REFUSAL(
		    " A=p:a@e.example", "s@f") AT(3) EXIM_REFUSAL(" A=p:a@e.example", "r@f"),
		" rejected from=<a@e.example> to=r@f, s@f who=a@e.example kind=account "
		"user=a@e.example ip=198.51.100.7 login-ip=198.51.100.7 "
		"notes=refused before it came\n",
		{.used = 3, .refused = 3}},
	    {"later",
		AT(1) "H=(c) [198.51.100.7]:54321 F=<a@e.example> A=p:a@e.example temporarily "
		      "rejected RCPT <r@f>: later\n",
		" rejected from=<a@e.example> to=r@f who=a@e.example kind=account "
		"user=a@e.example ip=198.51.100.7 login-ip=198.51.100.7 "
		"notes=refused before it came\n",
		{.used = 1, .refused = 1}},
	    {"another attempt after a minute",
		AT(1) EXIM_REFUSAL(" A=p:a@e.example", "r@f") "2026-11-20 10:02:03 " EXIM_REFUSAL(
		    " A=p:a@e.example", "r@f"),
		" rejected from=<a@e.example> to=r@f who=a@e.example kind=account "
		"user=a@e.example ip=198.51.100.7 login-ip=198.51.100.7 "
		"notes=refused before it came\n"
		" rejected from=<a@e.example> to=r@f who=a@e.example kind=account "
		"user=a@e.example ip=198.51.100.7 login-ip=198.51.100.7 "
		"notes=refused before it came\n",
		{.used = 2, .refused = 2}},
	    {"of a message that came then, a recipient was refused",
		AT(1) EXIM_REFUSAL(" A=p:a@e.example", "r@f") AT(2) E1
		" <= a@e.example " CLIENT "P=esmtpa A=p:a@e.example S=1\n",
		E1 " accepted from=<a@e.example> who=a@e.example kind=account user=a@e.example "
		   "ip=198.51.100.7 login-ip=198.51.100.7\n",
		{.used = 2, .refused = 1}},
	    {"a line that can be read in two ways is nobody's",
		AT(1) "H=(x F=<o@e> A=p:other rejected RCPT <q@f>: () [198.51.100.7]:5 F=<a@e> "
		      "rejected RCPT <r@f>: no\n",
		"", {.other = 1, .refused = 1}},
	    {"a session of Postfix has one login",
		FROM(1, "connect from n[192.0.2.9]")
		    FROM(1, "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example") FROM(
			1, REFUSED("b@e.example", "r@f")) FROM(1, REFUSED("b@e.example", "s@f"))
			FROM(2, REFUSED("b@e.example", "t@f")),
		"A1B2C3 accepted who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n"
		" rejected from=<b@e.example> to=r@f, s@f who=a@e.example kind=account "
		"user=a@e.example ip=192.0.2.9 login-ip=192.0.2.9 host=mail "
		"notes=refused before it came\n",
		{.used = 3, .other = 2, .refused = 3}},
	    {"which ends",
		FROM(1, "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example")
		    FROM(1, "disconnect from n[192.0.2.9]") FROM(1, REFUSED("b@e.example", "r@f")),
		"A1B2C3 accepted who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n",
		{.used = 1, .other = 2, .refused = 1}},
	    {"of the next message of the session, a recipient was refused; of others it was all",
		FROM(1, "A1B2C3: client=n[192.0.2.9], " LOGIN "a@e.example") FROM(
		    1, REFUSED("a@e.example", "r@f")) FROM(1, REFUSED("b@e.example", "s@f")) FROM(1,
		    "D4E5F6: client=n[192.0.2.9], " LOGIN "a@e.example") PF(1,
		    "qmgr") "D4E5F6: from=<a@e.example>, size=1, nrcpt=1 (queue active)\n" FROM(1,
		    "D4E5F6: reject: RCPT from n[192.0.2.9]: 450 x; from=<a@e.example> "
		    "to=<u@f> proto=ESMTP helo=<h>"),
		"A1B2C3 accepted who=a@e.example kind=account user=a@e.example ip=192.0.2.9 "
		"login-ip=192.0.2.9 host=mail\n"
		" rejected from=<b@e.example> to=s@f who=a@e.example kind=account "
		"user=a@e.example ip=192.0.2.9 login-ip=192.0.2.9 host=mail "
		"notes=refused before it came\n"
		"D4E5F6 accepted from=<a@e.example> who=a@e.example kind=account user=a@e.example "
		"ip=192.0.2.9 login-ip=192.0.2.9 host=mail\n",
		{.used = 6, .refused = 3}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

/* However many senders are refused at a time, memory is bounded and each is told of. */
static void test_many_refusals(void **state)
{
	struct account_place place = {.host = "log"};
	struct seen seen = {.short_form = true};
	struct report report;
	struct err err = ERR_INIT;
	struct maillog *log = log_new(&seen, &report, &(struct maillog_settings){0});
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&text,
		    AT(1) "H=(c) [198.51.100.7]:5 F=<a%u@e.example> A=p:a@e.example rejected RCPT "
			  "<r@f>: no\n",
		    i);
	maillog_begin(log, &place, ANCHOR);
	log_feed(log, buf_span(&text));
	assert_int_equal(report.number, 1000 - MAILLOG_ATTEMPTS);
	assert_int_equal(maillog_end(log, &err), 0);
	assert_int_equal(report.number, 1000);
	assert_int_equal(maillog_counts(log)->open, 0);
	maillog_free(log);
	report_fini(&report);
	buf_fini(&seen.text);
	buf_fini(&text);
}

static void test_failed_logins(void **state)
{
	static const struct row rows[] = {
	    {"of both",
		AT(1) "p authenticator failed for (x) [192.0.2.9]:25: 535 no (set_id=john P=x "
		      "A=y)\n" AT(1) E1 " <= a@e.example U=carl P=local S=1\n" PF(
			  1, "smtpd") "warning: n[192.0.2.8]: SASL PLAIN authentication failed: x, "
				      "sasl_username=a b\n",
		" login failed user=john P=x A=y ip=192.0.2.9 login-ip=192.0.2.9\n"
		" login failed user=a b ip=192.0.2.8 login-ip=192.0.2.8 host=mail\n",
		{.used = 2, .other = 1, .failed_logins = 2}},
	    {"repeated, as two writers say",
		PF(1, "smtpd") "warning: n[192.0.2.8]: SASL PLAIN authentication failed: x\n"
			       "Nov 20 10:00:01 mail last message repeated 2 times\n" PF(
				   1, "smtpd") "message repeated 2 times: [ warning: n[192.0.2.7]: "
					       "SASL LOGIN authentication "
					       "failed: y]\n" PF(
						   1, "smtpd") "connect from n[192.0.2.8]\n"
							       "Nov 20 10:00:01 mail last message "
							       "repeated 9 times\n",
		" login failed ip=192.0.2.8 login-ip=192.0.2.8 host=mail\n"
		" login failed ip=192.0.2.8 login-ip=192.0.2.8 host=mail\n"
		" login failed ip=192.0.2.8 login-ip=192.0.2.8 host=mail\n"
		" login failed ip=192.0.2.7 login-ip=192.0.2.7 host=mail\n"
		" login failed ip=192.0.2.7 login-ip=192.0.2.7 host=mail\n",
		{.failed_logins = 5}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){.failed_logins = true});
}

#define JOURNAL(uid, command, transport, tag, text)                                                \
	"{\"__REALTIME_TIMESTAMP\":\"1763632801000000\",\"_HOSTNAME\":\"mail\","                   \
	"\"SYSLOG_IDENTIFIER\":\"" tag "\",\"_UID\":\"" uid "\",\"_COMM\":\"" command              \
	"\",\"_TRANSPORT\":\"" transport                                                           \
	"\",\"_PID\":\"7\",\"SYSLOG_PID\":\"1\",\"MESSAGE\":\"" text "\"}\n"
#define FORGED "A1B2C3: uid=1001 from=<victim@e.example>"
#define ROW                                                                                        \
	"A1B2C3 accepted from=<victim@e.example> who=uid 1001@mail kind=user uid=1001 host=mail\n"

/* Who wrote a line that says that it is of the mail server. */
static void test_writers(void **state)
{
	static const struct row rows[] = {
	    {"Postfix", JOURNAL("105", "pickup", "syslog", "postfix/pickup", FORGED), ROW,
		{.used = 1}},
	    {"root", JOURNAL("0", "anything", "journal", "postfix/pickup", FORGED), ROW,
		{.used = 1}},
	    {"a customer's logger", JOURNAL("1002", "logger", "syslog", "postfix/pickup", FORGED),
		"", {.odd = 1, .strangers = 1}},
	    {"who calls itself pickup",
		JOURNAL("1002", "pickup", "syslog", "postfix/pickup", FORGED), "",
		{.odd = 1, .strangers = 1}},
	    {"a web server's program", JOURNAL("33", "pickup", "syslog", "postfix/pickup", FORGED),
		"", {.odd = 1, .strangers = 1}},
	    {"a logger of the system", JOURNAL("105", "logger", "syslog", "postfix/pickup", FORGED),
		"", {.odd = 1, .strangers = 1}},
	    {"not by syslog", JOURNAL("105", "pickup", "stdout", "postfix/pickup", FORGED), "",
		{.odd = 1, .strangers = 1}},
	    {"a uid that is none", JOURNAL("-1", "pickup", "syslog", "postfix/pickup", FORGED), "",
		{.odd = 1, .strangers = 1}},
	    {"Exim", JOURNAL("101", "exim4", "syslog", "exim", E1 " <= a@e U=carl P=local S=1"),
		E1 " accepted from=<a@e> who=carl@mail kind=user user=carl host=mail\n",
		{.used = 1}},
	    {"a customer as Exim",
		JOURNAL("1002", "exim4", "syslog", "exim", E1 " <= a@e U=carl P=local S=1"), "",
		{.odd = 1, .strangers = 1}},
	    {"a program's folder, by Exim that somebody runs",
		JOURNAL("1002", "exim4", "syslog", "exim", "cwd=/home/carl 2 args: sendmail -t")
		    JOURNAL("101", "exim4", "syslog", "exim", E1 " <= a@e U=carl P=local S=1"),
		E1 " accepted from=<a@e> who=carl@mail kind=user user=carl script=/home/carl "
		   "host=mail notes=folder by process number\n",
		{.used = 2}},
	    {"and by another program",
		JOURNAL("1002", "logger", "syslog", "exim", "cwd=/home/carl 2 args: sendmail -t"),
		"", {.odd = 1, .strangers = 1}},
	    {"users may run Postfix's tools",
		JOURNAL("1002", "sendmail", "syslog", "postfix/sendmail", "fatal: usage"), "",
		{.other = 1, .strangers = 0}},
	    {"and say that lines are missing",
		JOURNAL("1002", "logger", "syslog", "systemd-journald",
		    "Suppressed 30 messages from x"),
		"", {.odd = 1, .strangers = 1}},
	    {"as export",
		"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1763632801000000\n_HOSTNAME=mail\n"
		"SYSLOG_IDENTIFIER=postfix/pickup\n_UID=1002\n_COMM=pickup\n"
		"MESSAGE=" FORGED "\n\n",
		"", {.odd = 1, .strangers = 1}},
	    {"in syslog one without a number where all have one",
		PF(1, "pickup") FORGED "\n"
				       "Nov 20 10:00:01 mail postfix/pickup: D4E5F6: uid=1001 "
				       "from=<victim@e.example>\n"
				       "Nov 20 10:00:01 other postfix/pickup: D4E5F6: uid=1002 "
				       "from=<a@e.example>\n",
		ROW "D4E5F6 accepted from=<victim@e.example> who=uid 1001@mail kind=user uid=1001 "
		    "host=mail notes=suspicious line\n"
		    "D4E5F6 accepted from=<a@e.example> who=uid 1002@other kind=user uid=1002 "
		    "host=other\n",
		{.used = 3, .unnumbered = 1, .suspicious = 1}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

static void test_lost_lines(void **state)
{
	static const struct row rows[] = {
	    {"as the writers say",
		"Nov 20 10:00:01 mail systemd-journald[1]: Suppressed 30 messages from "
		"postfix.service\n"
		"Nov 20 10:00:01 mail rsyslogd: imuxsock[pid 1]: 12 messages lost due to "
		"rate-limiting\n"
		"Nov 20 10:00:01 mail rsyslogd-2177: imuxsock lost 7 messages from pid 1 due to x\n"
		"Nov 20 10:00:01 mail systemd-journald[1]: Forwarding to syslog missed 8 "
		"messages.\n"
		/* Others cannot. */
		PF(1, "smtpd") "Suppressed 1000 messages from postfix.service\n",
		"", {.lost = 57}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

static void test_journal(void **state)
{
	static const struct row rows[] = {
	    {"JSON",
		"{\"__REALTIME_TIMESTAMP\":\"1763632801000000\",\"_HOSTNAME\":\"mail\",\"SYSLOG_"
		"IDENTIFIER\":"
		"\"postfix/pickup\",\"_PID\":\"7\",\"MESSAGE\":\"A1B2C3: uid=1001 "
		"from=<a@e.example>\"}\n"
		"{\"__REALTIME_TIMESTAMP\":\"1763632801000000\",\"_HOSTNAME\":[\"mail\",\"x\"],"
		"\"SYSLOG_IDENTIFIER\":\"postfix/"
		"qmgr\",\"MESSAGE\":[65,49,66,50,67,51,58,32,114,101,109,111,"
		"118,101,100]}\n"
		"{\"__REALTIME_TIMESTAMP\":\"x\"}\nbroken\n",
		"A1B2C3 accepted from=<a@e.example> who=uid 1001@mail kind=user uid=1001 "
		"host=mail\n",
		{.lines = 4, .used = 2, .odd = 2}},
	    {"export",
		"__CURSOR=s=1\n__REALTIME_TIMESTAMP=1763632801000000\n_HOSTNAME=mail\nSYSLOG_"
		"IDENTIFIER="
		"postfix/pickup\n_PID=7\nMESSAGE=A1B2C3: uid=1001 from=<a@e.example>\n\n"
		"__CURSOR=s=2\n__REALTIME_TIMESTAMP=1763632801000000\n_HOSTNAME=mail\nSYSLOG_"
		"IDENTIFIER="
		"postfix/qmgr\nMESSAGE=A1B2C3: removed\n",
		"A1B2C3 accepted from=<a@e.example> who=uid 1001@mail kind=user uid=1001 "
		"host=mail\n",
		{.lines = 12, .used = 2, .continued = 10}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){0});
}

/* A value that says how long it is, since it has a line break. */
static void test_journal_binary(void **state)
{
	static const char text[] =
	    "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1763632801000000\n_HOSTNAME=mail\n"
	    "SYSLOG_IDENTIFIER=postfix/pickup\nMESSAGE\n\x25\0\0\0\0\0\0\0"
	    "A1B2C3: uid=1001 from=<a\nb@e.example>\nX\n\x0a\0\0\0\0\0\0\0"
	    "0123456789\n_PID=7\n\n";
	struct account_place place = {.host = "log"};
	struct seen seen = {.short_form = true};
	struct report report;
	struct err err = ERR_INIT;
	struct maillog *log = log_new(&seen, &report, &(struct maillog_settings){0});

	(void)state;
	maillog_begin(log, &place, ANCHOR);
	log_feed(log, (struct span){text, sizeof(text) - 1});
	assert_int_equal(maillog_end(log, &err), 0);
	assert_span_text(buf_span(&seen.text), "A1B2C3 accepted who=uid 1001@mail\n", "binary");
	maillog_free(log);
	report_fini(&report);
	buf_fini(&seen.text);
}

static void test_period(void **state)
{
	const struct period period = {.since = 1795168800, .until = 1795168802}; /* 2 seconds */
	static const struct row rows[] = {
	    {"by the first line",
		AT(0) E1 " <= a@e.example U=a P=local S=1\n" AT(1) E2
		" <= b@e.example U=b P=local S=1\n" AT(5) E1 " Completed\n" AT(5) E2
		" ** r@f.example R=x: no\n" AT(2) E3 " <= c@e.example U=c P=local S=1\n",
		E1 " accepted from=<a@e.example> who=a kind=user user=a\n" E2
		   " bounced from=<b@e.example> to=r@f.example who=b kind=user user=b\n",
		{.used = 4, .early = 1}},
	};

	(void)state;
	check(rows, TABLE_COUNT(rows), &(struct maillog_settings){.period = &period});
}

/* One login of two hosts is two customers, though Exim's own log names no host. */
static void test_hosts(void **state)
{
	struct account_place first = {.host = "a"}, second = {.host = "b"};
	struct seen seen = {.short_form = true};
	struct report report;
	struct err err = ERR_INIT;
	struct maillog *log = log_new(&seen, &report, &(struct maillog_settings){0});

	(void)state;
	maillog_begin(log, &first, ANCHOR);
	maillog_set_host(log, SPAN("web1"));
	log_feed(log, SPAN(AT(1) E1 " <= a@e.example U=bob P=local S=1\n"));
	maillog_begin(log, &second, ANCHOR);
	maillog_set_host(log, SPAN("web2"));
	log_feed(log, SPAN(AT(2) E1 " <= a@e.example U=bob P=local S=1\n"));
	maillog_begin(log, &second, ANCHOR);
	log_feed(log, SPAN(AT(3) E1 " <= a@e.example U=bob P=local S=1\n"));
	assert_int_equal(maillog_bare_end(log), 1795168803);
	assert_int_equal(maillog_end(log, &err), 0);
	assert_span_text(buf_span(&seen.text),
	    E1 " accepted who=bob@web1\n" E1 " accepted who=bob@web2\n" E1 " accepted who=bob\n",
	    "hosts");
	maillog_free(log);
	report_fini(&report);
	buf_fini(&seen.text);
}

/* The message goes over from one file to the next. */
static void test_rotated(void **state)
{
	struct account_place first = {.host = "log.1"}, second = {.host = "log"};
	struct seen seen = {.short_form = true};
	struct report report;
	struct err err = ERR_INIT;
	struct maillog *log = log_new(&seen, &report, &(struct maillog_settings){0});

	(void)state;
	maillog_begin(log, &first, ANCHOR);
	log_feed(log, SPAN(AT(1) E1 " <= a@e.example U=a P=local S=1\n"));
	maillog_begin(log, &second, ANCHOR);
	log_feed(log, SPAN(AT(2) E1 " ** r@f.example R=x: no\n" AT(2) E1 " Completed\n"));
	assert_int_equal(maillog_end(log, &err), 0);
	assert_span_text(buf_span(&seen.text), E1 " bounced who=a\n", "rotated");
	assert_int_equal(first.counts.found, 1);
	assert_int_equal(second.counts.found, 0);
	maillog_free(log);
	report_fini(&report);
	buf_fini(&seen.text);
}

/* More messages are open than there is room for: the oldest are handed on, and say so. */
static void test_many_open(void **state)
{
	const struct maillog_settings settings = {.max_open = (size_t)64 * 1024};
	struct account_place place = {.host = "log"};
	struct seen seen = {.short_form = true};
	struct report report;
	struct err err = ERR_INIT;
	struct maillog *log = log_new(&seen, &report, &settings);
	struct buf text;
	uint64_t handed_on;

	(void)state;
	buf_init(&text, 0);
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&text, AT(1) "1%05u-0001Fx-2N <= a@e.example U=a P=local S=1\n", i);
	maillog_begin(log, &place, ANCHOR);
	log_feed(log, buf_span(&text));
	handed_on = maillog_counts(log)->handed_on;
	assert_in_range(handed_on, 800, 999);
	assert_int_equal(report.number, handed_on);
	assert_int_equal(maillog_end(log, &err), 0);
	assert_int_equal(report.number, 1000);
	assert_int_equal(maillog_counts(log)->open, 1000 - handed_on);
	assert_span_text(span_head(buf_span(&seen.text), 59),
	    "100000-0001Fx-2N accepted who=a notes=end not waited for\n10", "the oldest");
	maillog_free(log);
	report_fini(&report);
	buf_fini(&seen.text);
	buf_fini(&text);
}

/* More recipients than are told apart, and than fit into the list. */
static void test_many_recipients(void **state)
{
	struct account_place place = {.host = "log"};
	struct seen seen = {.short_form = true};
	struct report report;
	struct err err = ERR_INIT;
	struct maillog *log = log_new(&seen, &report, &(struct maillog_settings){0});
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	buf_add_text(&text, AT(1) E1 " <= a@e.example U=a P=local S=1\n");
	for (unsigned i = 0; i < 2000; i++)
		buf_printf(&text, AT(2) E1 " => r%u@f.example R=x\n", i);
	maillog_begin(log, &place, ANCHOR);
	log_feed(log, buf_span(&text));
	assert_int_equal(maillog_end(log, &err), 0);
	/* Exim 4.96 cuts its list of them without a word. */
	buf_clear(&text);
	buf_add_text(&text, AT(1) E2 " <= a@e.example U=a P=local S=1 for");
	for (unsigned i = 0; text.n < 8180; i++)
		buf_printf(&text, " r%u@f.example", i % 100);
	buf_add_char(&text, '\n');
	log_feed(log, buf_span(&text));
	assert_int_equal(maillog_end(log, &err), 0);
	assert_span_text(buf_span(&seen.text),
	    E1 " accepted who=a notes=at least 1000 recipients\n" E2
	       " accepted who=a notes=at least 100 recipients\n",
	    "recipients");
	maillog_free(log);
	report_fini(&report);
	buf_fini(&seen.text);
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_exim),
	    cmocka_unit_test(test_exim_injected),
	    cmocka_unit_test(test_exim_folders),
	    cmocka_unit_test(test_exim_in_syslog),
	    cmocka_unit_test(test_postfix),
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_filter_programs),
	    cmocka_unit_test(test_filters_and_logins),
	    cmocka_unit_test(test_proxies),
	    cmocka_unit_test(test_refusals),
	    cmocka_unit_test(test_many_refusals),
	    cmocka_unit_test(test_failed_logins),
	    cmocka_unit_test(test_writers),
	    cmocka_unit_test(test_lost_lines),
	    cmocka_unit_test(test_journal),
	    cmocka_unit_test(test_journal_binary),
	    cmocka_unit_test(test_period),
	    cmocka_unit_test(test_hosts),
	    cmocka_unit_test(test_rotated),
	    cmocka_unit_test(test_many_open),
	    cmocka_unit_test(test_many_recipients),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
