/*
 * What the readers of messages share: one message of a file, and what became
 * of those of a file.
 */
#ifndef FILES_RUN_H
#define FILES_RUN_H

#include "mail/feedback.h"
#include "mail/value.h"
#include "source/files/seen.h"
#include "source/input_kind.h"

/* Bytes behind a header section in which a part is looked for that shows a report. */
#define FILES_MAX_PARTS ((size_t)64 * 1024)

/* Bytes of a header section; of a longer one the rest is not read (note "header truncated"). */
#define FILES_MAX_HEADER INPUT_WINDOW

/* Bytes of a message that is looked into for a report; what is behind is not read. */
#define FILES_MAX_REPORT ((size_t)4 * 1024 * 1024)

/* Messages that cannot be read which stderr names; more are only counted. */
#define FILES_MAX_NAMED 20

/* Seconds that a clock elsewhere may be ahead: a message later than that has no known time. */
#define FILES_MAX_AHEAD (2 * 24 * 60 * 60)

/* What is not in the counts of the place: those that tell of no message of the report. */
struct files_counts {
	uint64_t reports; /* reports of abuse among messages that are read as they are */
	uint64_t covered; /* lines that begin a message, unless Content-Length is true */
	uint64_t glued;   /* lines that may begin one, without the empty line in front */
	uint64_t growing; /* messages that were being written: they are for the next run */
	/* Of a mailbox of reports. */
	uint64_t others;        /* no reports */
	uint64_t other_formats; /* X-ARF and its like, and the filter's DMARC mails */
	uint64_t nested;        /* reports within a forwarded message */
	uint64_t duplicates;    /* of a message that has been told of before */
	uint64_t auth_failures; /* somebody else failed SPF, DKIM or DMARC */
	uint64_t not_spam;      /* takes a complaint back */
	uint64_t elsewhere;     /* files of a folder that are no messages */
};

struct files_run {
	struct input_run run; /* first, so that one is the other */
	bool is_told;         /* --input says what the files are */
	bool recursive;
	bool auth_failures;
	bool is_mixed;    /* there are several files: messages and reports may tell of the same */
	struct seen seen; /* what has been told of */
	struct value_reader values; /* for what reports say */
	struct arena arena;         /* the same, of one message */
	struct feedback feedback;
	struct buf header;  /* what a report makes of it */
	struct buf whole;   /* a message that is looked into */
	struct buf remarks; /* for its explanation */
	struct buf shown;   /* the path of the message, when files_shown() had to make one */
	unsigned named;
	/* Of the file that is read. */
	struct files_counts counts;
	bool is_reports; /* it is a mailbox of reports */
	bool is_decided; /* that has been found out */
};

/* Of a zeroed one; files_run_fini() accepts one that failed. -1: no memory. */
int files_run_init(struct files_run *run, struct err *err);
void files_run_fini(struct files_run *run);

/* ", 3 of another time"; nothing for 0. */
void files_add_count(struct buf *out, uint64_t count, const char *one, const char *many);
void files_add_counts(struct buf *out, const struct files_counts *counts);

static inline struct files_run *files_run_of(const struct input_run *run)
{
	return (struct files_run *)(uintptr_t)run;
}

/* What the uppermost Received of a header section says; spans are in the run's arena. */
struct files_trace {
	struct span id; /* of the message, or empty */
	struct span by; /* who wrote it, or empty */
	bool has_time;
	time_t time;
};

/* trace.c: resets nothing of the arena. */
void files_read_trace(struct files_run *run, struct span header, struct files_trace *trace_r);

/* Up to a blank, a semicolon or a comment. */
struct span files_word(struct span value);

/* A message as it lies in a file, or a report about one. */
enum files_told { FILES_TOLD_AS_MESSAGE, FILES_TOLD_BY_REPORT };

/*
 * Puts down that the run tells of the message that its host calls so. 1: it has been told of in the
 * other way, or by a report for the second time; 0: not yet, or it has no name; -1: no memory.
 */
int files_tell(
    struct files_run *run, enum files_told how, struct span id, struct span host, struct err *err);

/* A message as its file has it. */
struct files_message {
	struct input_file *file;
	struct span text; /* header section and, when it is needed, more */
	bool is_cut;      /* there is more than we read */
	bool is_torn;     /* the file is cut off or damaged in it */
	bool is_growing;  /* somebody is writing it */
	bool is_report;   /* its parts show that it is a report, which its header does not */
	uint32_t number;  /* in the file, from 1; 0: it stands alone */
	struct span path; /* of the file */
	time_t time;      /* what its place says: an mbox line, a name in a Maildir; -1: nothing */
	const char *time_of; /* which of these */
	bool is_counted;     /* it is in the place's counts already, as found */
};

/*
 * How much of the next message is needed: its header section, or all of it (FILES_MAX_REPORT).
 * `first` is its header section: the first message of a file decides what the file is.
 */
bool files_needs_whole(struct files_run *run, struct span first);

/* Hands a message on as it is, or as the report that it holds. -1: the run is over. */
int files_take(struct files_run *run, const struct files_message *message, struct err *err);

/* The path in what can be seen, until the next call: the name of a file may hold anything. Without
 * memory run->shown has failed. */
struct span files_shown(struct files_run *run, struct span path);

/* A message that is there and could not be read: counted, and named on stderr. */
void files_lose(struct files_run *run, const struct files_message *message, const char *why);

/*
 * Fills in is_torn and is_growing of a message with this header section: when it has no end, and
 * the file is cut off or damaged there or has more by now, what is not there may be what counts.
 */
void files_check_end(const struct input *input, struct span header, struct files_message *message);

/* Where a header section ends, behind its empty line; SPAN_NPOS: not in these bytes. */
size_t files_header_end(struct span text);

/* Two times of a message: which one counts, and which it is. False: neither. */
bool files_time(const struct files_message *message, struct span header, time_t now, time_t *when_r,
    const char **which_r);

/* arf.c: the same as files_take(), of a mailbox of reports. */
int arf_take(struct files_run *run, const struct files_message *message, struct err *err);

/* True when the header section is that of a report, and no filter has caught it as spam: then its
 * own fields tell who sent it, and what it says of others may be a lie. */
bool arf_is(struct span header);

#endif
