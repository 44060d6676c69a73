#include "store/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/owner.h"
#include "base/path.h"
#include "base/walk.h"
#include "store/store_version.h"

#define STORE_SQLITE_MODE 0600

/* What a result means for who uses the store; the first row that has it. */
static const struct {
	int result;
	enum err_code code;
	const char *what;
} store_sqlite_results[] = {
    {SQLITE_BUSY, ERR_TEMPORARY, "another program is writing to it"},
    {SQLITE_LOCKED, ERR_TEMPORARY, "another program is writing to it"},
    {SQLITE_FULL, ERR_IO, "there is no space left"},
    {SQLITE_IOERR, ERR_IO, "it cannot be read or written"},
    {SQLITE_CORRUPT, ERR_DATA, "it is damaged"},
    {SQLITE_NOTADB, ERR_DATA, "it is no history"},
    {SQLITE_SCHEMA, ERR_DATA, "it is no history as this program makes it"},
    {SQLITE_ERROR, ERR_DATA, "it is no history as this program makes it"},
    {SQLITE_CONSTRAINT, ERR_DATA, "it is damaged"},
    {SQLITE_MISMATCH, ERR_DATA, "it is damaged"},
    {SQLITE_CANTOPEN, ERR_CREATE, "it cannot be opened"},
    {SQLITE_READONLY, ERR_CREATE, "it cannot be written to"},
    {SQLITE_PERM, ERR_CREATE, "it cannot be written to"},
    {SQLITE_AUTH, ERR_CREATE, "it cannot be written to"},
};

int store_sqlite_err(const struct store_sqlite *sqlite, int result, struct err *err)
{
	const int sys = sqlite->db != NULL ? sqlite3_system_errno(sqlite->db) : 0;

	result &= 0xff; /* without the details that are SQLite's own */
	if (result == SQLITE_NOMEM)
		return err_nomem(err);
	if (result == SQLITE_INTERRUPT && interrupt_check(err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(store_sqlite_results) / sizeof(*store_sqlite_results); i++) {
		if (store_sqlite_results[i].result != result)
			continue;
		err_set(err, store_sqlite_results[i].code, "the history '%s': %s", sqlite->file,
		    store_sqlite_results[i].what);
		if (sys != 0 && (result == SQLITE_IOERR || result == SQLITE_CANTOPEN))
			err_set_sys(err, store_sqlite_results[i].code, sys, "the history '%s': %s",
			    sqlite->file, store_sqlite_results[i].what);
		return -1;
	}
	return err_set(
	    err, ERR_INTERNAL, "the history '%s': %s", sqlite->file, sqlite3_errstr(result));
}

int store_sqlite_run(const struct store_sqlite *sqlite, const char *text, struct err *err)
{
	int result = sqlite3_exec(sqlite->db, text, NULL, NULL, NULL);

	return result == SQLITE_OK ? 0 : store_sqlite_err(sqlite, result, err);
}

int store_sqlite_step(const struct store_sqlite *sqlite, sqlite3_stmt *statement, struct err *err)
{
	int result = sqlite3_step(statement);

	sqlite3_reset(statement);
	return result == SQLITE_DONE ? 0 : store_sqlite_err(sqlite, result, err);
}

/* Ends a long operation when the run was. */
static int store_sqlite_is_over(void *context)
{
	(void)context;
	return interrupt_signal() != 0;
}

/* Who only reads may read one that belongs to others. */
static int store_sqlite_open_file(struct store_sqlite *sqlite, int folder, const char *file)
{
	const int flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	const bool reads = sqlite->version == 0;
	int fd = openat(
	    folder, path_name(file), flags | O_RDWR | (reads ? 0 : O_CREAT), STORE_SQLITE_MODE);

	if (fd >= 0 || !reads || (errno != EACCES && errno != EPERM && errno != EROFS))
		return fd;
	sqlite->is_foreign = true;
	return openat(folder, path_name(file), flags | O_RDONLY);
}

/* Others who may write to the file could make a run name whom they like. */
static int store_sqlite_check_file(
    struct store_sqlite *sqlite, int folder, const char *file, struct err *err)
{
	struct stat st;
	int fd = store_sqlite_open_file(sqlite, folder, file);
	int result = -1;

	if (fd < 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot open the history '%s'%s", file,
		    errno == ENOENT ? " (a report with --history makes one)" : "");
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1)
		err_set(err, ERR_CREATE, "the history '%s' is no regular file with this name only",
		    file);
	else if ((!sqlite->is_foreign && !owner_is_trusted(&st)) || owner_lets_others_write(&st))
		err_set(err, ERR_CONFIG, "others may write to the history '%s'", file);
	else
		result = 0;
	sqlite->owner = st.st_uid;
	sqlite->is_shared = (st.st_mode & (S_IRGRP | S_IROTH)) != 0;
	close(fd);
	return result;
}

/* Who owns a file of others may own its folder as well. */
static bool store_sqlite_trusts(const struct store_sqlite *sqlite, int folder)
{
	struct stat st;

	return fstat(folder, &st) == 0 && !owner_lets_others_write(&st) &&
	       (owner_is_trusted(&st) || (sqlite->is_foreign && st.st_uid == sqlite->owner));
}

