/* Messages that need not be read, since the caller has them. */
#include "base/log.h"
#include "imap/search.h"
#include "source/quarantine/folder_part.h"

int folder_is_the_same(const struct folder *folder, const struct session_mailbox *status,
    uint32_t last, bool *same_r, struct err *err)
{
	uint32_t highest = 0;

	*same_r = last < status->uidnext;
	if (*same_r || status->exists == 0)
		return 0;
	if (search_find_highest(folder->job->session, &highest, err) != 0)
		return -1;
	*same_r = highest >= last;
	return 0;
}

/* The highest number that the caller has seen there. */
static uint32_t folder_known_last(const struct folder_known *known)
{
	const struct uidset *uids = &known->uids;
	const uint32_t last = uids->count > 0 ? uids->uid[uids->count - 1] : 0;

	return last > known->uid ? last : known->uid;
}

int folder_check_known(struct folder *folder, const struct session_mailbox *status, struct err *err)
{
	const struct folder_job *job = folder->job;
	const struct folder_known *known = job->known;

	if (known == NULL || known->epoch == 0)
		return 0;
	if (status->uidvalidity == known->epoch &&
	    folder_is_the_same(folder, status, folder_known_last(known), &folder->knows, err) != 0)
		return -1;
	if (!folder->knows)
		log_warn("%s: '%s' has been made anew since the history was written: reading all "
			 "messages of the period",
		    job->place->host, job->place->name);
	return 0;
}

void folder_leave_known(const struct folder *folder, struct uidset *candidates)
{
	const struct uidset *known = &folder->job->known->uids;
	size_t kept = 0, at = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		while (at < known->count && known->uid[at] < candidates->uid[i])
			at++;
		if (at == known->count || known->uid[at] != candidates->uid[i])
			candidates->uid[kept++] = candidates->uid[i];
	}
	candidates->count = kept;
}

/*
 * The highest number that has been seen there: a UIDNEXT that is too high would have the next run
 * look behind messages that are still to come.
 */
static int folder_find_last(
    struct folder *folder, const struct session_mailbox *status, uint32_t *last_r, struct err *err)
{
	const struct folder_job *job = folder->job;
	uint32_t last = folder->highest, highest = 0;

	if (job->state != NULL) {
		*last_r = job->state->last_uid;
		return 0;
	}
	if (folder->knows && job->known->uid > last)
		last = job->known->uid;
	else if (job->reaches && status->exists > 0 && last + 1 != status->uidnext &&
		 search_find_highest(job->session, &highest, err) != 0)
		return -1;
	*last_r = highest > last ? highest : last;
	return 0;
}

int folder_note_reach(struct folder *folder, const struct session_mailbox *status, struct err *err)
{
	const struct folder_job *job = folder->job;
	struct account_reach reach = {
	    .since = folder->period->since,
	    .until = job->state != NULL ? PERIOD_END : folder->period->until,
	    .at = job->now,
	    .after = folder->resumed ? folder->before : 0,
	};

	if (job->taker.take != NULL || job->seen != NULL)
		return 0;
	if (folder_find_last(folder, status, &reach.uid, err) != 0)
		return -1;
	job->place->reach = reach;
	return 0;
}
