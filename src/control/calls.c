#include "control/calls.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

const char *const calls_lock_arguments[] = {"domain", "identity", "username", NULL};
const char *const calls_blacklist_arguments[] = {"domain", "sender", "username", NULL};

int calls_read_help(struct control *control, struct buf *help, struct err *err)
{
	struct control_call call;
	int result;

	control_call_init(&call, CALL_HELP);
	call.any_form = true;
	buf_clear(help);
	result = control_fetch(control, &call, help, err);
	control_call_fini(&call);
	return result;
}

bool calls_has(struct span help, const char *name)
{
	struct answer_signature signature;

	return answer_find_call(help, span_of(name), &signature);
}

int calls_check(struct span help, const char *name, const char *const *arguments, struct err *err)
{
	struct answer_signature signature;
	struct buf shown;
	size_t at = 0;

	if (!answer_find_call(help, span_of(name), &signature) &&
	    !answer_next_call(help, &at, &signature)) {
		buf_init(&shown, 0);
		answer_add_shown(&shown, help);
		err_set(err, ERR_UNAVAILABLE,
		    "the answer to " CALL_HELP
		    " is no list of calls, so nothing was tried; it is %s",
		    buf_string(&shown));
		buf_fini(&shown);
		return -1;
	}
	if (!answer_find_call(help, span_of(name), &signature))
		return err_set(err, ERR_UNAVAILABLE,
		    "the filter's list of calls (" CALL_HELP ") does not have %s for this user, so "
		    "nothing was tried",
		    name);
	for (; *arguments != NULL; arguments++) {
		if (answer_has_argument(&signature, span_of(*arguments)))
			continue;
		buf_init(&shown, 0);
		answer_add_shown(&shown, signature.text);
		err_set(err, ERR_UNAVAILABLE,
		    "the filter's %s does not take '%s', so nothing was tried; it is %s", name,
		    *arguments, buf_string(&shown));
		buf_fini(&shown);
		return -1;
	}
	return 0;
}

static void calls_add_key(
    struct control_call *call, const char *argument, const struct control_key *key)
{
	control_call_add(call, "domain", key->domain);
	if (argument != NULL)
		control_call_add(call, argument, key->name);
	/* An empty one is the same as none. */
	if (key->username.n > 0)
		control_call_add(call, "username", key->username);
}

int calls_change(struct control *control, const struct calls_change *change,
    struct control_remark *remark, struct err *err)
{
	struct control_call call;
	int result;

	control_call_init(&call, change->name);
	calls_add_key(&call, change->argument, &change->key);
	result = control_change(control, &call, remark, err);
	control_call_fini(&call);
	return result;
}

int calls_list(struct control *control, const char *name, const struct control_key *key,
    struct buf *body, struct err *err)
{
	struct control_call call;
	int result;

	control_call_init(&call, name);
	calls_add_key(&call, NULL, key);
	buf_clear(body);
	result = control_fetch(control, &call, body, err);
	control_call_fini(&call);
	return result;
}

int calls_read_lines(struct control *control, struct control_call *call,
    const struct calls_lines *lines, struct err *err)
{
	struct answer_reader reader;
	struct buf body;
	int result;

	buf_init(&body, CONTROL_MAX_BODY);
	answer_reader_init(&reader, lines->take, lines->context);
	result = control_fetch(control, call, &body, err);
	if (result == 0 && answer_read(&reader, buf_span(&body), err) != 0)
		result = control_prefix(control, call->name, err);
	if (result == 0 && lines->what != NULL)
		answer_warn(&reader.counts, lines->what);
	answer_reader_fini(&reader);
	control_call_fini(call);
	buf_fini(&body);
	return result;
}

int calls_read_list(struct control *control, const char *name, const struct control_key *key,
    const struct calls_lines *lines, struct err *err)
{
	struct control_call call;

	control_call_init(&call, name);
	calls_add_key(&call, NULL, key);
	return calls_read_lines(control, &call, lines, err);
}

struct calls_domains {
	calls_taker *take;
	void *context;
	void *seen; /* names in small letters (tsearch(3)) */
};

