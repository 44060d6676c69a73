#include "evidence/evidence_extract.h"

#include "mail/base64.h"

#define FOUND_NOTHING ((struct evidence_found){0})

/* The longest value that is decoded: a login, or the three words of X-Source-Cap. */
#define BASE64_MAX ((size_t)1024)

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

/* RFC 4648, 4, as a whole: digits, then padding to a multiple of four. */
static bool is_base64(struct span text)
{
	size_t n = text.n;

	while (n > 0 && text.n - n < 2 && text.p[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++)
		if (!span_is_alnum(text.p[i]) && text.p[i] != '+' && text.p[i] != '/')
			return false;
	return text.n % 4 == 0;
}

/* Empty unless all of it is base64 of printable ASCII without blanks. */
static struct span decode_login(struct span text, struct arena *arena)
{
	struct span login = SPAN_EMPTY;
	struct buf decoded;
	bool printable = true;

	if (text.n > BASE64_MAX || !is_base64(text))
		return SPAN_EMPTY;
	buf_init(&decoded, 0);
	base64_decode(text, &decoded);
	for (size_t i = 0; i < decoded.n; i++)
		printable = printable && decoded.p[i] > ' ' && decoded.p[i] < 0x7F;
	if (printable)
		login = arena_copy_buf(arena, &decoded);
	buf_fini(&decoded);
	return login;
}

struct evidence_found extract_base64(const struct evidence_input *in)
{
	return (struct evidence_found){.value = decode_login(in->value, in->arena)};
}

struct evidence_found extract_source_cap(const struct evidence_input *in)
{
	struct span text = decode_login(in->value, in->arena);
	size_t owner = span_find(text, ';');
	size_t host = span_rfind(text, ';');

	if (owner == SPAN_NPOS || host == owner)
		return FOUND_NOTHING;
	return (struct evidence_found){
	    .value = span_head(text, owner), .host = span_from(text, host + 1)};
}

/* {id:box:user:domain} {sentby:smtp auth IP authed with LOGIN} */
struct evidence_found extract_identified_user(const struct evidence_input *in)
{
	const struct span with = SPAN(" authed with ");
	size_t at = span_find_text(in->value, with);
	struct span login;

	if (at == SPAN_NPOS || in->value.p[0] != '{')
		return FOUND_NOTHING;
	login = span_from(in->value, at + with.n);
	return (struct evidence_found){.value = span_head(login, span_find(login, '}'))};
}

/* account|keyword|value, the value as in the header that the keyword names. */
struct evidence_found extract_mailchannels(const struct evidence_input *in)
{
	static const char *const keywords[] = {
	    "|x-authuser|", "|x-authsender|", "|x-authenticated-sender|"};
	size_t bar = span_find(in->value, '|');
	struct span rest = span_from(in->value, bar);

	for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		struct evidence_found found = {0};

		if (!span_starts_nocase(rest, span_of(keywords[i])))
			continue;
		found.value = span_trim(span_from(rest, span_of(keywords[i]).n));
		host_split(found.value, &found.host, &found.value);
		return found;
	}
	return FOUND_NOTHING;
}
