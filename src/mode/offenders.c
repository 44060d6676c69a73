#include "mode/offenders.h"

#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "control/search.h"
#include "evidence/evidence_rules.h"
#include "evidence/login_value.h"
#include "mode/run_parts.h"
#include "record/system_account.h"
#include "report/report.h"
#include "source/quarantine/quarantine.h"
#include "text/network.h"

#define OFFENDERS_CLASSES "spam,virus,phish"

void offenders_init(struct offenders *offenders)
{
	*offenders = (struct offenders){0};
}

static void offender_free(void *node)
{
	struct offender *offender = node;

	free(offender->script);
	free(offender->recipient);
	for (unsigned i = 0; i < OFFENDERS_MAX_SAMPLES; i++) {
		free(offender->subject[i]);
		free(offender->address[i]);
	}
	free(offender);
}

void offenders_fini(struct offenders *offenders)
{
	tdestroy(offenders->tree, offender_free);
	free(offenders->list);
	*offenders = (struct offenders){0};
}

static int span_compare(struct span a, struct span b)
{
	int order = memcmp(a.n > 0 ? a.p : "", b.n > 0 ? b.p : "", a.n < b.n ? a.n : b.n);

	if (order != 0)
		return order;
	return a.n < b.n ? -1 : a.n > b.n;
}

static int offender_compare(const void *a, const void *b)
{
	const struct offender *left = a;
	const struct offender *right = b;
	int order = span_compare(left->key.domain, right->key.domain);

	if (order == 0)
		order = span_compare(left->key.username, right->key.username);
	return order != 0 ? order : span_compare(left->key.name, right->key.name);
}

static struct span offender_copy(char **at, struct span text)
{
	struct span copy = {*at, text.n};

	if (text.n > 0)
		memcpy(*at, text.p, text.n);
	*at += text.n;
	return copy;
}

static struct offender *offender_new(const struct control_key *key)
{
	size_t n = key->domain.n + key->username.n + key->name.n;
	struct offender *offender = calloc(1, sizeof(*offender) + n + 1);
	char *at;

	if (offender == NULL)
		return NULL;
	at = (char *)(offender + 1);
	offender->key.domain = offender_copy(&at, key->domain);
	offender->key.username = offender_copy(&at, key->username);
	offender->key.name = offender_copy(&at, key->name);
	return offender;
}

/* An address, as it stands or in brackets: the server itself, or whoever sits behind it. */
static bool offenders_is_address(struct span name)
{
	struct network_address unused;

	if (name.n > 2 && name.p[0] == '[' && name.p[name.n - 1] == ']')
		name = span_from(span_head(name, name.n - 1), 1);
	return network_read_address(name, &unused);
}

/*
 * A name that may stand for more than one: a pattern, an account that is a server's, a word that
 * stands where there is no name ("<>", "unknown", "localhost"), a domain, a mailbox without a half;
 * an address, and a sender that is none. Whoever sends has chosen it.
 */
static bool offenders_is_wide(const struct control_key *key, bool senders)
{
	struct span name = key->name;
	size_t at = span_rfind(name, '@');

	if (span_find(name, '*') != SPAN_NPOS || at == 0 || at + 1 == name.n ||
	    login_value_is_fixed(name) || system_account_is_user(name))
		return true;
	if (senders)
		return at == SPAN_NPOS;
	return offenders_is_address(name) || span_eq_nocase(name, key->domain);
}

struct offender *offenders_get(
    struct offenders *offenders, const struct control_key *key, struct err *err)
{
	const struct offender wanted = {.key = *key};
	struct offender **found = tfind(&wanted, &offenders->tree, offender_compare);
	struct offender *made;

	if (found != NULL)
		return *found;
	if (offenders->count == OFFENDERS_MAX) {
		err_set(
		    err, ERR_SYSTEM, "there are more than %d different identities", OFFENDERS_MAX);
		return NULL;
	}
	made = offender_new(key);
	if (made == NULL || tsearch(made, &offenders->tree, offender_compare) == NULL) {
		free(made);
		err_nomem(err);
		return NULL;
	}
	offenders->count++;
	return made;
}

/* --- The filter's log --- */

struct offenders_log {
	struct offenders *offenders;
	struct act *act;
	const char *columns;
	const struct period *period;
	struct span domain;
	bool senders;
};

/* The user has no blanks, which tells a row from a sentence. */
static bool offenders_fits(const struct answer_fields *fields)
{
	const struct span user = fields->field[0];

	for (size_t i = 0; i < user.n; i++)
		if ((unsigned char)user.p[i] <= ' ')
			return false;
	return true;
}

