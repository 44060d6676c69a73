/* The table of texts. */
#include <string.h>

#include "store/store_sqlite.h"

static struct store_sqlite_known *store_sqlite_slot(
    struct store_sqlite *sqlite, struct span text, uint64_t *hash_r)
{
	unsigned char out[crypto_shorthash_BYTES];

	_Static_assert(sizeof(*hash_r) == crypto_shorthash_BYTES, "a hash is a uint64_t");
	crypto_shorthash(out, (const unsigned char *)text.p, text.n, sqlite->key);
	memcpy(hash_r, out, sizeof(*hash_r));
	return &sqlite->known[*hash_r & (STORE_SQLITE_KNOWN - 1)];
}

static int store_sqlite_bind_text(
    const struct store_sqlite *sqlite, sqlite3_stmt *statement, struct span text, struct err *err)
{
	int result = sqlite3_bind_text64(statement, 1, text.p, text.n, SQLITE_STATIC, SQLITE_UTF8);

	return result == SQLITE_OK ? 0 : store_sqlite_err(sqlite, result, err);
}

int store_sqlite_find_text(
    struct store_sqlite *sqlite, struct span text, int64_t *id_r, struct err *err)
{
	sqlite3_stmt *statement = store_sqlite_statement(sqlite, STORE_SQLITE_FIND_TEXT, err);
	int result;

	*id_r = 0;
	if (text.n == 0)
		return 0;
	if (statement == NULL || store_sqlite_bind_text(sqlite, statement, text, err) != 0)
		return -1;
	result = sqlite3_step(statement);
	*id_r = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : STORE_SQLITE_NO_TEXT;
	sqlite3_reset(statement);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return store_sqlite_err(sqlite, result, err);
	return 0;
}

static int store_sqlite_add_text(
    struct store_sqlite *sqlite, struct span text, int64_t *id_r, struct err *err)
{
	sqlite3_stmt *statement = store_sqlite_statement(sqlite, STORE_SQLITE_ADD_TEXT, err);

	if (statement == NULL || store_sqlite_bind_text(sqlite, statement, text, err) != 0 ||
	    store_sqlite_step(sqlite, statement, err) != 0)
		return -1;
	*id_r = sqlite3_last_insert_rowid(sqlite->db);
	return 0;
}

int store_sqlite_text_id(
    struct store_sqlite *sqlite, struct span text, int64_t *id_r, struct err *err)
{
	struct store_sqlite_known *known;
	uint64_t hash;

	*id_r = 0; /* of the empty text */
	if (text.n == 0)
		return 0;
	known = store_sqlite_slot(sqlite, text, &hash);
	if (known->id == 0 || known->hash != hash) {
		if (store_sqlite_find_text(sqlite, text, id_r, err) != 0 ||
		    (*id_r == STORE_SQLITE_NO_TEXT &&
			store_sqlite_add_text(sqlite, text, id_r, err) != 0))
			return -1;
		*known = (struct store_sqlite_known){.hash = hash, .id = *id_r};
	}
	*id_r = known->id;
	return 0;
}

void store_sqlite_forget_texts(struct store_sqlite *sqlite)
{
	memset(sqlite->known, 0, sizeof(sqlite->known));
}
