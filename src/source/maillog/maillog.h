/*
 * Logs of mail servers as records: lines of any number of files, oldest first, are joined to
 * messages; each message is handed to the desk once, at its end in the log or of the log.
 *
 * Every line is in exactly one of the counts.
 */
#ifndef MAILLOG_H
#define MAILLOG_H

#include "calendar/period.h"
#include "report/report.h"
#include "source/maillog/maillog_line.h"

/* Seconds that a message from the host itself waits after its end: it may show to be the second
 * pass of another, which a filter handed in again. */
#define MAILLOG_WAIT ((time_t)120)

/* How many messages are found by their message ids at a time, and for how many seconds: a filter
 * that hands a message in by a program gives it a new number, and leaves that id. */
#define MAILLOG_BY_ID      4096
#define MAILLOG_BY_ID_WAIT ((time_t)600)
#define MAILLOG_MAX_MAYBES 64 /* of one message */

/* So many seconds two logs of one host may overlap: processes write the old one a little longer. */
#define MAILLOG_OVERLAP ((time_t)60)

/* Sessions of smtpd of which the client is known. */
#define MAILLOG_SESSIONS 256

/* What a client that logged in was refused: how many are open at a time; after how many seconds
 * without another it is over; and how long it lasts at most. */
#define MAILLOG_ATTEMPTS     64
#define MAILLOG_ATTEMPT_WAIT ((time_t)60)
#define MAILLOG_ATTEMPT_MAX  ((time_t)600)

/* Of a log that is followed: seconds that a message is open before it is handed on all the same.
 * One that may show to be the second pass of another waits for MAILLOG_BY_ID_WAIT. */
#define MAILLOG_OPEN_WAIT ((time_t)60)

/* How often a line that the log only says was repeated counts at most. */
#define MAILLOG_MAX_REPEAT 1000

/* Entries of Exim that syslog got in parts, and which of them can be incomplete at a time. */
#define MAILLOG_MAX_PARTS  ((size_t)64 * 1024)
#define MAILLOG_PART_SLOTS 16

/* Folders of programs that wait for their message; and how many seconds they do. */
#define MAILLOG_FOLDERS     64
#define MAILLOG_FOLDER_WAIT ((time_t)10)

/* Connections of which cPanel said whose they are; and for how many seconds that holds. */
#define MAILLOG_CONNECTIONS     64
#define MAILLOG_CONNECTION_WAIT ((time_t)60)

/* A folder's name ends after so many bytes of the log, however many line breaks it has. */
#define MAILLOG_MAX_FOLDER   ((size_t)8 * 1024)
#define MAILLOG_SHOWN_FOLDER 256 /* bytes of it that are shown */

/* Bytes of a message's first line that an explanation shows. */
#define MAILLOG_SHOWN_LINE ((size_t)2 * 1024)

struct maillog_counts {
	uint64_t lines;
	uint64_t used;   /* about messages of the report, or logins that failed */
	uint64_t other;  /* of no interest */
	uint64_t early;  /* about messages that began before the log does, or outside the period */
	uint64_t odd;    /* begin as one that is known, and go on otherwise; or were cut; or are
			    not of the program that they name */
	uint64_t forged; /* parts of a folder's name */
	uint64_t injected;  /* what a client wrote into the entry of its message */
	uint64_t continued; /* go on with the line before, or are no line of a log */
	/* What else is to be said. */
	uint64_t failed_logins;
	uint64_t refused;     /* recipients, and attempts without one */
	uint64_t strangers;   /* of the odd lines, those of others than the mail server */
	uint64_t unnumbered;  /* lines without a process number, where others have one */
	uint64_t passes;      /* messages that are the second pass of another */
	uint64_t doubted;     /* messages of local users that may be; */
	uint64_t doubted_uid; /* of the first of these */
	uint64_t handed_on;   /* messages handed on early, since memory was at its limit */
	uint64_t open;        /* messages without an end in the log */
	uint64_t lost;        /* lines that the log says it did not get */
	uint64_t suspicious;  /* messages whose first line can be read in more ways than one */
	uint64_t no_subject, no_recipients, no_folder; /* Exim: what it was not told to log */
	uint64_t arrivals;                             /* Exim: of so many */
};

struct php_calls;

struct maillog_settings {
	struct report *report;
	struct php_calls *scripts; /* what PHP's log says of scripts, which are used up; or NULL */
	const struct period
	    *period;        /* which messages by the stamp of their first line; NULL: all */
	bool failed_logins; /* a record for each login that failed, and none for messages */
	bool explain;
	unsigned filter_uid; /* the user that hands messages in again for a filter; 0: none */
	size_t max_open;     /* bytes for open messages; 0: MAILLOG_MAX_OPEN_BYTES */
};

struct maillog;

/* NULL: no memory. */
struct maillog *maillog_new(const struct maillog_settings *settings, struct err *err);
void maillog_free(struct maillog *log);

/* The next file: its place, its name for Folder, and when it was last written. */
void maillog_begin(struct maillog *log, struct account_place *place, time_t anchor);

/* Behind that: the host of lines that do not name theirs, as Exim's own. */
void maillog_set_host(struct maillog *log, struct span host);

/* The latest stamp of such lines, of all files; but none that is later than its file, since names
 * of folders can hold any. */
time_t maillog_bare_end(const struct maillog *log);

/* Decides about the year of its first stamp; see maillog_clock_set_year(). */
void maillog_set_year(struct maillog *log, const struct maillog_day *days, size_t n);

/* A line of it; is_cut: its end is missing. -1: no memory, or an error of the desk. */
int maillog_take(struct maillog *log, struct span line, bool is_cut, struct err *err);

/*
 * Of a log that is followed, when all that there is by now has been taken, at this time of day:
 * what has waited long enough is handed on, and a message that has been open for
 * MAILLOG_OPEN_WAIT as far as it is known. What becomes of that one later changes nothing.
 */
int maillog_catch_up(struct maillog *log, time_t now, struct err *err);

/* After the last line of a file: what waits for its next line is over. */
int maillog_end_file(struct maillog *log, struct err *err);

/* After the last file: what is open is handed on. */
int maillog_end(struct maillog *log, struct err *err);

const struct maillog_counts *maillog_counts(const struct maillog *log);

/* Columns that a log never tells. */
struct column_set maillog_absent(void);

/* After a file: its stamps have no year, and it is longer than one, so that some are wrong. */
bool maillog_is_longer(const struct maillog *log);

/* Of the first line that is not of the program that it names, who wrote it; or empty. */
struct span maillog_stranger(const struct maillog *log);

/* The beginning of the first folder's name that has line breaks; or empty. */
struct span maillog_forged_folder(const struct maillog *log);

/* What became of the lines, for who asks; and what everybody must know: on standard error. */
void maillog_summarize(const struct maillog_counts *counts);
void maillog_warn(const struct maillog *log);

/* The stamp of a line, when it has one: to tell which file is older; and whether it is one of
 * Exim's own log, which names no host. */
bool maillog_when(struct span line, time_t anchor, time_t *when_r, bool *bare_r);

#endif
