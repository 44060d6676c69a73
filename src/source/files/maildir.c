/*
 * A folder of messages: a Maildir, of which the folders cur and new are read,
 * or, with --recursive, a tree, in which each Maildir is read so and the other
 * folders hold messages in files whose names end in ".eml". A Maildir may have
 * others in it, and one may be hidden: Maildir++ has all of its folders so.
 *
 * The names are read in their order, which is that of time in a Maildir; so
 * many at a time, however many there are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "source/files/maildir.h"

/* Names that are held at a time; the folder is read anew for the next ones. */
#define MAILDIR_NAMES 8192

/* How deep a tree may be. */
#define MAILDIR_MAX_DEPTH 32

/* Messages whose names are looked for again when they are gone: a mail program may have renamed
 * them meanwhile, which costs a look through the folder each. */
#define MAILDIR_MAX_RENAMED 1000

struct names {
	char *name[2 * MAILDIR_NAMES];
	size_t count;
	bool more; /* there are more than these */
};

static void names_clear(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	names->count = 0;
	names->more = false;
}

static int names_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts, and keeps the first. */
static void names_settle(struct names *names)
{
	qsort(names->name, names->count, sizeof(names->name[0]), names_compare);
	for (; names->count > MAILDIR_NAMES; names->more = true)
		free(names->name[--names->count]);
}

/* The next names of a folder, behind `after` (NULL: the first ones). */
static int names_read(struct names *names, DIR *dir, const char *after, struct err *err)
{
	struct dirent *entry;
	char *last = after != NULL ? strdup(after) : NULL;
	int result = -1;

	names_clear(names);
	rewinddir(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    (last != NULL && strcmp(entry->d_name, last) <= 0))
			continue;
		if (interrupt_check(err) != 0)
			goto out;
		names->name[names->count] = strdup(entry->d_name);
		if (names->name[names->count] == NULL) {
			err_nomem(err);
			goto out;
		}
		if (++names->count == 2 * MAILDIR_NAMES)
			names_settle(names);
	}
	names_settle(names);
	result = after != NULL && last == NULL ? err_nomem(err) : 0;
out:
	free(last);
	return result;
}

/* The second at which it was delivered, as a Maildir's names begin. */
static time_t maildir_name_time(const char *name)
{
	uint64_t when = 0;
	size_t n = span_number(span_of(name), &when);

	return n > 0 && name[n] == '.' && when < INT64_C(253402300800) ? (time_t)when : -1;
}

/* The name that a message has now: behind ':' come its flags. NULL: it is gone. */
static char *maildir_find_renamed(int folder, const char *name)
{
	size_t n = strcspn(name, ":");
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	char *found = NULL;

	if (dir == NULL) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	while (found == NULL && (entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, name, n) == 0 &&
		    (entry->d_name[n] == ':' || entry->d_name[n] == '\0'))
			found = strdup(entry->d_name);
	closedir(dir);
	return found;
}

/* Opens a message, also by the name that it has got since; `others` is where new ones go. NULL and
 * ERR_NONE: it is gone. */
static struct input *maildir_open(
    struct maildir *maildir, int folder, int other, const char *name, struct err *err)
{
	struct input *input = input_open_at(folder, name, name, err);

	for (int i = 0; i < 2 && input == NULL && err->sys == ENOENT; i++) {
		int where = i == 0 ? folder : other;
		char *now = where >= 0 && maildir->renamed++ < MAILDIR_MAX_RENAMED
				? maildir_find_renamed(where, name)
				: NULL;

		if (now != NULL)
			input = input_open_at(where, now, name, err);
		free(now);
	}
	if (input == NULL && err->sys == ENOENT)
		*err = (struct err)ERR_INIT;
	return input;
}

static bool maildir_is_fatal(const struct err *err)
{
	return err->code != ERR_NOFOLDER && err->code != ERR_DATA && err->code != ERR_IO;
}

