/*
 * The password: found once, used once, wiped. It never stands in argv (after
 * start), in the environment of a child, in a log, an error text or a core
 * file.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* The longest password accepted, in bytes. */
#define SECRET_MAX 4096

struct secret {
	char *bytes; /* NUL-terminated, n bytes long, of sodium_malloc(3); NULL: none */
	size_t n;
	int64_t asked; /* milliseconds that somebody took to type it; 0: nobody was asked */
};

/* What a password is called where somebody reads of it. */
struct secret_words {
	const char *credential; /* its file in $CREDENTIALS_DIRECTORY */
	const char *account;    /* "IMAP account" */
	const char *file_option;
	const char *command_option;
};

extern const struct secret_words secret_of_imap;
extern const struct secret_words secret_of_api;
extern const struct secret_words secret_of_history;

/* Where it may come from, in this order; NULL where not given. Not owned. */
struct secret_sources {
	const struct secret *given;        /* -p, taken out of argv */
	const char *file;                  /* --password-file */
	const char *command;               /* --password-command, run by /bin/sh -c */
	bool credentials_first;            /* the next one comes before these three */
	const char *credentials_directory; /* $CREDENTIALS_DIRECTORY, where it may be a file */
	const char *username;              /* for the prompt */
	const struct secret_words *words;  /* NULL: those of IMAP */
	int64_t deadline;                  /* of the run, as of clock_now(); 0: none */
	/* Called before somebody is asked, so that nobody types for nothing; an error is that of
	 * secret_find(). NULL: nothing is to be done before. */
	int (*before_asking)(void *context, struct err *err);
	void *context;
};

/* No core file and no ptrace of this process from now on. */
void secret_protect_process(void);

/*
 * Takes a copy of an argument and overwrites the argument, also on failure: it is empty or longer
 * than SECRET_MAX (ERR_USAGE), or there is no memory. The caller wipes *secret_r.
 */
int secret_take_argument(struct secret *secret_r, char *argument, struct err *err);

/*
 * Finds the password. From a file or a command's output it removes exactly one newline (LF or CR
 * LF) at the end, and a UTF-8 byte order mark at the beginning. The prompt is that of the original,
 * on the terminal (/dev/tty) with echo off; echo is restored on every way out, signals included,
 * and before Ctrl-Z suspends.
 *
 * ERR_USAGE: it is empty, longer than SECRET_MAX, or holds CR, LF or NUL; a file cannot be read;
 * the shell cannot run the command; there is no source and no terminal to ask on. ERR_TEMPORARY:
 * the command was killed or failed, or the deadline passed while it, or a pipe, was silent. The
 * deadline does not apply to the prompt. ERR_SIGNAL: interrupt_signal() is not 0. The caller wipes
 * *secret_r.
 */
int secret_find(const struct secret_sources *sources, struct secret *secret_r, struct err *err);

/*
 * From now on until mask_clear() log_escape() hides the password, also in the forms that it has on
 * the way to a server: quoted, in base64 alone or with the user's name, in hexadecimal,
 * percent-encoded. Not while other threads run.
 */
int secret_hide(const struct secret *secret, const char *username, struct err *err);

/*
 * Adds the response of AUTHENTICATE PLAIN (RFC 4616) in base64: no authorization identity, NUL, the
 * user, NUL, the password. Reserves all at once; the caller wipes the buffer (buf_wipe()).
 */
void secret_add_plain(struct buf *out, struct span user, struct span password);

/* Overwrites and frees; accepts an empty one. */
void secret_wipe(struct secret *secret);

#endif
