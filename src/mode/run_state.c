/* The state folder of a run, and how states get to the source and back. */
#include <string.h>

#include "base/log.h"
#include "mode/run_parts.h"

/* Where the state of a run without a profile is. */
#define RUN_STATE_DEFAULT "default"

/* The first of $STATE_DIRECTORY's folders (systemd.exec(5)). */
const char *run_state_place(
    struct buf *path, const struct options *options, const struct env *env)
{
	buf_clear(path);
	if (options->state_dir != NULL) {
		buf_add_text(path, options->state_dir);
	} else if (env->state_directory != NULL) {
		struct span list = span_of(env->state_directory);

		buf_add(path, span_head(list, span_find(list, ':')));
	} else if (env->state_home != NULL) {
		buf_printf(path, "%s/quarantine-report", env->state_home);
	} else if (env->home != NULL) {
		buf_printf(path, "%s/.local/state/quarantine-report", env->home);
	}
	return path->n > 0 ? buf_string(path) : NULL;
}

static struct state_store *state_open_place(
    const struct options *options, const struct env *env, int64_t deadline, struct err *err)
{
	struct state_store *store = NULL;
	struct buf path;
	const char *folder;

	buf_init(&path, 0);
	folder = run_state_place(&path, options, env);
	if (path.failed != 0)
		err_nomem(err);
	else if (folder != NULL)
		store = state_open(folder,
		    options->profile != NULL ? options->profile : RUN_STATE_DEFAULT,
		    options->new_only ? options->sendmail : NULL, deadline, err);
	else
		err_set(err, ERR_USAGE,
		    "there is no place for the state: --state-dir=DIR, or $HOME, is missing");
	buf_fini(&path);
	return store;
}

int run_open_state(const struct options *options, const struct env *env, int64_t deadline,
    struct state_store **store_r, struct err *err)
{
	*store_r = NULL;
	if (!options->new_only && options->profile == NULL)
		return 0;
	*store_r = state_open_place(options, env, deadline, err);
	if (*store_r != NULL)
		return 0;
	if (options->new_only || (err->code != ERR_CREATE && err->code != ERR_USAGE))
		return -1;
	log_warn("nothing keeps another run of this profile away: %s", err->text);
	*err = (struct err)ERR_INIT;
	return 0;
}

int run_load_states(const struct state_store *store, struct source *source,
    const struct account *account, struct err *err)
{
	struct state state;

	for (unsigned i = 0; i < account->place_count; i++) {
		const struct account_place *place = &account->place[i];

		if (place->key == NULL)
			continue;
		if (state_load(store, place->key, &state, err) != 0)
			return -1;
		if (!source->ops->resume(source, place, &state))
			return state_refuse(store, place->key, err);
	}
	return 0;
}

void run_plan_states(
    struct state_store *store, const struct source *source, const struct account *account)
{
	struct state state;

	for (unsigned i = 0; i < account->place_count; i++) {
		const struct account_place *place = &account->place[i];

		if (place->key != NULL && source->ops->progress(source, place, &state))
			state_plan_state(store, place->key, &state);
	}
}
