/*
 * Secrets that must never be shown: passwords, and the forms in which a server
 * or a program may repeat them. log_escape() hides them in every text, so that
 * no caller can forget it.
 *
 * Besides the log level and the signal this is the only state of the process,
 * since any text may hold a secret.
 */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include "base/err.h"
#include "base/span.h"

/* Stands in the place of a secret. */
#define MASK_TEXT "***"

/* Most forms of secrets that can be known at a time. */
#define MASK_MAX_FORMS 64

/* The beginning of a form at the end of a text counts from this length on. */
#define MASK_MIN_PART ((size_t)4)

/*
 * Hides these bytes from now on; letters count without case. A copy is kept until mask_clear(). An
 * empty form is ignored. Not while other threads run. ERR_SYSTEM without memory, ERR_INTERNAL when
 * there are too many.
 */
int mask_add(struct span form, struct err *err);

/* Finds the first place in the text that must not be shown: *n_r bytes at *at_r. The text may have
 * been cut, so the beginning of a form at its very end counts, too. False when there is none. */
bool mask_find(struct span text, size_t *at_r, size_t *n_r);

/* Forgets and wipes all forms. */
void mask_clear(void);

#endif
