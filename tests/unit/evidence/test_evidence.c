/* The engine itself: whose header counts, swallowed headers, notes, bounces, identities, limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/evidence_table.h"

#include "evidence/trail.h"

#define NOTHING(column) "", (column), ""

static const struct evidence_row block_rows[] = {
    /* The filter writes its block last; what stands above came with the message. */
    {"X-Brand-Domain: forged.example\r\nX-Brand-Username: 192.0.2.1\r\n"
     "X-Brand-Outgoing-Evidence: forged\r\nFrom: a@example.com\r\n"
     "X-Brand-Domain: true.example\r\nX-Brand-Username: login\r\n"
     "X-Brand-Outgoing-Evidence: true\r\n",
	{{"filter-domain", COLUMN_DOMAIN, "true.example"},
	    {"filter-username", COLUMN_IP_USERNAME, "login"},
	    {"filter-outgoing-evidence", COLUMN_EVIDENCE, "true"}}},
    /* Another brand above, with more in it. */
    {"X-Forged-Domain: forged.example\r\nX-Forged-Username: forged\r\n"
     "X-Forged-Outgoing-Class: ham\r\nX-Forged-Outgoing-Evidence: forged\r\n"
     "X-brand-Domain: true.example\r\nX-Brand-Username:\r\nX-BRAND-Outgoing-Class: spam\r\n",
	{{"filter-username-domain", COLUMN_IP_USERNAME, "@true.example"},
	    {"filter-outgoing-class", COLUMN_CLASS, "spam"}, {NOTHING(COLUMN_EVIDENCE)}}},
    /* An incoming filter behind somebody's outgoing one. */
    {"X-Other-Username: web4\r\nX-Other-Outgoing-Class: unsure\r\nX-Other-Outgoing-Evidence: x\r\n"
     "X-Brand-Class: spam\r\nX-Brand-Evidence: Combined (0.93)\r\n",
	{{"filter-class", COLUMN_CLASS, "spam"},
	    {"filter-evidence", COLUMN_EVIDENCE, "Combined (0.93)"},
	    {NOTHING(COLUMN_IP_USERNAME)}}},
    {"X-Brand-Username:\r\n"
     "Authentication-Results: a.example; auth=pass smtp.auth=forged@example.com\r\n"
     "X-Brand-Outgoing-Class: spam\r\nX-Brand-Username:\r\n"
     "Authentication-Results: a.example; auth=pass smtp.auth=true@example.com\r\n"
     "X-Brand-Outgoing-Class: spam\r\n"
     "Authentication-Results: a.example; auth=pass smtp.auth=later@example.com\r\n",
	{{"filter-smtp-auth", COLUMN_IP_USERNAME, "true@example.com"}}},
    /* An empty last X-AuthUser says that nobody logged in; the one above is no evidence. */
    {"X-AuthUser: forged@example.com\r\nX-AuthUser:\r\n",
	{{NOTHING(COLUMN_AUTH_USER)}, {"", COLUMN_NOTES, "duplicate X-AuthUser"}}},
    {"X-AuthUser: forged@example.com\r\nX-AuthUser: true@example.com\r\n",
	{{"x-authuser", COLUMN_AUTH_USER, "true@example.com"},
	    {"", COLUMN_NOTES, "duplicate X-AuthUser"}}},
    /* Received is read from the top. */
    {"Received: from a (b [192.0.2.1]) (Authenticated sender: relay) by c (Postfix); x\r\n"
     "Received: from a (b [192.0.2.2]) (Authenticated sender: u@example.com) by d (Postfix); x\r\n"
     "Received: by e (Postfix, from userid 1); x\r\n"
     "Received: by f (Postfix, from userid 2); x\r\n",
	{{"received-sender", COLUMN_AUTH_SENDER, "relay"},
	    {"postfix-userid", COLUMN_QMAIL_UID, "1"},
	    {"received-client", COLUMN_IP_USERNAME, "192.0.2.1"},
	    {"", COLUMN_NOTES, "also authenticated as u@example.com"}}},
    {"Received: from a (Authenticated sender: one) by c; x\r\n"
     "Received: from a (Authenticated sender: ONE) by c; x\r\n",
	{{"", COLUMN_NOTES, ""}}},
    /* From absent, empty, without an address, doubled. */
    {"Subject: a\r\n",
	{{NOTHING(COLUMN_FROM)}, {NOTHING(COLUMN_IDENTITY)}, {"", COLUMN_NOTES, ""}}},
    {"From:\r\nSubject: a\r\n", {{NOTHING(COLUMN_FROM)}, {"subject", COLUMN_SUBJECT, "a"}}},
    {"From: \r\n \r\n\t\r\nSubject: a\r\n",
	{{NOTHING(COLUMN_FROM)}, {"subject", COLUMN_SUBJECT, "a"}}},
    {"From: \"Name\"<<>>\r\n", {{"from", COLUMN_FROM, "\"Name\"<<>>"}}},
    {"From: a@example.com\r\nFrom: b@example.com\r\n", {{"from", COLUMN_FROM, "a@example.com"}}},
    {"From:\r\nFrom: b@example.com\r\n", {{NOTHING(COLUMN_FROM)}}},
    {"From: =?UTF-8?B?YQBiDQpCY2M6IHg=?= <a@example.com>\r\n",
	{{"from", COLUMN_FROM, "a b Bcc: x <a@example.com>"}, {"", COLUMN_NOTES, ""}}},
    /* The section ends at the empty line. */
    {"Subject: a\r\n\r\nFrom: b@example.com\r\n", {{NOTHING(COLUMN_FROM)}}},
};

