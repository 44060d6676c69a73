/*
 * What the command line, its help and the completions must know of a command.
 * The commands themselves, and what they do, are in mode/modes.c.
 */
#ifndef SETTINGS_MODE_H
#define SETTINGS_MODE_H

#include <stdbool.h>

#include "base/env.h"
#include "base/err.h"
#include "base/span.h"

struct options;

/* What a command works with, and what an option is about. */
enum mode_subject {
	MODE_ANY = 0,           /* of an option: every command has it */
	MODE_SERVER = 1 << 0,   /* the quarantine server: its name, the login */
	MODE_MESSAGES = 1 << 1, /* which of its messages, and what is read from them */
	MODE_FILES = 1 << 2,    /* the operands */
	MODE_OUTPUTS = 1 << 3,  /* where the records go */
	MODE_STATE = 1 << 4,    /* what is kept from the last run */
	MODE_API = 1 << 5,      /* the filter's API: its name, the login, the domains */
	MODE_CHANGES = 1 << 6,  /* what is changed through it, and what is not */
	MODE_WORDS = 1 << 7,    /* operands that are no files; no option is about them */
	MODE_LIVE = 1 << 8,     /* what a run that stays does now and then */
	MODE_EXEMPT = 1 << 9,   /* of whom nothing is changed or said */
	MODE_LOOKS = 1 << 10,   /* how what is shown looks: colors, the zone */
	MODE_HISTORY = 1 << 11, /* what is done with the history itself */
	MODE_PERIOD = 1 << 12,  /* of which time */
	MODE_LIST = 1 << 13,    /* a list as a table, or as a file */
	MODE_SEARCH = 1 << 14,  /* the filter's log as what is reported */
	/* Of the commands that act on the filter: who is over a limit, how many changes there may
	 * be, whose user is meant, and what one of them has for itself. */
	MODE_LIMIT = 1 << 15,
	MODE_MANY = 1 << 16,
	MODE_USER = 1 << 17,
	MODE_LOCK = 1 << 18,
	MODE_UNLOCK = 1 << 19,
	MODE_BLACKLIST = 1 << 20,
	MODE_QUEUE = 1 << 21,
	MODE_CALL = 1 << 22,
	MODE_STAY = 1 << 23, /* how a run that stays looks for what has come */
	MODE_ALL = ~(~0u << 24),
	MODE_REPORT = MODE_SERVER | MODE_MESSAGES | MODE_FILES | MODE_OUTPUTS | MODE_STATE |
		      MODE_API | MODE_LOOKS | MODE_PERIOD | MODE_SEARCH
};

struct mode {
	const char *name;
	const char *what;     /* a line of --help */
	unsigned needs;       /* subjects joined by |; MODE_SERVER: one must be named, or, with
			       * MODE_API beside it, an API */
	unsigned takes;       /* subjects joined by |: options about others are an error on the
			       * command line, and have no effect in a file */
	bool takes_any;       /* they have no effect there either: what is behind another command
			       * can be tried */
	const char *operands; /* what stands behind the name in the usage */
	const char *help;     /* lines of COMMAND --help */
	const char *done;     /* what status 0 means; NULL: that of a report */
	int (*run)(const struct options *options, const struct env *env, struct err *err);
};

/* Finds a mode by its name, in a table that a row without a name ends. NULL: none. */
const struct mode *mode_find(const struct mode *modes, struct span name);

#endif
