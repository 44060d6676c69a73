/*
 * How far --new-only got in a folder. The only place that knows how the quarantine writes its keys
 * and positions.
 */
#ifndef FOLDER_STATE_H
#define FOLDER_STATE_H

#include "base/arena.h"
#include "state/state.h"

struct folder_state {
	uint32_t uidvalidity; /* 0: nothing was reported yet */
	uint32_t last_uid;    /* messages up to it are reported, filtered or lost, but for: */
	struct state_open_list open; /* their numbers are UIDs */
};

/* "USER@HOST:PORT,FOLDER", encoded; the case of HOST does not matter. NULL without memory, which
 * the arena says, too. */
const char *folder_state_key(
    struct arena *arena, const char *user, const char *host, unsigned port, const char *folder);

/* From the position "uidvalidity NUMBER last-uid NUMBER". False, with nothing changed, when it is
 * another, or an open message is none of those up to last_uid. */
bool folder_state_read(const struct state *state, struct folder_state *folder_r);

/* And back. */
void folder_state_write(const struct folder_state *folder, struct state *state_r);

#endif
