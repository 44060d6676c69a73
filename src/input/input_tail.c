#include "input/input_tail.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/wait.h"
#include "input/input_decode.h"

/* As a time until which is waited: long over. */
#define TAIL_NOW 1

#define TAIL_ROOM (INPUT_MAX_LINE + 2)

/* One that is closing makes room for another. */
#define TAIL_BEFORE_ROOM (TAIL_MAX_BEFORE + 1)

struct tail_file {
	int fd; /* -1: none */
	bool is_regular;
	bool has_ended; /* a pipe whose writer has closed it */
	dev_t device;
	ino_t inode;
	uint64_t offset; /* of what is read next */
	uint64_t limit;  /* lines are handed out as far as here */
	uint64_t number; /* of the last line */
	char print[TAIL_PRINT];
	size_t print_n;
	char *room; /* TAIL_ROOM bytes: what was read and not handed out */
	size_t at, n;
	bool in_line; /* the rest of a line that was too long is passed over */
	bool in_hole; /* the line has not begun: only zeros have come */
	/* Of one that had the name before: */
	int64_t switched; /* when the name went to another file, as of clock_now() */
	bool is_closing;  /* it is closed at its end */
};

struct tail {
	char *path; /* NULL: standard input */
	char *name;
	struct tail_file now;
	struct tail_file before[TAIL_BEFORE_ROOM]; /* the oldest first */
	unsigned before_count;
	int64_t linger;
	uint64_t losses, rotations;
	bool is_over; /* tail_end() */
	bool is_gone; /* that nobody has the name has been said */
};

static void tail_file_close(struct tail_file *file)
{
	if (file->fd > STDIN_FILENO)
		close(file->fd);
	free(file->room);
	*file = (struct tail_file){.fd = -1};
}

static int tail_file_init(struct tail_file *file, int fd, struct err *err)
{
	struct stat found;

	*file = (struct tail_file){.fd = fd, .in_hole = true};
	file->room = malloc(TAIL_ROOM);
	if (file->room == NULL || fstat(fd, &found) != 0) {
		tail_file_close(file);
		return err_nomem(err);
	}
	file->is_regular = S_ISREG(found.st_mode);
	file->device = found.st_dev;
	file->inode = found.st_ino;
	if (file->is_regular && fd == STDIN_FILENO) {
		off_t at = lseek(fd, 0, SEEK_CUR);

		file->offset = at > 0 ? (uint64_t)at : 0;
	}
	return 0;
}

/* A pipe is opened for writing as well: its last writer does not end it. */
static int tail_open_fd(const char *path, struct stat *found_r)
{
	int flags = O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	int fd = open(path, O_RDONLY | flags);
	int both;

	if (fd < 0 || fstat(fd, found_r) != 0 || !S_ISFIFO(found_r->st_mode))
		return fd;
	both = open(path, O_RDWR | flags);
	if (both >= 0) {
		close(fd);
		fd = both;
	}
	return fd;
}

static int tail_check_kind(
    const struct tail *tail, int fd, const struct stat *found, struct err *err)
{
	char magic[INPUT_DECODE_MAGIC];
	ssize_t n;

	if (!S_ISREG(found->st_mode) && !S_ISFIFO(found->st_mode) && !S_ISSOCK(found->st_mode) &&
	    fd != STDIN_FILENO)
		return err_set(err, ERR_NOFOLDER, "'%s' is a %s, and cannot be followed",
		    tail->name, S_ISDIR(found->st_mode) ? "folder" : "device");
	n = S_ISREG(found->st_mode) ? pread(fd, magic, sizeof(magic), 0) : 0;
	if (n > 0 && decode_find((struct span){magic, (size_t)n}) != NULL)
		return err_set(
		    err, ERR_DATA, "'%s' is compressed, and cannot be followed", tail->name);
	return 0;
}

static int tail_start(struct tail *tail, const char *path, struct err *err)
{
	struct stat found;
	int fd = tail->path == NULL ? STDIN_FILENO : tail_open_fd(path, &found);

	if (fd < 0 || (tail->path == NULL && fstat(fd, &found) != 0))
		return err_set_sys(err, ERR_NOFOLDER, errno, "cannot open '%s'", tail->name);
	if (tail_check_kind(tail, fd, &found, err) != 0) {
		if (fd != STDIN_FILENO)
			close(fd);
		return -1;
	}
	return tail_file_init(&tail->now, fd, err);
}

struct tail *tail_open(const char *path, struct err *err)
{
	struct tail *tail = calloc(1, sizeof(*tail));
	struct buf name;

	if (tail == NULL) {
		err_nomem(err);
		return NULL;
	}
	tail->now.fd = -1;
	tail->linger = TAIL_LINGER;
	buf_init(&name, 0);
	log_escape(&name, span_of(input_is_stdin(path) ? "standard input" : path));
	tail->name = name.failed == 0 ? strdup(buf_string(&name)) : NULL;
	buf_fini(&name);
	tail->path = input_is_stdin(path) ? NULL : strdup(path);
	if (tail->name == NULL || (tail->path == NULL && !input_is_stdin(path)))
		err_nomem(err);
	else if (tail_start(tail, path, err) == 0)
		return tail;
	tail_close(tail);
	return NULL;
}

