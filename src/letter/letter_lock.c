/* The commands that lock who sent most, ready to be copied. */
#include "base/utf8.h"
#include "control/value.h"
#include "group/group_sender.h"
#include "letter/letter_part.h"

/* Commands that are shown. */
#define LETTER_MAX_LOCKS 10

#define LETTER_HOUR  ((time_t)60 * 60)
#define LETTER_DAY   24  /* hours until somebody reads the letter */
#define LETTER_HOURS 768 /* as far back as the filter's log goes */

/* A blank that a page or a reader shows as another, or as one with its neighbour. */
static bool letter_is_odd_blank(struct span name, size_t at, uint32_t c)
{
	if (c == ' ')
		return at == 0 || at + 1 == name.n || name.p[at + 1] == ' ';
	return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200D) || c == 0x202F ||
	       c == 0x205F || c == 0x3000;
}

/* What is shown must be what is locked: nothing that would be shown otherwise. */
static bool letter_can_lock(const struct group_row *row)
{
	struct err unused = ERR_INIT;
	struct span name = row->key[0];

	if (group_sender_is_weak(row) || control_value_check("it", name, &unused) != 0)
		return false;
	for (size_t at = 0; at < name.n;) {
		uint32_t c = 0;
		size_t n = utf8_next(span_from(name, at), &c);

		if (n == 0 || utf8_is_control(c) || utf8_is_invisible(c) ||
		    letter_is_odd_blank(name, at, c))
			return false;
		at += n;
	}
	return true;
}

static void letter_add_lock_option(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, " --%s=", name);
	control_value_add_shell(out, span_of(value));
}

static void letter_add_lock(
    struct buf *out, const struct letter_report *report, long long hours, struct span identity)
{
	buf_add_text(out, report->lock_command);
	letter_add_lock_option(out, "config", report->lock_config);
	letter_add_lock_option(out, "profile", report->lock_profile);
	buf_printf(out, " --hours-ago=%lld -- ", hours);
	control_value_add_shell(out, identity);
	buf_add_char(out, '\n');
}

int letter_add_locks(struct buf *out, const struct letter_report *report, struct err *err)
{
	const struct account *account = report->account;
	struct group_view view;
	time_t hours;
	unsigned count = 0;

	if (report->lock_command == NULL || !account->has_period)
		return 0;
	if (letter_view(&view, report, err) != 0)
		return -1;
	hours = (account->made - account->since) / LETTER_HOUR + 1 + LETTER_DAY;
	hours = hours < LETTER_HOURS ? hours : LETTER_HOURS;
	for (uint32_t i = 0; i < view.shown && count < LETTER_MAX_LOCKS; i++) {
		struct group_row row;

		group_view_row(&view, i, &row);
		if (!letter_can_lock(&row))
			continue;
		if (count++ == 0)
			buf_add_text(out, "\nTo lock one of them, after a question:\n");
		letter_add_lock(out, report, (long long)hours, row.key[0]);
	}
	return out->failed == 0 ? 0 : err_nomem(err);
}
