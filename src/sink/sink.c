#include "sink/sink.h"

int sink_record(struct sink *first, const struct record *record, struct err *err)
{
	for (struct sink *sink = first; sink != NULL; sink = sink->next)
		if (sink->ops->record != NULL && sink->ops->record(sink, record, err) != 0)
			return -1;
	return 0;
}

int sink_tick(struct sink *first, time_t now, struct err *err)
{
	for (struct sink *sink = first; sink != NULL; sink = sink->next)
		if (sink->ops->tick != NULL && sink->ops->tick(sink, now, err) != 0)
			return -1;
	return 0;
}

int sink_end(struct sink *first, const struct account *account, struct err *err)
{
	for (struct sink *sink = first; sink != NULL; sink = sink->next)
		if (sink->ops->end != NULL && sink->ops->end(sink, account, err) != 0)
			return -1;
	return 0;
}

int sink_for_missing(
    struct sink *sink, const struct account *account, sink_missing_writer *write, struct err *err)
{
	const struct account_place *place;
	unsigned next = 0;

	while ((place = account_next_missing(account, &next)) != NULL)
		if (write(sink, span_of(place->host), span_of(place->missing), err) != 0)
			return -1;
	return 0;
}

void sink_free(struct sink *first)
{
	struct sink *next;

	for (; first != NULL; first = next) {
		next = first->next;
		first->ops->free(first);
	}
}
