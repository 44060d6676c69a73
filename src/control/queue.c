#include "control/queue.h"

#define QUEUE_FIELDS 8

void queue_reader_init(struct queue_reader *reader)
{
	buf_init(&reader->domain, 0);
	buf_init(&reader->room, 0);
}

void queue_reader_fini(struct queue_reader *reader)
{
	buf_fini(&reader->domain);
	buf_fini(&reader->room);
}

/* XXXXXX-XXXXXX-XX, and longer since Exim 4.97. */
static bool queue_is_id(struct span id)
{
	unsigned hyphens = 0;

	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] == '-')
			hyphens++;
		else if (!span_is_alnum(id.p[i]))
			return false;
	}
	return hyphens == 2 && id.n >= 16 && id.n <= 23 && id.p[6] == '-';
}

static bool queue_is_frozen(struct span field, bool *frozen_r)
{
	*frozen_r = span_eq_nocase(field, SPAN("true"));
	return *frozen_r || span_eq_nocase(field, SPAN("false"));
}

/* The fields from the ID on, from this place. */
static bool queue_read_fields(
    const struct answer_fields *fields, unsigned at, struct queue_item *item)
{
	const struct span *field = &fields->field[at];

	item->host = field[0];
	item->id = field[1];
	item->sender = field[4];
	item->recipient = field[5];
	return queue_is_id(item->id) && field[2].n > 0 &&
	       span_number(field[2], &item->age) == field[2].n && field[3].n > 0 &&
	       span_number(field[3], &item->size) == field[3].n &&
	       queue_is_frozen(field[6], &item->frozen);
}

static bool queue_is_domain(struct span line)
{
	return span_find(line, '.') != SPAN_NPOS && span_find(line, ' ') == SPAN_NPOS;
}

int queue_read(struct queue_reader *reader, struct span line, struct queue_item *item_r,
    bool *strange_r, struct err *err)
{
	struct queue_item item = {0};
	struct answer_fields fields;

	*strange_r = false;
	line = span_trim(line);
	if (!answer_split(line, QUEUE_FIELDS + 1, &fields, &reader->room))
		return err_nomem(err);
	if (fields.count == 1 && queue_is_domain(line)) {
		buf_clear(&reader->domain);
		buf_add(&reader->domain, line);
		return reader->domain.failed != 0 ? err_nomem(err) : 0;
	}
	item.domain = fields.count == QUEUE_FIELDS ? fields.field[0] : buf_span(&reader->domain);
	if (!(fields.count == QUEUE_FIELDS && queue_read_fields(&fields, 1, &item)) &&
	    !(fields.count == QUEUE_FIELDS - 1 && queue_read_fields(&fields, 0, &item))) {
		*strange_r = true;
		return 0;
	}
	*item_r = item;
	return 1;
}

int queue_read_lines(
    struct control *control, struct span domain, const struct calls_lines *lines, struct err *err)
{
	struct control_call call;

	control_call_init(&call, CALL_QUEUE);
	if (domain.n > 0)
		control_call_add(&call, "domain", domain);
	control_call_add_text(&call, "include_retry_time", "False");
	return calls_read_lines(control, &call, lines, err);
}

struct queue_search {
	struct queue_reader reader;
	struct span id;
	bool found;
};

static int queue_search_take(void *context, struct span line, struct err *err)
{
	struct queue_search *search = context;
	struct queue_item item;
	bool strange;
	int result = queue_read(&search->reader, line, &item, &strange, err);

	if (result < 0)
		return -1;
	search->found = search->found || (result > 0 && span_eq(item.id, search->id)) ||
			(strange && span_find_text(line, search->id) != SPAN_NPOS);
	return !strange;
}

int queue_has(
    struct control *control, struct span domain, struct span id, bool *found_r, struct err *err)
{
	struct queue_search search = {.id = id};
	const struct calls_lines lines = {queue_search_take, &search, NULL};
	int result;

	queue_reader_init(&search.reader);
	result = queue_read_lines(control, domain, &lines, err);
	queue_reader_fini(&search.reader);
	if (result == 0)
		*found_r = search.found;
	return result;
}

bool queue_is_from(const struct queue_item *item, struct span sender)
{
	if (span_eq(sender, SPAN("<>")))
		return item->sender.n == 0 || span_eq(item->sender, sender);
	return span_eq_nocase(item->sender, sender);
}

bool queue_is_to(const struct queue_item *item, struct span recipient)
{
	size_t at = span_rfind(recipient, '@');

	if (span_eq_nocase(item->recipient, recipient))
		return true;
	return at != SPAN_NPOS && span_find(item->recipient, '@') == SPAN_NPOS &&
	       span_eq_nocase(span_head(recipient, at), item->recipient) &&
	       span_eq_nocase(span_from(recipient, at + 1), item->domain);
}

/* What an argument of that name gets; empty: we do not know. */
static struct span queue_value(const struct queue_item *item, struct span argument)
{
	static const char *const ids[] = {
	    "message_id", "queue_id", "exim_id", "mail_id", "msg_id", "id", NULL};

	for (const char *const *id = ids; *id != NULL; id++)
		if (span_eq(argument, span_of(*id)))
			return item->id;
	if (span_eq(argument, SPAN("domain")))
		return item->domain;
	if (span_eq(argument, SPAN("sender")))
		return item->sender;
	return SPAN_EMPTY;
}

static bool queue_is_argument(struct span title)
{
	for (size_t i = 0; i < title.n; i++)
		if (!span_is_alnum(title.p[i]) && title.p[i] != '_')
			return false;
	return title.n > 0;
}

/* Adds what the call takes. */
static int queue_add_arguments(struct span help, const char *name, const struct queue_item *item,
    struct control_call *call, struct err *err)
{
	struct answer_signature signature;
	struct span rest;
	bool has_id = false;

	if (!answer_find_call(help, span_of(name), &signature))
		return calls_check(help, name, NULL, err);
	for (rest = signature.arguments; rest.n > 0;) {
		size_t end = span_find(rest, ',');
		struct span argument = span_trim(span_head(rest, end));
		size_t preset = span_find(argument, '=');
		struct span title = span_trim(span_head(argument, preset));
		struct span value = queue_value(item, title);

		if (!queue_is_argument(title) || (value.n == 0 && preset == SPAN_NPOS))
			return err_set(err, ERR_UNAVAILABLE,
			    "%s takes '%.*s', which is not known here, so nothing was tried", name,
			    (int)title.n, title.p);
		has_id = has_id || (value.n > 0 && value.p == item->id.p);
		if (value.n > 0)
			buf_printf(&call->query, "&%.*s=", (int)title.n, title.p);
		buf_add_percent(&call->query, value, SPAN("-._~"));
		rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(rest, end + 1);
	}
	return has_id ? 0
		      : err_set(err, ERR_UNAVAILABLE,
			    "%s has no argument for a message's ID, so nothing was tried", name);
}

int queue_check_remove(struct span help, const char *name, struct err *err)
{
	const struct queue_item item = {.domain = SPAN("d"), .id = SPAN("i"), .sender = SPAN("s")};
	struct control_call call;
	int result;

	control_call_init(&call, name);
	result = queue_add_arguments(help, name, &item, &call, err);
	control_call_fini(&call);
	return result;
}

int queue_remove(struct control *control, const struct queue_call *remove,
    const struct queue_item *item, struct control_remark *remark, struct err *err)
{
	struct control_call call;
	int result;

	control_call_init(&call, remove->name);
	result = queue_add_arguments(remove->help, remove->name, item, &call, err);
	if (result == 0)
		result = control_change(control, &call, remark, err);
	control_call_fini(&call);
	return result;
}
