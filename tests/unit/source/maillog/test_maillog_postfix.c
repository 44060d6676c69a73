#include <stdio.h>

#include "tests/unit/table.h"

#include "source/maillog/maillog_postfix.h"

static void test_entries(void **state)
{
	static const struct {
		const char *service, *text;
		enum postfix_kind kind;
		const char *id, *client, *login, *address, *other;
	} rows[] = {
	    {"smtpd",
		"A1B2C3: client=n.example[192.0.2.9], sasl_method=PLAIN, sasl_username=u@e.example",
		POSTFIX_CLIENT, "A1B2C3", "192.0.2.9", "u@e.example", "", ""},
	    {"smtpd", "A1B2C3: client=unknown[192.0.2.9]:4711", POSTFIX_CLIENT, "A1B2C3",
		"192.0.2.9", "", "", ""},
	    {"smtpd",
		"A1B2C3: client=n[2001:db8::25], sasl_method=LOGIN, sasl_username=u, "
		"sasl_sender=x@y",
		POSTFIX_CLIENT, "A1B2C3", "2001:db8::25", "u", "", ""},
	    {"smtpd", "A1B2C3: client=::1[::1]", POSTFIX_CLIENT, "A1B2C3", "::1", "", "", ""},
	    {"smtpd", "A1B2C3: client=unknown[unknown]", POSTFIX_CLIENT, "A1B2C3", "", "", "", ""},
	    {"smtpd",
		"A1B2C3: client=n[192.0.2.9], sasl_method=PLAIN, sasl_username=v, "
		"sasl_username=other",
		POSTFIX_CLIENT, "A1B2C3", "192.0.2.9", "v, sasl_username=other", "", ""},
	    {"smtpd", "4dGxyz1234AbcZ: client=n[192.0.2.9]", POSTFIX_CLIENT, "4dGxyz1234AbcZ",
		"192.0.2.9", "", "", ""},
	    {"smtpd",
		"A1B2C3: client=localhost[127.0.0.1], orig_queue_id=D4E5F6, "
		"orig_client=n[192.0.2.9]",
		POSTFIX_CLIENT, "A1B2C3", "127.0.0.1", "", "", "D4E5F6"},
	    {"smtpd",
		"A1B2C3: client=n[192.0.2.9], sasl_method=PLAIN, sasl_username=u, "
		"orig_queue_id=D4E5F6",
		POSTFIX_CLIENT, "A1B2C3", "192.0.2.9", "u, orig_queue_id=D4E5F6", "", ""},
	    {"smtpd", "NOQUEUE: client=n[192.0.2.9], sasl_method=PLAIN, sasl_username=u",
		POSTFIX_HANDED, "", "192.0.2.9", "u", "", ""},
	    {"smtpd", "NOQUEUE: client=broken", POSTFIX_ODD, "", "", "", "", ""},
	    {"smtpd",
		"NOQUEUE: reject: RCPT from n[192.0.2.9]: 554 x; from=<a@e> to=<r@f> proto=ESMTP "
		"helo=<x; from=<o@e> to=<p@f>",
		POSTFIX_REFUSED, "", "192.0.2.9", "", "o@e", ""},
	    {"smtpd",
		"NOQUEUE: reject: RCPT from n[192.0.2.9]: 554 x; from=<a@e> to=<r@f> proto=ESMTP",
		POSTFIX_REFUSED, "", "192.0.2.9", "", "a@e", ""},
	    {"smtpd", "A1B2C3: reject: RCPT from n[192.0.2.9]: 554 x", POSTFIX_REFUSED, "A1B2C3",
		"192.0.2.9", "", "", ""},
	    {"postscreen", "NOQUEUE: reject: RCPT from [192.0.2.9]:4: 554 x; from=<a@e>, to=<r@f>",
		POSTFIX_REFUSED, "", "192.0.2.9", "", "a@e>, to=<r@f>", ""},
	    {"smtpd", "NOQUEUE: reject_warning: RCPT from n[192.0.2.9]: 554 x", POSTFIX_OTHER, "",
		"", "", "", ""},
	    {"smtpd",
		"NOQUEUE: proxy-reject: END-OF-MESSAGE: 554 no; from=<a@e> to=<r@f> proto=ESMTP "
		"helo=<x>",
		POSTFIX_REFUSED, "", "", "", "a@e", ""},
	    {"smtpd",
		"NOQUEUE: proxy-accept: END-OF-MESSAGE from n[192.0.2.9]: 250 2.0.0 Ok: queued as "
		"D4E5F6; from=<a@e> to=<r@f> proto=ESMTP helo=<x>",
		POSTFIX_PROXIED, "", "", "", "a@e", "D4E5F6"},
	    {"smtpd",
		"proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as D4E5F6; from=<a@e> to=<r@f> "
		"proto=ESMTP helo=<x>",
		POSTFIX_PROXIED, "", "", "", "a@e", "D4E5F6"},
	    {"smtpd",
		"NOQUEUE: proxy-accept: END-OF-MESSAGE: 250 Ok; from=<x; queued as D4E5F6; "
		"from=<y>",
		POSTFIX_OTHER, "", "", "", "y>", ""},
	    {"smtpd", "A1B2C3: filter: RCPT from n[192.0.2.9]: <u@e>: triggers FILTER x",
		POSTFIX_FILTER, "A1B2C3", "", "", "", ""},
	    {"smtpd", "NOQUEUE: filter: RCPT from n[192.0.2.9]: <u@e>: triggers FILTER x",
		POSTFIX_FILTER, "", "", "", "", ""},
	    {"smtpd", "connect from n[192.0.2.9]", POSTFIX_SESSION, "", "", "", "", ""},
	    {"smtpd", "disconnect from n[192.0.2.9] ehlo=1", POSTFIX_SESSION, "", "", "", "", ""},
	    {"smtpd", "A1B2C3: client=broken", POSTFIX_ODD, "A1B2C3", "", "", "", ""},
	    {"pickup", "A1B2C3: uid=1001 from=<a@e.example>", POSTFIX_LOCAL, "A1B2C3", "", "",
		"a@e.example", ""},
	    {"pickup", "A1B2C3: uid=1001 from=<a@e.example> orig_id=D4E5F6", POSTFIX_LOCAL,
		"A1B2C3", "", "", "a@e.example", "D4E5F6"},
	    {"pickup", "A1B2C3: uid=0 from=<>", POSTFIX_LOCAL, "A1B2C3", "", "", "", ""},
	    {"cleanup", "A1B2C3: message-id=<x@y>", POSTFIX_MESSAGE_ID, "A1B2C3", "", "", "", ""},
	    {"cleanup", "A1B2C3: milter-reject: END-OF-MESSAGE from n[192.0.2.9]: 5.7.1 no",
		POSTFIX_REJECTED, "A1B2C3", "", "", "", ""},
	    {"cleanup", "A1B2C3: warning: header From: x from local; from=<a>", POSTFIX_OTHER,
		"A1B2C3", "", "", "", ""},
	    {"qmgr", "A1B2C3: from=<a@e.example>, size=450, nrcpt=2 (queue active)", POSTFIX_QUEUED,
		"A1B2C3", "", "", "a@e.example", ""},
	    {"qmgr",
		"A1B2C3: from=<\"x>, size=1, nrcpt=99 (queue active)\"@e.example>, size=4, nrcpt=1 "
		"(q",
		POSTFIX_QUEUED, "A1B2C3", "", "",
		"\"x>, size=1, nrcpt=99 (queue active)\"@e.example", ""},
	    {"qmgr", "A1B2C3: from=<a@e.example>, status=expired, returned to sender",
		POSTFIX_EXPIRED, "A1B2C3", "", "", "", ""},
	    {"qmgr", "A1B2C3: removed", POSTFIX_REMOVED, "A1B2C3", "", "", "", ""},
	    {"smtp",
		"A1B2C3: to=<r@e.example>, relay=h[192.0.2.1]:25, delay=1, delays=1/2/3/4, "
		"dsn=2.0.0, "
		"status=sent (250 queued as D4E5F6)",
		POSTFIX_RECIPIENT, "A1B2C3", "", "", "r@e.example", ""},
	    {"smtp",
		"A1B2C3: to=<r@e.example>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
		"delays=1/2/3/4, "
		"dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: "
		"queued as D4E5F6)",
		POSTFIX_RECIPIENT, "A1B2C3", "", "", "r@e.example", "D4E5F6"},
	    {"lmtp",
		"A1B2C3: to=<\"b>, relay=x, dsn=2.0.0, status=sent (x\"@e.example>, "
		"orig_to=<o@e.example>, relay=h[192.0.2.1]:24, dsn=5.1.1, status=bounced (no, "
		"status=sent (x)",
		POSTFIX_RECIPIENT, "A1B2C3", "", "",
		"\"b>, relay=x, dsn=2.0.0, status=sent (x\"@e.example", ""},
	    {"bounce", "A1B2C3: sender non-delivery notification: D4E5F6", POSTFIX_NOTIFICATION,
		"A1B2C3", "", "", "", "D4E5F6"},
	    {"smtpd", "warning: n[192.0.2.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
		POSTFIX_LOGIN_FAILED, "", "192.0.2.9", "", "", ""},
	    {"smtpd",
		"warning: n[192.0.2.9]: SASL PLAIN authentication failed: x, sasl_username=a b",
		POSTFIX_LOGIN_FAILED, "", "192.0.2.9", "a b", "", ""},
	    {"smtpd", "warning: hostname x does not resolve to address 192.0.2.9", POSTFIX_OTHER,
		"", "", "", "", ""},
	    /* What one program says, another does not. */
	    {"cleanup", "A1B2C3: client=n[192.0.2.9]", POSTFIX_OTHER, "A1B2C3", "", "", "", ""},
	    {"cleanup", "A1B2C3: message-id=x, from=<a>, size=1, nrcpt=1 (q)", POSTFIX_MESSAGE_ID,
		"A1B2C3", "", "", "", ""},
	    {"smtpd", "", POSTFIX_OTHER, "", "", "", "", ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct postfix_entry entry;
		const char *name = rows[i].text;

		postfix_entry_read(span_of(rows[i].service), span_of(name), &entry);
		assert_row(entry.kind == rows[i].kind, name);
		assert_span_text(entry.id, rows[i].id, name);
		assert_span_text(entry.client, rows[i].client, name);
		assert_span_text(entry.login, rows[i].login, name);
		assert_span_text(entry.address, rows[i].address, name);
		assert_span_text(entry.other, rows[i].other, name);
	}
}

static void test_original_client(void **state)
{
	struct postfix_entry entry;

	(void)state;
	postfix_entry_read(SPAN("smtpd"),
	    SPAN("A1B2C3: client=localhost[127.0.0.1], orig_queue_id=D4E5F6, "
		 "orig_client=n[192.0.2.9]"),
	    &entry);
	assert_span_text(entry.orig_client, "192.0.2.9", "orig_client");
	assert_false(entry.is_suspicious);
}

/* What who logged in says of himself is no word of a filter's about him. */
static void test_original_client_of_login(void **state)
{
	static const struct {
		const char *behind, *login;
		bool is_suspicious;
	} rows[] = {
	    {"u", "u", false},
	    {"u, sasl_sender=x@y", "u", false},
	    {"u, sasl_sender=<x, orig_client=n[203.0.113.9]>", "u", true},
	    {"u, sasl_sender=<x, orig_queue_id=D4E5F6, orig_client=n[203.0.113.9]", "u", true},
	    {"u, orig_client=n[203.0.113.9]", "u, orig_client=n[203.0.113.9]", true},
	    {"u, orig_queue_id=D4E5F6", "u, orig_queue_id=D4E5F6", true},
	    {"u, sasl_sender=x, sasl_username=v", "u", true},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		char line[256];
		struct postfix_entry entry;

		snprintf(line, sizeof(line),
		    "A1B2C3: client=n[192.0.2.9], sasl_method=PLAIN, sasl_username=%s",
		    rows[i].behind);
		postfix_entry_read(SPAN("smtpd"), span_of(line), &entry);
		assert_row(entry.kind == POSTFIX_CLIENT, line);
		assert_span_text(entry.client, "192.0.2.9", line);
		assert_span_text(entry.orig_client, "", line);
		assert_span_text(entry.other, "", line);
		assert_span_text(entry.login, rows[i].login, line);
		assert_row(entry.is_suspicious == rows[i].is_suspicious, line);
	}
}

static void test_subject(void **state)
{
	struct postfix_entry entry;

	(void)state;
	postfix_entry_read(SPAN("cleanup"),
	    SPAN("A1B2C3: warning: header Subject: x from good[192.0.2.1]; from=<o@e.example> "
		 "to=<x> "
		 "proto=ESMTP helo=<y> from n[192.0.2.9]; from=<a@e.example> to=<r> proto=ESMTP "
		 "helo=<z>"),
	    &entry);
	assert_int_equal(entry.kind, POSTFIX_SUBJECT);
	assert_span_text(entry.subject,
	    "x from good[192.0.2.1]; from=<o@e.example> to=<x> proto=ESMTP helo=<y>", "subject");
}

static void test_amavis(void **state)
{
	static const struct {
		const char *text, *id, *next;
	} rows[] = {
	    {"(123-05) Passed CLEAN {RelayedOutbound}, ORIGINATING LOCAL [192.0.2.9]:1 <s@e> -> "
	     "<r@f>, "
	     "Queue-ID: A1B2C3, Message-ID: <x@y>, mail_id: a, Hits: -, size: 1, queued_as: "
	     "D4E5F6, 9 ms",
		"A1B2C3", "D4E5F6"},
	    {"(123-05) Passed CLEAN, [192.0.2.9] <\"a, Queue-ID: FFFFFF\"@e> -> <r@f>, Queue-ID: "
	     "A1B2C3, "
	     "Message-ID: <x, Message-ID: <y>, mail_id: a, Hits: 1.2, size: 1, queued_as: D4E5F6, "
	     "9 ms",
		"A1B2C3", "D4E5F6"},
	    {"(123-05) Passed CLEAN, [192.0.2.9] <s> -> <r>, Message-ID: <x>, Hits: 1, 9 ms", NULL,
		NULL},
	    {"(123-05) Blocked SPAM, <s> -> <r>, Queue-ID: A1B2C3, Message-ID: <x>, 9 ms", NULL,
		NULL},
	    {"", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span id, next;
		bool is = amavis_read(span_of(rows[i].text), &id, &next);

		assert_row(is == (rows[i].id != NULL), rows[i].text);
		if (!is)
			continue;
		assert_span_text(id, rows[i].id, rows[i].text);
		assert_span_text(next, rows[i].next, rows[i].text);
	}
}

static void test_roundcube(void **state)
{
	struct span id, client;

	(void)state;
	assert_true(
	    roundcube_read(SPAN("<abc> User u@e.example [192.0.2.9]; Message for r@f.example; "
				"250: 2.0.0 Ok: queued as A1B2C3"),
		&id, &client));
	assert_span_text(id, "A1B2C3", "id");
	assert_span_text(client, "192.0.2.9", "client");
	assert_false(roundcube_read(SPAN("User x; queued as A1B2C3"), &id, &client));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_entries),
	    cmocka_unit_test(test_original_client),
	    cmocka_unit_test(test_original_client_of_login),
	    cmocka_unit_test(test_subject),
	    cmocka_unit_test(test_amavis),
	    cmocka_unit_test(test_roundcube),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
