/*
 * The texts of all groups of a run: short, many, and none is given back before
 * all are, so they stand close together in large chunks. A value of a record
 * is kept once, however many groups show it.
 */
#ifndef REPORT_GROUP_TEXT_H
#define REPORT_GROUP_TEXT_H

#include "base/arena.h"
#include "record/record.h"

struct group_text {
	uint16_t n;
	uint16_t size; /* room for another text in its place; 0: it is shared, and stays */
	char bytes[];
};

struct group_texts {
	struct arena arena; /* the chunks */
	char *rest;         /* of the newest chunk */
	size_t left;
	struct column_set recent_set;
	struct group_text *recent[COLUMN_COUNT];
};

void group_texts_init(struct group_texts *texts);
void group_texts_fini(struct group_texts *texts);

/* Another record comes: its values are others. */
void group_texts_next(struct group_texts *texts);

/*
 * The value of a column of the record, cut at GROUP_MAX_TEXT ("…"); NULL when it is empty. 0, or -1
 * without memory.
 */
int group_text_share(
    struct group_texts *texts, enum column column, struct span value, struct group_text **text_r);

/*
 * Replaces a text (*text may be NULL), in its place when the new one fits there and nobody shares
 * it. 0, or -1 without memory: *text is as it was then.
 */
int group_text_set(
    struct group_texts *texts, enum column column, struct span value, struct group_text **text);

/* So many pointers, not set; NULL without memory. */
struct group_text **group_texts_pointers(struct group_texts *texts, unsigned count);

/* Empty when text is NULL. */
static inline struct span group_text_get(const struct group_text *text)
{
	return text != NULL ? (struct span){text->bytes, text->n} : SPAN_EMPTY;
}

#endif