static const struct evidence_row swallowed_rows[] = {
    {"X-PHP-Script: example.com/x.php for 192.0.2.195\r\n X-PHP-Originating-Script: "
     "1047:Mailer.php\r\n",
	{{"php-script", COLUMN_PHP_SCRIPT, "example.com/x.php for 192.0.2.195"},
	    {"php-script-ip", COLUMN_PHP_SCRIPT_IP, "192.0.2.195"},
	    {"php-uid", COLUMN_QMAIL_UID, "1047"}, {"", COLUMN_NOTES, "header swallowed"}}},
    {"From: Shop <shop@example.com>\n Reply-To: reply@example.org\n X-Foo: bar\n"
     " X-AuthUser: u@example.com\n",
	{{"from", COLUMN_FROM, "Shop <shop@example.com>"},
	    {"reply-to", COLUMN_REPLY_TO, "reply@example.org"},
	    {"x-authuser", COLUMN_AUTH_USER, "u@example.com"},
	    {"", COLUMN_NOTES, "header swallowed"}}},
    {"MIME-Version: 1.0\r\n\tContent-type: text/html\r\n\tFROM: shop@example.com\r\n",
	{{"from", COLUMN_FROM, "shop@example.com"}, {"", COLUMN_NOTES, "header swallowed"}}},
    {"From: a@example.com\r\n  (folded\r\n comment)\r\n Cc:\r\n c@example.com\r\n",
	{{"from", COLUMN_FROM, "a@example.com (folded comment)"},
	    {"", COLUMN_NOTES, "header swallowed"}}},
    /* Ordinary folded text. */
    {"Subject: a letter\r\n From: me\r\n", {{"subject", COLUMN_SUBJECT, "a letter From: me"},
					       {NOTHING(COLUMN_FROM)}, {"", COLUMN_NOTES, ""}}},
    {"Received: from x\r\n From: y\r\n by z; w\r\n",
	{{NOTHING(COLUMN_FROM)}, {"", COLUMN_NOTES, ""}}},
    {"X-Authentication-Warning: h: u set sender to\r\n From: x\r\n",
	{{NOTHING(COLUMN_FROM)}, {"", COLUMN_NOTES, ""}}},
    {"To: a@example.com,\r\n from@example.com,\r\n Subject <s@example.com>,\r\n "
     "From:x@example.com,\r\n"
     " From : y@example.com, Fromage: z\r\n",
	{{NOTHING(COLUMN_FROM)}, {NOTHING(COLUMN_SUBJECT)}, {"", COLUMN_NOTES, ""}}},
    {"X-Get-Message-Sender-Via: h.example: authenticated_id:\r\n it@example.net\r\n",
	{{"x-get-message-sender-via", COLUMN_AUTH_SENDER, "it@example.net"},
	    {"", COLUMN_NOTES, ""}}},
};

