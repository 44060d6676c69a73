/*
 * Reports of abuse (ARF). The one that the outgoing filter writes says in its
 * part 2 who logged in; part 3 is the message, in which the sender may have
 * written anything above the lines of the filter. So part 2 decides about the
 * account, and part 3 about all that only the customer's own server knows.
 */
#include "base/interrupt.h"
#include "base/utf8.h"
#include "evidence/brand.h"
#include "evidence/evidence_rules.h"
#include "mail/address.h"
#include "mail/date.h"
#include "mail/received.h"
#include "mail/syntax.h"
#include "source/files/kinds.h"
#include "text/escape.h"

/* What the record says that is not from the message: by these rules, in explanations and JSON. */
enum arf_rule {
	ARF_SOURCE_IP,
	ARF_MAIL_FROM, /* Identity, when nothing else tells */
	ARF_TYPE,
	ARF_REPORTER,
	ARF_ENVELOPE_ID,
	ARF_RULE_COUNT
};

static const struct evidence_rule arf_rules[ARF_RULE_COUNT] = {
    [ARF_SOURCE_IP] = {.name = "report-source-ip", .column = COLUMN_SOURCE_IP},
    [ARF_MAIL_FROM] = {.name = "report-original-mail-from", .column = COLUMN_IDENTITY},
    [ARF_TYPE] = {.name = "report-feedback-type", .column = COLUMN_FEEDBACK_TYPE},
    [ARF_REPORTER] = {.name = "report-from", .column = COLUMN_REPORTER},
    [ARF_ENVELOPE_ID] = {.name = "report-original-envelope-id", .column = COLUMN_ENVELOPE_ID},
};

/* The brand of a block that is made of part 2, where part 3 has none. */
#define ARF_BRAND SPAN("Report")

/* A report, and what part 3 says of the same. */
struct arf {
	struct files_run *run;
	const struct files_message *message;
	const struct feedback *feedback;
	struct span type;            /* of the feedback; the word alone */
	struct feedback_login login; /* empty: part 2 names none */
	struct files_trace trace;    /* of part 3 */
	struct span host;            /* the filter that reports */
	struct span brand;
	struct span user, domain, class; /* of the brand's last lines in part 3 */
	bool has_user;
	bool is_contested; /* part 3 has other lines of the brand, or another login */
	struct message out;
	struct record record;
	struct buf notes;
	unsigned rules; /* bit 1 << enum arf_rule: it filled its column */
};

static struct span arf_value(const struct arf *arf, enum feedback_field field)
{
	return arf->feedback->value[field];
}

/* Cleaned, in the run's arena. */
static struct span arf_clean(struct arf *arf, struct span value)
{
	unsigned defects = 0;

	return value_raw(&arf->run->values, value, &arf->run->arena, &defects);
}

/* The lines of the filter's brand in part 3. The last ones are its own, unless it wrote none. */
static void arf_read_brand(struct arf *arf)
{
	struct header_iter iter;
	struct header_field field;
	struct span brand;
	enum brand_field which;

	if (!brand_find(arf->feedback->header, &arf->brand))
		return;
	header_iter_init(&iter, arf->feedback->header);
	while (header_next(&iter, &field) == 1) {
		struct span value = span_trim(field.body);

		if (!brand_split(field.name, &brand, &which) || !span_eq_nocase(brand, arf->brand))
			continue;
		if (which == BRAND_USERNAME) {
			arf->is_contested |= arf->has_user && !span_eq(arf->user, value);
			arf->has_user = true;
			arf->user = value;
		} else if (which == BRAND_DOMAIN) {
			arf->is_contested |= arf->domain.n > 0 && !span_eq(arf->domain, value);
			arf->domain = value;
		} else if (which == BRAND_OUTGOING_CLASS) {
			arf->class = value;
		}
	}
}

/*
 * The login: of part 2; else of part 3, when the host that part 2 names wrote it.
 */
