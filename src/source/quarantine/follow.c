#include "source/quarantine/follow.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/team.h"
#include "base/wait.h"
#include "imap/idle.h"

/* One folder of one server. */
struct follower {
	struct follow_source *source;
	struct account_place *place;
	struct tls_settings tls;
	struct session_settings settings;
	struct session *session; /* NULL: not connected */
	int fd;                  /* in IDLE: readable when the server has said something; -1 */
	int64_t looked;          /* when it was looked at, as of clock_now() */
	struct reader *reader;
	struct brand_set brands;
	struct guessed_fields guessed;
	struct folder_state state;
	struct period period; /* of what is not behind the state */
	int64_t due;          /* when it is looked at, as of clock_now() */
	unsigned pause;       /* seconds, after the next failure */
	bool is_known;        /* it has been read once */
	uint64_t bytes;       /* from earlier connections */
	struct err failure;   /* why it is away, for place->missing */
	int result;           /* of the last look: -1 when the run cannot go on */
	struct err err;
};

struct follow_source {
	struct source source; /* first, so that a source is a follow_source */
	struct quarantine_settings settings;
	struct hosts_settings servers;
	struct arena arena;
	struct account_place place[HOSTS_MAX_FOLDERS];
	struct follower *follower; /* for each place */
	unsigned count;
	atomic_uint next; /* of those that a team looks at */
	struct report *report;
	bool is_begun; /* all have been looked at once */
	time_t jump;   /* the time of day less clock_now(), in seconds */
};

static int64_t follow_ms(const struct follow_source *source, unsigned seconds)
{
	return env_pause(source->settings.follow, (int64_t)seconds * 1000);
}

static void follower_disconnect(struct follower *follower, int64_t until)
{
	if (follower->session == NULL)
		return;
	follower->bytes += session_traffic(follower->session).bytes;
	session_close(follower->session, until);
	follower->session = NULL;
	follower->fd = -1;
}

static int follower_connect(struct follower *follower, struct err *err)
{
	if (follower->session != NULL)
		return 0;
	/* Who has failed is waited for less long. */
	follower->settings.stream.timeout = follower->source->servers.timeout;
	if (follower->is_known && follower->settings.stream.timeout > FOLLOW_TIMEOUT)
		follower->settings.stream.timeout = FOLLOW_TIMEOUT;
	return session_open(&follower->settings, &follower->session, err);
}

/* What a broken look leaves: messages that were found, and not read, are found again. */
static void follower_settle_counts(struct follower *follower)
{
	struct account_counts *counts = &follower->place->counts;

	counts->found = counts->reported + counts->filtered + counts->vanished + counts->unreadable;
}

/* A folder that is made anew has the messages of before under other numbers. */
static void follower_note_read(struct follower *follower, time_t began)
{
	follower->state.open.count = 0; /* what cannot be read is lost, and has been counted */
	began -= FOLLOW_SLACK;
	follower->period.since = began > follower->period.since ? began : follower->period.since;
	follower->is_known = true;
}

static int follower_read(struct follower *follower, struct err *err)
{
	const struct follow_source *source = follower->source;
	const struct quarantine_settings *settings = &source->settings;
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
	    .report = source->report,
	    .state = &follower->state,
	    .now = began,
	};
	uint32_t before = follower->state.uidvalidity;

	if (folder_run(&job, err) != 0) {
		follower_settle_counts(follower);
		return -1;
	}
	follower->place->recreated |= before != 0 && before != follower->state.uidvalidity;
	follower_note_read(follower, began);
	return 0;
}

/* Between a half and one and a half of it. */
static int64_t follow_jitter(int64_t milliseconds)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = UINT32_MAX / 2;
	return milliseconds / 2 + (int64_t)((uint64_t)milliseconds * random / UINT32_MAX);
}

static unsigned follower_pause(struct follower *follower, const struct err *err)
{
	unsigned pause = follower->pause;

	follower->pause = pause * 2 < FOLLOW_MAX_PAUSE ? pause * 2 : FOLLOW_MAX_PAUSE;
	return err->code == ERR_LOGIN || err->code == ERR_UNAVAILABLE ? FOLLOW_REFUSED_PAUSE
								      : pause;
}

/* It is away until a later look finds it well. */
static void follower_note_failure(struct follower *follower, const struct err *err)
{
	struct account_place *place = follower->place;

	follower_disconnect(follower, clock_now());
	if (place->is_away)
		log_info("%s", err->text);
	else if (follower->is_known)
		log_warn("%s; it is tried again until it answers", err->text);
	follower->failure = *err;
	place->is_away = true;
	follower->due =
	    clock_now() + follow_jitter(follow_ms(follower->source, follower_pause(follower, err)));
}

