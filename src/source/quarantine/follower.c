#include "source/quarantine/follower.h"

#include <sys/eventfd.h>

#include "base/clock.h"
#include "base/log.h"
#include "imap/idle.h"
#include "source/quarantine/follow.h"

int64_t follower_ms(const struct followers *all, unsigned seconds)
{
	return env_pause(all->settings->follow, (int64_t)seconds * 1000);
}

void follower_disconnect(struct follower *follower, int64_t until)
{
	if (follower->session == NULL)
		return;
	follower->earlier += session_traffic(follower->session).bytes;
	follower->bytes = follower->earlier;
	session_close(follower->session, until);
	follower->session = NULL;
	follower->fd = -1;
}

static int follower_connect(struct follower *follower, struct err *err)
{
	unsigned *timeout = &follower->settings.stream.timeout;

	if (follower->session != NULL)
		return 0;
	*timeout = follower->all->servers->timeout;
	if (follower->is_known && *timeout > FOLLOW_TIMEOUT)
		*timeout = FOLLOW_TIMEOUT;
	return session_open(&follower->settings, &follower->session, err);
}

/* What a broken look leaves: messages that were found, and not read, are found again. */
static void follower_settle_counts(struct follower *follower)
{
	struct account_counts *counts = &follower->place->counts;

	counts->found = counts->reported + counts->filtered + counts->vanished + counts->unreadable;
}

/* A folder that is made anew has the messages of before under other numbers: it goes on with those
 * that came since this look, or just before. */
static void follower_note_read(struct follower *follower, time_t began)
{
	began -= FOLLOW_SLACK;
	follower->period.since = began > follower->period.since ? began : follower->period.since;
	folder_seen_settle(&follower->seen, follower->period.since);
	follower->is_known = true;
}

/* After a look that may have failed: the next one goes on behind what it has read. */
static void follower_note_gaps(struct follower *follower)
{
	follower->has_gaps |= follower->place->counts.unreadable > 0 ||
			      follower->seen.was_made_anew ||
			      follower->all->settings->taker.take != NULL;
}

/* Everything from the beginning on, up to a number, has been read. */
static void follower_note_reach(struct follower *follower, time_t began)
{
	struct account_reach *reach = &follower->reach;

	if (!follower->is_known)
		reach->since = follower->period.since;
	reach->until = PERIOD_END;
	reach->at = began;
	reach->uid = follower->state.last_uid;
}

/* From now on the account of the folder changes. */
static void follower_enter(struct follower *follower)
{
	struct followers *all = follower->all;

	pthread_mutex_lock(&all->lock);
	while (all->is_held)
		pthread_cond_wait(&all->changed, &all->lock);
	follower->stage = FOLLOWER_READS;
	pthread_mutex_unlock(&all->lock);
}

static int follower_read(struct follower *follower, struct err *err)
{
	const struct quarantine_settings *settings = follower->all->settings;
	time_t began = env_time(settings->follow);
	const struct folder_job job = {
	    .session = follower->session,
	    .place = follower->place,
	    .period = &follower->period,
	    .taker = settings->taker,
	    .whole_headers = settings->reader.explain,
	    .reader = follower->reader,
	    .guessed = &follower->guessed,
	    .brands = &follower->brands,
	    .report = follower->all->report,
	    .state = &follower->state,
	    .seen = &follower->seen,
	    .now = began,
	};
	uint32_t before = follower->state.uidvalidity;
	int result;

	if (!follower->is_known)
		follower->seen.since = began - FOLLOW_SLACK;
	follower_enter(follower);
	result = folder_run(&job, err);
	follower_note_gaps(follower);
	if (result != 0) {
		follower_settle_counts(follower);
		return -1;
	}
	follower->place->recreated |= before != 0 && before != follower->state.uidvalidity;
	follower_note_reach(follower, began);
	follower_note_read(follower, began);
	return 0;
}

/* When the next look is due; what the server says in IDLE may bring it nearer. A connection that
 * breaks here is made anew then: not at once, since some servers break it each time. */
static void follower_await(struct follower *follower)
{
	unsigned seconds = follower->all->settings->interval;
	enum idle_state state = IDLE_NOT;
	struct err err = ERR_INIT;

	if (follower->may_idle && idle_begin(follower->session, &state, &follower->fd, &err) != 0) {
		follower_disconnect(follower, clock_now());
		seconds = seconds < FOLLOW_MAX_PAUSE ? seconds : FOLLOW_MAX_PAUSE;
	}
	if (state == IDLE_WAITS)
		seconds = IDLE_SECONDS;
	else if (state == IDLE_SAID)
		seconds = FOLLOW_GAP;
	follower->due = clock_now() + follower_ms(follower->all, seconds);
}

/* Over a connection that is there. */
static int follower_use(struct follower *follower, struct err *err)
{
	follower->fd = -1;
	return idle_end(follower->session, err) == 0 ? follower_read(follower, err) : -1;
}