static const struct evidence_row note_rows[] = {
    {"Received: (qmail 1 invoked by uid 89); x\r\n",
	{{"", COLUMN_NOTES, "uid of a system account"}}},
    {"Received: by x (Postfix, from userid 33); x\r\n",
	{{"", COLUMN_NOTES, "uid of a system account"}}},
    {"Received: (qmail 1 invoked by uid 10003); x\r\n", {{"", COLUMN_NOTES, ""}}},
    {"Reply-To: x@example.com\xa0\r\n", {{"", COLUMN_NOTES, "invalid charset"}}},
    {"From: =?utf-8?q?=ff=fe?= <a@example.com>\r\n", {{"", COLUMN_NOTES, "invalid charset"}}},
    /* Bad bytes in a field that fills nothing are nobody's business. */
    {"From: a@example.com\r\nX-Source-Cap: \xff\r\nX-Mailer: \xff\r\n", {{"", COLUMN_NOTES, ""}}},
};

static void test_rows(void **state)
{
	(void)state;
	evidence_run_rows(block_rows, TABLE_COUNT(block_rows), NULL);
	evidence_run_rows(swallowed_rows, TABLE_COUNT(swallowed_rows), NULL);
	evidence_run_rows(note_rows, TABLE_COUNT(note_rows), NULL);
}

struct engine {
	struct evidence *evidence;
	struct arena arena;
	struct buf block;
};

static int engine_setup(void **state)
{
	static struct engine engine;
	struct err err = ERR_INIT;

	engine.evidence = evidence_new(NULL, &err);
	arena_init(&engine.arena);
	buf_init(&engine.block, 0);
	*state = &engine;
	return engine.evidence != NULL ? 0 : -1;
}

static int engine_teardown(void **state)
{
	struct engine *engine = *state;

	evidence_free(engine->evidence);
	arena_fini(&engine->arena);
	buf_fini(&engine->block);
	return 0;
}

static struct record engine_read(struct engine *engine)
{
	return evidence_read_block(engine->evidence, &engine->arena, buf_span(&engine->block));
}

static void test_bounces(void **state)
{
	static const struct {
		const char *block;
		bool want;
	} rows[] = {
	    {"From: MAILER-DAEMON@example.com\r\n", true},
	    {"From: Mail Delivery System <Mailer-Daemon@example.com>\r\n", true},
	    {"From: MAILER-DAEMON (Mail Delivery System)\r\n", true},
	    {"From: =?utf-8?q?Mail?= <mailer-daemon>\r\n", true},
	    {"Received: (qmail 1 invoked for bounce); x\r\nFrom: a@example.com\r\n", true},
	    {"Received: from a by b; x\r\nReceived: (qmail 1 invoked for bounce); x\r\n", true},
	    {"Content-Type: multipart/report;\r\n\treport-type=delivery-status\r\n", true},
	    {"Received: (qmail 2 invoked from network); x\r\n"
	     "Received: (qmail 1 invoked for bounce); x\r\n",
		false},
	    {"Received: (qmail 2 invoked for bounce); x\r\n"
	     "Received: (qmail 1 invoked by uid 5); x\r\n",
		true},
	    {"Received: (qmail 2 invoked by uid 5); x\r\nReceived: (qmail 1 invoked for bounce); "
	     "x\r\n",
		false},
	    {"From: mailer-daemon <a@example.com>\r\n", false},
	    {"From: mailer-daemon-news@example.com\r\n", false},
	    {"From: not-a-mailer-daemon@example.com\r\n", false},
	    {"From: x=mailer-daemon=y@example.com\r\n", false},
	    {"From: postmaster@example.com\r\nReturn-Path: <>\r\n", false},
	    {"To: mailer-daemon@example.com\r\nReturn-Path: <MAILER-DAEMON@example.com>\r\n",
		false},
	    {"Content-Type: multipart/report; report-type=feedback-report\r\n", false},
	    {"Content-Type: multipart/report\r\nAuto-Submitted: auto-replied\r\n", false},
	    {"", false},
	};
	struct engine *engine = *state;

	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record =
		    evidence_read_block(engine->evidence, &engine->arena, span_of(rows[i].block));

		assert_row(record.is_bounce == rows[i].want, rows[i].block);
	}
}

