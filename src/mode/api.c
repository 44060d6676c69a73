/* api: one raw call. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "mode/act.h"
#include "mode/run.h"

/* What only reads, by its name. */
static bool api_only_reads(struct span name)
{
	static const char *const reading[] = {
	    "api_get_", "api_list_", "api_find_", "api_count_", "api_help", NULL};

	for (const char *const *prefix = reading; *prefix != NULL; prefix++)
		if (span_starts_nocase(name, span_of(*prefix)))
			return true;
	return false;
}

static bool api_is_name(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!span_is_alnum(text.p[i]) && text.p[i] != '_')
			return false;
	return text.n > 0;
}

/* Names that the client fills in itself. */
static bool api_is_ours(struct span name)
{
	return span_eq(name, SPAN("call")) || span_eq(name, SPAN("api_language")) ||
	       span_eq(name, SPAN("client_username"));
}

static int api_check_word(const struct options *options, const char *word, struct err *err)
{
	struct span text = span_of(word);
	size_t equals = span_find(text, '=');
	struct span name = span_head(text, equals);

	if (equals == SPAN_NPOS || !api_is_name(name))
		return err_set(err, ERR_USAGE, "'%s': expected NAME=VALUE", word);
	if (api_is_ours(name))
		return err_set(
		    err, ERR_USAGE, "'%.*s' is filled in by the program", (int)name.n, name.p);
	if (equals + 1 == text.n && !options->api.allow_empty)
		return err_set(err, ERR_USAGE,
		    "'%s' is empty, which the filter takes for \"not given\": --allow-empty sends "
		    "it all the same",
		    word);
	return 0;
}

static int api_check(const struct options *options, struct err *err)
{
	if (options->word_count == 0)
		return err_set(err, ERR_USAGE, "the name of a call is missing (try api_help)");
	if (!api_is_name(span_of(options->words[0])))
		return err_set(err, ERR_USAGE, "'%s' is no name of a call", options->words[0]);
	for (unsigned i = 1; i < options->word_count; i++)
		if (api_check_word(options, options->words[i], err) != 0)
			return -1;
	return 0;
}

/* A terminal takes no orders from the filter. */
static int api_write(void *context, struct span bytes, struct err *err)
{
	const struct act *act = context;
	struct buf text;
	int result;

	if (!act->env->stdout_is_terminal)
		return run_print(bytes, err);
	buf_init(&text, 0);
	while (bytes.n > 0) {
		size_t end = span_find(bytes, '\n');

		log_escape(&text, span_head(bytes, end));
		if (end != SPAN_NPOS)
			buf_add_char(&text, '\n');
		bytes = end == SPAN_NPOS ? SPAN_EMPTY : span_from(bytes, end + 1);
	}
	result = text.failed != 0 ? err_nomem(err) : run_print(buf_span(&text), err);
	buf_fini(&text);
	return result;
}

/* Who is exempt is so whatever the way. */
static int api_check_exempt(const struct act *act, struct err *err)
{
	const struct options *options = act->options;
	struct span call = span_of(options->words[0]);

	if (!span_starts_nocase(call, SPAN("api_lock_")) &&
	    !span_starts_nocase(call, SPAN("api_blacklist_")))
		return 0;
	for (unsigned i = 1; i < options->word_count; i++) {
		struct span word = span_of(options->words[i]);

		if (act_is_exempt(act, span_from(word, span_find(word, '=') + 1)))
			return err_set(err, ERR_USAGE, "'%s' is exempt", options->words[i]);
	}
	return 0;
}

/* A call that may change something is asked about; its answer cannot be checked. */
static int api_confirm(struct act *act, const char *name, bool *go_r, struct err *err)
{
	struct buf question;
	int result;

	*go_r = api_only_reads(span_of(name));
	if (*go_r)
		return 0;
	if (!act_may_change(act))
		return err_set(err, ERR_USAGE,
		    "%s may change something: there is no terminal to ask on, and no --unattended",
		    name);
	buf_init(&question, 0);
	buf_printf(
	    &question, "%s may change something - Do you wish to make this call? [y/N] ", name);
	result = act_ask(act, &question, go_r, err);
	buf_fini(&question);
	return result;
}

static int api_call(struct act *act, struct err *err)
{
	const struct options *options = act->options;
	const char *name = options->words[0];
	bool reads = api_only_reads(span_of(name));
	const struct action action = {"api", {.name = span_of(name)}, 0, SPAN_EMPTY};
	struct control_call call;
	bool go = false;
	int result = api_check_exempt(act, err);

	if (result == 0)
		result = api_confirm(act, name, &go, err);

	if (result != 0 || !go)
		return result;
	if (!reads &&
	    (act_begin_changes(act, err) != 0 || actions_intend(act->actions, &action, err) != 0))
		return -1;
	control_call_init(&call, name);
	call.changes = !reads;
	call.any_form = true;
	for (unsigned i = 1; i < options->word_count; i++) {
		char *value = strchr(options->words[i], '=');
		struct span title =
		    span_head(span_of(options->words[i]), (size_t)(value - options->words[i]));

		buf_printf(&call.query, "&%.*s=", (int)title.n, title.p);
		buf_add_percent(&call.query, span_of(value + 1), SPAN("-._~"));
	}
	result = control_stream(act->control, &call, api_write, act, err);
	if (!reads && (result == 0 || err->code != ERR_SIGNAL)) {
		struct err unused = ERR_INIT;

		actions_settle(
		    act->actions, &action, ACTION_UNKNOWN, SPAN_EMPTY, result == 0 ? err : &unused);
	}
	control_call_fini(&call);
	return result;
}

int run_api(const struct options *options, const struct env *env, struct err *err)
{
	struct act act;
	int result;

	if (api_check(options, err) != 0)
		return -1;
	result = act_open(&act, options, env, err);
	if (result == 0)
		result = api_call(&act, err);
	if (result != 0)
		act_explain(&act, err);
	act_close(&act);
	return result;
}
