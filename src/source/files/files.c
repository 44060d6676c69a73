#include "source/files/files.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "source/files/files_part.h"
#include "source/files/follow.h"
#include "source/files/kinds.h"
#include "source/maillog/maillog_kind.h"
#include "source/saved/saved.h"

int files_stat(const char *file, struct stat *found_r)
{
	return input_is_stdin(file) ? fstat(STDIN_FILENO, found_r) : stat(file, found_r);
}

/* A file that is read twice counts twice. What is no file may say something else each time. */
static int files_check_twice(
    const struct files_source *files, const struct stat *found, unsigned i, struct err *err)
{
	for (unsigned k = 0; k < i; k++) {
		if (input_is_stdin(files->settings.files[i]) &&
		    input_is_stdin(files->settings.files[k]))
			return err_set(err, ERR_USAGE, "'-', standard input, is given twice");
		if ((S_ISREG(found[i].st_mode) || S_ISDIR(found[i].st_mode)) &&
		    found[i].st_dev == found[k].st_dev && found[i].st_ino == found[k].st_ino)
			return err_set(err, ERR_USAGE,
			    "'%s' and '%s' are the same file: its messages would count twice",
			    files->place[k].host, files->place[i].host);
	}
	return 0;
}

/* The name of a file is whoever's who made it, and stands in messages, columns and pages. */
static const char *files_name(struct files_source *files, unsigned i)
{
	const char *file = files->settings.files[i];

	if (input_is_stdin(file))
		return "standard input";
	log_escape(&files->name[i], span_of(file));
	return buf_string(&files->name[i]);
}

int files_open(struct source *source, struct err *err)
{
	struct files_source *files = (struct files_source *)source;
	const struct files_settings *settings = &files->settings;
	struct stat *found = calloc(settings->file_count, sizeof(*found));
	int result = 0;

	if (found == NULL)
		return err_nomem(err);
	for (unsigned i = 0; i < settings->file_count && result == 0; i++) {
		const char *file = settings->files[i];

		files->file[i].path = file;
		files->file[i].deadline = settings->deadline;
		files->file[i].place = &files->place[i];
		files->place[i] = (struct account_place){
		    .host = files_name(files, i),
		    .server = i,
		};
		if (files->name[i].failed != 0)
			result = err_nomem(err);
		if (files_stat(file, &found[i]) != 0) /* reading it will tell */
			found[i] = (struct stat){0};
		if (result == 0)
			result = files_check_twice(files, found, i, err);
	}
	free(found);
	return result;
}

/* Nothing but a byte order mark and blanks. */
static bool files_is_blank(struct span first)
{
	const struct span mark = SPAN("\xef\xbb\xbf");

	if (span_eq(span_head(first, mark.n), mark))
		first = span_from(first, mark.n);
	return span_trim(first).n == 0;
}

/* Messages of other files would pass for logins that failed. */
static const struct input_kind *files_check_logins(const struct files_settings *settings,
    const struct input *input, const struct input_kind *kind, struct err *err)
{
	if (!settings->failed_logins || kind == NULL || kind->run == maillog_run)
		return kind;
	err_set(err, ERR_DATA, "'%s' is %s: --failed-logins is about mail logs", input_name(input),
	    kind->what);
	return NULL;
}