/* When the next look is due; what the server says in IDLE may bring it nearer. A connection that
 * breaks here is made anew then. */
static void follower_await(struct follower *follower)
{
	const struct follow_source *source = follower->source;
	bool has_room = follower < source->follower + WAIT_MAX;
	unsigned seconds = source->settings.interval;
	enum idle_state state = IDLE_NOT;
	struct err err = ERR_INIT;

	if (has_room && idle_begin(follower->session, &state, &follower->fd, &err) != 0)
		follower_disconnect(follower, clock_now());
	if (state == IDLE_WAITS)
		seconds = IDLE_SECONDS;
	else if (state == IDLE_SAID)
		seconds = FOLLOW_GAP;
	follower->due = clock_now() + follow_ms(source, seconds);
}

static void follower_note_success(struct follower *follower)
{
	struct account_place *place = follower->place;

	if (place->is_away)
		log_warn("%s: '%s' can be read again, from where it was", place->host, place->name);
	place->is_away = false;
	follower->pause = FOLLOW_FIRST_PAUSE;
	follower_await(follower);
}

/* A look over a connection that is there. */
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
	if (!is_old || err->code != ERR_TEMPORARY)
		return -1;
	log_info("%s; connecting again", err->text);
	follower_disconnect(follower, clock_now());
	*err = (struct err)ERR_INIT;
	return follower_connect(follower, err) == 0 ? follower_use(follower, err) : -1;
}

/* A look at the folder. -1: the run cannot go on. */
static int follower_look(struct follower *follower, struct err *err)
{
	follower->looked = clock_now();
	if (follower_try(follower, err) == 0) {
		follower_note_success(follower);
		return 0;
	}
	if (!err_is_remote(err))
		return -1;
	follower_note_failure(follower, err);
	return 0;
}

/* A thread of the team. */
static void follow_work(void *context)
{
	struct follow_source *source = context;
	unsigned i;

	while ((i = source->next++) < source->count) {
		struct follower *follower = &source->follower[i];

		follower->err = (struct err)ERR_INIT;
		if (clock_is_over(follower->due))
			follower->result = follower_look(follower, &follower->err);
	}
}

/* When none can be read at first, the run is wrong rather than the servers. */
static int follow_check_first(struct follow_source *source, struct err *err)
{
	for (unsigned i = 0; i < source->count; i++)
		source->is_begun = source->is_begun || !source->place[i].is_away;
	if (!source->is_begun) {
		*err = source->follower[0].failure;
		return -1;
	}
	for (unsigned i = 0; i < source->count; i++)
		if (source->place[i].is_away)
			log_warn("%s; it is tried again until it answers",
			    source->follower[i].failure.text);
	return 0;
}

static void follow_sum_traffic(struct follow_source *source)
{
	struct account *account = source->settings.account;

	account->bytes = 0;
	for (unsigned i = 0; i < source->count; i++) {
		const struct follower *follower = &source->follower[i];
		struct session_traffic traffic = {0};

		if (follower->session != NULL)
			traffic = session_traffic(follower->session);
		account->bytes += follower->bytes + traffic.bytes;
		if (traffic.tls != NULL)
			account->tls = source->servers.tls->mode == TLS_OFF ? "off" : traffic.tls;
	}
}

static int follow_read(struct source *base, struct report *report, struct err *err)
{
	struct follow_source *source = (struct follow_source *)base;
	bool begins = !source->is_begun;

	source->report = report;
	source->next = 0;
	team_run(source->count < FOLLOW_MAX_THREADS ? source->count : FOLLOW_MAX_THREADS,
	    follow_work, source);
	follow_sum_traffic(source);
	for (unsigned i = 0; i < source->count; i++)
		if (source->follower[i].result != 0) {
			*err = source->follower[i].err;
			return -1;
		}
	return begins ? follow_check_first(source, err) : 0;
}

/* A machine that was asleep: its clocks differ by more than before, and connections are dead. */
static void follow_look_at_clock(struct follow_source *source)
{
	time_t jump = env_time(source->settings.follow) - (time_t)(clock_now() / 1000);

	if (source->jump != 0 && jump > source->jump + FOLLOW_JUMP)
		for (unsigned i = 0; i < source->count; i++)
			source->follower[i].due = clock_now();
	source->jump = jump;
}

/* Its next look is due, but not sooner than FOLLOW_GAP after the last one: who always has something
 * to say is not listened to all the time. */
static void follower_hear(struct follower *follower)
{
	follower->fd = -1;
	follower->due = follower->looked + follow_ms(follower->source, FOLLOW_GAP);
}