static void arf_read_login(struct arf *arf)
{
	struct span results = arf_value(arf, FEEDBACK_RESULTS);
	struct header_iter iter;
	struct header_field field;
	struct feedback_login login;
	struct buf text;

	if (results.n == 0 || feedback_read_login(results, &arf->login))
		return;
	buf_init(&text, 0);
	header_iter_init(&iter, arf->feedback->header);
	while (header_next(&iter, &field) == 1) {
		if (!span_eq_nocase(field.name, SPAN("Authentication-Results")))
			continue;
		buf_clear(&text);
		header_unfold(span_head(field.body, MIME_MAX_FIELD), &text);
		arena_fail(&arf->run->arena, text.failed);
		if (feedback_read_login(buf_span(&text), &login) && login.host.n > 0 &&
		    span_eq_nocase(login.host, files_word(results))) {
			feedback_read_login(
			    arena_copy(&arf->run->arena, buf_span(&text)), &arf->login);
			break;
		}
	}
	buf_fini(&text);
}

/* "dns; mta.example.com" */
static struct span arf_reporting_mta(const struct arf *arf)
{
	struct span value = arf_value(arf, FEEDBACK_REPORTING_MTA);
	size_t at = span_find(value, ';');

	return files_word(span_trim(at != SPAN_NPOS ? span_from(value, at + 1) : value));
}

static void arf_find_host(struct arf *arf)
{
	struct span id = arf_value(arf, FEEDBACK_ENVELOPE_ID);

	arf->host = arf->login.host;
	if (id.n > 0 && span_eq(id, arf->trace.id) && arf->trace.by.n > 0)
		arf->host = arf->trace.by;
	else if (arf->host.n == 0)
		arf->host = arf_reporting_mta(arf);
}

/* A time that can be: its writer's clock may be ahead a little. */
static bool arf_is_possible(const struct arf *arf, time_t when)
{
	return when > 0 && when <= arf->run->run.now + FILES_MAX_AHEAD;
}

/*
 * The filter's reports come up to a minute after the message, and their Arrival-Date is that of the
 * report: the id of the message tells its second. Other reporters mean what they write there.
 */
static void arf_find_time(struct arf *arf)
{
	struct span id = arf_value(arf, FEEDBACK_ENVELOPE_ID);
	struct span agent = arf_value(arf, FEEDBACK_USER_AGENT);
	bool ours = span_starts_nocase(agent, SPAN("SpamExperts")) ||
		    span_starts_nocase(agent, SPAN("Spampanel")) ||
		    (arf->login.whole.n > 0 && id.n > 0 && span_eq(id, arf->trace.id));
	struct message *out = &arf->out;

	if (ours && mail_date_of_exim(id, &out->when) && arf_is_possible(arf, out->when)) {
		out->when_from = "Original-Envelope-Id of the report";
	} else if (ours && arf->trace.has_time && arf_is_possible(arf, arf->trace.time)) {
		out->when = arf->trace.time;
		out->when_from = "the uppermost Received of the reported message";
	} else if (mail_date_read(arf_value(arf, FEEDBACK_ARRIVAL_DATE), &out->when) &&
		   arf_is_possible(arf, out->when)) {
		out->when_from = "Arrival-Date of the report";
	} else if (arf->trace.has_time && arf_is_possible(arf, arf->trace.time)) {
		out->when = arf->trace.time;
		out->when_from = "the uppermost Received of the reported message";
	} else {
		out->no_time = !files_time(arf->message, mime_split(arf->message->text).header,
		    arf->run->run.now, &out->when, &out->when_from);
	}
}

/* A field that the report adds to the message's own. */
static void arf_add_field(
    struct arf *arf, const char *before, struct span brand, const char *name, struct span value)
{
	struct buf *header = &arf->run->header;

	buf_add_text(header, before);
	buf_add(header, brand);
	buf_add_text(header, name);
	buf_add_text(header, ": ");
	buf_add(header, value);
	buf_add_text(header, "\r\n");
}

