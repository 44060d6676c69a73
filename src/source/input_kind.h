/*
 * What a file can be. A kind is one row of the table in files/kinds.c; its
 * reader hands on to the desk what files of that kind hold.
 */
#ifndef INPUT_KIND_H
#define INPUT_KIND_H

#include "calendar/period.h"
#include "input/input.h"
#include "report/report.h"

/* Bytes that a kind may look at to know a file. */
#define INPUT_KIND_HEAD ((size_t)64 * 1024)

struct input_kind;

/* A file of the run, and what is said of it. */
struct input_file {
	const char *path; /* as it was given; "-" is standard input */
	const struct input_kind *kind;
	int64_t deadline;            /* of reading it, as of clock_now(); 0: none */
	struct input *input;         /* held open since it cannot be opened twice; or NULL */
	struct account_place *place; /* its counts; `missing` when not all of it could be read */
	struct err failure;          /* why; what place->missing points to */
	uint64_t outside;            /* messages of another time than the period */
	uint64_t undated;            /* of no known time, with a period */
	bool bare_logins;            /* as saved_job.bare_logins */
};

/* What the readers of all kinds need. Everything outlives the run. */
struct input_run {
	struct report *report;
	struct reader *reader;
	const struct period *period; /* which messages by their own time; NULL: all */
	time_t now;
	const struct column_list *needed; /* what the new report is grouped by */
	bool failed_logins;               /* of logs: logins that failed, and no messages */
	struct span log_host; /* of logs that name none; "directory": that of the file */
	time_t log_end;       /* the last second of logs without years; 0: by the files' times */
	unsigned filter_uid;  /* of logs: the user that hands messages in again; 0: none */
	bool explain;         /* fill in record.explanation */
	bool talk;            /* somebody reads what is said on standard error */
};

struct input_kind {
	const char *name; /* of --input */
	const char *what; /* for people: "a mailbox (mbox)" */
	/*
	 * True when a file that begins so is of this kind; `whole` when that is all of it. It never
	 * holds nothing but blanks: that is an empty file. NULL: no file, but a folder.
	 */
	bool (*is)(struct span first, bool whole);
	/* All files of the kind tell of the same messages (logs): they are read in one go. */
	bool together;
	/*
	 * Reads files to their ends, one unless `together`; they are in the order of the command
	 * line. What one lacks is put down by input_file_note(), and the others are read. -1 is
	 * an error of the whole run: a signal, no memory, an output, or ERR_DATA for what is no
	 * file of this kind at all.
	 */
	int (*run)(const struct input_run *run, struct input_file *const *files, unsigned count,
	    struct err *err);
};

/* Opens it, or takes it over when it is open. The caller closes it. */
struct input *input_file_open(struct input_file *file, struct err *err);

/*
 * After a failure: 0 when it is about this file alone (ERR_DATA, ERR_IO, ERR_NOFOLDER), which is
 * then marked as incomplete: what was read of it counts. -1 else, and err stays.
 */
int input_file_note(struct input_file *file, const struct err *err);

/* Whether the period of the run has it. With a period nobody knows of what has no time. */
bool input_run_wants(const struct input_run *run, bool has_time, time_t when);

/* Counts one that it does not have. */
void input_file_leave_out(struct input_file *file, bool undated);

#endif
