/*
 * Runs that end as a whole or not at all: commits, what a journal of a run that was killed makes
 * the next one do, and letters that are refused. tests/system/test_state_kill.py kills real runs.
 */
#include "tests/unit/state_place.h"

#include <dirent.h>

#include "base/buf.h"
#include "state/state_store.h"

static const char outgoing[] = "global@imap.example.com:993,Caught%20%28Outgoing%29";
static const char incoming[] = "global@imap.example.com:993,Caught";
static const char *const noc[] = {"noc@example.com", "abuse@example.net"};

#define FILES       3
#define LETTER_TEXT "Message-ID: <1@example.com>\n\nreport\n"

#define FIRST "a.csv"
static const char *const names[FILES] = {FIRST, "b.jsonl", "page 100%.html"};

struct run {
	struct state_store *store;
	struct deliver_file *files[FILES];
};

static void run_begin(struct run *run)
{
	const struct state outgoing_state = state_at("uidvalidity 5 last-uid 50");
	const struct state incoming_state = state_at("uidvalidity 6 last-uid 60");

	run->store = open_store("default");
	for (unsigned i = 0; i < FILES; i++) {
		struct err err = ERR_INIT;

		run->files[i] = deliver_open(names[i], &err);
		if (run->files[i] == NULL)
			fail_msg("%s: %s", names[i], err.text);
		assert_true(fprintf(deliver_stream(run->files[i]), "new %s", names[i]) > 0);
	}
	state_plan_state(run->store, outgoing, &outgoing_state);
	state_plan_state(run->store, incoming, &incoming_state);
}

static void run_write_letter(struct run *run)
{
	struct err err = ERR_INIT;
	FILE *letter = state_plan_letter(run->store, "quarantine@example.com", noc, 2, &err);

	if (letter == NULL)
		fail_msg("%s", err.text);
	assert_true(fputs(LETTER_TEXT, letter) >= 0);
}

/* The exit status of the commit, 0 when it was done. */
static int run_end(struct run *run, struct err *err)
{
	int result = state_commit(run->store, run->files, FILES, err);

	for (unsigned i = 0; i < FILES; i++)
		deliver_abort(run->files[i]);
	state_close(run->store);
	return result == 0 ? 0 : err_exit_status(err);
}

/* A run of three files, a letter and two states whose sendmail ends with this status. */
static int run_all(int sendmail_status, struct err *err)
{
	struct run run;

	set_sendmail(sendmail_status);
	run_begin(&run);
	run_write_letter(&run);
	return run_end(&run, err);
}

static unsigned count_temporaries(const char *path)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	unsigned count = 0;

	assert_non_null(folder);
	while ((entry = readdir(folder)) != NULL)
		count += strncmp(entry->d_name, DELIVER_TEMPORARY_PREFIX,
			     strlen(DELIVER_TEMPORARY_PREFIX)) == 0;
	closedir(folder);
	return count;
}

static bool has_finished(const struct state_store *store)
{
	return store->finished.n > 0;
}

/* Would an output of this name replace what has just been finished? */
static bool would_replace(const struct state_store *store, const char *path)
{
	struct err err = ERR_INIT;
	struct deliver_file *file = deliver_open_named(path, 0, &err);
	bool result;

	assert_non_null(file);
	result = state_has_finished(store, file);
	deliver_abort(file);
	return result;
}

/* Each is what the runs here plan, or what it was before, nothing. */
static void assert_states(bool has_outgoing, bool has_incoming, const char *label)
{
	struct state_store *store = open_store("default");

	assert_row(!has_finished(store), label);
	assert_span_text(span_of(load(store, outgoing).position.text),
	    has_outgoing ? "uidvalidity 5 last-uid 50" : "", label);
	assert_span_text(span_of(load(store, incoming).position.text),
	    has_incoming ? "uidvalidity 6 last-uid 60" : "", label);
	state_close(store);
}

/* Everything of run_all() has happened, and nothing is left of the work. */
static void assert_done(const char *letters, const char *label)
{
	char want[64];

	assert_row(!is_there(JOURNAL) && !is_there(LETTER), label);
	assert_row(strcmp(read_text("sent"), letters) == 0, label);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(want, sizeof(want), "new %s", names[i]);
		assert_row(strcmp(read_text(names[i]), want) == 0, label);
	}
	assert_row(count_temporaries(".") + count_temporaries("state/default") == 0, label);
	assert_states(true, true, label);
}

