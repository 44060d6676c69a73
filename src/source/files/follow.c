#include "source/files/follow.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "source/files/kinds.h"
#include "source/files/maildir_follow.h"
#include "source/maillog/maillog_follow.h"
#include "source/maillog/maillog_kind.h"

/* Bytes, or lines, without which nobody knows what a log is that has just begun. */
#define FOLLOW_KNOWN_LINES 20

#define FOLLOW_UNREAD "the run was ended before all of it had been read"

/* One of the files. */
struct follow_file {
	struct tail *tail;          /* of which nobody knows as yet what it is; or NULL */
	struct maillog_follow *log; /* or NULL */
	struct maildir_follow *maildir;
	bool more;     /* there is more already */
	bool is_ended; /* nothing more can come */
};

void follow_free(struct files_source *files)
{
	for (unsigned i = 0; files->followed != NULL && i < files->settings.file_count; i++) {
		struct follow_file *one = &files->followed[i];

		tail_close(one->tail);
		maillog_follow_free(one->log);
		maildir_follow_free(one->maildir);
	}
	free(files->followed);
	files->followed = NULL;
}

static int follow_refuse(const struct input_file *file, const char *what, struct err *err)
{
	return err_set(err, ERR_DATA,
	    "'%s' is %s, and cannot be followed: mail logs and Maildirs can", file->place->host,
	    what);
}

static int follow_use_log(struct files_source *files, unsigned i, struct err *err)
{
	struct follow_file *one = &files->followed[i];
	struct tail *tail = one->tail;

	one->tail = NULL;
	one->log = maillog_follow_new(&files->run.run, &files->file[i], tail, err);
	return one->log != NULL ? 0 : -1;
}

static unsigned follow_count_lines(struct span text)
{
	unsigned lines = 0;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	return lines;
}

/* What a file is shows when it has some lines. */
static int follow_recognise(struct files_source *files, unsigned i, struct err *err)
{
	struct input_file *file = &files->file[i];
	struct follow_file *one = &files->followed[i];
	struct span first = SPAN_EMPTY;
	unsigned lines;
	bool is_all;

	tail_look(one->tail);
	if (tail_peek(one->tail, &first, err) != 0)
		return -1;
	lines = follow_count_lines(first);
	is_all = tail_is_over(one->tail);
	file->kind =
	    lines > 0 || is_all ? files_kind_of(span_head(first, INPUT_KIND_HEAD), is_all) : NULL;
	one->is_ended = is_all && first.n == 0;
	if (file->kind == NULL)
		return one->is_ended || (lines < FOLLOW_KNOWN_LINES && !is_all)
			   ? 0
			   : follow_refuse(file, "no mail log as far as its beginning shows", err);
	if (file->kind->run != maillog_run || strcmp(file->kind->name, MAILLOG_PHP_NAME) == 0)
		return follow_refuse(file, file->kind->what, err);
	return follow_use_log(files, i, err);
}

static int follow_open_log(struct files_source *files, unsigned i, struct err *err)
{
	struct input_file *file = &files->file[i];
	struct follow_file *one = &files->followed[i];
	struct span input = files->settings.input;

	file->kind = input.n > 0 ? files_kind_named(input) : NULL;
	if (file->kind != NULL &&
	    (file->kind->run != maillog_run || strcmp(file->kind->name, MAILLOG_PHP_NAME) == 0))
		return follow_refuse(file, file->kind->what, err);
	one->tail = tail_open(file->path, err);
	if (one->tail == NULL)
		return -1;
	return file->kind != NULL ? follow_use_log(files, i, err) : follow_recognise(files, i, err);
}

static int follow_open_one(struct files_source *files, unsigned i, struct err *err)
{
	struct input_file *file = &files->file[i];
	const struct span input = files->settings.input;
	struct stat found;

	if (input_is_stdin(file->path) || stat(file->path, &found) != 0 || !S_ISDIR(found.st_mode))
		return follow_open_log(files, i, err);
	if (files->settings.recursive || files->settings.failed_logins ||
	    (input.n > 0 && !span_eq(input, SPAN("maildir"))))
		return err_set(err, ERR_USAGE,
		    "'%s' is a folder: what is followed in it are the messages of a Maildir",
		    file->place->host);
	file->kind = files_kind_named(SPAN("maildir"));
	files->followed[i].maildir = maildir_follow_new(&files->run, file, err);
	if (files->followed[i].maildir == NULL)
		return -1;
	/* Messages are read as they are, whatever they report. */
	files->run.is_decided = true;
	return 0;
}

