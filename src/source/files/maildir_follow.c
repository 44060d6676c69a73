#include "source/files/maildir_follow.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "source/files/maildir.h"

/* A file is complete when it is closed, moved, or linked to its place, which only says that it was
 * made. */
#define FOLLOW_EVENTS                                                                              \
	(IN_MOVED_TO | IN_CLOSE_WRITE | IN_CREATE | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

#define FOLLOW_BYTES ((size_t)16 * 1024) /* of events at a time */

enum { FOLLOW_CUR, FOLLOW_NEW, FOLLOW_FOLDERS };

struct maildir_follow {
	struct maildir maildir;
	int notify; /* inotify(7) */
	int watch[FOLLOW_FOLDERS];
	DIR *folder[FOLLOW_FOLDERS];
	struct seen seen; /* names without their flags */
	int64_t scan_at;  /* all names are to be looked at, as of clock_now(); 0: they need not */
	bool is_gone;
};

static const char *const follow_names[FOLLOW_FOLDERS] = {"cur", "new"};

static int follow_watch(struct maildir_follow *follow, int folder, unsigned i, struct err *err)
{
	struct buf *path = &follow->maildir.path;
	size_t n = path->n;
	int error;

	buf_printf(path, "/%s", follow_names[i]);
	if (path->failed != 0)
		return err_nomem(err);
	follow->watch[i] = inotify_add_watch(follow->notify, buf_string(path), FOLLOW_EVENTS);
	error = errno;
	if (follow->watch[i] >= 0)
		follow->folder[i] = maildir_open_folder(folder, follow_names[i], &error);
	path->n = n;
	if (follow->folder[i] != NULL)
		return 0;
	if (error == ENOENT || error == ENOTDIR)
		return err_set(err, ERR_DATA,
		    "'%s' is no Maildir: it has no folders cur and new; only such a folder can be "
		    "followed",
		    follow->maildir.file->place->host);
	return err_set_sys(
	    err, ERR_SYSTEM, error, "cannot watch '%s'", follow->maildir.file->place->host);
}

static int follow_open(struct maildir_follow *follow, struct err *err)
{
	int folder =
	    open(follow->maildir.file->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
	int result = 0;

	if (folder < 0)
		return err_set_sys(err, ERR_NOFOLDER, errno, "cannot read the folder '%s'",
		    follow->maildir.file->place->host);
	follow->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (follow->notify < 0)
		result = err_set_sys(err, ERR_SYSTEM, errno, "cannot watch folders");
	/* Watched first, then read: what comes between is seen twice, and counts once. */
	for (unsigned i = 0; result == 0 && i < FOLLOW_FOLDERS; i++)
		result = follow_watch(follow, folder, i, err);
	close(folder);
	return result == 0 ? seen_init(&follow->seen, err) : -1;
}

struct maildir_follow *maildir_follow_new(
    struct files_run *run, struct input_file *file, struct err *err)
{
	struct maildir_follow *follow = calloc(1, sizeof(*follow));

	if (follow == NULL) {
		err_nomem(err);
		return NULL;
	}
	*follow = (struct maildir_follow){
	    .maildir = {.run = run, .file = file},
	    .notify = -1,
	    .scan_at = clock_now(),
	};
	maildir_set_path(&follow->maildir);
	if (follow_open(follow, err) == 0)
		return follow;
	maildir_follow_free(follow);
	return NULL;
}

void maildir_follow_free(struct maildir_follow *follow)
{
	if (follow == NULL)
		return;
	for (unsigned i = 0; i < FOLLOW_FOLDERS; i++)
		if (follow->folder[i] != NULL)
			closedir(follow->folder[i]);
	if (follow->notify >= 0)
		close(follow->notify);
	seen_fini(&follow->seen);
	buf_fini(&follow->maildir.path);
	free(follow);
}

/* The name that stays when flags are added. */
static struct span follow_base(const char *name)
{
	return (struct span){name, strcspn(name, ":")};
}

/* A message, unless it is known. One that is being written is known later. */
static int follow_take(struct maildir_follow *follow, unsigned i, const char *name, struct err *err)
{
	struct maildir *maildir = &follow->maildir;
	uint64_t growing = maildir->run->counts.growing;
	size_t path = maildir->path.n;
	int other = i == FOLLOW_NEW ? dirfd(follow->folder[FOLLOW_CUR]) : -1;
	int result;

	if (name[0] == '.' || seen_has(&follow->seen, follow_base(name)))
		return 0;
	maildir->renamed = 0; /* its limit is about a folder that is read once */
	buf_printf(&maildir->path, "/%s", follow_names[i]);
	result = maildir_take(maildir, dirfd(follow->folder[i]), other, name, err);
	maildir->path.n = path;
	if (result != 0)
		return -1;
	if (maildir->run->counts.growing != growing) {
		maildir->run->counts.growing = growing;
		follow->scan_at = clock_now() + MAILDIR_SETTLE;
		return 0;
	}
	return seen_add(&follow->seen, follow_base(name), err) < 0 ? -1 : 0;
}

static int follow_take_name(
    struct maildir *maildir, DIR *dir, const char *name, void *more, struct err *err)
{
	struct maildir_follow *follow = more;

	(void)maildir;
	return follow_take(
	    follow, dir == follow->folder[FOLLOW_CUR] ? FOLLOW_CUR : FOLLOW_NEW, name, err);
}

/* new before cur: a message that is moved meanwhile is then found in cur. */
static int follow_scan(struct maildir_follow *follow, struct err *err)
{
	follow->scan_at = 0;
	for (unsigned i = FOLLOW_FOLDERS; i-- > 0;)
		if (maildir_for_each(
			&follow->maildir, follow->folder[i], follow_take_name, follow, err) != 0)
			return -1;
	return 0;
}

static int follow_take_event(
    struct maildir_follow *follow, const struct inotify_event *event, struct err *err)
{
	unsigned i = event->wd == follow->watch[FOLLOW_CUR] ? FOLLOW_CUR : FOLLOW_NEW;

	if ((event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT)) != 0)
		follow->is_gone = true;
	if ((event->mask & IN_Q_OVERFLOW) != 0)
		follow->scan_at = clock_now();
	if (event->len == 0 || (event->mask & IN_ISDIR) != 0)
		return 0;
	if ((event->mask & IN_CREATE) != 0) {
		if (follow->scan_at == 0)
			follow->scan_at = clock_now() + MAILDIR_SETTLE;
		return 0;
	}
	return follow_take(follow, i, event->name, err);
}

static int follow_take_events(struct maildir_follow *follow, struct err *err)
{
	_Alignas(struct inotify_event) char bytes[FOLLOW_BYTES];
	ssize_t n;

	while ((n = read(follow->notify, bytes, sizeof(bytes))) > 0)
		for (const char *at = bytes; at < bytes + n;) {
			const struct inotify_event *event = (const void *)at;

			if (follow_take_event(follow, event, err) != 0)
				return -1;
			at += sizeof(*event) + event->len;
		}
	return 0;
}

/* What was found, and not taken because of a signal, the next scan finds again. */
static int follow_break_off(struct maildir_follow *follow)
{
	follow->scan_at = clock_now();
	return -1;
}

int maildir_follow_read(struct maildir_follow *follow, struct err *err)
{
	if (follow_take_events(follow, err) != 0)
		return follow_break_off(follow);
	if (follow->scan_at != 0 && clock_is_over(follow->scan_at) && follow_scan(follow, err) != 0)
		return follow_break_off(follow);
	if (follow->is_gone)
		return err_set(err, ERR_NOFOLDER, "'%s' is gone, or was moved",
		    follow->maildir.file->place->host);
	return 0;
}

int maildir_follow_fd(const struct maildir_follow *follow)
{
	return follow->notify;
}

int64_t maildir_follow_due(const struct maildir_follow *follow)
{
	return follow->scan_at;
}
