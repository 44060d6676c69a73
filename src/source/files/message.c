/* One message of a file, as it is. */
#include <inttypes.h>

#include "base/log.h"
#include "evidence/brand.h"
#include "mail/date.h"
#include "mail/header.h"
#include "source/files/files_run.h"

size_t files_header_end(struct span text)
{
	size_t at = 0;

	while (at < text.n) {
		struct span rest = span_from(text, at);
		size_t end = span_find(rest, '\n');

		if (end == SPAN_NPOS)
			return SPAN_NPOS;
		if (end == 0 || (end == 1 && rest.p[0] == '\r'))
			return at + end + 1;
		at += end + 1;
	}
	return SPAN_NPOS;
}

/* A filter's class of mail that it lets through. */
static bool message_is_let_through(struct span class)
{
	return span_starts_nocase(class, SPAN("ham")) ||
	       span_starts_nocase(class, SPAN("unsure")) ||
	       span_starts_nocase(class, SPAN("whitelisted"));
}

/* A filter has caught it: by the last of its classes, as with brand_find(). */
static bool message_is_caught(struct span header)
{
	struct header_iter iter;
	struct header_field field;
	struct span brand;
	enum brand_field which;
	bool caught = false;

	header_iter_init(&iter, header);
	while (header_next(&iter, &field) == 1)
		if (brand_split(field.name, &brand, &which) &&
		    (which == BRAND_CLASS || which == BRAND_OUTGOING_CLASS))
			caught = !message_is_let_through(span_trim(field.body));
	return caught;
}

bool arf_is(struct span header)
{
	/* Of an old complaint its own field, since a subject is quickly written. */
	bool is =
	    feedback_is(header) || (mime_field(header, SPAN("X-HmXmrOriginalRecipient")).n > 0 &&
				       feedback_is_complaint(header));

	return is && !message_is_caught(header);
}

bool files_needs_whole(struct files_run *run, struct span first)
{
	if (!run->is_decided) {
		run->is_reports = !run->is_told && arf_is(first);
		run->is_decided = true;
	}
	return run->is_reports;
}

/* The uppermost Received, and Date; bodies. */
static void message_find_dates(struct span header, struct span *received_r, struct span *date_r)
{
	struct header_iter iter;
	struct header_field field;

	*received_r = *date_r = SPAN_EMPTY;
	header_iter_init(&iter, header);
	while (header_next(&iter, &field) == 1) {
		if (received_r->n == 0 && span_eq_nocase(field.name, SPAN("Received")))
			*received_r = field.body;
		else if (date_r->n == 0 && span_eq_nocase(field.name, SPAN("Date")))
			*date_r = field.body;
	}
}

/* Who receives a message writes its time; the sender may write any, and comes last. */
bool files_time(const struct files_message *message, struct span header, time_t now, time_t *when_r,
    const char **which_r)
{
	struct span received, date;
	time_t when;

	message_find_dates(header, &received, &date);
	if (mail_date_of_received(received, &when)) {
		*which_r = "the uppermost Received";
	} else if (message->time >= 0) {
		when = message->time;
		*which_r = message->time_of;
	} else if (mail_date_read(date, &when)) {
		*which_r = "its own Date, which the sender wrote";
	} else {
		return false;
	}
	*when_r = when;
	return when <= now + FILES_MAX_AHEAD;
}

struct span files_shown(struct files_run *run, struct span path)
{
	if (span_within(path, ' ', '~') == path.n)
		return path;
	buf_clear(&run->shown);
	log_escape(&run->shown, path);
	return buf_span(&run->shown);
}

void files_lose(struct files_run *run, const struct files_message *message, const char *why)
{
	struct account_counts *counts = &message->file->place->counts;
	struct buf name;

	counts->found += !message->is_counted;
	counts->unreadable++;
	if (run->named++ >= FILES_MAX_NAMED)
		return;
	buf_init(&name, 0);
	log_escape(&name, message->path);
	if (message->number != 0)
		log_warn("'%s': message %" PRIu32 " cannot be read: %s", buf_string(&name),
		    message->number, why);
	else
		log_warn("'%s' cannot be read: %s", buf_string(&name), why);
	buf_fini(&name);
}

void files_check_end(const struct input *input, struct span header, struct files_message *message)
{
	struct err err = ERR_INIT;
	bool has_end = files_header_end(header) != SPAN_NPOS;

	message->is_torn = !has_end && input_check(input, &err) != 0;
	message->is_growing = !has_end && !message->is_torn && input_has_grown(input);
}

/* As arf_is_known(). Only a filter's own name of a message is one that its reports have. */
static int message_is_known(struct files_run *run, struct span header, struct err *err)
{
	struct files_trace trace;

	if (!run->is_mixed || !message_is_caught(header))
		return 0;
	arena_reset(&run->arena);
	files_read_trace(run, header, &trace);
	if (run->arena.failed)
		return arena_err(&run->arena, err);
	return files_tell(run, FILES_TOLD_AS_MESSAGE, trace.id, trace.by, err);
}

/* A report that was sent on by a program that knows no reports: what it is shows from its parts,
 * as far as these are there. */
static bool message_holds_report(struct span header, struct span behind)
{
	static const struct span part = {"\nContent-Type: message/feedback-report", 38};

	return behind.n > 0 &&
	       span_starts_nocase(
		   mime_field(header, SPAN("Content-Type")), SPAN("multipart/mixed")) &&
	       !message_is_caught(header) &&
	       span_find_text_nocase(span_head(behind, FILES_MAX_PARTS), part) != SPAN_NPOS;
}

static int message_hand_on(
    struct files_run *run, const struct files_message *message, struct err *err)
{
	struct message out = {
	    .header = message->text,
	    .truncated = message->is_cut,
	    .uid = message->number,
	    .place = message->file->place,
	    .folder = files_shown(run, message->path),
	};
	int known;

	if (run->shown.failed != 0)
		return err_nomem(err);
	out.no_time = !files_time(message, out.header, run->run.now, &out.when, &out.when_from);
	if (!input_run_wants(&run->run, !out.no_time, out.when)) {
		input_file_leave_out(message->file, out.no_time);
		return 0;
	}
	known = message_is_known(run, out.header, err);
	if (known != 0) {
		run->counts.duplicates += known > 0;
		return known > 0 ? 0 : -1;
	}
	run->counts.reports += message->is_report || arf_is(out.header);
	out.place->counts.found++;
	return report_take_message(run->run.report, run->run.reader, &out, err);
}

int files_take(struct files_run *run, const struct files_message *message, struct err *err)
{
	struct files_message head = *message;
	size_t end = files_header_end(message->text);

	if (message->is_torn) {
		files_lose(run, message, "the file is cut off or damaged in it");
		return 0;
	}
	if (message->is_growing) {
		run->counts.growing++;
		return 0;
	}
	if (run->is_reports)
		return arf_take(run, message, err);
	head.text = span_head(message->text, end);
	head.is_cut = message->is_cut && end == SPAN_NPOS;
	head.is_report = message_holds_report(head.text, span_from(message->text, head.text.n));
	return message_hand_on(run, &head, err);
}
