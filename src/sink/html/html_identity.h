/*
 * What the page keeps of each identity while records pass by: when its messages
 * came, how many of them were worse than spam, and the newest as samples.
 */
#ifndef REPORT_HTML_IDENTITY_H
#define REPORT_HTML_IDENTITY_H

#include "record/record.h"
#include "sink/html/html_logins.h"
#include "sink/html/html_slots.h"

/* Samples of an identity: its newest messages. */
#define HTML_MAX_SAMPLES 5

/*
 * Messages are counted per minute for the minute of the newest message and so many before it. Saved
 * reports have no period; the last hour before their newest message is a sum of these.
 */
#define HTML_RECENT_MINUTES 60

/* Bytes of a sample's value; a longer one ends in "…". */
#define HTML_SAMPLE_MAX_VALUE 512

/* Bytes of the samples of all identities together; see html_identities_add(). */
#define HTML_SAMPLES_MAX_BYTES ((size_t)8 * 1024 * 1024)

/* The columns of a sample, in the order of the page. */
#define HTML_SAMPLE_COLUMNS 10
extern const enum column html_sample_columns[HTML_SAMPLE_COLUMNS];

struct html_sample;
struct html_identity;

/* Classes of the filter that are worse than spam. */
enum html_threat { HTML_THREAT_PHISH, HTML_THREAT_VIRUS, HTML_THREATS };

/* Zeroed, it is empty; ends with html_identities_fini(). */
struct html_identities {
	struct html_identity *at; /* by grouping_last() */
	uint32_t count;
	uint32_t size;
	bool dated; /* some message has a time */
	time_t first;
	time_t last;
	enum html_unit unit;   /* of the slots: the shortest in which all messages fit on an axis */
	struct html_slots all; /* of all identities */
	uint64_t undated;      /* messages without a time */
	uint64_t threat[HTML_THREATS];
	size_t sample_bytes;
	uint64_t sample_threshold; /* samples are kept of identities with so many messages */
};

void html_identities_fini(struct html_identities *identities);

/*
 * Counts a record of identity `id`; ids begin with 0 and leave no gap. ERR_SYSTEM without memory.
 *
 * Memory of an identity is bounded: by HTML_AXIS_MAX slots of time, by HTML_RECENT_MINUTES, by
 * HTML_MAX_LOGINS and HTML_MAX_SAMPLES. Before the samples of all take more than
 * HTML_SAMPLES_MAX_BYTES, the threshold is doubled and samples of identities with fewer messages
 * are dropped, those that appeared last first, until half of the bytes are free. So one that begins
 * late and sends much still gets samples.
 */
int html_identities_add(
    struct html_identities *identities, uint32_t id, const struct record *record, struct err *err);

/* Changes the slots to this unit, unless they are as long already. */
void html_identities_lengthen(struct html_identities *identities, enum html_unit unit);

/* Its messages by time, in identities->unit; those of all are in identities->all. */
const struct html_slots *html_identities_times(
    const struct html_identities *identities, uint32_t id);

/*
 * Its messages from `since` on. `since` is the beginning of a minute, at most HTML_RECENT_MINUTES
 * before the minute of the newest message of the report.
 */
uint64_t html_identities_recent(
    const struct html_identities *identities, uint32_t id, time_t since);

uint64_t html_identities_threat(
    const struct html_identities *identities, uint32_t id, enum html_threat threat);

/* The addresses it logged in from; NULL: no message shows one. */
const struct html_logins *html_identities_logins(
    const struct html_identities *identities, uint32_t id);

/* The newest sample, and the next older one. NULL: no more. */
const struct html_sample *html_identities_sample(
    const struct html_identities *identities, uint32_t id);
const struct html_sample *html_sample_next(const struct html_sample *sample);

/* The value of html_sample_columns[i]. */
struct span html_sample_value(const struct html_sample *sample, unsigned i);

#endif
