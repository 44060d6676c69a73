#include "evidence/trail.h"

static void trail_add(struct trail *trail, const struct evidence_received *received, unsigned line)
{
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