static int calls_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Hands a domain on, unless that was done. */
static int calls_take_once(struct calls_domains *domains, struct span domain, struct err *err)
{
	char *name = malloc(domain.n + 1);
	char **found;

	if (name == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < domain.n; i++)
		name[i] = span_lower(domain.p[i]);
	name[domain.n] = '\0';
	found = tsearch(name, &domains->seen, calls_compare);
	if (found == NULL || *found != name) {
		free(name);
		return found == NULL ? err_nomem(err) : 0;
	}
	return domains->take(domains->context, domain, err);
}

/* "example.com", or "domain:example.com" as one of the vendor's scripts has it. */
static int calls_take_domain(void *context, struct span line, struct err *err)
{
	struct calls_domains *domains = context;

	line = span_trim(line);
	if (span_starts_nocase(line, SPAN("domain:")))
		line = span_trim(span_from(line, sizeof("domain:") - 1));
	if (line.n == 0 || line.n > 253 || span_find(line, '.') == SPAN_NPOS)
		return 0;
	for (size_t i = 0; i < line.n; i++)
		if (!span_is_alnum(line.p[i]) && strchr("-._", line.p[i]) == NULL)
			return 0;
	return calls_take_once(domains, line, err) == 0 ? 1 : -1;
}

int calls_each_given(
    const char *const *names, unsigned count, calls_taker *take, void *context, struct err *err)
{
	struct calls_domains domains = {.take = take, .context = context};
	int result = 0;

	for (unsigned i = 0; result == 0 && i < count; i++)
		result = calls_take_once(&domains, span_of(names[i]), err);
	tdestroy(domains.seen, free);
	return result;
}

static int calls_keep_domain(void *context, struct span domain, struct err *err)
{
	struct buf *names = context;

	buf_add(names, domain);
	buf_add_char(names, '\n');
	return names->failed != 0 ? err_nomem(err) : 0;
}

static int calls_list_domains(struct control *control, struct buf *names, struct err *err)
{
	struct calls_domains domains = {.take = calls_keep_domain, .context = names};
	const struct calls_lines lines = {calls_take_domain, &domains, "the list of domains"};
	struct control_call call;
	int result;

	control_call_init(&call, CALL_DOMAINS);
	result = calls_read_lines(control, &call, &lines, err);
	tdestroy(domains.seen, free);
	if (result != 0 && (err->code == ERR_UNAVAILABLE || err->code == ERR_PROTOCOL))
		err_prefix(err, "without --domain=DOMAIN the filter is asked for its domains");
	return result;
}

/* The list is read to its end first: what is wrong with a domain is not wrong with the list. */
int calls_each_domain(struct control *control, calls_taker *take, void *context, struct err *err)
{
	struct span rest;
	struct buf names;
	int result;

	buf_init(&names, 0);
	result = calls_list_domains(control, &names, err);
	for (rest = buf_span(&names); result == 0 && rest.n > 0;) {
		size_t end = span_find(rest, '\n');

		result = take(context, span_head(rest, end), err);
		rest = span_from(rest, end + 1);
	}
	buf_fini(&names);
	return result;
}

struct calls_walking {
	struct control *control;
	const struct calls_walk *walk;
	struct calls_lost *lost;
};

static int calls_take_or_lose(void *context, struct span domain, struct err *err)
{
	const struct calls_walking *walking = context;
	struct calls_lost *lost = walking->lost;

	lost->asked++;
	if (walking->walk->take(walking->walk->context, domain, err) == 0)
		return 0;
	if ((err->code != ERR_UNAVAILABLE && err->code != ERR_PROTOCOL) ||
	    control_is_untrusted(walking->control))
		return -1;
	if (lost->lost++ == 0) {
		lost->first = *err;
		err_prefix(&lost->first, "%.*s", (int)domain.n, domain.p);
	}
	*err = (struct err)ERR_INIT;
	return 0;
}

int calls_walk_domains(struct control *control, const struct calls_walk *walk,
    struct calls_lost *lost, struct err *err)
{
	struct calls_walking walking = {control, walk, lost};
	int result;

	if (walk->given_count > 0)
		result = calls_each_given(
		    walk->given, walk->given_count, calls_take_or_lose, &walking, err);
	else
		result = calls_each_domain(control, calls_take_or_lose, &walking, err);
	if (result == 0 && lost->lost > 0 && lost->lost == lost->asked) {
		*err = lost->first;
		return -1;
	}
	return result;
}
