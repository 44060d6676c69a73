#include "base/notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_send(const char *socket_name, const char *text)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t n = socket_name != NULL ? strlen(socket_name) : 0;
	socklen_t length;
	int fd;

	if (n < 2 || n >= sizeof(to.sun_path) || strlen(text) > NOTIFY_MAX ||
	    (socket_name[0] != '/' && socket_name[0] != '@'))
		return;
	memcpy(to.sun_path, socket_name, n);
	if (socket_name[0] == '@')
		to.sun_path[0] = '\0';
	length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Never waits: a manager that is busy gets the next sign. */
	(void)!sendto(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
	    (const struct sockaddr *)&to, length);
	close(fd);
}
