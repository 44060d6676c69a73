#include "sink/html/html_identity.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "calendar/period_zone.h"

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
};

struct html_sample {
	struct html_sample *next;
	size_t size; /* of all */
	uint16_t n[HTML_SAMPLE_COLUMNS];
	char text[]; /* the values one behind the other */
};

/* The hours of so many messages take no more room than a pointer. */
#define HTML_FEW_HOURS sizeof(struct html_hours *)

struct html_identity {
	uint64_t messages;
	struct html_sample *samples;
	union {
		uint8_t few[HTML_FEW_HOURS]; /* of each message */
		struct html_hours *hours;    /* when there are more */
	};
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
		if (identities->at[i].messages > HTML_FEW_HOURS)
			free(identities->at[i].hours);
	}
	free(identities->at);
	*identities = (struct html_identities){0};
}

/* Makes the identities up to `id`. */
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

static int html_identity_count(struct html_identity *identity, uint8_t hour, struct err *err)
{
	if (identity->messages < HTML_FEW_HOURS) {
		identity->few[identity->messages] = hour;
	} else if (identity->messages == HTML_FEW_HOURS) {
		struct html_hours *hours = calloc(1, sizeof(*hours));

		if (hours == NULL)
			return err_nomem(err);
		for (size_t i = 0; i < HTML_FEW_HOURS; i++)
			hours->count[identity->few[i]]++;
		hours->count[hour]++;
		identity->hours = hours;
	} else {
		identity->hours->count[hour]++;
	}
	identity->messages++;
	return 0;
}

void html_identities_hours(
    const struct html_identities *identities, uint32_t id, struct html_hours *hours_r)
{
	const struct html_identity *identity = &identities->at[id];

	if (identity->messages > HTML_FEW_HOURS) {
		*hours_r = *identity->hours;
		return;
	}
	*hours_r = (struct html_hours){0};
	for (uint64_t i = 0; i < identity->messages; i++)
		hours_r->count[identity->few[i]]++;
}

static uint8_t html_identities_count_time(
    struct html_identities *identities, const struct record *record)
{
	uint8_t hour = HTML_HOUR_UNKNOWN;

	if (record->value[COLUMN_DATE].n > 0) {
		hour = (uint8_t)period_zone_local(record->internal_date).tm_hour;
		if (!identities->dated || record->internal_date < identities->first)
			identities->first = record->internal_date;
		if (!identities->dated || record->internal_date > identities->last)
			identities->last = record->internal_date;
		identities->dated = true;
	}
	identities->all.count[hour]++;
	return hour;
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

/* Where another sample goes; NULL: there are enough. */
static struct html_sample **html_identity_end(struct html_identity *identity)
{
	struct html_sample **end = &identity->samples;

	for (unsigned n = 0; n < HTML_MAX_SAMPLES; n++) {
		if (*end == NULL)
			return end;
		end = &(*end)->next;
	}
	return NULL;
}

static int html_identities_keep_sample(struct html_identities *identities,
    struct html_identity *identity, const struct record *record, struct err *err)
{
	struct html_sample *sample;

	if (identity->messages < identities->sample_threshold ||
	    html_identity_end(identity) == NULL)
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
	*html_identity_end(identity) = sample;
	identities->sample_bytes += sample->size;
	return 0;
}

int html_identities_add(
    struct html_identities *identities, uint32_t id, const struct record *record, struct err *err)
{
	struct html_identity *identity;

	if (html_identities_reach(identities, id, err) != 0)
		return -1;
	identity = &identities->at[id];
	if (html_identity_count(identity, html_identities_count_time(identities, record), err) != 0)
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
