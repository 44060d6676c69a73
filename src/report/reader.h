/*
 * From a header section to a record. A thread that reads messages has a reader of its own, so that
 * nobody waits while evidence is extracted.
 */
#ifndef READER_H
#define READER_H

#include "record/account.h"
#include "record/record.h"

struct reader;

struct reader_options {
	/* --identity-header: names in their order; they must outlive the reader. */
	const char *const *identity_headers;
	unsigned identity_header_count;
	bool explain;       /* fill in record.explanation */
	bool explain_ascii; /* for a terminal without UTF-8 */
};

/* A message as its source has it. */
struct message {
	struct span header; /* the header section, or the fields that the rules read */
	bool truncated;     /* there was more */
	uint32_t uid;       /* 0: it has none */
	time_t when;
	struct account_place *place; /* the mailbox, or file, that it is in */
	/* Of a message that no server keeps. */
	const char *when_from; /* which of its times `when` is, for the explanation */
	bool no_time;          /* nobody knows when it was */
	struct span folder;    /* the file that it is in, instead of the place's name */
	struct span host;      /* where it was, or empty */
	struct span remarks;   /* lines to be added to its explanation, harmless on a terminal */
};

/* NULL when there is no memory, or a name is no field name (err: ERR_USAGE). */
struct reader *reader_new(const struct reader_options *options, struct err *err);

/* NULL is allowed. */
void reader_free(struct reader *reader);

/* Appends the names for HEADER.FIELDS; see evidence_add_field_names(). */
void reader_add_field_names(const struct reader *reader, struct buf *out);

/* Evidence, which filters decide by. The record is valid until the next one is extracted. No header
 * makes it fail: -1 only without memory, or without a descriptor for a character set. */
int reader_extract(
    struct reader *reader, const struct message *message, struct record *record_r, struct err *err);

/* What the header section that was read last tells of further ones; see evidence_brand() and
 * evidence_learn_names(). */
struct span reader_brand(const struct reader *reader);
struct guessed_fields;
bool reader_learn_names(const struct reader *reader, struct guessed_fields *set);

/* Fills in what only reported records need: Date, UID, Folder, Host, Sender domain, and the
 * explanation. Errors as of reader_extract(). */
int reader_complete(
    struct reader *reader, const struct message *message, struct record *record, struct err *err);

#endif
