/* A copy of the history as it is, before its tables are changed by more than one step. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/store_sqlite.h"

#define STORE_SQLITE_BACKUP_MODE 0600

/* An empty file, which VACUUM INTO accepts; it would make one that others may read. */
static int store_sqlite_make_empty(const char *path, struct err *err)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, STORE_SQLITE_BACKUP_MODE);
	if (fd < 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot make the copy '%s'", path);
	close(fd);
	return 0;
}

static int store_sqlite_copy(const struct store_sqlite *sqlite, const char *path, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	int result;

	/* The copy counts as attached. */
	sqlite3_limit(sqlite->db, SQLITE_LIMIT_ATTACHED, 1);
	result = sqlite3_prepare_v2(sqlite->db, "VACUUM INTO ?", -1, &statement, NULL);
	if (result == SQLITE_OK)
		result = sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	if (result == SQLITE_OK)
		result = sqlite3_step(statement);
	sqlite3_finalize(statement);
	sqlite3_limit(sqlite->db, SQLITE_LIMIT_ATTACHED, 0);
	return result == SQLITE_DONE ? 0 : store_sqlite_err(sqlite, result, err);
}

/* It is on the disk before what it is a copy of is changed. */
static int store_sqlite_sync(const char *path, struct err *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC);
	int result = 0;

	if (fd < 0 || fsync(fd) != 0)
		result = err_set_sys(err, ERR_IO, errno, "cannot write the copy '%s'", path);
	if (fd >= 0)
		close(fd);
	return result;
}

/* Another program may have changed the tables meanwhile: then that one has made the copy. */
static int store_sqlite_keep(const struct store_sqlite *sqlite, const char *made, const char *name,
    int64_t step, struct err *err)
{
	int64_t now;

	if (store_sqlite_number(sqlite, "PRAGMA user_version", &now, err) != 0)
		return -1;
	if (now != step)
		unlink(made);
	else if (rename(made, name) != 0)
		return err_set_sys(err, ERR_IO, errno, "cannot name the copy '%s'", name);
	return 0;
}

int store_sqlite_back_up(const struct store_sqlite *sqlite, int64_t step, struct err *err)
{
	char *name = NULL, *made = NULL;
	int result = -1;

	if (asprintf(&name, "%s.form-%" PRId64, sqlite->file, step) < 0 ||
	    asprintf(&made, "%s.%d", name, (int)getpid()) < 0) {
		free(name);
		return err_nomem(err);
	}
	if (store_sqlite_make_empty(made, err) == 0) {
		if (store_sqlite_copy(sqlite, made, err) == 0 && store_sqlite_sync(made, err) == 0)
			result = store_sqlite_keep(sqlite, made, name, step, err);
		if (result != 0)
			unlink(made);
	}
	free(made);
	free(name);
	return result == 0 ? 0 : err_prefix(err, "before its form %" PRId64 " is changed", step);
}
