#include "report/outputs_name.h"

#include <string.h>
#include <unistd.h>

#include "calendar/period.h"

/* 2026-11-20T143000, of period_add_iso()'s 2026-11-20T14:30:00+01:00. */
static void outputs_add_moment(struct buf *out, time_t when)
{
	struct buf iso;

	buf_init(&iso, 0);
	period_add_iso(&iso, when);
	for (size_t i = 0; i < iso.n && i < sizeof("2026-11-20T14:30:00") - 1; i++)
		if (iso.p[i] != ':')
			buf_add(out, (struct span){iso.p + i, 1});
	buf_fini(&iso);
}

/* For file names: what is no letter, digit, '-', '_' or '.' becomes '_'. */
static void outputs_add_profile(struct buf *out, const char *profile)
{
	for (; *profile != '\0'; profile++) {
		bool plain = span_is_alnum(*profile) || strchr("-_.", *profile) != NULL;

		buf_add_char(out, plain ? *profile : '_');
	}
}

/*
 * quarantine-outgoing-2026-11-20-grouped.csv: the folders, the first day, the kind of report. A
 * grouped report does not replace that of the messages. Where each run has names of its own, what
 * they hold is in no other: the time, the profile, and from the second on a number.
 */
static void outputs_add_name(
    const struct outputs *outputs, const char *ending, unsigned number, struct buf *out)
{
	const struct outputs_naming *naming = &outputs->settings.naming;
	const struct account *account = outputs->settings.account;

	buf_printf(out, "quarantine-%s-", naming->what);
	if (naming->per_run)
		outputs_add_moment(out, account->made);
	else
		period_add_day(out, account->has_period ? account->since : account->made);
	if (naming->per_run && naming->profile != NULL) {
		buf_add_char(out, '-');
		outputs_add_profile(out, naming->profile);
	}
	if (number > 1)
		buf_printf(out, "-%u", number);
	buf_add_text(out, ending);
}

void outputs_choose_name(const struct outputs *outputs, const char *ending, struct buf *out)
{
	unsigned number = 0;

	do {
		buf_clear(out);
		outputs_add_name(outputs, ending, ++number, out);
	} while (outputs->settings.naming.per_run && out->failed == 0 &&
		 number < OUTPUTS_MAX_NUMBER && access(buf_string(out), F_OK) == 0);
}
