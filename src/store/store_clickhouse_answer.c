#include "store/store_clickhouse_answer.h"

#include <jansson.h>
#include <string.h>

#include "base/json_memory.h"
#include "base/log.h"
#include "store/store.h"

/* Bytes of a server's text that are shown. */
#define CLICKHOUSE_MAX_SHOWN ((size_t)300)

struct clickhouse_values {
	const json_t *row;
	size_t at; /* the next one */
	bool is_damaged;
};

static const struct {
	unsigned number;
	enum err_code code;
	const char *what;
} clickhouse_errors[] = {
    {25, ERR_DATA, "it does not take a value"},
    {26, ERR_DATA, "it does not take a value"},
    {27, ERR_DATA, "it does not take a value"},
    {53, ERR_DATA, "it does not take a value"},
    {72, ERR_DATA, "it does not take a value"},
    {117, ERR_DATA, "it does not take a value"},
    {691, ERR_DATA, "it does not take a value"}, /* an Enum that an administrator made */
    {36, ERR_DATA, "it does not take a value"},
    {16, ERR_CONFIG, "a table lacks a column"},
    {47, ERR_CONFIG, "a table lacks a column"},
    {60, ERR_CONFIG, "a table of the history is missing"},
    {81, ERR_CONFIG, "there is no such database"},
    {115, ERR_UNAVAILABLE, "it does not know a setting of the request"},
    {159, ERR_TEMPORARY, "it took too long"},
    {160, ERR_TEMPORARY, "it would take too long"},
    {164, ERR_UNAVAILABLE, "the user may only read"},
    {181, ERR_CONFIG, "a table has no engine that replaces rows (ReplacingMergeTree)"},
    {192, ERR_LOGIN, "it does not know the user"},
    {193, ERR_LOGIN, "the password is wrong"},
    {194, ERR_LOGIN, "a password is needed"},
    {195, ERR_LOGIN, "the user may not come from this address"},
    {201, ERR_TEMPORARY, "the user's quota is used up"},
    {202, ERR_TEMPORARY, "too many queries are running"},
    {209, ERR_TEMPORARY, "another server of it does not answer"},
    {210, ERR_TEMPORARY, "another server of it does not answer"},
    {225, ERR_TEMPORARY, "its ZooKeeper does not answer"},
    {241, ERR_TEMPORARY, "it has not enough memory for this"},
    {242, ERR_TEMPORARY, "a table can only be read now, as without its ZooKeeper"},
    {243, ERR_IO, "there is no space left"},
    {244, ERR_TEMPORARY, "its ZooKeeper does not answer as it should"},
    {252, ERR_TEMPORARY, "a table has too many parts"},
    {254, ERR_TEMPORARY, "no replica of it is there"},
    {279, ERR_TEMPORARY, "another server of it does not answer"},
    {285, ERR_TEMPORARY, "too few replicas are there"},
    {286, ERR_TEMPORARY, "the replicas do not have the rows before these yet"},
    {289, ERR_TEMPORARY, "this replica is behind the others"},
    {319, ERR_TEMPORARY, "it is not known whether the replicas have the rows"},
    {369, ERR_TEMPORARY, "all replicas are behind"},
    {497, ERR_UNAVAILABLE, "the user may not do this"},
    {516, ERR_LOGIN, "it refuses user and password"},
    {999, ERR_TEMPORARY, "its ZooKeeper does not answer"},
};

/* Of what has no number of ClickHouse's: it may come from something in front of it. */
static const struct {
	long status;
	enum err_code code;
	const char *what;
} clickhouse_statuses[] = {
    {401, ERR_LOGIN, "it refuses user and password"},
    {403, ERR_LOGIN, "it refuses user and password"},
    {404, ERR_UNAVAILABLE, "there is no ClickHouse"},
    {411, ERR_UNAVAILABLE, "what is in front of it wants requests of another form"},
    {413, ERR_DATA, "what is in front of it takes no request that is so long"},
    {429, ERR_TEMPORARY, "it asks for fewer requests"},
    {502, ERR_TEMPORARY, "it is not reachable behind its gateway"},
    {503, ERR_TEMPORARY, "it is not available now"},
    {504, ERR_TEMPORARY, "it is not reachable behind its gateway"},
};

unsigned clickhouse_error_code(struct span text)
{
	const struct span mark = SPAN("Code: ");
	const size_t at = span_find_text(text, mark);
	uint64_t number = 0;

	if (at == SPAN_NPOS)
		return 0;
	text = span_head(span_from(text, at + mark.n), 9);
	return span_number(text, &number) > 0 ? (unsigned)number : 0;
}