/* The path without links, for SQLite, which opens by name: only we may exchange names there. */
static int store_sqlite_find_file(struct store_sqlite *sqlite, const char *file, struct err *err)
{
	char *folder = path_folder(file);
	char *real = folder != NULL ? realpath(folder, NULL) : NULL;
	int fd = real != NULL ? walk_open(folder, 0, err) : -1;
	int result = -1;
	struct stat st;

	if (folder == NULL)
		err_nomem(err);
	else if (real == NULL)
		err_set_sys(
		    err, ERR_CREATE, errno, "cannot open the folder '%s' of the history", folder);
	else if (fd >= 0 && (fstat(fd, &st) != 0 || owner_lets_others_write(&st)))
		err_set(
		    err, ERR_CONFIG, "others may write to the folder '%s' of the history", folder);
	else if (fd >= 0 && store_sqlite_check_file(sqlite, fd, file, err) == 0) {
		if (!store_sqlite_trusts(sqlite, fd))
			err_set(err, ERR_CONFIG,
			    "others may write to the folder '%s' of the history", folder);
		else if (asprintf(&sqlite->file, "%s/%s", real, path_name(file)) >= 0)
			result = 0;
		else
			err_nomem(err);
	}
	if (fd >= 0)
		close(fd);
	free(real);
	free(folder);
	return result;
}

int store_sqlite_connect(struct store_sqlite *sqlite, struct err *err)
{
	const int mode = sqlite->is_foreign ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	int result = sqlite3_open_v2(sqlite->file, &sqlite->db,
	    mode | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_PRIVATECACHE, NULL);

	if (result != SQLITE_OK)
		return store_sqlite_err(sqlite, result, err);
	sqlite3_busy_timeout(sqlite->db, STORE_PATIENCE * 1000);
	sqlite3_progress_handler(sqlite->db, STORE_SQLITE_STEPS, store_sqlite_is_over, NULL);
	sqlite3_limit(sqlite->db, SQLITE_LIMIT_LENGTH, (int)STORE_MAX_TEXT * STORE_TEXT_COUNT);
	sqlite3_limit(sqlite->db, SQLITE_LIMIT_ATTACHED, 0);
	/* The file may have been made by somebody else: its text runs nothing. */
	sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(sqlite->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	return store_sqlite_set_up(sqlite, err);
}

void store_sqlite_disconnect(struct store_sqlite *sqlite)
{
	for (unsigned i = 0; i < STORE_SQLITE_STATEMENTS; i++) {
		sqlite3_finalize(sqlite->statement[i]);
		sqlite->statement[i] = NULL;
	}
	sqlite3_close(sqlite->db); /* what was not committed is rolled back */
	sqlite->db = NULL;
	store_sqlite_forget(sqlite);
}

static void store_sqlite_free(struct store *store)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;

	store_sqlite_disconnect(sqlite);
	buf_fini(&sqlite->place);
	free(sqlite->file);
	free(sqlite);
}

static const struct store_ops store_sqlite_ops = {
    .put = store_sqlite_put,
    .cover = store_sqlite_cover,
    .commit = store_sqlite_commit,
    .places = store_sqlite_places,
    .read = store_sqlite_read,
    .covered = store_sqlite_covered,
    .uids = store_sqlite_uids,
    .past = store_sqlite_past,
    .sums = store_sqlite_sums,
    .days = store_sqlite_days,
    .place_sums = store_sqlite_place_sums,
    .about = store_sqlite_about,
    .note_run = store_sqlite_note_run,
    .runs = store_sqlite_runs,
    .prune = store_sqlite_prune,
    .find = store_sqlite_find,
    .erase = store_sqlite_erase,
    .forget = store_sqlite_forget_options,
    .compact = store_sqlite_compact,
    .search = store_sqlite_search,
    .free = store_sqlite_free,
};

/* What a clock that was ahead has said to be known of the time to come is not known. */
static int store_sqlite_cut_coverage(const struct store_sqlite *sqlite, struct err *err)
{
	const int64_t now = (int64_t)time(NULL);
	char text[192];
	int64_t count;

	snprintf(text, sizeof(text),
	    "SELECT count(*) FROM coverage WHERE until>since AND until>%" PRId64,
	    now + STORE_VERSION_SKEW);
	if (store_sqlite_number(sqlite, text, &count, err) != 0)
		return -1;
	if (count == 0)
		return 0;
	snprintf(text, sizeof(text),
	    "UPDATE coverage SET until=max(since, %" PRId64
	    ") WHERE until>since AND until>%" PRId64,
	    now, now + STORE_VERSION_SKEW);
	return store_sqlite_run(sqlite, text, err);
}

static int store_sqlite_choose_version(struct store_sqlite *sqlite, struct err *err)
{
	const uint64_t began = sqlite->version;
	int64_t last;

	if (sqlite->version <= STORE_OLDEST)
		return 0;
	if (store_sqlite_number(sqlite, "SELECT ifnull(max(id), 0) FROM run", &last, err) != 0)
		return -1;
	if (last > 0)
		sqlite->version = store_version_behind(began, (uint64_t)last);
	return sqlite->version != began ? store_sqlite_cut_coverage(sqlite, err) : 0;
}

struct store *store_sqlite_open(const char *file, uint64_t version, struct err *err)
{
	struct store_sqlite *sqlite;

	if (store_sqlite_load(err) != 0)
		return NULL;
	sqlite = calloc(1, sizeof(*sqlite));
	if (sqlite == NULL) {
		err_nomem(err);
		return NULL;
	}
	sqlite->store.ops = &store_sqlite_ops;
	sqlite->version = version;
	buf_init(&sqlite->place, 0);
	if (sodium_init() < 0)
		err_set(err, ERR_SYSTEM, "no source of random numbers");
	else if (store_sqlite_find_file(sqlite, file, err) == 0 &&
		 store_sqlite_connect(sqlite, err) == 0 &&
		 store_sqlite_choose_version(sqlite, err) == 0) {
		crypto_shorthash_keygen(sqlite->key);
		return &sqlite->store;
	}
	store_sqlite_free(&sqlite->store);
	return NULL;
}
