/*
 * Sets of columns in tests.
 */
#ifndef TESTS_UNIT_COLUMNS_H
#define TESTS_UNIT_COLUMNS_H

#include <stddef.h>

#include "record/column_set.h"

/* The set of a list that ends before the first COLUMN_NUMBER, which every record has. */
static inline struct column_set columns_of(const enum column *list, size_t max)
{
	struct column_set set = {0};

	for (size_t i = 0; i < max && list[i] != COLUMN_NUMBER; i++)
		column_set_add(&set, list[i]);
	return set;
}

#define COLUMNS(...)                                                                               \
	columns_of((const enum column[]){__VA_ARGS__},                                             \
	    sizeof((const enum column[]){__VA_ARGS__}) / sizeof(enum column))

#endif
