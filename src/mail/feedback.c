#include "mail/feedback.h"

#include "mail/header.h"
#include "mail/received.h"
#include "mail/syntax.h"

static const struct {
	struct span name;
	enum feedback_field field;
} feedback_names[] = {
    {{"Feedback-Type", 13}, FEEDBACK_TYPE},
    {{"User-Agent", 10}, FEEDBACK_USER_AGENT},
    {{"Version", 7}, FEEDBACK_VERSION},
    {{"Original-Envelope-Id", 20}, FEEDBACK_ENVELOPE_ID},
    {{"Original-Mail-From", 18}, FEEDBACK_MAIL_FROM},
    {{"Arrival-Date", 12}, FEEDBACK_ARRIVAL_DATE},
    {{"Received-Date", 13}, FEEDBACK_ARRIVAL_DATE},
    {{"Reporting-MTA", 13}, FEEDBACK_REPORTING_MTA},
    {{"Source-IP", 9}, FEEDBACK_SOURCE_IP},
    {{"Incidents", 9}, FEEDBACK_INCIDENTS},
    {{"Authentication-Results", 22}, FEEDBACK_RESULTS},
    {{"Original-Rcpt-To", 16}, FEEDBACK_RCPT_TO},
};

void feedback_init(struct feedback *feedback)
{
	*feedback = (struct feedback){0};
	buf_init(&feedback->fields, 0);
	buf_init(&feedback->original, 0);
}

void feedback_fini(struct feedback *feedback)
{
	buf_fini(&feedback->fields);
	buf_fini(&feedback->original);
}

static bool feedback_is_type(const struct mime_type *type)
{
	char room[MIME_MAX_FIELD];
	struct buf value = {.p = room, .size = sizeof(room), .max = sizeof(room)};

	if (!mime_type_is(type, SPAN("multipart"), SPAN("report")))
		return false;
	return mime_type_parameter(type, SPAN("report-type"), &value) &&
	       span_eq_nocase(span_trim(buf_span(&value)), SPAN("feedback-report"));
}

bool feedback_is(struct span header)
{
	struct mime_type type;
	bool is;

	mime_type_read(header, &type);
	is = feedback_is_type(&type);
	return is;
}

/* What a walk over the parts has seen. */
struct feedback_parts {
	bool says; /* the top says that it is a report */
	bool has_fields, has_original, has_message, has_nested;
	bool is_report; /* multipart/report of another type or none */
	bool is_xarf;
	bool is_complaint;
	struct mime_part fields, original, message;
	struct span text; /* the first text part */
};

static bool feedback_is_original(const struct mime_type *type)
{
	return span_eq_nocase(type->type, SPAN("message")) ||
	       (span_eq_nocase(type->type, SPAN("text")) &&
		   span_starts_nocase(type->subtype, SPAN("rfc822")));
}

static bool feedback_take_part(
    void *context, const struct mime_part *part, const struct mime_type *type, unsigned depth)
{
	struct feedback_parts *parts = context;
	struct span name = SPAN("feedback-report");

	if (depth == 0) {
		parts->says = feedback_is_type(type);
		parts->is_report = mime_type_is(type, SPAN("multipart"), SPAN("report"));
		parts->is_complaint = feedback_is_complaint(part->header);
		parts->is_xarf = mime_field(part->header, SPAN("X-ARF")).n > 0 ||
				 mime_field(part->header, SPAN("X-XARF")).n > 0;
	}
	if (!parts->has_fields && mime_type_is(type, SPAN("message"), name)) {
		parts->has_fields = true;
		parts->fields = *part;
	} else if (feedback_is_original(type) && parts->has_fields) {
		parts->has_original = true;
		parts->original = *part;
		return false;
	} else if (feedback_is_original(type) && !parts->has_message) {
		parts->has_message = true; /* it may stand in front of part 2 */
		parts->message = *part;
	} else if (parts->text.p == NULL && span_eq_nocase(type->type, SPAN("text"))) {
		parts->text = part->body;
	}
	return true;
}

