#include "mode/locked_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "control/answer.h"
#include "control/locked.h"
#include "control/value.h"
#include "mode/listing.h"

/* More entries than anybody looks at. */
#define LOCKED_LIST_MAX 1000000

struct locked_list {
	struct act *act;
	const struct locked_list_kind *kind;
	struct control_key asked;
	struct locked_reader reader; /* of the list under way */
	struct arena arena;
	struct control_key *item;
	size_t count;
	size_t size;
};

static void locked_list_fini(struct locked_list *list)
{
	arena_fini(&list->arena);
	free(list->item);
}

static int locked_list_add(struct locked_list *list, const struct control_key *key, struct err *err)
{
	if (list->count == list->size) {
		size_t size = list->size > 0 ? list->size * 2 : 64;
		struct control_key *item = reallocarray(list->item, size, sizeof(*item));

		if (item == NULL)
			return err_nomem(err);
		list->item = item;
		list->size = size;
	}
	if (list->count == LOCKED_LIST_MAX)
		return err_set(err, ERR_SYSTEM, "%s has more than %d entries", list->kind->what,
		    LOCKED_LIST_MAX);
	list->item[list->count++] = (struct control_key){
	    .domain = arena_copy(&list->arena, key->domain),
	    .username = arena_copy(&list->arena, key->username),
	    .name = arena_copy(&list->arena, key->name),
	};
	return list->arena.failed ? arena_err(&list->arena, err) : 0;
}

static int locked_list_take(void *context, struct span line, struct err *err)
{
	struct locked_list *list = context;
	struct control_key key;
	bool strange;
	int result = locked_read(&list->reader, line, &key, &strange);

	if (list->reader.no_memory)
		return err_nomem(err);
	if (result > 0)
		return locked_list_add(list, &key, err) == 0 ? 1 : -1;
	return strange ? 0 : 1;
}

static int locked_list_read_domain(void *context, struct span domain, struct err *err)
{
	struct locked_list *list = context;
	const char *username = list->act->options->api.username;
	const struct calls_lines lines = {locked_list_take, list, list->kind->what};
	int result;

	list->asked = (struct control_key){
	    .domain = domain, .username = username != NULL ? span_of(username) : SPAN_EMPTY};
	locked_reader_init(&list->reader, &list->asked);
	result = calls_read_list(list->act->control, list->kind->list, &list->asked, &lines, err);
	locked_reader_fini(&list->reader);
	return result;
}

static int locked_list_read(
    struct locked_list *list, struct act *act, const struct locked_list_kind *kind, struct err *err)
{
	*list = (struct locked_list){.act = act, .kind = kind};
	arena_init(&list->arena);
	return act_each_domain(act, locked_list_read_domain, list, err);
}

int locked_list_show(struct act *act, const struct locked_list_kind *kind, struct err *err)
{
	const struct listing_column columns[] = {
	    {kind->title, kind->json_key, .kind = LISTING_TEXT},
	    {"User", "username", .kind = LISTING_TEXT},
	    {"Domain", "domain", .kind = LISTING_TEXT},
	};
	struct listing listing;
	struct locked_list list;
	int result = locked_list_read(&list, act, kind, err);

	if (result == 0) {
		listing_open(&listing, act->options, act->env, columns, 3);
		for (size_t i = 0; i < list.count; i++) {
			const struct span cells[] = {
			    list.item[i].name, list.item[i].username, list.item[i].domain};

			listing_add(&listing, cells);
		}
		/* A program must not get a part for the whole. */
		if (!listing_is_table(&listing) && act_check_lost(act, err) != 0) {
			listing_abort(&listing);
			result = -1;
		} else {
			result = listing_close(&listing, err);
		}
	}
	locked_list_fini(&list);
	return result == 0 ? act_check_lost(act, err) : -1;
}

int locked_list_begin(
    struct act *act, const struct locked_list_kind *kind, const char *call, struct err *err)
{
	const char *const arguments[] = {"domain", kind->argument, "username", NULL};

	if (!act_may_change(act))
		return 0;
	if (act_read_help(act, err) != 0 ||
	    calls_check(buf_span(&act->help), call, arguments, err) != 0)
		return -1;
	return act_begin_changes(act, err);
}

/* The filter must not be given it: it would mean another, or more than this one. */
static bool locked_list_is_wide(const struct control_key *key)
{
	struct err why = ERR_INIT;

	return control_value_check("it", key->name, &why) != 0 ||
	       control_value_check("the domain", key->domain, &why) != 0 ||
	       (!span_eq(key->username, SPAN(CALL_ALL_USERS)) &&
		   control_value_check("the user", key->username, &why) != 0);
}

/* The line without a question: nobody can answer it, or it must not be done. */
static int locked_list_only_say(
    struct act *act, const struct control_key *key, const char *why, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	act_add_key(&text, key);
	buf_printf(&text, "%s\n", why);
	result = act_print(act, &text, err);
	buf_fini(&text);
	return result;
}

/* One that the filter does not take out must not keep those behind in. */
static int locked_list_change(struct act *act, const struct act_change *change, struct err *err)
{
	unsigned refused = act->refused;

	return act_change(act, change, err) == 0 ? 0 : act_pass_over(act, refused, err);
}

