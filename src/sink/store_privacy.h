/*
 * What of a message the history does not keep, or keeps as a hash only: values of people who have
 * not been asked. Hashes have a key, so that who has the history alone cannot try all addresses.
 */
#ifndef SINK_STORE_PRIVACY_H
#define SINK_STORE_PRIVACY_H

#include "base/arena.h"
#include "record/column_set.h"

#define STORE_PRIVACY_KEY 32

struct store_privacy {
	struct column_set without;
	struct column_set hashed;
	unsigned char key[STORE_PRIVACY_KEY]; /* of the hashes */
};

/* What makes a row, and whom it is of, is always kept, and as it is; and what is a word of ours is
 * no use as a hash. */
bool store_privacy_may_leave_out(enum column column);
bool store_privacy_may_hash(enum column column);

/*
 * "hash-" and 32 digits; the same value has the same one. Of a list of addresses each has its own,
 * without regard to names and case, so that one of them can be found and counted.
 */
struct span store_privacy_hash(const struct store_privacy *privacy, enum column column,
    struct span value, struct arena *arena);

#endif
