/* Who has sent how much, and what there is of each place: counted by the server. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "store/store_clickhouse.h"
#include "store/store_places.h"

/* Who takes what is counted. */
struct clickhouse_summing {
	struct clickhouse *clickhouse;
	store_take_sum *take_sum;
	store_take_day_sum *take_day;
	store_take_place_sum *take_place;
	store_take_past *take_past;
	const struct store_past *past;
	void *context;
};

/* What is known of the day of each row, and that it is not one of an epoch in whose time another
 * one is known. GLOBAL: who asks has it, and not each shard anew. */
#define CLICKHOUSE_COVER                                                                           \
	" GLOBAL ANY LEFT JOIN (SELECT source, host, place, day, epoch AS c_epoch,"                \
	" toInt64(since) AS c_since, toInt64(ahead) AS c_ahead FROM qr_coverage FINAL) AS c"       \
	" USING (source, host, place, day)"
#define CLICKHOUSE_NOT_REPLACED                                                                    \
	" AND (c_epoch=0 OR c_epoch=epoch OR toUInt32(time)<c_since OR toUInt32(time)>=c_ahead)"

static int clickhouse_hand_on(struct clickhouse_summing *summing, int result)
{
	if (result != 0)
		summing->clickhouse->is_callers = true;
	return result;
}

static int clickhouse_take_sum(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_summing *summing = context;
	struct store_sum sum;

	sum.identity = clickhouse_next_text(values);
	sum.messages = clickhouse_next_number(values, INT64_MAX);
	sum.recipients = clickhouse_next_number(values, INT64_MAX);
	sum.addresses = clickhouse_next_number(values, INT64_MAX);
	sum.days = clickhouse_next_number(values, INT64_MAX);
	sum.first = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	sum.last = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	if (clickhouse_is_damaged(values))
		return 0;
	return clickhouse_hand_on(summing, summing->take_sum(summing->context, &sum, err));
}

int clickhouse_sums(struct store *store, const struct store_query *query, store_take_sum *take,
    void *context, struct err *err)
{
	struct clickhouse_summing summing = {
	    .clickhouse = (struct clickhouse *)store, .take_sum = take, .context = context};
	struct buf *text = &summing.clickhouse->text;

	buf_clear(text);
	buf_add_text(text, "SELECT identity, count() AS n, sum(toUInt64(rcpts)),"
			   " uniqExactIf(source_ip, source_ip!=''), uniqExact(day),"
			   " min(toUInt32(time)), max(toUInt32(time))"
			   " FROM qr_message FINAL" CLICKHOUSE_COVER);
	clickhouse_add_condition(text, query);
	clickhouse_add_time(text, query->since, query->until);
	buf_add_text(text, CLICKHOUSE_NOT_REPLACED);
	buf_add_text(text, " GROUP BY identity ORDER BY n DESC, identity FORMAT JSONCompact");
	return clickhouse_ask(summing.clickhouse, 7, clickhouse_take_sum, &summing, err);
}

static int clickhouse_take_day(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_summing *summing = context;
	struct store_day_sum sum;

	sum.day = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME / STORE_DAY);
	sum.messages = clickhouse_next_number(values, INT64_MAX);
	sum.recipients = clickhouse_next_number(values, INT64_MAX);
	sum.bounces = clickhouse_next_number(values, INT64_MAX);
	sum.addresses = clickhouse_next_number(values, INT64_MAX);
	sum.scripts = clickhouse_next_number(values, INT64_MAX);
	sum.subjects = clickhouse_next_number(values, INT64_MAX);
	sum.first = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	sum.last = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	if (clickhouse_is_damaged(values))
		return 0;
	return clickhouse_hand_on(summing, summing->take_day(summing->context, &sum, err));
}

/* What may be in letters of another case, and the path behind it, which may not. */
static void clickhouse_add_sender(struct buf *text, struct span identity)
{
	const size_t slash = span_find(identity, '/');

	buf_add_text(text, " AND lower(identity)=lower(");
	clickhouse_add_quoted(text, identity);
	buf_add_char(text, ')');
	if (slash == SPAN_NPOS)
		return;
	buf_add_text(text, " AND endsWith(identity,");
	clickhouse_add_quoted(text, span_from(identity, slash));
	buf_add_char(text, ')');
}

