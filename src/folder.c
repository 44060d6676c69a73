#include "folder.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "imap/fetch.h"
#include "imap/search.h"
#include "mail/header.h"
#include "report/derive.h"

struct folder_held {
	uint32_t uid;
	time_t internal_date;
	bool truncated;
	bool again;    /* its filter's block was not found: to be read in full */
	size_t offset; /* of the header section in folder.held_bytes */
	size_t n;
};

struct folder {
	const struct folder_job *job;
	struct folder_counts *counts;
	struct fetch_plan plan; /* of the windows */
	struct buf fields;      /* the names for HEADER.FIELDS */
	struct arena arena;     /* one record */
	struct uidset wanted;   /* of the slice: in the period */
	struct buf held;        /* struct folder_held, in UID order */
	struct buf held_bytes;
	struct uidset again; /* held messages to be read in full */
	unsigned known;   /* messages since the last pause with a filter's block of a known brand */
	unsigned unknown; /* and without */
	uint64_t whole_bytes; /* of the samples, read in full */
	uint64_t field_bytes; /* what their fields would have come to */
};

static void folder_set_fields(struct folder *folder)
{
	const struct brand_set *brands = folder->job->brands;

	buf_clear(&folder->fields);
	evidence_add_field_names(folder->job->evidence, &folder->fields);
	for (unsigned i = 0; i < brands->count; i++)
		for (unsigned field = 0; field < BRAND_FIELD_COUNT; field++)
			buf_printf(
			    &folder->fields, " X-%s-%s", brands->name[i], brand_suffix[field]);
	folder->plan.fields = buf_span(&folder->fields);
}

static bool folder_is_wanted(const struct folder *folder, struct span name)
{
	for (struct span rest = buf_span(&folder->fields); rest.n > 0;) {
		struct span wanted = span_head(rest, span_find(rest, ' '));

		if (span_eq_nocase(wanted, name))
			return true;
		rest = span_from(rest, wanted.n + 1);
	}
	return false;
}

/* What this message costs when it is read in full, and when only the named fields are. */
static void folder_measure(struct folder *folder, struct span header)
{
	struct header_iter iter;
	struct header_field field;

	folder->whole_bytes += header.n;
	folder->field_bytes += folder->fields.n;
	header_iter_init(&iter, header);
	while (header_next(&iter, &field) == 1)
		if (folder_is_wanted(folder, field.name))
			folder->field_bytes += field.name.n + field.body.n + sizeof(":\r\n") - 1;
}

/*
 * Whole header sections when the user wants them, when nobody knows what the filter's headers are
 * called or their names are too long for a command, and when they are not much larger; else the
 * named fields.
 */
static void folder_choose_plan(struct folder *folder)
{
	bool mostly_unknown = folder->unknown > folder->known;
	bool small = folder->whole_bytes * 100 <= folder->field_bytes * FOLDER_WHOLE_PERCENT;

	folder->plan.what = folder->job->whole_headers || folder->job->brands->count == 0 ||
				    folder->fields.n > FETCH_MAX_FIELDS || mostly_unknown || small
				? FETCH_HEADER
				: FETCH_FIELDS;
	folder->known = 0;
	folder->unknown = 0;
}

/* Takes the brand of a whole header section into the list of fields. True when it has one we ask
 * for. */
static bool folder_learn_brand(struct folder *folder, struct span header)
{
	struct span brand;

	if (!brand_find(header, &brand))
		return false;
	if (brand_add(folder->job->brands, brand)) {
		folder_set_fields(folder);
		folder->plan.pause = true; /* from the next window on the fields may do */
		log_info("the filter's headers here are X-%.*s-...", (int)brand.n, brand.p);
	}
	return brand_known(folder->job->brands, brand);
}

static void folder_fill_columns(const struct folder *folder, const struct fetch_item *item,
    struct arena *arena, struct record *record)
{
	struct buf date;

	record->uid = item->uid;
	record->internal_date = item->internal_date;
	buf_init(&date, 0);
	if (item->has_date)
		period_add_iso(&date, item->internal_date);
	record->value[COLUMN_DATE] = arena_copy_buf(arena, &date);
	buf_fini(&date);
	record->value[COLUMN_UID] = arena_printf(arena, "%" PRIu32, item->uid);
	record->value[COLUMN_FOLDER] = span_of(folder->job->name);
	record->value[COLUMN_HOST] = span_of(folder->job->host);
	derive_sender_domain(record, arena);
}

