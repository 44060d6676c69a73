/*
 * What a ClickHouse server answers to a SELECT with FORMAT JSONCompact: a row is a line, and behind
 * the last one stands how many there were. So an answer that was cut, or that an error ended when
 * the status had long been sent, is known for what it is. Pure: no network.
 */
#ifndef STORE_CLICKHOUSE_ANSWER_H
#define STORE_CLICKHOUSE_ANSWER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* Bytes of a row as it is sent, in either direction. */
#define CLICKHOUSE_MAX_LINE ((size_t)16 * 1024 * 1024)

/* The values of a row, to be asked for one after the other. */
struct clickhouse_values;

/* The next one; an empty text, or 0, when it is of another kind, is no text that a store keeps, or
 * greater than `max`: then the row is taken for damaged. Texts are valid until the row's end. */
struct span clickhouse_next_text(struct clickhouse_values *values);
uint64_t clickhouse_next_number(struct clickhouse_values *values, uint64_t max);

/* Whether it was found to be; the reading ends with ERR_DATA then. */
bool clickhouse_is_damaged(const struct clickhouse_values *values);

/* What becomes of a row. -1 ends the reading with its error. */
typedef int clickhouse_take(void *context, struct clickhouse_values *values, struct err *err);

enum clickhouse_answer_part {
	CLICKHOUSE_BEFORE, /* the rows */
	CLICKHOUSE_OPENING,
	CLICKHOUSE_ROWS,
	CLICKHOUSE_BEHIND,
};

struct clickhouse_answer {
	unsigned columns; /* of a row */
	clickhouse_take *take;
	void *context;
	enum clickhouse_answer_part part;
	struct buf line; /* the beginning of the one under way */
	uint64_t rows;
	bool is_counted; /* the server has said how many there are */
	bool is_closed;  /* the last line may be the end */
};

void clickhouse_answer_init(
    struct clickhouse_answer *answer, unsigned columns, clickhouse_take *take, void *context);
void clickhouse_answer_fini(struct clickhouse_answer *answer);

/*
 * The next bytes; clickhouse_answer_end() behind the last. -1: what `take` said; ERR_SYSTEM; an
 * error that the server put into the answer, as of clickhouse_refuse(); ERR_DATA for a row that
 * this program never writes; ERR_PROTOCOL for anything else.
 */
int clickhouse_answer_add(struct clickhouse_answer *answer, struct span bytes, struct err *err);

/* The same; ERR_TEMPORARY when the answer is shorter than it should be. */
int clickhouse_answer_end(struct clickhouse_answer *answer, struct err *err);

/* The number of an error, behind the first "Code: " of a text; 0: there is none. */
unsigned clickhouse_error_code(struct span text);

/*
 * What a refusal means: the status (200 for an error within an answer), and the text, of which the
 * beginning is shown when the number says nothing to us. Returns -1 with
 * ERR_LOGIN, ERR_CONFIG, ERR_UNAVAILABLE, ERR_TEMPORARY, ERR_DATA: a value that the server does not
 * take, ERR_PROTOCOL: an answer that is none of ClickHouse's.
 */
int clickhouse_refuse(long status, struct span text, struct err *err);

#endif
