#include "settings/arguments.h"

#include <assert.h>
#include <getopt.h>
#include <unistd.h>
#include <stdlib.h>
#include <string.h>

#include "settings/table.h"
#include "text/suggest.h"

/* getopt_long(3) returns this plus the row, so that it differs from letters. */
#define ARGUMENTS_LONG_BASE 256
#define ARGUMENTS_WORD      1 /* and this for a word between the options, if asked to */

/* Room for the rows and for the abbreviations; a test looks whether it is still enough. */
#define ARGUMENTS_MAX_LONG 256
#define ARGUMENTS_POOL     2048

/* What getopt_long(3) wants to know, made from the table. */
struct arguments_syntax {
	struct option list[ARGUMENTS_MAX_LONG];
	size_t count;
	char letters[ARGUMENTS_MAX_LONG];
	char pool[ARGUMENTS_POOL]; /* the texts of the abbreviations */
	size_t pool_used;
};

static void arguments_add_long(struct arguments_syntax *syntax, const char *name, unsigned row)
{
	static const int takes[] = {
	    [OPTION_NOTHING] = no_argument,
	    [OPTION_SWITCH] = optional_argument,
	    [OPTION_ARGUMENT] = required_argument,
	    [OPTION_PERHAPS] = optional_argument,
	};

	/* The last entry stays empty: it ends the list. */
	assert(syntax->count + 1 < ARGUMENTS_MAX_LONG);
	syntax->list[syntax->count++] = (struct option){
	    .name = name,
	    .has_arg = takes[option_rows[row].takes],
	    .val = ARGUMENTS_LONG_BASE + (int)row,
	};
}

static bool arguments_begins(const struct option_row *row, struct span abbreviation)
{
	return span_eq(span_head(span_of(row->name), abbreviation.n), abbreviation);
}

/*
 * How many rows begin with an abbreviation; with `original`, only options of the original program.
 */
static unsigned arguments_count(struct span abbreviation, bool original)
{
	unsigned count = 0;

	for (unsigned i = 0; i < option_row_count; i++)
		if ((option_rows[i].original || !original) &&
		    arguments_begins(&option_rows[i], abbreviation))
			count++;
	return count;
}

/* Later options must not make --pass or --in ambiguous. So each abbreviation that was unambiguous
 * in the original becomes a name. */
static void arguments_add_abbreviations(struct arguments_syntax *syntax, unsigned row)
{
	struct span name = span_of(option_rows[row].name);

	for (size_t n = 1; n < name.n; n++) {
		char *text = syntax->pool + syntax->pool_used;

		if (arguments_count(span_head(name, n), true) > 1)
			continue;
		assert(syntax->pool_used + n + 1 <= sizeof(syntax->pool));
		memcpy(text, name.p, n);
		text[n] = '\0';
		syntax->pool_used += n + 1;
		arguments_add_long(syntax, text, row);
	}
}

/* With `in_order` words are returned where they stand, as ARGUMENTS_WORD; else they come last. */
static void arguments_make_syntax(struct arguments_syntax *syntax, bool in_order)
{
	size_t used = 0;

	*syntax = (struct arguments_syntax){0};
	if (in_order)
		syntax->letters[used++] = '-';
	/* So a missing argument is returned as ':', not as an unknown option. */
	syntax->letters[used++] = ':';
	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		arguments_add_long(syntax, row->name, i);
		if (row->original)
			arguments_add_abbreviations(syntax, i);
		if (row->letter == '\0')
			continue;
		syntax->letters[used++] = row->letter;
		if (row->takes == OPTION_ARGUMENT)
			syntax->letters[used++] = ':';
	}
}

static const struct option_row *arguments_row_of(int value)
{
	if (value >= ARGUMENTS_LONG_BASE)
		return &option_rows[value - ARGUMENTS_LONG_BASE];
	for (unsigned i = 0; i < option_row_count; i++)
		if (option_rows[i].letter == value)
			return &option_rows[i];
	return NULL;
}

static int arguments_complain_unknown(struct span name, struct err *err)
{
	struct suggest suggest;

	suggest_init(&suggest, name);
	for (unsigned i = 0; i < option_row_count; i++)
		suggest_offer(&suggest, span_of(option_rows[i].name));
	err_set(err, ERR_USAGE, "unknown option '--%.*s'", (int)name.n, name.p);
	return suggest_add(&suggest, "--", err);
}

/* An unknown or ambiguous long option. Its value is not shown: it may be a password. */
static int arguments_complain_long(const char *argument, struct err *err)
{
	struct span text = span_of(argument);
	struct span name = span_from(span_head(text, span_find(text, '=')), 2);
	int n = (int)name.n;
	struct buf list;

	if (arguments_count(name, false) < 2)
		return arguments_complain_unknown(name, err);
	buf_init(&list, 0);
	for (unsigned i = 0; i < option_row_count; i++)
		if (arguments_begins(&option_rows[i], name))
			buf_printf(&list, " --%s", option_rows[i].name);
	err_set(
	    err, ERR_USAGE, "the option '--%.*s' may mean any of%s", n, name.p, buf_string(&list));
	buf_fini(&list);
	return -1;
}

