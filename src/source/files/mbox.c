/*
 * Mail in one file (RFC 4155): mboxo and mboxrd, where a line of a body that
 * begins as a message does has a ">" in front of it, and mboxcl, where
 * Content-Length says how long the body is.
 *
 * A message begins behind an empty line, or at the beginning, with "From ",
 * an address and a date. Who wants to slip in a message has a body at most,
 * and every program that appends to such a file sees to its bodies in one of
 * these ways.
 */
#include "mail/date.h"
#include "source/files/kinds.h"

#define MBOX_FROM SPAN("From ")

/* A "From " line is no longer. */
#define MBOX_MAX_FROM ((size_t)2048)

/* What can stand in front of one and shows that it begins a message: CR LF CR LF, and itself. */
#define MBOX_MARK ((size_t)9)
#define MBOX_LOOK (MBOX_MAX_FROM + MBOX_MARK)

/* Bytes that nearly all header sections fit into. */
#define MBOX_USUAL_HEADER ((size_t)16 * 1024)

struct mbox {
	struct files_run *run;
	struct input_file *file;
	struct input *input;
	uint32_t number;
	time_t line_time;
};

/* The line, without its break, when it begins a message. */
static bool mbox_begins(struct span text, struct span *line_r, time_t *when_r)
{
	struct span line = span_head(text, MBOX_MAX_FROM);
	size_t end = span_find(line, '\n'), address;

	if (!span_eq(span_head(line, MBOX_FROM.n), MBOX_FROM))
		return false;
	line = span_head(line, end);
	address = span_find(span_from(line, MBOX_FROM.n), ' ');
	if (address == SPAN_NPOS || !mail_date_read(span_from(line, MBOX_FROM.n + address), when_r))
		return false;
	*line_r = line;
	return true;
}

bool mbox_is(struct span first, bool whole)
{
	struct span line;
	time_t when;

	(void)whole;
	return mbox_begins(first, &line, &when);
}

bool mbox_is_report(struct span first, bool whole)
{
	size_t line = span_find(first, '\n');

	return mbox_is(first, whole) && line != SPAN_NPOS &&
	       arf_is(span_head(
		   span_from(first, line + 1), files_header_end(span_from(first, line + 1))));
}

/* The empty line in front of text[at], which begins a line. */
static bool mbox_is_behind_blank(struct span text, size_t at)
{
	if (at >= 2 && text.p[at - 2] == '\n')
		return true;
	return at >= 3 && text.p[at - 2] == '\r' && text.p[at - 3] == '\n';
}

/* "Name:" behind a line that looks as if it began a message. */
static bool mbox_has_field(struct span text, struct span line)
{
	size_t n = 0;

	text = span_from(text, line.n + 1);
	while (n < text.n && (span_is_alnum(text.p[n]) || text.p[n] == '-'))
		n++;
	return n > 0 && n < text.n && text.p[n] == ':';
}

/* How many lines of a header section look as if they began a message: it has no end of its own. */
static unsigned mbox_count_glued(struct span header)
{
	const struct span mark = SPAN("\nFrom ");
	struct span line;
	const char *found;
	unsigned count = 0;
	time_t when;

	while ((found = memmem(header.p, header.n, mark.p, mark.n)) != NULL) {
		header = span_from(header, (size_t)(found - header.p) + 1);
		count += mbox_begins(header, &line, &when) && mbox_has_field(header, line);
	}
	return count;
}

/*
 * The first place of the window where a message begins, which must have all of its line there or
 * `is_end`; else where the next search has to go on: what is before is no beginning. What looks
 * like one behind a line that is not empty is counted (glued; or NULL).
 */
static bool mbox_search(struct span window, bool is_end, size_t *at_r, uint64_t *glued)
{
	size_t at = 0;

	for (;;) {
		const struct span mark = SPAN("\nFrom ");
		struct span rest = span_from(window, at), line;
		const char *found = memmem(rest.p, rest.n, mark.p, mark.n);
		time_t when;

		if (found == NULL) {
			*at_r = is_end ? window.n : window.n - MBOX_MARK;
			return false;
		}
		at = (size_t)(found - window.p) + 1;
		if (!is_end && window.n - at < MBOX_MAX_FROM) {
			*at_r = at > 3 ? at - 3 : 0;
			return false;
		}
		if (!mbox_begins(span_from(window, at), &line, &when))
			continue;
		if (mbox_is_behind_blank(window, at)) {
			*at_r = at;
			return true;
		}
		if (glued != NULL)
			*glued += mbox_has_field(span_from(window, at), line);
	}
}

