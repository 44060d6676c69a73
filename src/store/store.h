/*
 * The history: the records of all runs, each kept once, by what its server fixed about it. So the
 * same messages can be read and kept any number of times, by any number of programs.
 *
 * A store keeps texts and numbers; what a record is made of it does not know. Rows are kept in
 * batches, each of them as a whole or not at all; what was acknowledged is there after a crash of
 * the program. Which days of which places are known is kept beside the rows (store_cover): no row
 * of a day that nobody has read means nothing.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/span.h"
#include "http/client.h"

/* Rows of a batch; one of more bytes than that is written earlier. */
#define STORE_BATCH_ROWS  10000
#define STORE_BATCH_BYTES ((size_t)8 * 1024 * 1024)

/* Seconds that a write waits for another program that is writing. */
#define STORE_PATIENCE 30

/* Seconds of a day of the history, which is one of UTC. */
#define STORE_DAY ((int64_t)24 * 60 * 60)

/* The last second that both engines can keep: the end of 2105. */
#define STORE_MAX_TIME ((int64_t)4291747199)

/* The source of rows that are no server's own, but of reports of it that were saved. Their place
 * has no name; their queue_id is that of the folder, and their epoch their time. */
#define STORE_SAVED "saved"

/* The version (store_sqlite_open()) of rows that replace none. */
#define STORE_OLDEST 1

/* Bytes of one text; longer ones are no values of a record. */
#define STORE_MAX_TEXT ((size_t)1024 * 1024)

/* Where a row is from. */
struct store_place {
	struct span source; /* "imap", "log" */
	struct span host;
	struct span name; /* the folder; of a log its name */
};

/* What makes a row the same one: nothing in it depends on a rule, a zone or an option of ours. */
struct store_key {
	struct store_place place;
	uint64_t epoch;       /* UIDVALIDITY; of a log the second in which the message began */
	uint64_t uid;         /* 0: it has none */
	struct span queue_id; /* of a log, or what stands for one; empty otherwise */
};

/* The texts of a row, by the names of their columns, in the order of the databases' columns. */
enum store_text {
	STORE_IDENTITY,
	STORE_DOMAIN,
	STORE_AUTH_USER,
	STORE_SOURCE_IP,
	STORE_SCRIPT,
	STORE_CLASS,
	STORE_SUBJECT,
	STORE_MAIL_FROM,
	STORE_EVIDENCE,
	STORE_RULES,
	STORE_RCPT,
	STORE_MESSAGE_ID,
	STORE_NOTES,
	STORE_EXTRA,
	STORE_TEXT_COUNT
};

/* Texts are UTF-8 without NUL: others are refused. */
struct store_row {
	struct store_key key;
	int64_t time; /* seconds since 1970, up to STORE_MAX_TIME; 0: unknown */
	bool is_bounce;
	uint32_t recipients;
	struct span text[STORE_TEXT_COUNT];
};

/* The day of a time, both since 1970. */
static inline int64_t store_day(int64_t time)
{
	return time / STORE_DAY - (time % STORE_DAY < 0);
}

/*
 * What is known of a day of a place: everything of its time from `since` to the second before
 * `until`, both since 1970. All of the day when that is its beginning and its end.
 *
 * A mailbox may get messages of that time later on: they have numbers above `uid`. Up to that one,
 * everything to the second before `ahead` is known, which may be behind the end of the run that
 * read it: the clock of a server may be ahead of ours.
 */
struct store_cover {
	struct store_place place;
	int64_t day; /* since 1970, of UTC */
	uint64_t epoch;
	int64_t since;
	int64_t until;
	int64_t ahead;    /* not before `until`; what is, is taken for it */
	uint64_t uid;     /* 0: not known */
	uint64_t reading; /* the rules and options that made the rows, which may be believed by who
			     has the same; 0: several, or not known. Up to INT64_MAX, as uid is */
};

/* Which numbers: those above `after` of the rows of a mailbox, a time and an epoch. */
struct store_uids {
	struct store_place place;
	uint64_t epoch;
	uint32_t after;
	int64_t since;
	int64_t until;
};

