#include "tests/unit/table.h"

#include "source/maillog/maillog_exim.h"

#define ID  "1abcde-0001Fx-2N"
#define ID2 "1abcde-00000001Fxy-2Nwx"

static void test_kinds(void **state)
{
	static const struct {
		const char *text;
		enum exim_kind kind;
		const char *id, *address;
	} rows[] = {
	    {ID " <= a@example.com S=1", EXIM_ARRIVAL, ID, ""},
	    {ID2 " <= a@example.com S=1", EXIM_ARRIVAL, ID2, ""},
	    {ID " (= a@example.com S=1", EXIM_ARRIVAL, ID, ""},
	    {ID " => r@example.net R=x T=y A=other:login C=\"250 A=x:y\"", EXIM_DELIVERED, ID,
		"r@example.net"},
	    {ID " => carl <r@example.net> R=x", EXIM_DELIVERED, ID, "r@example.net"},
	    {ID " => |/bin/x (carl@example.com) <r@example.net> R=x", EXIM_DELIVERED, ID,
		"r@example.net"},
	    {ID " -> r@example.net R=x", EXIM_DELIVERED, ID, "r@example.net"},
	    {ID " >> r@example.net R=x", EXIM_DELIVERED, ID, "r@example.net"},
	    {ID " *> r@example.net R=x", EXIM_DELIVERED, ID, "r@example.net"},
	    {ID " == r@example.net R=x defer (-44): y", EXIM_DEFERRED, ID, "r@example.net"},
	    {ID " ** r@example.net R=x: y", EXIM_FAILED, ID, "r@example.net"},
	    {ID " => \"a <b@x> c\"@example.net R=x", EXIM_DELIVERED, ID,
		"\"a <b@x> c\"@example.net"},
	    {ID " => :blackhole: <r@example.net> R=x", EXIM_DELIVERED, ID, "r@example.net"},
	    {ID " Completed", EXIM_COMPLETED, ID, ""},
	    {ID " Completed QT=3s", EXIM_COMPLETED, ID, ""},
	    {ID " Completed forged", EXIM_OTHER, ID, ""},
	    {ID " Frozen", EXIM_OTHER, ID, ""},
	    {ID " H=(x) [192.0.2.1] F=<a@b> rejected after DATA: no", EXIM_REJECTED, ID, ""},
	    {ID " H=(x) [192.0.2.1] F=<a@b> rejected during MIME ACL checks: no", EXIM_REJECTED, ID,
		""},
	    {ID " U=carl F=<a@b> rejected after DATA", EXIM_REJECTED, ID, ""},
	    {ID " F=<a@b> rejected by non-SMTP ACL: no", EXIM_REJECTED, ID, ""},
	    {ID " SMTP error: rejected after DATA", EXIM_OTHER, ID, ""},
	    {ID " DKIM: d=e.example s=s c=relaxed/relaxed a=rsa-sha256 b=2048 i=@e.example "
		"[verification succeeded]",
		EXIM_OTHER, ID, ""},
	    {ID " DKIM: d=e.example s=s c=relaxed/relaxed a=rsa-sha256 b=2048 i=x",
		EXIM_SIGNATURE_CUT, ID, ""},
	    {ID " => f@x.example (a@b) (c@d) (e@f) (g@h) (i@j) <r@example.net> R=x", EXIM_DELIVERED,
		ID, "r@example.net"},
	    {"SMTP connection identification H=localhost A=127.0.0.1 P=5 U=carl ID=1001 "
	     "S=a@example.com B=identify_local_connection",
		EXIM_CONNECTION, "", ""},
	    {"SMTP connection identification H=localhost A=x P=5 U=carl B=redirect_resolver",
		EXIM_OTHER, "", ""},
	    {ID " Sender identification U=carl D=example.com S=a@example.com", EXIM_SENDER, ID, ""},
	    {ID " SMTP connection identification H=localhost A=127.0.0.1 P=1 M=" ID
		" U=carl ID=1001 S=a@example.com B=identify_local_connection",
		EXIM_ACCOUNT, ID, ""},
	    {ID " Sender identification U=carl D=d S=x B=redirect_resolver", EXIM_OTHER, ID, ""},
	    {ID " Sender identification D=d S=U=other", EXIM_OTHER, ID, ""},
	    {ID " SMTP connection outbound 1 " ID " example.com r@example.net", EXIM_OTHER, ID, ""},
	    {"cwd=/home/carl 3 args: /usr/sbin/sendmail -t -i", EXIM_FOLDER, "", ""},
	    {"cwd=/home/carl 2 args: /usr/sbin/exim -bp", EXIM_OTHER, "", ""},
	    {"cwd=/home/carl 3 args: /usr/sbin/exim -Mc " ID, EXIM_OTHER, "", ""},
	    {"cwd=/home/carl 2 args: /usr/sbin/exim -q30m", EXIM_OTHER, "", ""},
	    {"cwd=/home/carl/a", EXIM_FOLDER_CUT, "", ""},
	    {"cwd=/home/carl 4 args: /usr/sbin/sendmail -t -i", EXIM_FOLDER_CUT, "", ""},
	    {"plain authenticator failed for (x) [192.0.2.9]:25: 535 no (set_id=a)",
		EXIM_LOGIN_FAILED, "", ""},
	    {"H=(x) [192.0.2.9] F=<a@b> rejected RCPT <c@d>: no", EXIM_REFUSED, "", "c@d"},
	    {"H=(x) [192.0.2.9] F=<a@b> temporarily rejected RCPT <c@d>: later", EXIM_REFUSED, "",
		"c@d"},
	    {"H=(x) [192.0.2.9] rejected MAIL <a@b>: no", EXIM_REFUSED, "", ""},
	    {"H=(x) [192.0.2.9] rejected EHLO or HELO x: no", EXIM_OTHER, "", ""},
	    {"Start queue run: pid=1", EXIM_OTHER, "", ""},
	    {"1abcde-0001F-2N <= short@example.com", EXIM_OTHER, "", ""},
	    {"", EXIM_OTHER, "", ""},
	    {ID " <= ", EXIM_ODD, ID, ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct exim_entry entry;

		exim_entry_read(span_of(rows[i].text), &entry);
		assert_row(entry.kind == rows[i].kind, rows[i].text);
		assert_span_text(entry.id, rows[i].id, rows[i].text);
		assert_span_text(entry.address, rows[i].address, rows[i].text);
	}
}

struct arrival_row {
	const char *rest;
	const char *sender, *ip, *login, *user, *message_id, *subject, *recipients;
	bool suspicious;
};

static void check_arrivals(const struct arrival_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct exim_arrival a;
		const char *name = rows[i].rest;

		assert_row(exim_arrival_read(span_of(name), &a), name);
		assert_span_text(a.sender, rows[i].sender, name);
		assert_span_text(a.ip, rows[i].ip, name);
		assert_span_text(a.login, rows[i].login, name);
		assert_span_text(a.user, rows[i].user, name);
		assert_span_text(a.message_id, rows[i].message_id, name);
		assert_span_text(a.subject, rows[i].subject, name);
		assert_span_text(a.recipients, rows[i].recipients, name);
		assert_row(a.is_suspicious == rows[i].suspicious, name);
	}
}

