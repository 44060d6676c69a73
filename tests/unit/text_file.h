/* Small files of a test. */
#ifndef TESTS_UNIT_TEXT_FILE_H
#define TESTS_UNIT_TEXT_FILE_H

#include "table.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* A new file has mode 0600, as one with a password must have. */
static inline void write_file(const char *path, struct span bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes.p, bytes.n), bytes.n);
	assert_int_equal(close(fd), 0);
}

static inline void write_text(const char *path, const char *text)
{
	write_file(path, span_of(text));
}

/* The content of a small file; "" when there is none. */
static inline const char *read_text(const char *path)
{
	static char text[4096];
	FILE *file = fopen(path, "r");
	size_t n = file != NULL ? fread(text, 1, sizeof(text) - 1, file) : 0;

	if (file != NULL)
		fclose(file);
	text[n] = '\0';
	return text;
}

static inline void assert_file(const char *path, const char *want)
{
	if (access(path, F_OK) != 0)
		fail_msg("%s is not there", path);
	assert_string_equal(read_text(path), want);
}

#endif
