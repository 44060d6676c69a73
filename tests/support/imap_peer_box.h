/*
 * The built-in mailbox of the IMAP peer, and the untagged answers to FETCH and
 * SEARCH about it (RFC 3501, sections 7.2.5 and 7.4.2).
 */
#ifndef TESTS_IMAP_PEER_BOX_H
#define TESTS_IMAP_PEER_BOX_H

#include "base/buf.h"

struct box_message {
	unsigned long pad; /* see box_pad(); not with a text of its own */
	unsigned long uid;
	struct buf text; /* empty: a short header made from the UID */
	struct buf date; /* empty: BOX_DATE */
};

#define BOX_DATE "15-Mar-2024 12:00:00 +0000"

struct box {
	unsigned long uidvalidity;
	bool reverse; /* FETCH answers with the highest number first */
	struct buf capability;
	struct box_message *message; /* ascending by UID; the index + 1 is the sequence number */
	size_t n;
};

void box_init(struct box *box);
void box_fini(struct box *box);

/* The messages 1 to n instead of those there are. */
void box_fill(struct box *box, unsigned long n);

/* Gives each message there is a field of so many bytes that no report asks for. */
void box_pad(struct box *box, unsigned long pad);

/* The message with this UID, put in when it is missing. */
struct box_message *box_message(struct box *box, unsigned long uid);

/* Its index, or the number of messages. */
size_t box_find(const struct box *box, unsigned long uid);
void box_remove(struct box *box, size_t at);

unsigned long box_max_uid(const struct box *box);

/* What a FETCH command asks for. */
struct box_request {
	bool by_uid;
	struct span set;
	bool uid;
	bool flags;
	bool internaldate;
	bool size;
	bool body;
	struct span section; /* between the brackets of BODY.PEEK[...] */
	bool partial;
	unsigned long from;
	unsigned long length;
};

/* The command without its tag. -1: not such a command, or one that this server does not know or
 * that would change a flag. */
int box_parse_fetch(struct span command, struct box_request *request_r);

bool box_wants(const struct box *box, const struct box_request *request, size_t at);

/* "BODY[...]<0>", as an answer repeats it. */
void box_add_item(const struct box_request *request, struct buf *out);

/* The octets of that item. */
void box_add_data(
    const struct box_request *request, const struct box_message *message, struct buf *out);

/* "* 3 FETCH (...)" CR LF */
void box_add_fetch(const struct box_request *request, const struct box_message *message,
    unsigned long seq, struct buf *out);

/* "* SEARCH ..." CR LF for the command without its tag; -1 as above. */
int box_add_search(const struct box *box, struct span command, struct buf *out);

#endif
