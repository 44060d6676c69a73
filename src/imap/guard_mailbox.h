/* What is said about mailboxes: LIST and STATUS (RFC 3501, 7.2.2 and 7.2.4). */
#ifndef IMAP_GUARD_MAILBOX_H
#define IMAP_GUARD_MAILBOX_H

#include "imap/stream_guard.h"

/* `at` is what follows the name of the response, or a literal in it. The name of the mailbox is
 * passed on as a literal, however it was written. */

int guard_list_first(struct stream_guard *guard, struct span at, struct buf *out, struct err *err);
int guard_list_next(struct stream_guard *guard, struct span at, struct buf *out, struct err *err);

/* Only for the mailbox that was asked for. */
int guard_mailbox_status_first(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err);
int guard_mailbox_status_next(
    struct stream_guard *guard, struct span at, struct buf *out, struct err *err);

#endif
