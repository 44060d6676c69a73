#include "evidence/evidence_extract.h"

#include "evidence/guessed_field.h"
#include "evidence/login_value.h"
#include "mail/domain.h"

#define FOUND_NOTHING ((struct evidence_found){0})

static struct span word_first(struct span s)
{
	return span_head(s, span_find(s, ' '));
}

/*
 * Splits "HOST: REST", as Exim and sendmail write it. A host has no blank and no '@' in it; REST
 * may be empty.
 */
static bool host_split(struct span value, struct span *host_r, struct span *rest_r)
{
	struct span first = word_first(value);

	if (first.n < 2 || first.p[first.n - 1] != ':' || span_find(first, '@') != SPAN_NPOS)
		return false;
	*host_r = span_head(first, first.n - 1);
	*rest_r = span_trim(span_from(value, first.n));
	return true;
}

struct evidence_found extract_behind_host(const struct evidence_input *in)
{
	struct evidence_found found = {.value = in->value};

	host_split(in->value, &found.host, &found.value);
	return found;
}

/*
 * host: METHOD: ID[/how], where METHOD may be several words and hold a '/'; of the forms without an
 * id only that of forwarders names somebody.
 */
struct evidence_found extract_sender_via(const struct evidence_input *in)
{
	const struct span forwarder = SPAN("redirect/forwarder owner ");
	struct evidence_found found = {0};
	struct span rest;
	size_t at;

	if (!host_split(in->value, &found.host, &rest))
		return FOUND_NOTHING;
	at = span_find_text(rest, SPAN(": "));
	if (span_starts_nocase(rest, forwarder))
		rest = span_from(rest, forwarder.n);
	else if (at != SPAN_NPOS)
		rest = span_from(rest, at + 2);
	else
		return FOUND_NOTHING;
	rest = word_first(rest);
	found.value = span_head(rest, span_find(rest, '/'));
	/* acl_c_recent_authed_mail_ips_text_entry has the domain behind the login once more. */
	found.value = span_head(found.value, span_find(found.value, '|'));
	return found;
}

struct evidence_found extract_first_item(const struct evidence_input *in)
{
	struct span word = word_first(in->value);

	return (struct evidence_found){.value = span_head(word, span_find(word, ','))};
}

struct evidence_found extract_warning_user(const struct evidence_input *in)
{
	struct evidence_found found = {0};
	struct span rest, what;

	if (!host_split(in->value, &found.host, &rest))
		return FOUND_NOTHING;
	found.value = word_first(rest);
	what = span_from(rest, found.value.n);
	if (span_starts_nocase(what, SPAN(" set sender to ")) ||
	    span_starts_nocase(what, SPAN(" owned process ")))
		return found;
	return FOUND_NOTHING;
}

struct evidence_found extract_base64(const struct evidence_input *in)
{
	return (struct evidence_found){.value = login_value_base64(in->value, in->arena)};
}

struct evidence_found extract_source_cap(const struct evidence_input *in)
{
	struct span text = login_value_base64(in->value, in->arena);
	size_t owner = span_find(text, ';');
	size_t host = span_rfind(text, ';');

	if (owner == SPAN_NPOS || host == owner)
		return FOUND_NOTHING;
	return (struct evidence_found){
	    .value = span_head(text, owner), .host = span_from(text, host + 1)};
}

/* Empty when there is none. */
static struct span behind_colon(struct span s)
{
	size_t at = span_find(s, ':');

	return at != SPAN_NPOS ? span_from(s, at + 1) : SPAN_EMPTY;
}

/* {id:box:user:domain} {sentby:smtp auth IP authed with LOGIN}; or the user's own program:
 * {sentby:program running on server}. */
struct evidence_found extract_identified_user(const struct evidence_input *in)
{
	const struct span with = SPAN(" authed with ");
	size_t at = span_find_text(in->value, with);
	struct span login, box, user;

	if (in->value.p[0] != '{')
		return FOUND_NOTHING;
	if (at != SPAN_NPOS) {
		login = span_from(in->value, at + with.n);
		return (struct evidence_found){.value = span_head(login, span_find(login, '}'))};
	}
	if (span_find_text(in->value, SPAN("} {sentby:program ")) == SPAN_NPOS)
		return FOUND_NOTHING;
	box = behind_colon(span_head(in->value, span_find(in->value, '}')));
	user = behind_colon(box);
	return (struct evidence_found){.value = span_head(user, span_find(user, ':')),
	    .host = span_head(box, span_find(box, ':'))};
}