/* A value behind a letter that takes none: -c=FILE. */
static int arguments_complain_letter(const struct option_row *row, struct err *err)
{
	if (row->takes == OPTION_PERHAPS)
		return err_set(err, ERR_USAGE, "-%c takes no %s: write --%s=%s", row->letter,
		    row->argument, row->name, row->argument);
	return err_set(err, ERR_USAGE, "-%c takes no argument", row->letter);
}

/* A letter that is none, maybe of a number as in -n10, which getopt_long(3) takes for letters. */
static int arguments_complain_unknown_letter(
    char **argv, const struct option_row *letter, int unknown, struct err *err)
{
	const char pair[] = {letter != NULL ? letter->letter : '\0', (char)unknown, '\0'};

	/* It is the word that was looked at last, or the next when more letters are to come. */
	for (int i = optind - 1; letter != NULL && i <= optind && argv[i] != NULL; i++)
		if (argv[i][0] == '-' && unknown >= '0' && unknown <= '9' &&
		    strstr(argv[i], pair) != NULL)
			return err_set(err, ERR_USAGE, "'%s': -%c (--%s) takes no number", argv[i],
			    letter->letter, letter->name);
	return err_set(err, ERR_USAGE, "unknown option '-%c'", unknown);
}

/* Named as it was typed, by its letter or its name. */
static int arguments_complain_missing(const struct option_row *row, bool letter, struct err *err)
{
	if (letter)
		return err_set(err, ERR_USAGE, "-%c needs an argument: -%c %s", row->letter,
		    row->letter, row->argument);
	return err_set(
	    err, ERR_USAGE, "--%s needs an argument: --%s=%s", row->name, row->name, row->argument);
}

/* getopt_long(3) returned ':' or '?'; optopt has the option when it is known. `letter` is the
 * option before it, if that was a letter without argument. */
static int arguments_complain(
    int result, char **argv, const struct option_row *letter, struct err *err)
{
	const struct option_row *row = optopt != 0 ? arguments_row_of(optopt) : NULL;

	if (optopt == 0)
		return arguments_complain_long(argv[optind - 1], err);
	if (row == NULL && letter != NULL && (optopt == '=' || optopt == '-'))
		return arguments_complain_letter(letter, err);
	if (row == NULL)
		return arguments_complain_unknown_letter(argv, letter, optopt, err);
	if (result == ':')
		return arguments_complain_missing(row, optopt < ARGUMENTS_LONG_BASE, err);
	return err_set(err, ERR_USAGE, "--%s takes no argument", row->name);
}

/* The first word, which could have been a command. */
static int arguments_complain_word(const struct options *options, const char *word, struct err *err)
{
	struct suggest suggest;
	struct buf list;

	suggest_init(&suggest, span_of(word));
	buf_init(&list, 0);
	for (const struct mode *mode = options->modes; mode->name != NULL; mode++) {
		suggest_offer(&suggest, span_of(mode->name));
		buf_printf(&list, "%s%s", mode == options->modes ? "" : ", ", mode->name);
	}
	err_set(err, ERR_USAGE,
	    "the argument '%s' belongs to no option,%s and is none of the commands: %s", word,
	    access(word, F_OK) != 0 ? " names no file," : "", buf_string(&list));
	buf_fini(&list);
	return suggest_add(&suggest, "", err);
}

/* The first output without the name of a file, which the operand was probably meant to be. */
static const struct option_row *arguments_unnamed_output(const struct options *options)
{
	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		const struct format_request *output =
		    (const void *)((const char *)options + row->at);

		if (row->type == OPTION_TYPE_OUTPUT && output->wanted && output->file == NULL &&
		    option_level(options, row) == OPTIONS_COMMAND_LINE)
			return row;
	}
	return NULL;
}

static int arguments_complain_operand(
    const struct options *options, const char *operand, struct err *err)
{
	const struct option_row *output = arguments_unnamed_output(options);

	/* The word may be the rest of a password with a blank in it. */
	if (options->password.bytes != NULL)
		return err_set(err, ERR_USAGE, "there is an argument that belongs to no option");
	if (output != NULL)
		return err_set(err, ERR_USAGE,
		    "the argument '%s' belongs to no option; for the file of --%s write --%s=%s",
		    operand, output->name, output->name, operand);
	if ((options->mode->takes & MODE_FILES) != 0 && access(operand, F_OK) == 0 &&
	    option_level(options, OPTION(host_count)) == OPTIONS_COMMAND_LINE)
		return err_set(err, ERR_USAGE,
		    "the argument '%s' belongs to no option; files are read without a server, and "
		    "-s (--imaphost) names one",
		    operand);
	if (options->mode_is_word || mode_find(options->modes, span_of(operand)) != NULL)
		return err_set(err, ERR_USAGE, "the argument '%s' belongs to no option%s", operand,
		    (options->mode->takes & MODE_FILES) != 0 && access(operand, F_OK) != 0
			? ", and names no file"
			: "");
	return arguments_complain_word(options, operand, err);
}

