/*
 * The filter's queue of outgoing mail that could not be delivered yet.
 */
#ifndef CONTROL_QUEUE_H
#define CONTROL_QUEUE_H

#include "control/answer.h"
#include "control/calls.h"

struct queue_item {
	struct span domain;
	struct span host;      /* where it goes */
	struct span id;        /* Exim's */
	uint64_t age;          /* seconds */
	uint64_t size;         /* bytes */
	struct span sender;    /* empty: a bounce */
	struct span recipient; /* whole, or its local part in front of the domain */
	bool frozen;
};

struct queue_reader {
	struct buf domain; /* of a line that had nothing else */
	struct buf room;
};

void queue_reader_init(struct queue_reader *reader);
void queue_reader_fini(struct queue_reader *reader);

/* One line: 1 an item, in the line or the reader; 0 none, with *strange_r; -1 ERR_SYSTEM. */
int queue_read(struct queue_reader *reader, struct span line, struct queue_item *item_r,
    bool *strange_r, struct err *err);

/* The lines of the queue, of a domain or (an empty one) of all. */
int queue_read_lines(
    struct control *control, struct span domain, const struct calls_lines *lines, struct err *err);

/*
 * Whether a message is in it: *found_r. A line that nobody understands, and that has the ID in it,
 * is one about the message.
 */
int queue_has(
    struct control *control, struct span domain, struct span id, bool *found_r, struct err *err);

/* Whether it is from, or to, this address, letters without case. "<>" is the empty sender. */
bool queue_is_from(const struct queue_item *item, struct span sender);
bool queue_is_to(const struct queue_item *item, struct span recipient);

/*
 * The call that removes an item, whose name and arguments nobody has published: what the filter's
 * list says it takes decides. ERR_UNAVAILABLE when it is not listed, has no argument for the
 * message's ID, or one that we cannot fill in.
 */
int queue_check_remove(struct span help, const char *name, struct err *err);

struct queue_call {
	const char *name;
	struct span help; /* the filter's list of calls */
};

int queue_remove(struct control *control, const struct queue_call *remove,
    const struct queue_item *item, struct control_remark *remark, struct err *err);

#endif
