/*
 * A file that others go on writing to (input_tail.h): the input says what they do. Unless it is
 * truncated every byte that was written is handed out once, through any rotation.
 */
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "check.h"
#include "input/input_tail.h"

/* What is done with a byte: its value is the low bits of it. */
enum fuzz_deed {
	FUZZ_APPEND,     /* as many bytes of the input as the next one says */
	FUZZ_APPEND_OLD, /* the same, to the file that had the name before */
	FUZZ_ROTATE,
	FUZZ_READ,
	FUZZ_PEEK,
	FUZZ_TRUNCATE,
	FUZZ_OVERWRITE, /* as what copies and truncates: other bytes, as many as there were */
	FUZZ_LEAVE,     /* older files are closed at once from now on */
	FUZZ_DEEDS
};

#define FUZZ_FOLDER "/tmp/fuzz-tail-XXXXXX"

struct fuzz {
	char folder[sizeof(FUZZ_FOLDER)];
	char name[sizeof(FUZZ_FOLDER "/log")];
	char old[sizeof(FUZZ_FOLDER "/log.1")];
	struct tail *tail;
	uint64_t written, read;
	bool is_lossy;
	bool has_old;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_write(const char *name, int flags, struct span text)
{
	int fd = open(name, O_WRONLY | O_CREAT | flags, 0600);

	CHECK(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
	close(fd);
}

static int fuzz_drain(struct fuzz *fuzz)
{
	struct input_line line;
	struct err err = ERR_INIT;
	int got;

	tail_look(fuzz->tail);
	while ((got = tail_next(fuzz->tail, &line, &err)) == 1) {
		CHECK(line.text.n <= INPUT_MAX_LINE);
		CHECK(memchr(line.text.p, '\n', line.text.n) == NULL);
		fuzz->read += line.text.n + line.has_end;
		fuzz->read += line.has_end && line.text.p[line.text.n] == '\r';
	}
	CHECK(got == 0 || got == 2);
	CHECK(fuzz->is_lossy || fuzz->read <= fuzz->written);
	return got;
}

/* Zeros at the beginning of a line are a hole, and passed over. */
static struct span fuzz_take(struct span *rest, char *text)
{
	size_t n = rest->n > 0 ? (unsigned char)rest->p[0] : 0;
	struct span taken;

	*rest = span_from(*rest, rest->n > 0);
	taken = span_head(*rest, n);
	*rest = span_from(*rest, taken.n);
	for (size_t i = 0; i < taken.n; i++)
		text[i] = taken.p[i] != '\0' ? taken.p[i] : '\n';
	return (struct span){text, taken.n};
}

static void fuzz_append(struct fuzz *fuzz, const char *name, struct span text)
{
	fuzz_write(name, O_APPEND, text);
	fuzz->written += text.n;
}

/* Between two looks a file has the name once. */
static void fuzz_rotate(struct fuzz *fuzz)
{
	fuzz_drain(fuzz);
	unlink(fuzz->old);
	CHECK(rename(fuzz->name, fuzz->old) == 0);
	fuzz_write(fuzz->name, O_APPEND, SPAN_EMPTY);
	tail_look(fuzz->tail);
	fuzz->has_old = true;
}

static void fuzz_overwrite(struct fuzz *fuzz, struct span *rest)
{
	char text[UINT8_MAX];

	fuzz_write(fuzz->name, O_TRUNC, fuzz_take(rest, text));
	fuzz->is_lossy = true;
}

static void fuzz_do(struct fuzz *fuzz, enum fuzz_deed deed, struct span *rest)
{
	char text[UINT8_MAX];
	struct err err = ERR_INIT;
	struct span first;

	switch (deed) {
	case FUZZ_APPEND:
		fuzz_append(fuzz, fuzz->name, fuzz_take(rest, text));
		break;
	case FUZZ_APPEND_OLD:
		if (fuzz->has_old)
			fuzz_append(fuzz, fuzz->old, fuzz_take(rest, text));
		break;
	case FUZZ_ROTATE:
		fuzz_rotate(fuzz);
		break;
	case FUZZ_PEEK:
		tail_look(fuzz->tail);
		CHECK(tail_peek(fuzz->tail, &first, &err) == 0);
		break;
	case FUZZ_TRUNCATE:
		CHECK(truncate(fuzz->name, rest->n > 0 ? (unsigned char)rest->p[0] : 0) == 0);
		fuzz->is_lossy = true;
		break;
	case FUZZ_OVERWRITE:
		fuzz_overwrite(fuzz, rest);
		break;
	case FUZZ_LEAVE:
		tail_set_linger(fuzz->tail, 0);
		fuzz->is_lossy = true;
		break;
	default:
		fuzz_drain(fuzz);
	}
}

static void fuzz_begin(struct fuzz *fuzz)
{
	struct err err = ERR_INIT;

	strcpy(fuzz->folder, FUZZ_FOLDER);
	CHECK(mkdtemp(fuzz->folder) != NULL);
	snprintf(fuzz->name, sizeof(fuzz->name), "%s/log", fuzz->folder);
	snprintf(fuzz->old, sizeof(fuzz->old), "%s/log.1", fuzz->folder);
	fuzz_write(fuzz->name, 0, SPAN_EMPTY);
	fuzz->tail = tail_open(fuzz->name, &err);
	CHECK(fuzz->tail != NULL);
}

static void fuzz_end(struct fuzz *fuzz)
{
	fuzz_drain(fuzz);
	tail_end(fuzz->tail);
	CHECK(fuzz_drain(fuzz) == 2);
	CHECK(fuzz->is_lossy || fuzz->read == fuzz->written);
	tail_close(fuzz->tail);
	unlink(fuzz->name);
	unlink(fuzz->old);
	CHECK(rmdir(fuzz->folder) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = {(const char *)data, size};
	struct fuzz fuzz = {0};

	log_set_level(LOG_QUIET);
	fuzz_begin(&fuzz);
	while (rest.n > 0) {
		enum fuzz_deed deed = (unsigned char)rest.p[0] % FUZZ_DEEDS;

		rest = span_from(rest, 1);
		fuzz_do(&fuzz, deed, &rest);
	}
	fuzz_end(&fuzz);
	return 0;
}
