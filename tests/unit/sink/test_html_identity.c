#include "tests/unit/table.h"

#include <stdio.h>
#include <time.h>

#include "calendar/period.h"
#include "sink/html/html_identity.h"

/* 2026-02-10T00:00:00+01:00 */
#define MIDNIGHT ((time_t)1770678000)

#define HOUR ((time_t)3600)

static int setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return period_set_zone("Europe/Berlin", &err);
}

static void add(struct html_identities *identities, uint32_t id, time_t when, struct span subject)
{
	struct record record = {.internal_date = when};
	struct err err = ERR_INIT;

	if (when != 0)
		record.value[COLUMN_DATE] = SPAN("known");
	record.value[COLUMN_SUBJECT] = subject;
	assert_int_equal(html_identities_add(identities, id, &record, &err), 0);
}

static struct span subject_of(const struct html_sample *sample)
{
	for (unsigned i = 0; i < HTML_SAMPLE_COLUMNS; i++)
		if (html_sample_columns[i] == COLUMN_SUBJECT)
			return html_sample_value(sample, i);
	return SPAN_EMPTY;
}

static unsigned count_samples(const struct html_identities *identities, uint32_t id)
{
	unsigned n = 0;

	for (const struct html_sample *sample = html_identities_sample(identities, id);
	     sample != NULL; sample = html_sample_next(sample))
		n++;
	return n;
}

static void test_times(void **state)
{
	struct html_identities identities = {0};

	(void)state;
	add(&identities, 0, 0, SPAN_EMPTY);
	assert_false(identities.dated);
	assert_int_equal(identities.undated, 1);
	add(&identities, 0, MIDNIGHT + HOUR, SPAN_EMPTY);
	add(&identities, 1, MIDNIGHT - 1, SPAN_EMPTY);
	add(&identities, 0, MIDNIGHT + 90, SPAN_EMPTY);
	assert_true(identities.dated);
	assert_int_equal(identities.first, MIDNIGHT - 1);
	assert_int_equal(identities.last, MIDNIGHT + HOUR);
	assert_int_equal(identities.unit, HTML_UNIT_HOUR);
	for (time_t when = MIDNIGHT - HOUR; when <= MIDNIGHT + HOUR; when += HOUR)
		assert_int_equal(
		    html_slots_get(&identities.all, html_unit_slot(HTML_UNIT_HOUR, when)), 1);
	assert_int_equal(html_slots_since(html_identities_times(&identities, 0), 0), 2);
	assert_int_equal(html_slots_since(html_identities_times(&identities, 1), 0), 1);
	html_identities_fini(&identities);
}

/* Whatever the order of the messages and however long their time, none is lost, and memory stays
 * bounded. */
static void test_longer_and_longer(void **state)
{
	static const struct {
		time_t step;
		enum html_unit unit;
	} rows[] = {
	    {HOUR / 4, HTML_UNIT_DAY},
	    {24 * HOUR, HTML_UNIT_WEEK},
	    {1000 * 24 * HOUR, HTML_UNIT_10400_WEEKS},
	    {-3 * HOUR, HTML_UNIT_DAY},
	};
	enum { MESSAGES = 400 };

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct html_identities identities = {0};

		for (unsigned n = 0; n < MESSAGES; n++)
			add(&identities, n % 2, MIDNIGHT + (time_t)n * rows[i].step, SPAN_EMPTY);
		assert_int_equal(identities.unit, rows[i].unit);
		assert_int_equal(html_slots_since(&identities.all, 0), MESSAGES);
		for (uint32_t id = 0; id < 2; id++) {
			const struct html_slots *times = html_identities_times(&identities, id);

			assert_int_equal(html_slots_since(times, 0), MESSAGES / 2);
			assert_in_range(times->count, 1, HTML_AXIS_MAX);
		}
		html_identities_fini(&identities);
	}
}

/* The last hour is that of the newest message, wherever it stands in the report. */
static void test_recent(void **state)
{
	static const struct {
		const char *label;
		int minutes[5]; /* of each message, from the hour on */
		unsigned want;  /* in the hour */
	} rows[] = {
	    {"in order", {-90, -61, 0, 1, 59}, 3},
	    {"backwards", {59, 1, 0, -61, -90}, 3},
	    {"at once", {0, 0, 0, 0, 0}, 5},
	    {"long ago", {-90, -80, -70, -61, -65}, 0},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct html_identities identities = {0};

		/* Somebody else's is the newest. */
		add(&identities, 1, MIDNIGHT + HOUR - 1, SPAN_EMPTY);
		for (size_t n = 0; n < 5; n++)
			add(&identities, 0, MIDNIGHT + rows[i].minutes[n] * 60, SPAN_EMPTY);
		assert_row(html_identities_recent(&identities, 0, MIDNIGHT) == rows[i].want,
		    rows[i].label);
		html_identities_fini(&identities);
	}
}

/* A message a second for a day: as many counts as minutes, not more. */
static void test_recent_is_bounded(void **state)
{
	struct html_identities identities = {0};

	(void)state;
	for (time_t second = 0; second < 24 * HOUR; second += 7)
		add(&identities, 0, MIDNIGHT + second, SPAN_EMPTY);
	assert_in_range(html_identities_recent(&identities, 0, 0), HOUR / 7, HOUR / 7 + 70 / 7);
	assert_in_range(
	    html_identities_recent(&identities, 0, MIDNIGHT + 23 * HOUR), HOUR / 7, HOUR / 7 + 1);
	html_identities_fini(&identities);
}

