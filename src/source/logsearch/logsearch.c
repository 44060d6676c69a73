#include "source/logsearch/logsearch.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/headway.h"
#include "base/log.h"
#include "control/search.h"
#include "evidence/derive.h"
#include "mail/value.h"
#include "report/report.h"
#include "state/state.h"
#include "text/suggest.h"

#define LOGSEARCH_READ_TO "read-to"

/* In the text of a time: YYYY-MM-DDTHH:MM:SS */
#define LOG_SECONDS 17

/* The order in which the columns are asked for; the free texts come last. */
enum logsearch_column {
	LOG_DATE,
	LOG_USER,
	LOG_CLASS,
	LOG_SENDER,
	LOG_RECIPIENT,
	LOG_IDENTITY,
	LOG_SUBJECT,
	LOG_COLUMNS
};

struct logsearch {
	struct source source; /* first, so that a source is a logsearch */
	struct logsearch_settings settings;
	struct account_place place;
	struct buf key;
	struct buf columns;
	struct buf classes;
	time_t since; /* of --new-only, instead of the period's */
	struct search_result result;
	struct report *report;
	struct column_set filled; /* columns that a row has, or can be given */
	struct span domain;       /* under way */
	struct buf nobody;        /* "@DOMAIN", the same */
	struct buf help;
	struct arena arena;
	struct buf text;
	char date[64]; /* of a minute, with its seconds at LOG_SECONDS */
	size_t date_n; /* 0: there is none */
	time_t minute;
	struct value_reader reader;
	struct derive_rules derive;
};

/* Those that the vendor names, of older and newer filters; there may be more. */
static const char *const logsearch_classes[] = {"oversize", "blacklisted", "locked", "phish",
    "virus", "spam", "deferred", "not-spam", "error", "unsure", "unknown", "blocklist",
    "allowlist"};

/* Of a class that there is not the filter finds nothing, and says nothing. */
static void logsearch_warn_class(struct span class)
{
	const size_t count = sizeof(logsearch_classes) / sizeof(logsearch_classes[0]);
	struct suggest suggest;
	struct err why = ERR_INIT;
	struct buf shown;

	suggest_init(&suggest, class);
	for (size_t i = 0; i < count; i++) {
		if (span_eq(class, span_of(logsearch_classes[i])))
			return;
		suggest_offer(&suggest, span_of(logsearch_classes[i]));
	}
	buf_init(&shown, 0);
	log_escape(&shown, class);
	err_set(&why, ERR_USAGE, "--classification: '%s' is no class that is known here",
	    buf_string(&shown));
	suggest_add(&suggest, "", &why);
	log_warn("%s", why.text);
	buf_fini(&shown);
}

/* As the filter wants them: with nothing but commas between. */
static void logsearch_add_classes(struct logsearch *log)
{
	struct span rest = span_of(log->settings.classification);

	while (rest.n > 0) {
		size_t end = span_find(rest, ',');
		struct span class = span_trim(span_head(rest, end));

		rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(rest, end + 1);
		if (class.n == 0)
			continue;
		logsearch_warn_class(class);
		buf_add_text(&log->classes, log->classes.n > 0 ? "," : "");
		buf_add(&log->classes, class);
	}
}

static int logsearch_open(struct source *source, struct err *err)
{
	struct logsearch *log = (struct logsearch *)source;

	logsearch_add_classes(log);
	if (log->key.failed != 0 || log->columns.failed != 0 || log->classes.failed != 0)
		return err_nomem(err);
	return 0;
}

static bool logsearch_resume(
    struct source *source, const struct account_place *place, const struct state *before)
{
	struct logsearch *log = (struct logsearch *)source;
	struct span rest = span_of(before->position.text);
	uint64_t when;

	(void)place;
	if (position_is_empty(&before->position))
		return before->open.count == 0;
	if (!position_take_number(
		&rest, SPAN(LOGSEARCH_READ_TO), INT32_MAX * (uint64_t)64, &when) ||
	    rest.n > 0 || before->open.count > 0)
		return false;
	log->since = (time_t)when;
	return true;
}

