/* What concerns several options: which go together, and what is the default. */
#include "settings/table.h"

#include <string.h>

#include "base/log.h"
#include "record/alert_limit.h"

static bool options_is_stdout(const char *file)
{
	return file != NULL && (strcmp(file, "-") == 0 || strcmp(file, "/dev/stdout") == 0);
}

/* The file an output goes to: "-" for all forms of standard output. NULL: none, or the default. */
static const char *options_file_of(const struct options *options, const struct option_row *row)
{
	const struct format_request *output;

	if (row->format == NULL)
		return NULL;
	output = &options->output[row->format - formats];
	if ((row->format->can & FORMAT_CAN_FILE) == 0)
		return output->wanted ? "-" : NULL;
	return options_is_stdout(output->file) ? "-" : output->file;
}

/* Two outputs must not go to the same place: lines would mix, or one file replace the other. */
static int options_check_output(
    struct options *options, const struct option_row *row, struct err *err)
{
	for (const struct option_row *other = option_rows; other < row; other++) {
		const char *file = options_file_of(options, row);
		const char *taken = options_file_of(options, other);

		if (file == NULL || taken == NULL || strcmp(file, taken) != 0 ||
		    options_settle(options, other, row) == 0)
			continue;
		err_set(err, ERR_USAGE, "--%s and --%s would both write to %s", other->name,
		    row->name, strcmp(file, "-") == 0 ? "standard output" : file);
		return options_blame(options, row, err);
	}
	return 0;
}

static int options_check_outputs(struct options *options, struct err *err)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (options_check_output(options, &option_rows[i], err) != 0)
			return -1;
	return 0;
}

/* Whether the command shows a list of its own, in one form, and no report. */
static bool options_shows_list(const struct options *options)
{
	return (options->mode->takes & MODE_LIST) != 0 &&
	       (options->mode->takes & MODE_OUTPUTS) == 0;
}

/* The outputs of a configuration are the report's: a list must not get its place, nor its form. */
static int options_check_list(struct options *options, struct err *err)
{
	const struct option_row *given = NULL;

	for (unsigned i = 0; i < option_row_count && options_shows_list(options); i++) {
		const struct option_row *row = &option_rows[i];

		if (row->format == NULL || !option_is_set(options, row))
			continue;
		if (option_level(options, row) != OPTIONS_COMMAND_LINE)
			options_take_back(options, row);
		else if (given != NULL)
			return err_set(err, ERR_USAGE,
			    "--%s and --%s: the list is written in one form", given->name,
			    row->name);
		else
			given = row;
	}
	return 0;
}

/* What means something to files: saved reports have no header fields, and rows of their own time.
 */
static bool options_is_about_files(const struct options *options, const struct option_row *row)
{
	if (row == OPTION(no_bounce))
		return true;
	if (row == OPTION(timeout)) /* of the server that has the history */
		return options->history.file != NULL &&
		       options_is_history_url(options->history.file);
	if (row == OPTION(output[FORMAT_EXPLAIN]) || row == OPTION(identity_header_count) ||
	    row->choice == OPTION_CHOICE_PERIOD)
		return !options->merge;
	return (row->about & (MODE_SERVER | MODE_MESSAGES)) == 0;
}

/* Which words say that files are read. */
static const struct option_row *options_file_row(const struct options *options)
{
	const struct option_row *const rows[] = {OPTION(merge), OPTION(input), OPTION(recursive),
	    OPTION(failed_logins), OPTION(log_host), OPTION(log_end)};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (option_is_set(options, rows[i]))
			return rows[i];
	return NULL;
}

static int options_check_file_rows(const struct options *options, const char *what, struct err *err)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (options->origin[i].level == OPTIONS_COMMAND_LINE &&
		    !options_is_about_files(options, &option_rows[i]))
			return err_set(err, ERR_USAGE, "%s and no server: --%s does not go with it",
			    what, option_rows[i].name);
	if ((options->mode->takes & MODE_FILES) == 0)
		return err_set(err, ERR_USAGE,
		    "%s and no server: the command %s does not go with it", what,
		    options->mode->name);
	return 0;
}

/* Of what files and environment say about other runs, the rest is not looked at. */
static void options_forget_server(struct options *options)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (option_rows[i].choice == OPTION_CHOICE_PERIOD &&
		    options->origin[i].level < OPTIONS_COMMAND_LINE)
			options_take_back(options, &option_rows[i]);
	if (options->merge)
		options_take_back(options, OPTION(output[FORMAT_EXPLAIN]));
	options_take_back(options, OPTION(new_only));
}

