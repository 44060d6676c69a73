/* Messages of a window that wait for what is asked for apart, so that the order is the folder's. */
#include <errno.h>
#include <stdlib.h>

#include "source/quarantine/folder_part.h"

struct folder_held {
	uint32_t uid;
	bool truncated;
	bool again;    /* its filter's block was not found: to be read in full */
	bool undated;  /* the server left its date out: to be asked for */
	bool over;     /* not of the period, or lost */
	time_t when;   /* its date, when it came along; else 0 */
	bool dated;    /* it did */
	size_t offset; /* of the header section in folder.held_bytes */
	size_t n;
};

enum fetch_verdict folder_hold(
    struct folder *folder, const struct fetch_item *item, bool again, struct err *err)
{
	struct folder_held held = {
	    .uid = item->uid,
	    .truncated = item->truncated,
	    .again = again,
	    .undated = folder->dated && !item->has_date,
	    .dated = item->has_date,
	    .when = item->internal_date,
	    .offset = folder->held_bytes.n,
	    .n = again ? 0 : item->header.n,
	};

	if (folder->held_bytes.n + held.n > FOLDER_MAX_HELD && folder->held.n > 0)
		return FETCH_LATER;
	if (!again)
		buf_add(&folder->held_bytes, item->header);
	folder->plan.pause = true;
	buf_add(&folder->held, (struct span){(const char *)&held, sizeof(held)});
	if (folder->held.failed == 0 && folder->held_bytes.failed == 0)
		return FETCH_TAKEN;
	err_nomem(err);
	return FETCH_FAILED;
}

static struct folder_held *folder_held_begin(const struct folder *folder)
{
	return (struct folder_held *)(void *)folder->held.p;
}

static size_t folder_held_count(const struct folder *folder)
{
	return folder->held.n / sizeof(struct folder_held);
}

/* The one at `likely`, or else any; NULL: there is none. */
static struct folder_held *folder_held_find(
    const struct folder *folder, uint32_t uid, size_t likely)
{
	struct folder_held *held = folder_held_begin(folder);
	size_t count = folder_held_count(folder);

	if (likely < count && held[likely].uid == uid)
		return &held[likely];
	for (size_t i = 0; i < count; i++)
		if (held[i].uid == uid)
			return &held[i];
	return NULL;
}

/* --- dates that did not come along --- */

static enum fetch_verdict folder_take_held_date(
    void *context, const struct fetch_item *item, struct err *err)
{
	struct folder *folder = context;
	struct folder_held *held = folder_held_find(folder, item->uid, 0);
	enum folder_when when = folder_when(folder, item);
	int result = 0;

	if (held == NULL)
		return FETCH_TAKEN;
	held->undated = false;
	held->dated = item->has_date;
	held->when = item->internal_date;
	held->over = when != FOLDER_INSIDE;
	folder->counts->found += when != FOLDER_OUTSIDE;
	if (when == FOLDER_UNKNOWN)
		result = folder_lose(folder, item->uid, FETCH_UNREADABLE, err);
	else if (when == FOLDER_OUTSIDE)
		result = folder_note_settled(folder, item->uid, err);
	return result == 0 ? FETCH_TAKEN : FETCH_FAILED;
}

static int folder_give_up_held_date(
    void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	struct folder *folder = context;
	struct folder_held *held = folder_held_find(folder, uid, 0);

	if (held == NULL)
		return 0;
	held->undated = false;
	held->over = true;
	if (absence == FETCH_VANISHED)
		return folder_note_settled(folder, uid, err);
	folder->counts->found++;
	return folder_lose(folder, uid, absence, err);
}

static int folder_date_held(struct folder *folder, struct err *err)
{
	const struct folder_held *held = folder_held_begin(folder);
	struct fetch_plan plan = {
	    .what = FETCH_DATES,
	    .context = folder,
	    .item = folder_take_held_date,
	    .give_up = folder_give_up_held_date,
	};
	struct uidset undated = {0};
	int result = 0;

	for (size_t i = 0; result == 0 && i < folder_held_count(folder); i++)
		if (held[i].undated && uidset_add(&undated, held[i].uid) != 0)
			result = err_nomem(err);
	uidset_sort(&undated);
	if (result == 0)
		result = fetch_run(folder->job->session, &plan, &undated, err);
	/* This server does not send them along. */
	if (undated.count > 0)
		folder->undated = true;
	uidset_fini(&undated);
	return result;
}

/* --- the second reading --- */

/* The held messages up to the one with this UID, which is left to the caller. */
static int folder_release(struct folder *folder, size_t *next, uint32_t uid, struct err *err)
{
	for (; *next < folder_held_count(folder); (*next)++) {
		const struct folder_held *held = folder_held_begin(folder) + *next;
		const struct fetch_item item = {
		    .uid = held->uid,
		    .header = {folder->held_bytes.p + held->offset, held->n},
		    .truncated = held->truncated,
		    .has_date = held->dated,
		    .internal_date = held->when,
		};

		if (held->uid == uid)
			return 0;
		/* What is to be read again was lost on the second reading, and counted there. */
		if (!held->again && !held->over && folder_report(folder, &item, err) != 0)
			return -1;
	}
	return 0;
}

struct folder_second_reading {
	struct folder *folder;
	size_t next; /* index of the next held message */
};

static enum fetch_verdict folder_take_again(
    void *context, const struct fetch_item *item, struct err *err)
{
	struct folder_second_reading *reading = context;
	struct folder *folder = reading->folder;
	struct fetch_item whole = *item;
	const struct folder_held *held;

	if (folder_release(folder, &reading->next, item->uid, err) != 0)
		return FETCH_FAILED;
	/* It was passed when the server sends messages in another order now. */
	held = folder_held_find(folder, item->uid, reading->next);
	if (held != NULL) {
		whole.has_date = held->dated;
		whole.internal_date = held->when;
	}
	folder_learn_names(folder, item->header);
	return folder_report(folder, &whole, err) == 0 ? FETCH_TAKEN : FETCH_FAILED;
}

static int folder_give_up_again(
    void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	struct folder_second_reading *reading = context;

	return folder_lose(reading->folder, uid, absence, err);
}

/* Messages without a known filter's block are read in full, since it may be one of a brand that was
 * not asked for; what had to wait for them follows. */
static int folder_read_again(struct folder *folder, struct err *err)
{
	const struct folder_held *held = folder_held_begin(folder);
	struct folder_second_reading reading = {.folder = folder};
	struct fetch_plan plan = {
	    .what = FETCH_HEADER,
	    .context = &reading,
	    .item = folder_take_again,
	    .give_up = folder_give_up_again,
	};
	struct uidset again = {0};
	int result = 0;

	for (size_t i = 0; result == 0 && i < folder_held_count(folder); i++)
		if (held[i].again && !held[i].over && uidset_add(&again, held[i].uid) != 0)
			result = err_nomem(err);
	uidset_sort(&again);
	if (result == 0)
		result = fetch_run(folder->job->session, &plan, &again, err);
	if (result == 0)
		result = folder_release(folder, &reading.next, 0, err);
	uidset_fini(&again);
	return result;
}

/* No command is under way. Then the better way for the next window is chosen. */
int folder_paused(void *context, struct err *err)
{
	struct folder *folder = context;

	if (folder->fields.failed != 0)
		return err_nomem(err);
	if (folder_date_held(folder, err) != 0 || folder_read_again(folder, err) != 0)
		return -1;
	buf_clear(&folder->held);
	buf_clear(&folder->held_bytes);
	folder_choose_plan(folder);
	return 0;
}