/* By the beginning of a file. NULL: what is wrong. */
static const struct input_kind *files_recognise(
    const struct files_settings *settings, struct input *input, struct err *err)
{
	struct span first = SPAN_EMPTY;
	const struct input_kind *kind;

	if (settings->input.n > 0)
		return files_check_logins(settings, input, files_kind_named(settings->input), err);
	if (input_is_folder(input))
		return files_check_logins(settings, input, files_kind_named(SPAN("maildir")), err);
	if (input_window(input, INPUT_KIND_HEAD, &first, err) < 0)
		return NULL;
	kind = files_kind_of(span_head(first, INPUT_KIND_HEAD), first.n < INPUT_KIND_HEAD);
	if (kind != NULL)
		return files_check_logins(settings, input, kind, err);
	/* Blanks, of which there may be more than are looked at, begin a saved report. */
	if (settings->saved || files_is_blank(first))
		kind = files_kind_named(SPAN("csv"));
	if (kind == NULL && span_starts_nocase(first, SPAN("BZh")))
		err_set(err, ERR_DATA,
		    "'%s' is compressed by bzip2, which is not read: bzcat can write it to "
		    "standard "
		    "input (-)",
		    input_name(input));
	else if (kind == NULL)
		err_set(err, ERR_DATA,
		    "'%s' is no message, mailbox, mail log, report of abuse or saved report, as "
		    "far as its "
		    "beginning shows; --input=TYPE says what a file is",
		    input_name(input));
	return kind;
}

/* What a folder can be told to be. */
static int files_check_folder(
    const struct input_file *file, const struct input *input, struct err *err)
{
	if (!input_is_folder(input) || strcmp(file->kind->name, "maildir") == 0 ||
	    strcmp(file->kind->name, "arf") == 0)
		return 0;
	return err_set(err, ERR_DATA, "'%s' is a folder: --input=%s is about files",
	    input_name(input), file->kind->name);
}

/* Of a pipe, and of standard input, what has been read is gone. */
static bool files_opens_once(const struct input *input, const char *path)
{
	return input_is_stdin(path) ||
	       (!S_ISREG(input_stat(input)->st_mode) && !input_is_folder(input));
}

static int files_recognise_one(struct files_source *files, struct input_file *file, struct err *err)
{
	struct err damage = ERR_INIT;
	struct input *input = input_open(file->path, file->deadline, err);
	int result = -1;

	if (input == NULL)
		return -1;
	file->kind = files_recognise(&files->settings, input, err);
	if (file->kind != NULL)
		result = files_check_folder(file, input, err);
	else if (err->code == ERR_DATA && input_check(input, &damage) != 0)
		result = input_file_note(file, &damage); /* nothing of it can be read */
	if (result == 0 && file->kind != NULL && files_opens_once(input, file->path))
		file->input = input;
	else
		input_close(input);
	return result;
}

/* Of each file what it is, before any is read: one that is nothing ends the run. */
static int files_recognise_all(struct files_source *files, struct err *err)
{
	for (unsigned i = 0; i < files->settings.file_count; i++)
		if (files_recognise_one(files, &files->file[i], err) != 0)
			return -1;
	files->settings.account->of_messages = false;
	for (unsigned i = 0; i < files->settings.file_count; i++) {
		const struct input_kind *kind = files->file[i].kind;

		if (kind != NULL && kind->run != saved_run)
			files->settings.account->of_messages = true;
	}
	return 0;
}

/* One line a file, for a person. */
void files_summarize(const struct files_source *files, const struct input_file *file)
{
	const struct files_counts *counts = &files->run.counts;
	const struct account_counts *place = &file->place->counts;
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "'%s': %" PRIu64 " %s", file->place->host, place->found,
	    files->run.is_reports ? "reports of abuse" : "messages");
	files_add_count(&line, place->filtered, "filtered as bounces", "filtered as bounces");
	files_add_count(&line, place->vanished, "vanished meanwhile", "vanished meanwhile");
	files_add_count(&line, place->unreadable, "unreadable", "unreadable");
	files_add_count(&line, file->outside, "of another time", "of another time");
	files_add_count(&line, file->undated, "of no known time", "of no known time");
	files_add_counts(&line, counts);
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
}

