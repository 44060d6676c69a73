/* The subject of a letter. */
#include <inttypes.h>

#include "base/utf8.h"
#include "calendar/period.h"
#include "calendar/period_zone.h"
#include "letter/letter_part.h"
#include "text/table_cell.h"

/* At most so many columns of a text; a longer one ends in "…". */
static void letter_add_cut(struct buf *out, struct span text, unsigned width)
{
	struct buf line;

	buf_init(&line, 0);
	letter_add_line(&line, text);
	buf_fail(out, line.failed);
	if (table_cell_width(buf_span(&line)) <= width) {
		buf_add(out, buf_span(&line));
	} else {
		buf_add(out, table_cell_head(buf_span(&line), width - 1));
		utf8_add(out, UTF8_ELLIPSIS);
	}
	buf_fini(&line);
}

static bool letter_is_midnight(time_t when)
{
	return period_zone_clock(when) % PERIOD_DAY == 0;
}

void letter_add_clock(struct buf *out, time_t when)
{
	struct tm tm = period_zone_local(when);

	buf_printf(out, "%02d:%02d", tm.tm_hour, tm.tm_min);
}

/* "2026-11-20", "2026-11-20 to 2026-11-22", or with times when these are no whole days. */
static void letter_add_days(struct buf *out, time_t since, time_t until)
{
	bool whole = letter_is_midnight(since) && letter_is_midnight(until);
	time_t last = whole ? until - 1 : until;
	bool same = period_is_one_day(since, last);

	period_add_day(out, since);
	if (!whole) {
		buf_add_char(out, ' ');
		letter_add_clock(out, since);
	}
	if (!same || !whole)
		buf_add_text(out, " to ");
	if (!same)
		period_add_day(out, last);
	if (!same && !whole)
		buf_add_char(out, ' ');
	if (!whole)
		letter_add_clock(out, until);
}

static void letter_add_subject_window(struct buf *out, const struct account *account)
{
	buf_add_text(out, "Quarantine");
	if (account->new_only) {
		buf_add_text(out, " since the last run");
	} else if (account->has_period) {
		buf_add_char(out, ' ');
		letter_add_days(out, account->since, account->until);
	} else if (account->saved > 0) {
		buf_printf(out, ", %u %s", account->saved, account_files_word(account));
	}
}

/* ", most from bob@example.com (12)"; messages that nobody is known for are named before him. */
static void letter_add_leader(struct buf *out, const struct group_view *view)
{
	for (uint32_t i = 0; i < view->shown; i++) {
		struct group_row row;
		bool known;

		group_view_row(view, i, &row);
		known = row.key[0].n > 0;
		if (i > 0)
			buf_add_text(out, ", then ");
		else
			buf_add_text(out, row.count == row.total ? ", all " : ", most ");
		buf_add_text(out, known ? "from " : "without identity");
		if (known)
			letter_add_cut(out, row.key[0], LETTER_SUBJECT_IDENTITY);
		buf_printf(out, " (%" PRIu64 ")", row.count);
		if (known)
			break;
	}
}

int letter_add_subject(struct buf *out, const struct letter_report *report, struct err *err)
{
	const struct account *account = report->account;
	struct grouping *identities = report->identities;
	const struct group_limits limits = {.top = 2};
	struct group_view view;

	if (group_view_init(&view, identities, &limits, err) != 0)
		return -1;
	letter_add_subject_window(out, account);
	if (!letter_is_complete(account))
		buf_add_text(out, ", NOT COMPLETE");
	buf_add_text(out, ": ");
	if (grouping_messages(identities) == 0)
		buf_add_text(out, "no messages");
	else
		letter_add_messages(out, grouping_messages(identities));
	letter_add_leader(out, &view);
	return out->failed == 0 ? 0 : err_nomem(err);
}

void letter_add_failure_subject(
    struct buf *out, const struct account *account, const struct err *failure, time_t since)
{
	struct span reason = span_of(failure->text);

	letter_add_subject_window(out, account);
	buf_add_text(out, account->delivered ? ", NOT MAILED" : ", NO REPORT");
	if (since != 0) {
		buf_add_text(out, " since ");
		period_add_short(out, since);
	}
	buf_add_text(out, ": ");
	letter_add_cut(out, span_head(reason, span_find(reason, '\n')), LETTER_SUBJECT_REASON);
}

void letter_add_recovery_subject(struct buf *out, const struct account *account)
{
	letter_add_subject_window(out, account);
	buf_add_text(out, ", WORKS AGAIN");
}
