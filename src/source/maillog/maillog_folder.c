/*
 * In which folder a local message was handed in. Exim logs a program's folder before the message,
 * and nothing that joins the two but time, perhaps the number of the process, and whose folder it
 * is.
 */
#include <stdlib.h>
#include <string.h>

#include "record/system_account.h"
#include "source/maillog/maillog_part.h"

/* Folders that say nothing of a customer: of the system, Exim's own, and of panels. */
static bool folder_says_nothing(struct span path)
{
	static const struct span whole[] = {{"/", 1}, {"/root", 5}, {"/etc/csf", 8}};
	static const struct span below[] = {
	    {"/var/spool/exim", 15}, {"/usr/local/cpanel", 17}, {"/etc/csf/", 9}};

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		if (span_eq(path, whole[i]))
			return true;
	for (size_t i = 0; i < sizeof(below) / sizeof(below[0]); i++)
		if (span_starts_nocase(path, below[i]))
			return true;
	return path.n == 0 || path.p[0] != '/';
}

int maillog_folder_keep(
    struct maillog *log, const struct maillog_line *line, struct span path, struct err *err)
{
	struct maillog_folder *folder = &log->folder[log->folder_next];

	if (folder_says_nothing(path) || log->doubt > 0)
		return 0;
	path = span_head(path, MAILLOG_MAX_TEXT);
	if (folder->path == NULL) {
		folder->path = malloc(MAILLOG_MAX_TEXT);
		if (folder->path == NULL)
			return err_nomem(err);
	}
	log->folder_next = (log->folder_next + 1) % MAILLOG_FOLDERS;
	memcpy(folder->path, path.p, path.n);
	folder->n = path.n;
	folder->when = line->when;
	folder->used = false;
	folder->pid_n = line->pid.n <= sizeof(folder->pid) ? line->pid.n : 0;
	if (folder->pid_n > 0)
		memcpy(folder->pid, line->pid.p, folder->pid_n);
	return 0;
}

/* "/home/USER" or "/home/USER/…": the user is one of the path's folders. */
static bool path_is_of(struct span path, struct span user)
{
	size_t at = 0;

	while (user.n > 0 && at < path.n) {
		struct span part = span_from(path, at + 1);

		part = span_head(part, span_find(part, '/'));
		if (span_eq(part, user))
			return true;
		at += part.n + 1;
	}
	return false;
}

enum fit {
	FIT_NOT,
	FIT_TIME,
	FIT_USER,
	FIT_PID,
};

static enum fit folder_fit(const struct maillog_folder *folder, const struct maillog_line *line,
    const struct maillog_message *message)
{
	struct span path = {folder->path, folder->n}, pid = {folder->pid, folder->pid_n};

	if (folder->used || folder->n == 0 || folder->when > line->when ||
	    line->when - folder->when > MAILLOG_FOLDER_WAIT)
		return FIT_NOT;
	if (pid.n > 0 && line->pid.n > 0 && span_eq(pid, line->pid))
		return FIT_PID;
	if (path_is_of(path, message_text(message, TEXT_USER)))
		return FIT_USER;
	/* Of programs that run as the system's user the folder may be anybody's. */
	return system_account_is_login(message_text(message, TEXT_USER)) ? FIT_TIME : FIT_NOT;
}

void maillog_folder_join(
    struct maillog *log, const struct maillog_line *line, struct maillog_message *message)
{
	struct maillog_folder *best = NULL;
	enum fit best_fit = FIT_NOT;
	unsigned by_time = 0;

	/* Of equals the oldest: who began first is done first. */
	for (unsigned i = 0; i < MAILLOG_FOLDERS; i++) {
		struct maillog_folder *folder =
		    &log->folder[(log->folder_next + i) % MAILLOG_FOLDERS];
		enum fit fit = folder_fit(folder, line, message);

		by_time += fit == FIT_TIME;
		if (fit <= best_fit)
			continue;
		best = folder;
		best_fit = fit;
	}
	/* With nothing but time, one that could be of several is of none. */
	if (best == NULL || (best_fit == FIT_TIME && by_time > 1))
		return;
	best->used = true;
	message_set(message, TEXT_FOLDER, (struct span){best->path, best->n});
	if (best_fit == FIT_PID)
		message->flags |= MESSAGE_FOLDER_BY_PID;
}
