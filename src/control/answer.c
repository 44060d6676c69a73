#include "control/answer.h"

#include <errno.h>
#include <inttypes.h>

#include "base/log.h"
#include "base/utf8.h"

#define ANSWER_BOM SPAN("\xEF\xBB\xBF")

/* How a field begins that is quoted to its end: how many bytes it takes with its quotes and the
 * blanks behind; 0: it is not quoted. */
static size_t answer_quoted(struct span text)
{
	size_t at = 1;

	if (text.n < 2 || text.p[0] != '"')
		return 0;
	for (;; at += 2) {
		size_t quote = span_find(span_from(text, at), '"');

		if (quote == SPAN_NPOS)
			return 0;
		at += quote;
		if (at + 1 == text.n || text.p[at + 1] != '"')
			break;
	}
	for (at++; at < text.n && span_is_blank(text.p[at]);)
		at++;
	return at == text.n || text.p[at] == ',' ? at : 0;
}

/* Without the quotes around it; those in it stand for one each. */
static struct span answer_unquote(struct span text, struct buf *room)
{
	size_t from = room->n;

	text = span_trim(text);
	text = span_from(span_head(text, text.n - 1), 1);
	for (size_t i = 0; i < text.n; i++) {
		buf_add_char(room, text.p[i]);
		if (text.p[i] == '"')
			i++;
	}
	return (struct span){room->p + from, room->n - from};
}

bool answer_split(struct span line, unsigned most, struct answer_fields *fields_r, struct buf *room)
{
	struct answer_fields fields = {0};
	unsigned quoted = 0;
	bool more = true;

	/* All at once, so that what points into it stays. */
	buf_clear(room);
	if (buf_reserve(room, line.n + 1) == NULL)
		return false;
	while (more) {
		size_t end, n;

		while (line.n > 0 && span_is_blank(line.p[0]))
			line = span_from(line, 1);
		n = answer_quoted(line);
		if (n > 0 && (fields.count + 1 < most || n == line.n)) {
			fields.field[fields.count++] = answer_unquote(span_head(line, n), room);
			quoted++;
			end = n < line.n ? n : SPAN_NPOS;
		} else {
			end = fields.count + 1 < most ? span_find(line, ',') : SPAN_NPOS;
			fields.field[fields.count++] = span_trim(span_head(line, end));
		}
		more = end != SPAN_NPOS;
		line = more ? span_from(line, end + 1) : SPAN_EMPTY;
	}
	fields.doubtful = quoted > 0 && quoted < fields.count;
	*fields_r = fields;
	return room->failed == 0;
}

const char *answer_fault(struct span text)
{
	static const struct {
		struct span text;
		const char *what;
	} signs[] = {
	    {{": SQLSTATE", 10}, "an error of the filter's database"},
	    {{"fatalerror.php", 14}, "an error page of the filter"},
	    {{"Traceback (most recent call last)", 33}, "an error of the filter's program"},
	};
	struct span start = span_trim(text);

	if (span_starts_nocase(start, ANSWER_BOM))
		start = span_trim(span_from(start, ANSWER_BOM.n));
	if (start.n > 0 && start.p[0] == '<')
		return "a page for browsers";
	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (span_find_text(text, signs[i].text) != SPAN_NPOS)
			return signs[i].what;
	return NULL;
}

void answer_add_shown(struct buf *out, struct span text)
{
	bool cut;

	text = span_trim(text);
	cut = text.n > ANSWER_MAX_SHOWN;
	buf_add_char(out, '\'');
	log_escape(out, span_head(text, ANSWER_MAX_SHOWN));
	buf_add_text(out, cut ? "...'" : "'");
}

void answer_reader_init(struct answer_reader *reader, answer_taker *take, void *context)
{
	*reader = (struct answer_reader){.take = take, .context = context};
	buf_init(&reader->line, ANSWER_MAX_LINE);
	buf_init(&reader->counts.first, 0);
}

void answer_reader_fini(struct answer_reader *reader)
{
	buf_fini(&reader->line);
	buf_fini(&reader->counts.first);
}

