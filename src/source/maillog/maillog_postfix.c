#include "source/maillog/maillog_postfix.h"

#include "mail/received.h"
#include "source/maillog/maillog_text.h"

/* Bytes of the end of a line in which the fixed part behind a subject is looked for. */
#define ID_MIN_SHORT 6
#define ID_MIN_LONG  10

/* [0-9A-F]{6,} or [0-9A-Za-z]{10,}; how long, 0 for none. */
static size_t id_length(struct span s)
{
	size_t n = 0;
	bool is_hex = true;

	while (n < s.n && span_is_alnum(s.p[n])) {
		is_hex = is_hex && (span_is_digit(s.p[n]) || (s.p[n] >= 'A' && s.p[n] <= 'F'));
		n++;
	}
	return n >= ID_MIN_LONG || (is_hex && n >= ID_MIN_SHORT) ? n : 0;
}

static struct span id_of(struct span s)
{
	return span_head(s, id_length(s));
}

/* The last occurrence, or SPAN_NPOS. */
static size_t find_last(struct span s, struct span text)
{
	size_t at = s.n;

	while ((at = span_rfind(span_head(s, at), text.p[0])) != SPAN_NPOS)
		if (text_starts(span_from(s, at), text))
			return at;
	return SPAN_NPOS;
}

/* "name[192.0.2.1]" or "name[192.0.2.1]:25", and what is behind it. False: it is none. */
static bool peer_read(struct span *s, struct span *ip_r)
{
	size_t open = span_find(*s, '['), close;
	struct span ip;

	if (open == SPAN_NPOS || span_find(span_head(*s, open), ' ') != SPAN_NPOS)
		return false;
	close = span_find(*s, ']');
	if (close == SPAN_NPOS || close < open)
		return false;
	ip = (struct span){s->p + open + 1, close - open - 1};
	*s = span_from(*s, close + 1);
	if (s->n > 1 && s->p[0] == ':' && span_is_digit(s->p[1]))
		*s = span_from(*s, 1 + span_within(span_from(*s, 1), '0', '9'));
	*ip_r = received_is_ip(ip) ? ip : SPAN_EMPTY;
	return true;
}

/* Takes ", KEY=value" off the end; the value is empty when it does not stand there. */
static struct span tail_take(struct span *s, struct span key)
{
	size_t at = find_last(*s, key);
	struct span value;

	if (at == SPAN_NPOS)
		return SPAN_EMPTY;
	value = span_from(*s, at + key.n);
	*s = span_head(*s, at);
	return value;
}

/*
 * Behind "sasl_username=": the login, and what the client said of the sender (AUTH= of MAIL).
 * Either may hold anything, such as the fields that belong to clients without a login.
 */
static void login_read(struct postfix_entry *entry, struct span rest)
{
	static const struct span comma = {", ", 2};
	struct span sender = tail_take(&rest, SPAN(", sasl_sender="));

	entry->login = rest;
	entry->is_suspicious =
	    span_find_text(rest, comma) != SPAN_NPOS || span_find_text(sender, comma) != SPAN_NPOS;
}

/*
 * Behind "client=": "name[ip], sasl_method=PLAIN, sasl_username=U, sasl_sender=X", or, of what a
 * filter hands in, "name[ip], orig_queue_id=Q, orig_client=name[ip]".
 */
static void client_read(struct postfix_entry *entry, struct span rest)
{
	struct span value;
	size_t comma;

	entry->kind = POSTFIX_ODD;
	if (!peer_read(&rest, &entry->client))
		return;
	entry->kind = POSTFIX_CLIENT;
	if (text_skip(&rest, SPAN(", sasl_method="))) {
		comma = span_find(rest, ',');
		rest = span_from(rest, comma != SPAN_NPOS ? comma : rest.n);
	}
	if (text_skip(&rest, SPAN(", sasl_username="))) {
		login_read(entry, rest);
		return;
	}
	value = tail_take(&rest, SPAN(", orig_client="));
	if (value.n > 0 && !peer_read(&value, &entry->orig_client))
		entry->is_suspicious = true;
	value = tail_take(&rest, SPAN(", orig_queue_id="));
	if (id_length(value) == value.n)
		entry->other = value;
}

