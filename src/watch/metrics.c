#include "watch/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"
#include "group/group_key.h"

#define METRICS_MODE   0644 /* less the umask: node_exporter is another user */
#define METRICS_SUFFIX ".new"

struct metrics_identity {
	uint64_t hash;
	uint64_t count; /* at most so many messages: */
	uint64_t error; /* so many of them may be another's */
	char *label;
};

/* A place of the account. */
struct metrics_place {
	struct account_counts last; /* as the account had them */
	struct account_counts sum;
	bool is_away;
};

struct metrics {
	struct sink sink; /* first, so that a sink is metrics */
	struct metrics_settings settings;
	struct metrics_place *place;
	unsigned place_count;
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct buf name;  /* as it is compared */
	struct buf label; /* as it is shown */
	struct metrics_identity identity[METRICS_COUNT];
	unsigned identity_count;
	time_t now;  /* of the last tick */
	time_t last; /* when the last message came; 0: none did */
	uint64_t alerts;
	bool is_broken; /* that the file cannot be written has been said */
};

/* Of its label: identities that look the same there are one, as two lines with the same labels have
 * a collector refuse the file. */
static uint64_t metrics_hash(struct metrics *metrics, struct span identity)
{
	uint64_t hash;

	buf_clear(&metrics->label);
	log_escape(&metrics->label, utf8_head(identity, METRICS_MAX_LABEL));
	buf_clear(&metrics->name);
	group_key_fold(&metrics->name, COLUMN_IDENTITY, buf_span(&metrics->label));
	buf_fail(&metrics->name, metrics->label.failed);
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)metrics->name.p,
	    metrics->name.n, metrics->key);
	return hash;
}

/* The counter of the identity, or a new one, or that with the fewest messages, whose count it takes
 * over as its error ("space saving"). */
static struct metrics_identity *metrics_find(struct metrics *metrics, uint64_t hash)
{
	struct metrics_identity *least = &metrics->identity[0];

	for (unsigned i = 0; i < metrics->identity_count; i++) {
		if (metrics->identity[i].hash == hash)
			return &metrics->identity[i];
		if (metrics->identity[i].count < least->count)
			least = &metrics->identity[i];
	}
	if (metrics->identity_count < METRICS_COUNT)
		least = &metrics->identity[metrics->identity_count++];
	least->hash = hash;
	least->error = least->count;
	free(least->label);
	least->label = NULL;
	return least;
}

static int metrics_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct metrics *metrics = (struct metrics *)sink;
	struct span identity = record_value(record, COLUMN_IDENTITY);
	struct metrics_identity *found;
	uint64_t hash;

	metrics->last = metrics->now;
	if (identity.n == 0)
		return 0;
	hash = metrics_hash(metrics, identity);
	if (metrics->name.failed != 0)
		return err_nomem(err);
	found = metrics_find(metrics, hash);
	found->count++;
	if (found->label != NULL)
		return 0;
	found->label = strdup(buf_string(&metrics->label));
	return found->label != NULL ? 0 : err_nomem(err);
}

static int metrics_make_places(struct metrics *metrics, struct err *err)
{
	const struct account *account = metrics->settings.account;

	if (metrics->place != NULL || account->place_count == 0)
		return 0;
	metrics->place = calloc(account->place_count, sizeof(*metrics->place));
	if (metrics->place == NULL)
		return err_nomem(err);
	metrics->place_count = account->place_count;
	return 0;
}

int metrics_note(struct metrics *metrics, bool ends, struct err *err)
{
	if (metrics_make_places(metrics, err) != 0)
		return -1;
	for (unsigned i = 0; i < metrics->place_count; i++) {
		const struct account_counts *now = &metrics->settings.account->place[i].counts;
		struct metrics_place *place = &metrics->place[i];

		place->sum.found += now->found - place->last.found;
		place->sum.reported += now->reported - place->last.reported;
		place->sum.filtered += now->filtered - place->last.filtered;
		place->sum.vanished += now->vanished - place->last.vanished;
		place->sum.unreadable += now->unreadable - place->last.unreadable;
		place->is_away = metrics->settings.account->place[i].is_away;
		place->last = ends ? (struct account_counts){0} : *now;
	}
	return 0;
}

void metrics_count_alert(struct metrics *metrics)
{
	metrics->alerts++;
}

