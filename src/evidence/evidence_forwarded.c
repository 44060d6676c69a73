#include "evidence/evidence_forwarded.h"

#include "evidence/trail_host.h"
#include "mail/domain.h"
#include "mail/received.h"

/* What a server writes on top when it delivers, or sends on. */
static const char *const delivery_fields[EVIDENCE_DELIVERY_FIELDS] = {"Delivered-To",
    "X-Original-To", "Envelope-To", "X-Forwarded-For", "X-Forwarded-To", "X-Zimbra-Forwarded",
    "X-Sieve-Redirected-From"};

void evidence_forwarded_add_names(struct evidence *evidence)
{
	for (unsigned i = 0; i < EVIDENCE_DELIVERY_FIELDS; i++)
		evidence->delivery_slot[i] =
		    fields_add_name(&evidence->fields, span_of(delivery_fields[i]), FIELD_WANTED);
	evidence->panel_slot =
	    fields_add_name(&evidence->fields, SPAN("X-Get-Message-Sender-Via"), FIELD_WANTED);
}

/* SRS: "SRS0=…", "SRS1=…". What lists call the address for bounces, newsletters do as well. */
static bool envelope_is_of_forwarder(const struct trail *trail)
{
	struct span envelope = trail_envelope_on(trail);

	return envelope.n > 4 && span_starts_nocase(envelope, SPAN("SRS")) &&
	       span_find(SPAN("=+-"), envelope.p[4]) != SPAN_NPOS;
}

/* The address behind "for", without its brackets; or empty. */
static struct span line_recipient(const struct trail_line *line)
{
	struct span rest = span_head(line->field->body, RECEIVED_BODY_MAX), word;
	size_t at;

	while ((at = span_find_text(rest, SPAN("for"))) != SPAN_NPOS) {
		bool begins = at > 0 && span_is_blank(rest.p[at - 1]);

		rest = span_from(rest, at + 3);
		if (!begins || rest.n == 0 || !span_is_blank(rest.p[0]))
			continue;
		word = span_word(span_skip_blanks(rest));
		word = span_head(word, span_find(word, ';'));
		if (word.n > 0 && word.p[0] == '<')
			word = span_head(span_from(word, 1), span_find(word, '>') - 1);
		if (span_find(word, '@') != SPAN_NPOS)
			return word;
	}
	return SPAN_EMPTY;
}

/* True when it came in for whom the filter has it for: a relay that rewrites all senders took it.
 */
static bool is_for_the_same(const struct trail *trail)
{
	struct span recipient = line_recipient(&trail->line[0]);

	for (unsigned i = 1; recipient.n > 0 && i < trail->count; i++)
		if (span_eq_nocase(line_recipient(&trail->line[i]), recipient))
			return true;
	return false;
}

/*
 * True when the first line can be the outgoing filter's, which is Exim's and has the message from
 * another host. In a complaint it is the recipient's, who has such fields of his own, and what
 * stands below them is what is looked for.
 */
static bool is_by_filter(struct trail *trail)
{
	struct span client = trail_received(trail, 0)->client;

	return client.n > 0 && !received_is_loopback(client) &&
	       trail_line_is_by_exim(&trail->line[0]);
}

/* True when the server that handed the message to the filter had it from a client that did not log
 * in there, and from no process of its own: either might write what tells of sending on. */
static bool came_without_login(const struct trail *trail)
{
	const struct trail_line *line = &trail->line[1];

	return trail->count > 1 && !trail_line_has_login(line) && !trail_line_is_local(line);
}

/*
 * "host: redirect/forwarder owner X -> Y", and the like of its mailing lists, which cPanel's Exim
 * appends: true when that host handed the message to the filter.
 */
static bool is_sent_on_by_panel(struct evidence *evidence)
{
	static const struct span how[] = {
	    {"redirect/forwarder owner", 24}, {"acl_c_authenticated_local_user: mailman", 39}};
	const struct field *field = evidence->fields.slot[evidence->panel_slot].last;
	struct trail *trail = &evidence->trail;
	struct span rest, host;

	if (field == NULL)
		return false;
	rest = span_skip_blanks(field->body);
	host = span_head(rest, span_find(rest, ':'));
	rest = span_skip_blanks(span_from(rest, host.n + 1));
	return (span_starts_nocase(rest, how[0]) || span_starts_nocase(rest, how[1])) &&
	       trail_line_is_by_exim(&trail->line[1]) &&
	       span_eq_nocase(host, trail_received(trail, 1)->by);
}

/* An alias leaves no trace but this: that server had the message for somebody else, from another
 * host than itself. */
static bool is_for_another(const struct trail *trail)
{
	const struct span itself = SPAN("from localhost ");
	struct span body = span_skip_blanks(trail->line[1].field->body), before, recipient;

	if (span_eq(span_head(body, itself.n), itself))
		return false;
	before = line_recipient(&trail->line[1]);
	recipient = before.n > 0 ? line_recipient(&trail->line[0]) : SPAN_EMPTY;
	return recipient.n > 0 && !span_eq_nocase(before, recipient);
}

/*
 * The number of the field below which stands what the message had on it when it was delivered or
 * sent on; 0: nothing tells that it was. Below a login only who logged in there may have written
 * such a field.
 */