static bool logsearch_progress(
    const struct source *source, const struct account_place *place, struct state *now_r)
{
	const struct logsearch *log = (const struct logsearch *)source;

	if (place->missing != NULL)
		return false;
	*now_r = (struct state){0};
	return position_add_number(
	    &now_r->position, LOGSEARCH_READ_TO, (uint64_t)log->settings.period->until);
}

/* --- A row --- */

/* Unix seconds, or a time as others write it (UTC). */
static bool logsearch_read_date(struct span text, time_t *when_r)
{
	char room[32];
	uint64_t seconds = 0;
	size_t n = span_number(text, &seconds);

	if (n > 0 && (n == text.n || text.p[n] == '.') && seconds < (uint64_t)1 << 36) {
		*when_r = (time_t)seconds;
		return true;
	}
	/* YYYY-MM-DD HH:MM:SS */
	if (text.n < 19 || text.n > 25)
		return false;
	memcpy(room, text.p, text.n);
	if (room[10] == ' ')
		room[10] = 'T';
	if (text.n == 19)
		room[text.n++] = 'Z';
	return period_read_iso((struct span){room, text.n}, when_r);
}

/* A row has a time in front, and a user without blanks. */
static bool logsearch_fits(const struct answer_fields *fields)
{
	const struct span user = fields->field[LOG_USER];
	time_t unused;

	for (size_t i = span_within(user, '!', '~'); i < user.n; i++)
		if ((unsigned char)user.p[i] <= ' ')
			return false;
	return logsearch_read_date(fields->field[LOG_DATE], &unused);
}

static void logsearch_set(
    struct logsearch *log, struct record *record, enum column column, struct span text)
{
	unsigned defects = 0;

	/* The line outlives the record. */
	if (value_is_plain(text))
		record->value[column] = text;
	else if (text.n > 0)
		record->value[column] = value_raw(&log->reader, text, &log->arena, &defects);
	if ((defects & VALUE_CUT) != 0)
		record->notes |= NOTE_HEADER_TRUNCATED;
	if ((defects & VALUE_BAD_CHARSET) != 0)
		record->notes |= NOTE_INVALID_CHARSET;
}

/* The user without the domain stands for USER@DOMAIN; where there is none, as elsewhere, @DOMAIN.
 */
static void logsearch_set_user(struct logsearch *log, struct record *record, struct span user)
{
	size_t at = span_rfind(user, '@');

	if (at != SPAN_NPOS && span_eq_nocase(span_from(user, at + 1), log->domain))
		user = span_head(user, at);
	logsearch_set(log, record, COLUMN_IP_USERNAME, user.n > 0 ? user : buf_span(&log->nobody));
}

/* A minute of a zone is one of UTC: lines of the same one differ in two digits. */
static void logsearch_set_date(struct logsearch *log, struct record *record, time_t when)
{
	time_t minute = when - when % 60;
	unsigned seconds = (unsigned)(when % 60);

	if (log->date_n == 0 || log->minute != minute) {
		buf_clear(&log->text);
		period_add_iso(&log->text, minute);
		arena_fail(&log->arena, log->text.failed);
		log->date_n = log->text.n < sizeof(log->date) ? log->text.n : 0;
		memcpy(log->date, log->text.p, log->date_n);
		log->minute = minute;
	}
	log->date[LOG_SECONDS] = (char)('0' + seconds / 10);
	log->date[LOG_SECONDS + 1] = (char)('0' + seconds % 10);
	record->internal_date = when;
	record->value[COLUMN_DATE] = arena_copy(&log->arena, (struct span){log->date, log->date_n});
}

