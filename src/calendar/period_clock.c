#include "calendar/period_clock.h"

#include <string.h>

#include "base/span.h"

bool period_clock_scan(const char *text, const char *pattern, int numbers_r[])
{
	int count = -1;

	if (strlen(text) != strlen(pattern))
		return false;
	for (size_t i = 0; pattern[i] != '\0'; i++) {
		if (pattern[i] != '0') {
			if (text[i] != pattern[i])
				return false;
			continue;
		}
		if (!span_is_digit(text[i]))
			return false;
		if (i == 0 || pattern[i - 1] != '0')
			numbers_r[++count] = 0;
		numbers_r[count] = numbers_r[count] * 10 + (text[i] - '0');
	}
	return true;
}

bool period_clock_make(const int numbers[6], period_clock *clock_r)
{
	const int *n = numbers;
	struct tm tm = {0};
	period_clock clock;

	if (n[1] < 1 || n[3] > 23 || n[4] > 59 || n[5] > 59)
		return false;
	tm.tm_year = n[0] - 1900;
	tm.tm_mon = n[1] - 1;
	tm.tm_mday = n[2];
	tm.tm_hour = n[3];
	tm.tm_min = n[4];
	tm.tm_sec = n[5];
	clock = timegm(&tm); /* the 31st of April becomes the 1st of May */
	if (tm.tm_mon != n[1] - 1 || tm.tm_mday != n[2])
		return false;
	*clock_r = clock;
	return true;
}
