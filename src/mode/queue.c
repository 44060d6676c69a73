/* queue: what waits to be delivered, and taking it out. */
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "control/answer.h"
#include "control/queue.h"
#include "mode/act.h"
#include "mode/listing.h"
#include "mode/run.h"

/* Of one listing, and messages that the question shows. */
#define QUEUE_MAX_ITEMS  1000000
#define QUEUE_MAX_SAMPLE 5

struct queue {
	struct act *act;
	struct queue_reader reader;
	struct arena arena;
	struct queue_item *item;
	size_t count;
	size_t size;
	void *others;  /* with --remove: IDs of lines that are not meant (tsearch(3)) */
	void *chosen;  /* and of those that are kept, each once */
	uint64_t read; /* lines that are messages */
};

static void queue_fini(struct queue *queue)
{
	arena_fini(&queue->arena);
	free(queue->item);
	tdestroy(queue->others, free);
	tdestroy(queue->chosen, free);
}

/* As --sender and --recipient say; both mean both. */
static bool queue_is_meant(const struct options_api *api, const struct queue_item *item)
{
	return (api->from == NULL || queue_is_from(item, span_of(api->from))) &&
	       (api->to == NULL || queue_is_to(item, span_of(api->to)));
}

static int queue_keep(struct queue *queue, const struct queue_item *item, struct err *err)
{
	struct arena *arena = &queue->arena;

	if (queue->count == queue->size) {
		size_t size = queue->size > 0 ? queue->size * 2 : 64;
		struct queue_item *items = reallocarray(queue->item, size, sizeof(*items));

		if (items == NULL)
			return err_nomem(err);
		queue->item = items;
		queue->size = size;
	}
	if (queue->count == QUEUE_MAX_ITEMS)
		return err_set(
		    err, ERR_SYSTEM, "the queue has more than %d messages", QUEUE_MAX_ITEMS);
	queue->item[queue->count] = *item;
	queue->item[queue->count].domain = arena_copy(arena, item->domain);
	queue->item[queue->count].host = arena_copy(arena, item->host);
	queue->item[queue->count].id = arena_copy(arena, item->id);
	queue->item[queue->count].sender = arena_copy(arena, item->sender);
	queue->item[queue->count].recipient = arena_copy(arena, item->recipient);
	queue->count++;
	return arena->failed ? arena_err(arena, err) : 0;
}

static int queue_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* 1: it was not there; 0: it was. */
static int queue_note_id(void **ids, struct span id, struct err *err)
{
	char *copy = strndup(id.p, id.n);
	char **found;

	if (copy == NULL)
		return err_nomem(err);
	found = tsearch(copy, ids, queue_compare);
	if (found != NULL && *found == copy)
		return 1;
	free(copy);
	return found == NULL ? err_nomem(err) : 0;
}

/* A message of several recipients has a line for each, and is removed once. */
static int queue_choose(struct queue *queue, const struct queue_item *item, struct err *err)
{
	int result = queue_note_id(&queue->chosen, item->id, err);

	return result > 0 ? queue_keep(queue, item, err) : result;
}

/* A message is removed for all whom it goes to: not when others were not named. */
static void queue_leave_others(struct queue *queue)
{
	size_t left = 0;

	for (size_t i = 0; i < queue->count; i++) {
		char id[32];

		snprintf(id, sizeof(id), "%.*s", (int)queue->item[i].id.n, queue->item[i].id.p);
		if (tfind(id, &queue->others, queue_compare) == NULL)
			queue->item[left++] = queue->item[i];
	}
	if (left < queue->count)
		log_warn("%zu left: what also goes to others would be removed for them, too",
		    queue->count - left);
	queue->count = left;
}

static int queue_take(void *context, struct span line, struct err *err)
{
	struct queue *queue = context;
	struct queue_item item;
	bool strange;
	int result = queue_read(&queue->reader, line, &item, &strange, err);

	if (result <= 0)
		return result < 0 ? -1 : !strange;
	queue->read++;
	if (!queue->act->options->api.remove)
		result = queue_is_meant(&queue->act->options->api, &item)
			     ? queue_keep(queue, &item, err)
			     : 0;
	else if (queue_is_meant(&queue->act->options->api, &item))
		result = queue_choose(queue, &item, err);
	else
		result = queue_note_id(&queue->others, item.id, err);
	return result < 0 ? -1 : 1;
}

