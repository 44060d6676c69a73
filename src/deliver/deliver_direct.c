/* Streams that write for themselves: to what somebody reads meanwhile (pipes, terminals, devices),
 * and to files. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "base/wait.h"
#include "deliver/deliver_part.h"

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

/* After a write that failed (errno). 0: there may be room by now. */
static int deliver_await_room(const struct deliver_direct *direct)
{
	struct deliver_patience *patience = direct->patience;
	struct err err = ERR_INIT;
	int sys = errno;

	if (patience == NULL || !patience->waits || (sys != ENOSPC && sys != EDQUOT))
		return -1;
	if (!patience->is_full)
		log_warn("an output cannot be written (%s): it is tried again until it can, and "
			 "nothing is read meanwhile",
		    strerror(sys));
	patience->is_full = true;
	if (wait_pause(DELIVER_FULL_PAUSE, &err) == 0)
		return 0;
	if (!patience->is_lost)
		log_warn("there is still no room, and the run ends: what is incomplete is dropped, "
			 "and no file of this report gets its name");
	patience->is_lost = true;
	errno = EINTR;
	return -1;
}

/* That it cannot be done, or fails, shows in fsync(2). */
static void deliver_write_behind(struct deliver_direct *direct, size_t n)
{
	if (!direct->is_saved)
		return;
	direct->behind += n;
	if (direct->behind < DELIVER_BEHIND)
		return;
	direct->behind = 0;
#ifdef SYNC_FILE_RANGE_WRITE
	(void)!sync_file_range(direct->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
#endif
}

/* A pipe that is ready takes PIPE_BUF bytes without blocking, whatever its flags (pipe(7)): these
 * may be shared with others, and stay as they are. */
static ssize_t deliver_direct_write(void *cookie, const char *bytes, size_t n)
{
	struct deliver_direct *direct = cookie;
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
		if (put < 0 && errno != EAGAIN && errno != EINTR && deliver_await_room(direct) != 0)
			return 0;
		if (put < 0 && errno == EINTR && !direct->may_block)
			return 0;
		done += put > 0 ? (size_t)put : 0;
		if (put > 0 && direct->patience != NULL && direct->patience->is_full) {
			log_warn("outputs can be written again: nothing is lost");
			direct->patience->is_full = false;
		}
	}
	deliver_write_behind(direct, n);
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

FILE *deliver_direct_stream(
    int fd, bool is_stdout, int64_t deadline, struct deliver_direct **direct_r)
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
	*direct = (struct deliver_direct){
	    .fd = fd,
	    .deadline = deadline,
	    .may_block = !S_ISREG(st.st_mode),
	    .is_stdout = is_stdout,
	};
	stream = fopencookie(direct, "w", functions);
	if (stream == NULL)
		free(direct);
	else
		*direct_r = direct;
	return stream;
}

void deliver_wait_for_room(struct deliver_file *file, struct deliver_patience *patience)
{
	file->direct->patience = patience;
}
