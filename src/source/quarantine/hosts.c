#include "source/quarantine/hosts.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/headway.h"
#include "base/log.h"
#include "base/team.h"
#include "imap/sides.h"

/* One run over all hosts; what the threads share. */
struct hosts {
	struct hosts_job *job;
	pthread_mutex_t mutex; /* for the members below, and the results in the job */
	pthread_cond_t changed;
	unsigned next;    /* the next host that no thread has taken */
	unsigned running; /* hosts that are being read */
	struct arena *arena;
	unsigned failed_host; /* the one whose error is kept */
	struct err failure;
};

/* What a thread knows of its host. */
struct host {
	struct hosts *hosts;
	unsigned index;
	const char *name; /* as the report has it */
	unsigned read;    /* folders read to their end */
	struct tls_settings tls;
	struct session_settings settings;
	struct session *session;
	struct sides *sides;   /* NULL: one connection is all */
	unsigned helpers;      /* threads that have been sent to sides_help() */
	struct reader *reader; /* the thread's */
	struct brand_set brands;
	struct guessed_fields guessed;
};

/* "HOST: 'FOLDER' from ISO to ISO: " and every count. */
static void host_add_summary(
    struct buf *line, const struct hosts_summary *summary, const struct account_place *folder)
{
	const struct account_counts *counts = &folder->counts;

	buf_printf(line, "%s: '%s' ", folder->host, folder->name);
	if (summary->resumed) {
		buf_add_text(line, "since the last run");
	} else {
		buf_add_text(line, "from ");
		period_add_iso(line, summary->period->since);
		buf_add_text(line, " to ");
		period_add_iso(line, summary->period->until);
	}
	buf_printf(line,
	    ": %" PRIu64 " found, %" PRIu64 " reported, %" PRIu64 " filtered as bounces, %" PRIu64
	    " vanished, %" PRIu64 " unreadable",
	    counts->found, counts->reported, counts->filtered, counts->vanished,
	    counts->unreadable);
}

static void host_add_count(struct buf *line, uint64_t count, const char *what)
{
	if (count > 0)
		buf_printf(line, ", %" PRIu64 " %s", count, what);
}

/* "HOST, FOLDER, DAY, ZONE: " and the counts that are not 0, which add up as well. */
static void host_add_brief(
    struct buf *line, const struct hosts_summary *summary, const struct account_place *folder)
{
	const struct account_counts *counts = &folder->counts;

	buf_printf(line, "%s, %s, ", folder->host, folder->name);
	if (summary->resumed)
		buf_add_text(line, "since the last run");
	else
		period_add_text(line, summary->period);
	buf_printf(
	    line, ": %" PRIu64 " found, %" PRIu64 " reported", counts->found, counts->reported);
	host_add_count(line, counts->filtered, "bounces left out");
	host_add_count(line, counts->vanished, "gone meanwhile");
	host_add_count(line, counts->unreadable, "unreadable");
}

void hosts_summarize(const struct hosts_summary *summary, const struct account_place *folder)
{
	struct buf line;

	buf_init(&line, 0);
	if (summary->brief)
		host_add_brief(&line, summary, folder);
	else
		host_add_summary(&line, summary, folder);
	host_add_count(&line, summary->kept, "of them from the history");
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
}

static bool hosts_use_known(const struct hosts_job *job)
{
	return job->known != NULL && job->known->is_used;
}

static int host_read_folder(struct host *host, unsigned i, struct err *err)
{
	struct hosts *hosts = host->hosts;
	const struct hosts_job *job = hosts->job;
	unsigned at = host->index * job->folders_per_host + i;
	struct account_place *place = &job->folder[at];
	struct folder_state *state = job->state != NULL ? &job->state[at] : NULL;
	uint32_t before = state != NULL ? state->uidvalidity : 0;
	struct hosts_summary summary = {.period = job->period, .brief = job->brief};
	const struct folder_job folder = {
	    .session = host->session,
	    .place = place,
	    .period = job->period,
	    .whole_headers = job->reader.explain,
	    .reader = host->reader,
	    .brands = &host->brands,
	    .guessed = &host->guessed,
	    .taker = job->taker,
	    .report = job->report,
	    .state = state,
	    .reaches = job->known != NULL,
	    .known = hosts_use_known(job) ? &job->known->folder[at] : NULL,
	    .now = job->now,
	};

	if (folder_run(&folder, err) != 0)
		return -1;
	summary.resumed = before != 0 && before == state->uidvalidity;
	place->recreated = before != 0 && before != state->uidvalidity;
	if (job->talk && !hosts_use_known(job))
		hosts_summarize(&summary, place);
	return 0;
}

static int host_read(struct host *host, struct err *err)
{
	const struct hosts_job *job = host->hosts->job;

	headway_enter(HEADWAY_CONNECTING, host->name, NULL);
	if (session_open(&host->settings, &host->session, err) != 0)
		return -1;
	session_set_sides(host->session, host->sides);
	for (; host->read < job->folders_per_host; host->read++)
		if (host_read_folder(host, host->read, err) != 0)
			return -1;
	return 0;
}

