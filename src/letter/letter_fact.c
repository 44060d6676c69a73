/* What a letter says of one identity. */
#include <inttypes.h>

#include "calendar/period.h"
#include "group/group_column.h"
#include "group/group_sender.h"
#include "letter/letter_part.h"

void letter_add_percent(struct buf *out, const struct group_row *row)
{
	unsigned permille = group_permille(row->count, row->total);

	buf_printf(out, "%u.%u", permille / 10, permille % 10);
}

/* Messages of a mean hour from its first message to the last hour, in tenths. */
static uint64_t letter_before(const struct account *account, const struct group_row *row)
{
	return group_mean_hour(row->count - row->recent, row->first, account->recent);
}

bool letter_goes_on(const struct letter_report *report, const struct group_row *row)
{
	return row->others == 0 && row->recent >= LETTER_STREAM &&
	       row->recent * 10 >= letter_before(report->account, row);
}

static void letter_add_sending(
    struct buf *out, const struct account *account, const struct group_row *row)
{
	uint64_t before = letter_before(account, row);

	if (row->recent == 0)
		return;
	buf_printf(out, "%" PRIu64 " last hour, ", row->recent);
	if (row->count == row->recent)
		buf_add_text(out, "none before");
	else if (before == 0)
		buf_add_text(out, "fewer than 0.1 an hour before");
	else
		buf_printf(
		    out, "%" PRIu64 ".%u an hour before", before / 10, (unsigned)(before % 10));
}

void letter_add_still(struct buf *out, const struct letter_report *report, bool loud)
{
	const struct account *account = report->account;
	time_t end = account->recent + ACCOUNT_RECENT;

	buf_add_text(out, loud ? "STILL SENDING" : "still sending");
	if (!account_is_now(account, end)) {
		buf_add_text(out, " at ");
		letter_add_clock(out, end);
	}
}

int letter_busiest(const struct letter_report *report, struct group_row *row_r, struct err *err)
{
	static const struct group_limits everyone = {0};
	struct group_view view;
	uint64_t most = 0;
	bool is_first = true; /* no identity has been seen yet */
	bool leads = false;   /* the first one is the busiest */

	if (group_view_init(&view, report->identities, &everyone, err) != 0)
		return -1;
	for (uint32_t i = 0; i < view.shown; i++) {
		struct group_row row;

		group_view_row(&view, i, &row);
		if (row.key[0].n == 0)
			continue;
		if (row.recent > most) {
			most = row.recent;
			*row_r = row;
			leads = is_first;
		}
		is_first = false;
	}
	return most > 0 && !leads;
}

int letter_add_busiest(struct buf *out, const struct letter_report *report, struct err *err)
{
	struct group_row row;
	int found = letter_busiest(report, &row, err);

	if (found <= 0)
		return found;
	buf_add_text(out, "Most in the last hour, ");
	letter_add_messages(out, row.recent);
	buf_add_text(out, " (");
	letter_add_still(out, report, false);
	buf_add_text(out, "):\n    ");
	letter_add_line(out, row.key[0]);
	buf_add_char(out, '\n');
	return 0;
}

static void letter_add_weak(struct buf *out, const struct group_row *row)
{
	const struct span weakness = group_sender_weakness(row);

	if (weakness.n > 0)
		buf_add_text(out, "weak: ");
	buf_add(out, weakness);
}

/* What kind of name it is, unless that has been said; and when it last sent. */
static void letter_add_seen(struct buf *out, const struct group_row *row)
{
	size_t start = out->n;

	if (span_eq(row->identity_kind, SPAN(GROUP_MIXED)))
		buf_add_text(out, "of several kinds");
	else if (!group_sender_is_weak(row))
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
