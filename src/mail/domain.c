#include "mail/domain.h"

#include <libpsl.h>
#include <limits.h>
#include <string.h>

#include "base/block.h"

/* The longest name that is looked up in the list of suffixes (RFC 1035, 2.3.4). */
#define DOMAIN_NAME_MAX 255

/* Bytes that no name of a host has. */
static const unsigned char domain_foreign[UCHAR_MAX + 1] = {[0 ... ','] = 1,
    ['/'] = 1,
    [':' ... '@'] = 1,
    ['[' ... '^'] = 1,
    ['`'] = 1,
    ['{' ... 0x7F] = 1};

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

/* Whether each byte may stand in the name of a host. */
static bool name_is_of_host(struct span name)
{
	size_t n = 0;

	while (name.n - n >= BLOCK_SIZE) {
		block_t bytes = block_read(name.p + n);
		block_t letter = (bytes | 0x20) - (unsigned char)'a';
		block_t digit = bytes - (unsigned char)'0';
		block_t fine = (block_t)(letter <= (unsigned char)('z' - 'a')) |
			       (block_t)(digit <= (unsigned char)9) |
			       (block_t)(bytes >= (unsigned char)0x80) | block_is(bytes, '.') |
			       block_is(bytes, '-') | block_is(bytes, '_');

		if (block_mask(fine) != BLOCK_ALL)
			return false;
		n += BLOCK_SIZE;
	}
	return span_marked(name, n, domain_foreign) == name.n;
}

bool domain_is_host(struct span name)
{
	size_t dot = span_find(name, '.');

	/* No name of the top is a number: that is an address. */
	if (dot == SPAN_NPOS || dot == 0 || name.p[name.n - 1] == '.' ||
	    span_is_digit(name.p[name.n - 1]))
		return false;
	return name_is_of_host(name) && !name_is_local(name);
}

/* As the list is asked for it: in lower case and with its end. False: too long, or no text. */
static bool name_copy(struct span name, char copy_r[DOMAIN_NAME_MAX + 1])
{
	if (name.n > DOMAIN_NAME_MAX || span_find(name, '\0') != SPAN_NPOS)
		return false;
	for (size_t i = 0; i < name.n; i++)
		copy_r[i] = span_lower(name.p[i]);
	copy_r[name.n] = '\0';
	return true;
}

/* The labels at the end that both have, without case; or empty. */
static struct span names_common(struct span a, struct span b)
{
	size_t n = 0, labels = 0;

	while (n < a.n && n < b.n && span_lower(a.p[a.n - n - 1]) == span_lower(b.p[b.n - n - 1])) {
		if (a.p[a.n - n - 1] == '.')
			labels = n;
		n++;
	}
	if ((n == a.n || a.p[a.n - n - 1] == '.') && (n == b.n || b.p[b.n - n - 1] == '.'))
		labels = n;
	return span_from(a, a.n - labels);
}

static bool suffix_is_public(struct span suffix)
{
	char copy[DOMAIN_NAME_MAX + 1];

	return !name_copy(suffix, copy) || psl_is_public_suffix(psl_builtin(), copy) != 0;
}

/* To ask the list takes as long as to read three lines of Received: what it said is kept. */
static bool suffix_is_known_public(struct domain_memory *memory, struct span suffix)
{
	unsigned hash = (unsigned)suffix.n * 7 + (unsigned char)suffix.p[0] +
			(unsigned char)suffix.p[suffix.n / 2];
	struct domain_answer *answer = &memory->answer[hash % DOMAIN_MAX_ANSWERS];

	if (suffix.n > sizeof(answer->name))
		return suffix_is_public(suffix);
	if (answer->n != suffix.n || memcmp(answer->name, suffix.p, suffix.n) != 0) {
		memcpy(answer->name, suffix.p, suffix.n);
		answer->n = (uint8_t)suffix.n;
		answer->is_public = suffix_is_public(suffix);
	}
	return answer->is_public;
}

/* Most names differ in the last two labels: the list is asked about few. */
static bool names_are_of_one(struct domain_memory *memory, struct span a, struct span b)
{
	struct span common = names_common(a, b);

	return span_find(common, '.') != SPAN_NPOS && !suffix_is_known_public(memory, common);
}

bool domain_same(struct domain_memory *memory, struct span a, struct span b)
{
	if (a.n == 0 || b.n == 0)
		return false;
	if (span_eq_nocase(a, b))
		return domain_is_host(a);
	return names_are_of_one(memory, a, b) && domain_is_host(a) && domain_is_host(b);
}
