/* A file with one message in it. */
#include "source/files/kinds.h"

/* All of the message, as far as it is looked into. */
static int eml_gather(struct files_run *run, struct input *input, struct err *err)
{
	struct span window;
	int got = 1;

	buf_clear(&run->whole);
	while (got == 1 && run->whole.n < FILES_MAX_REPORT &&
	       (got = input_window(input, 1, &window, err)) == 1) {
		window = span_head(window, FILES_MAX_REPORT - run->whole.n);
		buf_add(&run->whole, window);
		input_advance(input, window.n);
	}
	if (run->whole.failed != 0)
		return err_nomem(err);
	return got < 0 ? -1 : 0;
}

/* The message is taken for a report. */
static int eml_take_whole(
    struct files_run *run, struct input *input, struct files_message *message, struct err *err)
{
	struct err cut = ERR_INIT;

	message->is_torn = eml_gather(run, input, &cut) != 0;
	if (message->is_torn && cut.code != ERR_DATA && cut.code != ERR_IO) {
		*err = cut;
		return -1;
	}
	message->text = buf_span(&run->whole);
	message->is_cut = message->text.n >= FILES_MAX_REPORT;
	return files_take(run, message, err);
}

int eml_read(
    struct files_run *run, struct input *input, struct files_message *message, struct err *err)
{
	struct span window = SPAN_EMPTY;
	int got = input_window(input, INPUT_WINDOW, &window, err), result;

	if (got != 1)
		return got;
	message->is_cut = window.n >= FILES_MAX_HEADER;
	files_check_end(input, window, message);
	message->text = window;
	if (files_needs_whole(run, span_head(window, files_header_end(window))))
		result = eml_take_whole(run, input, message, err);
	else
		result = files_take(run, message, err);
	if (result != 0)
		return -1;
	return message->is_torn ? input_check(input, err) : 0;
}

int eml_run(const struct input_run *input_run, struct input_file *const *files, unsigned count,
    struct err *err)
{
	struct files_run *run = files_run_of(input_run);
	struct files_message message = {
	    .file = files[0],
	    .path = span_of(files[0]->path),
	    .time = -1,
	};
	struct input *input = input_file_open(files[0], err);
	int result = -1;

	(void)count;
	if (input != NULL && eml_read(run, input, &message, err) == 0)
		result = 0;
	else
		result = input_file_note(files[0], err);
	input_close(input);
	return result;
}

/* A field name that mail has, or three fields in a row. */
static bool eml_is_known(struct span name)
{
	static const struct span names[] = {{"Received", 8}, {"Return-Path", 11}, {"From", 4},
	    {"To", 2}, {"Subject", 7}, {"Date", 4}, {"Message-ID", 10}, {"MIME-Version", 12},
	    {"Delivered-To", 12}, {"Content-Type", 12}, {"Reply-To", 8}, {"X-AuthUser", 10},
	    {"DKIM-Signature", 14}, {"X-Originating-IP", 16}, {"Envelope-To", 11}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (span_eq_nocase(name, names[i]))
			return true;
	return false;
}

#define EML_FIELDS 3 /* unknown ones in a row */

/* It begins with fields. A line that is neither a field nor a part of one is none. */
bool eml_is(struct span first, bool whole)
{
	struct header_iter iter;
	struct header_field field;
	size_t end = files_header_end(first);
	unsigned fields = 0;
	bool known = false;

	if (end == SPAN_NPOS && !whole)
		end = span_rfind(first, '\n'); /* the last line may not be all there */
	header_iter_init(&iter, span_head(first, end));
	while (header_next(&iter, &field) == 1 && (iter.defects & HEADER_JUNK_LINE) == 0) {
		known = known || eml_is_known(field.name);
		fields++;
		if (fields >= EML_FIELDS && known)
			break;
	}
	if ((iter.defects & HEADER_JUNK_LINE) != 0 && fields < EML_FIELDS)
		return false;
	return known || (fields >= EML_FIELDS && end != SPAN_NPOS);
}

bool eml_is_report(struct span first, bool whole)
{
	return eml_is(first, whole) && arf_is(span_head(first, files_header_end(first)));
}
