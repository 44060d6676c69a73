#include "source/saved/saved.h"

#include <stdlib.h>

#include "source/saved/saved_row.h"

struct saved {
	struct saved_input input;
	struct saved_row row;
};

int saved_read(const struct saved_job *job, struct err *err)
{
	struct saved *saved = calloc(1, sizeof(*saved));
	int result = -1;

	if (saved == NULL)
		return err_nomem(err);
	if (saved_row_init(&saved->row, job, &saved->input) != 0) {
		err_nomem(err);
		goto out;
	}
	if (saved_input_init(&saved->input, job->in, job->name, err) != 0)
		goto out;
	if (saved_input_first(&saved->input) == '{')
		result = saved_json_read(&saved->input, &saved->row, err);
	else
		result = saved_csv_read(&saved->input, &saved->row, err);
out:
	saved_row_fini(&saved->row);
	free(saved);
	return result;
}

bool saved_is_json(struct span first, bool whole)
{
	struct span text = span_trim(first);

	(void)whole;
	return text.n > 0 && text.p[0] == '{' &&
	       span_find_text(span_head(text, SAVED_MAX_HEADER), SPAN("\"schema\"")) != SPAN_NPOS;
}

int saved_run(
    const struct input_run *run, struct input_file *const *files, unsigned count, struct err *err)
{
	struct input_file *file = files[0];
	struct input *input = input_file_open(file, err);
	struct err why = ERR_INIT;
	struct saved_job job = {
	    .name = file->place->host,
	    .needed = run->needed,
	    .report = run->report,
	    .run = run,
	    .file = file,
	    .place = file->place,
	    .bare_logins = &file->bare_logins,
	};
	int result = -1;

	(void)count;
	if (input == NULL)
		return -1;
	job.in = input_stream(input, err);
	if (job.in != NULL) {
		result = saved_read(&job, err);
		fclose(job.in);
	}
	/* What is cut off is not complete; what was read of it counts. */
	if (input_check(input, &why) != 0 && err->code != ERR_SIGNAL)
		result = input_file_note(file, &why);
	input_close(input);
	return result;
}
