/*
 * The command that would lock an identity, as a report shows it: a line for a POSIX shell, ready to
 * be copied. Letter and page have the same.
 */
#ifndef SINK_LOCK_H
#define SINK_LOCK_H

#include "group/group.h"
#include "record/account.h"

/* Identities of a report that get one: those who sent most. */
#define SINK_LOCK_MAX 10

/* Strings are the caller's. */
struct sink_lock {
	const char *command; /* all of it in front of its options; NULL: nothing can be locked */
	const char *profile; /* the profile and the configuration file that it needs */
	const char *config;  /* to reach the same filter; NULL: none */
};

/* How many hours before now the command looks: back to the first message, as seen by who reads the
 * report a day later. */
unsigned sink_lock_hours(const struct account *account);

/*
 * Appends the command, without a line break, for a row by Identity. False, and nothing is appended,
 * when there is none: the name may be that of many customers (group_sender_is_weak()), the filter
 * must not be given it (control_value_check()), or it would be shown otherwise than it is, so that
 * another would be copied.
 */
bool sink_lock_add(struct buf *out, const struct sink_lock *lock, const struct account *account,
    const struct group_row *row);

#endif
