/*
 * The values of one record as keyed hashes (SipHash-2-4), made once for all
 * groupings. The key is random, so that the author of a mail cannot choose
 * values that collide or slow a table down.
 */
#ifndef REPORT_GROUP_HASH_H
#define REPORT_GROUP_HASH_H

#include <sodium.h>

#include "base/arena.h"
#include "record/record.h"

struct group_hash {
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct column_set columns;          /* which ones are made */
	uint64_t value[COLUMN_KEY_COUNT];   /* as group_key_fold() has it; 0: empty */
	struct span text[COLUMN_KEY_COUNT]; /* group_key_value() of them */
	uint64_t *recipient;                /* each address of To; one may come twice */
	size_t recipient_count;
	size_t recipient_size; /* allocated */
	struct buf folded;
	struct arena arena;
};

/* Hashes the columns that are counted in every grouping; group_hash_want() adds to them.
 * ERR_SYSTEM without randomness. group_hash_fini() accepts one that failed. */
int group_hash_init(struct group_hash *hash, struct err *err);
void group_hash_fini(struct group_hash *hash);

void group_hash_want(struct group_hash *hash, enum column column);

/* Makes the hashes of a record, whose values stay where they are. ERR_SYSTEM without memory. */
int group_hash_set(struct group_hash *hash, const struct record *record, struct err *err);

/* The same of these columns only, for group_hash_columns(). */
int group_hash_set_columns(struct group_hash *hash, const struct record *record,
    const struct column_list *columns, struct err *err);

/* One hash of several columns; their order counts. */
uint64_t group_hash_columns(const struct group_hash *hash, const struct column_list *columns);

#endif
