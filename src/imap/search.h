/*
 * Which messages a period may hold: UID SEARCH by days (RFC 3501, 6.4.4), in
 * slices of the UID range, so that neither an answer nor memory grows with the
 * folder.
 */
#ifndef IMAP_SEARCH_H
#define IMAP_SEARCH_H

#include "imap/session.h"
#include "imap/uidset.h"
#include "period.h"

/* UIDs in a slice, unless the whole folder has no more messages than that: then one slice does. */
#define SEARCH_SLICE 32768u

struct search {
	struct session *session;
	bool dated; /* by the days; else all messages of the slices */
	bool open;  /* SINCE without BEFORE */
	char since[PERIOD_IMAP_DATE_SIZE];
	char before[PERIOD_IMAP_DATE_SIZE];
	uint64_t next;  /* first UID of the next slice */
	uint64_t last;  /* the highest UID there is, as far as the server says */
	uint64_t width; /* of a slice */
};

/* Which messages are searched for. */
struct search_wish {
	const struct period *period; /* those of the days around it; NULL: of any day */
	bool open;                   /* the period's end does not count */
	uint32_t after;              /* without a period: those with a UID above it */
};

/*
 * Prepares to search the folder just examined. Of messages of a period the caller decides by
 * INTERNALDATE. Asks for the lowest UID when the folder is large.
 */
int search_init(struct search *search, struct session *session, const struct session_folder *folder,
    const struct search_wish *wish, struct err *err);

/* 1: *uids_r (cleared first, sorted) has the candidates of the next slice, maybe none; 0: all
 * slices are done; -1. */
int search_next(struct search *search, struct uidset *uids_r, struct err *err);

/* Which of the UIDs still exist; sorted. */
int search_existing(
    struct session *session, const struct uidset *uids, struct uidset *existing_r, struct err *err);

#endif
