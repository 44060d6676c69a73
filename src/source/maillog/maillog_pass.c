/*
 * Second passes that only the message id tells: a filter is handed a message by a program of the
 * mail system, and hands it in by another. A message that has the same id as another is its second
 * pass when the other was handed to such a program, once for each time that it was; else who sends
 * all of its messages with one id would have sent one.
 */
#include "source/maillog/maillog_part.h"

static bool uid_is_filter(const struct maillog *log, struct span uid)
{
	uint64_t number;

	return log->settings.filter_uid != 0 && span_number(uid, &number) == uid.n &&
	       number == log->settings.filter_uid;
}

/*
 * What nobody logged in for, from the host itself: over the network without a name, or by the user
 * that the filter is said to run as. The id of a message is its sender's word, so that it never
 * makes one of two users' messages.
 */
static bool message_may_be_second(const struct maillog *log, const struct maillog_message *message,
    const struct maillog_message *first)
{
	struct span uid = message_text(message, TEXT_UID);

	if (message->n[TEXT_LOGIN] > 0 || message->passes != NULL ||
	    (message->flags & MESSAGE_PASS) != 0 || message->when < first->when ||
	    message->when - first->when > MAILLOG_BY_ID_WAIT)
		return false;
	return uid.n > 0 ? uid_is_filter(log, uid) : (message->flags & MESSAGE_LOOPBACK) != 0;
}

/* A local user's message with the id of one that a program of the host was handed: perhaps a filter
 * that hands it in again, perhaps somebody who copied the id. A person must say. */
static void message_doubt(struct maillog *log, const struct maillog_message *message)
{
	struct span uid = message_text(message, TEXT_UID);
	uint64_t number;

	if (uid.n == 0 || span_number(uid, &number) != uid.n)
		return;
	if (log->counts.doubted++ == 0)
		log->counts.doubted_uid = number;
}

static bool messages_have_one_id(
    const struct maillog_message *one, const struct maillog_message *other)
{
	return one->id_hash == other->id_hash &&
	       span_eq(message_text(one, TEXT_MESSAGE_ID), message_text(other, TEXT_MESSAGE_ID)) &&
	       span_eq(message_text(one, TEXT_HOST), message_text(other, TEXT_HOST));
}

static void maybes_add(struct maillog_message *first, struct maillog_message *message)
{
	struct maillog_message **at = &first->maybes;

	while (*at != NULL)
		at = &(*at)->next_maybe;
	*at = message;
	message->maybe = first;
}

static void maybes_remove(struct maillog_message *message)
{
	struct maillog_message **at = &message->maybe->maybes;

	while (*at != message)
		at = &(*at)->next_maybe;
	*at = message->next_maybe;
	message->maybe = message->next_maybe = NULL;
}

void maillog_know_id(struct maillog *log, struct maillog_message *message)
{
	struct maillog_message **slot, *first;

	if (message->id_hash != 0 || message->maybe != NULL)
		return;
	message->id_hash = message_id_hash(message);
	slot = &log->by_id[message->id_hash % MAILLOG_BY_ID];
	first = *slot;
	if (message->id_hash == 0)
		return;
	if (first == NULL || first == message || !messages_have_one_id(first, message)) {
		*slot = message;
	} else if (!message_may_be_second(log, message, first)) {
		if (first->to_self > first->absorbed)
			message_doubt(log, message);
		else
			*slot = message;
	} else if (first->to_self > first->absorbed) {
		first->absorbed++;
		message->flags |= MESSAGE_BY_ID;
		maillog_join(log, first, message);
	} else if (first->maybe_count < MAILLOG_MAX_MAYBES) {
		first->maybe_count++;
		maybes_add(first, message);
	}
}

int maillog_pass_on(struct maillog *log, struct maillog_message *message, struct err *err)
{
	struct maillog_message *second = message->maybes;
	bool is_done;

	message->to_self++;
	if (second == NULL)
		return maillog_changed(log, message, err);
	message->absorbed++;
	maybes_remove(second);
	is_done = (second->flags & MESSAGE_DONE) != 0;
	second->flags |= MESSAGE_BY_ID;
	maillog_join(log, message, second);
	if (is_done && second->first != NULL)
		return maillog_end_pass(log, second, err);
	return maillog_changed(log, message, err);
}

void maillog_leave_ids(struct maillog *log, struct maillog_message *message)
{
	struct maillog_message **slot = &log->by_id[message->id_hash % MAILLOG_BY_ID];

	if (*slot == message)
		*slot = NULL;
	if (message->maybe != NULL)
		maybes_remove(message);
	while (message->maybes != NULL)
		maybes_remove(message->maybes);
}
