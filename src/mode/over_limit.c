#include "mode/over_limit.h"

#include <inttypes.h>

#include "base/log.h"
#include "control/value.h"
#include "mode/run.h"

/* What becomes of a candidate. */
enum over_limit_fate {
	OVER_LIMIT_DONE,
	OVER_LIMIT_BEFORE, /* it has been done already */
	OVER_LIMIT_EXEMPT,
	OVER_LIMIT_DOUBTFUL, /* left to a person */
	OVER_LIMIT_UNKNOWN,  /* cannot be named to the filter */
	OVER_LIMIT_DECLINED,
	OVER_LIMIT_UNASKED, /* nobody answers any more */
	OVER_LIMIT_FAILED,  /* the filter did not do it, and its list does not show it */
	OVER_LIMIT_LEFT,    /* by --max-changes */
	OVER_LIMIT_LISTED,  /* nobody could be asked */
	OVER_LIMIT_FATES
};

/* One run over the candidates. */
struct over_limit {
	struct act *act;
	const struct over_limit_kind *kind;
	uint64_t count[OVER_LIMIT_FATES];
};

/* "IDENTITY (USER@DOMAIN): sent N bad messages", as the vendor's script says it. One that is named
 * has not been counted. */
static void over_limit_add(struct buf *out, const struct offender *offender)
{
	act_add_key(out, &offender->key);
	if (offender->count > 0)
		buf_printf(out, ": sent %" PRIu64 " bad message%s", offender->count,
		    offender->count == 1 ? "" : "s");
	if (offender->all > offender->count)
		buf_printf(out, ", %" PRIu64 " in all spellings", offender->all);
}

static int over_limit_say(
    struct over_limit *over, const struct offender *offender, const char *what, struct err *err)
{
	struct buf text;
	int result;

	buf_init(&text, 0);
	over_limit_add(&text, offender);
	buf_printf(&text, " - %s\n", what);
	result = act_print(over->act, &text, err);
	buf_fini(&text);
	return result;
}

/* The same as an error: of who was named, and of who would be left to nobody in a run that is
 * quiet.
 */
static int over_limit_complain(const struct offender *offender, const char *what, struct err *err)
{
	struct buf text;
	int result = 0;

	buf_init(&text, 0);
	over_limit_add(&text, offender);
	if (text.failed != 0)
		result = err_nomem(err);
	else
		log_error("%s - %s", buf_string(&text), what);
	buf_fini(&text);
	return result;
}

static bool over_limit_is_aloud(const struct over_limit *over, enum over_limit_fate fate)
{
	const struct options *options = over->act->options;

	return options->word_count > 0 || (options->quiet && fate != OVER_LIMIT_EXEMPT);
}

/* Why it is not asked about; NULL: it is. *fate_r: what that is. */
static const char *over_limit_refuse(
    const struct over_limit *over, const struct offender *offender, enum over_limit_fate *fate_r)
{
	const struct control_key *key = &offender->key;
	struct err why = ERR_INIT;
	bool all =
	    span_eq(key->username, SPAN(CALL_ALL_USERS)) && over->act->options->api.all_users;

	*fate_r = OVER_LIMIT_EXEMPT;
	if (act_is_exempt(over->act, key->name))
		return "exempt";
	*fate_r = OVER_LIMIT_UNKNOWN;
	if (key->username.n == 0)
		return "has no user name, without which the call would mean another";
	if (control_value_check("it", key->name, &why) != 0 ||
	    (!all && control_value_check("the user", key->username, &why) != 0) ||
	    control_value_check("the domain", key->domain, &why) != 0)
		return "cannot be named to the filter";
	*fate_r = OVER_LIMIT_DOUBTFUL;
	if (offender->doubtful && over->act->options->api.unattended)
		return "left to a person: it may be called otherwise, or be more than one";
	return NULL;
}

static int over_limit_change(
    struct over_limit *over, const struct offender *offender, struct span evidence, struct err *err)
{
	const struct over_limit_kind *kind = over->kind;
	const struct act_change change = {
	    .action = {kind->command, offender->key, offender->count, evidence},
	    .call = kind->call,
	    .argument = kind->argument,
	    .list = kind->list,
	    .done = kind->done,
	};

	unsigned refused = over->act->refused;

	if (act_change(over->act, &change, err) == 0) {
		over->count[OVER_LIMIT_DONE]++;
		return 0;
	}
	/* Whoever chose a name that the filter does not take must not save those behind. */
	if (act_pass_over(over->act, refused, err) != 0)
		return -1;
	over->count[OVER_LIMIT_FAILED]++;
	return 0;
}

