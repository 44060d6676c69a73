/* Runs that fail one after the other: who is told of it, and when. */
#include "base/log.h"
#include "mode/run_parts.h"

void run_load_failure(const struct state_store *store, time_t now, struct state_failure *failure_r)
{
	struct err err = ERR_INIT;

	*failure_r = (struct state_failure){0};
	if (store == NULL)
		return;
	if (state_load_failure(store, failure_r, &err) != 0)
		log_warn("whether earlier runs failed cannot be known: %s", err.text);
	/* A clock that was wrong is no reason to say nothing. */
	if (failure_r->since > now)
		failure_r->since = now;
	if (failure_r->told > now)
		failure_r->told = 0;
}

static void failure_save(const struct state_store *store, const struct state_failure *failure)
{
	struct err err = ERR_INIT;

	if (store != NULL && state_save_failure(store, failure, &err) != 0)
		log_warn("it cannot be noted for later runs whether this one failed: %s", err.text);
}

static bool failure_is_known(const struct state_failure *failure, int status)
{
	for (unsigned i = 0; i < failure->status_count; i++)
		if (failure->status[i] == status)
			return true;
	return false;
}

static bool failure_is_due(const struct state_failure *failure, int status, time_t now)
{
	return failure->told == 0 || now - failure->told >= RUN_REMIND_SECONDS ||
	       !failure_is_known(failure, status);
}

/* Of an old one all statuses are news again. */
static void failure_note(struct state_failure *failure, int status, time_t now)
{
	if (failure->told == 0 || now - failure->told >= RUN_REMIND_SECONDS ||
	    failure->status_count == STATE_MAX_STATUSES)
		failure->status_count = 0;
	failure->told = now;
	failure->status[failure->status_count++] = status;
}

void run_tell_failure(const struct run_telling *telling, const struct err *failed)
{
	struct state_failure failure = *telling->failure;
	struct letter_settings letter = telling->letter;
	time_t now = telling->account->made;
	int status = err_exit_status(failed);

	letter.failed_since = failure.since;
	if (failure.since == 0)
		failure.since = now;
	if (!failure_is_due(&failure, status, now))
		log_info("the failure is not mailed once more before a day has passed");
	else if (letter_notify(&letter, telling->account, failed) == 0)
		failure_note(&failure, status, now);
	failure_save(telling->store, &failure);
}

void run_tell_recovery(const struct run_telling *telling, bool mailed)
{
	const struct state_failure none = {0};
	struct letter_settings letter = telling->letter;

	if (telling->failure->since == 0)
		return;
	letter.failed_since = telling->failure->since;
	if (telling->failure->told != 0 && !mailed &&
	    letter_notify_recovery(&letter, telling->account) != 0)
		return;
	failure_save(telling->store, &none);
}
