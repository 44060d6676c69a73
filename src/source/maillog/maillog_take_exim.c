/* Entries of Exim, to messages. */
#include <errno.h>

#include "mail/received.h"
#include "source/maillog/maillog_exim.h"
#include "source/maillog/maillog_part.h"
#include "source/maillog/maillog_text.h"

/* What a client on the host says of whom it does something for: "[198.51.100.9]". */
static struct span claim_of(struct span helo)
{
	if (helo.n > 2 && helo.p[0] == '[' && helo.p[helo.n - 1] == ']')
		helo = (struct span){helo.p + 1, helo.n - 2};
	if (span_starts_nocase(helo, SPAN("IPv6:")))
		helo = span_from(helo, 5);
	return received_is_ip(helo) && !text_is_loopback(helo) ? helo : SPAN_EMPTY;
}

static void exim_set_client(struct maillog_message *message, struct span ip, struct span helo)
{
	if (text_is_loopback(ip)) {
		message_set(message, TEXT_CLAIM, claim_of(helo));
		return;
	}
	message_set(message, TEXT_IP, ip);
}

/* The recipients of the arrival line are all of them, unless it was cut. */
static void exim_set_recipients(struct maillog_message *message, const struct exim_arrival *arrival)
{
	struct span list = arrival->recipients, one;

	if (!arrival->has_recipients)
		return;
	while (exim_recipient_next(&list, &one))
		if (!span_eq(one, SPAN("<trunc>")))
			message_add_recipient(message, one, RECIPIENT_UNKNOWN, true);
	if (arrival->is_cut)
		message->flags |= MESSAGE_AT_LEAST;
}

static bool protocol_is_local(struct span protocol)
{
	return text_starts(protocol, SPAN("local"));
}

/* "__cpanel__service__auth__icontact__TOKEN", the panel's own notices: the token changes. */
static struct span login_of(struct span login)
{
	size_t at;

	if (!text_starts(login, SPAN("__cpanel__service__")))
		return login;
	at = span_rfind(login, '_');
	return at > 0 && login.p[at - 1] == '_' ? span_head(login, at - 1) : login;
}

static void exim_set_person(struct maillog *log, const struct maillog_line *line,
    struct maillog_message *message, const struct exim_arrival *arrival)
{
	if (log->doubt > 0) {
		message->flags |= MESSAGE_SUSPICIOUS;
		return;
	}
	exim_set_client(message, arrival->ip, arrival->helo);
	message_set(message, TEXT_LOGIN, login_of(arrival->login));
	if (!arrival->is_sure)
		return;
	if (!protocol_is_local(arrival->protocol)) {
		/* U= is what the client's host says of it. */
		if (arrival->login.n == 0)
			message_set(message, TEXT_USER,
			    maillog_connection_user(log, line, arrival->ip, arrival->port));
		return;
	}
	message_set(message, TEXT_USER, arrival->user);
	maillog_folder_join(log, line, message);
}

static void exim_set(struct maillog *log, const struct maillog_line *line,
    struct maillog_message *message, const struct exim_arrival *arrival)
{
	message->flags |= MESSAGE_EXIM | MESSAGE_ARRIVED | MESSAGE_SENDER;
	if (arrival->is_null_sender)
		message->flags |= MESSAGE_NULL_SENDER;
	if (arrival->is_null_sender && arrival->bounce_of.n > 0)
		message->flags |= MESSAGE_BOUNCE;
	if (arrival->is_suspicious)
		message->flags |= MESSAGE_SUSPICIOUS;
	message_set(message, TEXT_SENDER, arrival->sender);
	message_set(message, TEXT_MESSAGE_ID, arrival->message_id);
	message_set(message, TEXT_SUBJECT, arrival->subject);
	message->flags |= MESSAGE_SUBJECT_ESCAPED;
	exim_set_person(log, line, message, arrival);
	exim_set_recipients(message, arrival);
}

/* What was refused to the same sender just before belongs to this message. */
static void exim_take_in_attempts(
    struct maillog *log, const struct maillog_line *line, const struct exim_arrival *arrival)
{
	const struct maillog_refusal accepted = {
	    .login = login_of(arrival->login), .ip = arrival->ip, .sender = arrival->sender};

	maillog_take_in_attempts(log, line, &accepted);
}

static int exim_take_arrival(struct maillog *log, const struct maillog_line *line,
    const struct exim_entry *entry, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, entry->id);
	struct exim_arrival arrival;

	*verdict_r = LINE_USED;
	if (message != NULL && (message->flags & MESSAGE_ARRIVED) != 0)
		return 0; /* the same line once more: an id never comes again */
	if (!exim_arrival_read(entry->rest, &arrival)) {
		*verdict_r = LINE_ODD;
		return 0;
	}
	if (message == NULL && maillog_add(log, line, entry->id, &message, err) != 0)
		return -1;
	if (message == NULL) {
		*verdict_r = LINE_EARLY;
		return 0;
	}
	if (log->attempts > 0)
		exim_take_in_attempts(log, line, &arrival);
	log->counts.arrivals++;
	log->counts.no_subject += !arrival.has_subject;
	log->counts.no_recipients += !arrival.has_recipients;
	exim_set(log, line, message, &arrival);
	if (entry->is_fake_reject)
		message->flags |= MESSAGE_REJECTED;
	log->counts.suspicious += (message->flags & MESSAGE_SUSPICIOUS) != 0;
	if (arrival.is_torn)
		maillog_tear(log, line, HELD_SENDER, entry->id);
	return maillog_changed(log, message, err);
}

