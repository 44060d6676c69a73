#include "evidence/evidence_doubt.h"

#include "evidence/bounce.h"
#include "evidence/trail_host.h"
#include "mail/domain.h"
#include "record/system_account.h"

/* PHP's own fields; and those that a server writes on top when it delivers, or sends on. */
static const char *const php_fields[EVIDENCE_PHP_FIELDS] = {
    "X-PHP-Originating-Script", "X-PHP-Script"};
static const char *const delivery_fields[EVIDENCE_DELIVERY_FIELDS] = {"Delivered-To",
    "X-Original-To", "Envelope-To", "X-Forwarded-For", "X-Forwarded-To", "X-Zimbra-Forwarded",
    "X-Sieve-Redirected-From"};

void evidence_doubt_add_names(struct evidence *evidence)
{
	struct fields *fields = &evidence->fields;

	for (unsigned i = 0; i < EVIDENCE_PHP_FIELDS; i++)
		evidence->php_slot[i] = fields_add_name(fields, span_of(php_fields[i]), 0);
	for (unsigned i = 0; i < EVIDENCE_DELIVERY_FIELDS; i++)
		evidence->delivery_slot[i] =
		    fields_add_name(fields, span_of(delivery_fields[i]), FIELD_WANTED);
	evidence->from_slot = fields_add_name(fields, SPAN("From"), 0);
}

/* --- What a script wrote --- */

unsigned evidence_script_number(const struct evidence *evidence)
{
	unsigned number = 0;

	for (unsigned i = 0; i < EVIDENCE_PHP_FIELDS; i++) {
		const struct field *first = evidence->fields.slot[evidence->php_slot[i]].first;

		if (first != NULL && (number == 0 || first->number < number))
			number = first->number;
	}
	return number;
}

/* The owner of the script, by X-PHP-Originating-Script: N:file. */
static bool script_is_customers(const struct evidence *evidence)
{
	const struct field *field = evidence->fields.slot[evidence->php_slot[0]].first;
	struct span owner = field != NULL ? span_skip_blanks(field->body) : SPAN_EMPTY;
	uint64_t uid;

	owner = span_head(owner, span_number(owner, &uid));
	return owner.n > 0 && !system_account_is_uid(owner);
}

static bool line_is_customers(const struct trail_line *line)
{
	return (line->uid.n > 0 && !system_account_is_uid(line->uid)) ||
	       (line->user.n > 0 && !system_account_is_login(line->user));
}

bool evidence_is_of_script(const struct evidence *evidence, const struct field *field)
{
	const struct trail *trail = &evidence->trail;
	const struct field *from = evidence->fields.slot[evidence->from_slot].last;
	const unsigned script = evidence->script;
	bool is_local = false, is_customers = false;

	if (script == 0 || field->number < script || !trail->has_local ||
	    (field->number > script && (from == NULL || field->number > from->number)))
		return false;
	for (unsigned i = 0; i < trail->count && trail->line[i].field->number < script; i++) {
		is_local = is_local || trail_line_is_local(&trail->line[i]);
		is_customers = is_customers || line_is_customers(&trail->line[i]);
	}
	return is_local && (is_customers || script_is_customers(evidence));
}

/* --- Whose mail somebody has sent on --- */

