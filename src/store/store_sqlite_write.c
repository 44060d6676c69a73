/* What a run puts into the history. */
#include <string.h>
#include <unistr.h>

#include "store/store_sqlite.h"

/*
 * An older run that comes late changes nothing, and neither does a row that is there as it is:
 * nothing is written then.
 */
static const char store_sqlite_put_text[] =
    "INSERT INTO message (place, epoch, uid, queue_id, version, day, time, bounce,"
    " rcpts, identity, domain, auth_user, source_ip, script, class, subject, mail_from, evidence,"
    " rules, rcpt, message_id, notes, extra)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT DO UPDATE SET version=excluded.version, day=excluded.day, time=excluded.time,"
    " bounce=excluded.bounce, rcpts=excluded.rcpts, identity=excluded.identity,"
    " domain=excluded.domain, auth_user=excluded.auth_user, source_ip=excluded.source_ip,"
    " script=excluded.script, class=excluded.class, subject=excluded.subject,"
    " mail_from=excluded.mail_from, evidence=excluded.evidence, rules=excluded.rules,"
    " rcpt=excluded.rcpt, message_id=excluded.message_id, notes=excluded.notes,"
    " extra=excluded.extra"
    " WHERE excluded.version>=version AND excluded.version>" STORE_SQLITE_STRING(
	STORE_OLDEST) " AND (time, bounce, rcpts, identity, domain, auth_user,"
		      " source_ip, script, class, subject, mail_from, evidence, rules, rcpt, "
		      "message_id, notes,"
		      " extra) IS NOT (excluded.time, excluded.bounce, excluded.rcpts, "
		      "excluded.identity,"
		      " excluded.domain, excluded.auth_user, excluded.source_ip, excluded.script, "
		      "excluded.class,"
		      " excluded.subject, excluded.mail_from, excluded.evidence, excluded.rules, "
		      "excluded.rcpt,"
		      " excluded.message_id, excluded.notes, excluded.extra)";

/* What is known and what comes is one stretch of time, of the same mailbox. */
#define STORE_SQLITE_JOINS                                                                         \
	"(epoch=excluded.epoch AND since<=excluded.until AND excluded.since<=until)"

/* One of the two has all of the other's time. */
#define STORE_SQLITE_INSIDE  "(excluded.since<=since AND excluded.ahead>=ahead)"
#define STORE_SQLITE_OUTSIDE "(since<=excluded.since AND ahead>=excluded.ahead)"

static const char *const store_sqlite_texts[STORE_SQLITE_STATEMENTS] = {
    [STORE_SQLITE_BEGIN] = "BEGIN IMMEDIATE",
    [STORE_SQLITE_COMMIT] = "COMMIT",
    [STORE_SQLITE_ROLLBACK] = "ROLLBACK",
    [STORE_SQLITE_FIND_TEXT] = "SELECT id FROM text WHERE v=?",
    [STORE_SQLITE_ADD_TEXT] = "INSERT INTO text (v) VALUES (?)",
    [STORE_SQLITE_FIND_PLACE] = "SELECT id FROM place WHERE source=? AND host=? AND name=?",
    [STORE_SQLITE_ADD_PLACE] = "INSERT INTO place (source, host, name) VALUES (?,?,?)",
    [STORE_SQLITE_PUT] = store_sqlite_put_text,
    [STORE_SQLITE_COVER] =
	"INSERT INTO coverage (place, day, epoch, since, until, ahead, uid, reading, version)"
	" VALUES (?,?,?,?,?,?,?,?,?)"
	" ON CONFLICT DO UPDATE SET epoch=excluded.epoch,"
	" since=iif(" STORE_SQLITE_JOINS ", min(since, excluded.since), excluded.since),"
	" until=iif(" STORE_SQLITE_JOINS ", max(until, excluded.until), excluded.until),"
	" ahead=iif(" STORE_SQLITE_JOINS ", max(ahead, excluded.ahead), excluded.ahead),"
	" uid=CASE WHEN NOT " STORE_SQLITE_JOINS " OR " STORE_SQLITE_INSIDE " THEN excluded.uid"
	" WHEN reading<>excluded.reading THEN 0 WHEN " STORE_SQLITE_OUTSIDE " THEN uid"
	" ELSE min(uid, excluded.uid) END,"
	" reading=CASE WHEN NOT " STORE_SQLITE_JOINS " OR " STORE_SQLITE_INSIDE
	" THEN excluded.reading WHEN reading<>excluded.reading THEN 0 ELSE reading END,"
	" version=max(version, excluded.version)"
	" WHERE excluded.version>=version OR " STORE_SQLITE_JOINS,
    [STORE_SQLITE_DROP_SAVED] = "DELETE FROM message WHERE (place, epoch, uid, queue_id) IN"
				" (SELECT place, epoch, uid, queue_id FROM message"
				" INDEXED BY message_day"
				" WHERE place=? AND day=? AND time>=? AND time<?"
				" AND queue_id=?)",
    [STORE_SQLITE_CHANGES] = "PRAGMA data_version",
    [STORE_SQLITE_HAS_SAVED] = "SELECT EXISTS (SELECT 1 FROM place WHERE source='" STORE_SAVED "')",
    [STORE_SQLITE_DROP_TWIN] =
	"DELETE FROM message WHERE place=? AND epoch=? AND uid=? AND queue_id=?",
};

