#include "control/search.h"

#include <errno.h>

#include "base/log.h"

/* One search. */
struct search {
	struct control *control;
	const struct search_request *request;
	struct search_result *result;
	struct buf room;
	struct buf body; /* of a slice: one place for all of them */
	uint64_t limit;  /* of rows in an answer, as far as it has shown */
	bool inclusive;  /* to_date belongs to a period, as it has shown */
};

/* A reading of an answer: what came, and whether it is handed on. */
struct search_reading {
	struct search *search;
	bool hand_on;
	bool started;
	uint64_t rows;
};

/* What an answer had. */
struct search_came {
	uint64_t rows;
	uint64_t all; /* with the lines that nobody understood */
};

void search_result_init(struct search_result *result)
{
	*result = (struct search_result){0};
	buf_init(&result->counts.first, 0);
}

void search_result_fini(struct search_result *result)
{
	buf_fini(&result->counts.first);
}

const char *search_shortage(const struct search_result *result)
{
	if (result->is_more)
		return "the filter handed out more lines than it counted";
	if (result->is_cut)
		return "the filter handed out fewer lines than it counted";
	return result->is_uncounted ? "the filter does not count: lines may have been cut off"
				    : NULL;
}

void search_warn(const struct search_result *result)
{
	if (result->uncounted.code != ERR_NONE)
		log_warn("the filter does not count: %s", result->uncounted.text);
	else if (result->is_uncounted)
		log_warn("the filter does not count: its list of calls (" CALL_HELP
			 ") does not have " CALL_COUNT " for this user");
}

/* The names of the columns, as the first line may have them. */
static bool search_is_titles(struct search *search, struct span line)
{
	struct span names = span_of(search->request->columns);
	struct answer_fields fields;

	if (!answer_split(line, search->request->column_count, &fields, &search->room))
		return false;
	for (unsigned i = 0; i < fields.count; i++) {
		size_t end = span_find(names, ',');

		if (!span_eq_nocase(fields.field[i], span_head(names, end)))
			return false;
		names = end == SPAN_NPOS ? SPAN_EMPTY : span_from(names, end + 1);
	}
	return names.n == 0;
}

static int search_take(void *context, struct span line, struct err *err)
{
	struct search_reading *reading = context;
	struct search *search = reading->search;
	const struct search_request *request = search->request;
	struct answer_fields fields;
	bool first = !reading->started;

	reading->started = true;
	if (first && search_is_titles(search, line))
		return 1;
	if (!answer_split(line, request->column_count, &fields, &search->room))
		return err_nomem(err);
	if (fields.count != request->column_count || !request->fits(&fields))
		return 0;
	reading->rows++;
	if (reading->hand_on && request->take(request->context, &fields, err) != 0)
		return -1;
	return 1;
}

static void search_begin_call(const struct search *search, struct control_call *call,
    const char *name, time_t since, time_t until)
{
	const struct search_request *request = search->request;

	control_call_init(call, name);
	control_call_add_text(call, "domain", request->domain);
	control_call_add_number(call, "from_date", (int64_t)since);
	control_call_add_number(call, "to_date", (int64_t)until);
	control_call_add_text(call, "predicate", "and");
	control_call_add_text(call, "partial", "False");
	control_call_add_text(call, "classification", request->classification);
	search->result->calls++;
}

/* What is no number. */
static void search_note_number(struct search *search, struct span body)
{
	struct buf shown;

	buf_init(&shown, 0);
	answer_add_shown(&shown, body);
	err_set(&search->result->uncounted, ERR_PROTOCOL, "%s: the answer is no number: %s",
	    CALL_COUNT, buf_string(&shown));
	buf_fini(&shown);
}

/* 1: *rows_r; 0: the filter does not count. */
static int search_count(
    struct search *search, time_t since, time_t until, uint64_t *rows_r, struct err *err)
{
	struct control_call call;
	struct buf body;
	int result;

