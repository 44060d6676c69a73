#include "mail/charset_open.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "base/span.h"

/* What the C library was installed with, in the folder of its converters beside it. */
#define CHARSET_LIST "gconv/gconv-modules.cache"

/* More than the largest converter takes. */
#define CHARSET_PROBE_BYTES ((size_t)4 * 1024 * 1024)

#define CHARSET_ENTRY_MAX 64

/* One that fails is tried again: what was short may be there again. */
#define CHARSET_ATTEMPTS 2

/* 0 when there are memory and descriptors for a converter, else the errno that says which not. */
static int charset_probe(void)
{
	void *volatile memory = malloc(CHARSET_PROBE_BYTES);
	int fd;

	if (memory == NULL)
		return ENOMEM;
	free(memory);
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/* Its path is that of the C library but for the last part; "" when that is not known. */
static void charset_list_path(char path_r[PATH_MAX])
{
	void *function = dlsym(RTLD_DEFAULT, "iconv_open");
	Dl_info library;
	const char *file;
	int folder;

	path_r[0] = '\0';
	if (function == NULL || dladdr(function, &library) == 0 || library.dli_fname == NULL)
		return;
	file = path_name(library.dli_fname);
	folder = (int)(file - library.dli_fname);
	if (snprintf(path_r, PATH_MAX, "%.*s" CHARSET_LIST, folder, library.dli_fname) >= PATH_MAX)
		path_r[0] = '\0';
}

/* Whether the list has the name: as "NAME//" with a NUL behind it, maybe as the end of another. */
static bool charset_list_has(struct span list, const char *name)
{
	char entry[CHARSET_ENTRY_MAX];
	int n = snprintf(entry, sizeof(entry), "%s//", name);

	return n > 0 && (size_t)n < sizeof(entry) &&
	       memmem(list.p, list.n, entry, (size_t)n + 1) != NULL;
}

/*
 * Why iconv_open(3) says EINVAL again and again: 0 when the C library was installed without the
 * set, else an errno. One allocation that fails in its loader can make a converter unusable for the
 * rest of the process, so that trying again does not tell.
 */
static int charset_why(const char *name)
{
	char path[PATH_MAX];
	struct stat status;
	void *list = MAP_FAILED;
	int sys = 0;
	int fd;

	charset_list_path(path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	if (fstat(fd, &status) == 0)
		list = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (list == MAP_FAILED)
		sys = errno;
	else if (charset_list_has((struct span){list, (size_t)status.st_size}, name))
		sys = ELIBACC;
	if (list != MAP_FAILED)
		munmap(list, (size_t)status.st_size);
	close(fd);
	return sys;
}

int charset_open(const char *name, iconv_t *conversion_r)
{
	int sys = 0;

	for (unsigned i = 0; i < CHARSET_ATTEMPTS; i++) {
		*conversion_r = iconv_open("UTF-8", name);
		if (*conversion_r != CHARSET_NONE)
			return 0;
		sys = errno != EINVAL ? errno : charset_probe();
		if (sys != 0)
			return sys;
	}
	sys = charset_why(name);
	if (sys == 0)
		log_warn("the C library has no converter for the character set %s: text in it is "
			 "not shown",
		    name);
	return sys;
}