static void test_identity_headers(void **state)
{
	static const char *const names[] = {"X-Customer", "X-AuthUser", "From", "X-Brand-Username"};
	static const char *const bad[] = {"X Customer"};
	const struct evidence_options options = {names, 4};
	const struct evidence_options bad_options = {bad, 1};
	static const struct evidence_row rows[] = {
	    {"X-Customer: Top One <u@EXAMPLE.com>\r\nX-Customer: below\r\nX-AuthUser: "
	     "a@example.com\r\n",
		{{"identity-header", COLUMN_IDENTITY, "u@example.com"},
		    {"x-authuser", COLUMN_AUTH_USER, "a@example.com"}}},
	    {"X-Customer:\r\nX-AuthUser: top@example.com\r\nX-AuthUser: last@example.com\r\n",
		{{"identity-header", COLUMN_IDENTITY, "top@example.com"}}},
	    {"From: =?utf-8?q?J=C3=B6?= <j@example.com>\r\n",
		{{"identity-header", COLUMN_IDENTITY, "j@example.com"}}},
	    /* One of the filter's own goes on to fill its column. */
	    {"X-Brand-Domain: d.example\r\nX-Brand-Username: web4\r\nX-Brand-Class: spam\r\n",
		{{"identity-header", COLUMN_IDENTITY, "web4"},
		    {"filter-username", COLUMN_IP_USERNAME, "web4"},
		    {"filter-domain", COLUMN_DOMAIN, "d.example"}}},
	    {"X-Authenticated-Id: u\r\n", {{"identity-auth-user", COLUMN_IDENTITY, "u"}}},
	};
	struct err err = ERR_INIT;
	struct evidence *evidence = evidence_new(&options, &err);
	struct buf list;
	struct arena arena;

	(void)state;
	assert_non_null(evidence);
	arena_init(&arena);
	buf_init(&list, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record =
		    evidence_read_block(evidence, &arena, span_of(rows[i].block));

		evidence_check(rows[i].block, &record, rows[i].want);
	}
	evidence_add_field_names(evidence, &list);
	assert_true(span_ends_nocase(buf_span(&list), SPAN(" X-Customer X-Brand-Username")));
	buf_fini(&list);
	arena_fini(&arena);
	evidence_free(evidence);
	assert_null(evidence_new(&bad_options, &err));
	assert_int_equal(err.code, ERR_USAGE);
}

static void test_field_names(void **state)
{
	static const char *const wanted[] = {"From", "To", "Reply-To", "Subject", "Message-ID",
	    "Return-Path", "Received", "Content-Type", "MIME-Version", "X-Mailer",
	    "Authentication-Results", "X-AuthUser", "X-AntiAbuse"};
	struct engine *engine = *state;
	struct span rest;

	buf_clear(&engine->block);
	buf_add_char(&engine->block, ' ');
	evidence_add_field_names(engine->evidence, &engine->block);
	buf_add_char(&engine->block, ' ');
	for (size_t i = 0; i < TABLE_COUNT(wanted); i++) {
		char name[64];

		snprintf(name, sizeof(name), " %s ", wanted[i]);
		assert_row(
		    span_find_text(buf_span(&engine->block), span_of(name)) != SPAN_NPOS, name);
	}
	for (unsigned i = 0; i < evidence_rule_count; i++)
		assert_row(evidence_rules[i].field == NULL ||
			       span_find_text_nocase(buf_span(&engine->block),
				   span_of(evidence_rules[i].field)) != SPAN_NPOS,
		    evidence_rules[i].name);
	/* Each once. */
	rest = span_trim(buf_span(&engine->block));
	while (rest.n > 0) {
		struct span name = span_head(rest, span_find(rest, ' '));

		rest = span_from(rest, name.n + 1);
		for (struct span more = rest; more.n > 0;) {
			struct span other = span_head(more, span_find(more, ' '));

			assert_false(span_eq_nocase(name, other));
			more = span_from(more, other.n + 1);
		}
	}
}

