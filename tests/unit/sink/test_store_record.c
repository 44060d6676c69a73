#include "tests/unit/table.h"

#include <stdio.h>

#include "base/buf.h"
#include "calendar/period.h"
#include "evidence/evidence_rules.h"
#include "record/account.h"
#include "sink/store_record.h"

#define NOON ((time_t)1795694400)

static struct account_place mailbox = {
    .host = "imap.example.com",
    .name = "Caught (Outgoing)",
    .key = "global@imap.example.com:993,Caught%20%28Outgoing%29",
    .epoch = 7,
};

static struct account_place file = {.host = "/var/mail/spool"};

static struct store_record memory, back_memory;

static void write_row(const struct record *record, struct store_row *row_r)
{
	struct err err = ERR_INIT;

	if (store_record_write(&memory, record, row_r, &err) != 0)
		fail_msg("store_record_write: %s", err.text);
}

static struct record read_row(const struct store_row *row)
{
	struct record record;
	struct err err = ERR_INIT;

	if (store_record_read(&back_memory, row, &record, &err) != 0)
		fail_msg("store_record_read: %s", err.text);
	return record;
}

static void assert_same(const struct record *got, const struct record *want)
{
	assert_int_equal(got->uid, want->uid);
	assert_int_equal(got->internal_date, want->internal_date);
	assert_int_equal(got->is_bounce, want->is_bounce);
	assert_int_equal(got->notes, want->notes);
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (!span_eq(got->value[i], want->value[i]))
			fail_msg("%s: \"%.*s\", want \"%.*s\"", record_columns[i].title,
			    (int)got->value[i].n, got->value[i].p, (int)want->value[i].n,
			    want->value[i].p);
		assert_ptr_equal(got->rule[i], want->rule[i]);
		assert_int_equal(column_set_has(&got->absent, i), column_set_has(&want->absent, i));
	}
}

/* A value of its own in every column, with what a JSON writer must escape. */
static struct record full_record(struct account_place *place, struct arena *arena)
{
	struct record record = {.place = place, .is_bounce = true, .internal_date = NOON};
	struct buf date;

	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		record.value[i] = arena_printf(arena, "<%u> \"\\ \xe2\x82\xac/", i);
	for (unsigned i = 0; i < evidence_rule_count; i++)
		record.rule[evidence_rules[i].column] = &evidence_rules[i];
	buf_init(&date, 0);
	period_add_iso(&date, NOON);
	record.value[COLUMN_DATE] = arena_copy_buf(arena, &date);
	buf_fini(&date);
	record.value[COLUMN_NUMBER] = SPAN_EMPTY;
	record.value[COLUMN_HOST] = SPAN("imap.example.com");
	record.value[COLUMN_NOTES] = SPAN("header truncated; guessed field");
	record.notes = NOTE_HEADER_TRUNCATED | NOTE_GUESSED_FIELD;
	record.value[COLUMN_UID] = SPAN("4294967295");
	record.uid = UINT32_MAX;
	return record;
}

static void check_round_trip(struct record *record)
{
	struct store_row row;
	struct record back;

	write_row(record, &row);
	back = read_row(&row);
	assert_same(&back, record);
}

static void test_mailbox(void **state)
{
	struct arena arena;
	struct record record;
	struct store_row row;

	(void)state;
	arena_init(&arena);
	record = full_record(&mailbox, &arena);
	record.value[COLUMN_FOLDER] = SPAN("Caught (Outgoing)");
	check_round_trip(&record);
	write_row(&record, &row);
	assert_int_equal(row.key.uid, UINT32_MAX);
	assert_int_equal(row.key.epoch, 7);
	assert_int_equal(row.key.queue_id.n, 0);
	assert_true(span_eq(row.key.place.source, SPAN("global@imap.example.com:993")));
	arena_fini(&arena);
}

/* The folder of a log is its path, which changes as it is rotated, so it is no part of the key. */
static void test_log(void **state)
{
	struct arena arena;
	struct record record;
	struct store_row row;

	(void)state;
	arena_init(&arena);
	record = full_record(&file, &arena);
	check_round_trip(&record);
	write_row(&record, &row);
	assert_int_equal(row.key.uid, 0);
	assert_int_equal(row.key.epoch, NOON);
	assert_true(span_eq(row.key.place.source, SPAN(STORE_FROM_LOG)));
	assert_int_equal(row.key.place.name.n, 0);
	arena_fini(&arena);
}