#define CLIENT "H=(c) [198.51.100.7]:54321 "

static void test_arrivals(void **state)
{
	static const struct arrival_row rows[] = {
	    {"a@example.com " CLIENT "P=esmtpsa X=TLS1.3:A:256 CV=no A=plain:a@example.com S=1 "
	     "id=m@example.com T=\"x\" for r@example.net s@example.net",
		"a@example.com", "198.51.100.7", "a@example.com", "", "m@example.com", "x",
		"r@example.net s@example.net", false},
	    {"a@example.com U=carl P=local S=300", "a@example.com", "", "", "carl", "", "", "",
		false},
	    {"a@example.com U=spaced user P=local S=300", "a@example.com", "", "", "spaced user",
		"", "", "", false},
	    {"<> R=" ID " U=Debian-exim P=local S=1 T=\"Mail delivery failed\"", "", "", "",
		"Debian-exim", "", "Mail delivery failed", "", false},
	    {"a@example.com H=name.example (helo) [198.51.100.7] I=[192.0.2.1]:25 P=esmtps "
	     "X=TLS DN=\"/CN=x\" S=1 M8S=0 RT=0.1s id*=m@h",
		"a@example.com", "198.51.100.7", "", "", "m@h", "", "", false},
	    {"a@example.com H=[198.51.100.7]:25 P=smtp S=1", "a@example.com", "198.51.100.7", "",
		"", "", "", "", false},
	    {"a@example.com H=([IPv6:2001:db8::25]) [2001:db8::25]:1234 P=esmtp S=1",
		"a@example.com", "2001:db8::25", "", "", "", "", "", false},
	    {"a@example.com H=(x) P=local-esmtp U=carl S=1", "a@example.com", "", "", "", "", "",
		"", true}, /* U= comes in front of P= */
	    {"a@example.com H=(x) U=carl P=local-esmtp S=1", "a@example.com", "", "", "carl", "",
		"", "", false},
	    {"a@example.com " CLIENT "P=esmtpa A=login S=1", "a@example.com", "198.51.100.7", "",
		"", "", "", "", false},
	    {"a@example.com " CLIENT "P=esmtpa L. TFO* A=p:a PRDR K S=1 DKIM=example.com ARC "
	     "DMARC=pass SPF=pass Q=x from <a@example.com> for r@example.net",
		"a@example.com", "198.51.100.7", "a", "", "", "", "r@example.net", false},
	    {"a@example.com " CLIENT "P=esmtpa A=p:a S=1 T=\"\" for r@example.net", "a@example.com",
		"198.51.100.7", "a", "", "", "", "r@example.net", false},
	    {"a@example.com " CLIENT "I=[192.0.2.1]:25 P=esmtpa L.- A=p:a S=1 M8S=0 RT=0.001s "
	     "T=\"x\" from <a@example.com> for r@example.net",
		"a@example.com", "198.51.100.7", "a", "", "", "x", "r@example.net", false},
	    {"a@example.com " CLIENT "P=esmtpa L*- TFO* A=p:a S=1", "a@example.com", "198.51.100.7",
		"a", "", "", "", "", false},
	    /* HELO behind AUTH takes the "a" off the protocol, and not the login. */
	    {"a@example.com " CLIENT "P=smtp A=p:a S=1", "a@example.com", "198.51.100.7", "a", "",
		"", "", "", false},
	    {"a@example.com " CLIENT "P=smtps X=TLS:1 CV=yes DN=\"CN=a\" A=p:a S=1",
		"a@example.com", "198.51.100.7", "a", "", "", "", "", false},
	    /* +smtp_mailauth: behind the login is what the client said of the sender (AUTH=). */
	    {"a@example.com " CLIENT "P=esmtpa A=p:a@example.com:other@example.com S=1",
		"a@example.com", "198.51.100.7", "a@example.com", "", "", "", "", false},
	    {"a@example.com " CLIENT "P=esmtpa A=p:a:other@example.com S=1", "a@example.com",
		"198.51.100.7", "a", "", "", "", "", false},
	    {"a@example.com " CLIENT "P=esmtpa A=p:a@example.com:x S=1", "a@example.com",
		"198.51.100.7", "a@example.com", "", "", "", "", false},
	    {"a@example.com " CLIENT "P=esmtpa A=p:a:example.com S=1", "a@example.com",
		"198.51.100.7", "a:example.com", "", "", "", "", false},
	    {"a@example.com " CLIENT "P=esmtpsa X=TLS:1 CV=no DN=\"CN=a\\\" A=p:other PRX=\\\"b\" "
	     "SNI=mail.example A=p:a S=1",
		"a@example.com", "198.51.100.7", "a", "", "", "", "", false},
	};

	(void)state;
	check_arrivals(rows, TABLE_COUNT(rows));
}