/* account|keyword|value, the value as in the header that the keyword names. */
struct evidence_found extract_mailchannels(const struct evidence_input *in)
{
	static const char *const keywords[] = {
	    "|x-authuser|", "|x-authsender|", "|x-authenticated-sender|"};
	size_t bar = span_find(in->value, '|');
	struct span rest = span_from(in->value, bar);

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		struct evidence_found found = {.host_is_known = true};

		if (!span_starts_nocase(rest, span_of(keywords[i])))
			continue;
		found.value = span_trim(span_from(rest, span_of(keywords[i]).n));
		host_split(found.value, &found.host, &found.value);
		return found;
	}
	return FOUND_NOTHING;
}

struct evidence_found extract_mailchannels_uid(const struct evidence_input *in)
{
	const struct span mark = SPAN(":userid:");
	struct span rest = span_from(in->value, span_find(in->value, '|'));
	size_t at = span_find_text_nocase(rest, mark);
	struct evidence_found found = {.host_is_known = true};
	uint64_t uid = 0;

	if (at == SPAN_NPOS || at == 0)
		return FOUND_NOTHING;
	found.host = span_from(span_head(rest, at), 1);
	found.value = span_from(rest, at + mark.n);
	found.value = span_head(found.value, span_number(found.value, &uid));
	return found.value.n > 0 && uid <= UINT32_MAX ? found : FOUND_NOTHING;
}

struct evidence_found extract_in_brackets(const struct evidence_input *in)
{
	size_t open = span_find(in->value, '<');
	struct span inside = span_from(in->value, open + 1);
	size_t end = span_find(inside, '>');

	if (open == SPAN_NPOS || end == SPAN_NPOS)
		return extract_first_item(in);
	return (struct evidence_found){.value = span_head(inside, end)};
}

/* Openwave: "Submitted using SMTP AUTH LOGIN at HOST from [IP] using ID <X> at DATE". */
struct evidence_found extract_using_id(const struct evidence_input *in)
{
	const struct span mark = SPAN(" using ID ");
	struct evidence_input rest = *in;
	size_t at = span_find_text_nocase(in->value, mark);

	if (at == SPAN_NPOS)
		return FOUND_NOTHING;
	rest.value = word_first(span_trim(span_from(in->value, at + mark.n)));
	return rest.value.n > 0 ? extract_in_brackets(&rest) : FOUND_NOTHING;
}

struct evidence_found extract_second_item(const struct evidence_input *in)
{
	size_t first = span_find(in->value, ';');
	struct span rest = span_from(in->value, first + 1);
	size_t second = span_find(rest, ';');

	if (first == SPAN_NPOS || second == SPAN_NPOS)
		return FOUND_NOTHING;
	return (struct evidence_found){
	    .value = span_trim(span_head(rest, second)), .host = span_head(in->value, first)};
}

struct evidence_found extract_in_parentheses(const struct evidence_input *in)
{
	size_t open = span_find(in->value, '(');
	struct span rest = span_from(in->value, open + 1);
	size_t close = span_find(rest, ')');

	if (open == SPAN_NPOS || close == SPAN_NPOS)
		return FOUND_NOTHING;
	return (struct evidence_found){.value = span_trim(span_head(rest, close))};
}

struct evidence_found extract_login_address(const struct evidence_input *in)
{
	return (struct evidence_found){.value = login_value_read(in->value, false, in->arena)};
}

/* "X@:2500": behind the login without its domain stands the port that it came in at. */
struct evidence_found extract_without_port(const struct evidence_input *in)
{
	size_t at = span_find_text(in->value, SPAN("@:"));
	struct span port = span_from(in->value, at != SPAN_NPOS ? at + 2 : in->value.n);
	uint64_t number;

	return (struct evidence_found){.value = port.n > 0 && span_number(port, &number) == port.n
						    ? span_head(in->value, at)
						    : in->value};
}

struct evidence_found extract_tenant(const struct evidence_input *in)
{
	struct evidence_found found = extract_first_item(in);

	if (domain_is_host(found.value))
		found.kind = IDENTITY_SITE;
	return found;
}

struct evidence_found extract_guess(const struct evidence_input *in)
{
	return (struct evidence_found){
	    .value = guessed_field_login(in->field->name, in->value, in->arena), .is_guess = true};
}
