/* The bytes of a configuration file, and what must hold for a file with a password. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

struct config_file {
	struct buf text;      /* may hold a password: nothing of it is left in freed memory */
	struct stat st;       /* about the open file */
	const char *distrust; /* who may have written it: "belongs to another user", ...; NULL: we
				 or root */
};

/*
 * Reads it. 1: done; 0: there is none, or it is left out and `distrust` says why: it cannot be
 * opened, or somebody else may have written it. With `needed` it must be there, and is read whoever
 * wrote it. ERR_CONFIG: it cannot be read, is no file, or is longer than CONFIG_MAX_FILE;
 * ERR_SYSTEM without memory or descriptors. config_file_free() accepts what a failure left, and a
 * zeroed one.
 */
int config_file_read(struct config_file *file, const char *path, bool needed, struct err *err);
void config_file_free(struct config_file *file);

/* True when only we can read it. */
bool config_file_is_private(const struct config_file *file);

#endif
