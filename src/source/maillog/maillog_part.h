/* What the parts of the reader of logs share. */
#ifndef MAILLOG_PART_H
#define MAILLOG_PART_H

#include "evidence/derive.h"
#include "mail/value.h"
#include "source/maillog/maillog.h"
#include "source/maillog/maillog_open.h"

/* In which of the counts a line is. */
enum maillog_verdict {
	LINE_OTHER,
	LINE_USED,
	LINE_EARLY,
	LINE_ODD,
};

/* A program that began in a folder, and may hand in a message. */
struct maillog_folder {
	time_t when;
	char pid[12];
	size_t pid_n, n;
	bool used;
	char *path;
};

/* Whose a connection is: by host, address and port. */
struct maillog_connection {
	uint64_t key;
	time_t when;
	size_t user_n; /* 0: none is known */
	char user[64];
};

/* An entry of Exim of which parts have come. */
struct maillog_parts {
	bool in_use;
	char key[96]; /* host and pid */
	size_t key_n;
	unsigned next, count;
	char kind; /* how the last part ended: '/' or '\\' */
	uint64_t age;
	struct buf text;
};

/* What Exim writes into its log as it is, line breaks included. */
enum maillog_held {
	HELD_FOLDER,    /* of a program */
	HELD_SIGNATURE, /* i= of a signature (DKIM), with +dkim_verbose */
	HELD_SENDER,    /* AUTH= of MAIL, with +smtp_mailauth */
};

/* Who is the client of an smtpd. */
struct maillog_session {
	uint64_t key; /* of host, tag and pid; 0: nobody */
	uint16_t login_n, ip_n;
	char login[256];
	char ip[64];
};

/* What one sender was refused. */
struct maillog_attempt {
	struct maillog_message *message; /* NULL: none */
	uint64_t key, session;
	uint64_t next; /* the hash of the message that the session handed in then */
	time_t last;
};

struct maillog_refusal {
	struct span login, ip, sender, recipient;
	uint64_t session; /* of smtpd; 0: unknown */
};

enum maillog_form {
	FORM_UNKNOWN,
	FORM_TEXT,
	FORM_JSON,   /* journalctl -o json */
	FORM_EXPORT, /* journalctl -o export */
};

struct maillog_export {
	struct buf host, tag, pid, text; /* of the entry that is being read */
	struct buf writer, command, transport, unit;
	bool has_true_pid; /* the kernel's, not the writer's */
	uint64_t usec;
	bool has_usec;
	bool is_over;        /* the next line begins another */
	bool in_binary;      /* the value of a binary field is being read: */
	struct buf field;    /* its name, */
	struct buf bytes;    /* and what has come, as far as it is kept */
	uint64_t have, want; /* so many of so many bytes have come; want 0: its length has not */
	bool no_memory;      /* a field is not whole */
};

struct maillog {
	struct maillog_settings settings;
	struct maillog_counts counts;
	struct maillog_clock clock;
	struct maillog_open open;
	struct maillog_message *waits_oldest, *waits_newest;
	struct maillog_message *by_id[MAILLOG_BY_ID];
	struct account_place *place;
	time_t now;          /* of the last line */
	struct buf host;     /* of lines that do not name theirs */
	struct buf stranger; /* who wrote the first line that is not of whom it says */
	struct buf pid_host; /* of the file: a host whose mail server gives its process numbers */
	bool is_unnumbered;  /* the line has none, though its host has them */
	time_t bare_end;
	enum maillog_form form;
	struct arena arena;      /* values of one record */
	struct arena line_arena; /* texts of one line */
	struct value_reader values;
	struct derive_rules rules;
	struct column_set absent; /* maillog_absent() */
	struct buf date, scratch, explanation;
	time_t date_minute; /* of which `date` is */
	struct maillog_session session[MAILLOG_SESSIONS];
	struct maillog_attempt attempt[MAILLOG_ATTEMPTS];
	unsigned attempts; /* that are open */
	struct maillog_folder folder[MAILLOG_FOLDERS];
	unsigned folder_next;
	struct maillog_connection connection[MAILLOG_CONNECTIONS];
	unsigned connection_next;
	bool has_pids; /* Exim logs the numbers of its processes */
	/* Lines behind a folder's name, or what a client wrote, until it is clear that they are no
	 * part of it. */
	struct buf held;
	enum maillog_held held_kind;
	size_t held_bytes; /* of the log since the name began; 0: nothing is held */
	size_t doubt;      /* bytes in which a name may still go on that seemed to be at its end */
	char torn_id[24];  /* a line with this id is behind it: nobody knows an id in advance */
	size_t torn_n;
	struct buf held_folder, forged_folder;
	struct maillog_parts parts[MAILLOG_PART_SLOTS];
	uint64_t part_age;
	struct maillog_export export;
	/* The last login that failed, for "last message repeated". */
	struct buf last_login;
	char last_ip[64];
	bool last_failed;
	uint64_t caught_up; /* counts.lines when it was caught up with last */
};

/* The next lines are what a client wrote into the entry of its message, up to the entry's end. */
void maillog_tear(
    struct maillog *log, const struct maillog_line *line, enum maillog_held kind, struct span id);