int clickhouse_days(struct store *store, const struct store_sender *sender,
    store_take_day_sum *take, void *context, struct err *err)
{
	struct clickhouse_summing summing = {
	    .clickhouse = (struct clickhouse *)store, .take_day = take, .context = context};
	struct buf *text = &summing.clickhouse->text;

	buf_clear(text);
	buf_add_text(text, "SELECT toUInt32(toUInt16(day)), count(), sum(toUInt64(rcpts)),"
			   " sum(bounce), uniqExactIf(source_ip, source_ip!=''),"
			   " uniqExactIf(if(match(script, ' for [0-9a-fA-F].*[.:]'),"
			   " replaceRegexpOne(script, ' +for .*$', ''),"
			   " replaceRegexpOne(script, ' +REMOTE_ADDR:.*$', '')), script!=''),"
			   " uniqExactIf(subject, subject!=''),"
			   " min(toUInt32(time)), max(toUInt32(time))"
			   " FROM qr_message FINAL" CLICKHOUSE_COVER);
	clickhouse_add_condition(text, &sender->query);
	clickhouse_add_time(text, sender->query.since, sender->query.until);
	buf_add_text(text, CLICKHOUSE_NOT_REPLACED);
	clickhouse_add_sender(text, sender->identity);
	buf_add_text(text, " GROUP BY day ORDER BY day FORMAT JSONCompact");
	return clickhouse_ask(summing.clickhouse, 9, clickhouse_take_day, &summing, err);
}

static int clickhouse_take_place_sum(
    void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_summing *summing = context;
	struct store_place_sum sum;

	sum.place.source = clickhouse_next_text(values);
	sum.place.host = clickhouse_next_text(values);
	sum.place.name = clickhouse_next_text(values);
	sum.rows = clickhouse_next_number(values, INT64_MAX);
	sum.epochs = clickhouse_next_number(values, INT64_MAX);
	sum.first = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	sum.last = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	if (clickhouse_is_damaged(values))
		return 0;
	return clickhouse_hand_on(summing, summing->take_place(summing->context, &sum, err));
}

/* What has no rows has zeros: join_use_nulls is off unless somebody wants it. */
static const char clickhouse_place_sums_text[] =
    "SELECT source, host, place, n, e, f, l FROM"
    " (SELECT source, host, place, min(first) AS i FROM qr_place GROUP BY source, host, place)"
    " ANY LEFT JOIN"
    " (SELECT source, host, place, count() AS n, uniqExactIf(epoch, uid>0) AS e,"
    " minIf(toUInt32(time), toUInt32(time)>0) AS f, max(toUInt32(time)) AS l"
    " FROM qr_message FINAL GROUP BY source, host, place) USING (source, host, place)"
    " ORDER BY i, source, host, place FORMAT JSONCompact";

int clickhouse_place_sums(
    struct store *store, store_take_place_sum *take, void *context, struct err *err)
{
	struct clickhouse_summing summing = {
	    .clickhouse = (struct clickhouse *)store, .take_place = take, .context = context};

	buf_clear(&summing.clickhouse->text);
	buf_add_text(&summing.clickhouse->text, clickhouse_place_sums_text);
	return clickhouse_ask(summing.clickhouse, 7, clickhouse_take_place_sum, &summing, err);
}

static int clickhouse_take_about(void *context, struct clickhouse_values *values, struct err *err)
{
	struct store_about *about = context;
	const struct span version = clickhouse_next_text(values);

	(void)err;
	snprintf(about->engine, sizeof(about->engine), "ClickHouse %.*s",
	    version.n < 32 ? (int)version.n : 32, version.n > 0 ? version.p : "");
	about->bytes = clickhouse_next_number(values, INT64_MAX);
	about->rows = clickhouse_next_number(values, INT64_MAX);
	return 0;
}

int clickhouse_about(struct store *store, struct store_about *about_r, struct err *err)
{
	struct clickhouse *clickhouse = (struct clickhouse *)store;

	*about_r =
	    (struct store_about){.place = clickhouse->settings->name, .schema = CLICKHOUSE_SCHEMA};
	if (clickhouse_spool_count(clickhouse, about_r, err) != 0)
		return -1;
	buf_clear(&clickhouse->text);
	buf_add_text(&clickhouse->text,
	    "SELECT version(), (SELECT sum(bytes_on_disk) FROM system.parts WHERE active"
	    " AND database=currentDatabase()"
	    " AND table IN ('qr_message','qr_coverage','qr_place','qr_meta','qr_run')),"
	    " (SELECT count() FROM qr_message FINAL) FORMAT JSONCompact");
	return clickhouse_ask(clickhouse, 3, clickhouse_take_about, about_r, err);
}

