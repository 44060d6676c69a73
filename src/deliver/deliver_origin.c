#include "deliver/deliver_origin.h"

#include <string.h>
#include <sys/xattr.h>

#include "deliver/deliver_part.h"

#define DELIVER_ORIGIN_ATTRIBUTE "user.quarantine-report.origin"

static size_t deliver_origin_size(const char *origin)
{
	return strnlen(origin, DELIVER_MAX_ORIGIN);
}

void deliver_set_origin(struct deliver_file *file, const char *origin)
{
	if (deliver_is_direct(file))
		return;
	/* Without it the report is as good, and is replaced like one of an earlier version. */
	(void)!fsetxattr(
	    file->direct->fd, DELIVER_ORIGIN_ATTRIBUTE, origin, deliver_origin_size(origin), 0);
}

bool deliver_is_foreign(const char *path, const char *origin)
{
	char there[DELIVER_MAX_ORIGIN];
	ssize_t n = lgetxattr(path, DELIVER_ORIGIN_ATTRIBUTE, there, sizeof(there));

	if (n < 0)
		return false;
	return (size_t)n != deliver_origin_size(origin) || memcmp(there, origin, (size_t)n) != 0;
}