static int logsearch_take(void *context, const struct answer_fields *fields, struct err *err)
{
	struct logsearch *log = context;
	struct record record = {.place = &log->place};
	const struct period *period = log->settings.period;
	time_t when = 0;

	/* The filter's period may have one second more than ours. */
	logsearch_read_date(fields->field[LOG_DATE], &when);
	if (when < log->since || when >= period->until)
		return 0;
	arena_reset(&log->arena);
	/* What can be derived; the rest is marked when that has been done. */
	column_set_add(&record.absent, COLUMN_SOURCE_IP);
	if (log->settings.with_sender_domain)
		column_set_add(&record.absent, COLUMN_SENDER_DOMAIN);
	if (fields->field[LOG_IDENTITY].n == 0)
		column_set_add(&record.absent, COLUMN_IDENTITY);
	logsearch_set_date(log, &record, when);
	logsearch_set_user(log, &record, fields->field[LOG_USER]);
	logsearch_set(log, &record, COLUMN_CLASS, fields->field[LOG_CLASS]);
	logsearch_set(log, &record, COLUMN_RETURN_PATH, fields->field[LOG_SENDER]);
	logsearch_set(log, &record, COLUMN_TO, fields->field[LOG_RECIPIENT]);
	logsearch_set(log, &record, COLUMN_DOMAIN, log->domain);
	/* Without one the user is what is known: as of a message. */
	if (fields->field[LOG_IDENTITY].n > 0)
		logsearch_set(log, &record, COLUMN_IDENTITY, fields->field[LOG_IDENTITY]);
	if (log->settings.with_subject)
		logsearch_set(log, &record, COLUMN_SUBJECT, fields->field[LOG_SUBJECT]);
	derive_missing(&log->derive, &record, &log->arena);
	column_set_add_others(&record.absent, &log->filled);
	if (log->arena.failed)
		return arena_err(&log->arena, err);
	log->place.counts.found++;
	return report_take_record(log->report, &record, err);
}

/* --- Reading --- */

static int logsearch_read_domain(void *context, struct span domain, struct err *err)
{
	struct logsearch *log = context;
	struct buf name;
	int result;

	buf_init(&name, 0);
	buf_add(&name, domain);
	log->domain = domain;
	buf_clear(&log->nobody);
	buf_add_char(&log->nobody, '@');
	buf_add(&log->nobody, domain);
	if (name.failed != 0 || log->nobody.failed != 0) {
		buf_fini(&name);
		return err_nomem(err);
	}
	{
		const struct search_request request = {
		    .domain = buf_string(&name),
		    .since = log->since,
		    .until = log->settings.period->until,
		    .classification = buf_string(&log->classes),
		    .columns = buf_string(&log->columns),
		    .column_count = log->settings.with_subject ? LOG_COLUMNS : LOG_COLUMNS - 1,
		    .can_count = calls_has(buf_span(&log->help), CALL_COUNT),
		    .fits = logsearch_fits,
		    .take = logsearch_take,
		    .context = log,
		};
		result = control_search(*log->settings.control, &request, &log->result, err);
	}
	buf_fini(&name);
	return result;
}

/* A domain that cannot be searched is missing; the others are read. */
static int logsearch_read_domains(struct logsearch *log, struct err *err)
{
	const struct logsearch_settings *settings = &log->settings;
	const struct calls_walk walk = {
	    settings->domains, settings->domain_count, logsearch_read_domain, log};
	struct calls_lost lost = {.first = ERR_INIT};

	if (calls_read_help(*settings->control, &log->help, err) != 0 ||
	    calls_walk_domains(*settings->control, &walk, &lost, err) != 0)
		return -1;
	if (lost.lost == 0)
		return 0;
	*err = lost.first;
	return err_prefix(err, "%" PRIu64 " of %" PRIu64 " domains cannot be searched; the first",
	    lost.lost, lost.asked);
}

/* What is not there, or cannot be known to be. */
static void logsearch_judge(struct logsearch *log)
{
	struct account *account = log->settings.account;

	log->place.missing = search_shortage(&log->result);
	if (log->place.missing != NULL)
		err_set(&account->failure, ERR_DATA, "the log search of %s: %s", log->place.host,
		    log->place.missing);
	log->place.counts.found += log->result.counts.strange;
	log->place.counts.unreadable += log->result.counts.strange;
}

