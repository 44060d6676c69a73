#include "evidence/login_value.h"

#include <string.h>

#include "mail/address.h"
#include "mail/base64.h"
#include "mail/domain.h"
#include "mail/received.h"

/* No word of login_value_is_fixed() is longer. */
#define LOGIN_FIXED_MAX 18

/* The longest text that is decoded: a login, or the three words of X-Source-Cap. */
#define LOGIN_ENCODED_MAX ((size_t)1024)

/* A plain login is not longer; what is, is a key that only its owner can read. */
#define LOGIN_PLAIN_MAX 64

/* How many words of a value are looked at for an address. */
#define LOGIN_MAX_WORDS 16

bool login_value_is_fixed(struct span value)
{
	/* In the order of their lengths. */
	static const struct span words[] = {{"-", 1}, {"*", 1}, {"?", 1}, {"0", 1}, {"1", 1},
	    {"n", 1}, {"y", 1}, {"na", 2}, {"no", 2}, {"ok", 2}, {"on", 2}, {"<>", 2}, {"\"\"", 2},
	    {"[]", 2}, {"n/a", 3}, {"nil", 3}, {"off", 3}, {"yes", 3}, {"auth", 4}, {"fail", 4},
	    {"none", 4}, {"ntlm", 4}, {"null", 4}, {"pass", 4}, {"true", 4}, {"allow", 5},
	    {"asmtp", 5}, {"empty", 5}, {"false", 5}, {"local", 5}, {"login", 5}, {"plain", 5},
	    {"unset", 5}, {"valid", 5}, {"accept", 6}, {"authed", 6}, {"esmtpa", 6}, {"failed", 6},
	    {"hidden", 6}, {"masked", 6}, {"gssapi", 6}, {"passed", 6}, {"(null)", 6},
	    {"(none)", 6}, {"allowed", 7}, {"enabled", 7}, {"esmtpsa", 7}, {"removed", 7},
	    {"success", 7}, {"trusted", 7}, {"unknown", 7}, {"xoauth2", 7}, {"accepted", 8},
	    {"cram-md5", 8}, {"disabled", 8}, {"external", 8}, {"internal", 8}, {"redacted", 8},
	    {"smtpauth", 8}, {"-remote-", 8}, {"-system-", 8}, {"verified", 8}, {"anonymous", 9},
	    {"localhost", 9}, {"smtp-auth", 9}, {"undefined", 9}, {"untrusted", 9},
	    {"(unknown)", 9}, {"authorised", 10}, {"authorized", 10}, {"digest-md5", 10},
	    {"successful", 10}, {"unverified", 10}, {"authenticated", 13}, {"authentication", 14},
	    {"unauthenticated", 15}, {"authenticated-user", 18}, {"authenticated_user", 18}};

	value = span_trim(value);
	if (value.n > LOGIN_FIXED_MAX || span_find(value, '@') != SPAN_NPOS)
		return false;
	return span_is_listed(value, words, sizeof(words) / sizeof(words[0]));
}

