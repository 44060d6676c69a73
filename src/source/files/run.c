#include <inttypes.h>

#include "source/files/files_run.h"

int files_run_init(struct files_run *run, struct err *err)
{
	arena_init(&run->arena);
	feedback_init(&run->feedback);
	buf_init(&run->header, 0);
	buf_init(&run->whole, 0);
	buf_init(&run->remarks, 0);
	buf_init(&run->shown, 0);
	if (value_reader_init(&run->values) != 0)
		return err_nomem(err);
	return seen_init(&run->seen, err);
}

void files_run_fini(struct files_run *run)
{
	seen_fini(&run->seen);
	value_reader_fini(&run->values);
	arena_fini(&run->arena);
	feedback_fini(&run->feedback);
	buf_fini(&run->header);
	buf_fini(&run->whole);
	buf_fini(&run->remarks);
	buf_fini(&run->shown);
}

void files_add_count(struct buf *out, uint64_t count, const char *one, const char *many)
{
	if (count > 0)
		buf_printf(out, ", %" PRIu64 " %s", count, count == 1 ? one : many);
}

void files_add_counts(struct buf *out, const struct files_counts *counts)
{
	files_add_count(out, counts->others, "no report of abuse", "no reports of abuse");
	files_add_count(
	    out, counts->other_formats, "report of another format", "reports of another format");
	files_add_count(
	    out, counts->nested, "report within another message", "reports within other messages");
	files_add_count(
	    out, counts->duplicates, "of a message told of before", "of messages told of before");
	files_add_count(
	    out, counts->auth_failures, "of a failed authentication", "of failed authentications");
	files_add_count(out, counts->not_spam, "of a message that was no spam",
	    "of messages that were no spam");
	files_add_count(out, counts->elsewhere, "other file", "other files");
}
