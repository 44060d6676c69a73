#include "text/numeral.h"

#include <limits.h>
#include <unictype.h>

#include "base/utf8.h"
#include "mail/received.h"

#define NUMERAL_MONTH_LETTERS 3
#define NUMERAL_GROUP_MARKS   2 /* day, month and year; hours, minutes and seconds */

/* Each of these functions moves *s behind what it has read, and returns whether it read anything.
 */

static bool numeral_take_if(struct span *s, bool (*fits)(uint32_t))
{
	uint32_t c = 0;
	size_t n = s->n > 0 ? utf8_next(*s, &c) : 0;

	if (n == 0 || !fits(c))
		return false;
	*s = span_from(*s, n);
	return true;
}

static bool numeral_take_all(struct span *s, bool (*fits)(uint32_t))
{
	size_t before = s->n;

	while (numeral_take_if(s, fits))
		;
	return s->n < before;
}

/* Reads one of these ASCII characters. */
static bool numeral_take_one_of(struct span *s, const char *characters)
{
	if (s->n == 0 || span_find(span_of(characters), s->p[0]) == SPAN_NPOS)
		return false;
	*s = span_from(*s, 1);
	return true;
}

static bool numeral_is_digit(uint32_t c)
{
	return c < 0x80 ? c >= '0' && c <= '9' : uc_decimal_value(c) >= 0;
}

static bool numeral_is_blank(uint32_t c)
{
	return c == ' ' || (c >= 0x80 && uc_is_property_white_space(c));
}

static bool numeral_is_currency(uint32_t c)
{
	return c == '$' || (c >= 0x80 && uc_is_general_category(c, UC_CURRENCY_SYMBOL));
}

static bool numeral_is_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A character that may separate the thousands, or come before the fraction. */
static bool numeral_is_mark(uint32_t c)
{
	return c == '.' || c == ',' || c == '\'' || c == 0x2019 || numeral_is_blank(c);
}

static bool numeral_take_digits(struct span *s)
{
	return numeral_take_all(s, numeral_is_digit);
}

/* Reads a separator, which is returned in *mark_r, and the digits after it. */
static bool numeral_take_marked(struct span *s, struct span *mark_r)
{
	struct span rest = *s;

	if (!numeral_take_if(&rest, numeral_is_mark))
		return false;
	*mark_r = span_head(*s, s->n - rest.n);
	if (!numeral_take_digits(&rest))
		return false;
	*s = rest;
	return true;
}

/* Reads the rest of a number: thousands with one separator, then perhaps a fraction with another.
 */
static void numeral_take_thousands(struct span *s)
{
	struct span first, mark;

	if (!numeral_take_marked(s, &first))
		return;
	while (numeral_take_marked(s, &mark) && span_eq(mark, first))
		;
}

static void numeral_take_power(struct span *s)
{
	struct span power = *s;

	if (!numeral_take_one_of(&power, "eE"))
		return;
	numeral_take_one_of(&power, "+-");
	if (numeral_take_digits(&power))
		*s = power;
}

/* "1.234,50", "1e5", "(5)", "$ 5", "12 %" */
static bool numeral_is_number(struct span s)
{
	if (s.n > 2 && s.p[0] == '(' && s.p[s.n - 1] == ')')
		s = span_from(span_head(s, s.n - 1), 1);
	numeral_take_if(&s, numeral_is_currency);
	numeral_take_all(&s, numeral_is_blank);
	numeral_take_one_of(&s, ".,");
	if (!numeral_take_digits(&s))
		return false;
	numeral_take_thousands(&s);
	numeral_take_one_of(&s, ".,");
	numeral_take_power(&s);
	numeral_take_all(&s, numeral_is_blank);
	numeral_take_one_of(&s, "%");
	numeral_take_all(&s, numeral_is_blank);
	numeral_take_if(&s, numeral_is_currency);
	return s.n == 0;
}

/* "2024-03-15", "12:30:15.25", "1/2"; *marks counts the separators. */
static bool numeral_take_group(struct span *s, unsigned *marks)
{
	char mark[] = {'\0', '\0'};

	if (!numeral_take_digits(s))
		return false;
	if (s->n > 0)
		mark[0] = s->p[0];
	if (span_find(SPAN(":/.-,"), mark[0]) == SPAN_NPOS)
		return true;
	for (unsigned i = 0; i < NUMERAL_GROUP_MARKS; i++) {
		struct span rest = *s;

		if (!numeral_take_one_of(&rest, mark) || !numeral_take_digits(&rest))
			break;
		*s = rest;
		++*marks;
	}
	if (mark[0] == ':' && numeral_take_one_of(s, ".,"))
		numeral_take_digits(s);
	return true;
}

