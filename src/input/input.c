#include "input/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/headway.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/wait.h"
#include "input/input_decode.h"

/* /dev/null, which is an empty file. */
#define INPUT_NULL_MAJOR 1
#define INPUT_NULL_MINOR 3

/* As a deadline: there is nothing in what would have to be waited for. */
#define INPUT_NO_WAIT ((int64_t)-1)

struct input {
	char *name;
	int fd;
	struct stat stat;
	int64_t deadline; /* as of clock_now(); 0: none */
	uint64_t limit;   /* bytes that are read of the file at most */
	uint64_t bytes;   /* that have been */
	bool file_ended;

	const struct decode_ops *decode; /* NULL: not compressed */
	void *decoder;
	char *raw; /* INPUT_RAW, when compressed */
	size_t raw_at, raw_n;

	char window[INPUT_WINDOW];
	size_t at, n; /* what is shown lies between */
	uint64_t offset;
	bool ended; /* nothing comes behind the window */
	struct err failure;
};

bool input_is_stdin(const char *path)
{
	return strcmp(path, INPUT_STDIN) == 0;
}

/* Nothing comes any more, and that is wrong. */
static void input_fail(struct input *input, enum err_code code, const char *what)
{
	input->ended = true;
	err_set(&input->failure, code, "'%s' %s", input->name, what);
}

/* Waits for what is no regular file, so that neither a signal nor the deadline is missed. */
static int input_wait(const struct input *input, struct err *err)
{
	struct pollfd fd = {.fd = input->fd, .events = POLLIN};
	int ready;

	if (S_ISREG(input->stat.st_mode))
		return interrupt_check(err);
	if (clock_is_over(input->deadline))
		return clock_refuse(err);
	ready = wait_ready(&fd, 1, input->deadline, err);
	return ready == 0 ? clock_refuse(err) : ready < 0 ? -1 : 0;
}

/* Reads bytes of the file. 0 also at its end, and where it cannot be read: that shows later. */
static int input_read(struct input *input, char *to, size_t room, size_t *got_r, struct err *err)
{
	uint64_t left = input->limit - input->bytes;
	ssize_t n;

	*got_r = 0;
	if (room > left)
		room = (size_t)left;
	if (room == 0) {
		input->file_ended = true;
		return 0;
	}
	do {
		if (input_wait(input, err) != 0) {
			/* A stream (input_stream()) cannot hand on why. */
			if (err->code == ERR_TEMPORARY)
				input->failure = *err;
			return -1;
		}
		n = read(input->fd, to, room);
	} while (n < 0 && (errno == EINTR || errno == EAGAIN));
	input->file_ended = n <= 0;
	if (n < 0) {
		input->ended = true;
		err_set_sys(&input->failure, ERR_IO, errno, "cannot read '%s'", input->name);
	} else if (n == 0 && input->limit != UINT64_MAX) {
		input_fail(input, ERR_IO, "became shorter while it was read");
	}
	*got_r = n > 0 ? (size_t)n : 0;
	input->bytes += *got_r;
	headway_add_bytes(*got_r);
	return 0;
}

static int input_fill_raw(struct input *input, struct err *err)
{
	size_t got;

	if (input->raw_at < input->raw_n || input->file_ended)
		return 0;
	input->raw_at = 0;
	if (input_read(input, input->raw, INPUT_RAW, &got, err) != 0)
		return -1;
	input->raw_n = got;
	return 0;
}

static int input_decoded(
    struct input *input, enum decode_result result, bool stuck, struct err *err)
{
	char what[128];

	switch (result) {
	case DECODE_NOMEM:
		return err_nomem(err);
	case DECODE_END:
		input->ended = true;
		return 0;
	case DECODE_BROKEN:
		snprintf(what, sizeof(what), "is damaged: what follows cannot be decompressed (%s)",
		    input->decode->name);
		input_fail(input, ERR_DATA, what);
		return 0;
	case DECODE_BIG:
		snprintf(what, sizeof(what),
		    "needs more memory to be decompressed (%s) than it may", input->decode->name);
		input_fail(input, ERR_DATA, what);
		return 0;
	case DECODE_MORE:
		break;
	}
	if (stuck && input->file_ended) {
		snprintf(
		    what, sizeof(what), "is cut off: its %s data has no end", input->decode->name);
		input_fail(input, ERR_DATA, what);
	}
	return 0;
}

