#include "evidence/trail.h"

/* The facts that name who logged in. */
static const enum received_fact trail_logins[] = {RECEIVED_SENDER, RECEIVED_QMAIL_LOGIN,
    RECEIVED_QPSMTPD, RECEIVED_COURIER, RECEIVED_OPENSMTPD, RECEIVED_COMMUNIGATE, RECEIVED_SQUIRREL,
    RECEIVED_OPENWAVE};

static struct span trail_login_of(const struct evidence_received *received)
{
	for (size_t i = 0; i < sizeof(trail_logins) / sizeof(trail_logins[0]); i++)
		if ((received->found & 1u << trail_logins[i]) != 0)
			return received->fact[trail_logins[i]];
	return SPAN_EMPTY;
}

static void trail_add(struct trail *trail, const struct evidence_received *received, unsigned line)
{
	trail->line[line].login = trail_login_of(received);
	if ((received->found & 1u << RECEIVED_SENDER) != 0 && trail->also_sender.n == 0 &&
	    trail->fact[RECEIVED_SENDER].value.n != 0 &&
	    !span_eq_nocase(received->fact[RECEIVED_SENDER], trail->fact[RECEIVED_SENDER].value))
		trail->also_sender = received->fact[RECEIVED_SENDER];
	for (unsigned i = 0; i < RECEIVED_FACT_COUNT; i++)
		if ((received->found & 1u << i) != 0 && trail->fact[i].value.n == 0)
			trail->fact[i] = (struct trail_fact){received->fact[i], line};
}

void trail_scan(struct trail *trail, struct field *top)
{
	struct evidence_received received;

	trail->count = 0;
	trail->truncated = false;
	trail->also_sender = SPAN_EMPTY;
	for (unsigned i = 0; i < RECEIVED_FACT_COUNT; i++)
		trail->fact[i].value = SPAN_EMPTY;
	for (; top != NULL && trail->count < TRAIL_MAX_LINES; top = top->below) {
		trail->line[trail->count].field = top;
		trail->line[trail->count].is_parsed = false;
		trail->line[trail->count].login = SPAN_EMPTY;
		trail->truncated |= top->body.n > RECEIVED_BODY_MAX;
		evidence_received_scan(top->body, &received);
		if (received.found != 0)
			trail_add(trail, &received, trail->count);
		trail->count++;
	}
	trail->truncated |= top != NULL;
}

struct span trail_qmail_mode(const struct trail *trail)
{
	const struct trail_fact *mode = &trail->fact[RECEIVED_QMAIL_MODE];
	const struct trail_fact *uid = &trail->fact[RECEIVED_QMAIL_UID];

	return uid->value.n == 0 || mode->line <= uid->line ? mode->value : SPAN_EMPTY;
}

const struct received *trail_received(struct trail *trail, unsigned line)
{
	struct trail_line *at = &trail->line[line];

	/* Folds are blanks to it, and no part it finds has a blank inside: there is no need to
	 * unfold. */
	if (!at->is_parsed)
		received_parse(span_head(at->field->body, RECEIVED_BODY_MAX), &at->received);
	at->is_parsed = true;
	return &at->received;
}

/* A name that says something ("unknown", "localhost" and "[192.0.2.1]" do not), else the address.
 */
static struct span trail_client(const struct received *received)
{
	if (span_find(received->from, '.') != SPAN_NPOS && span_is_alnum(received->from.p[0]) &&
	    !received_is_ip(received->from))
		return received->from;
	return received->client;
}

struct span trail_host(struct trail *trail, unsigned line)
{
	struct span host = trail_received(trail, line)->by;

	while (host.n == 0 && line > 0)
		host = trail_client(trail_received(trail, --line));
	return host;
}

struct span trail_handed_by(struct trail *trail)
{
	return trail->count != 0 ? trail_client(trail_received(trail, 0)) : SPAN_EMPTY;
}

/* "esmtpa", "esmtpsa", "utf8smtpsa" (RFC 3848, RFC 6531), and "asmtp" of Exim 3 and IceWarp. */
static bool protocol_is_login(struct span protocol)
{
	return span_ends_nocase(protocol, SPAN("smtpa")) ||
	       span_ends_nocase(protocol, SPAN("smtpsa")) ||
	       span_eq_nocase(protocol, SPAN("asmtp"));
}

static bool client_is_outside(struct span client)
{
	return client.n != 0 && !span_starts_nocase(client, SPAN("127.")) &&
	       !span_eq(client, SPAN("::1"));
}

/* Whether the identity is that login, maybe with a host behind it. */
static bool login_is(struct span login, struct span identity)
{
	return login.n != 0 && span_starts_nocase(identity, login) &&
	       (identity.n == login.n || identity.p[login.n] == '@');
}

unsigned trail_login_line(struct trail *trail, struct span identity, bool by_filter)
{
	unsigned found = trail->count;

	for (unsigned i = 0; i < trail->count; i++) {
		const struct received *received = trail_received(trail, i);
		struct span login = trail->line[i].login;

		if (!client_is_outside(received->client))
			continue;
		if (login_is(login, identity))
			return i;
		if (found == trail->count && login.n == 0 && (i > 0 || by_filter) &&
		    protocol_is_login(received->protocol))
			found = i;
	}
	return found;
}
