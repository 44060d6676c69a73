#include "sink/store_privacy.h"

#include <sodium.h>

#include "base/buf.h"
#include "mail/address.h"

/* Bytes of a hash. */
#define STORE_PRIVACY_HASH 16

_Static_assert(STORE_PRIVACY_KEY == crypto_generichash_KEYBYTES, "the key of BLAKE2b");

bool store_privacy_may_leave_out(enum column column)
{
	switch (column) {
	case COLUMN_NUMBER:
	case COLUMN_DATE:
	case COLUMN_FOLDER:
	case COLUMN_UID:
	case COLUMN_HOST:
	case COLUMN_QUEUE_ID:
	case COLUMN_IDENTITY:
	case COLUMN_IDENTITY_KIND:
		return false;
	default:
		return true;
	}
}

bool store_privacy_may_hash(enum column column)
{
	return store_privacy_may_leave_out(column) && column != COLUMN_NOTES &&
	       record_columns[column].kind == KIND_TEXT;
}

static void store_privacy_add(
    struct buf *out, const struct store_privacy *privacy, struct span value)
{
	unsigned char hash[STORE_PRIVACY_HASH];

	crypto_generichash(hash, sizeof(hash), (const unsigned char *)value.p, value.n,
	    privacy->key, sizeof(privacy->key));
	buf_add_text(out, "hash-");
	buf_add_hex(out, (struct span){(const char *)hash, sizeof(hash)});
}

static struct span store_privacy_lower(struct span value, struct arena *arena)
{
	struct buf lower;
	struct span copy;

	buf_init(&lower, 0);
	for (size_t i = 0; i < value.n; i++)
		buf_add_char(&lower, span_lower(value.p[i]));
	copy = arena_copy_buf(arena, &lower);
	buf_fini(&lower);
	return copy;
}

static void store_privacy_add_addresses(
    struct buf *out, const struct store_privacy *privacy, struct span value, struct arena *arena)
{
	struct address_list list;
	struct address address;

	address_list_init(&list, value, arena);
	while (address_list_next(&list, &address)) {
		const struct span normal = address_normal(&address, arena);

		if (out->n > 0)
			buf_add_text(out, ", ");
		store_privacy_add(out, privacy, store_privacy_lower(normal, arena));
	}
}

struct span store_privacy_hash(
    const struct store_privacy *privacy, enum column column, struct span value, struct arena *arena)
{
	struct buf out;
	struct span hash;

	if (value.n == 0)
		return value;
	buf_init(&out, 0);
	if (column == COLUMN_TO)
		store_privacy_add_addresses(&out, privacy, value, arena);
	if (out.n == 0)
		store_privacy_add(&out, privacy, value);
	hash = arena_copy_buf(arena, &out);
	buf_fini(&out);
	return hash;
}