/* What a person must know whether anybody asked or not. */
static void files_warn(const struct files_source *files, const struct input_file *file)
{
	const struct files_run *run = &files->run;
	const char *name = file->place->host;

	if (file->failure.code != ERR_NONE)
		log_warn("%s", file->failure.text);
	if (run->counts.growing > 0)
		log_warn("'%s' is being written: its last message is not in the report", name);
	if (run->counts.covered > 0)
		log_warn("'%s': Content-Length says that %" PRIu64
			 " line%s within it begin%s no message",
		    name, run->counts.covered, run->counts.covered == 1 ? "" : "s",
		    run->counts.covered == 1 ? "s" : "");
	if (run->counts.glued > 0)
		log_warn("'%s': %" PRIu64 " line%s that may begin a message %s no empty line in "
			 "front, and begin%s none",
		    name, run->counts.glued, run->counts.glued == 1 ? "" : "s",
		    run->counts.glued == 1 ? "has" : "have", run->counts.glued == 1 ? "s" : "");
	if (run->is_reports && !run->is_told && run->counts.others > 0)
		log_warn("'%s': %" PRIu64
			 " of its messages %s no report of abuse, as the first is, "
			 "and not in the report: --input=%s reads them as such",
		    name, run->counts.others, run->counts.others == 1 ? "is" : "are",
		    file->kind->run == maildir_run ? "maildir" : "mbox");
	if (run->counts.reports > 0)
		log_warn("'%s': %" PRIu64 " of its messages are reports of abuse about others: "
			 "--input=arf reads them as such",
		    name, run->counts.reports);
	if (run->seen.is_full)
		log_warn("more than %zu reports: some messages may count twice", SEEN_MAX);
}

static int files_read_kind(struct files_source *files, const struct input_kind *kind,
    struct input_file *const *file, unsigned count, struct err *err)
{
	struct files_run *run = &files->run;

	run->counts = (struct files_counts){0};
	run->is_reports = run->is_decided = false;
	run->named = 0;
	if (kind->run(&run->run, file, count, err) != 0)
		return -1;
	for (unsigned i = 0; i < count; i++) {
		files_warn(files, file[i]);
		if (files->settings.talk)
			files_summarize(files, file[i]);
	}
	return 0;
}

/* Logs of one host can be of several kinds. */
static bool files_are_together(const struct input_file *file, const struct input_file *other)
{
	return file->kind != NULL && file->kind->run == other->kind->run;
}

/* Those that tell of the same are read in one go, where the first of them stands. */
static int files_read_together(
    struct files_source *files, unsigned first, bool *done, struct err *err)
{
	unsigned count = 0, total = files->settings.file_count;
	struct input_file **file = calloc(total, sizeof(struct input_file *));
	int result;

	if (file == NULL)
		return err_nomem(err);
	for (unsigned i = first; i < total; i++) {
		if (done[i] || !files_are_together(&files->file[i], &files->file[first]))
			continue;
		done[i] = true;
		file[count++] = &files->file[i];
	}
	result = files_read_kind(files, files->file[first].kind, file, count, err);
	free(file);
	return result;
}

static int files_read_each(struct files_source *files, bool *done, struct err *err)
{
	for (unsigned i = 0; i < files->settings.file_count; i++) {
		struct input_file *file = &files->file[i];
		int result;

		if (done[i])
			continue;
		if (file->kind == NULL) { /* damaged from its beginning */
			files_warn(files, file);
			continue;
		}
		if (file->kind->together)
			result = files_read_together(files, i, done, err);
		else
			result = files_read_kind(files, file->kind, &file, 1, err);
		if (result != 0)
			return -1;
	}
	return 0;
}

/* The same login on two servers is two customers; what was not saved, nobody can tell. */
static void files_warn_of_logins(const struct files_source *files)
{
	const char *first = NULL;
	unsigned count = 0;

	for (unsigned i = 0; i < files->settings.file_count; i++)
		if (files->file[i].bare_logins && count++ == 0)
			first = files->place[i].host;
	if (count > 0)
		log_warn("'%s' has no column Identity%s: logins of different servers cannot be "
			 "told apart, and count as one (save with --columns=all, or --json)",
		    first, count > 1 ? ", and others have none" : "");
}

