#include "tests/unit/state_place.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/buf.h"

#define LONG_FOLDER  1024
#define NOBODY       65534
#define LOCK_SECONDS 60

static const struct state_key usual = {"imap.example.com", 993, "global", "Caught (Outgoing)"};

#define USUAL_FILE "state/default/global@imap.example.com:993,Caught%20%28Outgoing%29"
#define USUAL_TEXT                                                                                 \
	"quarantine-report state 1\n"                                                              \
	"messages global@imap.example.com:993,Caught%20%28Outgoing%29\n"                           \
	"uidvalidity 1234\nlast-uid 4294967295\n"

static void commit_states(struct state_store *store)
{
	struct err err = ERR_INIT;

	if (state_commit(store, NULL, 0, &err) != 0)
		fail_msg("state_commit: %s", err.text);
	state_close(store);
}

static void save(const char *name, const struct state_key *key, struct state state)
{
	struct state_store *store = open_store(name);

	state_plan_state(store, key, &state);
	commit_states(store);
}

static void assert_state(const char *name, const struct state_key *key, struct state want)
{
	struct state_store *store = open_store(name);
	struct state got = load(store, key);

	state_close(store);
	if (got.uidvalidity != want.uidvalidity || got.last_uid != want.last_uid)
		fail_msg("%s, %s@%s:%u, '%s': %u %u, want %u %u", name, key->user, key->host,
		    key->port, key->folder, got.uidvalidity, got.last_uid, want.uidvalidity,
		    want.last_uid);
}