/* USER or USER@DOMAIN, split at the last @ where the domain is the one that was asked for. */
static struct span offenders_user(struct span user, struct span domain)
{
	size_t at = span_rfind(user, '@');

	if (at != SPAN_NPOS && span_eq_nocase(span_from(user, at + 1), domain))
		return span_head(user, at);
	return user;
}

static int offenders_take(void *context, const struct answer_fields *fields, struct err *err)
{
	struct offenders_log *log = context;
	struct control_key key = {
	    log->domain, offenders_user(fields->field[0], log->domain), fields->field[1]};
	struct offender *offender;

	if (key.name.n == 0 || (log->senders && span_eq(key.name, SPAN("<>")))) {
		log->offenders->nameless++;
		return 0;
	}
	offender = offenders_get(log->offenders, &key, err);
	if (offender == NULL)
		return -1;
	offender->count++;
	offender->doubtful =
	    offender->doubtful || fields->doubtful || offenders_is_wide(&key, log->senders);
	return 0;
}

static int offenders_search_domain(void *context, struct span domain, struct err *err)
{
	struct offenders_log *log = context;
	struct search_result found;
	struct buf name;
	int result;

	buf_init(&name, 0);
	buf_add(&name, domain);
	if (name.failed != 0) {
		buf_fini(&name);
		return err_nomem(err);
	}
	search_result_init(&found);
	log->domain = domain;
	{
		const struct search_request request = {
		    .domain = buf_string(&name),
		    .since = log->period->since,
		    .until = log->period->until,
		    .classification = OFFENDERS_CLASSES,
		    .columns = log->columns,
		    .column_count = 2,
		    .can_count = calls_has(buf_span(&log->act->help), CALL_COUNT),
		    .fits = offenders_fits,
		    .take = offenders_take,
		    .context = log,
		};
		result = control_search(log->act->control, &request, &found, err);
	}
	if (result == 0)
		answer_warn(&found.counts, "the log search");
	if (result == 0 && log->offenders->shortage == NULL) {
		log->offenders->shortage = search_shortage(&found);
		search_warn(&found);
	}
	search_result_fini(&found);
	buf_fini(&name);
	return result;
}

int offenders_count_log(struct offenders *offenders, struct act *act, const char *name,
    const struct period *period, struct err *err)
{
	struct offenders_log log = {
	    .offenders = offenders,
	    .act = act,
	    .period = period,
	    .senders = strcmp(name, "sender") == 0,
	};
	struct buf columns;
	int result;

	buf_init(&columns, 0);
	buf_printf(&columns, "%s,%s", act->options->api.user_column, name);
	log.columns = buf_string(&columns);
	result = columns.failed != 0 ? err_nomem(err) : act_read_help(act, err);
	if (result == 0)
		result = act_each_domain(act, offenders_search_domain, &log, err);
	buf_fini(&columns);
	return result;
}

/* --- The quarantine --- */

struct offenders_sink {
	struct sink sink; /* first, so that a sink is an offenders_sink */
	struct offenders *offenders;
	bool count;
};

static void offender_sample(char **kept, unsigned most, struct span value)
{
	for (unsigned i = 0; i < most && value.n > 0; i++) {
		if (kept[i] == NULL) {
			kept[i] = strndup(value.p,
			    value.n < OFFENDERS_MAX_SAMPLE ? value.n : OFFENDERS_MAX_SAMPLE);
			return;
		}
		if (span_eq(span_of(kept[i]), span_head(value, OFFENDERS_MAX_SAMPLE)))
			return;
	}
}

static void offender_learn(struct offender *offender, const struct record *record)
{
	offender->seen++;
	offender_sample(&offender->script, 1, record_value(record, COLUMN_PHP_SCRIPT));
	offender_sample(&offender->recipient, 1, record_value(record, COLUMN_TO));
	offender_sample(
	    offender->subject, OFFENDERS_MAX_SAMPLES, record_value(record, COLUMN_SUBJECT));
	offender_sample(
	    offender->address, OFFENDERS_MAX_SAMPLES, record_value(record, COLUMN_SOURCE_IP));
}

/* Many customers may be behind it, or it is what a message says of the script that has sent it. */
static bool offender_is_no_account(const struct record *record)
{
	switch (identity_kind_of(record_value(record, COLUMN_IDENTITY_KIND))) {
	case IDENTITY_SERVER:
	case IDENTITY_SYSTEM:
	case IDENTITY_SITE:
	case IDENTITY_SCRIPT:
		return true;
	default:
		return false;
	}
}

/* No header has it as it stands, such as a login with the host that it is of: the filter, which
 * takes an identity out of a header, would lock nobody by that name. */
