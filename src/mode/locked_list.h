/*
 * What the filter holds against somebody, locked identities or blacklisted senders: shown, and
 * taken out one by one.
 */
#ifndef MODE_LOCKED_LIST_H
#define MODE_LOCKED_LIST_H

#include "mode/act.h"

struct locked_list_kind {
	const char *command;  /* of taking out, in the log of actions */
	const char *list;     /* the call */
	const char *argument; /* "identity" or "sender" */
	const char *title;    /* of its column */
	const char *json_key;
	const char *what; /* "the list of locked identities" */
	const char *done; /* of taking out: "unlocked" */
	const char *question;
};

/* All of them, of each domain (and --username): as a table, --csv or --json. */
int locked_list_show(struct act *act, const struct locked_list_kind *kind, struct err *err);

/*
 * Takes out, by `call`, after a question each: the operands, or those that --search fits, or all.
 */
int locked_list_take_out(
    struct act *act, const struct locked_list_kind *kind, const char *call, struct err *err);

/* One of them that is known to be there. What the filter refuses is said, and counted in
 * act->refused: 0. */
int locked_list_take_one(struct act *act, const struct locked_list_kind *kind, const char *call,
    const struct control_key *key, struct err *err);

/* After the last one, or at --max-changes, which has left so many: ERR_UNAVAILABLE when the filter
 * refused some, ERR_TEMPORARY when some are left. */
int locked_list_end(
    const struct act *act, const struct locked_list_kind *kind, uint64_t left, struct err *err);

/* Before the first one: the filter must have the call. */
int locked_list_begin(
    struct act *act, const struct locked_list_kind *kind, const char *call, struct err *err);

#endif
