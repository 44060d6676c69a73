/*
 * The vendor's scripts lock_identity, unlock_identity and queue_remove_emails: the program under
 * their names takes their options and operands.
 */
#ifndef MODE_OLD_NAMES_H
#define MODE_OLD_NAMES_H

#include "base/buf.h"
#include "base/err.h"

#define OLD_NAMES_MAX_ARGUMENTS 32

struct old_names {
	const char *found; /* the old name that the program was called by; NULL: none */
	bool is_help;      /* `text` is to be printed */
	struct buf text;
	int argc;
	char *argv[OLD_NAMES_MAX_ARGUMENTS + 1];  /* as the program itself takes them; owned */
	char *order[OLD_NAMES_MAX_ARGUMENTS + 1]; /* the same, in the order of who reads them */
	int password; /* the reading end of a pipe with the password; -1: none */
};

/*
 * Looks at argv[0], and translates. A password among the operands is wiped from argv at once, and
 * handed on through a pipe. ERR_USAGE.
 */
int old_names_translate(int argc, char **argv, struct old_names *names, struct err *err);
void old_names_fini(struct old_names *names);

#endif
