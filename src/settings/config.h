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

/* Profiles that are named when there is none of the name that was asked for. */
#define CONFIG_MAX_PROFILES 20

/*
 * A file of the system or the user counts only when it and its folder belong to us or root and
 * nobody else may write to them; otherwise it is left out, with a warning. The file of --config
 * always counts, but if others may have written it, it must not say what to run or where to write
 * (option_row.acts).
 *
 * Applies the file of --config; or else that of the system, then that of the user ($XDG_CONFIG_HOME
 * or ~/.config), if they exist. Values are checked as on the command line, also those of other
 * profiles. A file must be a regular file or a device, so that reading it does not wait.
 *
 * All errors in all files are logged as "FILE:LINE: what", then it is ERR_CONFIG. It is also
 * ERR_CONFIG when no file has the profile (the message names those that there are), when the file
 * of
 * --config cannot be read, or when a file with a password is not ours or others can read it
 * (checked on the open file).
 */
int config_read(struct options *options, const struct env *env, struct err *err);

#endif