/* Those in IDLE. */
static unsigned follow_gather(
    struct follow_source *source, struct pollfd fds[WAIT_MAX], struct follower *listening[WAIT_MAX])
{
	unsigned count = 0;

	for (unsigned i = 0; i < source->count && count < WAIT_MAX; i++) {
		struct follower *follower = &source->follower[i];

		if (follower->fd < 0)
			continue;
		listening[count] = follower;
		fds[count++] = (struct pollfd){.fd = follower->fd, .events = POLLIN};
	}
	return count;
}

/* When the first look is due. */
static int64_t follow_next(const struct follow_source *source)
{
	int64_t soon = INT64_MAX;

	for (unsigned i = 0; i < source->count; i++)
		if (source->follower[i].due < soon)
			soon = source->follower[i].due;
	return soon;
}

static int follow_wait(struct source *base, int64_t until, struct err *err)
{
	struct follow_source *source = (struct follow_source *)base;
	struct follower *listening[WAIT_MAX];
	struct pollfd fds[WAIT_MAX];
	int64_t soon;
	int ready;

	follow_look_at_clock(source);
	do {
		unsigned count = follow_gather(source, fds, listening);

		soon = follow_next(source);
		ready = wait_ready(fds, count, soon < until ? soon : until, err);
		for (unsigned i = 0; ready == 1 && i < count; i++)
			if (fds[i].revents != 0)
				follower_hear(listening[i]);
	} while (ready == 1);
	if (ready < 0)
		return -1;
	return clock_is_over(soon) ? 1 : 0;
}

static int follow_open(struct source *base, struct err *err)
{
	struct follow_source *source = (struct follow_source *)base;
	struct account *account = source->settings.account;
	unsigned each = hosts_list_folders(&source->servers, &source->arena, source->place);

	account->place = source->place;
	account->place_count = source->count = each * source->servers.count;
	source->follower = calloc(source->count, sizeof(*source->follower));
	if (source->follower == NULL || source->arena.failed) {
		source->count = source->follower != NULL ? source->count : 0;
		return err_nomem(err);
	}
	for (unsigned i = 0; i < source->count; i++) {
		struct follower *follower = &source->follower[i];

		follower->source = source;
		follower->place = &source->place[i];
		follower->settings =
		    hosts_session_settings(&source->servers, i / each, &follower->tls);
		follower->settings.retries = 0; /* we do that */
		if (source->servers.count > 1)
			follower->settings.stream.trace_label = follower->place->host;
		follower->period = (struct period){0};
		follower->fd = -1;
		follower->pause = FOLLOW_FIRST_PAUSE;
		follower->due = clock_now();
		follower->reader = reader_new(&source->settings.reader, err);
		if (follower->reader == NULL)
			return -1;
	}
	return 0;
}

static int follow_read_first(struct source *base, struct report *report, struct err *err)
{
	struct follow_source *source = (struct follow_source *)base;

	/* Known only now. */
	for (unsigned i = 0; !source->is_begun && i < source->count; i++)
		source->follower[i].period = *source->settings.period;
	return follow_read(base, report, err);
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
	kept = arena_copy_buf(arena, &line).p;
	buf_fini(&line);
	return kept != NULL ? kept : "out of memory";
}

/* What is away at the end may have messages that nobody has seen. */
static int follow_finish(struct source *base, struct report *report, struct err *err)
{
	struct follow_source *source = (struct follow_source *)base;
	struct account *account = source->settings.account;

	(void)report;
	(void)err;
	for (unsigned i = 0; i < source->count; i++) {
		struct follower *follower = &source->follower[i];

		if (source->settings.talk)
			follow_summarize(&source->place[i]);
		if (!source->place[i].is_away)
			continue;
		source->place[i].missing =
		    follow_keep_line(&source->arena, follower->failure.text);
		if (account->failure.code == ERR_NONE)
			account->failure = follower->failure;
	}
	return 0;
}

static void follow_free(struct source *base)
{
	struct follow_source *source = (struct follow_source *)base;
	int64_t until = clock_now() + (int64_t)HOSTS_LOGOUT_SECONDS * 1000;

	for (unsigned i = 0; i < source->count; i++) {
		follower_disconnect(&source->follower[i], until);
		reader_free(source->follower[i].reader);
	}
	free(source->follower);
	arena_fini(&source->arena);
	free(source);
}

static const struct source_ops follow_ops = {
    .name = "quarantine followed",
    .open = follow_open,
    .read = follow_read_first,
    .wait = follow_wait,
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
	arena_init(&source->arena);
	return &source->source;
}