void tail_close(struct tail *tail)
{
	if (tail == NULL)
		return;
	tail_file_close(&tail->now);
	for (unsigned i = 0; i < tail->before_count; i++)
		tail_file_close(&tail->before[i]);
	free(tail->path);
	free(tail->name);
	free(tail);
}

const char *tail_name(const struct tail *tail)
{
	return tail->name;
}

time_t tail_modified(const struct tail *tail)
{
	struct stat found;

	return tail->now.is_regular && fstat(tail->now.fd, &found) == 0 ? found.st_mtime : 0;
}

bool tail_is_over(const struct tail *tail)
{
	return tail->now.has_ended;
}

int tail_fd(const struct tail *tail)
{
	return tail->now.is_regular ? -1 : tail->now.fd;
}

uint64_t tail_losses(const struct tail *tail)
{
	return tail->losses;
}

uint64_t tail_rotations(const struct tail *tail)
{
	return tail->rotations;
}

/* From its beginning. */
static void tail_file_restart(struct tail_file *file)
{
	file->offset = 0;
	file->at = file->n = 0;
	file->print_n = 0;
	file->in_line = false;
	file->in_hole = true;
}

/* Whether it begins as before; longer by now, more of it is remembered. */
static bool tail_file_is_same(struct tail_file *file)
{
	char print[TAIL_PRINT];
	ssize_t n = pread(file->fd, print, sizeof(print), 0);

	if (n < 0)
		return true; /* reading it will tell */
	if ((size_t)n < file->print_n || memcmp(print, file->print, file->print_n) != 0)
		return false;
	memcpy(file->print, print, (size_t)n);
	file->print_n = (size_t)n;
	return true;
}

/* True when there is something to be read. */
static bool tail_file_look(struct tail *tail, struct tail_file *file)
{
	struct stat found;

	if (file->fd < 0 || fstat(file->fd, &found) != 0)
		return false;
	file->limit = UINT64_MAX;
	if (!file->is_regular)
		return !file->has_ended;
	file->limit = (uint64_t)found.st_size;
	if (file->limit == file->offset)
		return file->at < file->n &&
		       memchr(file->room + file->at, '\n', file->n - file->at) != NULL;
	if (file->limit < file->offset || !tail_file_is_same(file)) {
		tail->losses++;
		log_warn("'%s' was truncated: what was written to it just before may be missing",
		    tail->name);
		tail_file_restart(file);
		tail_file_is_same(file);
	}
	return file->limit > file->offset;
}

/* Another file has the name: it is opened beside the old one, once there is room. */
static void tail_switch(struct tail *tail)
{
	struct tail_file old = tail->now;
	struct err err = ERR_INIT;

	if (tail->before_count == TAIL_BEFORE_ROOM)
		return;
	tail->now = (struct tail_file){.fd = -1};
	if (tail_start(tail, tail->path, &err) != 0) {
		tail->now = old;
		if (!tail->is_gone && err.sys != ENOENT)
			log_warn("%s: the file that had the name before is read on", err.text);
		tail->is_gone = true;
		return;
	}
	old.switched = clock_now();
	tail->before[tail->before_count++] = old;
	tail->before[0].is_closing |= tail->before_count > TAIL_MAX_BEFORE;
	tail->rotations++;
	tail->is_gone = false;
	log_info("'%s' is another file now, and read from its beginning", tail->name);
}

static void tail_look_for_name(struct tail *tail)
{
	struct stat found;

	if (tail->path == NULL || !tail->now.is_regular)
		return;
	if (stat(tail->path, &found) != 0) {
		if (!tail->is_gone)
			log_info(
			    "'%s' is gone: it is read on as soon as it is there again", tail->name);
		tail->is_gone = true;
	} else if (found.st_dev != tail->now.device || found.st_ino != tail->now.inode) {
		tail_switch(tail);
	}
}

/* Nothing has been written to it for long enough. */
static bool tail_is_left(const struct tail *tail, const struct tail_file *file)
{
	return tail->is_over || clock_now() - file->switched >= tail->linger;
}

int tail_look(struct tail *tail)
{
	bool more = false;

	tail_look_for_name(tail);
	for (unsigned i = 0; i < tail->before_count; i++) {
		struct tail_file *file = &tail->before[i];
		bool has_more = tail_file_look(tail, file);

		file->is_closing |= !has_more && tail_is_left(tail, file);
		more |= has_more || file->is_closing;
	}
	return tail_file_look(tail, &tail->now) || more;
}

void tail_end(struct tail *tail)
{
	tail->is_over = true;
	for (unsigned i = 0; i < tail->before_count; i++)
		tail->before[i].is_closing = true;
}

void tail_set_linger(struct tail *tail, int64_t linger)
{
	tail->linger = linger;
}