/* Blank lines do not end part 2: some reporters part groups by them. */
static void feedback_add_lines(struct span text, struct buf *out)
{
	while (text.n > 0) {
		size_t end = span_find(text, '\n');
		struct span line = span_head(text, end);

		if (span_trim(line).n > 0) {
			buf_add(out, line);
			buf_add_char(out, '\n');
		}
		text = end == SPAN_NPOS ? SPAN_EMPTY : span_from(text, end + 1);
	}
}

static void feedback_add_recipient(struct feedback *feedback, struct span value)
{
	for (unsigned i = 0; i < feedback->recipients && i < FEEDBACK_MAX_RECIPIENTS; i++)
		if (span_eq(feedback->recipient[i], value))
			return;
	if (feedback->recipients < FEEDBACK_MAX_RECIPIENTS)
		feedback->recipient[feedback->recipients] = value;
	feedback->recipients++;
}

static void feedback_take_value(
    struct feedback *feedback, enum feedback_field field, struct span value, bool is_twin)
{
	struct span *known = &feedback->value[field];
	struct feedback_login login;

	if (field == FEEDBACK_RCPT_TO)
		feedback_add_recipient(feedback, value);
	if (known->n == 0 || (field == FEEDBACK_RESULTS && !feedback_read_login(*known, &login)))
		*known = value;
	else if (field != FEEDBACK_RCPT_TO && field != FEEDBACK_RESULTS && !span_eq(*known, value))
		feedback->marks |= is_twin ? FEEDBACK_TWO_DATES : FEEDBACK_CONFLICT;
}

/* Unfolds into a buffer that has room for all, so that the values stay where they are. */
static void feedback_take_field(
    struct feedback *feedback, const struct header_field *field, struct buf *out, int *first_date)
{
	size_t at = out->n;
	struct span value;

	for (size_t i = 0; i < sizeof(feedback_names) / sizeof(feedback_names[0]); i++) {
		bool is_date = feedback_names[i].field == FEEDBACK_ARRIVAL_DATE;

		if (!span_eq_nocase(field->name, feedback_names[i].name))
			continue;
		if (field->body.n > FEEDBACK_MAX_VALUE)
			feedback->marks |= FEEDBACK_TRUNCATED;
		header_unfold(span_head(field->body, FEEDBACK_MAX_VALUE), out);
		value = (struct span){out->p + at, out->n - at};
		if (value.n == 0)
			return;
		feedback_take_value(
		    feedback, feedback_names[i].field, value, is_date && *first_date != (int)i);
		if (is_date && *first_date < 0)
			*first_date = (int)i;
		return;
	}
}

static void feedback_read_fields(struct feedback *feedback, struct span text)
{
	struct buf lines;
	struct header_iter iter;
	struct header_field field;
	unsigned count = 0;
	int first_date = -1;

	buf_init(&lines, 0);
	feedback_add_lines(text, &lines);
	buf_reserve(&feedback->fields, lines.n + 1);
	header_iter_init(&iter, buf_span(&lines));
	while (header_next(&iter, &field) == 1) {
		if (field.name.n > FEEDBACK_MAX_NAME)
			continue;
		if (count++ == FEEDBACK_MAX_FIELDS) {
			feedback->marks |= FEEDBACK_TRUNCATED;
			break;
		}
		feedback_take_field(feedback, &field, &feedback->fields, &first_date);
	}
	buf_fail(&feedback->fields, lines.failed);
	buf_fini(&lines);
}

/* Part 2 decoded, into the fields' own buffer when that is needed. */
static void feedback_decode_fields(struct feedback *feedback, const struct mime_part *part)
{
	struct buf text;

	buf_init(&text, 0);
	mime_decode(part, &text);
	if (text.n > FEEDBACK_MAX_PART)
		feedback->marks |= FEEDBACK_TRUNCATED;
	feedback_read_fields(feedback, span_head(buf_span(&text), FEEDBACK_MAX_PART));
	buf_fail(&feedback->fields, text.failed);
	buf_fini(&text);
}

static struct span blank_lines_skip(struct span text)
{
	while (text.n > 0 && (text.p[0] == '\r' || text.p[0] == '\n'))
		text = span_from(text, 1);
	return text;
}

/* Leading blank lines and one mbox line are passed over (some reporters keep them). */
static struct span feedback_begin_of(struct span text)
{
	size_t end;

