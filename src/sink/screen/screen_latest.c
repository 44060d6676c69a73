#include "sink/screen/screen_latest.h"

#include <stdlib.h>

#include "base/utf8.h"

/* Which queue a message is in. */
enum { LATEST_WHOLE, LATEST_STRIPPED };

struct screen_message {
	struct screen_message *older[SCREEN_GROUPINGS]; /* in the list of its group, by time */
	struct screen_message *before;                  /* in its queue */
	struct screen_message *after;
	char *rest; /* the values, one behind the other; NULL: stripped */
	time_t when;
	uint64_t number;
	uint32_t id[SCREEN_GROUPINGS];
	uint16_t n[SCREEN_VALUES];
	uint16_t subject_n;
	uint8_t held; /* bit (1 << grouping): it is in a list of it */
	char subject[];
};

_Static_assert(SCREEN_MAX_EXPLANATION <= UINT16_MAX, "lengths have 16 bits");

/* Besides what is asked for, as malloc(3) keeps books. */
#define LATEST_BOOKS 16

static size_t latest_rest_size(const struct screen_message *message)
{
	size_t size = LATEST_BOOKS;

	for (unsigned i = 0; i < SCREEN_VALUES; i++)
		size += message->n[i];
	return message->rest != NULL ? size : 0;
}

static size_t latest_size(const struct screen_message *message)
{
	return sizeof(*message) + message->subject_n + LATEST_BOOKS + latest_rest_size(message);
}

/* --- Queues --- */

static void latest_enqueue(struct screen_latest *latest, struct screen_message *message)
{
	unsigned queue = message->rest != NULL ? LATEST_WHOLE : LATEST_STRIPPED;

	message->before = latest->last[queue];
	message->after = NULL;
	if (message->before != NULL)
		message->before->after = message;
	else
		latest->first[queue] = message;
	latest->last[queue] = message;
	latest->bytes += latest_size(message);
}

static void latest_dequeue(struct screen_latest *latest, struct screen_message *message)
{
	unsigned queue = message->rest != NULL ? LATEST_WHOLE : LATEST_STRIPPED;

	if (message->before != NULL)
		message->before->after = message->after;
	else
		latest->first[queue] = message->after;
	if (message->after != NULL)
		message->after->before = message->before;
	else
		latest->last[queue] = message->before;
	latest->bytes -= latest_size(message);
}

static void latest_free(struct screen_latest *latest, struct screen_message *message)
{
	latest_dequeue(latest, message);
	free(message->rest);
	free(message);
}

void screen_latest_fini(struct screen_latest *latest)
{
	for (unsigned queue = 0; queue < 2; queue++)
		while (latest->first[queue] != NULL)
			latest_free(latest, latest->first[queue]);
	buf_fini(&latest->value);
}

/* --- Lists --- */

/* Lists are as short as SCREEN_MAX_LATEST. */
static void latest_unlink(
    const struct screen_owner *owner, struct screen_message *message, unsigned grouping)
{
	struct screen_list *list = owner->find(owner->context, grouping, message->id[grouping]);
	struct screen_message **at = &list->newest;

	while (*at != message)
		at = &(*at)->older[grouping];
	*at = message->older[grouping];
	message->held &= (uint8_t) ~(1u << grouping);
}

static void latest_drop(
    struct screen_latest *latest, const struct screen_owner *owner, struct screen_message *message)
{
	for (unsigned i = 0; i < SCREEN_GROUPINGS; i++)
		if ((message->held & 1u << i) != 0)
			latest_unlink(owner, message, i);
	latest_free(latest, message);
}

/* Puts it in its place by time, if that is among the latest; of equal ones the later is the newer.
 * What is too much falls off the end, and is returned. */
static struct screen_message *latest_link(
    struct screen_list *list, struct screen_message *message, unsigned grouping)
{
	struct screen_message **at = &list->newest;
	struct screen_message *last;
	unsigned count = 1;

	for (; *at != NULL && (*at)->when > message->when; count++)
		at = &(*at)->older[grouping];
	if (count > SCREEN_MAX_LATEST)
		return NULL;
	message->older[grouping] = *at;
	message->held |= (uint8_t)(1u << grouping);
	*at = message;
	for (; count < SCREEN_MAX_LATEST && *at != NULL; count++)
		at = &(*at)->older[grouping];
	if (*at == NULL || (*at)->older[grouping] == NULL)
		return NULL;
	last = (*at)->older[grouping];
	(*at)->older[grouping] = NULL;
	last->held &= (uint8_t) ~(1u << grouping);
	return last;
}

/* --- Values --- */

/* A value of the message is made in latest->value, behind those before it. */
static void latest_end_value(
    struct screen_latest *latest, struct screen_message *message, enum screen_value value)
{
	size_t before = 0;

	for (unsigned i = 0; i < value; i++)
		before += message->n[i];
	message->n[value] = (uint16_t)(latest->value.n - before);
}

