#include "tests/unit/state_place.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/buf.h"

#define LONG_FOLDER  1024
#define NOBODY       65534
#define LOCK_SECONDS 60

#define USUAL      "global@imap.example.com:993,Caught%20%28Outgoing%29"
#define USUAL_FILE "state/default/" USUAL
#define USUAL_TEXT                                                                                 \
	"quarantine-report state 1\n"                                                              \
	"messages " USUAL "\n"                                                                     \
	"uidvalidity 1234\nlast-uid 4294967295\n"

static void commit_states(struct state_store *store)
{
	struct err err = ERR_INIT;

	if (state_commit(store, NULL, 0, &err) != 0)
		fail_msg("state_commit: %s", err.text);
	state_close(store);
}

static void save_state(const char *name, const char *key, const struct state *state)
{
	struct state_store *store = open_store(name);

	state_plan_state(store, key, state);
	commit_states(store);
}

static void save(const char *name, const char *key, const char *position)
{
	const struct state state = state_at(position);

	save_state(name, key, &state);
}

static void assert_state(const char *name, const char *key, const char *want)
{
	struct state_store *store = open_store(name);
	struct state got = load(store, key);

	state_close(store);
	if (strcmp(got.position.text, want) != 0)
		fail_msg("%s, %s: %s, want %s", name, key, got.position.text, want);
}

/* A state that no other number has. */
static struct state numbered(unsigned i)
{
	struct state state = state_at("");

	assert_true(position_add_number(&state.position, "number", i + 1));
	return state;
}

