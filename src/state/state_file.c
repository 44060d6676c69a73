/*
 * A state file:
 *
 *   quarantine-report state 1
 *   messages KEY
 *   NAME VALUE               for each pair of the position: "uidvalidity 3" and
 *                            "last-uid 812" of a folder of a server
 *   open NUMBER TIME         for each message that could not be read, and is
 *                            tried again: when that was found, as of time(2)
 *
 * With an "open" line it is "state 2", which the first versions of the program refuse instead of
 * forgetting the message. The second line is the file's name, in full: a file that was copied or
 * renamed by hand is about other messages than its name says.
 */
#include <inttypes.h>

#include "state/state_store.h"

#define STATE_DAMAGED "it is damaged, or about other messages"

static void state_file_add_head(struct buf *out, const char *key, unsigned version)
{
	buf_printf(out, "quarantine-report state %u\nmessages %s", version, key);
}

static int state_file_add_path(
    const struct state_store *store, const char *key, struct buf *path, struct err *err)
{
	if (!state_is_key(key))
		return err_set(err, ERR_INTERNAL, "'%s' cannot be the name of a state", key);
	buf_add_text(path, store->folder);
	return state_add_name(path, span_of(key), err);
}

/* Takes the head of a file of that version. -1: no memory. */
static int state_file_take_head(
    struct span *text, const char *key, unsigned version, bool *ours_r, struct err *err)
{
	struct buf head;
	int result = 0;

	buf_init(&head, 0);
	state_file_add_head(&head, key, version);
	*ours_r = span_eq(span_head(*text, head.n), buf_span(&head));
	if (head.failed != 0)
		result = err_nomem(err);
	else if (*ours_r)
		*text = span_from(*text, head.n);
	buf_fini(&head);
	return result;
}

/* The next line, and how many spaces it has; empty when s does not begin with the line feed before
 * it. */
static struct span state_file_line(struct span s, unsigned *spaces_r)
{
	struct span line = s.n > 0 && s.p[0] == '\n' ? span_from(s, 1) : SPAN_EMPTY;

	line = span_head(line, span_find(line, '\n'));
	*spaces_r = 0;
	for (size_t i = 0; i < line.n; i++)
		*spaces_r += line.p[i] == ' ';
	return line;
}

/* Takes the lines of two words. False when they are no position. */
static bool state_file_take_position(struct span *s, struct position *position)
{
	unsigned spaces;
	struct span line;

	while ((line = state_file_line(*s, &spaces)).n > 0 && spaces == 1) {
		if (!position_add(position, line))
			return false;
		*s = span_from(*s, 1 + line.n);
	}
	return !position_is_empty(position);
}

/* Takes a number and the space before it. */
static bool state_file_take_number(struct span *s, uint64_t *value_r)
{
	size_t n = span_number(span_from(*s, 1), value_r);

	if (n == 0 || s->p[0] != ' ')
		return false;
	*s = span_from(*s, 1 + n);
	return true;
}

/* Takes all that is left: the open messages. */
static bool state_file_take_open(struct span *s, struct state_open_list *open)
{
	const struct span word = SPAN("\nopen");

	while (span_eq(span_head(*s, word.n), word)) {
		uint64_t number;
		uint64_t since;

		*s = span_from(*s, word.n);
		if (!state_file_take_number(s, &number) || !state_file_take_number(s, &since) ||
		    !state_add_open(open, number, since))
			return false;
	}
	return true;
}

static int state_file_parse(
    struct span text, const char *key, struct state *state_r, struct err *err)
{
	struct state state = {0};
	bool first;
	bool second = false;

	if (state_file_take_head(&text, key, 1, &first, err) != 0 ||
	    (!first && state_file_take_head(&text, key, 2, &second, err) != 0))
		return -1;
	if ((!first && !second) || !state_file_take_position(&text, &state.position) ||
	    (second && (!state_file_take_open(&text, &state.open) || state.open.count == 0)) ||
	    !span_eq(text, SPAN("\n")))
		return err_set(err, ERR_CONFIG, STATE_DAMAGED);
	*state_r = state;
	return 0;
}

/* Which file the error is about, and what deleting it means. */
static void state_file_prefix(const char *path, struct err *err)
{
	err_prefix(err,
	    "'%s', where it says what was reported before (when you delete it, the next run "
	    "reports the whole period)",
	    path);
}

int state_load(
    const struct state_store *store, const char *key, struct state *state_r, struct err *err)
{
	struct buf path;
	struct buf text;
	int result = -1;

	buf_init(&path, 0);
	buf_init(&text, 0);
	if (state_file_add_path(store, key, &path, err) == 0)
		result = state_read(store, buf_string(&path), &text, err);
	if (result == 0)
		*state_r = (struct state){0};
	else if (result > 0)
		result = state_file_parse(buf_span(&text), key, state_r, err);
	if (result != 0 && err->code == ERR_CONFIG)
		state_file_prefix(buf_string(&path), err);
	buf_fini(&path);
	buf_fini(&text);
	return result;
}

int state_refuse(const struct state_store *store, const char *key, struct err *err)
{
	struct buf path;

	buf_init(&path, 0);
	if (state_file_add_path(store, key, &path, err) == 0) {
		err_set(err, ERR_CONFIG, STATE_DAMAGED);
		state_file_prefix(buf_string(&path), err);
	}
	buf_fini(&path);
	return -1;
}

/* Adds the pairs of a position, each in a line. */
static void state_file_add_position(struct buf *text, const struct position *position)
{
	bool between = true; /* the next space is the one between two pairs */

	buf_add_char(text, '\n');
	for (const char *p = position->text; *p != '\0'; p++) {
		if (*p == ' ')
			between = !between;
		buf_add_char(text, *p == ' ' && between ? '\n' : *p);
	}
}

void state_file_add(struct buf *text, const char *key, const struct state *state)
{
	state_file_add_head(text, key, state->open.count > 0 ? 2 : 1);
	state_file_add_position(text, &state->position);
	for (unsigned i = 0; i < state->open.count; i++)
		buf_printf(text, "\nopen %" PRIu64 " %" PRId64, state->open.item[i].number,
		    (int64_t)state->open.item[i].since);
	buf_add_char(text, '\n');
}

int state_file_write(
    const struct state_store *store, const char *key, const struct state *state, struct err *err)
{
	struct buf path;
	struct buf text;
	int result = -1;

	buf_init(&path, 0);
	buf_init(&text, 0);
	state_file_add(&text, key, state);
	if (text.failed != 0)
		err_nomem(err);
	else if (state_file_add_path(store, key, &path, err) == 0)
		result = state_write(store, buf_string(&path), buf_span(&text), err);
	buf_fini(&path);
	buf_fini(&text);
	return result;
}
