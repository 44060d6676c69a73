/*
 * What fetch.c, fetch_ahead.c and sides.c share. Others include fetch.h.
 */
#ifndef IMAP_FETCH_PART_H
#define IMAP_FETCH_PART_H

#include "imap/fetch.h"
#include "imap/session_command.h"
#include "imap/sides.h"

/* "999999 UID FETCH " and " (UID INTERNALDATE BODY.PEEK[HEADER.FIELDS ()]<0.1048576>)", and some
 * room. */
#define FETCH_COMMAND_OVERHEAD 128

enum fetch_state {
	FETCH_STATE_WANTED, /* not asked for */
	FETCH_STATE_AHEAD,  /* asked for on another connection, whose turn has not come */
	FETCH_STATE_ASKED,  /* asked for, and not here yet */
	FETCH_STATE_LATER,  /* came, and the callback wants it again */
	FETCH_STATE_DONE,   /* taken or given up */
};

/* A window on another connection. */
struct fetch_ahead {
	int slot;
	size_t first; /* indexes of its UIDs */
	size_t last;
};

struct fetch {
	struct session *session;
	struct sides *sides;                   /* further connections; NULL: there are none */
	struct fetch_ahead ahead[SIDES_SLOTS]; /* in the order of their UIDs */
	unsigned ahead_count;
	bool own_asked;         /* the session's next window is under way, behind ahead[0]: */
	struct fetch_ahead own; /* without a slot */
	bool calm;              /* the last window brought no pause */
	unsigned turn;          /* whose the window is that is chosen next; 0: the session's */
	size_t ahead_next;      /* no UID before it is chosen for another connection */
	enum fetch_what what;   /* what they were asked for */
	struct buf fields;      /* the same */
	bool dated;             /* the same */

	struct fetch_plan *plan;
	const struct uidset *uids;
	unsigned char *state; /* enum fetch_state of each UID */
	size_t open;          /* UIDs that are not done */
	size_t next;          /* no UID before it is wanted */
	size_t window;
	size_t asked;          /* UIDs asked for since the last pause */
	uint32_t failed_alone; /* the UID that failed when it was asked for alone; 0: none */
	size_t taken;
	size_t refusals;    /* messages that the server could not send before any was taken */
	bool probed;        /* the server does send messages */
	bool refused;       /* the server refused the last window for now */
	struct buf refusal; /* the server's words */
	bool callback_failed;
};

/* --- fetch.c --- */

/* Bytes that the set of UIDs may have. */
size_t fetch_set_max(const struct fetch_plan *plan);

struct guard_expect fetch_expect(const struct fetch_plan *plan);

/* What is asked for behind the set. */
void fetch_add_items(const struct fetch_plan *plan, struct buf *out);

/* The parts of a response that the plan asks for. False when it is unsolicited. */
bool fetch_read_item(
    const struct fetch_plan *plan, const struct guard_message *message, struct fetch_item *item_r);

/* A message that was asked for goes to the plan; any other is ignored. */
int fetch_take_item(struct fetch *fetch, const struct fetch_item *item, struct err *err);

/* Fetches the session's next window, before those of other connections; *more_r is false when no
 * UID is left for it. */
int fetch_window(struct fetch *fetch, bool *more_r, struct err *err);

/* Takes the answer to a window that has been asked for. */
int fetch_answer(struct fetch *fetch, struct err *err);

/* --- fetch_ahead.c: windows that are under way on other connections --- */

/* Other connections are called for when there is much to fetch, and are this fetch's alone until
 * fetch_end_ahead(). -1: no memory. */
int fetch_begin_ahead(struct fetch *fetch);
void fetch_end_ahead(struct fetch *fetch);

/* The next window in the order of UIDs, whoever fetches it. */
int fetch_next_window(struct fetch *fetch, bool *more_r, struct err *err);

/* Before a pause: the session's connection must be free. */
int fetch_withdraw_own(struct fetch *fetch, struct err *err);

/* After a pause: what is under way goes on, unless something else is asked for from now on. */
void fetch_check_ahead(struct fetch *fetch);

/* What others fetch is not needed: it is asked for again. */
void fetch_drop_ahead(struct fetch *fetch);

#endif
