/*
 * What the files of folder.h share.
 */
#ifndef FOLDER_PART_H
#define FOLDER_PART_H

#include "source/quarantine/folder.h"
#include "imap/fetch.h"

struct folder {
	const struct folder_job *job;
	struct account_counts *counts;
	struct fetch_plan plan; /* of the windows */
	struct buf fields;      /* the names for HEADER.FIELDS */
	struct uidset wanted;   /* of the slice: in the period */
	struct buf dates;       /* struct folder_date of each of them, in the same order */
	struct buf held;        /* struct folder_held, in UID order */
	struct buf held_bytes;
	struct uidset again; /* held messages to be read in full */
	bool resumed;        /* --new-only, and not for the first time */
	/* --new-only: */
	struct uidset settled;       /* of `wanted`, those that are reported or lost */
	uint32_t last_slice;         /* messages up to it were settled before; 0: none */
	struct state_open_list open; /* messages to be tried again */
	unsigned known;   /* messages since the last pause with a filter's block of a known brand */
	unsigned unknown; /* and without */
	uint64_t whole_bytes; /* of the samples, read in full */
	uint64_t field_bytes; /* what their fields would have come to */
};

struct folder_date {
	uint32_t uid;
	time_t internal_date;
};

/* --- folder_dates.c: what the slice under way is about --- */

/* The message is to be reported. -1: no memory. */
int folder_want(struct folder *folder, const struct fetch_item *item);

/* Once all of the slice are known, and before the next function. */
void folder_sort_dates(struct folder *folder);

/* The date of a wanted message: a server need not send it again (RFC 3501, 7.4.2). */
time_t folder_date_of(const struct folder *folder, uint32_t uid);

/* --- folder_open.c: messages that cannot be read now --- */

/* An unreadable message is tried again by later runs; false when they have done that long enough.
 * -1 when there are too many: then this run must not note it as settled. */
int folder_keep_open(struct folder *folder, uint32_t uid, bool *kept_r, struct err *err);

/* It is settled, and not tried again. */
void folder_close(struct folder *folder, uint32_t uid);

/* --- folder_plan.c: what is asked for of a message --- */

/* The names for HEADER.FIELDS, those of the brands known by now among them. */
void folder_set_fields(struct folder *folder);

/*
 * Whole header sections when the user wants them, when nobody knows what the filter's headers are
 * called or their names are too long for a command, and when they are not much larger; else the
 * named fields.
 */
void folder_choose_plan(struct folder *folder);

/* Takes the brand of a whole header section into the list of fields, and the fields that may hold a
 * login. True when it has a brand we ask for. */
bool folder_learn_names(struct folder *folder, struct span header);

/* Reads some messages of the slice in full, evenly spread, to learn what to ask for. */
int folder_sample(struct folder *folder, struct err *err);

/* --- folder_report.c: the messages of a window, for a fetch_plan whose context is a folder --- */

enum fetch_verdict folder_take(void *context, const struct fetch_item *item, struct err *err);
int folder_give_up(void *context, uint32_t uid, enum fetch_absence absence, struct err *err);
int folder_paused(void *context, struct err *err);

#endif
