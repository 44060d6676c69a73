/* What the history is told of the run itself. */
#include <string.h>

#include "base/log.h"
#include "mode/run_history.h"
#include "settings/table.h"

#define NOTE_ORIGIN " ; command line"

/* Whom history erase takes out is not to be kept by that. */
static bool note_is_about_somebody(struct span line)
{
	const struct span name = span_word(line);

	return span_eq(name, SPAN("identity")) || span_eq(name, SPAN("recipient"));
}

/* What stands on the command line, by its settings: secrets are * there. */
static void note_add_options(struct buf *out, const struct options *options)
{
	struct buf settings;
	struct span rest;

	buf_init(&settings, 0);
	options_add_settings(options, &settings);
	for (rest = buf_span(&settings); rest.n > 0;) {
		const size_t end = span_find(rest, '\n');
		struct span line = span_head(rest, end);

		rest = end != SPAN_NPOS ? span_from(rest, end + 1) : SPAN_EMPTY;
		if (!span_ends_nocase(line, SPAN(NOTE_ORIGIN)))
			continue;
		line = span_head(line, line.n - strlen(NOTE_ORIGIN));
		if (span_eq(span_head(line, 2), SPAN(OPTION_COMMENT)))
			line = span_from(line, 2);
		buf_add_text(out, out->n > 0 ? "; " : "");
		buf_add(out, note_is_about_somebody(line) ? span_word(line) : line);
	}
	buf_fail(out, settings.failed);
	buf_fini(&settings);
}

static int note_write(struct run_history *history, struct err *err)
{
	return history->store->ops->note_run(history->store, &history->run, err);
}

int run_history_begin(struct run_history *history, const char *command,
    const struct options *options, const struct env *env, struct err *err)
{
	buf_init(&history->run_options, 0);
	buf_add_text(&history->run_options, command);
	note_add_options(&history->run_options, options);
	if (history->run_options.failed != 0)
		return err_nomem(err);
	history->run = (struct store_run){
	    .began = (int64_t)env->now,
	    .program = SPAN(PACKAGE_STRING),
	    .options = buf_span(&history->run_options),
	};
	if (note_write(history, err) != 0)
		return -1;
	history->is_noted = true;
	return 0;
}

/* Whatever has happened is the run's result; that this could not be noted changes nothing in it. */
void run_history_end(struct run_history *history, const struct env *env, uint64_t rows, int status)
{
	struct err err = ERR_INIT;

	if (run_history_settle(history, NULL, &err) != 0)
		log_warn("%s", err.text);
	err = (struct err)ERR_INIT;
	if (!history->is_noted)
		return;
	history->run.ended = (int64_t)env_time(env);
	history->run.rows = rows;
	history->run.status = status;
	if (note_write(history, &err) != 0)
		log_info("%s", err.text);
	history->is_noted = false;
}
