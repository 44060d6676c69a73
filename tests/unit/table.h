/*
 * Helpers for table tests: a failing row says which one it is.
 */
#ifndef TESTS_UNIT_TABLE_H
#define TESTS_UNIT_TABLE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/span.h"

#define TABLE_COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Fails with both texts and the row's label unless they are equal. */
#define assert_span_text(got, want, label)                                                         \
	do {                                                                                       \
		struct span got_ = (got);                                                          \
		const char *want_ = (want);                                                        \
		if (!span_eq(got_, span_of(want_)))                                                \
			fail_msg("%s: got \"%.*s\", want \"%s\"", (label), (int)got_.n,            \
			    got_.n != 0 ? got_.p : "", want_);                                     \
	} while (0)

#define assert_row(condition, label)                                                               \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("%s: not so: %s", (label), #condition);                           \
	} while (0)

#endif