int maildir_take(struct maildir *maildir, int folder, int other, const char *name, struct err *err)
{
	struct err mine = ERR_INIT;
	struct input *input = maildir_open(maildir, folder, other, name, &mine);
	struct account_counts *counts = &maildir->file->place->counts;
	size_t path = maildir->path.n;
	struct files_message message = {
	    .file = maildir->file, .time = maildir_name_time(name), .time_of = "the file's name"};
	int result = 0;

	buf_printf(&maildir->path, "/%s", name);
	message.path = buf_span(&maildir->path);
	if (input == NULL && mine.code == ERR_NONE) {
		counts->found++;
		counts->vanished++;
	} else if (input == NULL) {
		if (!maildir_is_fatal(&mine))
			files_lose(maildir->run, &message, mine.text);
	} else if (!S_ISREG(input_stat(input)->st_mode)) {
		maildir->run->counts.elsewhere++;
	} else if (eml_read(maildir->run, input, &message, &mine) != 0 &&
		   !maildir_is_fatal(&mine) && !message.is_torn) {
		files_lose(maildir->run, &message, mine.text);
	}
	if (mine.code != ERR_NONE && maildir_is_fatal(&mine)) {
		*err = mine;
		result = -1;
	}
	maildir->path.n = path;
	input_close(input);
	return result;
}