/* "uid=1001 from=<s>" */
static void local_read(struct postfix_entry *entry, struct span rest)
{
	size_t n = span_within(rest, '0', '9');

	entry->kind = POSTFIX_ODD;
	entry->uid = span_head(rest, n);
	rest = span_from(rest, n);
	if (n == 0 || !text_skip(&rest, SPAN(" from=<")))
		return;
	entry->other = tail_take(&rest, SPAN("> orig_id="));
	if (entry->other.n == 0 && rest.n > 0 && rest.p[rest.n - 1] == '>')
		rest.n--;
	entry->address = rest;
	entry->kind = POSTFIX_LOCAL;
}

/* "s>, size=450, nrcpt=1 (queue active)": what Postfix adds is at the end. */
static void queued_read(struct postfix_entry *entry, struct span rest)
{
	size_t at = find_last(rest, SPAN(">, size="));
	struct span behind;

	if (at == SPAN_NPOS) {
		at = find_last(rest, SPAN(">, status="));
		entry->kind = at != SPAN_NPOS ? POSTFIX_EXPIRED : POSTFIX_ODD;
		return;
	}
	entry->address = span_head(rest, at);
	behind = span_from(rest, at + sizeof(">, size=") - 1);
	behind = span_from(behind, span_within(behind, '0', '9'));
	entry->kind = POSTFIX_ODD;
	if (!text_skip(&behind, SPAN(", nrcpt=")) || span_number(behind, &entry->recipients) == 0)
		return;
	entry->kind = POSTFIX_QUEUED;
}

/* Where the address ends: the first ">, " that is not in quotes. */
static size_t address_length(struct span s)
{
	bool in_quotes = false;

	for (size_t i = 0; i + 2 < s.n; i++) {
		if (s.p[i] == '"')
			in_quotes = !in_quotes;
		else if (s.p[i] == '\\' && in_quotes)
			i++;
		else if (s.p[i] == '>' && !in_quotes && s.p[i + 1] == ',' && s.p[i + 2] == ' ')
			return i;
	}
	return SPAN_NPOS;
}

/* "mail.example.com[192.0.2.25]:25", "local", "none", "127.0.0.1[127.0.0.1]:10024": true for
 * what may hand the message in again on this host. */
static bool relay_is_self(struct span relay, struct span service)
{
	struct span ip = SPAN_EMPTY;

	if (span_eq(service, SPAN("pipe")))
		return true;
	if (!span_eq(service, SPAN("smtp")) && !span_eq(service, SPAN("lmtp")))
		return false;
	return peer_read(&relay, &ip) ? text_is_loopback(ip) : span_find(relay, '/') != SPAN_NPOS;
}

/* The id that the answer of a filter of ours ends with: "queued as ID)". */
static struct span queued_as(struct span answer)
{
	size_t at = find_last(answer, SPAN("queued as "));
	struct span id;

	if (at == SPAN_NPOS)
		return SPAN_EMPTY;
	answer = span_from(answer, at + sizeof("queued as ") - 1);
	id = id_of(answer);
	return id.n < answer.n && answer.p[id.n] != ')' ? SPAN_EMPTY : id;
}

/* "sent (forwarded as ID)" of local(8), which writes other words about what programs do. */
static struct span forwarded_as(struct span status)
{
	struct span id;

	if (!text_skip(&status, SPAN("sent (forwarded as ")))
		return SPAN_EMPTY;
	id = id_of(status);
	return span_eq(span_from(status, id.n), SPAN(")")) ? id : SPAN_EMPTY;
}

