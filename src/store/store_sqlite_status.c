/* What the history has, and what it is itself. */
#include <stdio.h>
#include <string.h>

#include "store/store_sqlite.h"

/* In the order of the table, which needs no sorting. Of what is no mailbox's the epoch is a time.
 */
static const char store_sqlite_places_text[] =
    "SELECT p.source, p.host, p.name, ifnull(n, 0), ifnull(e, 0), ifnull(f, 0), ifnull(l, 0)"
    " FROM place p LEFT JOIN (SELECT place, sum(n) n, sum(e) e, min(f) f, max(l) l FROM"
    " (SELECT place, epoch, count(*) n, max(uid)>0 e, min(nullif(time, 0)) f,"
    " max(nullif(time, 0)) l FROM message GROUP BY place, epoch) GROUP BY place) s"
    " ON s.place=p.id ORDER BY p.id";

static void store_sqlite_take_place_sum(
    struct store_sqlite_reader *reader, struct store_place_sum *sum_r)
{
	sum_r->place = store_sqlite_next_place(reader);
	sum_r->rows = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->epochs = store_sqlite_next_number(reader, INT64_MAX);
	sum_r->first = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
	sum_r->last = (int64_t)store_sqlite_next_number(reader, STORE_MAX_TIME);
}

int store_sqlite_place_sums(
    struct store *store, store_take_place_sum *take, void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	struct store_place_sum sum;
	int got = sqlite3_prepare_v2(
	    reader.sqlite->db, store_sqlite_places_text, -1, &reader.statement, NULL);

	if (got != SQLITE_OK)
		got = store_sqlite_err(reader.sqlite, got, err);
	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		store_sqlite_take_place_sum(&reader, &sum);
		got = store_sqlite_check(&reader, err);
		if (got == 0)
			got = take(context, &sum, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}

int store_sqlite_about(struct store *store, struct store_about *about_r, struct err *err)
{
	const struct store_sqlite *sqlite = (struct store_sqlite *)store;
	int64_t size, pages, unused, rows, schema;

	if (store_sqlite_number(sqlite, "PRAGMA page_size", &size, err) != 0 ||
	    store_sqlite_number(sqlite, "PRAGMA page_count", &pages, err) != 0 ||
	    store_sqlite_number(sqlite, "PRAGMA freelist_count", &unused, err) != 0 ||
	    store_sqlite_number(sqlite, "PRAGMA user_version", &schema, err) != 0 ||
	    store_sqlite_number(sqlite, "SELECT count(*) FROM message", &rows, err) != 0)
		return -1;
	*about_r = (struct store_about){
	    .place = sqlite->file,
	    .schema = schema,
	    .bytes = (uint64_t)(size * pages),
	    .unused = (uint64_t)(size * unused),
	    .rows = (uint64_t)rows,
	};
	snprintf(about_r->engine, sizeof(about_r->engine), "SQLite %s", sqlite3_libversion());
	return 0;
}
