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

/* Few hours are kept as a list, more as counters: both ways give the same. */
static void test_hours(void **state)
{
	struct html_identities identities = {0};
	struct html_hours hours;

	(void)state;
	for (unsigned n = 1; n <= 60; n++) {
		char label[32];
		uint64_t sum = 0;

		snprintf(label, sizeof(label), "%u messages", n);
		add(&identities, 1, MIDNIGHT + (time_t)(n % HTML_HOURS) * HOUR, SPAN_EMPTY);
		html_identities_hours(&identities, 1, &hours);
		for (unsigned hour = 0; hour < HTML_HOUR_COUNT; hour++)
			sum += hours.count[hour];
		assert_row(sum == n, label);
		assert_row(
		    hours.count[n % HTML_HOURS] == n / HTML_HOURS + (n % HTML_HOURS != 0 ? 1 : 0),
		    label);
	}
	assert_memory_equal(&hours, &identities.all, sizeof(hours));
	html_identities_hours(&identities, 0, &hours);
	assert_int_equal(hours.count[0], 0);
	html_identities_fini(&identities);
}

static void test_times(void **state)
{
	struct html_identities identities = {0};

	(void)state;
	add(&identities, 0, 0, SPAN_EMPTY);
	assert_false(identities.dated);
	assert_int_equal(identities.all.count[HTML_HOUR_UNKNOWN], 1);
	add(&identities, 0, MIDNIGHT + HOUR, SPAN_EMPTY);
	add(&identities, 1, MIDNIGHT - 1, SPAN_EMPTY);
	add(&identities, 0, MIDNIGHT + 90, SPAN_EMPTY);
	assert_true(identities.dated);
	assert_int_equal(identities.first, MIDNIGHT - 1);
	assert_int_equal(identities.last, MIDNIGHT + HOUR);
	assert_int_equal(identities.all.count[23], 1);
	assert_int_equal(identities.all.count[0], 1);
	assert_int_equal(identities.all.count[1], 1);
	html_identities_fini(&identities);
}

static void test_first_samples(void **state)
{
	struct html_identities identities = {0};
	const struct html_sample *sample;

	(void)state;
	for (unsigned n = 0; n < 2 * HTML_MAX_SAMPLES; n++) {
		char subject[] = {(char)('a' + n), '\0'};

		add(&identities, 0, MIDNIGHT, span_of(subject));
	}
	assert_int_equal(count_samples(&identities, 0), HTML_MAX_SAMPLES);
	sample = html_identities_sample(&identities, 0);
	assert_span_text(subject_of(sample), "a", "the first");
	assert_span_text(subject_of(html_sample_next(sample)), "b", "the second");
	html_identities_fini(&identities);
	assert_int_equal(identities.sample_bytes, 0);
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
	kept = subject_of(html_identities_sample(&identities, 0));
	assert_int_equal(kept.n, HTML_SAMPLE_MAX_VALUE);
	kept = subject_of(html_sample_next(html_identities_sample(&identities, 0)));
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
	    cmocka_unit_test(test_hours),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_first_samples),
	    cmocka_unit_test(test_long_value),
	    cmocka_unit_test(test_sample_budget),
	    cmocka_unit_test(test_sample_budget_of_equals),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
