/* FETCH (RFC 3501, 7.4.2): UID, INTERNALDATE and the header section that was asked for. */
#ifndef IMAP_GUARD_FETCH_H
#define IMAP_GUARD_FETCH_H

#include "imap/stream_guard.h"

/*
 * What follows the word FETCH; the number of the message is 0 when it makes no sense. Whatever
 * section was asked for is handed on as BODY[HEADER], so that libetpan need not parse the names of
 * the fields for each message; another one is not handed on.
 */
int guard_fetch_first(
    struct stream_guard *guard, uint32_t number, struct span at, struct buf *out, struct err *err);

/* The line behind a literal. */
int guard_fetch_next(struct stream_guard *guard, struct span at, struct buf *out, struct err *err);

#endif
