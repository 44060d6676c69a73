#include "sink/html/html_identity.h"

#include <stdlib.h>

#include "base/utf8.h"

#define HTML_IDENTITIES_FIRST_SIZE 64

#define HTML_ELLIPSIS "\xE2\x80\xA6"

const enum column html_sample_columns[HTML_SAMPLE_COLUMNS] = {
    COLUMN_DATE,
    COLUMN_FROM,
    COLUMN_TO,
    COLUMN_SUBJECT,
    COLUMN_EVIDENCE,
    COLUMN_PHP_SCRIPT,
    COLUMN_FOLDER,
    COLUMN_UID,
    COLUMN_MESSAGE_ID,
    COLUMN_LOGIN_IP,
};

#define HTML_MINUTE ((time_t)60)

struct html_sample {
	struct html_sample *next;
	time_t when; /* 0: unknown */
	size_t size; /* of the whole allocation */
	uint16_t n[HTML_SAMPLE_COLUMNS];
	char text[]; /* the values, one after another */
};

struct html_identity {
	uint64_t messages;
	struct html_sample *samples; /* the newest first */
	struct html_slots times;     /* in html_identities.unit */
	struct html_slots recent;    /* in minutes */
	struct html_logins *logins;
	uint32_t threat[HTML_THREATS];
};

/* What Class says of such a message. */
static const char *const html_threats[HTML_THREATS] = {
    [HTML_THREAT_PHISH] = "phish",
    [HTML_THREAT_VIRUS] = "virus",
};

static void html_identity_drop_samples(
    struct html_identities *identities, struct html_identity *identity)
{
	while (identity->samples != NULL) {
		struct html_sample *sample = identity->samples;

		identity->samples = sample->next;
		identities->sample_bytes -= sample->size;
		free(sample);
	}
}

void html_identities_fini(struct html_identities *identities)
{
	for (uint32_t i = 0; i < identities->count; i++) {
		html_identity_drop_samples(identities, &identities->at[i]);
		html_slots_fini(&identities->at[i].times);
		html_slots_fini(&identities->at[i].recent);
		free(identities->at[i].logins);
	}
	html_slots_fini(&identities->all);
	free(identities->at);
	*identities = (struct html_identities){0};
}

/* Makes room for the identities up to `id`. */
static int html_identities_reach(struct html_identities *identities, uint32_t id, struct err *err)
{
	if (id >= identities->size) {
		uint32_t size =
		    identities->size != 0 ? identities->size * 2 : HTML_IDENTITIES_FIRST_SIZE;
		struct html_identity *at =
		    reallocarray(identities->at, size > id ? size : id + 1, sizeof(*at));

		if (at == NULL)
			return err_nomem(err);
		identities->at = at;
		identities->size = size > id ? size : id + 1;
	}
	while (identities->count <= id)
		identities->at[identities->count++] = (struct html_identity){0};
	return 0;
}

void html_identities_lengthen(struct html_identities *identities, enum html_unit unit)
{
	if (unit <= identities->unit)
		return;
	html_slots_lengthen(&identities->all, identities->unit, unit);
	for (uint32_t i = 0; i < identities->count; i++)
		html_slots_lengthen(&identities->at[i].times, identities->unit, unit);
	identities->unit = unit;
}

static void html_identities_reach_time(struct html_identities *identities, time_t when)
{
	if (!identities->dated || when < identities->first)
		identities->first = when;
	if (!identities->dated || when > identities->last)
		identities->last = when;
	identities->dated = true;
	html_identities_lengthen(
	    identities, html_unit_for(identities->unit, identities->first, identities->last));
}

/* Times before 1970 count as 1970. */
static uint32_t html_minute(time_t when)
{
	return when > 0 ? (uint32_t)(when / HTML_MINUTE) : 0;
}

static int html_identities_count_time(struct html_identities *identities,
    struct html_identity *identity, time_t when, struct err *err)
{
	uint32_t minute = html_minute(when);
	uint32_t newest;
	uint32_t slot;

	html_identities_reach_time(identities, when);
	slot = html_unit_slot(identities->unit, when);
	if (html_slots_add(&identities->all, slot, err) != 0 ||
	    html_slots_add(&identity->times, slot, err) != 0)
		return -1;
	newest = html_minute(identities->last);
	if (minute + HTML_RECENT_MINUTES < newest)
		return 0;
	if (newest > HTML_RECENT_MINUTES)
		html_slots_drop_before(&identity->recent, newest - HTML_RECENT_MINUTES);
	return html_slots_add(&identity->recent, minute, err);
}

static void html_identities_count_threat(
    struct html_identities *identities, struct html_identity *identity, const struct record *record)
{
	const struct span value = record_value(record, COLUMN_CLASS);

	for (unsigned i = 0; i < HTML_THREATS; i++)
		if (span_eq_nocase(value, span_of(html_threats[i]))) {
			identity->threat[i]++;
			identities->threat[i]++;
		}
}

const struct html_slots *html_identities_times(
    const struct html_identities *identities, uint32_t id)
{
	return &identities->at[id].times;
}

uint64_t html_identities_recent(const struct html_identities *identities, uint32_t id, time_t since)
{
	return html_slots_since(&identities->at[id].recent, html_minute(since));
}

