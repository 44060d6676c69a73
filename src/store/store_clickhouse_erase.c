/*
 * What is taken out of the history: months by their partitions, the rest by mutations, which are
 * waited for. Tables that only distribute to others do not have them: that is for the administrator
 * of the cluster.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "store/store_clickhouse.h"
#include "store/store_places.h"

#define CLICKHOUSE_MICROSECONDS 1000000

/* Milliseconds between two looks at a mutation: at first, and at most. */
#define CLICKHOUSE_FIRST_LOOK 20
#define CLICKHOUSE_LAST_LOOK  1000

/* Milliseconds after which it is said that one takes long: 18.16 does not say that one has failed,
 * and tries it for ever. */
#define CLICKHOUSE_LONG 10000

/* Bytes of a list of texts in a statement, of which servers read 256 KiB. */
#define CLICKHOUSE_MAX_LIST ((size_t)128 * 1024)

/* What a SELECT of one number has answered. */
static int clickhouse_take_number(void *context, struct clickhouse_values *values, struct err *err)
{
	(void)err;
	*(uint64_t *)context = clickhouse_next_number(values, INT64_MAX);
	return 0;
}

/* How many rows a table has of this condition. */
static int clickhouse_count(struct clickhouse *clickhouse, const char *table, struct span condition,
    uint64_t *count_r, struct err *err)
{
	*count_r = 0;
	buf_clear(&clickhouse->text);
	buf_printf(&clickhouse->text, "SELECT count() FROM %s", table);
	buf_add(&clickhouse->text, condition);
	buf_add_text(&clickhouse->text, " FORMAT JSONCompact");
	return clickhouse_ask(clickhouse, 1, clickhouse_take_number, count_r, err);
}

static int clickhouse_is_busy(
    struct clickhouse *clickhouse, const char *table, uint64_t *left_r, struct err *err)
{
	char condition[128];

	snprintf(condition, sizeof(condition),
	    " WHERE database=currentDatabase() AND table='%s' AND is_done=0", table);
	return clickhouse_count(clickhouse, "system.mutations", span_of(condition), left_r, err);
}

/* What is to be done is done when the server says so, not when it has taken the order. */
static int clickhouse_wait(struct clickhouse *clickhouse, const char *table, struct err *err)
{
	int64_t pause = CLICKHOUSE_FIRST_LOOK, waited = 0;

	for (;;) {
		const bool was_long = waited >= CLICKHOUSE_LONG;
		uint64_t left;

		if (clickhouse_is_busy(clickhouse, table, &left, err) != 0)
			return -1;
		if (left == 0)
			return 0;
		if (clock_is_over(clickhouse->settings->http.deadline))
			return clock_refuse(err);
		if (wait_pause(pause, err) != 0)
			return -1;
		waited += pause;
		if (!was_long && waited >= CLICKHOUSE_LONG)
			log_warn("the history '%s': waiting for %" PRIu64 " mutations of %s, the "
				 "server's table system.mutations has them",
			    clickhouse->settings->name, left, table);
		pause = pause * 2 < CLICKHOUSE_LAST_LOOK ? pause * 2 : CLICKHOUSE_LAST_LOOK;
	}
}

static int clickhouse_alter(struct clickhouse *clickhouse, const char *table, const char *what,
    struct span condition, struct err *err)
{
	buf_clear(&clickhouse->text);
	buf_printf(&clickhouse->text, "ALTER TABLE %s %s", table, what);
	buf_add(&clickhouse->text, condition);
	if (clickhouse_tell(clickhouse, err) != 0)
		return clickhouse_blame(clickhouse, err);
	return clickhouse_wait(clickhouse, table, err);
}

/* The same of the rows of this condition, when there are some. */
static int clickhouse_alter_some(struct clickhouse *clickhouse, const char *table, const char *what,
    struct span condition, struct err *err)
{
	uint64_t count;

	if (clickhouse_count(clickhouse, table, condition, &count, err) != 0)
		return -1;
	return count > 0 ? clickhouse_alter(clickhouse, table, what, condition, err) : 0;
}

