#include "mode/run_history.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/walk.h"
#include "mode/run_parts.h"
#include "sink/sink_store.h"
#include "sink/store_record.h"
#include "source/history/history.h"

#define RUN_HISTORY_NAME        "history.sqlite"
#define RUN_HISTORY_FOLDER_MODE 0700

int run_history_find_folder(
    struct buf *path, const struct options *options, const struct env *env, struct err *err)
{
	const char *folder = run_state_place(path, options, env);
	int fd;

	if (path->failed != 0)
		return err_nomem(err);
	if (folder == NULL)
		return err_set(err, ERR_USAGE,
		    "there is no place for the history: --history=FILE, --state-dir=DIR, or $HOME, "
		    "is missing");
	if (options->offline)
		return 0;
	fd = walk_open(folder, RUN_HISTORY_FOLDER_MODE, err);
	if (fd < 0)
		return -1;
	close(fd);
	return 0;
}

static int history_find_file(
    struct buf *path, const struct options *options, const struct env *env, struct err *err)
{
	if (options->history.file != NULL) {
		buf_add_text(path, options->history.file);
	} else {
		if (run_history_find_folder(path, options, env, err) != 0)
			return -1;
		buf_add_text(path, "/" RUN_HISTORY_NAME);
	}
	return path->failed == 0 ? 0 : err_nomem(err);
}

/* A later run has a higher one. */
static uint64_t history_version(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 + 1;
}

uint64_t run_history_choose_version(
    const struct run_history *history, const struct options *options)
{
	if (options->offline)
		return 0;
	return history->version != 0 ? history->version : history_version();
}

uint64_t run_history_reading(const struct options *options)
{
	return store_record_reading(options->identity_headers, options->identity_header_count);
}

static int history_open_file(struct run_history *history, const struct options *options,
    const struct env *env, struct err *err)
{
	struct buf path;
	int result;

	buf_init(&path, 0);
	result = history_find_file(&path, options, env, err);
	if (result == 0) {
		history->store = store_sqlite_open(
		    buf_string(&path), run_history_choose_version(history, options), err);
		result = history->store != NULL ? 0 : -1;
	}
	buf_fini(&path);
	return result;
}

int run_history_open(struct run_history *history, const struct options *options,
    const struct env *env, struct err *err)
{
	return options->clickhouse.host.name != NULL
		   ? run_history_open_server(history, options, env, err)
		   : history_open_file(history, options, env, err);
}

int run_history_open_as(struct run_history *history, const struct options *options,
    const struct env *env, enum run_history_use use, struct err *err)
{
	struct options as = *options;

	as.offline = use == RUN_HISTORY_READS;
	if (use == RUN_HISTORY_IMPORTS)
		history->version = STORE_OLDEST;
	/* A file that is to be changed is there, or else is not made. */
	if (use == RUN_HISTORY_CHANGES && options->clickhouse.host.name == NULL) {
		as.offline = true;
		if (run_history_open(history, &as, env, err) != 0)
			return -1;
		history->store->ops->free(history->store);
		history->store = NULL;
		as.offline = false;
	}
	return run_history_open(history, &as, env, err);
}

static int history_check_replaced(const struct outputs *outputs, const struct options *options,
    const struct env *env, struct err *err)
{
	const char *output = NULL;
	struct stat found;
	struct buf path;

	if (options->clickhouse.host.name != NULL)
		return 0;
	buf_init(&path, 0);
	if (history_find_file(&path, options, env, err) != 0) {
		buf_fini(&path);
		return -1;
	}
	if (stat(buf_string(&path), &found) == 0)
		output = outputs_replacing(outputs, &found);
	buf_fini(&path);
	if (output == NULL)
		return 0;
	return err_set(err, ERR_USAGE, "the output '%s' would replace the history", output);
}

int run_history_keep(struct run_history *history, const struct run_history_wish *wish,
    struct outputs *outputs, struct err *err)
{
	const struct options *options = wish->options;
	const struct env *env = wish->env;
	struct delivery *delivery;

	if (run_history_open(history, options, env, err) != 0 ||
	    history_check_replaced(outputs, options, env, err) != 0 ||
	    sink_store_new(
		history->store, run_history_reading(options), &history->sink, &delivery, err) != 0)
		return -1;
	outputs_add_store(outputs, delivery);
	return 0;
}

struct source *run_history_source(
    struct run_history *history, const struct run_history_wish *wish, struct err *err)
{
	const struct hosts_settings *servers = wish->servers;
	struct history_settings settings = {
	    .period = wish->period,
	    .now = wish->env->now,
	    .account = wish->account,
	    .mailboxes = history->mailbox,
	};

	if (run_history_open(history, wish->options, wish->env, err) != 0)
		return NULL;
	settings.store = history->store;
	arena_init(&history->arena);
	if (servers->count > 0)
		settings.mailbox_count =
		    servers->count * hosts_list_folders(servers, &history->arena, history->mailbox);
	if (history->arena.failed) {
		arena_err(&history->arena, err);
		return NULL;
	}
	return history_new(&settings, err);
}

void run_history_close(struct run_history *history)
{
	sink_free(history->sink);
	arena_fini(&history->arena);
	if (history->store != NULL)
		history->store->ops->free(history->store);
	secret_wipe(&history->password);
	buf_fini(&history->host);
	buf_fini(&history->spool);
}