/* Shown, asked about, done. */
static int over_limit_ask(
    struct over_limit *over, const struct offender *offender, struct buf *evidence, struct err *err)
{
	struct buf text;
	bool yes = false;
	int result;

	buf_init(&text, 0);
	if (!act_may_change(over->act)) {
		over->count[OVER_LIMIT_LISTED]++;
		over_limit_add(&text, offender);
		buf_add_char(&text, '\n');
		buf_add_buf(&text, evidence);
		result = act_print(over->act, &text, err);
		buf_fini(&text);
		return result;
	}
	buf_add_buf(&text, evidence);
	over_limit_add(&text, offender);
	buf_printf(&text, " - %s [y/N] ", over->kind->question);
	result = act_ask(over->act, &text, &yes, err);
	buf_fini(&text);
	if (result != 0 || yes)
		return result == 0
			   ? over_limit_change(over, offender, span_trim(buf_span(evidence)), err)
			   : -1;
	over->count[over->act->input_ended ? OVER_LIMIT_UNASKED : OVER_LIMIT_DECLINED]++;
	return 0;
}

/* One candidate. */
static int over_limit_one(struct over_limit *over, const struct offender *offender, struct err *err)
{
	const struct act_question question = {over->kind->list, &offender->key, true, true};
	enum over_limit_fate fate;
	const char *why = over_limit_refuse(over, offender, &fate);
	bool there = false;
	struct buf evidence;
	int result;

	if (why != NULL) {
		over->count[fate]++;
		return over_limit_is_aloud(over, fate) ? over_limit_complain(offender, why, err)
						       : over_limit_say(over, offender, why, err);
	}
	if (act_look(over->act, &question, &there, err) != 0)
		return -1;
	if (there) {
		over->count[OVER_LIMIT_BEFORE]++;
		/* Of whom nobody has asked for, nothing is to be done. */
		return over->act->options->word_count > 0
			   ? over_limit_say(over, offender, "already done", err)
			   : 0;
	}
	if (act_is_full(over->act)) {
		over->count[OVER_LIMIT_LEFT]++;
		return over_limit_say(over, offender, "left for the next run", err);
	}
	buf_init(&evidence, 0);
	offenders_add_evidence(&evidence, offender);
	result = over_limit_ask(over, offender, &evidence, err);
	buf_fini(&evidence);
	return result;
}

/* Can the filter do it at all? And what did an earlier run leave? */
static int over_limit_begin(struct over_limit *over, struct err *err)
{
	struct act *act = over->act;
	static const char *const none[] = {NULL};

	if (!act_may_change(act))
		return 0;
	if (act_read_help(act, err) != 0 ||
	    calls_check(buf_span(&act->help), over->kind->call, over->kind->arguments, err) != 0 ||
	    calls_check(buf_span(&act->help), over->kind->list, none, err) != 0)
		return -1;
	return act_begin_changes(act, err);
}

/* What a run that ends here leaves. Whoever is named must not be taken for done when it is not. */
static int over_limit_end(struct over_limit *over, struct err *err)
{
	const uint64_t *count = over->count;
	bool named = over->act->options->word_count > 0;
	uint64_t failed = count[OVER_LIMIT_FAILED] + (named ? count[OVER_LIMIT_UNKNOWN] : 0);
	uint64_t barred = named ? count[OVER_LIMIT_EXEMPT] + count[OVER_LIMIT_DOUBTFUL] : 0;

	if (act_end_changes(over->act, over->kind->done, failed > 0 ? failed + barred : 0,
		count[OVER_LIMIT_LEFT], err) != 0)
		return -1;
	if (barred > 0)
		return err_set(err, ERR_DATA, "%" PRIu64 " of those that are named not %s", barred,
		    over->kind->done);
	return act_check_answered(over->act, err);
}

/* How many were counted, and what became of them: for who looks at it. */
static void over_limit_sum_up(
    const struct over_limit *over, const struct offenders *offenders, size_t candidates)
{
	const char *const what[OVER_LIMIT_FATES] = {
	    [OVER_LIMIT_DONE] = over->kind->done,
	    [OVER_LIMIT_BEFORE] = "done already",
	    [OVER_LIMIT_EXEMPT] = "exempt",
	    [OVER_LIMIT_DOUBTFUL] = "left to a person",
	    [OVER_LIMIT_UNKNOWN] = "that cannot be named to the filter",
	    [OVER_LIMIT_DECLINED] = "declined",
	    [OVER_LIMIT_UNASKED] = "not answered",
	    [OVER_LIMIT_FAILED] = "that the filter did not take",
	    [OVER_LIMIT_LEFT] = "left for the next run",
	    [OVER_LIMIT_LISTED] = "listed",
	};
	const struct options *options = over->act->options;
	bool first = true;
	struct buf text;

	if (options->word_count > 0)
		return;
	buf_init(&text, 0);
	buf_printf(&text, "%zu sent bad messages, %zu of them more than %u", offenders->count,
	    candidates, options->api.limit);
	for (unsigned i = 0; i < OVER_LIMIT_FATES; i++) {
		if (over->count[i] == 0)
			continue;
		buf_printf(&text, "%s%" PRIu64 " %s", first ? ": " : ", ", over->count[i], what[i]);
		first = false;
	}
	act_talk(over->act, "%s", buf_string(&text));
	buf_fini(&text);
}

