/*
 * What search.c and search_within.c share. Others include search.h.
 */
#ifndef IMAP_SEARCH_PART_H
#define IMAP_SEARCH_PART_H

#include "imap/search.h"
#include "imap/session_command.h"

/* FETCH 1,*: a connection_fetch_fn whose context is a struct search_bounds with `exists`. Other
 * messages only count as dated: a server may send FETCH responses at any time (RFC 3501, 7.4.2). */
int search_take_bound(void *context, const struct guard_message *message, struct err *err);

/* Asks for them, when that has not been done. */
int search_learn_bounds(
    struct search *search, const struct session_mailbox *mailbox, struct err *err);

/*
 * Searches by age, or proves what came behind EXAMINE: within.proven says whether that will do. -1
 * only when the connection cannot be used and no other can be had.
 */
int search_by_age(struct search *search, const struct session_mailbox *mailbox,
    const struct search_scope *scope, struct err *err);

/* UID SEARCH with this argument, answered with ranges. */
struct connection_command search_age_command(const struct buf *argument);

/* Runs it. *answered_r is false when the server cannot. */
int search_run_ages(
    struct search *search, const struct buf *argument, bool *answered_r, struct err *err);

/* The same for the proof, behind what search->early has fetched along with it. */
int search_run_proof(
    struct search *search, const struct buf *argument, bool *answered_r, struct err *err);

/* Room for the longest slice of what was found. -1: no memory. */
int search_reserve_slice(const struct search_within *within, struct uidset *uids);

/* The next slice of what was found; false when there is none. -1 in *result_r: no memory. */
bool search_take_range(struct search *search, struct uidset *uids, int *result_r, struct err *err);

#endif