/* Its own words, harmless, on one line. */
static int clickhouse_show(long status, struct span text, struct err *err)
{
	const struct span trimmed = span_trim(text);
	const struct span line = span_head(trimmed, span_find(trimmed, '\n'));
	const unsigned number = clickhouse_error_code(text);
	struct buf shown;

	buf_init(&shown, 0);
	log_escape(&shown, span_head(line, CLICKHOUSE_MAX_SHOWN));
	if (number != 0)
		err_set(err, ERR_UNAVAILABLE, "it refuses the request (HTTP %ld): %s", status,
		    buf_string(&shown));
	else
		err_set(err, status == 200 ? ERR_PROTOCOL : ERR_UNAVAILABLE,
		    "an answer that is none of ClickHouse's (HTTP %ld)%s%s", status,
		    line.n > 0 ? ": " : "", buf_string(&shown));
	buf_fini(&shown);
	return -1;
}

int clickhouse_refuse(long status, struct span text, struct err *err)
{
	const unsigned number = clickhouse_error_code(text);

	for (size_t i = 0; i < sizeof(clickhouse_errors) / sizeof(clickhouse_errors[0]); i++)
		if (clickhouse_errors[i].number == number)
			return err_set(err, clickhouse_errors[i].code, "%s (Code %u)",
			    clickhouse_errors[i].what, number);
	if (status >= 300 && status < 400)
		return err_set(err, ERR_UNAVAILABLE,
		    "it sends the request elsewhere (HTTP %ld), which is not followed", status);
	for (size_t i = 0; i < sizeof(clickhouse_statuses) / sizeof(clickhouse_statuses[0]); i++)
		if (clickhouse_statuses[i].status == status && number == 0)
			return err_set(err, clickhouse_statuses[i].code, "%s (HTTP %ld)",
			    clickhouse_statuses[i].what, status);
	return clickhouse_show(status, text, err);
}

struct span clickhouse_next_text(struct clickhouse_values *values)
{
	const json_t *value = json_array_get(values->row, values->at++);

	/* jansson's texts are UTF-8 without NUL. */
	if (json_is_string(value) && json_string_length(value) <= STORE_MAX_TEXT)
		return (struct span){json_string_value(value), json_string_length(value)};
	values->is_damaged = true;
	return SPAN_EMPTY;
}

/* Servers of some years put numbers of 64 bits into quotes. */
uint64_t clickhouse_next_number(struct clickhouse_values *values, uint64_t max)
{
	const json_t *value = json_array_get(values->row, values->at++);
	uint64_t number = 0;
	bool ok = false;

	if (json_is_integer(value)) {
		number = (uint64_t)json_integer_value(value);
		ok = json_integer_value(value) >= 0;
	} else if (json_is_string(value)) {
		const struct span text = {json_string_value(value), json_string_length(value)};

		ok = text.n > 0 && span_number(text, &number) == text.n;
	}
	if (ok && number <= max)
		return number;
	values->is_damaged = true;
	return 0;
}

bool clickhouse_is_damaged(const struct clickhouse_values *values)
{
	return values->is_damaged;
}

void clickhouse_answer_init(
    struct clickhouse_answer *answer, unsigned columns, clickhouse_take *take, void *context)
{
	*answer = (struct clickhouse_answer){.columns = columns, .take = take, .context = context};
	buf_init(&answer->line, CLICKHOUSE_MAX_LINE);
}

void clickhouse_answer_fini(struct clickhouse_answer *answer)
{
	buf_fini(&answer->line);
}

/* What is in an answer and is not of it: an error, most often. */
static int clickhouse_answer_fault(struct span line, struct err *err)
{
	if (clickhouse_error_code(line) != 0)
		return clickhouse_refuse(200, line, err);
	return err_set(err, ERR_PROTOCOL, "an answer that is none of ClickHouse's");
}

