/* --check: shows what the servers offer. */
#include "base/log.h"
#include "control/answer.h"
#include "control/queue.h"
#include "mode/act.h"
#include "source/quarantine/hosts.h"
#include "mode/run.h"
#include "mode/run_parts.h"

struct check {
	struct hosts_settings servers;
	struct secret password;
	bool wrote; /* something was written: an empty line comes before the next */
};

/* One server, written as soon as it is known. */
static int check_host(struct check *check, unsigned index, struct err *err)
{
	struct tls_settings tls;
	const struct session_settings settings =
	    hosts_session_settings(&check->servers, index, &tls);
	struct session *session = NULL;
	struct buf text;
	int result = -1;

	buf_init(&text, 0);
	if (check->wrote)
		buf_add_text(&text, "\n");
	if (session_open(&settings, &session, err) == 0 &&
	    session_describe(session, &text, err) == 0) {
		result = run_print(buf_span(&text), err);
		check->wrote = true;
	}
	session_close(session, 0);
	buf_fini(&text);
	return result;
}

/* Checks all servers, even if one fails. The first error counts; ERR_INTERNAL goes before all
 * others. */
static int check_hosts(struct check *check, struct err *err)
{
	unsigned count = check->servers.count;
	int result = 0;

	for (unsigned i = 0; i < count; i++) {
		struct err failure = ERR_INIT;

		if (check_host(check, i, &failure) == 0)
			continue;
		if (!err_is_remote(&failure)) {
			*err = failure;
			return -1;
		}
		if (count > 1)
			log_error("%s", failure.text);
		if (result == 0)
			*err = failure;
		result = -1;
	}
	return result;
}

/* What the filter's list of calls makes possible. */
static void check_add_calls(struct buf *out, struct span help, const struct options_api *api)
{
	static const char *const none[] = {NULL};
	const struct {
		const char *command;
		const char *call;
		const char *const *arguments;
	} rows[] = {
	    {"lock", CALL_LOCK, calls_lock_arguments},
	    {"unlock", api->call_unlock, calls_lock_arguments},
	    {"locked, reading back", CALL_LIST_LOCKED, none},
	    {"lock by counting, --log-search", CALL_FIND, none},
	    {"checking that no line was cut off", CALL_COUNT, none},
	    {"without --domain", CALL_DOMAINS, none},
	    {"blacklist", CALL_BLACKLIST, calls_blacklist_arguments},
	    {"blacklist --remove", CALL_UNBLACKLIST, calls_blacklist_arguments},
	    {"blacklist --list, reading back", CALL_LIST_BLACKLIST, none},
	    {"queue", CALL_QUEUE, none},
	};
	struct err why = ERR_INIT;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		buf_printf(out, "  %-3s %s (%s)\n",
		    calls_check(help, rows[i].call, rows[i].arguments, &why) == 0 ? "yes" : "no",
		    rows[i].command, rows[i].call);
	buf_printf(out, "  %-3s queue --remove (%s)\n",
	    queue_check_remove(help, api->call_queue_remove, &why) == 0 ? "yes" : "no",
	    api->call_queue_remove);
}

static void check_add_help(struct buf *out, struct span help)
{
	struct answer_signature signature;

	buf_add_text(out, "calls of the filter:\n");
	for (size_t at = 0; answer_next_call(help, &at, &signature);) {
		buf_add_text(out, "  ");
		log_escape(out, signature.text);
		buf_add_char(out, '\n');
	}
}

/* The certificate is shown as that of a quarantine is. */
static int check_certificate(const struct act *act, struct buf *out, struct err *err)
{
	return act->options->api.plaintext ? 0 : act_describe_certificate(act, out, err);
}

static int check_api(const struct options *options, const struct env *env, struct err *err)
{
	struct act act;
	struct buf text;
	int result = act_open(&act, options, env, err);

	buf_init(&text, 0);
	if (result == 0) {
		buf_printf(&text, "API: %s\n", control_address(act.control));
		result = check_certificate(&act, &text, err);
	}
	if (result == 0)
		result = act_read_help(&act, err);
	if (result == 0) {
		buf_add_text(&text, "\npossible here:\n");
		check_add_calls(&text, buf_span(&act.help), &options->api);
		check_add_help(&text, buf_span(&act.help));
		result = text.failed != 0 ? err_nomem(err) : run_print(buf_span(&text), err);
	} else {
		act_explain(&act, err);
	}
	buf_fini(&text);
	act_close(&act);
	return result;
}

static int check_quarantine(const struct options *options, const struct env *env, struct err *err)
{
	struct check check = {0};
	int result;

	check.servers = run_servers(options, env, run_deadline(options), &check.password);
	check.servers.retries = 0;
	result = run_find_password(options, env, &check.servers, &check.password, err);
	if (result == 0)
		result = check_hosts(&check, err);
	secret_wipe(&check.password);
	return result;
}

int run_check(const struct options *options, const struct env *env, struct err *err)
{
	if (options->host_count > 0 && check_quarantine(options, env, err) != 0)
		return -1;
	return options->api.host.name != NULL ? check_api(options, env, err) : 0;
}
