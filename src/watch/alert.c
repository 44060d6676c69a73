#include "watch/alert.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "group/group_key.h"

#define ALERT_SLOTS (ALERT_MAX_IDENTITIES * 2)
#define ALERT_NONE  UINT32_MAX

#define ALERT_HOUR ((time_t)3600)

/* An identity that has sent in the last span. */
struct alert_entry {
	uint64_t hash; /* never 0 */
	time_t *time;  /* of its messages in the span, in no order; at most count + 1 */
	uint32_t used, room;
	uint32_t older, newer; /* by its last message; of a free one `older` is the next */
	time_t told;           /* message time of the last alert; 0: none */
};

struct alert {
	struct sink sink; /* first, so that a sink is an alert */
	struct alert_settings settings;
	unsigned char key[crypto_shorthash_KEYBYTES];
	struct buf name; /* as it is compared */
	struct alert_entry *entry;
	uint32_t *slot; /* of the entry, plus one; 0: free */
	uint32_t count; /* entries that are or were in use */
	uint32_t oldest, newest, free;
	size_t bytes;
	uint64_t forgotten;
	time_t now; /* of the last tick */
	/* The hour of the limit. */
	time_t hour; /* when it began; 0: nothing was said in the last one */
	unsigned raised;
	uint64_t withheld;
	struct buf names; /* of these */
	unsigned named;
};

static time_t alert_span(const struct alert *alert)
{
	return (time_t)alert->settings.minutes * 60;
}

static uint64_t alert_hash(struct alert *alert, struct span identity)
{
	uint64_t hash;

	buf_clear(&alert->name);
	group_key_fold(&alert->name, COLUMN_IDENTITY, identity);
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)alert->name.p,
	    alert->name.n, alert->key);
	return hash + (hash == 0);
}

/* Where the entry is, or would be. */
static size_t alert_find_slot(const struct alert *alert, uint64_t hash)
{
	size_t at = hash & (ALERT_SLOTS - 1);

	while (alert->slot[at] != 0 && alert->entry[alert->slot[at] - 1].hash != hash)
		at = (at + 1) & (ALERT_SLOTS - 1);
	return at;
}

/* What stands behind the slot is moved up, so that it is found. */
static void alert_clear_slot(struct alert *alert, size_t at)
{
	size_t next = at;

	alert->slot[at] = 0;
	for (;;) {
		uint32_t entry;

		next = (next + 1) & (ALERT_SLOTS - 1);
		entry = alert->slot[next];
		if (entry == 0)
			return;
		alert->slot[next] = 0;
		alert->slot[alert_find_slot(alert, alert->entry[entry - 1].hash)] = entry;
	}
}

static void alert_unlink(struct alert *alert, uint32_t i)
{
	struct alert_entry *entry = &alert->entry[i];

	if (entry->older != ALERT_NONE)
		alert->entry[entry->older].newer = entry->newer;
	else
		alert->oldest = entry->newer;
	if (entry->newer != ALERT_NONE)
		alert->entry[entry->newer].older = entry->older;
	else
		alert->newest = entry->older;
}

static void alert_link(struct alert *alert, uint32_t i)
{
	struct alert_entry *entry = &alert->entry[i];

	entry->older = alert->newest;
	entry->newer = ALERT_NONE;
	if (alert->newest != ALERT_NONE)
		alert->entry[alert->newest].newer = i;
	else
		alert->oldest = i;
	alert->newest = i;
}

/* Whether what is known of it can still play a part. */
static bool alert_matters(const struct alert *alert, const struct alert_entry *entry)
{
	if (entry->told != 0 && entry->told + ALERT_REPEAT > alert->now)
		return true;
	for (uint32_t i = 0; i < entry->used; i++)
		if (entry->time[i] > alert->now - alert_span(alert))
			return true;
	return false;
}

/* Takes the one that was quiet for the longest time away. */
static void alert_forget_oldest(struct alert *alert)
{
	uint32_t i = alert->oldest;
	struct alert_entry *entry = &alert->entry[i];

	alert->forgotten += alert_matters(alert, entry);
	alert_unlink(alert, i);
	alert_clear_slot(alert, alert_find_slot(alert, entry->hash));
	alert->bytes -= entry->room * sizeof(*entry->time);
	free(entry->time);
	*entry = (struct alert_entry){.older = alert->free};
	alert->free = i;
}

