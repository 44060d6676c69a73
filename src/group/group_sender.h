/*
 * What a row of a report by Identity says of the sender himself. Table, page and letter ask here,
 * so that they agree.
 */
#ifndef GROUP_SENDER_H
#define GROUP_SENDER_H

#include "group/group.h"

/* True when all messages are of an account of the server itself, such as www-data. */
bool group_sender_is_system(const struct group_row *row);

/* True when many customers may be behind the name: a server, or one of its own accounts. Nobody
 * should lock it in haste. False for the row of the others. */
bool group_sender_is_weak(const struct group_row *row);

/* Why it is weak, in a few words for people ("server, no account"); empty when it is not. */
struct span group_sender_weakness(const struct group_row *row);

/* From more addresses nobody logs in to one mailbox, unless its password was stolen. */
#define GROUP_MANY_LOGINS 8

/* True when so many logged in that it must not be overlooked. */
bool group_sender_is_everywhere(const struct group_row *row);

/*
 * How many of `messages` there are in a mean hour between two times, in tenths, rounded half up.
 * A time shorter than an hour counts as one.
 */
uint64_t group_mean_hour(uint64_t messages, time_t first, time_t end);

#endif
