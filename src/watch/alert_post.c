#include "watch/alert_post.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/libcurl.h"
#include "base/mask.h"
#include "watch/alert_send.h"

/* Bytes from which on a path can be one. */
#define POST_SECRET 12

#define POST_AGENT "quarantine-report/" PACKAGE_VERSION

struct alert_post {
	const atomic_bool *is_over;
	CURL *easy;
	struct curl_slist *header;
	size_t received;
	int64_t end; /* as of clock_now(): when the run has ended; 0: it has not */
};

/* The answer is of no use, and may be long. */
static size_t post_take(char *bytes, size_t size, size_t count, void *context)
{
	struct alert_post *post = context;

	(void)bytes;
	post->received += size * count;
	return post->received <= ALERT_MAX_ANSWER ? size * count : 0;
}

/* Called at least once a second. */
static int post_look(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct alert_post *post = context;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	if (interrupt_signal() != 0)
		return 1;
	if (*post->is_over && post->end == 0)
		post->end = clock_now() + (int64_t)ALERT_END_PATIENCE * 1000;
	return clock_is_over(post->end);
}

static bool post_set_up(struct alert_post *post, const char *url, const char *ca_file)
{
	CURL *easy = post->easy;
	bool ok = true;

#define POST_SET(option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK
	POST_SET(CURLOPT_PROTOCOLS_STR, "http,https");
	POST_SET(CURLOPT_URL, url);
	POST_SET(CURLOPT_FOLLOWLOCATION, 0L);
	POST_SET(CURLOPT_PROXY, "");
	POST_SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	POST_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	POST_SET(CURLOPT_USERAGENT, POST_AGENT);
	POST_SET(CURLOPT_HTTPHEADER, post->header);
	POST_SET(CURLOPT_NOSIGNAL, 1L);
	POST_SET(CURLOPT_NOPROGRESS, 0L);
	POST_SET(CURLOPT_XFERINFOFUNCTION, post_look);
	POST_SET(CURLOPT_XFERINFODATA, post);
	POST_SET(CURLOPT_QUICK_EXIT, 1L);
	POST_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	POST_SET(CURLOPT_CONNECTTIMEOUT, (long)ALERT_URL_TIMEOUT);
	POST_SET(CURLOPT_TIMEOUT, (long)ALERT_URL_TIMEOUT);
	POST_SET(CURLOPT_FORBID_REUSE, 1L);
	POST_SET(CURLOPT_WRITEFUNCTION, post_take);
	POST_SET(CURLOPT_WRITEDATA, post);
	if (ca_file != NULL) {
		POST_SET(CURLOPT_CAINFO, ca_file);
		POST_SET(CURLOPT_CAPATH, NULL); /* or the system's would be trusted, too */
	}
#undef POST_SET
	return ok;
}

/* What is behind the host often is a secret. */
static int post_hide(const char *url, struct err *err)
{
	const char *host = strstr(url, "://");
	const char *path = host != NULL ? strchr(host + 3, '/') : NULL;

	return path != NULL && strlen(path + 1) >= POST_SECRET ? mask_add(span_of(path + 1), err)
							       : 0;
}

struct alert_post *alert_post_new(
    const char *url, const char *ca_file, const atomic_bool *is_over, struct err *err)
{
	struct alert_post *post;

	if (post_hide(url, err) != 0)
		return NULL;
	if (libcurl_open(err) != 0)
		return NULL;
	post = calloc(1, sizeof(*post));
	if (post == NULL) {
		err_nomem(err);
		return NULL;
	}
	post->is_over = is_over;
	post->easy = curl_easy_init();
	/* Without "Expect: 100-continue", which some servers wait for in vain. */
	post->header = curl_slist_append(NULL, "Content-Type: application/json");
	if (post->header != NULL)
		curl_slist_append(post->header, "Expect:");
	if (post->easy != NULL && post->header != NULL && post_set_up(post, url, ca_file))
		return post;
	alert_post_free(post);
	err_set(err, ERR_SYSTEM, "libcurl cannot be set up: is it too old?");
	return NULL;
}

void alert_post_free(struct alert_post *post)
{
	if (post == NULL)
		return;
	if (post->easy != NULL)
		curl_easy_cleanup(post->easy);
	curl_slist_free_all(post->header);
	free(post);
	curl_global_cleanup();
}

static int post_check_status(long status, struct err *err)
{
	if (status >= 200 && status < 300)
		return 0;
	if (status >= 300 && status < 400)
		return err_set(err, ERR_UNAVAILABLE,
		    "it sends us elsewhere (HTTP %ld), which is not followed", status);
	return err_set(err, status == 429 || status >= 500 ? ERR_TEMPORARY : ERR_UNAVAILABLE,
	    "it answers with HTTP %ld", status);
}

static bool post_is_refusal(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE ||
	       code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
}

int alert_post(struct alert_post *post, struct span json, struct err *err)
{
	long status = 0;
	CURLcode code;

	post->received = 0;
	if (curl_easy_setopt(post->easy, CURLOPT_POSTFIELDS, json.p) != CURLE_OK ||
	    curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE, (long)json.n) != CURLE_OK)
		return err_nomem(err);
	code = curl_easy_perform(post->easy);
	curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_WRITE_ERROR && status != 0) /* it went on, and we did not */
		code = CURLE_OK;
	if (code == CURLE_OK)
		return post_check_status(status, err);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return err_set(err, ERR_TEMPORARY, "it did not answer by the end of the run");
	return err_set(err, post_is_refusal(code) ? ERR_UNAVAILABLE : ERR_TEMPORARY, "%s",
	    curl_easy_strerror(code));
}
