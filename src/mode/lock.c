/* lock: identities that sent too much, or that are named. */
#include "base/log.h"
#include "mode/over_limit.h"
#include "mode/run.h"

static const struct over_limit_kind lock_kind = {
    .command = "lock",
    .call = CALL_LOCK,
    .argument = "identity",
    .arguments = calls_lock_arguments,
    .list = CALL_LIST_LOCKED,
    .done = "locked",
    .what = "the identity",
    .question = "Do you wish to lock this user?",
    .can_count_quarantine = true,
};

/* The last hours, to the second. */
static struct period lock_period(const struct options *options, const struct env *env)
{
	return (struct period){env->now - (time_t)options->api.hours_ago * 3600, env->now};
}

static int lock_check(const struct options *options, struct err *err)
{
	if (options->api.count == OPTIONS_COUNT_QUARANTINE && options->host_count == 0)
		return err_set(err, ERR_USAGE,
		    "--count=quarantine needs the quarantine server: -s HOST is missing");
	if (over_limit_check_domains(options, err) != 0)
		return -1;
	if (options->word_count > 0)
		return over_limit_check_words(&lock_kind, options, err);
	if (options->api.all_users)
		return err_set(err, ERR_USAGE, "--all-users is for identities that are named");
	return 0;
}

int run_lock(const struct options *options, const struct env *env, struct err *err)
{
	const struct period period = lock_period(options, env);
	struct act act;
	int result;

	if (lock_check(options, err) != 0)
		return -1;
	result = act_open(&act, options, env, err);
	if (result == 0)
		result = options->word_count > 0 && !over_limit_looks_for(options)
			     ? over_limit_named(&act, &lock_kind, err)
			     : over_limit_counted(&act, &lock_kind, &period, err);
	if (result != 0)
		act_explain(&act, err);
	act_close(&act);
	return result;
}
