#include "source/quarantine/follow.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "source/quarantine/follower.h"

#define FOLLOW_AWAY "%s; it is tried again until it answers"

struct follow_source {
	struct source source; /* first, so that a source is a follow_source */
	struct quarantine_settings settings;
	struct hosts_settings servers;
	struct arena arena;
	struct account_place place[HOSTS_MAX_FOLDERS];
	struct followers all;
	struct follower *follower; /* for each place */
	struct err *failure;       /* for each: why it is away */
	unsigned count;
	bool has_period; /* that of the followers is set */
	bool is_begun;   /* one could be read */
	time_t jump;     /* the time of day less clock_now(), in seconds */
};

/* The looks that one read() begins. */
struct follow_round {
	bool has[HOSTS_MAX_FOLDERS];
};

/* Between a half and one and a half of it. */
static int64_t follow_jitter(int64_t milliseconds)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = UINT32_MAX / 2;
	return milliseconds / 2 + (int64_t)((uint64_t)milliseconds * random / UINT32_MAX);
}

static unsigned follow_pause(struct follower *follower, const struct err *err)
{
	unsigned pause = follower->pause;

	follower->pause = pause * 2 < FOLLOW_MAX_PAUSE ? pause * 2 : FOLLOW_MAX_PAUSE;
	return err->code == ERR_LOGIN || err->code == ERR_UNAVAILABLE ? FOLLOW_REFUSED_PAUSE
								      : pause;
}

/* It is away until a later look finds it well. */
static void follow_note_failure(
    struct follow_source *source, struct follower *follower, bool is_begun)
{
	const struct err *err = &follower->err;
	struct account_place *place = follower->place;
	int64_t pause = follower_ms(&source->all, follow_pause(follower, err));

	if (place->is_away)
		log_info("%s", err->text);
	else if (is_begun)
		log_warn(FOLLOW_AWAY, err->text);
	source->failure[place - source->place] = *err;
	place->is_away = true;
	follower->due = clock_now() + follow_jitter(pause);
}

static void follow_note_success(struct follower *follower)
{
	struct account_place *place = follower->place;

	if (place->is_away)
		log_warn("%s: '%s' can be read again, from where it was", place->host, place->name);
	place->is_away = false;
	follower->pause = FOLLOW_FIRST_PAUSE;
	if (follower->is_late)
		follower->due = clock_now();
	follower->is_late = false;
}

/* When none can be read at first, the run is wrong rather than the servers. */
static int follow_check_first(struct follow_source *source, struct err *err)
{
	unsigned away = 0;

	for (unsigned i = 0; i < source->count; i++)
		away += source->place[i].is_away;
	if (!source->is_begun && away == source->count) {
		*err = source->failure[0];
		return -1;
	}
	for (unsigned i = 0; source->is_begun && i < source->count; i++)
		if (source->place[i].is_away)
			log_warn(FOLLOW_AWAY, source->failure[i].text);
	return 0;
}

static void follow_add_traffic(struct follow_source *source, struct follower *follower)
{
	struct account *account = source->settings.account;

	account->bytes += follower->bytes - follower->summed;
	follower->summed = follower->bytes;
	if (follower->tls_name != NULL)
		account->tls = source->servers.tls->mode == TLS_OFF ? "off" : follower->tls_name;
}

/* Takes note of looks that have ended. -1: the run cannot go on. */
static int follow_take(struct follow_source *source, struct err *err)
{
	bool is_begun = source->is_begun;

	for (unsigned i = 0; i < source->count; i++) {
		struct follower *follower = &source->follower[i];

		if (!follower_is_at(follower, FOLLOWER_DONE))
			continue;
		follower_rest(follower);
		follow_add_traffic(source, follower);
		if (follower->result == 0) {
			follow_note_success(follower);
			source->is_begun = true;
		} else if (err_is_remote(&follower->err)) {
			follow_note_failure(source, follower, is_begun);
		} else {
			*err = follower->err;
			return -1;
		}
	}
	return is_begun ? 0 : follow_check_first(source, err);
}

/* Begins the looks that are due. Those before it, which may take their time, are none of them. */
static void follow_begin(struct follow_source *source, struct follow_round *round)
{
	for (unsigned i = 0; i < source->count; i++) {
		struct follower *follower = &source->follower[i];

		round->has[i] =
		    follower_is_at(follower, FOLLOWER_RESTS) && clock_is_over(follower->due);
		if (round->has[i])
			follower_begin(follower);
	}
}

static bool follow_is_done(struct follow_source *source, const struct follow_round *round)
{
	for (unsigned i = 0; i < source->count; i++)
		if (round->has[i] && !follower_is_at(&source->follower[i], FOLLOWER_DONE))
			return false;
	return true;
}

/* Most looks end soon, and then the source is at rest; who takes longer is not waited for. */
static int follow_await_round(
    struct follow_source *source, const struct follow_round *round, struct err *err)
{
	int64_t until = clock_now() + follower_ms(&source->all, FOLLOW_PATIENCE);
	int ready = 1;

