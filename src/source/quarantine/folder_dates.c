/* The messages that a slice is about, and the dates that decide it. */
#include <stdlib.h>

#include "source/quarantine/folder_part.h"

/* The message is to be reported. -1: no memory. */
static int folder_want(struct folder *folder, const struct fetch_item *item)
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

time_t folder_date_of(const struct folder *folder, const struct fetch_item *item)
{
	const struct folder_date wanted = {.uid = item->uid};
	const struct folder_date *found;

	if (item->has_date)
		return item->internal_date;
	found = bsearch(&wanted, folder->dates.p, folder->dates.n / sizeof(wanted), sizeof(wanted),
	    folder_compare_dates);

	return found != NULL ? found->internal_date : 0;
}

static void folder_sort_dates(struct folder *folder)
{
	if (folder->dates.n > 0)
		qsort(folder->dates.p, folder->dates.n / sizeof(struct folder_date),
		    sizeof(struct folder_date), folder_compare_dates);
}

/*
 * --new-only goes on behind all that has come by now, so that a message whose time is ahead of our
 * clock is reported now or never.
 */
static bool folder_is_in_period(const struct folder *folder, time_t when)
{
	const struct period *period = folder->period;

	if (folder->resumed)
		return true;
	return when >= period->since && (when < period->until || folder->job->state != NULL);
}

enum folder_when folder_when(const struct folder *folder, const struct fetch_item *item)
{
	if (!item->has_date)
		return FOLDER_UNKNOWN;
	return folder_is_in_period(folder, item->internal_date) ? FOLDER_INSIDE : FOLDER_OUTSIDE;
}

static enum fetch_verdict folder_take_date(
    void *context, const struct fetch_item *item, struct err *err)
{
	struct folder *folder = context;

	if (!item->has_date) {
		folder->counts->found++;
		return folder_lose(folder, item->uid, FETCH_UNREADABLE, err) == 0 ? FETCH_TAKEN
										  : FETCH_FAILED;
	}
	if (folder_when(folder, item) == FOLDER_OUTSIDE)
		return FETCH_TAKEN;
	if (folder_want(folder, item) != 0) {
		err_nomem(err);
		return FETCH_FAILED;
	}
	folder->counts->found++;
	return FETCH_TAKEN;
}

/* A message that was removed before its date was known does not count as one of the period. */
static int folder_give_up_date(
    void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	struct folder *folder = context;

	if (absence == FETCH_VANISHED) {
		folder_close(folder, uid);
		return 0;
	}
	folder->counts->found++;
	return folder_lose(context, uid, absence, err);
}

int folder_choose(struct folder *folder, const struct uidset *candidates, struct err *err)
{
	struct fetch_plan plan = {
	    .what = FETCH_DATES,
	    .context = folder,
	    .item = folder_take_date,
	    .give_up = folder_give_up_date,
	};

	uidset_clear(&folder->wanted);
	uidset_clear(&folder->settled);
	buf_clear(&folder->dates);
	if (fetch_run(folder->job->session, &plan, candidates, err) != 0)
		return -1;
	uidset_sort(&folder->wanted);
	folder_sort_dates(folder);
	return 0;
}

/* --- a message that cannot be read --- */

struct folder_look {
	const struct folder *folder;
	enum folder_when when;
};

static enum fetch_verdict folder_take_look(
    void *context, const struct fetch_item *item, struct err *err)
{
	struct folder_look *look = context;

	(void)err;
	look->when = folder_when(look->folder, item);
	return FETCH_TAKEN;
}

static int folder_give_up_look(
    void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	struct folder_look *look = context;

	(void)uid;
	(void)err;
	look->when = absence == FETCH_VANISHED ? FOLDER_OUTSIDE : FOLDER_UNKNOWN;
	return 0;
}

int folder_look_up(struct folder *folder, uint32_t uid, enum folder_when *when_r, struct err *err)
{
	struct folder_look look = {.folder = folder, .when = FOLDER_UNKNOWN};
	struct fetch_plan plan = {
	    .what = FETCH_DATES,
	    .aside = true,
	    .context = &look,
	    .item = folder_take_look,
	    .give_up = folder_give_up_look,
	};
	const struct uidset alone = {.uid = &uid, .count = 1};

	if (fetch_run(folder->job->session, &plan, &alone, err) != 0)
		return -1;
	*when_r = look.when;
	return 0;
}