/* "r>, orig_to=<o>, relay=…, delay=…, dsn=2.0.0, status=sent (answer)" */
static void recipient_read(struct postfix_entry *entry, struct span rest, struct span service)
{
	size_t n = address_length(rest), comma, at;
	struct span relay = SPAN_EMPTY;

	entry->kind = POSTFIX_ODD;
	if (n == SPAN_NPOS)
		return;
	entry->address = span_head(rest, n);
	rest = span_from(rest, n + 3);
	if (text_skip(&rest, SPAN("orig_to=<"))) {
		n = address_length(rest);
		if (n == SPAN_NPOS)
			return;
		entry->for_whom = span_head(rest, n);
		rest = span_from(rest, n + 3);
	}
	if (text_skip(&rest, SPAN("relay="))) {
		comma = span_find(rest, ',');
		relay = span_head(rest, comma);
	}
	at = span_find_text(rest, SPAN(", status="));
	if (at == SPAN_NPOS)
		return;
	rest = span_from(rest, at + sizeof(", status=") - 1);
	entry->kind = POSTFIX_RECIPIENT;
	if (text_starts(rest, SPAN("deferred")))
		entry->status = POSTFIX_DEFERRED;
	else if (text_starts(rest, SPAN("bounced")) || text_starts(rest, SPAN("expired")) ||
		 text_starts(rest, SPAN("undeliverable")))
		entry->status = POSTFIX_BOUNCED;
	else if (!text_starts(rest, SPAN("sent")) && !text_starts(rest, SPAN("deliverable")))
		entry->kind = POSTFIX_ODD;
	entry->to_self = relay_is_self(relay, service);
	if (entry->to_self && entry->status == POSTFIX_SENT)
		entry->other = queued_as(rest);
	if (span_eq(service, SPAN("local")))
		entry->other = forwarded_as(rest);
	entry->is_forwarded = !entry->to_self && entry->other.n > 0;
}

/* "header Subject: … from name[ip]; from=<s> to=<r> proto=ESMTP helo=<h>", or "… from local; …":
 * read from the right, since a subject can hold all of it. */
static void subject_read(struct postfix_entry *entry, struct span rest)
{
	static const struct span name = {"header Subject:", 15};
	size_t at;

	if (!span_starts_nocase(rest, name))
		return;
	rest = span_from(rest, name.n);
	at = find_last(rest, SPAN("; from=<"));
	if (at == SPAN_NPOS)
		return;
	rest = span_head(rest, at);
	at = find_last(rest, SPAN(" from "));
	if (at == SPAN_NPOS)
		return;
	entry->subject = span_trim(span_head(rest, at));
	entry->kind = POSTFIX_SUBJECT;
}

/* "; from=<s> to=<r> proto=ESMTP helo=<h>" at the end of what is said of a client. */
static void context_read(struct postfix_entry *entry, struct span rest)
{
	static const struct span from = {"; from=<", 8}, to = {"> to=<", 6}, end = {"> proto=", 8};
	size_t at = find_last(rest, from);

	if (at == SPAN_NPOS)
		return;
	rest = span_from(rest, at + from.n);
	at = find_last(rest, end);
	rest = span_head(rest, at);
	at = find_last(rest, to);
	entry->address = span_head(rest, at);
	if (at != SPAN_NPOS)
		entry->for_whom = span_from(rest, at + to.n);
}

static void cleanup_read(struct postfix_entry *entry, struct span rest)
{
	struct span action;
	size_t colon;

	if (text_skip(&rest, SPAN("message-id="))) {
		entry->kind = POSTFIX_MESSAGE_ID;
		entry->message_id = rest;
		return;
	}
	if (text_skip(&rest, SPAN("warning: ")) || text_skip(&rest, SPAN("info: "))) {
		subject_read(entry, rest);
		return;
	}
	colon = span_find(rest, ':');
	if (colon == SPAN_NPOS)
		return;
	action = span_head(rest, colon);
	if (!span_eq(action, SPAN("reject")) && !span_eq(action, SPAN("milter-reject")) &&
	    !span_eq(action, SPAN("discard")) && !span_eq(action, SPAN("milter-discard")))
		return;
	entry->kind = POSTFIX_REJECTED;
	context_read(entry, rest);
}

/* "warning: name[ip]: SASL LOGIN authentication failed: reason, sasl_username=U" */
static void login_failed_read(struct postfix_entry *entry, struct span rest)
{
	size_t at;

	if (!peer_read(&rest, &entry->client) || !text_skip(&rest, SPAN(": SASL ")))
		return;
	at = span_find(rest, ' ');
	if (at == SPAN_NPOS || !text_starts(span_from(rest, at), SPAN(" authentication failed")))
		return;
	entry->kind = POSTFIX_LOGIN_FAILED;
	at = span_find_text(rest, SPAN(", sasl_username="));
	if (at != SPAN_NPOS)
		entry->login = span_from(rest, at + sizeof(", sasl_username=") - 1);
}

