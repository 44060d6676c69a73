#include "control/client.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/libcurl.h"
#include "base/log.h"
#include "base/mask.h"
#include "control/answer.h"

/* Milliseconds between two looks at the clock, also while nothing comes. */
#define CONTROL_TICK 250

#define CONTROL_AGENT "quarantine-report/" PACKAGE_VERSION

struct control {
	const struct control_settings *settings;
	struct buf address; /* without a query */
	struct buf pins;    /* as libcurl wants them */
	CURLM *multi;
	CURL *easy;
	bool untrusted;
	/* Of the call under way: */
	const struct control_call *call;
	control_taker *take;
	void *context;
	uint64_t received;
	size_t header;
	int64_t heard; /* as of clock_now(): the last byte, or the beginning */
	long status;
	bool is_html;
	bool got_status;
	bool sent;       /* the request may have arrived */
	struct err stop; /* why we ended it; ERR_NONE: we did not */
};

static const char control_printable[] = "-._~";

void control_call_init(struct control_call *call, const char *name)
{
	*call = (struct control_call){.name = name};
	buf_init(&call->query, 0);
	buf_printf(&call->query, "?call=%s", name);
}

void control_call_fini(struct control_call *call)
{
	buf_fini(&call->query);
}

void control_call_add(struct control_call *call, const char *name, struct span value)
{
	buf_printf(&call->query, "&%s=", name);
	buf_add_percent(&call->query, value, span_of(control_printable));
}

void control_call_add_text(struct control_call *call, const char *name, const char *value)
{
	control_call_add(call, name, span_of(value));
}

void control_call_add_number(struct control_call *call, const char *name, int64_t value)
{
	buf_printf(&call->query, "&%s=%" PRId64, name, value);
}

/* A header line, a byte more than one is too much, or a new section behind a 100. */
static size_t control_take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct control *control = context;
	struct span line = {bytes, size * count};

	control->heard = clock_now();
	control->header += line.n;
	control->sent = true;
	if (control->header > CONTROL_MAX_HEADER) {
		err_set(&control->stop, ERR_PROTOCOL,
		    "the header of the answer is longer than %zu bytes", CONTROL_MAX_HEADER);
		return 0;
	}
	if (span_starts_nocase(line, SPAN("content-type:")))
		control->is_html = span_find_text_nocase(line, SPAN("html")) != SPAN_NPOS;
	return line.n;
}

static const char *control_status_text(long status)
{
	static const struct {
		long status;
		const char *text;
	} texts[] = {
	    {400, "the filter does not understand the call"},
	    {403, "the API user may not make this call, or not from this address"},
	    {404, "there is no API at this path"},
	    {429, "the filter asks for fewer calls"},
	    {500, "something broke on the filter's side"},
	    {502, "the filter is not reachable behind its gateway"},
	    {503, "the filter is not available now"},
	    {504, "the filter is not reachable behind its gateway"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].status == status)
			return texts[i].text;
	return "the call was refused";
}

static bool control_status_is_temporary(long status)
{
	return status == 429 || status == 502 || status == 503 || status == 504;
}

/* What the status alone says about the call. */
static int control_check_status(const struct control *control, struct err *err)
{
	long status = control->status;

	if (status == 200 || (status == 204 && control->call->changes))
		return 0;
	if (status == 401)
		return err_set(err, ERR_LOGIN, "the filter refuses the API user '%s' (HTTP 401)",
		    control->settings->username);
	if (status >= 300 && status < 400)
		return err_set(err, ERR_LOGIN,
		    "the filter sends the call elsewhere (HTTP %ld), probably to a page to log in: "
		    "is '%s' a user of the API?",
		    status, control->settings->username);
	return err_set(err, control_status_is_temporary(status) ? ERR_TEMPORARY : ERR_UNAVAILABLE,
	    "%s (HTTP %ld)", control_status_text(status), status);
}

static bool control_learn_status(struct control *control)
{
	if (!control->got_status)
		curl_easy_getinfo(control->easy, CURLINFO_RESPONSE_CODE, &control->status);
	control->got_status = true;
	return control->status == 200 || control->status == 204;
}

