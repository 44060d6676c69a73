/*
 * The command line, by getopt_long(3). It is read twice: before the other
 * places for options that these depend on, and after them for options that
 * override them.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "settings/options.h"

/* Zero but for argc and argv before the first reading. */
struct arguments_reading {
	int argc;
	char **argv;
	bool early;
	bool words_are_files; /* a word or --merge has come: what follows is no command */
	int command;          /* where it stands in argv; 0: none is named */
};

/* Applies --help, --version, --config, --profile and the password, and finds the command. Stops at
 * --help and --version. ERR_USAGE. */
int arguments_read_early(
    struct arguments_reading *reading, struct options *options, struct err *err);

/* Applies the other options, then takes the operands. The default command is the first. */
int arguments_read_rest(
    struct arguments_reading *reading, struct options *options, struct err *err);

#endif
