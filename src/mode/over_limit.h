/*
 * Locking identities and blacklisting senders: the same steps for both, whether they are named or
 * found by counting.
 */
#ifndef MODE_OVER_LIMIT_H
#define MODE_OVER_LIMIT_H

#include "mode/act.h"
#include "mode/offenders.h"

/* What is done to whom. */
struct over_limit_kind {
	const char *command; /* in the log of actions */
	const char *call;
	const char *argument;         /* of the call: "identity" or "sender" */
	const char *const *arguments; /* all of the call */
	const char *list;             /* the call that reads back */
	const char *done;             /* "locked" */
	const char *what;             /* "the identity" */
	const char *question;         /* "Do you wish to lock this user?" */
	bool can_count_quarantine;    /* its messages can be counted instead of the log's */
};

/* Operands without --domain and --username are looked for among those who sent something bad. */
bool over_limit_looks_for(const struct options *options);

/* Whether the operands, --domain and --username can be given to the filter: ERR_USAGE, before
 * anything else is done. */
int over_limit_check_words(
    const struct over_limit_kind *kind, const struct options *options, struct err *err);

/* Whether each --domain is one: not the filter's word for what holds for all. ERR_USAGE. */
int over_limit_check_domains(const struct options *options, struct err *err);

/* Those who are named as operands, of one domain and user, after over_limit_check_words(). */
int over_limit_named(struct act *act, const struct over_limit_kind *kind, struct err *err);

/*
 * Those with more than --limit bad messages in the period, most first. ERR_TEMPORARY when
 * --max-changes left some; ERR_DATA when counts were cut short, and nothing was done unattended.
 */
int over_limit_counted(struct act *act, const struct over_limit_kind *kind,
    const struct period *period, struct err *err);

#endif
