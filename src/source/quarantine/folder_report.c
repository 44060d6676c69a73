/* From the messages of a window to records, in the order of the folder. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "mail/header.h"
#include "source/quarantine/folder_part.h"

struct folder_held {
	uint32_t uid;
	bool truncated;
	bool again;    /* its filter's block was not found: to be read in full */
	size_t offset; /* of the header section in folder.held_bytes */
	size_t n;
};

/* Only --new-only needs it. */
static int folder_note_settled(struct folder *folder, uint32_t uid, struct err *err)
{
	if (folder->job->state == NULL)
		return 0;
	folder_close(folder, uid);
	return uidset_add(&folder->settled, uid) == 0 ? 0 : err_nomem(err);
}

static int folder_report(struct folder *folder, const struct fetch_item *item, struct err *err)
{
	const struct folder_job *job = folder->job;
	const struct folder_taker *taker = &job->taker;
	const struct message message = {
	    .header = item->header,
	    .truncated = item->truncated,
	    .uid = item->uid,
	    .when = folder_date_of(folder, item->uid),
	    .place = job->place,
	};

	if ((taker->take != NULL
		    ? taker->take(taker->context, job->report, job->reader, &message, err)
		    : report_take_message(job->report, job->reader, &message, err)) != 0)
		return -1;
	return folder_note_settled(folder, item->uid, err);
}

/* With --new-only the message stays open for the runs to come, for some time. */
static int folder_note_unreadable(struct folder *folder, uint32_t uid, struct err *err)
{
	bool kept = false;

	if (folder->job->state == NULL)
		return 0;
	if (folder_keep_open(folder, uid, &kept, err) != 0)
		return -1;
	if (!kept) {
		log_error("%s: '%s': the message with UID %" PRIu32
			  " could not be read for days and is given up",
		    folder->job->place->host, folder->job->place->name, uid);
		return folder_note_settled(folder, uid, err);
	}
	return uidset_add(&folder->settled, uid) == 0 ? 0 : err_nomem(err);
}

int folder_give_up(void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	struct folder *folder = context;

	if (absence == FETCH_VANISHED) {
		folder->counts->vanished++;
		return folder_note_settled(folder, uid, err);
	}
	if (folder->counts->unreadable < FOLDER_MAX_NAMED)
		log_error("%s: '%s': the message with UID %" PRIu32 " cannot be read%s",
		    folder->job->place->host, folder->job->place->name, uid,
		    folder->job->state != NULL ? " now" : "");
	folder->counts->unreadable++;
	return folder_note_unreadable(folder, uid, err);
}

/* Keeps a message of the window for later; FETCH_LATER when there is no more room. */
static enum fetch_verdict folder_hold(
    struct folder *folder, const struct fetch_item *item, bool again, struct err *err)
{
	struct folder_held held = {
	    .uid = item->uid,
	    .truncated = item->truncated,
	    .again = again,
	    .offset = folder->held_bytes.n,
	    .n = again ? 0 : item->header.n,
	};

	if (folder->held_bytes.n + held.n > FOLDER_MAX_HELD && folder->held.n > 0)
		return FETCH_LATER;
	if (!again)
		buf_add(&folder->held_bytes, item->header);
	else if (uidset_add(&folder->again, item->uid) != 0)
		folder->held.failed = ENOMEM;
	folder->plan.pause = true;
	buf_add(&folder->held, (struct span){(const char *)&held, sizeof(held)});
	if (folder->held.failed != 0 || folder->held_bytes.failed != 0) {
		err_nomem(err);
		return FETCH_FAILED;
	}
	return FETCH_TAKEN;
}

/* Without From it may be one of a script whose line ends glued From into another field, which we
 * have not asked for. */
static bool folder_has_from(struct span header)
{
	struct header_iter iter;
	struct header_field field;

	header_iter_init(&iter, header);
	while (header_next(&iter, &field) == 1)
		if (span_eq_nocase(field.name, SPAN("From")))
			return true;
	return false;
}

/* A message of a window. */
enum fetch_verdict folder_take(void *context, const struct fetch_item *item, struct err *err)
{
	struct folder *folder = context;
	bool full = folder->plan.what != FETCH_FIELDS;
	bool known;
	struct span brand;

	if (folder->plan.what == FETCH_MESSAGE)
		return folder_report(folder, item, err) == 0 ? FETCH_TAKEN : FETCH_FAILED;
	if (full)
		known = folder_learn_names(folder, item->header);
	else
		known = brand_find(item->header, &brand) &&
			brand_known(folder->job->brands, brand) && folder_has_from(item->header);
	if (known)
		folder->known++;
	else
		folder->unknown++;
	if (folder->held.n > 0 || (!known && !full))
		return folder_hold(folder, item, !known && !full, err);
	return folder_report(folder, item, err) == 0 ? FETCH_TAKEN : FETCH_FAILED;
}

/* The held messages up to the one with this UID, which is left to the caller. */
static int folder_release(struct folder *folder, size_t *next, uint32_t uid, struct err *err)
{
	size_t count = folder->held.n / sizeof(struct folder_held);

	for (; *next < count; (*next)++) {
		struct folder_held held;
		struct fetch_item item;

		memcpy(&held, folder->held.p + *next * sizeof(held), sizeof(held));
		if (held.uid == uid)
			return 0;
		if (held.again)
			continue; /* lost on the second reading, and counted there */
		item = (struct fetch_item){
		    .uid = held.uid,
		    .header = {folder->held_bytes.p + held.offset, held.n},
		    .truncated = held.truncated,
		};
		if (folder_report(folder, &item, err) != 0)
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

	if (folder_release(folder, &reading->next, item->uid, err) != 0)
		return FETCH_FAILED;
	folder_learn_names(folder, item->header);
	return folder_report(folder, item, err) == 0 ? FETCH_TAKEN : FETCH_FAILED;
}

static int folder_give_up_again(
    void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	struct folder_second_reading *reading = context;

	return folder_give_up(reading->folder, uid, absence, err);
}

/*
 * No command is under way: messages without a known filter's block are read in full, since it may
 * be one of a brand that was not asked for; what had to wait for them follows. Then the better way
 * for the next window is chosen.
 */
int folder_paused(void *context, struct err *err)
{
	struct folder *folder = context;
	struct folder_second_reading reading = {.folder = folder};
	struct fetch_plan plan = {
	    .what = FETCH_HEADER,
	    .context = &reading,
	    .item = folder_take_again,
	    .give_up = folder_give_up_again,
	};

	uidset_sort(&folder->again);
	if (fetch_run(folder->job->session, &plan, &folder->again, err) != 0 ||
	    folder_release(folder, &reading.next, 0, err) != 0)
		return -1;
	uidset_clear(&folder->again);
	buf_clear(&folder->held);
	buf_clear(&folder->held_bytes);
	folder_choose_plan(folder);
	return 0;
}
