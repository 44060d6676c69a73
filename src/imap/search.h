/*
 * Which messages a period may hold: UID SEARCH by days (RFC 3501, 6.4.4), in
 * slices of the UID range, so that neither an answer nor memory grows with the
 * mailbox. A server that does not answer SEARCH is asked for all UIDs of the
 * slice instead. Silence never counts as "none".
 */
#ifndef IMAP_SEARCH_H
#define IMAP_SEARCH_H

#include "imap/session.h"
#include "imap/uidset.h"
#include "calendar/period.h"

/* Messages in a slice when their UIDs are spread evenly, else UIDs in a slice. A mailbox with no
 * more messages is one slice. */
#define SEARCH_SLICE 32768u

/* A search may find this many messages more than EXISTS: some servers report it late. */
#define SEARCH_MAX_SURPLUS 1000u

struct search {
	struct session *session;
	char
	    dates[sizeof(" SINCE  BEFORE ") + 2 * PERIOD_IMAP_DATE_SIZE]; /* or empty: of any day */
	uint64_t first; /* UID that is searched for */
	uint64_t next;  /* first UID of the next slice */
	uint64_t last;  /* the highest UID there is, as far as the server says */
	uint64_t width; /* of a slice */
	uint64_t found; /* so far */
	uint32_t least; /* at least this many messages must be found */
	bool unproven;  /* the mailbox has messages, and the server has not named one yet */
};

/* Which messages are searched for. */
struct search_scope {
	const struct period *period; /* messages of the days around it; NULL: of any day */
	bool open;                   /* the period's end does not count */
	uint32_t after;              /* without a period: messages with a higher UID */
};

/* Prepares to search the mailbox just examined. Whether a message is in the period, the caller
 * decides by INTERNALDATE. Asks for the lowest and the highest UID when the mailbox is large. */
int search_init(struct search *search, struct session *session,
    const struct session_mailbox *mailbox, const struct search_scope *scope, struct err *err);

/*
 * 1: *uids_r (cleared first, sorted) has the candidates of the next slice, maybe none; 0: all
 * slices are done; -1. Messages that came after EXAMINE may be among them. ERR_PROTOCOL when the
 * mailbox has messages and the server names none, or far more than it has.
 */
int search_next(struct search *search, struct uidset *uids_r, struct err *err);

/* The highest UID of the mailbox, which must not be empty; 0 when the server does not say. */
int search_find_highest(struct session *session, uint32_t *highest_r, struct err *err);

/* Which of the UIDs still exist; sorted. */
int search_existing(
    struct session *session, const struct uidset *uids, struct uidset *existing_r, struct err *err);

#endif
