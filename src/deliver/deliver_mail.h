/*
 * A report by mail: one MIME message (RFC 5322, 2045, 2046), composed by
 * libetpan and handed to sendmail(8).
 */
#ifndef DELIVER_MAIL_H
#define DELIVER_MAIL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "base/err.h"
#include "base/span.h"

/* How long sendmail may take to accept the message, in seconds. */
#define DELIVER_MAIL_TIMEOUT 120

#define DELIVER_MAIL_MAX_ADDRESS 254 /* bytes of an address (RFC 5321, 4.5.3.1.3) */
#define DELIVER_MAIL_MAX_SUBJECT 200 /* characters; a longer subject ends in "…" */

struct deliver_attachment {
	const char *path; /* where its bytes are; a regular file */
	const char *name; /* what the reader of the mail sees: no folders */
	const char *type; /* "text/csv; charset=utf-8; header=present" */
};

struct deliver_letter {
	const char *from; /* address; NULL: the user's at this host, as sendmail knows it */
	const char *const *to;
	unsigned to_count;   /* at least one */
	struct span subject; /* UTF-8, one line whatever it holds */
	struct span text;    /* UTF-8 */
	struct span html;    /* the same as HTML: UTF-8, lines ending in LF; empty: none */
	const struct deliver_attachment *files; /* attachments */
	unsigned file_count;
	time_t date;
	struct span id; /* left side of the Message-ID: letters, digits, '.', '-'; the same for a
			   letter that is sent again */
};

/*
 * True when s can stand in a header and in sendmail's arguments: local@domain, or a local name. Of
 * RFC 5321 that is a dot-string and a domain of ASCII; quoted strings, address literals, and
 * characters that mean something to a shell or to the aliases of sendmail ('|', '`', '$', a first
 * '/' or '-') are not taken.
 */
bool deliver_mail_is_address(struct span s);

/*
 * Writes the letter to a stream, lines ending in LF as sendmail wants them, and flushes it. Files
 * are mapped, not read into memory. The subject and names of files are made harmless: blanks and
 * controls become one blank, invisible characters are shown as <U+XXXX>, and so they are in the
 * text. Without `from` there is no From field: sendmail adds it.
 *
 * ERR_IO: the stream cannot be written, a file cannot be read; ERR_SYSTEM without memory;
 * ERR_INTERNAL: an address is none.
 */
int deliver_mail_compose(const struct deliver_letter *letter, FILE *out, struct err *err);

/* How a letter is handed on. */
struct mail_sending {
	const char *sendmail; /* path */
	unsigned timeout;     /* seconds */
	int64_t deadline; /* of the run, as of clock_now(); 0: none. The earlier of both counts */
	bool too_big;     /* after a failure: a smaller letter may be taken */
};

/*
 * Hands a composed letter, a file, from its beginning to sendmail, for the addresses of `letter`:
 * posix_spawn(3), arguments as a vector, no shell, and an environment without secrets. What it says
 * comes into the error text, its first line.
 *
 * ERR_TEMPORARY: EX_TEMPFAIL, killed by a signal, or no answer in time (then it is killed, and may
 * have taken the letter); ERR_UNAVAILABLE: any other exit status, whatever the status when it says
 * that the letter is too big, or the program is missing; ERR_SIGNAL, ERR_SYSTEM.
 */
int deliver_mail_send(struct mail_sending *sending, const struct deliver_letter *letter,
    FILE *composed, struct err *err);

#endif
