/* FETCH (RFC 3501, 7.4.2): UID, INTERNALDATE and the section that was asked for. */
#ifndef IMAP_GUARD_FETCH_H
#define IMAP_GUARD_FETCH_H

#include "imap/stream_guard.h"

/*
 * `at` is what follows the word FETCH; `number` is 0 when the message number makes no sense. The
 * section that was asked for goes to guard->take with the UID and the date. Other sections are
 * dropped.
 */
int guard_fetch_first(struct stream_guard *guard, uint32_t number, struct span at, struct err *err);

/* The line behind a literal. */
int guard_fetch_next(struct stream_guard *guard, struct span at, struct err *err);

#endif
