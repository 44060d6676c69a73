/*
 * For tests of sinks that show a grouping: counts messages given as short
 * lists of columns, runs the sink, and returns what it wrote.
 */
#ifndef TESTS_UNIT_GROUPING_SINK_H
#define TESTS_UNIT_GROUPING_SINK_H

#include "columns.h"
#include "table.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "group/group_set.h"
#include "sink/sink.h"

#define MESSAGE_MAX_ABSENT 2

/* A message: times in seconds, 0 for none; texts may be NULL. */
struct message {
	const char *identity;
	const char *domain;
	const char *ip_username;
	const char *source_ip;
	const char *php_script;
	const char *to;
	const char *subject;
	time_t when;
	uint32_t uid;
	enum column absent[MESSAGE_MAX_ABSENT]; /* COLUMN_NUMBER ends the list */
	const char *identity_kind;
	const char *login_ip;
	const char *caller;
	unsigned notes;
};

struct grouping_sink {
	struct group_set *set;
	struct grouping *grouping;
};

static inline void grouping_sink_open(struct grouping_sink *opened, const char *columns)
{
	struct err err = ERR_INIT;
	struct column_list key;

	assert_int_equal(column_list_parse(columns, &key, &err), 0);
	opened->set = group_set_new(&err);
	assert_non_null(opened->set);
	opened->grouping = group_set_get(opened->set, &key, &err);
	assert_non_null(opened->grouping);
}

static inline void grouping_sink_close(struct grouping_sink *opened)
{
	group_set_free(opened->set);
}

static inline struct span message_text(const char *text)
{
	return text != NULL ? span_of(text) : SPAN_EMPTY;
}

static inline void grouping_sink_add(struct grouping_sink *opened, const struct message *message)
{
	struct record record = {.uid = message->uid,
	    .internal_date = message->when,
	    .notes = message->notes,
	    .absent = columns_of(message->absent, MESSAGE_MAX_ABSENT)};
	struct err err = ERR_INIT;

	record.value[COLUMN_IDENTITY] = message_text(message->identity);
	record.value[COLUMN_DOMAIN] = message_text(message->domain);
	record.value[COLUMN_IP_USERNAME] = message_text(message->ip_username);
	record.value[COLUMN_SOURCE_IP] = message_text(message->source_ip);
	record.value[COLUMN_PHP_SCRIPT] = message_text(message->php_script);
	record.value[COLUMN_IDENTITY_KIND] = message_text(message->identity_kind);
	record.value[COLUMN_LOGIN_IP] = message_text(message->login_ip);
	record.value[COLUMN_PHP_SCRIPT_IP] = message_text(message->caller);
	record.value[COLUMN_TO] = message_text(message->to);
	record.value[COLUMN_SUBJECT] = message_text(message->subject);
	if (message->when != 0)
		record.value[COLUMN_DATE] = SPAN("2026-02-10T09:15:00+00:00");
	assert_int_equal(group_set_add(opened->set, &record, &err), 0);
}

static inline void grouping_sink_add_all(
    struct grouping_sink *opened, const struct message *messages, size_t count)
{
	for (size_t i = 0; i < count; i++)
		grouping_sink_add(opened, &messages[i]);
}

/* Where a sink writes to; it is read when that has been closed. */
struct written {
	FILE *out;
	char *p;
	size_t n;
};

static inline void written_open(struct written *written)
{
	*written = (struct written){0};
	written->out = open_memstream(&written->p, &written->n);
	assert_non_null(written->out);
}

/* Ends and frees the sink, and closes its output; the span lives until written_free(). */
static inline struct span written_end(struct written *written, struct sink *sink)
{
	struct err err = ERR_INIT;

	assert_non_null(sink);
	if (sink_end(sink, &(const struct account){0}, &err) != 0)
		fail_msg("%s", err.text);
	sink_free(sink);
	assert_int_equal(fclose(written->out), 0);
	return (struct span){written->p, written->n};
}

static inline void written_free(struct written *written)
{
	free(written->p);
}

/* A sink that ends on a full disk fails. */
static inline void assert_disk_is_full(struct sink *sink, FILE *full)
{
	struct err err = ERR_INIT;

	assert_non_null(sink);
	assert_int_equal(sink_end(sink, &(const struct account){0}, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_non_null(strstr(err.text, "No space left"));
	sink_free(sink);
	fclose(full);
}

#endif
