/*
 * The letter of a run (--mail-to): the report in short, with its files; or the
 * notice of a run that failed.
 */
#ifndef LETTER_H
#define LETTER_H

#include <stdio.h>

#include "report/outputs.h"
#include "sink/sink_lock.h"

/* Strings are the caller's. */
struct letter_settings {
	const char *const *to;
	unsigned to_count;    /* 0: nothing is mailed */
	const char *from;     /* NULL: the user's address, as sendmail knows it */
	const char *subject;  /* NULL: letter_add_subject() makes one */
	const char *sendmail; /* path */
	bool also_empty;      /* also when there is nothing to report */
	unsigned min_count; /* only when somebody sent so many messages; 0: as many as there are */
	struct group_limits limits; /* of the identities that are shown; see letter_body.h */
	time_t failed_since; /* the runs before this one failed, and the readers know: the first of
				them; 0: no */
	struct sink_lock lock;
	int64_t deadline; /* of the run, as of clock_now(); 0: none */
};

/*
 * 1 when there is something to tell: messages, or also_empty; with min_count an identity that has
 * so many. And in any case messages that could not be read, and a server that is missing. 0 when
 * there is nothing, and without an address; -1: ERR_SYSTEM without memory.
 */
int letter_is_due(
    const struct letter_settings *settings, const struct outputs *outputs, struct err *err);

/*
 * Writes the letter about a report whose outputs are finished (outputs_finish()) and not yet
 * committed. Errors as of deliver_mail_compose().
 */
int letter_compose(const struct letter_settings *settings, const struct outputs *outputs, FILE *out,
    struct err *err);

/*
 * True when a letter without the files makes sense instead of one that is too big: there are files,
 * with places of their own.
 */
bool letter_may_be_brief(const struct outputs *outputs);

/* Writes the letter that says so, and where the files are. Errors as of deliver_mail_compose(). */
int letter_compose_brief(const struct letter_settings *settings, const struct outputs *outputs,
    FILE *out, struct err *err);

/* A file for a letter, that nobody else can find and no child inherits. NULL: ERR_CREATE. */
FILE *letter_temporary(struct err *err);

/* Hands a composed letter to sendmail. Errors as of deliver_mail_send(). */
int letter_send(
    const struct letter_settings *settings, FILE *composed, bool *too_big_r, struct err *err);

/* Seconds that the notice of a run that failed has beyond the deadline, which may be why. */
#define LETTER_NOTICE_GRACE 10

/*
 * Mails that there is no report, or only no letter with it, and why. -1: it is not mailed, and why
 * not is logged.
 */
int letter_notify(const struct letter_settings *settings, const struct account *account,
    const struct err *failure);

/* The same of a run that works again, and has no letter to say it in. */
int letter_notify_recovery(const struct letter_settings *settings, const struct account *account);

#endif
