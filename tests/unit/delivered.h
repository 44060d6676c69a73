/* What an output has come to. */
#ifndef TESTS_UNIT_DELIVERED_H
#define TESTS_UNIT_DELIVERED_H

#include "table.h"

#include <stdio.h>

static inline void assert_file(const char *path, const char *want)
{
	char text[256] = "";
	FILE *file = fopen(path, "r");

	if (file == NULL)
		fail_msg("%s is not there", path);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(text, want);
}

#endif
