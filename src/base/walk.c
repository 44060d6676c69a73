#include "base/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owner.h"
#include "base/path.h"

struct walk {
	const char *path; /* the whole, for error texts */
	mode_t mode;      /* of folders that are made; 0: none are, as behind a symbolic link */
	unsigned links;   /* followed so far */
	int fd;           /* where we are */
};

static int walk_along(struct walk *walk, const char *path, struct err *err);

/* Enters another folder. */
static void walk_enter(struct walk *walk, int fd)
{
	close(walk->fd);
	walk->fd = fd;
}

/* Refuses a folder in which others could exchange what we open by name. */
static int walk_check_here(const struct walk *walk, const char *name, struct err *err)
{
	struct stat st;

	if (fstat(walk->fd, &st) != 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot look at '%s'", walk->path);
	if (!owner_lets_others_rename(&st))
		return 0;
	return err_set(err, ERR_CONFIG,
	    "others may write to the folder that '%s' of '%s' is in: say 'chmod o-w' to it, or "
	    "give another place",
	    name, walk->path);
}

static int walk_follow(struct walk *walk, int link, const struct stat *st, struct err *err)
{
	char target[PATH_MAX];
	mode_t mode = walk->mode;
	ssize_t n;
	int result;

	if (!owner_is_trusted(st))
		return err_set(err, ERR_CONFIG,
		    "on the way to '%s' there is a symbolic link of another user", walk->path);
	n = readlinkat(link, "", target, sizeof(target) - 1);
	if (n < 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot look at '%s'", walk->path);
	if (++walk->links > WALK_MAX_LINKS)
		return err_set_sys(err, ERR_CREATE, ELOOP, "cannot look at '%s'", walk->path);
	target[n] = '\0';
	walk->mode = 0;
	result = walk_along(walk, target, err);
	walk->mode = mode;
	return result;
}

/* Opens an entry of the folder where we are, whatever it is. */
static int walk_open_entry(const struct walk *walk, const char *name, struct err *err)
{
	int fd = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && walk->mode != 0) {
		if (mkdirat(walk->fd, name, walk->mode) != 0 && errno != EEXIST) {
			err_set_sys(
			    err, ERR_CREATE, errno, "cannot make the folder '%s'", walk->path);
			return -1;
		}
		fd = openat(walk->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		err_set_sys(err, ERR_CREATE, errno, "cannot look at '%s'", walk->path);
	return fd;
}

/* Walks one part of a path, which is not empty. */
static int walk_step(struct walk *walk, const char *name, struct err *err)
{
	struct stat st;
	int result;
	int fd;

	if (walk_check_here(walk, name, err) != 0)
		return -1;
	fd = walk_open_entry(walk, name, err);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) != 0) {
		result = err_set_sys(err, ERR_CREATE, errno, "cannot look at '%s'", walk->path);
	} else if (S_ISDIR(st.st_mode)) {
		walk_enter(walk, fd);
		return 0;
	} else if (S_ISLNK(st.st_mode)) {
		result = walk_follow(walk, fd, &st, err);
	} else {
		result = err_set(err, ERR_CREATE,
		    "'%s', or what it should be in, is there already and is no folder", walk->path);
	}
	close(fd);
	return result;
}

/* Walks along a path, from where we are or from the root. */
static int walk_along(struct walk *walk, const char *path, struct err *err)
{
	char *copy = strdup(path);
	char *rest = NULL;
	int result = 0;

	if (copy == NULL)
		return err_nomem(err);
	if (path[0] == '/') {
		int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

		if (root < 0)
			result = err_set_sys(err, ERR_CREATE, errno, "cannot look at '/'");
		else
			walk_enter(walk, root);
	}
	for (char *name = strtok_r(copy, "/", &rest); name != NULL && result == 0;
	     name = strtok_r(NULL, "/", &rest))
		result = walk_step(walk, name, err);
	free(copy);
	return result;
}

/* Takes the descriptor of the folder where it begins. */
static int walk_from(int fd, const char *path, const char *shown, mode_t mode, struct err *err)
{
	struct walk walk = {.path = shown, .mode = mode, .fd = fd};

	if (fd < 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot look at '%s'", shown);
	if (walk_along(&walk, path, err) == 0)
		return walk.fd;
	close(walk.fd);
	return -1;
}

int walk_open(const char *path, mode_t mode, struct err *err)
{
	const char *start = path[0] == '/' ? "/" : ".";

	return walk_from(open(start, O_PATH | O_DIRECTORY | O_CLOEXEC), path, path, mode, err);
}

int walk_open_in(int folder, const char *path, mode_t mode, struct err *err)
{
	int start = fcntl(folder, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	return walk_from(start, path_name(path), path, mode, err);
}
