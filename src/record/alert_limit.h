/*
 * From how many messages on an identity sends too much: what --alert=N/MINUTES may say.
 */
#ifndef RECORD_ALERT_LIMIT_H
#define RECORD_ALERT_LIMIT_H

/* When nothing is said: the filter's own limit for locking. */
#define ALERT_COUNT       5
#define ALERT_MINUTES     10
#define ALERT_MAX_COUNT   1000
#define ALERT_MAX_MINUTES 10080

#endif
