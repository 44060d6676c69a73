#include "source/maillog/maillog.h"

#include <inttypes.h>
#include <stdlib.h>

#include "source/maillog/maillog_exim.h"
#include "source/maillog/maillog_part.h"

/* Between held lines; none has one. */
#define HELD_END '\n'

struct maillog *maillog_new(const struct maillog_settings *settings, struct err *err)
{
	struct maillog *log = calloc(1, sizeof(*log));

	if (log == NULL) {
		err_nomem(err);
		return NULL;
	}
	log->settings = *settings;
	log->absent = maillog_absent();
	derive_rules_init(&log->rules);
	maillog_open_init(&log->open, settings->max_open);
	arena_init(&log->arena);
	arena_init(&log->line_arena);
	for (size_t i = 0; i < MAILLOG_PART_SLOTS; i++)
		buf_init(&log->parts[i].text, MAILLOG_MAX_PARTS);
	buf_init(&log->export.text, MAILLOG_MAX_PARTS);
	buf_init(&log->export.bytes, MAILLOG_MAX_PARTS);
	if (value_reader_init(&log->values) == 0)
		return log;
	maillog_free(log);
	err_nomem(err);
	return NULL;
}

void maillog_free(struct maillog *log)
{
	struct buf *bufs[] = {&log->date, &log->scratch, &log->explanation, &log->held,
	    &log->export.host, &log->export.tag, &log->export.pid, &log->export.text,
	    &log->export.writer, &log->export.command, &log->export.transport, &log->export.unit,
	    &log->stranger, &log->pid_host, &log->export.field, &log->export.bytes,
	    &log->last_login, &log->held_folder, &log->forged_folder, &log->host};

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_fini(bufs[i]);
	for (size_t i = 0; i < MAILLOG_PART_SLOTS; i++)
		buf_fini(&log->parts[i].text);
	for (size_t i = 0; i < MAILLOG_FOLDERS; i++)
		free(log->folder[i].path);
	maillog_open_fini(&log->open);
	value_reader_fini(&log->values);
	arena_fini(&log->arena);
	arena_fini(&log->line_arena);
	free(log);
}

const struct maillog_counts *maillog_counts(const struct maillog *log)
{
	return &log->counts;
}

bool maillog_is_longer(const struct maillog *log)
{
	return log->clock.is_ahead;
}

struct span maillog_stranger(const struct maillog *log)
{
	return buf_span(&log->stranger);
}

struct span maillog_forged_folder(const struct maillog *log)
{
	return buf_span(&log->forged_folder);
}

void maillog_begin(struct maillog *log, struct account_place *place, time_t anchor)
{
	log->place = place;
	log->form = FORM_UNKNOWN;
	log->last_failed = false;
	buf_clear(&log->host);
	buf_clear(&log->pid_host);
	maillog_clock_init(&log->clock, anchor);
}

void maillog_set_host(struct maillog *log, struct span host)
{
	buf_clear(&log->host);
	buf_add(&log->host, host);
}

time_t maillog_bare_end(const struct maillog *log)
{
	return log->bare_end;
}

void maillog_set_year(struct maillog *log, const struct maillog_day *days, size_t n)
{
	maillog_clock_set_year(&log->clock, days, n);
}

/* A line of a program, to whoever knows the program. */
static int maillog_take_program(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err)
{
	switch (line->program) {
	case PROGRAM_EXIM:
		return maillog_take_exim(log, line, verdict_r, err);
	case PROGRAM_POSTFIX:
	case PROGRAM_AMAVIS:
	case PROGRAM_ROUNDCUBE:
		return maillog_take_postfix(log, line, verdict_r, err);
	default:
		*verdict_r = LINE_OTHER;
		return 0;
	}
}

/* "message repeated 3 times: [ text]" of rsyslog: the text, and how often. */
static bool repeated_read(struct span *text, uint64_t *times_r)
{
	struct span rest = *text;
	size_t n;

	if (!span_starts_nocase(rest, SPAN("message repeated ")))
		return false;
	rest = span_from(rest, sizeof("message repeated ") - 1);
	n = span_number(rest, times_r);
	rest = span_from(rest, n);
	if (n == 0 || !span_starts_nocase(rest, SPAN(" times: [")))
		return false;
	rest = span_trim(span_from(rest, sizeof(" times: [") - 1));
	if (rest.n > 0 && rest.p[rest.n - 1] == ']')
		rest = span_trim(span_head(rest, rest.n - 1));
	*text = rest;
	return true;
}

/* "Suppressed 12 messages from postfix.service", "12 messages lost due to rate-limiting",
 * "Forwarding to syslog missed 12 messages." */
