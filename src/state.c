#include "state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deliver/deliver_file.h"
#include "state_store.h"

static int state_recover(struct state_store *store, struct err *err)
{
	if (state_finish(store, err) < 0)
		return err_prefix(err, "cannot finish an earlier run");
	state_folder_clean(store);
	return 0;
}

struct state_store *state_open(
    const char *folder, const char *name, const char *sendmail, struct err *err)
{
	struct state_store *store = calloc(1, sizeof(*store));

	if (store == NULL) {
		err_nomem(err);
		return NULL;
	}
	store->sendmail = sendmail;
	store->folder_fd = -1;
	store->lock = -1;
	buf_init(&store->plan, STATE_MAX_FILE);
	buf_init(&store->finished, 0);
	journal_begin(&store->plan);
	if (state_folder_open(store, folder, name, err) != 0 ||
	    (sendmail != NULL && state_recover(store, err) != 0)) {
		state_close(store);
		return NULL;
	}
	return store;
}

void state_close(struct state_store *store)
{
	if (store == NULL)
		return;
	deliver_abort(store->letter_file);
	buf_fini(&store->plan);
	buf_fini(&store->finished);
	if (store->lock >= 0)
		close(store->lock);
	if (store->folder_fd >= 0)
		close(store->folder_fd);
	free(store->folder);
	free(store->journal);
	free(store->letter);
	free(store);
}

bool state_has_finished(const struct state_store *store, const struct deliver_file *file)
{
	struct span rest = buf_span(&store->finished);
	struct err unused = ERR_INIT;
	struct buf path;
	bool found = false;

	if (rest.n == 0 || deliver_is_direct(file))
		return false;
	buf_init(&path, 0);
	if (journal_add_real_path(&path, file, &unused) == 0)
		for (; rest.n > 0 && !found; rest = span_from(rest, strlen(rest.p) + 1))
			found = span_eq(span_of(rest.p), buf_span(&path));
	buf_fini(&path);
	return found;
}

void state_plan_state(
    struct state_store *store, const struct state_key *key, const struct state *state)
{
	journal_add_state(&store->plan, key, state);
}

FILE *state_plan_letter(struct state_store *store, const char *from, const char *const *to,
    unsigned to_count, struct err *err)
{
	store->letter_file = deliver_open_at(store->folder_fd, store->letter, err);
	if (store->letter_file == NULL)
		return NULL;
	if (from != NULL)
		journal_add_address(&store->plan, "from", from);
	for (unsigned i = 0; i < to_count; i++)
		journal_add_address(&store->plan, "to", to[i]);
	return deliver_stream(store->letter_file);
}

static int state_put_letter(struct state_store *store, struct err *err)
{
	struct deliver_file *letter = store->letter_file;

	store->letter_file = NULL;
	return letter != NULL ? deliver_commit(letter, err) : 0;
}

int state_commit(
    struct state_store *store, struct deliver_file *const *files, unsigned count, struct err *err)
{
	int result;

	for (unsigned i = 0; i < count; i++)
		if (deliver_finish(files[i], err) != 0 ||
		    deliver_name_temporary(files[i], err) != 0)
			return -1;
	if (state_put_letter(store, err) != 0 || journal_write(store, files, count, err) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		deliver_release(files[i]);
	result = state_finish(store, err);
	if (result == 0)
		return err_set(err, ERR_IO, "somebody has removed '%s'", store->journal);
	return result > 0 ? 0 : -1;
}
