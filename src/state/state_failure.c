/*
 * The file about runs that failed, which is there while they do:
 *
 *   quarantine-report failure 1
 *   since TIME               when the first of them began, as of time(2)
 *   told TIME                when somebody was told last; 0: nobody was
 *   status NUMBER            for each exit status that has been told
 */
#include <inttypes.h>

#include "state/state_store.h"

#define STATE_FAILURE_HEAD "quarantine-report failure 1\n"

static const char *state_failure_path(const struct state_store *store, struct buf *path)
{
	buf_printf(path, "%s/failure", store->folder);
	return buf_string(path);
}

/* Takes "WORD NUMBER\n" from the beginning of *s. */
static bool state_failure_take(struct span *s, struct span word, uint64_t most, uint64_t *value_r)
{
	struct span rest = span_from(*s, word.n);
	uint64_t value;
	size_t n;

	if (!span_eq(span_head(*s, word.n), word))
		return false;
	n = span_number(rest, &value);
	if (n == 0 || value > most || n == rest.n || rest.p[n] != '\n')
		return false;
	*value_r = value;
	*s = span_from(rest, n + 1);
	return true;
}

static bool state_failure_parse(struct span text, struct state_failure *failure_r)
{
	struct span head = SPAN(STATE_FAILURE_HEAD);
	struct state_failure failure = {0};
	uint64_t value;

	if (!span_eq(span_head(text, head.n), head))
		return false;
	text = span_from(text, head.n);
	if (!state_failure_take(&text, SPAN("since "), INT64_MAX, &value) || value == 0)
		return false;
	failure.since = (time_t)value;
	if (!state_failure_take(&text, SPAN("told "), INT64_MAX, &value))
		return false;
	failure.told = (time_t)value;
	while (failure.status_count < STATE_MAX_STATUSES &&
	       state_failure_take(&text, SPAN("status "), STATE_MAX_STATUS, &value))
		failure.status[failure.status_count++] = (int)value;
	if (text.n > 0)
		return false;
	*failure_r = failure;
	return true;
}

int state_load_failure(
    const struct state_store *store, struct state_failure *failure_r, struct err *err)
{
	struct buf path;
	struct buf text;
	int result;

	buf_init(&path, 0);
	buf_init(&text, 0);
	result = state_read(store, state_failure_path(store, &path), &text, err);
	if (result == 0)
		*failure_r = (struct state_failure){0};
	else if (result > 0)
		result = state_failure_parse(buf_span(&text), failure_r)
			     ? 0
			     : err_set(err, ERR_CONFIG, "'%s' is damaged", buf_string(&path));
	buf_fini(&path);
	buf_fini(&text);
	return result;
}

int state_save_failure(
    const struct state_store *store, const struct state_failure *failure, struct err *err)
{
	struct buf path;
	struct buf text;
	int result;

	buf_init(&path, 0);
	buf_init(&text, 0);
	state_failure_path(store, &path);
	buf_printf(&text, STATE_FAILURE_HEAD "since %" PRId64 "\ntold %" PRId64 "\n",
	    (int64_t)failure->since, (int64_t)failure->told);
	for (unsigned i = 0; i < failure->status_count; i++)
		buf_printf(&text, "status %d\n", failure->status[i]);
	if (path.failed != 0 || text.failed != 0)
		result = err_nomem(err);
	else if (failure->since == 0)
		result = state_remove(store, buf_string(&path), err);
	else
		result = state_write(store, buf_string(&path), buf_span(&text), err);
	buf_fini(&path);
	buf_fini(&text);
	return result;
}
