/* history: what is done with the history itself; each part is a file. */
#include "mode/history_part.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "mode/run.h"
#include "text/suggest.h"

/* Operands of what takes any number of them. */
#define HISTORY_MANY 100000

/* Options that are not those of all parts. */
enum history_takes {
	HISTORY_TAKES_PERIOD = 1 << 0,
	HISTORY_TAKES_TOP = 1 << 1,
	HISTORY_TAKES_KEEP = 1 << 2,
	HISTORY_TAKES_WHOM = 1 << 3,
};

static const struct {
	const char *name;
	unsigned takes;
} history_options[] = {
    {"today", HISTORY_TAKES_PERIOD},
    {"date", HISTORY_TAKES_PERIOD},
    {"since", HISTORY_TAKES_PERIOD},
    {"until", HISTORY_TAKES_PERIOD},
    {"top", HISTORY_TAKES_TOP},
    {"keep", HISTORY_TAKES_KEEP},
    {"identity", HISTORY_TAKES_WHOM},
    {"recipient", HISTORY_TAKES_WHOM},
};

static const struct history_row {
	const char *name;
	const char *operands; /* as an error shows them */
	unsigned min, max;
	enum run_history_use use;
	unsigned takes; /* enum history_takes joined by | */
	history_part *run;
	const char *note; /* of those that change something: stands in front of their options */
} history_rows[] = {
    {"show", "show [IDENTITY]", 0, 1, RUN_HISTORY_READS, HISTORY_TAKES_PERIOD | HISTORY_TAKES_TOP,
	history_show, NULL},
    {"status", "status", 0, 0, RUN_HISTORY_READS, 0, history_status, NULL},
    {"prune", "prune --keep=DAYS", 0, 0, RUN_HISTORY_CHANGES, HISTORY_TAKES_KEEP, history_prune,
	"history prune"},
    {"erase", "erase --identity=IDENTITY or --recipient=ADDRESS", 0, 0, RUN_HISTORY_CHANGES,
	HISTORY_TAKES_WHOM, history_erase, "history erase"},
    {"export", "export", 0, 0, RUN_HISTORY_READS, HISTORY_TAKES_PERIOD, history_export, NULL},
    {"import", "import FILE...", 1, HISTORY_MANY, RUN_HISTORY_IMPORTS, 0, history_import,
	"history import"},
    {"sql", "sql", 0, 0, RUN_HISTORY_NONE, 0, history_sql, NULL},
};

#define HISTORY_ROWS (sizeof(history_rows) / sizeof(*history_rows))

const char *history_part_name(unsigned at)
{
	return at < HISTORY_ROWS ? history_rows[at].name : NULL;
}

struct store_query history_query(const struct history_run *run)
{
	struct store_query query = {.until = STORE_MAX_TIME + 1};

	if (!run->has_period)
		return query;
	query.since = (int64_t)run->period.since;
	if ((int64_t)run->period.until < query.until)
		query.until = (int64_t)run->period.until;
	return query;
}

int history_say(const struct history_run *run, struct buf *text, struct err *err)
{
	if (text->failed != 0)
		return err_nomem(err);
	return run->options->quiet ? 0 : run_print(buf_span(text), err);
}

void history_add_messages(struct buf *out, uint64_t count)
{
	buf_printf(out, "%" PRIu64 " message%s", count, count != 1 ? "s" : "");
}

