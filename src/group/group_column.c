#include "group/group_column.h"

#include <inttypes.h>

#include "calendar/period.h"

const struct group_column_info group_columns[GROUP_COLUMN_COUNT] = {
    [GROUP_COUNT] = {"Count", "count", KIND_NUMBER, .of_many = true},
    [GROUP_PERCENT] = {"Percent", "percent", KIND_SHARE, .of_many = true},
    [GROUP_KEY] = {NULL, "key", KIND_LIST},
    [GROUP_FIRST_SEEN] = {"First seen", "first_seen", KIND_TIME, .of_many = true},
    [GROUP_LAST_SEEN] = {"Last seen", "last_seen", KIND_TIME, .of_many = true},
    [GROUP_RECIPIENTS] = {"Recipients", "recipients", KIND_NUMBER},
    [GROUP_SOURCE_IPS] = {"Source IPs", "source_ips", KIND_NUMBER},
    [GROUP_SUBJECTS] = {"Subjects", "subjects", KIND_NUMBER},
    [GROUP_TOP_SCRIPT] = {"Top PHP script", "top_php_script", KIND_TEXT,
	.percent = GROUP_TOP_SCRIPT_PERCENT},
    [GROUP_TOP_SCRIPT_PERCENT] = {"Top PHP script percent", "top_php_script_percent", KIND_SHARE},
    [GROUP_TOP_IP] = {"Top source IP", "top_source_ip", KIND_TEXT, .percent = GROUP_TOP_IP_PERCENT},
    [GROUP_TOP_IP_PERCENT] = {"Top source IP percent", "top_source_ip_percent", KIND_SHARE},
    [GROUP_SAMPLE_SUBJECT] = {"Sample subject", "sample_subject", KIND_TEXT},
    [GROUP_SAMPLE_UID] = {"Sample UID", "sample_uid", KIND_NUMBER},
    [GROUP_IDENTITY_KIND] = {"Identity kind", "identity_kind", KIND_TEXT},
    [GROUP_LOGIN_IPS] = {"Login IPs", "login_ips", KIND_NUMBER, .rare = true},
    [GROUP_CALLERS] = {"Callers", "callers", KIND_NUMBER, .rare = true},
    [GROUP_FIRST_EVER] = {"First ever", "first_ever", KIND_TIME},
    [GROUP_DAYS] = {"Days", "days", KIND_NUMBER},
    [GROUP_BEFORE] = {"Before", "before", KIND_NUMBER},
    [GROUP_CHANGE] = {"Change", "change", KIND_CHANGE},
    [GROUP_NEW] = {"New", "new", KIND_FLAG},
};

unsigned group_column_count(const struct grouping *grouping)
{
	return grouping_keeps_past(grouping) ? GROUP_COLUMN_COUNT : GROUP_FIRST_EVER;
}

struct span group_no_value(enum column column)
{
	return column == COLUMN_IDENTITY ? SPAN("(no identity)") : SPAN("(none)");
}

void group_add_key(
    struct buf *out, const struct grouping *grouping, const struct group_row *row, unsigned k)
{
	if (row->others == 0)
		buf_add(out, row->key[k].n > 0 ? row->key[k]
					       : group_no_value(grouping_key(grouping)->column[k]));
	else if (k == 0)
		buf_printf(out, "(%" PRIu64 " other%s)", row->others, row->others != 1 ? "s" : "");
}

unsigned group_permille(uint64_t part, uint64_t whole)
{
	return whole != 0 ? (unsigned)((part * 1000 + whole / 2) / whole) : 0;
}

static void group_take_distinct(struct group_value *value, const struct grouping *grouping,
    uint32_t id, enum column column, const struct group_distinct *distinct)
{
	value->known = grouping_knows_of(grouping, id, column);
	value->estimated = distinct->estimated;
	value->number = distinct->count;
}

static void group_take_time(struct group_value *value, const struct group_row *row, time_t when)
{
	value->known = row->dated;
	value->time = when;
}

static void group_take_share(struct group_value *value, uint64_t part, uint64_t whole)
{
	value->known = true;
	value->share.part = part;
	value->share.whole = whole;
}

/* The most frequent value, or its share of the messages of the group. */
static void group_take_top(
    struct group_value *value, const struct group_row *row, const struct group_top *top)
{
	if (value->kind == KIND_SHARE)
		group_take_share(value, top->count, row->count);
	else
		value->text = top->value;
	value->known = top->value.n > 0;
	value->estimated = top->estimated;
}

static void group_take_past(
    struct group_value *value, const struct group_row *row, enum group_column column)
{
	const struct group_past *past = &row->past;