static int options_check_files(struct options *options, struct err *err)
{
	const struct option_row *row = options_file_row(options);

	if (row == NULL && options->file_count == 0)
		return 0;
	if (options_check_file_rows(options,
		options->merge ? "--merge reads saved reports" : "files are read", err) != 0)
		return -1;
	if (options->file_count == 0)
		return err_set(err, ERR_USAGE,
		    options->merge
			? "--merge needs the names of saved reports (- is standard input)"
			: "--%s needs the names of files (- is standard input)",
		    row->name);
	options_forget_server(options);
	return 0;
}

#define OPTIONS_GROUP_ROWS 3

static const struct option_row *options_group_row(const struct options *options, unsigned i)
{
	const struct option_row *const rows[OPTIONS_GROUP_ROWS] = {
	    OPTION(group_by), OPTION(limits.top), OPTION(limits.min_count)};

	return option_is_set(options, rows[i]) ? rows[i] : NULL;
}

static bool options_has_groups(const struct options *options)
{
	for (unsigned i = 0; i < OPTIONS_GROUP_ROWS; i++)
		if (options_group_row(options, i) != NULL)
			return true;
	return false;
}

/* Settles groups against an option that does not go with them. */
static int options_settle_groups(
    struct options *options, const struct option_row *row, const char *why, struct err *err)
{
	for (unsigned i = 0; i < OPTIONS_GROUP_ROWS; i++) {
		const struct option_row *group = options_group_row(options, i);

		if (group == NULL || options_settle(options, group, row) == 0)
			continue;
		err_set(err, ERR_USAGE, "%s", why);
		return options_blame(options, group, err);
	}
	return 0;
}

/* True when an output shows the groups that are asked for. */
static bool options_shows_groups(const struct options *options)
{
	return options->merge || formats_want(options->output, FORMAT_CAN_GROUP) ||
	       options->mail_to_count > 0;
}

/* Adds the options of all formats that show groups. */
static void options_add_group_formats(struct buf *out)
{
	const struct option_row *last = NULL;

	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->format == NULL || (row->format->can & FORMAT_CAN_GROUP) == 0)
			continue;
		if (last != NULL)
			buf_printf(out, "%s--%s", out->n > 0 ? ", " : "", last->name);
		last = row;
	}
	buf_printf(out, " or --%s", last->name);
}

/* Refuses groups when this format, which does not show them, is the only one. */
static int options_check_alone(
    struct options *options, const struct option_row *row, struct err *err)
{
	struct buf list;
	struct buf why;
	int result;

	if (row->format == NULL || !options->output[row->format - formats].wanted ||
	    (row->format->can & FORMAT_CAN_GROUP) != 0)
		return 0;
	if ((row->format->can & FORMAT_SHOWS_ALL) != 0 && options_shows_groups(options))
		return 0;
	buf_init(&list, 0);
	buf_init(&why, 0);
	options_add_group_formats(&list);
	if ((row->format->can & FORMAT_SHOWS_ALL) != 0)
		buf_printf(&why,
		    "--group-by, --top and --min-count need %s: --%s has always all "
		    "groups",
		    buf_string(&list), row->name);
	else
		buf_printf(&why,
		    "--%s tells about messages: it does not go with groups "
		    "(--group-by, --top, --min-count)",
		    row->name);
	result = options_settle_groups(options, row, buf_string(&why), err);
	buf_fini(&list);
	buf_fini(&why);
	return result;
}

/* Whoever sent one message is no offender. */
static int options_check_limit(
    struct options *options, const struct option_row *row, struct err *err)
{
	if (row->format == NULL || (row->format->can & FORMAT_NEEDS_LIMIT) == 0 ||
	    !options->output[row->format - formats].wanted || options->limits.top > 0 ||
	    options->limits.min_count > 1)
		return 0;
	err_set(err, ERR_USAGE,
	    "--%s needs --min-count=N, from how many messages on it is meant, or --top=N",
	    row->name);
	return options_blame(options, row, err);
}

static const char options_why_columns[] =
    "--columns chooses what is said about a message: groups have columns of their own";