/* Which rows: of a place, from the first second to the one before the last. */
struct store_query {
	const struct store_place *place; /* NULL: of all places */
	int64_t since;
	int64_t until;
};

/* Texts by which the rows of the past are put together. */
#define STORE_PAST_TEXTS 8

/*
 * Which rows of the past are counted, and by what: those that have a time, of all days before
 * `until`; but not those of a mailbox in whose time another epoch is known, since they are the same
 * messages. Values are as the rows have them; which of them are the same is the caller's business.
 */
struct store_past {
	enum store_text text[STORE_PAST_TEXTS]; /* each once */
	unsigned text_count;
	bool by_place; /* and by where they are from: a saved report's is its folder */
	/* Of these only. One of saved reports (STORE_SAVED) that has a name is that folder of them,
	 * without the rows that have not all the texts that are asked for: a report may not have
	 * had the column. */
	const struct store_place *place;
	unsigned place_count; /* 0: of all */
	int64_t since;        /* rows from here on are counted apart, too */
	int64_t until;
	bool no_bounces;
};

/* The rows of a day that have the same values, and of one place if that was asked for. */
struct store_past_day {
	int64_t day; /* since 1970, of UTC */
	struct store_place place;
	struct span value[STORE_PAST_TEXTS]; /* as many as there are texts, in their order */
	uint64_t count;
	uint64_t recent; /* of them from `since` on */
	int64_t first;   /* the times of the earliest and the latest */
	int64_t last;
};

/* What is looked for: a part of the texts of a column. */
struct store_find {
	enum store_text column;
	struct span part;
};

/* The rows of one identity, as groups have it: what stands before the first '/' is the same in
 * letters of another case of ASCII, and a path behind it is not. */
struct store_sender {
	struct span identity;
	struct store_query query;
};

/* What an identity has sent in a period. */
struct store_sum {
	struct span identity;
	uint64_t messages;
	uint64_t recipients;
	uint64_t addresses; /* different ones that it came from; an unknown one is none */
	uint64_t days;      /* of UTC, on which it has sent something */
	int64_t first;      /* the times of the earliest and the latest */
	int64_t last;
};

/* What one identity has sent on a day. */
struct store_day_sum {
	int64_t day; /* since 1970, of UTC; that of a row without a time is 0 */
	uint64_t messages;
	uint64_t recipients;
	uint64_t bounces;
	uint64_t addresses; /* different ones, as above */
	uint64_t scripts;
	uint64_t subjects;
	int64_t first;
	int64_t last;
};

/* What has been kept of a place. */
struct store_place_sum {
	struct store_place place;
	uint64_t rows;
	uint64_t epochs; /* different ones, of rows that have a UID */
	int64_t first; /* the earliest and the latest of those that have a time; 0: none has one */
	int64_t last;
};

/* The store itself. */
struct store_about {
	const char *place; /* its file, or address; valid as long as the store is */
	char engine[64];   /* its name and version */
	int64_t schema;    /* the step of its tables */
	uint64_t bytes;    /* that it takes on the disk, as far as is known */
	uint64_t unused;   /* of them those that hold nothing, and can be given back */
	uint64_t rows;
	uint64_t waiting;       /* files of batches that no server has taken yet */
	uint64_t waiting_bytes; /* of them, as they are kept */
	const char *spool;      /* how their names begin; NULL: none can wait. As `place` */
};

/* A run that has put something into the history, or taken it out. */
struct store_run {
	int64_t began;       /* seconds since 1970 */
	int64_t ended;       /* 0: it has not, or was killed */
	struct span program; /* its name and version */
	struct span options; /* that were given, without secrets */
	uint64_t rows;       /* that came, or were taken out */
	int status;          /* of its exit */
};

/* A place in a file where bytes were found. */
struct store_hit {
	const char *file;
	uint64_t at;
	struct span before; /* at most STORE_AROUND bytes each */
	struct span found;
	struct span after;
};

#define STORE_AROUND ((size_t)256)

/* Bytes of a text that can be searched for. */
#define STORE_MAX_SEARCH ((size_t)1024)

