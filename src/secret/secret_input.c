#include "secret/secret_input.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/wait.h"

void secret_input_begin(struct secret_input *input, int64_t deadline)
{
	*input = (struct secret_input){.deadline = deadline};
	(void)!sodium_mlock(input, sizeof(*input));
}

void secret_input_wipe(struct secret_input *input)
{
	explicit_bzero(input->bytes, sizeof(input->bytes));
	input->n = 0;
}

void secret_input_end(struct secret_input *input)
{
	(void)!sodium_munlock(input, sizeof(*input)); /* overwrites it first */
	secret_input_wipe(input);
}

int secret_input_read(struct secret_input *input, int fd, int other, struct err *err)
{
	/* A signal just before read(2) would not interrupt it. */
	struct pollfd waits[] = {{.fd = fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};
	int ready;
	ssize_t n;

	if (input->n == sizeof(input->bytes))
		return 0;
	ready = wait_ready(waits, sizeof(waits) / sizeof(waits[0]), input->deadline, err);
	if (ready < 0)
		return -1;
	if (ready == 0)
		return clock_refuse(err);
	if (waits[0].revents == 0 || waits[1].revents != 0)
		return 1;
	n = read(fd, input->bytes + input->n, sizeof(input->bytes) - input->n);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	if (n < 0)
		return err_set_sys(err, ERR_USAGE, errno, "cannot read it");
	input->n += (size_t)n;
	return n > 0;
}

int secret_input_read_all(struct secret_input *input, int fd, struct err *err)
{
	int more;

	while ((more = secret_input_read(input, fd, -1, err)) > 0)
		;
	return more;
}

int secret_copy(struct span bytes, struct secret *secret_r, struct err *err)
{
	char *copy;

	if (bytes.n == 0)
		return err_set(err, ERR_USAGE, "the password is empty");
	if (bytes.n > SECRET_MAX)
		return err_set(err, ERR_USAGE, "the password is longer than %d bytes", SECRET_MAX);
	for (size_t i = 0; i < bytes.n; i++)
		if (bytes.p[i] == '\r' || bytes.p[i] == '\n' || bytes.p[i] == '\0')
			return err_set(
			    err, ERR_USAGE, "the password has a line break or NUL in it");
	if (sodium_init() < 0)
		return err_set(err, ERR_SYSTEM, "no source of random numbers");
	/* Not swapped out where RLIMIT_MEMLOCK allows it, and in no core file. */
	copy = sodium_malloc(bytes.n + 1);
	if (copy == NULL)
		return err_nomem(err);
	memcpy(copy, bytes.p, bytes.n);
	copy[bytes.n] = '\0';
	*secret_r = (struct secret){.bytes = copy, .n = bytes.n};
	return 0;
}

int secret_input_take(const struct secret_input *input, struct secret *secret_r, struct err *err)
{
	struct span bytes = {input->bytes, input->n};

	if (span_starts_nocase(bytes, SECRET_BOM))
		bytes = span_from(bytes, SECRET_BOM.n);
	if (bytes.n > 0 && bytes.p[bytes.n - 1] == '\n') {
		bytes.n--;
		if (bytes.n > 0 && bytes.p[bytes.n - 1] == '\r')
			bytes.n--;
	}
	return secret_copy(bytes, secret_r, err);
}