	switch (column) {
	case GROUP_FIRST_EVER:
		value->known = past->known;
		value->time = past->first;
		break;
	case GROUP_DAYS:
		value->known = past->known;
		value->number = past->days;
		break;
	case GROUP_BEFORE:
		value->known = past->knows_before;
		value->number = past->before;
		break;
	case GROUP_CHANGE:
		value->known = past->knows_before;
		value->change = (int64_t)row->count - (int64_t)past->before;
		break;
	case GROUP_NEW:
		value->known = past->is_new != GROUP_NEW_UNKNOWN;
		value->flag = past->is_new == GROUP_NEW_YES;
		break;
	default:
		break;
	}
}

/* Values that the row of the others has as well. */
static void group_take_of_many(
    struct group_value *value, const struct group_row *row, enum group_column column)
{
	switch (column) {
	case GROUP_COUNT:
		value->known = true;
		value->number = row->count;
		break;
	case GROUP_PERCENT:
		group_take_share(value, row->count, row->total);
		break;
	case GROUP_FIRST_SEEN:
		group_take_time(value, row, row->first);
		break;
	case GROUP_LAST_SEEN:
		group_take_time(value, row, row->last);
		break;
	default:
		break;
	}
}

static void group_take_of_one(struct group_value *value, const struct grouping *grouping,
    const struct group_row *row, enum group_column column)
{
	switch (column) {
	case GROUP_KEY:
		value->known = true;
		value->list = row->key;
		break;
	case GROUP_RECIPIENTS:
		group_take_distinct(value, grouping, row->id, COLUMN_TO, &row->recipients);
		break;
	case GROUP_SOURCE_IPS:
		group_take_distinct(value, grouping, row->id, COLUMN_SOURCE_IP, &row->source_ips);
		break;
	case GROUP_SUBJECTS:
		group_take_distinct(value, grouping, row->id, COLUMN_SUBJECT, &row->subjects);
		break;
	case GROUP_TOP_SCRIPT:
	case GROUP_TOP_SCRIPT_PERCENT:
		group_take_top(value, row, &row->script);
		break;
	case GROUP_TOP_IP:
	case GROUP_TOP_IP_PERCENT:
		group_take_top(value, row, &row->source_ip);
		break;
	case GROUP_SAMPLE_SUBJECT:
		value->known = true;
		value->text = row->sample_subject;
		break;
	case GROUP_SAMPLE_UID:
		value->known = row->sample_uid != 0;
		value->number = row->sample_uid;
		break;
	case GROUP_IDENTITY_KIND:
		value->known = row->identity_kind.n > 0;
		value->text = row->identity_kind;
		break;
	case GROUP_LOGIN_IPS:
		group_take_distinct(value, grouping, row->id, COLUMN_LOGIN_IP, &row->login_ips);
		break;
	case GROUP_CALLERS:
		group_take_distinct(value, grouping, row->id, COLUMN_PHP_SCRIPT_IP, &row->callers);
		break;
	default:
		group_take_past(value, row, column);
		break;
	}
}

struct group_value group_value(
    const struct grouping *grouping, const struct group_row *row, enum group_column column)
{
	struct group_value value = {.kind = group_columns[column].kind};

	if (group_columns[column].of_many)
		group_take_of_many(&value, row, column);
	else if (row->others == 0)
		group_take_of_one(&value, grouping, row, column);
	return value;
}

void group_value_add(struct buf *out, const struct group_value *value)
{
	unsigned permille;

	if (!value->known)
		return;
	switch (value->kind) {
	case KIND_TEXT:
		buf_add(out, value->text);
		break;
	case KIND_NUMBER:
		buf_printf(out, "%" PRIu64, value->number);
		break;
	case KIND_TIME:
		period_add_iso(out, value->time);
		break;
	case KIND_SHARE:
		permille = group_permille(value->share.part, value->share.whole);
		buf_printf(out, "%u.%u", permille / 10, permille % 10);
		break;
	case KIND_CHANGE:
		buf_printf(out, "%" PRId64, value->change);
		break;
	case KIND_FLAG:
		buf_add_text(out, value->flag ? "yes" : "no");
		break;
	case KIND_LIST:
		break;
	}
}

void group_value_add_short(struct buf *out, const struct group_value *value)
{
	if (value->estimated && value->kind != KIND_TEXT)
		buf_add_text(out, GROUP_ABOUT);
	if (value->known && value->kind == KIND_CHANGE && value->change > 0)
		buf_add_char(out, '+');
	if (value->kind != KIND_TIME)
		group_value_add(out, value);
	else if (value->known)
		period_add_short(out, value->time);
}

void group_add_value(struct buf *out, const struct grouping *grouping, const struct group_row *row,
    enum group_column column)
{
	const struct group_value value = group_value(grouping, row, column);

	group_value_add(out, &value);
}