static int input_fill_decoded(struct input *input, struct err *err)
{
	while (!input->ended && input->n < INPUT_WINDOW) {
		struct decode_step step;
		enum decode_result result;
		size_t room = INPUT_WINDOW - input->n, had;

		if (interrupt_check(err) != 0 || input_fill_raw(input, err) != 0)
			return -1;
		if (input->ended) /* the file could not be read */
			return 0;
		had = input->raw_n - input->raw_at;
		step = (struct decode_step){
		    .in = (unsigned char *)input->raw + input->raw_at,
		    .in_n = had,
		    .is_last = input->file_ended,
		    .out = (unsigned char *)input->window + input->n,
		    .out_n = room,
		};
		result = input->decode->step(input->decoder, &step);
		input->raw_at += had - step.in_n;
		input->n += room - step.out_n;
		if (input_decoded(input, result, step.in_n == had && step.out_n == room, err) != 0)
			return -1;
		if (step.out_n < room && input->raw_at == input->raw_n)
			return 0;
	}
	return 0;
}

/* Puts more behind the window, which has room. */
static int input_fill(struct input *input, struct err *err)
{
	size_t got;

	if (input->decode != NULL)
		return input_fill_decoded(input, err);
	if (input_read(input, input->window + input->n, INPUT_WINDOW - input->n, &got, err) != 0)
		return -1;
	input->n += got;
	input->ended = input->ended || input->file_ended;
	return 0;
}

static void input_make_room(struct input *input)
{
	input->n -= input->at;
	memmove(input->window, input->window + input->at, input->n);
	input->at = 0;
}

int input_check(const struct input *input, struct err *err)
{
	if (input->failure.code == ERR_NONE)
		return 0;
	*err = input->failure;
	return -1;
}

int input_window(struct input *input, size_t want, struct span *window_r, struct err *err)
{
	if (input->n - input->at < want && !input->ended)
		input_make_room(input);
	while (input->n - input->at < want && !input->ended)
		if (input_fill(input, err) != 0)
			return -1;
	if (input->at == input->n)
		return input_check(input, err);
	*window_r = (struct span){input->window + input->at, input->n - input->at};
	return 1;
}

void input_advance(struct input *input, size_t n)
{
	input->at += n;
	input->offset += n;
}

