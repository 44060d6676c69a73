/* Messages that cannot be read now: a server that is ill today may send them tomorrow. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "source/quarantine/folder_part.h"

/* Where the UID is in the list, or where it belongs. */
static unsigned open_find(const struct state *open, uint32_t uid)
{
	unsigned at = 0;

	while (at < open->open_count && open->open[at].uid < uid)
		at++;
	return at;
}

static bool open_has(const struct state *open, unsigned at, uint32_t uid)
{
	return at < open->open_count && open->open[at].uid == uid;
}

void folder_close(struct folder *folder, uint32_t uid)
{
	struct state *open = &folder->open;
	unsigned at = open_find(open, uid);

	if (!open_has(open, at, uid))
		return;
	open->open_count--;
	memmove(
	    &open->open[at], &open->open[at + 1], (open->open_count - at) * sizeof(open->open[0]));
}

int folder_keep_open(struct folder *folder, uint32_t uid, bool *kept_r, struct err *err)
{
	struct state *open = &folder->open;
	unsigned at = open_find(open, uid);
	bool known = open_has(open, at, uid);

	*kept_r = !known || folder->job->now - open->open[at].since < STATE_OPEN_SECONDS;
	if (known)
		return 0;
	if (open->open_count == STATE_MAX_OPEN)
		return err_set(err, ERR_TEMPORARY,
		    "%s: '%s': more than %d messages cannot be read now; the next run goes on with "
		    "them",
		    folder->job->place->host, folder->job->place->name, STATE_MAX_OPEN);
	memmove(
	    &open->open[at + 1], &open->open[at], (open->open_count - at) * sizeof(open->open[0]));
	open->open[at] = (struct state_open){uid, folder->job->now};
	open->open_count++;
	return 0;
}