static uint64_t lost_read(struct span text)
{
	static const struct span suppressed = {"Suppressed ", 11},
				 lost = {" messages lost due to ", 22},
				 missed = {"Forwarding to syslog missed ", 28};
	size_t at = span_find_text(text, suppressed);
	uint64_t count = 0;

	if (span_starts_nocase(text, missed)) {
		span_number(span_from(text, missed.n), &count);
		return count;
	}
	if (at != SPAN_NPOS) {
		text = span_from(text, at + suppressed.n);
		if (span_number(text, &count) == 0 ||
		    span_find_text(text, SPAN(" messages from ")) == SPAN_NPOS)
			return 0;
		return count;
	}
	at = span_find_text(text, SPAN("imuxsock lost "));
	if (at != SPAN_NPOS) {
		span_number(span_from(text, at + sizeof("imuxsock lost ") - 1), &count);
		return count;
	}
	at = span_find_text(text, lost);
	if (at == SPAN_NPOS)
		return 0;
	text = span_head(text, at);
	while (text.n > 0 && span_is_digit(text.p[text.n - 1]))
		text.n--;
	span_number((struct span){text.p + text.n, at - text.n}, &count);
	return count;
}

/* What the writer of the log says of it. */
static int maillog_take_syslog(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err)
{
	static const struct span repeated = {"last message repeated ", 22};
	uint64_t times = 0, lost = lost_read(line->text);

	*verdict_r = lost > 0 ? LINE_USED : LINE_OTHER;
	log->counts.lost += lost;
	if (!log->last_failed || !span_starts_nocase(line->text, repeated) ||
	    span_number(span_from(line->text, repeated.n), &times) == 0)
		return 0;
	*verdict_r = LINE_USED;
	return maillog_repeat_failure(log, line, times, err);
}

/* Messages that have waited long enough for a first pass of theirs. */
static int maillog_pass_time(struct maillog *log, time_t when, struct err *err)
{
	if (when <= log->now)
		return 0;
	log->now = when;
	while (log->waits_oldest != NULL && log->waits_oldest->done + MAILLOG_WAIT < when)
		if (maillog_hand_on(log, log->waits_oldest, err) != 0)
			return -1;
	return log->attempts > 0 ? maillog_pass_attempts(log, when, err) : 0;
}

int maillog_take_line(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err)
{
	struct maillog_line once = *line;
	uint64_t times = 1;
	int result;

	if (maillog_pass_time(log, line->when, err) != 0)
		return -1;
	if (!maillog_line_is_genuine(log, line)) {
		*verdict_r = LINE_ODD;
		return 0;
	}
	log->is_unnumbered = !maillog_line_is_numbered(log, line);
	if (line->program == PROGRAM_SYSLOG)
		return maillog_take_syslog(log, line, verdict_r, err);
	if (line->text.n > 0 && line->text.p[0] == 'm' && repeated_read(&once.text, &times)) {
		uint64_t failed = log->counts.failed_logins;

		result = maillog_take_program(log, &once, verdict_r, err);
		if (result == 0 && times > 1 && log->counts.failed_logins > failed)
			result = maillog_repeat_failure(log, line, times - 1, err);
		return result;
	}
	log->last_failed = false;
	return maillog_take_program(log, line, verdict_r, err);
}

static void maillog_count(struct maillog *log, enum maillog_verdict verdict)
{
	switch (verdict) {
	case LINE_USED:
		log->counts.used++;
		break;
	case LINE_EARLY:
		if (log->settings.failed_logins)
			log->counts.other++;
		else
			log->counts.early++;
		break;
	case LINE_ODD:
		log->counts.odd++;
		break;
	case LINE_OTHER:
		log->counts.other++;
		break;
	}
}

/* A line that is no part of a folder's name. */
static int maillog_take_text(struct maillog *log, struct maillog_line *line, struct err *err)
{
	enum maillog_verdict verdict;

	if (line->host.n == 0) {
		if (log->host.failed != 0)
			return err_nomem(err);
		line->host = buf_span(&log->host);
		if (line->program == PROGRAM_EXIM && line->tag.n == 0 &&
		    line->when > log->bare_end && line->when <= log->clock.anchor + MAILLOG_OVERLAP)
			log->bare_end = line->when;
	}
	if (maillog_take_line(log, line, &verdict, err) != 0)
		return -1;
	maillog_count(log, verdict);
	return 0;
}

/* The lines that were held are what they look like. */
static int maillog_release(struct maillog *log, struct err *err)
{
	struct buf held = log->held;
	struct span rest = buf_span(&held);
	int result = 0;

	/* The beginning of a name that has no end; that of another entry has been counted. */
	log->counts.odd += log->held_kind == HELD_FOLDER;

	log->held = (struct buf){0};
	log->held_bytes = 0;
	if (held.failed != 0)
		result = err_nomem(err);
	while (result == 0 && rest.n > 0) {
		struct span text = span_head(rest, span_find(rest, HELD_END));
		struct maillog_line line;

		rest = span_from(rest, text.n + 1);
		if (maillog_line_read(&log->clock, text, &line))
			result = maillog_take_text(log, &line, err);
		else
			log->counts.continued++;
	}
	buf_clear(&held);
	if (log->held.p == NULL)
		log->held = held;
	else
		buf_fini(&held);
	return result;
}

