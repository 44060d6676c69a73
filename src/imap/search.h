/*
 * Which messages a period may hold: UID SEARCH by days (RFC 3501, 6.4.4), in
 * slices of the UID range, so that neither an answer nor memory grows with the
 * mailbox. A server that does not answer SEARCH is asked for all UIDs of the
 * slice instead. Silence never counts as "none".
 *
 * Where the server can, it is asked for the age of messages instead (WITHIN,
 * RFC 5032), once for the whole mailbox, with an answer of ranges (ESEARCH, RFC
 * 4731). That answer counts only when its clock is proven to be ours: a message
 * whose INTERNALDATE is known must be found by its age, SEARCH_CLOCK_PROOF
 * seconds more or less, and the first and the last message by the period that
 * their date is in. Otherwise days decide, which need no clock.
 */
#ifndef IMAP_SEARCH_H
#define IMAP_SEARCH_H

#include "imap/fetch.h"
#include "imap/session.h"
#include "imap/uidset.h"
#include "calendar/period.h"

/* Messages in a slice when their UIDs are spread evenly, else UIDs in a slice. A mailbox with no
 * more messages is one slice. */
#define SEARCH_SLICE 32768u

/* A search may find this many messages more than EXISTS: some servers report it late. */
#define SEARCH_MAX_SURPLUS 1000u

/* Seconds by which the server's clock may differ from ours, and for which its answer may take.
 * Messages are searched for with twice as much on both sides of the period. */
#define SEARCH_CLOCK_PROOF 300

/* A mailbox with at least as many messages is worth asking whether the server has more capabilities
 * behind the login. */
#define SEARCH_ASK_CAPABILITIES 4096

/* The first and the last message of the mailbox, and those whose age is known. */
struct search_bounds {
	uint32_t exists;
	uint32_t lowest; /* UIDs; 0: the server did not say */
	uint32_t highest;
	uint32_t dated; /* UID of the oldest of them with a date; 0: none */
	time_t date;
	uint32_t newest; /* the same of the youngest */
	time_t newest_date;
};

/* What the server finds by age. */
struct search_within {
	unsigned asked;    /* commands that have been sent behind EXAMINE, and not been read */
	bool answered;     /* `ranges` holds its answer, which is not proven */
	bool proven;       /* it is: no other search is needed */
	int64_t began;     /* as of clock_now(): it was sent */
	struct buf ranges; /* struct guard_range, sorted, none touches another */
	uint64_t count;    /* of the UIDs in them */
	size_t next;       /* the first range that is not handed out */
};

/* Bytes of header sections that are kept until the answer to the search is proven. */
#define SEARCH_MAX_EARLY ((size_t)1024 * 1024)

/* What is fetched of the first slice along with the proof that it is one: then it is here a round
 * trip earlier. */
struct search_early {
	const struct fetch_plan *plan; /* what and dated */
	/* Which of the first slice: adds to chosen_r, -1: no memory. NULL: none. */
	int (*choose)(void *context, const struct uidset *uids, struct uidset *chosen_r);
	void *context;
	struct buf *kept; /* by fetch_keep(), in the order in which they came; empty when there is
			     no proof, and not all when there are too many bytes or the server does
			     not send them */
};

struct search {
	struct session *session;
	struct search_early early;   /* the caller's, between search_init() and search_begin() */
	struct search_bounds bounds; /* exists is 0 until the server was asked */
	struct search_within within;
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
	uint32_t after;              /* messages with a higher UID, not by age */
};

void search_init(struct search *search, struct session *session);
void search_fini(struct search *search);

/* session_examine() with what can be asked for behind EXAMINE, when messages of scope->period are
 * to be searched for. Takes its errors. */
int search_examine(struct search *search, const char *mailbox, const struct search_scope *scope,
    struct session_mailbox *mailbox_r, struct err *err);

/* Prepares to search the mailbox just examined. Whether a message is in the period, the caller
 * decides by INTERNALDATE. Asks for the lowest and the highest UID when the mailbox is large. */
int search_begin(struct search *search, const struct session_mailbox *mailbox,
    const struct search_scope *scope, struct err *err);

/* Whether the candidates are, but for minutes at both ends, those that are searched for. */
bool search_is_exact(const struct search *search);

/*
 * 1: *uids_r (cleared first, sorted) has the candidates of the next slice, maybe none; 0: all
 * slices are done; -1. Messages that came after EXAMINE may be among them. ERR_PROTOCOL when the
 * mailbox has messages and the server names none, or far more than it has.
 */
int search_next(struct search *search, struct uidset *uids_r, struct err *err);

/* Whether the slice that was handed out last is not the last one, as far as anybody knows. */
bool search_has_more(const struct search *search);

/* The highest UID of the mailbox, which must not be empty; 0 when the server does not say. */
int search_find_highest(struct session *session, uint32_t *highest_r, struct err *err);

/* Which of the UIDs still exist; sorted. */
int search_existing(
    struct session *session, const struct uidset *uids, struct uidset *existing_r, struct err *err);

#endif
