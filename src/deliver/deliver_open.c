/* Where the bytes of an output go, until it is complete. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/owner.h"
#include "base/path.h"
#include "base/wait.h"
#include "deliver/deliver_part.h"

/* How often we look whether somebody reads a pipe, in milliseconds. */
#define DELIVER_PIPE_TICK 50

#define DELIVER_TEMPORARY_MODE 0600

/* How the output was asked for. */
struct deliver_how {
	bool named;       /* the user gave this name: it may be a pipe or a device */
	int64_t deadline; /* of waiting for whoever reads a pipe; 0: none */
};

/* Takes over the stream of a descriptor, which is closed when there is none (errno). */
static int deliver_use_stream(struct deliver_file *file, FILE *stream, int fd, struct err *err)
{
	int sys;

	file->stream = stream;
	if (file->stream != NULL)
		return 0;
	sys = errno; /* EINVAL: standard output is open for reading only */
	close(fd);
	return err_set_sys(err, ERR_IO, sys, "cannot write %s",
	    strcmp(file->path, "-") == 0 ? "standard output" : file->path);
}

static int deliver_use_direct(struct deliver_file *file, int fd, int64_t deadline, struct err *err)
{
	return deliver_use_stream(
	    file, deliver_direct_stream(fd, false, deadline, &file->direct), fd, err);
}

/* Nobody reads the file yet: fewer system calls than with the C library's 4 kB, which do when there
 * is no memory. */
static int deliver_use(struct deliver_file *file, int fd, struct err *err)
{
	if (deliver_use_direct(file, fd, 0, err) != 0)
		return -1;
	file->direct->is_saved = true;
	file->buffer = malloc(DELIVER_BUFFER_SIZE);
	if (file->buffer != NULL)
		setvbuf(file->stream, file->buffer, _IOFBF, DELIVER_BUFFER_SIZE);
	return 0;
}

/* A copy of the descriptor, so that a failing close shows and the caller's stdout stays. */
static int deliver_open_stdout(struct deliver_file *file, int64_t deadline, struct err *err)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (fd < 0)
		return err_set_sys(err, ERR_IO, errno, "cannot write to standard output");
	return deliver_use_stream(
	    file, deliver_direct_stream(fd, true, deadline, &file->direct), fd, err);
}

static bool deliver_is_special(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode);
}

/* What belongs to another user may have been put there to get the report. */
static int deliver_refuse_owner(const struct deliver_file *file, const char *what, struct err *err)
{
	return err_set(err, ERR_CREATE, "'%s' is a %s of another user, who could read the report",
	    file->path, what);
}

/* A pipe that nobody has open for reading is waited for, though not for ever. */
static int deliver_open_now(
    const struct deliver_file *file, bool waits, int64_t deadline, struct err *err)
{
	int fd;

	while ((fd = openat(file->folder_fd, path_name(file->path),
		    O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) < 0) {
		if (errno != ENXIO || !waits)
			return err_set_sys(err, ERR_CREATE, errno, "cannot open '%s'", file->path);
		if (clock_is_over(deadline)) {
			clock_refuse(err);
			return err_prefix(err, "nobody reads the pipe '%s'", file->path);
		}
		if (wait_pause(DELIVER_PIPE_TICK, err) != 0)
			return -1;
	}
	return fd;
}

/* Looks again at what was opened: it may have been exchanged since its name was looked at. */
static int deliver_check_opened(const struct deliver_file *file, int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (fstat(fd, &st) != 0 || !deliver_is_special(&st))
		return err_set(err, ERR_CREATE, "'%s' changed while it was opened", file->path);
	if (!owner_is_trusted(&st))
		return deliver_refuse_owner(file, S_ISFIFO(st.st_mode) ? "pipe" : "device", err);
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) != 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot open '%s'", file->path);
	return 0;
}

/* A symbolic link is the same as before, and nobody has made another one meanwhile. */
static bool deliver_is_still(const struct deliver_file *file, const struct stat *link)
{
	struct stat now;

	return fstatat(file->folder_fd, path_name(file->path), &now, AT_SYMLINK_NOFOLLOW) == 0 &&
	       now.st_dev == link->st_dev && now.st_ino == link->st_ino;
}

/* `link` is what is there, `st` what it leads to. */
static int deliver_open_special(struct deliver_file *file, const struct stat *link,
    const struct stat *st, const struct deliver_how *how, struct err *err)
{
	int fd;

	if (!how->named)
		return err_set(err, ERR_CREATE,
		    "'%s' is there already and is no file; only a pipe or device that is named as "
		    "the output is written to",
		    file->path);
	if (!owner_is_trusted(link))
		return deliver_refuse_owner(
		    file, S_ISLNK(link->st_mode) ? "symbolic link" : "pipe or device", err);
	if (!owner_is_trusted(st))
		return deliver_refuse_owner(file, "pipe or device", err);
	fd = deliver_open_now(file, S_ISFIFO(st->st_mode), how->deadline, err);
	if (fd < 0)
		return -1;
	if (!deliver_is_still(file, link)) {
		close(fd);
		return err_set(err, ERR_CREATE, "'%s' changed while it was opened", file->path);
	}
	if (deliver_check_opened(file, fd, err) != 0) {
		close(fd);
		return -1;
	}
	free(file->folder);
	file->folder = NULL;
	return deliver_use_direct(file, fd, how->deadline, err);
}