/* All that part 2 names, as far as they are listed. */
static void arf_add_recipients(struct arf *arf)
{
	const struct feedback *feedback = arf->feedback;
	struct buf *header = &arf->run->header;

	buf_add_text(header, "To: ");
	for (unsigned i = 0; i < feedback->recipients && i < FEEDBACK_MAX_RECIPIENTS; i++) {
		if (i > 0)
			buf_add_text(header, ", ");
		buf_add(header, feedback->recipient[i]);
	}
	if (feedback->recipients > FEEDBACK_MAX_RECIPIENTS)
		buf_add_text(header, ", " UTF8_CUT);
	buf_add_text(header, "\r\n");
}

/* Part 3 has the filter's lines about the login that part 2 names. */
static bool arf_agrees(const struct arf *arf)
{
	const struct feedback_login *login = &arf->login;

	return arf->brand.n > 0 && span_eq(arf->user, login->user) &&
	       (login->domain.n == 0 || span_eq_nocase(arf->domain, login->domain));
}

/*
 * Behind the lines of part 3 those of part 2 count, as the filter's own would: where part 3 has not
 * the same.
 */
static void arf_add_block(struct arf *arf)
{
	struct feedback_login *login = &arf->login;
	struct span brand = arf->brand.n > 0 ? arf->brand : ARF_BRAND;
	struct span class = arf->class;

	if (login->whole.n == 0 || arf_agrees(arf))
		return;
	arf->is_contested |= arf->has_user || arf->domain.n > 0;
	if (class.n == 0)
		class = arf->type.n == 0 || span_eq_nocase(arf->type, SPAN("abuse")) ? SPAN("spam")
										     : arf->type;
	arf_add_field(arf, "X-", brand, "-Domain", login->domain);
	arf_add_field(arf, "X-", brand, "-Username", login->user);
	arf_add_field(arf, "X-", brand, "-Outgoing-Class", class);
}

/* The header section of the message as the report knows it. */
static int arf_make_header(struct arf *arf, struct err *err)
{
	struct buf *header = &arf->run->header;
	struct span from = arf_value(arf, FEEDBACK_MAIL_FROM);
	struct span original = arf->feedback->header;

	buf_clear(header);
	if (from.n > 0)
		arf_add_field(arf, "Return-Path", SPAN_EMPTY, "", from);
	if (arf->feedback->recipients > 0 && mime_field(original, SPAN("To")).n == 0)
		arf_add_recipients(arf);
	buf_add(header, original);
	if (original.n > 0 && original.p[original.n - 1] != '\n')
		buf_add_text(header, "\r\n");
	arf_add_block(arf);
	if (header->failed != 0)
		return err_nomem(err);
	arf->out.header = buf_span(header);
	return 0;
}

static void arf_note(struct arf *arf, const char *text)
{
	if (arf->notes.n > 0)
		buf_add_text(&arf->notes, "; ");
	buf_add_text(&arf->notes, text);
}

static void arf_add_notes(struct arf *arf)
{
	unsigned marks = arf->feedback->marks;
	struct record *record = &arf->record;

	buf_add(&arf->notes, record->value[COLUMN_NOTES]);
	if (arf->is_contested)
		arf_note(arf, "the message claims another filter account");
	if ((marks & FEEDBACK_CONFLICT) != 0)
		arf_note(arf, "contradictory report");
	if ((marks & FEEDBACK_TWO_DATES) != 0)
		arf_note(arf, "report with two dates");
	if ((marks & FEEDBACK_TRUNCATED) != 0)
		arf_note(arf, "report truncated");
	if (arf->feedback->recipients > 1) {
		arf_note(arf, (marks & FEEDBACK_TRUNCATED) != 0 ? "at least " : "");
		buf_printf(&arf->notes, "%u recipients", arf->feedback->recipients);
	}
	if ((marks & FEEDBACK_OLD_FORM) != 0)
		arf_note(arf, "complaint of an old form, no report");
	if (!arf->feedback->has_original)
		arf_note(arf, "report without the message");
	if ((arf->rules & 1u << ARF_MAIL_FROM) != 0)
		arf_note(arf, "identity is the envelope sender, which anybody can write");
	record->value[COLUMN_NOTES] = arena_copy_buf(&arf->run->arena, &arf->notes);
	if (arf->notes.failed != 0)
		arena_fail(&arf->run->arena, arf->notes.failed);
}