/* One message, to the end: evidence, filter, number, sinks. */
static int folder_report(struct folder *folder, const struct fetch_item *item, struct err *err)
{
	const struct folder_job *job = folder->job;
	struct record record = {0};

	if (interrupt_check(err) != 0)
		return -1;
	arena_reset(&folder->arena);
	if (item->truncated)
		record.notes |= NOTE_HEADER_TRUNCATED;
	if (evidence_extract(job->evidence, item->header, &folder->arena, &record, err) != 0)
		return -1;
	if (job->no_bounce && record.is_bounce) {
		folder->counts->bounces++;
		return 0;
	}
	folder_fill_columns(folder, item, &folder->arena, &record);
	record.number = *job->number + 1;
	record.value[COLUMN_NUMBER] = arena_printf(&folder->arena, "%" PRIu64, record.number);
	if (folder->arena.failed)
		return err_nomem(err);
	if (sink_record(job->sinks, &record, err) != 0)
		return -1;
	*job->number = record.number;
	folder->counts->reported++;
	return 0;
}

static int folder_lost(void *context, uint32_t uid, enum fetch_loss loss, struct err *err)
{
	struct folder *folder = context;

	(void)err;
	if (loss == FETCH_VANISHED) {
		folder->counts->vanished++;
		return 0;
	}
	if (folder->counts->unreadable < FOLDER_MAX_NAMED)
		log_error("%s: '%s': the message with UID %" PRIu32 " cannot be read",
		    folder->job->host, folder->job->name, uid);
	folder->counts->unreadable++;
	return 0;
}

/* Keeps a message of the window for later; FETCH_LATER when there is no more room. */
static enum fetch_verdict folder_hold(
    struct folder *folder, const struct fetch_item *item, bool again, struct err *err)
{
	struct folder_held held = {
	    .uid = item->uid,
	    .internal_date = item->internal_date,
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

/* A message of a window. */
static enum fetch_verdict folder_take(void *context, const struct fetch_item *item, struct err *err)
{
	struct folder *folder = context;
	bool full = folder->plan.what == FETCH_HEADER;
	bool known;
	struct span brand;