/* Where a file without a name can be read and linked; false without /proc. */
static bool deliver_set_unnamed(struct deliver_file *file, int fd)
{
	char path[sizeof("/proc/self/fd/") + 3 * sizeof(int)];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (access(path, F_OK) != 0)
		return false;
	file->contents = strdup(path);
	file->unnamed = fd;
	return file->contents != NULL;
}

/* A file that disappears with this process, however it ends. Not all file systems have that. */
static int deliver_open_unnamed(struct deliver_file *file)
{
	int fd =
	    openat(file->folder_fd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, DELIVER_TEMPORARY_MODE);
	int copy;

	if (fd < 0)
		return -1;
	/* The stream is closed when it is complete, since only that shows some errors. */
	copy = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (copy >= 0 && deliver_set_unnamed(file, copy))
		return fd;
	if (copy >= 0)
		close(copy);
	file->unnamed = -1;
	close(fd);
	return -1;
}

static int deliver_make_named(const struct deliver_file *file, const char *name)
{
	return openat(file->folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    DELIVER_TEMPORARY_MODE);
}

static int deliver_open_temporary(struct deliver_file *file, struct err *err)
{
	char name[DELIVER_TEMPORARY_SIZE];
	int fd = deliver_open_unnamed(file);

	if (fd >= 0)
		return deliver_use(file, fd, err);
	fd = deliver_try_names(deliver_make_named, file, name);
	if (fd < 0)
		return err_set_sys(err, ERR_CREATE, errno,
		    "cannot create a file in the folder of '%s'", file->path);
	if (deliver_set_temporary(file, name, err) != 0) {
		unlinkat(file->folder_fd, name, 0);
		close(fd);
		return -1;
	}
	file->contents = strdup(file->temporary);
	if (file->contents == NULL) {
		close(fd);
		return err_nomem(err);
	}
	return deliver_use(file, fd, err);
}

static int deliver_open_in(
    struct deliver_file *file, const struct deliver_how *how, struct err *err)
{
	const char *name = path_name(file->path);
	struct stat link;
	struct stat st;

	if (*name == '\0')
		return err_set(err, ERR_CREATE, "'%s' is there already and is no file", file->path);
	if (fstatat(file->folder_fd, name, &link, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno != ENOENT)
			return err_set_sys(
			    err, ERR_CREATE, errno, "cannot create '%s'", file->path);
		return deliver_open_temporary(file, err);
	}
	if (fstatat(file->folder_fd, name, &st, 0) == 0 && deliver_is_special(&st))
		return deliver_open_special(file, &link, &st, how, err);
	if (S_ISLNK(link.st_mode))
		return err_set(err, ERR_CREATE,
		    "'%s' is a symbolic link: give the name of the file itself", file->path);
	if (!S_ISREG(link.st_mode))
		return err_set(err, ERR_CREATE, "'%s' is there already and is no file", file->path);
	return deliver_open_temporary(file, err);
}

static int deliver_open_path(
    struct deliver_file *file, const struct deliver_how *how, struct err *err)
{
	file->folder = path_folder(file->path);
	if (file->folder == NULL)
		return err_nomem(err);
	file->folder_fd = open(file->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (file->folder_fd < 0)
		return err_set_sys(err, ERR_CREATE, errno,
		    "cannot create a file in the folder of '%s'", file->path);
	return deliver_open_in(file, how, err);
}

static struct deliver_file *deliver_new(const char *path)
{
	struct deliver_file *file = calloc(1, sizeof(*file));

	if (file == NULL)
		return NULL;
	file->delivery.ops = &deliver_file_ops;
	file->folder_fd = -1;
	file->unnamed = -1;
	file->path = strdup(path);
	if (file->path != NULL)
		return file;
	free(file);
	return NULL;
}

static struct deliver_file *deliver_open_as(
    const char *path, const struct deliver_how *how, struct err *err)
{
	struct deliver_file *file = deliver_new(path);
	int result;

	if (file == NULL)
		result = err_nomem(err);
	else if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		result = deliver_open_stdout(file, how->deadline, err);
	else
		result = deliver_open_path(file, how, err);
	if (result == 0)
		return file;
	deliver_free(file);
	return NULL;
}

struct deliver_file *deliver_open(const char *path, struct err *err)
{
	return deliver_open_as(path, &(struct deliver_how){.named = false}, err);
}

struct deliver_file *deliver_open_named(const char *path, int64_t deadline, struct err *err)
{
	return deliver_open_as(
	    path, &(struct deliver_how){.named = true, .deadline = deadline}, err);
}

struct deliver_file *deliver_open_at(int folder, const char *path, struct err *err)
{
	static const struct deliver_how how = {.named = false};
	struct deliver_file *file = deliver_new(path);
	int result;

	if (file == NULL || (file->folder = path_folder(path)) == NULL) {
		result = err_nomem(err);
	} else {
		file->folder_fd = fcntl(folder, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
		result = file->folder_fd >= 0
			     ? deliver_open_in(file, &how, err)
			     : err_set_sys(err, ERR_CREATE, errno, "cannot create '%s'", path);
	}
	if (result == 0)
		return file;
	deliver_free(file);
	return NULL;
}