static enum recipient_state exim_state(enum exim_kind kind)
{
	if (kind == EXIM_FAILED)
		return RECIPIENT_FAILED;
	return kind == EXIM_DEFERRED ? RECIPIENT_DEFERRED : RECIPIENT_SENT;
}

static int exim_take_recipient(struct maillog *log, const struct maillog_line *line,
    const struct exim_entry *entry, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, entry->id);

	/* A message that is handed on while it arrives is delivered first. */
	if (message == NULL &&
	    text_starts(line->text.n > entry->id.n + 3 ? span_from(line->text, entry->id.n + 1)
						       : SPAN_EMPTY,
		SPAN(">> ")) &&
	    maillog_add(log, line, entry->id, &message, err) != 0)
		return -1;
	if (message == NULL) {
		*verdict_r = LINE_EARLY;
		return 0;
	}
	*verdict_r = LINE_USED;
	if (!entry->is_dry)
		message_add_recipient(message, entry->address, exim_state(entry->kind), false);
	return maillog_changed(log, message, err);
}

static void exim_set_rejected(struct maillog *log, const struct maillog_line *line,
    struct maillog_message *message, struct span rest)
{
	struct exim_rejected rejected;

	message->flags |= MESSAGE_EXIM | MESSAGE_ARRIVED | MESSAGE_REJECTED;
	if (exim_rejected_read(rest, &rejected)) {
		message->flags |=
		    MESSAGE_SENDER | (rejected.sender.n == 0 ? MESSAGE_NULL_SENDER : 0);
		message_set(message, TEXT_SENDER, rejected.sender);
		exim_set_client(message, rejected.ip, rejected.helo);
		message_set(message, TEXT_LOGIN, rejected.login);
		message_set(message, TEXT_USER, rejected.user);
		if (rejected.ip.n == 0 && rejected.login.n == 0)
			maillog_folder_join(log, line, message);
	}
	if (rejected.is_suspicious) {
		message->flags |= MESSAGE_SUSPICIOUS;
		log->counts.suspicious++;
	}
}

static int exim_take_rejected(struct maillog *log, const struct maillog_line *line,
    const struct exim_entry *entry, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, entry->id);

	*verdict_r = LINE_USED;
	if (message != NULL) {
		message->flags |= MESSAGE_REJECTED;
		return 0;
	}
	if (maillog_add(log, line, entry->id, &message, err) != 0)
		return -1;
	if (message == NULL) {
		*verdict_r = LINE_EARLY;
		return 0;
	}
	exim_set_rejected(log, line, message, entry->rest);
	return maillog_finish(log, message, err);
}

/* Only of a line that can be read in one way: else it is nobody's. */
static int exim_take_refused(struct maillog *log, const struct maillog_line *line,
    const struct exim_entry *entry, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_refusal refusal = {.recipient = entry->address};
	struct exim_rejected rejected;

	if (log->doubt == 0 && exim_rejected_read(entry->rest, &rejected) &&
	    !rejected.is_suspicious) {
		refusal.login = login_of(rejected.login);
		refusal.ip = rejected.ip;
		refusal.sender = rejected.sender;
	}
	return maillog_refuse(log, line, &refusal, verdict_r, err);
}

/* Lines that need the message to be there. */
static int exim_take_known(struct maillog *log, const struct maillog_line *line,
    const struct exim_entry *entry, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, entry->id);

	if (message == NULL) {
		*verdict_r = LINE_EARLY;
		/* It may be about to arrive over this connection. */
		if (entry->kind == EXIM_ACCOUNT)
			maillog_connection_keep(log, line, entry->ip, entry->port, entry->user);
		return 0;
	}
	*verdict_r = LINE_USED;
	if (entry->kind == EXIM_COMPLETED)
		return maillog_finish(log, message, err);
	/* A sender's domain tells nothing of who sends from elsewhere. */
	if (log->doubt == 0 && message_text(message, TEXT_USER).n == 0 &&
	    (entry->kind == EXIM_ACCOUNT || message_text(message, TEXT_IP).n == 0))
		message_set(message, TEXT_USER, entry->user);
	return maillog_changed(log, message, err);
}

