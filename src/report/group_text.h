/*
 * The texts of a grouping: short, many, and none is given back before all are,
 * so they stand close together in large chunks.
 */
#ifndef REPORT_GROUP_TEXT_H
#define REPORT_GROUP_TEXT_H

#include "base/arena.h"

struct group_texts {
	struct arena arena; /* the chunks */
	char *rest;         /* of the newest chunk */
	size_t left;
};

/* One text, or several behind each other. */
struct group_text {
	uint16_t n;
	uint16_t size; /* room, n or more */
	char bytes[];
};

void group_texts_init(struct group_texts *texts);
void group_texts_fini(struct group_texts *texts);

/* Copies, each cut at GROUP_MAX_TEXT ("…"); NULL without memory. */
struct group_text *group_text_new(
    struct group_texts *texts, const struct span *values, unsigned count);

/*
 * Replaces a single text (*text may be NULL) in its place when the new one fits there. 0, or -1
 * without memory: *text is as it was then.
 */
int group_text_set(struct group_texts *texts, struct group_text **text, struct span value);

/* Text k of those made together; empty when text is NULL. */
struct span group_text_get(const struct group_text *text, unsigned k);

#endif
