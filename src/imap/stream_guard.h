/*
 * What may reach the IMAP parser. libetpan trusts its server: it reserves what
 * a literal announces, recurses as deep as parentheses nest and keeps every
 * line. The guard reads the bytes first and stops the connection at the
 * limits below, at the beginning of the response that breaks one, so that all
 * responses before it still count.
 *
 * It follows the framing of RFC 3501, section 9: lines end in CR LF, and a line
 * ending in {n} is followed by n bytes of literal, in the responses that can hold
 * strings. Where the guard's reading and the parser's could differ, it refuses.
 */
#ifndef IMAP_STREAM_GUARD_H
#define IMAP_STREAM_GUARD_H

#include "base/buf.h"
#include "base/err.h"

/* A line without its literals. The longest real one answers a SEARCH (SEARCH_SLICE UIDs). */
#define GUARD_MAX_LINE ((size_t)1024 * 1024)

/* One literal: a header section as far as FETCH asks for it, and some room. */
#define GUARD_MAX_LITERAL ((uint64_t)1024 * 1024 + 4096)

/* All literals of one response together. */
#define GUARD_MAX_RESPONSE_LITERALS (2 * GUARD_MAX_LITERAL)

/* Opening parentheses in one response: an upper bound of its nesting that needs no parsing. */
#define GUARD_MAX_PARENTHESES 256

/* Per command: the bytes of lines, which the parser keeps, and the number of responses. */
#define GUARD_MAX_COMMAND_BYTES ((uint64_t)16 * 1024 * 1024)
#define GUARD_MAX_RESPONSES     200000

/* Literals of responses that the parser keeps until the command ends (all but FETCH). */
#define GUARD_MAX_KEPT_LITERALS ((uint64_t)4 * 1024 * 1024)

/* Per connection. */
#define GUARD_MAX_TOTAL_BYTES ((uint64_t)64 * 1024 * 1024 * 1024)

/* The beginning of a response that is remembered: enough for its kind and the text of a BYE. */
#define GUARD_HEAD_MAX 256

enum guard_brace {
	GUARD_BRACE_NONE,
	GUARD_BRACE_OPEN,   /* behind '{' */
	GUARD_BRACE_DIGITS, /* behind '{' and digits */
	GUARD_BRACE_CLOSED, /* behind '{digits}' */
	GUARD_BRACE_CR,     /* behind '{digits}' CR */
};

struct stream_guard {
	char head[GUARD_HEAD_MAX];
	size_t head_n;
	size_t line_n;    /* bytes of the line so far */
	bool in_response; /* something of the response has been passed */
	bool continued;   /* the line goes on behind a literal */
	bool quoted;
	bool escaped;
	enum guard_brace brace;
	uint64_t number; /* in the braces */
	uint64_t literal_left;
	uint64_t response_literals;
	unsigned parentheses;
	uint64_t command_bytes;
	uint64_t command_responses;
	uint64_t kept_literals;
	uint64_t total;
	struct buf bye; /* the text of an untagged BYE, once one has passed */
	/* Called at the end of the first line of each response, with its beginning; may be NULL. */
	void (*trace)(struct span head, size_t line_n, void *context);
	void *trace_context;
};

void stream_guard_init(struct stream_guard *guard);
void stream_guard_fini(struct stream_guard *guard);

/* A new command has been sent: its budget starts anew. */
void stream_guard_begin_command(struct stream_guard *guard);

/*
 * Looks at n bytes from the server. Returns how many may be passed on: n, or, when a limit is
 * broken (err: ERR_PROTOCOL), those before the response that breaks it, which may be 0.
 */
size_t stream_guard_check(struct stream_guard *guard, const char *bytes, size_t n, struct err *err);

/* True when the connection may end here: not within a line or literal. */
bool stream_guard_at_rest(const struct stream_guard *guard);

#endif
