/* The history in a server: its address, password and certificate. */
#include "mode/run_history.h"

#include <string.h>

#include "imap/server_name.h"
#include "imap/tls_probe.h"
#include "mode/run_parts.h"

/* What the server has not taken waits in files of this name and the server's. */
#define RUN_HISTORY_SPOOL "history-waiting."

#define RUN_HISTORY_PORT_HTTP  8123
#define RUN_HISTORY_PORT_HTTPS 8443

/* Bytes of an answer: more than ten million rows of the usual length. */
#define RUN_HISTORY_MAX_BODY ((uint64_t)64 * 1024 * 1024 * 1024)

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
	if (run_history_find_folder(&history->spool, options, env, &none) != 0)
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
	    /* What stays puts what is left when its time is over. */
	    .deadline = (options->mode->needs & MODE_LIVE) != 0 ? 0 : run_deadline(options),
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

int run_history_open_server(struct run_history *history, const struct options *options,
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
	    &history->clickhouse, run_history_choose_version(history, options), err);
	if (history->store != NULL)
		return 0;
	history_explain(options, err);
	return -1;
}