/* After a failure: which ones are done stands above, in words. */
static int over_limit_fail(struct over_limit *over, uint64_t untried, struct err *err)
{
	if (over->act->changes > 0 || untried > 0)
		err_prefix(err, "%u %s, then stopped with %" PRIu64 " not tried",
		    over->act->changes, over->kind->done, untried);
	return -1;
}

bool over_limit_looks_for(const struct options *options)
{
	return options->word_count > 0 && options->api.domains.count == 0 &&
	       options->api.username == NULL && !options->api.all_users;
}

int over_limit_check_domains(const struct options *options, struct err *err)
{
	const struct option_texts *domains = &options->api.domains;

	for (unsigned i = 0; i < domains->count; i++) {
		struct span domain = span_of(domains->text[i]);

		if (span_eq_nocase(domain, SPAN("default")))
			return err_set(err, ERR_USAGE,
			    "--domain=%s is what holds for all domains of the filter",
			    domains->text[i]);
		if (control_value_check("the domain", domain, err) != 0)
			return -1;
	}
	return 0;
}

int over_limit_check_words(
    const struct over_limit_kind *kind, const struct options *options, struct err *err)
{
	const struct options_api *api = &options->api;

	for (unsigned i = 0; i < options->word_count; i++)
		if (control_value_check(kind->what, span_of(options->words[i]), err) != 0)
			return -1;
	if (over_limit_looks_for(options))
		return 0;
	if (api->domains.count != 1)
		return err_set(err, ERR_USAGE, "%s is of one domain: --domain=DOMAIN%s", kind->what,
		    api->domains.count == 0 ? " is missing" : " is given several times");
	if (api->all_users && api->username == NULL)
		return 0;
	if (api->username == NULL || api->all_users)
		return err_set(err, ERR_USAGE,
		    "one of --username=USER and --all-users says whose %s is meant",
		    kind->argument);
	return control_value_check("the user name", span_of(api->username), err);
}

int over_limit_named(struct act *act, const struct over_limit_kind *kind, struct err *err)
{
	const struct options *options = act->options;
	const struct options_api *api = &options->api;
	struct over_limit over = {.act = act, .kind = kind};
	int result;

	result = over_limit_begin(&over, err);
	for (unsigned i = 0; result == 0 && i < options->word_count; i++) {
		const struct offender offender = {
		    .key = {span_of(api->domains.text[0]),
			span_of(api->all_users ? CALL_ALL_USERS : api->username),
			span_of(options->words[i])}};

		result = over_limit_one(&over, &offender, err);
		if (result != 0)
			over_limit_fail(&over, options->word_count - i - 1, err);
	}
	if (result == 0)
		result = over_limit_end(&over, err);
	if (result == 0 && over.count[OVER_LIMIT_LISTED] > 0)
		return act_end_listing(act, kind->done, err);
	return result;
}

/* "N spam/virus/phish messages sent by users with no identity" */
static int over_limit_say_nameless(struct over_limit *over, uint64_t count, struct err *err)
{
	struct buf text;
	int result;

	if (count == 0)
		return 0;
	buf_init(&text, 0);
	buf_printf(&text, "%" PRIu64 " spam/virus/phish message%s sent by users with no %s\n",
	    count, count == 1 ? "" : "s", over->kind->argument);
	result = act_print(over->act, &text, err);
	buf_fini(&text);
	return result;
}

/* With operands only these, which have been looked for. */
static bool over_limit_is_meant(const struct options *options, const struct offender *offender)
{
	for (unsigned i = 0; i < options->word_count; i++)
		if (span_eq(offender->key.name, span_of(options->words[i])))
			return true;
	return options->word_count == 0;
}

