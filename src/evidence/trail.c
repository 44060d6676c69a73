#include "evidence/trail.h"

#include <string.h>

#include "record/system_account.h"

/* Of a local process that handed the message in. */
static const enum received_fact local_users[] = {
    RECEIVED_EXIM_LOCAL, RECEIVED_SENDMAIL, RECEIVED_DMA_USER};

#define LOCAL_USER_COUNT (sizeof(local_users) / sizeof(local_users[0]))

static struct span first_fact(
    const struct evidence_received *received, const enum received_fact *facts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if ((received->found & 1u << facts[i]) != 0)
			return received->fact[facts[i]];
	return SPAN_EMPTY;
}

static void trail_add_line(struct trail_line *line, const struct evidence_received *received)
{
	static const enum received_fact logins[] = {RECEIVED_SENDER, RECEIVED_QMAIL_LOGIN,
	    RECEIVED_LOGIN, RECEIVED_OPENSMTPD, RECEIVED_HTTP_USER};
	static const enum received_fact uids[] = {
	    RECEIVED_QMAIL_UID, RECEIVED_USERID, RECEIVED_DMA_UID, RECEIVED_COURIER_UID};

	line->login = first_fact(received, logins, sizeof(logins) / sizeof(logins[0]));
	line->uid = first_fact(received, uids, sizeof(uids) / sizeof(uids[0]));
	line->user = first_fact(received, local_users, LOCAL_USER_COUNT);
}

static void trail_add(struct trail *trail, const struct evidence_received *received, unsigned line)
{
	struct trail_line *at = &trail->line[line];

	trail_add_line(at, received);
	trail->has_local = trail->has_local || at->uid.n > 0 || at->user.n > 0;
	if ((received->found & 1u << RECEIVED_SENDER) != 0 && trail->also_sender.n == 0 &&
	    trail->fact[RECEIVED_SENDER].value.n != 0 &&
	    !span_eq_nocase(received->fact[RECEIVED_SENDER], trail->fact[RECEIVED_SENDER].value))
		trail->also_sender = received->fact[RECEIVED_SENDER];
	for (unsigned rest = received->found; rest != 0; rest &= rest - 1) {
		unsigned i = (unsigned)__builtin_ctz(rest);

		if (trail->fact[i].value.n == 0)
			trail->fact[i] = (struct trail_fact){received->fact[i], line};
	}
}

#define LOCAL_USERS (1u << RECEIVED_EXIM_LOCAL | 1u << RECEIVED_SENDMAIL | 1u << RECEIVED_DMA_USER)

/*
 * True when the line names a local user and stands right below one of a customer's process on the
 * same host: a process hands a message in once, and what it writes below its line is made up.
 */
static bool trail_is_second_local(
    struct trail *trail, unsigned line, const struct evidence_received *received)
{
	const struct trail_line *above = &trail->line[line - 1];
	struct span by;

	if ((received->found & LOCAL_USERS) == 0 || above->uid.n == 0 || above->user.n > 0 ||
	    system_account_is_uid(above->uid))
		return false;
	by = trail_received(trail, line - 1)->by;
	return by.n == 0 || span_eq_nocase(by, trail_received(trail, line)->by);
}

void trail_scan(struct trail *trail, struct field *top, unsigned script)
{
	struct evidence_received received;

	trail->count = 0;
	trail->truncated = trail->has_local = trail->is_forged = false;
	trail->also_sender = SPAN_EMPTY;
	memset(trail->fact, 0, sizeof(trail->fact));
	for (; top != NULL && trail->count < TRAIL_MAX_LINES; top = top->below) {
		struct trail_line *line = &trail->line[trail->count];

		if (script != 0 && trail->has_local && top->number > script) {
			trail->is_forged = true;
			return;
		}
		line->field = top;
		line->is_parsed = false;
		line->login = line->uid = line->user = SPAN_EMPTY;
		trail->truncated |= top->body.n > RECEIVED_BODY_MAX;
		evidence_received_scan(top->body, &received);
		line->is_login = received.is_login;
		if (trail->has_local && trail_is_second_local(trail, trail->count, &received)) {
			received.found &= ~LOCAL_USERS;
			trail->is_forged = true;
		}
		if (received.found != 0)
			trail_add(trail, &received, trail->count);
		trail->count++;
	}
	trail->truncated |= top != NULL;
}

