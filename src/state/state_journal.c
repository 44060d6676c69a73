/*
 * The journal: lines of a word and its values, encoded, each after one space.
 *
 *   quarantine-report journal 1
 *   from ADDRESS
 *   to ADDRESS                  a letter is to be sent when there is one
 *   file TEMPORARY PATH INODE   of their folder
 *   state USER HOST PORT FOLDER UIDVALIDITY LAST-UID
 *   open UID TIME               of the state before
 *   end                         it is complete
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "deliver/deliver_file.h"
#include "state/state_store.h"

#define JOURNAL_TITLE      "quarantine-report journal 1"
#define JOURNAL_END        "end"
#define JOURNAL_MAX_VALUES 6 /* of a state */

void journal_begin(struct buf *plan)
{
	buf_add_text(plan, JOURNAL_TITLE "\n");
}

static void journal_add_value(struct buf *plan, const char *value)
{
	buf_add_char(plan, ' ');
	state_add_encoded(plan, span_of(value));
}

void journal_add_address(struct buf *plan, const char *word, const char *address)
{
	buf_add_text(plan, word);
	journal_add_value(plan, address);
	buf_add_char(plan, '\n');
}

void journal_add_state(struct buf *plan, const struct state_key *key, const struct state *state)
{
	buf_add_text(plan, "state");
	journal_add_value(plan, key->user);
	journal_add_value(plan, key->host);
	buf_printf(plan, " %u", key->port);
	journal_add_value(plan, key->folder);
	buf_printf(plan, " %" PRIu32 " %" PRIu32 "\n", state->uidvalidity, state->last_uid);
	for (unsigned i = 0; i < state->open_count; i++)
		buf_printf(plan, "open %" PRIu32 " %" PRId64 "\n", state->open[i].uid,
		    (int64_t)state->open[i].since);
}

/* The folder of an output as it is on the disk; the caller frees it. */
static char *journal_real_folder(const struct deliver_file *file, struct err *err)
{
	char *real = realpath(deliver_folder(file), NULL);

	if (real == NULL)
		err_set_sys(
		    err, ERR_SYSTEM, errno, "cannot find the folder of '%s'", deliver_path(file));
	return real;
}

int journal_add_real_path(struct buf *out, const struct deliver_file *file, struct err *err)
{
	char *folder = journal_real_folder(file, err);

	if (folder == NULL)
		return -1;
	buf_printf(out, "%s/%s", folder, path_name(deliver_path(file)));
	free(folder);
	return out->failed == 0 ? 0 : err_nomem(err);
}

static void journal_add_path(struct buf *plan, const char *folder, const char *name)
{
	journal_add_value(plan, folder);
	state_add_encoded(plan, SPAN("/"));
	state_add_encoded(plan, span_of(name));
}

/* The next run may have another working directory. */
static int journal_add_file(struct buf *plan, const struct deliver_file *file, struct err *err)
{
	const char *temporary = deliver_temporary_path(file);
	char *folder = journal_real_folder(file, err);
	struct stat st;
	int result = -1;

	if (folder == NULL)
		return -1;
	if (stat(folder, &st) != 0) {
		err_set_sys(err, ERR_SYSTEM, errno, "cannot look at '%s'", folder);
	} else {
		buf_add_text(plan, "file");
		journal_add_path(plan, folder, path_name(temporary));
		journal_add_path(plan, folder, path_name(deliver_path(file)));
		buf_printf(plan, " %ju\n", (uintmax_t)st.st_ino);
		result = 0;
	}
	free(folder);
	return result;
}

int journal_write(
    struct state_store *store, struct deliver_file *const *files, unsigned count, struct err *err)
{
	struct buf *plan = &store->plan;

	for (unsigned i = 0; i < count; i++)
		if (!deliver_is_direct(files[i]) && journal_add_file(plan, files[i], err) != 0)
			return -1;
	buf_add_text(plan, JOURNAL_END "\n");
	if (plan->failed == EMSGSIZE)
		return err_set(err, ERR_CONFIG, "too many addresses, files or folders for one run");
	if (plan->failed != 0)
		return err_nomem(err);
	if (state_write(store, store->journal, buf_span(plan), err) == 0)
		return 0;
	/* It may be in its place, and not for sure. */
	unlinkat(store->folder_fd, path_name(store->journal), 0);
	return -1;
}

