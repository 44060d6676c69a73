/*
 * The default names of output files (cli.md).
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

/* For a later report of a run that stays: the name that was given, or, as long as there is a file
 * of that name, which nobody has moved away, that with .2, .3 behind it. */
void outputs_choose_next_name(const char *given, struct buf *out);

#endif
