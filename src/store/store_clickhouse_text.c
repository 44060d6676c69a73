/* How values are written for a ClickHouse server: the only place where they become text. */
#include <inttypes.h>
#include <time.h>
#include <unistr.h>

#include "store/store_clickhouse.h"

/* In the order in which clickhouse_add_row() writes them, and that the table has. */
const struct clickhouse_column clickhouse_message_columns[] = {
    {"day", "Date"},
    {"source", "String"},
    {"host", "String"},
    {"place", "String"},
    {"epoch", "UInt64"},
    {"uid", "UInt64"},
    {"queue_id", "String"},
    {"version", "UInt64"},
    {"time", "DateTime"},
    {"bounce", "UInt8"},
    {"rcpts", "UInt32"},
    {"identity", "String"}, /* from here on as enum store_text has them */
    {"domain", "String"},
    {"auth_user", "String"},
    {"source_ip", "String"},
    {"script", "String"},
    {"class", "String"},
    {"subject", "String"},
    {"mail_from", "String"},
    {"evidence", "String"},
    {"rules", "String"},
    {"rcpt", "String"},
    {"message_id", "String"},
    {"notes", "String"},
    {"extra", "String"},
    {NULL, NULL},
};

const struct clickhouse_column clickhouse_coverage_columns[] = {
    {"source", "String"},
    {"host", "String"},
    {"place", "String"},
    {"day", "Date"},
    {"epoch", "UInt64"},
    {"since", "UInt64"},
    {"until", "UInt64"},
    {"ahead", "UInt64"},
    {"uid", "UInt64"},
    {"reading", "UInt64"},
    {"version", "UInt64"},
    {NULL, NULL},
};

const struct clickhouse_column clickhouse_place_columns[] = {
    {"source", "String"},
    {"host", "String"},
    {"place", "String"},
    {"first", "UInt64"},
    {"version", "UInt64"},
    {NULL, NULL},
};

const struct clickhouse_column clickhouse_meta_columns[] = {
    {"name", "String"},
    {"value", "String"},
    {"version", "UInt64"},
    {NULL, NULL},
};

const struct clickhouse_column clickhouse_run_columns[] = {
    {"id", "UInt64"},
    {"began", "UInt64"},
    {"ended", "UInt64"},
    {"program", "String"},
    {"options", "String"},
    {"rows", "UInt64"},
    {"status", "UInt64"},
    {"version", "UInt64"},
    {NULL, NULL},
};

void clickhouse_add_quoted(struct buf *out, struct span text)
{
	buf_add_char(out, '\'');
	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];

		if (c == '\\' || c == '\'')
			buf_printf(out, "\\%c", c);
		else if (c < ' ' || c == 0x7f)
			buf_printf(out, "\\x%02X", c);
		else
			buf_add_char(out, (char)c);
	}
	buf_add_char(out, '\'');
}

void clickhouse_add_json(struct buf *out, struct span text)
{
	size_t from = 0;

	buf_add_char(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		const unsigned char c = (unsigned char)text.p[i];

		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		buf_add(out, (struct span){text.p + from, i - from});
		from = i + 1;
		if (c < ' ')
			buf_printf(out, "\\u%04X", c);
		else
			buf_printf(out, "\\%c", c);
	}
	buf_add(out, span_from(text, from));
	buf_add_char(out, '"');
}

/* A member of the object of a row. */
static void clickhouse_add_name(struct buf *out, const char *name)
{
	buf_add_text(out, out->n == 0 || out->p[out->n - 1] == '\n' ? "{\"" : ",\"");
	buf_add_text(out, name);
	buf_add_text(out, "\":");
}

void clickhouse_add_member(struct buf *out, const char *name, struct span text)
{
	clickhouse_add_name(out, name);
	clickhouse_add_json(out, text);
}

void clickhouse_add_number(struct buf *out, const char *name, uint64_t number)
{
	clickhouse_add_name(out, name);
	buf_add_number(out, number, 1);
}

void clickhouse_add_date(struct buf *out, const char *name, int64_t day)
{
	clickhouse_add_name(out, name);
	buf_add_char(out, '"');
	period_add_utc_day(out, day);
	buf_add_char(out, '"');
}

void clickhouse_add_place(struct buf *out, const struct store_place *place)
{
	clickhouse_add_member(out, "source", place->source);
	clickhouse_add_member(out, "host", place->host);
	clickhouse_add_member(out, "place", place->name);
}

void clickhouse_add_row(struct buf *out, const struct store_row *row, uint64_t version)
{
	const struct clickhouse_column *column = &clickhouse_message_columns[CLICKHOUSE_FIRST_TEXT];

	clickhouse_add_date(out, "day", store_day(row->time));
	clickhouse_add_place(out, &row->key.place);
	clickhouse_add_number(out, "epoch", row->key.epoch);
	clickhouse_add_number(out, "uid", row->key.uid);
	clickhouse_add_member(out, "queue_id", row->key.queue_id);
	clickhouse_add_number(out, "version", version);
	clickhouse_add_number(out, "time", (uint64_t)row->time);
	clickhouse_add_number(out, "bounce", row->is_bounce);
	clickhouse_add_number(out, "rcpts", row->recipients);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		clickhouse_add_member(out, column[i].name, row->text[i]);
	buf_add_text(out, "}\n");
}

void clickhouse_add_insert(
    struct buf *out, const char *table, const struct clickhouse_column *columns)
{
	buf_printf(out, "INSERT INTO %s (", table);
	for (unsigned i = 0; columns[i].name != NULL; i++)
		buf_printf(out, "%s%s", i > 0 ? "," : "", columns[i].name);
	buf_add_text(out, ") FORMAT JSONEachRow\n");
}

void clickhouse_add_condition(struct buf *out, const struct store_query *query)
{
	const int64_t since = query->since < 0 ? 0 : query->since;
	const int64_t until = query->until > STORE_MAX_TIME + 1 ? STORE_MAX_TIME + 1 : query->until;

	/* Outside of PREWHERE, before which FINAL does not look. */
	buf_add_text(out, " WHERE day>=toDate('");
	period_add_utc_day(out, store_day(since));
	buf_add_text(out, "') AND day<=toDate('");
	period_add_utc_day(out, until > 0 ? store_day(until - 1) : 0);
	buf_add_text(out, "')");
	if (query->place != NULL)
		clickhouse_add_of_place(out, query->place);
}

void clickhouse_add_time(struct buf *out, int64_t since, int64_t until)
{
	buf_printf(out, " AND toUInt32(time)>=%" PRId64 " AND toUInt32(time)<%" PRId64,
	    since < 0 ? 0 : since, until < 0 ? 0 : until);
}

void clickhouse_add_of_place(struct buf *out, const struct store_place *place)
{
	buf_add_text(out, " AND source=");
	clickhouse_add_quoted(out, place->source);
	buf_add_text(out, " AND host=");
	clickhouse_add_quoted(out, place->host);
	buf_add_text(out, " AND place=");
	clickhouse_add_quoted(out, place->name);
}