/* The rest is in the same folder, and a name that deliver_open() gave. */
static bool journal_is_file(const struct journal_file *file)
{
	size_t folder = (size_t)(path_name(file->path) - file->path);
	const char *name = path_name(file->path);

	return file->path[0] == '/' &&
	       folder == (size_t)(path_name(file->temporary) - file->temporary) &&
	       memcmp(file->path, file->temporary, folder) == 0 &&
	       strncmp(path_name(file->temporary), DELIVER_TEMPORARY_PREFIX,
		   strlen(DELIVER_TEMPORARY_PREFIX)) == 0 &&
	       *name != '\0' && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static bool journal_number(const char *text, uint64_t max, uint64_t *value_r)
{
	return *text != '\0' && span_number(span_of(text), value_r) == strlen(text) &&
	       *value_r <= max;
}

static bool journal_take_state(struct journal_state *state, const char *const *value)
{
	uint64_t port;
	uint64_t uidvalidity;
	uint64_t last_uid;

	if (!journal_number(value[2], UINT16_MAX, &port) ||
	    !journal_number(value[4], UINT32_MAX, &uidvalidity) ||
	    !journal_number(value[5], UINT32_MAX, &last_uid))
		return false;
	state->state = (struct state){
	    .uidvalidity = (uint32_t)uidvalidity,
	    .last_uid = (uint32_t)last_uid,
	};
	state->key = (struct state_key){
	    .user = value[0],
	    .host = value[1],
	    .port = (unsigned)port,
	    .folder = value[3],
	};
	return true;
}

static bool journal_take_open(struct journal *journal, const char *const *value)
{
	uint64_t uid;
	uint64_t since;

	return journal->state_count > 0 && journal_number(value[0], UINT32_MAX, &uid) &&
	       journal_number(value[1], INT64_MAX, &since) &&
	       state_add_open(
		   &journal->state[journal->state_count - 1].state, (uint32_t)uid, since);
}

static bool journal_take_file(struct journal_file *file, const char *const *value)
{
	*file = (struct journal_file){.temporary = value[0], .path = value[1]};
	return journal_is_file(file) && journal_number(value[2], UINT64_MAX, &file->folder);
}

/* Takes the next line, at most so many values of it. False when it is not as ours are. */
static bool journal_split(struct arena *arena, struct span line, struct span *word_r,
    const char **value, unsigned *count_r)
{
	size_t space = span_find(line, ' ');
	unsigned count = 0;

	*word_r = span_head(line, space);
	while (space != SPAN_NPOS) {
		line = span_from(line, space + 1);
		space = span_find(line, ' ');
		if (count == JOURNAL_MAX_VALUES)
			return false;
		value[count] = state_decode(arena, span_head(line, space));
		if (value[count++] == NULL)
			return false;
	}
	*count_r = count;
	return true;
}

static bool journal_take_line(struct journal *journal, struct span line)
{
	const char *value[JOURNAL_MAX_VALUES];
	struct span word;
	unsigned n;

	if (!journal_split(&journal->arena, line, &word, value, &n))
		return false;
	if (span_eq(word, SPAN("from")) && n == 1) {
		journal->from = value[0];
		return true;
	}
	if (span_eq(word, SPAN("to")) && n == 1) {
		journal->to[journal->to_count++] = value[0];
		return true;
	}
	if (span_eq(word, SPAN("file")) && n == 3)
		return journal_take_file(&journal->file[journal->file_count++], value);
	if (span_eq(word, SPAN("state")) && n == JOURNAL_MAX_VALUES)
		return journal_take_state(&journal->state[journal->state_count++], value);
	if (span_eq(word, SPAN("open")) && n == 2)
		return journal_take_open(journal, value);
	return false;
}

/* Room for as many of each as there are lines. */
static int journal_make_room(struct journal *journal, struct span text, struct err *err)
{
	size_t lines = 0;
	size_t states = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] != '\n')
			continue;
		lines++;
		states += span_starts_nocase(span_from(text, i + 1), SPAN("state "));
	}
	journal->to = arena_alloc(&journal->arena, lines * sizeof(*journal->to));
	journal->file = arena_alloc(&journal->arena, lines * sizeof(*journal->file));
	journal->state = arena_alloc(&journal->arena, states * sizeof(*journal->state));
	return journal->arena.failed ? err_nomem(err) : 0;
}

static int journal_parse(struct journal *journal, struct span text, struct err *err)
{
	unsigned number = 0;

	if (journal_make_room(journal, text, err) != 0)
		return -1;
	for (size_t end; (end = span_find(text, '\n')) != SPAN_NPOS;) {
		struct span line = span_head(text, end);

		text = span_from(text, end + 1);
		if (text.n == 0 && span_eq(line, SPAN(JOURNAL_END)))
			return 0;
		if (number++ == 0 ? !span_eq(line, SPAN(JOURNAL_TITLE))
				  : !journal_take_line(journal, line))
			break;
	}
	if (journal->arena.failed)
		return err_nomem(err);
	return err_set(err, ERR_CONFIG, "it is damaged, in line %u", number);
}

int journal_read(const struct state_store *store, struct journal *journal_r, struct err *err)
{
	struct journal journal = {0};
	struct buf text;
	int result;

	arena_init(&journal.arena);
	buf_init(&text, STATE_MAX_FILE);
	result = state_read(store, store->journal, &text, err);
	if (result > 0 && journal_parse(&journal, buf_span(&text), err) != 0)
		result = -1;
	buf_fini(&text);
	if (result > 0) {
		*journal_r = journal;
		return result;
	}
	journal_fini(&journal);
	if (result < 0 && err->code == ERR_CONFIG)
		err_prefix(err,
		    "'%s', where it says what a run that was broken off had still to do (when you "
		    "delete it, the next run reports the same messages again)",
		    store->journal);
	return result;
}

void journal_fini(struct journal *journal)
{
	arena_fini(&journal->arena);
}