/* The error of the run: what is our own fault before a host's, then the first host's in order. */
static bool hosts_is_worse(
    const struct hosts *hosts, const struct host *host, const struct err *err)
{
	bool remote = err_is_remote(err);

	if (hosts->job->failed == 0)
		return true;
	if (remote != err_is_remote(&hosts->failure))
		return !remote;
	return host->index < hosts->failed_host;
}

/* What is said about a certificate has several lines, and a long text may be cut within a
 * character; reports have values of one line of UTF-8. */
static const char *hosts_keep_line(struct arena *arena, const char *text)
{
	struct span rest = span_of(text);
	struct buf line;
	const char *kept;
	size_t end;

	buf_init(&line, 0);
	while ((end = span_find(rest, '\n')) != SPAN_NPOS) {
		log_escape(&line, span_head(rest, end));
		buf_add_text(&line, "; ");
		rest = span_from(rest, end + 1);
	}
	log_escape(&line, rest);
	buf_add_char(&line, '\0');
	/* Else it may have no end. */
	kept = line.failed == 0 ? arena_copy_buf(arena, &line).p : NULL;
	buf_fini(&line);
	return kept;
}

/* Most errors of a connection begin "HOST: " or "HOST port N: ". */
static const char *host_skip_name(const struct host *host, const char *text)
{
	const char *name = host->settings.stream.host;
	size_t n = strlen(name);

	if (strncmp(text, name, n) != 0)
		return text;
	if (strncmp(text + n, ": ", 2) == 0)
		return text + n + 2;
	return strncmp(text + n, " port ", 6) == 0 ? text + n + 1 : text;
}

/* A host failed, and its folders say so. */
static void hosts_mark_missing(struct hosts *hosts, const struct host *host, const struct err *err)
{
	struct hosts_job *job = hosts->job;
	struct account_place *folder = &job->folder[host->index * job->folders_per_host];
	const char *text = host_skip_name(host, err->text);
	const char *why = hosts_keep_line(hosts->arena, text);

	for (unsigned i = host->read; i < job->folders_per_host; i++)
		folder[i].missing = why != NULL ? why : "out of memory";
	if (job->servers->count > 1)
		log_error("%s is missing: %s", host->name, text);
}

static void hosts_note_failure(struct hosts *hosts, const struct host *host, const struct err *err)
{
	struct hosts_job *job = hosts->job;

	if (err_is_remote(err))
		hosts_mark_missing(hosts, host, err);
	if (hosts_is_worse(hosts, host, err)) {
		hosts->failure = *err;
		hosts->failed_host = host->index;
	}
	job->failed++;
}

/* The thread's reader is made when it has something to read. */
static int host_make_reader(struct host *host, struct reader **reader, struct err *err)
{
	if (*reader == NULL)
		*reader = reader_new(&host->hosts->job->reader, err);
	host->reader = *reader;
	return *reader != NULL ? 0 : -1;
}

/* What the run cost the network, for -v. */
static void host_log_traffic(const struct host *host, const struct session_traffic *traffic)
{
	log_info("%s: %" PRIu64 " bytes, %" PRIu64 " round trips, %u connection%s", host->name,
	    traffic->bytes, traffic->round_trips, traffic->connections,
	    traffic->connections == 1 ? "" : "s");
}

/* A session can use threads that have no host of their own. */
static void host_call_helpers(void *context)
{
	const struct host *host = context;

	pthread_mutex_lock(&host->hosts->mutex);
	pthread_cond_broadcast(&host->hosts->changed);
	pthread_mutex_unlock(&host->hosts->mutex);
}

static int host_make_sides(struct host *host, struct err *err)
{
	unsigned most = host->hosts->job->servers->connections;
	struct sides *sides;

	if (most <= 1)
		return 0;
	sides = sides_new(&host->settings, most - 1, host_call_helpers, host);
	if (sides == NULL)
		return err_nomem(err);
	pthread_mutex_lock(&host->hosts->mutex);
	host->sides = sides;
	pthread_mutex_unlock(&host->hosts->mutex);
	return 0;
}

/* Waits for the threads that have helped. With the mutex. */
static void host_leave_sides(struct host *host, struct session_traffic *traffic_r)
{
	struct hosts *hosts = host->hosts;

	if (host->sides == NULL)
		return;
	sides_close(host->sides);
	while (host->helpers > 0)
		pthread_cond_wait(&hosts->changed, &hosts->mutex);
	*traffic_r = sides_traffic(host->sides);
	if (host->session != NULL)
		session_set_sides(host->session, NULL);
	sides_free(host->sides);
	host->sides = NULL;
}

