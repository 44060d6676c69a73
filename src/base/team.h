/*
 * Threads that do one job together, while their caller waits for their end and
 * for signals.
 */
#ifndef BASE_TEAM_H
#define BASE_TEAM_H

#include "base/err.h"

#define TEAM_MAX 16

/*
 * Calls work(context) in up to `count` (TEAM_MAX) threads at the same time, and returns when all of
 * them have. These threads get no signals. After a signal that ends the program (interrupt.h) they
 * are woken out of blocking system calls, which then fail with EINTR, again and again until they
 * have returned.
 *
 * work() must do the whole job also when it runs in fewer threads. With a count of 1, or when no
 * thread can be made, the caller runs it.
 */
void team_run(unsigned count, void (*work)(void *context), void *context);

/* A thread beside its caller's, for work that lasts. */
struct team_side;

/* Begins work(context) in a thread that gets no signals, as those of a team. NULL: ERR_SYSTEM. */
struct team_side *team_side_start(void (*work)(void *context), void *context, struct err *err);

/* Waits until it has returned. After a signal that ends the program, or interrupt_stop(), it is
 * woken as a team is. Frees. */
void team_side_join(struct team_side *side);

#endif
