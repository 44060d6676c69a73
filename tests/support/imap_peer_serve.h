/*
 * What the IMAP peer does with a connection: it runs the steps of a section,
 * and answers commands as the rules say, or as a well-behaved server would.
 */
#ifndef TESTS_IMAP_PEER_SERVE_H
#define TESTS_IMAP_PEER_SERVE_H

#include "imap_peer_box.h"
#include "imap_peer_script.h"
#include "imap_peer_wire.h"

struct serve {
	struct box *box;
	struct wire *wire;
	struct step *rules[2]; /* of the section, of the whole script; their hits are counted */
	unsigned mismatches;   /* lines that were not those a C: expected */

	/* The command being answered, and the message when it is a FETCH. */
	struct buf line;
	struct span tag;
	struct span command;
	struct box_request request;
	const struct box_message *message;
	unsigned long seq;
};

enum serve_end {
	SERVE_GO_ON,
	SERVE_LEFT,  /* the client has gone, or may go */
	SERVE_RESET, /* the connection ends by RST */
};

/* Steps that set up the mailbox; the others need a connection. */
enum serve_end serve_steps(struct serve *serve, const struct step *first);

#endif
