/* blacklist: envelope senders that the filter shall not take mail from. */
#include "base/log.h"
#include "control/answer.h"
#include "control/locked.h"
#include "mode/over_limit.h"
#include "mode/locked_list.h"
#include "mode/run.h"

static const struct over_limit_kind blacklist_kind = {
    .command = "blacklist",
    .call = CALL_BLACKLIST,
    .argument = "sender",
    .arguments = calls_blacklist_arguments,
    .list = CALL_LIST_BLACKLIST,
    .done = "blacklisted",
    .what = "the sender",
    .question = "Do you wish to blacklist this sender?",
};

static const struct locked_list_kind blacklist_list = {
    .command = "unblacklist",
    .list = CALL_LIST_BLACKLIST,
    .argument = "sender",
    .title = "Sender",
    .json_key = "sender",
    .what = "the blacklist",
    .done = "taken out",
    .question = "Do you wish to take this sender out of the blacklist?",
};

static int blacklist_check_period(const struct options *options, struct err *err)
{
	if (options_have_typed(options, "since") && options_have_typed(options, "hours-ago"))
		return err_set(
		    err, ERR_USAGE, "one of --since and --hours-ago says which time is counted");
	if (options_have_typed(options, "until") && options->period.since == NULL)
		return err_set(err, ERR_USAGE, "--until needs --since=WHEN, where the time begins");
	return 0;
}

static int blacklist_check(const struct options *options, struct err *err)
{
	const struct options_api *api = &options->api;

	if (!api->list &&
	    (options_have_typed(options, "csv") || options_have_typed(options, "tsv") ||
		options_have_typed(options, "json")))
		return err_set(err, ERR_USAGE, "--csv, --tsv and --json are those of --list");
	if (api->list && (api->remove || options->word_count > 0))
		return err_set(err, ERR_USAGE, "--list goes with no sender and without --remove");
	if (api->remove && options->word_count == 0)
		return err_set(err, ERR_USAGE, "--remove needs the senders to take out");
	if (blacklist_check_period(options, err) != 0 ||
	    over_limit_check_domains(options, err) != 0)
		return -1;
	return options->word_count > 0 ? over_limit_check_words(&blacklist_kind, options, err) : 0;
}

/* --since, or the last hours: what is said of these on the command line is not for a file, where
 * since is that of reports, too. */
static int blacklist_period(
    const struct options *options, const struct env *env, struct period *period_r, struct err *err)
{
	if (options->period.since != NULL && !options_have_typed(options, "hours-ago"))
		return options_resolve_period(options, env->now, period_r, err);
	*period_r = (struct period){env->now - (time_t)options->api.hours_ago * 3600, env->now};
	return 0;
}

static int blacklist_do(struct act *act, struct err *err)
{
	const struct options *options = act->options;
	struct period period;

	if (options->api.list)
		return locked_list_show(act, &blacklist_list, err);
	if (options->api.remove)
		return locked_list_take_out(act, &blacklist_list, CALL_UNBLACKLIST, err);
	if (options->word_count > 0 && !over_limit_looks_for(options))
		return over_limit_named(act, &blacklist_kind, err);
	if (blacklist_period(options, act->env, &period, err) != 0)
		return -1;
	return over_limit_counted(act, &blacklist_kind, &period, err);
}

int run_blacklist(const struct options *options, const struct env *env, struct err *err)
{
	struct act act;
	int result;

	if (blacklist_check(options, err) != 0)
		return -1;
	result = act_open(&act, options, env, err);
	if (result == 0)
		result = blacklist_do(&act, err);
	if (result != 0)
		act_explain(&act, err);
	act_close(&act);
	return result;
}