/* One line of each kind of program. */
int maillog_take_exim(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err);
int maillog_take_postfix(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err);
int maillog_take_line(struct maillog *log, const struct maillog_line *line,
    enum maillog_verdict *verdict_r, struct err *err);

/* A new message, whose first line this is; *message_r is NULL when the period does not have it. */
int maillog_add(struct maillog *log, const struct maillog_line *line, struct span id,
    struct maillog_message **message_r, struct err *err);

/* After texts or recipients were added to a message: keeps memory within its limit. */
int maillog_changed(struct maillog *log, struct maillog_message *message, struct err *err);

/* Its last line was seen. */
int maillog_finish(struct maillog *log, struct maillog_message *message, struct err *err);

/* Its message id is known: it may be the second pass of one that has the same. */
void maillog_know_id(struct maillog *log, struct maillog_message *message);

/* It was handed to a program of the host, which does not say what became of it. */
int maillog_pass_on(struct maillog *log, struct maillog_message *message, struct err *err);

/* No other may be its second pass any more, nor it that of another. */
void maillog_leave_ids(struct maillog *log, struct maillog_message *message);

/* It is the second pass of the other, and not handed on by itself. */
void maillog_join(
    struct maillog *log, struct maillog_message *first, struct maillog_message *second);

/* Whether the period has what happened then. */
bool maillog_wants(const struct maillog *log, time_t when);

/* Of the second pass of a message the first; any other itself. */
struct maillog_message *maillog_first(struct maillog_message *message);

/* The second pass is over: what became of its recipients is what became of the first's. */
int maillog_end_pass(struct maillog *log, struct maillog_message *second, struct err *err);

/* It waits for a first pass no more. */
void maillog_stop_waiting(struct maillog *log, struct maillog_message *message);

/* Forgets it, and what is known of it and others. */
void maillog_forget(struct maillog *log, struct maillog_message *message);

/* A login that did not get in; and the last one again, so many times. */
int maillog_fail_login(struct maillog *log, const struct maillog_line *line, struct span login,
    struct span ip, struct err *err);
int maillog_repeat_failure(
    struct maillog *log, const struct maillog_line *line, uint64_t times, struct err *err);

/* Hands it to the desk as a record, unless that has been done. The first forgets it, after the
 * second it stays open. */
int maillog_hand_on(struct maillog *log, struct maillog_message *message, struct err *err);
int maillog_tell(struct maillog *log, struct maillog_message *message, struct err *err);

/* maillog_session.c: who is the client of the smtpd that wrote the line, until it is another. */
void maillog_session_keep(
    struct maillog *log, const struct maillog_line *line, struct span login, struct span ip);
void maillog_session_end(struct maillog *log, const struct maillog_line *line);
bool maillog_session_find(
    struct maillog *log, const struct maillog_line *line, struct span *login_r, struct span *ip_r);
uint64_t maillog_session_key(struct maillog *log, const struct maillog_line *line);

/* Somebody was refused. */
int maillog_refuse(struct maillog *log, const struct maillog_line *line,
    const struct maillog_refusal *refusal, enum maillog_verdict *verdict_r, struct err *err);

/* Then a message of the same was taken: what was refused belongs to it. */
void maillog_take_in_attempts(
    struct maillog *log, const struct maillog_line *line, const struct maillog_refusal *accepted);

/* The same where the sender is known later: the message of the session, and then its sender. */
void maillog_follow_attempts(
    struct maillog *log, const struct maillog_line *line, const struct maillog_message *message);
void maillog_settle_attempts(struct maillog *log, const struct maillog_message *message);

/* Hands on what nothing was added to for long enough; and forgets one. */
int maillog_pass_attempts(struct maillog *log, time_t now, struct err *err);
void maillog_forget_attempt(struct maillog *log, const struct maillog_message *message);

/* Folders of local programs. */
/* cPanel says whose a connection is; and who it is of a message that came over it, or empty. */
void maillog_connection_keep(struct maillog *log, const struct maillog_line *line, struct span ip,
    struct span port, struct span user);
struct span maillog_connection_user(
    const struct maillog *log, const struct maillog_line *line, struct span ip, struct span port);

int maillog_folder_keep(
    struct maillog *log, const struct maillog_line *line, struct span path, struct err *err);
void maillog_folder_join(
    struct maillog *log, const struct maillog_line *line, struct maillog_message *message);

/*
 * maillog_writer.c: whether the line may be one of the program that its tag names. Anybody on a
 * host can write a line with any tag; the journal knows who did.
 */
bool maillog_line_is_genuine(struct maillog *log, const struct maillog_line *line);

/* False for a line of syslog without a process number, where the mail server of its host gives
 * them; who writes such a line by hand often forgets it. */
bool maillog_line_is_numbered(struct maillog *log, const struct maillog_line *line);

/* Whether no customer's program wrote it, as far as is known. */
bool maillog_writer_is_system(const struct maillog_line *line);

/* The journal. 1: *line_r has an entry; 0: not yet, or none of a program. */
int maillog_json_read(struct maillog *log, struct span text, struct maillog_line *line_r);
int maillog_export_read(struct maillog *log, struct span text, struct maillog_line *line_r);

/* A line of it was too long: the entry goes on with the next. */
void maillog_export_cut(struct maillog *log);

#endif
