/*
 * When two values of a column are the same: addresses, logins and hosts
 * compare without the case of ASCII letters, whatever locale; of a script and
 * of an identity the host before the first '/', since paths do differ by case.
 */
#ifndef REPORT_GROUP_KEY_H
#define REPORT_GROUP_KEY_H

#include "record/record.h"

/* The value of a column as it is grouped and counted: PHP script without its caller, and of PHP
 * script IP the first address, which is the caller's as far as is known. */
struct span group_key_value(const struct record *record, enum column column);

/* Appends the value so that the same values are the same bytes. */
void group_key_fold(struct buf *out, enum column column, struct span value);

/* Appends a text with its ASCII letters in lower case. */
void group_key_add_lower(struct buf *out, struct span text);

#endif
