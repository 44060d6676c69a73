/*
 * What may reach the IMAP parser. libetpan trusts its server: it reserves what
 * a literal announces, recurses as deep as parentheses nest, keeps every line,
 * and crashes on some malformed ones (tests/fuzz/seeds/imap). The guard
 * follows the framing of RFC 3501, section 9 (lines end in LF, a line ending
 * in {n} is followed by n bytes of literal), takes each response apart
 * (guard_line.h) and passes on what has a meaning for us, written again in its
 * smallest form; a number that makes no sense is never turned into another.
 * What a FETCH says of a message does not pass the parser, which would copy it
 * and compare dozens of names to find three: it is handed to stream_guard.take.
 * At the limits below the connection ends; what came before still counts.
 */
#ifndef IMAP_STREAM_GUARD_H
#define IMAP_STREAM_GUARD_H

#include <time.h>

#include "base/buf.h"
#include "base/err.h"

/* A line without its literals. The longest real one answers a SEARCH (SEARCH_SLICE UIDs). */
#define GUARD_MAX_LINE ((size_t)1024 * 1024)

/* One literal: a header section or a message as far as FETCH asks for it, and some room. */
#define GUARD_MAX_LITERAL ((uint64_t)1024 * 1024 + 4096)

/* All literals of one response together. */
#define GUARD_MAX_RESPONSE_LITERALS (2 * GUARD_MAX_LITERAL)

/* Parentheses within each other, in what is dropped. */
#define GUARD_MAX_NESTING 256

/* Per command: the bytes of lines, and the number of responses, dropped ones included. */
#define GUARD_MAX_COMMAND_BYTES ((uint64_t)16 * 1024 * 1024)
#define GUARD_MAX_RESPONSES     200000

/*
 * Per command: what libetpan keeps until the command ends, counted in numbers of a SEARCH. It takes
 * 64 bytes for one, some 12 MiB in all, so that four connections at a time stay below 64
 * MiB. Enough for more than four times the answer to a slice (SEARCH_SLICE), or for the names of
 * 21,000 mailboxes.
 */
#define GUARD_MAX_WORDS 120000

/* How much else counts: a response, one about a mailbox, and the bytes of its name. */
#define GUARD_WORDS_RESPONSE 4
#define GUARD_WORDS_MAILBOX  7
#define GUARD_BYTES_PER_WORD 64

/* Capabilities count for more, since they are kept beyond the command. */
#define GUARD_WORDS_CAPABILITY 32

/* Bytes of a capability, of the name of a mailbox, and of a section that is remembered. */
#define GUARD_MAX_CAPABILITY 128
#define GUARD_MAX_NAME       4096
#define GUARD_MAX_SECTION    16384

/* Per connection: lines that are no responses. Exchange 2003 sends one behind a tagged OK. */
#define GUARD_MAX_STRAY 16

/* Per connection. */
#define GUARD_MAX_TOTAL_BYTES ((uint64_t)64 * 1024 * 1024 * 1024)

/* The longest text of a status response that is remembered. */
#define GUARD_WORDS_MAX 2048

/* Bytes of a greeting that is not IMAP that the error shows. */
#define GUARD_BANNER_MAX 80

/* BODY[...] that a FETCH asked for. */
enum guard_section {
	GUARD_SECTION_NONE,
	GUARD_SECTION_HEADER,
	GUARD_SECTION_FIELDS,
	GUARD_SECTION_MESSAGE, /* BODY[]: all of it */
};

/* What the command under way asked for: its answer is compared with this. The spans are the
 * caller's, and are read until the next command begins. */
struct guard_expect {
	unsigned tag; /* of the command: an ESEARCH for another one is ignored */
	bool search;  /* the command is a (UID) SEARCH */
	/* A SEARCH RETURN (ALL), RFC 4731: only an ESEARCH with the tag answers it, and its UIDs go
	 * to `found` instead of the parser, which would take 64 bytes for each. */
	bool ranges;
	unsigned last; /* tag of the last command that has been sent; 0: none behind this one */
	enum guard_section section;
	struct span fields;  /* with GUARD_SECTION_FIELDS: names separated by blanks, as sent */
	struct span mailbox; /* a STATUS asked for it: its bytes, not quoted */
};

/* What has come since the command began. By the numbers callers notice what libetpan dropped
 * without memory, which it does not always report. */
struct guard_seen {
	uint32_t exists_number;
	uint32_t found;     /* numbers in SEARCH */
	uint32_t mailboxes; /* LIST */
	uint32_t statuses;  /* STATUS */
	bool exists;        /* an EXISTS with a sound number was passed on */
	bool search;        /* a SEARCH, or an ESEARCH of ours, was passed on */
	bool answered;      /* its tagged answer has come; data behind it are dropped */
	bool ok;            /* the answer was OK */
	bool bad;           /* the answer was BAD */
	unsigned odd; /* responses about a mailbox or message that made no sense and were dropped */
};

