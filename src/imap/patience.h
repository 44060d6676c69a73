/*
 * How long one step of a connection may take: a read, a write, a connect, a
 * handshake. Bytes without content, such as empty TLS records, do not extend
 * it.
 */
#ifndef IMAP_PATIENCE_H
#define IMAP_PATIENCE_H

#include "imap/stream_settings.h"

struct patience {
	int64_t until;    /* as of clock_now() */
	bool deadline;    /* `until` is the deadline of the run, else the time-out of the step */
	unsigned timeout; /* seconds */
};

/* A step begins now: it ends after settings->timeout, or at settings->deadline when that is
 * earlier.
 */
struct patience patience_begin(const struct stream_settings *settings);

/* Whether the step must end: its time is over, or a signal came. For callbacks that cannot fail. */
bool patience_is_over(const struct patience *patience);

/* -1 when the step must end, with the error that patience_wait() would give. */
int patience_check(const struct patience *patience, struct err *err);

/* Waits until fd is ready for events (poll(2)). -1 when the step must end, also when fd is ready
 * then: ERR_SIGNAL, ERR_TEMPORARY (time-out or deadline); or ERR_SYSTEM. */
int patience_wait(const struct patience *patience, int fd, short events, struct err *err);

/* True when patience_wait() failed because of silence, not because of the deadline or a signal. */
bool patience_is_silence(const struct patience *patience, const struct err *err);

#endif
