/* locked, unlock: who is locked, and who shall not be any more. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "control/value.h"
#include "mode/locked_list.h"
#include "mode/over_limit.h"
#include "mode/run.h"
#include "settings/table.h"

static const struct locked_list_kind locked_kind = {
    .command = "unlock",
    .list = CALL_LIST_LOCKED,
    .argument = "identity",
    .title = "Identity",
    .json_key = "identity",
    .what = "the list of locked identities",
    .done = "unlocked",
    .question = "Do you wish to unlock this user?",
};

int run_locked(const struct options *options, const struct env *env, struct err *err)
{
	struct act act;
	int result = act_open(&act, options, env, err);

	if (result == 0)
		result = locked_list_show(&act, &locked_kind, err);
	if (result != 0)
		act_explain(&act, err);
	act_close(&act);
	return result;
}

/*
 * One of several: *there_r tells whether it was locked. `left` are those from this one on, for the
 * error when --max-changes is reached.
 */
static int unlock_one(
    struct act *act, const struct control_key *key, unsigned left, bool *there_r, struct err *err)
{
	const struct act_question question = {CALL_LIST_LOCKED, key, false, false};

	if (act_is_full(act))
		return locked_list_end(act, &locked_kind, left, err);
	if (act_look(act, &question, there_r, err) != 0)
		return -1;
	if (!*there_r)
		return 0;
	return locked_list_take_one(act, &locked_kind, act->options->api.call_unlock, key, err);
}

/* What the last run of lock has locked: the log of actions tells, and the filter whether it still
 * is.
 */
static int unlock_undo(struct act *act, const char *call, struct err *err)
{
	unsigned last, gone = 0;

	if (!act_may_change(act))
		return act_end_listing(act, locked_kind.done, err);
	if (locked_list_begin(act, &locked_kind, call, err) != 0)
		return -1;
	last = actions_last_count(act->actions);
	if (last == 0)
		log_warn("the log of actions has nobody whom lock has locked, and who was not "
			 "unlocked since: nothing to undo (each --state-dir has a log of its own)");
	for (unsigned i = 0; i < last; i++) {
		const struct action_kept *kept = actions_last_at(act->actions, i);
		bool there = false;

		if (unlock_one(act, &kept->key, last - i, &there, err) != 0)
			return -1;
		gone += !there;
	}
	if (gone > 0)
		act_talk(act, "%u of %u that lock has locked %s not locked any more", gone, last,
		    gone == 1 ? "is" : "are");
	return locked_list_end(act, &locked_kind, 0, err);
}

/* Those that are named with their domain and user: exact, also where the list cannot be cut into
 * columns for sure. */
static int unlock_named(struct act *act, const char *call, struct err *err)
{
	const struct options *options = act->options;
	unsigned missing = 0;

	if (locked_list_begin(act, &locked_kind, call, err) != 0)
		return -1;
	for (unsigned i = 0; i < options->word_count; i++) {
		const struct control_key key = {span_of(options->api.domains.text[0]),
		    span_of(options->api.username), span_of(options->words[i])};
		bool there = false;

		if (unlock_one(act, &key, options->word_count - i, &there, err) != 0)
			return -1;
		missing += !there;
	}
	if (locked_list_end(act, &locked_kind, 0, err) != 0)
		return -1;
	if (missing > 0)
		return err_set(err, ERR_DATA, "%u of those that are named are not locked", missing);
	return act_may_change(act) ? 0 : act_end_listing(act, locked_kind.done, err);
}

static int unlock_do(struct act *act, const char *call, struct err *err)
{
	const struct options *options = act->options;

	if (options->api.undo)
		return unlock_undo(act, call, err);
	if (options->word_count > 0 && options->api.domains.count == 1 &&
	    options->api.username != NULL && options->api.search == NULL)
		return unlock_named(act, call, err);
	return locked_list_take_out(act, &locked_kind, call, err);
}

/* What is meant has been said, be it "all". A domain of the configuration says nothing. */
static bool unlock_is_meant(const struct options *options)
{
	return options->api.all || options->api.undo || options->word_count > 0 ||
	       options->api.search != NULL ||
	       option_level(options, OPTION(api.domains.count)) == OPTIONS_COMMAND_LINE;
}

static int unlock_check(const struct options *options, struct err *err)
{
	if (options->api.undo && (options->word_count > 0 || options->api.search != NULL))
		return err_set(err, ERR_USAGE,
		    "--undo unlocks what the last run has locked: no identity and no --search goes "
		    "with it");
	if (options->api.all &&
	    (options->api.undo || options->word_count > 0 || options->api.search != NULL))
		return err_set(err, ERR_USAGE,
		    "--all is everybody who is locked: no identity, no --search and no --undo "
		    "goes with it");
	if (options->api.unattended && !unlock_is_meant(options))
		return err_set(err, ERR_USAGE,
		    "--unattended would unlock everybody: name identities, --domain or --search, "
		    "or say --all");
	for (unsigned i = 0; i < options->word_count; i++)
		if (control_value_check("the identity", span_of(options->words[i]), err) != 0)
			return -1;
	if (over_limit_check_domains(options, err) != 0)
		return -1;
	/* What is locked for all users can be unlocked for all. */
	if (options->api.username == NULL || strcmp(options->api.username, CALL_ALL_USERS) == 0)
		return 0;
	return control_value_check("the user name", span_of(options->api.username), err);
}

int run_unlock(const struct options *options, const struct env *env, struct err *err)
{
	const char *call = options->api.call_unlock;
	struct act act;
	int result;

	if (unlock_check(options, err) != 0)
		return -1;
	result = act_open(&act, options, env, err);
	if (result == 0)
		result = unlock_do(&act, call, err);
	if (result != 0)
		act_explain(&act, err);
	act_close(&act);
	return result;
}
