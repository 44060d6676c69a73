/*
 * The default names of output files (cli.md). For outputs.c.
 */
#ifndef OUTPUTS_NAME_H
#define OUTPUTS_NAME_H

#include "report/outputs.h"

/* Tries for a name that no file has. */
#define OUTPUTS_MAX_NUMBER 1000

/* Bytes of a profile or an origin in a name: a file name has 255 at most. */
#define OUTPUTS_MAX_NAME_PART 120

/* The default name of a file with this ending, in the working directory; with per_run one that no
 * file has. */
void outputs_choose_name(const struct outputs *outputs, const char *ending, struct buf *out);

#endif
