#include "evidence/explain_unknown.h"

#include "evidence/evidence_find.h"
#include "evidence/guessed_field.h"

/* Words in the names of the fields that tell who sent a message. */
static bool name_is_telling(struct span name)
{
	static const char *const words[] = {
	    "auth", "sender", "user", "script", "source", "login", "account"};

	if (!span_starts_nocase(name, SPAN("X-")))
		return false;
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

bool explain_is_unknown(const struct evidence *evidence, struct span name)
{
	return name_is_telling(name) && !guessed_field_is_none(name) &&
	       !name_is_read(evidence, name);
}
