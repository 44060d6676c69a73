/* The text of a letter. */
#include "letter/letter_body.h"

#include <inttypes.h>

#include "calendar/period.h"
#include "letter/letter_part.h"
#include "text/table_cell.h"

void letter_add_line(struct buf *out, struct span text)
{
	table_cell_add(out, text, false);
}

void letter_add_messages(struct buf *out, uint64_t count)
{
	buf_printf(out, "%" PRIu64 " message%s", count, count != 1 ? "s" : "");
}

bool letter_is_complete(const struct account *account)
{
	unsigned next = 0;

	return account_next_missing(account, &next) == NULL &&
	       account_total(account).unreadable == 0;
}

/* The first and the last time of all messages: 1; 0 when none is known; -1: ERR_SYSTEM. */
static int letter_times(
    struct grouping *identities, time_t *first_r, time_t *last_r, struct err *err)
{
	/* No group is as large: all of them are in the row of the others. */
	const struct group_limits none = {.min_count = UINT32_MAX};
	struct group_view view;
	struct group_row row;

	if (group_view_init(&view, identities, &none, err) != 0)
		return -1;
	if (view.rows == 0)
		return 0;
	group_view_row(&view, 0, &row);
	if (!row.dated)
		return 0;
	*first_r = row.first;
	*last_r = row.last;
	return 1;
}

/* Several lines, each with an indent. */
static void letter_add_reason(struct buf *out, struct span reason)
{
	while (reason.n > 0) {
		struct span line = span_head(reason, span_find(reason, '\n'));

		buf_add_text(out, "    ");
		letter_add_line(out, line);
		buf_add_char(out, '\n');
		reason = span_from(reason, line.n + 1);
	}
}

/* "host, folder" */
static void letter_add_name(struct buf *out, const struct account_place *folder)
{
	letter_add_line(out, span_of(folder->host));
	if (folder->name == NULL)
		return;
	buf_add_text(out, ", ");
	letter_add_line(out, span_of(folder->name));
}

/* The folders of a host have one reason, which stands behind the last. */
static bool letter_shares_reason(const struct account *account, unsigned i)
{
	const struct account_place *folder = &account->place[i];

	return i + 1 < account->place_count && folder[1].missing != NULL &&
	       folder[0].server == folder[1].server &&
	       strcmp(folder[0].missing, folder[1].missing) == 0;
}

/* What a reader must not overlook. */
void letter_add_missing(struct buf *out, const struct account *account)
{
	uint64_t unreadable = account_total(account).unreadable;

	if (letter_is_complete(account))
		return;
	buf_add_text(out, "THIS REPORT IS NOT COMPLETE. Missing:\n");
	for (unsigned i = 0; i < account->place_count; i++) {
		const struct account_place *folder = &account->place[i];

		if (folder->missing == NULL)
			continue;
		buf_add_text(out, "  ");
		letter_add_name(out, folder);
		buf_add_char(out, '\n');
		if (!letter_shares_reason(account, i))
			letter_add_reason(out, span_of(folder->missing));
	}
	if (unreadable > 0) {
		buf_add_text(out, "  ");
		letter_add_messages(out, unreadable);
		buf_add_text(out, " that could not be read\n");
	}
}

void letter_add_again(struct buf *out, const struct account *account, time_t since)
{
	if (since == 0)
		return;
	buf_add_text(out, "WORKS AGAIN since ");
	period_add_iso(out, account->made);
	buf_add_text(out, ".\nThe runs before this one failed, the first at ");
	period_add_iso(out, since);
	buf_add_text(out, ".\n");
}

static void letter_add_period(struct buf *out, const char *before, time_t from, time_t to)
{
	buf_add_text(out, before);
	period_add_iso(out, from);
	buf_add_text(out, " to ");
	period_add_iso(out, to);
}

static void letter_add_window(struct buf *out, const struct account *account)
{
	if (account->new_only) {
		buf_add_text(out, "New since the last run");
		if (account->has_period)
			letter_add_period(out, "; in folders that are read for the first time\n",
			    account->since, account->until);
	} else if (account->has_period) {
		letter_add_period(out, "", account->since, account->until);
	}
	if (account->new_only || account->has_period)
		buf_add_char(out, '\n');
}

/* Saved reports do not tell their window, but the times of their messages. */
static int letter_add_saved(struct buf *out, const struct letter_report *report, struct err *err)
{
	time_t first;
	time_t last;
	int known = letter_times(report->identities, &first, &last, err);

	if (known < 0)
		return -1;
	buf_printf(out, "%u %s\n", report->account->saved, account_files_word(report->account));
	if (known > 0) {
		letter_add_period(out, "", first, last);
		buf_add_char(out, '\n');
	}
	return 0;
}

int letter_add_scope(struct buf *out, const struct letter_report *report, struct err *err)
{
	if (report->account->saved > 0) {
		if (letter_add_saved(out, report, err) != 0)
			return -1;
	} else {
		letter_add_window(out, report->account);
	}
	letter_add_messages(out, grouping_messages(report->identities));
	buf_add_char(out, '\n');
	return 0;
}

