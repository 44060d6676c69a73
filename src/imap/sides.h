/*
 * Further connections of a session to the same mailbox, each in a thread of its
 * own. They fetch windows ahead and keep what comes, up to a limit, until the
 * session's thread takes it: in its order, as if it had fetched all itself. No
 * more of the server is needed than a login: when it refuses one, or shows
 * another mailbox, those that there are go on.
 */
#ifndef IMAP_SIDES_H
#define IMAP_SIDES_H

#include "imap/fetch.h"

/* Connections beside the session's own. */
#define SIDES_MAX 3

/* Windows under way on each: one that comes, and one that waits to be taken. */
#define SIDES_WINDOWS 2
#define SIDES_SLOTS   (SIDES_MAX * SIDES_WINDOWS)

/* Bytes of a window that are kept, and one message more; what is beyond waits in the network. */
#define SIDES_MAX_BYTES ((size_t)1024 * 1024)

/* Seconds of silence after which such a connection is given up: what it was asked for is asked of
 * another one. */
#define SIDES_PATIENCE 10

struct sides;

/*
 * For the session with these settings, which outlive it; `most` connections, SIDES_MAX at most.
 * want() is called when they can help, in the session's thread. NULL: no memory.
 */
struct sides *sides_new(const struct session_settings *settings, unsigned most,
    void (*want)(void *context), void *context);

/* One connection, in the calling thread: connects, and fetches until sides_close(), or until it
 * fails. */
void sides_help(struct sides *sides);

/* Whether one more connection would help. */
bool sides_lack(struct sides *sides);

/* Nothing more is fetched: sides_help() returns. */
void sides_close(struct sides *sides);

/* When no thread is in sides_help() any more. Accepts NULL. */
void sides_free(struct sides *sides);

/* What they have cost so far, once all have returned. */
struct session_traffic sides_traffic(struct sides *sides);

/* --- for fetch.c --- */

/* Windows of this mailbox are to be fetched. Nothing is under way. -1: no memory. */
int sides_want(struct sides *sides, const char *mailbox, uint32_t uidvalidity);

/* Connections that are ready. */
unsigned sides_ready(struct sides *sides);

/* Begins to fetch a set: the number of its slot, or -1 when no connection is free for it. */
int sides_post(struct sides *sides, const struct fetch_plan *plan, struct span set);

enum sides_end {
	SIDES_MORE,
	SIDES_DONE,   /* all that came has been taken; the slot is free */
	SIDES_FAILED, /* the same, and more may be there: it is to be asked for again */
};

/* Waits for messages of a slot and moves them to taken_r, which is cleared first, for
 * fetch_kept_next(). */
enum sides_end sides_take(struct sides *sides, int slot, struct buf *taken_r);

/* What a slot fetches is not needed. */
void sides_drop(struct sides *sides, int slot);

#endif
