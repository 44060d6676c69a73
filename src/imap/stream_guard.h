/*
 * What may reach the IMAP parser. libetpan trusts its server: it reserves what
 * a literal announces, recurses as deep as parentheses nest, keeps every line,
 * and crashes on some malformed ones. The guard follows the framing of
 * RFC 3501, section 9 (lines end in LF, a line ending in {n} is followed by n
 * bytes of literal), holds each line back until it is complete, hands on what
 * guard_line.h lets through, and stops the connection at the limits below.
 * All responses before the one that breaks a limit still count.
 */
#ifndef IMAP_STREAM_GUARD_H
#define IMAP_STREAM_GUARD_H

#include "imap/guard_line.h"

/* A line without its literals. The longest real one answers a SEARCH (SEARCH_SLICE UIDs). */
#define GUARD_MAX_LINE ((size_t)1024 * 1024)

/* One literal: a header section as far as FETCH asks for it, and some room. */
#define GUARD_MAX_LITERAL ((uint64_t)1024 * 1024 + 4096)

/* All literals of one response together. */
#define GUARD_MAX_RESPONSE_LITERALS (2 * GUARD_MAX_LITERAL)

/* Opening parentheses in one line: an upper bound of its nesting that needs no parsing. */
#define GUARD_MAX_PARENTHESES 256

/* Per command: the bytes of lines, which the parser keeps, and the number of responses. */
#define GUARD_MAX_COMMAND_BYTES ((uint64_t)16 * 1024 * 1024)
#define GUARD_MAX_RESPONSES     200000

/* Literals of responses that the parser keeps until the command ends (all but FETCH). */
#define GUARD_MAX_KEPT_LITERALS ((uint64_t)4 * 1024 * 1024)

/* Per connection. */
#define GUARD_MAX_TOTAL_BYTES ((uint64_t)64 * 1024 * 1024 * 1024)

/* The longest text of a status response that is remembered. */
#define GUARD_WORDS_MAX 2048

/* BODY[...] that a FETCH asked for. */
enum guard_section { GUARD_SECTION_NONE, GUARD_SECTION_HEADER, GUARD_SECTION_FIELDS };

/*
 * What the command under way asked for: its answer is read against this. The spans are the
 * caller's, and are read until the next command begins.
 */
struct guard_expect {
	unsigned tag; /* of the command: an ESEARCH for another one is none of ours */
	bool search;  /* the command is a (UID) SEARCH */
	enum guard_section section;
	struct span fields;  /* with GUARD_SECTION_FIELDS: names separated by blanks, as sent */
	struct span mailbox; /* a STATUS asked for it: its bytes, not quoted */
};

/* What has come since the command began. */
struct guard_seen {
	bool exists;  /* an EXISTS with a sound number was handed on */
	bool search;  /* a SEARCH, or an ESEARCH of ours, was handed on */
	unsigned odd; /* responses about a folder or message made no sense and were dropped */
};

struct stream_guard {
	struct guard_expect expect;
	struct guard_seen seen;
	struct buf line;      /* the one that is not complete yet */
	enum guard_kind kind; /* of the response under way */
	bool continued;       /* the line goes on behind a literal */
	uint64_t literal_left;
	uint64_t response_literals;
	uint64_t command_bytes;
	uint64_t command_responses;
	uint64_t kept_literals;
	uint64_t total;
	struct buf words; /* "[CODE] text" of the last tagged status response, as it came */
	struct buf bye;   /* the same of an untagged BYE, once one has passed */
	/* Called with the first line of each response as it came; may be NULL. */
	void (*trace)(struct span line, void *context);
	void *trace_context;
};

void stream_guard_init(struct stream_guard *guard);
void stream_guard_fini(struct stream_guard *guard);

/* A new command is about to be sent: its budget and what has been seen start anew. */
void stream_guard_begin_command(struct stream_guard *guard, const struct guard_expect *expect);

/*
 * Takes n bytes from the server and appends to `out` what the parser may see of them and of what
 * was held back before. -1 (ERR_PROTOCOL, or ERR_SYSTEM without memory): a limit is broken or a
 * response makes no sense; what is in `out` is still good.
 */
int stream_guard_pass(
    struct stream_guard *guard, struct span bytes, struct buf *out, struct err *err);

/* True when the connection may end here: not within a line or literal. */
bool stream_guard_at_rest(const struct stream_guard *guard);

#endif
