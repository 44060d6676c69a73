#include "evidence/guessed_field.h"

#include <limits.h>
#include <string.h>

#include "evidence/brand.h"
#include "evidence/login_value.h"
#include "mail/header.h"

static bool has_word(struct span name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_find_text_nocase(name, span_of(words[i])) != SPAN_NPOS)
			return true;
	return false;
}

static bool ends_with(struct span name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (span_ends_nocase(name, span_of(words[i])))
			return true;
	return false;
}

#define HAS_WORD(name, words)  has_word((name), (words), sizeof(words) / sizeof((words)[0]))
#define ENDS_WITH(name, words) ends_with((name), (words), sizeof(words) / sizeof((words)[0]))

/* What is said about a login, or about something else that was authenticated. */
static bool is_about(struct span name)
{
	static const char *const words[] = {"result", "warning", "spf", "dkim", "dmarc", "arc-",
	    "ms-exchange", "signature", "token", "hash", "key", "digest", "time", "date", "method",
	    "mech", "type", "level", "status", "score", "proto", "host", "server", "message-id",
	    "messageid", "session", "request", "queue", "received", "domain", "count", "recipient",
	    "-rcpt", "author-"};
	static const char *const ends[] = {"ip", "addr", "address", "by", "via", "code", "-to"};

	return HAS_WORD(name, words) || ENDS_WITH(name, ends);
}

bool guessed_field_is_none(struct span name)
{
	static const char *const names[] = {
	    "X-Account-Key",
	    "X-Authenticated",
	    "X-Authenticated-IP",
	    "X-Authority-Analysis",
	    "X-CM-SenderInfo",
	    "X-Google-Smtp-Source",
	    "X-HM-Sender-Digest",
	    "X-ME-Sender",
	    "X-MailChannels-Auth-Id",
	    "X-MC-User",
	    "X-Pair-Authenticated",
	    "X-Sender",
	    "X-Sender-ID",
	    "X-SenderID",
	    "X-Source-IP",
	    "X-Source-L",
	    "X-Source-Sender",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq_nocase(name, span_of(names[i])))
			return true;
	return span_starts_nocase(name, SPAN("X-MS-Exchange-"));
}

/* The rarest of its letters is looked for. */
static bool has_auth_word(struct span name)
{
	static const unsigned char marks[UCHAR_MAX + 1] = {['h'] = 1, ['H'] = 1};

	for (size_t i = span_marked(name, 4, marks); i < name.n;
	     i = span_marked(name, i + 1, marks))
		if (span_starts_nocase(span_from(name, i - 3), SPAN("auth")))
			return true;
	return false;
}

/* "auth", or "sasl" at the beginning: few names go further. */
static bool has_auth(struct span name)
{
	return has_auth_word(name) || span_starts_nocase(name, SPAN("X-SASL"));
}

/* Too common a name: only an address in it is believed. */
static bool is_plain_user(struct span name)
{
	return span_eq_nocase(name, SPAN("X-User"));
}

bool guessed_field_is(struct span name)
{
	static const char *const logins[] = {"authenticated", "smtpauth", "smtp-auth", "smtp_auth",
	    "authuser", "authsender", "authid", "authlogin", "sasl"};
	static const char *const whose[] = {"user", "login", "account", "sender", "name", "mail",
	    "uid", "-id", "_id", "-as", "_as"};

	if (name.n < 6 || span_lower(name.p[0]) != 'x' || name.p[1] != '-')
		return false;
	if (is_plain_user(name))
		return true;
	if (!has_auth(name))
		return false;
	return (HAS_WORD(name, logins) || HAS_WORD(name, whose)) && !is_about(name) &&
	       !guessed_field_is_none(name);
}

static bool guessed_fields_has(const struct guessed_fields *set, struct span name)
{
	for (unsigned i = 0; i < set->count; i++)
		if (span_eq_nocase(name, span_of(set->name[i])))
			return true;
	return false;
}

bool guessed_fields_add(struct guessed_fields *set, struct span name)
{
	if (set->count == GUESSED_FIELD_MAX || name.n > GUESSED_FIELD_NAME_MAX ||
	    !brand_is_atom(name) || guessed_fields_has(set, name))
		return false;
	memcpy(set->name[set->count], name.p, name.n);
	set->name[set->count++][name.n] = '\0';
	return true;
}

bool guessed_fields_learn(struct guessed_fields *set, struct span block)
{
	struct header_iter iter;
	struct header_field field;
	bool added = false;

	header_iter_init(&iter, block);
	while (set->count < GUESSED_FIELD_MAX && header_next(&iter, &field) == 1)
		if (guessed_field_is(field.name))
			added |= guessed_fields_add(set, field.name);
	return added;
}

struct span guessed_field_login(struct span name, struct span value, struct arena *arena)
{
	static const char *const plain[] = {"user", "username", "user-name", "user_name", "userid",
	    "uid", "-id", "_id", "authid", "login", "account", "authname", "-as", "_as",
	    "authenticated", "smtpauth"};

	return login_value_read(value, ENDS_WITH(name, plain) && !is_plain_user(name), arena);
}