/* As files_open(), and opens them: what can be followed is known before anything else is done. */
static int follow_open(struct source *source, struct err *err)
{
	struct files_source *files = (struct files_source *)source;

	if (files_open(source, err) != 0)
		return -1;
	files->followed = calloc(files->settings.file_count, sizeof(*files->followed));
	if (files->followed == NULL)
		return err_nomem(err);
	for (unsigned i = 0; i < files->settings.file_count; i++)
		if (follow_open_one(files, i, err) != 0)
			return -1;
	files->settings.account->of_messages = true;
	return 0;
}

static int follow_read_one(struct files_source *files, unsigned i, struct err *err)
{
	struct follow_file *one = &files->followed[i];
	int got = 0;

	if (one->is_ended)
		return 0;
	if (one->tail != NULL && follow_recognise(files, i, err) != 0)
		return -1;
	if (one->maildir != NULL)
		return maildir_follow_read(one->maildir, err);
	if (one->log != NULL)
		got = maillog_follow_read(one->log, err);
	if (got < 0)
		return -1;
	one->more = got == 1;
	/* What nobody knew has ended, too, when it was empty. */
	one->is_ended = one->is_ended || got == 2;
	return 0;
}

static int follow_read(struct source *source, struct report *report, struct err *err)
{
	struct files_source *files = (struct files_source *)source;

	files->run.run.report = report;
	files->run.run.now = env_time(files->settings.follow);
	files->last_read = clock_now();
	for (unsigned i = 0; i < files->settings.file_count; i++)
		if (follow_read_one(files, i, err) != 0)
			return -1;
	return 0;
}

/* Whether there is something to be read: a log says nothing when it has grown. */
static bool follow_has_more(const struct follow_file *one, bool is_settled)
{
	if (one->is_ended)
		return false;
	if (one->maildir != NULL)
		return maildir_follow_due(one->maildir) != 0 &&
		       clock_is_over(maildir_follow_due(one->maildir));
	if (one->more || is_settled)
		return true;
	/* What nobody knows as yet is looked at when it is settled. */
	return one->log != NULL && maillog_follow_fd(one->log) < 0 && maillog_follow_look(one->log);
}

/* Of a pipe or a Maildir, which can be waited for. */
static int follow_fd(const struct follow_file *one)
{
	if (one->is_ended)
		return -1;
	if (one->maildir != NULL)
		return maildir_follow_fd(one->maildir);
	return one->log != NULL ? maillog_follow_fd(one->log) : tail_fd(one->tail);
}

/* What is waited for. More of them than WAIT_MAX are looked at as logs are. */
static unsigned follow_gather(const struct files_source *files, struct pollfd fds[WAIT_MAX])
{
	unsigned count = 0;

	for (unsigned i = 0; i < files->settings.file_count && count < WAIT_MAX; i++) {
		int fd = follow_fd(&files->followed[i]);

		if (fd >= 0)
			fds[count++] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	return count;
}

/* 1: one has more; 2: all have ended; 0. */
static int follow_look(const struct files_source *files)
{
	int64_t settle = env_pause(files->settings.follow, FOLLOW_SETTLE);
	bool is_settled = clock_now() - files->last_read >= settle;
	bool ended = true;

	for (unsigned i = 0; i < files->settings.file_count; i++) {
		if (follow_has_more(&files->followed[i], is_settled))
			return 1;
		ended = ended && files->followed[i].is_ended;
	}
	return ended ? 2 : 0;
}

static int follow_wait(struct source *source, int64_t until, struct err *err)
{
	const struct files_source *files = (const struct files_source *)source;
	struct pollfd fds[WAIT_MAX];
	unsigned count = follow_gather(files, fds);
	int64_t soon;
	int got;

	do {
		got = follow_look(files);
		if (got != 0)
			return got;
		soon = clock_now() + env_pause(files->settings.follow, FOLLOW_LOOK);
		got = wait_ready(fds, count, soon < until ? soon : until, err);
	} while (got == 0 && !clock_is_over(until));
	return got;
}

static int follow_finish(struct source *source, struct report *report, struct err *err)
{
	struct files_source *files = (struct files_source *)source;

	if (follow_read(source, report, err) != 0) /* what has come since the last look */
		return -1;
	for (unsigned i = 0; i < files->settings.file_count; i++) {
		struct follow_file *one = &files->followed[i];

		int more = one->log != NULL ? maillog_follow_end(one->log, err) : 0;

		if (more < 0)
			return -1;
		if (more == 1)
			files->file[i].place->missing = FOLLOW_UNREAD;
		if (files->settings.talk)
			files_summarize(files, &files->file[i]);
	}
	return 0;
}

const struct source_ops follow_ops = {
    .name = "files followed",
    .open = follow_open,
    .read = follow_read,
    .wait = follow_wait,
    .finish = follow_finish,
    .free = files_free,
};
