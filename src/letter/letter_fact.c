/* What a letter says of one identity. */
#include <inttypes.h>

#include "calendar/period.h"
#include "group/group_column.h"
#include "letter/letter_part.h"

#define LETTER_HOUR ((time_t)60 * 60)

void letter_add_percent(struct buf *out, const struct group_row *row)
{
	unsigned permille = group_permille(row->count, row->total);

	buf_printf(out, "%u.%u", permille / 10, permille % 10);
}

/* Hours from its first message to the last hour, one at least. */
static uint64_t letter_hours_before(const struct account *account, const struct group_row *row)
{
	time_t before = account->recent - row->first;

	return before > LETTER_HOUR ? (uint64_t)((before + LETTER_HOUR - 1) / LETTER_HOUR) : 1;
}

bool letter_goes_on(const struct letter_report *report, const struct group_row *row)
{
	return row->others == 0 && row->recent >= LETTER_STREAM &&
	       row->recent * letter_hours_before(report->account, row) >= row->count - row->recent;
}

static void letter_add_sending(
    struct buf *out, const struct account *account, const struct group_row *row)
{
	uint64_t before = row->count - row->recent;
	uint64_t hours = letter_hours_before(account, row);

	if (row->recent == 0)
		return;
	buf_printf(out, "%" PRIu64 " last hour, ", row->recent);
	if (before == 0)
		buf_add_text(out, "none before");
	else if (before < hours)
		buf_add_text(out, "fewer than 1 an hour before");
	else
		buf_printf(out, "%" PRIu64 " an hour before", (before + hours / 2) / hours);
}

static bool letter_is_system(const struct group_row *row)
{
	return identity_kind_of(row->identity_kind) == IDENTITY_USER && row->system == row->count;
}

bool letter_is_weak(const struct group_row *row)
{
	return identity_kind_of(row->identity_kind) == IDENTITY_SERVER || letter_is_system(row);
}

static void letter_add_weak(struct buf *out, const struct group_row *row)
{
	if (letter_is_system(row))
		buf_add_text(out, "weak: a user of the system, no customer");
	else if (letter_is_weak(row))
		buf_add_text(out, "weak: a server, no account");
}

/* What kind of name it is, unless that has been said; and when it last sent. */
static void letter_add_seen(struct buf *out, const struct group_row *row)
{
	size_t start = out->n;

	if (span_eq(row->identity_kind, SPAN(GROUP_MIXED)))
		buf_add_text(out, "of several kinds");
	else if (!letter_is_weak(row))
		letter_add_line(out, row->identity_kind);
	if (out->n > start && row->dated)
		buf_add_text(out, ", ");
	if (row->dated) {
		buf_add_text(out, "last seen ");
		period_add_short(out, row->last);
	}
}

/* "BEFORE 12 addresses"; what one address does is no news. */
static void letter_add_addresses(struct buf *out, const char *before,
    const struct letter_report *report, const struct group_row *row, enum group_column column)
{
	const struct group_value value = group_value(report->identities, row, column);

	if (!value.known || value.number < 2)
		return;
	buf_add_text(out, before);
	group_value_add_short(out, &value);
	buf_add_text(out, " addresses");
}

static void letter_add_share(
    struct buf *out, const struct letter_report *report, const struct group_row *row)
{
	struct group_value share = group_value(report->identities, row, GROUP_TOP_SCRIPT_PERCENT);
	size_t start = out->n;

	if (!share.known)
		return;
	letter_add_addresses(out, "called from ", report, row, GROUP_CALLERS);
	if (out->n > start)
		buf_add_text(out, ", ");
	group_value_add_short(out, &share);
	buf_add_text(out, " % by");
}

void letter_add_fact(struct buf *out, const struct letter_report *report,
    const struct group_row *row, enum letter_fact fact)
{
	switch (fact) {
	case LETTER_WEAK:
		letter_add_weak(out, row);
		break;
	case LETTER_SEEN:
		letter_add_seen(out, row);
		break;
	case LETTER_SENDING:
		letter_add_sending(out, report->account, row);
		break;
	case LETTER_LOGINS:
		letter_add_addresses(out, "logged in from ", report, row, GROUP_LOGIN_IPS);
		break;
	case LETTER_SHARE:
		letter_add_share(out, report, row);
		break;
	case LETTER_SCRIPT:
		letter_add_line(out, row->script.value);
		break;
	}
}
