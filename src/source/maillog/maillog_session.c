/*
 * What a client of Postfix's smtpd or of Exim did besides handing in messages: who it is, when only
 * an earlier line of its session says so, and what it was refused.
 *
 * A refusal of somebody who logged in is a record, one for all that one sender was refused in a
 * short time; of strangers it is only counted, since the world tries without an end.
 */
#include "source/maillog/maillog_part.h"
#include "source/maillog/maillog_text.h"

static struct maillog_session *session_slot(
    struct maillog *log, const struct maillog_line *line, uint64_t *key_r)
{
	uint64_t key = maillog_hash(maillog_hash(line->host.n + 1, line->host), line->tag);

	key = maillog_hash(key, line->pid);
	*key_r = key != 0 ? key : 1;
	return &log->session[key % MAILLOG_SESSIONS];
}

void maillog_session_keep(
    struct maillog *log, const struct maillog_line *line, struct span login, struct span ip)
{
	struct maillog_session *session;
	uint64_t key;

	if (line->pid.n == 0)
		return;
	session = session_slot(log, line, &key);
	session->key = 0;
	if (login.n > sizeof(session->login) || ip.n > sizeof(session->ip) || ip.n == 0)
		return;
	session->key = key;
	session->login_n = (uint16_t)login.n;
	session->ip_n = (uint16_t)ip.n;
	if (login.n > 0)
		memcpy(session->login, login.p, login.n);
	memcpy(session->ip, ip.p, ip.n);
}

void maillog_session_end(struct maillog *log, const struct maillog_line *line)
{
	uint64_t key;
	struct maillog_session *session = session_slot(log, line, &key);

	if (session->key == key)
		session->key = 0;
}

bool maillog_session_find(
    struct maillog *log, const struct maillog_line *line, struct span *login_r, struct span *ip_r)
{
	uint64_t key;
	struct maillog_session *session = session_slot(log, line, &key);

	if (line->pid.n == 0 || session->key != key)
		return false;
	*login_r = (struct span){session->login, session->login_n};
	*ip_r = (struct span){session->ip, session->ip_n};
	return true;
}

/* Of one sender, from one place. */
static uint64_t refusal_key(struct span host, const struct maillog_refusal *refusal)
{
	uint64_t key = maillog_hash(host.n + 1, host);

	key = maillog_hash(key, refusal->login);
	key = maillog_hash(key, refusal->ip);
	return maillog_hash(key, refusal->sender);
}

static int refusal_begin(struct maillog *log, const struct maillog_line *line,
    const struct maillog_refusal *refusal, struct maillog_attempt *attempt, struct err *err)
{
	struct maillog_message *message = NULL;

	if (attempt->message != NULL && maillog_hand_on(log, attempt->message, err) != 0)
		return -1;
	if (maillog_add(log, line, SPAN_EMPTY, &message, err) != 0)
		return -1;
	attempt->message = message;
	if (message == NULL)
		return 0;
	log->attempts++;
	message->flags |= MESSAGE_REFUSED | MESSAGE_REJECTED | MESSAGE_ARRIVED | MESSAGE_DONE |
			  MESSAGE_SENDER | (refusal->sender.n == 0 ? MESSAGE_NULL_SENDER : 0);
	message_set(message, TEXT_LOGIN, refusal->login);
	message_set(message, TEXT_SENDER, refusal->sender);
	if (!text_is_loopback(refusal->ip))
		message_set(message, TEXT_IP, refusal->ip);
	return 0;
}

/* Keys are no proof: senders choose what they are made of. */
static bool attempt_is(
    const struct maillog_attempt *attempt, uint64_t key, const struct maillog_refusal *refusal)
{
	const struct maillog_message *message = attempt->message;

	return message != NULL && attempt->key == key &&
	       span_eq(message_text(message, TEXT_LOGIN), refusal->login) &&
	       span_eq(message_text(message, TEXT_SENDER), refusal->sender);
}

