#include "store/store_clickhouse.h"

#include <stdlib.h>

/* An answer that is being read. */
struct clickhouse_reading {
	struct clickhouse *clickhouse;
	struct clickhouse_answer *answer; /* NULL: there is to be none */
};

int clickhouse_blame(struct clickhouse *clickhouse, struct err *err)
{
	if (err->code != ERR_SIGNAL && !clickhouse->is_callers)
		err_prefix(err, "the history '%s'", clickhouse->settings->name);
	clickhouse->is_callers = false;
	return -1;
}

/* The beginning says what there is to say. */
static void clickhouse_keep_said(struct clickhouse *clickhouse, struct span bytes)
{
	buf_add(&clickhouse->said, span_head(bytes, CLICKHOUSE_MAX_SAID - clickhouse->said.n));
}

static int clickhouse_take_bytes(
    void *context, const struct http_answer *answer, struct span bytes, struct err *err)
{
	struct clickhouse_reading *reading = context;

	if (answer->status == 200 && reading->answer != NULL)
		return clickhouse_answer_add(reading->answer, bytes, err);
	/* Without these words an INSERT would pass for one that was taken. */
	clickhouse_keep_said(reading->clickhouse, bytes);
	return reading->clickhouse->said.failed != 0 ? err_nomem(err) : 0;
}

int clickhouse_ask(struct clickhouse *clickhouse, unsigned columns, clickhouse_take *take,
    void *context, struct err *err)
{
	struct clickhouse_answer rows;
	struct clickhouse_reading reading = {clickhouse, &rows};
	const struct http_call call = {
	    .target = buf_string(&clickhouse->target),
	    .body = buf_span(&clickhouse->text),
	    .take = clickhouse_take_bytes,
	    .context = &reading,
	};
	struct http_answer answer;
	int result;

	if (clickhouse->text.failed != 0 || clickhouse->target.failed != 0)
		return err_nomem(err);
	buf_clear(&clickhouse->said);
	clickhouse_answer_init(&rows, columns, take, context);
	result = http_run(clickhouse->http, &call, &answer, err);
	if (result == 0 && answer.status == 200)
		result = clickhouse_answer_end(&rows, err);
	else if (result == 0)
		result = clickhouse_refuse(answer.status, buf_span(&clickhouse->said), err);
	clickhouse_answer_fini(&rows);
	return result == 0 ? 0 : clickhouse_blame(clickhouse, err);
}

int clickhouse_insert(struct clickhouse *clickhouse, const struct http_call *call, struct err *err)
{
	struct clickhouse_reading reading = {clickhouse, NULL};
	struct http_call whole = *call;
	struct http_answer answer;

	whole.take = clickhouse_take_bytes;
	whole.context = &reading;
	buf_clear(&clickhouse->said);
	if (http_run(clickhouse->http, &whole, &answer, err) != 0)
		return -1;
	if (answer.status == 200 && clickhouse->said.n == 0)
		return 0;
	return clickhouse_refuse(answer.status, buf_span(&clickhouse->said), err);
}

int clickhouse_tell(struct clickhouse *clickhouse, struct err *err)
{
	const struct http_call call = {
	    .target = buf_string(&clickhouse->target), .body = buf_span(&clickhouse->text)};

	if (clickhouse->text.failed != 0 || clickhouse->target.failed != 0)
		return err_nomem(err);
	return clickhouse_insert(clickhouse, &call, err);
}

static void clickhouse_free(struct store *store)
{
	struct clickhouse *clickhouse = (struct clickhouse *)store;

	http_close(clickhouse->http);
	clickhouse_batch_fini(&clickhouse->batch);
	arena_fini(&clickhouse->arena);
	buf_fini(&clickhouse->target);
	buf_fini(&clickhouse->writing);
	buf_fini(&clickhouse->text);
	buf_fini(&clickhouse->said);
	buf_fini(&clickhouse->line);
	buf_fini(&clickhouse->places);
	free(clickhouse->cover);
	free(clickhouse);
}

static const struct store_ops clickhouse_ops = {
    .put = clickhouse_put,
    .cover = clickhouse_cover,
    .commit = clickhouse_commit,
    .places = clickhouse_places,
    .read = clickhouse_read,
    .covered = clickhouse_covered,
    .uids = clickhouse_uids,
    .past = clickhouse_past,
    .sums = clickhouse_sums,
    .days = clickhouse_days,
    .place_sums = clickhouse_place_sums,
    .about = clickhouse_about,
    .note_run = clickhouse_note_run,
    .runs = clickhouse_runs,
    .prune = clickhouse_prune,
    .find = clickhouse_find,
    .erase = clickhouse_erase,
    .forget = clickhouse_forget,
    .compact = clickhouse_compact,
    .free = clickhouse_free,
};

uint64_t clickhouse_oldest_at(const struct timespec *now)
{
	const struct timespec first = {.tv_sec = CLICKHOUSE_FIRST_YEAR};

	if (now->tv_sec < CLICKHOUSE_FIRST_YEAR || now->tv_sec > CLICKHOUSE_LAST_YEAR)
		now = &first;
	return CLICKHOUSE_OLDEST - (uint64_t)now->tv_sec * STORE_VERSION_SECOND -
	       (uint64_t)now->tv_nsec / 1000;
}

static struct clickhouse *clickhouse_new(
    const struct store_clickhouse_settings *settings, uint64_t version)
{
	struct clickhouse *clickhouse = calloc(1, sizeof(*clickhouse));
	struct timespec now;

	if (clickhouse == NULL)
		return NULL;
	clickhouse->store.ops = &clickhouse_ops;
	clickhouse->settings = settings;
	clickhouse->version = version;
	clickhouse->why_later = (struct err)ERR_INIT;
	clock_gettime(CLOCK_REALTIME, &now);
	clickhouse->oldest = clickhouse_oldest_at(&now);
	buf_init(&clickhouse->target, 0);
	buf_init(&clickhouse->writing, 0);
	buf_init(&clickhouse->text, 0);
	buf_init(&clickhouse->said, 0);
	buf_init(&clickhouse->line, CLICKHOUSE_MAX_LINE);
	buf_init(&clickhouse->places, 0);
	arena_init(&clickhouse->arena);
	clickhouse_batch_init(&clickhouse->batch);
	crypto_shorthash_keygen(clickhouse->key);
	buf_printf(&clickhouse->target, "%s?database=", settings->http.path);
	buf_add_percent(&clickhouse->target, span_of(settings->database), SPAN("_"));
	buf_add_buf(&clickhouse->writing, &clickhouse->target);
	return clickhouse;
}

struct store *store_clickhouse_open(
    const struct store_clickhouse_settings *settings, uint64_t version, struct err *err)
{
	struct clickhouse *clickhouse = clickhouse_new(settings, version);

	if (clickhouse == NULL) {
		err_nomem(err);
		return NULL;
	}
	if (http_open(&settings->http, &clickhouse->http, err) == 0 &&
	    clickhouse_set_up(clickhouse, err) == 0 &&
	    clickhouse_choose_version(clickhouse, err) == 0 &&
	    (version == 0 || clickhouse_spool_send(clickhouse, err) == 0))
		return &clickhouse->store;
	clickhouse_free(&clickhouse->store);
	return NULL;
}