/* Nothing of it has, and no other run will do it. */
static void assert_undone(const char *label)
{
	assert_row(!is_there(JOURNAL) && !is_there(LETTER) && !is_there("sent"), label);
	for (unsigned i = 0; i < FILES; i++)
		assert_row(!is_there(names[i]), label);
	assert_row(count_temporaries(".") + count_temporaries("state/default") == 0, label);
	assert_states(false, false, label);
}

static void resume(const char *label)
{
	struct state_store *store = open_store("default");

	assert_row(has_finished(store), label);
	state_close(store);
}

static void test_commit(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(run_all(0, &err), 0);
	assert_done(LETTER_TEXT, "committed");
	assert_non_null(strstr(read_text("arguments"), "-f quarantine@example.com"));
	assert_non_null(strstr(read_text("arguments"), "noc@example.com abuse@example.net"));
}

static void test_commit_without_letter(void **state)
{
	struct err err = ERR_INIT;
	struct run run;

	(void)state;
	run_begin(&run);
	assert_int_equal(run_end(&run, &err), 0);
	assert_done("", "committed");
}

/* A letter that was begun goes with the run. */
static void test_close_without_commit(void **state)
{
	struct run run;

	(void)state;
	run_begin(&run);
	run_write_letter(&run);
	for (unsigned i = 0; i < FILES; i++)
		deliver_abort(run.files[i]);
	state_close(run.store);
	assert_undone("closed");
}

static void test_direct_outputs(void **state)
{
	struct err err = ERR_INIT;
	struct state_store *store = open_store("default");
	struct deliver_file *null = deliver_open_named("/dev/null", 0, &err);
	const struct state at = state_at("uidvalidity 5 last-uid 50");

	(void)state;
	assert_non_null(null);
	state_plan_state(store, outgoing, &at);
	assert_int_equal(state_commit(store, &null, 1, &err), 0);
	deliver_abort(null);
	state_close(store);
	assert_states(true, false, "to a device");
}

static void test_no_room(void **state)
{
	struct err err = ERR_INIT;
	struct run run;
	struct deliver_file *full;

	(void)state;
	run_begin(&run);
	run_write_letter(&run);
	full = deliver_open_named("/dev/full", 0, &err);
	assert_non_null(full);
	fputs("does not fit", deliver_stream(full));
	deliver_abort(run.files[FILES - 1]);
	run.files[FILES - 1] = full;
	assert_int_equal(run_end(&run, &err), 74);
	assert_undone("an output cannot be written");
}

/* Its title, and the two states, as each version of the program has written them. */
static const char *const journal_states[] = {
    "quarantine-report journal 1\n"
    "state global imap.example.com 993 Caught%20%28Outgoing%29 5 50\n"
    "state global IMAP.Example.com 993 Caught 6 60\n",
    "quarantine-report journal 2\n"
    "state global%40imap.example.com%3A993%2CCaught%2520%2528Outgoing%2529"
    " uidvalidity%205%20last-uid%2050\n"
    "state global%40imap.example.com%3A993%2CCaught uidvalidity%206%20last-uid%2060\n",
};

static void write_journal(const char *states, bool with_letter)
{
	struct stat st;
	struct buf text;

	buf_init(&text, 0);
	buf_add_text(&text, states);
	if (with_letter)
		buf_add_text(&text, "from quarantine%40example.com\nto noc%40example.com\n");
	buf_add_text(&text, "file ");
	for (const char *p = place; *p != '\0'; p++)
		buf_printf(&text, *p == '/' ? "%%2F" : "%c", *p);
	buf_add_text(&text, "%2F.quarantine-report-aaaaaa ");
	for (const char *p = place; *p != '\0'; p++)
		buf_printf(&text, *p == '/' ? "%%2F" : "%c", *p);
	assert_int_equal(stat(".", &st), 0);
	buf_printf(&text, "%%2Fout.csv %ju\nend\n", (uintmax_t)st.st_ino);
	write_text(JOURNAL, buf_string(&text));
	buf_fini(&text);
}

#define STATE_FILE "state/default/global@imap.example.com:993,Caught"

