/*
 * What the page keeps of each identity while records pass by: over which hours
 * of the day its messages came, and a few of them as samples.
 */
#ifndef REPORT_HTML_IDENTITY_H
#define REPORT_HTML_IDENTITY_H

#include "record/record.h"

/* The hours of the day in the zone of the process, then the messages without a time. */
#define HTML_HOURS        24
#define HTML_HOUR_UNKNOWN HTML_HOURS
#define HTML_HOUR_COUNT   (HTML_HOURS + 1)

struct html_hours {
	uint32_t count[HTML_HOUR_COUNT];
};

/* Samples of an identity: its first messages. */
#define HTML_MAX_SAMPLES 5

/* Bytes of a sample's value; a longer one ends in "…". */
#define HTML_SAMPLE_MAX_VALUE 512

/* Bytes of all samples; see html_identities_add(). */
#define HTML_SAMPLES_MAX_BYTES ((size_t)8 * 1024 * 1024)

/* The columns of a sample, in the order of the page. */
#define HTML_SAMPLE_COLUMNS 8
extern const enum column html_sample_columns[HTML_SAMPLE_COLUMNS];

struct html_sample;
struct html_identity;

/* Zeroed, it is empty; ends with html_identities_fini(). */
struct html_identities {
	struct html_identity *at; /* by grouping_last() */
	uint32_t count;
	uint32_t size;
	struct html_hours all;
	bool dated; /* some message has a time */
	time_t first;
	time_t last;
	size_t sample_bytes;
	uint64_t sample_threshold; /* samples are kept of identities with so many messages */
};

void html_identities_fini(struct html_identities *identities);

/*
 * Counts a record of identity `id`; ids begin with 0 and leave no gap. ERR_SYSTEM without memory.
 *
 * Before the samples take more than HTML_SAMPLES_MAX_BYTES, the threshold is doubled and samples of
 * identities with fewer messages are dropped, those that appeared last first, until half of the
 * bytes are free. So one that begins late and sends much still gets samples.
 */
int html_identities_add(
    struct html_identities *identities, uint32_t id, const struct record *record, struct err *err);

/* Its messages; all of them together are in identities->all. */
void html_identities_hours(
    const struct html_identities *identities, uint32_t id, struct html_hours *hours_r);

/* The samples in the order of the report: the first, and the one behind another. NULL: no more. */
const struct html_sample *html_identities_sample(
    const struct html_identities *identities, uint32_t id);
const struct html_sample *html_sample_next(const struct html_sample *sample);

/* The value of html_sample_columns[i]. */
struct span html_sample_value(const struct html_sample *sample, unsigned i);

#endif
