/* What a SEARCH finds: SEARCH (RFC 3501, 7.2.5) and ESEARCH (RFC 4731; RFC 9051, 7.3.4). */
#ifndef IMAP_GUARD_SEARCH_H
#define IMAP_GUARD_SEARCH_H

#include "imap/stream_guard.h"

/* `at` is what follows the name of the response. Both are passed on as "* SEARCH n n", but for a
 * command that expects ranges. */

int guard_search(struct stream_guard *guard, struct span at, struct buf *out, struct err *err);
int guard_esearch(struct stream_guard *guard, struct span at, struct buf *out, struct err *err);

#endif