/* Called before the default output is chosen. */
static int options_check_groups(struct options *options, struct err *err)
{
	bool columns = option_level(options, OPTION(columns)) == OPTIONS_COMMAND_LINE;

	for (unsigned i = 0; i < option_row_count; i++)
		if (options_check_alone(options, &option_rows[i], err) != 0 ||
		    options_check_limit(options, &option_rows[i], err) != 0)
			return -1;
	if (columns && options->merge)
		return err_set(err, ERR_USAGE, "%s", options_why_columns);
	if (columns &&
	    options_settle_groups(options, OPTION(columns), options_why_columns, err) != 0)
		return -1;
	if (options->group_by.count == 0 && (options_has_groups(options) || options->merge))
		/* Nobody is the identity of a login that failed. */
		options->group_by = (struct column_list){.count = 1,
		    .column = {options->failed_logins ? COLUMN_LOGIN_IP : COLUMN_IDENTITY}};
	return 0;
}

static int options_check_arf(struct options *options, struct err *err)
{
	const struct option_row *const rows[] = {OPTION(outgoing), OPTION(incoming)};

	if (options->file_count > 0)
		return 0;
	if (!options->arf && option_level(options, OPTION(arf_folder)) == OPTIONS_COMMAND_LINE)
		return err_set(err, ERR_USAGE,
		    "--folder is that of --arf; the folders of the quarantine are "
		    "--outgoing-folder "
		    "and --incoming-folder");
	for (size_t i = 0; options->arf && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!option_is_set(options, rows[i]) ||
		    options_settle(options, OPTION(arf), rows[i]) == 0)
			continue;
		err_set(err, ERR_USAGE,
		    "--arf reads the folder of --folder, and no quarantine: --%s does not go with "
		    "it",
		    rows[i]->name);
		return options_blame(options, rows[i], err);
	}
	return 0;
}

static bool options_stays(const struct options *options)
{
	return (options->mode->needs & MODE_LIVE) != 0;
}

/* What a command would leave out must not look as if it chose of whom, or of which time, it is. */
static int options_check_command(struct options *options, struct err *err)
{
	const struct mode *mode = options->mode;
	const bool is_search = options->api.log_search;

	for (unsigned i = 0; i < option_row_count && !mode->takes_any; i++) {
		const struct option_row *row = &option_rows[i];

		if (options->origin[i].level != OPTIONS_COMMAND_LINE || !option_is_setting(row))
			continue;
		if (!option_is_for(row, mode))
			return err_set(err, ERR_USAGE,
			    "--%s does not go with the command %s: 'quarantine-report %s --help' "
			    "shows what does",
			    row->name, mode->name, mode->name);
		if ((mode->takes & MODE_SEARCH) != 0 && (mode->takes & MODE_CHANGES) == 0 &&
		    !is_search &&
		    (row == OPTION(api.domains.count) || row == OPTION(api.classification)))
			return err_set(err, ERR_USAGE, "--%s is that of --log-search", row->name);
	}
	return 0;
}

/* What ends, or is of one run, does not go with a run that stays. In files it is about others. */
static int options_check_live(struct options *options, struct err *err)
{
	const struct option_row *const rows[] = {OPTION(new_only), OPTION(merge),
	    OPTION(api.log_search), OPTION(period.date), OPTION(period.until), OPTION(recursive)};

	/* Nor has a screen: whoever looks at it ends it. */
	if ((options->mode->needs & (MODE_LIVE | MODE_LOOKS)) != 0 &&
	    option_level(options, OPTION(deadline)) == OPTIONS_DEFAULT)
		options->deadline = 0;
	if (!options_stays(options))
		return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!option_is_set(options, rows[i]))
			continue;
		if (option_level(options, rows[i]) == OPTIONS_COMMAND_LINE)
			return err_set(err, ERR_USAGE, "--%s does not go with the command %s",
			    rows[i]->name, options->mode->name);
		options_take_back(options, rows[i]);
	}
	return 0;
}

/* Whom an alert is sent to says that there are alerts; others can read what is not encrypted. */
static int options_check_alert(struct options *options, struct err *err)
{
	struct options_live *live = &options->live;
	const struct option_row *row = OPTION(live.alert_url);

	if (live->alert_count == 0 && (live->alert_command != NULL || live->alert_url != NULL) &&
	    option_level(options, OPTION(live.alert_count)) == OPTIONS_DEFAULT) {
		live->alert_count = ALERT_COUNT;
		live->alert_minutes = ALERT_MINUTES;
	}
	if (live->alert_url == NULL || options->tls.allow_plaintext ||
	    span_starts_nocase(span_of(live->alert_url), SPAN("https://")) ||
	    option_url_is_loopback(live->alert_url))
		return 0;
	err_set(err, ERR_USAGE,
	    "--alert-url begins with http://: anyone on the way would read the alerts; "
	    "--allow-plaintext allows it");
	return options_blame(options, row, err);
}

