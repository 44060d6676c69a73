#include "source/files/seen.h"

#include <sodium.h>
#include <stdlib.h>

#define SEEN_FIRST_SIZE 1024

_Static_assert(SEEN_KEY_SIZE == crypto_shorthash_KEYBYTES, "the key of crypto_shorthash()");
_Static_assert(sizeof(uint64_t) == crypto_shorthash_BYTES, "a hash is a number");

int seen_init(struct seen *seen, struct err *err)
{
	*seen = (struct seen){0};
	if (sodium_init() < 0)
		return err_set(err, ERR_INTERNAL, "libsodium cannot be initialized");
	randombytes_buf(seen->key, sizeof(seen->key));
	return 0;
}

void seen_fini(struct seen *seen)
{
	free(seen->slot);
	*seen = (struct seen){0};
}

/* Where the hash is, or would be. */
static uint64_t *seen_find(const struct seen *seen, uint64_t hash)
{
	size_t at = hash & (seen->size - 1);

	while (seen->slot[at] != 0 && seen->slot[at] != hash)
		at = (at + 1) & (seen->size - 1);
	return &seen->slot[at];
}

/* Half of the slots stay free. */
static int seen_grow(struct seen *seen, struct err *err)
{
	struct seen more = *seen;

	if (seen->count * 2 < seen->size)
		return 0;
	more.size = seen->size != 0 ? seen->size * 2 : SEEN_FIRST_SIZE;
	more.slot = calloc(more.size, sizeof(*more.slot));
	if (more.slot == NULL)
		return err_nomem(err);
	for (size_t i = 0; i < seen->size; i++)
		if (seen->slot[i] != 0)
			*seen_find(&more, seen->slot[i]) = seen->slot[i];
	free(seen->slot);
	*seen = more;
	return 0;
}

/* Never 0, which marks a free slot. */
static uint64_t seen_hash(const struct seen *seen, struct span name)
{
	uint64_t hash;

	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)name.p, name.n, seen->key);
	return hash + (hash == 0);
}

bool seen_has(const struct seen *seen, struct span name)
{
	uint64_t hash = seen_hash(seen, name);

	return seen->size > 0 && *seen_find(seen, hash) == hash;
}

int seen_add(struct seen *seen, struct span name, struct err *err)
{
	uint64_t hash = seen_hash(seen, name), *slot;

	if (seen_grow(seen, err) != 0)
		return -1;
	slot = seen_find(seen, hash);
	if (*slot == hash)
		return 1;
	if (seen->count == SEEN_MAX) {
		seen->is_full = true;
		return 0;
	}
	*slot = hash;
	seen->count++;
	return 0;
}
