/*
 * A state file:
 *
 *   quarantine-report state 1
 *   messages USER@HOST:PORT,FOLDER
 *   uidvalidity NUMBER
 *   last-uid NUMBER
 *
 * The second line is the file's name, in full: a file that was copied or
 * renamed by hand is about other messages than its name says.
 */
#include <inttypes.h>

#include "state_store.h"

static void state_file_add_head(struct buf *out, const struct state_key *key)
{
	buf_add_text(out, "quarantine-report state 1\nmessages ");
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

static int state_file_parse(
    struct span text, const struct state_key *key, struct state *state_r, struct err *err)
{
	struct buf head;
	struct state state = {0};
	bool ours;

	buf_init(&head, 0);
	state_file_add_head(&head, key);
	if (head.failed != 0) {
		buf_fini(&head);
		return err_nomem(err);
	}
	ours = span_eq(span_head(text, head.n), buf_span(&head));
	text = span_from(text, head.n);
	buf_fini(&head);
	if (!ours || !state_file_take(&text, SPAN("\nuidvalidity "), &state.uidvalidity) ||
	    !state_file_take(&text, SPAN("\nlast-uid "), &state.last_uid) ||
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
	state_file_add_head(&text, key);
	buf_printf(&text, "\nuidvalidity %" PRIu32 "\nlast-uid %" PRIu32 "\n", state->uidvalidity,
	    state->last_uid);
	if (text.failed != 0)
		err_nomem(err);
	else if (state_file_add_path(store, key, &path, err) == 0)
		result = state_write(store, buf_string(&path), buf_span(&text), err);
	buf_fini(&path);
	buf_fini(&text);
	return result;
}
