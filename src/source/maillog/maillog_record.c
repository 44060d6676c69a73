/* From messages to records. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "calendar/period.h"
#include "evidence/derive.h"
#include "evidence/evidence_rules.h"
#include "source/maillog/maillog_part.h"
#include "source/maillog/maillog_php.h"

/* Exim writes so many bytes of a subject. */
#define EXIM_SUBJECT_MAX 100

static struct span value_of(struct maillog *log, struct span text)
{
	unsigned defects = 0;

	if (text.n == 0 || (text.n <= VALUE_MAX && span_within(text, ' ', '~') == text.n &&
			       text.p[0] != ' ' && text.p[text.n - 1] != ' '))
		return text;
	return value_raw(&log->values, text, &log->arena, &defects);
}

static int octal_of(struct span s)
{
	int value = 0;

	if (s.n < 3)
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (s.p[i] < '0' || s.p[i] > '7')
			return -1;
		value = value * 8 + (s.p[i] - '0');
	}
	return value;
}

/* A subject without Exim's escapes: \" \\ \n \t \r \ooo. */
static struct span subject_unescaped(struct maillog *log, struct maillog_message *message)
{
	struct span s = message_text(message, TEXT_SUBJECT);
	struct buf *out = &log->scratch;
	size_t begin;

	buf_clear(out);
	for (size_t i = 0; i < s.n; i++) {
		char next = i + 1 < s.n ? s.p[i + 1] : '\0';
		int octal;

		if (s.p[i] != '\\' || next == '\0') {
			buf_add_char(out, s.p[i]);
			continue;
		}
		octal = octal_of(span_from(s, i + 1));
		i += octal >= 0 ? 3 : 1;
		if (octal >= 0)
			buf_add_char(out, (char)octal);
		else if (strchr("nrt", next) != NULL)
			buf_add_char(out, ' ');
		else
			buf_add_char(out, next);
	}
	arena_fail(&log->arena, out->failed);
	if (out->n < EXIM_SUBJECT_MAX)
		return buf_span(out);
	message->flags |= MESSAGE_SUBJECT_CUT;
	/* The cut may be within a character. */
	begin = out->n;
	while (begin > 0 && out->n - begin < 4 && ((unsigned char)out->p[begin - 1] & 0xC0) == 0x80)
		begin--;
	if (begin > 0 && (unsigned char)out->p[begin - 1] >= 0xC0 &&
	    !utf8_valid((struct span){out->p + begin - 1, out->n - begin + 1}))
		out->n = begin - 1;
	buf_add(out, SPAN(UTF8_CUT));
	arena_fail(&log->arena, out->failed);
	return buf_span(out);
}

static struct span record_subject(struct maillog *log, struct maillog_message *message)
{
	struct span subject = message_text(message, TEXT_SUBJECT);
	unsigned defects = 0;

	if (subject.n == 0)
		return subject;
	if ((message->flags & MESSAGE_SUBJECT_ESCAPED) != 0)
		return value_raw(
		    &log->values, subject_unescaped(log, message), &log->arena, &defects);
	return value_text(&log->values, subject, &log->arena, &defects);
}

/* "<id>", as the field has it: Exim leaves the brackets out. */
static struct span record_message_id(struct maillog *log, const struct maillog_message *message)
{
	struct span id = message_text(message, TEXT_MESSAGE_ID);
	struct buf *out = &log->scratch;

	if (id.n == 0 || (message->flags & MESSAGE_EXIM) == 0)
		return value_of(log, id);
	buf_clear(out);
	buf_add_char(out, '<');
	buf_add(out, value_of(log, id));
	buf_add_char(out, '>');
	return arena_copy_buf(&log->arena, out);
}

static struct span record_sender(struct maillog *log, const struct maillog_message *message)
{
	struct buf *out = &log->scratch;

