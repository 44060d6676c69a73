#include "imap/guard_date.h"

#include "imap/guard_take.h"

#define GUARD_MONTH_SIZE 3

static const char guard_months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

struct guard_date {
	unsigned day;
	unsigned month; /* 1 to 12 */
	unsigned year;
	unsigned hour;
	unsigned minute;
	unsigned second;
	char sign;
	unsigned zone; /* hhmm */
};

/* Exactly `count` digits that no further digit follows. */
static bool guard_take_digits(struct span *at, size_t count, unsigned *number_r)
{
	unsigned number = 0;
	size_t n = 0;

	while (n < at->n && n <= count && span_is_digit(at->p[n])) {
		number = number * 10 + (unsigned)(at->p[n] - '0');
		n++;
	}
	if (n != count)
		return false;
	*at = span_from(*at, count);
	*number_r = number;
	return true;
}

static bool guard_take_month(struct span *at, unsigned *month_r)
{
	for (unsigned i = 0; i < sizeof(guard_months) / GUARD_MONTH_SIZE; i++)
		if (guard_take(at, (struct span){guard_months + (size_t)i * GUARD_MONTH_SIZE,
				       GUARD_MONTH_SIZE})) {
			*month_r = i + 1;
			return true;
		}
	return false;
}

static bool guard_take_day(struct span *at, unsigned *day_r)
{
	guard_take_blanks(at);
	return guard_take_digits(at, 2, day_r) || guard_take_digits(at, 1, day_r);
}

/* "dd-Mon-yyyy hh:mm:ss +zzzz" */
static bool guard_take_date(struct span *at, struct guard_date *date)
{
	if (!guard_take_day(at, &date->day) || !guard_take(at, SPAN("-")) ||
	    !guard_take_month(at, &date->month) || !guard_take(at, SPAN("-")) ||
	    !guard_take_digits(at, 4, &date->year) || !guard_take_blanks(at) ||
	    !guard_take_digits(at, 2, &date->hour) || !guard_take(at, SPAN(":")) ||
	    !guard_take_digits(at, 2, &date->minute) || !guard_take(at, SPAN(":")) ||
	    !guard_take_digits(at, 2, &date->second) || !guard_take_blanks(at))
		return false;
	if (at->n == 0)
		return false;
	date->sign = at->p[0];
	*at = span_from(*at, 1);
	return (date->sign == '+' || date->sign == '-') && guard_take_digits(at, 4, &date->zone) &&
	       guard_is_over(*at);
}

static unsigned guard_last_day(const struct guard_date *date)
{
	static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = date->year % 4 == 0 && (date->year % 100 != 0 || date->year % 400 == 0);

	return days[date->month - 1] + (leap && date->month == 2 ? 1u : 0u);
}

static bool guard_date_exists(const struct guard_date *date)
{
	return date->day >= 1 && date->day <= guard_last_day(date) && date->hour <= 23 &&
	       date->minute <= 59 && date->second <= 60 && date->year >= 1970 &&
	       date->zone <= 2400 && date->zone % 100 <= 59;
}

/* A leap second is second 59, so that it does not move to the next day. */
static time_t guard_date_time(const struct guard_date *date)
{
	struct tm tm = {.tm_year = (int)date->year - 1900,
	    .tm_mon = (int)date->month - 1,
	    .tm_mday = (int)date->day,
	    .tm_hour = (int)date->hour,
	    .tm_min = (int)date->minute,
	    .tm_sec = date->second < 60 ? (int)date->second : 59};
	time_t zone = (time_t)(date->zone / 100 * 60 + date->zone % 100) * 60;

	return timegm(&tm) - (date->sign == '-' ? -zone : zone);
}

bool guard_date_read(struct span value, time_t *when_r)
{
	struct guard_date date = {0};
	struct span within;

	if (!guard_take_quoted(&value, &within) || value.n != 0 ||
	    !guard_take_date(&within, &date) || !guard_date_exists(&date))
		return false;
	*when_r = guard_date_time(&date);
	return true;
}
