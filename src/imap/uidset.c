#include "imap/uidset.h"

#include <inttypes.h>
#include <stdlib.h>

#define UIDSET_FIRST_SIZE 1024

/* "4294967295:4294967295" and a comma. */
#define UIDSET_RANGE_MAX 22

void uidset_fini(struct uidset *set)
{
	free(set->uid);
	*set = (struct uidset){0};
}

void uidset_clear(struct uidset *set)
{
	set->count = 0;
}

int uidset_reserve(struct uidset *set, size_t size)
{
	uint32_t *grown;

	if (size <= set->size)
		return 0;
	grown = reallocarray(set->uid, size, sizeof(*grown));
	if (grown == NULL)
		return -1;
	set->uid = grown;
	set->size = size;
	return 0;
}

int uidset_add(struct uidset *set, uint32_t uid)
{
	if (uid == 0)
		return 0;
	if (set->count == set->size &&
	    uidset_reserve(set, set->size != 0 ? set->size * 2 : UIDSET_FIRST_SIZE) != 0)
		return -1;
	set->uid[set->count++] = uid;
	return 0;
}

void uidset_move(struct uidset *to, struct uidset *from)
{
	struct uidset room = *to;

	*to = *from;
	*from = room;
	from->count = 0;
}

static int uidset_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

void uidset_sort(struct uidset *set)
{
	size_t kept = 0;

	if (set->count < 2)
		return;
	qsort(set->uid, set->count, sizeof(*set->uid), uidset_compare);
	for (size_t i = 1; i < set->count; i++)
		if (set->uid[i] != set->uid[kept])
			set->uid[++kept] = set->uid[i];
	set->count = kept + 1;
}

size_t uidset_find(const struct uidset *set, uint32_t uid)
{
	const uint32_t *at;

	if (set->count == 0)
		return SPAN_NPOS;
	at = bsearch(&uid, set->uid, set->count, sizeof(*set->uid), uidset_compare);
	return at != NULL ? (size_t)(at - set->uid) : SPAN_NPOS;
}

size_t uidset_add_ranges(
    const struct uidset *set, size_t from, size_t max_uids, size_t max_bytes, struct buf *out)
{
	size_t start = out->n;
	size_t end = set->count - from > max_uids ? from + max_uids : set->count;
	size_t i = from;

	while (i < end && out->n - start + UIDSET_RANGE_MAX <= max_bytes + 1) {
		size_t last = i;

		while (last + 1 < end && set->uid[last + 1] == set->uid[last] + 1)
			last++;
		buf_printf(out, "%s%" PRIu32, i > from ? "," : "", set->uid[i]);
		if (last > i)
			buf_printf(out, ":%" PRIu32, set->uid[last]);
		i = last + 1;
	}
	return i;
}
