/*
 * Threads that do one job together, while the one that called them in waits
 * for their end and for signals.
 */
#ifndef BASE_TEAM_H
#define BASE_TEAM_H

#define TEAM_MAX 16

/*
 * Calls work(context) in up to `count` (TEAM_MAX) threads at the same time, and returns when all of
 * them have. No signal comes to these threads. Once one has come that ends the program
 * (interrupt.h), they are woken out of blocking system calls, which fail with EINTR then, again and
 * again until they have returned.
 *
 * work() must do the whole job also when fewer threads run it than were wanted. With a count of 1,
 * and when no thread is to be had, the caller runs it.
 */
void team_run(unsigned count, void (*work)(void *context), void *context);

#endif
