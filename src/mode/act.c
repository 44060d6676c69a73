#include "mode/act.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/wait.h"
#include "control/answer.h"
#include "control/locked.h"
#include "control/queue.h"
#include "control/value.h"
#include "imap/server_name.h"
#include "imap/tls_probe.h"
#include "mode/run.h"
#include "mode/run_parts.h"

#define ACT_PORT_HTTPS 443

static int act_find_password(struct act *act, struct err *err)
{
	const struct options_api *api = &act->options->api;
	const struct secret_sources sources = {
	    .file = api->password_file,
	    .command = api->password_command,
	    .credentials_directory = act->env->credentials_directory,
	    .username = api->user,
	    .words = &secret_of_api,
	    .deadline = act->deadline,
	};

	return secret_find(&sources, &act->password, err);
}

static void act_set_client(struct act *act)
{
	const struct options_api *api = &act->options->api;

	struct http_settings http = {
	    .peer = "the filter",
	    .host = buf_string(&act->host),
	    .port = api->host.port,
	    .path = api->path,
	    .plaintext = api->plaintext,
	    .ca_file = api->tls.ca_file,
	    .pin_count = api->tls.pin_count,
	    .username = api->user,
	    .password = &act->password,
	    .max_body = CONTROL_MAX_STREAM,
	    .timeout = act->options->timeout,
	    .deadline = act->deadline,
	    .trace = act->options->trace,
	};

	for (unsigned i = 0; i < api->tls.pin_count; i++)
		memcpy(http.pin[i], api->tls.pin[i].digest, HTTP_PIN_SIZE);
	act->settings =
	    (struct control_settings){.http = http, .client_username = api->client_username};
}

void act_leave_out(struct act *act, int64_t taken)
{
	if (act->deadline != 0)
		act->deadline += taken;
	act->settings.http.deadline = act->deadline;
}

int act_open(struct act *act, const struct options *options, const struct env *env, struct err *err)
{
	*act = (struct act){.options = options, .env = env, .deadline = run_deadline(options)};
	buf_init(&act->host, 0);
	buf_init(&act->help, CONTROL_MAX_BODY);
	if (server_name_to_ascii(span_of(options->api.host.name), &act->host, err) != 0 ||
	    exempt_init(&act->exempt, options->api.exempt.text, options->api.exempt.count,
		options->api.exempt_file, err) != 0 ||
	    act_find_password(act, err) != 0)
		return -1;
	act_leave_out(act, act->password.asked);
	act_set_client(act);
	return control_open(&act->settings, &act->control, err);
}

void act_close(struct act *act)
{
	actions_close(act->actions);
	state_close(act->store);
	control_close(act->control);
	secret_wipe(&act->password);
	buf_fini(&act->host);
	buf_fini(&act->help);
	exempt_fini(&act->exempt);
}

int act_describe_certificate(const struct act *act, struct buf *out, struct err *err)
{
	struct tls_settings tls = act->options->api.tls;
	const struct stream_settings settings = {
	    .host = act->options->api.host.name,
	    .tls = &tls,
	    .timeout = act->options->timeout,
	    .deadline = act->deadline,
	};

	tls.mode = TLS_IMPLICIT;
	tls.port = act->options->api.host.port != 0 ? act->options->api.host.port : ACT_PORT_HTTPS;
	tls.pin_option = "api-fingerprint";
	return tls_probe(&settings, out, err);
}

/* The certificate is looked at once more, by those who can explain it. */
int act_explain(struct act *act, struct err *err)
{
	struct err better = ERR_INIT;
	struct buf unused;

	if (act->control == NULL || !control_is_untrusted(act->control) ||
	    err->code != ERR_UNAVAILABLE)
		return -1;
	buf_init(&unused, 0);
	if (act_describe_certificate(act, &unused, &better) != 0 && better.code == ERR_UNAVAILABLE)
		*err = better;
	buf_fini(&unused);
	return -1;
}