static int clickhouse_take_past(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse_summing *summing = context;
	const struct store_past *past = summing->past;
	struct store_past_day day = {.day = 0};

	day.day = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME / STORE_DAY);
	day.count = clickhouse_next_number(values, INT64_MAX);
	day.recent = clickhouse_next_number(values, INT64_MAX);
	day.first = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	day.last = (int64_t)clickhouse_next_number(values, STORE_MAX_TIME);
	if (past->by_place) {
		day.place.source = clickhouse_next_text(values);
		day.place.host = clickhouse_next_text(values);
		day.place.name = clickhouse_next_text(values);
	}
	for (unsigned i = 0; i < past->text_count; i++)
		day.value[i] = clickhouse_next_text(values);
	if (clickhouse_is_damaged(values))
		return 0;
	return clickhouse_hand_on(summing, summing->take_past(summing->context, &day, err));
}

/* ", source, host, ..., identity": what makes one row of the answer, beside the day. */
static void clickhouse_add_past_key(struct buf *text, const struct store_past *past)
{
	const struct clickhouse_column *column = &clickhouse_message_columns[CLICKHOUSE_FIRST_TEXT];

	if (past->by_place)
		buf_add_text(text, ", source, host, if(source='" STORE_SAVED "',queue_id,place)");
	for (unsigned i = 0; i < past->text_count; i++)
		buf_printf(text, ", %s", column[past->text[i]].name);
}

/* "(('A','B'),('C','D'))": places, or hosts and folders of saved ones. At least one is there: no
 * list can be empty. */
static void clickhouse_add_past_list(struct buf *text, const struct store_past *past, bool saved)
{
	buf_add_text(text, saved ? "(('','')" : "(('','','')");
	for (unsigned i = 0; i < past->place_count; i++) {
		const struct store_place *place = &past->place[i];

		if (store_place_is_saved(place) != saved)
			continue;
		buf_add_text(text, ",(");
		if (!saved) {
			clickhouse_add_quoted(text, place->source);
			buf_add_char(text, ',');
		}
		clickhouse_add_quoted(text, place->host);
		buf_add_char(text, ',');
		clickhouse_add_quoted(text, place->name);
		buf_add_char(text, ')');
	}
	buf_add_char(text, ')');
}

/* A row of a saved report that lacks a value tells nothing of who has none. */
static void clickhouse_add_past_places(struct buf *text, const struct store_past *past)
{
	const struct clickhouse_column *column = &clickhouse_message_columns[CLICKHOUSE_FIRST_TEXT];

	if (past->place_count == 0)
		return;
	buf_add_text(text, " AND ((source, host, place) IN ");
	clickhouse_add_past_list(text, past, false);
	buf_add_text(text, " OR (source='" STORE_SAVED "' AND (host, queue_id) IN ");
	clickhouse_add_past_list(text, past, true);
	for (unsigned i = 0; i < past->text_count; i++)
		buf_printf(text, " AND %s!=''", column[past->text[i]].name);
	buf_add_text(text, "))");
}

int clickhouse_past(struct store *store, const struct store_past *past, store_take_past *take,
    void *context, struct err *err)
{
	struct clickhouse_summing summing = {.clickhouse = (struct clickhouse *)store,
	    .take_past = take,
	    .past = past,
	    .context = context};
	const struct store_query query = {.since = 0, .until = past->until};
	const unsigned columns = 5U + (past->by_place ? 3U : 0U) + past->text_count;
	struct buf *text = &summing.clickhouse->text;

	buf_clear(text);
	buf_printf(text,
	    "SELECT toUInt32(toUInt16(day)), count(), countIf(toUInt32(time)>=%" PRId64
	    "), min(toUInt32(time)), max(toUInt32(time))",
	    past->since < 0 ? 0 : past->since);
	clickhouse_add_past_key(text, past);
	buf_add_text(text, " FROM qr_message FINAL" CLICKHOUSE_COVER);
	clickhouse_add_condition(text, &query);
	clickhouse_add_time(text, 1, past->until);
	buf_add_text(text, CLICKHOUSE_NOT_REPLACED);
	clickhouse_add_past_places(text, past);
	if (past->no_bounces)
		buf_add_text(text, " AND bounce=0");
	buf_add_text(text, " GROUP BY day");
	clickhouse_add_past_key(text, past);
	buf_add_text(text, " ORDER BY day FORMAT JSONCompact");
	return clickhouse_ask(summing.clickhouse, columns, clickhouse_take_past, &summing, err);
}