static bool offender_is_made_up(const struct record *record)
{
	const struct evidence_rule *rule = record->rule[COLUMN_IDENTITY];

	return rule != NULL && rule->source == SOURCE_COLUMN &&
	       !span_eq(record_value(record, (enum column)rule->from),
		   record_value(record, COLUMN_IDENTITY));
}

/* The field is believed where no server's own line of Received says who has logged in. */
static bool offender_rule_is_behind_lines(const struct evidence_rule *rule)
{
	bool behind = false;

	if (rule->source != SOURCE_FIELD)
		return false;
	for (unsigned i = 0; i < evidence_rule_count; i++) {
		const struct evidence_rule *other = &evidence_rules[i];

		if (other == rule)
			return behind;
		behind =
		    behind || (other->column == rule->column && other->source == SOURCE_RECEIVED);
	}
	return false;
}

/* Such a field names it, and such a line another one ("Authenticated sender"); or anything else
 * does, when the line has the account of a relay. */
static bool offender_is_contradicted(
    const struct record *record, const struct evidence_rule *user, enum column column)
{
	const struct evidence_rule *sender = record->rule[COLUMN_AUTH_SENDER];

	return column == COLUMN_AUTH_USER && sender != NULL && sender->source == SOURCE_RECEIVED &&
	       offender_rule_is_behind_lines(user) &&
	       (record->sender_is_relay ? record->also_authenticated.n > 0
					: !span_eq_nocase(record_value(record, COLUMN_AUTH_USER),
					      record_value(record, COLUMN_AUTH_SENDER)));
}

/* A script may have written what names it: a path in a field, a lower Received, a field that nobody
 * has described, or one that says other than a server. */
static bool offender_is_told(const struct record *record)
{
	const struct evidence_rule *rule = record->rule[COLUMN_IDENTITY];
	enum column column;

	if (rule == NULL || rule->source == SOURCE_OPTION)
		return false;
	if (record->login_may_be_told)
		return true;
	if (rule->source != SOURCE_COLUMN)
		return true;
	column = (enum column)rule->from;
	rule = record->rule[column];
	return rule != NULL &&
	       (rule->source == SOURCE_GUESS || offender_is_contradicted(record, rule, column));
}

static int offenders_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct offenders_sink *into = (struct offenders_sink *)sink;
	struct offender *offender;
	struct control_key key = {
	    .domain = record_value(record, COLUMN_DOMAIN),
	    .username = record_value(record, COLUMN_IP_USERNAME),
	    .name = record_value(record, COLUMN_IDENTITY),
	};

	key.username = offenders_user(key.username, key.domain);
	if (key.name.n == 0) {
		into->offenders->nameless += into->count ? 1 : 0;
		return 0;
	}
	if (!into->count) {
		const struct offender wanted = {.key = key};
		struct offender **found = tfind(&wanted, &into->offenders->tree, offender_compare);

		if (found != NULL)
			offender_learn(*found, record);
		return 0;
	}
	offender = offenders_get(into->offenders, &key, err);
	if (offender == NULL)
		return -1;
	offender->count++;
	offender->doubtful = offender->doubtful || offenders_is_wide(&key, false) ||
			     offender_is_no_account(record) || offender_is_made_up(record) ||
			     offender_is_told(record);
	offender_learn(offender, record);
	return 0;
}

static const struct sink_ops offenders_ops = {.name = "offenders", .record = offenders_record};

/* What is read of a quarantine, and freed together. */
struct offenders_reading {
	struct account account;
	struct secret password;
	struct source *source;
	struct report report;
};

static int offenders_read(struct offenders_reading *reading, struct act *act,
    const struct period *period, struct sink *sink, struct err *err)
{
	const struct options *options = act->options;
	struct quarantine_settings settings = {
	    .servers = run_servers(options, act->env, act->deadline, &reading->password),
	    .period = period,
	    .now = act->env->now,
	    .reader =
		{
		    .identity_headers = options->identity_headers,
		    .identity_header_count = options->identity_header_count,
		},
	    .account = &reading->account,
	};

	if (run_find_password(options, act->env, &settings.servers, &reading->password, err) != 0)
		return -1;
	act_leave_out(act, reading->password.asked);
	settings.servers.deadline = act->deadline;
	reading->source = quarantine_new(&settings, err);
	if (reading->source == NULL || reading->source->ops->open(reading->source, err) != 0)
		return -1;
	reading->report.sinks = sink;
	return reading->source->ops->read(reading->source, &reading->report, err);
}