int act_read_help(struct act *act, struct err *err)
{
	if (act->help.n > 0)
		return 0;
	return calls_read_help(act->control, &act->help, err);
}

bool act_is_exempt(const struct act *act, struct span name)
{
	return exempt_has(&act->exempt, name);
}

/* --- Questions --- */

bool act_may_change(const struct act *act)
{
	return act->options->api.unattended || act->env->stdin_is_terminal;
}

bool act_is_full(const struct act *act)
{
	return act->changes + act->refused >= act->options->api.max_changes;
}

int act_print(const struct act *act, struct buf *text, struct err *err)
{
	int result = 0;

	if (text->failed != 0)
		result = err_nomem(err);
	else if (!act->options->quiet)
		result = run_print(buf_span(text), err);
	buf_clear(text);
	return result;
}

void act_talk(const struct act *act, const char *fmt, ...)
{
	char text[ACT_MAX_TALK];
	va_list ap;

	if (!run_may_talk(act->options, act->env))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_line("quarantine-report: ", span_of(text));
}

/* A line of standard input; what is longer counts as no. */
static int act_read_answer(struct act *act, struct buf *answer, struct err *err)
{
	int64_t before = clock_now();
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char c = '\0';
	ssize_t n;

	for (;;) {
		if (wait_ready(&input, 1, 0, err) < 0)
			return -1;
		n = read(STDIN_FILENO, &c, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			act->input_ended = true;
			log_warn("nobody answers any more: what is not asked about stays as it is");
			if (run_print(SPAN("\n"), err) != 0)
				return -1;
		}
		if (n <= 0 || c == '\n')
			break;
		buf_add_char(answer, c);
	}
	act_leave_out(act, clock_now() - before);
	return 0;
}

int act_ask(struct act *act, struct buf *question, bool *yes_r, struct err *err)
{
	struct buf answer;
	struct span text;
	int result;

	*yes_r = false;
	/* Of a run without a person, too: what is asked about is what the log is to say. */
	if (question->failed != 0)
		return err_nomem(err);
	*yes_r = act->options->api.unattended;
	if (*yes_r || act->input_ended) {
		buf_clear(question);
		return 0;
	}
	buf_init(&answer, ACT_MAX_ANSWER);
	/* A key that was pressed twice, or while the filter was slow, answers nothing that was not
	 * on the screen. */
	if (act->env->stdin_is_terminal)
		tcflush(STDIN_FILENO, TCIFLUSH);
	result = run_print(buf_span(question), err);
	if (result == 0)
		result = act_read_answer(act, &answer, err);
	text = span_trim(buf_span(&answer));
	*yes_r = result == 0 && answer.failed == 0 &&
		 (span_eq_nocase(text, SPAN("y")) || span_eq_nocase(text, SPAN("yes")));
	buf_fini(&answer);
	buf_clear(question);
	return result;
}

void act_add_key(struct buf *out, const struct control_key *key)
{
	log_escape(out, key->name);
	buf_add_text(out, " (");
	log_escape(out, key->username);
	buf_add_char(out, '@');
	log_escape(out, key->domain);
	buf_add_char(out, ')');
}

int act_end_listing(const struct act *act, const char *done, struct err *err)
{
	err_set(err, ERR_USAGE,
	    "nothing has been %s: there is no terminal to ask on, and no --unattended", done);
	if (act->options->word_count > 0)
		return -1;
	log_error("%s", err->text);
	*err = (struct err)ERR_INIT;
	return 0;
}

/* --- Changes --- */

static int act_look_through(struct act *act, const struct act_question *question, struct span list,
    bool *found_r, struct err *err)
{
	const struct control_key *key = question->key;
	bool by_name = false;

	act->found_by_form = false;
	if (!question->sure)
		return locked_has(list, key, found_r, err);
	if (locked_proves(list, key, LOCKED_FORM_OPEN, &by_name, err) != 0)
		return -1;
	*found_r = by_name;
	if (by_name || (question->before && !act->form_is_known))
		return 0;
	if (locked_proves(list, key, LOCKED_FORM_LIKELY, found_r, err) != 0)
		return -1;
	act->found_by_form = *found_r;
	return 0;
}

