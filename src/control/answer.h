/*
 * Reads what the filter's API says: plain text that is documented nowhere. Lines end in LF or CR
 * LF; a byte order mark, a sentence of warning, a line of column names, blanks around commas,
 * quotes or none are all to be expected. Pure: no network.
 */
#ifndef CONTROL_ANSWER_H
#define CONTROL_ANSWER_H

#include "base/buf.h"
#include "base/err.h"

/* A longer line is not kept, and counted as strange. */
#define ANSWER_MAX_LINE ((size_t)64 * 1024)

/* Fields that a line can be cut into. */
#define ANSWER_MAX_FIELDS 12

/* Bytes of a strange line that are shown. */
#define ANSWER_MAX_SHOWN ((size_t)160)

struct answer_fields {
	unsigned count;
	/*
	 * A field that begins and ends with a quote beside one that does not: quoted, or a value
	 * with quotes in it. It is taken for quoted; who changes something should ask.
	 */
	bool doubtful;
	struct span field[ANSWER_MAX_FIELDS];
};

/*
 * Cuts a line at its commas into at most `most` fields (1 to ANSWER_MAX_FIELDS), blanks around them
 * removed; the last has what is left, commas included. A field may be quoted (RFC 4180); a quote
 * that does not end before the comma is a character as others are, so that no line swallows the
 * next. Values are in the line, or in `room`, whose content is replaced; false when that failed.
 */
bool answer_split(
    struct span line, unsigned most, struct answer_fields *fields_r, struct buf *room);

/*
 * Whether the text is the filter's way of saying that something broke: HTML, an error of its
 * database, a trace of its program. To be asked about what fits no shape only: values may hold
 * anything. NULL, or what it is.
 */
const char *answer_fault(struct span text);

/* Appends the beginning of a text of the filter's in quotes, harmless, on one line. */
void answer_add_shown(struct buf *out, struct span text);

/* What an answer was made of. */
struct answer_counts {
	uint64_t taken;
	uint64_t strange; /* lines that fit no shape */
	struct buf first; /* the first of these, up to ANSWER_MAX_SHOWN bytes */
};

/* What becomes of a line (not empty, without its end): 1: taken; 0: it fits no shape; -1. */
typedef int answer_taker(void *context, struct span line, struct err *err);

/* Cuts an answer into lines as it comes in. */
struct answer_reader {
	answer_taker *take;
	void *context;
	struct answer_counts counts;
	struct buf line;  /* the beginning of the one under way */
	bool started;     /* bytes have come: no byte order mark any more */
	bool is_too_long; /* the one under way */
};

void answer_reader_init(struct answer_reader *reader, answer_taker *take, void *context);
void answer_reader_fini(struct answer_reader *reader);

/* The next bytes; answer_reader_end() behind the last. -1: what `take` said, ERR_SYSTEM, or
 * ERR_UNAVAILABLE when a strange line says that something broke. */
int answer_reader_add(struct answer_reader *reader, struct span bytes, struct err *err);

/* ERR_PROTOCOL when there were lines, and none of them was taken: the first is shown. */
int answer_reader_end(struct answer_reader *reader, struct err *err);

/* All of a text at once. */
int answer_read(struct answer_reader *reader, struct span body, struct err *err);

/* How many lines of a text answer_read() looks at, and the first of them. */
uint64_t answer_count_lines(struct span body, struct span *first_r);

/* A warning about the lines that fit no shape, if there were any, and the first of them. `what`:
 * "the list of locked identities". */
void answer_warn(const struct answer_counts *counts, const char *what);

/* The arguments of a call as the filter's list of calls has it: name(a, b, c='') -> "". */
struct answer_signature {
	struct span text; /* all of it, in the list */
	struct span arguments;
};

/* Finds a call in the list, which may be HTML. False: it is not there. */
bool answer_find_call(struct span help, struct span name, struct answer_signature *signature_r);

/* Whether the call has an argument of this name. */
bool answer_has_argument(const struct answer_signature *signature, struct span name);

/* The next call "api_NAME(...)" of the list from *at on, which moves behind it. False: no more. */
bool answer_next_call(struct span help, size_t *at, struct answer_signature *signature_r);

/* The only number of an answer, blanks and a warning sentence before it aside. */
bool answer_number(struct span body, uint64_t *number_r);

#endif