/* The parts add up to what was found. */
static void letter_add_counts(struct buf *out, const struct account_counts *counts)
{
	for (unsigned i = 0; i < ACCOUNT_COUNT_ROWS; i++)
		buf_printf(out, "%s%" PRIu64 " %s",
		    i == 0   ? "  "
		    : i == 1 ? ": "
			     : ", ",
		    account_count(counts, &account_count_rows[i]), account_count_rows[i].letter);
	buf_add_char(out, '\n');
}

void letter_add_folders(struct buf *out, const struct account *account)
{
	struct account_counts sum = account_total(account);

	/* What saved reports hold has been counted in the report they were. */
	if (account->saved > 0)
		return;
	for (unsigned i = 0; i < account->place_count; i++) {
		const struct account_place *folder = &account->place[i];

		letter_add_name(out, folder);
		if (folder->recreated)
			buf_add_text(out, account->new_only
					      ? " (made anew by the server: all of the period)"
					      : " (made anew by the server meanwhile)");
		buf_add_text(out, folder->missing != NULL ? " (NOT COMPLETE)\n" : "\n");
		letter_add_counts(out, &folder->counts);
	}
	if (account->place_count > 1) {
		buf_add_text(out, "All together\n");
		letter_add_counts(out, &sum);
	}
}

int letter_add_locks(struct buf *out, const struct letter_report *report, struct err *err)
{
	struct buf line;
	struct group_view view;
	unsigned count = 0;

	if (report->lock.command == NULL)
		return 0;
	if (letter_view(&view, report, err) != 0)
		return -1;
	buf_init(&line, 0);
	for (uint32_t i = 0; i < view.shown && count < SINK_LOCK_MAX; i++) {
		struct group_row row;

		group_view_row(&view, i, &row);
		buf_clear(&line);
		if (!sink_lock_add(&line, &report->lock, report->account, &row))
			continue;
		if (count++ == 0)
			buf_add_text(out, "\nTo lock one of them, after a question:\n");
		buf_add_buf(out, &line);
		buf_add_char(out, '\n');
	}
	buf_fini(&line);
	return out->failed == 0 ? 0 : err_nomem(err);
}

int letter_add_text(struct buf *out, const struct letter_report *report, struct err *err)
{
	const struct account *account = report->account;
	size_t start = out->n;

	letter_add_missing(out, account);
	letter_add_again(out, account, report->failed_since);
	if (out->n > start)
		buf_add_char(out, '\n');
	buf_add_text(out, "Quarantine report\n");
	if (letter_add_scope(out, report, err) != 0)
		return -1;
	if (grouping_messages(report->identities) > 0) {
		if (letter_add_busiest(out, report, err) != 0 ||
		    letter_add_new(out, report, err) != 0)
			return -1;
		buf_add_char(out, '\n');
		if (letter_add_table(out, report, err) != 0 ||
		    letter_add_locks(out, report, err) != 0)
			return -1;
	}
	if (account->saved == 0)
		buf_add_char(out, '\n');
	letter_add_folders(out, account);
	return out->failed == 0 ? 0 : err_nomem(err);
}

/* What a run that failed was to report. */
static void letter_add_task(struct buf *out, const struct account *account)
{
	buf_add_text(out, "\nIt was to report\n");
	if (account->saved > 0)
		buf_printf(out, "%u %s\n", account->saved, account_files_word(account));
	letter_add_window(out, account);
	for (unsigned i = 0; i < account->place_count; i++) {
		const struct account_place *folder = &account->place[i];

		/* Of saved reports their number is said, and what is wrong with some. */
		if (account->saved > 0 && folder->missing == NULL)
			continue;
		buf_add_text(out, "  ");
		letter_add_name(out, folder);
		buf_add_char(out, '\n');
		if (folder->missing != NULL && !letter_shares_reason(account, i))
			letter_add_reason(out, span_of(folder->missing));
	}
}

void letter_add_failure(
    struct buf *out, const struct account *account, const struct err *failure, time_t since)
{
	if (account->delivered)
		buf_add_text(out,
		    "THE QUARANTINE REPORT COULD NOT BE MAILED. Its files are in their places.\n");
	else
		buf_add_text(out, "THERE IS NO QUARANTINE REPORT. The run failed:\n");
	letter_add_reason(out, span_of(failure->text));
	buf_printf(out, "It ended with exit status %d.\n", err_exit_status(failure));
	if (since != 0) {
		buf_add_text(out, "No run has worked since ");
		period_add_iso(out, since);
		buf_add_text(out, ".\n");
	}
	if (account->has_period || account->saved > 0 || account->place_count > 0)
		letter_add_task(out, account);
}

void letter_add_recovery(struct buf *out, const struct account *account, time_t since)
{
	letter_add_again(out, account, since);
	buf_add_text(out, "It has nothing else to tell.\n\n");
	letter_add_window(out, account);
	letter_add_folders(out, account);
}
