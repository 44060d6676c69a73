/*
 * Header sections of many messages: UID FETCH in windows, each streamed, so
 * that memory does not grow with them. A failure costs as little as possible:
 * a window that broke is asked for again on a fresh connection, then in
 * smaller windows, until the message that breaks it stands alone.
 */
#ifndef IMAP_FETCH_H
#define IMAP_FETCH_H

#include <time.h>

#include "base/span.h"
#include "imap/session.h"
#include "imap/uidset.h"

/* UIDs in the first command. What comes is streamed, so that no window needs memory. A command is
 * only sent when the one before is answered: Dovecot (2.3.19) answers the newest one first as soon
 * as it has to wait for us to read, so that a whole window would have to be kept for the order. */
#define FETCH_WINDOW 2000

/* The same in those that follow, when all of the first have come: round trips hardly count then. A
 * slice of the search, as long as the names of fields, which a server repeats for each message,
 * leave half of GUARD_MAX_COMMAND_BYTES. */
#define FETCH_LARGE_WINDOW 32768

/* So many messages are worth further connections (sides.h). */
#define FETCH_SIDES_LEAST (2 * FETCH_WINDOW)

/* The same as FETCH_WINDOW for dates, which are small. */
#define FETCH_DATES_WINDOW 16384

/* After a window that brought nothing, the next one is this many times smaller. It grows again by
 * the same factor, also beyond the first. */
#define FETCH_SHRINK 8

/* If the server refuses this many messages for now and has sent none, the server is ill, not the
 * messages. */
#define FETCH_MAX_REFUSED 2

/* Other messages that are tried before that is concluded. */
#define FETCH_PROBES 4

/* Bytes of one header section, or message, that are asked for; a longer one is cut
 * (fetch_item.truncated). */
#define FETCH_MAX_HEADER (1024 * 1024)

/* The longest list of fields: it leaves room for a set of UIDs and the rest of the command, within
 * CONNECTION_COMMAND_MAX. */
#define FETCH_MAX_FIELDS 7360

enum fetch_what {
	FETCH_DATES,   /* INTERNALDATE */
	FETCH_FIELDS,  /* the named header fields */
	FETCH_HEADER,  /* the whole header section */
	FETCH_MESSAGE, /* the message from its beginning: header section and body */
};

struct fetch_item {
	uint32_t uid;
	bool has_date; /* with FETCH_DATES or `dated`: it makes sense */
	bool no_date;  /* with `dated`: the server left it out */
	time_t internal_date;
	struct span header; /* as the server sent it, with FETCH_MESSAGE the body behind it; void
			       when the callback returns */
	bool truncated;     /* it had more than FETCH_MAX_HEADER bytes */
};

enum fetch_verdict {
	FETCH_TAKEN, /* done with this message */
	FETCH_LATER, /* not now: ask for it again after the next pause, which this asks for */
	FETCH_FAILED = -1,
};

/* Why a message did not come. */
enum fetch_absence {
	FETCH_VANISHED,   /* it is no longer in the mailbox */
	FETCH_UNREADABLE, /* it is there, and the server cannot or will not send it */
};

struct fetch_plan {
	enum fetch_what what;
	struct span fields; /* with FETCH_FIELDS: names separated by spaces, FETCH_MAX_FIELDS bytes
			       at most */
	bool dated;         /* INTERNALDATE comes along */
	bool aside; /* a message that comes is no progress of the run: session_note_progress() */
	void *context;
	enum fetch_verdict (*item)(void *context, const struct fetch_item *item, struct err *err);
	int (*give_up)(void *context, uint32_t uid, enum fetch_absence absence, struct err *err);
	/*
	 * May be NULL. Called with no command under way: after a fetch that went wrong, at the end,
	 * and soon after a callback has set `pause`. It may use the session for other commands and
	 * change the plan's what, fields and dated.
	 */
	int (*paused)(void *context, struct err *err);
	bool pause;
	size_t window; /* UIDs of the first command, 0: FETCH_WINDOW, or that for dates; then those
			  that it has grown to */
};

/* Messages that are kept for later: adds one (buf.failed), and gives the next, or false at the end.
 * Its header lives as long as what is kept. */
void fetch_keep(struct buf *kept, const struct fetch_item *item);
bool fetch_kept_next(const struct buf *kept, size_t *at, struct fetch_item *item_r);

/*
 * Fetches every UID of the set (sorted): each is handed to plan->item exactly once with
 * FETCH_TAKEN, or to plan->give_up. Messages that nobody asked for, or that come twice, are
 * ignored. -1: a callback failed, a signal, the deadline, or the server gave nothing however it was
 * asked; ERR_TEMPORARY also when it refuses FETCH_MAX_REFUSED messages for now, and has sent none.
 */
int fetch_run(
    struct session *session, struct fetch_plan *plan, const struct uidset *uids, struct err *err);

#endif
