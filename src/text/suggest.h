/*
 * "Did you mean": the name of a list that somebody who mistyped one probably
 * meant.
 */
#ifndef REPORT_SUGGEST_H
#define REPORT_SUGGEST_H

#include "base/err.h"
#include "base/span.h"

/* Bytes of a word, or of a name; a longer one is like nothing. */
#define SUGGEST_MAX_WORD 48

/* Mistakes that a word may have: one for each so many of its bytes, but at least one, and at most
 * so many. */
#define SUGGEST_BYTES_A_MISTAKE 3
#define SUGGEST_MAX_MISTAKES    3

/*
 * How many mistakes are between two words: a letter too many, one missing, another one, or two that
 * changed places (Damerau and Levenshtein, each place edited once). Case counts nothing, and
 * neither does which of - _ . / and blank stands between the parts of a name. Beyond `most` the
 * result is most + 1.
 */
unsigned suggest_distance(struct span a, struct span b, unsigned most);

struct suggest {
	struct span word;  /* what was typed; the caller's */
	struct span best;  /* the name that is most like it; empty: none is like it */
	unsigned mistakes; /* between the two, or the least that are too many */
};

void suggest_init(struct suggest *suggest, struct span word);

/* A name that there is, and that outlives `suggest`. Of several that are as near the first stays.
 */
void suggest_offer(struct suggest *suggest, struct span name);

/* Appends "; did you mean 'PREFIXname'?" to the text of an error, when there is one. Returns -1. */
int suggest_add(const struct suggest *suggest, const char *prefix, struct err *err);

#endif