/* Reads on. 1; 0: nothing at present; 2: its end; -1. */
static int tail_file_fill(struct tail *tail, struct tail_file *file, struct err *err)
{
	size_t room;
	ssize_t n;

	memmove(file->room, file->room + file->at, file->n - file->at);
	file->n -= file->at;
	file->at = 0;
	room = TAIL_ROOM - file->n;
	if (file->is_regular && room > file->limit - file->offset)
		room = (size_t)(file->limit - file->offset);
	if (room == 0 || file->has_ended)
		return file->has_ended ? 2 : 0;
	if (file->is_regular) {
		n = pread(file->fd, file->room + file->n, room, (off_t)file->offset);
	} else {
		struct pollfd ready = {.fd = file->fd, .events = POLLIN};

		/* What standard input is may be others' as well: its flags are left alone. */
		if (wait_ready(&ready, 1, TAIL_NOW, &(struct err)ERR_INIT) <= 0)
			return 0;
		n = read(file->fd, file->room + file->n, room);
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return err_set_sys(err, ERR_IO, errno, "cannot read '%s'", tail->name);
	file->has_ended = n == 0 && !file->is_regular;
	file->offset += (size_t)n;
	file->n += (size_t)n;
	return n > 0 ? 1 : file->has_ended ? 2 : 0;
}

/* Zeros that a line begins with: where a file was truncated under its writer. */
static void tail_file_skip_hole(struct tail_file *file)
{
	while (file->in_hole && file->at < file->n && file->room[file->at] == '\0')
		file->at++;
	file->in_hole = file->at == file->n && file->in_hole;
}

/* The rest of a line that was too long; false: it goes on. */
static bool tail_file_skip(struct tail_file *file)
{
	struct span rest = {file->room + file->at, file->n - file->at};
	size_t end = span_find(rest, '\n');

	if (!file->in_line)
		return true;
	file->at += end == SPAN_NPOS ? rest.n : end + 1;
	file->in_line = end == SPAN_NPOS;
	file->in_hole = !file->in_line;
	return !file->in_line;
}

/* A line from what has been read. False: there is none yet. */
static bool tail_file_take(struct tail_file *file, bool is_last, struct input_line *line_r)
{
	struct span rest;
	size_t end;

	if (!tail_file_skip(file))
		return false;
	tail_file_skip_hole(file);
	rest = (struct span){file->room + file->at, file->n - file->at};
	end = span_find(span_head(rest, INPUT_MAX_LINE + 1), '\n');
	if (end == SPAN_NPOS && rest.n <= INPUT_MAX_LINE && (!is_last || rest.n == 0))
		return false;
	*line_r = (struct input_line){
	    .text = span_head(rest, end != SPAN_NPOS ? end : INPUT_MAX_LINE),
	    .number = ++file->number,
	    .offset = file->offset - rest.n,
	    .has_end = end != SPAN_NPOS,
	    .is_cut = end == SPAN_NPOS && rest.n > INPUT_MAX_LINE,
	};
	file->at += line_r->text.n + line_r->has_end;
	file->in_line = line_r->is_cut;
	file->in_hole = line_r->has_end;
	if (line_r->has_end && line_r->text.n > 0 && line_r->text.p[line_r->text.n - 1] == '\r')
		line_r->text.n--;
	return true;
}

static int tail_file_next(
    struct tail *tail, struct tail_file *file, struct input_line *line_r, struct err *err)
{
	int got = file->fd >= 0 ? 1 : 0;

	while (got == 1) {
		if (tail_file_take(file, false, line_r))
			return 1;
		got = tail_file_fill(tail, file, err);
	}
	return got == 2 && tail_file_take(file, true, line_r) ? 1 : got;
}

static void tail_close_before(struct tail *tail, unsigned i)
{
	tail_file_close(&tail->before[i]);
	tail->before_count--;
	memmove(&tail->before[i], &tail->before[i + 1],
	    (tail->before_count - i) * sizeof(tail->before[0]));
}

/* Of the older files, the oldest first. One that cannot be read does not hold up the others. */
static int tail_next_before(struct tail *tail, struct input_line *line_r, struct err *err)
{
	int got = 0;

	for (unsigned i = 0; got == 0 && i < tail->before_count; i++) {
		struct tail_file *file = &tail->before[i];

		got = tail_file_next(tail, file, line_r, err);
		if (got == 0 && file->is_closing && tail_file_take(file, true, line_r))
			got = 1;
		if (got < 0)
			tail_close_before(tail, i);
	}
	return got;
}

int tail_next(struct tail *tail, struct input_line *line_r, struct err *err)
{
	int got = tail_next_before(tail, line_r, err);

	if (got != 0)
		return got;
	for (unsigned i = tail->before_count; i-- > 0;)
		if (tail->before[i].is_closing)
			tail_close_before(tail, i);
	got = tail_file_next(tail, &tail->now, line_r, err);
	if (got != 0 || !tail->is_over)
		return got;
	return tail_file_take(&tail->now, true, line_r) ? 1 : 2;
}

int tail_peek(struct tail *tail, struct span *first_r, struct err *err)
{
	struct tail_file *file = &tail->now;
	int got = 1;

	while (got == 1 && file->n < TAIL_ROOM)
		got = tail_file_fill(tail, file, err);
	tail_file_skip_hole(file);
	*first_r = (struct span){file->room + file->at, file->n - file->at};
	return got < 0 ? -1 : 0;
}