static void maillog_begin_held(struct maillog *log, struct span entry, size_t bytes)
{
	log->held_kind = HELD_FOLDER;
	log->held_bytes = bytes;
	log->torn_n = 0;
	buf_clear(&log->held_folder);
	buf_add(&log->held_folder, span_head(span_from(entry, 4), MAILLOG_SHOWN_FOLDER));
}

void maillog_tear(
    struct maillog *log, const struct maillog_line *line, enum maillog_held kind, struct span id)
{
	if (log->form != FORM_TEXT || line->tag.n > 0 || id.n > sizeof(log->torn_id))
		return; /* else the entry has come whole */
	log->held_kind = kind;
	log->held_bytes = line->text.n + 1;
	memcpy(log->torn_id, id.p, id.n);
	log->torn_n = id.n;
	buf_clear(&log->held_folder);
}

/*
 * Everything since the folder's name began is a customer's text. It may go on behind what looks
 * like its end: for as long as it can, messages that begin are of nobody.
 */
static void maillog_drop_held(struct maillog *log)
{
	struct span rest = buf_span(&log->held);
	uint64_t count = 1; /* the last */

	if (log->forged_folder.n == 0)
		buf_add(&log->forged_folder, buf_span(&log->held_folder));
	for (; rest.n > 0; count++)
		rest = span_from(rest, span_head(rest, span_find(rest, HELD_END)).n + 1);
	if (log->held_kind == HELD_FOLDER)
		log->counts.forged += count + 1; /* the first */
	else
		log->counts.injected += count;
	buf_clear(&log->held);
	log->doubt =
	    log->held_bytes < MAILLOG_MAX_FOLDER ? MAILLOG_MAX_FOLDER - log->held_bytes : 0;
	log->held_bytes = 0;
}

/*
 * Exim writes the folder of a program as it is, line breaks included, and the arguments behind it.
 * While that end is missing, no line counts: until it comes, or so many bytes that there is no such
 * name.
 */
static int maillog_hold(struct maillog *log, struct span text, bool is_end, struct err *err)
{
	log->held_bytes += text.n + 1;
	if (is_end) {
		maillog_drop_held(log);
		return 0;
	}
	buf_add(&log->held, text);
	buf_add_char(&log->held, HELD_END);
	if (log->held_bytes <= MAILLOG_MAX_FOLDER)
		return 0;
	return maillog_release(log, err);
}

/* True for what ends the name of a folder: the arguments of a program, without a head of their own;
 * with one it is a part of the name that looks like a line. */
static bool ends_folder(struct span text)
{
	struct span folder, args;

	return span_find_text(text, SPAN(" args: ")) != SPAN_NPOS &&
	       exim_args_read(text, &folder, &args);
}

/* True for what ends the entry: the verdict on the signature, or the message's size. */
static bool ends_held(const struct maillog *log, struct span text)
{
	static const struct span verdict = {" [", 2}, size = {" S=", 3};
	size_t at;

	if (log->held_kind == HELD_FOLDER)
		return ends_folder(text);
	if (log->held_kind == HELD_SIGNATURE)
		return text.n > 0 && text.p[text.n - 1] == ']' &&
		       span_find_text(text, verdict) != SPAN_NPOS;
	at = span_find_text(text, size);
	return at != SPAN_NPOS && at + size.n < text.n && span_is_digit(text.p[at + size.n]);
}

static bool begins_folder(const struct maillog_line *line)
{
	struct exim_entry entry;

	if (line->program != PROGRAM_EXIM || line->text.n < 4 ||
	    memcmp(line->text.p, "cwd=", 4) != 0)
		return false;
	exim_entry_read(line->text, &entry);
	return entry.kind == EXIM_FOLDER_CUT;
}

static int maillog_take_plain(struct maillog *log, struct span text, struct err *err)
{
	struct maillog_line line;

	if (log->held_bytes > 0)
		return maillog_hold(log, text, ends_held(log, text), err);
	log->doubt -= text.n + 1 < log->doubt ? text.n + 1 : log->doubt;
	if (!maillog_line_read(&log->clock, text, &line)) {
		/* The end of such a name of which the beginning looked complete. */
		if (ends_folder(text))
			log->counts.forged++;
		else
			log->counts.continued++;
		return 0;
	}
	if (log->doubt > 0 && log->torn_n > 0 &&
	    span_find_text(line.text, (struct span){log->torn_id, log->torn_n}) != SPAN_NPOS)
		log->doubt = 0;
	if (begins_folder(&line)) {
		maillog_begin_held(log, line.text, text.n + 1);
		return 0;
	}
	return maillog_take_text(log, &line, err);
}

