/*
 * The letter of a run (--mail-to): the report in short, with its files; or the
 * notice of a run that failed.
 */
#ifndef LETTER_H
#define LETTER_H

#include <stdio.h>

#include "report/outputs.h"

/*
 * True when there is something to tell: messages, some that could not be read, a server that is
 * missing, or --mail-empty. False without --mail-to.
 */
bool letter_is_due(const struct outputs *outputs);

/*
 * Writes the letter about a report whose outputs are finished (outputs_finish()) and not yet
 * committed. Errors as of deliver_mail_compose().
 */
int letter_compose(const struct outputs *outputs, FILE *out, struct err *err);

/*
 * True when a letter without the files makes sense instead of one that is too big: there are files,
 * with places of their own.
 */
bool letter_may_be_brief(const struct outputs *outputs);

/* Writes the letter that says so, and where the files are. Errors as of deliver_mail_compose(). */
int letter_compose_brief(const struct outputs *outputs, FILE *out, struct err *err);

/* A file for a letter, that nobody else can find and no child inherits. NULL: ERR_CREATE. */
FILE *letter_temporary(struct err *err);

/* Hands a composed letter to sendmail. Errors as of deliver_mail_send(). */
int letter_send(const struct options *options, int64_t deadline, FILE *composed, bool *too_big_r,
    struct err *err);

/* Seconds that the notice of a run that failed has beyond the deadline, which may be why. */
#define LETTER_NOTICE_GRACE 10

/* Mails that there is no report, or only no letter with it, and why. What goes wrong is only
 * logged. */
void letter_notify(const struct options *options, int64_t deadline, const struct account *account,
    const struct err *failure);

#endif
