/*
 * A header body as a value of the report: the paragraph "Values" of columns.md
 * in one place. Whatever the bytes were, what comes out is one line of valid
 * UTF-8 of bounded length without control characters.
 */
#ifndef MAIL_VALUE_H
#define MAIL_VALUE_H

#include "base/arena.h"
#include "mail/charset.h"

/*
 * The longest value kept whole, in bytes of UTF-8. Of a longer one as many
 * characters are kept as fit into VALUE_MAX bytes, and "…" (three bytes) is
 * put behind them.
 */
#define VALUE_MAX ((size_t)8 * 1024)

/* Bytes of a body that are read at all; a longer one counts as a value that was cut. */
#define VALUE_RAW_MAX ((size_t)64 * 1024)

enum value_defect {
	VALUE_CUT = 1 << 0,         /* longer than VALUE_MAX, or the body than VALUE_RAW_MAX */
	VALUE_BAD_CHARSET = 1 << 1, /* bytes that are not UTF-8 or not of their character set */
};

struct value_reader {
	struct charset_cache *charsets;
	struct buf scratch[2];
};

/* 0 or -1 (no memory). value_reader_fini() accepts one that failed. */
int value_reader_init(struct value_reader *reader);
void value_reader_fini(struct value_reader *reader);

/*
 * The body decoded to UTF-8, encoded-words included, in the arena. A run of
 * blanks and control characters (line breaks, TAB and NUL among them, encoded
 * ones too) that holds a control character becomes one space: this also
 * unfolds. A run of spaces alone stays, but for those at either end. Raw text
 * in ISO-2022-JP, which nothing declares but its escape sequences, is decoded
 * when all of it can be.
 *
 * Adds enum value_defect to *defects. Without memory, or when a character set cannot be
 * opened for want of descriptors, the value is empty and arena->failed says so.
 */
struct span value_text(
    struct value_reader *reader, struct span body, struct arena *arena, unsigned *defects);

/* True when value_raw() yields the text as it is: printable ASCII without blanks at its ends, not
 * too long. */
bool value_is_plain(struct span text);

/* The same without encoded-words: for paths, logins, evidence and Received lines. */
struct span value_raw(
    struct value_reader *reader, struct span body, struct arena *arena, unsigned *defects);

#endif
