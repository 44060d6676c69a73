#include "config_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/log.h"
#include "config.h"

static int config_file_fill(struct config_file *file, int fd, const char *path, struct err *err)
{
	/* One byte more than it may have; and all at once, since growing leaves copies behind. */
	const size_t room = CONFIG_MAX_FILE + 1;
	ssize_t n = 1;

	if (buf_reserve(&file->text, room) == NULL)
		return err_nomem(err);
	while (n > 0 && file->text.n < room) {
		n = read(fd, file->text.p + file->text.n, room - file->text.n);
		if (n > 0)
			file->text.n += (size_t)n;
	}
	if (n < 0)
		return err_set_sys(err, ERR_CONFIG, errno, "cannot read '%s'", path);
	if (file->text.n > CONFIG_MAX_FILE)
		return err_set(
		    err, ERR_CONFIG, "'%s' is longer than %zu bytes", path, CONFIG_MAX_FILE);
	return 0;
}

static int config_file_take(struct config_file *file, int fd, const char *path, struct err *err)
{
	if (fstat(fd, &file->st) != 0)
		return err_set_sys(err, ERR_CONFIG, errno, "cannot read '%s'", path);
	if (S_ISDIR(file->st.st_mode))
		return err_set(err, ERR_CONFIG, "'%s' is a folder", path);
	if (!S_ISREG(file->st.st_mode) && !S_ISCHR(file->st.st_mode))
		return err_set(err, ERR_CONFIG, "'%s' is no file", path);
	return config_file_fill(file, fd, path, err);
}

int config_file_read(struct config_file *file, const char *path, bool needed, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int result;

	*file = (struct config_file){0};
	buf_init(&file->text, 0);
	if (fd < 0 && needed)
		return err_set_sys(err, ERR_CONFIG, errno, "cannot read '%s'", path);
	if (fd < 0) {
		/* A home of somebody else, as sudo(8) leaves it, is no reason to stop. */
		if (errno != ENOENT && errno != ENOTDIR)
			log_warn("%s: cannot be read, and is left out", path);
		return 0;
	}
	result = config_file_take(file, fd, path, err);
	close(fd);
	return result == 0 ? 1 : -1;
}

void config_file_free(struct config_file *file)
{
	if (file->text.p != NULL)
		explicit_bzero(file->text.p, file->text.n);
	buf_fini(&file->text);
}

bool config_file_is_private(const struct config_file *file)
{
	return file->st.st_uid == geteuid() && (file->st.st_mode & (S_IRWXG | S_IRWXO)) == 0;
}
