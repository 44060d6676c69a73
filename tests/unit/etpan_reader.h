/*
 * libetpan on given bytes: what the guard passes on must be parsed without an
 * error, though it may end anywhere.
 */
#ifndef TESTS_UNIT_ETPAN_READER_H
#define TESTS_UNIT_ETPAN_READER_H

#include <stdlib.h>

#include <libetpan/mailimap.h>

#include "base/span.h"

struct etpan_reader {
	struct span rest;
	bool over; /* more was asked for than there is */
};

static inline ssize_t etpan_reader_read(mailstream_low *low, void *bytes, size_t n)
{
	struct etpan_reader *reader = low->data;
	struct span piece = span_head(reader->rest, n);

	if (piece.n == 0) {
		reader->over = true;
		return -1;
	}
	memcpy(bytes, piece.p, piece.n);
	reader->rest = span_from(reader->rest, piece.n);
	return (ssize_t)piece.n;
}

static inline ssize_t etpan_reader_write(mailstream_low *low, const void *bytes, size_t n)
{
	(void)low;
	(void)bytes;
	return (ssize_t)n;
}

static inline int etpan_reader_close(mailstream_low *low)
{
	(void)low;
	return 0;
}

static inline void etpan_reader_free(mailstream_low *low)
{
	free(low);
}

static inline void etpan_reader_take_message(struct mailimap_msg_att *message, void *context)
{
	(void)message;
	(void)context;
}

static inline void etpan_reader_ignore_progress(size_t current, size_t maximum, void *context)
{
	(void)current;
	(void)maximum;
	(void)context;
}

/* Parses the greeting and answers with any tags. True when none is malformed. */
static inline bool etpan_reader_parse_all(
    mailimap *imap, mailstream *mailstream, const struct etpan_reader *reader)
{
	int result = mailimap_connect(imap, mailstream);

	if (result == MAILIMAP_ERROR_PARSE)
		return reader->over;
	imap->imap_selection_info = mailimap_selection_info_new();
	while (!reader->over) {
		struct mailimap_response *response = NULL;

		if (mailimap_read_line(imap) == NULL)
			break;
		result = mailimap_parse_response(imap, &response);
		if (result == MAILIMAP_NO_ERROR)
			mailimap_response_free(response);
		else if (result == MAILIMAP_ERROR_PARSE)
			return reader->over;
	}
	return true;
}

/* Parses what the guard passed on, from the greeting on; it may end anywhere. */
static inline bool etpan_reader_parses(struct span bytes)
{
	static mailstream_low_driver driver = {
	    .mailstream_read = etpan_reader_read,
	    .mailstream_write = etpan_reader_write,
	    .mailstream_close = etpan_reader_close,
	    .mailstream_free = etpan_reader_free,
	};
	struct etpan_reader reader = {.rest = bytes};
	mailstream *mailstream = mailstream_new(mailstream_low_new(&reader, &driver), 256);
	mailimap *imap = mailimap_new(0, NULL);
	bool parses;

	if (mailstream == NULL || imap == NULL)
		abort();
	mailimap_set_progress_callback(
	    imap, etpan_reader_ignore_progress, etpan_reader_ignore_progress, NULL);
	mailimap_set_msg_att_handler(imap, etpan_reader_take_message, NULL);
	parses = etpan_reader_parse_all(imap, mailstream, &reader);
	imap->imap_stream = NULL; /* otherwise libetpan sends a LOGOUT */
	mailimap_free(imap);
	mailstream_close(mailstream);
	return parses;
}

#endif