	if ((message->flags & MESSAGE_SENDER) == 0)
		return SPAN_EMPTY;
	if ((message->flags & MESSAGE_NULL_SENDER) != 0)
		return SPAN("<>");
	buf_clear(out);
	buf_add_char(out, '<');
	buf_add(out, value_of(log, message_text(message, TEXT_SENDER)));
	buf_add_char(out, '>');
	return arena_copy_buf(&log->arena, out);
}

/* How many recipients there are, and whether there may be more. */
static uint64_t message_recipients(const struct maillog_message *message, bool *at_least_r)
{
	*at_least_r = (message->flags & MESSAGE_AT_LEAST) != 0 && message->wanted == 0;
	return message->wanted > message->recipients ? message->wanted : message->recipients;
}

static struct span record_to(struct maillog *log, const struct maillog_message *message)
{
	struct span to = buf_span(&message->to);
	struct buf *out = &log->scratch;

	if (message->to.failed == 0)
		return value_of(log, to);
	buf_clear(out);
	buf_add(out, to);
	buf_add(out, SPAN(", " UTF8_CUT));
	return value_of(log, arena_copy_buf(&log->arena, out));
}

static struct span record_class(const struct maillog_message *message)
{
	if ((message->flags & MESSAGE_LOGIN_FAILED) != 0)
		return SPAN("login failed");
	if ((message->flags & MESSAGE_REJECTED) != 0)
		return SPAN("rejected");
	if (message->failed > 0 || message_has_recipient(message, RECIPIENT_FAILED))
		return SPAN("bounced");
	if (message_has_recipient(message, RECIPIENT_DEFERRED))
		return SPAN("deferred");
	return SPAN("accepted");
}

static void note_add(struct buf *out, struct span text)
{
	if (out->n > 0)
		buf_add(out, SPAN("; "));
	buf_add(out, text);
}

/* Postfix gave it an id, and then the client went away, or was refused: it did not send it. */
static bool message_is_unqueued(const struct maillog *log, const struct maillog_message *message)
{
	const unsigned known = MESSAGE_EXIM | MESSAGE_COUNTED | MESSAGE_REJECTED | MESSAGE_REFUSED |
			       MESSAGE_LOGIN_FAILED | MESSAGE_DONE;

	return (message->flags & known) == 0 && message->recipients == 0 &&
	       log->now - message->when > MAILLOG_OPEN_WAIT;
}

static struct span record_notes(
    struct maillog *log, const struct maillog_message *message, const struct record *record)
{
	static const struct {
		unsigned flag;
		struct span text;
	} notes[] = {
	    {MESSAGE_SUSPICIOUS, {"suspicious line", 15}},
	    {MESSAGE_REFUSED, {"refused before it came", 22}},
	    {MESSAGE_SUBJECT_CUT, {"subject cut", 11}},
	    {MESSAGE_TEXT_CUT, {"line truncated", 14}},
	    {MESSAGE_EARLY, {"end not waited for", 18}},
	};
	struct buf *out = &log->scratch;
	bool at_least;
	uint64_t recipients = message_recipients(message, &at_least);

	buf_clear(out);
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if ((message->flags & notes[i].flag) != 0)
			note_add(out, notes[i].text);
	if (message_is_unqueued(log, message))
		note_add(out, SPAN("not seen in the queue"));
	if (message->n[TEXT_SCRIPT] > 0)
		note_add(out, SPAN("script by time and recipient"));
	else if (message->n[TEXT_FOLDER] > 0)
		note_add(out, (message->flags & MESSAGE_FOLDER_BY_PID) != 0
				  ? SPAN("folder by process number")
				  : SPAN("folder guessed by time"));
	if (message->n[TEXT_CLAIM] > 0) {
		note_add(out, SPAN("webmail says it is for "));
		buf_add(out, message_text(message, TEXT_CLAIM));
	}
	if (at_least || message->to.failed != 0) {
		note_add(out, SPAN_EMPTY);
		buf_printf(
		    out, "%s%" PRIu64 " recipients", at_least ? "at least " : "", recipients);
	}
	if ((record->notes & NOTE_SYSTEM_UID) != 0)
		note_add(out, SPAN("uid of a system account"));
	return out->n > 0 ? arena_copy_buf(&log->arena, out) : SPAN_EMPTY;
}

