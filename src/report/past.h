/*
 * The past of a report's groups, out of the history: each grouping that keeps it (group_past.h) is
 * compared with the days before the report's period, in the same places and with the same filters.
 */
#ifndef PAST_H
#define PAST_H

#include "group/group_set.h"
#include "record/account.h"
#include "store/store_places.h"

/* Which places of the history the report is about, when it is about no mailboxes. */
enum past_places {
	PAST_ALL,      /* every one: the history itself is reported */
	PAST_NO_BOXES, /* all but mailboxes: files and logs */
};

/* All of it outlives the past. */
struct past_settings {
	struct column_set unkept; /* columns that the history has not, or not as the report */
	struct store *store;
	struct account *account; /* complete when past_load() is called */
	unsigned new_after;      /* days; who has not been seen for so many before is new */
	enum past_places otherwise;
	bool has_no_boxes; /* what was read of mailboxes is kept as what is read of files (ARF) */
	bool warns;        /* some output has no room for account->past_missing */
	bool talks; /* somebody looks at standard error: also at what is the same in each run */
};

struct past {
	struct past_settings settings;
	struct store_places places; /* the text of past_missing is in its arena, too */
	struct store_places asked;  /* the same, and what saved reports have of mailboxes */
	bool is_other; /* one of the places is no mailbox: nobody knows what days it has */
	bool has_hole; /* the time right before the report was not read, but some before that was */
};

void past_init(struct past *past, const struct past_settings *settings);
void past_fini(struct past *past);

/*
 * Looks up what is known of all groups, once, after the last record: a question to the history for
 * each grouping. What it cannot know stays unknown, which account->past_missing says, and a
 * warning: of a history that is younger than what is asked for, and of what depends on the options
 * alone, only when somebody looks, since each run would say the same; of a hole right before the
 * report, which is new then, always. Errors as of the store.
 */
int past_load(struct past *past, struct group_set *groups, struct err *err);

#endif