static void logsearch_summarize(const struct logsearch *log)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "%s: log search, %" PRIu64 " lines found, %" PRIu64 " calls",
	    log->place.host, log->place.counts.found, log->result.calls);
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
}

static int logsearch_read(struct source *source, struct report *report, struct err *err)
{
	struct logsearch *log = (struct logsearch *)source;

	log->report = report;
	headway_enter(HEADWAY_READING, log->place.host, log->place.name);
	if (log->since == 0)
		log->since = log->settings.period->since;
	if (logsearch_read_domains(log, err) != 0) {
		if (!err_is_remote(err))
			return -1;
		/* What came before is in the report; whether that is delivered, others decide. */
		log->settings.account->failure = *err;
		log->place.missing = log->settings.account->failure.text;
		return 0;
	}
	answer_warn(&log->result.counts, "the log search");
	search_warn(&log->result);
	logsearch_judge(log);
	if (log->settings.talk)
		logsearch_summarize(log);
	return 0;
}

static void logsearch_free(struct source *source)
{
	struct logsearch *log = (struct logsearch *)source;

	search_result_fini(&log->result);
	value_reader_fini(&log->reader);
	arena_fini(&log->arena);
	buf_fini(&log->key);
	buf_fini(&log->columns);
	buf_fini(&log->classes);
	buf_fini(&log->help);
	buf_fini(&log->text);
	buf_fini(&log->nobody);
	free(log);
}

static const struct source_ops logsearch_ops = {
    .name = "logsearch",
    .open = logsearch_open,
    .resume = logsearch_resume,
    .read = logsearch_read,
    .progress = logsearch_progress,
    .free = logsearch_free,
};

static void logsearch_note_filled(struct logsearch *log)
{
	static const enum column filled[] = {COLUMN_NUMBER, COLUMN_DATE, COLUMN_RETURN_PATH,
	    COLUMN_TO, COLUMN_IDENTITY, COLUMN_IP_USERNAME, COLUMN_DOMAIN, COLUMN_CLASS,
	    COLUMN_SOURCE_IP};

	for (size_t i = 0; i < sizeof(filled) / sizeof(filled[0]); i++)
		column_set_add(&log->filled, filled[i]);
	if (log->settings.with_sender_domain)
		column_set_add(&log->filled, COLUMN_SENDER_DOMAIN);
	if (log->settings.with_subject)
		column_set_add(&log->filled, COLUMN_SUBJECT);
}

static void logsearch_add_key(struct logsearch *log)
{
	const struct logsearch_settings *settings = &log->settings;

	buf_add_text(&log->key, "log@");
	state_add_host(&log->key, settings->host);
	buf_printf(&log->key, ":%u", settings->port);
	for (unsigned i = 0; i < settings->domain_count; i++) {
		buf_add_char(&log->key, ',');
		state_add_encoded(&log->key, span_of(settings->domains[i]));
	}
}

struct source *logsearch_new(const struct logsearch_settings *settings, struct err *err)
{
	struct logsearch *log = calloc(1, sizeof(*log));

	if (log == NULL) {
		err_nomem(err);
		return NULL;
	}
	log->source.ops = &logsearch_ops;
	log->settings = *settings;
	buf_init(&log->key, 0);
	buf_init(&log->columns, 0);
	buf_init(&log->classes, 0);
	buf_init(&log->help, CONTROL_MAX_BODY);
	buf_init(&log->text, 0);
	buf_init(&log->nobody, 0);
	arena_init(&log->arena);
	derive_rules_init(&log->derive);
	search_result_init(&log->result);
	logsearch_add_key(log);
	logsearch_note_filled(log);
	buf_printf(&log->columns, "date,%s,classification,sender,recipient,identity%s",
	    settings->user_column, settings->with_subject ? ",subject_header" : "");
	if (value_reader_init(&log->reader) != 0) {
		logsearch_free(&log->source);
		err_nomem(err);
		return NULL;
	}
	log->place = (struct account_place){
	    .host = settings->host, .name = "log search", .key = buf_string(&log->key)};
	settings->account->place = &log->place;
	settings->account->place_count = 1;
	return &log->source;
}
