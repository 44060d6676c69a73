/*
 * The source of the filter's log of outgoing mail (--log-search): Date, Return-Path, To, Identity,
 * IP/Username, Domain, Class, and Subject when it is asked for.
 */
#ifndef LOGSEARCH_H
#define LOGSEARCH_H

#include "calendar/period.h"
#include "control/client.h"
#include "record/account.h"
#include "source/source.h"

/* All that it points to outlives the source. */
struct logsearch_settings {
	struct control *const *control; /* open when the source is read */
	const char *host;               /* as the user named it */
	unsigned port;                  /* 0: the usual one */
	const char *const *domains;     /* none: all that the filter lists */
	unsigned domain_count;
	const char *classification;
	const char *user_column;
	bool with_subject;           /* it is a free text more to ask for */
	bool with_sender_domain;     /* made of Return-Path, which takes time */
	const struct period *period; /* known when the source is read */
	struct account *account;
	bool talk; /* a summary line on standard error */
};

/*
 * NULL without memory. Its only place is the log; of --new-only it notes up to when it has been
 * read. Rows are missing, and the account says so (ERR_DATA), when the filter handed out fewer than
 * it counted, or does not count.
 */
struct source *logsearch_new(const struct logsearch_settings *settings, struct err *err);

#endif