static int follower_try(struct follower *follower, struct err *err)
{
	bool is_old = follower->session != NULL;

	if (follower_connect(follower, err) != 0)
		return -1;
	if (follower_use(follower, err) == 0)
		return 0;
	/* A connection on which nothing was said for a while may be gone: no server is away yet. */
	if (!is_old || err->code != ERR_TEMPORARY || clock_is_over(follower->until))
		return -1;
	log_info("%s; connecting again", err->text);
	follower_disconnect(follower, clock_now());
	*err = (struct err)ERR_INIT;
	return follower_connect(follower, err) == 0 ? follower_use(follower, err) : -1;
}

static void follower_limit_look(struct follower *follower)
{
	const int64_t deadline = follower->all->servers->deadline;
	int64_t *until = &follower->settings.stream.deadline;

	follower->looked = clock_now();
	follower->until = follower->looked + follower_ms(follower->all, FOLLOW_LOOK_MAX);
	*until = deadline != 0 && deadline < follower->until ? deadline : follower->until;
}

/* The deadline that has passed was not that of the run. */
static void follower_explain(struct follower *follower)
{
	const int64_t deadline = follower->all->servers->deadline;

	if (follower->err.code == ERR_TEMPORARY && clock_is_over(follower->until) &&
	    !(deadline != 0 && clock_is_over(deadline)))
		err_set(&follower->err, ERR_TEMPORARY, "%s: '%s' was not read in %d minutes",
		    follower->place->host, follower->place->name, FOLLOW_LOOK_MAX / 60);
}

static void follower_look(struct follower *follower)
{
	follower->err = (struct err)ERR_INIT;
	follower_limit_look(follower);
	follower->result = follower_try(follower, &follower->err);
	if (follower->result != 0)
		follower_explain(follower);
	if (follower->result == 0)
		follower_await(follower);
	else
		follower_disconnect(follower, clock_now());
	if (follower->session != NULL) {
		const struct session_traffic traffic = session_traffic(follower->session);

		follower->bytes = follower->earlier + traffic.bytes;
		if (traffic.tls != NULL)
			follower->tls_name = traffic.tls;
	}
}

static void follower_end_look(struct follower *follower)
{
	follower->stage = FOLLOWER_DONE;
	/* It holds 2^64 - 2, so that this cannot fail. */
	(void)!eventfd_write(follower->all->done, 1);
}

/* The thread. */
static void follower_work(void *context)
{
	struct follower *follower = context;
	struct followers *all = follower->all;

	pthread_mutex_lock(&all->lock);
	while (!all->is_over) {
		if (follower->stage != FOLLOWER_ASKS) {
			pthread_cond_wait(&follower->begins, &all->lock);
			continue;
		}
		pthread_mutex_unlock(&all->lock);
		follower_look(follower);
		pthread_mutex_lock(&all->lock);
		follower_end_look(follower);
	}
	pthread_mutex_unlock(&all->lock);
}

void follower_init(struct follower *follower, struct followers *all)
{
	*follower = (struct follower){.all = all, .fd = -1, .pause = FOLLOW_FIRST_PAUSE};
	pthread_cond_init(&follower->begins, NULL);
	follower->due = clock_now();
}

/* Without a thread the caller does it. */
void follower_begin(struct follower *follower)
{
	struct followers *all = follower->all;
	struct err err = ERR_INIT;

	pthread_mutex_lock(&all->lock);
	follower->stage = FOLLOWER_ASKS;
	pthread_cond_signal(&follower->begins);
	pthread_mutex_unlock(&all->lock);
	if (follower->side == NULL)
		follower->side = team_side_start(follower_work, follower, &err);
	if (follower->side != NULL)
		return;
	follower_look(follower);
	pthread_mutex_lock(&all->lock);
	follower_end_look(follower);
	pthread_mutex_unlock(&all->lock);
}

bool follower_is_at(struct follower *follower, enum follower_stage stage)
{
	bool is_there;

	pthread_mutex_lock(&follower->all->lock);
	is_there = follower->stage == stage;
	pthread_mutex_unlock(&follower->all->lock);
	return is_there;
}

void follower_rest(struct follower *follower)
{
	pthread_mutex_lock(&follower->all->lock);
	follower->stage = FOLLOWER_RESTS;
	pthread_mutex_unlock(&follower->all->lock);
}

void follower_join(struct follower *follower)
{
	if (follower->side == NULL)
		return;
	pthread_mutex_lock(&follower->all->lock);
	pthread_cond_signal(&follower->begins);
	pthread_mutex_unlock(&follower->all->lock);
	team_side_join(follower->side);
	follower->side = NULL;
}

void follower_fini(struct follower *follower, int64_t until)
{
	follower_disconnect(follower, until);
	reader_free(follower->reader);
	folder_seen_fini(&follower->seen);
	pthread_cond_destroy(&follower->begins);
}
