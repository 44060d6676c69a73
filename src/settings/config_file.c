#include "settings/config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "base/owner.h"
#include "base/path.h"
#include "settings/config.h"

static int config_file_take(struct config_file *file, int fd, const char *path, struct err *err)
{
	if (fstat(fd, &file->st) != 0)
		return err_set_sys(err, ERR_CONFIG, errno, "cannot read '%s'", path);
	if (S_ISDIR(file->st.st_mode))
		return err_set(err, ERR_CONFIG, "'%s' is a folder", path);
	if (!S_ISREG(file->st.st_mode) && !S_ISCHR(file->st.st_mode))
		return err_set(err, ERR_CONFIG, "'%s' is no file", path);
	if (file_read_all(fd, CONFIG_MAX_FILE, &file->text) == 0)
		return 0;
	if (errno == ENOMEM)
		return err_nomem(err);
	if (errno == EFBIG)
		return err_set(
		    err, ERR_CONFIG, "'%s' is longer than %zu bytes", path, CONFIG_MAX_FILE);
	return err_set_sys(err, ERR_CONFIG, errno, "cannot read '%s'", path);
}

/* We run commands from it and write where it says. A device has no stored contents that others
 * could change. */
static const char *config_file_distrust(const struct stat *file, const struct stat *folder)
{
	if (!owner_is_trusted(file))
		return "belongs to another user";
	if (S_ISREG(file->st_mode) && owner_lets_others_write(file))
		return "can be written to by others (chmod go-w)";
	if (S_ISREG(file->st_mode) && owner_lets_others_write(folder) &&
	    (folder->st_mode & S_ISVTX) == 0)
		return "is in a folder that others can write to (chmod go-w)";
	return NULL;
}

/* Opens the file; *folder_r is about its folder. -1 with errno. */
static int config_file_open(const char *path, struct stat *folder_r)
{
	char *folder = path_folder(path);
	int at = folder != NULL ? open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int fd = -1;
	int sys;

	if (at >= 0 && fstat(at, folder_r) == 0)
		fd = openat(at, *path_name(path) != '\0' ? path_name(path) : ".",
		    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	sys = errno;
	if (at >= 0)
		close(at);
	free(folder);
	errno = sys;
	return fd;
}

int config_file_read(struct config_file *file, const char *path, bool needed, struct err *err)
{
	struct stat folder;
	int fd = config_file_open(path, &folder);
	int result;

	*file = (struct config_file){0};
	buf_init(&file->text, 0);
	if (fd < 0 && (errno == ENOMEM || errno == EMFILE || errno == ENFILE))
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot read '%s'", path);
	if (fd < 0 && needed)
		return err_set_sys(err, ERR_CONFIG, errno, "cannot read '%s'", path);
	if (fd < 0) {
		/* After sudo(8) the home may be somebody else's; that is no error. */
		if (errno != ENOENT && errno != ENOTDIR)
			file->distrust = "cannot be read";
		return 0;
	}
	if (fstat(fd, &file->st) == 0)
		file->distrust = config_file_distrust(&file->st, &folder);
	if (file->distrust != NULL && !needed) {
		close(fd);
		return 0;
	}
	result = config_file_take(file, fd, path, err);
	close(fd);
	return result == 0 ? 1 : -1;
}

void config_file_free(struct config_file *file)
{
	buf_wipe(&file->text);
	buf_fini(&file->text);
}

bool config_file_is_private(const struct config_file *file)
{
	return file->st.st_uid == geteuid() && (file->st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}