static void latest_add_values(
    struct screen_latest *latest, struct screen_message *message, const struct record *record)
{
	static const enum column column[SCREEN_VALUES] = {
	    [SCREEN_FROM] = COLUMN_FROM,
	    [SCREEN_TO] = COLUMN_TO,
	    [SCREEN_IDENTITY] = COLUMN_IDENTITY,
	    [SCREEN_EVIDENCE] = COLUMN_EVIDENCE,
	    [SCREEN_SCRIPT] = COLUMN_PHP_SCRIPT,
	    [SCREEN_SOURCE_IP] = COLUMN_SOURCE_IP,
	    [SCREEN_LOGIN_IP] = COLUMN_LOGIN_IP,
	    [SCREEN_CLASS] = COLUMN_CLASS,
	    [SCREEN_MESSAGE_ID] = COLUMN_MESSAGE_ID,
	};
	struct buf *out = &latest->value;
	struct buf notes;

	buf_clear(out);
	for (unsigned i = 0; i < SCREEN_VALUES; i++) {
		if (column[i] != COLUMN_NUMBER) {
			utf8_add_cut(out, record_value(record, column[i]), SCREEN_MAX_VALUE);
		} else if (i == SCREEN_PLACE) {
			utf8_add_cut(out, record_value(record, COLUMN_HOST), SCREEN_MAX_VALUE / 2);
			if (record_value(record, COLUMN_HOST).n > 0 &&
			    record_value(record, COLUMN_FOLDER).n > 0)
				buf_add_text(out, ": ");
			utf8_add_cut(
			    out, record_value(record, COLUMN_FOLDER), SCREEN_MAX_VALUE / 2);
		} else if (i == SCREEN_NOTES) {
			buf_init(&notes, 0);
			record_add_notes(&notes, record);
			utf8_add_cut(out, buf_span(&notes), SCREEN_MAX_VALUE);
			buf_fail(out, notes.failed);
			buf_fini(&notes);
		} else {
			utf8_add_cut(out, record->explanation, SCREEN_MAX_EXPLANATION);
		}
		latest_end_value(latest, message, i);
	}
}

static struct screen_message *latest_new(
    struct screen_latest *latest, const struct record *record, struct err *err)
{
	struct span subject = record_value(record, COLUMN_SUBJECT);
	size_t n = utf8_cut(NULL, subject, SCREEN_MAX_VALUE);
	struct screen_message *message = calloc(1, sizeof(*message) + n);

	if (message == NULL) {
		err_nomem(err);
		return NULL;
	}
	message->when = record_value(record, COLUMN_DATE).n > 0 ? record->internal_date : 0;
	message->number = record->number;
	message->subject_n = (uint16_t)n;
	utf8_cut(message->subject, subject, SCREEN_MAX_VALUE);
	latest_add_values(latest, message, record);
	message->rest = latest->value.failed == 0 ? malloc(latest->value.n + 1) : NULL;
	if (message->rest == NULL) {
		free(message);
		err_nomem(err);
		return NULL;
	}
	if (latest->value.n > 0)
		memcpy(message->rest, latest->value.p, latest->value.n);
	return message;
}

/* --- The bound --- */

static bool latest_is_newest(const struct screen_owner *owner, const struct screen_message *message)
{
	return (message->held & 1u) != 0 &&
	       owner->find(owner->context, 0, message->id[0])->newest == message;
}

/* Makes room: what came first goes first, but for the subject of a sender's newest message. */
static void latest_bound(struct screen_latest *latest, const struct screen_owner *owner)
{
	size_t most = latest->most != 0 ? latest->most : SCREEN_LATEST_BYTES;

	while (latest->bytes > most) {
		struct screen_message *message = latest->first[LATEST_WHOLE];

		if (message == NULL) {
			latest_drop(latest, owner, latest->first[LATEST_STRIPPED]);
		} else if (!latest_is_newest(owner, message)) {
			latest_drop(latest, owner, message);
		} else {
			latest_dequeue(latest, message);
			free(message->rest);
			message->rest = NULL;
			latest_enqueue(latest, message);
		}
	}
}

int screen_latest_add(struct screen_latest *latest, const struct screen_owner *owner,
    const uint32_t id[SCREEN_GROUPINGS], const struct record *record, struct err *err)
{
	struct screen_message *message = latest_new(latest, record, err);

	if (message == NULL)
		return -1;
	latest_enqueue(latest, message);
	for (unsigned i = 0; i < SCREEN_GROUPINGS; i++) {
		struct screen_message *last;

		message->id[i] = id[i];
		last = latest_link(owner->find(owner->context, i, id[i]), message, i);
		if (last != NULL && last->held == 0)
			latest_free(latest, last);
	}
	if (message->held == 0)
		latest_free(latest, message);
	latest_bound(latest, owner);
	return 0;
}

/* --- Reading --- */

const struct screen_message *screen_message_next(
    const struct screen_message *message, unsigned grouping)
{
	return message->older[grouping];
}

uint64_t screen_message_number(const struct screen_message *message)
{
	return message->number;
}

time_t screen_message_time(const struct screen_message *message)
{
	return message->when;
}

struct span screen_message_subject(const struct screen_message *message)
{
	return (struct span){message->subject, message->subject_n};
}

bool screen_message_is_whole(const struct screen_message *message)
{
	return message->rest != NULL;
}

struct span screen_message_value(const struct screen_message *message, enum screen_value value)
{
	size_t before = 0;

	if (message->rest == NULL)
		return SPAN_EMPTY;
	for (unsigned i = 0; i < value; i++)
		before += message->n[i];
	return (struct span){message->rest + before, message->n[value]};
}
