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
	struct maillog_message *message, *before = NULL;
	struct span ip = entry->orig_client.n > 0 ? entry->orig_client : entry->client;

	if (postfix_begin(log, line, entry->id, &message, err) != 0)
		return -1;
	if (message == NULL)
		return 0;
	if (entry->other.n > 0) /* behind postfix_begin(), which may end one that is gone */
		before = maillog_open_find(&log->open, line->host, entry->other);
	message_set(message, TEXT_LOGIN, entry->login);
	if (entry->is_suspicious) {
		message->flags |= MESSAGE_SUSPICIOUS;
		log->counts.suspicious++;
	}
	if (text_is_loopback(entry->client) || ip.n == 0)
		message->flags |= MESSAGE_LOOPBACK;
	if (!text_is_loopback(ip))
		message_set(message, TEXT_IP, ip);
	if (before != NULL && before != message && (message->flags & MESSAGE_LOOPBACK) != 0)
		maillog_join(log, before, message);
	maillog_session_keep(log, line, entry->login, entry->client);
	if (log->attempts > 0)
		maillog_follow_attempts(log, line, message);
	return maillog_changed(log, message, err);
}

/* Who came to an smtpd in front of a filter gets an id only behind it. */
static void postfix_take_proxied(struct maillog *log, const struct maillog_line *line,
    const struct postfix_entry *entry, enum maillog_verdict *verdict_r)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, entry->other);
	struct span login, ip;

	*verdict_r = LINE_EARLY;
	if (message == NULL)
		return;
	*verdict_r = LINE_USED;
	/* One that another logged in for, or that has a client of its own, is not the filter's. */
	if ((message->flags & MESSAGE_LOOPBACK) == 0 && message->n[TEXT_IP] == 0)
		return;
	if (message->n[TEXT_LOGIN] > 0 || !maillog_session_find(log, line, &login, &ip))
		return;
	if (message->n[TEXT_IP] > 0 && !span_eq(message_text(message, TEXT_IP), ip))
		return;
	message_set(message, TEXT_LOGIN, login);
	if (!text_is_loopback(ip))
		message_set(message, TEXT_IP, ip);
}

/* The line says from whom it was, and for whom, which the queue's no longer will. */
static void postfix_set_rejected(struct maillog_message *message, const struct postfix_entry *entry)
{
	message->flags |= MESSAGE_REJECTED;
	if ((message->flags & MESSAGE_SENDER) != 0 || entry->address.p == NULL)
		return;
	message->flags |= MESSAGE_SENDER | (entry->address.n == 0 ? MESSAGE_NULL_SENDER : 0);
	message_set(message, TEXT_SENDER, entry->address);
	if (entry->for_whom.n > 0)
		message_add_recipient(message, entry->for_whom, RECIPIENT_UNKNOWN, true);
}

/* Of a message a recipient, or all of it: then there is no more of it. */
static int postfix_take_refused_of(struct maillog *log, const struct maillog_line *line,
    const struct postfix_entry *entry, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, entry->id);

	log->counts.refused++;
	*verdict_r = message != NULL ? LINE_USED : LINE_EARLY;
	if (message == NULL || !entry->is_whole)
		return 0;
	postfix_set_rejected(message, entry);
	return maillog_finish(log, message, err);
}

static int postfix_take_refused(struct maillog *log, const struct maillog_line *line,
    const struct postfix_entry *entry, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_refusal refusal = {.sender = entry->address, .recipient = entry->for_whom};
	struct span login, ip;

	if (entry->id.n > 0) /* the message that it belongs to is known */
		return postfix_take_refused_of(log, line, entry, verdict_r, err);
	if (maillog_session_find(log, line, &login, &ip) &&
	    (entry->client.n == 0 || span_eq(entry->client, ip))) {
		refusal.login = login;
		refusal.ip = ip;
		refusal.session = maillog_session_key(log, line);
	} else if (entry->login.n > 0) {
		refusal.login = entry->login;
		refusal.ip = text_is_loopback(entry->client) ? SPAN_EMPTY : entry->client;
		refusal.session = maillog_session_key(log, line);
	}
	return maillog_refuse(log, line, &refusal, verdict_r, err);
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

/* Of a second pass that only the message id tells, no recipients become the first's: somebody may
 * have copied the id. */
static void postfix_settle(struct maillog_message *first, const struct postfix_entry *entry)
{
	enum recipient_state state = postfix_state(entry->status);

	if (!message_settle_recipient(first, entry->address, state))
		message_settle_recipient(first, entry->for_whom, state);
}

/* What a filter handed in again, or a part of the mail system itself, which has no client. */
static bool postfix_may_be_second(
    const struct maillog_message *second, const struct postfix_entry *entry)
{
	if (!entry->is_forwarded)
		return (second->flags & MESSAGE_LOOPBACK) != 0;
	return second->n[TEXT_IP] == 0 && second->n[TEXT_UID] == 0 && second->n[TEXT_LOGIN] == 0;
}

static int postfix_take_recipient(struct maillog *log, const struct maillog_line *line,
    const struct postfix_entry *entry, struct maillog_message *message, struct err *err)
{
	struct maillog_message *second = NULL, *first = maillog_first(message);

	if (entry->other.n > 0)
		second = maillog_open_find(&log->open, line->host, entry->other);
	if ((message->flags & MESSAGE_BY_ID) != 0 && first != message)
		postfix_settle(first, entry);
	else /* What the world says of it, a filter of ours does not know. */
		message_add_recipient(
		    first, entry->address, postfix_state(entry->status), entry->other.n > 0);
	if (second != NULL && postfix_may_be_second(second, entry)) {
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
	if (log->attempts > 0)
		maillog_settle_attempts(log, message);
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
		postfix_set_rejected(message, entry);
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
	case POSTFIX_SESSION:
		maillog_session_end(log, line);
		*verdict_r = LINE_OTHER;
		return 0;
	case POSTFIX_HANDED:
		maillog_session_keep(log, line, entry.login, entry.client);
		return 0;
	case POSTFIX_PROXIED:
		postfix_take_proxied(log, line, &entry, verdict_r);
		return 0;
	case POSTFIX_REFUSED:
		return postfix_take_refused(log, line, &entry, verdict_r, err);
	case POSTFIX_FILTER:
		if (entry.id.n == 0) {
			*verdict_r = LINE_OTHER;
			return 0;
		}
		return postfix_take_known(log, line, &entry, verdict_r, err);
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

	if (!maillog_writer_is_system(line) || !amavis_read(line->text, &id, &next))
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