/* Each step of a run may have been done, or done and not noted, when it was killed. */
static void test_each_situation(void **state)
{
	(void)state;
	state_close(open_store("default"));
	for (unsigned done = 0; done < 32; done++) {
		bool letter = (done & 1) != 0, sent = (done & 2) != 0;
		bool renamed = (done & 4) != 0, stated = (done & 8) != 0;
		unsigned version = done / 16;
		char label[64];

		snprintf(label, sizeof(label),
		    "version %u, letter %d, sent %d, renamed %d, states %d", version + 1, letter,
		    sent, renamed, stated);
		write_journal(journal_states[version], letter);
		if (letter && !sent)
			write_text(LETTER, LETTER_TEXT);
		write_text(renamed ? "out.csv" : ".quarantine-report-aaaaaa", "rows\n");
		if (stated)
			write_text(STATE_FILE,
			    "quarantine-report state 1\nmessages global@imap.example.com:993,"
			    "Caught\nuidvalidity 6\nlast-uid 60\n");
		write_text("state/default/.quarantine-report-bbbbbb", "half a state");
		resume(label);
		assert_row(strcmp(read_text("out.csv"), "rows\n") == 0, label);
		assert_row(
		    strcmp(read_text("sent"), letter && !sent ? LETTER_TEXT : "") == 0, label);
		assert_row(count_temporaries(".") + count_temporaries("state/default") == 0, label);
		assert_states(true, true, label);
		unlink("sent");
		assert_int_equal(unlink("out.csv"), 0);
		assert_int_equal(unlink(STATE_FILE), 0);
	}
}

static void test_refused(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(run_all(67, &err), 69);
	assert_non_null(strstr(err.text, "noc@example.com was refused"));
	assert_undone("refused");
	assert_int_equal(run_all(0, &err), 0);
	assert_done(LETTER_TEXT, "the next run");
}

static void test_sendmail_is_missing(void **state)
{
	struct err err = ERR_INIT;
	struct run run;

	(void)state;
	run_begin(&run);
	run_write_letter(&run);
	assert_int_equal(unlink(sendmail), 0);
	assert_int_equal(run_end(&run, &err), 69);
	assert_undone("no sendmail");
}

static void test_later(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(run_all(75, &err), 75);
	assert_non_null(strstr(err.text, "state/default/letter' and the next run sends it"));
	assert_false(is_there(names[0]));
	assert_int_equal(count_temporaries("."), FILES);
	assert_not_opened(75, "cannot finish an earlier run", "still not");
	set_sendmail(0);
	/* The journal's names hold wherever we are. */
	assert_int_equal(mkdir("elsewhere", 0700), 0);
	assert_int_equal(symlink("../state", "elsewhere/state"), 0);
	assert_int_equal(chdir("elsewhere"), 0);
	resume("sent at last");
	assert_int_equal(chdir(".."), 0);
	assert_done(LETTER_TEXT, "sent at last");
}

static void test_later_refused(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(run_all(75, &err), 75);
	set_sendmail(67);
	assert_not_opened(69, "refused", "refused at last");
	assert_undone("refused at last");
}

/* What the error text offers. */
static void test_later_given_up(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(run_all(75, &err), 75);
	assert_non_null(strstr(err.text, "when you delete"));
	assert_int_equal(unlink(JOURNAL), 0);
	set_sendmail(0);
	assert_states(false, false, "given up");
	assert_false(is_there(LETTER));
	assert_false(is_there("sent"));
}

static void test_name_is_taken(void **state)
{
	struct err err = ERR_INIT;
	struct run run;

	(void)state;
	run_begin(&run);
	run_write_letter(&run);
	assert_int_equal(mkdir(names[1], 0700), 0);
	assert_int_equal(run_end(&run, &err), 73);
	assert_non_null(strstr(err.text, names[1]));
	assert_not_opened(73, names[1], "still taken");
	assert_int_equal(rmdir(names[1]), 0);
	resume("free again");
	assert_done(LETTER_TEXT, "free again");
}

#define GOOD_FILE "file %2Ft%2F.quarantine-report-a %2Ft%2Fx 7\n"

static void assert_damaged(unsigned version, const char *lines, const char *why)
{
	char text[512];

	snprintf(text, sizeof(text), "quarantine-report journal %u\n%s", version, lines);
	write_text(JOURNAL, text);
	assert_not_opened(78, "default/journal', where it says", why);
	assert_row(strcmp(read_text(JOURNAL), text) == 0, why);
}

