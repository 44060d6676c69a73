/*
 * The source of quarantine servers that are followed: a connection to each folder, which is looked
 * at again and again, in a thread of its own (follower.h): none waits for another one. A folder
 * goes on behind its last UID, so that nothing is missed, and nothing comes twice, whatever becomes
 * of the connections. One that is made anew (UIDVALIDITY) goes on with what has come since it was
 * last read: messages are known again by what is said in them and their INTERNALDATE, which a
 * server that makes a folder anew keeps.
 */
#ifndef QUARANTINE_FOLLOW_H
#define QUARANTINE_FOLLOW_H

#include "source/quarantine/quarantine.h"

/* Seconds before a server that has failed is tried again: doubled each time, up to the maximum, and
 * a half more or less, so that not all come at once. After a refused login, or a certificate that
 * is not trusted, the pause is FOLLOW_REFUSED_PAUSE. */
#define FOLLOW_FIRST_PAUSE   1
#define FOLLOW_MAX_PAUSE     60
#define FOLLOW_REFUSED_PAUSE 300

/* Seconds that a server which has been read before may be silent over a new connection. */
#define FOLLOW_TIMEOUT 15

/* Seconds between two looks at a folder at least, however often its server says something. */
#define FOLLOW_GAP 1

/* Seconds for which the looks that begin together are waited for. Most have ended by then; one that
 * takes longer goes on beside the others. */
#define FOLLOW_PATIENCE 1

/* Seconds that a look may take, however little a server sends at a time: until it ends, no report
 * can begin anew, and no counts are taken over. The next one goes on behind what was read. */
#define FOLLOW_LOOK_MAX 1800

/* Seconds by which the clock of a machine jumps when it was asleep: connections are looked at. */
#define FOLLOW_JUMP ((time_t)30)

/* Seconds by which a server's clock may be behind ours: what has come in them before a folder was
 * last read is looked at again when it has been made anew. */
#define FOLLOW_SLACK ((time_t)60)

/* As quarantine_new(); settings->follow is set. As long as none has been read, read() fails when
 * all have failed; what fails later is away until it is back. */
struct source *quarantine_follow_new(const struct quarantine_settings *settings, struct err *err);

#endif
