/* Texts and places that come again and again, by their numbers. */
#include <string.h>

#include "store/store_sqlite.h"

/* The two where the text may be, the one that was used last in front. Sets *hash_r, too. */
static struct store_sqlite_known *store_sqlite_pair(
    struct store_sqlite *sqlite, struct span text, uint64_t *hash_r)
{
	unsigned char out[crypto_shorthash_BYTES];

	_Static_assert(sizeof(*hash_r) == crypto_shorthash_BYTES, "a hash is a uint64_t");
	crypto_shorthash(out, (const unsigned char *)text.p, text.n, sqlite->key);
	memcpy(hash_r, out, sizeof(*hash_r));
	return &sqlite->known[*hash_r & (STORE_SQLITE_KNOWN - 2)];
}

/* 0: it is not at hand. */
static int64_t store_sqlite_known_id(struct store_sqlite_known pair[2], uint64_t hash)
{
	const struct store_sqlite_known second = pair[1];

	if (pair[0].hash == hash)
		return pair[0].id;
	if (second.hash != hash || second.id == 0)
		return 0;
	pair[1] = pair[0];
	pair[0] = second;
	return second.id;
}

static int store_sqlite_bind_texts(const struct store_sqlite *sqlite, sqlite3_stmt *statement,
    const struct span *texts, int count, struct err *err)
{
	int result = SQLITE_OK;

	for (int i = 0; i < count && result == SQLITE_OK; i++)
		result = sqlite3_bind_text64(statement, i + 1, texts[i].n > 0 ? texts[i].p : "",
		    texts[i].n, SQLITE_STATIC, SQLITE_UTF8);
	return result == SQLITE_OK ? 0 : store_sqlite_err(sqlite, result, err);
}

/* The number of what has these texts; STORE_SQLITE_NONE. */
static int store_sqlite_look_up(struct store_sqlite *sqlite, enum store_sqlite_statement find,
    const struct span *texts, int64_t *id_r, struct err *err)
{
	const int count = find == STORE_SQLITE_FIND_TEXT ? 1 : STORE_SQLITE_PLACE_TEXTS;
	sqlite3_stmt *statement = store_sqlite_statement(sqlite, find, err);
	int result;

	if (statement == NULL || store_sqlite_bind_texts(sqlite, statement, texts, count, err) != 0)
		return -1;
	result = sqlite3_step(statement);
	*id_r = result == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : STORE_SQLITE_NONE;
	sqlite3_reset(statement);
	if (result != SQLITE_ROW && result != SQLITE_DONE)
		return store_sqlite_err(sqlite, result, err);
	return 0;
}

/* The same, which adds it by the statement behind `find` when it is not there. */
static int store_sqlite_get(struct store_sqlite *sqlite, enum store_sqlite_statement find,
    const struct span *texts, int64_t *id_r, struct err *err)
{
	const int count = find == STORE_SQLITE_FIND_TEXT ? 1 : STORE_SQLITE_PLACE_TEXTS;
	sqlite3_stmt *add;

	if (store_sqlite_look_up(sqlite, find, texts, id_r, err) != 0)
		return -1;
	if (*id_r != STORE_SQLITE_NONE)
		return 0;
	add = store_sqlite_statement(sqlite, find + 1, err);
	if (add == NULL || store_sqlite_bind_texts(sqlite, add, texts, count, err) != 0 ||
	    store_sqlite_step(sqlite, add, err) != 0)
		return -1;
	*id_r = sqlite3_last_insert_rowid(sqlite->db);
	return 0;
}

/* A place's texts as one, with what is in no text behind each. */
static struct span store_sqlite_join(
    struct store_sqlite *sqlite, const struct span texts[STORE_SQLITE_PLACE_TEXTS])
{
	buf_clear(&sqlite->place);
	for (unsigned i = 0; i < STORE_SQLITE_PLACE_TEXTS; i++) {
		buf_add(&sqlite->place, texts[i]);
		buf_add_char(&sqlite->place, '\0');
	}
	return buf_span(&sqlite->place);
}

/* store_sqlite_get(), without the database for what is at hand. */
static int store_sqlite_get_known(struct store_sqlite *sqlite, enum store_sqlite_statement find,
    const struct span *texts, int64_t *id_r, struct err *err)
{
	const bool is_place = find == STORE_SQLITE_FIND_PLACE;
	const struct span name = is_place ? store_sqlite_join(sqlite, texts) : texts[0];
	struct store_sqlite_known *pair;
	uint64_t hash;

	if (is_place && sqlite->place.failed != 0)
		return err_nomem(err);
	pair = store_sqlite_pair(sqlite, name, &hash);
	*id_r = store_sqlite_known_id(pair, hash);
	if (*id_r != 0)
		return 0;
	if (store_sqlite_get(sqlite, find, texts, id_r, err) != 0)
		return -1;
	pair[1] = pair[0];
	pair[0] = (struct store_sqlite_known){.hash = hash, .id = *id_r};
	return 0;
}

int store_sqlite_text_id(
    struct store_sqlite *sqlite, struct span text, int64_t *id_r, struct err *err)
{
	*id_r = 0; /* of the empty text */
	if (text.n == 0)
		return 0;
	return store_sqlite_get_known(sqlite, STORE_SQLITE_FIND_TEXT, &text, id_r, err);
}

static void store_sqlite_list_place(
    const struct store_place *place, struct span texts_r[STORE_SQLITE_PLACE_TEXTS])
{
	texts_r[0] = place->source;
	texts_r[1] = place->host;
	texts_r[2] = place->name;
}

int store_sqlite_find_place(
    struct store_sqlite *sqlite, const struct store_place *place, int64_t *id_r, struct err *err)
{
	struct span texts[STORE_SQLITE_PLACE_TEXTS];

	store_sqlite_list_place(place, texts);
	return store_sqlite_look_up(sqlite, STORE_SQLITE_FIND_PLACE, texts, id_r, err);
}

int store_sqlite_place_id(
    struct store_sqlite *sqlite, const struct store_place *place, int64_t *id_r, struct err *err)
{
	struct span texts[STORE_SQLITE_PLACE_TEXTS];

	store_sqlite_list_place(place, texts);
	return store_sqlite_get_known(sqlite, STORE_SQLITE_FIND_PLACE, texts, id_r, err);
}

void store_sqlite_forget(struct store_sqlite *sqlite)
{
	memset(sqlite->known, 0, sizeof(sqlite->known));
}
