#include "deliver/deliver_mail.h"

#include <errno.h>
#include <fcntl.h>
#include <libetpan/mailmime_write_generic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deliver/deliver_mail_mime.h"
#include "deliver/deliver_mail_text.h"

/* Where libetpan writes to. Not all of its functions hand on an error. */
struct deliver_output {
	FILE *out;
	int failed; /* errno */
};

/* Takes the CR of each CR LF away. Returns 0 on failure, as libetpan wants it. */
static int deliver_write(void *data, const char *bytes, size_t n)
{
	struct deliver_output *output = data;

	for (size_t i = 0; i < n && output->failed == 0; i++)
		if (bytes[i] != '\r' && putc_unlocked(bytes[i], output->out) == EOF)
			output->failed = errno;
	return output->failed == 0;
}

static int deliver_check_addresses(const struct deliver_letter *letter, struct err *err)
{
	bool good = letter->to_count > 0 &&
		    (letter->from == NULL || deliver_mail_is_address(span_of(letter->from)));

	for (unsigned i = 0; good && i < letter->to_count; i++)
		good = deliver_mail_is_address(span_of(letter->to[i]));
	return good ? 0 : err_set(err, ERR_INTERNAL, "a letter without proper addresses");
}

/* libetpan does not say why it cannot read a file, and would wait for ever on a pipe. */
static int deliver_check_file(const struct deliver_attachment *file, struct err *err)
{
	int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int sys = errno;
	struct stat st;
	bool good;

	if (fd < 0)
		return err_set_sys(err, ERR_IO, sys, "cannot attach '%s'", file->path);
	good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	close(fd);
	return good ? 0 : err_set(err, ERR_IO, "cannot attach '%s': it is no file", file->path);
}

static int deliver_check(const struct deliver_letter *letter, struct err *err)
{
	if (deliver_check_addresses(letter, err) != 0)
		return -1;
	for (unsigned i = 0; i < letter->file_count; i++)
		if (deliver_check_file(&letter->files[i], err) != 0)
			return -1;
	return 0;
}

/* A message that owns both. NULL without memory: both are freed. */
static struct mailmime *deliver_make(struct mailimf_fields *fields, struct mailmime *body)
{
	struct mailmime_fields *version =
	    mailmime_fields_new_with_version(NULL, NULL, NULL, NULL, NULL);
	struct mailmime *message = NULL;

	if (fields != NULL && body != NULL && version != NULL)
		message = mailmime_new(
		    MAILMIME_MESSAGE, NULL, 0, version, NULL, NULL, NULL, NULL, NULL, fields, body);
	if (message != NULL)
		return message;
	if (version != NULL)
		mailmime_fields_free(version);
	if (fields != NULL)
		mailimf_fields_free(fields);
	if (body != NULL)
		mailmime_free(body);
	return NULL;
}

static int deliver_write_message(struct mailmime *message, FILE *out, struct err *err)
{
	struct deliver_output output = {.out = out};
	int column = 0;
	int status;

	flockfile(out);
	status = mailmime_write_driver(deliver_write, &output, &column, message);
	funlockfile(out);
	if (output.failed == 0 && fflush(out) != 0)
		output.failed = errno;
	if (output.failed != 0)
		return err_set_sys(err, ERR_IO, output.failed, "cannot write the letter");
	if (status == MAILIMF_ERROR_FILE)
		return err_set(err, ERR_IO, "cannot read an attachment");
	return status == MAILIMF_NO_ERROR ? 0 : err_nomem(err);
}

int deliver_mail_compose(const struct deliver_letter *letter, FILE *out, struct err *err)
{
	struct mailmime *message;
	struct buf text;
	int result;

	if (deliver_check(letter, err) != 0)
		return -1;
	buf_init(&text, 0);
	deliver_mail_add_lines(&text, letter->text);
	message = text.failed == 0 ? deliver_make(deliver_mail_make_fields(letter),
					 deliver_mail_make_body(letter, buf_span(&text)))
				   : NULL;
	result = message != NULL ? deliver_write_message(message, out, err) : err_nomem(err);
	if (message != NULL)
		mailmime_free(message);
	buf_fini(&text);
	return result;
}