static int answer_note_strange(struct answer_reader *reader, struct span line, struct err *err)
{
	const char *fault = answer_fault(line);

	if (fault != NULL && reader->counts.taken == 0) {
		struct buf shown;

		buf_init(&shown, 0);
		answer_add_shown(&shown, line);
		err_set(err, ERR_UNAVAILABLE, "the answer is %s: %s", fault, buf_string(&shown));
		buf_fini(&shown);
		return -1;
	}
	if (reader->counts.strange++ == 0)
		buf_add(&reader->counts.first, span_head(line, ANSWER_MAX_SHOWN));
	return 0;
}

/* Whatever the shape is that a line may have, the first can be that of a page. */
static bool answer_begins_page(const struct answer_reader *reader, struct span line)
{
	static const char *const starts[] = {"<html", "<!doctype", "<?xml", NULL};
	const char *const *start = starts;

	if (reader->counts.taken > 0 || reader->counts.strange > 0)
		return false;
	while (*start != NULL && !span_starts_nocase(span_trim(line), span_of(*start)))
		start++;
	return *start != NULL;
}

static int answer_take_line(struct answer_reader *reader, struct span line, struct err *err)
{
	int taken = 0;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line = span_head(line, line.n - 1);
	if (answer_begins_page(reader, line))
		return answer_note_strange(reader, line, err);
	if (reader->is_too_long || span_trim(line).n > 0) {
		/* No value can hold a NUL: whoever looks at the text as a string would see less. */
		if (!reader->is_too_long && span_find(line, '\0') == SPAN_NPOS)
			taken = reader->take(reader->context, line, err);
		if (taken < 0)
			return -1;
		if (taken > 0)
			reader->counts.taken++;
		else if (answer_note_strange(reader, line, err) != 0)
			return -1;
	}
	buf_clear(&reader->line);
	reader->is_too_long = false;
	return 0;
}

/* The beginning of a line whose end has not come. */
static int answer_keep(struct answer_reader *reader, struct span bytes, struct err *err)
{
	if (reader->is_too_long)
		return 0;
	buf_add(&reader->line, bytes);
	if (reader->line.failed == ENOMEM)
		return err_nomem(err);
	reader->is_too_long = reader->line.failed != 0;
	return 0;
}

int answer_reader_add(struct answer_reader *reader, struct span bytes, struct err *err)
{
	while (bytes.n > 0) {
		size_t end = span_find(bytes, '\n');
		struct span line = span_head(bytes, end);
		bool whole =
		    reader->line.n == 0 && !reader->is_too_long && line.n <= ANSWER_MAX_LINE;

		bytes = end == SPAN_NPOS ? SPAN_EMPTY : span_from(bytes, end + 1);
		if (end == SPAN_NPOS || !whole || !reader->started) {
			if (answer_keep(reader, line, err) != 0)
				return -1;
			if (end == SPAN_NPOS)
				break;
			line = buf_span(&reader->line);
		}
		if (!reader->started && span_starts_nocase(line, ANSWER_BOM))
			line = span_from(line, ANSWER_BOM.n);
		reader->started = true;
		if (answer_take_line(reader, line, err) != 0)
			return -1;
	}
	return 0;
}

int answer_reader_end(struct answer_reader *reader, struct err *err)
{
	struct buf shown;

	if ((reader->line.n > 0 || reader->is_too_long) &&
	    answer_reader_add(reader, SPAN("\n"), err) != 0)
		return -1;
	if (reader->counts.taken > 0 || reader->counts.strange == 0)
		return 0;
	buf_init(&shown, 0);
	answer_add_shown(&shown, buf_span(&reader->counts.first));
	err_set(err, ERR_PROTOCOL, "the answer is not what was asked for: %s", buf_string(&shown));
	buf_fini(&shown);
	return -1;
}

int answer_read(struct answer_reader *reader, struct span body, struct err *err)
{
	if (answer_reader_add(reader, body, err) != 0)
		return -1;
	return answer_reader_end(reader, err);
}

void answer_warn(const struct answer_counts *counts, const char *what)
{
	struct buf shown;

	if (counts->strange == 0)
		return;
	buf_init(&shown, 0);
	answer_add_shown(&shown, buf_span(&counts->first));
	log_warn("%" PRIu64 " %s of %s could not be understood; the first: %s", counts->strange,
	    counts->strange == 1 ? "line" : "lines", what, buf_string(&shown));
	buf_fini(&shown);
}