int act_look(struct act *act, const struct act_question *question, bool *found_r, struct err *err)
{
	const struct control_key *key = question->key;
	struct control_key asked = *key;
	struct buf body;
	int result;

	/* Those of all users are listed for the domain. */
	if (span_eq(key->username, SPAN(CALL_ALL_USERS)))
		asked.username = SPAN_EMPTY;
	buf_init(&body, CONTROL_MAX_BODY);
	result = calls_list(act->control, question->list, &asked, &body, err);
	if (result == 0 && act_look_through(act, question, buf_span(&body), found_r, err) != 0)
		result = control_prefix(act->control, question->list, err);
	buf_fini(&body);
	return result;
}

/* The call that shows what became of a command, and whether it should show something. */
static const char *act_list_of(const char *command, bool *gone_r)
{
	*gone_r = command[0] == 'u';
	if (strcmp(command, "lock") == 0 || strcmp(command, "unlock") == 0)
		return CALL_LIST_LOCKED;
	if (strcmp(command, "blacklist") == 0 || strcmp(command, "unblacklist") == 0)
		return CALL_LIST_BLACKLIST;
	return NULL;
}

/* A domain may be gone for ever: that stops no change of another, but stays open. */
static int act_leave_open(const struct act *act, const struct action_kept *kept, struct err *err)
{
	err_prefix(err, "cannot see what became of an earlier %s", kept->command);
	if ((err->code != ERR_PROTOCOL && err->code != ERR_UNAVAILABLE) ||
	    control_is_untrusted(act->control))
		return -1;
	log_warn("%s", err->text);
	*err = (struct err)ERR_INIT;
	return 0;
}

/* A queued message may be listed with its domain only, or among all only. */
static int act_look_in_queue(
    struct act *act, const struct control_key *key, bool *found_r, struct err *err)
{
	bool among_all = false;

	if (queue_has(act->control, SPAN_EMPTY, key->name, &among_all, err) != 0)
		return -1;
	*found_r = among_all;
	if (among_all || key->domain.n == 0)
		return 0;
	return queue_has(act->control, key->domain, key->name, found_r, err);
}

/* What the filter shows of a change that an earlier run began. */
static int act_look_at_kept(
    struct act *act, const struct action_kept *kept, enum action_state *state_r, struct err *err)
{
	bool gone = true, found = false;
	const char *list = act_list_of(kept->command, &gone);
	const struct act_question question = {list, &kept->key, !gone, false};

	if (list != NULL) {
		if (act_look(act, &question, &found, err) != 0)
			return -1;
	} else if (strcmp(kept->command, ACTION_QUEUE_REMOVE) == 0) {
		gone = true;
		if (act_look_in_queue(act, &kept->key, &found, err) != 0)
			return -1;
	} else {
		*state_r = ACTION_UNKNOWN;
		return 0;
	}
	*state_r = found != gone ? ACTION_DONE : ACTION_FAILED;
	return 0;
}

static const char *act_say_kept(const struct action_kept *kept, enum action_state state)
{
	if (state == ACTION_UNKNOWN)
		return "may have been done";
	/* It may also have been delivered, or have expired. */
	if (strcmp(kept->command, ACTION_QUEUE_REMOVE) == 0)
		return state == ACTION_DONE ? "is over: it is not in the queue any more"
					    : "has not been done: it is in the queue";
	return state == ACTION_DONE ? "has been done" : "has not been done";
}

