#include "deliver/deliver_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/path.h"
#include "deliver/deliver_part.h"

/* Names that may be taken by others before we give up. */
#define DELIVER_MAX_TRIES 100

void deliver_free(struct deliver_file *file)
{
	if (file == NULL)
		return;
	if (file->stream != NULL)
		fclose(file->stream);
	free(file->buffer);
	if (file->is_ours)
		unlinkat(file->folder_fd, path_name(file->temporary), 0);
	if (file->unnamed >= 0)
		close(file->unnamed);
	if (file->folder_fd >= 0)
		close(file->folder_fd);
	free(file->path);
	free(file->folder);
	free(file->contents);
	free(file->temporary);
	free(file);
}

struct delivery *deliver_delivery(struct deliver_file *file)
{
	return &file->delivery;
}

FILE *deliver_stream(struct deliver_file *file)
{
	return file->stream;
}

const char *deliver_path(const struct deliver_file *file)
{
	return file->path;
}

bool deliver_is_direct(const struct deliver_file *file)
{
	return file->folder == NULL;
}

bool deliver_is_stdout(const struct deliver_file *file)
{
	return file->direct != NULL && file->direct->is_stdout;
}

const char *deliver_folder(const struct deliver_file *file)
{
	return file->folder;
}

const char *deliver_contents(const struct deliver_file *file)
{
	return file->contents;
}

const char *deliver_temporary_path(const struct deliver_file *file)
{
	return file->temporary;
}

void deliver_release(struct deliver_file *file)
{
	file->is_ours = false;
}

bool deliver_is_same(const struct deliver_file *a, const struct deliver_file *b)
{
	struct stat in_a;
	struct stat in_b;

	if (deliver_is_direct(a) || deliver_is_direct(b) ||
	    strcmp(path_name(a->path), path_name(b->path)) != 0)
		return false;
	return fstat(a->folder_fd, &in_a) == 0 && fstat(b->folder_fd, &in_b) == 0 &&
	       in_a.st_dev == in_b.st_dev && in_a.st_ino == in_b.st_ino;
}

int deliver_set_temporary(struct deliver_file *file, const char *name, struct err *err)
{
	struct buf path;

	buf_init(&path, 0);
	buf_printf(&path, "%s/%s", file->folder, name);
	if (path.failed == 0)
		file->temporary = strdup(buf_string(&path));
	buf_fini(&path);
	if (file->temporary == NULL)
		return err_nomem(err);
	file->is_ours = true;
	return 0;
}

int deliver_try_names(int (*make)(const struct deliver_file *file, const char *name),
    const struct deliver_file *file, char name_r[DELIVER_TEMPORARY_SIZE])
{
	for (unsigned i = 0; i < DELIVER_MAX_TRIES; i++) {
		uint64_t random;
		int result;

		if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return -1;
		/* No part of the final name is in it: that one may already be as long as names can
		 * be. */
		snprintf(name_r, DELIVER_TEMPORARY_SIZE, DELIVER_TEMPORARY_PREFIX "%012llx",
		    (unsigned long long)(random >> 16));
		result = make(file, name_r);
		if (result != -1 || errno != EEXIST)
			return result;
	}
	return -1;
}

static int deliver_link(const struct deliver_file *file, const char *name)
{
	return linkat(AT_FDCWD, file->contents, file->folder_fd, name, AT_SYMLINK_FOLLOW);
}

int deliver_name_temporary(struct deliver_file *file, struct err *err)
{
	char name[DELIVER_TEMPORARY_SIZE];

	if (deliver_is_direct(file) || file->temporary != NULL)
		return 0;
	if (deliver_try_names(deliver_link, file, name) != 0)
		return err_set_sys(err, ERR_CREATE, errno,
		    "cannot create a file in the folder of '%s'", file->path);
	if (deliver_set_temporary(file, name, err) == 0)
		return 0;
	unlinkat(file->folder_fd, name, 0);
	return -1;
}

/*
 * The error of fsync(2) means that the file system cannot do that with a folder. EINVAL is the
 * usual one, of which nobody is warned.
 */