struct span trail_local_user(const struct trail *trail)
{
	for (size_t i = 0; i < LOCAL_USER_COUNT; i++)
		if (trail->fact[local_users[i]].value.n > 0)
			return trail->fact[local_users[i]].value;
	return SPAN_EMPTY;
}

struct span trail_qmail_mode(const struct trail *trail)
{
	const struct trail_fact *mode = &trail->fact[RECEIVED_QMAIL_MODE];
	const struct trail_fact *uid = &trail->fact[RECEIVED_QMAIL_UID];

	return uid->value.n == 0 || mode->line <= uid->line ? mode->value : SPAN_EMPTY;
}

void trail_parse(struct trail_line *line)
{
	/* Folds are blanks to it, and no part it finds has a blank inside: there is no need to
	 * unfold. */
	received_parse(span_head(line->field->body, RECEIVED_BODY_MAX), &line->received);
	line->is_parsed = true;
}

struct span trail_envelope_on(const struct trail *trail)
{
	static const struct span marks[] = {{"(envelope-from <", 16}, {"(envelope-sender <", 18}};
	struct span body;
	size_t first;

	if (trail->count == 0)
		return SPAN_EMPTY;
	body = span_head(trail->line[0].field->body, RECEIVED_BODY_MAX);
	first = span_find(body, '<');
	for (size_t i = 0; first != SPAN_NPOS && i < sizeof(marks) / sizeof(marks[0]); i++) {
		/* Nearly always it is the first bracket. */
		size_t at = first + 1 < marks[i].n ? SPAN_NPOS : first + 1 - marks[i].n;

		if (at == SPAN_NPOS ||
		    !span_eq(span_head(span_from(body, at), marks[i].n), marks[i]))
			at = span_find_text(body, marks[i]);
		if (at == SPAN_NPOS)
			continue;
		return span_from(body, at + marks[i].n);
	}
	return SPAN_EMPTY;
}

struct span trail_envelope(const struct trail *trail)
{
	struct span envelope = trail_envelope_on(trail);

	return span_trim(span_head(envelope, span_find(envelope, '>')));
}

bool trail_is_reinjected(struct trail *trail, unsigned line)
{
	const struct received *above, *below;

	if (line + 1 >= trail->count || trail_line_is_local(&trail->line[line + 1]))
		return false;
	above = trail_received(trail, line);
	below = trail_received(trail, line + 1);
	/* Lines of qmail name no host; below one of a uid stands "invoked from network". */
	if (above->by.n == 0)
		return trail->fact[RECEIVED_QMAIL_MODE].value.n > 0 &&
		       trail->fact[RECEIVED_QMAIL_MODE].line == line + 1;
	return span_eq_nocase(above->by, below->by);
}

/* Nobody's: see trail_origin(). */
static bool line_is_weak(struct trail *trail, unsigned line)
{
	const struct trail_line *at = &trail->line[line];

	return (at->uid.n > 0 && system_account_is_uid(at->uid)) ||
	       (at->user.n > 0 && system_account_is_login(at->user)) ||
	       trail_is_reinjected(trail, line);
}

unsigned trail_origin(struct trail *trail)
{
	unsigned top = 0;

	if (!trail->has_local)
		return trail->count;
	while (!trail_line_is_local(&trail->line[top]))
		top++;
	if (!line_is_weak(trail, top))
		return trail->count;
	for (unsigned i = top + 1; i < trail->count; i++) {
		struct span by;

		if (!trail_line_is_local(&trail->line[i]) || line_is_weak(trail, i))
			continue;
		by = trail_received(trail, i)->by;
		if (by.n == 0 || !span_eq_nocase(by, trail_received(trail, top)->by))
			return i;
	}
	return trail->count;
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
		const struct trail_line *line = &trail->line[i];
		bool is_named = login_is(line->login, identity);
		const struct received *received;

		if (!is_named && (found < trail->count || line->login.n > 0 || !line->is_login ||
				     (i == 0 && !by_filter)))
			continue;
		received = trail_received(trail, i);
		if (received->client.n == 0 || received_is_loopback(received->client))
			continue;
		if (is_named)
			return i;
		found = i;
	}
	return found;
}