static void host_run(struct host *host, struct reader **reader)
{
	struct hosts *hosts = host->hosts;
	struct session_traffic aside = {0};
	struct err err = ERR_INIT;
	int result = host_make_reader(host, reader, &err);

	if (result == 0)
		result = host_make_sides(host, &err);
	if (result == 0)
		result = host_read(host, &err);
	pthread_mutex_lock(&hosts->mutex);
	host_leave_sides(host, &aside);
	if (host->session != NULL) {
		struct session_traffic traffic = session_traffic(host->session);

		traffic.bytes += aside.bytes;
		traffic.round_trips += aside.round_trips;
		traffic.connections += aside.connections;
		host_log_traffic(host, &traffic);
		hosts->job->bytes += traffic.bytes;
		hosts->job->tls = hosts->job->servers->tls->mode == TLS_OFF ? "off" : traffic.tls;
	}
	if (result != 0)
		hosts_note_failure(hosts, host, &err);
	hosts->running--;
	pthread_cond_broadcast(&hosts->changed);
	pthread_mutex_unlock(&hosts->mutex);
}

/* Whether there is one left, and a report can still be made. */
static bool hosts_has_next(const struct hosts *hosts)
{
	return hosts->next < hosts->job->servers->count &&
	       (hosts->job->failed == 0 || err_is_remote(&hosts->failure));
}

/* One that can use another connection; NULL: there is none. */
static struct host *hosts_find_needy(const struct hosts *hosts)
{
	unsigned most = hosts->job->servers->connections;

	for (unsigned i = 0; most > 1 && i < hosts->next; i++) {
		struct host *host = &hosts->job->host[i];

		if (host->sides != NULL && host->helpers < most - 1 && sides_lack(host->sides))
			return host;
	}
	return NULL;
}

/* What a thread does next: it reads a host (*taken_r), or helps one. False: nothing is left. */
static bool hosts_take_next(struct hosts *hosts, struct host **taken_r, struct host **helped_r)
{
	*taken_r = NULL;
	*helped_r = NULL;
	pthread_mutex_lock(&hosts->mutex);
	for (;;) {
		if (hosts_has_next(hosts) && hosts->running < HOSTS_MAX_THREADS) {
			*taken_r = &hosts->job->host[hosts->next++];
			hosts->running++;
			break;
		}
		*helped_r = hosts_find_needy(hosts);
		if (*helped_r != NULL)
			(*helped_r)->helpers++;
		if (*helped_r != NULL || hosts->running == 0)
			break;
		pthread_cond_wait(&hosts->changed, &hosts->mutex);
	}
	pthread_mutex_unlock(&hosts->mutex);
	return *taken_r != NULL || *helped_r != NULL;
}

static void host_help(struct host *host)
{
	struct hosts *hosts = host->hosts;

	sides_help(host->sides);
	pthread_mutex_lock(&hosts->mutex);
	host->helpers--;
	pthread_cond_broadcast(&hosts->changed);
	pthread_mutex_unlock(&hosts->mutex);
}

static void host_begin(struct host *host, struct hosts *hosts)
{
	const struct hosts_job *job = hosts->job;
	unsigned index = (unsigned)(host - job->host);

	*host = (struct host){
	    .hosts = hosts,
	    .index = index,
	    .name = job->folder[index * job->folders_per_host].host,
	};
	host->settings = hosts_session_settings(job->servers, index, &host->tls);
	if (job->servers->count > 1)
		host->settings.stream.trace_label = host->name;
}

static void hosts_work(void *context)
{
	struct hosts *hosts = context;
	struct reader *reader = NULL;
	struct host *taken;
	struct host *helped;

	while (hosts_take_next(hosts, &taken, &helped)) {
		if (taken != NULL)
			host_run(taken, &reader);
		else
			host_help(helped);
	}
	reader_free(reader);
}

/* As many as there are connections at the same time. */
static unsigned hosts_threads(unsigned count, unsigned each)
{
	unsigned most = each > 1 ? HOSTS_MAX_CONNECTIONS : HOSTS_MAX_THREADS;

	return count * each < most ? count * each : most;
}

int hosts_run(struct hosts_job *job, struct arena *arena, struct err *err)
{
	struct hosts hosts = {.job = job, .arena = arena};
	unsigned count = job->servers->count;
	unsigned each = job->servers->connections > 1 ? job->servers->connections : 1;

	job->host = calloc(count, sizeof(*job->host));
	if (job->host == NULL)
		return err_nomem(err);
	headway_add_uncounted(count * job->folders_per_host);
	for (unsigned i = 0; i < count; i++)
		host_begin(&job->host[i], &hosts);
	pthread_mutex_init(&hosts.mutex, NULL);
	pthread_cond_init(&hosts.changed, NULL);
	team_run(hosts_threads(count, each), hosts_work, &hosts);
	pthread_cond_destroy(&hosts.changed);
	pthread_mutex_destroy(&hosts.mutex);
	if (job->failed == 0)
		return 0;
	*err = hosts.failure;
	if (count == 1 || !err_is_remote(err))
		return -1;
	return err_prefix(err, "%u of %u servers failed%s", job->failed, count,
	    job->failed > 1 ? "; the first" : "");
}

void hosts_close(struct hosts_job *job)
{
	int64_t until = clock_now() + HOSTS_LOGOUT_SECONDS * 1000;

	for (unsigned i = 0; job->host != NULL && i < job->servers->count; i++)
		session_close(job->host[i].session, until);
	free(job->host);
	job->host = NULL;
}