/* A new entry. */
static uint32_t alert_add(struct alert *alert, size_t slot, uint64_t hash)
{
	uint32_t i = alert->free;

	if (i == ALERT_NONE && alert->count == ALERT_MAX_IDENTITIES) {
		alert_forget_oldest(alert);
		slot = alert_find_slot(alert, hash);
		i = alert->free;
	}
	if (i != ALERT_NONE)
		alert->free = alert->entry[i].older;
	else
		i = alert->count++;
	alert->entry[i] = (struct alert_entry){.hash = hash};
	alert->slot[slot] = i + 1;
	alert_link(alert, i);
	return i;
}

static int alert_make_room(struct alert *alert, struct alert_entry *entry, struct err *err)
{
	uint32_t room = entry->room != 0 ? entry->room * 2 : 4;
	time_t *time;

	if (entry->used < entry->room)
		return 0;
	if (room > alert->settings.count + 1)
		room = alert->settings.count + 1;
	time = realloc(entry->time, room * sizeof(*time));
	if (time == NULL)
		return err_nomem(err);
	alert->bytes += (room - entry->room) * sizeof(*time);
	entry->time = time;
	entry->room = room;
	return 0;
}

/* Without what is older than the span that ends with the newest. */
static void alert_drop_old(const struct alert *alert, struct alert_entry *entry, time_t newest)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < entry->used; i++)
		if (entry->time[i] > newest - alert_span(alert))
			entry->time[kept++] = entry->time[i];
	entry->used = kept;
}

static void alert_fill(struct alert_fact *fact, const struct record *record)
{
	static const enum column columns[ALERT_VALUES] = {
	    [ALERT_IDENTITY] = COLUMN_IDENTITY,
	    [ALERT_IDENTITY_KIND] = COLUMN_IDENTITY_KIND,
	    [ALERT_FROM] = COLUMN_FROM,
	    [ALERT_SUBJECT] = COLUMN_SUBJECT,
	    [ALERT_PHP_SCRIPT] = COLUMN_PHP_SCRIPT,
	    [ALERT_SOURCE_IP] = COLUMN_SOURCE_IP,
	    [ALERT_LOGIN_IP] = COLUMN_LOGIN_IP,
	    [ALERT_HOST] = COLUMN_HOST,
	    [ALERT_FOLDER] = COLUMN_FOLDER,
	};

	for (unsigned i = 0; i < ALERT_VALUES; i++)
		fact->value[i] = utf8_head(record_value(record, columns[i]), ALERT_MAX_VALUE);
}

static void alert_withhold(struct alert *alert, struct span identity)
{
	alert->withheld++;
	if (alert->named == ALERT_MAX_NAMED)
		return;
	if (alert->named++ > 0)
		buf_add_text(&alert->names, ", ");
	buf_add(&alert->names, utf8_head(identity, ALERT_MAX_VALUE));
}

void alert_summarize(struct alert *alert)
{
	const struct alert_fact fact = {
	    .is_summary = true,
	    .count = alert->withheld,
	    .names = buf_span(&alert->names),
	};

	if (alert->withheld > 0)
		alert->settings.raise(alert->settings.context, &fact);
	alert->withheld = 0;
	alert->raised = 0;
	alert->named = 0;
	alert->hour = 0;
	buf_clear(&alert->names);
}

/* So many an hour of the clock. */
static void alert_pass_time(struct alert *alert, time_t now)
{
	if (now > alert->now)
		alert->now = now;
	if (alert->hour != 0 && alert->now - alert->hour >= ALERT_HOUR)
		alert_summarize(alert);
}

static void alert_raise(struct alert *alert, struct alert_entry *entry, const struct record *record)
{
	struct alert_fact fact = {
	    .count = entry->used,
	    .limit = alert->settings.count,
	    .minutes = alert->settings.minutes,
	    .first = entry->time[0],
	    .last = entry->time[0],
	};

	for (uint32_t i = 1; i < entry->used; i++) {
		if (entry->time[i] < fact.first)
			fact.first = entry->time[i];
		if (entry->time[i] > fact.last)
			fact.last = entry->time[i];
	}
	entry->told = fact.last;
	entry->used = 0;
	if (alert->hour == 0)
		alert->hour = alert->now;
	if (alert->raised == ALERT_MAX_PER_HOUR) {
		alert_withhold(alert, record_value(record, COLUMN_IDENTITY));
		return;
	}
	alert->raised++;
	alert_fill(&fact, record);
	alert->settings.raise(alert->settings.context, &fact);
}

