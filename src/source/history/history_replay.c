#include "source/history/history_replay.h"

#include "base/interrupt.h"

static bool history_replay_wants(const struct history_replay *replay, const struct store_row *row)
{
	if (replay->epoch != 0)
		return row->key.epoch == replay->epoch;
	return replay->days == NULL || !history_days_replace(replay->days, row);
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
