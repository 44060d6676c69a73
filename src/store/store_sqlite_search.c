/* Whether something is in the history, in its tables and in the bytes of its files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/path.h"
#include "store/store_sqlite.h"

/* Bytes that are read at a time. */
#define STORE_SQLITE_BLOCK ((size_t)1024 * 1024)

/* A file that is searched. */
struct store_sqlite_search {
	const char *file;
	struct span text; /* in lower case */
	store_take_hit *take;
	void *context;
	uint64_t at;  /* of the block, in the file */
	size_t n;     /* bytes of the block */
	char *block;  /* as it is; room for STORE_SQLITE_BLOCK and what is kept of the last one */
	char *folded; /* in lower case */
};

/* What a block keeps of the last one, so that a text across both is found, and has all around it.
 */
#define STORE_SQLITE_KEPT (STORE_MAX_SEARCH + 2 * STORE_AROUND)

int store_sqlite_find(struct store *store, const struct store_find *find, store_take_text *take,
    void *context, struct err *err)
{
	struct store_sqlite_reader reader = {.sqlite = (struct store_sqlite *)store};
	const char *name = store_sqlite_columns[find->column];
	const struct span part = find->part;
	struct span found;
	char text[256];
	int got;

	if (find->column < STORE_SQLITE_SHARED)
		snprintf(text, sizeof(text),
		    "SELECT v FROM text WHERE instr(lower(v), lower(?1))>0"
		    " AND +id IN (SELECT %s FROM message)",
		    name);
	else
		snprintf(text, sizeof(text),
		    "SELECT DISTINCT %s FROM message WHERE instr(lower(%s), lower(?1))>0", name,
		    name);
	got = sqlite3_prepare_v2(reader.sqlite->db, text, -1, &reader.statement, NULL);
	if (got == SQLITE_OK)
		got = sqlite3_bind_text64(reader.statement, 1, part.n > 0 ? part.p : "", part.n,
		    SQLITE_STATIC, SQLITE_UTF8);
	if (got != SQLITE_OK)
		got = store_sqlite_err(reader.sqlite, got, err);
	while (got == 0 && (got = store_sqlite_next(&reader, err)) > 0) {
		found = store_sqlite_next_text(&reader);
		got = store_sqlite_check(&reader, err);
		if (got == 0)
			got = take(context, found, err);
	}
	sqlite3_finalize(reader.statement);
	return got;
}

/* All of the log goes into the file, and the log becomes empty. */
static int store_sqlite_checkpoint(struct store_sqlite *sqlite, struct err *err)
{
	int64_t busy;

	if (store_sqlite_number(sqlite, "PRAGMA wal_checkpoint(TRUNCATE)", &busy, err) != 0)
		return -1;
	return busy == 0 ? 0 : store_sqlite_err(sqlite, SQLITE_BUSY, err);
}

int store_sqlite_compact(struct store *store, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	int result;

	if (store_sqlite_commit(store, err) != 0 ||
	    store_sqlite_run(sqlite, "PRAGMA secure_delete=ON", err) != 0)
		return -1;
	/* It makes the new tables in a file without a name, which counts as attached. */
	sqlite3_limit(sqlite->db, SQLITE_LIMIT_ATTACHED, 1);
	result = store_sqlite_run(sqlite, "VACUUM", err);
	sqlite3_limit(sqlite->db, SQLITE_LIMIT_ATTACHED, 0);
	return result == 0 ? store_sqlite_checkpoint(sqlite, err) : -1;
}

/* Tells of what begins in [from, until) of the block. */
static int store_sqlite_search_block(
    const struct store_sqlite_search *search, size_t from, size_t until, struct err *err)
{
	const struct span text = search->text;

	while (from < until) {
		const size_t room = until - from + text.n - 1;
		const size_t rest = search->n - from < room ? search->n - from : room;
		const char *found = memmem(search->folded + from, rest, text.p, text.n);
		struct store_hit hit = {.file = search->file};
		size_t at, end;

		if (found == NULL)
			return 0;
		at = (size_t)(found - search->folded);
		end = at + text.n;
		from = at < STORE_AROUND ? 0 : at - STORE_AROUND;
		hit.at = search->at + at;
		hit.before = (struct span){search->block + from, at - from};
		hit.found = (struct span){search->block + at, text.n};
		hit.after = (struct span){search->block + end,
		    search->n - end < STORE_AROUND ? search->n - end : STORE_AROUND};
		if (search->take(search->context, &hit, err) != 0)
			return -1;
		from = at + 1;
	}
	return 0;
}