/* Messages go, with all of their versions, which count as one. */
static int clickhouse_delete(
    struct clickhouse *clickhouse, struct span condition, uint64_t *rows, struct err *err)
{
	uint64_t count;

	if (clickhouse_count(clickhouse, "qr_message FINAL", condition, &count, err) != 0 ||
	    clickhouse_alter_some(clickhouse, "qr_message", "DELETE", condition, err) != 0)
		return -1;
	*rows += count;
	return 0;
}

static int clickhouse_refuse_cluster(struct clickhouse *clickhouse, struct err *err)
{
	if (!clickhouse->is_distributed)
		return 0;
	err_set(err, ERR_CONFIG,
	    "its tables are those of a cluster, of which only its administrator can take something "
	    "out: samples/clickhouse.sql shows how");
	return clickhouse_blame(clickhouse, err);
}

/* Months that are to go, and how many rows they have. */
struct clickhouse_months {
	struct {
		uint64_t month; /* YYYYMM */
		uint64_t rows;
	} * month;
	size_t count, room;
};

static int clickhouse_take_month(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_months *months = context;

	if (months->count == months->room) {
		const size_t room = months->room > 0 ? months->room * 2 : 64;
		void *grown = reallocarray(months->month, room, sizeof(*months->month));

		if (grown == NULL)
			return err_nomem(err);
		months->month = grown;
		months->room = room;
	}
	months->month[months->count].month = clickhouse_next_number(values, 999999);
	months->month[months->count++].rows = clickhouse_next_number(values, INT64_MAX);
	return 0;
}

/* Those whose last day is before this one; that of rows without a time is none of them. */
static int clickhouse_find_months(
    struct clickhouse *clickhouse, int64_t day, struct clickhouse_months *months, struct err *err)
{
	buf_clear(&clickhouse->text);
	buf_add_text(&clickhouse->text, "SELECT toYYYYMM(day) AS m, count() FROM qr_message FINAL"
					" WHERE toUInt16(day)>30 AND m<toYYYYMM(toDate('");
	period_add_utc_day(&clickhouse->text, day);
	buf_add_text(&clickhouse->text, "')) GROUP BY m ORDER BY m FORMAT JSONCompact");
	return clickhouse_ask(clickhouse, 2, clickhouse_take_month, months, err);
}

static int clickhouse_drop_months(
    struct clickhouse *clickhouse, int64_t day, uint64_t *rows, struct err *err)
{
	struct clickhouse_months months = {.count = 0};
	int result = clickhouse_find_months(clickhouse, day, &months, err);

	for (size_t i = 0; i < months.count && result == 0; i++) {
		char what[64];

		snprintf(what, sizeof(what), "DROP PARTITION %" PRIu64, months.month[i].month);
		result = clickhouse_alter(clickhouse, "qr_message", what, SPAN_EMPTY, err);
		if (result == 0)
			*rows += months.month[i].rows;
	}
	free(months.month);
	return result;
}

/* The condition for what is left: the first days of a month, and rows without a time. */
static void clickhouse_add_old(struct buf *out, int64_t day)
{
	buf_add_text(out, " WHERE (day<toDate('");
	period_add_utc_day(out, day);
	buf_printf(out, "') AND toUInt16(day)>0) OR (toUInt16(day)=0 AND version<%" PRId64 ")",
	    day * STORE_DAY * CLICKHOUSE_MICROSECONDS);
}

static int clickhouse_delete_old(
    struct clickhouse *clickhouse, int64_t day, uint64_t *rows, struct err *err)
{
	struct buf condition;
	int result;

	buf_init(&condition, 0);
	clickhouse_add_old(&condition, day);
	result = condition.failed != 0
		     ? err_nomem(err)
		     : clickhouse_delete(clickhouse, buf_span(&condition), rows, err);
	buf_fini(&condition);
	return result;
}

