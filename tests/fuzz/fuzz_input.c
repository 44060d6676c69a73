#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "input/input_line.h"

/* Of what unpacks to more only the beginning is read. */
#define MOST ((size_t)4 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int file_of(const uint8_t *data, size_t size, char path[64])
{
	int fd = memfd_create("seed", MFD_CLOEXEC);

	CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* All that there is, in windows of changing size. */
static int read_windows(const char *path, struct buf *out, enum err_code *code_r)
{
	struct err err = ERR_INIT;
	struct input *input = input_open(path, 0, &err);
	struct span window;
	size_t want = 1;
	int got;

	CHECK(input != NULL);
	while ((got = input_window(input, want, &window, &err)) == 1 && out->n < MOST) {
		CHECK(window.n > 0 && window.n <= INPUT_WINDOW);
		window = span_head(window, want * 3 / 2);
		buf_add(out, window);
		input_advance(input, window.n);
		CHECK(input_offset(input) == out->n);
		want = want * 7 % 99991 + 1;
	}
	*code_r = got < 0 ? err.code : ERR_NONE;
	CHECK(got >= 0 || err.code == ERR_DATA);
	input_close(input);
	return got;
}

/* The same as lines. */
static void read_lines(const char *path, struct span all, int end)
{
	struct err err = ERR_INIT;
	struct input_lines lines = {.input = input_open(path, 0, &err)};
	struct input_line line;
	size_t at = 0;
	int got;

	CHECK(lines.input != NULL);
	while ((got = input_line_next(&lines, &line, &err)) == 1) {
		if (line.offset >= all.n)
			break;
		CHECK(line.is_cut || line.offset == at || at == 0 || lines.cut > 0);
		CHECK(line.text.n <= INPUT_MAX_LINE);
		CHECK(span_find(line.text, '\n') == SPAN_NPOS);
		CHECK(!(line.is_cut && line.has_end));
		if (line.offset + line.text.n <= all.n)
			CHECK(span_eq(
			    line.text, span_head(span_from(all, line.offset), line.text.n)));
		at = input_offset(lines.input);
	}
	CHECK(all.n >= MOST || got == end);
	input_close(lines.input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	int fd = file_of(data, size, path);
	enum err_code code;
	struct buf all;
	int end;

	buf_init(&all, 0);
	end = read_windows(path, &all, &code);
	if (end < 0 || all.n < MOST)
		read_lines(path, buf_span(&all), end);
	buf_fini(&all);
	close(fd);
	return 0;
}
