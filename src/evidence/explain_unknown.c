#include "evidence/explain_unknown.h"

#include "evidence/evidence_find.h"
#include "evidence/guessed_field.h"
#include "evidence/login_value.h"

/* Words in the names of the fields that tell who sent a message. */
static bool name_is_telling(struct span name)
{
	static const char *const words[] = {
	    "auth", "sender", "user", "script", "source", "login", "account"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_find_text_nocase(name, span_of(words[i])) != SPAN_NPOS)
			return true;
	return false;
}

static bool name_is_read(const struct evidence *evidence, struct span name)
{
	struct span brand;
	enum brand_field which;

	for (unsigned i = BRAND_FIELD_COUNT; i < evidence->fields.slot_count; i++)
		if (span_eq_nocase(evidence->fields.slot[i].name, name))
			return true;
	return brand_split(name, &brand, &which) && span_eq_nocase(brand, evidence->brand);
}

/* Names of other people's addresses: of those who are to be complained to, and of recipients. */
static bool name_is_of_others(struct span name)
{
	static const char *const words[] = {"abuse", "complain", "report", "-to", "recipient",
	    "rcpt", "spam", "virus", "dkim", "filter", "list", "forwarded-for"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (span_find_text_nocase(name, span_of(words[i])) != SPAN_NPOS)
			return true;
	return false;
}

/* True when the value is or holds an address that From, To and Reply-To do not have. */
static bool value_has_address(const struct evidence *evidence, struct span value)
{
	static const enum column known[] = {
	    COLUMN_FROM, COLUMN_TO, COLUMN_REPLY_TO, COLUMN_RETURN_PATH};
	struct span login = login_value_read(value, false, evidence->arena);

	if (login.n == 0)
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_find_text_nocase(evidence->record->value[known[i]], login) != SPAN_NPOS)
			return false;
	return true;
}

/* True when the value holds the address of the client, as the columns have it. */
static bool value_has_client(const struct evidence *evidence, struct span value)
{
	static const enum column clients[] = {COLUMN_SOURCE_IP, COLUMN_LOGIN_IP};

	for (size_t i = 0; i < sizeof(clients) / sizeof(clients[0]); i++) {
		struct span client = evidence->record->value[clients[i]];

		if (client.n > 0 && span_find_text(value, client) != SPAN_NPOS)
			return true;
	}
	return false;
}

bool explain_is_unknown(const struct evidence *evidence, struct span name, struct span value)
{
	if (!span_starts_nocase(name, SPAN("X-")) || guessed_field_is_none(name) ||
	    name_is_read(evidence, name))
		return false;
	value = span_head(span_trim(value), EXPLAIN_MAX_VALUE);
	if (guessed_field_is(name) && guessed_field_login(name, value, evidence->arena).n > 0)
		return false; /* explained as such */
	return name_is_telling(name) ||
	       (!name_is_of_others(name) &&
		   (value_has_address(evidence, value) || value_has_client(evidence, value)));
}