static void test_round_trip(void **state)
{
	static const char saved[] = "uidvalidity 1234 last-uid 4294967295";
	struct stat st;

	(void)state;
	assert_state("default", USUAL, "");
	save("default", USUAL, saved);
	assert_state("default", USUAL, saved);
	assert_string_equal(read_text(USUAL_FILE), USUAL_TEXT);
	assert_int_equal(stat(USUAL_FILE, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_false(is_there(JOURNAL));
	assert_state("other", USUAL, "");
	save("default", USUAL, "uidvalidity 1235 last-uid 7");
	assert_state("default", USUAL, "uidvalidity 1235 last-uid 7");
}

static void test_nothing_without_commit(void **state)
{
	const struct state at = state_at("uidvalidity 1 last-uid 1");
	struct state_store *store = open_store("default");

	(void)state;
	state_plan_state(store, USUAL, &at);
	state_close(store);
	assert_state("default", USUAL, "");
}

/* Each gets a state of its own; all are saved in one run. */
static void test_odd_keys(void **state)
{
	static char long_a[LONG_FOLDER + 1], long_b[LONG_FOLDER + 1];
	static const char *const odd[] = {":", "a:", "b:", "a:,", "@:,%", "u@h.example:143,f",
	    "u@h.example:993,f", "u@h.example:993,", "u@h.example:993,%2E.", "%2E.@h:1,f",
	    "maillog:%2Fvar%2Flog%2Fmail.log", long_a, long_b};
	struct state_store *store = open_store("default");

	(void)state;
	memset(long_a, ':', LONG_FOLDER);
	memcpy(long_b, long_a, LONG_FOLDER);
	long_b[LONG_FOLDER - 1] = 'x';
	for (unsigned i = 0; i < TABLE_COUNT(odd); i++) {
		const struct state at = numbered(i);

		state_plan_state(store, odd[i], &at);
	}
	commit_states(store);
	for (unsigned i = 0; i < TABLE_COUNT(odd); i++)
		assert_state("default", odd[i], numbered(i).position.text);
}

/* Names of other files, and of none. */
static void test_bad_keys(void **state)
{
	static const char *const bad[] = {"", "lock", "journal", "letter", ".:", "..:x", "a/b:c",
	    "/:", "a b:c", "a:\n", "a:\303\244", "a:~", "a:\\"};
	struct state_store *store = open_store("default");

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(bad); i++) {
		struct err err = ERR_INIT;
		struct state got;

		assert_row(state_load(store, bad[i], &got, &err) != 0, bad[i]);
		assert_row(err.code == ERR_INTERNAL, bad[i]);
	}
	state_close(store);
}

/* A profile is a folder of its own, whatever its name. */
static void test_odd_names(void **state)
{
	static char long_name[LONG_FOLDER + 1];
	static const char *const names[] = {
	    ".", "..", "a/b", "../x", "default/lock", long_name, "\303\244"};

	(void)state;
	memset(long_name, 'n', LONG_FOLDER);
	for (unsigned i = 0; i < TABLE_COUNT(names); i++)
		save(names[i], USUAL, numbered(i).position.text);
	for (unsigned i = 0; i < TABLE_COUNT(names); i++)
		assert_state(names[i], USUAL, numbered(i).position.text);
	assert_false(is_there("x"));
	assert_false(is_there("state/lock"));
}

static void assert_damaged(const char *label)
{
	struct state_store *store = open_store("default");
	struct state got = state_at("before 77");
	struct err err = ERR_INIT;

	if (state_load(store, USUAL, &got, &err) == 0)
		fail_msg("%s: it was read", label);
	assert_row(err.code == ERR_CONFIG, label);
	assert_row(strstr(err.text, USUAL_FILE) != NULL, label);
	assert_row(strstr(err.text, "delete") != NULL, label);
	assert_row(strcmp(got.position.text, "before 77") == 0, label);
	state_close(store);
}

#define HEAD "quarantine-report state 1\nmessages " USUAL "\n"

#define HEAD_2 "quarantine-report state 2\nmessages " USUAL "\n"

/* As many as there may be, and one more is no file of ours. */
static void test_open(void **state)
{
	struct state many = state_at("uidvalidity 5 last-uid 1000");
	struct state_store *store;
	struct buf text;
	struct state got;

	(void)state;
	many.open.count = STATE_MAX_OPEN;
	for (unsigned i = 0; i < STATE_MAX_OPEN; i++)
		many.open.item[i] = (struct state_open){i, 1700000000 + i};
	many.open.item[STATE_MAX_OPEN - 1].number = UINT64_MAX;
	save_state("default", USUAL, &many);
	store = open_store("default");
	got = load(store, USUAL);
	assert_string_equal(got.position.text, many.position.text);
	assert_memory_equal(&got.open, &many.open, sizeof(many.open));
	state_close(store);
	buf_init(&text, 0);
	buf_add_text(&text, HEAD_2 "uidvalidity 1\nlast-uid 1000\n");
	for (unsigned i = 0; i <= STATE_MAX_OPEN; i++)
		buf_printf(&text, "open %u 1\n", i + 1);
	write_text(USUAL_FILE, buf_string(&text));
	buf_fini(&text);
	assert_damaged("too many open");
}

#define TEXT_16  "0123456789abcdef"
#define TEXT_128 TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16 TEXT_16

static void test_damaged(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} rows[] = {
	    {"", "empty"},
	    {"\n", "an empty line"},
	    {"quarantine-report state 1\n", "only a title"},
	    {"quarantine-report state 2\nmessages "
	     "global@imap.example.com:993,Caught%20%28Outgoing%29\nuidvalidity 1\nlast-uid 2\n",
		"another version"},
	    {"quarantine-report state 1\nmessages global@imap.example.com:993,Caught\n"
	     "uidvalidity 1\nlast-uid 2\n",
		"about another folder"},
	    {HEAD, "no numbers"},
	    {HEAD "uidvalidity 1\nlast-uid 2", "cut before the last byte"},
	    {HEAD "uidvalidity 1\nlast-uid \n", "no second number"},
	    {HEAD "uidvalidity 1\r\nlast-uid 2\r\n", "line ends of another system"},
	    {HEAD "uidvalidity\nlast-uid 2\n", "a name alone"},
	    {HEAD " 1\nlast-uid 2\n", "a number alone"},
	    {HEAD "uidvalidity 1 last-uid 2\n", "two pairs in a line"},
	    {HEAD "uidvalidity 1\n\nlast-uid 2\n", "an empty line"},
	    {HEAD "\nuidvalidity 1\nlast-uid 2\n", "an empty line in front"},
	    {HEAD "uidvalidity 1\nlast-uid 2\n\n", "an empty line at the end"},
	    {HEAD "uidvalidity 1\nlast-u\303\257d 2\n", "not ASCII"},
	    {HEAD "a " TEXT_128 "\n", "too long a position"},
	    {HEAD_2 "open 1 1700000000\n", "open and no position"},
	    {HEAD_2 "uidvalidity 1\nopen 1 1\nlast-uid 2\n", "open in the middle"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 1 1 1\n", "open with more"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen -1 1\n", "open before all numbers"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 18446744073709551616 1\n", "too large"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopens 1 1\n", "another word"},
	    {"quarantine-report state 3\nmessages " USUAL "\nposition a 1\n", "a later version"},
	    {"quarantine-report state 1\nmessages " USUAL "x\na 1\n", "about a longer name"},
	    {HEAD "uidvalidity 1\nlast-uid 2\nopen 1 1700000000\n", "open in version 1"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 1\n", "open without time"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 1 -1\n", "open before all time"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 2 1\nopen 1 1\n", "open in another order"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 1 1\nopen 1 1\n", "open twice"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 1 9223372036854775808\n", "far too late"},
	};
	static const char zeros[64];
	char *large = calloc(1, STATE_MAX_FILE + 1);

	(void)state;
	save("default", USUAL, "uidvalidity 1 last-uid 1");
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		write_text(USUAL_FILE, rows[i].text);
		assert_damaged(rows[i].why);
	}
	write_file(USUAL_FILE, (struct span){zeros, sizeof(zeros)});
	assert_damaged("zeros");
	assert_non_null(large);
	write_file(USUAL_FILE, (struct span){large, STATE_MAX_FILE + 1});
	free(large);
	assert_damaged("too long");
	assert_int_equal(unlink(USUAL_FILE), 0);
	assert_int_equal(mkdir(USUAL_FILE, 0700), 0);
	assert_damaged("a folder");
	assert_int_equal(rmdir(USUAL_FILE), 0);
	assert_int_equal(mkfifo(USUAL_FILE, 0600), 0);
	assert_damaged("a pipe");
	assert_int_equal(unlink(USUAL_FILE), 0);
	write_text("elsewhere", USUAL_TEXT);
	assert_int_equal(symlink("../../elsewhere", USUAL_FILE), 0);
	assert_damaged("a symbolic link");
}