/* SRS (SRS0=…, SRS1=…), and what lists call the address that bounces go to. */
static bool envelope_is_of_forwarder(struct span envelope)
{
	static const struct span ends[] = {{"-bounces", 8}, {"-owner", 6}};
	struct span name = span_head(envelope, span_find(envelope, '@'));

	if (name.n > 4 && span_starts_nocase(name, SPAN("SRS")))
		return span_find(SPAN("=+-"), name.p[4]) != SPAN_NPOS;
	if (span_find(name, '-') == SPAN_NPOS)
		return false;
	if (span_starts_nocase(name, SPAN("owner-")) ||
	    span_find_text(name, SPAN("-return-")) != SPAN_NPOS)
		return true;
	name = span_head(name, span_find(name, '+'));
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (span_ends_nocase(name, ends[i]))
			return true;
	return false;
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
	struct span body = span_head(trail->line[0].field->body, RECEIVED_BODY_MAX);

	return client.n > 0 && !received_is_loopback(client) &&
	       span_find_text(body, SPAN("(Exim ")) != SPAN_NPOS;
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

	if (trail->count < 2 || !is_by_filter(trail))
		return 0;
	if (envelope_is_of_forwarder(trail_envelope(trail)) && !is_for_the_same(trail))
		return trail->line[0].field->number;
	for (unsigned i = 0; i < EVIDENCE_DELIVERY_FIELDS; i++) {
		const struct field *field = evidence->fields.slot[evidence->delivery_slot[i]].first;

		while (field != NULL && field->number < trail->line[0].field->number)
			field = field->below;
		if (field != NULL && (number == 0 || field->number < number))
			number = field->number;
	}
	return number;
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

bool evidence_is_foreign(const struct evidence_input *in)
{
	struct evidence *evidence = in->evidence;
	struct trail *trail;
	unsigned number;

	/* The first line is the filter's. */
	if (evidence == NULL || in->host_line == 1)
		return false;
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

bool evidence_is_of_client(const struct evidence_input *in)
{
	const struct trail *trail = &in->evidence->trail;
	unsigned line = 0;

	while (line + 1 < trail->count && trail->line[line + 1].field->number < in->field->number)
		line++;
	return line > 0 && (trail->line[line].is_login || trail->line[line].login.n > 0);
}

bool evidence_is_delivery(const struct evidence_input *in)
{
	return in->evidence->foreign > in->field->number &&
	       in->field->number > in->evidence->trail.line[0].field->number;
}

/* --- Logins that say otherwise --- */

/* "user-AT-domain", as some servers write an address into Received, is "user@domain". */
static bool is_spelled_out(struct span a, struct span b)
{
	const struct span mark = SPAN("-AT-");
	size_t at = span_find_text(a, mark);

	return at != SPAN_NPOS && at < b.n && b.p[at] == '@' &&
	       span_eq_nocase(span_head(a, at), span_head(b, at)) &&
	       span_eq_nocase(span_from(a, at + mark.n), span_from(b, at + 1));
}

/* Of "X@host" and "X" as well. */
static bool login_is_same(struct span a, struct span b)
{
	size_t a_at = span_rfind(a, '@'), b_at = span_rfind(b, '@');

	if (is_spelled_out(a, b) || is_spelled_out(b, a))
		return true;
	if ((a_at == SPAN_NPOS) != (b_at == SPAN_NPOS)) {
		a = span_head(a, a_at);
		b = span_head(b, b_at);
	}
	return span_eq_nocase(a, b);
}

/* The user of the local process that handed the message in, or empty. */
static struct span local_user(const struct evidence *evidence)
{
	static const enum received_fact users[] = {
	    RECEIVED_EXIM_LOCAL, RECEIVED_SENDMAIL, RECEIVED_DMA_USER};

	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++)
		if (evidence->trail.fact[users[i]].value.n > 0)
			return evidence->trail.fact[users[i]].value;
	return SPAN_EMPTY;
}

bool evidence_is_local_user(const struct evidence *evidence, struct span login)
{
	struct span user = local_user(evidence);

	return user.n > 0 && login_is_same(user, login);
}

/* Another value of the field that the column is from, where only one can be true. */
static struct span other_occurrence(struct evidence *evidence, enum column column)
{
	const struct evidence_rule *rule = evidence->record->rule[column];
	struct field *field;
	struct finding finding;

	if (rule->source != SOURCE_FIELD || rule->pick != PICK_LAST)
		return SPAN_EMPTY;
	field = evidence->fields.slot[evidence->rule_slot[rule - evidence_rules]].first;
	if (field->below == NULL ||
	    evidence->rule_slot[rule - evidence_rules] == evidence->authuser_slot)
		return SPAN_EMPTY;
	for (unsigned n = 0; field != NULL && n < EVIDENCE_MAX_OCCURRENCES; n++) {
		finding = (struct finding){0};
		if (field->number != evidence->record->origin[column] &&
		    evidence_try_field(evidence, rule, field, &finding) &&
		    !login_is_same(finding.found.value, evidence->record->value[column]))
			return finding.found.value;
		field = field->below;
	}
	return SPAN_EMPTY;
}

/* A line of Received, a server's own word, against the login that is believed. */
static struct span contradiction(const struct evidence *evidence)
{
	const struct record *record = evidence->record;
	const struct evidence_rule *identity = record->rule[COLUMN_IDENTITY];
	struct span user = record->value[COLUMN_AUTH_USER];
	struct span sender = record->value[COLUMN_AUTH_SENDER];

	if (identity == NULL || identity->source != SOURCE_COLUMN ||
	    identity->from != COLUMN_AUTH_USER)
		return SPAN_EMPTY;
	if (sender.n > 0 && record->rule[COLUMN_AUTH_SENDER]->source == SOURCE_RECEIVED)
		return login_is_same(user, sender) ? SPAN_EMPTY : sender;
	sender = local_user(evidence);
	return sender.n > 0 && record->rule[COLUMN_AUTH_USER]->source == SOURCE_FIELD &&
		       !login_is_same(user, sender) && !system_account_is_login(sender)
		   ? sender
		   : SPAN_EMPTY;
}

struct span evidence_other_login(struct evidence *evidence)
{
	const struct record *record = evidence->record;
	struct span other = evidence->trail.also_sender;

	if (other.n == 0 && record->value[COLUMN_AUTH_USER].n > 0) {
		other = contradiction(evidence);
		if (other.n == 0)
			other = other_occurrence(evidence, COLUMN_AUTH_USER);
	}
	if (other.n == 0 && record->value[COLUMN_AUTH_SENDER].n > 0)
		other = other_occurrence(evidence, COLUMN_AUTH_SENDER);
	return other;
}