/* The one that goes on, or else a free one, or the oldest. */
static struct maillog_attempt *attempt_find(
    struct maillog *log, uint64_t key, const struct maillog_refusal *refusal, time_t when)
{
	struct maillog_attempt *oldest = &log->attempt[0];

	for (size_t i = 0; i < MAILLOG_ATTEMPTS; i++) {
		struct maillog_attempt *attempt = &log->attempt[i];

		if (attempt_is(attempt, key, refusal) &&
		    when - attempt->message->when <= MAILLOG_ATTEMPT_MAX)
			return attempt;
		if (attempt->message == NULL
			? oldest->message != NULL
			: oldest->message != NULL && attempt->last < oldest->last)
			oldest = attempt;
	}
	return oldest;
}

int maillog_refuse(struct maillog *log, const struct maillog_line *line,
    const struct maillog_refusal *refusal, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_attempt *attempt;
	uint64_t key;

	*verdict_r = LINE_OTHER;
	log->counts.refused++;
	if (refusal->login.n == 0 || log->settings.failed_logins)
		return 0;
	*verdict_r = LINE_EARLY;
	if (!maillog_wants(log, line->when))
		return 0;
	*verdict_r = LINE_USED;
	key = refusal_key(line->host, refusal);
	attempt = attempt_find(log, key, refusal, line->when);
	if (!attempt_is(attempt, key, refusal) ||
	    line->when - attempt->message->when > MAILLOG_ATTEMPT_MAX) {
		if (refusal_begin(log, line, refusal, attempt, err) != 0)
			return -1;
		attempt->key = key;
		attempt->session = refusal->session;
		attempt->next = 0;
	}
	attempt->last = line->when;
	if (attempt->message == NULL)
		return 0;
	if (refusal->recipient.n > 0)
		message_add_recipient(
		    attempt->message, refusal->recipient, RECIPIENT_UNKNOWN, false);
	return maillog_changed(log, attempt->message, err);
}

int maillog_pass_attempts(struct maillog *log, time_t now, struct err *err)
{
	for (size_t i = 0; i < MAILLOG_ATTEMPTS && log->attempts > 0; i++) {
		struct maillog_attempt *attempt = &log->attempt[i];

		if (attempt->message != NULL && now - attempt->last > MAILLOG_ATTEMPT_WAIT &&
		    maillog_hand_on(log, attempt->message, err) != 0)
			return -1;
	}
	return 0;
}

void maillog_take_in_attempts(
    struct maillog *log, const struct maillog_line *line, const struct maillog_refusal *accepted)
{
	uint64_t key = refusal_key(line->host, accepted);

	for (size_t i = 0; i < MAILLOG_ATTEMPTS && log->attempts > 0; i++)
		if (attempt_is(&log->attempt[i], key, accepted))
			maillog_forget(log, log->attempt[i].message);
}

void maillog_follow_attempts(
    struct maillog *log, const struct maillog_line *line, const struct maillog_message *message)
{
	uint64_t session;

	session_slot(log, line, &session);
	for (size_t i = 0; i < MAILLOG_ATTEMPTS; i++)
		if (log->attempt[i].message != NULL && log->attempt[i].session == session)
			log->attempt[i].next = message->hash;
}

void maillog_settle_attempts(struct maillog *log, const struct maillog_message *message)
{
	for (size_t i = 0; i < MAILLOG_ATTEMPTS && log->attempts > 0; i++) {
		struct maillog_attempt *attempt = &log->attempt[i];

		if (attempt->message != NULL && attempt->next == message->hash &&
		    span_eq(message_text(attempt->message, TEXT_SENDER),
			message_text(message, TEXT_SENDER)))
			maillog_forget(log, attempt->message);
	}
}

void maillog_forget_attempt(struct maillog *log, const struct maillog_message *message)
{
	for (size_t i = 0; i < MAILLOG_ATTEMPTS; i++) {
		if (log->attempt[i].message != message)
			continue;
		log->attempt[i].message = NULL;
		log->attempts--;
	}
}

uint64_t maillog_session_key(struct maillog *log, const struct maillog_line *line)
{
	uint64_t key;

	session_slot(log, line, &key);
	return key;
}
