#include "http/client.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/libcurl.h"
#include "base/log.h"
#include "base/mask.h"

/* Milliseconds between two looks at the clock, also while nothing comes. */
#define HTTP_TICK 250

#define HTTP_AGENT "quarantine-report/" PACKAGE_VERSION

struct http {
	const struct http_settings *settings;
	struct buf address; /* without a query */
	struct buf pins;    /* as libcurl wants them */
	CURLM *multi;
	CURL *easy;
	struct curl_slist *plain; /* header lines of a POST */
	struct curl_slist *gzip;  /* the same, of one that is compressed */
	bool untrusted;
	/* Of the call under way: */
	const struct http_call *call;
	struct http_answer *answer;
	uint64_t received;
	size_t header;
	int64_t heard; /* as of clock_now(): the last byte of either side, or the beginning */
	bool got_status;
	struct err stop; /* why we ended it; ERR_NONE: we did not */
};

/* A header line, a byte more than one is too much, or a new section behind a 100. */
static size_t http_take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct http *http = context;
	struct span line = {bytes, size * count};

	http->heard = clock_now();
	http->header += line.n;
	http->answer->sent = true;
	if (http->header > HTTP_MAX_HEADER) {
		err_set(&http->stop, ERR_PROTOCOL,
		    "the header of the answer is longer than %zu bytes", HTTP_MAX_HEADER);
		return 0;
	}
	if (span_starts_nocase(line, SPAN("content-type:")))
		http->answer->is_html = span_find_text_nocase(line, SPAN("html")) != SPAN_NPOS;
	return line.n;
}

static void http_learn_status(struct http *http)
{
	if (!http->got_status)
		curl_easy_getinfo(http->easy, CURLINFO_RESPONSE_CODE, &http->answer->status);
	http->got_status = true;
}

static size_t http_take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct http *http = context;
	const struct http_call *call = http->call;
	struct span span = {bytes, size * count};

	http->heard = clock_now();
	http->received += span.n;
	if (http->received > http->settings->max_body) {
		err_set(&http->stop, ERR_PROTOCOL, "the answer does not end");
		return 0;
	}
	http_learn_status(http);
	return call->take(call->context, http->answer, span, &http->stop) == 0 ? span.n : 0;
}

/* The request without the line that holds the password. */
static void http_trace_request(struct span text)
{
	while (text.n > 0) {
		size_t end = span_find(text, '\n');
		struct span line = span_trim(span_head(text, end));

		if (span_starts_nocase(line, SPAN("authorization:")))
			line = SPAN("Authorization: " MASK_TEXT);
		if (line.n > 0)
			log_line("C: ", line);
		text = end == SPAN_NPOS ? SPAN_EMPTY : span_from(text, end + 1);
	}
}

static int http_note(CURL *easy, curl_infotype type, char *bytes, size_t n, void *context)
{
	struct http *http = context;
	struct span text = {bytes, n};

	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		http->answer->sent = true;
	if (type == CURLINFO_DATA_OUT) /* a long request is no silence */
		http->heard = clock_now();
	if (!http->settings->trace)
		return 0;
	if (type == CURLINFO_HEADER_OUT)
		http_trace_request(text);
	else if (type == CURLINFO_HEADER_IN && span_trim(text).n > 0)
		log_line("S: ", span_trim(text));
	else if (type == CURLINFO_DATA_IN)
		log_line("S: ", span_head(text, HTTP_MAX_TRACED));
	return 0;
}

/* Adds the bytes in base64 (RFC 4648, 4); the room is taken at once. */
static void http_add_base64(struct buf *out, struct span bytes)
{
	size_t size = sodium_base64_ENCODED_LEN(bytes.n, sodium_base64_VARIANT_ORIGINAL);
	char *room = buf_reserve(out, size);

	if (room == NULL)
		return;
	sodium_bin2base64(
	    room, size, (const unsigned char *)bytes.p, bytes.n, sodium_base64_VARIANT_ORIGINAL);
	out->n += size - 1;
}

