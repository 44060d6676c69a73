/*
 * The header section of a message (RFC 5322, 2.2), field by field, as hostile
 * senders and broken software write it: bare LF or CR LF, lines without a
 * colon, NUL bytes, a missing end. Nothing is copied; nothing fails.
 */
#ifndef MAIL_HEADER_H
#define MAIL_HEADER_H

#include "base/buf.h"

/* What one header section may cost us. Reaching it sets HEADER_TRUNCATED. */
#define HEADER_MAX_FIELDS 4096

enum header_defect {
	HEADER_TRUNCATED = 1 << 0, /* more fields than HEADER_MAX_FIELDS */
	HEADER_JUNK_LINE = 1 << 1, /* a line that is neither field nor continuation was skipped */
};

struct header_field {
	struct span name; /* as written, without colon and the blanks before it; never empty */
	struct span body; /* behind the colon, with its folds, without the last line break */
	bool is_folded;   /* the body has a line break */
	bool has_cr;      /* a CR stands in it without LF behind it */
};

struct header_iter {
	struct span rest;
	unsigned fields;
	unsigned defects; /* enum header_defect, as far as the section has been read */
	/* A name that the next field may have, as a field had it before, or empty: to compare it is
	 * quicker than to look for the colon. */
	struct span expected;
	bool is_expected; /* the last field has that name, in the same case */
};

/*
 * The block may begin with an mbox "From " line. It ends at an empty line or
 * at its last byte.
 */
void header_iter_init(struct header_iter *iter, struct span block);

/* 1: *field_r is the next field; 0: there is none. */
int header_next(struct header_iter *iter, struct header_field *field_r);

/*
 * Appends the body with each fold (a line break and the blanks around it) as
 * one space, and without blanks at either end (RFC 5322, 2.2.3). All other
 * bytes are kept.
 */
void header_unfold(struct span body, struct buf *out);

/*
 * The physical lines of a folded body, one a call: 1 and the line without its
 * line break (leading blanks kept), 0 at the end. *rest starts as the body.
 */
int header_body_line(struct span *rest, struct span *line_r);

#endif