/* Passes over bytes, and keeps them when the message is looked into. */
static void mbox_pass(struct mbox *mbox, struct span window, size_t n)
{
	struct buf *whole = &mbox->run->whole;

	if (mbox->run->is_reports && whole->n < FILES_MAX_REPORT)
		buf_add(whole, span_head(span_head(window, n), FILES_MAX_REPORT - whole->n));
	input_advance(mbox->input, n);
}

/* An empty line that the text begins with; its length, or 0. */
static size_t mbox_blank_line(struct span text)
{
	if (text.n > 0 && text.p[0] == '\n')
		return 1;
	return text.n > 1 && text.p[0] == '\r' && text.p[1] == '\n' ? 2 : 0;
}

/*
 * To the beginning of the next message, or the end: 1, 0, -1. Where there is no body, the empty
 * line that ends a header section is also the one in front of the next message, or that one follows
 * it.
 */
static int mbox_skip_body(struct mbox *mbox, bool behind_blank, struct err *err)
{
	struct span window, line;
	time_t when;
	size_t at;
	int got = input_window(mbox->input, MBOX_LOOK, &window, err);

	if (got == 1 && behind_blank) {
		size_t blank = mbox_blank_line(window);

		if (mbox_begins(window, &line, &when))
			return 1;
		if (blank > 0 && mbox_begins(span_from(window, blank), &line, &when)) {
			mbox_pass(mbox, window, blank);
			return 1;
		}
	}
	for (; got == 1; got = input_window(mbox->input, MBOX_LOOK, &window, err)) {
		bool found =
		    mbox_search(window, window.n < MBOX_LOOK, &at, &mbox->run->counts.glued);

		mbox_pass(mbox, window, at);
		if (found)
			return 1;
	}
	return got;
}

/* Content-Length of the header section; SPAN_NPOS: none that makes sense. */
static size_t mbox_content_length(struct span header)
{
	struct span value = mime_field(header, SPAN("Content-Length"));
	uint64_t length = 0;

	if (value.n == 0 || span_number(value, &length) != value.n || length > SIZE_MAX / 2)
		return SPAN_NPOS;
	return (size_t)length;
}

/* Lines of a body that begin messages, if it is not as long as it says. */
static unsigned mbox_count_begins(struct span body)
{
	unsigned count = 0;
	size_t at;

	while (mbox_search(body, true, &at, NULL)) {
		count++;
		body = span_from(body, at + 1);
	}
	return count;
}

/*
 * Jumps over a body whose length the header tells, when a message begins behind it or the file
 * ends: 1, 0 as above; 2: the length is not true, as far as can be seen without passing over it.
 */
static int mbox_jump(struct mbox *mbox, size_t length, struct err *err)
{
	struct span window, rest, line;
	time_t when;
	int got;

	if (length == SPAN_NPOS || length > INPUT_WINDOW - MBOX_MAX_FROM)
		return 2;
	got = input_window(mbox->input, length + MBOX_MAX_FROM, &window, err);
	if (got != 1)
		return got;
	if (window.n < length)
		return 2;
	rest = span_from(window, length);
	while (rest.n > 0 && (rest.p[0] == '\n' || rest.p[0] == '\r'))
		rest = span_from(rest, 1);
	if (rest.n > 0 ? !mbox_begins(rest, &line, &when) : window.n >= length + MBOX_MAX_FROM)
		return 2;
	mbox->run->counts.covered += mbox_count_begins(span_head(window, length));
	mbox_pass(mbox, window, window.n - rest.n);
	/* At the end: whether it is the file's, or where it is cut off. */
	return rest.n > 0 ? 1 : input_window(mbox->input, 1, &window, err);
}

static struct files_message mbox_new_message(const struct mbox *mbox, struct span text)
{
	return (struct files_message){
	    .file = mbox->file,
	    .text = text,
	    .number = mbox->number,
	    .path = span_of(mbox->file->path),
	    .time = mbox->line_time,
	    .time_of = "the mbox line",
	};
}

/* A message as it is. */
static int mbox_take(struct mbox *mbox, struct span header, bool is_cut, struct err *err)
{
	struct files_message message = mbox_new_message(mbox, header);

	message.is_cut = is_cut;
	files_check_end(mbox->input, header, &message);
	return files_take(mbox->run, &message, err);
}