/* Of a refusal the text that follows is of no use: it is for browsers. */
static size_t control_take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct control *control = context;
	struct span span = {bytes, size * count};

	control->heard = clock_now();
	control->received += span.n;
	if (control->received > CONTROL_MAX_STREAM) {
		err_set(&control->stop, ERR_PROTOCOL, "the answer does not end");
		return 0;
	}
	if (!control_learn_status(control))
		return control->received > CONTROL_MAX_REMARK ? 0 : span.n;
	if (control->is_html && !control->call->any_form) {
		err_set(&control->stop, ERR_PROTOCOL,
		    "the answer is a page for browsers instead of a text");
		return 0;
	}
	return control->take(control->context, span, &control->stop) == 0 ? span.n : 0;
}

/* The request without the line that holds the password. */
static void control_trace_request(struct span text)
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

static int control_note(CURL *easy, curl_infotype type, char *bytes, size_t n, void *context)
{
	struct control *control = context;
	struct span text = {bytes, n};

	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		control->sent = true;
	if (!control->settings->trace)
		return 0;
	if (type == CURLINFO_HEADER_OUT)
		control_trace_request(text);
	else if (type == CURLINFO_HEADER_IN && span_trim(text).n > 0)
		log_line("S: ", span_trim(text));
	else if (type == CURLINFO_DATA_IN)
		log_line("S: ", span_head(text, CONTROL_MAX_REMARK));
	return 0;
}

/* Adds the bytes in base64 (RFC 4648, 4); the room is taken at once. */
static void control_add_base64(struct buf *out, struct span bytes)
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
static int control_hide(const struct control_settings *settings, struct err *err)
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
		control_add_base64(&encoded, buf_span(&plain));
	}
	result = plain.failed != 0 || encoded.failed != 0 ? err_nomem(err)
							  : mask_add(buf_span(&encoded), err);
	buf_wipe(&plain);
	buf_wipe(&encoded);
	buf_fini(&plain);
	buf_fini(&encoded);
	return result;
}

static void control_add_address(struct control *control)
{
	const struct control_settings *settings = control->settings;
	bool is_ipv6 = strchr(settings->host, ':') != NULL;

	buf_printf(&control->address, "%s://%s%s%s", settings->plaintext ? "http" : "https",
	    is_ipv6 ? "[" : "", settings->host, is_ipv6 ? "]" : "");
	if (settings->port != 0)
		buf_printf(&control->address, ":%u", settings->port);
	buf_add_text(&control->address, settings->path);
	buf_string(&control->address); /* so that a NUL stands behind it; nothing is added later */
}

static void control_add_pins(struct control *control)
{
	for (unsigned i = 0; i < control->settings->pin_count; i++) {
		buf_add_text(&control->pins, i > 0 ? ";sha256//" : "sha256//");
		control_add_base64(&control->pins,
		    (struct span){(const char *)control->settings->pin[i], CONTROL_PIN_SIZE});
	}
}

