#include "mail/domain.h"

#include <limits.h>

/* Labels below which a country's registry gives names away. */
static bool label_is_public(struct span label)
{
	static const struct span labels[] = {{"co", 2}, {"com", 3}, {"net", 3}, {"org", 3},
	    {"edu", 3}, {"gov", 3}, {"gob", 3}, {"gouv", 4}, {"ac", 2}, {"ne", 2}, {"or", 2},
	    {"go", 2}, {"ltd", 3}, {"plc", 3}, {"nom", 3}, {"web", 3}, {"id", 2}, {"in", 2},
	    {"ind", 3}, {"info", 4}, {"biz", 3}};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++)
		if (span_eq_nocase(label, labels[i]))
			return true;
	return false;
}

/* Bytes that no name of a host has. */
static const unsigned char domain_foreign[UCHAR_MAX + 1] = {
    [0 ... ','] = 1, ['/'] = 1, [':' ... '@'] = 1, ['[' ... '^'] = 1, ['`'] = 1, ['{' ... 0x7F] = 1};

/* "localhost.", ".localhost", ".localdomain": few names have these letters there. */
static bool name_is_local(struct span name)
{
	char last = span_lower(name.p[name.n - 1]);

	if (last == 't' && span_ends_nocase(name, SPAN(".localhost")))
		return true;
	if (last == 'n' && span_ends_nocase(name, SPAN(".localdomain")))
		return true;
	return span_starts_nocase(name, SPAN("localhost."));
}

bool domain_is_host(struct span name)
{
	size_t dot = span_find(name, '.');

	/* No name of the top is a number: that is an address. */
	if (dot == SPAN_NPOS || dot == 0 || name.p[name.n - 1] == '.' ||
	    span_is_digit(name.p[name.n - 1]))
		return false;
	return span_marked(name, 0, domain_foreign) == name.n && !name_is_local(name);
}

/* The last label, taken off *name together with its dot. */
static struct span take_label(struct span *name)
{
	size_t dot = span_rfind(*name, '.');
	struct span label = dot != SPAN_NPOS ? span_from(*name, dot + 1) : *name;

	*name = dot != SPAN_NPOS ? span_head(*name, dot) : SPAN_EMPTY;
	return label;
}

struct span domain_registered(struct span name)
{
	struct span rest, top, second;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	rest = name;
	top = take_label(&rest);
	if (rest.n == 0)
		return name;
	second = take_label(&rest);
	if (top.n == 2 && rest.n > 0 && label_is_public(second))
		second = take_label(&rest);
	return span_from(name, (size_t)(second.p - name.p));
}

bool domain_same(struct span a, struct span b)
{
	if (a.n == 0 || b.n == 0)
		return false;
	if (span_eq_nocase(a, b))
		return domain_is_host(a);
	return span_eq_nocase(domain_registered(a), domain_registered(b)) && domain_is_host(a) &&
	       domain_is_host(b);
}