/* What nobody has numbered is known by its content: the same twice is one, another is another. */
static void test_file(void **state)
{
	struct arena arena;
	struct record record;
	struct store_row row;
	char first[64];

	(void)state;
	arena_init(&arena);
	record = full_record(&file, &arena);
	record.value[COLUMN_QUEUE_ID] = SPAN_EMPTY;
	check_round_trip(&record);
	write_row(&record, &row);
	assert_true(span_eq(row.key.place.source, SPAN(STORE_FROM_FILE)));
	snprintf(first, sizeof(first), "%.*s", (int)row.key.queue_id.n, row.key.queue_id.p);
	write_row(&record, &row);
	assert_true(span_eq(row.key.queue_id, span_of(first)));
	record.value[COLUMN_REPLY_TO] = SPAN("eve@example.net");
	write_row(&record, &row);
	assert_false(span_eq(row.key.queue_id, span_of(first)));
	arena_fini(&arena);
}

/* What names of files say of a message is that it is another one, but for flags of a Maildir. */
static void test_paths(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
	    {"/m/new/1.M1.host", "/m/cur/1.M1.host:2,S", true},
	    {"/m/cur/1.M1.host:2,", "/m/cur/1.M1.host:2,FS", true},
	    {"/m/cur/1.M1.host:2,", "/m/cur/2.M1.host:2,", false},
	    {"/m/cur/1.M1.host:2,", "/n/cur/1.M1.host:2,", false},
	    {"/m/old/1.M1.host:2,", "/m/old/1.M1.host:2,S", false},
	    {"/m/a.eml", "/m/b.eml", false},
	    {"a.eml", "a.eml", true},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record = {.place = &file, .internal_date = NOON};
		struct store_row row;
		char first[64];

		record.value[COLUMN_FOLDER] = span_of(rows[i].a);
		write_row(&record, &row);
		snprintf(first, sizeof(first), "%.*s", (int)row.key.queue_id.n, row.key.queue_id.p);
		record.value[COLUMN_FOLDER] = span_of(rows[i].b);
		write_row(&record, &row);
		if (span_eq(row.key.queue_id, span_of(first)) != rows[i].same)
			fail_msg("%s, %s", rows[i].a, rows[i].b);
	}
}

/* What a saved report does not have stays unknown. */
static void test_absent(void **state)
{
	struct record record = {.place = &file};

	(void)state;
	column_set_add(&record.absent, COLUMN_IDENTITY);
	column_set_add(&record.absent, COLUMN_LOGIN_IP);
	record.value[COLUMN_SUBJECT] = SPAN("x");
	check_round_trip(&record);
}

static void test_empty(void **state)
{
	struct record record = {.place = &file};
	struct store_row row;

	(void)state;
	check_round_trip(&record);
	write_row(&record, &row);
	assert_int_equal(row.text[STORE_EXTRA].n, 0);
	assert_int_equal(row.time, 0);
}

/* Times that no column of a database has. */
static void test_far_times(void **state)
{
	static const time_t far[] = {STORE_MAX_TIME, (time_t)STORE_MAX_TIME + 1, 253370764799};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(far); i++) {
		struct record record = {.place = &file, .internal_date = far[i]};
		struct store_row row;
		struct record back;

		write_row(&record, &row);
		assert_int_equal(row.time, STORE_MAX_TIME);
		back = read_row(&row);
		assert_int_equal(back.internal_date, far[i]);
	}
}

static void test_recipients(void **state)
{
	static const struct {
		struct span to;
		uint32_t want;
	} rows[] = {
	    {SPAN(""), 0},
	    {SPAN("a@example.net"), 1},
	    {SPAN("\"B, C\" <b@example.net>, d@example.net"), 2},
	    {SPAN("undisclosed-recipients:;"), 0},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record = {.place = &file};
		struct store_row row;

		record.value[COLUMN_TO] = rows[i].to;
		write_row(&record, &row);
		if (row.recipients != rows[i].want)
			fail_msg("row %u: %u", i, row.recipients);
	}
}

