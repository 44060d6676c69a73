/*
 * The filter's log of outgoing mail. How many rows an answer may have at most is not known, and an
 * answer that was cut short does not say so. Thus the period is read in slices whose numbers of
 * rows the filter has counted, each halved until what comes is what was counted.
 */
#ifndef CONTROL_SEARCH_H
#define CONTROL_SEARCH_H

#include <time.h>

#include "control/answer.h"
#include "control/calls.h"

/* A slice of the period that has more rows is halved at once; and so is one of more bytes. */
#define SEARCH_SLICE_ROWS  ((uint64_t)8192)
#define SEARCH_SLICE_BYTES ((size_t)6 * 1024 * 1024)

/* How often a period can be halved: down to a second of a span of years. */
#define SEARCH_MAX_DEPTH 32

struct search_request {
	const char *domain;
	time_t since;
	time_t until; /* the first second that does not belong to it, if the filter sees it so */
	const char *classification; /* names with commas between them */
	const char *columns;        /* the same; what can hold a comma comes last */
	unsigned column_count;
	bool can_count; /* the filter has CALL_COUNT */
	/* Whether a row is one, by its fields. */
	bool (*fits)(const struct answer_fields *fields);
	int (*take)(void *context, const struct answer_fields *fields, struct err *err);
	void *context;
};

struct search_result {
	uint64_t rows;    /* that were handed on */
	uint64_t counted; /* as the filter says */
	uint64_t calls;
	bool is_cut;                 /* fewer rows came than were counted, in a slice of a second */
	bool is_more;                /* more rows came than the filter counts */
	bool is_uncounted;           /* the filter does not count */
	struct err uncounted;        /* why: what the first call said that failed; ERR_NONE: it does
				      * not have the call */
	struct answer_counts counts; /* strange lines, of all slices */
};

void search_result_init(struct search_result *result);
void search_result_fini(struct search_result *result);

/* Adds to the result. Errors as of control_stream(), and those of take(). */
int control_search(struct control *control, const struct search_request *request,
    struct search_result *result, struct err *err);

/* Why not all that there is may have come: "the filter ..."; NULL: it has. */
const char *search_shortage(const struct search_result *result);

/* Warns why the filter's counts cannot be compared, when they could not. */
void search_warn(const struct search_result *result);

#endif
