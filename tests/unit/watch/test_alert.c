/* Who sends too much: spans, repeats, limits, memory. */
#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>

#include "watch/alert.h"
#include "watch/alert_fact.h"

#define BEGAN ((time_t)1795129200)
#define NONE  ((time_t)-1)

/* Alerts as "IDENTITY COUNT;", and summaries as "+COUNT: NAMES;". */
struct desk {
	struct alert *alert;
	struct exempt exempt;
	struct buf said;
	unsigned alerts;
};

static void desk_raise(void *context, const struct alert_fact *fact)
{
	struct desk *desk = context;

	desk->alerts++;
	if (fact->is_summary)
		buf_printf(&desk->said, "+%u: ", (unsigned)fact->count);
	buf_add(&desk->said, fact->is_summary ? fact->names : fact->value[ALERT_IDENTITY]);
	if (!fact->is_summary)
		buf_printf(&desk->said, " %u", (unsigned)fact->count);
	buf_add_char(&desk->said, ';');
}

static void desk_open(struct desk *desk, unsigned count, unsigned minutes)
{
	static const char *const exempt[] = {"*@ours.example"};
	struct err err = ERR_INIT;
	struct alert_settings settings = {
	    .count = count,
	    .minutes = minutes,
	    .began = BEGAN,
	    .exempt = &desk->exempt,
	    .raise = desk_raise,
	    .context = desk,
	};

	*desk = (struct desk){0};
	assert_int_equal(exempt_init(&desk->exempt, exempt, 1, NULL, &err), 0);
	desk->alert = alert_new(&settings, &err);
	assert_non_null(desk->alert);
}

static void desk_close(struct desk *desk)
{
	sink_free(alert_sink(desk->alert));
	exempt_fini(&desk->exempt);
	buf_fini(&desk->said);
}

static void desk_tick(struct desk *desk, time_t now)
{
	struct sink *sink = alert_sink(desk->alert);
	struct err err = ERR_INIT;

	assert_int_equal(sink->ops->tick(sink, now, &err), 0);
}

/* A message that was sent `after` seconds after the run began; NONE: nobody knows when. */
static void desk_take(struct desk *desk, const char *identity, time_t after)
{
	struct sink *sink = alert_sink(desk->alert);
	struct record record = {.internal_date = BEGAN + after};
	struct err err = ERR_INIT;

	record.value[COLUMN_IDENTITY] = span_of(identity);
	if (after != NONE)
		record.value[COLUMN_DATE] = SPAN("known");
	assert_int_equal(sink->ops->record(sink, &record, &err), 0);
}

static const struct {
	const char *why;
	const char *identity;
	time_t at[8]; /* ended by 0; seconds after the run began */
	const char *want;
} rows[] = {
    {"more than the limit", "a", {1, 2, 3, 4}, "a 4;"},
    {"no more than it", "a", {1, 2, 3}, ""},
    {"over a longer time", "a", {1, 20, 40, 61, 80}, ""},
    {"at the end of it", "a", {1, 100, 120, 140, 159}, "a 4;"},
    {"in another order", "a", {100, 120, 1, 140, 110}, "a 4;"},
    {"older than the span", "a", {100, 1, 2, 3, 4, 5}, ""},
    {"nobody", "", {1, 2, 3, 4}, ""},
    {"exempt", "A@Ours.example", {1, 2, 3, 4}, ""},
    {"within an hour", "a", {1, 2, 3, 4, 5, 6, 7}, "a 4;"},
    {"before the run", "a", {-60, -61, -62, -63, -64}, ""},
    {"just before the run", "a", {-30, -20, -10, -5}, "a 4;"},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct desk desk;

		desk_open(&desk, 3, 1);
		desk_tick(&desk, BEGAN + 1000);
		for (unsigned k = 0; k < 8 && rows[i].at[k] != 0; k++)
			desk_take(&desk, rows[i].identity, rows[i].at[k]);
		assert_span_text(buf_span(&desk.said), rows[i].want, rows[i].why);
		desk_close(&desk);
	}
}

/* Case is that of --group-by=Identity; a time that is not known, or has not come, is now. */
static void test_names_and_times(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk, 2, 1);
	desk_take(&desk, "Alice@Example.com", NONE);
	desk_take(&desk, "alice@example.com", 1000000);
	desk_tick(&desk, BEGAN + 30);
	desk_take(&desk, "ALICE@example.com", NONE);
	assert_int_equal(desk.alerts, 1);
	desk_close(&desk);
}

static void test_repeats(void **state)
{
	struct desk desk;

	(void)state;
	desk_open(&desk, 1, 1);
	desk_tick(&desk, BEGAN + 100000);
	desk_take(&desk, "a", 10);
	desk_take(&desk, "a", 11);
	desk_take(&desk, "a", 10 + ALERT_REPEAT);
	desk_take(&desk, "a", 11 + ALERT_REPEAT);
	desk_take(&desk, "a", 12 + ALERT_REPEAT);
	assert_span_text(buf_span(&desk.said), "a 2;a 2;", "an hour later");
	desk_close(&desk);
}

