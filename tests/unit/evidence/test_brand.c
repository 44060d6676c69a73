#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "tests/unit/table.h"

#include "evidence/brand.h"

static void test_split(void **state)
{
	static const struct {
		const char *name;
		const char *brand; /* "": not a name of the filter */
		enum brand_field field;
	} rows[] = {
	    {"X-SpamExperts-Username", "SpamExperts", BRAND_USERNAME},
	    {"x-spampanel-DOMAIN", "spampanel", BRAND_DOMAIN},
	    {"X-PT.Example-Outgoing-Class", "PT.Example", BRAND_OUTGOING_CLASS},
	    {"X-Two-Words-Outgoing-Evidence", "Two-Words", BRAND_OUTGOING_EVIDENCE},
	    {"X-Brand-Class", "Brand", BRAND_CLASS},
	    {"X-Brand-Evidence", "Brand", BRAND_EVIDENCE},
	    {"X-NotOutgoing-Class", "NotOutgoing", BRAND_CLASS},
	    {"X-Outgoing-Domain", "Outgoing", BRAND_DOMAIN},
	    {"X-Outgoing-Class", "", BRAND_CLASS},
	    {"X-Username", "", BRAND_USERNAME},
	    {"X--Username", "", BRAND_USERNAME},
	    {"X-Brand-Usernames", "", BRAND_USERNAME},
	    {"X-BrandUsername", "", BRAND_USERNAME},
	    {"Y-Brand-Username", "", BRAND_USERNAME},
	    {"Username", "", BRAND_USERNAME},
	    {"X-", "", BRAND_USERNAME},
	    {"X", "", BRAND_USERNAME},
	    {"", "", BRAND_USERNAME},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span brand = SPAN("untouched");
		enum brand_field field = BRAND_FIELD_COUNT;
		bool found = brand_split(span_of(rows[i].name), &brand, &field);

		assert_span_text(
		    brand, rows[i].brand[0] != '\0' ? rows[i].brand : "untouched", rows[i].name);
		assert_row(found == (rows[i].brand[0] != '\0'), rows[i].name);
		assert_row(field == (found ? rows[i].field : BRAND_FIELD_COUNT), rows[i].name);
	}
}

static void test_find(void **state)
{
	static const struct {
		const char *block;
		const char *brand; /* "": none */
	} rows[] = {
	    {"X-A-Outgoing-Class: x\r\nX-B-Outgoing-Evidence: y\r\n", "B"},
	    {"X-A-Outgoing-Class: x\r\nX-B-Class: y\r\nX-B-Evidence: z\r\n", "B"},
	    {"X-A-Class: x\nX-B-Evidence: y\n", "B"},
	    {"X-A-Username: x\r\nX-A-Domain: y\r\n", ""},
	    {"Subject: a\r\n X-A-Outgoing-Class: x\r\n", ""},
	    {"Subject: a\r\n\r\nX-A-Outgoing-Class: x\r\n", ""},
	    {"", ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct span brand = SPAN_EMPTY;
		bool found = brand_find(span_of(rows[i].block), &brand);

		assert_span_text(brand, rows[i].brand, rows[i].block);
		assert_row(found == (rows[i].brand[0] != '\0'), rows[i].block);
	}
}

static void test_add(void **state)
{
	static const char *const unfit[] = {"", "a b", "a\"b", "a{1}", "a(b)", "a%", "a*", "a\\b",
	    "a]", "a:b", "a\r\nb", "a\x7f", "\xc3\xa9"};
	struct brand_set set = {0};
	char longest[BRAND_NAME_MAX + 2];

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(unfit); i++)
		assert_row(!brand_add(&set, span_of(unfit[i])), unfit[i]);
	assert_true(brand_add(&set, SPAN("PT.Example-1_x")));
	assert_false(brand_add(&set, SPAN("pt.example-1_X")));
	assert_true(brand_known(&set, SPAN("PT.EXAMPLE-1_X")));
	assert_false(brand_known(&set, SPAN("PT.Example")));
	memset(longest, 'x', sizeof(longest));
	assert_false(brand_add(&set, (struct span){longest, BRAND_NAME_MAX + 1}));
	assert_true(brand_add(&set, (struct span){longest, BRAND_NAME_MAX}));
	while (set.count < BRAND_MAX) {
		char name[8];

		snprintf(name, sizeof(name), "b%u", set.count);
		assert_true(brand_add(&set, span_of(name)));
	}
	assert_false(brand_add(&set, SPAN("one-too-many")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_find),
	    cmocka_unit_test(test_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