void history_add_size(struct buf *out, uint64_t bytes)
{
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	double size = (double)bytes / 1024;
	unsigned unit = 0;

	while (size >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		size /= 1024;
		unit++;
	}
	buf_printf(out, size < 10 ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

void history_add_time(struct buf *out, int64_t time)
{
	if (time != 0)
		period_add_iso(out, (time_t)time);
}

/* "what is wrong: one of show, status, ...". */
static int history_complain(const char *word, struct err *err)
{
	struct suggest suggest;
	struct buf list;
	int result;

	buf_init(&list, 0);
	suggest_init(&suggest, span_of(word != NULL ? word : ""));
	for (size_t i = 0; i < HISTORY_ROWS; i++) {
		buf_printf(&list, "%s%s", i > 0 ? ", " : "", history_rows[i].name);
		suggest_offer(&suggest, span_of(history_rows[i].name));
	}
	if (word == NULL) {
		result = err_set(err, ERR_USAGE, "history does one of: %s", buf_string(&list));
	} else {
		err_set(
		    err, ERR_USAGE, "history does not know '%s', but: %s", word, buf_string(&list));
		result = suggest_add(&suggest, "", err);
	}
	buf_fini(&list);
	return result;
}

static int history_find(
    const struct options *options, const struct history_row **row_r, struct err *err)
{
	const char *word = options->word_count > 0 ? options->words[0] : NULL;
	const unsigned operands = options->word_count > 0 ? options->word_count - 1 : 0;

	for (size_t i = 0; word != NULL && i < HISTORY_ROWS; i++) {
		const struct history_row *row = &history_rows[i];

		if (strcmp(row->name, word) != 0)
			continue;
		if (operands < row->min)
			return err_set(
			    err, ERR_USAGE, "an operand is missing: history %s", row->operands);
		if (operands > row->max)
			return err_set(err, ERR_USAGE, "'%s' is an operand too many: history %s",
			    options->words[row->max + 1], row->operands);
		*row_r = row;
		return 0;
	}
	return history_complain(word, err);
}

/* As options_check() has it of commands: what a part would leave out must not look as if it chose of
 * whom, or of which time, it is. */
static int history_check_options(
    const struct options *options, const struct history_row *row, struct err *err)
{
	for (size_t i = 0; i < sizeof(history_options) / sizeof(*history_options); i++)
		if ((history_options[i].takes & row->takes) == 0 &&
		    options_have_typed(options, history_options[i].name))
			return err_set(err, ERR_USAGE,
			    "--%s does not go with history %s: it is history %s",
			    history_options[i].name, row->name, row->operands);
	return 0;
}

/* A list that is written to a file must not take the place of the history. */
static int history_check_outputs(struct history_run *run, struct err *err)
{
	const struct format_request *output = run->options->output;
	struct store_about about = {.place = NULL};

	for (unsigned i = 0; i < FORMAT_COUNT; i++) {
		struct stat file, history;

		if (!output[i].wanted || output[i].file == NULL || stat(output[i].file, &file) != 0)
			continue;
		if (about.place == NULL && run->store->ops->about(run->store, &about, err) != 0)
			return -1;
		if (stat(about.place, &history) == 0 && history.st_dev == file.st_dev &&
		    history.st_ino == file.st_ino)
			return err_set(err, ERR_USAGE, "the output '%s' would replace the history",
			    output[i].file);
	}
	return 0;
}

static int history_open(struct history_run *run, enum run_history_use use, struct err *err)
{
	if (use == RUN_HISTORY_NONE)
		return 0;
	if (run_history_open_as(&run->history, run->options, run->env, use, err) != 0)
		return -1;
	run->store = run->history.store;
	return history_check_outputs(run, err);
}

/* Who only looks is not noted. */
static int history_note(struct history_run *run, const struct history_row *row, struct err *err)
{
	if (row->note == NULL)
		return 0;
	return run_history_begin(&run->history, row->note, run->options, run->env, err);
}

/* The zone counts also without a period. To what takes none, that of a file is one of reports. */
static int history_resolve_period(
    struct history_run *run, const struct history_row *row, struct err *err)
{
	run->has_period = (row->takes & HISTORY_TAKES_PERIOD) != 0 &&
			  options_ask_for_period(run->options);
	return options_resolve_period(
	    run->options, run->env->now, run->has_period ? &run->period : NULL, err);
}

int run_history(const struct options *options, const struct env *env, struct err *err)
{
	struct history_run run = {.options = options, .env = env};
	const struct history_row *row = NULL;
	int result;

	if (history_find(options, &row, err) != 0 ||
	    history_check_options(options, row, err) != 0 ||
	    history_resolve_period(&run, row, err) != 0)
		return -1;
	run.operand = options->words + 1;
	run.operand_count = options->word_count - 1;
	result = history_open(&run, row->use, err);
	if (result == 0)
		result = history_note(&run, row, err);
	if (result == 0)
		result = row->run(&run, err);
	run_history_end(&run.history, env, run.rows, result == 0 ? 0 : err_exit_status(err));
	run_history_close(&run.history);
	return result;
}