/* NAME="value", for the text format: what is not visible is written as <U+XXXX>. */
static void metrics_add_label(struct buf *out, const char *name, struct span value)
{
	struct buf visible;

	buf_init(&visible, 0);
	log_escape(&visible, value);
	buf_printf(out, "%s=\"", name);
	for (size_t i = 0; i < visible.n; i++) {
		if (visible.p[i] == '"' || visible.p[i] == '\\')
			buf_add_char(out, '\\');
		buf_add_char(out, visible.p[i]);
	}
	buf_add_char(out, '"');
	buf_fail(out, visible.failed);
	buf_fini(&visible);
}

static void metrics_add_head(struct buf *out, const char *name, const char *type, const char *help)
{
	buf_printf(out, "# HELP quarantine_report_%s %s\n# TYPE quarantine_report_%s %s\n", name,
	    help, name, type);
}

static void metrics_add_place(struct buf *out, const struct account_place *place)
{
	metrics_add_label(out, "host", span_of(place->host));
	buf_add_char(out, ',');
	metrics_add_label(out, "folder", place->name != NULL ? span_of(place->name) : SPAN_EMPTY);
}

static void metrics_add_counts(const struct metrics *metrics, struct buf *out)
{
	metrics_add_head(out, "messages_total", "counter",
	    "Messages since the run began, by what became of them.");
	for (unsigned i = 0; i < metrics->place_count; i++)
		for (unsigned k = 0; k < ACCOUNT_COUNT_ROWS; k++) {
			const struct account_count_row *row = &account_count_rows[k];

			buf_add_text(out, "quarantine_report_messages_total{");
			metrics_add_place(out, &metrics->settings.account->place[i]);
			buf_printf(out, ",state=\"%s\"} %" PRIu64 "\n", row->key,
			    account_count(&metrics->place[i].sum, row));
		}
	metrics_add_head(out, "source_up", "gauge", "Whether the place can be read at present.");
	for (unsigned i = 0; i < metrics->place_count; i++) {
		const struct account_place *place = &metrics->settings.account->place[i];

		buf_add_text(out, "quarantine_report_source_up{");
		metrics_add_place(out, place);
		buf_printf(out, "} %d\n", metrics->place[i].is_away ? 0 : 1);
	}
}

/* What is sure of it. */
static uint64_t identity_least(const struct metrics_identity *identity)
{
	return identity->count - identity->error;
}

static int identity_compare(const void *a, const void *b)
{
	const struct metrics_identity *one = *(const struct metrics_identity *const *)a;
	const struct metrics_identity *other = *(const struct metrics_identity *const *)b;

	if (identity_least(one) != identity_least(other))
		return identity_least(one) > identity_least(other) ? -1 : 1;
	return strcmp(one->label, other->label);
}

static void metrics_add_identities(const struct metrics *metrics, struct buf *out)
{
	const struct metrics_identity *order[METRICS_COUNT];
	unsigned count = 0;

	/* One that found no memory has no label. */
	for (unsigned i = 0; i < metrics->identity_count; i++)
		if (metrics->identity[i].label != NULL)
			order[count++] = &metrics->identity[i];
	qsort(order, count, sizeof(order[0]), identity_compare);
	metrics_add_head(out, "identity_messages", "gauge",
	    "Messages since the run began, of the identities with most.");
	for (unsigned i = 0; i < count && i < METRICS_TOP; i++) {
		buf_add_text(out, "quarantine_report_identity_messages{");
		metrics_add_label(out, "identity", span_of(order[i]->label));
		buf_printf(out, "} %" PRIu64 "\n", identity_least(order[i]));
	}
}

static void metrics_add_number(
    struct buf *out, const char *name, const char *type, const char *help, uint64_t number)
{
	metrics_add_head(out, name, type, help);
	buf_printf(out, "quarantine_report_%s %" PRIu64 "\n", name, number);
}

void metrics_add_text(const struct metrics *metrics, time_t now, struct buf *out)
{
	metrics_add_counts(metrics, out);
	metrics_add_number(
	    out, "alerts_total", "counter", "Alerts since the run began.", metrics->alerts);
	if (metrics->last != 0)
		metrics_add_number(out, "last_message_seconds", "gauge",
		    "Seconds since the last message.", now > metrics->last ? (uint64_t)(now - metrics->last) : 0);
	metrics_add_number(out, "start_time_seconds", "gauge",
	    "When the run began, in seconds since 1970.", (uint64_t)metrics->settings.began);
	metrics_add_number(out, "tick_time_seconds", "gauge",
	    "When this was written, in seconds since 1970.", (uint64_t)now);
	metrics_add_identities(metrics, out);
}

