#include "source/history/history_replay.h"

#include <inttypes.h>

#include "base/interrupt.h"
#include "base/log.h"

static bool history_replay_wants(const struct history_replay *replay, const struct store_row *row)
{
	if (replay->epoch != 0)
		return row->key.epoch == replay->epoch;
	return replay->days == NULL || !history_days_replace(replay->days, row);
}

static void history_replay_count(struct history_replay *replay)
{
	const struct store_record *memory = &replay->memory;

	replay->rows++;
	replay->without_rows += !column_set_is_empty(&memory->without);
	replay->hashed_rows += !column_set_is_empty(&memory->hashed);
	column_set_add_all(&replay->without, &memory->without);
	column_set_add_all(&replay->hashed, &memory->hashed);
}

static int history_replay_take(void *context, const struct store_row *row, struct err *err)
{
	struct history_replay *replay = context;
	struct record record;

	if (interrupt_check(err) != 0)
		return -1;
	if (!history_replay_wants(replay, row))
		return 0;
	if (store_record_read(&replay->memory, row, &record, err) != 0)
		return -1;
	history_replay_count(replay);
	record.place = replay->place;
	replay->place->counts.found++;
	return report_take_record(replay->report, &record, err);
}

int history_replay(struct history_replay *replay, const struct period *period, struct err *err)
{
	const struct store_query query = {
	    &replay->key, (int64_t)period->since, (int64_t)period->until};

	return replay->store->ops->read(replay->store, &query, history_replay_take, replay, err);
}

static void history_replay_say(const struct history_replay *replay, uint64_t rows,
    const struct column_set *columns, const char *what)
{
	struct buf list;

	buf_init(&list, 0);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (column_set_has(columns, i))
			buf_printf(&list, "%s%s", list.n > 0 ? ", " : "", record_columns[i].title);
	if (rows > 0)
		log_warn("of %" PRIu64 " messages of the history %" PRIu64 " %s: %s", replay->rows,
		    rows, what, buf_string(&list));
	buf_fini(&list);
}

void history_replay_warn(const struct history_replay *replay)
{
	history_replay_say(replay, replay->without_rows, &replay->without,
	    "were kept without a column (--history-without)");
	history_replay_say(replay, replay->hashed_rows, &replay->hashed,
	    "have hashes instead of values (--history-hash)");
}
