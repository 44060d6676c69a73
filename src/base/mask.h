/*
 * What must never be shown: passwords, and the forms in which a server or a
 * program that knows one may say it again. log_escape() takes them out of every
 * text that it makes fit to be shown, so that nobody who shows foreign text can
 * forget to.
 *
 * Besides the log level and the signal this is the only state of the process:
 * any text may hold a secret, wherever it comes from.
 */
#ifndef BASE_MASK_H
#define BASE_MASK_H

#include "base/err.h"
#include "base/span.h"

/* What stands in the place of a secret. */
#define MASK_TEXT "***"

/* Forms of secrets that are known at a time. */
#define MASK_MAX_FORMS 64

/* The beginning of a form at the end of a text counts from this length on. */
#define MASK_MIN_PART ((size_t)4)

/*
 * Hides these bytes from now on; letters count without case. A copy is kept until mask_clear(). An
 * empty form is ignored. Not while other threads run. ERR_SYSTEM without memory, ERR_INTERNAL when
 * there are too many.
 */
int mask_add(struct span form, struct err *err);

/*
 * The first place in the text that must not be shown: *at_r and how many bytes, *n_r. The beginning
 * of a form at the very end of the text (which may have been cut there) is such a place too. False
 * when there is none.
 */
bool mask_find(struct span text, size_t *at_r, size_t *n_r);

/* Forgets and wipes all forms. */
void mask_clear(void);

#endif