	while (ready == 1 && !follow_is_done(source, round)) {
		struct pollfd fd = {.fd = source->all.done, .events = POLLIN};
		eventfd_t unused;

		ready = wait_ready(&fd, 1, until, err);
		if (ready == 1)
			(void)!eventfd_read(source->all.done, &unused);
	}
	return ready < 0 ? -1 : 0;
}

static int follow_read(struct source *base, struct report *report, struct err *err)
{
	struct follow_source *source = (struct follow_source *)base;
	struct follow_round round;

	source->all.report = report;
	/* Known only now. */
	for (unsigned i = 0; !source->has_period && i < source->count; i++)
		source->follower[i].period = *source->settings.period;
	source->has_period = true;
	if (follow_take(source, err) != 0)
		return -1;
	follow_begin(source, &round);
	if (follow_await_round(source, &round, err) != 0)
		return -1;
	return follow_take(source, err);
}

static bool follow_hold(struct source *base)
{
	struct follow_source *source = (struct follow_source *)base;
	bool reads = false;

	pthread_mutex_lock(&source->all.lock);
	for (unsigned i = 0; i < source->count; i++)
		reads |= source->follower[i].stage == FOLLOWER_READS;
	source->all.is_held = !reads;
	pthread_mutex_unlock(&source->all.lock);
	return !reads;
}

static void follow_let_go(struct source *base)
{
	struct follow_source *source = (struct follow_source *)base;

	pthread_mutex_lock(&source->all.lock);
	source->all.is_held = false;
	pthread_cond_broadcast(&source->all.changed);
	pthread_mutex_unlock(&source->all.lock);
}

static void follow_leave(struct source *base)
{
	struct follow_source *source = (struct follow_source *)base;

	pthread_mutex_lock(&source->all.lock);
	source->all.is_over = true;
	pthread_mutex_unlock(&source->all.lock);
	for (unsigned i = 0; i < source->count; i++)
		follower_join(&source->follower[i]);
}

/* A machine that was asleep: its clocks differ by more than before, and connections are dead. */
static void follow_look_at_clock(struct follow_source *source)
{
	time_t jump = env_time(source->settings.follow) - (time_t)(clock_now() / 1000);

	if (source->jump != 0 && jump > source->jump + FOLLOW_JUMP)
		for (unsigned i = 0; i < source->count; i++) {
			struct follower *follower = &source->follower[i];

			follower->is_late = !follower_is_at(follower, FOLLOWER_RESTS);
			if (!follower->is_late)
				follower->due = clock_now();
		}
	source->jump = jump;
}

/* Its next look is due, but not sooner than FOLLOW_GAP after the last one: who always has something
 * to say is not listened to all the time. */
static void follow_hear(struct follower *follower)
{
	follower->fd = -1;
	follower->due = follower->looked + follower_ms(follower->all, FOLLOW_GAP);
}

/* Those in IDLE, behind the end of looks. */
static unsigned follow_gather(
    struct follow_source *source, struct pollfd fds[WAIT_MAX], struct follower *listening[WAIT_MAX])
{
	unsigned count = 1;

	fds[0] = (struct pollfd){.fd = source->all.done, .events = POLLIN};
	for (unsigned i = 0; i < source->count && count < WAIT_MAX; i++) {
		struct follower *follower = &source->follower[i];

		if (!follower_is_at(follower, FOLLOWER_RESTS) || follower->fd < 0)
			continue;
		listening[count] = follower;
		fds[count++] = (struct pollfd){.fd = follower->fd, .events = POLLIN};
	}
	return count;
}

/* When the first look is due. */
static int64_t follow_next(struct follow_source *source)
{
	int64_t soon = INT64_MAX;

	for (unsigned i = 0; i < source->count; i++) {
		struct follower *follower = &source->follower[i];

		if (follower_is_at(follower, FOLLOWER_RESTS) && follower->due < soon)
			soon = follower->due;
	}
	return soon;
}

static int follow_wait(struct source *base, int64_t until, struct err *err)
{
	struct follow_source *source = (struct follow_source *)base;
	struct follower *listening[WAIT_MAX];
	struct pollfd fds[WAIT_MAX];
	eventfd_t unused;
	int64_t soon;
	int ready;

	follow_look_at_clock(source);
	do {
		unsigned count = follow_gather(source, fds, listening);

		soon = follow_next(source);
		ready = wait_ready(fds, count, soon < until ? soon : until, err);
		if (ready == 1 && fds[0].revents != 0)
			return eventfd_read(source->all.done, &unused) == 0;
		for (unsigned i = 1; ready == 1 && i < count; i++)
			if (fds[i].revents != 0)
				follow_hear(listening[i]);
	} while (ready == 1);
	if (ready < 0)
		return -1;
	return clock_is_over(soon) ? 1 : 0;
}