static int queue_read_domain(void *context, struct span domain, struct err *err)
{
	struct queue *queue = context;
	const struct calls_lines lines = {queue_take, queue, "the queue"};
	int result;

	queue_reader_init(&queue->reader);
	result = queue_read_lines(queue->act->control, domain, &lines, err);
	queue_reader_fini(&queue->reader);
	return result;
}

/* All domains, or those of --domain. */
static int queue_each_domain(
    const struct act *act, calls_taker *take, void *context, struct err *err)
{
	const struct option_texts *domains = &act->options->api.domains;

	if (domains->count == 0)
		return take(context, SPAN_EMPTY, err);
	return calls_each_given(domains->text, domains->count, take, context, err);
}

static int queue_show(struct queue *queue, struct err *err)
{
	static const struct listing_column columns[] = {
	    {"ID", "id", .kind = LISTING_TEXT},
	    {"Age", "age_seconds", .kind = LISTING_NUMBER},
	    {"Size", "size", .kind = LISTING_NUMBER},
	    {"Frozen", "frozen", .kind = LISTING_TEXT},
	    {"Sender", "sender", .kind = LISTING_TEXT},
	    {"Recipient", "recipient", .kind = LISTING_TEXT},
	    {"Domain", "domain", .kind = LISTING_TEXT},
	    {"Host", "host", .kind = LISTING_TEXT},
	};
	struct act *act = queue->act;
	struct listing listing;

	listing_open(&listing, act->options, act->env, columns, 8);
	for (size_t i = 0; i < queue->count; i++) {
		const struct queue_item *item = &queue->item[i];
		char age[24], size[24];
		const struct span cells[] = {item->id,
		    {age, (size_t)snprintf(age, sizeof(age), "%" PRIu64, item->age)},
		    {size, (size_t)snprintf(size, sizeof(size), "%" PRIu64, item->size)},
		    item->frozen ? SPAN("yes") : SPAN("no"), item->sender, item->recipient,
		    item->domain, item->host};

		listing_add(&listing, cells);
	}
	return listing_close(&listing, err);
}

static void queue_add_sample(struct buf *out, const struct queue_item *item)
{
	buf_add_text(out, "    ");
	log_escape(out, item->id);
	buf_add_text(out, " from <");
	log_escape(out, item->sender);
	buf_add_text(out, "> to <");
	log_escape(out, item->recipient);
	buf_printf(out, ">, %" PRIu64 " bytes\n", item->size);
}

/* One question for all. */
static int queue_ask(struct queue *queue, size_t most, bool *yes_r, struct err *err)
{
	struct buf question;
	int result;

	buf_init(&question, 0);
	for (size_t i = 0; i < most && i < QUEUE_MAX_SAMPLE; i++)
		queue_add_sample(&question, &queue->item[i]);
	if (most > QUEUE_MAX_SAMPLE)
		buf_printf(&question, "    and %zu more\n", most - QUEUE_MAX_SAMPLE);
	buf_printf(&question, "Do you wish to remove %s %zu message%s from the queue? [y/N] ",
	    most == 1 ? "this" : "these", most, most == 1 ? "" : "s");
	result = act_ask(queue->act, &question, yes_r, err);
	buf_fini(&question);
	return result;
}

struct queue_look {
	struct act *act;
	struct span id;
	bool found;
};

/* Whether a message is still there. */
static int queue_look_in(void *context, struct span domain, struct err *err)
{
	struct queue_look *look = context;
	bool found = false;

	if (queue_has(look->act->control, domain, look->id, &found, err) != 0)
		return -1;
	look->found = look->found || found;
	return 0;
}