/* Files that earlier versions wrote; what is written now is the same. */
static void test_known_files(void **state)
{
	static const struct {
		const char *text, *position;
		uint64_t open; /* the only message; 0: none */
	} rows[] = {
	    {HEAD "uidvalidity 1\nlast-uid 2\n", "uidvalidity 1 last-uid 2", 0},
	    {HEAD "uidvalidity 4294967295\nlast-uid 0\n", "uidvalidity 4294967295 last-uid 0", 0},
	    {HEAD_2 "uidvalidity 3\nlast-uid 812\nopen 7 1700000000\n",
		"uidvalidity 3 last-uid 812", 7},
	    {HEAD "inode 71\noffset 9000\nfirst-line a:b=\n",
		"inode 71 offset 9000 first-line a:b=", 0},
	};

	(void)state;
	state_close(open_store("default"));
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct state_store *store;
		struct state got;

		write_text(USUAL_FILE, rows[i].text);
		store = open_store("default");
		got = load(store, USUAL);
		assert_row(strcmp(got.position.text, rows[i].position) == 0, rows[i].text);
		assert_row(got.open.count == (rows[i].open != 0), rows[i].text);
		assert_row(got.open.item[0].number == rows[i].open, rows[i].text);
		assert_int_equal(unlink(USUAL_FILE), 0);
		state_plan_state(store, USUAL, &got);
		commit_states(store);
		assert_string_equal(read_text(USUAL_FILE), rows[i].text);
	}
}

/* What the store says for a source that cannot read what it was given. */
static void test_refuse(void **state)
{
	struct state_store *store = open_store("default");
	struct err damaged = ERR_INIT;
	struct err refused = ERR_INIT;
	struct state got;

	(void)state;
	write_text(USUAL_FILE, "");
	assert_int_equal(state_load(store, USUAL, &got, &damaged), -1);
	assert_int_equal(state_refuse(store, USUAL, &refused), -1);
	assert_int_equal(refused.code, ERR_CONFIG);
	assert_string_equal(refused.text, damaged.text);
	state_close(store);
}

static void test_folder_is_made(void **state)
{
	static const char *const made[] = {"a", "a/b", "a/b/c", "a/b/c/default"};
	struct err err = ERR_INIT;
	struct state_store *store = state_open("a/b//c/", "default", sendmail, 0, &err);
	struct stat st;

	(void)state;
	if (store == NULL)
		fail_msg("%s", err.text);
	state_close(store);
	for (unsigned i = 0; i < TABLE_COUNT(made); i++) {
		assert_row(stat(made[i], &st) == 0, made[i]);
		assert_row((st.st_mode & 07777) == 0700, made[i]);
	}
}

static void test_folder_by_link(void **state)
{
	(void)state;
	assert_int_equal(mkdir("real", 0700), 0);
	assert_int_equal(symlink("real", "state"), 0);
	save("default", USUAL, "uidvalidity 3 last-uid 4");
	assert_state("default", USUAL, "uidvalidity 3 last-uid 4");
	assert_true(is_there("real/default/lock"));
}

/* Whoever may exchange a part of the way to the folder could lead us to another. */
static void test_bad_way(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mkdir("open", 0700), 0);
	assert_int_equal(mkdir("open/real", 0700), 0);
	assert_int_equal(symlink("open/real", "state"), 0);
	assert_int_equal(chmod("open", 0702), 0);
	assert_not_opened(78, "'real' of 'state'", "everybody may write to a folder on the way");
	assert_null(state_open("open/real/a", "default", sendmail, 0, &err));
	assert_int_equal(err_exit_status(&err), 78);
	assert_false(is_there("open/real/a"));
	assert_false(is_there("open/real/default"));
	assert_int_equal(chmod("open", 01777), 0);
	state_close(open_store("default"));
	assert_int_equal(unlink("state"), 0);
	assert_int_equal(symlink("state", "state"), 0);
	assert_not_opened(73, "symbolic links", "a ring");
}

