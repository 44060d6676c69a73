/*
 * PHP's own log of mail(): which script called it, when, and for whom (mail.log in php.ini). Beside
 * the log of a mail server it tells the script of a message; the two are joined by time and by the
 * recipient.
 */
#ifndef MAILLOG_PHP_H
#define MAILLOG_PHP_H

#include <time.h>

#include "base/buf.h"

/* Bytes of scripts and recipients that are kept; what comes then is not joined, and counted. */
#define PHP_MAX_BYTES ((size_t)32 * 1024 * 1024)

/* Bytes of a path, and of the recipients of one call. */
#define PHP_MAX_PATH 1024
#define PHP_MAX_TO   1024

/* How many seconds a call may be before its message, and behind it. */
#define PHP_BEFORE ((time_t)10)
#define PHP_BEHIND ((time_t)2)

struct php_entry {
	time_t when;
	struct span script; /* without the line */
	struct span to;     /* what mail() was given */
};

/*
 * Reads "[25-Apr-2026 18:16:41 UTC] mail() on [/home/u/x.php:12]: To: a@example.net -- Headers: …".
 * Of zones UTC is known, and the process's is taken for any other. False for another line.
 */
bool php_entry_read(struct span line, struct php_entry *entry_r);

struct php_call;

struct php_calls {
	struct php_call *call; /* in the order of their times, once they are sorted */
	size_t count, room;
	struct buf text;
	uint64_t left_out; /* there was no room for them */
	bool is_sorted;
};

void php_calls_init(struct php_calls *calls);
void php_calls_fini(struct php_calls *calls);

/* -1: no memory. */
int php_calls_add(struct php_calls *calls, const struct php_entry *entry);

/*
 * The script of a message: of the calls near to its time for one of its recipients (separated by
 * ", "), the last before it, or the first behind it. Each call has one message. False: there is
 * none.
 */
bool php_calls_take(
    struct php_calls *calls, time_t when, struct span recipients, struct span *script_r);

#endif