/* Names are remembered in the order in which they came; what they are does not depend on it. */
static void test_order_of_fields(void **state)
{
	static const char *const blocks[] = {
	    "From: a@example.com\r\nX-AuthUser: u\r\nX-Auth: v\r\nTo: b@example.com\r\n",
	    "From: a@example.com\r\nX-Auth: v\r\nX-AuthUser: u\r\nTo: b@example.com\r\n",
	    "To: b@example.com\r\nx-authuser: u\r\nFrom: a@example.com\r\n",
	    "X-AuthUser: u\r\nFROM: a@example.com\r\nX-AuthUserX: w\r\nTo: b@example.com\r\n",
	    "X-AuthUser : u\r\nTo: b@example.com\r\nFrom: a@example.com\r\n",
	};
	struct engine *engine = *state;

	for (size_t i = 0; i < 3 * TABLE_COUNT(blocks) * TABLE_COUNT(blocks); i++) {
		size_t n = (i * 7 + i / TABLE_COUNT(blocks)) % TABLE_COUNT(blocks);
		struct record record;

		buf_clear(&engine->block);
		buf_add_text(&engine->block, blocks[n]);
		record = engine_read(engine);
		assert_span_text(record.value[COLUMN_FROM], "a@example.com", blocks[n]);
		assert_span_text(record.value[COLUMN_TO], "b@example.com", blocks[n]);
		assert_span_text(record.value[COLUMN_AUTH_USER], "u", blocks[n]);
	}
}

/* The same as what brand_find() and guessed_fields_learn() see, but for what the rules read. */
static void test_what_it_learns(void **state)
{
	static const struct {
		const char *block, *brand, *names;
	} rows[] = {
	    {"From: a@example.com\r\n", "", ""},
	    {"X-Foo-Outgoing-Class: spam\r\nX-AuthUser: u\r\n", "Foo", ""},
	    {"X-Foo-Class: spam\r\nX-Bar-Evidence: x\r\nX-Baz-Domain: y\r\n", "Bar", ""},
	    {"X-New-Auth-User: a\r\nX-Other-SMTPAuth: b\r\nX-New-Auth-User: c\r\n", "",
		"X-New-Auth-User X-Other-SMTPAuth"},
	    {"X-Bad(-Auth-User: a\r\n", "", ""},
	};
	struct engine *engine = *state;

	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct guessed_fields set = {0};
		struct span brand = SPAN_EMPTY;
		struct buf names;

		buf_init(&names, 0);
		buf_clear(&engine->block);
		buf_add_text(&engine->block, rows[i].block);
		engine_read(engine);
		brand_find(buf_span(&engine->block), &brand);
		assert_span_text(evidence_brand(engine->evidence), rows[i].brand, rows[i].block);
		assert_span_text(brand, rows[i].brand, rows[i].block);
		assert_row(
		    evidence_learn_names(engine->evidence, &set) == (set.count > 0), rows[i].block);
		assert_false(evidence_learn_names(engine->evidence, &set));
		for (unsigned n = 0; n < set.count; n++)
			buf_printf(&names, "%s%s", n > 0 ? " " : "", set.name[n]);
		assert_span_text(buf_span(&names), rows[i].names, rows[i].block);
		buf_fini(&names);
	}
}

/* The rules, the notes and the origins of one section; nothing of it is in the next. */
static void test_record_is_filled(void **state)
{
	struct engine *engine = *state;
	struct record record;

	buf_clear(&engine->block);
	buf_add_text(&engine->block,
	    "Received: (qmail 1 invoked by uid 89); x\r\nX-Unknown: y\r\n"
	    "From: a@example.com\r\nX-PHP-Script: s for 192.0.2.1\r\n X-AuthUser: u\r\n");
	record = engine_read(engine);
	assert_int_equal(record.origin[COLUMN_QMAIL_UID], 1);
	assert_int_equal(record.origin[COLUMN_FROM], 3);
	assert_int_equal(record.origin[COLUMN_AUTH_USER], 4);
	assert_int_equal(record.origin[COLUMN_IDENTITY], 0);
	assert_int_equal(record.notes, NOTE_SYSTEM_UID | NOTE_HEADER_SWALLOWED);

	buf_clear(&engine->block);
	buf_add_text(&engine->block, "Subject: nothing\r\n");
	record = engine_read(engine);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		assert_int_equal(record.value[i].n != 0, i == COLUMN_SUBJECT);
	assert_int_equal(record.notes, 0);
}

