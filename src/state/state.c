#include "state/state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "deliver/deliver_file.h"
#include "state/state_store.h"

static int state_recover(struct state_store *store, struct err *err)
{
	int result;

	store->is_recovering = true;
	result = state_finish(store, err);
	store->is_recovering = false;
	if (result < 0)
		return err_prefix(err, "cannot finish an earlier run");
	if (store->too_big != NULL)
		log_warn("the report of an earlier run is too big to be mailed, and only a letter "
			 "that names its files is: %s",
		    store->too_big);
	free(store->too_big);
	store->too_big = NULL;
	state_folder_clean(store);
	return 0;
}

struct state_store *state_open(
    const char *folder, const char *name, const char *sendmail, int64_t deadline, struct err *err)
{
	struct state_store *store = calloc(1, sizeof(*store));

	if (store == NULL) {
		err_nomem(err);
		return NULL;
	}
	store->sendmail = sendmail;
	store->deadline = deadline;
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

int state_folder(const struct state_store *store)
{
	return store->folder_fd;
}

void state_close(struct state_store *store)
{
	if (store == NULL)
		return;
	deliver_abort(store->letter_file);
	deliver_abort(store->brief_file);
	buf_fini(&store->plan);
	buf_fini(&store->finished);
	if (store->lock >= 0)
		close(store->lock);
	if (store->folder_fd >= 0)
		close(store->folder_fd);
	free(store->folder);
	free(store->journal);
	free(store->letter);
	free(store->brief);
	free(store->too_big);
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

void state_plan_state(struct state_store *store, const char *key, const struct state *state)
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

FILE *state_plan_brief(struct state_store *store, struct err *err)
{
	store->brief_file = deliver_open_at(store->folder_fd, store->brief, err);
	return store->brief_file != NULL ? deliver_stream(store->brief_file) : NULL;
}

const char *state_too_big(const struct state_store *store)
{
	return store->too_big;
}

static int state_put_letters(struct state_store *store, struct err *err)
{
	struct deliver_file *letters[] = {store->letter_file, store->brief_file};
	unsigned count = 0;

	store->letter_file = NULL;
	store->brief_file = NULL;
	while (count < sizeof(letters) / sizeof(letters[0]) && letters[count] != NULL)
		count++;
	return deliver_commit_all(letters, count, err);
}

int state_commit(
    struct state_store *store, struct deliver_file *const *files, unsigned count, struct err *err)
{
	int result;

	for (unsigned i = 0; i < count; i++)
		if (deliver_finish(files[i], err) != 0 ||
		    deliver_name_temporary(files[i], err) != 0)
			return -1;
	if (state_put_letters(store, err) != 0 || journal_write(store, files, count, err) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++)
		deliver_release(files[i]);
	result = state_finish(store, err);
	if (result == 0)
		return err_set(err, ERR_IO, "somebody has removed '%s'", store->journal);
	return result > 0 ? 0 : -1;
}