/* Commands that may be under way behind the one whose answer is read. */
#define GUARD_MAX_EARLY 4

/* The tagged answer of a command that came before the one in front of it was answered: servers may
 * do so (RFC 3501, 5.5). */
struct guard_early {
	unsigned tag;
	bool ok;
	bool bad;
	struct buf words; /* as stream_guard.words */
};

/* UIDs that a SEARCH found, both ends included. */
struct guard_range {
	uint32_t first;
	uint32_t last;
};

enum guard_kind {
	GUARD_LINE, /* complete with this line */
	GUARD_FETCH,
	GUARD_LIST,
	GUARD_STATUS,
	GUARD_DROP, /* kept from the parser, with its literals */
};

enum guard_literal {
	GUARD_LITERAL_NONE,
	GUARD_LITERAL_HEADER, /* the section of the message that was asked for */
	GUARD_LITERAL_NAME,   /* of a mailbox: it is gathered in `name` */
	GUARD_LITERAL_DROP,
};

/* What a FETCH response says of a message, as far as it is asked for. */
struct guard_message {
	uint32_t number; /* in the mailbox */
	uint32_t uid;    /* 0: it did not come */
	bool dated;      /* an INTERNALDATE came */
	bool has_date;   /* and makes sense: guard_date.h */
	time_t date;
	bool has_header;    /* the section came; false also when it is NIL */
	struct span header; /* void when the function returns that gets it */
};

/* -1 ends the connection (err). */
typedef int guard_take_fn(void *context, const struct guard_message *message, struct err *err);

/* The response under way, which goes on behind its literals. */
struct guard_response {
	enum guard_kind kind;
	enum guard_literal literal; /* what is done with the next literal, or the one under way */
	uint64_t literal_left;
	uint64_t literal_bytes; /* of all its literals */
	/* A FETCH: */
	struct guard_message message;
	bool has_section; /* the one that was asked for, be it NIL */
	bool in_bytes; /* message.header is in the bytes being taken, else in stream_guard.header */
	bool mute;     /* nothing of it counts */
	unsigned depth; /* parentheses that are open in an item that is dropped */
};

struct stream_guard {
	struct guard_expect expect;
	struct guard_seen seen;
	struct guard_response response;
	size_t asked_fields; /* how many expect.fields names */
	struct buf line;     /* the one that is not complete yet */
	/* All that were named in answer to the command, each behind a blank: libetpan only keeps
	 * those of the last line. */
	struct buf capabilities;
	uint64_t capability_count;
	struct guard_early early[GUARD_MAX_EARLY];
	unsigned early_count;
	struct buf found;   /* struct guard_range, for the last command that expects ranges: */
	unsigned found_tag; /* its tag; 0: there is none */
	bool found_seen;    /* its ESEARCH has come */
	struct buf name;    /* of the mailbox under way */
	struct buf section; /* the last "BODY[...]<0>" that was the one asked for */
	bool greeted;       /* the first line has come */
	unsigned strays;
	uint64_t command_bytes;
	uint64_t command_responses;
	uint64_t command_words;
	uint64_t total;
	struct buf header;   /* of a message, when it comes in pieces */
	guard_take_fn *take; /* gets each message of which something came; may be NULL */
	void *take_context;
	struct buf words; /* "[CODE] text" of the last tagged status response, as it came */
	struct buf bye;   /* the same of an untagged BYE, once one has passed */
	/* Called with the first line of each response as it came; may be NULL. */
	void (*trace)(struct span line, void *context);
	void *trace_context;
};

void stream_guard_init(struct stream_guard *guard);
void stream_guard_fini(struct stream_guard *guard);

/* UIDs for a command with this tag, which is about to be sent, go to `found`. */
void stream_guard_expect_ranges(struct stream_guard *guard, unsigned tag);

/*
 * From now on the answer to this command is read: its budget is full, and nothing of its answer has
 * been seen, but for what came early.
 */
void stream_guard_begin_command(struct stream_guard *guard, const struct guard_expect *expect);

/*
 * Takes bytes from the server and appends to `out` what the parser may see of them and of bytes
 * held back before. -1 (ERR_PROTOCOL, or ERR_SYSTEM without memory): a limit is broken or a
 * response makes no sense, or what `take` failed with; what is in `out` is still good.
 *
 * *left_r is what is not taken: with a command behind this one the bytes behind the tagged answer,
 * which belong to the next; else nothing.
 */
int stream_guard_pass_some(struct stream_guard *guard, struct span bytes, struct buf *out,
    struct span *left_r, struct err *err);

/* The same for a command with none behind it. */
int stream_guard_pass(
    struct stream_guard *guard, struct span bytes, struct buf *out, struct err *err);

/* True when no line or literal is incomplete, so that the connection may end here. */
bool stream_guard_at_rest(const struct stream_guard *guard);

#endif
