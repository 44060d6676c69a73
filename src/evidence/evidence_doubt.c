#include "evidence/evidence_doubt.h"

#include "mail/received.h"
#include "record/system_account.h"

/* PHP's own. */
static const char *const php_fields[EVIDENCE_PHP_FIELDS] = {
    "X-PHP-Originating-Script", "X-PHP-Script"};

void evidence_doubt_add_names(struct evidence *evidence)
{
	struct fields *fields = &evidence->fields;

	for (unsigned i = 0; i < EVIDENCE_PHP_FIELDS; i++)
		evidence->php_slot[i] = fields_add_name(fields, span_of(php_fields[i]), 0);
	evidence->from_slot = fields_add_name(fields, SPAN("From"), 0);
	evidence->relay_slot = fields_add_name(fields, SPAN("X-Sender-Id"), 0);
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

bool evidence_is_of_script(
    const struct evidence *evidence, const struct field *field, bool is_customers)
{
	const struct trail *trail = &evidence->trail;
	const struct field *from = evidence->fields.slot[evidence->from_slot].last;
	const unsigned script = evidence->script;
	bool is_local = false, has_customer = false;

	if (script == 0 || field->number < script || !trail->has_local ||
	    (field->number > script && (from == NULL || field->number > from->number)))
		return false;
	for (unsigned i = 0; i < trail->count && trail->line[i].field->number < script; i++) {
		is_local = is_local || trail_line_is_local(&trail->line[i]);
		has_customer = has_customer || line_is_customers(&trail->line[i]);
	}
	return is_local && (!is_customers || has_customer || script_is_customers(evidence));
}

/* --- Logins that say otherwise --- */

/* "user-AT-domain", as some servers write an address into Received, is "user@domain". */
static bool is_spelled_out(struct span login, struct span address, size_t at)
{
	const struct span mark = SPAN("-AT-");

	return span_starts_nocase(span_from(login, at), mark) &&
	       span_eq_nocase(span_head(login, at), span_head(address, at)) &&
	       span_eq_nocase(span_from(login, at + mark.n), span_from(address, at + 1));
}

/* Of "X@host" and "X" as well. */
static bool login_is_same(struct span a, struct span b)
{
	size_t a_at, b_at;

	/* Most differ in the first letter. */
	if (a.n > 0 && b.n > 0 && ((a.p[0] ^ b.p[0]) & ~0x20) != 0)
		return false;
	a_at = span_rfind(a, '@');
	b_at = span_rfind(b, '@');
	if ((a_at == SPAN_NPOS) == (b_at == SPAN_NPOS))
		return span_eq_nocase(a, b);
	return span_eq_nocase(span_head(a, a_at), span_head(b, b_at)) ||
	       (a_at == SPAN_NPOS ? is_spelled_out(a, b, b_at) : is_spelled_out(b, a, a_at));
}

bool evidence_is_local_user(const struct evidence *evidence, struct span login)
{
	struct span user = trail_local_user(&evidence->trail);

	return user.n > 0 && login_is_same(user, login);
}

/*
 * MailChannels writes above the lines of its relay which account the client has there, and what
 * that says of its own sender: "account|keyword|value", "_forwarded-from|value". Who has logged in
 * writes below the line of his login.
 */
bool evidence_relay_tells(struct evidence *evidence)
{
	const struct record *record = evidence->record;
	const struct field *field = evidence->fields.slot[evidence->relay_slot].first;
	struct trail *trail = &evidence->trail;
	unsigned line = 0, login = trail->fact[RECEIVED_SENDER].line;
	struct span value, account, by;

	if (trail->fact[RECEIVED_SENDER].value.n == 0 ||
	    field->number > trail->line[login].field->number)
		return false;
	value = span_skip_blanks(field->body);
	account = span_head(value, span_find(value, '|'));
	if (account.n == value.n ||
	    (!span_eq(account, SPAN("_forwarded-from")) &&
		!span_eq_nocase(account, record->value[COLUMN_AUTH_SENDER])))
		return false;
	while (trail->line[line].field->number < field->number)
		line++;
	by = trail_received(trail, line)->by;
	if (by.n == 0 || !span_eq_nocase(by, trail_received(trail, login)->by))
		return false;
	if (received_is_ip(span_trim(span_from(value, account.n + 1))))
		evidence->is_forwarded = true; /* from there */
	return true;
}

/* The login that a field of the client's has, where the line above it shows a relay's. */
static struct span field_sender(struct evidence *evidence)
{
	struct finding finding;

	for (unsigned i = 0; i < evidence_rule_count; i++)
		if (evidence_rules[i].column == COLUMN_AUTH_SENDER &&
		    evidence_rules[i].source == SOURCE_FIELD &&
		    evidence_find(evidence, &evidence_rules[i], &finding))
			return finding.found.value;
	return SPAN_EMPTY;
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

static bool identity_is_of(const struct record *record, enum column column)
{
	const struct evidence_rule *identity = record->rule[COLUMN_IDENTITY];

	return identity != NULL && identity->source == SOURCE_COLUMN && identity->from == column;
}

/* A line of Received, a server's own word, against the login that is believed. */
static struct span contradiction(struct evidence *evidence)
{
	const struct record *record = evidence->record;
	struct span user = record->value[COLUMN_AUTH_USER];
	struct span sender = record->value[COLUMN_AUTH_SENDER];

	if (!identity_is_of(record, COLUMN_AUTH_USER))
		return SPAN_EMPTY;
	if (sender.n > 0 && record->rule[COLUMN_AUTH_SENDER]->source == SOURCE_RECEIVED) {
		if (record->sender_is_relay)
			sender = field_sender(evidence);
		if (sender.n > 0 && !login_is_same(user, sender))
			return sender;
		if (!record->sender_is_relay)
			return SPAN_EMPTY;
	}
	sender = trail_local_user(&evidence->trail);
	return sender.n > 0 && record->rule[COLUMN_AUTH_USER]->source == SOURCE_FIELD &&
		       !login_is_same(user, sender) && !system_account_is_login(sender)
		   ? sender
		   : SPAN_EMPTY;
}

/* Uids below are of servers and content filters, which hand in what others have logged in with. */
#define FIRST_UID_OF_PEOPLE 1000

/* The user or "uid N" of the line, when the process can be a customer's and the login is none of
 * its names; or empty. */
static struct span line_process(
    const struct evidence *evidence, const struct trail_line *line, struct span login)
{
	uint64_t uid;

	if (!line_is_customers(line))
		return SPAN_EMPTY;
	if (line->user.n > 0)
		return login_is_same(line->user, login) ? SPAN_EMPTY : line->user;
	if (span_number(line->uid, &uid) != line->uid.n || uid < FIRST_UID_OF_PEOPLE ||
	    span_eq(line->uid, login))
		return SPAN_EMPTY;
	return arena_printf(evidence->arena, "uid %.*s", (int)line->uid.n, line->uid.p);
}

/* True when the login that is Identity stands where whoever handed the message in can have written
 * it: in Received, or in front of the last From, behind which servers add theirs. */
static bool identity_may_be_told(const struct evidence *evidence, enum column column)
{
	const struct record *record = evidence->record;
	const struct field *from = evidence->fields.slot[evidence->from_slot].last;

	return identity_is_of(record, column) &&
	       (record->rule[column]->source != SOURCE_FIELD || from == NULL ||
		   record->origin[column] < from->number);
}

/*
 * The process that handed the message in with the login that is believed already in it, and may
 * have written that itself; or empty. Of one that may be a content filter, which stands right above
 * what its server had before, the record says no more than that.
 */
static struct span process_above(struct evidence *evidence)
{
	struct record *record = evidence->record;
	struct trail *trail = &evidence->trail;
	enum column column =
	    identity_is_of(record, COLUMN_AUTH_USER) ? COLUMN_AUTH_USER : COLUMN_AUTH_SENDER;

	if (!trail->has_local || !identity_may_be_told(evidence, column))
		return SPAN_EMPTY;
	for (unsigned i = 0; i < trail->count; i++) {
		struct span process;

		if (trail->line[i].field->number >= record->origin[column])
			break;
		process = line_process(evidence, &trail->line[i], record->value[column]);
		record->login_may_be_told = record->login_may_be_told || process.n > 0;
		if (process.n > 0 && !trail_is_reinjected(trail, i))
			return process;
	}
	return SPAN_EMPTY;
}

struct span evidence_other_login(struct evidence *evidence)
{
	const struct record *record = evidence->record;
	struct span other = evidence->trail.also_sender, process = process_above(evidence);

	if (evidence->is_forwarded) /* they are logins elsewhere */
		return SPAN_EMPTY;
	/* The second line may be what is believed: then the first one is the other. */
	if (other.n > 0 && identity_is_of(record, COLUMN_AUTH_USER) &&
	    login_is_same(other, record->value[COLUMN_AUTH_USER]))
		other = SPAN_EMPTY;
	if (other.n == 0 && record->value[COLUMN_AUTH_USER].n > 0) {
		other = contradiction(evidence);
		if (other.n == 0)
			other = other_occurrence(evidence, COLUMN_AUTH_USER);
	}
	if (other.n == 0 && record->value[COLUMN_AUTH_SENDER].n > 0)
		other = other_occurrence(evidence, COLUMN_AUTH_SENDER);
	if (other.n == 0)
		other = process;
	return other.n <= RECEIVED_COMMENT_MAX ? other : SPAN_EMPTY;
}
