#include "mode/run_history.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/walk.h"
#include "mode/history_key.h"
#include "mode/run_parts.h"
#include "sink/sink_feed.h"
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

bool run_history_is_private(const struct options *options)
{
	return options->history_without.count > 0 || options->history_hash.count > 0;
}

static void history_add_columns(struct column_set *set, const struct column_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		column_set_add(set, list->column[i]);
}

struct column_set run_history_unkept(const struct options *options)
{
	struct column_set unkept = {.word = {0}};

	if (options->offline)
		return unkept;
	history_add_columns(&unkept, &options->history_without);
	history_add_columns(&unkept, &options->history_hash);
	return unkept;
}

uint64_t run_history_reading(const struct options *options)
{
	/* 0: nobody believes these rows. */
	return run_history_is_private(options) ? 0
					       : store_record_reading(options->identity_headers,
						     options->identity_header_count);
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

/* Of a server it is in the folder of the states. */
int run_history_read_key(const struct options *options, const struct env *env, bool make,
    struct store_privacy *privacy_r, struct err *err)
{
	const bool is_file = options->clickhouse.host.name == NULL;
	struct buf path;
	int result;

	buf_init(&path, 0);
	if (is_file)
		result = history_find_file(&path, options, env, err);
	else
		result = run_history_find_folder(&path, options, env, err);
	buf_add_text(&path, is_file ? HISTORY_KEY_ENDING : "/" RUN_HISTORY_NAME HISTORY_KEY_ENDING);
	if (result == 0 && path.failed != 0)
		result = err_nomem(err);
	if (result == 0)
		result = history_key_read(buf_string(&path), make, privacy_r->key, err);
	buf_fini(&path);
	return result;
}

int run_history_find_privacy(struct run_history *history, const struct options *options,
    const struct env *env, const struct store_privacy **privacy_r, struct err *err)
{
	struct store_privacy *privacy = &history->privacy;

	*privacy_r = NULL;
	if (!run_history_is_private(options))
		return 0;
	history_add_columns(&privacy->without, &options->history_without);
	history_add_columns(&privacy->hashed, &options->history_hash);
	if (options->history_hash.count > 0 &&
	    run_history_read_key(options, env, true, privacy, err) < 0)
		return -1;
	*privacy_r = privacy;
	return 0;
}

static int history_make_feed(
    struct run_history *history, const struct sink_feed_settings *settings, struct err *err)
{
	/* What it does not take now is put again, and is in no file before the end. */
	history->clickhouse.comes_again = true;
	history->sink = sink_feed_new(settings, err);
	history->is_fed = history->sink != NULL;
	return history->is_fed ? 0 : -1;
}

/* What is under way is broken off, as waiting for a server that says nothing: it is done again. */
static int history_stop_feed(struct run_history *history, struct err *err)
{
	const bool stops = interrupt_signal() == 0;

	if (stops)
		interrupt_stop(SIGINT);
	sink_feed_stop(history->sink);
	return stops ? interrupt_forget(err) : 0;
}

int run_history_settle(struct run_history *history, const struct account *account, struct err *err)
{
	if (!history->is_fed)
		return 0;
	history->is_fed = false;
	if (history_stop_feed(history, err) != 0)
		return -1;
	history->clickhouse.comes_again = false;
	history->clickhouse.is_ending = true;
	return sink_feed_finish(history->sink, account, err);
}

static int history_make_sink(struct run_history *history, const struct sink_feed_settings *feed,
    struct outputs *outputs, struct err *err)
{
	const struct sink_store_settings settings = {feed->store, feed->reading, feed->privacy};
	struct delivery *delivery;

	if (sink_store_new(&settings, &history->sink, &delivery, err) != 0)
		return -1;
	outputs_add_store(outputs, delivery);
	return 0;
}

int run_history_keep(struct run_history *history, const struct run_history_wish *wish,
    struct outputs *outputs, struct err *err)
{
	const struct options *options = wish->options;
	const struct env *env = wish->env;
	struct sink_feed_settings settings = {.reading = run_history_reading(options), .env = env};

	if (run_history_open(history, options, env, err) != 0 ||
	    history_check_replaced(outputs, options, env, err) != 0 ||
	    run_history_find_privacy(history, options, env, &settings.privacy, err) != 0)
		return -1;
	settings.store = history->store;
	if (run_history_begin(history, "", options, env, err) != 0)
		return -1;
	return wish->stays ? history_make_feed(history, &settings, err)
			   : history_make_sink(history, &settings, outputs, err);
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

	if (wish->options->identity_header_count > 0)
		settings.reading = run_history_reading(wish->options);
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
	buf_fini(&history->run_options);
}
