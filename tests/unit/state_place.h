/*
 * A folder for each test of the state, which is the working directory, with a sendmail that adds
 * what it gets to the file "sent", and its arguments to "arguments".
 */
#ifndef TESTS_UNIT_STATE_PLACE_H
#define TESTS_UNIT_STATE_PLACE_H

#include "table.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deliver/deliver_file.h"
#include "state/state.h"
#include "tests/unit/text_file.h"

#define JOURNAL "state/default/journal"
#define LETTER  "state/default/letter"

static char *place; /* absolute */
static char *sendmail;

static inline bool is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* The test's sendmail ends with this status, and takes letters only when it is 0. */
static inline void set_sendmail(int status)
{
	char script[512];

	snprintf(script, sizeof(script),
	    "#!/bin/sh\n[ %d = 0 ] || exit %d\necho \"$@\" >>%s/arguments\ncat >>%s/sent\n", status,
	    status, place, place);
	write_text(sendmail, script);
	assert_int_equal(chmod(sendmail, 0700), 0);
}

static inline int enter_place(void **state)
{
	char folder[] = "/tmp/test_state.XXXXXX";

	(void)state;
	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		return -1;
	place = realpath(folder, NULL);
	if (place == NULL || asprintf(&sendmail, "%s/sendmail", place) < 0)
		return -1;
	set_sendmail(0);
	return 0;
}

static inline int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline int leave_place(void **state)
{
	int result;

	(void)state;
	result = chdir("/") != 0 || nftw(place, remove_entry, 16, FTW_DEPTH | FTW_PHYS) != 0;
	free(place);
	free(sendmail);
	return result;
}

static inline struct state_store *open_store(const char *name)
{
	struct err err = ERR_INIT;
	struct state_store *store = state_open("state", name, sendmail, 0, &err);

	if (store == NULL)
		fail_msg("state_open(%s): %s", name, err.text);
	return store;
}

/* state_open() of "default" fails with this status, and says this. */
static inline void assert_not_opened(int status, const char *text, const char *label)
{
	struct err err = ERR_INIT;
	struct state_store *store = state_open("state", "default", sendmail, 0, &err);

	if (store != NULL)
		fail_msg("%s: it was opened", label);
	if (err_exit_status(&err) != status || strstr(err.text, text) == NULL)
		fail_msg("%s: status %d, \"%s\"; want %d, \"%s\"", label, err_exit_status(&err),
		    err.text, status, text);
}

/* A state of this position, without anything that is open. */
static inline struct state state_at(const char *position)
{
	struct state state = {.open = {0}};

	if (*position != '\0' && !position_parse(span_of(position), &state.position))
		fail_msg("no position: %s", position);
	return state;
}

static inline struct state load(struct state_store *store, const char *key)
{
	struct err err = ERR_INIT;
	struct state state = state_at("before 77");

	if (state_load(store, key, &state, &err) != 0)
		fail_msg("state_load: %s", err.text);
	return state;
}

#endif
