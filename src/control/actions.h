/*
 * The log of what was done to the filter: a JSON object a line, in a file that only grows. A change
 * is written down before it is made ("intended"), and what became of it behind that; so that a run
 * that is killed in between leaves a line that the next one settles.
 */
#ifndef CONTROL_ACTIONS_H
#define CONTROL_ACTIONS_H

#include <stdint.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "control/calls.h"

#define ACTIONS_FILE "actions.jsonl"

/* A longer line of the file is passed over. */
#define ACTIONS_MAX_LINE ((size_t)64 * 1024)

/* What can be left to settle, or to undo. */
#define ACTIONS_MAX_KEPT 10000

enum action_state {
	ACTION_INTENDED,
	ACTION_DONE,    /* and read back */
	ACTION_FAILED,  /* it is not there */
	ACTION_UNKNOWN, /* nobody could look */
	ACTION_STATES
};

/* Of a message of the queue: the name is its ID, the username its sender. */
#define ACTION_QUEUE_REMOVE "queue-remove"

struct action {
	const char *command; /* lock, unlock, blacklist, unblacklist, api, ACTION_QUEUE_REMOVE */
	struct control_key key;
	uint64_t count;       /* of bad messages; 0: not known */
	struct span evidence; /* or empty */
};

/* An action of an earlier run, as the file has it. */
struct action_kept {
	char *run;
	uint64_t number; /* of the run, in the file's order; 0: unknown */
	uint64_t sequence;
	char *command;
	struct control_key key; /* owned */
};

struct actions;

/* Opens the file in this folder, and reads it. ERR_CREATE, ERR_IO, ERR_CONFIG when it is no plain
 * file of ours, ERR_SYSTEM. */
int actions_open(int folder, time_t now, struct actions **actions_r, struct err *err);

/* Accepts NULL. */
void actions_close(struct actions *actions);

/* Writes an action down, on the disk, before it is made. ERR_IO: then it must not be made. */
int actions_intend(struct actions *actions, const struct action *action, struct err *err);

/* What became of it; `answer` is what the filter said. ERR_IO. */
int actions_settle(struct actions *actions, const struct action *action, enum action_state state,
    struct span answer, struct err *err);

/* Those of earlier runs of which nobody knows what became. */
unsigned actions_open_count(const struct actions *actions);
const struct action_kept *actions_open_at(const struct actions *actions, unsigned i);

/* Settles one of them. */
int actions_settle_kept(struct actions *actions, const struct action_kept *kept,
    enum action_state state, struct err *err);

/* What the last run that locked has locked, and nobody has unlocked since, for --undo. */
unsigned actions_last_count(const struct actions *actions);
const struct action_kept *actions_last_at(const struct actions *actions, unsigned i);

#endif
