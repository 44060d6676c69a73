/* The parts of the command history, a file each. */
#ifndef MODE_HISTORY_PART_H
#define MODE_HISTORY_PART_H

#include "mode/listing.h"
#include "mode/run_history.h"

/* A run of the command. */
struct history_run {
	const struct options *options;
	const struct env *env;
	struct period period; /* which times are asked for; all of them without one */
	bool has_period;
	struct run_history history;
	struct store *store;  /* that of `history`; NULL: the part needs none */
	char *const *operand; /* words behind the part's name */
	unsigned operand_count;
	uint64_t rows; /* that came, or were taken out */
};

/* A part has opened what it needs, and its operands are as many as it takes. */
typedef int history_part(struct history_run *run, struct err *err);

history_part history_show, history_status, history_prune, history_erase, history_export,
    history_import, history_sql;

/* The names of the parts, from 0 on; NULL behind the last one. */
const char *history_part_name(unsigned at);

/* The rows that are asked for. */
struct store_query history_query(const struct history_run *run);

/* A line on standard output, unless --quiet. */
int history_say(const struct history_run *run, struct buf *text, struct err *err);

/* "1 message", "2 messages" */
void history_add_messages(struct buf *out, uint64_t count);

/* "1.5 MiB" */
void history_add_size(struct buf *out, uint64_t bytes);

/* A time in the zone, as in reports; nothing when it is 0, which is unknown. */
void history_add_time(struct buf *out, int64_t time);

#endif