static int exim_take(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err)
{
	struct exim_entry entry;

	exim_entry_read(line->text, &entry);
	*verdict_r = LINE_OTHER;
	switch (entry.kind) {
	case EXIM_ARRIVAL:
		return exim_take_arrival(log, line, &entry, verdict_r, err);
	case EXIM_DELIVERED:
	case EXIM_DEFERRED:
	case EXIM_FAILED:
		return exim_take_recipient(log, line, &entry, verdict_r, err);
	case EXIM_COMPLETED:
	case EXIM_ACCOUNT:
	case EXIM_SENDER:
		return exim_take_known(log, line, &entry, verdict_r, err);
	case EXIM_REJECTED:
		return exim_take_rejected(log, line, &entry, verdict_r, err);
	case EXIM_REFUSED:
		return exim_take_refused(log, line, &entry, verdict_r, err);
	case EXIM_CONNECTION:
		*verdict_r = LINE_USED;
		maillog_connection_keep(log, line, entry.ip, entry.port, entry.user);
		break;
	case EXIM_FOLDER:
		*verdict_r = LINE_USED;
		return maillog_folder_keep(log, line, entry.folder, err);
	case EXIM_LOGIN_FAILED:
		*verdict_r = LINE_USED;
		return maillog_fail_login(log, line, entry.login, entry.ip, err);
	case EXIM_SIGNATURE_CUT:
		maillog_tear(log, line, HELD_SIGNATURE, entry.id);
		break;
	case EXIM_FOLDER_CUT:
	case EXIM_ODD:
		*verdict_r = LINE_ODD;
		return 0;
	case EXIM_OTHER:
		break;
	}
	return 0;
}

/* A part of an entry. */
struct exim_part {
	unsigned number, count; /* number from 1 */
	char kind;              /* how it ended: '/' after so many bytes, '\\' with a line break */
};

/* "[2/3] text", "[2\3] text". False: the entry is whole. */
static bool part_read(struct span *text, struct exim_part *part_r)
{
	struct span s = *text;
	uint64_t number, count;
	size_t n;

	if (s.n < 5 || s.p[0] != '[' || (n = span_number(span_from(s, 1), &number)) == 0 || n > 3)
		return false;
	s = span_from(s, n + 1);
	if (s.n < 3 || (s.p[0] != '/' && s.p[0] != '\\'))
		return false;
	part_r->kind = s.p[0];
	n = span_number(span_from(s, 1), &count);
	s = span_from(s, n + 1);
	if (n == 0 || n > 3 || !text_starts(s, SPAN("] ")) || number == 0 || number > count)
		return false;
	part_r->number = (unsigned)number;
	part_r->count = (unsigned)count;
	*text = span_from(s, 2);
	return true;
}

/* The entry of the same process that waits for this part, or the slot for a new one. */
static struct maillog_parts *parts_find(
    struct maillog *log, const struct maillog_line *line, unsigned number)
{
	struct maillog_parts *oldest = &log->parts[0];
	size_t host = line->host.n < 64 ? line->host.n : 64;
	size_t pid = line->pid.n < 16 ? line->pid.n : 16;
	char key[96];

	if (host > 0)
		memcpy(key, line->host.p, host);
	key[host] = ' ';
	if (pid > 0)
		memcpy(key + host + 1, line->pid.p, pid);
	for (size_t i = 0; i < MAILLOG_PART_SLOTS; i++) {
		struct maillog_parts *parts = &log->parts[i];

		if (parts->in_use && parts->key_n == host + 1 + pid &&
		    memcmp(parts->key, key, parts->key_n) == 0)
			return number == 1 || parts->next == number ? parts : NULL;
		if (!parts->in_use ? oldest->in_use : oldest->in_use && parts->age < oldest->age)
			oldest = parts;
	}
	if (number != 1)
		return NULL;
	memcpy(oldest->key, key, host + 1 + pid);
	oldest->key_n = host + 1 + pid;
	return oldest;
}

/* Syslog takes so many bytes at once: longer entries come in parts, which are put together. */
static int exim_take_part(struct maillog *log, const struct maillog_line *line,
    const struct exim_part *part, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_parts *parts = parts_find(log, line, part->number);
	struct maillog_line whole = *line;

	*verdict_r = LINE_ODD;
	if (parts == NULL)
		return 0;
	*verdict_r = LINE_USED;
	if (part->number == 1) {
		parts->in_use = true;
		parts->age = ++log->part_age;
		buf_clear(&parts->text);
	} else if (parts->kind == '\\') {
		buf_add_char(&parts->text, '\n');
	}
	buf_add(&parts->text, line->text);
	parts->kind = part->kind;
	parts->next = part->number + 1;
	if (part->number < part->count)
		return 0;
	parts->in_use = false;
	whole.text = buf_span(&parts->text);
	maillog_line_enter_exim(&log->clock, &whole);
	if (parts->text.failed == ENOMEM)
		return err_nomem(err);
	if (parts->text.failed != 0) {
		*verdict_r = LINE_ODD;
		return 0;
	}
	return exim_take(log, &whole, verdict_r, err);
}

int maillog_take_exim(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_line found = *line;
	struct exim_part part;

	if (line->tag.n == 0)
		return exim_take(log, line, verdict_r, err);
	if (part_read(&found.text, &part))
		return exim_take_part(log, &found, &part, verdict_r, err);
	maillog_line_enter_exim(&log->clock, &found);
	return exim_take(log, &found, verdict_r, err);
}
