/* From lines of programs to messages. */
#include <stdlib.h>

#include "mail/received.h"
#include "source/maillog/maillog_exim.h"
#include "source/maillog/maillog_part.h"
#include "source/maillog/maillog_postfix.h"

static bool starts_with(struct span s, struct span prefix)
{
	return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

static bool is_loopback(struct span ip)
{
	return starts_with(ip, SPAN("127.")) || span_eq(ip, SPAN("::1"));
}

static bool is_wanted(const struct maillog *log, time_t when)
{
	const struct period *period = log->settings.period;

	return period == NULL || (when >= period->since && when < period->until);
}

int maillog_changed(struct maillog *log, struct maillog_message *message, struct err *err)
{
	if (!maillog_open_is_full(&log->open, message))
		return 0;
	while (maillog_open_is_full(&log->open, message) && log->open.oldest != message) {
		log->open.oldest->flags |= MESSAGE_EARLY;
		log->counts.handed_on++;
		if (maillog_hand_on(log, log->open.oldest, err) != 0)
			return -1;
	}
	return 0;
}

/* Of a message that has a second pass, what becomes of it there counts. */
static struct maillog_message *message_first(struct maillog_message *message)
{
	return message->first != NULL ? message->first : message;
}

int maillog_add(struct maillog *log, const struct maillog_line *line, struct span id,
    struct maillog_message **message_r, struct err *err)
{
	struct maillog_message *message;

	*message_r = NULL;
	if (log->settings.failed_logins || !is_wanted(log, line->when))
		return 0;
	message = maillog_open_add(&log->open, line->host, id);
	if (message == NULL)
		return err_nomem(err);
	message->when = line->when;
	message->place = log->place;
	if (log->settings.explain)
		message_set(message, TEXT_LINE, span_head(line->text, MAILLOG_SHOWN_LINE));
	*message_r = message;
	return 0;
}

void maillog_stop_waiting(struct maillog *log, struct maillog_message *message)
{
	if (!message->waits)
		return;
	if (message->waits_older != NULL)
		message->waits_older->waits_newer = message->waits_newer;
	else
		log->waits_oldest = message->waits_newer;
	if (message->waits_newer != NULL)
		message->waits_newer->waits_older = message->waits_older;
	else
		log->waits_newest = message->waits_older;
	message->waits = false;
	message->waits_older = message->waits_newer = NULL;
}

static void waits_add(struct maillog *log, struct maillog_message *message)
{
	message->waits = true;
	message->waits_older = log->waits_newest;
	if (log->waits_newest != NULL)
		log->waits_newest->waits_newer = message;
	else
		log->waits_oldest = message;
	log->waits_newest = message;
}

void maillog_join(
    struct maillog *log, struct maillog_message *first, struct maillog_message *second)
{
	first = message_first(first);
	if (second == first || second->first != NULL || second->passes != NULL)
		return;
	log->counts.passes++;
	second->flags |= MESSAGE_PASS;
	second->first = first;
	second->next_pass = first->passes;
	first->passes = second;
	for (uint32_t i = 0; i < second->recipients; i++)
		message_adopt_recipient(first, second->recipient[i]);
	maillog_stop_waiting(log, first);
	maillog_stop_waiting(log, second);
}

/* The second pass is over: what became of its recipients is what became of the first's. */
static int maillog_end_pass(struct maillog *log, struct maillog_message *second, struct err *err)
{
	struct maillog_message *first = second->first;

	maillog_forget(log, second);
	if (first == NULL || first->passes != NULL || (first->flags & MESSAGE_DONE) == 0)
		return 0;
	return maillog_hand_on(log, first, err);
}

void maillog_forget(struct maillog *log, struct maillog_message *message)
{
	struct maillog_message **at, *pass;

	maillog_stop_waiting(log, message);
	if (message->first != NULL) {
		for (at = &message->first->passes; *at != message; at = &(*at)->next_pass)
			;
		*at = message->next_pass;
	}
	for (pass = message->passes; pass != NULL; pass = pass->next_pass)
		pass->first = NULL;
	maillog_open_remove(&log->open, message);
}

int maillog_finish(struct maillog *log, struct maillog_message *message, struct err *err)
{
	if ((message->flags & MESSAGE_DONE) != 0)
		return 0;
	message->flags |= MESSAGE_DONE;
	message->done = log->now;
	if ((message->flags & MESSAGE_PASS) != 0)
		return maillog_end_pass(log, message, err);
	if (message->passes != NULL)
		return 0;
	if ((message->flags & MESSAGE_LOOPBACK) == 0)
		return maillog_hand_on(log, message, err);
	waits_add(log, message);
	return 0;
}

static int maillog_hand_on_failure(
    struct maillog *log, const struct maillog_line *line, struct err *err)
{
	struct maillog_message *message = maillog_open_add(&log->open, line->host, SPAN_EMPTY);

	if (message == NULL)
		return err_nomem(err);
	message->flags |= MESSAGE_LOGIN_FAILED | MESSAGE_ARRIVED;
	message->when = line->when;
	message->place = log->place;
	message_set(message, TEXT_LOGIN, buf_span(&log->last_login));
	message_set(message, TEXT_IP, span_of(log->last_ip));
	return maillog_hand_on(log, message, err);
}

int maillog_repeat_failure(
    struct maillog *log, const struct maillog_line *line, uint64_t times, struct err *err)
{
	int result = 0;

	if (times > MAILLOG_MAX_REPEAT) {
		log->counts.lost += times - MAILLOG_MAX_REPEAT;
		times = MAILLOG_MAX_REPEAT;
	}
	log->counts.failed_logins += times;
	if (!log->settings.failed_logins || !is_wanted(log, line->when))
		return 0;
	for (; times > 0 && result == 0; times--)
		result = maillog_hand_on_failure(log, line, err);
	return result;
}

int maillog_fail_login(struct maillog *log, const struct maillog_line *line, struct span login,
    struct span ip, struct err *err)
{
	size_t n = ip.n < sizeof(log->last_ip) ? ip.n : 0;

	buf_clear(&log->last_login);
	buf_add(&log->last_login, span_head(login, MAILLOG_MAX_TEXT));
	if (n > 0)
		memcpy(log->last_ip, ip.p, n);
	log->last_ip[n] = '\0';
	log->last_failed = true;
	return maillog_repeat_failure(log, line, 1, err);
}

/* Exim. */

/* What a client on the host says of whom it does something for: "[198.51.100.9]". */
static struct span claim_of(struct span helo)
{
	if (helo.n > 2 && helo.p[0] == '[' && helo.p[helo.n - 1] == ']')
		helo = (struct span){helo.p + 1, helo.n - 2};
	if (span_starts_nocase(helo, SPAN("IPv6:")))
		helo = span_from(helo, 5);
	return received_is_ip(helo) && !is_loopback(helo) ? helo : SPAN_EMPTY;
}

static void exim_set_client(struct maillog_message *message, struct span ip, struct span helo)
{
	if (is_loopback(ip)) {
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
	return starts_with(protocol, SPAN("local"));
}

/* "__cpanel__service__auth__icontact__TOKEN", the panel's own notices: the token changes. */
static struct span login_of(struct span login)
{
	size_t at;

	if (!starts_with(login, SPAN("__cpanel__service__")))
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
	if (!protocol_is_local(arrival->protocol) || arrival->is_suspicious)
		return; /* else U= is what the client's host says of it */
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
	log->counts.arrivals++;
	log->counts.no_subject += !arrival.has_subject;
	log->counts.no_recipients += !arrival.has_recipients;
	exim_set(log, line, message, &arrival);
	if (entry->is_fake_reject)
		message->flags |= MESSAGE_REJECTED;
	log->counts.suspicious += (message->flags & MESSAGE_SUSPICIOUS) != 0;
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
	    starts_with(line->text.n > entry->id.n + 3 ? span_from(line->text, entry->id.n + 1)
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

static void exim_set_rejected(
    struct maillog *log, struct maillog_message *message, struct span rest)
{
	struct exim_rejected rejected;

	message->flags |= MESSAGE_EXIM | MESSAGE_ARRIVED | MESSAGE_REJECTED;
	if (exim_rejected_read(rest, &rejected)) {
		message->flags |=
		    MESSAGE_SENDER | (rejected.sender.n == 0 ? MESSAGE_NULL_SENDER : 0);
		message_set(message, TEXT_SENDER, rejected.sender);
		exim_set_client(message, rejected.ip, rejected.helo);
		message_set(message, TEXT_LOGIN, rejected.login);
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
	exim_set_rejected(log, message, entry->rest);
	return maillog_finish(log, message, err);
}

/* Lines that need the message to be there. */
static int exim_take_known(struct maillog *log, const struct maillog_line *line,
    const struct exim_entry *entry, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_message *message = maillog_open_find(&log->open, line->host, entry->id);

	if (message == NULL) {
		*verdict_r = LINE_EARLY;
		return 0;
	}
	*verdict_r = LINE_USED;
	if (entry->kind == EXIM_COMPLETED)
		return maillog_finish(log, message, err);
	if (log->doubt == 0 && message_text(message, TEXT_USER).n == 0)
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
		return exim_take_known(log, line, &entry, verdict_r, err);
	case EXIM_REJECTED:
		return exim_take_rejected(log, line, &entry, verdict_r, err);
	case EXIM_FOLDER:
		*verdict_r = LINE_USED;
		return maillog_folder_keep(log, line, entry.folder, err);
	case EXIM_LOGIN_FAILED:
		*verdict_r = LINE_USED;
		return maillog_fail_login(log, line, entry.login, entry.ip, err);
	case EXIM_FOLDER_CUT:
	case EXIM_ODD:
		*verdict_r = LINE_ODD;
		return 0;
	case EXIM_OTHER:
		break;
	}
	return 0;
}

/* "[2/3] text", "[2\3] text": a part of an entry, and how it ended. False: it is whole. */
static bool part_read(struct span *text, unsigned *number_r, unsigned *count_r, char *kind_r)
{
	struct span s = *text;
	uint64_t number, count;
	size_t n;

	if (s.n < 5 || s.p[0] != '[' || (n = span_number(span_from(s, 1), &number)) == 0 || n > 3)
		return false;
	s = span_from(s, n + 1);
	if (s.n < 3 || (s.p[0] != '/' && s.p[0] != '\\'))
		return false;
	*kind_r = s.p[0];
	n = span_number(span_from(s, 1), &count);
	s = span_from(s, n + 1);
	if (n == 0 || n > 3 || !starts_with(s, SPAN("] ")) || number == 0 || number > count)
		return false;
	*number_r = (unsigned)number;
	*count_r = (unsigned)count;
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
static int exim_take_part(struct maillog *log, const struct maillog_line *line, unsigned number,
    unsigned count, char kind, enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_parts *parts = parts_find(log, line, number);
	struct maillog_line whole = *line;

	*verdict_r = LINE_ODD;
	if (parts == NULL)
		return 0;
	*verdict_r = LINE_USED;
	if (number == 1) {
		parts->in_use = true;
		parts->age = ++log->part_age;
		buf_clear(&parts->text);
	} else if (parts->kind == '\\') {
		buf_add_char(&parts->text, '\n');
	}
	buf_add(&parts->text, line->text);
	parts->kind = kind;
	parts->next = number + 1;
	if (number < count)
		return 0;
	parts->in_use = false;
	whole.text = buf_span(&parts->text);
	maillog_line_enter_exim(&log->clock, &whole);
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
	unsigned number, count;
	char kind;

	if (line->tag.n == 0)
		return exim_take(log, line, verdict_r, err);
	if (part_read(&found.text, &number, &count, &kind))
		return exim_take_part(log, &found, number, count, kind, verdict_r, err);
	maillog_line_enter_exim(&log->clock, &found);
	return exim_take(log, &found, verdict_r, err);
}

/* Postfix. */

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
	if (is_loopback(ip) || ip.n == 0)
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
	struct maillog_message *second = NULL, *first = message_first(message);

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
		message_first(message)->failed++;
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
	*verdict_r = is_wanted(log, line->when) ? LINE_USED : LINE_EARLY;
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
