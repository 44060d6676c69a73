#include "source/saved/saved_source.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "source/saved/saved.h"

struct saved_source {
	struct source source; /* first, so that a source is a saved_source */
	struct saved_settings settings;
	struct account_place *place; /* one a file */
	unsigned bare_count;         /* files that have logins instead of identities */
	const char *first_bare;      /* the first of them */
};

static bool saved_is_stdin(const char *file)
{
	return strcmp(file, "-") == 0;
}

int saved_stat(const char *file, struct stat *found_r)
{
	return saved_is_stdin(file) ? fstat(STDIN_FILENO, found_r) : stat(file, found_r);
}

/* A report that is read twice counts twice. What is no file may say something else each time. */
static int saved_check_twice(
    const struct saved_settings *settings, const struct stat *found, unsigned i, struct err *err)
{
	const char *file = settings->files[i];

	for (unsigned k = 0; k < i; k++) {
		const char *before = settings->files[k];

		if (saved_is_stdin(file) && saved_is_stdin(before))
			return err_set(err, ERR_USAGE, "'-', standard input, is given twice");
		if (S_ISREG(found[i].st_mode) && found[i].st_dev == found[k].st_dev &&
		    found[i].st_ino == found[k].st_ino)
			return err_set(err, ERR_USAGE,
			    "'%s' and '%s' are the same saved report: its messages would count "
			    "twice",
			    before, file);
	}
	return 0;
}

static int saved_open(struct source *source, struct err *err)
{
	struct saved_source *saved = (struct saved_source *)source;
	const struct saved_settings *settings = &saved->settings;
	struct stat *found = calloc(settings->file_count, sizeof(*found));
	int result = 0;

	if (found == NULL)
		return err_nomem(err);
	for (unsigned i = 0; i < settings->file_count && result == 0; i++) {
		const char *file = settings->files[i];

		saved->place[i] = (struct account_place){
		    .host = saved_is_stdin(file) ? "standard input" : file,
		    .server = i,
		};
		if (saved_stat(file, &found[i]) != 0) /* reading it will tell */
			found[i] = (struct stat){0};
		result = saved_check_twice(settings, found, i, err);
	}
	free(found);
	return result;
}

/* One line a file, for a person. */
static void saved_summarize(const struct account_place *place)
{
	struct buf line;

	buf_init(&line, 0);
	buf_printf(&line, "'%s': %" PRIu64 " messages", place->host, place->counts.found);
	if (place->counts.filtered > 0)
		buf_printf(&line, ", %" PRIu64 " filtered as bounces", place->counts.filtered);
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
}

static int saved_read_file(
    struct saved_source *saved, unsigned i, struct report *report, struct err *err)
{
	const char *file = saved->settings.files[i];
	bool is_stdin = saved_is_stdin(file);
	bool bare_logins = false;
	const struct saved_job job = {
	    .in = is_stdin ? stdin : fopen(file, "re"),
	    .name = saved->place[i].host,
	    .needed = saved->settings.needed,
	    .report = report,
	    .place = &saved->place[i],
	    .bare_logins = &bare_logins,
	};
	int result;

	if (job.in == NULL)
		return err_set_sys(
		    err, ERR_NOFOLDER, errno, "cannot open the saved report '%s'", file);
	result = saved_read(&job, err);
	if (bare_logins && saved->bare_count++ == 0)
		saved->first_bare = job.name;
	if (!is_stdin)
		fclose(job.in);
	if (result == 0 && saved->settings.talk)
		saved_summarize(job.place);
	return result;
}

/* What was not complete is not by being read. */
static void saved_note_incomplete(struct account *account)
{
	const struct account_place *first;
	unsigned count = 1, next = 0;

	first = account_next_missing(account, &next);
	if (first == NULL)
		return;
	while (account_next_missing(account, &next) != NULL)
		count++;
	err_set(&account->failure, ERR_DATA, "%u saved %s not complete when saved: '%s'%s", count,
	    count == 1 ? "report was" : "reports were", first->host,
	    count == 1 ? "" : ", and others");
}

/* The same login on two servers is two customers; what was not saved, nobody can tell. */
static void saved_warn_of_logins(const struct saved_source *saved)
{
	if (saved->bare_count == 0)
		return;
	log_warn("'%s' has no column Identity%s: logins of different servers cannot be told apart, "
		 "and count as one (save with --columns=all, or --json)",
	    saved->first_bare, saved->bare_count > 1 ? ", and others have none" : "");
}

static int saved_read_files(struct source *source, struct report *report, struct err *err)
{
	struct saved_source *saved = (struct saved_source *)source;

	for (unsigned i = 0; i < saved->settings.file_count; i++)
		if (saved_read_file(saved, i, report, err) != 0)
			return -1;
	saved_warn_of_logins(saved);
	saved_note_incomplete(saved->settings.account);
	return 0;
}

static void saved_free(struct source *source)
{
	free(((struct saved_source *)source)->place);
	free(source);
}

static const struct source_ops saved_ops = {
    .name = "saved",
    .open = saved_open,
    .read = saved_read_files,
    .free = saved_free,
};

struct source *saved_new(const struct saved_settings *settings, struct err *err)
{
	struct saved_source *saved = calloc(1, sizeof(*saved));

	if (saved != NULL) {
		saved->source.ops = &saved_ops;
		saved->settings = *settings;
		saved->place = calloc(settings->file_count, sizeof(*saved->place));
		if (saved->place != NULL) {
			settings->account->place = saved->place;
			settings->account->place_count = settings->file_count;
			settings->account->saved = settings->file_count;
			return &saved->source;
		}
		free(saved);
	}
	err_nomem(err);
	return NULL;
}
