/*
 * What a run finds in the folder of the state: a state file, a journal, or the note that runs
 * failed. What is accepted means what it says, and a journal names no file but ours.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "deliver/deliver_file.h"
#include "source/quarantine/folder_state.h"
#include "state/state_store.h"

#define PATH_SIZE 64

/* Every file that is opened holds the input (ld --wrap). */
static struct span input;
static int input_fd;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	char input_path[PATH_SIZE];

	CHECK(path[0] != '\0' && (flags & O_ACCMODE) == O_RDONLY);
	snprintf(input_path, sizeof(input_path), "/proc/self/fd/%d", input_fd);
	return __real_open(input_path, O_RDONLY | O_CLOEXEC);
}

int __wrap_openat(int folder, const char *path, int flags, ...)
{
	(void)folder;
	return __wrap_open(path, flags);
}

static void check_file(const struct journal_file *file)
{
	const char *temporary = strrchr(file->temporary, '/');
	const char *path = strrchr(file->path, '/');

	CHECK(file->path[0] == '/' && temporary != NULL && path[1] != '\0');
	CHECK(path - file->path == temporary - file->temporary);
	CHECK(memcmp(path, temporary, 1) == 0);
	CHECK(strncmp(temporary + 1, DELIVER_TEMPORARY_PREFIX, strlen(DELIVER_TEMPORARY_PREFIX)) ==
	      0);
}

/* What is kept of a state can be kept again; how far --new-only got is one of the folder. */
static void check_state(const struct state *state)
{
	struct folder_state folder = {0};
	struct state again;
	struct position position;

	CHECK(position_parse(span_of(state->position.text), &position));
	CHECK(position_is_equal(&state->position, &position));
	CHECK(state->open.count <= STATE_MAX_OPEN);
	for (unsigned i = 1; i < state->open.count; i++)
		CHECK(state->open.item[i - 1].number < state->open.item[i].number);
	if (!folder_state_read(state, &folder))
		return;
	for (unsigned i = 0; i < folder.open.count; i++)
		CHECK(folder.open.item[i].number > 0 &&
		      folder.open.item[i].number <= folder.last_uid);
	folder_state_write(&folder, &again);
	CHECK(folder_state_read(&again, &folder));
	CHECK(strlen(again.position.text) <= strlen(state->position.text));
}

/* What was read can be written, and is read as the same. */
static void check_journal(const struct journal *journal)
{
	struct buf plan;

	buf_init(&plan, 0);
	journal_begin(&plan);
	for (unsigned i = 0; i < journal->to_count; i++)
		journal_add_address(&plan, "to", journal->to[i]);
	for (unsigned i = 0; i < journal->file_count; i++)
		check_file(&journal->file[i]);
	for (unsigned i = 0; i < journal->state_count; i++) {
		const struct journal_state *state = &journal->state[i];

		CHECK(state_is_key(state->key) && strchr(state->key, '/') == NULL);
		check_state(&state->state);
		journal_add_state(&plan, state->key, &state->state);
	}
	CHECK(plan.failed == 0 && plan.p[plan.n - 1] == '\n');
	for (size_t i = 0; i < plan.n; i++)
		CHECK(plan.p[i] == '\n' || (plan.p[i] >= ' ' && plan.p[i] <= '~'));
	buf_fini(&plan);
}

static void read_journal(void)
{
	const struct state_store store = {.journal = (char *)(uintptr_t) "/state/default/journal"};
	struct err err = ERR_INIT;
	struct journal journal;

	if (journal_read(&store, &journal, &err) > 0) {
		check_journal(&journal);
		journal_fini(&journal);
	} else {
		CHECK(err.code == ERR_CONFIG);
	}
}

/* Any bytes come through the encoding as they are. */
static void check_encoding(struct span text)
{
	struct arena arena;
	struct buf encoded;
	const char *decoded;

	arena_init(&arena);
	buf_init(&encoded, 0);
	text = span_head(text, span_find(text, '\0'));
	state_add_encoded(&encoded, text);
	decoded = state_decode(&arena, buf_span(&encoded));
	CHECK(decoded != NULL && span_eq(span_of(decoded), text));
	state_decode(&arena, text);
	buf_fini(&encoded);
	arena_fini(&arena);
}

/* What is accepted is what would be written, but for zeros in front of the numbers of open messages
 * and their times. */
static void read_state(void)
{
	static const char key[] = "user@imap.example.com:993,Caught";
	const struct state_store store = {.folder = (char *)(uintptr_t) "/state/default"};
	struct state state = {.open = {0}};
	struct err err = ERR_INIT;
	struct buf text;

	if (state_load(&store, key, &state, &err) != 0) {
		CHECK(err.code == ERR_CONFIG && position_is_empty(&state.position));
		return;
	}
	check_state(&state);
	buf_init(&text, 0);
	state_file_add(&text, key, &state);
	CHECK(text.failed == 0 && text.n <= input.n);
	CHECK(state.open.count > 0 || span_eq(buf_span(&text), input));
	buf_fini(&text);
}

static void read_failure(void)
{
	const struct state_store store = {.folder = (char *)(uintptr_t) "/state/default"};
	struct state_failure failure = {0};
	struct err err = ERR_INIT;

	if (state_load_failure(&store, &failure, &err) != 0) {
		CHECK(err.code == ERR_CONFIG && failure.since == 0);
		return;
	}
	CHECK(failure.since > 0 && failure.told >= 0);
	CHECK(failure.status_count <= STATE_MAX_STATUSES);
	for (unsigned i = 0; i < failure.status_count; i++)
		CHECK(failure.status[i] >= 0 && failure.status[i] <= STATE_MAX_STATUS);
	CHECK(input.p[input.n - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > STATE_MAX_FILE)
		return 0;
	input = (struct span){(const char *)data, size};
	input_fd = memfd_create("state", MFD_CLOEXEC);
	CHECK(input_fd >= 0 && (size == 0 || write(input_fd, data, size) == (ssize_t)size));
	read_journal();
	read_state();
	read_failure();
	close(input_fd);
	check_encoding(input);
	return 0;
}
