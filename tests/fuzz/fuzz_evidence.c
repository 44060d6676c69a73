#include <stdint.h>
#include <string.h>

#include "base/utf8.h"
#include "check.h"
#include "mail/value.h"
#include "evidence/brand.h"
#include "evidence/evidence.h"
#include "evidence/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(struct span value)
{
	CHECK(value.n <= VALUE_MAX + 3);
	CHECK(utf8_valid(value));
	CHECK(span_trim(value).n == value.n);
	for (size_t i = 0; i < value.n;) {
		uint32_t c = 0;

		i += utf8_next(span_from(value, i), &c);
		CHECK(!utf8_is_control(c));
	}
}

static void check_record(const struct record *record)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		check_value(record->value[i]);
		if (record->value[i].n == 0)
			CHECK(record->rule[i] == NULL && record->origin[i] == 0);
		else
			CHECK((record->rule[i] != NULL) != (i == COLUMN_NOTES));
	}
	CHECK(record->notes == 0 || record->value[COLUMN_NOTES].n > 0);
	CHECK(record->value[COLUMN_NUMBER].n == 0 && record->value[COLUMN_DATE].n == 0);
	CHECK(record->value[COLUMN_FOLDER].n == 0 && record->value[COLUMN_UID].n == 0);
	CHECK(record->value[COLUMN_HOST].n == 0);
}

/* The same section says the same, whatever was read before it. */
static void check_equal(const struct record *a, const struct record *b)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		CHECK(span_eq(a->value[i], b->value[i]));
		CHECK(a->rule[i] == b->rule[i] && a->origin[i] == b->origin[i]);
	}
	CHECK(a->notes == b->notes && a->is_bounce == b->is_bounce);
}

/* Of the record that was read last: lines of harmless text. */
static void check_explanation(struct evidence *evidence, const struct record *record)
{
	struct buf out;
	uint32_t c = 0;

	buf_init(&out, 0);
	explain_add(&out, evidence, record, false);
	CHECK(out.failed == 0 && (out.n == 0 || out.p[out.n - 1] == '\n'));
	for (size_t i = 0; i < out.n; i += utf8_next(span_from(buf_span(&out), i), &c)) {
		CHECK(utf8_next(span_from(buf_span(&out), i), &c) != 0);
		CHECK(c == '\n' || (!utf8_is_control(c) && !utf8_is_invisible(c)));
	}
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"X-Identity", "Subject"};
	static const struct evidence_options options = {names, 2};
	static struct evidence *evidence;
	struct span block = {(const char *)data, size};
	struct record first = {0}, other = {0}, second = {0};
	struct err err = ERR_INIT;
	struct arena arena;
	struct span brand;

	if (evidence == NULL && (evidence = evidence_new(&options, &err)) == NULL)
		return 0;
	arena_init(&arena);
	CHECK(evidence_extract(evidence, block, &arena, &first, &err) == 0);
	check_record(&first);
	CHECK(evidence_extract(evidence, span_from(block, size / 2), &arena, &other, &err) == 0);
	check_record(&other);
	CHECK(evidence_extract(evidence, block, &arena, &second, &err) == 0);
	check_equal(&first, &second);
	check_explanation(evidence, &second);
	if (first.value[COLUMN_DOMAIN].n + first.value[COLUMN_CLASS].n > 0)
		CHECK(brand_find(block, &brand));
	arena_fini(&arena);
	return 0;
}
