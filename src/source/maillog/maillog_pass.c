/*
 * Second passes that only the message id tells: a filter is handed a message by a program of the
 * mail system, and hands it in by another. A message that has the same id as another is its second
 * pass when the other was handed to such a program, once for each time that it was; else who sends
 * all of its messages with one id would have sent one.
 */
#include "source/maillog/maillog_part.h"

/* Not what somebody logged in for. */
static bool message_may_be_second(
    const struct maillog_message *message, const struct maillog_message *first)
{
	struct span uid = message_text(message, TEXT_UID);

	if (message->n[TEXT_LOGIN] > 0 || message->passes != NULL ||
	    (message->flags & MESSAGE_PASS) != 0 ||
	    message->when - first->when > MAILLOG_BY_ID_WAIT)
		return false;
	if ((message->flags & MESSAGE_LOOPBACK) != 0)
		return true;
	return uid.n > 0 && !span_eq(uid, message_text(first, TEXT_UID));
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
	if (first == NULL || first == message || !messages_have_one_id(first, message) ||
	    !message_may_be_second(message, first)) {
		*slot = message;
	} else if (first->to_self > first->absorbed) {
		first->absorbed++;
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