/* Why messages of files are missing, as the run's error. */
static void files_note_missing(struct files_source *files)
{
	struct account *account = files->settings.account;
	const struct account_place *first;
	unsigned count = 1, saved = 0, next = 0;

	first = account_next_missing(account, &next);
	if (first == NULL)
		return;
	while (account_next_missing(account, &next) != NULL)
		count++;
	for (unsigned i = 0; i < account->place_count; i++)
		saved +=
		    files->file[i].failure.code == ERR_NONE && account->place[i].missing != NULL;
	if (saved == count)
		err_set(&account->failure, ERR_DATA, "%u saved %s not complete when saved: '%s'%s",
		    count, count == 1 ? "report was" : "reports were", first->host,
		    count == 1 ? "" : ", and others");
	else
		err_set(&account->failure, ERR_DATA, "%u %s not be read to the end: '%s'%s", count,
		    count == 1 ? "file could" : "files could", first->host,
		    count == 1 ? "" : ", and others");
}

static int files_read(struct source *source, struct report *report, struct err *err)
{
	struct files_source *files = (struct files_source *)source;
	bool *done = calloc(files->settings.file_count, sizeof(*done));
	int result;

	if (done == NULL)
		return err_nomem(err);
	files->run.run.report = report;
	result = files_recognise_all(files, err);
	if (result == 0)
		result = files_read_each(files, done, err);
	free(done);
	if (result == 0) {
		files_warn_of_logins(files);
		files_note_missing(files);
	}
	return result;
}

void files_free(struct source *source)
{
	struct files_source *files = (struct files_source *)source;

	follow_free(files);
	for (unsigned i = 0; files->file != NULL && i < files->settings.file_count; i++)
		input_close(files->file[i].input);
	reader_free(files->run.run.reader);
	files_run_fini(&files->run);
	for (unsigned i = 0; files->name != NULL && i < files->settings.file_count; i++)
		buf_fini(&files->name[i]);
	free(files->name);
	free(files->file);
	free(files->place);
	free(files);
}

static const struct source_ops files_ops = {
    .name = "files",
    .open = files_open,
    .read = files_read,
    .free = files_free,
};

static int files_init_run(struct files_source *files, struct err *err)
{
	const struct files_settings *settings = &files->settings;
	struct files_run *run = &files->run;

	run->run = (struct input_run){
	    .period = settings->period,
	    .now = settings->now,
	    .needed = settings->needed,
	    .failed_logins = settings->failed_logins,
	    .log_host = settings->log_host,
	    .log_end = settings->log_end,
	    .filter_uid = settings->filter_uid,
	    .explain = settings->reader.explain,
	    .talk = settings->talk,
	};
	run->is_told = settings->input.n > 0;
	run->recursive = settings->recursive;
	run->auth_failures = settings->auth_failures;
	run->is_mixed = settings->file_count > 1;
	if (files_run_init(run, err) != 0)
		return -1;
	run->run.reader = reader_new(&settings->reader, err);
	return run->run.reader != NULL ? 0 : -1;
}

struct source *files_new(const struct files_settings *settings, struct err *err)
{
	struct files_source *files = calloc(1, sizeof(*files));

	if (files == NULL) {
		err_nomem(err);
		return NULL;
	}
	files->source.ops = settings->follow != NULL ? &follow_ops : &files_ops;
	files->settings = *settings;
	files->file = calloc(settings->file_count, sizeof(*files->file));
	files->place = calloc(settings->file_count, sizeof(*files->place));
	files->name = calloc(settings->file_count, sizeof(*files->name));
	if (files->file == NULL || files->place == NULL || files->name == NULL)
		err_nomem(err);
	else if (files_init_run(files, err) == 0) {
		settings->account->place = files->place;
		settings->account->place_count = settings->file_count;
		settings->account->saved = settings->file_count;
		settings->account->of_messages = !settings->saved;
		return &files->source;
	}
	files_free(&files->source);
	return NULL;
}
