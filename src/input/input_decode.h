/*
 * Decompressors, one like the other. Each library is asked directly: libarchive
 * would be one call for all three, but it holds back the block in which a cut
 * file ends, and says nothing of the memory that a file may ask for.
 */
#ifndef INPUT_DECODE_H
#define INPUT_DECODE_H

#include "base/err.h"
#include "base/span.h"

/* Bytes that tell what a file is. */
#define INPUT_DECODE_MAGIC 6

enum decode_result {
	DECODE_MORE,   /* did what it could with the bytes and the room that there were */
	DECODE_END,    /* all input is used, and it was complete */
	DECODE_BROKEN, /* what comes now cannot be decompressed */
	DECODE_BIG,    /* it would take more memory than it may */
	DECODE_NOMEM,
};

struct decode_step {
	const unsigned char *in;
	size_t in_n;
	bool is_last; /* behind `in` the file ends */
	unsigned char *out;
	size_t out_n;
};

struct decode_ops {
	const char *name;
	struct span magic;
	/* NULL: ERR_SYSTEM, no memory, or its library is missing. */
	void *(*open)(struct err *err);
	/* Moves `in` and `out` on. Several streams, one behind the other, are one. */
	enum decode_result (*step)(void *state, struct decode_step *step);
	void (*close)(void *state);
};

/* NULL: the bytes are not compressed. */
const struct decode_ops *decode_find(struct span first);

#endif