	if (full)
		known = folder_learn_brand(folder, item->header);
	else
		known = brand_find(item->header, &brand) && brand_known(folder->job->brands, brand);
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
		    .has_date = true,
		    .internal_date = held.internal_date,
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
	folder_learn_brand(folder, item->header);
	return folder_report(folder, item, err) == 0 ? FETCH_TAKEN : FETCH_FAILED;
}

static int folder_lost_again(void *context, uint32_t uid, enum fetch_loss loss, struct err *err)
{
	struct folder_second_reading *reading = context;

	return folder_lost(reading->folder, uid, loss, err);
}

/*
 * No command is under way: messages without a known filter's block are read in full, since it may
 * be one of a brand that was not asked for; what had to wait for them follows. Then the better way
 * for the next window is chosen.
 */
static int folder_paused(void *context, struct err *err)
{
	struct folder *folder = context;
	struct folder_second_reading reading = {.folder = folder};
	struct fetch_plan plan = {
	    .what = FETCH_HEADER,
	    .context = &reading,
	    .item = folder_take_again,
	    .lost = folder_lost_again,
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

static enum fetch_verdict folder_take_sample(
    void *context, const struct fetch_item *item, struct err *err)
{
	struct folder *folder = context;

	(void)err;
	folder_learn_brand(folder, item->header);
	folder_measure(folder, item->header);
	return FETCH_TAKEN;
}

/* A sample that cannot be read is met again in its window, and counted there. */
static int folder_ignore_lost(void *context, uint32_t uid, enum fetch_loss loss, struct err *err)
{
	(void)context;
	(void)uid;
	(void)loss;
	(void)err;
	return 0;
}

/* Reads some messages of the slice in full, evenly spread, to learn what to ask for. */
static int folder_sample(struct folder *folder, struct err *err)
{
	struct fetch_plan plan = {
	    .what = FETCH_HEADER,
	    .context = folder,
	    .item = folder_take_sample,
	    .lost = folder_ignore_lost,
	};
	struct uidset samples = {0};
	int result = 0;

	for (size_t i = 0; i < FOLDER_SAMPLES && result == 0; i++)
		result = uidset_add(
		    &samples, folder->wanted.uid[i * folder->wanted.count / FOLDER_SAMPLES]);
	uidset_sort(&samples);
	result =
	    result == 0 ? fetch_run(folder->job->session, &plan, &samples, err) : err_nomem(err);
	uidset_fini(&samples);
	return result;
}

static enum fetch_verdict folder_take_date(
    void *context, const struct fetch_item *item, struct err *err)
{
	struct folder *folder = context;
	const struct period *period = folder->job->period;

	if (!item->has_date) {
		folder->counts->found++;
		return folder_lost(folder, item->uid, FETCH_UNREADABLE, err) == 0 ? FETCH_TAKEN
										  : FETCH_FAILED;
	}
	if (item->internal_date < period->since || item->internal_date >= period->until)
		return FETCH_TAKEN;
	if (uidset_add(&folder->wanted, item->uid) != 0) {
		err_nomem(err);
		return FETCH_FAILED;
	}
	folder->counts->found++;
	return FETCH_TAKEN;
}

/* A message that went before its date was known is none of the period's, as far as anyone can say.
 */
static int folder_lost_date(void *context, uint32_t uid, enum fetch_loss loss, struct err *err)
{
	struct folder *folder = context;

	if (loss == FETCH_VANISHED)
		return 0;
	folder->counts->found++;
	return folder_lost(context, uid, loss, err);
}

/* Which candidates of a slice are in the period. */
static int folder_choose(struct folder *folder, const struct uidset *candidates, struct err *err)
{
	struct fetch_plan plan = {
	    .what = FETCH_DATES,
	    .context = folder,
	    .item = folder_take_date,
	    .lost = folder_lost_date,
	};

	uidset_clear(&folder->wanted);
	if (fetch_run(folder->job->session, &plan, candidates, err) != 0)
		return -1;
	uidset_sort(&folder->wanted);
	return 0;
}

static int folder_read_slice(
    struct folder *folder, const struct uidset *candidates, struct err *err)
{
	if (folder_choose(folder, candidates, err) != 0)
		return -1;
	if (folder->wanted.count == 0)
		return 0;
	if (!folder->job->whole_headers && folder->whole_bytes == 0 &&
	    folder->wanted.count > FOLDER_SAMPLES && folder_sample(folder, err) != 0)
		return -1;
	folder_choose_plan(folder);
	return fetch_run(folder->job->session, &folder->plan, &folder->wanted, err);
}

static int folder_read(struct folder *folder, struct err *err)
{
	const struct folder_job *job = folder->job;
	struct session_folder status;
	struct search search;
	struct uidset candidates = {0};
	int more = -1;

	if (session_examine(job->session, job->name, &status, err) != 0 ||
	    search_init(&search, job->session, &status, job->period, err) != 0)
		return -1;
	while ((more = search_next(&search, &candidates, err)) == 1)
		if (folder_read_slice(folder, &candidates, err) != 0) {
			more = -1;
			break;
		}
	uidset_fini(&candidates);
	return more;
}

int folder_run(const struct folder_job *job, struct folder_counts *counts_r, struct err *err)
{
	struct folder folder = {
	    .job = job,
	    .counts = counts_r,
	    .plan = {.context = &folder,
		.item = folder_take,
		.lost = folder_lost,
		.paused = folder_paused},
	};
	int result;

	*counts_r = (struct folder_counts){0};
	arena_init(&folder.arena);
	buf_init(&folder.fields, 0);
	buf_init(&folder.held, 0);
	buf_init(&folder.held_bytes, 0);
	folder_set_fields(&folder);
	result = folder_read(&folder, err);
	arena_fini(&folder.arena);
	buf_fini(&folder.fields);
	buf_fini(&folder.held);
	buf_fini(&folder.held_bytes);
	uidset_fini(&folder.wanted);
	uidset_fini(&folder.again);
	return result;
}