int clickhouse_forget(struct store *store, struct span text, struct err *err)
{
	struct clickhouse *clickhouse = (struct clickhouse *)store;
	struct buf condition;
	int result = -1;

	if (clickhouse_refuse_cluster(clickhouse, err) != 0)
		return -1;
	buf_init(&condition, 0);
	buf_add_text(&condition, " WHERE positionCaseInsensitive(options,");
	clickhouse_add_quoted(&condition, text);
	buf_add_text(&condition, ")>0");
	if (condition.failed != 0)
		err_nomem(err);
	else
		result = clickhouse_alter_some(clickhouse, "qr_run",
		    "UPDATE options='" STORE_FORGOTTEN "'", buf_span(&condition), err);
	buf_fini(&condition);
	return result;
}

/* First what is known, so that nothing is said to be there that is not. */
static int clickhouse_prune_notes(struct clickhouse *clickhouse, int64_t day, struct err *err)
{
	struct buf condition;
	int result;

	buf_init(&condition, 0);
	buf_add_text(&condition, " WHERE day<toDate('");
	period_add_utc_day(&condition, day);
	buf_add_text(&condition, "')");
	result = condition.failed != 0 ? err_nomem(err)
				       : clickhouse_alter(clickhouse, "qr_coverage", "DELETE",
					     buf_span(&condition), err);
	buf_clear(&condition);
	buf_printf(&condition, " WHERE began<%" PRId64, day * STORE_DAY);
	if (result == 0)
		result = condition.failed != 0 ? err_nomem(err)
					       : clickhouse_alter_some(clickhouse, "qr_run",
						     "DELETE", buf_span(&condition), err);
	buf_fini(&condition);
	return result;
}

int clickhouse_prune(struct store *store, int64_t day, uint64_t *rows_r, struct err *err)
{
	struct clickhouse *clickhouse = (struct clickhouse *)store;

	*rows_r = 0;
	if (clickhouse_refuse_cluster(clickhouse, err) != 0 || clickhouse_commit(store, err) != 0)
		return -1;
	if (day <= 0)
		return 0;
	if (clickhouse_prune_notes(clickhouse, day, err) != 0 ||
	    clickhouse_drop_months(clickhouse, day, rows_r, err) != 0)
		return -1;
	return clickhouse_delete_old(clickhouse, day, rows_r, err);
}

/* " AND source='saved' AND (...)": what is covered now, a place and a stretch of days each. */
static void clickhouse_add_saved(struct clickhouse *clickhouse, struct buf *out)
{
	const struct clickhouse_cover *cover = clickhouse->cover;

	buf_add_text(out, " WHERE source=");
	clickhouse_add_quoted(out, SPAN(STORE_SAVED));
	buf_add_text(out, " AND (");
	for (unsigned i = 0; i < clickhouse->cover_count; i++) {
		const struct store_cover *first = &cover[i].cover;
		int64_t until = first->until;

		while (i + 1 < clickhouse->cover_count && cover[i + 1].cover.since == until &&
		       store_place_eq(&cover[i + 1].cover.place, &first->place))
			until = cover[++i].cover.until;
		if (first != &cover[0].cover)
			buf_add_text(out, " OR ");
		buf_add_text(out, "(host=");
		clickhouse_add_quoted(out, first->place.host);
		buf_add_text(out, " AND queue_id=");
		clickhouse_add_quoted(out, first->place.name);
		clickhouse_add_time(out, first->since, until);
		buf_add_char(out, ')');
	}
	buf_add_char(out, ')');
}

/* 1: there are rows of saved reports, 0: none, -1. On Distributed tables none could be put. */
static int clickhouse_has_saved(struct clickhouse *clickhouse, struct err *err)
{
	uint64_t count;

	if (clickhouse->is_distributed)
		return 0;
	if (clickhouse_count(
		clickhouse, "qr_place", SPAN(" WHERE source='" STORE_SAVED "'"), &count, err) != 0)
		return -1;
	return count > 0;
}

int clickhouse_drop_saved(struct clickhouse *clickhouse, struct err *err)
{
	struct buf condition;
	int result = clickhouse_has_saved(clickhouse, err);

	if (result <= 0)
		return result;
	buf_init(&condition, 0);
	clickhouse_add_saved(clickhouse, &condition);
	result = condition.failed != 0 ? err_nomem(err)
				       : clickhouse_alter_some(clickhouse, "qr_message", "DELETE",
					     buf_span(&condition), err);
	buf_fini(&condition);
	return result;
}