/* What an earlier run left open: it was killed, or could not look. */
static int act_settle_one(struct act *act, const struct action_kept *kept, struct err *err)
{
	enum action_state state;
	struct buf text;

	if (act_look_at_kept(act, kept, &state, err) != 0)
		return act_leave_open(act, kept, err);
	buf_init(&text, 0);
	act_add_key(&text, &kept->key);
	log_warn("an earlier run was broken off: its %s of %s %s", kept->command, buf_string(&text),
	    act_say_kept(kept, state));
	buf_fini(&text);
	return actions_settle_kept(act->actions, kept, state, err);
}

/* Behind one name there may be a filter at each port, say through tunnels. */
static void act_name_log(struct act *act, struct buf *out)
{
	unsigned port = act->options->api.host.port;

	buf_printf(out, "actions:%s", buf_string(&act->host));
	if (port != 0 && port != ACT_PORT_HTTPS)
		buf_printf(out, ",%u", port);
}

int act_begin_changes(struct act *act, struct err *err)
{
	struct buf path, name;
	const char *folder;
	int result = 0;

	buf_init(&path, 0);
	buf_init(&name, 0);
	act_name_log(act, &name);
	folder = run_state_place(&path, act->options, act->env);
	if (path.failed != 0 || name.failed != 0)
		result = err_nomem(err);
	else if (folder == NULL)
		result = err_set(err, ERR_USAGE,
		    "there is no place for the log of actions: "
		    "--state-dir=DIR, or $HOME, is missing");
	if (result == 0)
		act->store = state_open(folder, buf_string(&name), NULL, act->deadline, err);
	if (result == 0 && (act->store == NULL || actions_open(state_folder(act->store),
						      act->env->now, &act->actions, err) != 0))
		result = -1;
	buf_fini(&path);
	buf_fini(&name);
	for (unsigned i = 0; result == 0 && i < actions_open_count(act->actions); i++)
		result = act_settle_one(act, actions_open_at(act->actions, i), err);
	return result;
}

/* After the call: what the filter shows decides, not what it said. */
static int act_judge(struct act *act, const struct act_change *change,
    const struct control_remark *remark, const struct err *failure, struct err *err)
{
	const struct action *action = &change->action;
	const struct act_question question = {change->list, &action->key, !change->gone, false};
	struct span said = span_trim(buf_span(&remark->text));
	struct buf name, shown;
	bool found = false;
	int result = -1;

	buf_init(&name, 0);
	buf_init(&shown, 0);
	act_add_key(&name, &action->key);
	answer_add_shown(&shown, said);
	if (act_look(act, &question, &found, err) != 0) {
		/* The log says that it was intended; the next run looks. */
		err_prefix(err, "%s may have been %s, which cannot be seen", buf_string(&name),
		    change->done);
		goto out;
	}
	/* What was refused has added no line: then the form shows nothing yet. */
	if (act->found_by_form && failure->code != ERR_NONE && !act->form_is_known)
		found = false;
	if (found != change->gone) {
		act->form_is_known = act->form_is_known || act->found_by_form;
		if (said.n > 0 || failure->code != ERR_NONE)
			log_warn("%s is %s, although the filter said: %s", buf_string(&name),
			    change->done,
			    failure->code != ERR_NONE ? failure->text : buf_string(&shown));
		result = actions_settle(act->actions, action, ACTION_DONE, said, err);
		act->changes++;
		goto out;
	}
	if (actions_settle(act->actions, action, ACTION_FAILED, said, err) != 0)
		goto out;
	if (failure->code == ERR_NONE || failure->code == ERR_UNAVAILABLE)
		act->refused++;
	if (failure->code != ERR_NONE)
		*err = *failure;
	else if (said.n > 0)
		err_set(err, ERR_UNAVAILABLE, "the filter said: %s", buf_string(&shown));
	else
		err_set(err, ERR_UNAVAILABLE,
		    "the filter accepted the call, but its list does not show it");
	err_prefix(err, "%s is not %s", buf_string(&name), change->done);
out:
	buf_fini(&name);
	buf_fini(&shown);
	return result;
}

