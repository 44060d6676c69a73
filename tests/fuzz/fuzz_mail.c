/*
 * A letter from whatever stands in its parts: lines of the input are a subject, the name and type
 * of an attachment and the text; addresses are asked for first, as the options do. The header has
 * our fields only, each line short, and the parts are as many as they should be.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "deliver/deliver_mail.h"

#define PATH_SIZE 64

/* RFC 5322, 2.1.1, without the line break. */
#define MAX_LINE 998

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct span next_line(struct span *rest)
{
	struct span line = span_head(*rest, span_find(*rest, '\n'));

	*rest = span_from(*rest, line.n + 1);
	return line;
}

/* A copy that ends with a NUL; what is behind one does not count. */
static char *copy(struct span text)
{
	char *made = strndup(text.n > 0 ? text.p : "", text.n);

	CHECK(made != NULL);
	return made;
}

static bool is_field(struct span line)
{
	static const char *const fields[] = {"Date", "From", "To", "Subject", "Message-ID",
	    "Auto-Submitted", "MIME-Version", "Content-Type", "Content-Transfer-Encoding",
	    "Content-Disposition", "Content-Description", "Precedence", "X-Auto-Response-Suppress"};
	struct span name = span_head(line, span_find(line, ':'));

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		if (span_eq_nocase(name, span_of(fields[i])))
			return true;
	return false;
}

static struct span take_line(struct span *rest)
{
	struct span line = next_line(rest);

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line = span_head(line, line.n - 1);
	CHECK(line.n <= MAX_LINE);
	for (size_t i = 0; i < line.n; i++)
		CHECK(line.p[i] == '\t' || (line.p[i] >= ' ' && line.p[i] <= '~'));
	return line;
}

/* Fields of ours, up to the empty line. */
static void check_header(struct span *rest)
{
	unsigned subjects = 0;

	for (;;) {
		struct span line = take_line(rest);

		if (line.n == 0)
			break;
		if (line.p[0] == ' ' || line.p[0] == '\t')
			continue;
		CHECK(is_field(line));
		subjects += span_starts_nocase(line, SPAN("Subject:"));
	}
	CHECK(subjects <= 1); /* an empty one is left out */
}

static void check_letter(struct span text)
{
	unsigned attachments = 0;

	check_header(&text);
	while (text.n > 0)
		attachments +=
		    span_starts_nocase(take_line(&text), SPAN("Content-Disposition: attachment"));
	CHECK(attachments == 1);
}

static void compose(const struct deliver_letter *letter)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	CHECK(out != NULL);
	CHECK(deliver_mail_compose(letter, out, &err) == 0);
	CHECK(fclose(out) == 0);
	check_letter((struct span){text, n});
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = {(const char *)data, size};
	char path[PATH_SIZE];
	int fd = memfd_create("attachment", MFD_CLOEXEC);
	char *to = copy(next_line(&rest));
	char *from = copy(next_line(&rest));
	struct span subject = next_line(&rest);
	char *name = copy(next_line(&rest));
	const char *const recipients[] = {
	    deliver_mail_is_address(span_of(to)) ? to : "noc@example.com"};
	const struct deliver_attachment file = {
	    path, name, "text/csv; charset=utf-8; header=present"};
	const struct deliver_letter letter = {
	    .from = deliver_mail_is_address(span_of(from)) ? from : NULL,
	    .to = recipients,
	    .to_count = 1,
	    .subject = subject,
	    .text = rest,
	    .files = &file,
	    .file_count = 1,
	    .date = 1795132800,
	    .id = SPAN("fuzz.1"),
	};

	CHECK(fd >= 0 && (size == 0 || write(fd, data, size) == (ssize_t)size));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	compose(&letter);
	close(fd);
	free(to);
	free(from);
	free(name);
	return 0;
}
