/* Status responses ("OK", "NO", ...; RFC 3501, 7.1), and capabilities. */
#ifndef IMAP_GUARD_STATUS_H
#define IMAP_GUARD_STATUS_H

#include "imap/stream_guard.h"

enum guard_condition {
	GUARD_OK,
	GUARD_NO,
	GUARD_BAD,
	GUARD_BYE,
	GUARD_PREAUTH,
	GUARD_CONDITION_COUNT
};

struct guard_status {
	struct span tag; /* "*": untagged */
	enum guard_condition condition;
	bool optional; /* dropped when it has no code that is needed */
};

/* The condition, followed by a blank or the end of the line. */
bool guard_status_take(struct span *at, enum guard_condition *condition_r);

bool guard_status_is_tag(struct span word);
bool guard_status_may_be_tagged(enum guard_condition condition);

/* `at` is what follows the condition. */

/* The first line of the connection. NO and BAD are passed on as BYE. */
int guard_status_greeting(struct stream_guard *guard, enum guard_condition condition,
    struct span at, struct buf *out, struct err *err);

int guard_status_untagged(struct stream_guard *guard, enum guard_condition condition,
    struct span at, struct buf *out, struct err *err);

int guard_status_tagged(struct stream_guard *guard, const struct guard_status *status,
    struct span at, struct buf *out, struct err *err);

/* "* CAPABILITY" with its names. */
int guard_status_capability(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err);

#endif