/* What the filter has said to a removal; empty: nothing. */
static void queue_add_said(
    struct buf *out, const struct control_remark *remark, const struct err *failure)
{
	struct span said = span_trim(buf_span(&remark->text));

	if (failure->code != ERR_NONE)
		buf_add_text(out, failure->text);
	else if (said.n > 0)
		answer_add_shown(out, said);
}

/* It is not there any more: it may also have been delivered meanwhile, or have expired. */
static void queue_note_gone(struct act *act, struct span id, struct buf *said)
{
	act->changes++;
	if (said->n > 0)
		log_warn("%.*s is out of the queue, although the filter said: %s", (int)id.n, id.p,
		    buf_string(said));
}

static int queue_note_there(
    struct act *act, struct span id, struct buf *said, const struct err *failure, struct err *err)
{
	enum err_code code = failure->code != ERR_NONE ? failure->code : ERR_UNAVAILABLE;

	if (said->n > 0)
		err_set(err, code, "%.*s is still in the queue; the filter said: %s", (int)id.n,
		    id.p, buf_string(said));
	else
		err_set(err, code,
		    "the filter accepted the removal of %.*s, but it is still in the queue",
		    (int)id.n, id.p);
	if (code == ERR_UNAVAILABLE)
		act->refused++;
	return -1;
}

/* After the call: what the queue shows decides, not what the filter said. */
static int queue_judge(struct act *act, const struct action *action,
    const struct control_remark *remark, const struct err *failure, struct err *err)
{
	struct span id = action->key.name;
	struct queue_look look = {.act = act, .id = id};
	struct buf said;
	int result = 0;

	if (queue_each_domain(act, queue_look_in, &look, err) != 0)
		/* The log says that it was intended; the next run looks. */
		return err_prefix(
		    err, "%.*s may have been removed, which cannot be seen", (int)id.n, id.p);
	if (actions_settle(act->actions, action, look.found ? ACTION_FAILED : ACTION_DONE,
		buf_span(&remark->text), err) != 0)
		return -1;
	buf_init(&said, 0);
	queue_add_said(&said, remark, failure);
	if (look.found)
		result = queue_note_there(act, id, &said, failure, err);
	else
		queue_note_gone(act, id, &said);
	buf_fini(&said);
	return result;
}

/* One message, as act_change() does it for identities. */
static int queue_remove_one(struct act *act, const struct queue_item *item, struct err *err)
{
	const struct queue_call call = {act->options->api.call_queue_remove, buf_span(&act->help)};
	const struct action action = {
	    ACTION_QUEUE_REMOVE, {item->domain, item->sender, item->id}, 0, item->recipient};
	struct control_remark remark = {0};
	struct err failure = ERR_INIT;
	int result = -1;

	buf_init(&remark.text, CONTROL_MAX_REMARK);
	if (actions_intend(act->actions, &action, err) != 0)
		goto out;
	if (queue_remove(act->control, &call, item, &remark, &failure) == 0)
		act_note_fault(&remark, &failure);
	if (failure.code == ERR_SIGNAL) {
		*err = failure;
		if (remark.sent)
			err_prefix(err,
			    "%.*s may have been removed: the next run that changes something looks",
			    (int)item->id.n, item->id.p);
	} else if (failure.code != ERR_NONE && !remark.sent) {
		actions_settle(act->actions, &action, ACTION_FAILED, SPAN_EMPTY, err);
		*err = failure;
	} else {
		result = queue_judge(act, &action, &remark, &failure, err);
	}
out:
	buf_fini(&remark.text);
	return result;
}

/* One that the filter does not remove, such as one that is under way, must not save those behind.
 */
static int queue_try_one(struct act *act, const struct queue_item *item, struct err *err)
{
	unsigned refused = act->refused;

	return queue_remove_one(act, item, err) == 0 ? 0 : act_pass_over(act, refused, err);
}

static int queue_say_done(const struct act *act, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	buf_printf(&text, "%u message%s out of the queue\n", act->changes,
	    act->changes == 1 ? " is" : "s are");
	result = act_print(act, &text, err);
	buf_fini(&text);
	return result;
}

