/*
 * libcurl, with all that it needs, is loaded when the first client is made.
 *
 * Its functions are called as ever (curl/curl.h): libcurl.c has functions of the same names, which
 * go on to the library. The program is not linked with it, so that a function that is missing there
 * shows when the program is linked: it takes a line in the list, and one behind it.
 */
#ifndef BASE_LIBCURL_H
#define BASE_LIBCURL_H

#include "base/buf.h"
#include "base/err.h"

/*
 * Before any other call, in place of curl_global_init(); curl_global_cleanup() for each that has
 * succeeded. ERR_SYSTEM.
 */
int libcurl_open(struct err *err);

/* Adds the line "libcurl X": the version of the build, since it is not loaded for it. */
void libcurl_add_version(struct buf *out);

#endif
