/* Lines of Postfix, and of what works with it, to messages. */
#include "source/maillog/maillog_part.h"
#include "source/maillog/maillog_postfix.h"
#include "source/maillog/maillog_text.h"

/* A first line: short ids come again, as soon as the message that had it is gone. The same line
 * twice is the fault of who writes the log. */
static int postfix_begin(struct maillog *log, const struct maillog_line *line, struct span id,
    struct maillog_message **message_r, struct err *err)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, id);

	*message_r = NULL;
	if (message != NULL && (message->flags & MESSAGE_DONE) == 0 &&
	    message->when == line->when && !message_has_recipient(message, RECIPIENT_SENT))
		return 0;
	if (message != NULL && maillog_hand_on(log, message, err) != 0)
		return -1;
	if (maillog_add(log, line, id, &message, err) != 0)
		return -1;
	if (message != NULL)
		message->flags |= MESSAGE_ARRIVED;
	*message_r = message;
	return 0;
}

static int postfix_take_client(struct maillog *log, const struct maillog_line *line,
    const struct postfix_entry *entry, struct err *err)
{
	struct maillog_message *message;
	struct span ip = entry->orig_client.n > 0 ? entry->orig_client : entry->client;

	if (postfix_begin(log, line, entry->id, &message, err) != 0)
		return -1;
	if (message == NULL)
		return 0;
	message_set(message, TEXT_LOGIN, entry->login);
	if (entry->is_suspicious) {
		message->flags |= MESSAGE_SUSPICIOUS;
		log->counts.suspicious++;
	}
	if (text_is_loopback(ip) || ip.n == 0)
		message->flags |= MESSAGE_LOOPBACK;
	else
		message_set(message, TEXT_IP, ip);
	return maillog_changed(log, message, err);
}

static int postfix_take_local(struct maillog *log, const struct maillog_line *line,
    const struct postfix_entry *entry, struct err *err)
{
	struct maillog_message *message, *before = NULL;

	if (entry->other.n > 0)
		before = maillog_open_find(&log->open, line->host, entry->other);
	if (postfix_begin(log, line, entry->id, &message, err) != 0)
		return -1;
	if (message == NULL)
		return 0;
	message_set(message, TEXT_UID, entry->uid);
	message_set(message, TEXT_SENDER, entry->address);
	message->flags |= MESSAGE_SENDER | (entry->address.n == 0 ? MESSAGE_NULL_SENDER : 0);
	/* It was put into the queue again (postsuper -r), where it had another id. */
	if (before != NULL && before != message && (before->flags & MESSAGE_DONE) == 0) {
		before->flags |= MESSAGE_DONE;
		maillog_join(log, before, message);
	}
	return maillog_changed(log, message, err);
}

/* Bounces have no other first line than that of their id. */
static int postfix_take_message_id(struct maillog *log, const struct maillog_line *line,
    const struct postfix_entry *entry, struct err *err)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, entry->id);

	if (message != NULL && (message->flags & MESSAGE_DONE) != 0 &&
	    postfix_begin(log, line, entry->id, &message, err) != 0)
		return -1;
	if (message == NULL && postfix_begin(log, line, entry->id, &message, err) != 0)
		return -1;
	if (message == NULL)
		return 0;
	message_set(message, TEXT_MESSAGE_ID, entry->message_id);
	maillog_know_id(log, message);
	return maillog_changed(log, message, err);
}

static enum recipient_state postfix_state(enum postfix_status status)
{
	if (status == POSTFIX_BOUNCED)
		return RECIPIENT_FAILED;
	return status == POSTFIX_DEFERRED ? RECIPIENT_DEFERRED : RECIPIENT_SENT;
}

static int postfix_take_recipient(struct maillog *log, const struct maillog_line *line,
    const struct postfix_entry *entry, struct maillog_message *message, struct err *err)
{
	struct maillog_message *second = NULL, *first = maillog_first(message);

	if (entry->other.n > 0)
		second = maillog_open_find(&log->open, line->host, entry->other);
	/* What the world says of it, a filter of ours does not know. */
	message_add_recipient(
	    first, entry->address, postfix_state(entry->status), entry->other.n > 0);
	if (second != NULL && (second->flags & MESSAGE_LOOPBACK) != 0) {
		bool was_done = (second->flags & MESSAGE_DONE) != 0;

		maillog_join(log, message, second);
		if (was_done && second->first != NULL)
			return maillog_end_pass(log, second, err);
	}
	if (entry->to_self && entry->other.n == 0 && entry->status == POSTFIX_SENT)
		return maillog_pass_on(log, first, err);
	return maillog_changed(log, first, err);
}

