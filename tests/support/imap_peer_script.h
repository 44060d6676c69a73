/*
 * The script of the IMAP peer: a tree of steps, read from a text file. The
 * language is described in scripts/README.
 */
#ifndef TESTS_IMAP_PEER_SCRIPT_H
#define TESTS_IMAP_PEER_SCRIPT_H

#include <stdio.h>

#include "base/buf.h"

enum step_op {
	STEP_CONNECTION,
	STEP_ON,
	STEP_AT,
	STEP_END,
	STEP_MESSAGES,
	STEP_MESSAGE,
	STEP_INTERNALDATE,
	STEP_VANISH,
	STEP_UIDVALIDITY,
	STEP_PAD,
	STEP_CAPABILITY,
	STEP_REVERSE,
	STEP_SEND_LINE,
	STEP_SEND_RAW,
	STEP_SEND_LITERAL,
	STEP_FILL,
	STEP_SPLIT,
	STEP_PAUSE,
	STEP_GREETING,
	STEP_DEFAULT,
	STEP_DATA,
	STEP_DONE,
	STEP_FETCH,
	STEP_EXPUNGE,
	STEP_EXPECT,
	STEP_SERVE,
	STEP_STALL,
	STEP_CLOSE,
	STEP_RESET,
	STEP_HANDSHAKE,
	STEP_PLAIN,
};

/* Which of its matches a rule acts upon, counted from 1. */
struct step_when {
	unsigned long first;
	unsigned long last;
};

struct step {
	enum step_op op;
	unsigned line; /* of the script, for complaints */
	unsigned long number;
	unsigned long pause_ms; /* STEP_SPLIT */
	struct step_when when;  /* STEP_ON, STEP_AT */
	unsigned long hits;     /* matches so far */
	struct buf text;        /* escapes resolved, placeholders not */
	struct step *inner;     /* of a block */
	struct step *next;
};

/* NULL after a complaint on stderr that has file and line. Free with script_free(). */
struct step *script_read(const char *path);
void script_free(struct step *first);

#endif