/* How the header has user and password, which a server may say again. */
static int http_hide(const struct http_settings *settings, struct err *err)
{
	struct buf plain;
	struct buf encoded;
	int result = -1;

	if (secret_hide(settings->password, settings->username, err) != 0)
		return -1;
	buf_init(&plain, 0);
	buf_init(&encoded, 0);
	if (buf_reserve(&plain, strlen(settings->username) + 1 + settings->password->n) != NULL) {
		buf_printf(&plain, "%s:", settings->username);
		buf_add(&plain, (struct span){settings->password->bytes, settings->password->n});
		http_add_base64(&encoded, buf_span(&plain));
	}
	result = plain.failed != 0 || encoded.failed != 0 ? err_nomem(err)
							  : mask_add(buf_span(&encoded), err);
	buf_wipe(&plain);
	buf_wipe(&encoded);
	buf_fini(&plain);
	buf_fini(&encoded);
	return result;
}

static void http_add_address(struct http *http)
{
	const struct http_settings *settings = http->settings;
	bool is_ipv6 = strchr(settings->host, ':') != NULL;

	buf_printf(&http->address, "%s://%s%s%s", settings->plaintext ? "http" : "https",
	    is_ipv6 ? "[" : "", settings->host, is_ipv6 ? "]" : "");
	if (settings->port != 0)
		buf_printf(&http->address, ":%u", settings->port);
	buf_add_text(&http->address, settings->path);
	buf_string(&http->address); /* so that a NUL stands behind it; nothing is added later */
}

static void http_add_pins(struct http *http)
{
	for (unsigned i = 0; i < http->settings->pin_count; i++) {
		buf_add_text(&http->pins, i > 0 ? ";sha256//" : "sha256//");
		http_add_base64(&http->pins,
		    (struct span){(const char *)http->settings->pin[i], HTTP_PIN_SIZE});
	}
}

/* By CA or by pins. */
static bool http_set_trust(struct http *http)
{
	const struct http_settings *settings = http->settings;
	CURL *easy = http->easy;
	bool ok = true;

#define HTTP_SET(option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK
	HTTP_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (settings->ca_file != NULL) {
		HTTP_SET(CURLOPT_CAINFO, settings->ca_file);
		HTTP_SET(CURLOPT_CAPATH, NULL); /* or the system's would be trusted, too */
	}
	if (settings->pin_count > 0) {
		HTTP_SET(CURLOPT_PINNEDPUBLICKEY, buf_string(&http->pins));
		HTTP_SET(CURLOPT_SSL_VERIFYPEER, 0L);
		HTTP_SET(CURLOPT_SSL_VERIFYHOST, 0L);
	}
	return ok;
}

/* What is the same for all calls. */
static bool http_set_up(struct http *http)
{
	const struct http_settings *settings = http->settings;
	CURL *easy = http->easy;
	bool ok = true;

	/* What is asked for is set apart: without memory libcurl would drop the query of a URL. */
	HTTP_SET(CURLOPT_URL, http->address.p);
	HTTP_SET(CURLOPT_PROTOCOLS_STR, settings->plaintext ? "http" : "https");
	HTTP_SET(CURLOPT_FOLLOWLOCATION, 0L);
	HTTP_SET(CURLOPT_PROXY, "");
	HTTP_SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	HTTP_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	if (settings->username != NULL) {
		HTTP_SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
		HTTP_SET(CURLOPT_USERNAME, settings->username);
		HTTP_SET(CURLOPT_PASSWORD, settings->password->bytes);
	}
	if (settings->gzip)
		HTTP_SET(CURLOPT_ACCEPT_ENCODING, "gzip");
	HTTP_SET(CURLOPT_USERAGENT, HTTP_AGENT);
	HTTP_SET(CURLOPT_NOSIGNAL, 1L);
	HTTP_SET(CURLOPT_NOPROGRESS, 1L);
	HTTP_SET(CURLOPT_QUICK_EXIT, 1L);
	HTTP_SET(CURLOPT_CONNECTTIMEOUT, (long)settings->timeout);
	HTTP_SET(CURLOPT_VERBOSE, 1L); /* also without a trace: whether the request was sent */
	HTTP_SET(CURLOPT_DEBUGFUNCTION, http_note);
	HTTP_SET(CURLOPT_DEBUGDATA, http);
	HTTP_SET(CURLOPT_HEADERFUNCTION, http_take_header);
	HTTP_SET(CURLOPT_HEADERDATA, http);
	HTTP_SET(CURLOPT_WRITEFUNCTION, http_take_body);
	HTTP_SET(CURLOPT_WRITEDATA, http);
#undef HTTP_SET
	return ok && http_set_trust(http);
}