static int follow_open_one(struct follow_source *source, unsigned i, unsigned each, struct err *err)
{
	struct follower *follower = &source->follower[i];

	follower->place = &source->place[i];
	follower->settings = hosts_session_settings(&source->servers, i / each, &follower->tls);
	follower->settings.retries = 0; /* we do that */
	if (source->servers.count > 1)
		follower->settings.stream.trace_label = follower->place->host;
	follower->may_idle = i < WAIT_MAX - 1;
	follower->reader = reader_new(&source->settings.reader, err);
	return follower->reader != NULL ? 0 : -1;
}

static int follow_open(struct source *base, struct err *err)
{
	struct follow_source *source = (struct follow_source *)base;
	struct account *account = source->settings.account;
	unsigned each = hosts_list_folders(&source->servers, &source->arena, source->place);
	unsigned count = each * source->servers.count;

	account->place = source->place;
	account->place_count = count;
	if (folder_seen_prepare(err) != 0)
		return -1;
	source->all.done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (source->all.done < 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot make an eventfd");
	source->failure = calloc(count, sizeof(*source->failure));
	source->follower = calloc(count, sizeof(*source->follower));
	if (source->failure == NULL || source->follower == NULL || source->arena.failed)
		return err_nomem(err);
	for (; source->count < count; source->count++)
		follower_init(&source->follower[source->count], &source->all);
	for (unsigned i = 0; i < count; i++)
		if (follow_open_one(source, i, each, err) != 0)
			return -1;
	return 0;
}

static void follow_summarize(const struct account_place *place)
{
	const struct account_counts *counts = &place->counts;
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "%s, %s: %" PRIu64 " found, %" PRIu64 " reported", place->host,
	    place->name, counts->found, counts->reported);
	for (unsigned i = 2; i < ACCOUNT_COUNT_ROWS; i++)
		if (account_count(counts, &account_count_rows[i]) > 0)
			buf_printf(&line, ", %" PRIu64 " %s",
			    account_count(counts, &account_count_rows[i]),
			    account_count_rows[i].summary);
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
}

/* Outputs have values of one line; what is said of a certificate has several. */
static const char *follow_keep_line(struct arena *arena, const char *text)
{
	struct span rest = span_of(text);
	struct buf line;
	const char *kept;

	buf_init(&line, 0);
	while (rest.n > 0) {
		struct span part = span_head(rest, span_find(rest, '\n'));

		buf_add_text(&line, line.n > 0 ? "; " : "");
		log_escape(&line, part);
		rest = span_from(rest, part.n + 1);
	}
	buf_add_char(&line, '\0');
	/* Else it may have no end. */
	kept = line.failed == 0 ? arena_copy_buf(arena, &line).p : NULL;
	buf_fini(&line);
	return kept != NULL ? kept : "out of memory";
}

/* What is away at the end may have messages that nobody has seen; so may what was not read once,
 * as the run was stopped before. */
static int follow_finish(struct source *base, struct report *report, struct err *err)
{
	struct follow_source *source = (struct follow_source *)base;
	struct account *account = source->settings.account;

	(void)report;
	(void)err;
	for (unsigned i = 0; i < source->count; i++) {
		struct account_place *place = &source->place[i];

		if (source->settings.talk)
			follow_summarize(place);
		if (!source->follower[i].is_known)
			place->missing = "the run was ended before it had been read";
		if (!source->follower[i].has_gaps)
			place->reach = source->follower[i].reach;
		if (!place->is_away)
			continue;
		place->missing = follow_keep_line(&source->arena, source->failure[i].text);
		if (account->failure.code == ERR_NONE)
			account->failure = source->failure[i];
	}
	return 0;
}

static void follow_free(struct source *base)
{
	struct follow_source *source = (struct follow_source *)base;
	int64_t until = clock_now() + (int64_t)HOSTS_LOGOUT_SECONDS * 1000;

	follow_leave(base);
	for (unsigned i = 0; i < source->count; i++)
		follower_fini(&source->follower[i], until);
	free(source->follower);
	free(source->failure);
	if (source->all.done >= 0)
		close(source->all.done);
	pthread_cond_destroy(&source->all.changed);
	pthread_mutex_destroy(&source->all.lock);
	arena_fini(&source->arena);
	free(source);
}

static const struct source_ops follow_ops = {
    .name = "quarantine followed",
    .open = follow_open,
    .read = follow_read,
    .wait = follow_wait,
    .hold = follow_hold,
    .let_go = follow_let_go,
    .leave = follow_leave,
    .finish = follow_finish,
    .free = follow_free,
};

struct source *quarantine_follow_new(const struct quarantine_settings *settings, struct err *err)
{
	struct follow_source *source = calloc(1, sizeof(*source));

	if (source == NULL) {
		err_nomem(err);
		return NULL;
	}
	source->source.ops = &follow_ops;
	source->settings = *settings;
	source->servers = settings->servers;
	source->all.settings = &source->settings;
	source->all.servers = &source->servers;
	source->all.done = -1;
	pthread_mutex_init(&source->all.lock, NULL);
	pthread_cond_init(&source->all.changed, NULL);
	arena_init(&source->arena);
	return &source->source;
}