sqlite3_stmt *store_sqlite_statement(
    struct store_sqlite *sqlite, enum store_sqlite_statement which, struct err *err)
{
	sqlite3_stmt **statement = &sqlite->statement[which];
	int result = SQLITE_OK;

	if (*statement == NULL)
		result = sqlite3_prepare_v3(sqlite->db, store_sqlite_texts[which], -1,
		    SQLITE_PREPARE_PERSISTENT, statement, NULL);
	if (result != SQLITE_OK)
		store_sqlite_err(sqlite, result, err);
	return *statement;
}

static int store_sqlite_simple(
    struct store_sqlite *sqlite, enum store_sqlite_statement which, struct err *err)
{
	sqlite3_stmt *statement = store_sqlite_statement(sqlite, which, err);

	return statement != NULL ? store_sqlite_step(sqlite, statement, err) : -1;
}

/* The batch is lost: what it added is not there. Returns -1. */
static int store_sqlite_undo(struct store_sqlite *sqlite)
{
	struct err ignored = ERR_INIT;

	/* SQLite may have done it by itself, as when the disk is full. */
	if (!sqlite3_get_autocommit(sqlite->db))
		store_sqlite_simple(sqlite, STORE_SQLITE_ROLLBACK, &ignored);
	sqlite->is_open = false;
	store_sqlite_forget(sqlite);
	return -1;
}

static int store_sqlite_ask(struct store_sqlite *sqlite, enum store_sqlite_statement which,
    int64_t *value_r, struct err *err)
{
	sqlite3_stmt *statement = store_sqlite_statement(sqlite, which, err);
	int result;

	if (statement == NULL)
		return -1;
	result = sqlite3_step(statement);
	*value_r = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return result == SQLITE_ROW ? 0 : store_sqlite_err(sqlite, result, err);
}

/* Another program may have taken out texts whose numbers are at hand, or imported something. */
static int store_sqlite_look_around(struct store_sqlite *sqlite, struct err *err)
{
	int64_t changes, has_saved;

	if (store_sqlite_ask(sqlite, STORE_SQLITE_CHANGES, &changes, err) != 0 ||
	    store_sqlite_ask(sqlite, STORE_SQLITE_HAS_SAVED, &has_saved, err) != 0)
		return -1;
	if (changes != sqlite->changes)
		store_sqlite_forget(sqlite);
	sqlite->changes = changes;
	sqlite->has_saved = has_saved != 0;
	return 0;
}

static int store_sqlite_begin(struct store_sqlite *sqlite, struct err *err)
{
	if (sqlite->is_open)
		return 0;
	if (store_sqlite_simple(sqlite, STORE_SQLITE_BEGIN, err) != 0)
		return -1;
	sqlite->is_open = true;
	if (store_sqlite_look_around(sqlite, err) != 0)
		return store_sqlite_undo(sqlite);
	sqlite->rows = 0;
	sqlite->bytes = 0;
	return 0;
}

int store_sqlite_commit(struct store *store, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;

	if (!sqlite->is_open)
		return 0;
	if (store_sqlite_simple(sqlite, STORE_SQLITE_COMMIT, err) != 0)
		return store_sqlite_undo(sqlite);
	sqlite->is_open = false;
	return 0;
}