int locked_list_take_one(struct act *act, const struct locked_list_kind *kind, const char *call,
    const struct control_key *key, struct err *err)
{
	const struct act_change change = {
	    .action = {.command = kind->command, .key = *key},
	    .call = call,
	    .argument = kind->argument,
	    .list = kind->list,
	    .gone = true,
	    .done = kind->done,
	};
	struct buf question;
	bool yes = false;
	int result;

	if (locked_list_is_wide(key)) {
		act->unnamed += act->options->word_count > 0;
		return locked_list_only_say(act, key,
		    key->username.n == 0
			? " - cannot be named to the filter, whose list does not say of which "
			  "user: name its --domain and --username"
			: " - cannot be named to the filter",
		    err);
	}
	if (!act_may_change(act))
		return locked_list_only_say(act, key, "", err);
	buf_init(&question, 0);
	act_add_key(&question, key);
	buf_printf(&question, " - %s [y/N] ", kind->question);
	result = act_ask(act, &question, &yes, err);
	if (result == 0 && yes)
		result = locked_list_change(act, &change, err);
	buf_fini(&question);
	return result;
}

int locked_list_end(
    const struct act *act, const struct locked_list_kind *kind, uint64_t left, struct err *err)
{
	unsigned failed = act_may_change(act) ? act->refused + act->unnamed : 0;

	if (act_end_changes(act, kind->done, failed, left, err) != 0)
		return -1;
	return act_check_answered(act, err);
}

/* It is among the operands, or --search fits it, or nobody asked for any in particular. */
static bool locked_list_is_meant(const struct options *options, const struct control_key *key)
{
	const char *pattern = options->api.search;

	for (unsigned i = 0; i < options->word_count; i++)
		if (span_eq(key->name, span_of(options->words[i])))
			return pattern == NULL ||
			       control_value_matches(key->name, span_of(pattern));
	return options->word_count == 0 &&
	       (pattern == NULL || control_value_matches(key->name, span_of(pattern)));
}

/* Whoever is named and is not there. */
static unsigned locked_list_missing(const struct locked_list *list)
{
	const struct options *options = list->act->options;
	unsigned missing = 0;

	for (unsigned i = 0; i < options->word_count; i++) {
		bool found = false;
		struct buf text;

		for (size_t j = 0; j < list->count && !found; j++)
			found = span_eq(list->item[j].name, span_of(options->words[i]));
		if (found)
			continue;
		missing++;
		buf_init(&text, 0);
		log_escape(&text, span_of(options->words[i]));
		log_error("'%s' is not in %s", buf_string(&text), list->kind->what);
		buf_fini(&text);
	}
	return missing;
}

/* Several of one name, when nobody is asked which. */
static int locked_list_check_names(const struct locked_list *list, struct err *err)
{
	const struct options *options = list->act->options;

	for (unsigned i = 0; options->api.unattended && i < options->word_count; i++) {
		const struct control_key *first = NULL;
		size_t found = 0;

		for (size_t j = 0; j < list->count; j++) {
			const struct control_key *key = &list->item[j];

			if (!span_eq(key->name, span_of(options->words[i])))
				continue;
			if (first == NULL)
				first = key;
			found += key == first || !span_eq(key->domain, first->domain) ||
				 !span_eq(key->username, first->username);
		}
		if (found > 1)
			return err_set(err, ERR_DATA,
			    "'%s' is the name of %zu: unattended --domain and --username must say "
			    "which is meant",
			    options->words[i], found);
	}
	return 0;
}

static int locked_list_take_each(struct locked_list *list, const char *call, struct err *err)
{
	struct act *act = list->act;
	uint64_t left = 0, meant = 0;

	for (size_t i = 0; i < list->count; i++) {
		if (!locked_list_is_meant(act->options, &list->item[i]))
			continue;
		meant++;
		if (act_is_full(act))
			left++;
		else if (locked_list_take_one(act, list->kind, call, &list->item[i], err) != 0)
			return err_prefix(
			    err, "%u %s, then stopped", act->changes, list->kind->done);
	}
	if (locked_list_end(act, list->kind, left, err) != 0)
		return -1;
	if (locked_list_missing(list) > 0)
		return err_set(
		    err, ERR_DATA, "not all that were named are in %s", list->kind->what);
	if (meant == 0)
		act_talk(act, "none of the %zu in %s is meant", list->count, list->kind->what);
	if (meant > 0 && !act_may_change(act))
		return act_end_listing(act, list->kind->done, err);
	return 0;
}

int locked_list_take_out(
    struct act *act, const struct locked_list_kind *kind, const char *call, struct err *err)
{
	struct locked_list list = {0};
	int result = locked_list_begin(act, kind, call, err);

	if (result != 0)
		return -1;
	result = locked_list_read(&list, act, kind, err);
	/* A name may be that of another, too, where nobody could look. */
	if (result == 0 && act->options->word_count > 0 && act->options->api.unattended)
		result = act_check_lost(act, err);
	if (result == 0)
		result = locked_list_check_names(&list, err);
	if (result == 0)
		result = locked_list_take_each(&list, call, err);
	locked_list_fini(&list);
	return result == 0 ? act_check_lost(act, err) : -1;
}