static void test_threats(void **state)
{
	static const char *const classes[] = {
	    "phish", "Phish", "virus", "spam", "", "phishing", "unsure", "VIRUS", "phish "};
	struct html_identities identities = {0};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(classes); i++) {
		struct record record = {0};

		record.value[COLUMN_CLASS] = span_of(classes[i]);
		assert_int_equal(html_identities_add(&identities, i == 0, &record, &err), 0);
	}
	assert_int_equal(html_identities_threat(&identities, 1, HTML_THREAT_PHISH), 1);
	assert_int_equal(html_identities_threat(&identities, 0, HTML_THREAT_PHISH), 1);
	assert_int_equal(html_identities_threat(&identities, 0, HTML_THREAT_VIRUS), 2);
	assert_int_equal(identities.threat[HTML_THREAT_PHISH], 2);
	html_identities_fini(&identities);
}

/* Of each message a letter and its time; the newest are kept, the newest first. */
static void test_newest_samples(void **state)
{
	static const struct {
		const char *subjects, *times, *want; /* '0': no time */
	} rows[] = {
	    {"a", "1", "a"},
	    {"abc", "123", "cba"},
	    {"abcdefgh", "12345678", "hgfed"},
	    {"abcdefgh", "87654321", "abcde"},
	    {"abcdefgh", "11111111", "hgfed"},
	    {"abcdefgh", "51719191", "gecah"},
	    {"abcdefgh", "00000009", "hgfed"},
	    {"abcdefgh", "90000000", "ahgfe"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct html_identities identities = {0};
		const struct html_sample *sample;
		const char *want = rows[i].want;

		for (size_t n = 0; rows[i].subjects[n] != '\0'; n++)
			add(&identities, 0,
			    rows[i].times[n] != '0' ? MIDNIGHT + (rows[i].times[n] - '0') * 60 : 0,
			    (struct span){&rows[i].subjects[n], 1});
		for (sample = html_identities_sample(&identities, 0); sample != NULL;
		     sample = html_sample_next(sample))
			assert_row(*subject_of(sample).p == *want++, rows[i].want);
		assert_row(*want == '\0', rows[i].want);
		html_identities_fini(&identities);
		assert_int_equal(identities.sample_bytes, 0);
	}
}

/* A long value is cut between characters, and that can be seen. */
static void test_long_value(void **state)
{
	struct html_identities identities = {0};
	char subject[8192];
	struct span kept;

	(void)state;
	for (size_t i = 0; i < sizeof(subject); i += 2)
		memcpy(subject + i, "\xC3\xBC", 2);
	add(&identities, 0, MIDNIGHT, (struct span){subject, HTML_SAMPLE_MAX_VALUE});
	add(&identities, 0, MIDNIGHT, (struct span){subject, sizeof(subject)});
	kept = subject_of(html_sample_next(html_identities_sample(&identities, 0)));
	assert_int_equal(kept.n, HTML_SAMPLE_MAX_VALUE);
	kept = subject_of(html_identities_sample(&identities, 0));
	assert_in_range(kept.n, HTML_SAMPLE_MAX_VALUE - 4, HTML_SAMPLE_MAX_VALUE);
	assert_span_text(span_from(kept, kept.n - 5), "\xC3\xBC\xE2\x80\xA6", "the end");
	html_identities_fini(&identities);
}

/* More identities than there is room for, then one that sends much. */
static void test_sample_budget(void **state)
{
	enum { MANY = 50000, LATE = 1000 };
	struct html_identities identities = {0};
	char subject[HTML_SAMPLE_MAX_VALUE];
	unsigned with = 0;

	(void)state;
	memset(subject, 'x', sizeof(subject));
	for (uint32_t id = 0; id < MANY; id++) {
		add(&identities, id, MIDNIGHT, (struct span){subject, sizeof(subject)});
		assert_true(identities.sample_bytes <= HTML_SAMPLES_MAX_BYTES);
	}
	for (uint32_t id = 0; id < MANY; id++)
		with += count_samples(&identities, id);
	assert_in_range(with, HTML_SAMPLES_MAX_BYTES / 2 / 1024, MANY / 2);
	for (unsigned n = 0; n < LATE; n++)
		add(&identities, MANY, MIDNIGHT, (struct span){subject, sizeof(subject)});
	assert_int_equal(count_samples(&identities, MANY), HTML_MAX_SAMPLES);
	html_identities_fini(&identities);
	assert_int_equal(identities.sample_bytes, 0);
}

/* All send as much as each other: the threshold drops some, not all. */
static void test_sample_budget_of_equals(void **state)
{
	enum { EQUALS = 20000, ROUNDS = 9 };
	struct html_identities identities = {0};
	char subject[HTML_SAMPLE_MAX_VALUE];

	(void)state;
	memset(subject, 'x', sizeof(subject));
	for (unsigned round = 0; round < ROUNDS; round++)
		for (uint32_t id = 0; id < EQUALS; id++) {
			add(&identities, id, MIDNIGHT, (struct span){subject, sizeof(subject)});
			assert_true(identities.sample_bytes <= HTML_SAMPLES_MAX_BYTES);
		}
	assert_in_range(
	    identities.sample_bytes, HTML_SAMPLES_MAX_BYTES / 4, HTML_SAMPLES_MAX_BYTES);
	html_identities_fini(&identities);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_longer_and_longer),
	    cmocka_unit_test(test_recent),
	    cmocka_unit_test(test_recent_is_bounded),
	    cmocka_unit_test(test_threats),
	    cmocka_unit_test(test_newest_samples),
	    cmocka_unit_test(test_long_value),
	    cmocka_unit_test(test_sample_budget),
	    cmocka_unit_test(test_sample_budget_of_equals),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
