/*
 * What a spreadsheet takes for a number, a date or a time, and then shows in
 * another way than it was written: the login 00491234 as 491234, 1E5 as 100000,
 * jan1 as a day. Two customers can become one that way.
 */
#ifndef REPORT_NUMERAL_H
#define REPORT_NUMERAL_H

#include "base/span.h"

/* Spreadsheets show a whole number of so many digits as it is. Some show a longer one as a power of
 * ten. */
#define NUMERAL_PLAIN_DIGITS 11

/*
 * True when a spreadsheet would read the whole value as such a text. The known forms are: numbers
 * with any separator, percent or currency sign, accounting brackets or exponent; fractions; dates
 * in any order or with an English month; times of day; TRUE and FALSE. Digits may be of any script.
 * False for a plain whole number, which is shown as it is, and for an IP address.
 */
bool numeral_is_misread(struct span value);

#endif