static void repeat(struct buf *block, const char *text, unsigned count)
{
	while (count-- > 0)
		buf_add_text(block, text);
}

/* Each limit ends in a value, the note, and not in a failure. */
static void test_limits(void **state)
{
	static const struct {
		const char *before;
		const char *repeated;
		unsigned count;
		const char *after;
		enum column column;
		const char *value; /* its beginning */
		bool truncated;
	} rows[] = {
	    {"From: ", "0123456789", 12328, "\r\n", COLUMN_FROM, "0123456789", true},
	    {"From: a\r\n", "X-Junk: y\r\n", 200, "Reply-To: b\r\n", COLUMN_REPLY_TO, "b", false},
	    {"From: a\r\n", "X-Filter-ID: 0123456789012345678901234567890123456789\r\n", 2560,
		"X-AuthUser: u\r\n", COLUMN_AUTH_USER, "u", false},
	    {"From: a\r\nX-Filter-ID: x", "\r\n 0123456789012345678901234567890123456789", 3300,
		"\r\nX-AuthUser: u\r\n", COLUMN_AUTH_USER, "u", false},
	    {"", "To: somebody@example.com\r\n", 200, "", COLUMN_TO, "somebody@example.com, some",
		false},
	    {"", "To: somebody@example.com\r\n", 4000, "", COLUMN_TO, "somebody@example.com, some",
		true},
	    {"From: a\r\n", "X-Junk: y\r\n", 5000, "", COLUMN_FROM, "a", true},
	    {"", "Received: from x by y; z\r\n", TRAIL_MAX_LINES, "From: a\r\n", COLUMN_FROM, "a",
		false},
	    {"", "Received: from x by y; z\r\n", TRAIL_MAX_LINES + 1, "From: a\r\n", COLUMN_FROM,
		"a", true},
	    {"", "X-AntiAbuse: x\r\n", 100, "From: a\r\n", COLUMN_FROM, "a", true},
	    {"From: a\r\n", " Reply-To: b\r\n", 9000, "", COLUMN_REPLY_TO, "b", true},
	    {"Received: ", "(", 100000, "\r\nFrom: a\r\n", COLUMN_FROM, "a", true},
	    {"Received: ", "(qmail ", 10000, "\r\nFrom: a\r\n", COLUMN_FROM, "a", true},
	    {"Received: ", "(qmail ", 1000, "\r\nFrom: a\r\n", COLUMN_FROM, "a", false},
	    {"X-Source-Args: ", "x ", 50000, "\r\n", COLUMN_X_SOURCE_ARGS, "x x", true},
	    {"X-Brand-Class: x\r\n", "X-Y-Username: y\r\n", 4000, "From: a\r\n", COLUMN_FROM, "a",
		false},
	};
	struct engine *engine = *state;

	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record;
		struct span value;

		arena_reset(&engine->arena);
		buf_clear(&engine->block);
		buf_add_text(&engine->block, rows[i].before);
		repeat(&engine->block, rows[i].repeated, rows[i].count);
		buf_add_text(&engine->block, rows[i].after);
		record = engine_read(engine);
		value = record.value[rows[i].column];
		assert_row(span_starts_nocase(value, span_of(rows[i].value)), rows[i].repeated);
		assert_row(value.n <= VALUE_MAX + 3, rows[i].repeated);
		assert_row(((record.notes & NOTE_HEADER_TRUNCATED) != 0) == rows[i].truncated,
		    rows[i].repeated);
	}
}

/* Were the cost more than linear, each of these would take minutes. */
#define SHAPE_BYTES ((size_t)256 * 1024)

