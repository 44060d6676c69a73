#include "control/exempt.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "control/value.h"

#define EXEMPT_BOM SPAN("\xEF\xBB\xBF")

static int exempt_read(struct exempt *exempt, const char *path, struct err *err)
{
	int result;
	int sys;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return err_set_sys(err, ERR_USAGE, errno, "cannot open the exempt file '%s'", path);
	result = file_read_all(fd, EXEMPT_MAX_FILE, &exempt->file);
	sys = errno;
	close(fd);
	/* Without all of it somebody would be locked who must not be. */
	if (result != 0 && sys == EFBIG)
		return err_set(err, ERR_USAGE, "the exempt file '%s' is longer than %zu bytes",
		    path, EXEMPT_MAX_FILE);
	if (result != 0)
		return err_set_sys(err, ERR_USAGE, sys, "cannot read the exempt file '%s'", path);
	/* Nor with patterns of two bytes a character, which fit nobody. */
	if (span_find(buf_span(&exempt->file), '\0') != SPAN_NPOS)
		return err_set(err, ERR_USAGE, "the exempt file '%s' is no text in UTF-8", path);
	return 0;
}

int exempt_init(struct exempt *exempt, const char *const *given, unsigned given_count,
    const char *path, struct err *err)
{
	*exempt = (struct exempt){.given = given, .given_count = given_count};
	buf_init(&exempt->file, 0);
	return path != NULL ? exempt_read(exempt, path, err) : 0;
}

void exempt_fini(struct exempt *exempt)
{
	buf_fini(&exempt->file);
}

/* A line without what is said behind " #": taken for a part of the pattern it would exempt nobody.
 */
static struct span exempt_pattern(struct span line)
{
	for (size_t i = 0; i < line.n; i++)
		if (line.p[i] == '#' && (i == 0 || span_is_blank(line.p[i - 1])))
			line = span_head(line, i);
	return span_trim(line);
}

bool exempt_has(const struct exempt *exempt, struct span name)
{
	struct span rest = buf_span(&exempt->file);

	if (span_starts_nocase(rest, EXEMPT_BOM))
		rest = span_from(rest, EXEMPT_BOM.n);
	for (unsigned i = 0; i < exempt->given_count; i++)
		if (control_value_matches(name, span_of(exempt->given[i])))
			return true;
	while (rest.n > 0) {
		size_t end = span_find(rest, '\n');
		struct span pattern = exempt_pattern(span_head(rest, end));

		if (pattern.n > 0 && control_value_matches(name, pattern))
			return true;
		rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(rest, end + 1);
	}
	return false;
}
