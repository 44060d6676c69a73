#include "group/group_hash.h"

#include <stdlib.h>

#include "mail/address.h"
#include "group/group_key.h"

#define GROUP_HASH_FIRST_RECIPIENTS 16

_Static_assert(sizeof(uint64_t) == crypto_shorthash_BYTES, "a hash is a uint64_t");

int group_hash_init(struct group_hash *hash, struct err *err)
{
	*hash = (struct group_hash){0};
	arena_init(&hash->arena);
	buf_init(&hash->folded, 0);
	if (sodium_init() < 0)
		return err_set(err, ERR_SYSTEM, "no source of random numbers");
	crypto_shorthash_keygen(hash->key);
	group_hash_want(hash, COLUMN_SUBJECT);
	group_hash_want(hash, COLUMN_SOURCE_IP);
	group_hash_want(hash, COLUMN_PHP_SCRIPT);
	group_hash_want(hash, COLUMN_LOGIN_IP);
	group_hash_want(hash, COLUMN_PHP_SCRIPT_IP);
	return 0;
}

void group_hash_fini(struct group_hash *hash)
{
	free(hash->recipient);
	buf_fini(&hash->folded);
	arena_fini(&hash->arena);
}

void group_hash_want(struct group_hash *hash, enum column column)
{
	column_set_add(&hash->columns, column);
}

static uint64_t group_hash_bytes(const struct group_hash *hash, const void *bytes, size_t n)
{
	unsigned char out[crypto_shorthash_BYTES];
	uint64_t value;

	crypto_shorthash(out, bytes, n, hash->key);
	memcpy(&value, out, sizeof(value));
	return value;
}

static int group_hash_add_recipient(struct group_hash *hash)
{
	if (hash->folded.failed != 0)
		return -1;
	if (hash->recipient_count == hash->recipient_size) {
		size_t size = hash->recipient_size != 0 ? hash->recipient_size * 2
							: GROUP_HASH_FIRST_RECIPIENTS;
		uint64_t *more = reallocarray(hash->recipient, size, sizeof(*more));

		if (more == NULL)
			return -1;
		hash->recipient = more;
		hash->recipient_size = size;
	}
	hash->recipient[hash->recipient_count++] =
	    group_hash_bytes(hash, hash->folded.p, hash->folded.n);
	buf_clear(&hash->folded);
	return 0;
}

/* A text without a domain is part of a name, or "undisclosed-recipients:;". */
static int group_hash_recipients(struct group_hash *hash, struct span to)
{
	struct address_list list;
	struct address address;

	hash->recipient_count = 0;
	arena_reset(&hash->arena);
	address_list_init(&list, to, &hash->arena);
	while (address_list_next(&list, &address)) {
		if (address.domain.n == 0)
			continue;
		group_key_add_lower(&hash->folded, address.local);
		buf_add_char(&hash->folded, '@');
		group_key_add_lower(&hash->folded, address.domain);
		if (group_hash_add_recipient(hash) != 0)
			return -1;
	}
	return hash->arena.failed ? -1 : 0;
}

static int group_hash_column(struct group_hash *hash, enum column column, struct span value)
{
	hash->value[column] = 0;
	if (value.n == 0)
		return 0;
	group_key_fold(&hash->folded, column, value);
	if (hash->folded.failed != 0)
		return -1;
	hash->value[column] = group_hash_bytes(hash, hash->folded.p, hash->folded.n);
	buf_clear(&hash->folded);
	return 0;
}

/* Those that are only to group by. */
static int group_hash_times(struct group_hash *hash, const struct record *record)
{
	for (unsigned i = COLUMN_COUNT; i < COLUMN_KEY_COUNT; i++) {
		hash->text[i] = record->value[i];
		if (column_set_has(&hash->columns, i) &&
		    group_hash_column(hash, (enum column)i, hash->text[i]) != 0)
			return -1;
	}
	return 0;
}

int group_hash_set(struct group_hash *hash, const struct record *record, struct err *err)
{
	buf_clear(&hash->folded);
	for (unsigned i = column_set_next(&hash->columns, 0); i < COLUMN_COUNT;
	     i = column_set_next(&hash->columns, i + 1)) {
		enum column column = (enum column)i;

		hash->text[column] = group_key_value(record, column);
		if (group_hash_column(hash, column, hash->text[column]) != 0)
			return err_nomem(err);
	}
	if (group_hash_times(hash, record) != 0 ||
	    group_hash_recipients(hash, record_value(record, COLUMN_TO)) != 0)
		return err_nomem(err);
	return 0;
}

int group_hash_set_columns(struct group_hash *hash, const struct record *record,
    const struct column_list *columns, struct err *err)
{
	buf_clear(&hash->folded);
	for (unsigned i = 0; i < columns->count; i++) {
		const enum column column = columns->column[i];

		if (group_hash_column(hash, column, group_key_value(record, column)) != 0)
			return err_nomem(err);
	}
	return 0;
}

uint64_t group_hash_columns(const struct group_hash *hash, const struct column_list *columns)
{
	uint64_t values[COLUMN_KEY_COUNT];

	if (columns->count == 1)
		return hash->value[columns->column[0]];
	for (unsigned i = 0; i < columns->count; i++)
		values[i] = hash->value[columns->column[i]];
	return group_hash_bytes(hash, values, columns->count * sizeof(values[0]));
}