/*
 * "… helo=<h> sasl_method=PLAIN sasl_username=U", from 3.10 on: the login. Of a client without one
 * what it calls itself is the last, in brackets, whatever it is.
 */
static struct span refused_login(struct span rest)
{
	static const struct span method = {"> sasl_method=", 14}, name = {" sasl_username=", 15};
	size_t at;

	if (rest.n == 0 || rest.p[rest.n - 1] == '>')
		return SPAN_EMPTY;
	at = find_last(rest, method);
	if (at == SPAN_NPOS)
		return SPAN_EMPTY;
	rest = span_from(rest, at + method.n);
	rest = span_from(rest, span_find(rest, ' '));
	if (!text_skip(&rest, name))
		return SPAN_EMPTY;
	tail_take(&rest, SPAN(" sasl_sender="));
	return rest;
}

/* "STAGE from name[ip]: text; from=<s> …": who was refused. Of a proxy's answer the client is left
 * out by some versions. */
static void refused_read(struct postfix_entry *entry, struct span rest)
{
	size_t at = span_find(rest, ' ');

	entry->kind = POSTFIX_REFUSED;
	entry->is_whole = span_eq(span_head(rest, at), SPAN("DATA")) ||
			  span_eq(span_head(rest, at), SPAN("END-OF-MESSAGE"));
	context_read(entry, rest);
	entry->login = refused_login(rest);
	if (at == SPAN_NPOS || !text_starts(span_from(rest, at), SPAN(" from ")))
		return;
	rest = span_from(rest, at + sizeof(" from ") - 1);
	peer_read(&rest, &entry->client);
}

/* "END-OF-MESSAGE[ from name[ip]]: 250 2.0.0 Ok: queued as ID; from=<s> …": the answer is the
 * filter's, up to what smtpd adds. */
static void proxied_read(struct postfix_entry *entry, struct span rest)
{
	size_t at = span_find_text(rest, SPAN("; from=<")), digits;

	if (at == SPAN_NPOS)
		return;
	context_read(entry, rest);
	rest = span_head(rest, at);
	at = find_last(rest, SPAN("queued as "));
	if (at == SPAN_NPOS)
		return;
	rest = span_from(rest, at + sizeof("queued as ") - 1);
	digits = id_length(rest);
	if (digits == 0 || digits != rest.n)
		return;
	entry->other = rest;
	entry->kind = POSTFIX_PROXIED;
}

/* "ACTION: STAGE from …": what smtpd does with a client's wish. */
static void action_read(struct postfix_entry *entry, struct span rest)
{
	size_t colon = span_find(rest, ':');
	struct span action = span_head(rest, colon);

	if (colon == SPAN_NPOS || colon + 2 > rest.n)
		return;
	rest = span_from(rest, colon + 2);
	if (span_eq(action, SPAN("reject")) || span_eq(action, SPAN("milter-reject")) ||
	    span_eq(action, SPAN("proxy-reject")))
		refused_read(entry, rest);
	else if (span_eq(action, SPAN("proxy-accept")))
		proxied_read(entry, rest);
	else if (span_eq(action, SPAN("filter")))
		entry->kind = POSTFIX_FILTER;
}

static void smtpd_read(struct postfix_entry *entry, struct span rest)
{
	if (text_skip(&rest, SPAN("client=")))
		client_read(entry, rest);
	else
		action_read(entry, rest);
}

/* What smtpd says without an id. */
static void session_read(struct postfix_entry *entry, struct span text)
{
	if (text_starts(text, SPAN("connect from ")) ||
	    text_starts(text, SPAN("disconnect from "))) {
		entry->kind = POSTFIX_SESSION;
		return;
	}
	text_skip(&text, SPAN("NOQUEUE: "));
	if (!text_skip(&text, SPAN("client="))) {
		action_read(entry, text);
		return;
	}
	client_read(entry, text);
	if (entry->kind == POSTFIX_CLIENT)
		entry->kind = POSTFIX_HANDED;
}