/* Rows that somebody else has put there. */
/* What is read without the library is what that would read, or left to it. */
static void test_extra(void **state)
{
	static const struct {
		const char *text;
		const char *reply_to; /* NULL: it is refused */
		const char *qmail_uid;
	} rows[] = {
	    {"{\"reply_to\":\"a\",\"qmail_uid\":\"7\"}", "a", "7"},
	    {"{\"qmail_uid\":\"7\",\"reply_to\":\"a\"}", "a", "7"},
	    {"{\"reply_to\":\"\"}", "", ""},
	    {"{\"reply_to\":\"a\\\"b\\u00e9\",\"qmail_uid\":\"7\"}", "a\"b\xc3\xa9", "7"},
	    {"{\"reply_to\":\"\xc3\xa9\"}", "\xc3\xa9", ""},
	    {"{\"reply_to\":\"a\",\"later\":\"x\",\"qmail_uid\":\"7\"}", "a", "7"},
	    {"{\"later\":\"x\"}", "", ""},
	    {" { \"reply_to\" : \"a\" } ", "a", ""},
	    {"{\"reply_to\":\"a\",\"time\":-5}", "a", ""},
	    {"{\"reply_to\":\"a\",\"reply_to\":\"b\"}", NULL, NULL},
	    {"{\"reply_to\":\"a\"", NULL, NULL},
	    {"{\"reply_to\":\"a\",", NULL, NULL},
	    {"{\"reply_to\":\"a\"}}", NULL, NULL},
	    {"{\"reply_to\":\"a\"}x", NULL, NULL},
	    {"{\"reply_to\":\"a\"x}", NULL, NULL},
	    {"{\"reply_to\":\"a", NULL, NULL},
	    {"{\"reply_to\":\"", NULL, NULL},
	    {"{\"reply_to\":", NULL, NULL},
	    {"{\"reply_to\"", NULL, NULL},
	    {"{\"", NULL, NULL},
	    {"{\"reply_to\":\"a\tb\"}", NULL, NULL},
	    {"{\"reply_to\":7}", NULL, NULL},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct store_row row = {.text[STORE_EXTRA] = span_of(rows[i].text)};
		struct record record;
		struct err err = ERR_INIT;
		const int result = store_record_read(&memory, &row, &record, &err);

		if (result != (rows[i].reply_to != NULL ? 0 : -1))
			fail_msg("%s: %d", rows[i].text, result);
		if (result != 0)
			continue;
		if (!span_eq(record.value[COLUMN_REPLY_TO], span_of(rows[i].reply_to)) ||
		    !span_eq(record.value[COLUMN_QMAIL_UID], span_of(rows[i].qmail_uid)))
			fail_msg("%s: other values", rows[i].text);
	}
}

static void test_foreign_rows(void **state)
{
	static const struct {
		enum store_text text;
		struct span value;
		bool is_good;
	} rows[] = {
	    {STORE_EXTRA, SPAN("{}"), true},
	    {STORE_EXTRA, SPAN("{\"later\":1}"), true},
	    {STORE_EXTRA, SPAN("{\"subject\":1}"), false},
	    {STORE_EXTRA, SPAN("[]"), false},
	    {STORE_EXTRA, SPAN("{"), false},
	    {STORE_EXTRA, SPAN("{\"absent\":[\"nothing\"]}"), false},
	    {STORE_EXTRA, SPAN("{\"absent\":[1]}"), false},
	    {STORE_EXTRA, SPAN("{\"time\":\"x\"}"), false},
	    {STORE_EXTRA, SPAN("{\"time\":-1}"), true},
	    {STORE_EXTRA, SPAN("{\"time\":1800000000}"), false},
	    {STORE_EXTRA, SPAN("{\"time\":9223372036854775807}"), false},
	    {STORE_EXTRA, SPAN("{\"time\":-9223372036854775807}"), false},
	    {STORE_EXTRA, SPAN("{\"uid\":\"4294967296\"}"), false},
	    {STORE_EXTRA, SPAN("{\"uid\":\"-1\"}"), false},
	    {STORE_RULES, SPAN("identity=a-rule-of-tomorrow"), true},
	    {STORE_RULES, SPAN("nothing=x"), false},
	    {STORE_RULES, SPAN("identity"), false},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct store_row row = {.key = {.epoch = 1}};
		struct record record;
		struct err err = ERR_INIT;

		row.text[rows[i].text] = rows[i].value;
		if ((store_record_read(&memory, &row, &record, &err) == 0) != rows[i].is_good)
			fail_msg("row %u: %s", i, err.text);
		if (!rows[i].is_good)
			assert_int_equal(err.code, ERR_DATA);
	}
}

static int set_up(void **state)
{
	(void)state;
	store_record_init(&memory);
	store_record_init(&back_memory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	store_record_fini(&memory);
	store_record_fini(&back_memory);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mailbox),
	    cmocka_unit_test(test_log),
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_absent),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_far_times),
	    cmocka_unit_test(test_recipients),
	    cmocka_unit_test(test_extra),
	    cmocka_unit_test(test_foreign_rows),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
