/*
 * A state file:
 *
 *   quarantine-report state 1
 *   messages USER@HOST:PORT,FOLDER
 *   uidvalidity NUMBER
 *   last-uid NUMBER
 *   open UID TIME            for each message that could not be read, and is
 *                            tried again: when that was found, as of time(2)
 *
 * With such a line it is "state 2", which an older version of the program
 * refuses instead of forgetting them. The second line is the file's name, in full: a file that was
 * copied or renamed by hand is about other messages than its name says.
 */
#include <inttypes.h>

#include "state/state_store.h"

static void state_file_add_head(struct buf *out, const struct state_key *key, unsigned version)
{
	buf_printf(out, "quarantine-report state %u\nmessages ", version);
	state_add_key(out, key);
}

static int state_file_add_path(
    const struct state_store *store, const struct state_key *key, struct buf *path, struct err *err)
{
	struct buf name;
	int result = -1;

	buf_init(&name, 0);
	state_add_key(&name, key);
	buf_add_text(path, store->folder);
	if (name.failed != 0)
		err_nomem(err);
	else
		result = state_add_name(path, buf_span(&name), err);
	buf_fini(&name);
	return result;
}

/* Takes "\nWORD NUMBER" from the beginning of *s. */
static bool state_file_take(struct span *s, struct span word, uint32_t *value_r)
{
	struct span rest = span_from(*s, word.n);
	uint64_t value;
	size_t n;

	if (!span_eq(span_head(*s, word.n), word))
		return false;
	n = span_number(rest, &value);
	if (n == 0 || value > UINT32_MAX)
		return false;
	*value_r = (uint32_t)value;
	*s = span_from(rest, n);
	return true;
}

/* Takes the head of a file of that version. -1: no memory. */
static int state_file_take_head(
    struct span *text, const struct state_key *key, unsigned version, bool *ours_r, struct err *err)
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

/* Takes all that is left: the open messages. */
static bool state_file_take_open(struct span *s, struct state *state)
{
	uint32_t uid;

	while (state_file_take(s, SPAN("\nopen "), &uid)) {
		uint64_t since;
		size_t n;

		if (s->n == 0 || s->p[0] != ' ')
			return false;
		*s = span_from(*s, 1);
		n = span_number(*s, &since);
		if (n == 0 || !state_add_open(state, uid, since))
			return false;
		*s = span_from(*s, n);
	}
	return true;
}

static int state_file_parse(
    struct span text, const struct state_key *key, struct state *state_r, struct err *err)
{
	struct state state = {0};
	bool first;
	bool second = false;

	if (state_file_take_head(&text, key, 1, &first, err) != 0 ||
	    (!first && state_file_take_head(&text, key, 2, &second, err) != 0))
		return -1;
	if ((!first && !second) ||
	    !state_file_take(&text, SPAN("\nuidvalidity "), &state.uidvalidity) ||
	    !state_file_take(&text, SPAN("\nlast-uid "), &state.last_uid) ||
	    (second && (!state_file_take_open(&text, &state) || state.open_count == 0)) ||
	    !span_eq(text, SPAN("\n")))
		return err_set(err, ERR_CONFIG, "it is damaged, or about other messages");
	*state_r = state;
	return 0;
}

int state_load(const struct state_store *store, const struct state_key *key, struct state *state_r,
    struct err *err)
{
	struct buf path;
	struct buf text;
	int result = -1;

	buf_init(&path, 0);
	buf_init(&text, STATE_MAX_FILE);
	if (state_file_add_path(store, key, &path, err) == 0)
		result = state_read(store, buf_string(&path), &text, err);
	if (result == 0)
		*state_r = (struct state){0};
	else if (result > 0)
		result = state_file_parse(buf_span(&text), key, state_r, err);
	if (result != 0 && err->code == ERR_CONFIG)
		err_prefix(err,
		    "'%s', where it says what was reported before (when you delete it, the next "
		    "run "
		    "reports the whole period)",
		    buf_string(&path));
	buf_fini(&path);
	buf_fini(&text);
	return result;
}

int state_file_write(const struct state_store *store, const struct state_key *key,
    const struct state *state, struct err *err)
{
	struct buf path;
	struct buf text;
	int result = -1;

	buf_init(&path, 0);
	buf_init(&text, 0);
	state_file_add_head(&text, key, state->open_count > 0 ? 2 : 1);
	buf_printf(&text, "\nuidvalidity %" PRIu32 "\nlast-uid %" PRIu32, state->uidvalidity,
	    state->last_uid);
	for (unsigned i = 0; i < state->open_count; i++)
		buf_printf(&text, "\nopen %" PRIu32 " %" PRId64, state->open[i].uid,
		    (int64_t)state->open[i].since);
	buf_add_char(&text, '\n');
	if (text.failed != 0)
		err_nomem(err);
	else if (state_file_add_path(store, key, &path, err) == 0)
		result = state_write(store, buf_string(&path), buf_span(&text), err);
	buf_fini(&path);
	buf_fini(&text);
	return result;
}
