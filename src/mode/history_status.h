/* What history status shows, as text (history_status.c) or as JSON (history_status_json.c). */
#ifndef MODE_HISTORY_STATUS_H
#define MODE_HISTORY_STATUS_H

#include "base/arena.h"
#include "mode/history_part.h"

/* A time of which all is known. */
struct history_stretch {
	int64_t since;
	int64_t until; /* behind its last second */
};

struct history_place {
	struct store_place_sum sum;      /* its texts are copies */
	uint64_t days;                   /* that are known as a whole */
	struct history_stretch *stretch; /* in the order of time, with gaps between */
	size_t stretches, size;
};

struct history_status {
	struct arena arena;
	struct store_about about;
	struct history_place *place;
	size_t count, size;
	size_t at;           /* that of the last cover */
	int64_t first, last; /* times of the earliest and the latest message; 0: none has one */
	bool is_hidden;      /* some messages have values that were not kept, or hashes of them */
};

/* Runs that are shown: of a person, who looks at the latest, and of a program. */
#define HISTORY_STATUS_RUNS      5
#define HISTORY_STATUS_JSON_RUNS 100

/* Writes an object for the history, one for each place, and one for each of the latest runs. */
int history_status_write_json(
    const struct history_run *run, const struct history_status *status, struct err *err);

#endif
