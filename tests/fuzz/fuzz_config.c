/* A configuration file; what --show-config prints of it must mean the same as a file. */
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "mode/modes.h"
#include "settings/settings.h"

#define PATH_SIZE 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The result of options_parse() of a file; --show-config of it when that is 0. */
static int parse(struct span text, struct buf *settings, struct err *err)
{
	char path[PATH_SIZE];
	char name[] = "quarantine-report";
	char profile[] = "--profile=p";
	char show[] = "--show-config";
	char *argv[] = {name, path, show, profile, NULL};
	struct arguments line = {.argv = argv, .modes = modes};
	const struct env env = {0};
	struct options options;
	int fd = memfd_create("config", MFD_CLOEXEC);
	int result;

	CHECK(fd >= 0 && fchmod(fd, S_IRUSR) == 0);
	CHECK(text.n == 0 || write(fd, text.p, text.n) == (ssize_t)text.n);
	snprintf(path, sizeof(path), "--config=/proc/self/fd/%d", fd);
	/* Half of the files are enough for the profile, which must be there. */
	line.argc = text.n % 2 == 0 ? 4 : 3;
	result = options_parse(&line, &env, &options, err);
	if (result == 0)
		options_add_settings(&options, settings);
	options_free(&options);
	close(fd);
	return result;
}

/* The next line, without its origin. */
static struct span next_line(struct span *rest)
{
	size_t end = span_find(*rest, '\n');
	struct span line = span_head(*rest, end);

	*rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(*rest, end + 1);
	return span_head(line, span_find_text(line, SPAN(" ; ")));
}

/* Of a setting that no file can have, or that cannot be shown. */
static bool is_comment(struct span line)
{
	return line.n > 0 && line.p[0] == '#' && !span_starts_nocase(line, SPAN("# merge")) &&
	       !span_starts_nocase(line, SPAN("# profile")) &&
	       !span_starts_nocase(line, SPAN("# config"));
}

static bool is_complete(struct span settings)
{
	while (settings.n > 0)
		if (is_comment(next_line(&settings)))
			return false;
	return true;
}

static void check_same(struct span a, struct span b)
{
	while (a.n > 0) {
		struct span line = next_line(&a);
		struct span other = next_line(&b);

		CHECK(line.n > 0);
		CHECK(line.p[0] == '#' || span_eq(line, other));
	}
	CHECK(b.n == 0);
}

static void check_round_trip(struct buf *settings)
{
	struct err err = ERR_INIT;
	struct span shown;
	struct buf again;

	if (settings->n % 2 == 0) /* so that no profile is asked for */
		buf_add_char(settings, '\n');
	shown = span_trim(buf_span(settings));
	buf_init(&again, 0);
	CHECK(parse(buf_span(settings), &again, &err) == 0);
	check_same(shown, span_trim(buf_span(&again)));
	buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	struct buf settings;

	buf_init(&settings, 0);
	if (parse((struct span){(const char *)data, size}, &settings, &err) != 0)
		CHECK(err.code == ERR_CONFIG);
	else if (is_complete(buf_span(&settings)))
		check_round_trip(&settings);
	buf_fini(&settings);
	return 0;
}