/* Without "Expect: 100-continue", which some servers wait for in vain. */
static bool http_make_lines(struct http *http)
{
	static const char *const common[] = {"Expect:", "Content-Type: text/plain; charset=UTF-8"};

	for (unsigned i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		struct curl_slist *plain = curl_slist_append(http->plain, common[i]);
		struct curl_slist *gzip = curl_slist_append(http->gzip, common[i]);

		if (plain == NULL || gzip == NULL)
			return false;
		http->plain = plain;
		http->gzip = gzip;
	}
	return curl_slist_append(http->gzip, "Content-Encoding: gzip") != NULL;
}

int http_open(const struct http_settings *settings, struct http **http_r, struct err *err)
{
	struct http *http;

	if (settings->username != NULL && http_hide(settings, err) != 0)
		return -1;
	if (libcurl_open(err) != 0)
		return -1;
	http = calloc(1, sizeof(*http));
	if (http == NULL)
		return err_nomem(err);
	http->settings = settings;
	buf_init(&http->address, 0);
	buf_init(&http->pins, 0);
	http_add_address(http);
	http_add_pins(http);
	http->multi = curl_multi_init();
	http->easy = curl_easy_init();
	if (http->multi == NULL || http->easy == NULL || http->address.failed != 0 ||
	    http->pins.failed != 0 || !http_make_lines(http) || !http_set_up(http)) {
		http_close(http);
		return err_set(err, ERR_SYSTEM, "libcurl cannot be set up: is it too old?");
	}
	*http_r = http;
	return 0;
}

void http_close(struct http *http)
{
	if (http == NULL)
		return;
	curl_easy_cleanup(http->easy);
	if (http->multi != NULL)
		curl_multi_cleanup(http->multi);
	curl_slist_free_all(http->plain);
	curl_slist_free_all(http->gzip);
	buf_fini(&http->address);
	buf_fini(&http->pins);
	free(http);
	curl_global_cleanup();
}

const char *http_address(const struct http *http)
{
	return http->address.p;
}

bool http_is_untrusted(const struct http *http)
{
	return http->untrusted;
}

/* The table of what libcurl's failures mean to us. */
static enum err_code http_code(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return ERR_NOHOST;
	case CURLE_COULDNT_CONNECT:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_PARTIAL_FILE:
		return ERR_TEMPORARY;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_SSL_CERTPROBLEM:
		return ERR_UNAVAILABLE;
	case CURLE_OUT_OF_MEMORY:
		return ERR_SYSTEM;
	default:
		return ERR_PROTOCOL;
	}
}

static bool http_is_about_trust(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_PINNEDPUBKEYNOTMATCH ||
	       code == CURLE_SSL_ISSUER_ERROR;
}

/* The call's time, which a signal ends, too. */
static int http_check_time(struct http *http, struct err *err)
{
	if (interrupt_check(err) != 0)
		return -1;
	if (clock_is_over(http->settings->deadline))
		return clock_refuse(err);
	if (clock_now() - http->heard >= (int64_t)http->settings->timeout * 1000)
		return err_set(err, ERR_TEMPORARY, "%s has said nothing for %u second%s",
		    http->settings->peer, http->settings->timeout,
		    http->settings->timeout == 1 ? "" : "s");
	return 0;
}

