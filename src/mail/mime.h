/*
 * The parts of a message (RFC 2045, 2046), in order, as hostile and broken
 * software writes them: no closing boundary, one that is the beginning of
 * another, nothing but line feeds. Nothing is copied; what a message inside
 * the message holds is not looked at.
 *
 * libetpan's mailmime builds the whole tree, descends into messages, and has
 * no bound of its own.
 */
#ifndef MAIL_MIME_H
#define MAIL_MIME_H

#include "base/buf.h"

#define MIME_MAX_DEPTH    8
#define MIME_MAX_PARTS    100
#define MIME_MAX_BOUNDARY ((size_t)200) /* RFC 2046 has 70 */
#define MIME_MAX_FIELD    ((size_t)8 * 1024)

struct mime_part {
	struct span header; /* its fields, without the empty line; may be empty */
	struct span body;   /* without the line break in front of the boundary */
};

/* Content-Type (RFC 2045, 5), case as written. Spans are into `text`; not to be copied. It needs
 * no memory, without which a report would look like any message. */
struct mime_type {
	char text[MIME_MAX_FIELD]; /* the unfolded body */
	struct span type, subtype;
	struct span rest; /* the parameters */
};

/* Parts a message at its first empty line. */
struct mime_part mime_split(struct span message);

/* The first field of this name in a header section; empty: none, or without a body. */
struct span mime_field(struct span header, struct span name);

/* A part without a type is text/plain. */
void mime_type_read(struct span header, struct mime_type *type_r);

bool mime_type_is(const struct mime_type *type, struct span main, struct span sub);

/* A parameter's value, appended without quotes; false when there is none. */
bool mime_type_parameter(const struct mime_type *type, struct span name, struct buf *out);

/*
 * Calls `take` for the message itself and each part below its multiparts, depth first, until it
 * returns false. `truncated` (may be NULL) is set when there were more parts or levels than we
 * look at. False when there was no memory.
 */
bool mime_walk(struct span message,
    bool (*take)(
	void *context, const struct mime_part *part, const struct mime_type *type, unsigned depth),
    void *context, bool *truncated_r);

/* Appends a part's body decoded as its Content-Transfer-Encoding says (RFC 2045, 6). */
void mime_decode(const struct mime_part *part, struct buf *out);

#endif