static int maillog_take_journal(struct maillog *log, struct span text, struct err *err)
{
	struct maillog_line line = {0};
	int got = log->form == FORM_JSON ? maillog_json_read(log, text, &line)
					 : maillog_export_read(log, text, &line);

	if (log->line_arena.failed)
		return arena_err(&log->line_arena, err);
	if (log->export.no_memory)
		return err_nomem(err);
	if (got > 0)
		return maillog_take_text(log, &line, err);
	if (log->form == FORM_JSON)
		log->counts.odd++;
	else
		log->counts.continued++;
	return 0;
}

/* Zeros that a copied and truncated file begins with, or has where it was not written. */
static struct span without_zeros(struct span text)
{
	while (text.n > 0 && text.p[0] == '\0')
		text = span_from(text, 1);
	return text;
}

static enum maillog_form form_of(struct span text)
{
	if (text.n > 0 && text.p[0] == '{')
		return FORM_JSON;
	return span_starts_nocase(text, SPAN("__CURSOR=")) ? FORM_EXPORT : FORM_TEXT;
}

int maillog_take(struct maillog *log, struct span line, bool is_cut, struct err *err)
{
	bool is_export = log->form == FORM_EXPORT;

	log->counts.lines++;
	if (!is_export && line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if (!is_export && line.n > 0 && line.p[0] == '\0')
		line = without_zeros(line);
	if (is_cut) {
		log->counts.odd++;
		maillog_export_cut(log);
		return 0;
	}
	if (log->form == FORM_UNKNOWN && line.n > 0)
		log->form = form_of(line);
	if (log->form == FORM_JSON || log->form == FORM_EXPORT)
		return maillog_take_journal(log, line, err);
	return maillog_take_plain(log, line, err);
}

int maillog_end_file(struct maillog *log, struct err *err)
{
	struct maillog_line line;

	if (log->held_bytes > 0 && maillog_release(log, err) != 0)
		return -1;
	/* An entry whose end is that of the file. */
	if (log->form == FORM_EXPORT && !log->export.is_over &&
	    maillog_export_read(log, SPAN_EMPTY, &line) > 0) {
		log->counts.continued--;
		return maillog_take_text(log, &line, err);
	}
	return 0;
}

/* What may be the second pass of another waits longer. */
static time_t message_patience(const struct maillog_message *message)
{
	bool may_be_second = (message->flags & MESSAGE_LOOPBACK) != 0 || message->maybe != NULL;

	return may_be_second ? MAILLOG_BY_ID_WAIT : MAILLOG_OPEN_WAIT;
}

int maillog_catch_up(struct maillog *log, time_t now, struct err *err)
{
	bool is_quiet = log->caught_up == log->counts.lines;

	log->caught_up = log->counts.lines;
	/* Exim writes an entry in one go: what has no end by now will get none. */
	if (is_quiet && log->held_bytes > 0 && maillog_release(log, err) != 0)
		return -1;
	if (maillog_pass_time(log, now, err) != 0)
		return -1;
	for (struct maillog_message *message = log->open.oldest;
	     message != NULL && message->when + MAILLOG_OPEN_WAIT <= now;
	     message = message->newer) {
		if ((message->flags & (MESSAGE_DONE | MESSAGE_TOLD | MESSAGE_REFUSED)) != 0 ||
		    message->when + message_patience(message) > now)
			continue;
		message->flags |= MESSAGE_EARLY;
		if (maillog_tell(log, message, err) != 0)
			return -1;
	}
	return 0;
}

int maillog_end(struct maillog *log, struct err *err)
{
	while (log->waits_oldest != NULL)
		if (maillog_hand_on(log, log->waits_oldest, err) != 0)
			return -1;
	while (log->open.oldest != NULL) {
		struct maillog_message *message = log->open.oldest;

		if ((message->flags & (MESSAGE_DONE | MESSAGE_TOLD)) == 0 && message->first == NULL)
			log->counts.open++;
		if (maillog_hand_on(log, message, err) != 0)
			return -1;
	}
	return 0;
}

bool maillog_when(struct span line, time_t anchor, time_t *when_r, bool *bare_r)
{
	struct maillog_clock clock;
	struct maillog_line found;

	maillog_clock_init(&clock, anchor);
	if (!maillog_line_read(&clock, without_zeros(line), &found))
		return false;
	*when_r = found.when;
	*bare_r = found.program == PROGRAM_EXIM && found.host.n == 0;
	return true;
}