/* Fills a column by a rule of ours. */
static void arf_set(struct arf *arf, enum arf_rule rule, struct span value, struct span shown)
{
	/* It is not known here what the terminal can show. */
	const struct escape_display how = {
	    .delimiter = ';', .guard = ESCAPE_RAW, .ascii_only = true};
	enum column column = arf_rules[rule].column;
	struct buf *remarks = &arf->run->remarks;

	if (value.n == 0)
		return;
	arf->record.value[column] = arf_clean(arf, value);
	arf->record.rule[column] = NULL;
	arf->rules |= 1u << rule;
	buf_printf(remarks, "  %s: ", record_columns[column].title);
	escape_display(remarks, arf->record.value[column], &how);
	buf_printf(remarks, "; %s; ", arf_rules[rule].name);
	escape_display(remarks, arf_clean(arf, shown), &how);
	buf_add_char(remarks, '\n');
}

/* Nothing that names an account was found: at most the address of a machine. */
static bool arf_has_no_account(const struct arf *arf)
{
	const struct span *value = arf->record.value;

	return value[COLUMN_IDENTITY].n == 0 ||
	       (arf->login.whole.n == 0 && !arf->has_user &&
		   identity_kind_of(value[COLUMN_IDENTITY_KIND]) == IDENTITY_SERVER);
}

/* The address in From of the report itself. */
static struct span arf_reporter(struct arf *arf)
{
	struct span from = mime_field(mime_split(arf->message->text).header, SPAN("From"));
	struct address address;

	from = arf_clean(arf, from);
	if (!address_first(from, &arf->run->arena, &address))
		return from;
	return address_normal(&address, &arf->run->arena);
}

static void arf_fill(struct arf *arf)
{
	struct span ip = feedback_ip(arf_value(arf, FEEDBACK_SOURCE_IP));
	bool is_null;
	struct span from = feedback_path(arf_value(arf, FEEDBACK_MAIL_FROM), &is_null);
	struct span agent = arf_value(arf, FEEDBACK_USER_AGENT);

	arf_set(arf, ARF_SOURCE_IP, ip, arf_value(arf, FEEDBACK_SOURCE_IP));
	if (from.n > 0 && arf_has_no_account(arf)) {
		arf_set(arf, ARF_MAIL_FROM, from, arf_value(arf, FEEDBACK_MAIL_FROM));
		/* It is no account of anybody, as far as can be said. */
		arf->record.value[COLUMN_IDENTITY_KIND] = SPAN_EMPTY;
		arf->record.rule[COLUMN_IDENTITY_KIND] = NULL;
	}
	arf_set(arf, ARF_TYPE, arf->type, arf_value(arf, FEEDBACK_TYPE));
	arf_set(arf, ARF_REPORTER, arf_reporter(arf), agent);
	arf_set(arf, ARF_ENVELOPE_ID, files_word(arf_value(arf, FEEDBACK_ENVELOPE_ID)),
	    arf_value(arf, FEEDBACK_ENVELOPE_ID));
	arf_add_notes(arf);
}

/* 1: this message has been told of, by a report or as it lies in a file; 0; -1. */
static int arf_is_known(struct arf *arf, struct err *err)
{
	struct span id = files_word(arf_value(arf, FEEDBACK_ENVELOPE_ID));

	return files_tell(arf->run, FILES_TOLD_BY_REPORT, id, arf->host, err);
}