void act_note_fault(const struct control_remark *remark, struct err *failure)
{
	const char *fault = answer_fault(buf_span(&remark->text));

	if (fault != NULL && failure->code == ERR_NONE)
		err_set(failure, ERR_UNAVAILABLE, "the answer is %s", fault);
}

static int act_say_done(const struct act *act, const struct act_change *change, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	act_add_key(&text, &change->action.key);
	buf_printf(&text, ": %s\n", change->done);
	result = act_print(act, &text, err);
	buf_fini(&text);
	return result;
}

/* A signal has ended the call. The log says that it was intended; the next run looks. */
static void act_say_unknown(const struct action *action, const char *done,
    const struct control_remark *remark, struct err *err)
{
	struct buf name;

	if (!remark->sent)
		return;
	buf_init(&name, 0);
	act_add_key(&name, &action->key);
	err_prefix(err, "%s may have been %s: the next run that changes something looks",
	    buf_string(&name), done);
	buf_fini(&name);
}

int act_change(struct act *act, const struct act_change *change, struct err *err)
{
	const struct calls_change call = {change->call, change->argument, change->action.key};
	struct control_remark remark = {0};
	struct err failure = ERR_INIT;
	int result = -1;

	buf_init(&remark.text, CONTROL_MAX_REMARK);
	if (actions_intend(act->actions, &change->action, err) != 0)
		goto out;
	if (calls_change(act->control, &call, &remark, &failure) == 0)
		act_note_fault(&remark, &failure);
	if (failure.code == ERR_SIGNAL) {
		*err = failure;
		act_say_unknown(&change->action, change->done, &remark, err);
		goto out;
	}
	if (failure.code != ERR_NONE && !remark.sent) {
		actions_settle(act->actions, &change->action, ACTION_FAILED, SPAN_EMPTY, err);
		*err = failure;
		goto out;
	}
	result = act_judge(act, change, &remark, &failure, err);
	if (result == 0)
		result = act_say_done(act, change, err);
out:
	buf_fini(&remark.text);
	return result;
}

int act_each_domain(
    struct act *act, int (*take)(void *, struct span, struct err *), void *context, struct err *err)
{
	const struct option_texts *given = &act->options->api.domains;
	const struct calls_walk walk = {given->text, given->count, take, context};
	struct calls_lost lost = {.first = ERR_INIT};

	if (calls_walk_domains(act->control, &walk, &lost, err) != 0)
		return -1;
	if (lost.lost > 0)
		log_error("%" PRIu64 " of %" PRIu64 " domains cannot be asked about; the first: %s",
		    lost.lost, lost.asked, lost.first.text);
	act->lost += lost.lost;
	return 0;
}

int act_pass_over(const struct act *act, unsigned refused, struct err *err)
{
	if (act->refused == refused)
		return -1;
	log_error("%s", err->text);
	*err = (struct err)ERR_INIT;
	return 0;
}

int act_end_changes(
    const struct act *act, const char *done, uint64_t failed, uint64_t left, struct err *err)
{
	unsigned max = act->options->api.max_changes;

	if (failed > 0)
		return err_set(err, ERR_UNAVAILABLE,
		    "%u %s, %" PRIu64 " not, and %" PRIu64 " more left by --max-changes=%u",
		    act->changes, done, failed, left, max);
	if (left > 0)
		return err_set(err, ERR_TEMPORARY,
		    "%u %s, and %" PRIu64 " more left by --max-changes=%u: the next run goes on",
		    act->changes, done, left, max);
	return 0;
}

int act_check_answered(const struct act *act, struct err *err)
{
	if (!act->input_ended || act->options->word_count == 0)
		return 0;
	return err_set(err, ERR_DATA, "nobody has answered about all that are named");
}

int act_check_lost(const struct act *act, struct err *err)
{
	if (act->lost == 0)
		return 0;
	return err_set(err, ERR_UNAVAILABLE,
	    "not all domains could be asked about: what is of the others is not known");
}
