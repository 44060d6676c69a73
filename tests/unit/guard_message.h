/* A message that the guard hands on, as the response that libetpan would understand. */
#ifndef TESTS_UNIT_GUARD_MESSAGE_H
#define TESTS_UNIT_GUARD_MESSAGE_H

#include <inttypes.h>

#include "imap/stream_guard.h"

static inline void guard_message_add_date(struct buf *out, const struct guard_message *message)
{
	char text[] = "00-Jan-1970 00:00:00 +0000";
	struct tm tm;

	if (message->has_date)
		strftime(
		    text, sizeof(text), "%d-%b-%Y %H:%M:%S +0000", gmtime_r(&message->date, &tm));
	buf_printf(out, "INTERNALDATE \"%s\"", text);
}

/* stream_guard.take: the context is a buf. */
static inline int guard_message_add(
    void *context, const struct guard_message *message, struct err *err)
{
	struct buf *out = context;
	const char *blank = "";

	(void)err;
	buf_printf(out, "* %" PRIu32 " FETCH (", message->number);
	if (message->uid != 0) {
		buf_printf(out, "UID %" PRIu32, message->uid);
		blank = " ";
	}
	if (message->dated) {
		buf_add_text(out, blank);
		guard_message_add_date(out, message);
		blank = " ";
	}
	if (message->has_header) {
		buf_printf(out, "%sBODY[HEADER] {%zu}\r\n", blank, message->header.n);
		buf_add(out, message->header);
	}
	buf_add_text(out, ")\r\n");
	return 0;
}

#endif