static void test_round_trip(void **state)
{
	static const struct state saved = {.uidvalidity = 1234, .last_uid = UINT32_MAX};
	struct state_key shouted = usual;
	struct stat st;

	(void)state;
	assert_state("default", &usual, (struct state){.uidvalidity = 0, .last_uid = 0});
	save("default", &usual, saved);
	assert_state("default", &usual, saved);
	assert_string_equal(read_text(USUAL_FILE), USUAL_TEXT);
	assert_int_equal(stat(USUAL_FILE, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_false(is_there(JOURNAL));
	shouted.host = "IMAP.Example.COM";
	assert_state("default", &shouted, saved);
	assert_state("other", &usual, (struct state){.uidvalidity = 0, .last_uid = 0});
	save("default", &usual, (struct state){.uidvalidity = 1235, .last_uid = 7});
	assert_state("default", &usual, (struct state){.uidvalidity = 1235, .last_uid = 7});
}

static void test_nothing_without_commit(void **state)
{
	struct state_store *store = open_store("default");

	(void)state;
	state_plan_state(store, &usual, &(struct state){.uidvalidity = 1, .last_uid = 1});
	state_close(store);
	assert_state("default", &usual, (struct state){.uidvalidity = 0, .last_uid = 0});
}

/* Each gets a state of its own; all are saved in one run. */
static void test_odd_keys(void **state)
{
	static char long_a[LONG_FOLDER + 1], long_b[LONG_FOLDER + 1], long_user[LONG_FOLDER + 1];
	static const struct state_key odd[] = {
	    {"h.example", 993, "u", "a/b"},
	    {"h.example", 993, "u", "a%2Fb"},
	    {"h.example", 993, "u", ""},
	    {"h.example", 993, "u", "."},
	    {"h.example", 993, "u", ".."},
	    {"h.example", 993, "", "/../../x"},
	    {"h.example", 993, "../../x", "f"},
	    {"h.example", 143, "u", "f"},
	    {"h.example", 993, "u", "f"},
	    {"2001:db8::1", 993, "u", "f"},
	    {"c", 1, "a@b", "f"},
	    {"b@c", 1, "a", "f"},
	    {"h", 1, "u", "f,g"},
	    {"h:1,f", 1, "u", "g"},
	    {"h.example", 993, "u",
		"Gef\303\244ngt \342\200\223 \343\202\271\343\203\221\343\203\240"},
	    {"h.example", 993, "u\nlast-uid 9", "\001\002\177\200\377\n"},
	    {"h.example", 993, "u", " f "},
	    {"h.example", 993, "u", long_a},
	    {"h.example", 993, "u", long_b},
	    {"h.example", 993, long_user, "f"},
	};
	struct state_store *store = open_store("default");

	(void)state;
	memset(long_a, '/', LONG_FOLDER);
	memcpy(long_b, long_a, LONG_FOLDER);
	long_b[LONG_FOLDER - 1] = 'x';
	memset(long_user, 'u', LONG_FOLDER);
	for (unsigned i = 0; i < TABLE_COUNT(odd); i++)
		state_plan_state(
		    store, &odd[i], &(struct state){.uidvalidity = i + 1, .last_uid = i + 100});
	commit_states(store);
	for (unsigned i = 0; i < TABLE_COUNT(odd); i++)
		assert_state(
		    "default", &odd[i], (struct state){.uidvalidity = i + 1, .last_uid = i + 100});
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
		save(names[i], &usual, (struct state){.uidvalidity = i + 1, .last_uid = i + 1});
	for (unsigned i = 0; i < TABLE_COUNT(names); i++)
		assert_state(
		    names[i], &usual, (struct state){.uidvalidity = i + 1, .last_uid = i + 1});
	assert_false(is_there("x"));
	assert_false(is_there("state/lock"));
}

static void assert_damaged(const char *label)
{
	struct state_store *store = open_store("default");
	struct state got = {.uidvalidity = 77, .last_uid = 77};
	struct err err = ERR_INIT;

	if (state_load(store, &usual, &got, &err) == 0)
		fail_msg("%s: it was read", label);
	assert_row(err.code == ERR_CONFIG, label);
	assert_row(strstr(err.text, USUAL_FILE) != NULL, label);
	assert_row(strstr(err.text, "delete") != NULL, label);
	assert_row(got.uidvalidity == 77 && got.last_uid == 77, label);
	state_close(store);
}

#define HEAD                                                                                       \
	"quarantine-report state 1\nmessages "                                                     \
	"global@imap.example.com:993,Caught%20%28Outgoing%29\n"

#define HEAD_2                                                                                     \
	"quarantine-report state 2\nmessages "                                                     \
	"global@imap.example.com:993,Caught%20%28Outgoing%29\n"

/* As many as there may be, and one more is no file of ours. */
static void test_open(void **state)
{
	struct state many = {.uidvalidity = 5, .last_uid = 1000, .open_count = STATE_MAX_OPEN};
	struct state_store *store = open_store("default");
	struct buf text;
	struct state got;

	(void)state;
	for (unsigned i = 0; i < STATE_MAX_OPEN; i++)
		many.open[i] = (struct state_open){i + 1, 1700000000 + i};
	state_close(store);
	save("default", &usual, many);
	store = open_store("default");
	got = load(store, &usual);
	assert_int_equal(got.uidvalidity, 5);
	assert_int_equal(got.last_uid, 1000);
	assert_int_equal(got.open_count, STATE_MAX_OPEN);
	for (unsigned i = 0; i < STATE_MAX_OPEN; i++) {
		assert_int_equal(got.open[i].uid, many.open[i].uid);
		assert_int_equal(got.open[i].since, many.open[i].since);
	}
	state_close(store);
	buf_init(&text, 0);
	buf_add_text(&text, HEAD_2 "uidvalidity 1\nlast-uid 1000\n");
	for (unsigned i = 0; i <= STATE_MAX_OPEN; i++)
		buf_printf(&text, "open %u 1\n", i + 1);
	write_text(USUAL_FILE, buf_string(&text));
	buf_fini(&text);
	assert_damaged("too many open");
}

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
	    {HEAD "uidvalidity 1\n", "one number"},
	    {HEAD "uidvalidity 1\nlast-uid 2", "cut before the last byte"},
	    {HEAD "uidvalidity 1\nlast-uid \n", "no second number"},
	    {HEAD "uidvalidity 4294967296\nlast-uid 2\n", "too large"},
	    {HEAD "uidvalidity 1\nlast-uid 99999999999999999999999\n", "far too large"},
	    {HEAD "uidvalidity -1\nlast-uid 2\n", "negative"},
	    {HEAD "last-uid 2\nuidvalidity 1\n", "another order"},
	    {HEAD "uidvalidity 1\nlast-uid 2\nmore 3\n", "more lines"},
	    {HEAD "uidvalidity 1\r\nlast-uid 2\r\n", "line ends of another system"},
	    {HEAD "uidvalidity 1\nlast-uid 2\nopen 1 1700000000\n", "open in version 1"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 3 1700000000\n", "open behind the last"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 0 1700000000\n", "open without UID"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 1\n", "open without time"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 1 -1\n", "open before all time"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 2 1\nopen 1 1\n", "open in another order"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 1 1\nopen 1 1\n", "open twice"},
	    {HEAD_2 "uidvalidity 1\nlast-uid 2\nopen 1 9223372036854775808\n", "far too late"},
	};
	static const char zeros[64];
	char *large = calloc(1, STATE_MAX_FILE + 1);

	(void)state;
	save("default", &usual, (struct state){.uidvalidity = 1, .last_uid = 1});
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		write_text(USUAL_FILE, rows[i].text);
		assert_damaged(rows[i].why);
	}
	write_file(USUAL_FILE, zeros, sizeof(zeros));
	assert_damaged("zeros");
	assert_non_null(large);
	write_file(USUAL_FILE, large, STATE_MAX_FILE + 1);
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
	save("default", &usual, (struct state){.uidvalidity = 3, .last_uid = 4});
	assert_state("default", &usual, (struct state){.uidvalidity = 3, .last_uid = 4});
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
	struct state_store *store;
	struct err err = ERR_INIT;

	(void)state;
	save("default", &usual, (struct state){.uidvalidity = 3, .last_uid = 4});
	store = open_store("default");
	assert_int_equal(rename("state", "moved"), 0);
	assert_int_equal(mkdir("state", 0700), 0);
	assert_int_equal(mkdir("state/default", 0700), 0);
	assert_int_equal(load(store, &usual).last_uid, 4);
	state_plan_state(store, &usual, &(struct state){.uidvalidity = 3, .last_uid = 5});
	assert_int_equal(state_commit(store, NULL, 0, &err), 0);
	state_close(store);
	assert_int_equal(rmdir("state/default"), 0);
	assert_int_equal(rmdir("state"), 0);
	assert_int_equal(rename("moved", "state"), 0);
	assert_state("default", &usual, (struct state){.uidvalidity = 3, .last_uid = 5});
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
	save("default", &usual, (struct state){.uidvalidity = 3, .last_uid = 4});
	write_text("state/default/.quarantine-report-aaaaaa", "half a state");
	write_text("state/default/.other", "somebody's");
	write_text(LETTER, "without a journal");
	assert_state("default", &usual, (struct state){.uidvalidity = 3, .last_uid = 4});
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
	    cmocka_unit_test_setup_teardown(test_odd_names, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_open, enter_place, leave_place),
	    cmocka_unit_test_setup_teardown(test_damaged, enter_place, leave_place),
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