/* What is the same for all calls. */
static bool control_set_up(struct control *control)
{
	const struct control_settings *settings = control->settings;
	const char *protocol = settings->plaintext ? "http" : "https";
	CURL *easy = control->easy;
	bool ok = true;

#define CONTROL_SET(option, value) ok = ok && curl_easy_setopt(easy, option, value) == CURLE_OK
	/* What is asked for is set apart: without memory libcurl would drop the query of a URL. */
	CONTROL_SET(CURLOPT_URL, control->address.p);
	CONTROL_SET(CURLOPT_PROTOCOLS_STR, protocol);
	CONTROL_SET(CURLOPT_FOLLOWLOCATION, 0L);
	CONTROL_SET(CURLOPT_PROXY, "");
	CONTROL_SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	CONTROL_SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	CONTROL_SET(CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
	CONTROL_SET(CURLOPT_USERNAME, settings->username);
	CONTROL_SET(CURLOPT_PASSWORD, settings->password->bytes);
	CONTROL_SET(CURLOPT_USERAGENT, CONTROL_AGENT);
	CONTROL_SET(CURLOPT_NOSIGNAL, 1L);
	CONTROL_SET(CURLOPT_NOPROGRESS, 1L);
	CONTROL_SET(CURLOPT_QUICK_EXIT, 1L);
	CONTROL_SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	CONTROL_SET(CURLOPT_CONNECTTIMEOUT, (long)settings->timeout);
	CONTROL_SET(CURLOPT_VERBOSE, 1L); /* also without a trace: whether the request was sent */
	CONTROL_SET(CURLOPT_DEBUGFUNCTION, control_note);
	CONTROL_SET(CURLOPT_DEBUGDATA, control);
	CONTROL_SET(CURLOPT_HEADERFUNCTION, control_take_header);
	CONTROL_SET(CURLOPT_HEADERDATA, control);
	CONTROL_SET(CURLOPT_WRITEFUNCTION, control_take_body);
	CONTROL_SET(CURLOPT_WRITEDATA, control);
	if (settings->ca_file != NULL) {
		CONTROL_SET(CURLOPT_CAINFO, settings->ca_file);
		CONTROL_SET(CURLOPT_CAPATH, NULL); /* or the system's would be trusted, too */
	}
	if (settings->pin_count > 0) {
		CONTROL_SET(CURLOPT_PINNEDPUBLICKEY, buf_string(&control->pins));
		CONTROL_SET(CURLOPT_SSL_VERIFYPEER, 0L);
		CONTROL_SET(CURLOPT_SSL_VERIFYHOST, 0L);
	}
#undef CONTROL_SET
	return ok;
}

int control_open(
    const struct control_settings *settings, struct control **control_r, struct err *err)
{
	struct control *control;

	if (control_hide(settings, err) != 0)
		return -1;
	if (libcurl_open(err) != 0)
		return -1;
	control = calloc(1, sizeof(*control));
	if (control == NULL)
		return err_nomem(err);
	control->settings = settings;
	buf_init(&control->address, 0);
	buf_init(&control->pins, 0);
	control_add_address(control);
	control_add_pins(control);
	control->multi = curl_multi_init();
	control->easy = curl_easy_init();
	if (control->multi == NULL || control->easy == NULL || control->address.failed != 0 ||
	    control->pins.failed != 0 || !control_set_up(control)) {
		control_close(control);
		return err_set(err, ERR_SYSTEM, "libcurl cannot be set up: is it too old?");
	}
	*control_r = control;
	return 0;
}

void control_close(struct control *control)
{
	if (control == NULL)
		return;
	curl_easy_cleanup(control->easy);
	if (control->multi != NULL)
		curl_multi_cleanup(control->multi);
	buf_fini(&control->address);
	buf_fini(&control->pins);
	free(control);
	curl_global_cleanup();
}

const char *control_address(const struct control *control)
{
	return control->address.p;
}

bool control_is_untrusted(const struct control *control)
{
	return control->untrusted;
}

/* The table of what libcurl's failures mean to us. */
static enum err_code control_code(CURLcode code)
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

static bool control_is_about_trust(CURLcode code)
{
	return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_PINNEDPUBKEYNOTMATCH ||
	       code == CURLE_SSL_ISSUER_ERROR;
}

/* The call's time, which a signal ends, too. */
static int control_check_time(struct control *control, struct err *err)
{
	if (interrupt_check(err) != 0)
		return -1;
	if (clock_is_over(control->settings->deadline))
		return clock_refuse(err);
	if (clock_now() - control->heard >= (int64_t)control->settings->timeout * 1000)
		return err_set(err, ERR_TEMPORARY, "the filter has said nothing for %u seconds",
		    control->settings->timeout);
	return 0;
}

/* To the end of the transfer: its result, or why we ended it. */
static int control_perform(struct control *control, CURLcode *code_r, struct err *err)
{
	struct curl_waitfd interrupt = {.fd = interrupt_fd(), .events = CURL_WAIT_POLLIN};
	unsigned extra = interrupt.fd >= 0 ? 1 : 0;
	int running = 1;

	while (running > 0) {
		CURLMsg *message;
		int left;

		if (control_check_time(control, err) != 0)
			return -1;
		if (curl_multi_perform(control->multi, &running) != CURLM_OK)
			return err_set(err, ERR_SYSTEM, "libcurl has failed");
		message = curl_multi_info_read(control->multi, &left);
		if (message != NULL && message->msg == CURLMSG_DONE) {
			*code_r = message->data.result;
			return 0;
		}
		if (running > 0 && curl_multi_poll(control->multi, &interrupt, extra, CONTROL_TICK,
				       NULL) != CURLM_OK)
			return err_set(err, ERR_SYSTEM, "libcurl cannot wait");
	}
	return err_set(err, ERR_SYSTEM, "libcurl has lost the call");
}

static int control_explain(
    struct control *control, CURLcode code, const char *detail, struct err *err)
{
	enum err_code ours = control_code(code);

	if (control->stop.code != ERR_NONE) {
		*err = control->stop;
		return -1;
	}
	if (code == CURLE_OK || (control->status != 0 && control->status != 200))
		return control_check_status(control, err);
	control->untrusted = control_is_about_trust(code);
	if (code == CURLE_PARTIAL_FILE)
		return err_set(err, ERR_TEMPORARY, "the answer is shorter than it should be");
	return err_set(err, ours, "%s", *detail != '\0' ? detail : curl_easy_strerror(code));
}

static void control_begin(struct control *control, const struct control_call *call)
{
	control->call = call;
	control->untrusted = false;
	control->received = 0;
	control->header = 0;
	control->heard = clock_now();
	control->status = 0;
	control->is_html = false;
	control->got_status = false;
	control->sent = false;
	control->stop = (struct err)ERR_INIT;
}

/* The transfer itself. */
static int control_run(struct control *control, const char *target, struct err *err)
{
	char detail[CURL_ERROR_SIZE] = "";
	CURLcode code = CURLE_OK;
	CURL *easy = control->easy;
	long alone = control->call->changes ? 1L : 0L;
	struct buf shown;
	int result;

	/* Over a connection that was used before libcurl would send a request twice. */
	if (curl_easy_setopt(easy, CURLOPT_REQUEST_TARGET, target) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail) != CURLE_OK ||
	    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, alone) != CURLE_OK ||
	    curl_multi_add_handle(control->multi, easy) != CURLM_OK)
		return err_nomem(err);
	result = control_perform(control, &code, err);
	if (result == 0) {
		if (control->header > 0)
			control_learn_status(control);
		buf_init(&shown, 0);
		log_escape(&shown, span_of(detail));
		result = control_explain(control, code, buf_string(&shown), err);
		buf_fini(&shown);
	}
	curl_multi_remove_handle(control->multi, easy);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
	return result;
}

