/*
 * state_run STATE-FOLDER SENDMAIL LAST
 *
 * A run as the program does it, on messages that are only numbers: reports those of two folders
 * that are new, up to the UID LAST, in the files outgoing.csv, incoming.csv and all.csv of the
 * working directory and in a letter, a line each; the last line is "complete". Prints "resumed" and
 * ends when it finished another run. Exit status as the program's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "deliver/deliver_file.h"
#include "state/state.h"

#define FOLDERS 2
#define FILES   (FOLDERS + 1)

static const char *const keys[FOLDERS] = {
    "global@imap.example.com:993,Caught%20%28Outgoing%29",
    "global@imap.example.com:993,Caught",
};

static const char *const names[FOLDERS] = {"outgoing", "incoming"};
static const char *const to[] = {"noc@example.com"};

struct run {
	struct state_store *store;
	struct deliver_file *files[FILES];
	unsigned file_count;
};

static int run_open(struct run *run, struct err *err)
{
	static const char *const paths[FILES] = {"outgoing.csv", "incoming.csv", "all.csv"};

	for (unsigned i = 0; i < FILES; i++) {
		run->files[i] = deliver_open(paths[i], err);
		if (run->files[i] == NULL)
			return -1;
		run->file_count++;
	}
	return 0;
}

/* How far the runs before got, a position as the quarantine writes it; 0: there was none. */
static uint32_t run_read_position(const struct position *position)
{
	struct span rest = span_of(position->text);
	uint64_t number = 0;

	if (position_take_number(&rest, SPAN("uidvalidity"), UINT32_MAX, &number) &&
	    position_take_number(&rest, SPAN("last-uid"), UINT32_MAX, &number))
		return (uint32_t)number;
	return 0;
}

static void run_plan(struct run *run, unsigned folder, uint32_t last)
{
	struct state state = {.open = {0}};

	position_add_number(&state.position, "uidvalidity", 1);
	position_add_number(&state.position, "last-uid", last);
	state_plan_state(run->store, keys[folder], &state);
}

static void run_report(FILE *out, unsigned folder, uint32_t from, uint32_t last)
{
	for (uint32_t uid = from + 1; uid <= last; uid++)
		fprintf(out, "%s %lu\n", names[folder], (unsigned long)uid);
}

static int run_fill(struct run *run, uint32_t last, struct err *err)
{
	FILE *all = deliver_stream(run->files[FOLDERS]);
	FILE *letter = state_plan_letter(run->store, NULL, to, 1, err);

	if (letter == NULL)
		return -1;
	/* A run has an identity of its own; that of a letter stays when it is sent again. */
	fprintf(letter, "Message-ID: <%ld@example.com>\n", (long)getpid());
	for (unsigned i = 0; i < FOLDERS; i++) {
		struct state state;
		uint32_t before;

		if (state_load(run->store, keys[i], &state, err) != 0)
			return -1;
		before = run_read_position(&state.position);
		run_report(deliver_stream(run->files[i]), i, before, last);
		run_report(all, i, before, last);
		run_report(letter, i, before, last);
		fputs("complete\n", deliver_stream(run->files[i]));
		run_plan(run, i, last);
	}
	fputs("complete\n", all);
	fputs("complete\n", letter);
	return 0;
}

int main(int argc, char **argv)
{
	struct run run = {0};
	struct err err = ERR_INIT;
	int result = -1;

	if (argc != 4)
		return 64;
	run.store = state_open(argv[1], "default", argv[2], 0, &err);
	if (run.store == NULL || run_open(&run, &err) != 0) {
		result = -1;
	} else if (state_has_finished(run.store, run.files[0])) {
		puts("resumed");
		result = 0;
	} else if (run_fill(&run, (uint32_t)strtoul(argv[3], NULL, 10), &err) == 0) {
		result = state_commit(run.store, run.files, FILES, &err);
	}
	for (unsigned i = 0; i < run.file_count; i++)
		deliver_abort(run.files[i]);
	state_close(run.store);
	if (result != 0)
		fprintf(stderr, "state_run: %s\n", err.text);
	return result == 0 ? 0 : err_exit_status(&err);
}
