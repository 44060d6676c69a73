/* The period that the options ask for, or which line of a file is wrong. */
#include "settings/table.h"

/* All options of the period are from one level. */
static int options_blame_period(const struct options *options, struct err *err)
{
	for (unsigned i = option_row_count; i-- > 0;)
		if (option_rows[i].choice == OPTION_CHOICE_PERIOD &&
		    options->origin[i].file != NULL)
			return options_blame(options, &option_rows[i], err);
	return -1;
}

int options_resolve_period(
    const struct options *options, time_t now, struct period *period_r, struct err *err)
{
	if (period_set_zone(options->timezone, err) != 0)
		return err->code == ERR_USAGE ? options_blame(options, OPTION(timezone), err) : -1;
	if (period_r == NULL || period_resolve(&options->period, now, period_r, err) == 0)
		return 0;
	return options_blame_period(options, err);
}

bool options_ask_for_period(const struct options *options)
{
	const struct period_request *period = &options->period;

	return period->today || period->date != NULL || period->since != NULL ||
	       period->until != NULL;
}

bool options_have_typed(const struct options *options, const char *name)
{
	const struct option_row *row = option_row_find(span_of(name));

	return row != NULL && option_level(options, row) == OPTIONS_COMMAND_LINE;
}

struct span options_input(const struct options *options)
{
	struct span rest = span_of(OPTION(input)->words);

	for (unsigned i = 0; i < options->input; i++)
		rest = span_from(rest, span_find(rest, ' ') + 1);
	return options->input != 0 ? span_head(rest, span_find(rest, ' ')) : SPAN_EMPTY;
}