/* What the sender wrote looks like fields: no login and no address is made of it. */
static void test_forged(void **state)
{
	static const struct arrival_row rows[] = {
	    {"a@example.com " CLIENT "P=esmtpa A=p:a S=1 T=\"x\\\" A=fixed_plain:other@example.com "
	     "for nobody\" for r@e.example",
		"a@example.com", "198.51.100.7", "a", "", "",
		"x\\\" A=fixed_plain:other@example.com for nobody", "r@e.example", false},
	    {"\"x H=good [192.0.2.50] P=esmtpa A=fixed_plain:other\"@example.com " CLIENT
	     "P=esmtpa A=p:a S=1",
		"\"x H=good [192.0.2.50] P=esmtpa A=fixed_plain:other\"@example.com",
		"198.51.100.7", "a", "", "", "", "", false},
	    {"a@example.com " CLIENT "P=esmtpa A=p:john doe P=x A=y S=224", "a@example.com",
		"198.51.100.7", "john doe P=x A=y", "", "", "", "", true},
	    {"a@example.com H=(x) [192.0.2.200] P=esmtpa A=p:other@example.com () "
	     "[198.51.100.7]:54321 P=esmtp S=1",
		"a@example.com", "198.51.100.7", "", "", "", "", "", true},
	    {"a@example.com H=(x) [192.0.2.200] P=esmtpa A=p:other@example.com () "
	     "[198.51.100.7]:54321 P=esmtpa A=p:a S=1",
		"a@example.com", "198.51.100.7", "", "", "", "", "", true},
	    {"a@example.com H=(x) [192.0.2.200] P=smtp () [198.51.100.7]:5 P=esmtpa A=p:a S=1",
		"a@example.com", "198.51.100.7", "a", "", "", "", "", true},
	    /* A whole line within what the client calls itself. */
	    {"a@example.com H=(x) [192.0.2.200]:1 P=esmtpa A=p:other S=1 id=z T=\"x\" for y () "
	     "[198.51.100.7]:54321 P=esmtp S=1 for r@e.example",
		"a@example.com", "", "", "", "z", "x",
		"y () [198.51.100.7]:54321 P=esmtp S=1 for r@e.example", true},
	    {"a@example.com " CLIENT "P=esmtpa A=p:a S=1 id=\"a b A=z\"@example.com",
		"a@example.com", "198.51.100.7", "a", "", "\"a b A=z\"@example.com", "", "", false},
	    {"a@example.com " CLIENT
	     "P=esmtpa A=p:a S=1 for \"x A=p:other S=2\"@e.example r@e.example",
		"a@example.com", "198.51.100.7", "a", "", "", "",
		"\"x A=p:other S=2\"@e.example r@e.example", false},
	    /* A quote in a login, a name of a client or a server hides nothing behind it. */
	    {"a@example.com " CLIENT "P=esmtpa A=p:a\"b S=1 id=m@h T=\"x\" for r@e.example",
		"a@example.com", "198.51.100.7", "a\"b", "", "m@h", "x", "r@e.example", true},
	    {"a@example.com H=(a\"b) [198.51.100.7] P=esmtpa A=p:a S=1 T=\"x\" for r@e.example",
		"a@example.com", "198.51.100.7", "a", "", "", "x", "r@e.example", false},
	    {"a@example.com " CLIENT "P=esmtpsa X=TLS:1 SNI=a\" A=p:a S=1 T=\"x\" for r@e.example",
		"a@example.com", "198.51.100.7", "a", "", "", "x", "r@e.example", false},
	    /* The sender that a client with a login named. */
	    {"a@example.com " CLIENT "P=esmtpa A=p:a@example.com:x PRX=y A=z@example.com S=1",
		"a@example.com", "198.51.100.7", "a@example.com", "", "", "", "", true},
	    /* The name in a client's certificate, of which OpenSSL escapes no quotes: without a
	     * login, with one, and with a whole line in it. */
	    {"a@example.com " CLIENT "P=esmtps X=TLS:1 CV=no DN=\"/CN=a\" A=p:other PRX=\"b\" S=1",
		"a@example.com", "198.51.100.7", "", "", "", "", "", true},
	    {"a@example.com " CLIENT
	     "P=esmtps X=TLS:1 CV=no DN=\"/CN=a\" A=p:other S=9 T=\"b\" S=1",
		"a@example.com", "198.51.100.7", "", "", "", "b", "", true},
	    {"a@example.com " CLIENT
	     "P=esmtpsa X=TLS:1 CV=no DN=\"/CN=a\" A=p:other PRX=\"b\" A=p:a S=1",
		"a@example.com", "198.51.100.7", "", "", "", "", "", true},
	    {"a@example.com " CLIENT
	     "P=esmtpsa X=TLS:1 CV=no DN=\"/CN=a\" A=p:other S=9 T=\"b\" A=p:a S=1 T=\"x\"",
		"a@example.com", "198.51.100.7", "", "", "", "b", "", true},
	    {"a@example.com " CLIENT "P=esmtpsa X=TLS:1 CV=no DN=\"/CN=a\" A=p:other S=9 T=\"\\\" "
	     "A=p:a S=1 T=\"x\\\"y\" for r@e.example",
		"a@example.com", "198.51.100.7", "", "", "", "\\", "r@e.example", true},
	    {"a@example.com " CLIENT "P=esmtpsa X=TLS:1 CV=no DN=\"/CN=a\" A=p:other PRX=b\" A=p:a "
	     "S=1 T=\"x\"",
		"a@example.com", "198.51.100.7", "", "", "", "x", "", true},
	    {"a@example.com H=(x) [192.0.2.1] P=esmtpa () [198.51.100.7] P=esmtps X=TLS:1 CV=no "
	     "DN=\"/CN=a\" A=p:other PRX=\"b\" S=1",
		"a@example.com", "198.51.100.7", "", "", "", "", "", true},
	    {"a@example.com " CLIENT
	     "P=esmtps X=TLS:1 CV=no DN=\"/CN=a\" P=esmtpa A=p:other PRX=\"b\" S=1",
		"a@example.com", "198.51.100.7", "", "", "", "", "", true},
	    {"a@example.com H=(x) [192.0.2.1] P=esmtpa A=p:other () [198.51.100.7] P=esmtp S=1",
		"a@example.com", "198.51.100.7", "", "", "", "", "", true},
	    {"a@example.com " CLIENT "P=esmtps X=TLS:1 CV=no DN=\"/CN=a\" A=p:other K=\"b\" S=1",
		"a@example.com", "198.51.100.7", "", "", "", "", "", true},
	    /* A quote in it alone is no reason to doubt the only login. */
	    {"a@example.com " CLIENT "P=esmtpsa X=TLS:1 CV=no DN=\"/CN=a \"b\" c\" A=p:a S=1",
		"a@example.com", "198.51.100.7", "a", "", "", "", "", true},
	    {"a@example.com " CLIENT "P=esmtps X=TLS:1 SNI=\"a\" A=p:other PRX=\"b\" S=1",
		"a@example.com", "198.51.100.7", "", "", "", "", "", true},
	    /* A quote in the id of the message does not reach into the subject. */
	    {"a@example.com U=bob P=local S=1 id=a\"b@example.com T=\"hello my friend\" for r@e",
		"a@example.com", "", "", "bob", "a\"b@example.com", "hello my friend", "r@e",
		false},
	    /* What is odd behind S= does not hide who it was, where no client wrote in front. */
	    {"a@example.com U=bob P=local S=1 id=a b A=p:other@example.com S=3@e T=\"x\"",
		"a@example.com", "", "", "bob", "a", "x", "", true},
	    {"a@example.com H=(x) U=bob P=local-esmtp S=1 id=a b T=\"x\"", "a@example.com", "", "",
		"bob", "a", "x", "", true},
	    /* Nor where one wrote, when it was no address that Exim puts behind. */
	    {"a@example.com " CLIENT "P=esmtpa A=p:a S=1 id=a b S=2 T=\"x\"", "a@example.com",
		"198.51.100.7", "a", "", "a", "x", "", true},
	    {"a@example.com H=(x) U=other P=local S=1 id=z () U=bob P=local-esmtp S=2",
		"a@example.com", "", "", "", "z", "", "", true},
	    /* U= of a client is what its host says of it. */
	    {"a@example.com " CLIENT "U=x P=esmtpa A=p:other P=local S=1", "a@example.com",
		"198.51.100.7", "other P=local", "x", "", "", "", true},
	};

	(void)state;
	check_arrivals(rows, TABLE_COUNT(rows));
}