int control_stream(struct control *control, struct control_call *call, control_taker *take,
    void *context, struct err *err)
{
	struct buf target;
	int result;

	control_begin(control, call);
	control->take = take;
	control->context = context;
	control_call_add_text(call, "api_language", "en");
	control_call_add_text(call, "client_username", control->settings->client_username);
	buf_init(&target, 0);
	buf_add_text(&target, control->settings->path);
	buf_add_buf(&target, &call->query);
	buf_add_char(&target, '\0');
	result = target.failed != 0 ? err_nomem(err) : control_run(control, target.p, err);
	buf_fini(&target);
	if (result != 0 && err->code != ERR_SIGNAL)
		err_prefix(err, "%s: %s", control->address.p, call->name);
	return result;
}

static int control_keep(void *context, struct span bytes, struct err *err)
{
	struct buf *body = context;

	buf_add(body, bytes);
	if (body->failed == 0)
		return 0;
	if (body->max > 0 && body->n + bytes.n > body->max)
		return err_set(err, ERR_PROTOCOL, "the answer is longer than %zu bytes", body->max);
	return err_nomem(err);
}

int control_fetch(
    struct control *control, struct control_call *call, struct buf *body, struct err *err)
{
	return control_stream(control, call, control_keep, body, err);
}

/* The rest says nothing that the beginning does not. */
static int control_keep_remark(void *context, struct span bytes, struct err *err)
{
	struct buf *text = context;
	struct span part = span_head(bytes, CONTROL_MAX_REMARK - text->n);

	buf_add(text, part);
	return text->failed != 0 ? err_nomem(err) : 0;
}

int control_change(struct control *control, struct control_call *call,
    struct control_remark *remark, struct err *err)
{
	int result;

	call->changes = true;
	call->any_form = true;
	remark->sent = false;
	buf_clear(&remark->text);
	result = control_stream(control, call, control_keep_remark, &remark->text, err);
	remark->sent = control->sent;
	return result;
}