static bool deliver_has_no_sync(int sys)
{
	return sys == EINVAL || sys == ENOTSUP || sys == EOPNOTSUPP || sys == ENOSYS ||
	       sys == EBADF;
}

/* Once is enough: a run of --new-only saves its folder several times. */
static void deliver_warn_no_sync(const char *name, int sys)
{
	static bool warned;

	if (!warned)
		log_warn("the file system of '%s' cannot make sure that names outlast a crash (%s)",
		    name, strerror(sys));
	warned = true;
}

int deliver_sync_at(int folder, const char *name, struct err *err)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int sys = 0;

	if (fd < 0)
		return 0;
	if (fsync(fd) != 0)
		sys = errno;
	close(fd);
	if (sys == 0 || sys == EINVAL)
		return 0;
	if (!deliver_has_no_sync(sys))
		return err_set_sys(err, ERR_IO, sys, "cannot save the folder '%s'", name);
	deliver_warn_no_sync(name, sys);
	return 0;
}

int deliver_sync_folder(const char *folder, struct err *err)
{
	int fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int result;

	if (fd < 0)
		return 0;
	result = deliver_sync_at(fd, folder, err);
	close(fd);
	return result;
}

/* Writes and closes the stream; -1 with errno when any byte is not where it belongs. */
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
	else if (file->direct->is_saved && fsync(file->direct->fd) != 0)
		sys = errno;
	file->stream = NULL;
	file->direct = NULL;
	if (fclose(stream) != 0 && sys == 0)
		sys = errno;
	errno = sys;
	return sys == 0 ? 0 : -1;
}

int deliver_finish(struct deliver_file *file, struct err *err)
{
	if (file->stream == NULL || deliver_finish_stream(file) == 0)
		return 0;
	return err_set_sys(err, ERR_IO, errno, "cannot write %s",
	    strcmp(file->path, "-") == 0 ? "standard output" : file->path);
}

static int deliver_rename(struct deliver_file *file, struct err *err)
{
	if (deliver_is_direct(file))
		return 0;
	if (deliver_name_temporary(file, err) != 0)
		return -1;
	if (renameat(file->folder_fd, path_name(file->temporary), file->folder_fd,
		path_name(file->path)) != 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot create '%s'", file->path);
	file->is_ours = false;
	return 0;
}

/* The folders of all files, each once. */
static int deliver_sync_all(struct deliver_file *const *files, unsigned count, struct err *err)
{
	int result = 0;

	for (unsigned i = 0; i < count; i++) {
		struct err failure = ERR_INIT;
		bool done = deliver_is_direct(files[i]);

		for (unsigned j = 0; j < i && !done; j++)
			done = !deliver_is_direct(files[j]) &&
			       strcmp(files[i]->folder, files[j]->folder) == 0;
		if (done || deliver_sync_at(files[i]->folder_fd, files[i]->folder, &failure) == 0)
			continue;
		if (result == 0)
			*err = failure;
		result = -1;
	}
	return result;
}

int deliver_commit_all(struct deliver_file *const *files, unsigned count, struct err *err)
{
	struct err failure = ERR_INIT;
	int result = 0;

	for (unsigned i = 0; i < count && result == 0; i++)
		result = deliver_finish(files[i], err);
	if (result == 0) {
		for (unsigned i = 0; i < count; i++)
			if (deliver_rename(files[i], result == 0 ? err : &failure) != 0)
				result = -1;
		if (deliver_sync_all(files, count, result == 0 ? err : &failure) != 0)
			result = -1;
	}
	for (unsigned i = 0; i < count; i++)
		deliver_free(files[i]);
	return result;
}

int deliver_commit(struct deliver_file *file, struct err *err)
{
	return deliver_commit_all(&file, 1, err);
}

void deliver_abort(struct deliver_file *file)
{
	deliver_free(file);
}

static int deliver_finish_delivery(struct delivery *delivery, struct err *err)
{
	return deliver_finish((struct deliver_file *)delivery, err);
}

static void deliver_free_delivery(struct delivery *delivery)
{
	deliver_free((struct deliver_file *)delivery);
}

const struct delivery_ops deliver_file_ops = {
    .finish = deliver_finish_delivery,
    .free = deliver_free_delivery,
};
