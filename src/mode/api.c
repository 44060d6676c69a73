/* api: one raw call. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "control/value.h"
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
	return span_eq_nocase(name, SPAN("call")) || span_eq_nocase(name, SPAN("api_language")) ||
	       span_eq_nocase(name, SPAN("client_username"));
}

/* An argument, cut at its "=". */
struct api_argument {
	struct span name;
	struct span value;
};

static struct api_argument api_argument(const char *word)
{
	struct span text = span_of(word);
	size_t equals = span_find(text, '=');

	return (struct api_argument){span_head(text, equals), span_from(text, equals + 1)};
}

/* What no other command sends, either: it would mean all, or nobody could tell whom. */
static int api_check_value(
    const struct options *options, const struct api_argument *argument, struct err *err)
{
	static const char *const names[] = {"identity", "sender", "username", NULL};
	struct span value = argument->value;
	struct buf what;
	int result = 0;

	if (value.n == 0 ||
	    (options->api.all_users && span_eq_nocase(argument->name, SPAN("username")) &&
		span_eq(value, SPAN(CALL_ALL_USERS))))
		return 0;
	for (const char *const *name = names; *name != NULL; name++) {
		if (!span_eq_nocase(argument->name, span_of(*name)))
			continue;
		buf_init(&what, 0);
		buf_printf(&what, "'%s'", *name);
		result = what.failed != 0 ? err_nomem(err)
					  : control_value_check(buf_string(&what), value, err);
		buf_fini(&what);
	}
	return result;
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
	if (!api_only_reads(span_of(options->words[0]))) {
		const struct api_argument argument = api_argument(word);

		return api_check_value(options, &argument, err);
	}
	return 0;
}

/* Of two of one name nobody knows which the filter takes: it may be another than what was looked
 * at.
 */
static int api_check_twice(const struct options *options, unsigned word, struct err *err)
{
	struct span name = api_argument(options->words[word]).name;

	for (unsigned i = 1; i < word; i++)
		if (span_eq_nocase(api_argument(options->words[i]).name, name))
			return err_set(
			    err, ERR_USAGE, "'%.*s' is given twice", (int)name.n, name.p);
	return 0;
}

static int api_check(const struct options *options, struct err *err)
{
	if (options->word_count == 0)
		return err_set(err, ERR_USAGE, "the name of a call is missing (try api_help)");
	if (!api_is_name(span_of(options->words[0])))
		return err_set(err, ERR_USAGE, "'%s' is no name of a call", options->words[0]);
	for (unsigned i = 1; i < options->word_count; i++)
		if (api_check_word(options, options->words[i], err) != 0 ||
		    api_check_twice(options, i, err) != 0)
			return -1;
	return 0;
}

/* What a terminal gets: an answer comes in pieces, which may end within a character. */
struct api_output {
	const struct act *act;
	struct buf rest; /* the beginning of a character, or a CR */
};

/* Bytes at the end that may go on in the next piece. */
static size_t api_unfinished(struct span text)
{
	static const unsigned char lead[] = {0xC0, 0xE0, 0xF0}; /* of 2, 3, 4 bytes */

	if (text.n > 0 && text.p[text.n - 1] == '\r')
		return 1;
	for (size_t n = 1; n <= 3 && n <= text.n; n++) {
		unsigned char c = (unsigned char)text.p[text.n - n];

		if (c >= lead[n - 1])
			return n;
		if (c < 0x80 || c >= lead[0])
			return 0;
	}
	return 0;
}

/* A terminal takes no orders from the filter, but for ends of lines and TABs. */
static int api_show(struct span bytes, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	while (bytes.n > 0) {
		size_t end = 0;
		struct span part;

		while (end < bytes.n && bytes.p[end] != '\n' && bytes.p[end] != '\t')
			end++;
		part = span_head(bytes, end);
		if (end < bytes.n && bytes.p[end] == '\n' && part.n > 0 &&
		    part.p[part.n - 1] == '\r')
			part = span_head(part, part.n - 1);
		log_escape(&text, part);
		if (end < bytes.n)
			buf_add_char(&text, bytes.p[end]);
		bytes = end < bytes.n ? span_from(bytes, end + 1) : SPAN_EMPTY;
	}
	result = text.failed != 0 ? err_nomem(err) : run_print(buf_span(&text), err);
	buf_fini(&text);
	return result;
}

static int api_write(void *context, struct span bytes, struct err *err)
{
	struct api_output *output = context;
	struct span text;
	struct buf whole;
	size_t rest;
	int result;

	if (!output->act->env->stdout_is_terminal)
		return run_print(bytes, err);
	buf_init(&whole, 0);
	buf_add_buf(&whole, &output->rest);
	buf_add(&whole, bytes);
	text = buf_span(&whole);
	rest = api_unfinished(text);
	buf_clear(&output->rest);
	buf_add(&output->rest, span_from(text, text.n - rest));
	result = whole.failed != 0 || output->rest.failed != 0
		     ? err_nomem(err)
		     : api_show(span_head(text, text.n - rest), err);
	buf_fini(&whole);
	return result;
}

static bool api_has(struct span call, struct span word)
{
	return span_find_text_nocase(call, word) != SPAN_NPOS;
}