int store_sqlite_start(struct store_sqlite *sqlite, struct err *err)
{
	if (store_sqlite_commit(&sqlite->store, err) != 0)
		return -1;
	return store_sqlite_begin(sqlite, err);
}

int store_sqlite_end(struct store_sqlite *sqlite, int result, struct err *err)
{
	return result == 0 ? store_sqlite_commit(&sqlite->store, err) : store_sqlite_undo(sqlite);
}

/* What a value of a record never is, and a database would keep in a way that nobody could read. */
int store_sqlite_check_text(struct span text, struct err *err)
{
	if (text.n > STORE_MAX_TEXT || span_find(text, '\0') != SPAN_NPOS ||
	    u8_check((const uint8_t *)text.p, text.n) != NULL)
		return err_set(err, ERR_INTERNAL, "a text that a history cannot keep");
	return 0;
}

/* Values that the statements have, one after the other. */
struct store_sqlite_binder {
	struct store_sqlite *sqlite;
	sqlite3_stmt *statement;
	int at; /* the last one that was bound */
	int result;
};

static void store_sqlite_bind_number(struct store_sqlite_binder *binder, uint64_t value)
{
	if (binder->result == SQLITE_OK)
		binder->result =
		    sqlite3_bind_int64(binder->statement, ++binder->at, (int64_t)value);
}