static void test_damaged(void **state)
{
	static const struct {
		unsigned version; /* 0: each */
		const char *text; /* behind the title */
		const char *why;
	} rows[] = {
	    {0, "", "nothing behind the title"},
	    {0, GOOD_FILE, "no end"},
	    {0, GOOD_FILE "end", "cut before the last byte"},
	    {0, GOOD_FILE "end\nend\n", "two ends"},
	    {0, "end\n" GOOD_FILE, "something behind the end"},
	    {0, "end\n\n", "an empty line behind the end"},
	    {0, "\nend\n", "an empty line"},
	    {0, "other x\nend\n", "an unknown word"},
	    {0, "to\nend\n", "no address"},
	    {0, "to a b\nend\n", "two addresses"},
	    {0, "to a%\nend\n", "half a byte"},
	    {0, "to a%4\nend\n", "half a byte at the end of a line"},
	    {0, "to a%zz\nend\n", "no hexadecimal digits"},
	    {0, "to a%00\nend\n", "a NUL"},
	    {0, "to a@b\nend\n", "not encoded"},
	    {0, "file %2Ft%2Fpasswd %2Ft%2Fx 7\nend\n", "the first is no temporary file"},
	    {0, "file %2Fu%2F.quarantine-report-a %2Ft%2Fx 7\nend\n", "another folder"},
	    {0, "file %2Ft%2F.quarantine-report-a %2Ft%2Fu%2Fx 7\nend\n", "a folder below"},
	    {0, "file t%2F.quarantine-report-a t%2Fx 7\nend\n", "a relative path"},
	    {0, "file .quarantine-report-a x 7\nend\n", "no folder"},
	    {0, "file %2Ft%2F.quarantine-report-a %2Ft%2F 7\nend\n", "no name"},
	    {0, "file %2Ft%2F.quarantine-report-a %2Ft%2F.. 7\nend\n", "the folder above"},
	    {0, "file %2Ft%2F.quarantine-report-a\nend\n", "one name"},
	    {0, "file %2Ft%2F.quarantine-report-a %2Ft%2Fx\nend\n", "no inode"},
	    {0, "file %2Ft%2F.quarantine-report-a %2Ft%2Fx 7x\nend\n", "not an inode"},
	    {1, "state u h 993 f 1\nend\n", "too few values"},
	    {1, "state u h 993 f 1 2 3\nend\n", "too many values"},
	    {1, "state u h 65536 f 1 2\nend\n", "no port"},
	    {1, "state u h 993 f 4294967296 2\nend\n", "no UIDVALIDITY"},
	    {1, "state u h 993 f 1 x\nend\n", "no UID"},
	    {1, "state u h 993 f 1 \nend\n", "an empty UID"},
	    {1, "state u h 993 f 1 2\nopen 1\nend\n", "open without a time"},
	    {1, "state u h 993 f 1 2\nopen x 1\nend\n", "open without a number"},
	    {1, "state u h 993 f 1 2\nopen 2 1\nopen 1 1\nend\n", "open in another order"},
	    {0, "open 1 1\nend\n", "open without a state"},
	    {1, "state u%3A a%201\nend\n", "the form of version 2"},
	    {2, "state u h 993 f 1 2\nend\n", "the form of version 1"},
	    {2, "state u%3A\nend\n", "no position"},
	    {2, "state u%3A \nend\n", "an empty position"},
	    {2, "state u%3A a\nend\n", "half a position"},
	    {2, "state u%3A a%201%20\nend\n", "more than a position"},
	    {2, "state u%3A a%201 b%202\nend\n", "too many values"},
	    {2, "state u a%201\nend\n", "no key"},
	    {2, "state ..%3A a%201\nend\n", "a key with dots in front"},
	    {2, "state %2Ft%3A a%201\nend\n", "a key that is a path"},
	    {2, "state u%3A a%201\nopen 1\nend\n", "open without a time"},
	    {2, "state u%3A a%201\nopen 1 9223372036854775808\nend\n", "open far too late"},
	};

	(void)state;
	state_close(open_store("default"));
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		if (rows[i].version != 2)
			assert_damaged(1, rows[i].text, rows[i].why);
		if (rows[i].version != 1)
			assert_damaged(2, rows[i].text, rows[i].why);
	}
	write_text(JOURNAL, "");
	assert_not_opened(78, "when you delete it", "empty");
	write_text(JOURNAL, "quarantine-report journal 3\nend\n");
	assert_not_opened(78, "line 1", "another version");
	write_journal(journal_states[1], false);
	resume("a good one");
}

