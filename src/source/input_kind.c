#include "source/input_kind.h"

#include "base/headway.h"

struct input *input_file_open(struct input_file *file, struct err *err)
{
	struct input *input = file->input;

	file->input = NULL;
	headway_enter(HEADWAY_READING, file->place->host, NULL);
	if (input == NULL)
		input = input_open(file->path, file->deadline, err);
	if (input != NULL && S_ISREG(input_stat(input)->st_mode))
		headway_set_size((uint64_t)input_stat(input)->st_size);
	return input;
}

int input_file_note(struct input_file *file, const struct err *err)
{
	if (err->code != ERR_DATA && err->code != ERR_IO && err->code != ERR_NOFOLDER)
		return -1;
	if (file->place->missing != NULL)
		return 0;
	file->failure = *err;
	file->place->missing = file->failure.text;
	return 0;
}

bool input_run_wants(const struct input_run *run, bool has_time, time_t when)
{
	return run->period == NULL ||
	       (has_time && when >= run->period->since && when < run->period->until);
}

void input_file_leave_out(struct input_file *file, bool undated)
{
	if (undated)
		file->undated++;
	else
		file->outside++;
}
