/*
 * Configuration files: INI, read by libinih. Keys are the long options, flags
 * are yes or no; [profile NAME] holds what counts for --profile=NAME only.
 *
 *     imaphost = quarantine.example.com
 *     [profile west]
 *     imaphost = west.example.com
 *
 * A key that may be repeated is so by further lines of it, or by further values
 * on lines of their own that begin with a blank. Comments begin with ; or #, and
 * behind a value with a blank and ;. There are no quotes: a value cannot hold a
 * blank and ;, nor begin or end with a blank.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include "base/env.h"
#include "settings/options.h"

/* Bytes of a line, of which inih needs 3 for itself, and of a file. */
#define CONFIG_MAX_LINE 4096
#define CONFIG_MAX_FILE ((size_t)1024 * 1024)

/* Errors that are named; more are only counted. */
#define CONFIG_MAX_ERRORS 20

/*
 * A file of the system or the user counts only when it, and the folder it is in, is ours or root's
 * and nobody else may write to it: else it is left out, with a warning. That of --config counts
 * whoever wrote it, but must not say then what to run or where to write (option_row.acts).
 *
 * Applies the file of --config, or else that of the system and over it that of the user
 * ($XDG_CONFIG_HOME or ~/.config), those that there are. Values are checked as on the command line,
 * those of other profiles as well. A file is a regular file or a device: nothing that one must wait
 * for.
 *
 * All that is wrong is logged as "FILE:LINE: what", in all files; then ERR_CONFIG. So is a profile
 * that no file has, a file of --config that cannot be read, and one with a password that is not
 * ours or that others can read (checked on the open file).
 */
int config_read(struct options *options, const struct env *env, struct err *err);

#endif
