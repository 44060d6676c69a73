/*
 * Words of Exim's log, and addresses in them.
 */
#ifndef MAILLOG_EXIM_WORD_H
#define MAILLOG_EXIM_WORD_H

#include "base/span.h"

/* To the blank that ends a word; in double quotes blanks are part of it, and \ takes the next
 * character's meaning. */
size_t exim_word_length(struct span s);

/* Takes the first word off, with the blanks behind it. */
struct span exim_word_take(struct span *rest);

/* "[192.0.2.1]" or "[192.0.2.1]:25": the address; else empty. */
struct span exim_peer_of(struct span word);

#endif
