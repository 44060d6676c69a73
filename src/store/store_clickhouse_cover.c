/* What is known of the days: put together with what the server has, and written again. */
#include <inttypes.h>
#include <stdlib.h>

#include "store/store_clickhouse.h"

static int clickhouse_compare_spans(struct span a, struct span b)
{
	const size_t n = a.n < b.n ? a.n : b.n;
	const int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int clickhouse_compare_days(
    const struct clickhouse_cover *a, const struct clickhouse_cover *b)
{
	int order = clickhouse_compare_spans(a->cover.place.source, b->cover.place.source);

	if (order == 0)
		order = clickhouse_compare_spans(a->cover.place.host, b->cover.place.host);
	if (order == 0)
		order = clickhouse_compare_spans(a->cover.place.name, b->cover.place.name);
	if (order == 0)
		order = (a->cover.day > b->cover.day) - (a->cover.day < b->cover.day);
	return order;
}

/* Of one day, as they came. */
static int clickhouse_compare_covers(const void *a, const void *b)
{
	const struct clickhouse_cover *x = a, *y = b;
	const int order = clickhouse_compare_days(x, y);

	return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

/* One of the two has all of the other's time, or both say the same as far as they know. */
static void clickhouse_join_numbers(struct store_cover *known, const struct store_cover *later)
{
	const bool is_inside = later->since <= known->since && later->ahead >= known->ahead;
	const bool is_outside = known->since <= later->since && known->ahead >= later->ahead;

	if (is_inside) {
		known->uid = later->uid;
		known->reading = later->reading;
	} else if (known->reading != later->reading) {
		known->uid = 0;
		known->reading = 0;
	} else if (!is_outside && later->uid < known->uid)
		known->uid = later->uid;
}

void clickhouse_join(struct clickhouse_cover *known, const struct clickhouse_cover *later)
{
	struct store_cover *cover = &known->cover;
	const struct store_cover *other = &later->cover;
	const bool joins = cover->epoch == other->epoch && cover->since <= other->until &&
			   other->since <= cover->until;

	if (!joins && later->version < known->version)
		return;
	if (!joins) {
		const struct store_place place = cover->place;

		*cover = *other;
		cover->place = place;
	} else {
		clickhouse_join_numbers(cover, other);
		cover->since = other->since < cover->since ? other->since : cover->since;
		cover->until = other->until > cover->until ? other->until : cover->until;
		cover->ahead = other->ahead > cover->ahead ? other->ahead : cover->ahead;
	}
	if (later->version > known->version)
		known->version = later->version;
}

/* One of each day remains, sorted. */
static void clickhouse_join_own(struct clickhouse *clickhouse)
{
	struct clickhouse_cover *cover = clickhouse->cover;
	unsigned kept = 0;

	qsort(cover, clickhouse->cover_count, sizeof(*cover), clickhouse_compare_covers);
	for (unsigned i = 1; i < clickhouse->cover_count; i++) {
		if (clickhouse_compare_days(&cover[kept], &cover[i]) == 0)
			clickhouse_join(&cover[kept], &cover[i]);
		else
			cover[++kept] = cover[i];
	}
	clickhouse->cover_count = kept + 1;
	for (unsigned i = 0; i <= kept; i++)
		cover[i].at = 0;
}

static bool clickhouse_same_cover(const struct store_cover *a, const struct store_cover *b)
{
	return a->epoch == b->epoch && a->since == b->since && a->until == b->until &&
	       a->ahead == b->ahead && a->uid == b->uid && a->reading == b->reading;
}

static int clickhouse_take_known(void *context, struct clickhouse_values *values, struct err *err)
{
	struct clickhouse *clickhouse = context;
	struct clickhouse_cover known = {.at = 0};
	struct clickhouse_cover joined;
	struct clickhouse_cover *own;

	(void)err;
	clickhouse_next_cover(values, &known.cover);
	known.version = clickhouse_next_number(values, UINT64_MAX);
	own = bsearch(&known, clickhouse->cover, clickhouse->cover_count, sizeof(known),
	    clickhouse_compare_covers);
	if (own == NULL)
		return 0;
	joined = known;
	joined.cover.place = own->cover.place; /* whose texts stay */
	clickhouse_join(&joined, own);
	joined.is_known =
	    joined.version == known.version && clickhouse_same_cover(&joined.cover, &known.cover);
	joined.at = 0;
	*own = joined;
	return 0;
}

static int clickhouse_read_known(struct clickhouse *clickhouse, struct err *err)
{
	struct store_query query = {.since = STORE_MAX_TIME};

	for (unsigned i = 0; i < clickhouse->cover_count; i++) {
		const int64_t day = clickhouse->cover[i].cover.day * STORE_DAY;

		query.since = day < query.since ? day : query.since;
		query.until = day + STORE_DAY > query.until ? day + STORE_DAY : query.until;
	}
	buf_clear(&clickhouse->text);
	clickhouse_add_cover_columns(&clickhouse->text);
	buf_add_text(&clickhouse->text, ", version FROM qr_coverage FINAL");
	clickhouse_add_condition(&clickhouse->text, &query);
	buf_add_text(&clickhouse->text, " FORMAT JSONCompact");
	return clickhouse_ask(
	    clickhouse, CLICKHOUSE_COVER_COLUMNS + 1, clickhouse_take_known, clickhouse, err);
}

static void clickhouse_add_cover(struct buf *out, const struct clickhouse_cover *one)
{
	const struct store_cover *cover = &one->cover;

	clickhouse_add_place(out, &cover->place);
	clickhouse_add_date(out, "day", cover->day);
	clickhouse_add_number(out, "epoch", cover->epoch);
	clickhouse_add_number(out, "since", (uint64_t)cover->since);
	clickhouse_add_number(out, "until", (uint64_t)cover->until);
	clickhouse_add_number(out, "ahead", (uint64_t)cover->ahead);
	clickhouse_add_number(out, "uid", cover->uid);
	clickhouse_add_number(out, "reading", cover->reading);
	clickhouse_add_number(out, "version", one->version);
	buf_add_text(out, "}\n");
}

static int clickhouse_send_covers(struct clickhouse *clickhouse, struct err *err)
{
	struct buf *text = &clickhouse->text;
	struct http_call call = {.target = buf_string(&clickhouse->writing)};
	unsigned count = 0;

	buf_clear(text);
	clickhouse_add_insert(text, "qr_coverage", clickhouse_coverage_columns);
	for (unsigned i = 0; i < clickhouse->cover_count; i++) {
		if (clickhouse->cover[i].is_known)
			continue;
		clickhouse_add_cover(text, &clickhouse->cover[i]);
		count++;
	}
	if (text->failed != 0)
		return err_nomem(err);
	call.body = buf_span(text);
	if (count == 0 || clickhouse_send_often(clickhouse, &call, err) == 0)
		return 0;
	return clickhouse_blame(clickhouse, err);
}

int clickhouse_write_covers(struct clickhouse *clickhouse, struct err *err)
{
	int result;

	if (clickhouse->cover_count == 0)
		return 0;
	clickhouse_join_own(clickhouse);
	/* At first, so that no message is there twice on a day that is known. */
	result = clickhouse_drop_saved(clickhouse, err);
	if (result == 0)
		result = clickhouse_read_known(clickhouse, err);
	if (result == 0)
		result = clickhouse_send_covers(clickhouse, err);
	clickhouse->cover_count = 0;
	arena_reset(&clickhouse->arena);
	return result;
}

static int clickhouse_take_ahead(void *context, struct clickhouse_values *values, struct err *err)
{
	const int64_t now = (int64_t)time(NULL);
	struct store_cover cover;

	clickhouse_next_cover(values, &cover);
	clickhouse_next_number(values, UINT64_MAX);
	if (clickhouse_is_damaged(values))
		return 0;
	cover.until = cover.since > now ? cover.since : now;
	return clickhouse_add_known(context, &cover, err);
}

int clickhouse_cut_covers(struct clickhouse *clickhouse, struct err *err)
{
	int result;

	buf_clear(&clickhouse->text);
	clickhouse_add_cover_columns(&clickhouse->text);
	buf_printf(&clickhouse->text,
	    ", version FROM qr_coverage FINAL WHERE until>since AND until>%" PRId64
	    " FORMAT JSONCompact",
	    (int64_t)time(NULL) + STORE_VERSION_SKEW);
	result = clickhouse_ask(
	    clickhouse, CLICKHOUSE_COVER_COLUMNS + 1, clickhouse_take_ahead, clickhouse, err);
	if (result == 0 && clickhouse->cover_count > 0)
		result = clickhouse_send_covers(clickhouse, err);
	clickhouse->cover_count = 0;
	arena_reset(&clickhouse->arena);
	return result;
}