static int metrics_put(int fd, const struct buf *text)
{
	size_t done = 0;

	while (done < text->n) {
		ssize_t n = write(fd, text->p + done, text->n - done);

		if (n < 0 && errno != EINTR)
			return -1;
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* Under another name first. -1: errno says why. */
static int metrics_replace(const char *path, const struct buf *text)
{
	struct buf name;
	int fd, sys, result = -1;

	buf_init(&name, 0);
	buf_printf(&name, "%s" METRICS_SUFFIX, path);
	if (name.failed != 0) {
		buf_fini(&name);
		errno = ENOMEM;
		return -1;
	}
	unlink(buf_string(&name)); /* what a run that was killed has left */
	fd = open(
	    buf_string(&name), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, METRICS_MODE);
	if (fd >= 0) {
		result = metrics_put(fd, text);
		if (close(fd) != 0)
			result = -1;
		if (result == 0)
			result = rename(buf_string(&name), path);
		sys = errno;
		if (result != 0)
			unlink(buf_string(&name));
		errno = sys;
	}
	sys = errno;
	buf_fini(&name);
	errno = sys;
	return result;
}

/* -1: errno says why. */
static int metrics_try(const struct metrics *metrics, const struct buf *text)
{
	errno = ENOMEM;
	return text->failed == 0 ? metrics_replace(metrics->settings.path, text) : -1;
}

void metrics_write(struct metrics *metrics, const struct buf *text)
{
	int result = metrics_try(metrics, text);

	if (result != 0 && !metrics->is_broken)
		log_warn(
		    "cannot write the metrics '%s': %s", metrics->settings.path, strerror(errno));
	if (result == 0 && metrics->is_broken)
		log_warn("the metrics can be written again");
	metrics->is_broken = result != 0;
}

static int metrics_tick(struct sink *sink, time_t now, struct err *err)
{
	(void)err;
	((struct metrics *)sink)->now = now;
	return 0;
}

static void metrics_free(struct sink *sink)
{
	struct metrics *metrics = (struct metrics *)sink;

	for (unsigned i = 0; i < metrics->identity_count; i++)
		free(metrics->identity[i].label);
	free(metrics->place);
	buf_fini(&metrics->name);
	buf_fini(&metrics->label);
	free(metrics);
}

static const struct sink_ops metrics_ops = {
    .name = "metrics",
    .record = metrics_record,
    .tick = metrics_tick,
    .free = metrics_free,
};

/* A folder that is not there is a mistake that should not wait for the first tick. */
static int metrics_begin(struct metrics *metrics, struct err *err)
{
	struct stat found;
	struct buf text;
	int result;

	if (stat(metrics->settings.path, &found) == 0 && !S_ISREG(found.st_mode))
		return err_set(err, ERR_CREATE, "'%s' is no regular file", metrics->settings.path);
	if (metrics_make_places(metrics, err) != 0)
		return -1;
	buf_init(&text, 0);
	metrics_add_text(metrics, metrics->now, &text);
	result = metrics_try(metrics, &text);
	if (result != 0)
		err_set_sys(err, ERR_CREATE, errno, "cannot write '%s'", metrics->settings.path);
	buf_fini(&text);
	return result;
}

struct metrics *metrics_new(const struct metrics_settings *settings, struct err *err)
{
	struct metrics *metrics = calloc(1, sizeof(*metrics));

	if (metrics == NULL || sodium_init() < 0) {
		free(metrics);
		err_nomem(err);
		return NULL;
	}
	metrics->sink.ops = &metrics_ops;
	metrics->settings = *settings;
	metrics->now = settings->began;
	randombytes_buf(metrics->key, sizeof(metrics->key));
	buf_init(&metrics->name, 0);
	buf_init(&metrics->label, 0);
	if (metrics_begin(metrics, err) == 0)
		return metrics;
	metrics_free(&metrics->sink);
	return NULL;
}

struct sink *metrics_sink(struct metrics *metrics)
{
	return &metrics->sink;
}
