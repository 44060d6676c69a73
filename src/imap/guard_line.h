/*
 * One line from the server, as the parser may see it. libetpan 1.9.4 crashes on many malformed
 * responses (tests/fuzz/seeds/imap), so only what a report needs gets through, in its strictest
 * form (RFC 3501, section 9); texts lose what is not plain ASCII, and unknown untagged
 * responses are dropped, as clients should (RFC 3501, section 7).
 */
#ifndef IMAP_GUARD_LINE_H
#define IMAP_GUARD_LINE_H

#include "base/buf.h"
#include "base/err.h"

/* What a response is, as far as its first line tells. */
enum guard_kind {
	GUARD_TEXT,   /* complete with this line */
	GUARD_STRING, /* LIST and STATUS: may hold literals; the parser keeps them */
	GUARD_FETCH,  /* may hold literals, which are handed on and freed */
	GUARD_DROP,   /* not for the parser, nor are its literals */
};

/*
 * The first line of a response, without its line break: appends what the parser may see, with CR
 * LF, or nothing. When a literal follows, *literal_r is its length and *has_literal_r true. -1
 * (ERR_PROTOCOL): it makes no sense.
 */
int guard_line_first(struct span line, enum guard_kind *kind_r, struct buf *out,
    bool *has_literal_r, uint64_t *literal_r, struct err *err);

/* The line behind a literal of a response of that kind. */
int guard_line_next(struct span line, enum guard_kind kind, struct buf *out, bool *has_literal_r,
    uint64_t *literal_r, struct err *err);

#endif