/* What a reader calls for each; texts are valid until it returns. -1 ends the reading, with its
 * error. */
typedef int store_take_row(void *context, const struct store_row *row, struct err *err);
typedef int store_take_cover(void *context, const struct store_cover *cover, struct err *err);
typedef int store_take_place(void *context, const struct store_place *place, struct err *err);
typedef int store_take_uid(void *context, uint32_t uid, int64_t time, struct err *err);
typedef int store_take_past(void *context, const struct store_past_day *day, struct err *err);
typedef int store_take_sum(void *context, const struct store_sum *sum, struct err *err);
typedef int store_take_day_sum(void *context, const struct store_day_sum *sum, struct err *err);
typedef int store_take_place_sum(void *context, const struct store_place_sum *sum, struct err *err);
typedef int store_take_run(void *context, const struct store_run *run, struct err *err);
typedef int store_take_text(void *context, struct span text, struct err *err);
typedef int store_take_hit(void *context, const struct store_hit *hit, struct err *err);

/* Several texts. */
struct store_texts {
	const struct span *text;
	size_t count;
};

/* What stands in the place of options that were taken out. */
#define STORE_FORGOTTEN "(erased)"

struct store;

struct store_ops {
	/*
	 * Keeps a row, in place of an earlier one of this key, and of that of a saved report
	 * (STORE_SAVED) with its host, folder, UID and time. It is there for certain after a
	 * commit() that returned 0; without one it may or may not be.
	 */
	int (*put)(struct store *store, const struct store_row *row, struct err *err);
	/*
	 * The same of what is known of a day, which is put together with what was known of it when
	 * the epoch is the same and there is no gap between the two. Else it takes its place. Put
	 * together, `uid` and `reading` are those of the one that has all of the other's time, the
	 * new one if both do; else the lower number, and what both were read by: 0 where that
	 * differs, and then the number is not known either.
	 *
	 * Rows of saved reports (STORE_SAVED) of that host and folder go out for that time: the
	 * server's own are there.
	 */
	int (*cover)(struct store *store, const struct store_cover *cover, struct err *err);
	int (*commit)(struct store *store, struct err *err);
	/* All places that have been kept something of, in the order in which they came. */
	int (*places)(struct store *store, store_take_place *take, void *context, struct err *err);
	/* Rows in the order of the places, and of their keys. */
	int (*read)(struct store *store, const struct store_query *query, store_take_row *take,
	    void *context, struct err *err);
	/* What is known of these days; by place and day. */
	int (*covered)(struct store *store, const struct store_query *query, store_take_cover *take,
	    void *context, struct err *err);
	/* The numbers that are not 0, in any order. */
	int (*uids)(struct store *store, const struct store_uids *which, store_take_uid *take,
	    void *context, struct err *err);
	/* What was there before, a day after the other, of each day in any order. */
	int (*past)(struct store *store, const struct store_past *past, store_take_past *take,
	    void *context, struct err *err);
	/* The identities of the rows, who sent most first; of several that sent as much in the
	 * order of their bytes. Here and in days() a mailbox that was made anew counts once, as in
	 * past(). */
	int (*sums)(struct store *store, const struct store_query *query, store_take_sum *take,
	    void *context, struct err *err);
	/* The days of one identity, in their order. */
	int (*days)(struct store *store, const struct store_sender *sender,
	    store_take_day_sum *take, void *context, struct err *err);
	/* Every place, in the order of places(). */
	int (*place_sums)(
	    struct store *store, store_take_place_sum *take, void *context, struct err *err);
	int (*about)(struct store *store, struct store_about *about_r, struct err *err);
	/* Notes the run that has opened the store, which has a version of its own, at once; noted
	 * again, `ended`, `rows` and `status` are new. */
	int (*note_run)(struct store *store, const struct store_run *run, struct err *err);
	/* The latest of them, the last one first. */
	int (*runs)(struct store *store, unsigned max, store_take_run *take, void *context,
	    struct err *err);
	/*
	 * Takes out what is known of the days before this one, then their rows; those without a
	 * time when the run that kept them began before that day; the notes of such runs; and texts
	 * that no row has any more. Each STORE_BATCH_ROWS are committed by themselves, so that
	 * other programs can write, and the next one goes on where this one ended. *rows_r is also
	 * set on failure.
	 */
	int (*prune)(struct store *store, int64_t day, uint64_t *rows_r, struct err *err);
	/* The different texts of this column that have `part` in them, without regard to the case
	 * of ASCII, in any order. */
	int (*find)(struct store *store, const struct store_find *find, store_take_text *take,
	    void *context, struct err *err);
	/*
	 * Takes out the rows whose text of this column is one of these, byte for byte, and texts
	 * that no row has any more. What is known of the days stays: they were read. Until
	 * compact() the bytes may still be there.
	 */
	int (*erase)(struct store *store, enum store_text column, const struct store_texts *texts,
	    uint64_t *rows_r, struct err *err);
	/* Takes the options out of the notes of runs that have this text in them, without regard to
	 * the case of ASCII. */
	int (*forget)(struct store *store, struct span text, struct err *err);
	/* Gives back what nothing uses, and leaves no trace of what was taken out. ERR_TEMPORARY
	 * when another program is in the way. */
	int (*compact)(struct store *store, struct err *err);
	/*
	 * Every place where a text (of STORE_MAX_SEARCH bytes at most) stands in the files of the
	 * store, or in copies that lie beside them under a longer name; without regard to the case
	 * of ASCII. NULL: the store has no files that could be read; find() must do.
	 */
	int (*search)(struct store *store, struct span text, store_take_hit *take, void *context,
	    struct err *err);
	void (*free)(struct store *store);
};

