#include "mode/run_history.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/walk.h"
#include "imap/server_name.h"
#include "imap/tls_probe.h"
#include "mode/run_parts.h"
#include "sink/sink_store.h"
#include "sink/store_record.h"
#include "source/history/history.h"

#define RUN_HISTORY_NAME        "history.sqlite"
#define RUN_HISTORY_FOLDER_MODE 0700

/* Of a server: what it has not taken waits in files of this name and the server's. */
#define RUN_HISTORY_SPOOL "history-waiting."

#define RUN_HISTORY_PORT_HTTP  8123
#define RUN_HISTORY_PORT_HTTPS 8443

/* Bytes of an answer: more than ten million rows of the usual length. */
#define RUN_HISTORY_MAX_BODY ((uint64_t)64 * 1024 * 1024 * 1024)

/* The folder of the states, which is there afterwards if it is to be made. */
static int history_find_folder(
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
		if (history_find_folder(path, options, env, err) != 0)
			return -1;
		buf_add_text(path, "/" RUN_HISTORY_NAME);
	}
	return path->failed == 0 ? 0 : err_nomem(err);
}

/* A later run has a higher one; 0 is that of who only reads. */
static uint64_t history_version(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000 + 1;
}

/* That of the run, unless it only reads. */
static uint64_t history_choose_version(
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
		    buf_string(&path), history_choose_version(history, options), err);
		result = history->store != NULL ? 0 : -1;
	}
	buf_fini(&path);
	return result;
}

static int history_find_password(struct run_history *history, const struct options *options,
    const struct env *env, struct err *err)
{
	const struct options_clickhouse *clickhouse = &options->clickhouse;
	const struct secret_sources sources = {
	    .file = clickhouse->password_file,
	    .command = clickhouse->password_command,
	    .credentials_directory = env->credentials_directory,
	    .username = clickhouse->user,
	    .words = &secret_of_history,
	    .deadline = run_deadline(options),
	};

	return clickhouse->user != NULL ? secret_find(&sources, &history->password, err) : 0;
}

/* Another history has other files. Without a folder of the states nothing can wait. */
static int history_find_spool(struct run_history *history, const struct options *options,
    const struct env *env, struct err *err)
{
	const struct options_clickhouse *clickhouse = &options->clickhouse;
	struct err none = ERR_INIT;

	buf_init(&history->spool, 0);
	if (options->offline || history_find_folder(&history->spool, options, env, &none) != 0)
		return 0;
	buf_add_text(&history->spool, "/" RUN_HISTORY_SPOOL);
	buf_add_percent(&history->spool, span_of(clickhouse->host.name), SPAN("-."));
	buf_printf(&history->spool, ".%u.%s", clickhouse->host.port, clickhouse->database);
	history->clickhouse.spool = buf_string(&history->spool);
	return history->spool.failed == 0 ? 0 : err_nomem(err);
}

static void history_set_server(
    struct run_history *history, const struct options *options, const struct env *env)
{
	const struct options_clickhouse *clickhouse = &options->clickhouse;
	const unsigned usual =
	    clickhouse->plaintext ? RUN_HISTORY_PORT_HTTP : RUN_HISTORY_PORT_HTTPS;
	struct http_settings http = {
	    .peer = "the server",
	    .host = buf_string(&history->host),
	    .port = clickhouse->host.port != 0 ? clickhouse->host.port : usual,
	    .path = "/",
	    .plaintext = clickhouse->plaintext,
	    .gzip = true,
	    .ca_file = clickhouse->tls.ca_file,
	    .pin_count = clickhouse->tls.pin_count,
	    .username = clickhouse->user,
	    .password = &history->password,
	    .max_body = RUN_HISTORY_MAX_BODY,
	    .timeout = options->timeout,
	    .deadline = run_deadline(options),
	    .trace = options->trace,
	};

	for (unsigned i = 0; i < clickhouse->tls.pin_count; i++)
		memcpy(http.pin[i], clickhouse->tls.pin[i].digest, HTTP_PIN_SIZE);
	history->clickhouse = (struct store_clickhouse_settings){
	    .http = http,
	    .name = options->history.file,
	    .database = clickhouse->database,
	    .spool = history->clickhouse.spool,
	    .pause_second = env->pause_second,
	};
}

/* A certificate that is not trusted is looked at once more, by those who can explain it. */
static void history_explain(const struct options *options, struct err *err)
{
	struct tls_settings tls = options->clickhouse.tls;
	const unsigned port = options->clickhouse.host.port;
	const struct stream_settings settings = {
	    .host = options->clickhouse.host.name,
	    .tls = &tls,
	    .timeout = options->timeout,
	    .deadline = run_deadline(options),
	};
	struct err better = ERR_INIT;
	struct buf unused;

	if (err->code != ERR_UNAVAILABLE || options->clickhouse.plaintext)
		return;
	tls.mode = TLS_IMPLICIT;
	tls.port = port != 0 ? port : RUN_HISTORY_PORT_HTTPS;
	tls.pin_option = "history-fingerprint";
	buf_init(&unused, 0);
	if (tls_probe(&settings, &unused, &better) != 0 && better.code == ERR_UNAVAILABLE)
		*err = better;
	buf_fini(&unused);
}

static int history_open_server(struct run_history *history, const struct options *options,
    const struct env *env, struct err *err)
{
	buf_init(&history->host, 0);
	if (server_name_to_ascii(span_of(options->clickhouse.host.name), &history->host, err) !=
		0 ||
	    history_find_password(history, options, env, err) != 0 ||
	    history_find_spool(history, options, env, err) != 0)
		return -1;
	history_set_server(history, options, env);
	history->store = store_clickhouse_open(
	    &history->clickhouse, history_choose_version(history, options), err);
	if (history->store != NULL)
		return 0;
	history_explain(options, err);
	return -1;
}

int run_history_open(struct run_history *history, const struct options *options,
    const struct env *env, struct err *err)
{
	return options->clickhouse.host.name != NULL
		   ? history_open_server(history, options, env, err)
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
