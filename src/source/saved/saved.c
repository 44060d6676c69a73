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