static void test_args(void **state)
{
	static const struct {
		const char *text, *folder;
	} rows[] = {
	    {"/home/carl 3 args: /usr/sbin/sendmail -t -i", "/home/carl"},
	    {"/home/carl/a b 3 args: c 3 args: /usr/sbin/sendmail -t -i",
		"/home/carl/a b 3 args: c"},
	    {"/home/carl 2 args: a \"b c\"", "/home/carl"},
	    {"/home/carl 3 args: a 1 args: b", "/home/carl 3 args: a"},
	    {"/home/carl 5 args: /usr/sbin/sendmail -t -i a\"b c", "/home/carl"},
	    {"/home/carl 4 args: sendmail -t -i \"x 1 args: y\"", "/home/carl"},
	    {"/home/carl 1 args: a 1 args: b 1 args: c 2 args: d 2 args: e f",
		"/home/carl 1 args: a 1 args: b 1 args: c 2 args: d"},
	    {"/home/carl 2 args: a", NULL},
	    {"/home/carl args: a", NULL},
	    {"/home/carl", NULL},
	    {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span folder, args;
		bool is = exim_args_read(span_of(rows[i].text), &folder, &args);

		assert_row(is == (rows[i].folder != NULL), rows[i].text);
		if (is)
			assert_span_text(folder, rows[i].folder, rows[i].text);
	}
}

static void test_failed_logins(void **state)
{
	static const struct {
		const char *text, *ip, *login;
	} rows[] = {
	    {"p authenticator failed for (x) [192.0.2.9]:25: 535 Incorrect (set_id=a)", "192.0.2.9",
		"a"},
	    {"p authenticator failed for h.example (x) [192.0.2.9]: 535 I (set_id=john P=x A=y)",
		"192.0.2.9", "john P=x A=y"},
	    {"p authenticator failed for H=(x) [2001:db8::9]:25: 535 I", "2001:db8::9", ""},
	    {"p authenticator failed for (x) [192.0.2.9]:25: 535 I (set_id=a) [192.0.2.1])",
		"192.0.2.9", "a) [192.0.2.1]"},
	    {"p authenticator failed for (x) [192.0.2.9]:25: 535 I (set_id=a [192.0.2.1]: b)",
		"192.0.2.9", "a [192.0.2.1]: b"},
	    {"p authenticator failed for (x\"y) [192.0.2.9]:25: 535 I (set_id=a)", "192.0.2.9",
		"a"},
	    {"p authenticator failed for (x) [192.0.2.9]:25: 435 Unable to authenticate at present "
	     "(set_id=a): no such server",
		"192.0.2.9", "a"},
	    /* Two that may be the client, since it may call itself anything: none of them. */
	    {"p authenticator failed for (x) [192.0.2.50]: 535 y) [192.0.2.9]:25: 535 I "
	     "(set_id=a)",
		"", "a"},
	    {"p authenticator failed for (x [192.0.2.50]: y) [192.0.2.9]:25: 535 I (set_id=a)", "",
		"a"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct exim_entry entry;

		exim_entry_read(span_of(rows[i].text), &entry);
		assert_row(entry.kind == EXIM_LOGIN_FAILED, rows[i].text);
		assert_span_text(entry.ip, rows[i].ip, rows[i].text);
		assert_span_text(entry.login, rows[i].login, rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_arrivals),
	    cmocka_unit_test(test_forged),
	    cmocka_unit_test(test_args),
	    cmocka_unit_test(test_failed_logins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
