/*
 * The journal: lines of a word and its values, encoded, each after one space.
 *
 *   quarantine-report journal 2
 *   from ADDRESS
 *   to ADDRESS                  a letter is to be sent when there is one
 *   file TEMPORARY PATH INODE   of their folder
 *   state KEY POSITION
 *   open NUMBER TIME            of the state in the line before
 *   end                         it is complete
 *
 * Version 1 knew no places but folders of servers, and has their states in another form:
 *
 *   state USER HOST PORT FOLDER UIDVALIDITY LAST-UID
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "deliver/deliver_file.h"
#include "state/state_store.h"

#define JOURNAL_TITLE      "quarantine-report journal 2"
#define JOURNAL_OLD_TITLE  "quarantine-report journal 1"
#define JOURNAL_END        "end"
#define JOURNAL_MAX_VALUES 6 /* of a state in version 1 */

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

void journal_add_state(struct buf *plan, const char *key, const struct state *state)
{
	buf_add_text(plan, "state");
	journal_add_value(plan, key);
	journal_add_value(plan, state->position.text);
	buf_add_char(plan, '\n');
	for (unsigned i = 0; i < state->open.count; i++)
		buf_printf(plan, "open %" PRIu64 " %" PRId64 "\n", state->open.item[i].number,
		    (int64_t)state->open.item[i].since);
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
	/* It may be there, but a crash of the machine could still undo that. */
	unlinkat(store->folder_fd, path_name(store->journal), 0);
	return -1;
}

/* Both are in one folder, and the temporary one has a name that deliver_open() gives. */
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
	*state = (struct journal_state){.key = value[0]};
	return state_is_key(value[0]) && position_parse(span_of(value[1]), &state->state.position);
}

/* The key of a folder of a server, as its source makes it. NULL without memory. */
static const char *journal_old_key(struct arena *arena, const char *const *value, unsigned port)
{
	const char *text;
	struct buf key;

	buf_init(&key, 0);
	state_add_encoded(&key, span_of(value[0]));
	buf_add_char(&key, '@');
	state_add_host(&key, value[1]);
	buf_printf(&key, ":%u,", port);
	state_add_encoded(&key, span_of(value[3]));
	buf_add_char(&key, '\0');
	text = arena_copy_buf(arena, &key).p;
	buf_fini(&key);
	return text;
}

static bool journal_take_old_state(
    struct arena *arena, struct journal_state *state, const char *const *value)
{
	uint64_t port;
	uint64_t uidvalidity;
	uint64_t last_uid;

	*state = (struct journal_state){0};
	if (!journal_number(value[2], UINT16_MAX, &port) ||
	    !journal_number(value[4], UINT32_MAX, &uidvalidity) ||
	    !journal_number(value[5], UINT32_MAX, &last_uid))
		return false;
	state->key = journal_old_key(arena, value, (unsigned)port);
	return state->key != NULL &&
	       position_add_number(&state->state.position, "uidvalidity", uidvalidity) &&
	       position_add_number(&state->state.position, "last-uid", last_uid);
}

static bool journal_take_open(struct journal *journal, const char *const *value)
{
	uint64_t number;
	uint64_t since;

	return journal->state_count > 0 && journal_number(value[0], UINT64_MAX, &number) &&
	       journal_number(value[1], INT64_MAX, &since) &&
	       state_add_open(&journal->state[journal->state_count - 1].state.open, number, since);
}

static bool journal_take_file(struct journal_file *file, const char *const *value)
{
	*file = (struct journal_file){.temporary = value[0], .path = value[1]};
	return journal_is_file(file) && journal_number(value[2], UINT64_MAX, &file->folder);
}

/* The word and the values of a line, JOURNAL_MAX_VALUES at most. False when we would not have
 * written it. */
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
	if (span_eq(word, SPAN("state")) && journal->is_old && n == JOURNAL_MAX_VALUES)
		return journal_take_old_state(
		    &journal->arena, &journal->state[journal->state_count++], value);
	if (span_eq(word, SPAN("state")) && !journal->is_old && n == 2)
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

static bool journal_take_title(struct journal *journal, struct span line)
{
	journal->is_old = span_eq(line, SPAN(JOURNAL_OLD_TITLE));
	return journal->is_old || span_eq(line, SPAN(JOURNAL_TITLE));
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
		if (number++ == 0 ? !journal_take_title(journal, line)
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
	buf_init(&text, 0);
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