struct column_set maillog_absent(void)
{
	static const enum column absent[] = {COLUMN_FROM, COLUMN_REPLY_TO, COLUMN_INVOKED_FOR,
	    COLUMN_EVIDENCE, COLUMN_AUTH_SENDER, COLUMN_UID, COLUMN_DOMAIN, COLUMN_X_SOURCE,
	    COLUMN_X_SOURCE_ARGS, COLUMN_PHP_SCRIPT_IP, COLUMN_VHOST};
	struct column_set set = {0};

	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		column_set_add(&set, absent[i]);
	return set;
}

/* The folder of the script, else the one that the program ran in. */
static struct span record_folder(struct maillog *log, const struct maillog_message *message)
{
	struct span script = message_text(message, TEXT_SCRIPT);
	size_t slash = span_rfind(script, '/');

	if (slash != SPAN_NPOS)
		return value_of(log, span_head(script, slash));
	return value_of(log, message_text(message, TEXT_FOLDER));
}

/* Who it was. Of a login that failed nobody: who tried is not who has the name. */
static void record_set_person(
    struct maillog *log, const struct maillog_message *message, struct record *record)
{
	bool has_login = message->n[TEXT_LOGIN] > 0;
	struct span ip = value_of(log, message_text(message, TEXT_IP));
	struct span login =
	    value_of(log, message_text(message, has_login ? TEXT_LOGIN : TEXT_USER));

	record->value[COLUMN_AUTH_USER] = login;
	record->value[COLUMN_QMAIL_UID] = message_text(message, TEXT_UID);
	record->value[COLUMN_SOURCE_IP] = ip;
	if (has_login || (message->flags & MESSAGE_LOGIN_FAILED) != 0)
		record->value[COLUMN_LOGIN_IP] = ip;
	if ((message->flags & MESSAGE_LOGIN_FAILED) != 0)
		return;
	record->value[COLUMN_IP_USERNAME] = ip;
	record->value[COLUMN_PHP_SCRIPT] = value_of(
	    log, message_text(message, message->n[TEXT_SCRIPT] > 0 ? TEXT_SCRIPT : TEXT_FOLDER));
	record->value[COLUMN_X_SOURCE_DIR] = record_folder(log, message);
	derive_for_host(&log->rules, record, value_of(log, message_text(message, TEXT_HOST)),
	    has_login ? IDENTITY_ACCOUNT : IDENTITY_USER, &log->arena);
}

/* Within a minute only the seconds change: "2026-11-26T11:49:36+01:00". */
static struct span record_date(struct maillog *log, time_t when)
{
	enum { SECONDS = sizeof("2026-11-26T11:49:") - 1 };
	time_t second = when % 60;

	if (log->date.n == 0 || when - second != log->date_minute) {
		buf_clear(&log->date);
		period_add_iso(&log->date, when - second);
		log->date_minute = when - second;
	}
	if (log->date.n > SECONDS + 2) {
		log->date.p[SECONDS] = (char)('0' + second / 10);
		log->date.p[SECONDS + 1] = (char)('0' + second % 10);
	}
	return buf_span(&log->date);
}