static int clickhouse_take_row(struct clickhouse_answer *answer, struct span line, struct err *err)
{
	const struct span text = line.p[line.n - 1] == ',' ? span_head(line, line.n - 1) : line;
	struct clickhouse_values values = {0};
	json_t *row;
	int result;

	json_memory_watch();
	row = json_loadb(text.p, text.n, 0, NULL);
	if (json_memory_failed()) {
		json_decref(row);
		return err_nomem(err);
	}
	if (!json_is_array(row)) {
		json_decref(row);
		return clickhouse_answer_fault(line, err);
	}
	values.row = row;
	answer->rows++;
	result = json_array_size(row) == answer->columns
		     ? answer->take(answer->context, &values, err)
		     : -1;
	if (json_array_size(row) != answer->columns || (result == 0 && values.is_damaged))
		result = err_set(err, ERR_DATA, "it has a row that this program has not written");
	json_decref(row);
	return result;
}

static int clickhouse_take_count(
    struct clickhouse_answer *answer, struct span text, struct err *err)
{
	uint64_t rows = 0;

	if (span_number(span_trim(text), &rows) == 0 || rows != answer->rows)
		return err_set(err, ERR_PROTOCOL, "its answer lacks rows");
	answer->is_counted = true;
	return 0;
}

static int clickhouse_take_behind(
    struct clickhouse_answer *answer, struct span line, struct err *err)
{
	const struct span rows = SPAN("\"rows\":");
	const struct span exception = SPAN("\"exception\":");

	if (span_eq(span_head(line, exception.n), exception) ||
	    span_eq(span_head(line, 5), SPAN("Code:")))
		return clickhouse_answer_fault(line, err);
	answer->is_closed = span_eq(line, SPAN("}"));
	if (span_eq(span_head(line, rows.n), rows))
		return clickhouse_take_count(answer, span_from(line, rows.n), err);
	return 0;
}

static int clickhouse_take_line(struct clickhouse_answer *answer, struct span line, struct err *err)
{
	line = span_trim(line);
	if (line.n == 0)
		return 0;
	switch (answer->part) {
	case CLICKHOUSE_BEFORE:
		if (span_eq(line, SPAN("\"data\":")))
			answer->part = CLICKHOUSE_OPENING;
		else if (clickhouse_error_code(line) != 0)
			return clickhouse_answer_fault(line, err);
		return 0;
	case CLICKHOUSE_OPENING:
		answer->part = CLICKHOUSE_ROWS;
		return span_eq(line, SPAN("[")) ? 0 : clickhouse_answer_fault(line, err);
	case CLICKHOUSE_ROWS:
		if (line.p[0] == '[')
			return clickhouse_take_row(answer, line, err);
		answer->part = CLICKHOUSE_BEHIND;
		if (span_eq(line, SPAN("]")) || span_eq(line, SPAN("],")))
			return 0;
		return clickhouse_answer_fault(line, err);
	default:
		return clickhouse_take_behind(answer, line, err);
	}
}

static int clickhouse_keep(struct clickhouse_answer *answer, struct span bytes, struct err *err)
{
	buf_add(&answer->line, bytes);
	if (answer->line.failed == 0)
		return 0;
	if (answer->line.n + bytes.n > CLICKHOUSE_MAX_LINE)
		return err_set(err, ERR_PROTOCOL, "a line of its answer is longer than %zu bytes",
		    CLICKHOUSE_MAX_LINE);
	return err_nomem(err);
}

int clickhouse_answer_add(struct clickhouse_answer *answer, struct span bytes, struct err *err)
{
	while (bytes.n > 0) {
		const size_t end = span_find(bytes, '\n');
		struct span line = span_head(bytes, end);

		if (end == SPAN_NPOS || answer->line.n > 0) {
			if (clickhouse_keep(answer, line, err) != 0)
				return -1;
			line = buf_span(&answer->line);
		}
		if (end == SPAN_NPOS)
			return 0;
		if (clickhouse_take_line(answer, line, err) != 0)
			return -1;
		buf_clear(&answer->line);
		bytes = span_from(bytes, end + 1);
	}
	return 0;
}

int clickhouse_answer_end(struct clickhouse_answer *answer, struct err *err)
{
	const struct span rest = buf_span(&answer->line);

	/* Only as the beginning of a row it may be anything. */
	if (rest.n > 0 &&
	    (clickhouse_error_code(rest) != 0 || !(answer->part == CLICKHOUSE_ROWS)) &&
	    clickhouse_take_line(answer, rest, err) != 0)
		return -1;
	if (answer->is_counted && answer->is_closed)
		return 0;
	if (answer->part == CLICKHOUSE_BEFORE && answer->line.n == 0 && rest.n == 0)
		return err_set(err, ERR_TEMPORARY, "its answer is empty");
	return err_set(err, ERR_TEMPORARY, "its answer is shorter than it should be");
}
