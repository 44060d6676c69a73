/*
 * A line of a log from the left: when, which host, which program, and its text. Syslog writes it in
 * many forms; Exim's own file has a stamp and the text.
 */
#ifndef MAILLOG_LINE_H
#define MAILLOG_LINE_H

#include "source/maillog/maillog_time.h"

enum maillog_program {
	PROGRAM_OTHER,
	PROGRAM_EXIM,
	PROGRAM_POSTFIX, /* maillog_line.service says which of its programs */
	PROGRAM_AMAVIS,
	PROGRAM_ROUNDCUBE,
	PROGRAM_SYSLOG, /* who writes the log: it says when lines were dropped */
};

struct maillog_line {
	time_t when;
	bool is_instant; /* the stamp says its zone */
	enum maillog_program program;
	struct span host;    /* or empty: Exim's file does not say */
	struct span tag;     /* "postfix/submission/smtpd"; empty: there is none */
	struct span service; /* of the tag what is behind the last slash: "smtpd" */
	struct span pid;     /* digits, or empty */
	struct span text;
	/* Of the journal, which knows them from the kernel; empty: unknown. */
	struct span writer;    /* its uid, in digits */
	struct span command;   /* its name, or what it calls itself */
	struct span transport; /* by which way the line came */
	struct span unit;
};

/*
 * False when the line does not begin as a line of a log: it goes on with the one before, or is no
 * log at all. A priority (RFC 3164, RFC 5424) and the stamp of who collected the line may stand in
 * front. Of two stamps the inner counts, which the program wrote; but not one that says no zone
 * behind one that does: the zone of the host may be another than that of the report.
 */
bool maillog_line_read(struct maillog_clock *clock, struct span line, struct maillog_line *line_r);

/* The program, and the service, of a tag. */
enum maillog_program maillog_program_of(struct span tag, struct span *service_r);

/*
 * Exim's text, in its file or behind a head of syslog: its own stamp, zone and process number are
 * taken off, if they are there.
 */
void maillog_line_enter_exim(struct maillog_clock *clock, struct maillog_line *line);

#endif