/* Behind the header section: to the next message, or the end. */
static int mbox_pass_body(struct mbox *mbox, struct span header, bool has_end, struct err *err)
{
	size_t length = mbox_content_length(header);
	int got;

	mbox_pass(mbox, header, header.n);
	got = mbox_jump(mbox, length, err);
	return got != 2 ? got : mbox_skip_body(mbox, has_end, err);
}

/* The same, and the whole is taken for a report, as far as it goes. */
static int mbox_take_whole(struct mbox *mbox, struct span header, bool has_end, struct err *err)
{
	struct buf *whole = &mbox->run->whole;
	struct files_message message;
	struct err cut = ERR_INIT;
	bool is_over;
	int got, taken;

	buf_clear(whole);
	got = mbox_pass_body(mbox, header, has_end, &cut);
	if (whole->failed != 0)
		return err_nomem(err);
	message = mbox_new_message(mbox, buf_span(whole));
	message.is_cut = whole->n >= FILES_MAX_REPORT;
	message.is_torn = got < 0;
	message.is_growing = got == 0 && input_has_grown(mbox->input) &&
			     (whole->n == 0 || whole->p[whole->n - 1] != '\n');
	is_over = cut.code == ERR_SIGNAL || cut.code == ERR_TEMPORARY;
	taken = is_over ? -1 : files_take(mbox->run, &message, err);
	if (got < 0 && (taken == 0 || is_over))
		*err = cut;
	return taken != 0 ? -1 : got;
}

/*
 * Shows a message with all of its header section, unless that is longer than a window. Most are
 * small: to ask for a whole window for each would move the bytes of many messages about each time.
 */
static int mbox_look(struct mbox *mbox, struct span *window_r, struct err *err)
{
	int got = input_window(mbox->input, MBOX_USUAL_HEADER, window_r, err);

	if (got == 1 && files_header_end(*window_r) == SPAN_NPOS)
		got = input_window(mbox->input, INPUT_WINDOW, window_r, err);
	return got;
}

/* From the "From " line on to the next one, or the end: 1, 0, -1. */
static int mbox_message(struct mbox *mbox, struct err *err)
{
	struct span window, line, header;
	size_t end;
	bool is_cut;
	int got = mbox_look(mbox, &window, err);

	if (got != 1)
		return got;
	if (!mbox_begins(window, &line, &mbox->line_time))
		return mbox_skip_body(mbox, false, err);
	mbox->number++;
	is_cut = window.n >= FILES_MAX_HEADER;
	input_advance(mbox->input, line.n + (line.n < window.n));
	window = span_from(window, line.n + 1);
	end = files_header_end(window);
	header = span_head(window, end);
	mbox->run->counts.glued += mbox_count_glued(header);
	if (files_needs_whole(mbox->run, header))
		return mbox_take_whole(mbox, header, end != SPAN_NPOS, err);
	if (mbox_take(mbox, header, is_cut, err) != 0)
		return -1;
	return mbox_pass_body(mbox, header, end != SPAN_NPOS, err);
}

static int mbox_messages(struct mbox *mbox, struct err *err)
{
	struct span window, line;
	int got;

	/* Blank lines before the first. */
	while ((got = input_window(mbox->input, MBOX_MAX_FROM, &window, err)) == 1 &&
	       (window.p[0] == '\n' || window.p[0] == '\r'))
		input_advance(mbox->input, 1);
	if (got != 1)
		return got;
	if (!mbox_begins(window, &line, &mbox->line_time))
		return err_set(err, ERR_DATA,
		    "'%s' is no mailbox (mbox): no line 'From ADDRESS DATE'",
		    input_name(mbox->input));
	while ((got = mbox_message(mbox, err)) == 1)
		;
	return got;
}

int mbox_run(const struct input_run *input_run, struct input_file *const *files, unsigned count,
    struct err *err)
{
	struct mbox mbox = {.run = files_run_of(input_run), .file = files[0]};
	int result = -1;

	(void)count;
	mbox.input = input_file_open(files[0], err);
	if (mbox.input != NULL && mbox_messages(&mbox, err) == 0)
		result = 0;
	else
		result = input_file_note(files[0], err);
	input_close(mbox.input);
	return result;
}