/* An operand that nobody has sent anything as, or several, when nobody is asked which. */
static int over_limit_check_found(
    const struct options *options, const struct offenders *offenders, size_t count, struct err *err)
{
	for (unsigned i = 0; i < options->word_count; i++) {
		size_t found = 0;

		for (size_t j = 0; j < count; j++)
			found += span_eq(offenders->list[j]->key.name, span_of(options->words[i]));
		if (found > 1 && options->api.unattended)
			return err_set(err, ERR_DATA,
			    "'%s' is the name of %zu: unattended --domain and --username must say "
			    "which is meant",
			    options->words[i], found);
		if (found == 0)
			return err_set(err, ERR_DATA,
			    "'%s' has sent nothing bad in that time: name its --domain and "
			    "--username, or a longer time by --hours-ago",
			    options->words[i]);
	}
	return 0;
}

/* How many of those who are meant are behind. */
static uint64_t over_limit_behind(
    const struct over_limit *over, const struct offenders *offenders, size_t from, size_t count)
{
	uint64_t behind = 0;

	for (size_t i = from; i < count; i++)
		behind += over_limit_is_meant(over->act->options, offenders->list[i]);
	return behind;
}

/* Who is named may also have sent in other letters, which are not looked for: said, not done. */
static int over_limit_warn_spellings(
    const struct over_limit *over, const struct offenders *offenders, size_t count, struct err *err)
{
	const struct options *options = over->act->options;
	struct buf text;
	int result = 0;

	buf_init(&text, 0);
	for (size_t i = 0; i < count && result == 0; i++) {
		const struct offender *offender = offenders->list[i];

		if (offender->all == offender->count || over_limit_is_meant(options, offender))
			continue;
		for (unsigned w = 0; w < options->word_count; w++) {
			if (!span_eq_nocase(offender->key.name, span_of(options->words[w])))
				continue;
			buf_clear(&text);
			over_limit_add(&text, offender);
			log_warn("%s - another spelling, which is not named", buf_string(&text));
			result = text.failed != 0 ? err_nomem(err) : 0;
			break;
		}
	}
	buf_fini(&text);
	return result;
}

static int over_limit_each(
    struct over_limit *over, const struct offenders *offenders, size_t count, struct err *err)
{
	if (over->act->options->word_count == 0 &&
	    over_limit_say_nameless(over, offenders->nameless, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const struct offender *offender = offenders->list[i];

		if (!over_limit_is_meant(over->act->options, offender))
			continue;
		if (over_limit_one(over, offender, err) != 0)
			return over_limit_fail(
			    over, over_limit_behind(over, offenders, i + 1, count), err);
	}
	if (over_limit_warn_spellings(over, offenders, count, err) != 0)
		return -1;
	over_limit_sum_up(over, offenders, count);
	if (over->count[OVER_LIMIT_LISTED] > 0 &&
	    act_end_listing(over->act, over->kind->done, err) != 0)
		return -1;
	return over_limit_end(over, err);
}

/* Who is to be locked, and why. */
static int over_limit_find(struct over_limit *over, struct offenders *offenders,
    const struct period *period, struct err *err)
{
	struct act *act = over->act;
	bool quarantine =
	    over->kind->can_count_quarantine && act->options->api.count == OPTIONS_COUNT_QUARANTINE;

	if (!quarantine &&
	    offenders_count_log(offenders, act, over->kind->argument, period, err) != 0)
		return -1;
	if (quarantine || act->options->host_count > 0)
		return offenders_read_quarantine(offenders, act, period, quarantine, err);
	return 0;
}

int over_limit_counted(struct act *act, const struct over_limit_kind *kind,
    const struct period *period, struct err *err)
{
	struct over_limit over = {.act = act, .kind = kind};
	struct offenders offenders;
	size_t count = 0;
	int result;

	offenders_init(&offenders);
	result = over_limit_begin(&over, err);
	if (result == 0)
		result = over_limit_find(&over, &offenders, period, err);
	if (result == 0)
		result = offenders_sort(&offenders,
		    act->options->word_count > 0 ? 0 : act->options->api.limit, &count, err);
	/* A name may be that of another, too, where nobody could look. */
	if (result == 0 && act->options->word_count > 0 && act->options->api.unattended)
		result = act_check_lost(act, err);
	if (result == 0)
		result = over_limit_check_found(act->options, &offenders, count, err);
	if (result == 0 && offenders.shortage != NULL && act->options->api.unattended)
		result = err_set(err, ERR_DATA, "%s; nothing has been %s unattended",
		    offenders.shortage, kind->done);
	if (result == 0 && offenders.shortage != NULL)
		log_warn("%s: there may be more", offenders.shortage);
	if (result == 0)
		result = over_limit_each(&over, &offenders, count, err);
	offenders_fini(&offenders);
	return result == 0 ? act_check_lost(act, err) : -1;
}
