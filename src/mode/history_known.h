/* Which time of which mailbox the history knows, by the host and the folder: what a saved report
 * says of the same mailbox is there already. */
#ifndef MODE_HISTORY_KNOWN_H
#define MODE_HISTORY_KNOWN_H

#include "base/arena.h"
#include "store/store.h"

struct history_known_time;

struct history_known {
	struct arena arena;
	struct history_known_time *time;
	size_t count, size;
};

/* Errors of the store. history_known_fini() accepts what a failure left. */
int history_known_read(struct history_known *known, struct store *store, struct err *err);
void history_known_fini(struct history_known *known);

bool history_known_has(
    const struct history_known *known, struct span host, struct span folder, int64_t time);

#endif
