#include "report/filter.h"

static bool filter_keeps_no_bounce(const struct filter *filter, const struct record *record)
{
	(void)filter;
	return !record->is_bounce;
}

struct filter filter_bounces(void)
{
	return (struct filter){.name = "bounce", .keeps = filter_keeps_no_bounce};
}

struct filter *filter_find(struct filter *first, const struct record *record)
{
	struct filter *filter = first;

	while (filter != NULL && filter->keeps(filter, record))
		filter = filter->next;
	return filter;
}
