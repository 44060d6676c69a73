/*
 * Errors as values: a code, the errno behind it and one line of text, in a
 * structure on the caller's stack. Nothing here allocates.
 *
 * Every fallible function of the program returns 0 or -1 (iterators 1, 0, -1)
 * and takes a struct err as its last parameter, which it fills on -1 only.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

/* The longest error text, terminating NUL included. Longer texts are cut and end in "...". */
#define ERR_TEXT_MAX 2048

/* One code for each exit status of sysexits(3); err_exit_status() has the table. */
enum err_code {
	ERR_NONE,
	ERR_USAGE,       /* 64: the command line is wrong */
	ERR_DATA,        /* 65: some messages, or an input file, could not be read */
	ERR_NOFOLDER,    /* 66: the folder does not exist */
	ERR_NOHOST,      /* 68: the host name is unknown */
	ERR_UNAVAILABLE, /* 69: service unavailable, or its certificate is not trusted */
	ERR_INTERNAL,    /* 70: a mistake of ours */
	ERR_SYSTEM,      /* 71: operating system error, out of memory */
	ERR_CREATE,      /* 73: an output cannot be created */
	ERR_IO,          /* 74: read or write error on an output */
	ERR_TEMPORARY,   /* 75: connection refused or lost, timeout, BYE */
	ERR_PROTOCOL,    /* 76: the server's answer makes no sense */
	ERR_LOGIN,       /* 77: login refused */
	ERR_CONFIG,      /* 78: configuration error */
	ERR_SIGNAL,      /* 128+n: ended by signal n, which is in .sys */
	ERR_CODE_COUNT
};

struct err {
	enum err_code code;
	int sys; /* errno, or 0; the signal number with ERR_SIGNAL */
	char text[ERR_TEXT_MAX];
};

/* An empty error, to initialise with. */
#define ERR_INIT                                                                                   \
	{                                                                                          \
		.code = ERR_NONE                                                                   \
	}

/* Sets code and text (printf style); returns -1, so that a caller can return it on. */
int err_set(struct err *err, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Like err_set(), keeps `sys` (an errno) and appends ": " and its description. */
int err_set_sys(struct err *err, enum err_code code, int sys, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* ERR_SYSTEM, "out of memory"; returns -1. */
int err_nomem(struct err *err);

/* Puts context (printf style) and ": " in front of the text; returns -1. */
int err_prefix(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* True when the error is about a server, so that work with other servers can go on. */
bool err_is_remote(const struct err *err);

/* The exit status that cli.md promises for this error. */
int err_exit_status(const struct err *err);

/* The exit status of a code other than ERR_SIGNAL, for the test that reads the man page. */
int err_code_status(enum err_code code);

#endif
