#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/owner.h"
#include "base/path.h"
#include "base/walk.h"
#include "deliver/deliver_file.h"
#include "state/state_store.h"

#define STATE_FOLDER_MODE 0700
#define STATE_LOCK_MODE   0600

/* Another user who may write to it could make a journal that has us rename files or send mail. */
static int folder_check(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot look at '%s'", path);
	if (!owner_is_trusted(&st))
		return err_set(err, ERR_CONFIG, "the folder '%s' belongs to another user", path);
	if (owner_lets_others_write(&st))
		return err_set(err, ERR_CONFIG,
		    "others may write to the folder '%s': say 'chmod go-w' to it, or give a "
		    "folder that is ours alone",
		    path);
	return 0;
}

static char *folder_file(const char *folder, const char *name)
{
	char *path = NULL;

	return asprintf(&path, "%s/%s", folder, name) >= 0 ? path : NULL;
}

static int folder_set_paths(struct state_store *store, const char *folder, struct err *err)
{
	store->folder = strdup(folder);
	store->journal = folder_file(folder, "journal");
	store->letter = folder_file(folder, "letter");
	store->brief = folder_file(folder, "letter-brief");
	if (store->folder == NULL || store->journal == NULL || store->letter == NULL ||
	    store->brief == NULL)
		return err_nomem(err);
	return 0;
}

/* The folder of this name in the open one, whose path is `parent`. */
static int folder_enter(
    struct state_store *store, int fd, const char *parent, const char *name, struct err *err)
{
	char *real = realpath(parent, NULL);
	struct buf path;
	struct buf encoded;
	int result = -1;

	if (real == NULL)
		return err_set_sys(err, ERR_CREATE, errno, "cannot look at '%s'", parent);
	buf_init(&path, 0);
	buf_init(&encoded, 0);
	buf_add_text(&path, real);
	state_add_encoded(&encoded, span_of(name));
	if (encoded.failed != 0)
		err_nomem(err);
	else if (state_add_name(&path, buf_span(&encoded), err) == 0) {
		store->folder_fd = walk_open_in(fd, buf_string(&path), STATE_FOLDER_MODE, err);
		if (store->folder_fd >= 0 &&
		    folder_check(store->folder_fd, buf_string(&path), err) == 0)
			result = folder_set_paths(store, buf_string(&path), err);
	}
	buf_fini(&encoded);
	buf_fini(&path);
	free(real);
	return result;
}

/*
 * A lock of fcntl(2): the system lets go of it when the process ends, whatever children it leaves,
 * and knows who has it. The file stays: a run that removed it could remove what another has locked.
 */
static int folder_lock(struct state_store *store, const char *name, struct err *err)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	store->lock = openat(store->folder_fd, "lock",
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, STATE_LOCK_MODE);
	if (store->lock < 0)
		return err_set_sys(
		    err, ERR_CREATE, errno, "cannot make a file in '%s'", store->folder);
	if (fcntl(store->lock, F_SETLK, &lock) == 0)
		return 0;
	if (errno != EAGAIN && errno != EACCES)
		return err_set_sys(err, ERR_CREATE, errno, "cannot lock '%s'", store->folder);
	if (fcntl(store->lock, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		lock.l_pid = 0; /* it has ended just now */
	return err_set(err, ERR_TEMPORARY, "another run of '%s' is under way (process %ld)", name,
	    (long)lock.l_pid);
}

int state_folder_open(
    struct state_store *store, const char *folder, const char *name, struct err *err)
{
	int fd = walk_open(folder, STATE_FOLDER_MODE, err);
	int result = -1;

	if (fd < 0)
		return -1;
	if (folder_check(fd, folder, err) == 0)
		result = folder_enter(store, fd, folder, name, err);
	close(fd);
	return result == 0 ? folder_lock(store, name, err) : -1;
}

void state_folder_clean(const struct state_store *store)
{
	int fd = openat(store->folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;

	if (folder == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(folder)) != NULL)
		if (strncmp(entry->d_name, DELIVER_TEMPORARY_PREFIX,
			strlen(DELIVER_TEMPORARY_PREFIX)) == 0)
			unlinkat(dirfd(folder), entry->d_name, 0);
	closedir(folder);
	/* No journal needs them any more. */
	unlinkat(store->folder_fd, path_name(store->letter), 0);
	unlinkat(store->folder_fd, path_name(store->brief), 0);
}
