/* Streams to what somebody reads while we write: pipes, terminals, devices. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/wait.h"
#include "deliver/deliver_part.h"

struct deliver_direct {
	int fd;
	int64_t deadline;
	bool may_block; /* whoever reads it may be slow, or asleep */
	bool is_stdout;
};

/* Waits until it can be written to. -1 at the deadline or on a signal: errno says which. */
static int deliver_await_reader(const struct deliver_direct *direct)
{
	struct pollfd fd = {.fd = direct->fd, .events = POLLOUT};
	struct err err = ERR_INIT;
	int ready = wait_ready(&fd, 1, direct->deadline, &err);

	if (ready == 0)
		errno = DELIVER_DEADLINE;
	else if (ready < 0)
		errno = err.code == ERR_SIGNAL ? EINTR : err.sys;
	return ready > 0 ? 0 : -1;
}

/* A pipe that is ready takes PIPE_BUF bytes without blocking, whatever its flags (pipe(7)): these
 * may be shared with others, and stay as they are. */
static ssize_t deliver_direct_write(void *cookie, const char *bytes, size_t n)
{
	const struct deliver_direct *direct = cookie;
	size_t done = 0;

	while (done < n) {
		size_t piece = n - done;
		ssize_t put;

		if (direct->may_block && piece > PIPE_BUF)
			piece = PIPE_BUF;
		if (direct->may_block && deliver_await_reader(direct) != 0)
			return 0;
		put = write(direct->fd, bytes + done, piece);
		if (put < 0 && errno == EPIPE && direct->is_stdout)
			interrupt_reader_gone();
		if (put < 0 && errno != EAGAIN && errno != EINTR)
			return 0;
		if (put < 0 && errno == EINTR && !direct->may_block)
			return 0;
		done += put > 0 ? (size_t)put : 0;
	}
	return (ssize_t)n;
}

static int deliver_direct_close(void *cookie)
{
	struct deliver_direct *direct = cookie;
	int result = close(direct->fd);
	int sys = errno;

	free(direct);
	errno = sys;
	return result;
}

FILE *deliver_direct_stream(int fd, bool is_stdout, int64_t deadline)
{
	static const cookie_io_functions_t functions = {
	    .write = deliver_direct_write,
	    .close = deliver_direct_close,
	};
	struct deliver_direct *direct;
	int flags = fcntl(fd, F_GETFL);
	FILE *stream;
	struct stat st;

	if (flags < 0 || fstat(fd, &st) != 0)
		return NULL;
	if ((flags & O_ACCMODE) == O_RDONLY) {
		errno = EINVAL; /* as fdopen(3) has it */
		return NULL;
	}
	direct = malloc(sizeof(*direct));
	if (direct == NULL)
		return NULL;
	*direct = (struct deliver_direct){fd, deadline, !S_ISREG(st.st_mode), is_stdout};
	stream = fopencookie(direct, "w", functions);
	if (stream == NULL)
		free(direct);
	return stream;
}
