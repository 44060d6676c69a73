/* The messages that a slice is about, with the dates that decided it. */
#include <stdlib.h>

#include "source/quarantine/folder_part.h"

int folder_want(struct folder *folder, const struct fetch_item *item)
{
	const struct folder_date date = {item->uid, item->internal_date};

	buf_add(&folder->dates, (struct span){(const char *)&date, sizeof(date)});
	return folder->dates.failed == 0 ? uidset_add(&folder->wanted, item->uid) : -1;
}

static int folder_compare_dates(const void *a, const void *b)
{
	const struct folder_date *left = a;
	const struct folder_date *right = b;

	return (left->uid > right->uid) - (left->uid < right->uid);
}

time_t folder_date_of(const struct folder *folder, uint32_t uid)
{
	const struct folder_date wanted = {.uid = uid};
	const struct folder_date *found = bsearch(&wanted, folder->dates.p,
	    folder->dates.n / sizeof(wanted), sizeof(wanted), folder_compare_dates);

	return found != NULL ? found->internal_date : 0;
}

void folder_sort_dates(struct folder *folder)
{
	if (folder->dates.n > 0)
		qsort(folder->dates.p, folder->dates.n / sizeof(struct folder_date),
		    sizeof(struct folder_date), folder_compare_dates);
}