static const struct {
	const char *begin;
	const char *repeat;
} shapes[] = {
    {"Received: from x ", "("},
    {"Received: from x ", ")"},
    {"Received: from x ", "(("},
    {"Received: from x ", "()"},
    {"Received: from x ", "(authenticated user "},
    {"Received: from x ", "(user=a) "},
    {"Received: from x ", "([192.0.2.1]) (user=a) "},
    {"Received: from x ", "for <("},
    {"Received: from x ", "by <"},
    {"Received: from x ", " with"},
    {"Received: from x with esmtpsa ", "<\"\\"},
    {"Received: from x with esmtpsa ", " \""},
    {"Received: from x with esmtpsa ", "for \""},
    {"Received: from x (", "authenticated "},
    {"Received: from x (", "["},
    {"Received: from ", "(x) "},
    {"", "Received: from x ([192.0.2.1]) by a.example.com with esmtpsa; x\r\n"},
    {"", "Received: by a.example.com (Postfix, from userid 33); x\r\n"},
    {"", "Received: (qmail 1 invoked by uid 33); x\r\n"},
    {"", "Received: from www-data by a.example.com with local (Exim 4); x\r\n"},
    {"X-Foo-Auth-User: ", "a@"},
    {"X-Foo-Auth-User: ", "a "},
    {"X-Foo-Auth-User: ", "<"},
    {"X-Foo-Auth-User: ", "%40"},
    {"", "X-Foo-Auth-User: yes\r\n"},
    {"", "X-AuthAuthAuthAuthAuthAuthAuthAuthAuthAuthAuthAuth: a@b\r\n"},
    {"X-Foo: a", "\r\n From:b"},
    {"X-Foo: a", "\r\n From: b@c.example\r\n d"},
    {"X-Foo: a", "\r"},
    {"X-Foo: a", "\rFrom: b"},
    {"X-PHP-Script: a", "\r\n From:b"},
    {"X-PHP-Script: a", ",\r\n \r\n From:b"},
    {"X-PHP-Script: a", " for 192.0.2.1"},
    {"X-SG-Opt: ", "SCRIPT_FILENAME="},
    {"", "Authentication-Results: a.example; auth=pass smtp.auth=b\r\n"},
    {"Authentication-Results: a.example; ", "\";"},
    {"", "X-Authenticated-Sender: h: a\r\nX-Authenticated-Sender: h: b\r\n"},
    {"Received: by a.example (Postfix, from userid 17); x\r\nX-PHP-Script: a\r\n",
	"X-Foo-Auth-User: a@b.example\r\nReceived: by a.example (Postfix); x\r\nFrom: a\r\n"},
    {"Received: from a.example by b.example; x\r\n",
	"Delivered-To: a@b.example\r\nReceived: by c.example (Postfix, from userid 17); x\r\n"},
    {"", "ARC-Authentication-Results: i=1; a.example; auth=pass smtp.auth=b\r\n"},
    {"Subject: ", "\x80"},
    {"From: ", "<> mailer-daemon "},
};

static void test_cost(void **state)
{
	struct err err = ERR_INIT;
	struct evidence *evidence = evidence_new(NULL, &err);
	struct buf block;
	struct arena arena;

	(void)state;
	assert_non_null(evidence);
	arena_init(&arena);
	buf_init(&block, 0);
	for (size_t i = 0; i < TABLE_COUNT(shapes); i++) {
		buf_clear(&block);
		buf_add_text(&block, shapes[i].begin);
		while (block.n < SHAPE_BYTES)
			buf_add_text(&block, shapes[i].repeat);
		for (unsigned n = 0; n < 20; n++) {
			struct record record = {0};

			assert_int_equal(
			    evidence_extract(evidence, buf_span(&block), &arena, &record, &err), 0);
			arena_reset(&arena);
		}
	}
	buf_fini(&block);
	arena_fini(&arena);
	evidence_free(evidence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_bounces),
	    cmocka_unit_test(test_identity_headers),
	    cmocka_unit_test(test_field_names),
	    cmocka_unit_test(test_order_of_fields),
	    cmocka_unit_test(test_what_it_learns),
	    cmocka_unit_test(test_record_is_filled),
	    cmocka_unit_test(test_cost),
	    cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, engine_setup, engine_teardown);
}