/* Reads one or two groups: a date, a time, both in any order, or a number and a fraction. */
static bool numeral_take_groups(struct span *s, unsigned *marks)
{
	struct span rest;

	if (!numeral_take_group(s, marks))
		return false;
	rest = *s;
	if ((numeral_take_all(&rest, numeral_is_blank) || numeral_take_one_of(&rest, "Tt")) &&
	    numeral_take_group(&rest, marks))
		*s = rest;
	return true;
}

static bool numeral_is_time(struct span s)
{
	unsigned marks = 0;
	bool apart;

	if (!numeral_take_groups(&s, &marks))
		return false;
	if (marks > 0 && s.n == 1 && numeral_take_one_of(&s, "Zz"))
		return true;
	apart = numeral_take_all(&s, numeral_is_blank);
	if ((apart || marks > 0) && numeral_take_one_of(&s, "aApP")) {
		numeral_take_one_of(&s, "mM");
		marks++;
	}
	return s.n == 0 && marks > 0;
}

static bool numeral_take_month(struct span *s)
{
	static const struct span months[] = {{"january", 7}, {"february", 8}, {"march", 5},
	    {"april", 5}, {"may", 3}, {"june", 4}, {"july", 4}, {"august", 6}, {"september", 9},
	    {"october", 7}, {"november", 8}, {"december", 8}};
	struct span word = *s;

	numeral_take_all(s, numeral_is_letter);
	word.n -= s->n;
	if (word.n < NUMERAL_MONTH_LETTERS)
		return false;
	if (span_eq_nocase(word, SPAN("sept")))
		return true;
	for (size_t i = 0; i < sizeof(months) / sizeof(months[0]); i++)
		if (span_eq_nocase(word, months[i]) ||
		    span_eq_nocase(word, span_head(months[i], NUMERAL_MONTH_LETTERS)))
			return true;
	return false;
}

static void numeral_take_between(struct span *s)
{
	while (numeral_take_one_of(s, "-/.,") || numeral_take_if(s, numeral_is_blank))
		;
}

/* "jan1", "15 March 2024", "Mar-15" */
static bool numeral_is_date(struct span s)
{
	unsigned marks = 0;
	bool digits = numeral_take_digits(&s);

	numeral_take_between(&s);
	if (!numeral_take_month(&s))
		return false;
	numeral_take_between(&s);
	if (numeral_take_digits(&s))
		digits = true;
	numeral_take_between(&s);
	numeral_take_groups(&s, &marks);
	return digits && s.n == 0;
}

static bool numeral_is_plain(struct span s)
{
	return s.n <= NUMERAL_PLAIN_DIGITS && span_within(s, '0', '9') == s.n &&
	       (s.p[0] != '0' || s.n == 1);
}

/* Nearly all values have a byte that no number, time or date has, or a first letter that begins
 * none. */
static bool numeral_is_out(struct span value)
{
	static const unsigned char foreign[UCHAR_MAX + 1] = {[0 ... ' ' - 1] = 1,
	    ['!'] = 1,
	    ['"'] = 1,
	    ['#'] = 1,
	    ['&'] = 1,
	    ['*'] = 1,
	    [';' ... '@'] = 1,
	    ['[' ... '`'] = 1,
	    ['{' ... 0x7F] = 1};

	if (value.n > 0 && numeral_is_letter((unsigned char)value.p[0]) &&
	    span_find(SPAN("adfjmnost"), span_lower(value.p[0])) == SPAN_NPOS)
		return true;
	return span_marked(value, 0, foreign) < value.n;
}

bool numeral_is_misread(struct span value)
{
	struct span s = value;

	if (numeral_is_out(value))
		return false;

	numeral_take_all(&s, numeral_is_blank);
	while (s.n > 0 && s.p[s.n - 1] == ' ')
		s.n--;
	if (s.n == 0 || (s.n == value.n && numeral_is_plain(s)))
		return false;
	if (span_eq_nocase(s, SPAN("true")) || span_eq_nocase(s, SPAN("false")))
		return true;
	if (received_is_ip(s))
		return false;
	return numeral_is_number(s) || numeral_is_time(s) || numeral_is_date(s);
}
