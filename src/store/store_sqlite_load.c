#include <pthread.h>

#include "base/library.h"
#include "store/store_sqlite.h"

const sqlite3_api_routines *sqlite3_api;

/* What it takes to come by the table. */
static int (*load_auto_extension)(void (*extension)(void));
static int (*load_cancel_auto_extension)(void (*extension)(void));
static int (*load_open)(const char *file, sqlite3 **db_r, int flags, const char *vfs);
static int (*load_close)(sqlite3 *db);

static const struct library_function load_functions[] = {
    {"sqlite3_auto_extension", &load_auto_extension},
    {"sqlite3_cancel_auto_extension", &load_cancel_auto_extension},
    {"sqlite3_open_v2", &load_open},
    {"sqlite3_close", &load_close},
};

static const char *const load_files[] = {"libsqlite3.so.0", "libsqlite3.so", NULL};

static struct library load_library = {
    .title = "SQLite",
    .files = load_files,
    .functions = load_functions,
    .function_count = sizeof(load_functions) / sizeof(*load_functions),
};

/* An extension: it gets the table. */
static int load_take(sqlite3 *db, char **text, const sqlite3_api_routines *routines)
{
	(void)db;
	(void)text;
	sqlite3_api = routines;
	return SQLITE_OK;
}

int store_sqlite_load(struct err *err)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	void (*extension)(void) = (void (*)(void))load_take;
	sqlite3 *db = NULL;

	if (library_open(&load_library, err) != 0)
		return -1;
	pthread_mutex_lock(&lock);
	if (sqlite3_api == NULL && load_auto_extension(extension) == SQLITE_OK) {
		load_open(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
		load_close(db);
		load_cancel_auto_extension(extension);
	}
	pthread_mutex_unlock(&lock);
	return sqlite3_api != NULL ? 0 : err_set(err, ERR_SYSTEM, "SQLite cannot be used");
}