	if (!search->request->can_count)
		return 0;
	buf_init(&body, CONTROL_MAX_REMARK);
	search_begin_call(search, &call, CALL_COUNT, since, until);
	result = control_fetch(search->control, &call, &body, err) == 0 ? 1 : -1;
	if (result > 0)
		result = answer_number(buf_span(&body), rows_r);
	if (result == 0 && search->result->uncounted.code == ERR_NONE)
		search_note_number(search, buf_span(&body));
	/* It has the call, and yet cannot make it: then nothing can be compared. */
	if (result < 0 && (err->code == ERR_UNAVAILABLE || err->code == ERR_PROTOCOL) &&
	    !control_is_untrusted(search->control)) {
		if (search->result->uncounted.code == ERR_NONE)
			search->result->uncounted = *err;
		*err = (struct err)ERR_INIT;
		result = 0;
	}
	control_call_fini(&call);
	buf_fini(&body);
	return result;
}

static void search_note_strange(struct search *search, const struct answer_counts *counts)
{
	struct answer_counts *sum = &search->result->counts;

	if (sum->strange == 0)
		buf_add(&sum->first, buf_span(&counts->first));
	sum->strange += counts->strange;
}

static int search_add(void *context, struct span bytes, struct err *err)
{
	return answer_reader_add(context, bytes, err);
}

static void search_begin_find(
    const struct search *search, struct control_call *call, time_t since, time_t until)
{
	search_begin_call(search, call, CALL_FIND, since, until);
	control_call_add_text(call, "sort_field", "datestamp");
	control_call_add_text(call, "include_in_progress", "False");
	control_call_add_text(call, "columns", search->request->columns);
}

/* The rows as they come, without a look whether they are all. */
static int search_stream(
    struct search *search, time_t since, time_t until, struct search_came *came_r, struct err *err)
{
	struct search_reading reading = {.search = search, .hand_on = true};
	struct answer_reader reader;
	struct control_call call;
	int result;

	search_begin_find(search, &call, since, until);
	answer_reader_init(&reader, search_take, &reading);
	result = control_stream(search->control, &call, search_add, &reader, err);
	if (result == 0 && answer_reader_end(&reader, err) != 0)
		result = control_prefix(search->control, CALL_FIND, err);
	if (result == 0)
		search_note_strange(search, &reader.counts);
	search->result->rows += reading.rows;
	*came_r = (struct search_came){reading.rows, reading.rows + reader.counts.strange};
	answer_reader_fini(&reader);
	control_call_fini(&call);
	return result;
}

/* Gets a slice as a whole: 1, and it is in search->body; 0: it is too long to be kept. */
static int search_fetch(struct search *search, time_t since, time_t until, struct err *err)
{
	struct control_call call;
	int result;

	buf_clear(&search->body);
	search_begin_find(search, &call, since, until);
	result = control_fetch(search->control, &call, &search->body, err) == 0 ? 1 : -1;
	if (result < 0 && search->body.failed == EMSGSIZE)
		result = 0;
	control_call_fini(&call);
	return result;
}

/* Reads what was kept: to count, or to hand on. */
static int search_read(struct search *search, struct span body, bool hand_on,
    struct search_came *came_r, struct err *err)
{
	struct search_reading reading = {.search = search, .hand_on = hand_on};
	struct answer_reader reader;
	int result;

	answer_reader_init(&reader, search_take, &reading);
	result = answer_read(&reader, body, err);
	if (result != 0)
		control_prefix(search->control, CALL_FIND, err);
	if (result == 0 && hand_on) {
		search_note_strange(search, &reader.counts);
		search->result->rows += reading.rows;
	}
	*came_r = (struct search_came){reading.rows, reading.rows + reader.counts.strange};
	answer_reader_fini(&reader);
	return result;
}

/* A part of the period, both ends included or not, as the filter sees it. */
struct search_part {
	time_t since;
	time_t until;
	uint64_t expected; /* rows, as it has counted them */
	unsigned depth;    /* how often the period was halved */
};

static int search_slice(struct search *search, const struct search_part *part, struct err *err);

/* 1: what the right half has, and where it begins; 0: the filter does not count any more. */
static int search_count_right(struct search *search, const struct search_part *all,
    const struct search_part *left, struct search_part *right, struct err *err)
{
	uint64_t other = 0;
	int result;

	if (search->inclusive && left->expected <= all->expected) {
		right->since++;
		right->expected = all->expected - left->expected;
		return 1;
	}
	result = search_count(search, right->since, right->until, &right->expected, err);
	if (result <= 0 || left->expected + right->expected <= all->expected)
		return result;
	result = search_count(search, right->since + 1, right->until, &other, err);
	/* More than before is what has come meanwhile. */
	if (result > 0 && left->expected + other >= all->expected) {
		right->expected = other;
		right->since++;
		search->inclusive = true;
	}
	return result;
}

