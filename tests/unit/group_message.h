/*
 * Messages for the tests of groups: a literal of a few texts becomes a record.
 */
#ifndef TESTS_UNIT_GROUP_MESSAGE_H
#define TESTS_UNIT_GROUP_MESSAGE_H

#include "columns.h"
#include "table.h"

#include "group/group_set.h"

#define MESSAGE_MAX_ABSENT 6

/* NULL: an empty value. */
struct group_message {
	const char *identity;
	const char *to;
	const char *subject;
	const char *source_ip;
	const char *script;
	const char *callers;
	const char *kind;
	const char *login_ip;
	time_t when; /* 0: not known */
	uint32_t uid;
	enum column absent[MESSAGE_MAX_ABSENT]; /* COLUMN_NUMBER ends the list */
};

static inline struct span group_message_text(const char *text)
{
	return text != NULL ? span_of(text) : SPAN_EMPTY;
}

static inline struct record group_message_record(const struct group_message *message)
{
	struct record record = {
	    .uid = message->uid,
	    .internal_date = message->when,
	    .absent = columns_of(message->absent, MESSAGE_MAX_ABSENT),
	};

	record.value[COLUMN_IDENTITY] = group_message_text(message->identity);
	record.value[COLUMN_TO] = group_message_text(message->to);
	record.value[COLUMN_SUBJECT] = group_message_text(message->subject);
	record.value[COLUMN_SOURCE_IP] = group_message_text(message->source_ip);
	record.value[COLUMN_PHP_SCRIPT] = group_message_text(message->script);
	record.value[COLUMN_PHP_SCRIPT_IP] = group_message_text(message->callers);
	record.value[COLUMN_IDENTITY_KIND] = group_message_text(message->kind);
	record.value[COLUMN_LOGIN_IP] = group_message_text(message->login_ip);
	if (message->when != 0)
		record.value[COLUMN_DATE] = SPAN("some time");
	return record;
}

/* A set and its grouping by Identity, or by other columns. */
struct group_fixture {
	struct err err;
	struct group_set *set;
	struct grouping *grouping;
};

static inline void group_fixture_init_key(
    struct group_fixture *fixture, const struct column_list *key)
{
	fixture->err = (struct err)ERR_INIT;
	fixture->set = group_set_new(&fixture->err);
	assert_non_null(fixture->set);
	fixture->grouping = group_set_get(fixture->set, key, &fixture->err);
	assert_non_null(fixture->grouping);
}

static inline void group_fixture_init(struct group_fixture *fixture)
{
	const struct column_list key = {.count = 1, .column = {COLUMN_IDENTITY}};

	group_fixture_init_key(fixture, &key);
}

static inline void group_fixture_fini(struct group_fixture *fixture)
{
	group_set_free(fixture->set);
}

static inline void group_fixture_add(
    struct group_fixture *fixture, const struct group_message *message)
{
	struct record record = group_message_record(message);

	assert_int_equal(group_set_add(fixture->set, &record, &fixture->err), 0);
}

static inline void group_fixture_view(
    struct group_fixture *fixture, struct group_view *view, unsigned top, unsigned min_count)
{
	const struct group_limits limits = {.top = top, .min_count = min_count};

	assert_int_equal(group_view_init(view, fixture->grouping, &limits, &fixture->err), 0);
}

/* The first row. */
static inline void group_fixture_row(struct group_fixture *fixture, struct group_row *row)
{
	struct group_view view;

	group_fixture_view(fixture, &view, 0, 0);
	assert_true(view.rows > 0);
	group_view_row(&view, 0, row);
}

#endif
