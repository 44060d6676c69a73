/*
 * The settings of a run, from all places that have some; enum options_level
 * has their order.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include "settings/options.h"

struct arguments {
	int argc;
	char **argv;
	const struct mode *modes; /* the commands that it may name; the first is the default */
};

/*
 * Reads the configuration files (config.h), the environment (QUARANTINE_REPORT_NAME for an option
 * --name) and argv (whose password it overwrites) into *options_r, defaults filled in and
 * everything checked that needs no other machine, no clock and no zone. ERR_USAGE and ERR_CONFIG
 * say what is wrong; main adds the hint to --help. options_free() accepts what a failure left.
 *
 * The first word of argv that is no option may name a command, unless --merge stands before it:
 * then all words are files. It is put in front of the program's name.
 *
 * --help and --version end the reading: nothing behind them is looked at, and nothing is checked.
 * Of two options that exclude each other and are from different levels the higher one counts.
 * An abbreviation that the original program understood means what it meant there, whatever options
 * have been added since. Warns (log.h) of a password on the command line.
 */
int options_parse(const struct arguments *arguments, const struct env *env,
    struct options *options_r, struct err *err);

#endif
