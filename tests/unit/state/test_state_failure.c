#include "tests/unit/state_place.h"

#define NOTE "state/default/failure"
#define HEAD "quarantine-report failure 1\n"

static const struct {
	struct state_failure failure;
	const char *text;
} rows[] = {
    {{.since = 1770678000}, HEAD "since 1770678000\ntold 0\n"},
    {{.since = 1, .told = 2, .status_count = 1, .status = {75}},
	HEAD "since 1\ntold 2\nstatus 75\n"},
    {{.since = 5, .told = 9, .status_count = 3, .status = {69, 0, 255}},
	HEAD "since 5\ntold 9\nstatus 69\nstatus 0\nstatus 255\n"},
};

static struct state_failure load_failure(const struct state_store *store)
{
	struct state_failure failure = {.since = 77};
	struct err err = ERR_INIT;

	if (state_load_failure(store, &failure, &err) != 0)
		fail_msg("%s", err.text);
	return failure;
}

static void save_failure(const struct state_store *store, const struct state_failure *failure)
{
	struct err err = ERR_INIT;

	if (state_save_failure(store, failure, &err) != 0)
		fail_msg("%s", err.text);
}

static void test_round_trip(void **state)
{
	const struct state_failure none = {0};
	struct state_store *store = open_store("default");
	struct stat st;

	(void)state;
	assert_int_equal(load_failure(store).since, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct state_failure got;

		save_failure(store, &rows[i].failure);
		assert_string_equal(read_text(NOTE), rows[i].text);
		got = load_failure(store);
		assert_memory_equal(&got, &rows[i].failure, sizeof(got));
	}
	assert_int_equal(stat(NOTE, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	save_failure(store, &none);
	assert_false(is_there(NOTE));
	/* There is nothing to remove. */
	save_failure(store, &none);
	assert_int_equal(load_failure(store).since, 0);
	state_close(store);
}

/* It is not one of the files that are about messages, and stays when a run reports. */
static void test_beside_states(void **state)
{
	struct state_store *store = open_store("default");
	struct err err = ERR_INIT;

	(void)state;
	save_failure(store, &rows[0].failure);
	state_plan_state(store, "global@imap.example.com:993,Caught",
	    &(const struct state){.position = {"uidvalidity 1 uid 2"}});
	assert_int_equal(state_commit(store, NULL, 0, &err), 0);
	state_close(store);
	store = open_store("default");
	assert_int_equal(load_failure(store).since, rows[0].failure.since);
	state_close(store);
}

static const char *const damaged[] = {
    "",
    "x",
    HEAD,
    HEAD "since 0\ntold 0\n",
    HEAD "since x\ntold 0\n",
    HEAD "since 1\n",
    HEAD "since 1\ntold 0",
    HEAD "since 1\ntold 0\n\n",
    HEAD "since -1\ntold 0\n",
    HEAD "since 1\ntold 2\nstatus 256\n",
    HEAD "since 1\ntold 2\nstatus\n",
    HEAD "since 18446744073709551616\ntold 0\n",
    HEAD "since 9223372036854775808\ntold 0\n",
    HEAD "since 1 \ntold 0\n",
    "quarantine-report failure 2\nsince 1\ntold 0\n",
    HEAD "since 1\ntold 2\n"
	 "status 1\nstatus 1\nstatus 1\nstatus 1\nstatus 1\nstatus 1\nstatus 1\nstatus 1\n"
	 "status 1\nstatus 1\nstatus 1\nstatus 1\nstatus 1\nstatus 1\nstatus 1\nstatus 1\n"
	 "status 1\n",
};

static void assert_not_loaded(const struct state_store *store, const char *says, const char *why)
{
	struct state_failure failure = {.since = 77};
	struct err err = ERR_INIT;

	assert_row(state_load_failure(store, &failure, &err) == -1, why);
	assert_row(err.code == ERR_CONFIG && strstr(err.text, says) != NULL, err.text);
	assert_row(failure.since == 77, why);
}

static void test_damaged(void **state)
{
	struct state_store *store = open_store("default");

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(damaged); i++) {
		write_text(NOTE, damaged[i]);
		assert_not_loaded(store, "failure' is damaged", damaged[i]);
	}
	save_failure(store, &rows[0].failure);
	assert_int_equal(load_failure(store).since, rows[0].failure.since);
	state_close(store);
}

/* Nobody has us read or write another file. */
static void test_link(void **state)
{
	struct state_store *store = open_store("default");
	struct err err = ERR_INIT;

	(void)state;
	write_text("victim", rows[0].text);
	assert_int_equal(symlink("../../victim", NOTE), 0);
	assert_not_loaded(store, "was not written by this program", "a symbolic link");
	assert_int_equal(state_save_failure(store, &rows[1].failure, &err), -1);
	assert_string_equal(read_text("victim"), rows[0].text);
	state_close(store);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, enter_place, leave_place)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_PLACE(test_round_trip),
	    IN_PLACE(test_beside_states),
	    IN_PLACE(test_damaged),
	    IN_PLACE(test_link),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
