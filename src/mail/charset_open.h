/*
 * Opening a conversion of iconv(3), and why it could not be opened: because the
 * C library does not have the set, or because something was short. glibc says
 * EINVAL of both.
 */
#ifndef MAIL_CHARSET_OPEN_H
#define MAIL_CHARSET_OPEN_H

#include <iconv.h>

#define CHARSET_NONE ((iconv_t)-1)

/*
 * The conversion from the set to UTF-8. 0, with CHARSET_NONE and a warning when the C library was
 * installed without the set; else an errno: ELIBACC for a set that it should have and cannot load.
 */
int charset_open(const char *name, iconv_t *conversion_r);

#endif
