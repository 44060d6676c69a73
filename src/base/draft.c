#include "base/draft.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/span.h"

/* Behind the path: no copy is called so that somebody keeps, as PATH.backup or PATH.270226 is. */
#define DRAFT_MARK ".draft-"

/* As mkostemp(3) wants them. */
#define DRAFT_ENDING "XXXXXX"

/* One that is swept away before it is locked is made anew; more often than that, something is
 * wrong. */
#define DRAFT_TRIES 16

static int draft_make_one(struct draft *draft, const char *path)
{
	if (asprintf(&draft->name, "%s" DRAFT_MARK DRAFT_ENDING, path) < 0) {
		draft->name = NULL;
		errno = ENOMEM;
		return -1;
	}
	draft->fd = mkostemp(draft->name, O_CLOEXEC);
	if (draft->fd >= 0)
		return 0;
	free(draft->name);
	draft->name = NULL;
	return -1;
}

/* Locks it; false: somebody has just removed it. A file system without locks has none who could. */
static bool draft_is_there(const struct draft *draft)
{
	struct stat st;

	while (flock(draft->fd, LOCK_EX) != 0 && errno == EINTR)
		;
	return fstat(draft->fd, &st) != 0 || st.st_nlink > 0;
}

int draft_make(struct draft *draft, const char *path, mode_t mode)
{
	for (int i = 0; i < DRAFT_TRIES; i++) {
		if (draft_make_one(draft, path) != 0)
			return -1;
		if (draft_is_there(draft) && fchmod(draft->fd, mode) == 0)
			return 0;
		draft_end(draft);
	}
	errno = EACCES;
	return -1;
}

void draft_end(struct draft *draft)
{
	if (draft->name == NULL)
		return;
	unlink(draft->name);
	close(draft->fd);
	free(draft->name);
	draft->name = NULL;
}

static bool draft_is_one(const char *entry, struct span name)
{
	const struct span mark = SPAN(DRAFT_MARK);
	const struct span text = span_of(entry);
	const struct span ending = span_from(text, name.n + mark.n);

	if (text.n != name.n + mark.n + sizeof(DRAFT_ENDING) - 1 ||
	    !span_eq(span_head(text, name.n), name) ||
	    !span_eq(span_head(span_from(text, name.n), mark.n), mark))
		return false;
	for (size_t i = 0; i < ending.n; i++)
		if (!span_is_alnum(ending.p[i]))
			return false;
	return true;
}

/* Locked until it is gone, so that its maker, who may be about to lock it, finds that out. */
static void draft_sweep_one(int folder, const char *entry)
{
	const int fd = openat(folder, entry, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(folder, entry, 0);
	close(fd);
}

void draft_sweep(const char *path)
{
	const struct span name = span_of(path_name(path));
	char *place = path_folder(path);
	DIR *folder = place != NULL ? opendir(place) : NULL;
	const struct dirent *entry;

	free(place);
	if (folder == NULL)
		return;
	while ((entry = readdir(folder)) != NULL)
		if (draft_is_one(entry->d_name, name))
			draft_sweep_one(dirfd(folder), entry->d_name);
	closedir(folder);
}