static int arf_hand_on(struct arf *arf, struct err *err)
{
	struct files_run *run = arf->run;
	struct record *record = &arf->record;

	if (reader_extract(run->run.reader, &arf->out, record, err) != 0)
		return -1;
	arf_fill(arf);
	if (run->arena.failed)
		return arena_err(&run->arena, err);
	arf->out.host = arf_clean(arf, arf->host);
	arf->out.remarks = buf_span(&run->remarks);
	if (run->remarks.failed != 0)
		return err_nomem(err);
	if (reader_complete(run->run.reader, &arf->out, record, err) != 0)
		return -1;
	for (unsigned i = 0; i < ARF_RULE_COUNT; i++)
		if ((arf->rules & 1u << i) != 0)
			record->rule[arf_rules[i].column] = &arf_rules[i];
	return report_take_record(run->run.report, record, err);
}

/* What is no report of spam is not among those that were found. */
static void arf_leave_out(const struct files_message *message, uint64_t *count)
{
	++*count;
	if (message->is_counted)
		message->file->place->counts.found--;
}

static int arf_take_report(struct arf *arf, struct err *err)
{
	struct files_run *run = arf->run;
	struct input_file *file = arf->message->file;
	int known;

	files_read_trace(run, arf->feedback->header, &arf->trace);
	arf_read_brand(arf);
	arf_read_login(arf);
	arf_find_host(arf);
	arf_find_time(arf);
	if (run->arena.failed)
		return arena_err(&run->arena, err);
	if (!input_run_wants(&run->run, !arf->out.no_time, arf->out.when)) {
		input_file_leave_out(file, arf->out.no_time);
		return 0;
	}
	known = arf_is_known(arf, err);
	if (known < 0)
		return -1;
	if (known > 0) {
		arf_leave_out(arf->message, &run->counts.duplicates);
		return 0;
	}
	run->counts.nested += arf->feedback->has_nested;
	if (arf_make_header(arf, err) != 0)
		return -1;
	file->place->counts.found += !arf->message->is_counted;
	return arf_hand_on(arf, err);
}

/* Whether a report tells of spam; else it is counted. */
static bool arf_is_wanted(struct arf *arf)
{
	struct files_run *run = arf->run;

	arf->type = files_word(arf_value(arf, FEEDBACK_TYPE));
	if (span_eq_nocase(arf->type, SPAN("auth-failure")) && !run->auth_failures) {
		arf_leave_out(arf->message, &run->counts.auth_failures);
		return false;
	}
	if (span_eq_nocase(arf->type, SPAN("not-spam"))) {
		arf_leave_out(arf->message, &run->counts.not_spam);
		return false;
	}
	return true;
}

int arf_take(struct files_run *run, const struct files_message *message, struct err *err)
{
	struct arf arf = {
	    .run = run,
	    .message = message,
	    .feedback = &run->feedback,
	    .out = {.uid = message->number,
		.place = message->file->place,
		.folder = files_shown(run, message->path)},
	};
	int result = 0;

	arena_reset(&run->arena);
	buf_clear(&run->remarks);
	if (interrupt_check(err) != 0)
		return -1;
	if (run->shown.failed != 0)
		return err_nomem(err);
	if (feedback_read(&run->feedback, message->text) != 0)
		return err_nomem(err);
	switch (run->feedback.kind) {
	case FEEDBACK_NONE:
		arf_leave_out(message, &run->counts.others);
		return 0;
	case FEEDBACK_DMARC:
	case FEEDBACK_XARF:
		arf_leave_out(message, &run->counts.other_formats);
		return 0;
	case FEEDBACK_NESTED:
		arf_leave_out(message, &run->counts.nested);
		return 0;
	case FEEDBACK_DAMAGED:
		files_lose(run, message,
		    message->is_cut ? "it is too long to be looked into" : run->feedback.why);
		return 0;
	case FEEDBACK_REPORT:
		break;
	}
	buf_init(&arf.notes, 0);
	if (arf_is_wanted(&arf))
		result = arf_take_report(&arf, err);
	buf_fini(&arf.notes);
	return result;
}