/* With --new-only the period ends now; later messages are for the next run. */
static int options_check_new_only(struct options *options, struct err *err)
{
	const struct option_row *new_only = OPTION(new_only);

	if (options->new_only && options->output[FORMAT_EXPLAIN].wanted &&
	    options_settle(options, OPTION(output[FORMAT_EXPLAIN]), new_only) != 0) {
		err_set(err, ERR_USAGE, "--new-only does not go with --explain");
		return options_blame(options, new_only, err);
	}
	for (int i = 0; i < 2 && options->new_only; i++) {
		const char *given = i == 0 ? options->period.date : options->period.until;
		const struct option_row *row = i == 0 ? OPTION(period.date) : OPTION(period.until);

		if (given == NULL || options_settle(options, row, new_only) == 0)
			continue;
		err_set(err, ERR_USAGE,
		    "--new-only reports up to now: --date and --until do not go with it");
		return options_blame(options, row, err);
	}
	if (options->new_only && options->period.since == NULL)
		options->period.today = true;
	return 0;
}

#define OPTIONS_HISTORY_SQLITE "sqlite:"

/* FILE or sqlite:FILE: what looks like the address of a server is no name of a file. */
static int options_check_history_form(struct options *options, struct err *err)
{
	const char *file = options->history.file;

	options->clickhouse.host.name = NULL;
	if (file == NULL)
		return 0;
	if (options_is_history_url(file)) {
		if (options_check_history_url(options, err) == 0)
			return 0;
		return options_blame(options, OPTION(history), err);
	}
	if (strncmp(file, OPTIONS_HISTORY_SQLITE, strlen(OPTIONS_HISTORY_SQLITE)) == 0)
		options->history.file = file += strlen(OPTIONS_HISTORY_SQLITE);
	if (*file != '\0' && strstr(file, "://") == NULL)
		return 0;
	err_set(err, ERR_USAGE,
	    "--history=%s: a history is a file: --history=FILE or "
	    "--history=" OPTIONS_HISTORY_SQLITE "FILE, or in a server: "
	    "--history=clickhouse://[USER@]HOST[:PORT]/DATABASE",
	    strchr(file, '@') == NULL ? file : "...");
	return options_blame(options, OPTION(history), err);
}

/* What --offline cannot be, since it reads the history and nothing else. */
static int options_check_offline(struct options *options, struct err *err)
{
	const struct option_row *const rows[] = {
	    OPTION(output[FORMAT_EXPLAIN]), OPTION(new_only), OPTION(api.log_search), OPTION(arf)};

	options->history.wanted = true;
	if (options->file_count > 0 || options->merge)
		return err_set(err, ERR_USAGE, "--offline reads the history: it goes with no file");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!option_is_set(options, rows[i]) ||
		    options_settle(options, OPTION(offline), rows[i]) == 0)
			continue;
		return err_set(err, ERR_USAGE,
		    "--offline reads the history: --%s does not go with it", rows[i]->name);
	}
	return 0;
}

/* A run that stays reads no history; follow feeds it, and the screen of top does not. */
static int options_check_history_stays(struct options *options, struct err *err)
{
	const bool feeds = (options->mode->needs & MODE_LIVE) != 0;
	const struct option_row *const rows[] = {
	    OPTION(offline), OPTION(new_after), feeds ? NULL : OPTION(history)};

	if (!feeds && (options->mode->needs & MODE_LOOKS) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && rows[i] != NULL; i++) {
		if (option_level(options, rows[i]) == OPTIONS_COMMAND_LINE)
			return err_set(err, ERR_USAGE, "--%s does not go with a run that stays",
			    rows[i]->name);
		options_take_back(options, rows[i]);
	}
	return 0;
}

static int options_check_history(struct options *options, struct err *err)
{
	if (options_check_history_stays(options, err) != 0)
		return -1;
	if ((options->mode->takes & (MODE_OUTPUTS | MODE_HISTORY)) == 0)
		return 0;
	if (!options->history.wanted && !options->offline &&
	    option_level(options, OPTION(new_after)) == OPTIONS_COMMAND_LINE)
		return err_set(err, ERR_USAGE,
		    "--new-after is about what the history has: --history[=STORE] is missing");
	if (options->offline && options_check_offline(options, err) != 0)
		return -1;
	return options->history.wanted ? options_check_history_form(options, err) : 0;
}