static void test_link_of_another_user(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(mkdir("real", 0700), 0);
	assert_int_equal(symlink("real", "state"), 0);
	assert_int_equal(lchown("state", NOBODY, NOBODY), 0);
	assert_not_opened(78, "symbolic link of another user", "the folder");
	assert_false(is_there("real/default"));
	assert_int_equal(unlink("state"), 0);
	assert_int_equal(mkdir("state", 0700), 0);
	assert_int_equal(symlink("../real", "state/default"), 0);
	assert_int_equal(lchown("state/default", NOBODY, NOBODY), 0);
	assert_not_opened(78, "symbolic link of another user", "the one in it");
	assert_false(is_there("real/lock"));
}

/* What is open stays what it is. */
static void test_folder_is_exchanged(void **state)
{
	const struct state at = state_at("uidvalidity 3 last-uid 5");
	struct state_store *store;
	struct err err = ERR_INIT;

	(void)state;
	save("default", USUAL, "uidvalidity 3 last-uid 4");
	store = open_store("default");
	assert_int_equal(rename("state", "moved"), 0);
	assert_int_equal(mkdir("state", 0700), 0);
	assert_int_equal(mkdir("state/default", 0700), 0);
	assert_string_equal(load(store, USUAL).position.text, "uidvalidity 3 last-uid 4");
	state_plan_state(store, USUAL, &at);
	assert_int_equal(state_commit(store, NULL, 0, &err), 0);
	state_close(store);
	assert_int_equal(rmdir("state/default"), 0);
	assert_int_equal(rmdir("state"), 0);
	assert_int_equal(rename("moved", "state"), 0);
	assert_state("default", USUAL, "uidvalidity 3 last-uid 5");
}

static void test_bad_folders(void **state)
{
	(void)state;
	write_text("state", "");
	assert_not_opened(73, "no folder", "a file");
	assert_int_equal(unlink("state"), 0);
	assert_int_equal(symlink("nowhere", "state"), 0);
	assert_not_opened(73, "'state'", "a link to nothing");
	assert_int_equal(unlink("state"), 0);
	assert_int_equal(mkdir("state", 0700), 0);
	assert_int_equal(chmod("state", 0720), 0);
	assert_not_opened(78, "chmod go-w", "the group may write");
	assert_int_equal(chmod("state", 01777), 0);
	assert_not_opened(78, "chmod go-w", "everybody may write");
	assert_int_equal(chmod("state", 0755), 0);
	assert_int_equal(mkdir("state/default", 0700), 0);
	assert_int_equal(chmod("state/default", 0702), 0);
	assert_not_opened(78, "state/default", "everybody may write to the inner one");
	assert_int_equal(rmdir("state/default"), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown("state", NOBODY, NOBODY), 0);
		assert_not_opened(78, "another user", "another user's");
	} else {
		assert_int_equal(chmod("state", 0500), 0);
		assert_not_opened(73, "Permission denied", "not to be written to");
	}
}

/* A process that has the lock until it is killed. */
static pid_t hold_lock(const char *name)
{
	int ends[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct err err = ERR_INIT;

		alarm(LOCK_SECONDS); /* in case the test fails before it ends us */
		if (state_open("state", name, sendmail, 0, &err) == NULL ||
		    write(ends[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	close(ends[0]);
	return pid;
}

static void test_lock(void **state)
{
	pid_t pid = hold_lock("default");
	char text[64];

	(void)state;
	snprintf(text, sizeof(text), "'default' is under way (process %d)", (int)pid);
	assert_not_opened(75, text, "locked");
	assert_not_opened(75, text, "still locked");
	state_close(open_store("other"));
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	state_close(open_store("default"));
	assert_true(is_there("state/default/lock"));
}

static void test_leftovers(void **state)
{
	(void)state;
	save("default", USUAL, "uidvalidity 3 last-uid 4");
	write_text("state/default/.quarantine-report-aaaaaa", "half a state");
	write_text("state/default/.other", "somebody's");
	write_text(LETTER, "without a journal");
	assert_state("default", USUAL, "uidvalidity 3 last-uid 4");
	assert_false(is_there("state/default/.quarantine-report-aaaaaa"));
	assert_false(is_there(LETTER));
	assert_true(is_there("state/default/.other"));
	assert_false(is_there("sent"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_round_trip, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_nothing_without_commit, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_odd_keys, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_bad_keys, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_odd_names, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_open, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_damaged, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_known_files, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_refuse, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_folder_is_made, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_folder_by_link, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_bad_way, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_link_of_another_user, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_folder_is_exchanged, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_bad_folders, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_lock, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_leftovers, enter_place, leave_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