/* To the end of the transfer: its result, or why we ended it. */
static int http_perform(struct http *http, CURLcode *code_r, struct err *err)
{
	struct curl_waitfd interrupt = {.fd = interrupt_fd(), .events = CURL_WAIT_POLLIN};
	unsigned extra = interrupt.fd >= 0 ? 1 : 0;
	int running = 1;

	while (running > 0) {
		CURLMsg *message;
		int left;

		if (http_check_time(http, err) != 0)
			return -1;
		if (curl_multi_perform(http->multi, &running) != CURLM_OK)
			return err_set(err, ERR_SYSTEM, "libcurl has failed");
		message = curl_multi_info_read(http->multi, &left);
		if (message != NULL && message->msg == CURLMSG_DONE) {
			*code_r = message->data.result;
			return 0;
		}
		if (running > 0 &&
		    curl_multi_poll(http->multi, &interrupt, extra, HTTP_TICK, NULL) != CURLM_OK)
			return err_set(err, ERR_SYSTEM, "libcurl cannot wait");
	}
	return err_set(err, ERR_SYSTEM, "libcurl has lost the call");
}

/* Of a refusal it does not matter whether all of its text came. */
static int http_explain(struct http *http, CURLcode code, const char *detail, struct err *err)
{
	if (http->stop.code != ERR_NONE) {
		*err = http->stop;
		return -1;
	}
	if (code == CURLE_OK || (http->answer->status != 0 && http->answer->status != 200))
		return 0;
	http->untrusted = http_is_about_trust(code);
	if (code == CURLE_PARTIAL_FILE)
		return err_set(err, ERR_TEMPORARY, "the answer is shorter than it should be");
	return err_set(
	    err, http_code(code), "%s", *detail != '\0' ? detail : curl_easy_strerror(code));
}

static void http_begin(struct http *http, const struct http_call *call, struct http_answer *answer)
{
	http->call = call;
	http->answer = answer;
	http->untrusted = false;
	http->received = 0;
	http->header = 0;
	http->heard = clock_now();
	http->got_status = false;
	http->stop = (struct err)ERR_INIT;
}

/* Over a connection that was used before libcurl would send a request twice. */
static bool http_set_call(struct http *http, const struct http_call *call, char *detail)
{
	CURL *easy = http->easy;
	const bool posts = call->body.p != NULL;
	bool ok = true;

#define HTTP_SET(option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK
	HTTP_SET(CURLOPT_REQUEST_TARGET, call->target);
	HTTP_SET(CURLOPT_ERRORBUFFER, detail);
	HTTP_SET(CURLOPT_FRESH_CONNECT, call->once ? 1L : 0L);
	HTTP_SET(CURLOPT_HTTPGET, 1L);
	HTTP_SET(CURLOPT_HTTPHEADER, !posts                   ? NULL
				     : call->encoding != NULL ? http->gzip
							      : http->plain);
	if (posts) {
		HTTP_SET(CURLOPT_POST, 1L);
		HTTP_SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
		HTTP_SET(CURLOPT_POSTFIELDS, call->body.p);
	}
#undef HTTP_SET
	return ok;
}

int http_run(
    struct http *http, const struct http_call *call, struct http_answer *answer_r, struct err *err)
{
	char detail[CURL_ERROR_SIZE] = "";
	CURLcode code = CURLE_OK;
	struct buf shown;
	int result;

	*answer_r = (struct http_answer){0};
	if (http->call != NULL)
		return err_set(err, ERR_INTERNAL, "a request within another one's answer");
	http_begin(http, call, answer_r);
	if (!http_set_call(http, call, detail) ||
	    curl_multi_add_handle(http->multi, http->easy) != CURLM_OK) {
		http->call = NULL;
		return err_nomem(err);
	}
	result = http_perform(http, &code, err);
	if (result == 0) {
		if (http->header > 0)
			http_learn_status(http);
		buf_init(&shown, 0);
		log_escape(&shown, span_of(detail));
		result = http_explain(http, code, buf_string(&shown), err);
		buf_fini(&shown);
	}
	curl_multi_remove_handle(http->multi, http->easy);
	curl_easy_setopt(http->easy, CURLOPT_ERRORBUFFER, NULL);
	http->call = NULL;
	return result;
}
