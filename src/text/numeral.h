/*
 * What a spreadsheet takes for a number, a date or a time, and then shows in
 * another way than it was written: the login 00491234 as 491234, 1E5 as 100000,
 * jan1 as a day. Two customers become one by that.
 */
#ifndef REPORT_NUMERAL_H
#define REPORT_NUMERAL_H

#include "base/span.h"

/* Digits of a whole number that every spreadsheet shows as they are; of more, some show powers. */
#define NUMERAL_PLAIN_DIGITS 11

/*
 * True when all of the value is such a text, in any of the ways of writing that spreadsheets know:
 * any mark for the fraction and between the thousands, percent and currency signs, accounting
 * brackets, powers, fractions, dates in any order or with an English month, times of day, TRUE and
 * FALSE; digits of any script. Not a plain whole number, which is shown as it is, and not an IP
 * address.
 */
bool numeral_is_misread(struct span value);

#endif
