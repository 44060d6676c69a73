#include "group/group_column.h"

#include <inttypes.h>

#include "calendar/period.h"

const struct group_column_info group_columns[GROUP_COLUMN_COUNT] = {
    [GROUP_COUNT] = {"Count", "count"},
    [GROUP_PERCENT] = {"Percent", "percent"},
    [GROUP_FIRST_SEEN] = {"First seen", "first_seen"},
    [GROUP_LAST_SEEN] = {"Last seen", "last_seen"},
    [GROUP_RECIPIENTS] = {"Recipients", "recipients"},
    [GROUP_SOURCE_IPS] = {"Source IPs", "source_ips"},
    [GROUP_SUBJECTS] = {"Subjects", "subjects"},
    [GROUP_TOP_SCRIPT] = {"Top PHP script", "top_php_script"},
    [GROUP_TOP_SCRIPT_PERCENT] = {"Top PHP script percent", "top_php_script_percent"},
    [GROUP_TOP_IP] = {"Top source IP", "top_source_ip"},
    [GROUP_TOP_IP_PERCENT] = {"Top source IP percent", "top_source_ip_percent"},
    [GROUP_SAMPLE_SUBJECT] = {"Sample subject", "sample_subject"},
    [GROUP_SAMPLE_UID] = {"Sample UID", "sample_uid"},
};

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
		buf_printf(out, "(%" PRIu64 " others)", row->others);
}

unsigned group_permille(uint64_t part, uint64_t whole)
{
	return whole != 0 ? (unsigned)((part * 1000 + whole / 2) / whole) : 0;
}

static void group_add_percent(struct buf *out, uint64_t part, uint64_t whole)
{
	unsigned permille = group_permille(part, whole);

	buf_printf(out, "%u.%u", permille / 10, permille % 10);
}

static void group_add_distinct(struct buf *out, const struct grouping *grouping, uint32_t id,
    enum column column, uint64_t distinct)
{
	if (grouping_knows_of(grouping, id, column))
		buf_printf(out, "%" PRIu64, distinct);
}

static void group_add_top_percent(
    struct buf *out, const struct group_row *row, const struct group_top *top)
{
	if (top->value.n > 0)
		group_add_percent(out, top->count, row->count);
}

/* What the row of the others has not. */
static void group_add_group_value(struct buf *out, const struct grouping *grouping,
    const struct group_row *row, enum group_column column)
{
	switch (column) {
	case GROUP_RECIPIENTS:
		group_add_distinct(out, grouping, row->id, COLUMN_TO, row->recipients.count);
		break;
	case GROUP_SOURCE_IPS:
		group_add_distinct(out, grouping, row->id, COLUMN_SOURCE_IP, row->source_ips.count);
		break;
	case GROUP_SUBJECTS:
		group_add_distinct(out, grouping, row->id, COLUMN_SUBJECT, row->subjects.count);
		break;
	case GROUP_TOP_SCRIPT:
		buf_add(out, row->script.value);
		break;
	case GROUP_TOP_SCRIPT_PERCENT:
		group_add_top_percent(out, row, &row->script);
		break;
	case GROUP_TOP_IP:
		buf_add(out, row->source_ip.value);
		break;
	case GROUP_TOP_IP_PERCENT:
		group_add_top_percent(out, row, &row->source_ip);
		break;
	case GROUP_SAMPLE_SUBJECT:
		buf_add(out, row->sample_subject);
		break;
	case GROUP_SAMPLE_UID:
		if (row->sample_uid != 0)
			buf_printf(out, "%" PRIu32, row->sample_uid);
		break;
	default:
		break;
	}
}

void group_add_value(struct buf *out, const struct grouping *grouping, const struct group_row *row,
    enum group_column column)
{
	switch (column) {
	case GROUP_COUNT:
		buf_printf(out, "%" PRIu64, row->count);
		break;
	case GROUP_PERCENT:
		group_add_percent(out, row->count, row->total);
		break;
	case GROUP_FIRST_SEEN:
		if (row->dated)
			period_add_iso(out, row->first);
		break;
	case GROUP_LAST_SEEN:
		if (row->dated)
			period_add_iso(out, row->last);
		break;
	default:
		if (row->others == 0)
			group_add_group_value(out, grouping, row, column);
		break;
	}
}

bool group_is_estimate(const struct group_row *row, enum group_column column)
{
	switch (column) {
	case GROUP_RECIPIENTS:
		return row->recipients.estimated;
	case GROUP_SOURCE_IPS:
		return row->source_ips.estimated;
	case GROUP_SUBJECTS:
		return row->subjects.estimated;
	case GROUP_TOP_SCRIPT:
	case GROUP_TOP_SCRIPT_PERCENT:
		return row->script.estimated;
	case GROUP_TOP_IP:
	case GROUP_TOP_IP_PERCENT:
		return row->source_ip.estimated;
	default:
		return false;
	}
}

void group_add_number(struct buf *out, const struct grouping *grouping, const struct group_row *row,
    enum group_column column)
{
	if (group_is_estimate(row, column))
		buf_add_text(out, GROUP_ABOUT);
	group_add_value(out, grouping, row, column);
}