static void store_sqlite_bind_span(struct store_sqlite_binder *binder, struct span text)
{
	if (binder->result == SQLITE_OK)
		binder->result = sqlite3_bind_text64(binder->statement, ++binder->at,
		    text.n > 0 ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

static int store_sqlite_bind_shared(
    struct store_sqlite_binder *binder, struct span text, struct err *err)
{
	int64_t id;

	if (store_sqlite_check_text(text, err) != 0 ||
	    store_sqlite_text_id(binder->sqlite, text, &id, err) != 0)
		return -1;
	store_sqlite_bind_number(binder, (uint64_t)id);
	return 0;
}

static int store_sqlite_bind_place(
    struct store_sqlite_binder *binder, const struct store_place *place, struct err *err)
{
	int64_t id;

	if (store_sqlite_check_text(place->source, err) != 0 ||
	    store_sqlite_check_text(place->host, err) != 0 ||
	    store_sqlite_check_text(place->name, err) != 0 ||
	    store_sqlite_place_id(binder->sqlite, place, &id, err) != 0)
		return -1;
	store_sqlite_bind_number(binder, (uint64_t)id);
	return 0;
}

static int store_sqlite_bind_row(
    struct store_sqlite_binder *binder, const struct store_row *row, struct err *err)
{
	if (store_sqlite_check_text(row->key.queue_id, err) != 0 ||
	    store_sqlite_bind_place(binder, &row->key.place, err) != 0)
		return -1;
	store_sqlite_bind_number(binder, row->key.epoch);
	store_sqlite_bind_number(binder, row->key.uid);
	store_sqlite_bind_span(binder, row->key.queue_id);
	store_sqlite_bind_number(binder, binder->sqlite->version);
	store_sqlite_bind_number(binder, (uint64_t)store_day(row->time));
	store_sqlite_bind_number(binder, (uint64_t)row->time);
	store_sqlite_bind_number(binder, row->is_bounce);
	store_sqlite_bind_number(binder, row->recipients);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++) {
		const struct span text = row->text[i];

		if (i < STORE_SQLITE_SHARED) {
			if (store_sqlite_bind_shared(binder, text, err) != 0)
				return -1;
		} else if (store_sqlite_check_text(text, err) == 0)
			store_sqlite_bind_span(binder, text);
		else
			return -1;
		binder->sqlite->bytes += text.n;
	}
	return 0;
}

static int store_sqlite_bind_cover(
    struct store_sqlite_binder *binder, const struct store_cover *cover, struct err *err)
{
	if (store_sqlite_bind_place(binder, &cover->place, err) != 0)
		return -1;
	store_sqlite_bind_number(binder, (uint64_t)cover->day);
	store_sqlite_bind_number(binder, cover->epoch);
	store_sqlite_bind_number(binder, (uint64_t)cover->since);
	store_sqlite_bind_number(binder, (uint64_t)cover->until);
	store_sqlite_bind_number(
	    binder, (uint64_t)(cover->ahead > cover->until ? cover->ahead : cover->until));
	store_sqlite_bind_number(binder, cover->uid);
	store_sqlite_bind_number(binder, cover->reading);
	store_sqlite_bind_number(binder, binder->sqlite->version);
	return 0;
}

/* Runs what was bound. */
static int store_sqlite_write(struct store_sqlite_binder *binder, struct err *err)
{
	struct store_sqlite *sqlite = binder->sqlite;

	if (binder->result != SQLITE_OK) {
		sqlite3_reset(binder->statement);
		return store_sqlite_err(sqlite, binder->result, err);
	}
	return store_sqlite_step(sqlite, binder->statement, err);
}

/* The same message of a saved report is no longer needed. */
static int store_sqlite_drop_twin(
    struct store_sqlite *sqlite, const struct store_row *row, struct err *err)
{
	const struct store_place saved = {.source = SPAN(STORE_SAVED), .host = row->key.place.host};
	struct store_sqlite_binder binder = {.sqlite = sqlite};
	int64_t place;

	if (span_eq(row->key.place.source, SPAN(STORE_SAVED))) {
		sqlite->has_saved = true;
		return 0;
	}
	if (!sqlite->has_saved || row->key.uid == 0)
		return 0;
	if (store_sqlite_find_place(sqlite, &saved, &place, err) != 0)
		return -1;
	if (place == STORE_SQLITE_NONE)
		return 0;
	binder.statement = store_sqlite_statement(sqlite, STORE_SQLITE_DROP_TWIN, err);
	if (binder.statement == NULL)
		return -1;
	store_sqlite_bind_number(&binder, (uint64_t)place);
	store_sqlite_bind_number(&binder, (uint64_t)row->time);
	store_sqlite_bind_number(&binder, row->key.uid);
	store_sqlite_bind_span(&binder, row->key.place.name);
	return store_sqlite_write(&binder, err);
}

int store_sqlite_put(struct store *store, const struct store_row *row, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	struct store_sqlite_binder binder = {.sqlite = sqlite};

	if (store_sqlite_begin(sqlite, err) != 0)
		return -1;
	binder.statement = store_sqlite_statement(sqlite, STORE_SQLITE_PUT, err);
	if (binder.statement == NULL || store_sqlite_bind_row(&binder, row, err) != 0 ||
	    store_sqlite_write(&binder, err) != 0 || store_sqlite_drop_twin(sqlite, row, err) != 0)
		return store_sqlite_undo(sqlite);
	if (++sqlite->rows >= STORE_BATCH_ROWS || sqlite->bytes >= STORE_BATCH_BYTES)
		return store_sqlite_commit(store, err);
	return 0;
}

/* Rows of saved reports are no longer needed where the server's own are. */
static int store_sqlite_drop_saved(
    struct store_sqlite *sqlite, const struct store_cover *cover, struct err *err)
{
	const struct store_place saved = {.source = SPAN(STORE_SAVED), .host = cover->place.host};
	struct store_sqlite_binder binder = {.sqlite = sqlite};
	int64_t place;

	if (store_sqlite_find_place(sqlite, &saved, &place, err) != 0)
		return -1;
	if (place == STORE_SQLITE_NONE)
		return 0;
	binder.statement = store_sqlite_statement(sqlite, STORE_SQLITE_DROP_SAVED, err);
	if (binder.statement == NULL)
		return -1;
	store_sqlite_bind_number(&binder, (uint64_t)place);
	store_sqlite_bind_number(&binder, (uint64_t)cover->day);
	store_sqlite_bind_number(&binder, (uint64_t)cover->since);
	store_sqlite_bind_number(&binder, (uint64_t)cover->until);
	store_sqlite_bind_span(&binder, cover->place.name);
	return store_sqlite_write(&binder, err);
}

int store_sqlite_cover(struct store *store, const struct store_cover *cover, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	struct store_sqlite_binder binder = {.sqlite = sqlite};

	if (store_sqlite_begin(sqlite, err) != 0)
		return -1;
	binder.statement = store_sqlite_statement(sqlite, STORE_SQLITE_COVER, err);
	if (binder.statement == NULL || store_sqlite_bind_cover(&binder, cover, err) != 0 ||
	    store_sqlite_write(&binder, err) != 0 ||
	    store_sqlite_drop_saved(sqlite, cover, err) != 0)
		return store_sqlite_undo(sqlite);
	return 0;
}