	text = blank_lines_skip(text);
	if (!span_eq(span_head(text, 5), SPAN("From ")) &&
	    !span_eq(span_head(text, 6), SPAN(">From ")))
		return text;
	end = span_find(text, '\n');
	return end == SPAN_NPOS ? SPAN_EMPTY : blank_lines_skip(span_from(text, end + 1));
}

static void feedback_read_original(struct feedback *feedback, const struct mime_part *part)
{
	struct span text = part->body;
	struct span encoding = mime_field(part->header, SPAN("Content-Transfer-Encoding"));

	if (span_starts_nocase(encoding, SPAN("base64")) ||
	    span_starts_nocase(encoding, SPAN("quoted-printable"))) {
		mime_decode(part, &feedback->original);
		text = buf_span(&feedback->original);
	}
	feedback->header = mime_split(feedback_begin_of(text)).header;
	if (feedback->header.n > FEEDBACK_MAX_HEADER) {
		feedback->header.n = FEEDBACK_MAX_HEADER;
		feedback->marks |= FEEDBACK_TRUNCATED;
	}
	feedback->has_original = feedback->header.n > 0;
	feedback->has_nested = feedback_is(feedback->header);
}

/* What is no ARF, and yet tells of spam. */
static enum feedback_kind feedback_other_kind(const struct feedback_parts *parts)
{
	if (parts->is_xarf)
		return FEEDBACK_XARF;
	if (parts->has_message &&
	    feedback_is(mime_split(feedback_begin_of(parts->message.body)).header))
		return FEEDBACK_NESTED;
	if (parts->is_report && span_find_text(span_head(parts->text, MIME_MAX_FIELD),
				    SPAN("DMARC Results:")) != SPAN_NPOS)
		return FEEDBACK_DMARC;
	return FEEDBACK_NONE;
}

/* "complaint about message from 192.0.2.5": the address; empty: another subject. */
static struct span feedback_complaint_ip(struct span header)
{
	static const struct span subject = {"complaint about message from ", 29};
	struct span value = mime_field(header, SPAN("Subject"));

	return span_starts_nocase(value, subject) ? feedback_ip(span_from(value, subject.n))
						  : SPAN_EMPTY;
}

bool feedback_is_complaint(struct span header)
{
	struct mime_type type;
	bool is;

	if (mime_field(header, SPAN("X-HmXmrOriginalRecipient")).n == 0 &&
	    feedback_complaint_ip(header).n == 0)
		return false;
	mime_type_read(header, &type);
	is = span_eq_nocase(type.type, SPAN("multipart"));
	return is;
}

/* A value of such a complaint, unfolded; there is room for it. */
static void feedback_keep(struct feedback *feedback, enum feedback_field field, struct span value)
{
	struct buf *out = &feedback->fields;
	size_t at = out->n;

	if (value.n > FEEDBACK_MAX_VALUE)
		feedback->marks |= FEEDBACK_TRUNCATED;
	header_unfold(span_head(value, FEEDBACK_MAX_VALUE), out);
	feedback->value[field] = (struct span){out->p + at, out->n - at};
}

/* What such a complaint says, as a report would. */
static void feedback_read_complaint(struct feedback *feedback, struct span header)
{
	struct span recipient = mime_field(header, SPAN("X-HmXmrOriginalRecipient"));
	struct span ip = feedback_complaint_ip(header), type = SPAN("abuse");

	if (buf_reserve(&feedback->fields, recipient.n + ip.n + type.n) == NULL)
		return;
	feedback->marks |= FEEDBACK_OLD_FORM;
	feedback_keep(feedback, FEEDBACK_TYPE, type);
	feedback_keep(feedback, FEEDBACK_SOURCE_IP, ip);
	feedback_keep(feedback, FEEDBACK_RCPT_TO, recipient);
	if (feedback->value[FEEDBACK_RCPT_TO].n > 0)
		feedback_add_recipient(feedback, feedback->value[FEEDBACK_RCPT_TO]);
}

static bool feedback_has_values(const struct feedback *feedback)
{
	for (unsigned i = 0; i < FEEDBACK_FIELD_COUNT; i++)
		if (feedback->value[i].n > 0)
			return true;
	return false;
}

