/* The last step of a run. */
#include "mode/run_parts.h"

/* The letter, and a brief one for the case that it is too big. NULL: none. */
struct deliver_letters {
	FILE *whole;
	FILE *brief;
};

struct sink_lock run_lock_command(const struct options *options)
{
	if (options->api.host.name == NULL || options->file_count > 0 || options->merge)
		return (struct sink_lock){0};
	return (struct sink_lock){
	    .command = options->api.log_search ? "quarantine-report lock"
					       : "quarantine-report lock --count=quarantine",
	    .profile = options->profile,
	    .config = options->config_path,
	};
}

struct letter_settings run_letter_settings(const struct options *options, int64_t deadline)
{
	return (struct letter_settings){
	    .to = options->mail_to,
	    .to_count = options->mail_to_count,
	    .from = options->mail_from,
	    .subject = options->mail_subject,
	    .sendmail = options->sendmail,
	    .also_empty = options->mail_empty,
	    .min_count = options->mail_min_count,
	    .limits = options->limits,
	    .lock = run_lock_command(options),
	    .deadline = deadline,
	};
}

static void deliver_close(struct deliver_letters *letters)
{
	if (letters->whole != NULL)
		fclose(letters->whole);
	if (letters->brief != NULL)
		fclose(letters->brief);
}

/* Called before the outputs are committed, since it reads them. */
static int deliver_compose(const struct letter_settings *settings, const struct outputs *outputs,
    struct deliver_letters *letters, struct err *err)
{
	letters->whole = letter_temporary(err);
	if (letters->whole == NULL || letter_compose(settings, outputs, letters->whole, err) != 0)
		return -1;
	if (!letter_may_be_brief(outputs))
		return 0;
	letters->brief = letter_temporary(err);
	return letters->brief != NULL ? letter_compose_brief(settings, outputs, letters->brief, err)
				      : -1;
}

/* Sends the letter, or the brief one when it is too big. */
static int deliver_send(const struct letter_settings *settings, struct outputs *outputs,
    const struct deliver_letters *letters, struct err *err)
{
	struct err unused = ERR_INIT;
	bool too_big;

	outputs->mailed = letter_send(settings, letters->whole, &too_big, err) == 0;
	if (outputs->mailed)
		return 0;
	if (too_big && letters->brief != NULL &&
	    letter_send(settings, letters->brief, &too_big, &unused) == 0) {
		outputs->brief_sent = true;
		outputs->mailed = true;
		return err_prefix(err,
		    "the report is too big to be mailed to %s, and only a letter that names its "
		    "files is",
		    settings->to[0]);
	}
	return err_prefix(err, "the report is not mailed to %s", settings->to[0]);
}

int run_deliver(struct outputs *outputs, const struct letter_settings *letter, struct err *err)
{
	struct deliver_letters letters = {0};
	int due = letter_is_due(letter, outputs, err);
	int result = due >= 0 ? outputs_finish(outputs, err) : -1;

	if (result == 0 && due > 0)
		result = deliver_compose(letter, outputs, &letters, err);
	if (result == 0)
		result = outputs_commit(outputs, err);
	if (result == 0 && due > 0)
		result = deliver_send(letter, outputs, &letters, err);
	deliver_close(&letters);
	return result;
}

/* 1: there is one; 0: there is none; -1 */
static int deliver_plan_letter(const struct letter_settings *settings,
    const struct outputs *outputs, struct state_store *store, struct err *err)
{
	int due = letter_is_due(settings, outputs, err);
	FILE *letter;

	if (due <= 0)
		return due;
	letter = state_plan_letter(store, settings->from, settings->to, settings->to_count, err);
	if (letter == NULL || letter_compose(settings, outputs, letter, err) != 0)
		return -1;
	if (!letter_may_be_brief(outputs))
		return 1;
	letter = state_plan_brief(store, err);
	if (letter == NULL || letter_compose_brief(settings, outputs, letter, err) != 0)
		return -1;
	return 1;
}

int run_deliver_new(struct outputs *outputs, const struct letter_settings *letter,
    const struct run_news *news, struct err *err)
{
	struct state_store *store = news->store;
	struct deliver_file *files[FORMAT_COUNT];
	unsigned count;
	int mailed;

	/* Otherwise each run would leave an empty file. */
	if (!account_has_news(outputs->settings.account))
		outputs_drop_unnamed(outputs);
	if (outputs_finish(outputs, err) != 0)
		return -1;
	mailed = deliver_plan_letter(letter, outputs, store, err);
	if (mailed < 0)
		return -1;
	run_plan_states(store, news->source, outputs->settings.account);
	if (outputs_store(outputs, err) != 0)
		return -1;
	count = outputs_files(outputs, files);
	if (state_commit(store, files, count, err) != 0)
		return -1;
	outputs->mailed = mailed > 0;
	if (state_too_big(store) == NULL)
		return 0;
	outputs->brief_sent = true;
	return err_set(err, ERR_UNAVAILABLE,
	    "the report is too big to be mailed to %s, and only a letter that names its files is: "
	    "%s",
	    letter->to[0], state_too_big(store));
}
