/*
 * What the commands that act on the filter share: the client, the questions, the exempt list, the
 * log of actions, and one way to make a change (control.md, "Safety").
 */
#ifndef MODE_ACT_H
#define MODE_ACT_H

#include "base/env.h"
#include "control/actions.h"
#include "control/calls.h"
#include "control/client.h"
#include "control/exempt.h"
#include "secret/secret.h"
#include "settings/options.h"
#include "state/state.h"

/* Bytes of an answer that is typed. */
#define ACT_MAX_ANSWER 256

/* Of a line of act_talk(), which is cut. */
#define ACT_MAX_TALK 512

struct act {
	const struct options *options;
	const struct env *env;
	int64_t deadline;
	struct buf host; /* in ASCII */
	struct secret password;
	struct control_settings settings;
	struct control *control;
	struct buf help; /* the filter's list of calls */
	struct exempt exempt;
	struct state_store *store;
	struct actions *actions;
	unsigned changes; /* that were made, and read back */
	unsigned refused; /* that the filter answered, and its list shows that nothing changed */
	unsigned unnamed; /* operands that cannot be named to the filter, and so are as they were */
	uint64_t lost;    /* domains that could not be asked about */
	bool input_ended; /* nobody answers any more */
	/* Lists have the form NAME (USER@DOMAIN): a change has shown it, since a name that looks
	 * like that would have been listed beside the one that was locked. */
	bool form_is_known;
	bool found_by_form; /* the last act_look() has found it by nothing else */
};

/* Finds the password; nothing is connected yet. act_close() accepts what a failure left. */
int act_open(
    struct act *act, const struct options *options, const struct env *env, struct err *err);
void act_close(struct act *act);

/* Moves the deadline: somebody took so many milliseconds to answer. */
void act_leave_out(struct act *act, int64_t taken);

/* Adds what is to be said about the API's certificate; results as of tls_probe(). */
int act_describe_certificate(const struct act *act, struct buf *out, struct err *err);

/* Makes more of an error of the client: what is wrong with the certificate, and what accepts it.
 * Returns -1. */
int act_explain(struct act *act, struct err *err);

/* Gets the filter's list of calls, once. */
int act_read_help(struct act *act, struct err *err);

/*
 * Before the first change: opens the log of actions (another run that changes something at this
 * filter is ERR_TEMPORARY), and settles what an earlier run left open, by looking.
 */
int act_begin_changes(struct act *act, struct err *err);

/* True when somebody can be asked, or need not be. */
bool act_may_change(const struct act *act);

/* True when --exempt or the exempt file has it. */
bool act_is_exempt(const struct act *act, struct span name);

/* The limit of --max-changes is reached, also by those that were refused. */
bool act_is_full(const struct act *act);

/* A text on standard output, unless --quiet. */
int act_print(const struct act *act, struct buf *text, struct err *err);

/* A line about what was done, when one is wanted (run_may_talk()). */
void act_talk(const struct act *act, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A page in the place of an answer is a failure that has a status of success. */
void act_note_fault(const struct control_remark *remark, struct err *failure);

/* Writes the question, and reads an answer; y and yes are yes. With --unattended yes. */
int act_ask(struct act *act, struct buf *question, bool *yes_r, struct err *err);

/* Appends IDENTITY (USER@DOMAIN), harmless. */
void act_add_key(struct buf *out, const struct control_key *key);

struct act_change {
	struct action action;
	const char *call;
	const char *argument; /* "identity" or "sender" */
	const char *list;     /* the call that reads back */
	bool gone;            /* it shall not be there any more */
	const char *done;     /* "locked", for the line that says so */
};

/*
 * Writes it down, makes the call, reads back, writes down what became of it, and says so. 0 only
 * when the filter shows it. ERR_UNAVAILABLE also when it accepted and does not show it; the text
 * says whether it may have been done.
 */
int act_change(struct act *act, const struct act_change *change, struct err *err);

/* Whether it is there: *found_r. */
struct act_question {
	const char *list; /* the call */
	const struct control_key *key;
	bool sure;   /* a line that may be about another does not count */
	bool before; /* nor one that only its form says is: then the filter is asked to do it, once
			more perhaps, and how its list looks afterwards tells */
};
int act_look(struct act *act, const struct act_question *question, bool *found_r, struct err *err);

/* The domains of --domain, or all that the filter lists. One of several that cannot be asked about
 * is said, and counted in act->lost. */
int act_each_domain(struct act *act, int (*take)(void *, struct span, struct err *), void *context,
    struct err *err);

/* After a change that has failed: 0 when the filter has refused that one (act->refused is more than
 * `refused`), which is said, and must not save those behind it; else -1. */
int act_pass_over(const struct act *act, unsigned refused, struct err *err);

/* The end of a run that has changed what it could: ERR_UNAVAILABLE when some have failed,
 * ERR_TEMPORARY when --max-changes has left some for the next run; 0. */
int act_end_changes(
    const struct act *act, const char *done, uint64_t failed, uint64_t left, struct err *err);

/* ERR_DATA when somebody was named, and nobody has answered whether: that is no "no". */
int act_check_answered(const struct act *act, struct err *err);

/* ERR_UNAVAILABLE when there was such a one: at the end of a run, or before one that needs all. */
int act_check_lost(const struct act *act, struct err *err);

/* The end of a run that could not ask: says that nothing has been done, with the command's word.
 * ERR_USAGE when somebody was named, since this was asked for; 0 when those were looked for who are
 * over a limit, or fit. */
int act_end_listing(const struct act *act, const char *done, struct err *err);

#endif
