/*
 * From a line of the server to what the parser sees of it: strict in meaning,
 * liberal in form. Superfluous blanks, items and words that nobody asked for,
 * and whole responses without meaning for us are dropped, as clients should
 * (RFC 3501, section 7). The rest is written again in its strictest form
 * (section 9).
 */
#ifndef IMAP_GUARD_LINE_H
#define IMAP_GUARD_LINE_H

#include "imap/stream_guard.h"

/*
 * The first line of a response, without its line break. Appends what the parser may see, with CR
 * LF, or nothing; guard->response says whether a literal follows. -1: it makes no sense or is too
 * much (ERR_PROTOCOL), or there is no memory (ERR_SYSTEM).
 */
int guard_line_first(
    struct stream_guard *guard, struct span line, struct buf *out, struct err *err);

/* The line behind a literal of the response. */
int guard_line_next(struct stream_guard *guard, struct span line, struct buf *out, struct err *err);

/* For the guard_*.c that read one kind of response: */

/* Drops the line, and what follows it behind a literal. */
void guard_line_drop(struct stream_guard *guard, struct span line);

/* The same, for a line about a mailbox or message that makes no sense. */
void guard_line_drop_odd(struct stream_guard *guard, struct span line);

/* Announces a literal of the response; its length is checked at the end of the line. */
void guard_line_expect(struct stream_guard *guard, enum guard_literal what, uint64_t n);

/* -1 (ERR_PROTOCOL): the answer holds more words than GUARD_MAX_WORDS. */
int guard_line_count(struct stream_guard *guard, uint64_t words, struct err *err);

int guard_line_nonsense(const char *what, struct err *err);

#endif
