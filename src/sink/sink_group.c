/* Counts each record in the groupings. */
#include <stdlib.h>

#include "group/group_set.h"
#include "sink/sink.h"

struct sink_group {
	struct sink sink; /* first, so that a sink is a sink_group */
	struct group_set *set;
};

static int sink_group_record(struct sink *sink, const struct record *record, struct err *err)
{
	return group_set_add(((struct sink_group *)sink)->set, record, err);
}

static void sink_group_free(struct sink *sink)
{
	free(sink);
}

static const struct sink_ops sink_group_ops = {
    .name = "group",
    .record = sink_group_record,
    .free = sink_group_free,
};

struct sink *sink_group_new(struct group_set *set, struct err *err)
{
	struct sink_group *group = calloc(1, sizeof(*group));

	if (group == NULL) {
		err_nomem(err);
		return NULL;
	}
	group->sink.ops = &sink_group_ops;
	group->set = set;
	return &group->sink;
}