uint64_t answer_count_lines(struct span body, struct span *first_r)
{
	uint64_t lines = 0;

	*first_r = SPAN_EMPTY;
	if (span_starts_nocase(body, ANSWER_BOM))
		body = span_from(body, ANSWER_BOM.n);
	while (body.n > 0) {
		size_t end = span_find(body, '\n');
		struct span line = span_head(body, end);

		body = end == SPAN_NPOS ? SPAN_EMPTY : span_from(body, end + 1);
		/* Hardly a line begins with a blank. */
		if (line.n == 0 || (span_is_blank(line.p[0]) && span_trim(line).n == 0))
			continue;
		if (lines++ == 0)
			*first_r = span_trim(line);
	}
	return lines;
}

static bool answer_is_name(char c)
{
	return span_is_alnum(c) || c == '_';
}

/* A name at this place, its arguments up to the parenthesis that ends them, within its line. */
static bool answer_read_call(
    struct span help, size_t at, size_t name_n, struct answer_signature *signature_r)
{
	struct span rest = span_from(help, at + name_n);
	size_t end, line;

	while (rest.n > 0 && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		rest = span_from(rest, 1);
	if (rest.n == 0 || rest.p[0] != '(')
		return false;
	end = span_find(rest, ')');
	line = span_find(rest, '\n');
	if (end == SPAN_NPOS || line < end)
		return false;
	signature_r->arguments = span_from(span_head(rest, end), 1);
	signature_r->text = (struct span){help.p + at, (size_t)(rest.p - (help.p + at)) + end + 1};
	return true;
}

bool answer_find_call(struct span help, struct span name, struct answer_signature *signature_r)
{
	for (size_t at = 0;;) {
		size_t found = span_find_text(span_from(help, at), name);

		if (name.n == 0 || found == SPAN_NPOS)
			return false;
		at += found;
		if ((at == 0 || !answer_is_name(help.p[at - 1])) &&
		    answer_read_call(help, at, name.n, signature_r))
			return true;
		at += name.n;
	}
}

bool answer_next_call(struct span help, size_t *at, struct answer_signature *signature_r)
{
	while (*at < help.n) {
		size_t found = span_find_text(span_from(help, *at), SPAN("api_"));
		size_t n = 0;

		if (found == SPAN_NPOS)
			return false;
		*at += found;
		while (*at + n < help.n && answer_is_name(help.p[*at + n]))
			n++;
		if ((*at == 0 || !answer_is_name(help.p[*at - 1])) &&
		    answer_read_call(help, *at, n, signature_r)) {
			*at += signature_r->text.n;
			return true;
		}
		*at += n;
	}
	return false;
}

bool answer_has_argument(const struct answer_signature *signature, struct span name)
{
	struct span rest = signature->arguments;

	while (rest.n > 0) {
		size_t end = span_find(rest, ',');
		struct span argument = span_trim(span_head(rest, end));

		argument = span_trim(span_head(argument, span_find(argument, '=')));
		if (span_eq(argument, name))
			return true;
		rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(rest, end + 1);
	}
	return false;
}

bool answer_number(struct span body, uint64_t *number_r)
{
	struct span last;
	uint64_t number = 0;
	size_t start;

	body = span_trim(body);
	start = span_rfind(body, '\n');
	last = span_trim(start == SPAN_NPOS ? body : span_from(body, start + 1));
	if (start == SPAN_NPOS && span_starts_nocase(last, ANSWER_BOM))
		last = span_from(last, ANSWER_BOM.n);
	/* One sentence may stand before it; numbers there make it a table. */
	if (start != SPAN_NPOS && span_find(span_head(body, start), '\n') != SPAN_NPOS)
		return false;
	if (last.n >= 2 && last.p[0] == '"' && last.p[last.n - 1] == '"')
		last = span_from(span_head(last, last.n - 1), 1);
	if (last.n == 0 || span_number(last, &number) != last.n)
		return false;
	*number_r = number;
	return true;
}