static int record_make(struct maillog *log, struct maillog_message *message, struct record *record)
{
	*record = (struct record){.place = message->place, .internal_date = message->when};
	record->absent = log->absent;
	record->is_bounce = (message->flags & MESSAGE_BOUNCE) != 0;
	record->value[COLUMN_DATE] = record_date(log, message->when);
	record->value[COLUMN_HOST] = value_of(log, message_text(message, TEXT_HOST));
	record->value[COLUMN_FOLDER] = span_of(message->place->host);
	record->value[COLUMN_QUEUE_ID] = message_text(message, TEXT_ID);
	record->value[COLUMN_RETURN_PATH] = record_sender(log, message);
	record->value[COLUMN_TO] = record_to(log, message);
	record->value[COLUMN_SUBJECT] = record_subject(log, message);
	record->value[COLUMN_MESSAGE_ID] = record_message_id(log, message);
	record->value[COLUMN_CLASS] = record_class(message);
	record_set_person(log, message, record);
	record->value[COLUMN_NOTES] = record_notes(log, message, record);
	return log->arena.failed || log->date.failed != 0 || log->scratch.failed != 0 ||
		       log->pid_host.failed != 0 || message->text.failed == ENOMEM ||
		       message->to.failed == ENOMEM
		   ? -1
		   : 0;
}

/* Why it is whose: the rule, and the line that began the message. */
static void record_explain(
    struct maillog *log, const struct maillog_message *message, struct record *record)
{
	const struct evidence_rule *rule = record->rule[COLUMN_IDENTITY];
	struct buf *out = &log->explanation;

	buf_clear(out);
	if (rule != NULL) {
		buf_add_text(out, "  Identity: ");
		log_escape(out, record->value[COLUMN_IDENTITY]);
		buf_printf(out, "; %s; column %s: ", rule->name, record_columns[rule->from].title);
		log_escape(out, record->value[rule->from]);
		buf_add_char(out, '\n');
	}
	if (record->value[COLUMN_NOTES].n > 0) {
		buf_add_text(out, "  Notes: ");
		log_escape(out, record->value[COLUMN_NOTES]);
		buf_add_char(out, '\n');
	}
	buf_add_text(out, "  Date: ");
	buf_add(out, record->value[COLUMN_DATE]);
	buf_add_text(out, "; the stamp of its first line:\n    ");
	log_escape(out, message_text(message, TEXT_LINE));
	buf_add_char(out, '\n');
	record->explanation = buf_span(out);
}

/* Not a bounce when it has a client or a program; what the mail system writes itself has neither.
 */
static void message_find_bounce(struct maillog_message *message)
{
	if ((message->flags & MESSAGE_NULL_SENDER) != 0 && (message->flags & MESSAGE_EXIM) == 0 &&
	    (message->flags & MESSAGE_LOOPBACK) == 0 && message->n[TEXT_IP] == 0 &&
	    message->n[TEXT_UID] == 0)
		message->flags |= MESSAGE_BOUNCE;
}

/* Of a message from a program of the host the script, if PHP logged it. */
static void message_find_script(struct maillog *log, struct maillog_message *message)
{
	struct span script;

	if (log->settings.scripts == NULL ||
	    (message->n[TEXT_USER] == 0 && message->n[TEXT_UID] == 0))
		return;
	if (php_calls_take(log->settings.scripts, message->when, buf_span(&message->to), &script)) {
		message->flags |= MESSAGE_SCRIPT;
		message_set(message, TEXT_SCRIPT, script);
	}
}

int maillog_tell(struct maillog *log, struct maillog_message *message, struct err *err)
{
	struct record record;

	if ((message->flags & MESSAGE_ARRIVED) == 0 ||
	    (message->flags & (MESSAGE_PASS | MESSAGE_TOLD)) != 0)
		return 0;
	message->flags |= MESSAGE_TOLD;
	arena_reset(&log->arena);
	message_find_bounce(message);
	message_find_script(log, message);
	if (record_make(log, message, &record) != 0)
		return err_nomem(err);
	message->place->counts.found++;
	if (log->settings.explain)
		record_explain(log, message, &record);
	if (log->explanation.failed != 0)
		return err_nomem(err);
	return report_take_record(log->settings.report, &record, err);
}

int maillog_hand_on(struct maillog *log, struct maillog_message *message, struct err *err)
{
	int result = maillog_tell(log, message, err);

	maillog_forget(log, message);
	return result;
}