static unsigned delivery_find(struct evidence *evidence)
{
	struct trail *trail = &evidence->trail;
	unsigned number = 0;

	if (trail->count < 2)
		return 0;
	for (unsigned i = 0; i < EVIDENCE_DELIVERY_FIELDS; i++) {
		const struct field *field = evidence->fields.slot[evidence->delivery_slot[i]].first;

		while (field != NULL && field->number < trail->line[0].field->number)
			field = field->below;
		if (field != NULL && (number == 0 || field->number < number))
			number = field->number;
	}
	if (envelope_is_of_forwarder(trail) && !is_for_the_same(trail))
		number = trail->line[0].field->number;
	else if (came_without_login(trail) &&
		 (is_sent_on_by_panel(evidence) || (number == 0 && is_for_another(trail))))
		number = trail->line[0].field->number;
	for (unsigned i = 1; i < trail->count && trail->line[i].field->number < number; i++)
		if (trail_line_has_login(&trail->line[i]))
			return 0;
	return number > 0 && is_by_filter(trail) ? number : 0;
}

static unsigned delivery_number(struct evidence *evidence)
{
	if (evidence->delivery == EVIDENCE_DELIVERY_UNKNOWN)
		evidence->delivery = delivery_find(evidence);
	return evidence->delivery;
}

/* A host of neither who handed the message over nor of the servers that it met above that field. */
static bool host_is_foreign(struct trail *trail, struct span host, unsigned number)
{
	if (!domain_is_host(host))
		return false;
	for (unsigned i = 0; i < trail->count; i++) {
		if (domain_same(&trail->domains, host, trail_client_name(trail, i)) ||
		    (i > 0 && domain_same(&trail->domains, host, trail_received(trail, i)->by)))
			return false;
		if (i + 1 < trail->count && trail->line[i + 1].field->number > number)
			return true;
	}
	return true;
}

bool evidence_host_is_foreign(const struct evidence_input *in, struct span host)
{
	struct evidence *evidence = in->evidence;

	if (evidence == NULL || in->host_is_known || host.n == 0 ||
	    delivery_number(evidence) == 0 ||
	    !host_is_foreign(&evidence->trail, host, evidence->delivery))
		return false;
	evidence->is_forwarded = true;
	return true;
}

/* The line below which the message stands as it was sent on, or the number of lines: none, or a
 * process here handed it in further up, which may have written that field. */
static unsigned delivery_line(struct evidence *evidence)
{
	const struct trail *trail = &evidence->trail;
	unsigned line = 1;

	if (delivery_number(evidence) == 0)
		return trail->count;
	for (; line < trail->count && trail->line[line].field->number < evidence->delivery; line++)
		if (trail_line_is_local(&trail->line[line]))
			return trail->count;
	return line;
}

/* The number of the field that the value in the input is from; 0: of none. */
static unsigned input_number(const struct evidence_input *in)
{
	static const enum column columns[] = {
	    COLUMN_AUTH_USER, COLUMN_AUTH_SENDER, COLUMN_QMAIL_UID};

	if (in->field != NULL)
		return in->field->number;
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		if (in->record->value[columns[i]].p == in->value.p)
			return in->record->origin[columns[i]];
	return 0;
}

/*
 * True when the message came in from another host, where nobody logged in, before it was sent on,
 * and the field with it: a login or uid that no host is named with is of who sent it there.
 */
static bool came_from_elsewhere(const struct evidence_input *in)
{
	struct trail *trail = &in->evidence->trail;
	unsigned line = delivery_line(in->evidence);
	const struct received *received;

	if (line == trail->count || input_number(in) < in->evidence->delivery ||
	    trail_line_has_login(&trail->line[line]) || trail_line_is_local(&trail->line[line]))
		return false;
	received = trail_received(trail, line);
	if (received->client.n == 0 || received_is_private(received->client))
		return false;
	return !host_is_foreign(trail, received->by, in->evidence->delivery) &&
	       host_is_foreign(trail, trail_client_name(trail, line), in->evidence->delivery);
}

bool evidence_is_foreign(const struct evidence_input *in)
{
	struct evidence *evidence = in->evidence;
	struct trail *trail;
	unsigned number;

	/* The first line is the filter's. */
	if (evidence == NULL || in->host_line == 1)
		return false;
	if (in->host_line == 0 && in->host.n == 0 && !in->host_is_known &&
	    came_from_elsewhere(in)) {
		evidence->is_forwarded = true;
		return true;
	}
	if (in->host_line == 0)
		return evidence_host_is_foreign(in, in->host);
	trail = &evidence->trail;
	number = trail->line[in->host_line - 1].field->number;
	if (delivery_number(evidence) == 0 || number < evidence->delivery ||
	    !evidence_host_is_foreign(in, trail_received(trail, in->host_line - 1)->by))
		return false;
	evidence->foreign = number;
	return true;
}

bool evidence_is_owners(const struct evidence_input *in)
{
	struct evidence *evidence = in->evidence;

	return evidence->is_forwarded && came_without_login(&evidence->trail) &&
	       is_sent_on_by_panel(evidence);
}

bool evidence_is_of_client(const struct evidence_input *in)
{
	const struct trail *trail = &in->evidence->trail;
	unsigned line = 0;

	while (line + 1 < trail->count && trail->line[line + 1].field->number < in->field->number)
		line++;
	return line > 0 && trail_line_has_login(&trail->line[line]);
}

bool evidence_is_delivery(const struct evidence_input *in)
{
	struct evidence *evidence = in->evidence;

	/* Without a line that tells, the field above which the message stands as it was. */
	return evidence->is_forwarded && delivery_line(evidence) < evidence->trail.count &&
	       in->field->number > evidence->trail.line[0].field->number &&
	       (evidence->foreign != 0 ? in->field->number < evidence->foreign
				       : in->field->number == evidence->delivery);
}
