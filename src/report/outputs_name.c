#include "report/outputs_name.h"

#include <string.h>
#include <unistd.h>

#include "calendar/period.h"
#include "deliver/deliver_origin.h"

/* Adds text for a file name: all but letters, digits, '-', '_', '.' and '@' becomes '_'. */
static void outputs_add_plain(struct buf *out, const char *text)
{
	for (size_t i = 0; text[i] != '\0' && i < OUTPUTS_MAX_NAME_PART; i++) {
		bool plain = span_is_alnum(text[i]) || strchr("-_.@", text[i]) != NULL;

		buf_add_char(out, plain ? text[i] : '_');
	}
}

static void outputs_add_time(const struct outputs *outputs, struct buf *out)
{
	const struct account *account = outputs->settings.account;
	const struct period period = {account->since, account->until};

	if (outputs->settings.naming.per_run)
		period_add_moment(out, account->made);
	else if (account->has_period)
		period_add_name(out, &period);
	else
		period_add_day(out, account->made);
}

/*
 * quarantine-outgoing-2026-11-20-grouped.csv: the mailboxes, the period, the kind of report. So a
 * grouped report does not replace that of the messages, nor one server's that of another. With
 * per_run no report replaces another.
 */
static void outputs_add_name(
    const struct outputs *outputs, const char *ending, unsigned number, struct buf *out)
{
	const struct outputs_naming *naming = &outputs->settings.naming;
	const char *more = naming->per_run ? naming->profile : number > 0 ? naming->origin : NULL;

	buf_printf(out, "quarantine-%s-", naming->what);
	outputs_add_time(outputs, out);
	if (more != NULL) {
		buf_add_char(out, '-');
		outputs_add_plain(out, more);
	}
	if (number > 1)
		buf_printf(out, "-%u", number);
	buf_add_text(out, ending);
}

static bool outputs_name_is_taken(const struct outputs_naming *naming, const char *path)
{
	if (naming->per_run)
		return access(path, F_OK) == 0;
	return naming->origin != NULL && deliver_is_foreign(path, naming->origin);
}

void outputs_choose_name(const struct outputs *outputs, const char *ending, struct buf *out)
{
	const struct outputs_naming *naming = &outputs->settings.naming;
	unsigned number = naming->per_run ? 1 : 0;

	do {
		buf_clear(out);
		outputs_add_name(outputs, ending, number++, out);
	} while (out->failed == 0 && number < OUTPUTS_MAX_NUMBER &&
		 outputs_name_is_taken(naming, buf_string(out)));
}

void outputs_choose_next_name(const char *given, struct buf *out)
{
	unsigned number = 1;
	struct stat there;

	do {
		buf_clear(out);
		buf_add_text(out, given);
		if (number > 1)
			buf_printf(out, ".%u", number);
	} while (out->failed == 0 && lstat(buf_string(out), &there) == 0 &&
		 S_ISREG(there.st_mode) && ++number < OUTPUTS_MAX_NUMBER);
}