DIR *maildir_open_folder(int in, const char *name, int *error_r)
{
	int fd = openat(in, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	*error_r = dir == NULL ? errno : 0;
	if (dir == NULL && fd >= 0)
		close(fd);
	return dir;
}

int maildir_for_each(
    struct maildir *maildir, DIR *dir, maildir_each *each, void *more, struct err *err)
{
	struct names *names = calloc(1, sizeof(*names));
	const char *after = NULL;
	int result = names != NULL ? 0 : err_nomem(err);

	do {
		if (result == 0)
			result = names_read(names, dir, after, err);
		for (size_t i = 0; result == 0 && i < names->count; i++)
			result = each(maildir, dir, names->name[i], more, err);
		after = names != NULL && names->count > 0 ? names->name[names->count - 1] : NULL;
	} while (result == 0 && names->more);
	if (names != NULL)
		names_clear(names);
	free(names);
	return result;
}

static int maildir_take_name(
    struct maildir *maildir, DIR *dir, const char *name, void *more, struct err *err)
{
	return name[0] != '.' ? maildir_take(maildir, dirfd(dir), *(int *)more, name, err) : 0;
}

/* cur, then new: who looks at a message moves it from new to cur. */
static int maildir_read(struct maildir *maildir, DIR *cur, DIR *new, struct err *err)
{
	size_t path = maildir->path.n;
	int other = -1;
	int result;

	buf_add_text(&maildir->path, "/cur");
	result = maildir_for_each(maildir, cur, maildir_take_name, &other, err);
	maildir->path.n = path;
	other = dirfd(cur);
	buf_add_text(&maildir->path, "/new");
	if (result == 0)
		result = maildir_for_each(maildir, new, maildir_take_name, &other, err);
	maildir->path.n = path;
	return result;
}

/* Where a look at a tree is. */
struct place {
	unsigned depth;
	bool is_maildir;
};

static int maildir_read_folder(
    struct maildir *maildir, DIR *dir, unsigned depth, bool *found_r, struct err *err);

static bool has_folder(int in, const char *name)
{
	struct stat st;

	return fstatat(in, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* A message in its file; other files are counted, unless they are a Maildir's own or hidden. */
static int maildir_take_file(
    struct maildir *maildir, DIR *dir, const char *name, const struct place *place, struct err *err)
{
	struct span span = span_of(name);

	if (place->is_maildir || name[0] == '.')
		return 0;
	if (span_ends_nocase(span, SPAN(".eml")) || span_ends_nocase(span, SPAN(".eml.gz")) ||
	    span_ends_nocase(span, SPAN(".eml.xz")) || span_ends_nocase(span, SPAN(".eml.zst")))
		return maildir_take(maildir, dirfd(dir), -1, name, err);
	maildir->run->counts.elsewhere++;
	return 0;
}

/* Of a Maildir what has been read, and what is being written; of hidden folders all but Maildirs.
 */
static bool folder_is_passed_over(DIR *below, const char *name, const struct place *place)
{
	if (name[0] == '.')
		return below == NULL || !has_folder(dirfd(below), "cur") ||
		       !has_folder(dirfd(below), "new");
	return place->is_maildir &&
	       (strcmp(name, "cur") == 0 || strcmp(name, "new") == 0 || strcmp(name, "tmp") == 0);
}

/* A folder, or a message in its file. */
static int maildir_take_entry(
    struct maildir *maildir, DIR *dir, const char *name, void *more, struct err *err)
{
	const struct place *place = more;
	unsigned depth = place->depth;
	size_t path = maildir->path.n;
	bool found;
	int error, result;
	DIR *below = maildir_open_folder(dirfd(dir), name, &error);

	if (below == NULL && (error == ENOTDIR || error == ELOOP))
		return maildir_take_file(maildir, dir, name, place, err);
	if (folder_is_passed_over(below, name, place)) {
		if (below != NULL)
			closedir(below);
		return 0;
	}
	buf_printf(&maildir->path, "/%s", name);
	buf_clear(&maildir->run->shown);
	log_escape(&maildir->run->shown, buf_span(&maildir->path));
	if (below == NULL) {
		err_set_sys(
		    err, ERR_NOFOLDER, error, "cannot open '%s'", buf_string(&maildir->run->shown));
		result = input_file_note(maildir->file, err);
	} else if (depth == MAILDIR_MAX_DEPTH) {
		err_set(err, ERR_DATA, "'%s' is %u folders deep: it is not read",
		    buf_string(&maildir->run->shown), depth);
		result = input_file_note(maildir->file, err);
	} else {
		result = maildir_read_folder(maildir, below, depth + 1, &found, err);
	}
	maildir->path.n = path;
	if (below != NULL)
		closedir(below);
	return result;
}

/* A Maildir as such, and anything else, or what else is in it, as a part of a tree; *found_r is
 * false when it is neither. */
static int maildir_read_folder(
    struct maildir *maildir, DIR *dir, unsigned depth, bool *found_r, struct err *err)
{
	int error, result = 0;
	DIR *cur = maildir_open_folder(dirfd(dir), "cur", &error);
	DIR *new = maildir_open_folder(dirfd(dir), "new", &error);
	struct place place = {depth, cur != NULL && new != NULL};

	*found_r = place.is_maildir || maildir->run->recursive;
	if (place.is_maildir)
		result = maildir_read(maildir, cur, new, err);
	if (result == 0 && maildir->run->recursive)
		result = maildir_for_each(maildir, dir, maildir_take_entry, &place, err);
	if (cur != NULL)
		closedir(cur);
	if (new != NULL)
		closedir(new);
	return result;
}

void maildir_set_path(struct maildir *maildir)
{
	buf_init(&maildir->path, 0);
	buf_add_text(&maildir->path, maildir->file->path);
	while (maildir->path.n > 1 && maildir->path.p[maildir->path.n - 1] == '/')
		maildir->path.n--;
}

static int maildir_read_input(struct maildir *maildir, struct input *input, struct err *err)
{
	const char *name = input_name(input);
	bool found = false;
	int error, result;
	DIR *dir = NULL;

	if (input_is_folder(input))
		dir = maildir_open_folder(input_folder(input), ".", &error);
	else
		error = ENOTDIR;
	if (dir == NULL)
		return err_set_sys(err, ERR_NOFOLDER, error, "cannot read the folder '%s'", name);
	result = maildir_read_folder(maildir, dir, 0, &found, err);
	closedir(dir);
	if (result == 0 && !found)
		return err_set(err, ERR_DATA,
		    "'%s' is no Maildir: it has no folders cur and new; with --recursive the .eml "
		    "files below it are read",
		    name);
	return result;
}

int maildir_run(const struct input_run *input_run, struct input_file *const *files, unsigned count,
    struct err *err)
{
	struct maildir maildir = {.run = files_run_of(input_run), .file = files[0]};
	struct input *input = input_file_open(files[0], err);
	int result = -1;

	(void)count;
	maildir_set_path(&maildir);
	if (input != NULL)
		result = maildir_read_input(&maildir, input, err);
	if (maildir.path.failed != 0)
		result = err_nomem(err);
	buf_fini(&maildir.path);
	input_close(input);
	return result;
}