static void options_add_column(struct options *options, unsigned at, enum column column)
{
	struct column_list *list = &options->columns;

	if (column_list_has(list, column))
		return;
	memmove(
	    &list->column[at + 1], &list->column[at], (list->count - at) * sizeof(list->column[0]));
	list->column[at] = column;
	list->count++;
}

static bool options_saves_rows(const struct options *options)
{
	const unsigned rows = FORMAT_CAN_FILE | FORMAT_HAS_ROWS;

	for (unsigned i = 0; i < FORMAT_COUNT; i++)
		if (options->output[i].wanted && (formats[i].can & rows) == rows)
			return true;
	return false;
}

/* Adds columns that a report needs: Host for several servers, and with --partial the number, by
 * which saved_row.c tells a mark from a message. */
static void options_choose_columns(struct options *options)
{
	bool chosen = option_level(options, OPTION(columns)) != OPTIONS_DEFAULT;

	options->are_columns_chosen = chosen;
	if (options->partial && options_saves_rows(options))
		options_add_column(options, 0, COLUMN_NUMBER);
	if ((options->host_count > 1 || (options->offline && options->host_count == 0)) && !chosen)
		options_add_column(options, options->columns.count, COLUMN_HOST);
}

/* In files they may be meant for profiles that have --mail-to. */
static int options_check_mail(struct options *options, struct err *err)
{
	if (options->mail_to_count == 0 &&
	    (option_level(options, OPTION(mail_subject)) == OPTIONS_COMMAND_LINE ||
		option_level(options, OPTION(mail_from)) == OPTIONS_COMMAND_LINE ||
		option_level(options, OPTION(mail_min_count)) == OPTIONS_COMMAND_LINE))
		return err_set(err, ERR_USAGE,
		    "--mail-from, --mail-subject and --mail-min-count need --mail-to=ADDRESS");
	if (!options->mail_empty || options->mail_min_count == 0 ||
	    options_settle(options, OPTION(mail_empty), OPTION(mail_min_count)) == 0)
		return 0;
	err_set(err, ERR_USAGE, "--mail-empty and --mail-min-count cannot be combined");
	return options_blame(options, OPTION(mail_min_count), err);
}

static int options_check_verbosity(struct options *options, struct err *err)
{
	if (!options->verbose || !options->quiet)
		return 0;
	err_set(err, ERR_USAGE, "--verbose and --quiet cannot be combined");
	return options_blame(options, OPTION(quiet), err);
}

/* A run for the sake of the history: it is asked for with it, and nothing says what to show. */
static bool options_is_for_history(const struct options *options)
{
	return options->history.wanted && !options->offline && !options_has_groups(options) &&
	       option_level(options, OPTION(history)) == OPTIONS_COMMAND_LINE &&
	       option_level(options, OPTION(columns)) != OPTIONS_COMMAND_LINE;
}

static void options_choose_output(struct options *options)
{
	if (!formats_want_any(options->output) && options->mail_to_count == 0 &&
	    !options_is_for_history(options))
		options->output[FORMAT_DISPLAY].wanted = options->is_display_default = true;
	if (!options->incoming)
		options->outgoing = true;
}

/* A check may rely on the ones above it. */
typedef int options_check_one(struct options *options, struct err *err);

int options_check(struct options *options, struct err *err)
{
	static options_check_one *const checks[] = {
	    options_check_verbosity,
	    options_check_command,
	    options_check_files,
	    options_check_arf,
	    options_check_history,
	    options_check_live,
	    options_check_alert,
	    options_check_new_only,
	    options_check_list,
	    options_check_outputs,
	    options_check_groups,
	    options_check_connection,
	    options_check_mail,
	};
	int result = 0;

	/* Reports all errors, the last one through the caller; the exit status is that of the
	 * first. */
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct err next = ERR_INIT;

		if (checks[i](options, &next) == 0)
			continue;
		if (result != 0) {
			log_error("%s", err->text);
			next.code = err->code;
		}
		*err = next;
		result = -1;
	}
	if (result != 0)
		return -1;
	options_choose_output(options);
	options_choose_columns(options);
	if (option_level(options, OPTION(password.bytes)) == OPTIONS_COMMAND_LINE &&
	    !options->quiet)
		log_warn(
		    "a password on the command line stays in the shell's history and in crontabs "
		    "and other users may see it: better use --password-file or "
		    "--password-command");
	return 0;
}
