/* From the messages of a window to records, in the order of the folder. */
#include <inttypes.h>

#include "base/log.h"
#include "mail/header.h"
#include "source/quarantine/folder_part.h"

/* Only --new-only needs it. */
int folder_note_settled(struct folder *folder, uint32_t uid, struct err *err)
{
	if (folder->job->state == NULL)
		return 0;
	folder_close(folder, uid);
	return uidset_add(&folder->settled, uid) == 0 ? 0 : err_nomem(err);
}

/* 1: it was handed on before its folder was made anew; -1: no memory. */
static int folder_is_seen(
    struct folder *folder, const struct fetch_item *item, time_t when, struct err *err)
{
	struct folder_seen *seen = folder->job->seen;

	if (seen == NULL)
		return 0;
	if (folder_seen_take(seen, item->header, when)) {
		folder->counts->found--;
		return 1;
	}
	return folder_seen_note(seen, item->header, when, err);
}

int folder_report(struct folder *folder, const struct fetch_item *item, struct err *err)
{
	const struct folder_job *job = folder->job;
	const struct folder_taker *taker = &job->taker;
	const struct message message = {
	    .header = item->header,
	    .truncated = item->truncated,
	    .uid = item->uid,
	    .when = folder_date_of(folder, item),
	    .place = job->place,
	};
	int seen = folder_is_seen(folder, item, message.when, err);

	if (seen != 0)
		return seen < 0 ? -1 : folder_note_settled(folder, item->uid, err);
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
	if (folder->job->seen != NULL)
		return folder_note_settled(folder, uid, err);
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

/* Decides whether a message that does not come belongs to the report at all. */
static int folder_judge_absent(struct folder *folder, uint32_t uid, enum fetch_absence absence,
    bool *wanted_r, struct err *err)
{
	enum folder_when when = FOLDER_OUTSIDE;

	*wanted_r = true;
	if (!folder->dated)
		return 0;
	if (absence == FETCH_UNREADABLE && folder_look_up(folder, uid, &when, err) != 0)
		return -1;
	*wanted_r = when != FOLDER_OUTSIDE;
	folder->counts->found += *wanted_r;
	return 0;
}

int folder_give_up(void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	struct folder *folder = context;
	bool wanted;

	if (folder_judge_absent(folder, uid, absence, &wanted, err) != 0)
		return -1;
	return wanted ? folder_lose(folder, uid, absence, err)
		      : folder_note_settled(folder, uid, err);
}

int folder_lose(struct folder *folder, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	if (absence == FETCH_VANISHED) {
		folder->counts->vanished++;
		return folder_note_settled(folder, uid, err);
	}
	if (folder->counts->unreadable < FOLDER_MAX_NAMED)
		log_error("%s: '%s': the message with UID %" PRIu32 " cannot be read%s",
		    folder->job->place->host, folder->job->place->name, uid,
		    folder->job->state != NULL && folder->job->seen == NULL ? " now" : "");
	folder->counts->unreadable++;
	return folder_note_unreadable(folder, uid, err);
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

static void folder_count_known(struct folder *folder, bool known)
{
	if (known)
		folder->known++;
	else
		folder->unknown++;
}

/* A whole header section, to be reported now. */
static enum fetch_verdict folder_take_whole(
    struct folder *folder, const struct fetch_item *item, struct err *err)
{
	if (folder_report(folder, item, err) != 0)
		return FETCH_FAILED;
	folder_count_known(folder, folder_learn_read(folder));
	return FETCH_TAKEN;
}

static enum fetch_verdict folder_take_wanted(
    struct folder *folder, const struct fetch_item *item, struct err *err)
{
	bool waits = folder->held.n > 0 || (folder->dated && !item->has_date);
	bool full = folder->plan.what != FETCH_FIELDS;
	bool known;
	struct span brand;

	if (folder->plan.what == FETCH_HEADER && !waits)
		return folder_take_whole(folder, item, err);
	if (folder->plan.what == FETCH_MESSAGE)
		known = true;
	else if (full)
		known = folder_learn_names(folder, item->header);
	else
		known = brand_find(item->header, &brand) &&
			brand_known(folder->job->brands, brand) && folder_has_from(item->header);
	folder_count_known(folder, known);
	if (waits || (!known && !full))
		return folder_hold(folder, item, !known && !full, err);
	return folder_report(folder, item, err) == 0 ? FETCH_TAKEN : FETCH_FAILED;
}

/* A message of a window. */
enum fetch_verdict folder_take(void *context, const struct fetch_item *item, struct err *err)
{
	struct folder *folder = context;
	enum fetch_verdict verdict;

	if (!folder->dated)
		return folder_take_wanted(folder, item, err);
	switch (folder_when(folder, item)) {
	case FOLDER_OUTSIDE:
		return folder_note_settled(folder, item->uid, err) == 0 ? FETCH_TAKEN
									: FETCH_FAILED;
	case FOLDER_INSIDE:
		folder->counts->found++;
		verdict = folder_take_wanted(folder, item, err);
		folder->counts->found -= verdict == FETCH_LATER;
		return verdict;
	default:
		if (item->no_date)
			return folder_take_wanted(folder, item, err);
		folder->counts->found++;
		return folder_lose(folder, item->uid, FETCH_UNREADABLE, err) == 0 ? FETCH_TAKEN
										  : FETCH_FAILED;
	}
}