/* Locks and blacklists, by its name. */
static bool api_shuts_down(struct span call)
{
	return !api_only_reads(call) &&
	       ((api_has(call, SPAN("lock")) && !api_has(call, SPAN("unlock"))) ||
		   (api_has(call, SPAN("blacklist")) && !api_has(call, SPAN("unblacklist"))));
}

/* Who is exempt is so whatever the way, also in a list. */
static int api_check_exempt(const struct act *act, struct err *err)
{
	const struct options *options = act->options;

	if (!api_shuts_down(span_of(options->words[0])))
		return 0;
	for (unsigned i = 1; i < options->word_count; i++) {
		struct span value = api_argument(options->words[i]).value;

		if (act_is_exempt(act, value))
			return err_set(err, ERR_USAGE, "'%s' is exempt", options->words[i]);
		while (value.n > 0) {
			size_t end = span_find(value, ',');

			if (act_is_exempt(act, span_trim(span_head(value, end))))
				return err_set(
				    err, ERR_USAGE, "'%s' has an exempt one", options->words[i]);
			value = end == SPAN_NPOS ? SPAN_EMPTY : span_from(value, end + 1);
		}
	}
	return 0;
}

static bool api_is_secret(struct span name)
{
	return span_find_text_nocase(name, SPAN("pass")) != SPAN_NPOS ||
	       span_find_text_nocase(name, SPAN("secret")) != SPAN_NPOS ||
	       span_find_text_nocase(name, SPAN("token")) != SPAN_NPOS;
}

/* The call as it was typed, without secrets. */
static void api_add_call(struct buf *out, const struct options *options)
{
	buf_add_text(out, options->words[0]);
	for (unsigned i = 1; i < options->word_count; i++) {
		const struct api_argument argument = api_argument(options->words[i]);

		buf_add_char(out, ' ');
		buf_add(out, argument.name);
		buf_add_char(out, '=');
		buf_add(out, api_is_secret(argument.name) ? SPAN("***") : argument.value);
	}
}

/* Whom it is about, for the log of actions; or else its name. */
static struct control_key api_key(const struct options *options)
{
	struct control_key key = {.name = span_of(options->words[0])};

	for (unsigned i = 1; i < options->word_count; i++) {
		const struct api_argument argument = api_argument(options->words[i]);

		if (span_eq_nocase(argument.name, SPAN("domain")))
			key.domain = argument.value;
		else if (span_eq_nocase(argument.name, SPAN("username")))
			key.username = argument.value;
		else if (span_eq_nocase(argument.name, SPAN("identity")) ||
			 span_eq_nocase(argument.name, SPAN("sender")))
			key.name = argument.value;
	}
	return key;
}

/* A call that may change something is asked about; its answer cannot be checked. */
static int api_confirm(struct act *act, struct span call, bool *go_r, struct err *err)
{
	const char *name = act->options->words[0];
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
	log_escape(&question, call);
	buf_add_text(&question, " - Do you wish to make this call? [y/N] ");
	result = act_ask(act, &question, go_r, err);
	buf_fini(&question);
	return result;
}

static int api_send(struct act *act, bool reads, struct err *err)
{
	const struct options *options = act->options;
	struct api_output output = {.act = act};
	struct control_call call;
	int result;

	buf_init(&output.rest, 0);
	control_call_init(&call, options->words[0]);
	call.changes = !reads;
	call.any_form = true;
	for (unsigned i = 1; i < options->word_count; i++) {
		const struct api_argument argument = api_argument(options->words[i]);

		buf_printf(&call.query, "&%.*s=", (int)argument.name.n, argument.name.p);
		buf_add_percent(&call.query, argument.value, SPAN("-._~"));
	}
	result = control_stream(act->control, &call, api_write, &output, err);
	if (result == 0)
		result = api_show(buf_span(&output.rest), err);
	buf_fini(&output.rest);
	control_call_fini(&call);
	return result;
}

/* Nobody knows what it does, and so not what would show that it is done: the log says "unknown". */
static int api_change(struct act *act, struct span text, struct err *err)
{
	const struct action action = {"api", api_key(act->options), 0, text};
	int result;

	if (act_begin_changes(act, err) != 0 || actions_intend(act->actions, &action, err) != 0)
		return -1;
	result = api_send(act, false, err);
	if (result == 0 || err->code != ERR_SIGNAL) {
		struct err unused = ERR_INIT;

		if (actions_settle(act->actions, &action, ACTION_UNKNOWN, SPAN_EMPTY,
			result == 0 ? err : &unused) != 0)
			result = -1;
	}
	return result;
}

static int api_call(struct act *act, struct err *err)
{
	bool reads = api_only_reads(span_of(act->options->words[0]));
	struct buf text;
	bool go = false;
	int result = api_check_exempt(act, err);

	buf_init(&text, 0);
	api_add_call(&text, act->options);
	if (result == 0 && text.failed != 0)
		result = err_nomem(err);
	if (result == 0)
		result = api_confirm(act, buf_span(&text), &go, err);
	if (result == 0 && go)
		result = reads ? api_send(act, true, err) : api_change(act, buf_span(&text), err);
	buf_fini(&text);
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
