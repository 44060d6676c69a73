#include "deliver/deliver_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/path.h"

/* No part of the final name is in it: that one may already be as long as names can be. */
#define DELIVER_TEMPORARY "/" DELIVER_TEMPORARY_PREFIX "XXXXXX"

struct deliver_file {
	FILE *stream;
	char *path;      /* the final name, for error texts and the rename */
	char *folder;    /* NULL, as is temporary, when the stream goes to path directly */
	char *temporary; /* not empty as long as there is a file to remove */
};

static void deliver_free(struct deliver_file *file)
{
	if (file == NULL)
		return;
	if (file->stream != NULL)
		fclose(file->stream);
	if (file->temporary != NULL && *file->temporary != '\0')
		unlink(file->temporary);
	free(file->path);
	free(file->folder);
	free(file->temporary);
	free(file);
}

static const char *deliver_name(const struct deliver_file *file)
{
	return strcmp(file->path, "-") == 0 ? "standard output" : file->path;
}

/* Makes the stream of a descriptor, which is the stream's then, and closed on failure. */
static int deliver_use(struct deliver_file *file, int fd, struct err *err)
{
	int sys;

	file->stream = fdopen(fd, "w");
	if (file->stream != NULL)
		return 0;
	sys = errno; /* EINVAL: standard output is open for reading only */
	close(fd);
	return err_set_sys(err, ERR_IO, sys, "cannot write %s", deliver_name(file));
}

/* A copy of the descriptor, so that a failing close shows and the caller's stdout stays. */
static int deliver_open_stdout(struct deliver_file *file, struct err *err)
{
	int fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	if (fd < 0)
		return err_set_sys(err, ERR_IO, errno, "cannot write to standard output");
	return deliver_use(file, fd, err);
}

static bool deliver_is_direct(const struct stat *st)
{
	return S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode);
}

static int deliver_open_direct(struct deliver_file *file, struct err *err)
{
	int fd = open(file->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot open '%s'", file->path);
	/* What was looked at before may have been exchanged. */
	if (fstat(fd, &st) != 0 || !deliver_is_direct(&st)) {
		close(fd);
		return err_set(err, ERR_CREATE, "'%s' changed while it was opened", file->path);
	}
	return deliver_use(file, fd, err);
}

static int deliver_open_temporary(struct deliver_file *file, struct err *err)
{
	struct buf name;
	int fd;

	file->folder = path_folder(file->path);
	if (file->folder == NULL)
		return err_nomem(err);
	buf_init(&name, 0);
	buf_printf(&name, "%s" DELIVER_TEMPORARY, file->folder);
	if (name.failed == 0)
		file->temporary = strdup(buf_string(&name));
	buf_fini(&name);
	if (file->temporary == NULL)
		return err_nomem(err);
	fd = mkostemp(file->temporary, O_CLOEXEC);
	if (fd < 0) {
		int sys = errno;

		*file->temporary = '\0';
		return err_set_sys(
		    err, ERR_CREATE, sys, "cannot create a file in the folder of '%s'", file->path);
	}
	return deliver_use(file, fd, err);
}

static int deliver_open_path(struct deliver_file *file, struct err *err)
{
	struct stat st;
	struct stat link;

	if (lstat(file->path, &link) != 0) {
		if (errno != ENOENT)
			return err_set_sys(
			    err, ERR_CREATE, errno, "cannot create '%s'", file->path);
		return deliver_open_temporary(file, err);
	}
	if (stat(file->path, &st) == 0 && deliver_is_direct(&st))
		return deliver_open_direct(file, err);
	if (S_ISLNK(link.st_mode))
		return err_set(err, ERR_CREATE,
		    "'%s' is a symbolic link: give the name of the file itself", file->path);
	if (!S_ISREG(link.st_mode))
		return err_set(err, ERR_CREATE, "'%s' is there already and is no file", file->path);
	return deliver_open_temporary(file, err);
}

struct deliver_file *deliver_open(const char *path, struct err *err)
{
	struct deliver_file *file = calloc(1, sizeof(*file));
	int result;

	if (file == NULL || (file->path = strdup(path)) == NULL)
		result = err_nomem(err);
	else if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		result = deliver_open_stdout(file, err);
	else
		result = deliver_open_path(file, err);
	if (result != 0) {
		deliver_free(file);
		return NULL;
	}
	return file;
}

FILE *deliver_stream(struct deliver_file *file)
{
	return file->stream;
}

const char *deliver_path(const struct deliver_file *file)
{
	return file->path;
}

const char *deliver_temporary_path(const struct deliver_file *file)
{
	return file->temporary;
}

void deliver_release(struct deliver_file *file)
{
	if (file->temporary != NULL)
		*file->temporary = '\0';
}

bool deliver_is_same(const struct deliver_file *a, const struct deliver_file *b)
{
	struct stat in_a;
	struct stat in_b;

	if (a->folder == NULL || b->folder == NULL ||
	    strcmp(path_name(a->path), path_name(b->path)) != 0)
		return false;
	return stat(a->folder, &in_a) == 0 && stat(b->folder, &in_b) == 0 &&
	       in_a.st_dev == in_b.st_dev && in_a.st_ino == in_b.st_ino;
}

int deliver_sync_folder(const char *folder, struct err *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = 0;

	if (fd < 0)
		return 0;
	if (fsync(fd) != 0 && errno != EINVAL)
		result = err_set_sys(err, ERR_IO, errno, "cannot save the folder '%s'", folder);
	close(fd);
	return result;
}

/* Everything is on its way to where it belongs, or errno says why not. */
static int deliver_finish_stream(struct deliver_file *file)
{
	FILE *stream = file->stream;
	int sys = 0;

	/* A write that failed before fails here again and says why, or else only the flag knows of
	 * it. */
	if (fflush(stream) != 0)
		sys = errno;
	else if (ferror(stream) != 0)
		sys = EIO;
	else if (file->temporary != NULL && fsync(fileno(stream)) != 0)
		sys = errno;
	file->stream = NULL;
	if (fclose(stream) != 0 && sys == 0)
		sys = errno;
	errno = sys;
	return sys == 0 ? 0 : -1;
}

int deliver_finish(struct deliver_file *file, struct err *err)
{
	if (file->stream == NULL || deliver_finish_stream(file) == 0)
		return 0;
	return err_set_sys(err, ERR_IO, errno, "cannot write %s", deliver_name(file));
}

int deliver_commit(struct deliver_file *file, struct err *err)
{
	int result = -1;

	if (deliver_finish(file, err) != 0)
		goto out;
	if (file->temporary != NULL) {
		if (rename(file->temporary, file->path) != 0) {
			err_set_sys(err, ERR_CREATE, errno, "cannot create '%s'", file->path);
			goto out;
		}
		*file->temporary = '\0';
		if (deliver_sync_folder(file->folder, err) != 0)
			goto out;
	}
	result = 0;
out:
	deliver_free(file);
	return result;
}

void deliver_abort(struct deliver_file *file)
{
	deliver_free(file);
}