uint64_t html_identities_threat(
    const struct html_identities *identities, uint32_t id, enum html_threat threat)
{
	return identities->at[id].threat[threat];
}

const struct html_logins *html_identities_logins(
    const struct html_identities *identities, uint32_t id)
{
	return identities->at[id].logins;
}

static bool html_record_is_dated(const struct record *record)
{
	return record_value(record, COLUMN_DATE).n > 0;
}

static time_t html_record_time(const struct record *record)
{
	return html_record_is_dated(record) ? record->internal_date : 0;
}

static struct html_sample *html_sample_new(const struct record *record)
{
	struct span value[HTML_SAMPLE_COLUMNS];
	bool cut[HTML_SAMPLE_COLUMNS];
	size_t size = sizeof(struct html_sample);
	struct html_sample *sample;
	char *at;

	for (size_t i = 0; i < HTML_SAMPLE_COLUMNS; i++) {
		value[i] = record->value[html_sample_columns[i]];
		cut[i] = value[i].n > HTML_SAMPLE_MAX_VALUE;
		if (cut[i])
			value[i] =
			    utf8_head(value[i], HTML_SAMPLE_MAX_VALUE - strlen(HTML_ELLIPSIS));
		size += value[i].n + (cut[i] ? strlen(HTML_ELLIPSIS) : 0);
	}
	sample = malloc(size);
	if (sample == NULL)
		return NULL;
	sample->next = NULL;
	sample->when = html_record_time(record);
	sample->size = size;
	at = sample->text;
	for (size_t i = 0; i < HTML_SAMPLE_COLUMNS; i++) {
		size_t n = value[i].n;

		if (n > 0)
			memcpy(at, value[i].p, n);
		if (cut[i]) {
			memcpy(at + n, HTML_ELLIPSIS, strlen(HTML_ELLIPSIS));
			n += strlen(HTML_ELLIPSIS);
		}
		sample->n[i] = (uint16_t)n;
		at += n;
	}
	return sample;
}

static void html_identities_raise_threshold(struct html_identities *identities)
{
	identities->sample_threshold =
	    identities->sample_threshold != 0 ? identities->sample_threshold * 2 : 2;
	for (uint32_t i = identities->count;
	     i > 0 && identities->sample_bytes > HTML_SAMPLES_MAX_BYTES / 2; i--)
		if (identities->at[i - 1].messages < identities->sample_threshold)
			html_identity_drop_samples(identities, &identities->at[i - 1]);
}

/* Where a sample of this time belongs in the list; NULL: there are enough newer ones. */
static struct html_sample **html_identity_place(struct html_identity *identity, time_t when)
{
	struct html_sample **place = &identity->samples;

	for (unsigned n = 0; n < HTML_MAX_SAMPLES; n++) {
		/* Of two with the same time, the later one in the report is newer. */
		if (*place == NULL || (*place)->when <= when)
			return place;
		place = &(*place)->next;
	}
	return NULL;
}

static void html_identity_drop_oldest(
    struct html_identities *identities, struct html_identity *identity)
{
	struct html_sample **place = &identity->samples;

	for (unsigned n = 0; n < HTML_MAX_SAMPLES && *place != NULL; n++)
		place = &(*place)->next;
	if (*place == NULL)
		return;
	identities->sample_bytes -= (*place)->size;
	free(*place);
	*place = NULL;
}

static int html_identities_keep_sample(struct html_identities *identities,
    struct html_identity *identity, const struct record *record, struct err *err)
{
	struct html_sample *sample;
	struct html_sample **place;

	if (identity->messages < identities->sample_threshold ||
	    html_identity_place(identity, html_record_time(record)) == NULL)
		return 0;
	sample = html_sample_new(record);
	if (sample == NULL)
		return err_nomem(err);
	while (identities->sample_bytes + sample->size > HTML_SAMPLES_MAX_BYTES &&
	       identity->messages >= identities->sample_threshold)
		html_identities_raise_threshold(identities);
	if (identity->messages < identities->sample_threshold) {
		free(sample);
		return 0;
	}
	place = html_identity_place(identity, sample->when);
	sample->next = *place;
	*place = sample;
	identities->sample_bytes += sample->size;
	html_identity_drop_oldest(identities, identity);
	return 0;
}

int html_identities_add(
    struct html_identities *identities, uint32_t id, const struct record *record, struct err *err)
{
	struct html_identity *identity;

	if (html_identities_reach(identities, id, err) != 0)
		return -1;
	identity = &identities->at[id];
	identity->messages++;
	if (!html_record_is_dated(record))
		identities->undated++;
	else if (html_identities_count_time(identities, identity, record->internal_date, err) != 0)
		return -1;
	html_identities_count_threat(identities, identity, record);
	if (html_logins_add(&identity->logins, record_value(record, COLUMN_LOGIN_IP), err) != 0)
		return -1;
	return html_identities_keep_sample(identities, identity, record, err);
}

const struct html_sample *html_identities_sample(
    const struct html_identities *identities, uint32_t id)
{
	return identities->at[id].samples;
}

const struct html_sample *html_sample_next(const struct html_sample *sample)
{
	return sample->next;
}

struct span html_sample_value(const struct html_sample *sample, unsigned i)
{
	const char *at = sample->text;

	for (unsigned before = 0; before < i; before++)
		at += sample->n[before];
	return (struct span){at, sample->n[i]};
}
