#include "sink/sink_lock.h"

#include <unictype.h>

#include "base/utf8.h"
#include "control/value.h"
#include "group/group_sender.h"

#define LOCK_HOUR  ((time_t)60 * 60)
#define LOCK_DAY   24  /* hours until somebody reads the report */
#define LOCK_HOURS 768 /* as far back as the filter's log goes */

#define LOCK_BRAILLE_BLANK 0x2800 /* a pattern of no dots */

/* A blank that a page or a reader shows as another, or as one with its neighbour. */
static bool lock_is_odd_blank(struct span name, size_t at, uint32_t c)
{
	if (c == ' ')
		return at == 0 || at + 1 == name.n || name.p[at + 1] == ' ';
	return uc_is_property_white_space(c) || c == LOCK_BRAILLE_BLANK;
}

/* What takes no room, also fillers and what joins or varies others. */
static bool lock_is_unseen(uint32_t c)
{
	return utf8_is_control(c) || utf8_is_invisible(c) ||
	       uc_is_property_default_ignorable_code_point(c);
}

/* What is shown must be what is locked: nothing that would be shown otherwise. */
static bool lock_is_shown_as_it_is(struct span name)
{
	for (size_t at = 0; at < name.n;) {
		uint32_t c = 0;
		size_t n = utf8_next(span_from(name, at), &c);

		if (n == 0 || lock_is_unseen(c) || lock_is_odd_blank(name, at, c))
			return false;
		at += n;
	}
	return true;
}

static bool lock_can(const struct group_row *row)
{
	struct err unused = ERR_INIT;

	return row->others == 0 && !group_sender_is_weak(row) &&
	       control_value_check("it", row->key[0], &unused) == 0 &&
	       lock_is_shown_as_it_is(row->key[0]);
}

static void lock_add_option(struct buf *out, const char *name, const char *value)
{
	if (value == NULL)
		return;
	buf_printf(out, " --%s=", name);
	control_value_add_shell(out, span_of(value));
}

unsigned sink_lock_hours(const struct account *account)
{
	time_t hours = (account->made - account->since) / LOCK_HOUR + 1 + LOCK_DAY;

	return hours < LOCK_HOURS ? (unsigned)hours : LOCK_HOURS;
}

bool sink_lock_add(struct buf *out, const struct sink_lock *lock, const struct account *account,
    const struct group_row *row)
{
	if (lock->command == NULL || !account->has_period || !lock_can(row))
		return false;
	buf_add_text(out, lock->command);
	lock_add_option(out, "config", lock->config);
	lock_add_option(out, "profile", lock->profile);
	buf_printf(out, " --hours-ago=%u -- ", sink_lock_hours(account));
	control_value_add_shell(out, row->key[0]);
	return true;
}
