/*
 * The calls that change something, and the list of calls by which the filter says what it has.
 * Names and arguments are those that the vendor has published, unless a comment says that they are
 * a guess: then only the list makes them true.
 */
#ifndef CONTROL_CALLS_H
#define CONTROL_CALLS_H

#include "control/answer.h"
#include "control/client.h"

#define CALL_HELP           "api_help"
#define CALL_LOCK           "api_lock_outgoing_identity"
#define CALL_LIST_LOCKED    "api_list_locked_identities"
#define CALL_FIND           "api_find_outgoing_messages"
#define CALL_COUNT          "api_count_outgoing_messages"
#define CALL_DOMAINS        "api_list_domains"
#define CALL_BLACKLIST      "api_blacklist_outgoing_sender"
#define CALL_UNBLACKLIST    "api_unblacklist_outgoing_sender"
#define CALL_LIST_BLACKLIST "api_get_outgoing_sender_blacklist"
#define CALL_QUEUE          "api_get_outgoing_delivery_queue"
#define CALL_UNLOCK_GUESS   "api_unlock_outgoing_identity"       /* by symmetry */
#define CALL_QUEUE_GUESS    "api_remove_outgoing_queued_message" /* from the quarantine's */

/* All users of a domain, where a call takes a user's name. */
#define CALL_ALL_USERS "*"

/* Whom a change is about; the last is an identity, or a sender. */
struct control_key {
	struct span domain;
	struct span username;
	struct span name;
};

/* Gets the list of calls. Errors as of control_fetch(). */
int calls_read_help(struct control *control, struct buf *help, struct err *err);

/*
 * Whether the list has the call, and it takes these arguments (NULL ends them): else
 * ERR_UNAVAILABLE, and what to do about it.
 */
int calls_check(struct span help, const char *name, const char *const *arguments, struct err *err);

/* Whether the list has a call. */
bool calls_has(struct span help, const char *name);

extern const char *const calls_lock_arguments[];      /* domain, identity, username */
extern const char *const calls_blacklist_arguments[]; /* domain, sender, username */

struct calls_change {
	const char *name;
	const char *argument; /* "identity" or "sender" */
	struct control_key key;
};

/* One change, as control_change(). */
int calls_change(struct control *control, const struct calls_change *change,
    struct control_remark *remark, struct err *err);

/* An answer about a domain and, unless empty, a user of it. */
int calls_list(struct control *control, const char *name, const struct control_key *key,
    struct buf *body, struct err *err);

/* What becomes of the lines of an answer. */
struct calls_lines {
	answer_taker *take;
	void *context;
	const char *what; /* in the warning about lines that nobody understood; NULL: none */
};

/* Makes a call, reads its answer as answer_read() does, and frees the call. */
int calls_read_lines(struct control *control, struct control_call *call,
    const struct calls_lines *lines, struct err *err);

/* The same of calls_list(). */
int calls_read_list(struct control *control, const char *name, const struct control_key *key,
    const struct calls_lines *lines, struct err *err);

/* Gets a domain; -1 ends the walk with this error. */
typedef int calls_taker(void *context, struct span domain, struct err *err);

/* The domains of the filter, each of them once, letters without case; warns of lines that are
 * none. */
int calls_each_domain(struct control *control, calls_taker *take, void *context, struct err *err);

/* The same for those that somebody has named: what is counted twice looks like twice as much. */
int calls_each_given(
    const char *const *names, unsigned count, calls_taker *take, void *context, struct err *err);

/* Domains that are asked about one by one: those that are given, or without any the filter's. */
struct calls_walk {
	const char *const *given;
	unsigned given_count;
	calls_taker *take;
	void *context;
};

/* Those that the filter answers nothing about, or nothing that makes sense. */
struct calls_lost {
	uint64_t asked, lost;
	struct err first; /* begins with the domain */
};

/*
 * One that the filter does not know, or that this user may not ask about, must not hide the others:
 * the walk goes on behind it. -1 when all are lost, with the first error, and with any that is not
 * about the domain. The result is added to *lost.
 */
int calls_walk_domains(struct control *control, const struct calls_walk *walk,
    struct calls_lost *lost, struct err *err);

#endif