/* The first time that it is tried, all of its recipients are there. */
static int postfix_take_queued(struct maillog *log, const struct postfix_entry *entry,
    struct maillog_message *message, struct err *err)
{
	if ((message->flags & MESSAGE_COUNTED) != 0)
		return 0;
	message->flags |= MESSAGE_SENDER | MESSAGE_COUNTED;
	if (entry->address.n == 0)
		message->flags |= MESSAGE_NULL_SENDER;
	message_set(message, TEXT_SENDER, entry->address);
	message->wanted = entry->recipients < UINT32_MAX ? (uint32_t)entry->recipients : UINT32_MAX;
	return maillog_changed(log, message, err);
}

/* The bounce that the message becomes has a message of its own. */
static void postfix_take_notification(
    struct maillog *log, const struct maillog_line *line, const struct postfix_entry *entry)
{
	struct maillog_message *bounce = maillog_open_find(&log->open, line->host, entry->other);

	if (bounce != NULL)
		bounce->flags |= MESSAGE_BOUNCE;
}

static int postfix_take_known(struct maillog *log, const struct maillog_line *line,
    const struct postfix_entry *entry, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, entry->id);

	if (message == NULL) {
		*verdict_r = LINE_EARLY;
		return 0;
	}
	*verdict_r = LINE_USED;
	switch (entry->kind) {
	case POSTFIX_QUEUED:
		return postfix_take_queued(log, entry, message, err);
	case POSTFIX_RECIPIENT:
		return postfix_take_recipient(log, line, entry, message, err);
	case POSTFIX_EXPIRED:
		maillog_first(message)->failed++;
		return 0;
	case POSTFIX_REMOVED:
		return maillog_finish(log, message, err);
	case POSTFIX_NOTIFICATION:
		postfix_take_notification(log, line, entry);
		return 0;
	case POSTFIX_REJECTED:
		message->flags |= MESSAGE_REJECTED;
		return maillog_finish(log, message, err);
	case POSTFIX_SUBJECT:
		message_set(message, TEXT_SUBJECT, entry->subject);
		return maillog_changed(log, message, err);
	default:
		return 0;
	}
}

static int postfix_take(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err)
{
	struct postfix_entry entry;

	postfix_entry_read(line->service, line->text, &entry);
	*verdict_r = maillog_wants(log, line->when) ? LINE_USED : LINE_EARLY;
	switch (entry.kind) {
	case POSTFIX_CLIENT:
		return postfix_take_client(log, line, &entry, err);
	case POSTFIX_LOCAL:
		return postfix_take_local(log, line, &entry, err);
	case POSTFIX_MESSAGE_ID:
		return postfix_take_message_id(log, line, &entry, err);
	case POSTFIX_LOGIN_FAILED:
		return maillog_fail_login(log, line, entry.login, entry.client, err);
	case POSTFIX_OTHER:
		*verdict_r = LINE_OTHER;
		return 0;
	case POSTFIX_ODD:
		*verdict_r = LINE_ODD;
		return 0;
	default:
		return postfix_take_known(log, line, &entry, verdict_r, err);
	}
}

/* amavis says which id became which. */
static void amavis_take(
    struct maillog *log, const struct maillog_line *line, enum maillog_verdict *verdict_r)
{
	struct maillog_message *first, *second;
	struct span id, next;

	if (!amavis_read(line->text, &id, &next))
		return;
	first = maillog_open_find(&log->open, line->host, id);
	second = maillog_open_find(&log->open, line->host, next);
	if (first == NULL || second == NULL || (second->flags & MESSAGE_LOOPBACK) == 0 ||
	    (second->flags & MESSAGE_DONE) != 0)
		return;
	*verdict_r = LINE_USED;
	maillog_join(log, first, second);
}

/* The webmail says from where its user came. */
static void roundcube_take(
    struct maillog *log, const struct maillog_line *line, enum maillog_verdict *verdict_r)
{
	struct maillog_message *message;
	struct span id, client;

	if (!roundcube_read(line->text, &id, &client))
		return;
	message = maillog_open_find(&log->open, line->host, id);
	if (message == NULL || (message->flags & MESSAGE_LOOPBACK) == 0)
		return;
	*verdict_r = LINE_USED;
	message_set(message, TEXT_IP, client);
}

int maillog_take_postfix(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err)
{
	*verdict_r = LINE_OTHER;
	if (line->program == PROGRAM_POSTFIX)
		return postfix_take(log, line, verdict_r, err);
	if (line->program == PROGRAM_AMAVIS)
		amavis_take(log, line, verdict_r);
	else
		roundcube_take(log, line, verdict_r);
	return 0;
}
