/* Values from several places: the last one counts, and takes back what it replaces. */
#include "settings/table.h"

void options_init(struct options *options, const struct mode *modes)
{
	*options = (struct options){.modes = modes};
	arena_init(&options->strings);
	for (unsigned i = 0; i < option_row_count; i++)
		option_clear(options, &option_rows[i]);
}

void options_free(struct options *options)
{
	secret_wipe(&options->password);
	arena_fini(&options->strings);
}

const struct option_row *option_row_find(struct span name)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (span_eq(name, span_of(option_rows[i].name)))
			return &option_rows[i];
	return NULL;
}

const struct options_origin *option_origin(
    const struct options *options, const struct option_row *row)
{
	return &options->origin[row - option_rows];
}

const struct option_row *option_row_at(size_t at)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (option_is_setting(&option_rows[i]) && option_rows[i].at == at)
			return &option_rows[i];
	return NULL;
}

enum options_level option_level(const struct options *options, const struct option_row *row)
{
	return option_origin(options, row)->level;
}

void options_take_back(struct options *options, const struct option_row *row)
{
	option_clear(options, row);
	options->origin[row - option_rows] = (struct options_origin){.level = OPTIONS_DEFAULT};
}

static bool options_same_choice(const struct option_row *a, const struct option_row *b)
{
	return a == b || (a->choice != OPTION_CHOICE_NONE && a->choice == b->choice);
}

/* Some options are read early from the command line; files cannot change them any more. */
static bool options_is_overruled(
    const struct options *options, const struct option_row *row, enum options_level level)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (options_same_choice(row, &option_rows[i]) && options->origin[i].level > level)
			return true;
	return false;
}

static void options_end_choice(
    struct options *options, const struct option_row *row, enum options_level level)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (&option_rows[i] != row && options_same_choice(row, &option_rows[i]) &&
		    options->origin[i].level < level)
			options_take_back(options, &option_rows[i]);
}

int options_apply(struct options *options, const struct option_row *row, char *value,
    const struct options_origin *origin, struct err *err)
{
	if (options_is_overruled(options, row, origin->level))
		return 0;
	if (option_ops(row)->repeats && option_level(options, row) != origin->level)
		options_take_back(options, row);
	if (row->optional && origin->file != NULL && *value == '\0')
		options_take_back(options, row);
	else if (option_ops(row)->set(options, row, value, err) != 0)
		return -1;
	options->origin[row - option_rows] = *origin;
	if (row->choice == OPTION_CHOICE_NONE || !option_is_set(options, row))
		return 0;
	options_end_choice(options, row, origin->level);
	if (row->choice == OPTION_CHOICE_PASSWORD)
		options->password_from_file = origin->file != NULL;
	return 0;
}

int options_settle(struct options *options, const struct option_row *a, const struct option_row *b)
{
	enum options_level level = option_level(options, a);
	enum options_level other = option_level(options, b);

	if (level == other)
		return -1;
	options_take_back(options, level < other ? a : b);
	return 0;
}

int options_blame(const struct options *options, const struct option_row *row, struct err *err)
{
	const struct options_origin *origin = option_origin(options, row);

	if (origin->file == NULL)
		return -1;
	err->code = ERR_CONFIG;
	return err_prefix(err, "%s:%u", origin->file, origin->line);
}