/* The head of every store's structure. */
struct store {
	const struct store_ops *ops;
};

/*
 * Opens the history in this file, and makes it when there is none (mode 600; its folder must be
 * there). What a run puts replaces what earlier ones put; `version` is when the run began, in
 * microseconds since 1970, or STORE_OLDEST; with version 0 a run only reads, and there must be one.
 * Where a run was noted whose clock was ahead of ours, this one counts as the next after it.
 * One thread at a time uses it, and no child of the process.
 *
 * A file that lets others read keeps its -wal and -shm, so that those who may not write can read
 * it with version 0: then its owner, and that of its folder, may be anybody, and nothing is written
 * there at all.
 *
 * NULL on failure, here and in what is done with it: ERR_DATA when the file is no history of ours,
 * is damaged, or was made by a later version of the program; ERR_CREATE when it cannot be made, or
 * not be written to; ERR_CONFIG when other users may change it or its folder; ERR_TEMPORARY when
 * another program has been writing to it for STORE_PATIENCE seconds; ERR_IO when the disk is full
 * or fails; ERR_SIGNAL when the run was ended.
 */
struct store *store_sqlite_open(const char *file, uint64_t version, struct err *err);

/* All of it outlives the store. */
struct store_clickhouse_settings {
	struct http_settings http;
	const char *name;      /* for messages */
	const char *database;  /* of the server, where it must be */
	const char *spool;     /* the beginning of the names of files; NULL: none */
	bool comes_again;      /* what was not taken is put once more: no file is needed */
	bool is_ending;        /* who ends the run waits: what is not taken at once is a file */
	unsigned pause_second; /* milliseconds that a second of a pause takes; 0: 1000 */
};

/*
 * The same in tables of a ClickHouse server or cluster (18.16 or later), which are made when they
 * are missing and the user may make them. What no server has taken after some tries becomes a file,
 * which the next run sends first.
 *
 * NULL on failure, here and in what is done with it: errors as of http_run(); ERR_LOGIN: user or
 * password; ERR_CONFIG: no such database, no table, or one that is not as it must be;
 * ERR_UNAVAILABLE: the user may not do this, or an error that the server explains; ERR_TEMPORARY
 * also when a part of a cluster is away; ERR_DATA: made by a later version of the program, or by
 * somebody else; ERR_IO: its disk is full.
 */
struct store *store_clickhouse_open(
    const struct store_clickhouse_settings *settings, uint64_t version, struct err *err);

#endif
