#include "evidence/brand.h"

#include <string.h>

#include "mail/header.h"

const char *const brand_suffix[BRAND_FIELD_COUNT] = {
    [BRAND_USERNAME] = "Username",
    [BRAND_DOMAIN] = "Domain",
    [BRAND_OUTGOING_CLASS] = "Outgoing-Class",
    [BRAND_OUTGOING_EVIDENCE] = "Outgoing-Evidence",
    [BRAND_CLASS] = "Class",
    [BRAND_EVIDENCE] = "Evidence",
};

/* What stands behind the last hyphen, and which field it is with and without "Outgoing-" before it.
 */
static const struct brand_tail {
	struct span text;
	enum brand_field plain;
	enum brand_field outgoing; /* BRAND_FIELD_COUNT: none */
} brand_tails[] = {
    {{"Username", 8}, BRAND_USERNAME, BRAND_FIELD_COUNT},
    {{"Domain", 6}, BRAND_DOMAIN, BRAND_FIELD_COUNT},
    {{"Class", 5}, BRAND_CLASS, BRAND_OUTGOING_CLASS},
    {{"Evidence", 8}, BRAND_EVIDENCE, BRAND_OUTGOING_EVIDENCE},
};

static bool brand_cut(struct span head, const struct brand_tail *tail, struct span *brand_r,
    enum brand_field *field_r)
{
	const struct span outgoing = SPAN("Outgoing");
	enum brand_field field = tail->plain;

	if (tail->outgoing != BRAND_FIELD_COUNT && span_ends_nocase(head, outgoing)) {
		/* X-Outgoing-Class has no brand in it; X-NotOutgoing-Class is of that brand. */
		if (head.n == outgoing.n)
			return false;
		if (head.p[head.n - outgoing.n - 1] == '-') {
			head.n -= outgoing.n + 1;
			field = tail->outgoing;
		}
	}
	if (head.n == 0)
		return false;
	*brand_r = head;
	*field_r = field;
	return true;
}

bool brand_split(struct span name, struct span *brand_r, enum brand_field *field_r)
{
	char last = name.n > 0 ? span_lower(name.p[name.n - 1]) : '\0';
	struct span tail;
	size_t hyphen;

	/* The last letters of brand_tails: few names go further. */
	if (last != 'e' && last != 'n' && last != 's')
		return false;
	hyphen = span_rfind(name, '-');
	if (hyphen == SPAN_NPOS || hyphen < 3 || span_lower(name.p[0]) != 'x' || name.p[1] != '-')
		return false;
	tail = span_from(name, hyphen + 1);
	for (size_t i = 0; i < sizeof(brand_tails) / sizeof(brand_tails[0]); i++)
		if (tail.n == brand_tails[i].text.n && span_eq_nocase(tail, brand_tails[i].text))
			return brand_cut((struct span){name.p + 2, hyphen - 2}, &brand_tails[i],
			    brand_r, field_r);
	return false;
}

bool brand_find(struct span block, struct span *brand_r)
{
	struct header_iter iter;
	struct header_field field;
	struct span last = SPAN_EMPTY, brand;
	enum brand_field which;

	header_iter_init(&iter, block);
	while (header_next(&iter, &field) == 1)
		if (brand_split(field.name, &brand, &which) && which != BRAND_USERNAME &&
		    which != BRAND_DOMAIN)
			last = brand;
	if (last.n == 0)
		return false;
	*brand_r = last;
	return true;
}

bool brand_known(const struct brand_set *set, struct span brand)
{
	for (unsigned i = 0; i < set->count; i++)
		if (span_eq_nocase(brand, span_of(set->name[i])))
			return true;
	return false;
}

bool brand_is_atom(struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c <= ' ' || c >= 0x7F || strchr("(){%*\"\\]:", c) != NULL)
			return false;
	}
	return name.n > 0;
}

bool brand_add(struct brand_set *set, struct span brand)
{
	if (brand.n > BRAND_NAME_MAX || set->count == BRAND_MAX || !brand_is_atom(brand) ||
	    brand_known(set, brand))
		return false;
	memcpy(set->name[set->count], brand.p, brand.n);
	set->name[set->count][brand.n] = '\0';
	set->count++;
	return true;
}