static void assert_old_state(const char *line, const char *key, const char *want)
{
	struct state_store *store;
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, "quarantine-report journal 1\n%s\nopen 7 1700000000\nend\n", line);
	write_text(JOURNAL, buf_string(&text));
	buf_fini(&text);
	store = open_store("default");
	assert_span_text(span_of(load(store, key).position.text), want, line);
	assert_row(load(store, key).open.count == 1, line);
	state_close(store);
}

/* A run of version 1 that was killed is finished in the files that the source looks for. */
static void test_old_keys(void **state)
{
	static const char *const rows[][3] = {
	    {"state global IMAP.Example.COM 993 Caught%20%28Outgoing%29 5 50",
		"global@imap.example.com:993,Caught%20%28Outgoing%29", "uidvalidity 5 last-uid 50"},
	    {"state a%40b 2001%3ADB8%3A%3A1 143 a%2Fb%252F 4294967295 4294967295",
		"a%40b@2001%3Adb8%3A%3A1:143,a%2Fb%252F",
		"uidvalidity 4294967295 last-uid 4294967295"},
	    {"state %2E. h 1 %2E.%0A 1 9", "%2E.@h:1,%2E.%0A", "uidvalidity 1 last-uid 9"},
	    {"state  h 1  1 9", "@h:1,", "uidvalidity 1 last-uid 9"},
	};

	(void)state;
	state_close(open_store("default"));
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++)
		assert_old_state(rows[i][0], rows[i][1], rows[i][2]);
}

/* A file whose temporary one is gone has its name; not one whose folder is gone. */
static void test_folder_is_gone(void **state)
{
	(void)state;
	state_close(open_store("default"));
	write_text(JOURNAL, "quarantine-report journal 1\n" GOOD_FILE "end\n");
	assert_not_opened(73, "cannot create '/t/x'", "its folder is not there");
	assert_true(is_there(JOURNAL));
	/* A disk that is not mounted leaves an empty folder in its place. */
	write_text(JOURNAL, "quarantine-report journal 1\n"
			    "file %2F.quarantine-report-a %2Fx 7\nend\n");
	assert_not_opened(73, "cannot create '/x'", "its folder is another one");
	assert_true(is_there(JOURNAL));
}

static void test_has_finished(void **state)
{
	struct err err = ERR_INIT;
	struct state_store *store;

	(void)state;
	assert_int_equal(run_all(75, &err), 75);
	set_sendmail(0);
	store = open_store("default");
	for (unsigned i = 0; i < FILES; i++)
		assert_row(would_replace(store, names[i]), names[i]);
	assert_row(would_replace(store, "./state/../" FIRST), "another way to the same folder");
	assert_row(!would_replace(store, "other.csv"), "another name");
	assert_row(!would_replace(store, "state/" FIRST), "the name in another folder");
	assert_row(!would_replace(store, "/dev/null"), "a device");
	state_close(store);
	store = open_store("default");
	assert_row(!would_replace(store, names[0]), "the run after that");
	state_close(store);
}

/* Nothing is done of a journal whose end is damaged. */
static void test_damaged_does_nothing(void **state)
{
	(void)state;
	state_close(open_store("default"));
	write_journal(journal_states[1], true);
	assert_int_equal(truncate(JOURNAL, (off_t)strlen(read_text(JOURNAL)) - 1), 0);
	write_text(LETTER, LETTER_TEXT);
	write_text(".quarantine-report-aaaaaa", "rows\n");
	assert_not_opened(78, "default/journal", "cut");
	assert_false(is_there("sent"));
	assert_true(is_there(LETTER));
	assert_true(is_there(".quarantine-report-aaaaaa"));
	assert_false(is_there(STATE_FILE));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_place, leave_place)
	const struct CMUnitTest tests[] = {
	    TEST(test_commit),
	    TEST(test_commit_without_letter),
	    TEST(test_close_without_commit),
	    TEST(test_direct_outputs),
	    TEST(test_no_room),
	    TEST(test_each_situation),
	    TEST(test_refused),
	    TEST(test_sendmail_is_missing),
	    TEST(test_later),
	    TEST(test_later_refused),
	    TEST(test_later_given_up),
	    TEST(test_name_is_taken),
	    TEST(test_damaged),
	    TEST(test_damaged_does_nothing),
	    TEST(test_old_keys),
	    TEST(test_folder_is_gone),
	    TEST(test_has_finished),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
