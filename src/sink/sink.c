#include "sink/sink.h"

int sink_record(struct sink *first, const struct record *record, struct err *err)
{
	for (struct sink *sink = first; sink != NULL; sink = sink->next)
		if (sink->ops->record != NULL && sink->ops->record(sink, record, err) != 0)
			return -1;
	return 0;
}

int sink_end(struct sink *first, struct err *err)
{
	for (struct sink *sink = first; sink != NULL; sink = sink->next)
		if (sink->ops->end != NULL && sink->ops->end(sink, err) != 0)
			return -1;
	return 0;
}

int sink_missing(struct sink *first, struct span host, struct span why, struct err *err)
{
	for (struct sink *sink = first; sink != NULL; sink = sink->next)
		if (sink->ops->missing != NULL && sink->ops->missing(sink, host, why, err) != 0)
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
