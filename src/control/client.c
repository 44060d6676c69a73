#include "control/client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "http/client.h"

struct control {
	const struct control_settings *settings;
	struct http *http;
	/* Of the call under way: */
	const struct control_call *call;
	control_taker *take;
	void *context;
	size_t refusal; /* bytes of the text of one */
	bool sent;      /* the request may have arrived */
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

static const char *control_status_text(long status)
{
	static const struct {
		long status;
		const char *text;
	} texts[] = {
	    {400, "the filter does not understand the call"},
	    {403, "the API user may not make this call, or not from this address"},
	    {404, "there is no such call, or no API at this path"},
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
static int control_check_status(const struct control *control, long status, struct err *err)
{
	if (status == 200 || (status == 204 && control->call->changes))
		return 0;
	if (status == 401)
		return err_set(err, ERR_LOGIN, "the filter refuses the API user '%s' (HTTP 401)",
		    control->settings->http.username);
	if (status >= 300 && status < 400)
		return err_set(err, ERR_LOGIN,
		    "the filter sends the call elsewhere (HTTP %ld), probably to a page to log in: "
		    "is '%s' a user of the API?",
		    status, control->settings->http.username);
	return err_set(err, control_status_is_temporary(status) ? ERR_TEMPORARY : ERR_UNAVAILABLE,
	    "%s (HTTP %ld)", control_status_text(status), status);
}

/* Of a refusal the text that follows is of no use: it is for browsers. */
static int control_take(
    void *context, const struct http_answer *answer, struct span bytes, struct err *err)
{
	struct control *control = context;

	if (answer->status != 200 && answer->status != 204) {
		control->refusal += bytes.n;
		return control->refusal > CONTROL_MAX_REMARK
			   ? control_check_status(control, answer->status, err)
			   : 0;
	}
	if (answer->is_html && !control->call->any_form)
		return err_set(
		    err, ERR_PROTOCOL, "the answer is a page for browsers instead of a text");
	return control->take(control->context, bytes, err);
}

int control_open(
    const struct control_settings *settings, struct control **control_r, struct err *err)
{
	struct control *control = calloc(1, sizeof(*control));

	if (control == NULL)
		return err_nomem(err);
	control->settings = settings;
	if (http_open(&settings->http, &control->http, err) != 0) {
		free(control);
		return -1;
	}
	*control_r = control;
	return 0;
}

void control_close(struct control *control)
{
	if (control == NULL)
		return;
	http_close(control->http);
	free(control);
}

const char *control_address(const struct control *control)
{
	return http_address(control->http);
}

int control_prefix(const struct control *control, const char *call, struct err *err)
{
	if (err->code == ERR_UNAVAILABLE || err->code == ERR_PROTOCOL)
		err_prefix(err, "%s: %s", control_address(control), call);
	return -1;
}

bool control_is_untrusted(const struct control *control)
{
	return http_is_untrusted(control->http);
}

static int control_run(
    struct control *control, const struct control_call *call, const char *target, struct err *err)
{
	const struct http_call request = {
	    .target = target, .once = call->changes, .take = control_take, .context = control};
	struct http_answer answer;
	int result;

	control->call = call;
	control->refusal = 0;
	result = http_run(control->http, &request, &answer, err);
	control->sent = answer.sent;
	return result == 0 ? control_check_status(control, answer.status, err) : -1;
}

int control_stream(struct control *control, struct control_call *call, control_taker *take,
    void *context, struct err *err)
{
	struct buf target;
	int result;

	control->sent = false;
	control->take = take;
	control->context = context;
	control_call_add_text(call, "api_language", "en");
	control_call_add_text(call, "client_username", control->settings->client_username);
	buf_init(&target, 0);
	buf_add_text(&target, control->settings->http.path);
	buf_add_buf(&target, &call->query);
	buf_add_char(&target, '\0');
	result = target.failed != 0 ? err_nomem(err) : control_run(control, call, target.p, err);
	buf_fini(&target);
	if (result != 0 && err->code != ERR_SIGNAL)
		err_prefix(err, "%s: %s", control_address(control), call->name);
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