static int queue_end(const struct act *act, size_t left, struct err *err)
{
	if (queue_say_done(act, err) != 0)
		return -1;
	return act_end_changes(act, "removed", act->refused, left, err);
}

static int queue_remove_all(struct queue *queue, struct err *err)
{
	struct act *act = queue->act;
	unsigned max = act->options->api.max_changes;
	size_t most = queue->count < max ? queue->count : max;
	bool yes = false;

	if (queue->count == 0) {
		act_talk(act, "none of the %" PRIu64 " messages in the queue fits", queue->read);
		return 0;
	}
	if (!act_may_change(act)) {
		if (queue_show(queue, err) != 0)
			return -1;
		return act_end_listing(act, "removed", err);
	}
	if (queue_ask(queue, most, &yes, err) != 0 || !yes)
		return err->code == ERR_NONE ? 0 : -1;
	for (size_t i = 0; i < most; i++)
		if (queue_try_one(act, &queue->item[i], err) != 0)
			return err_prefix(err, "%u removed, then stopped with %zu not tried",
			    act->changes, queue->count - i - 1);
	return queue_end(act, queue->count - most, err);
}

/* A line of another domain is not meant, whoever it goes to. */
static int queue_take_other(void *context, struct span line, struct err *err)
{
	struct queue *queue = context;
	const struct options_api *api = &queue->act->options->api;
	struct queue_item item;
	bool strange;
	int result = queue_read(&queue->reader, line, &item, &strange, err);

	if (result <= 0)
		return result < 0 ? -1 : !strange;
	for (unsigned i = 0; i < api->domains.count; i++)
		if (span_eq_nocase(item.domain, span_of(api->domains.text[i])))
			return 1;
	return queue_note_id(&queue->others, item.id, err) < 0 ? -1 : 1;
}

/* With --domain only its lines have been read: whether a message also goes to others shows in the
 * queue of all. */
static int queue_read_others(struct queue *queue, struct err *err)
{
	const struct calls_lines lines = {queue_take_other, queue, NULL};
	int result;

	if (queue->act->options->api.domains.count == 0 || queue->count == 0)
		return 0;
	queue_reader_init(&queue->reader);
	result = queue_read_lines(queue->act->control, SPAN_EMPTY, &lines, err);
	queue_reader_fini(&queue->reader);
	if (result != 0)
		err_prefix(err, "whether these messages also go to others cannot be seen");
	return result;
}

static int queue_do(struct act *act, struct err *err)
{
	const struct options_api *api = &act->options->api;
	struct queue queue = {.act = act};
	int result = 0;

	arena_init(&queue.arena);
	if (api->remove && act_may_change(act)) {
		result = act_read_help(act, err);
		if (result == 0)
			result =
			    queue_check_remove(buf_span(&act->help), api->call_queue_remove, err);
		if (result == 0)
			result = act_begin_changes(act, err);
	}
	if (result == 0)
		result = queue_each_domain(act, queue_read_domain, &queue, err);
	if (result == 0 && api->remove)
		result = queue_read_others(&queue, err);
	if (result == 0 && api->remove)
		queue_leave_others(&queue);
	if (result == 0)
		result = api->remove ? queue_remove_all(&queue, err) : queue_show(&queue, err);
	queue_fini(&queue);
	return result;
}

int run_queue(const struct options *options, const struct env *env, struct err *err)
{
	const struct options_api *api = &options->api;
	struct act act;
	int result;

	if (api->remove && api->from == NULL && api->to == NULL)
		return err_set(err, ERR_USAGE,
		    "--remove needs --sender=SENDER or --recipient=RECIPIENT: all of the queue is "
		    "never "
		    "removed");
	if ((api->from != NULL && *api->from == '\0') || (api->to != NULL && *api->to == '\0'))
		return err_set(err, ERR_USAGE, "an empty address would be every one");
	result = act_open(&act, options, env, err);
	if (result == 0)
		result = queue_do(&act, err);
	if (result != 0)
		act_explain(&act, err);
	act_close(&act);
	return result;
}
