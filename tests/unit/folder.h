/*
 * An empty working directory for a test, or for all tests of a program: setups
 * and teardowns of cmocka, whose state is its path.
 */
#ifndef TESTS_UNIT_FOLDER_H
#define TESTS_UNIT_FOLDER_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline int enter_folder(void **state)
{
	char *folder = strdup("/tmp/qr-test-unit.XXXXXX");

	*state = folder;
	return folder == NULL || mkdtemp(folder) == NULL || chdir(folder) != 0;
}

/* Fails when something is left in it. */
static inline int leave_empty_folder(void **state)
{
	if (chdir("/") != 0 || rmdir(*state) != 0)
		return -1;
	free(*state);
	return 0;
}

/* Removes the files and empty folders in it first. */
static inline int leave_folder(void **state)
{
	DIR *dir = opendir(".");
	struct dirent *entry;

	if (dir == NULL)
		return -1;
	while ((entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			remove(entry->d_name);
	closedir(dir);
	return leave_empty_folder(state);
}

#endif