static int hex_value(char c)
{
	c = span_lower(c);
	if (span_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_printable(struct span s)
{
	return s.n > 0 && span_within(s, '!', '~') == s.n;
}

/* Digits of base64, then padding to a multiple of four. */
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

struct span login_value_base64(struct span text, struct arena *arena)
{
	struct span login = SPAN_EMPTY;
	struct buf decoded;

	if (text.n == 0 || text.n > LOGIN_ENCODED_MAX || !is_base64(text))
		return SPAN_EMPTY;
	buf_init(&decoded, 0);
	base64_decode(text, &decoded);
	arena_fail(arena, decoded.failed);
	if (is_printable(buf_span(&decoded)))
		login = arena_copy_buf(arena, &decoded);
	buf_fini(&decoded);
	return login;
}

static struct span login_hex(struct span text, struct arena *arena)
{
	struct span login = {NULL, text.n / 2};
	char *to;

	if (text.n == 0 || text.n % 2 != 0 || text.n > LOGIN_ENCODED_MAX)
		return SPAN_EMPTY;
	for (size_t i = 0; i < text.n; i++)
		if (hex_value(text.p[i]) < 0)
			return SPAN_EMPTY;
	login.p = to = arena_alloc(arena, login.n);
	for (size_t i = 0; to != NULL && i < login.n; i++)
		to[i] = (char)(hex_value(text.p[2 * i]) << 4 | hex_value(text.p[2 * i + 1]));
	return to != NULL && is_printable(login) ? login : SPAN_EMPTY;
}

/* An address with a name of a host: "a@b.example", "a%40b.example" being one, too. */
static struct span login_address(struct span text, struct arena *arena)
{
	size_t at = span_find_text(text, SPAN("%40"));

	if (at != SPAN_NPOS && span_find(text, '@') == SPAN_NPOS)
		text = arena_printf(
		    arena, "%.*s@%.*s", (int)at, text.p, (int)(text.n - at - 3), text.p + at + 3);
	at = span_find(text, '@');
	return at != SPAN_NPOS && address_is(text) && domain_is_host(span_from(text, at + 1))
		   ? text
		   : SPAN_EMPTY;
}

static bool is_plain(struct span text)
{
	bool letter = false;

	for (size_t i = 0; i < text.n; i++) {
		if (!span_is_alnum(text.p[i]) && strchr(".-_+%", text.p[i]) == NULL)
			return false;
		letter = letter || span_is_alnum(text.p[i]);
	}
	return letter && text.n <= LOGIN_PLAIN_MAX && !received_is_ip(text) &&
	       !login_value_is_fixed(text);
}

/* Takes the client's address off the end: "login@192.0.2.1", "login@[192.0.2.1]",
 * "login@[IPv6:2001:db8::1]". */
static struct span login_without_ip(struct span text)
{
	size_t at = span_rfind(text, '@');
	struct span ip = span_from(text, at + 1);

	if (at == SPAN_NPOS)
		return text;
	if (ip.n > 2 && ip.p[0] == '[' && ip.p[ip.n - 1] == ']')
		ip = (struct span){ip.p + 1, ip.n - 2};
	if (span_starts_nocase(ip, SPAN("IPv6:")))
		ip = span_from(ip, 5);
	return received_is_ip(ip) ? span_head(text, at) : text;
}

/* The first word, without the quotes or brackets around it and a comma behind it. */
static struct span login_first(struct span value)
{
	size_t n = 0;

	if (span_find(value, '<') != SPAN_NPOS) {
		struct span inside = span_from(value, span_find(value, '<') + 1);

		return span_trim(span_head(inside, span_find(inside, '>')));
	}
	while (n < value.n && !span_is_blank(value.p[n]) && strchr(",;|(", value.p[n]) == NULL)
		n++;
	value = span_head(value, n);
	if (value.n > 2 && (value.p[0] == '"' || value.p[0] == '\'') &&
	    value.p[value.n - 1] == value.p[0])
		value = (struct span){value.p + 1, value.n - 2};
	return value;
}

/* The first address among the words: "Auth by a@b.example through 192.0.2.1". */
static struct span login_among(struct span value, struct arena *arena)
{
	for (unsigned i = 0; i < LOGIN_MAX_WORDS && value.n > 0; i++) {
		struct span login;
		size_t n = 0;

		while (n < value.n && strchr(" ,;|", value.p[n]) == NULL)
			n++;
		login = login_address(login_without_ip(login_first(span_head(value, n))), arena);
		if (login.n != 0)
			return login;
		value = span_from(value, n + 1);
	}
	return SPAN_EMPTY;
}

struct span login_value_read(struct span value, bool plain, struct arena *arena)
{
	struct span login = login_without_ip(login_first(value)), decoded;

	decoded = login_address(login, arena);
	if (decoded.n == 0)
		decoded = login_address(login_value_base64(login, arena), arena);
	if (decoded.n == 0)
		decoded = login_address(login_hex(login, arena), arena);
	if (decoded.n != 0)
		return decoded;
	decoded = login_among(value, arena);
	return decoded.n == 0 && plain && is_plain(login) ? login : decoded;
}

/* The last label of a domain has letters alone: "john+news.2024" is no mailbox of a domain. */
static bool is_mail_domain(struct span name)
{
	size_t dot = span_rfind(name, '.');

	if (!domain_is_host(name) || name.n - dot < 3)
		return false;
	for (size_t i = dot + 1; i < name.n; i++)
		if (span_is_digit(name.p[i]))
			return false;
	return true;
}

struct span login_value_mailbox(struct span login, struct arena *arena)
{
	size_t sign;

	if (span_find(login, '@') != SPAN_NPOS)
		return login;
	sign = span_rfind(login, '+');
	if (sign == SPAN_NPOS)
		sign = span_rfind(login, '%');
	if (sign == SPAN_NPOS || sign == 0 || span_find(login, ' ') != SPAN_NPOS ||
	    !is_mail_domain(span_from(login, sign + 1)))
		return login;
	return arena_printf(
	    arena, "%.*s@%.*s", (int)sign, login.p, (int)(login.n - sign - 1), login.p + sign + 1);
}