/* Help and version answer at once. --config and --profile say which files to read. A password is
 * overwritten as soon as possible. */
static bool arguments_is_early(const struct option_row *row)
{
	return row->type == OPTION_TYPE_ACTION || row == OPTION(config_file) ||
	       row == OPTION(profile) || row == OPTION(password.bytes);
}

static bool arguments_is_answer(const struct options *options)
{
	return options->action != OPTIONS_RUN;
}

/* True when the word is the command. */
static bool arguments_take_word(
    struct arguments_reading *reading, struct options *options, const char *word)
{
	const struct mode *mode = mode_find(options->modes, span_of(word));
	bool named = !reading->words_are_files && mode != NULL;

	if (named) {
		options->mode = mode;
		options->mode_is_word = true;
		reading->command = optind - 1;
	}
	reading->words_are_files = true;
	return named;
}

static int arguments_read(
    struct arguments_reading *reading, struct options *options, struct err *err)
{
	const struct options_origin origin = {.level = OPTIONS_COMMAND_LINE};
	const struct option_row *letter = NULL;
	struct arguments_syntax syntax;
	int value;

	arguments_make_syntax(&syntax, reading->early);
	optind = 0; /* glibc: from the start again */
	opterr = 0;
	while ((value = getopt_long(
		    reading->argc, reading->argv, syntax.letters, syntax.list, NULL)) != -1) {
		const struct option_row *row = arguments_row_of(value);

		if (value == ':' || value == '?')
			return arguments_complain(value, reading->argv, letter, err);
		letter = value < ARGUMENTS_LONG_BASE && optarg == NULL ? row : NULL;
		/* In this order getopt_long(3) does not stop at the first word, as POSIX would. */
		if (value == ARGUMENTS_WORD && !arguments_take_word(reading, options, optarg) &&
		    getenv("POSIXLY_CORRECT") != NULL)
			return 0;
		if (row == OPTION(merge))
			reading->words_are_files = true;
		if (row == NULL || arguments_is_early(row) != reading->early)
			continue;
		if (options_apply(options, row, optarg, &origin, err) != 0)
			return -1;
		if (arguments_is_answer(options))
			return 0;
	}
	return 0;
}

int arguments_read_early(
    struct arguments_reading *reading, struct options *options, struct err *err)
{
	reading->early = true;
	return arguments_read(reading, options, err);
}

/* Moves the command in front of the program's name, out of the way of the next reading. */
static void arguments_set_command_aside(struct arguments_reading *reading)
{
	char *command = reading->argv[reading->command];

	if (reading->command == 0)
		return;
	memmove(
	    reading->argv + 1, reading->argv, (size_t)reading->command * sizeof(reading->argv[0]));
	reading->argv[0] = command;
	reading->argv++;
	reading->argc--;
}

/* Whether an option says that files are to be read. */
static bool arguments_ask_for_files(const struct options *options)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (option_rows[i].about == MODE_FILES &&
		    option_level(options, &option_rows[i]) == OPTIONS_COMMAND_LINE)
			return true;
	return false;
}

/* A word that is not meant as a file to be read: none is called so, and nothing speaks of files, or
 * it is like the name of an output that has none. */
static bool arguments_is_no_file(const struct options *options, const char *word)
{
	if (strcmp(word, "-") == 0 || access(word, F_OK) == 0)
		return false;
	if (arguments_unnamed_output(options) != NULL)
		return true;
	return strpbrk(word, "./") == NULL && !arguments_ask_for_files(options);
}

/* Files are read by commands that need a server otherwise, unless one is named beside them: then a
 * word is rather the rest of something. */
static bool arguments_takes_files(const struct options *options, const char *first)
{
	if (options->merge)
		return true;
	return (options->mode->needs & MODE_SERVER) != 0 &&
	       (options->mode->takes & MODE_FILES) != 0 &&
	       option_level(options, OPTION(password.bytes)) < OPTIONS_COMMAND_LINE &&
	       option_level(options, OPTION(host_count)) < OPTIONS_COMMAND_LINE &&
	       !arguments_is_no_file(options, first);
}

int arguments_read_rest(struct arguments_reading *reading, struct options *options, struct err *err)
{
	arguments_set_command_aside(reading);
	reading->early = false;
	if (arguments_read(reading, options, err) != 0)
		return -1;
	if (options->mode == NULL)
		options->mode = options->modes;
	if ((options->mode->takes & MODE_WORDS) != 0) {
		options->words = reading->argv + optind;
		options->word_count = (unsigned)(reading->argc - optind);
		return 0;
	}
	if (optind < reading->argc && !arguments_takes_files(options, reading->argv[optind]))
		return arguments_complain_operand(options, reading->argv[optind], err);
	options->files = reading->argv + optind;
	options->file_count = (unsigned)(reading->argc - optind);
	return 0;
}
