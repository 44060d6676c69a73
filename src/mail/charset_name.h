/*
 * Names of character sets, from what mail programs write to what iconv(3)
 * knows. Only sets that mail is written in get through: the name comes from
 * the sender, and each further converter of the C library would be one more
 * piece of code for hostile bytes to reach. The list is closed, so nothing
 * that a sender wrote becomes a name for iconv_open(3), and however many names
 * a message brings along, there are no more converters than these.
 */
#ifndef MAIL_CHARSET_NAME_H
#define MAIL_CHARSET_NAME_H

#include "base/span.h"

/* The longest name that is looked up; longer ones are unknown. */
#define CHARSET_NAME_MAX 64

/* The sets that are converted through iconv(3). */
#define CHARSET_SETS 67u

enum charset_kind {
	CHARSET_UNKNOWN,
	CHARSET_UTF8,     /* or US-ASCII, its subset */
	CHARSET_PLAIN,    /* what a byte means depends on its character alone */
	CHARSET_STATEFUL, /* escape sequences change what the following bytes mean */
};

/*
 * Sets *set_r to a number below CHARSET_SETS, unless the kind is CHARSET_UNKNOWN or CHARSET_UTF8.
 * Case, hyphens, underscores and other punctuation of the name do not count.
 */
enum charset_kind charset_name_resolve(struct span name, unsigned *set_r);

/* Its name for iconv_open(3). */
const char *charset_name_iconv(unsigned set);

#endif
