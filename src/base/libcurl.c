#include "base/libcurl.h"

#define CURL_DISABLE_TYPECHECK /* its macros have the names of the functions below */
#include <curl/curl.h>
#include <stdarg.h>

#include "base/library.h"
#include "base/log.h"

#define LIBCURL_FUNCTIONS(F)                                                                       \
	F(curl_easy_cleanup)                                                                       \
	F(curl_easy_getinfo)                                                                       \
	F(curl_easy_init)                                                                          \
	F(curl_easy_perform)                                                                       \
	F(curl_easy_setopt)                                                                        \
	F(curl_easy_strerror)                                                                      \
	F(curl_global_cleanup)                                                                     \
	F(curl_global_init)                                                                        \
	F(curl_multi_add_handle)                                                                   \
	F(curl_multi_cleanup)                                                                      \
	F(curl_multi_info_read)                                                                    \
	F(curl_multi_init)                                                                         \
	F(curl_multi_perform)                                                                      \
	F(curl_multi_poll)                                                                         \
	F(curl_multi_remove_handle)                                                                \
	F(curl_slist_append)                                                                       \
	F(curl_slist_free_all)

#undef curl_easy_setopt /* without the check of types it checks that there are three arguments */
#undef curl_easy_getinfo

static struct {
#define LIBCURL_MEMBER(name) __typeof__(name) *name;
	LIBCURL_FUNCTIONS(LIBCURL_MEMBER)
} libcurl;

static const struct library_function libcurl_functions[] = {
#define LIBCURL_ROW(name) {#name, &libcurl.name},
    LIBCURL_FUNCTIONS(LIBCURL_ROW)};

/* Debian's with GnuTLS, which libetpan has loaded already; the usual one. */
static const char *const libcurl_files[] = {"libcurl-gnutls.so.4", "libcurl.so.4", NULL};

static struct library libcurl_library = {
    .title = "libcurl",
    .files = libcurl_files,
    .functions = libcurl_functions,
    .function_count = sizeof(libcurl_functions) / sizeof(*libcurl_functions),
};

int libcurl_open(struct err *err)
{
	if (library_open(&libcurl_library, err) != 0)
		return -1;
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, ERR_SYSTEM, "libcurl cannot be used");
	return 0;
}

void libcurl_add_version(struct buf *out)
{
	buf_add_text(out, "libcurl " LIBCURL_VERSION "\n");
}

/* The functions. */

CURLcode curl_global_init(long flags)
{
	return libcurl.curl_global_init(flags);
}

void curl_global_cleanup(void)
{
	libcurl.curl_global_cleanup();
}

CURL *curl_easy_init(void)
{
	return libcurl.curl_easy_init();
}

void curl_easy_cleanup(CURL *easy)
{
	libcurl.curl_easy_cleanup(easy);
}

/* The number of an option says what its value is; pointers to functions are as wide as others. */
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
	CURLcode code;
	va_list value;

	va_start(value, option);
	if (option < CURLOPTTYPE_OBJECTPOINT)
		code = libcurl.curl_easy_setopt(easy, option, va_arg(value, long));
	else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
		code = libcurl.curl_easy_setopt(easy, option, va_arg(value, curl_off_t));
	else
		code = libcurl.curl_easy_setopt(easy, option, va_arg(value, void *));
	va_end(value);
	return code;
}

CURLcode curl_easy_perform(CURL *easy)
{
	return libcurl.curl_easy_perform(easy);
}

CURLcode curl_easy_getinfo(CURL *easy, CURLINFO info, ...)
{
	CURLcode code;
	va_list place;

	va_start(place, info);
	code = libcurl.curl_easy_getinfo(easy, info, va_arg(place, void *));
	va_end(place);
	return code;
}

const char *curl_easy_strerror(CURLcode code)
{
	return libcurl.curl_easy_strerror(code);
}

CURLM *curl_multi_init(void)
{
	return libcurl.curl_multi_init();
}

CURLMcode curl_multi_cleanup(CURLM *multi)
{
	return libcurl.curl_multi_cleanup(multi);
}

CURLMcode curl_multi_add_handle(CURLM *multi, CURL *easy)
{
	return libcurl.curl_multi_add_handle(multi, easy);
}

CURLMcode curl_multi_remove_handle(CURLM *multi, CURL *easy)
{
	return libcurl.curl_multi_remove_handle(multi, easy);
}

CURLMcode curl_multi_perform(CURLM *multi, int *running)
{
	return libcurl.curl_multi_perform(multi, running);
}

CURLMcode curl_multi_poll(
    CURLM *multi, struct curl_waitfd extra[], unsigned count, int patience, int *ready)
{
	return libcurl.curl_multi_poll(multi, extra, count, patience, ready);
}

CURLMsg *curl_multi_info_read(CURLM *multi, int *left)
{
	return libcurl.curl_multi_info_read(multi, left);
}

struct curl_slist *curl_slist_append(struct curl_slist *list, const char *text)
{
	return libcurl.curl_slist_append(list, text);
}

void curl_slist_free_all(struct curl_slist *list)
{
	libcurl.curl_slist_free_all(list);
}