static void bounce_read(struct postfix_entry *entry, struct span rest)
{
	size_t at = span_find_text(rest, SPAN(" notification: "));

	if (at == SPAN_NPOS || !text_starts(rest, SPAN("sender ")))
		return;
	entry->other = id_of(span_from(rest, at + sizeof(" notification: ") - 1));
	if (entry->other.n > 0)
		entry->kind = POSTFIX_NOTIFICATION;
}

static void id_read(struct postfix_entry *entry, struct span service, struct span rest)
{
	if (span_eq(service, SPAN("smtpd"))) {
		smtpd_read(entry, rest);
	} else if (span_eq(service, SPAN("cleanup"))) {
		cleanup_read(entry, rest);
	} else if (span_eq(service, SPAN("pickup"))) {
		if (text_skip(&rest, SPAN("uid=")))
			local_read(entry, rest);
	} else if (span_eq(service, SPAN("bounce"))) {
		bounce_read(entry, rest);
	} else if (text_skip(&rest, SPAN("to=<"))) {
		recipient_read(entry, rest, service);
	} else if (text_skip(&rest, SPAN("from=<"))) {
		queued_read(entry, rest);
	} else if (span_eq(rest, SPAN("removed"))) {
		entry->kind = POSTFIX_REMOVED;
	}
}

void postfix_entry_read(struct span service, struct span text, struct postfix_entry *entry_r)
{
	struct postfix_entry entry = {.kind = POSTFIX_OTHER};
	size_t n;

	if (text.n == 0)
		goto out;
	if (text.p[0] == 'w') {
		if (span_eq(service, SPAN("smtpd")) && text_skip(&text, SPAN("warning: ")))
			login_failed_read(&entry, text);
		goto out;
	}
	if ((text.p[0] == 'N' || text.p[0] == 'c' || text.p[0] == 'd' || text.p[0] == 'p') &&
	    (span_eq(service, SPAN("smtpd")) || span_eq(service, SPAN("postscreen")))) {
		session_read(&entry, text);
		goto out;
	}
	n = id_length(text);
	if (n == 0 || n + 1 >= text.n || text.p[n] != ':' || text.p[n + 1] != ' ')
		goto out;
	entry.id = span_head(text, n);
	id_read(&entry, service, span_from(text, n + 2));
out:
	*entry_r = entry;
}

/* The id behind "NAME: ", which other words of the line must not be. */
static struct span amavis_id(struct span text, struct span name)
{
	size_t at = span_find_text(text, name);

	return at != SPAN_NPOS ? id_of(span_from(text, at + name.n)) : SPAN_EMPTY;
}

bool amavis_read(struct span text, struct span *id_r, struct span *next_r)
{
	size_t at = span_find_text(text, SPAN(") Passed "));
	size_t end = find_last(text, SPAN(", Message-ID: <"));
	struct span before, behind;

	if (at == SPAN_NPOS || end == SPAN_NPOS)
		return false;
	/* Between the addresses, which others wrote, and the id of the message, which they wrote as
	 * well: the last of each. */
	before = span_head(text, end);
	at = find_last(before, SPAN(", Queue-ID: "));
	if (at == SPAN_NPOS)
		return false;
	*id_r = amavis_id(span_from(before, at), SPAN(", Queue-ID: "));
	at = find_last(text, SPAN(", queued_as: "));
	if (at == SPAN_NPOS || at < end)
		return false;
	behind = span_from(text, at);
	*next_r = amavis_id(behind, SPAN(", queued_as: "));
	return id_r->n > 0 && next_r->n > 0;
}

bool roundcube_read(struct span text, struct span *id_r, struct span *client_r)
{
	size_t at = span_find_text(text, SPAN("User "));
	size_t queued = find_last(text, SPAN("queued as "));
	size_t message;
	struct span user;

	if (at == SPAN_NPOS || queued == SPAN_NPOS)
		return false;
	message = span_find_text(text, SPAN("]; Message for "));
	if (message == SPAN_NPOS || message < at || queued < message)
		return false;
	user = span_head(text, message);
	at = find_last(user, SPAN(" ["));
	if (at == SPAN_NPOS)
		return false;
	*client_r = span_from(user, at + 2);
	*id_r = id_of(span_from(text, queued + sizeof("queued as ") - 1));
	return id_r->n > 0 && received_is_ip(*client_r);
}