/* Its own time; one that is not known, or has not come, counts as now. */
static time_t alert_time(const struct alert *alert, const struct record *record)
{
	bool known = record_value(record, COLUMN_DATE).n > 0 && record->internal_date > 0;

	return known && record->internal_date < alert->now ? record->internal_date : alert->now;
}

static int alert_take(struct alert *alert, struct alert_entry *entry, time_t when,
    const struct record *record, struct err *err)
{
	time_t newest = when;

	if (entry->told != 0 && when < entry->told + ALERT_REPEAT)
		return 0;
	for (uint32_t i = 0; i < entry->used; i++)
		if (entry->time[i] > newest)
			newest = entry->time[i];
	alert_drop_old(alert, entry, newest);
	if (when <= newest - alert_span(alert))
		return 0;
	if (alert_make_room(alert, entry, err) != 0)
		return -1;
	entry->time[entry->used++] = when;
	if (entry->used > alert->settings.count)
		alert_raise(alert, entry, record);
	return 0;
}

static int alert_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct alert *alert = (struct alert *)sink;
	struct span identity = record_value(record, COLUMN_IDENTITY);
	time_t when = alert_time(alert, record);
	uint64_t hash;
	uint32_t i;
	size_t slot;

	if (identity.n == 0 || when <= alert->settings.began - alert_span(alert) ||
	    exempt_has(alert->settings.exempt, identity))
		return 0;
	hash = alert_hash(alert, identity);
	if (alert->name.failed != 0)
		return err_nomem(err);
	slot = alert_find_slot(alert, hash);
	i = alert->slot[slot] != 0 ? alert->slot[slot] - 1 : alert_add(alert, slot, hash);
	alert_unlink(alert, i);
	alert_link(alert, i);
	if (alert_take(alert, &alert->entry[i], when, record, err) != 0)
		return -1;
	while (alert->bytes > ALERT_MAX_BYTES && alert->oldest != i)
		alert_forget_oldest(alert);
	return 0;
}

static int alert_tick(struct sink *sink, time_t now, struct err *err)
{
	(void)err;
	alert_pass_time((struct alert *)sink, now);
	return 0;
}

static void alert_free(struct sink *sink)
{
	struct alert *alert = (struct alert *)sink;

	for (uint32_t i = 0; alert->entry != NULL && i < alert->count; i++)
		free(alert->entry[i].time);
	free(alert->entry);
	free(alert->slot);
	buf_fini(&alert->name);
	buf_fini(&alert->names);
	free(alert);
}

static const struct sink_ops alert_ops = {
    .name = "alert",
    .record = alert_record,
    .tick = alert_tick,
    .free = alert_free,
};

struct alert *alert_new(const struct alert_settings *settings, struct err *err)
{
	struct alert *alert = calloc(1, sizeof(*alert));

	if (alert == NULL || sodium_init() < 0) {
		free(alert);
		err_nomem(err);
		return NULL;
	}
	alert->sink.ops = &alert_ops;
	alert->settings = *settings;
	alert->now = settings->began;
	alert->oldest = alert->newest = alert->free = ALERT_NONE;
	randombytes_buf(alert->key, sizeof(alert->key));
	buf_init(&alert->name, 0);
	buf_init(&alert->names, 0);
	/* Pages that are never used take no memory. */
	alert->entry = calloc(ALERT_MAX_IDENTITIES, sizeof(*alert->entry));
	alert->slot = calloc(ALERT_SLOTS, sizeof(*alert->slot));
	if (alert->entry != NULL && alert->slot != NULL)
		return alert;
	alert_free(&alert->sink);
	err_nomem(err);
	return NULL;
}

struct sink *alert_sink(struct alert *alert)
{
	return &alert->sink;
}

uint64_t alert_forgotten(const struct alert *alert)
{
	return alert->forgotten;
}
