/*
 * Sets of UIDs: sorted, without duplicates, written as ranges (RFC 3501, 9:
 * sequence-set) in pieces that a command can hold.
 */
#ifndef IMAP_UIDSET_H
#define IMAP_UIDSET_H

#include "base/buf.h"

struct uidset {
	uint32_t *uid;
	size_t count;
	size_t size;
};

void uidset_fini(struct uidset *set);
void uidset_clear(struct uidset *set);

/* Room for so many in all: what is known to be long does not grow by doubling, which leaves holes
 * of its own size. -1: no memory. */
int uidset_reserve(struct uidset *set, size_t size);

/* The UIDs of `from`, in place of those that were there: `from` is empty then, and has their
 * room. */
void uidset_move(struct uidset *to, struct uidset *from);

/* Appends; 0 is no UID and is left out. -1: no memory. Call uidset_sort() before anything else. */
int uidset_add(struct uidset *set, uint32_t uid);

/* Sorts and removes duplicates. */
void uidset_sort(struct uidset *set);

/* Index of the UID, or SPAN_NPOS. */
size_t uidset_find(const struct uidset *set, uint32_t uid);

/*
 * Appends the UIDs from index `from` on as ranges ("3,7:9"), at most max_uids of them and max_bytes
 * long (at least 21). Returns the index of the first that did not fit. A range holds no UID that is
 * not in the set.
 */
size_t uidset_add_ranges(
    const struct uidset *set, size_t from, size_t max_uids, size_t max_bytes, struct buf *out);

#endif
