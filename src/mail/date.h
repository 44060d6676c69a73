/*
 * Dates of mail (RFC 5322, 3.3 and 4.3), of mbox lines (asctime(3)), and in
 * the forms that broken software makes of both.
 */
#ifndef MAIL_DATE_H
#define MAIL_DATE_H

#include <time.h>

#include "base/span.h"

/* Bytes of a date that are looked at. */
#define MAIL_DATE_MAX ((size_t)200)

/*
 * Reads a date of the years 1970 to 9998: a day, a month by its English name and a time, in any
 * order that is not ambiguous, with the name of the day, comments and further words around. Two
 * digits of a year are of 1950 to 2049. Of zones the first counts: +hhmm, those names that
 * RFC 5322 has, UTC, or none, which is UTC as well. False when it is no date: *when_r is untouched.
 */
bool mail_date_read(struct span text, time_t *when_r);

/* The date of a body of Received: what stands behind its last semicolon. */
bool mail_date_of_received(struct span body, time_t *when_r);

/*
 * The second at which Exim made a message id, which its first six characters are (Exim 4.97 and
 * those before it). False when it has not the form of one.
 */
bool mail_date_of_exim(struct span id, time_t *when_r);

#endif
