/*
 * The texts of all groups of a run: short, many, and freed all at once, so
 * they stand close together in large chunks. A value of a record is kept once,
 * however many groups show it.
 */
#ifndef REPORT_GROUP_TEXT_H
#define REPORT_GROUP_TEXT_H

#include "base/arena.h"
#include "record/record.h"

struct group_text {
	uint16_t n;
	uint16_t size; /* room for another text in its place; 0: shared, so not replaced */
	char bytes[];
};

struct group_texts {
	struct arena arena; /* the chunks */
	char *rest;         /* of the newest chunk */
	size_t left;
	struct column_set recent_set;
	struct group_text *recent[COLUMN_KEY_COUNT];
};

void group_texts_init(struct group_texts *texts);
void group_texts_fini(struct group_texts *texts);

/* The next record comes, with values of its own. */
void group_texts_next(struct group_texts *texts);

/*
 * The value of a column of the record, cut at GROUP_MAX_TEXT ("…"); NULL when it is empty. 0, or -1
 * without memory.
 */
int group_text_share(
    struct group_texts *texts, enum column column, struct span value, struct group_text **text_r);

/* Replaces a text (*text may be NULL), in place when the new one fits and the old one is not
 * shared. 0, or -1 without memory: *text is unchanged. */
int group_text_set(
    struct group_texts *texts, enum column column, struct span value, struct group_text **text);

/* `count` pointers, not initialised; NULL without memory. */
struct group_text **group_texts_pointers(struct group_texts *texts, unsigned count);

/* Empty when text is NULL. */
static inline struct span group_text_get(const struct group_text *text)
{
	return text != NULL ? (struct span){text->bytes, text->n} : SPAN_EMPTY;
}

#endif
