/* history prune: old days go. */
#include <inttypes.h>

#include "base/log.h"
#include "mode/history_part.h"

/* From this share of the file on that holds nothing it is made smaller: that writes all of it. */
#define HISTORY_UNUSED_SHARE 4

static int history_report_prune(
    const struct history_run *run, uint64_t rows, int64_t day, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	history_add_messages(&text, rows);
	buf_add_text(&text, " of days before ");
	period_add_utc_day(&text, day);
	buf_add_text(&text, rows != 1 ? " (UTC) are gone\n" : " (UTC) is gone\n");
	result = history_say(run, &text, err);
	buf_fini(&text);
	return result;
}

/* What is gone is gone, whether or not the file can be made smaller now. */
static int history_shrink(struct history_run *run, struct err *err)
{
	struct store_about before, after;
	struct err why = ERR_INIT;
	struct buf text;
	int result;

	if (run->store->ops->about(run->store, &before, err) != 0)
		return -1;
	if (before.unused == 0)
		return 0;
	buf_init(&text, 0);
	if (before.unused < before.bytes / HISTORY_UNUSED_SHARE) {
		history_add_size(&text, before.unused);
		buf_add_text(&text, " of ");
		history_add_size(&text, before.bytes);
		buf_add_text(&text, " are free for messages to come\n");
	} else if (run->store->ops->compact(run->store, &why) == 0 &&
		   run->store->ops->about(run->store, &after, &why) == 0) {
		buf_add_text(&text, "the history has shrunk from ");
		history_add_size(&text, before.bytes);
		buf_add_text(&text, " to ");
		history_add_size(&text, after.bytes);
		buf_add_char(&text, '\n');
	} else {
		log_warn("the history could not be made smaller: %s", why.text);
	}
	if (why.code == ERR_SIGNAL) {
		*err = why;
		result = -1;
	} else {
		result = history_say(run, &text, err);
	}
	buf_fini(&text);
	return result;
}

int history_prune(struct history_run *run, struct err *err)
{
	const unsigned keep = run->options->keep;
	const int64_t day = store_day((int64_t)run->env->now) - (int64_t)keep + 1;
	uint64_t rows;

	if (keep == 0)
		return err_set(err, ERR_USAGE, "--keep=DAYS is missing: how many days are to stay");
	if (run->store->ops->prune(run->store, day, &rows, err) != 0)
		return rows == 0 ? -1
				 : err_prefix(err, "after %" PRIu64 " messages are gone", rows);
	run->rows = rows;
	if (history_report_prune(run, rows, day, err) != 0)
		return -1;
	return history_shrink(run, err);
}
