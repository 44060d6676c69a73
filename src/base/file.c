#include "base/file.h"

#include <errno.h>
#include <unistd.h>

int file_read_all(int fd, size_t max, struct buf *out)
{
	const size_t room = max + 1; /* one more byte shows that there are too many */
	ssize_t n = 1;

	if (buf_reserve(out, room) == NULL) {
		errno = out->failed;
		return -1;
	}
	while (n > 0 && out->n < room) {
		n = read(fd, out->p + out->n, room - out->n);
		if (n > 0)
			out->n += (size_t)n;
	}
	if (n < 0)
		return -1;
	if (out->n > max) {
		errno = EFBIG;
		return -1;
	}
	return 0;
}
