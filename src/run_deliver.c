/* The last step of a run. */
#include "letter.h"
#include "run_parts.h"

/* NULL on failure. */
static FILE *deliver_compose(const struct outputs *outputs, struct err *err)
{
	FILE *letter = letter_temporary(err);

	if (letter == NULL)
		return NULL;
	if (letter_compose(outputs, letter, err) == 0)
		return letter;
	fclose(letter);
	return NULL;
}

int run_deliver(struct outputs *outputs, struct err *err)
{
	FILE *letter = NULL;
	int result;

	if (outputs_finish(outputs, err) != 0 ||
	    (letter_is_due(outputs) && (letter = deliver_compose(outputs, err)) == NULL))
		return -1;
	result = outputs_commit(outputs, err);
	if (letter == NULL)
		return result;
	if (result == 0 && letter_send(outputs->options, letter, err) != 0)
		result =
		    err_prefix(err, "the report is not mailed to %s", outputs->options->mail_to[0]);
	fclose(letter);
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
	return letter != NULL ? letter_compose(outputs, letter, err) : -1;
}

int run_deliver_new(
    struct outputs *outputs, struct state_store *store, const struct state *state, struct err *err)
{
	/* Or a folder fills with files that say nothing, one for each run. */
	if (!facts_has_news(outputs->facts))
		outputs_drop_unnamed(outputs);
	if (outputs_finish(outputs, err) != 0 || deliver_plan_letter(outputs, store, err) != 0)
		return -1;
	run_plan_states(store, outputs->options, outputs->facts, state);
	return state_commit(store, outputs->files, outputs->file_count, err);
}
