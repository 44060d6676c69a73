/*
 * A record as a row of the history (store.h), and back: with the period's zone, everything that an
 * output says of it is the same as before.
 */
#ifndef SINK_STORE_RECORD_H
#define SINK_STORE_RECORD_H

#include "base/arena.h"
#include "record/record.h"
#include "sink/store_privacy.h"
#include "store/store.h"

/* The source of what is no mailbox's: messages of a log, and all others. That of a mailbox is
 * USER@HOST:PORT. */
#define STORE_FROM_LOG  "log"
#define STORE_FROM_FILE "file"

/* Columns that have a text of their own in a row; COLUMN_NUMBER: the text is no column. All others
 * stand in STORE_EXTRA, by their JSON keys, unless they are empty. */
extern const enum column store_record_columns[STORE_TEXT_COUNT];

/* Texts of rules that have been read, at hand: there are few, and most rows have one of them. */
#define STORE_RECORD_RULES 32

struct store_record_rules {
	struct span text; /* empty: the place is free */
	const struct evidence_rule *rule[COLUMN_COUNT];
};

/* Failed logins of one second that are told from those that are the same; of more those are one. */
#define STORE_RECORD_LOGINS 1024

struct store_record_login {
	uint64_t hash;
	uint32_t count; /* 0: the place is free */
};

/* Memory of the conversion. What comes of it is valid until the next one. */
struct store_record {
	struct arena arena;
	struct buf text;
	struct span key[COLUMN_COUNT];
	struct column_set extra[2]; /* the columns of STORE_EXTRA; of a mailbox's rows the second */
	struct arena rules_arena;   /* texts of the rules */
	struct store_record_rules rules[STORE_RECORD_RULES];
	int64_t second; /* of the failed logins that came last */
	struct store_record_login login[STORE_RECORD_LOGINS];
	const struct store_privacy *privacy; /* of what is written; NULL: all is kept as it is */
	/* Of the record that is written: what another history had not kept, or as a hash. */
	struct column_set was_without;
	struct column_set was_hashed;
	/* Of the record that was written or read: values that it had, and that are not kept, or as
	 * a hash. */
	struct column_set without;
	struct column_set hashed;
};

void store_record_init(struct store_record *memory);
void store_record_fini(struct store_record *memory);

/*
 * The place of a mailbox in the history: its server, port and user, as the key of its state has
 * them. False when the place is none of a server.
 */
bool store_record_place(const struct account_place *place, struct store_place *place_r);

/* The text of a row that has the values of this column; STORE_TEXT_COUNT: none has. */
enum store_text store_record_text(enum column column);

/* In the STORE_EXTRA of each row that has a list, of those that lack a value that was not kept, and
 * of those that have hashes. */
#define STORE_RECORD_LIST    "\":["
#define STORE_RECORD_LACKING "\"without\":["
#define STORE_RECORD_HASHING "\"hashed\":["

/* Whether a row with this STORE_EXTRA had a value in the column that was not kept, or as a hash;
 * also true of what this program never writes. */
bool store_record_hides(struct span extra, enum column column);

/*
 * The number of how this version of the program makes records of messages, with these fields of
 * --identity-header: rows of another one may be others (store_cover.reading). Never 0.
 */
uint64_t store_record_reading(const char *const *identity_headers, unsigned count);

/*
 * What is known by nothing that its server fixed has its content as a key, with its path, so that
 * it is kept once all the same: in a Maildir also when it is read, or gets another flag. Failed
 * logins are known without the path, since logs are rotated, and those of one second that are the
 * same by their number. The record stays the caller's. ERR_SYSTEM without memory.
 */
int store_record_write(struct store_record *memory, const struct record *record,
    struct store_row *row_r, struct err *err);

/*
 * The record has no place and no explanation. ERR_DATA when the row has what this program never
 * writes.
 */
int store_record_read(struct store_record *memory, const struct store_row *row,
    struct record *record_r, struct err *err);

#endif
