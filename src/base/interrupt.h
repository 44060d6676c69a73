/*
 * SIGINT and SIGTERM, and the end of who reads standard output, as something
 * the program looks at: a run stops at the next message, leaves nothing
 * incomplete behind and exits with 128+n. A second signal ends the process at
 * once.
 */
#ifndef BASE_INTERRUPT_H
#define BASE_INTERRUPT_H

#include <signal.h>

#include "base/err.h"

/* Only wakes a thread of ours out of a blocking system call (EINTR). Only team.h sends it. */
#define INTERRUPT_WAKE SIGUSR1

/*
 * Catches SIGINT, SIGTERM and SIGHUP, and INTERRUPT_WAKE, ignores SIGPIPE and SIGXFSZ. Once per
 * process.
 */
int interrupt_install(struct err *err);

/*
 * The one who read standard output has gone: as if SIGPIPE had come. Nothing when it was ignored
 * already as the program began, since then somebody wants to hear of the error (as in coreutils).
 */
void interrupt_reader_gone(void);

/* Ends the process by a signal, as if it had never been caught; returns when that is not possible.
 */
void interrupt_die(int number);

/* The signal that came, or 0. */
int interrupt_signal(void);

/* As if the signal had come; nothing when one has. */
void interrupt_stop(int number);

/* After the end of what a signal was to end: the next one is caught as the first was. ERR_SYSTEM.
 */
int interrupt_forget(struct err *err);

/*
 * From now on SIGHUP ends nothing: it is a question to a program that stays, whatever the terminal.
 * Nothing when it is ignored. ERR_SYSTEM.
 */
int interrupt_ask_by_hangup(struct err *err);

/* True once for each question, or for several that came together. */
bool interrupt_take_hangup(void);

/* Readable from the first signal on, for poll(2). -1 before interrupt_install(). */
int interrupt_fd(void);

/* When a signal came: ERR_SIGNAL and -1; else 0. */
int interrupt_check(struct err *err);

/* ERR_SIGNAL of this one, also when it is forgotten. Returns -1. */
int interrupt_set(int number, struct err *err);

#endif
