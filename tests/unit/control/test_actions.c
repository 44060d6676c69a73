#include "tests/unit/table.h"
#include "tests/unit/folder.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "control/actions.h"

#define NOW ((time_t)1767225600)

static const struct action bob = {
    "lock", {SPAN("example.com"), SPAN("192.0.2.1"), SPAN("bob")}, 7, {0}};
static const struct action raw = {
    "lock", {SPAN("example.com"), SPAN("192.0.2.1"), SPAN("\xFF%41\n,\"")}, 0, {0}};

static struct actions *reopen(int folder, time_t now)
{
	struct actions *actions = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(actions_open(folder, now, &actions, &err), 0);
	return actions;
}

static void assert_key(const struct control_key *key, const struct action *action)
{
	assert_true(span_eq(key->domain, action->key.domain));
	assert_true(span_eq(key->username, action->key.username));
	assert_true(span_eq(key->name, action->key.name));
}

/* What a run left open the next one knows, byte for byte; and what it did, until it is undone. */
static void test_actions(void **state)
{
	int folder = open(".", O_RDONLY | O_DIRECTORY);
	struct actions *actions = reopen(folder, NOW);
	const struct action undo = {"unlock", bob.key, 0, {0}};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(actions_open_count(actions), 0);
	assert_int_equal(actions_intend(actions, &bob, &err), 0);
	assert_int_equal(actions_settle(actions, &bob, ACTION_DONE, SPAN_EMPTY, &err), 0);
	assert_int_equal(actions_intend(actions, &raw, &err), 0);
	actions_close(actions);

	actions = reopen(folder, NOW + 1);
	assert_int_equal(actions_open_count(actions), 1);
	assert_key(&actions_open_at(actions, 0)->key, &raw);
	assert_int_equal(actions_last_count(actions), 1);
	assert_key(&actions_last_at(actions, 0)->key, &bob);
	assert_int_equal(
	    actions_settle_kept(actions, actions_open_at(actions, 0), ACTION_DONE, &err), 0);
	actions_close(actions);

	actions = reopen(folder, NOW + 2);
	assert_int_equal(actions_open_count(actions), 0);
	assert_int_equal(actions_last_count(actions), 2);
	assert_int_equal(actions_intend(actions, &undo, &err), 0);
	assert_int_equal(actions_settle(actions, &undo, ACTION_DONE, SPAN_EMPTY, &err), 0);
	actions_close(actions);

	actions = reopen(folder, NOW + 3);
	assert_int_equal(actions_last_count(actions), 1);
	assert_key(&actions_last_at(actions, 0)->key, &raw);
	actions_close(actions);
	close(folder);
	unlink(ACTIONS_FILE);
}

/* Of a run before the last one, what is known only later is not what the last one did. */
static void test_undo_of_the_last(void **state)
{
	static const struct action eve = {
	    "lock", {SPAN("example.org"), SPAN("192.0.2.2"), SPAN("eve")}, 0, {0}};
	const struct action undo = {"unlock", eve.key, 0, {0}};
	int folder = open(".", O_RDONLY | O_DIRECTORY);
	struct actions *actions = reopen(folder, NOW);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(actions_intend(actions, &bob, &err), 0);
	actions_close(actions);
	actions = reopen(folder, NOW + 1);
	assert_int_equal(actions_intend(actions, &eve, &err), 0);
	assert_int_equal(actions_settle(actions, &eve, ACTION_DONE, SPAN_EMPTY, &err), 0);
	actions_close(actions);

	for (unsigned i = 2; i < 4; i++) {
		actions = reopen(folder, NOW + i);
		if (actions_open_count(actions) > 0)
			assert_int_equal(actions_settle_kept(actions, actions_open_at(actions, 0),
					     ACTION_DONE, &err),
			    0);
		assert_int_equal(actions_last_count(actions), 1);
		assert_key(&actions_last_at(actions, 0)->key, &eve);
		actions_close(actions);
	}
	actions = reopen(folder, NOW + 4);
	assert_int_equal(actions_intend(actions, &undo, &err), 0);
	assert_int_equal(actions_settle(actions, &undo, ACTION_DONE, SPAN_EMPTY, &err), 0);
	actions_close(actions);
	actions = reopen(folder, NOW + 5);
	assert_int_equal(actions_last_count(actions), 0);
	actions_close(actions);
	close(folder);
	unlink(ACTIONS_FILE);
}

/* A line that was cut by a crash, and other rubbish. */
static void test_damaged(void **state)
{
	static const char text[] =
	    "\n{}\nnonsense\n{\"state\":\"intended\",\"run\":1}\n{\"time\":\"20";
	int folder = open(".", O_RDONLY | O_DIRECTORY);
	struct actions *actions;
	struct err err = ERR_INIT;
	FILE *file = fopen(ACTIONS_FILE, "w");

	(void)state;
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	actions = reopen(folder, NOW);
	assert_int_equal(actions_open_count(actions), 0);
	assert_int_equal(actions_intend(actions, &bob, &err), 0);
	actions_close(actions);
	actions = reopen(folder, NOW + 1);
	assert_int_equal(actions_open_count(actions), 1);
	actions_close(actions);
	close(folder);
	unlink(ACTIONS_FILE);
}

static void test_no_file_of_ours(void **state)
{
	int folder = open(".", O_RDONLY | O_DIRECTORY);
	struct actions *actions = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(symlink("elsewhere", ACTIONS_FILE), 0);
	assert_int_equal(actions_open(folder, NOW, &actions, &err), -1);
	assert_int_equal(err.code, ERR_CREATE);
	unlink(ACTIONS_FILE);
	close(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_actions),
	    cmocka_unit_test(test_undo_of_the_last),
	    cmocka_unit_test(test_damaged),
	    cmocka_unit_test(test_no_file_of_ours),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
