/*
 * What the files of folder.h share.
 */
#ifndef FOLDER_PART_H
#define FOLDER_PART_H

#include "source/quarantine/folder.h"
#include "imap/fetch.h"
#include "imap/search.h"

struct folder {
	const struct folder_job *job;
	struct account_counts *counts;
	struct fetch_plan plan; /* of the windows */
	struct buf fields;      /* the names for HEADER.FIELDS */
	struct uidset wanted;   /* of the slice: in the period, or, with `dated`, all candidates */
	bool dated;             /* dates come along with the headers, and decide then */
	bool undated;           /* they did not: this server is asked for them apart from now on */
	struct buf dates;       /* struct folder_date of `wanted`, in the same order; not `dated` */
	struct buf held;        /* struct folder_held, in UID order */
	struct buf held_bytes;
	struct buf early;            /* the first messages, which came with the search */
	const struct period *period; /* that is read: the job's, or what is known of it */
	bool knows;                  /* job->known is of this folder */
	uint32_t highest;            /* number of the candidates */
	bool resumed;                /* --new-only, and not for the first time */
	/* --new-only: */
	uint32_t before;             /* messages up to it were settled by earlier runs */
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

/* Where the date of a message is. */
enum folder_when {
	FOLDER_INSIDE,
	FOLDER_OUTSIDE, /* or gone before its date was known, which is no message of the period */
	FOLDER_UNKNOWN, /* it has no date that makes sense */
};

/* Which candidates of a slice are in the period: `wanted`. */
int folder_choose(struct folder *folder, const struct uidset *candidates, struct err *err);

enum folder_when folder_when(const struct folder *folder, const struct fetch_item *item);

/* The same of a message that cannot be read: its date is asked for alone. */
int folder_look_up(struct folder *folder, uint32_t uid, enum folder_when *when_r, struct err *err);

/* The date of a wanted message: a server need not send it again (RFC 3501, 7.4.2). */
time_t folder_date_of(const struct folder *folder, const struct fetch_item *item);

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

/* The same of the header section that was reported last, which need not be read again. */
bool folder_learn_read(struct folder *folder);

/* --- folder_sample.c: what is read to learn that --- */

/*
 * Looks at some messages of a slice, evenly spread, with their dates: in full when that teaches
 * what to ask for, and has not been done. *inside_r is the percentage of those in the period.
 */
int folder_sample(
    struct folder *folder, const struct uidset *uids, unsigned *inside_r, struct err *err);

/* Reads the first messages of `wanted` in full and reports them; those behind them that are samples
 * teach what to ask for of the rest. *read_r of them are done with. */
int folder_read_first(struct folder *folder, size_t *read_r, struct err *err);

/* Whether so many messages that are wanted begin so. */
bool folder_has_first(const struct folder *folder, size_t count);

/* What is asked for of them along with the search. */
struct search_early folder_search_early(struct folder *folder);

/* Whether the samples are to be read in full. */
bool folder_must_learn(const struct folder *folder);

/* --- folder_known.c --- */

/* Whether the folder still has had messages up to the number `last`: one that was restored from an
 * old copy gives the same UIDs again. Some servers are behind with UIDNEXT; then the highest UID
 * there is decides. */
int folder_is_the_same(const struct folder *folder, const struct session_mailbox *status,
    uint32_t last, bool *same_r, struct err *err);

/* Decides whether what is known is of this folder. */
int folder_check_known(
    struct folder *folder, const struct session_mailbox *status, struct err *err);

/* Takes those that are known out of the candidates. */
void folder_leave_known(const struct folder *folder, struct uidset *candidates);

/* All has been read, and noted for --new-only. A folder that is followed has no reach: other
 * threads look at its place. */
int folder_note_reach(struct folder *folder, const struct session_mailbox *status, struct err *err);

/* --- folder_report.c: the messages of a window, for a fetch_plan whose context is a folder --- */

enum fetch_verdict folder_take(void *context, const struct fetch_item *item, struct err *err);
int folder_give_up(void *context, uint32_t uid, enum fetch_absence absence, struct err *err);

/* Hands a message of the period on. */
int folder_report(struct folder *folder, const struct fetch_item *item, struct err *err);

/* Counts a message of the period that does not come. */
int folder_lose(struct folder *folder, uint32_t uid, enum fetch_absence absence, struct err *err);

/* A message is done with; only --new-only needs it. */
int folder_note_settled(struct folder *folder, uint32_t uid, struct err *err);

/* --- folder_held.c --- */

/* Keeps a message of the window for later; FETCH_LATER when there is no more room. `again`: it is
 * to be read in full. */
enum fetch_verdict folder_hold(
    struct folder *folder, const struct fetch_item *item, bool again, struct err *err);

int folder_paused(void *context, struct err *err);

#endif
