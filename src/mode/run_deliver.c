/* The last step of a run. */
#include "letter/letter.h"
#include "mode/run_parts.h"

/* What is mailed: the letter, and a brief one in case that it is too big. NULL: none. */
struct deliver_letters {
	FILE *whole;
	FILE *brief;
};

static void deliver_close(struct deliver_letters *letters)
{
	if (letters->whole != NULL)
		fclose(letters->whole);
	if (letters->brief != NULL)
		fclose(letters->brief);
}

/* Before the outputs are committed, since it knows their contents. */
static int deliver_compose(
    const struct outputs *outputs, struct deliver_letters *letters, struct err *err)
{
	letters->whole = letter_temporary(err);
	if (letters->whole == NULL || letter_compose(outputs, letters->whole, err) != 0)
		return -1;
	if (!letter_may_be_brief(outputs))
		return 0;
	letters->brief = letter_temporary(err);
	return letters->brief != NULL ? letter_compose_brief(outputs, letters->brief, err) : -1;
}

/* Of the letters, the one that is taken. */
static int deliver_send(
    struct outputs *outputs, const struct deliver_letters *letters, struct err *err)
{
	const struct options *options = outputs->options;
	struct err unused = ERR_INIT;
	bool too_big;

	if (letter_send(options, outputs->deadline, letters->whole, &too_big, err) == 0)
		return 0;
	if (too_big && letters->brief != NULL &&
	    letter_send(options, outputs->deadline, letters->brief, &too_big, &unused) == 0) {
		outputs->brief_sent = true;
		return err_prefix(err,
		    "the report is too big to be mailed to %s, and only a letter that names its "
		    "files is",
		    options->mail_to[0]);
	}
	return err_prefix(err, "the report is not mailed to %s", options->mail_to[0]);
}

int run_deliver(struct outputs *outputs, struct err *err)
{
	struct deliver_letters letters = {0};
	bool due = letter_is_due(outputs);
	int result = outputs_finish(outputs, err);

	if (result == 0 && due)
		result = deliver_compose(outputs, &letters, err);
	if (result == 0)
		result = outputs_commit(outputs, err);
	if (result == 0 && due)
		result = deliver_send(outputs, &letters, err);
	deliver_close(&letters);
	return result;
}

static int deliver_plan_letter(
    const struct outputs *outputs, struct state_store *store, struct err *err)
{
	const struct options *options = outputs->options;
	FILE *letter;

	if (!letter_is_due(outputs))
		return 0;
	letter = state_plan_letter(
	    store, options->mail_from, options->mail_to, options->mail_to_count, err);
	if (letter == NULL || letter_compose(outputs, letter, err) != 0)
		return -1;
	if (!letter_may_be_brief(outputs))
		return 0;
	letter = state_plan_brief(store, err);
	return letter != NULL ? letter_compose_brief(outputs, letter, err) : -1;
}

int run_deliver_new(
    struct outputs *outputs, struct state_store *store, const struct state *state, struct err *err)
{
	/* Or a folder fills with files that say nothing, one for each run. */
	if (!account_has_news(outputs->account))
		outputs_drop_unnamed(outputs);
	if (outputs_finish(outputs, err) != 0 || deliver_plan_letter(outputs, store, err) != 0)
		return -1;
	run_plan_states(store, outputs->options, outputs->account, state);
	if (state_commit(store, outputs->files, outputs->file_count, err) != 0)
		return -1;
	if (state_too_big(store) == NULL)
		return 0;
	outputs->brief_sent = true;
	return err_set(err, ERR_UNAVAILABLE,
	    "the report is too big to be mailed to %s, and only a letter that names its files is: "
	    "%s",
	    outputs->options->mail_to[0], state_too_big(store));
}