int feedback_read(struct feedback *feedback, struct span message)
{
	struct feedback_parts parts = {0};

	feedback_fini(feedback);
	feedback_init(feedback);
	if (!mime_walk(message, feedback_take_part, &parts, NULL))
		return -1;
	if (!parts.has_fields && parts.is_complaint && parts.has_message) {
		feedback->kind = FEEDBACK_REPORT;
		feedback_read_complaint(feedback, mime_split(message).header);
		feedback_read_original(feedback, &parts.message);
		return feedback->fields.failed != 0 || feedback->original.failed != 0 ? -1 : 0;
	}
	if (!parts.has_fields) {
		feedback->kind = parts.says ? FEEDBACK_DAMAGED : feedback_other_kind(&parts);
		feedback->why = "it has no part message/feedback-report";
		return 0;
	}
	feedback->kind = FEEDBACK_REPORT;
	feedback_decode_fields(feedback, &parts.fields);
	if (parts.has_original || parts.has_message)
		feedback_read_original(
		    feedback, parts.has_original ? &parts.original : &parts.message);
	if (!feedback_has_values(feedback)) {
		feedback->kind = FEEDBACK_DAMAGED;
		feedback->why = "its part message/feedback-report has no fields";
	}
	return feedback->fields.failed != 0 || feedback->original.failed != 0 ? -1 : 0;
}

/* Where a word ends. */
static struct span feedback_word(struct span text)
{
	size_t n = 0;

	while (n < text.n && !span_is_blank(text.p[n]) && text.p[n] != ';' && text.p[n] != '(')
		n++;
	return span_head(text, n);
}

/*
 * "smtp.auth=X" where a word begins, outside comments and quotes; empty: none. When one of these is
 * not closed, it is text, as are those behind it: none is looked for twice.
 */
static struct span feedback_find_auth(struct span text)
{
	const struct span name = SPAN("smtp.auth=");
	bool is_open = false;
	size_t at = 0;

	while (at < text.n) {
		char c = text.p[at];
		bool begins = at == 0 || span_is_blank(text.p[at - 1]) || text.p[at - 1] == ';';
		size_t end = 0;

		if (begins && span_starts_nocase(span_from(text, at), name))
			return span_from(text, at + name.n);
		if (!is_open && (c == '(' || c == '"')) {
			end = c == '(' ? syntax_comment_end(text, at) : syntax_quoted_end(text, at);
			is_open = end == 0;
		}
		at = end != 0 ? end : at + 1;
	}
	return SPAN_EMPTY;
}

bool feedback_read_login(struct span results, struct feedback_login *login_r)
{
	struct span text = feedback_find_auth(results), value;
	struct feedback_login login = {0};
	size_t at;

	if (text.n > 0 && text.p[0] == '"') {
		size_t end = syntax_quoted_end(text, 0);

		value = end > 2 ? (struct span){text.p + 1, end - 2} : SPAN_EMPTY;
	} else {
		value = feedback_word(text);
	}
	if (value.n == 0)
		return false;
	at = span_rfind(value, '@');
	login.whole = value;
	login.user = span_head(value, at);
	login.domain = at != SPAN_NPOS ? span_from(value, at + 1) : SPAN_EMPTY;
	login.host = feedback_word(results);
	if (span_find(login.host, '=') != SPAN_NPOS)
		login.host = SPAN_EMPTY;
	*login_r = login;
	return true;
}

struct span feedback_path(struct span value, bool *null_r)
{
	*null_r = false;
	value = span_trim(value);
	if (value.n >= 2 && value.p[0] == '<') {
		size_t end = span_find(value, '>');

		value = span_trim(span_from(span_head(value, end), 1));
		*null_r = value.n == 0;
	}
	return value;
}

struct span feedback_ip(struct span value)
{
	size_t n = 0;

	value = span_trim(value);
	if (value.n > 0 && value.p[0] == '[')
		value = span_from(value, 1);
	if (span_starts_nocase(value, SPAN("IPv6:")))
		value = span_from(value, 5);
	while (n < value.n && !span_is_blank(value.p[n]) && strchr(",;(]%", value.p[n]) == NULL)
		n++;
	value = span_head(value, n);
	return received_is_ip(value) ? value : SPAN_EMPTY;
}
