#include "mail/date.h"

#include "mail/syntax.h"

struct date {
	int day, month, year; /* 0: not known yet; the month from 1 */
	int hour, minute, second;
	int zone; /* minutes east of UTC */
	bool has_time, has_zone;
	bool is_broken; /* a time that no day has */
};

#define DATE_FIRST_YEAR 1970
#define DATE_LAST_YEAR  9998

/* Two digits, as RFC 5322, 4.3 has them. */
#define DATE_CENTURY_TURN 50

static const char date_months[] = "janfebmaraprmayjunjulaugsepoctnovdec";

static const struct {
	char name[4];
	int zone;
} date_zones[] = {
    {"ut", 0},
    {"utc", 0},
    {"gmt", 0},
    {"z", 0},
    {"edt", -4 * 60},
    {"est", -5 * 60},
    {"cdt", -5 * 60},
    {"cst", -6 * 60},
    {"mdt", -6 * 60},
    {"mst", -7 * 60},
    {"pdt", -7 * 60},
    {"pst", -8 * 60},
};

static void date_take_word(struct date *date, struct span word)
{
	for (int i = 0; i < 12 && word.n >= 3 && date->month == 0; i++)
		if (span_starts_nocase(word, (struct span){date_months + 3 * i, 3}))
			date->month = i + 1;
	for (size_t i = 0; i < sizeof(date_zones) / sizeof(date_zones[0]); i++)
		if (!date->has_zone && span_eq_nocase(word, span_of(date_zones[i].name))) {
			date->zone = date_zones[i].zone;
			date->has_zone = true;
		}
}

/* HH:MM[:SS]; returns its length, or 0. */
static size_t date_take_time(struct date *date, struct span text)
{
	int part[3] = {0};
	size_t at = 0;
	int count = 0;

	for (; count < 3; count++) {
		uint64_t value;
		size_t n = span_number(span_from(text, at), &value);

		if (n == 0 || n > 2)
			break;
		part[count] = (int)value;
		at += n;
		if (count == 2 || at == text.n || text.p[at] != ':')
			break;
		at++;
	}
	if (count < 1)
		return 0;
	if (date->has_time)
		return at;
	date->is_broken = part[0] > 23 || part[1] > 59 || part[2] > 60;
	date->hour = part[0];
	date->minute = part[1];
	date->second = part[2];
	date->has_time = true;
	return at;
}

static void date_take_number(struct date *date, uint64_t value, size_t digits)
{
	if (digits <= 2 && date->day == 0) {
		date->day = (int)value;
	} else if (date->year == 0 && digits == 4) {
		date->year = (int)value;
	} else if (date->year == 0 && digits <= 3) {
		date->year = (int)value + (digits == 2 && value < DATE_CENTURY_TURN ? 2000 : 1900);
	}
}

static size_t date_take_zone(struct date *date, struct span text)
{
	uint64_t value = 0;
	size_t n = span_number(span_from(text, 1), &value);

	/* A hyphen within a date parts it: 20-Nov-2026. */
	if (n != 4 || !date->has_time || date->has_zone)
		return 1;
	date->zone = (int)(value / 100 * 60 + value % 100) * (text.p[0] == '-' ? -1 : 1);
	date->has_zone = true;
	return n + 1;
}

/* Takes what stands at the beginning; returns its length. */
static size_t date_take(struct date *date, struct span text)
{
	uint64_t value = 0;
	size_t n;

	if (text.p[0] == '(' && (n = syntax_comment_end(text, 0)) != 0)
		return n;
	if (text.p[0] == '+' || text.p[0] == '-')
		return date_take_zone(date, text);
	if (span_is_digit(text.p[0])) {
		n = date_take_time(date, text);
		if (n != 0)
			return n;
		n = span_number(text, &value);
		date_take_number(date, value, n);
		return n != 0 ? n : text.n;
	}
	for (n = 0; n < text.n && span_is_alnum(text.p[n]); n++)
		;
	date_take_word(date, span_head(text, n));
	return n != 0 ? n : 1;
}

bool mail_date_read(struct span text, time_t *when_r)
{
	struct date date = {0};
	struct tm tm;
	time_t when;

	text = span_head(span_trim(text), MAIL_DATE_MAX);
	while (text.n > 0)
		text = span_from(text, date_take(&date, text));
	if (date.is_broken || date.day < 1 || date.day > 31 || date.month == 0 || !date.has_time ||
	    date.year < DATE_FIRST_YEAR || date.year > DATE_LAST_YEAR)
		return false;
	tm = (struct tm){
	    .tm_year = date.year - 1900,
	    .tm_mon = date.month - 1,
	    .tm_mday = date.day,
	    .tm_hour = date.hour,
	    .tm_min = date.minute,
	    .tm_sec = date.second,
	};
	when = timegm(&tm);
	/* timegm(3) makes the 2nd of March of the 30th of February. */
	if (tm.tm_mday != date.day && date.second != 60)
		return false;
	when -= (time_t)date.zone * 60;
	if (when < 0)
		return false;
	*when_r = when;
	return true;
}

bool mail_date_of_received(struct span body, time_t *when_r)
{
	size_t at = span_rfind(body, ';');

	return at != SPAN_NPOS && mail_date_read(span_from(body, at + 1), when_r);
}

/* 0-9A-Za-z, as Exim counts; -1: none of them. */
static int date_base62(char c)
{
	if (span_is_digit(c))
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'z' ? c - 'a' + 36 : -1;
}

static bool date_is_base62(struct span s, size_t n)
{
	for (size_t i = 0; i < s.n; i++)
		if (date_base62(s.p[i]) < 0)
			return false;
	return s.n == n;
}

bool mail_date_of_exim(struct span id, time_t *when_r)
{
	size_t first = span_find(id, '-');
	struct span seconds = span_head(id, first), rest = span_from(id, first + 1), last;
	time_t when = 0;

	if (first == SPAN_NPOS || !date_is_base62(seconds, 6))
		return false;
	first = span_find(rest, '-');
	if (first == SPAN_NPOS)
		return false;
	last = span_from(rest, first + 1);
	rest = span_head(rest, first);
	if (!(date_is_base62(rest, 6) && date_is_base62(last, 2)) &&
	    !(date_is_base62(rest, 11) && date_is_base62(last, 4)))
		return false;
	for (size_t i = 0; i < seconds.n; i++)
		when = when * 62 + date_base62(seconds.p[i]);
	*when_r = when;
	return true;
}