int offenders_read_quarantine(struct offenders *offenders, struct act *act,
    const struct period *period, bool count, struct err *err)
{
	struct offenders_sink sink = {
	    .sink = {.ops = &offenders_ops}, .offenders = offenders, .count = count};
	struct offenders_reading reading = {.account = {.made = act->env->now,
						.has_period = true,
						.since = period->since,
						.until = period->until}};
	struct filter bounces = filter_bounces();
	int result;

	report_init(&reading.report, &(const struct report_parts){
					 .filters = act->options->no_bounce ? &bounces : NULL,
					 .account = &reading.account,
				     });
	result = offenders_read(&reading, act, period, &sink.sink, err);
	if (result == 0 && reading.account.failure.code != ERR_NONE) {
		*err = reading.account.failure;
		result = -1;
	}
	if (reading.source != NULL)
		reading.source->ops->free(reading.source);
	report_fini(&reading.report);
	secret_wipe(&reading.password);
	return result;
}

/* --- The list --- */

struct offenders_walk {
	struct offenders *offenders;
	size_t n;
};

static void offenders_visit(const void *node, VISIT which, void *context)
{
	struct offenders_walk *walk = context;
	struct offender *offender = *(struct offender *const *)node;

	if ((which == postorder || which == leaf) && offender->count > 0)
		walk->offenders->list[walk->n++] = offender;
}

static int span_compare_nocase(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;

	for (size_t i = 0; i < n; i++) {
		unsigned char x = (unsigned char)span_lower(a.p[i]);
		unsigned char y = (unsigned char)span_lower(b.p[i]);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return a.n < b.n ? -1 : a.n > b.n;
}

/* 0: spellings of one. */
static int offender_compare_nocase(const struct offender *left, const struct offender *right)
{
	int order = span_compare_nocase(left->key.domain, right->key.domain);

	if (order == 0)
		order = span_compare_nocase(left->key.username, right->key.username);
	return order != 0 ? order : span_compare_nocase(left->key.name, right->key.name);
}

static int offenders_order_spellings(const void *a, const void *b)
{
	return offender_compare_nocase(*(struct offender *const *)a, *(struct offender *const *)b);
}

/* Most first; spellings of one stand together, again most first. */
static int offenders_order(const void *a, const void *b)
{
	const struct offender *left = *(struct offender *const *)a;
	const struct offender *right = *(struct offender *const *)b;
	int order;

	if (left->all != right->all)
		return left->all > right->all ? -1 : 1;
	order = offender_compare_nocase(left, right);
	if (order == 0 && left->count != right->count)
		return left->count > right->count ? -1 : 1;
	return order != 0 ? order : offender_compare(left, right);
}

/* Sums up the spellings of each, and returns how many are left: those above the limit. */
static size_t offenders_choose(struct offender **list, size_t n, uint64_t limit)
{
	size_t left = 0;

	qsort(list, n, sizeof(*list), offenders_order_spellings);
	for (size_t i = 0, next; i < n; i = next) {
		uint64_t all = 0;

		for (next = i; next < n && offender_compare_nocase(list[i], list[next]) == 0;
		     next++)
			all += list[next]->count;
		for (size_t j = i; j < next; j++) {
			list[j]->all = all;
			if (all > limit)
				list[left++] = list[j];
		}
	}
	return left;
}

int offenders_sort(struct offenders *offenders, uint64_t limit, size_t *count_r, struct err *err)
{
	struct offenders_walk walk = {.offenders = offenders};

	free(offenders->list);
	offenders->list = calloc(offenders->count + 1, sizeof(struct offender *));
	if (offenders->list == NULL)
		return err_nomem(err);
	twalk_r(offenders->tree, offenders_visit, &walk);
	*count_r = offenders_choose(offenders->list, walk.n, limit);
	qsort(offenders->list, *count_r, sizeof(struct offender *), offenders_order);
	return 0;
}

static void offenders_add_texts(
    struct buf *out, const char *title, char *const *texts, unsigned count)
{
	if (texts[0] == NULL)
		return;
	buf_printf(out, "    %s: ", title);
	for (unsigned i = 0; i < count && texts[i] != NULL; i++) {
		buf_add_text(out, i > 0 ? " | " : "");
		log_escape(out, span_of(texts[i]));
	}
	buf_add_char(out, '\n');
}

void offenders_add_evidence(struct buf *out, const struct offender *offender)
{
	if (offender->seen == 0)
		return;
	buf_printf(out, "    in the quarantine: %" PRIu64 "\n", offender->seen);
	offenders_add_texts(out, "script", &offender->script, 1);
	offenders_add_texts(out, "from", offender->address, OFFENDERS_MAX_SAMPLES);
	offenders_add_texts(out, "to", &offender->recipient, 1);
	offenders_add_texts(out, "subject", offender->subject, OFFENDERS_MAX_SAMPLES);
}