/* What is not read: it would never end, or there is nothing in it. */
static int input_check_kind(struct input *input, struct err *err)
{
	const struct stat *stat = &input->stat;

	if (S_ISBLK(stat->st_mode) || (S_ISCHR(stat->st_mode) && !isatty(input->fd) &&
					  (major(stat->st_rdev) != INPUT_NULL_MAJOR ||
					      minor(stat->st_rdev) != INPUT_NULL_MINOR)))
		return err_set(err, ERR_NOFOLDER, "'%s' is a device, and no file", input->name);
	input->ended =
	    S_ISDIR(stat->st_mode) || (input->deadline == INPUT_NO_WAIT && !S_ISREG(stat->st_mode));
	input->limit = UINT64_MAX;
	if (S_ISREG(stat->st_mode) && stat->st_size > 0) { /* those of /proc say 0 */
		off_t at = lseek(input->fd, 0, SEEK_CUR);
		uint64_t size = (uint64_t)stat->st_size;

		input->limit = at > 0 && (uint64_t)at < size ? size - (uint64_t)at : size;
		posix_fadvise(input->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	return 0;
}

/* Whether it is compressed. What has been read then moves to where compressed data is. */
static int input_recognise(struct input *input, struct err *err)
{
	struct span first = SPAN_EMPTY;
	size_t n;

	if (input->ended)
		return 0;
	if (input_window(input, INPUT_DECODE_MAGIC, &first, err) < 0)
		return input->ended ? 0 : -1; /* when it ended so, that shows later */
	input->decode = decode_find(first);
	if (input->decode == NULL)
		return 0;
	/* A window of it may have been read: more than the later pieces. */
	n = first.n;
	input->raw = malloc(n > INPUT_RAW ? n : INPUT_RAW);
	if (input->raw == NULL)
		return err_nomem(err);
	input->decoder = input->decode->open(err);
	if (input->decoder == NULL)
		return -1;
	memcpy(input->raw, first.p, n);
	input->raw_at = 0;
	input->raw_n = n;
	input->at = input->n = 0;
	input->ended = false;
	return 0;
}

/* A name as errors may show it: whoever made the file chose it, and an error may have lines. NULL:
 * no memory. */
static char *input_show(const char *name)
{
	struct buf shown;
	char *copy;

	buf_init(&shown, 0);
	log_escape(&shown, span_of(name));
	copy = shown.failed == 0 ? strdup(buf_string(&shown)) : NULL;
	buf_fini(&shown);
	return copy;
}

static struct input *input_new(int fd, const char *shown, int64_t deadline, struct err *err)
{
	struct input *input = fd >= 0 ? malloc(sizeof(*input)) : NULL;

	if (input == NULL) {
		err_nomem(err);
		if (fd > STDIN_FILENO)
			close(fd);
		return NULL;
	}
	/* Not the window: a small file has no need of all its pages. */
	memset(input, 0, offsetof(struct input, window));
	input->at = input->n = 0;
	input->offset = 0;
	input->ended = false;
	input->failure = (struct err)ERR_INIT;
	input->fd = fd;
	input->deadline = deadline;
	input->name = input_show(shown);
	if (input->name == NULL) {
		err_nomem(err);
	} else if (fstat(fd, &input->stat) != 0) {
		err_set_sys(err, ERR_NOFOLDER, errno, "cannot open '%s'", input->name);
	} else if (input_check_kind(input, err) == 0 && input_recognise(input, err) == 0) {
		return input;
	}
	input_close(input);
	return NULL;
}

/* Does not wait for whoever writes to a pipe: reading it does. */
static int input_open_fd(
    int folder, const char *path, int flags, const char *shown, struct err *err)
{
	int fd;

	do {
		if (interrupt_check(err) != 0)
			return -1;
		fd = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | flags);
	} while (fd < 0 && errno == EINTR);
	if (fd < 0) {
		int sys = errno;
		char *name = input_show(shown);

		if (name != NULL)
			err_set_sys(err, ERR_NOFOLDER, sys, "cannot open '%s'", name);
		else
			err_nomem(err);
		free(name);
	}
	return fd;
}

struct input *input_open(const char *path, int64_t deadline, struct err *err)
{
	int fd;

	if (input_is_stdin(path))
		return input_new(STDIN_FILENO, "standard input", deadline, err);
	fd = input_open_fd(AT_FDCWD, path, 0, path, err);
	return fd >= 0 ? input_new(fd, path, deadline, err) : NULL;
}

struct input *input_open_at(int folder, const char *name, const char *shown, struct err *err)
{
	int fd = input_open_fd(folder, name, O_NOFOLLOW, shown, err);

	return fd >= 0 ? input_new(fd, shown, INPUT_NO_WAIT, err) : NULL;
}

void input_close(struct input *input)
{
	if (input == NULL)
		return;
	if (input->decoder != NULL)
		input->decode->close(input->decoder);
	if (input->fd != STDIN_FILENO)
		close(input->fd);
	free(input->raw);
	free(input->name);
	free(input);
}

const char *input_name(const struct input *input)
{
	return input->name;
}

const struct stat *input_stat(const struct input *input)
{
	return &input->stat;
}

bool input_is_folder(const struct input *input)
{
	return S_ISDIR(input->stat.st_mode);
}

int input_folder(const struct input *input)
{
	return input->fd;
}

const char *input_compression(const struct input *input)
{
	return input->decode != NULL ? input->decode->name : NULL;
}

uint64_t input_offset(const struct input *input)
{
	return input->offset;
}

uint64_t input_bytes(const struct input *input)
{
	return input->bytes;
}

bool input_has_grown(const struct input *input)
{
	struct stat now;

	return S_ISREG(input->stat.st_mode) && fstat(input->fd, &now) == 0 &&
	       now.st_size > input->stat.st_size;
}

/* fopencookie(3). */
static ssize_t input_stream_read(void *cookie, char *to, size_t room)
{
	struct input *input = cookie;
	struct err err = ERR_INIT;
	struct span window;
	int got = input_window(input, 1, &window, &err);

	if (got != 1) {
		errno = got == 0 ? 0 : EIO;
		return got;
	}
	window = span_head(window, room);
	memcpy(to, window.p, window.n);
	input_advance(input, window.n);
	return (ssize_t)window.n;
}

FILE *input_stream(struct input *input, struct err *err)
{
	FILE *stream = fopencookie(input, "r", (cookie_io_functions_t){.read = input_stream_read});

	if (stream == NULL)
		err_nomem(err);
	return stream;
}