static int store_sqlite_search_file(struct store_sqlite_search *search, int fd, struct err *err)
{
	size_t from = 0; /* what begins before that has been told of */

	search->at = 0;
	search->n = 0;
	for (;;) {
		const ssize_t got = read(fd, search->block + search->n, STORE_SQLITE_BLOCK);
		const size_t all = search->n + (size_t)(got > 0 ? got : 0);
		const size_t ahead = search->text.n - 1 + STORE_AROUND;
		size_t until, drop;

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set_sys(err, ERR_IO, errno, "cannot read '%s'", search->file);
		if (interrupt_check(err) != 0)
			return -1;
		for (size_t i = search->n; i < all; i++)
			search->folded[i] = span_lower(search->block[i]);
		search->n = all;
		/* What has not all around it yet waits for the next block. */
		until = got == 0 ? all : all > ahead ? all - ahead : 0;
		if (until > from) {
			if (store_sqlite_search_block(search, from, until, err) != 0)
				return -1;
			from = until;
		}
		if (got == 0)
			return 0;
		drop = from > STORE_AROUND ? from - STORE_AROUND : 0;
		memmove(search->block, search->block + drop, all - drop);
		memmove(search->folded, search->folded + drop, all - drop);
		search->at += drop;
		search->n -= drop;
		from -= drop;
	}
}

/* Regular files only: nothing else can be a copy. */
static int store_sqlite_search_entry(
    struct store_sqlite_search *search, int folder, const char *name, struct err *err)
{
	const int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	int result = 0;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_set_sys(err, ERR_IO, errno, "cannot read '%s'", name);
	search->file = name;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		result = store_sqlite_search_file(search, fd, err);
	close(fd);
	return result;
}

static int store_sqlite_search_folder(
    struct store_sqlite_search *search, const char *file, struct err *err)
{
	char *path = path_folder(file);
	DIR *folder = path != NULL ? opendir(path) : NULL;
	const struct span name = span_of(path_name(file));
	const struct dirent *entry;
	int result = 0;

	if (path == NULL)
		return err_nomem(err);
	if (folder == NULL)
		result = err_set_sys(err, ERR_IO, errno, "cannot read '%s'", path);
	while (result == 0 && (entry = readdir(folder)) != NULL)
		if (span_eq(span_head(span_of(entry->d_name), name.n), name))
			result =
			    store_sqlite_search_entry(search, dirfd(folder), entry->d_name, err);
	if (folder != NULL)
		closedir(folder);
	free(path);
	return result;
}

/* Not while SQLite has them open: to close a file gives up all of a process's locks on it. */
int store_sqlite_search(
    struct store *store, struct span text, store_take_hit *take, void *context, struct err *err)
{
	struct store_sqlite *sqlite = (struct store_sqlite *)store;
	struct store_sqlite_search search = {.take = take, .context = context};
	char folded[STORE_MAX_SEARCH];
	int result;

	if (text.n == 0 || text.n > sizeof(folded))
		return err_set(err, ERR_INTERNAL, "a text that cannot be searched for");
	for (size_t i = 0; i < text.n; i++)
		folded[i] = span_lower(text.p[i]);
	search.text = (struct span){folded, text.n};
	if (store_sqlite_commit(store, err) != 0)
		return -1;
	store_sqlite_disconnect(sqlite);
	search.block = malloc(STORE_SQLITE_BLOCK + STORE_SQLITE_KEPT);
	search.folded = malloc(STORE_SQLITE_BLOCK + STORE_SQLITE_KEPT);
	if (search.block == NULL || search.folded == NULL)
		result = err_nomem(err);
	else
		result = store_sqlite_search_folder(&search, sqlite->file, err);
	free(search.block);
	free(search.folded);
	return result == 0 ? store_sqlite_connect(sqlite, err) : -1;
}