/*
 * Two halves. Whether to_date belongs to a period is not known: what the filter counts tells, since
 * the second between the halves would be in both.
 */
static int search_halves(struct search *search, const struct search_part *part, struct err *err)
{
	time_t middle = part->since + (part->until - part->since) / 2;
	struct search_part left = {part->since, middle, 0, part->depth + 1};
	struct search_part right = {middle, part->until, 0, part->depth + 1};
	int result = search_count(search, left.since, left.until, &left.expected, err);

	if (result > 0)
		result = search_count_right(search, part, &left, &right, err);
	if (result < 0)
		return -1;
	if (result == 0 || left.expected + right.expected < part->expected)
		search->result->is_cut = true;
	if (search_slice(search, &left, err) != 0)
		return -1;
	return search_slice(search, &right, err);
}

/*
 * More than was counted is what has come meanwhile, or what a value with a line break in it looks
 * like: rows about somebody else. The filter is asked once more.
 */
static int search_check_more(
    struct search *search, const struct search_part *part, uint64_t rows, struct err *err)
{
	uint64_t again = 0;

	if (rows <= part->expected)
		return 0;
	if (search_count(search, part->since, part->until, &again, err) < 0)
		return -1;
	if (rows > again)
		search->result->is_more = true;
	return 0;
}

/* A part that cannot be halved. */
static int search_last(struct search *search, const struct search_part *part, struct err *err)
{
	struct search_came came = {0};

	if (search_stream(search, part->since, part->until, &came, err) != 0)
		return -1;
	if (came.all < part->expected)
		search->result->is_cut = true;
	return search_check_more(search, part, came.rows, err);
}

/* Whether an answer has fewer rows than were counted. Nothing is handed on of one that comes short,
 * so that this is found out first. */
static bool search_is_too_few(struct search *search, struct span body, uint64_t expected)
{
	struct span first;
	uint64_t lines = answer_count_lines(body, &first);

	if (lines > 0 && search_is_titles(search, first))
		lines--;
	return lines < expected;
}

/* 1: all of it was handed on; 0: it came short, or is too long to be kept. */
static int search_whole(struct search *search, const struct search_part *part, struct err *err)
{
	struct search_came came = {0};
	struct span body;
	int result = search_fetch(search, part->since, part->until, err);

	body = buf_span(&search->body);
	if (result > 0 && search_is_too_few(search, body, part->expected)) {
		result = search_read(search, body, false, &came, err);
		/* What comes short shows how many the filter hands out at most. */
		if (came.all > 0 && came.all < search->limit)
			search->limit = came.all;
	} else if (result > 0) {
		if (search_read(search, body, true, &came, err) != 0 ||
		    search_check_more(search, part, came.rows, err) != 0)
			result = -1;
	}
	return result;
}

static int search_slice(struct search *search, const struct search_part *part, struct err *err)
{
	int result = 0;

	if (part->expected == 0)
		return 0;
	if (part->until - part->since <= 1 || part->depth >= SEARCH_MAX_DEPTH)
		return search_last(search, part, err);
	if (part->expected <= search->limit)
		result = search_whole(search, part, err);
	if (result == 0)
		return search_halves(search, part, err);
	return result < 0 ? -1 : 0;
}

int control_search(struct control *control, const struct search_request *request,
    struct search_result *result, struct err *err)
{
	struct search search = {
	    .control = control,
	    .request = request,
	    .result = result,
	    .limit = SEARCH_SLICE_ROWS,
	};
	uint64_t expected = 0;
	struct search_came came;
	int counted;

	buf_init(&search.room, 0);
	buf_init(&search.body, SEARCH_SLICE_BYTES);
	counted = search_count(&search, request->since, request->until, &expected, err);
	if (counted == 0) {
		result->is_uncounted = true;
		counted = search_stream(&search, request->since, request->until, &came, err) == 0
			      ? 0
			      : -1;
	} else if (counted > 0) {
		const struct search_part all = {request->since, request->until, expected, 0};

		result->counted += expected;
		counted = search_slice(&search, &all, err);
	}
	buf_fini(&search.room);
	buf_fini(&search.body);
	return counted < 0 ? -1 : 0;
}
