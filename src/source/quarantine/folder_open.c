/* Messages that cannot be read now: a server that fails today may send them tomorrow. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "source/quarantine/folder_part.h"

/* Where the UID is in the list, or where it belongs. */
static unsigned open_find(const struct state_open_list *open, uint32_t uid)
{
	unsigned at = 0;

	while (at < open->count && open->item[at].number < uid)
		at++;
	return at;
}

static bool open_has(const struct state_open_list *open, unsigned at, uint32_t uid)
{
	return at < open->count && open->item[at].number == uid;
}

void folder_close(struct folder *folder, uint32_t uid)
{
	struct state_open_list *open = &folder->open;
	unsigned at = open_find(open, uid);

	if (!open_has(open, at, uid))
		return;
	open->count--;
	memmove(&open->item[at], &open->item[at + 1], (open->count - at) * sizeof(open->item[0]));
}

int folder_keep_open(struct folder *folder, uint32_t uid, bool *kept_r, struct err *err)
{
	struct state_open_list *open = &folder->open;
	unsigned at = open_find(open, uid);
	bool known = open_has(open, at, uid);

	*kept_r = !known || folder->job->now - open->item[at].since < STATE_OPEN_SECONDS;
	if (known)
		return 0;
	if (open->count == STATE_MAX_OPEN)
		return err_set(err, ERR_TEMPORARY,
		    "%s: '%s': more than %d messages cannot be read now; the next run goes on with "
		    "them",
		    folder->job->place->host, folder->job->place->name, STATE_MAX_OPEN);
	memmove(&open->item[at + 1], &open->item[at], (open->count - at) * sizeof(open->item[0]));
	open->item[at] = (struct state_open){uid, folder->job->now};
	open->count++;
	return 0;
}