/* Saved rows whose message is there from its server, at that time. */
#define CLICKHOUSE_TWINS                                                                           \
	" WHERE source='" STORE_SAVED "' AND (host, queue_id, uid, toUInt32(time)) IN"             \
	" (SELECT host, place, uid, toUInt32(time) FROM qr_message WHERE source!='" STORE_SAVED    \
	"' AND uid>0 AND day IN (SELECT day FROM qr_message WHERE source='" STORE_SAVED "'))"

int clickhouse_drop_twins(struct clickhouse *clickhouse, struct err *err)
{
	const int has_saved = clickhouse_has_saved(clickhouse, err);

	if (has_saved <= 0)
		return has_saved;
	return clickhouse_alter_some(
	    clickhouse, "qr_message", "DELETE", SPAN(CLICKHOUSE_TWINS), err);
}

/* Who takes the texts that are found. */
struct clickhouse_finding {
	struct clickhouse *clickhouse;
	store_take_text *take;
	void *context;
};

static int clickhouse_take_text(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_finding *finding = context;
	const struct span text = clickhouse_next_text(values);
	int result;

	if (clickhouse_is_damaged(values))
		return 0;
	result = finding->take(finding->context, text, err);
	finding->clickhouse->is_callers = result != 0;
	return result;
}

/* Without FINAL: an earlier version of a row that has not been merged yet is there, too. */
int clickhouse_find(struct store *store, const struct store_find *find, store_take_text *take,
    void *context, struct err *err)
{
	struct clickhouse_finding finding = {(struct clickhouse *)store, take, context};
	const char *name = clickhouse_message_columns[CLICKHOUSE_FIRST_TEXT + find->column].name;
	struct buf *text = &finding.clickhouse->text;

	buf_clear(text);
	buf_printf(text, "SELECT DISTINCT %s FROM qr_message", name);
	if (find->part.n > 0) {
		buf_printf(text, " WHERE positionCaseInsensitive(%s,", name);
		clickhouse_add_quoted(text, find->part);
		buf_add_text(text, ")>0");
	}
	buf_add_text(text, " FORMAT JSONCompact");
	return clickhouse_ask(finding.clickhouse, 1, clickhouse_take_text, &finding, err);
}

/* " WHERE NAME IN ('A','B')": texts from *at on, which moves behind the last one. */
static void clickhouse_add_list(
    struct buf *out, const char *name, const struct store_texts *texts, size_t *at)
{
	const size_t start = out->n;

	buf_printf(out, " WHERE %s IN (", name);
	for (bool is_first = true; *at < texts->count; is_first = false) {
		const struct span text = texts->text[*at];

		if (!is_first && out->n - start + 4 * text.n > CLICKHOUSE_MAX_LIST)
			break;
		if (!is_first)
			buf_add_char(out, ',');
		clickhouse_add_quoted(out, text);
		++*at;
	}
	buf_add_char(out, ')');
}

int clickhouse_erase(struct store *store, enum store_text column, const struct store_texts *texts,
    uint64_t *rows_r, struct err *err)
{
	struct clickhouse *clickhouse = (struct clickhouse *)store;
	const char *name = clickhouse_message_columns[CLICKHOUSE_FIRST_TEXT + column].name;
	struct buf list;
	int result = 0;

	*rows_r = 0;
	if (clickhouse_refuse_cluster(clickhouse, err) != 0 || clickhouse_commit(store, err) != 0)
		return -1;
	buf_init(&list, 0);
	for (size_t at = 0; at < texts->count && result == 0;) {
		buf_clear(&list);
		clickhouse_add_list(&list, name, texts, &at);
		result = list.failed != 0
			     ? err_nomem(err)
			     : clickhouse_delete(clickhouse, buf_span(&list), rows_r, err);
	}
	buf_fini(&list);
	return result;
}

/* The server removes the files of what was replaced some minutes later, by itself. */
int clickhouse_compact(struct store *store, struct err *err)
{
	return clickhouse_wait((struct clickhouse *)store, "qr_message", err);
}