static void test_hour(void **state)
{
	struct desk desk;
	char name[16];

	(void)state;
	desk_open(&desk, 1, 1);
	desk_tick(&desk, BEGAN + 10);
	for (unsigned i = 0; i < ALERT_MAX_PER_HOUR + 20; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		desk_take(&desk, name, 1);
		desk_take(&desk, name, 2);
	}
	assert_int_equal(desk.alerts, ALERT_MAX_PER_HOUR);
	buf_clear(&desk.said);
	desk_tick(&desk, BEGAN + 10 + 3599);
	assert_int_equal(desk.said.n, 0);
	desk_tick(&desk, BEGAN + 10 + 3600);
	assert_span_text(buf_span(&desk.said),
	    "+20: user100, user101, user102, user103, user104, user105, user106, user107, user108, "
	    "user109;",
	    "the summary");
	desk_take(&desk, "later", 3000);
	desk_take(&desk, "later", 3001);
	assert_int_equal(desk.alerts, ALERT_MAX_PER_HOUR + 2);
	alert_summarize(desk.alert);
	assert_int_equal(desk.alerts, ALERT_MAX_PER_HOUR + 2);
	desk_close(&desk);
}

/* Whoever is quiet makes room; whoever is not keeps his place. */
static void test_memory(void **state)
{
	struct desk desk;
	char name[16];

	(void)state;
	desk_open(&desk, 3, 10);
	desk_tick(&desk, BEGAN + 10);
	desk_take(&desk, "busy", 1);
	desk_take(&desk, "quiet", 1);
	for (unsigned i = 0; i < ALERT_MAX_IDENTITIES + 1000; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		desk_take(&desk, name, 1);
		if (i == ALERT_MAX_IDENTITIES / 2)
			desk_take(&desk, "busy", 2);
	}
	assert_int_equal(alert_forgotten(desk.alert), 1002);
	for (unsigned i = 0; i < 2; i++) {
		desk_take(&desk, "busy", 3);
		desk_take(&desk, "quiet", 3);
	}
	assert_span_text(buf_span(&desk.said), "busy 4;", "in the table");
	desk_close(&desk);
}

/* Nothing is lost of who has sent nothing lately. */
static void test_quiet_ones(void **state)
{
	struct desk desk;
	char name[16];

	(void)state;
	desk_open(&desk, 1, 10);
	desk_tick(&desk, BEGAN + 10);
	desk_take(&desk, "told", 1);
	desk_take(&desk, "told", 2);
	for (unsigned i = 0; i < ALERT_MAX_IDENTITIES - 1; i++) {
		snprintf(name, sizeof(name), "old%u", i);
		desk_take(&desk, name, 1);
	}
	desk_tick(&desk, BEGAN + 700);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "new%u", i);
		desk_take(&desk, name, 700);
	}
	assert_int_equal(alert_forgotten(desk.alert), 1); /* "told" */
	for (unsigned i = 0; i < ALERT_MAX_IDENTITIES; i++) {
		snprintf(name, sizeof(name), "more%u", i);
		desk_take(&desk, name, 700);
	}
	assert_int_equal(alert_forgotten(desk.alert), 1001);
	desk_close(&desk);
}

/* Many messages each: bytes are bounded, too. */
static void test_bytes(void **state)
{
	struct desk desk;
	char name[16];

	(void)state;
	desk_open(&desk, ALERT_MAX_COUNT, 10);
	desk_tick(&desk, BEGAN + 10);
	for (unsigned i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "user%u", i);
		for (unsigned k = 0; k < 600; k++)
			desk_take(&desk, name, 1);
	}
	assert_true(alert_forgotten(desk.alert) > 20000 - ALERT_MAX_BYTES / (1000 * 8) - 100);
	assert_int_equal(desk.alerts, 0);
	desk_close(&desk);
}

/* What a webhook shows in a chat: whoever sends has chosen the name. */
static void test_plain_line(void **state)
{
	static const struct {
		const char *identity;
		const char *want;
	} lines[] = {
	    {"user@example.com", "alert: user@example.com sent "},
	    {"a.b+c-d@mail-1.example.com", "alert: a.b+c-d@mail-1.example.com sent "},
	    {"192.0.2.1", "alert: 192.0.2.1 sent "},
	    {"2001:db8::1", "alert: 2001:db8::1 sent "},
	    {"/home/x/public_html/a.php", "alert: /home/x/public?html/a.php sent "},
	    {"@channel", "alert: ?channel sent "},
	    {"x @here", "alert: x ?here sent "},
	    {"x,@everyone", "alert: x,?everyone sent "},
	    {"a@@b", "alert: a??b sent "},
	    {"<!here> <@U1|x>", "alert: ??here? ??U1?x? sent "},
	    {"https://evil.example/x", "alert: https???evil.example/x sent "},
	    {"//evil.example/x", "alert: ??evil.example/x sent "},
	    {"[a](b) *c* _d_ `e`", "alert: ?a?(b) ?c? ?d? ?e? sent "},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(lines); i++) {
		struct alert_fact fact = {.count = 3, .minutes = 5};
		struct err err = ERR_INIT;
		struct buf json;

		fact.value[ALERT_IDENTITY] = span_of(lines[i].identity);
		buf_init(&json, 0);
		assert_int_equal(alert_fact_add_json(&fact, &json, &err), 0);
		assert_row(strstr(buf_string(&json), lines[i].want) != NULL, buf_string(&json));
		buf_fini(&json);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_plain_line),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_names_and_times),
	    cmocka_unit_test(test_repeats),
	    cmocka_unit_test(test_hour),
	    cmocka_unit_test(test_memory),
	    cmocka_unit_test(test_quiet_ones),
	    cmocka_unit_test(test_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
