#include "source/maillog/maillog_follow.h"

#include <stdlib.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "source/maillog/maillog.h"
#include "source/maillog/maillog_kind.h"

struct maillog_follow {
	const struct input_run *run;
	struct input_file *file;
	struct tail *tail;
	struct maillog *log; /* NULL until it is read */
	bool is_broken;      /* that it cannot be read has been said */
};

static struct maillog *follow_open(const struct maillog_follow *follow, struct err *err)
{
	const struct input_run *run = follow->run;
	const struct maillog_settings settings = {
	    .report = run->report,
	    .period = run->period,
	    .failed_logins = run->failed_logins,
	    .explain = run->explain,
	};
	time_t modified = tail_modified(follow->tail);
	struct maillog *log;

	log = maillog_new(&settings, err);
	if (log != NULL)
		maillog_begin(log, follow->file->place, modified > 0 ? modified : run->now);
	return log;
}

struct maillog_follow *maillog_follow_new(
    const struct input_run *run, struct input_file *file, struct tail *tail, struct err *err)
{
	struct maillog_follow *follow = calloc(1, sizeof(*follow));

	if (follow == NULL) {
		tail_close(tail);
		err_nomem(err);
		return NULL;
	}
	*follow = (struct maillog_follow){.run = run, .file = file, .tail = tail};
	if (maillog_check_needed(run, file->place->host, err) == 0)
		return follow;
	maillog_follow_free(follow);
	return NULL;
}

void maillog_follow_free(struct maillog_follow *follow)
{
	if (follow == NULL)
		return;
	if (follow->log != NULL)
		maillog_free(follow->log);
	tail_close(follow->tail);
	free(follow);
}

/* As many lines as there are, or MAILLOG_FOLLOW_LINES. As tail_next(), -2 for -1 of the desk. A
 * signal comes between two of them: the run goes on behind it to show what has come. */
static int follow_take_lines(struct maillog_follow *follow, struct err *err)
{
	struct input_line line;
	int got = 1;

	for (unsigned i = 0; i < MAILLOG_FOLLOW_LINES; i++) {
		if (interrupt_check(err) != 0)
			return -2;
		got = tail_next(follow->tail, &line, err);
		if (got != 1)
			return got;
		/* Of CR LF the CR counts where lengths do; the reader takes it off elsewhere. */
		if (line.has_end && line.text.p[line.text.n] == '\r')
			line.text.n++;
		if (maillog_take(follow->log, line.text, line.is_cut || !line.has_end, err) != 0)
			return -2;
	}
	return 1;
}

/* The next look may find it well. */
static void follow_complain(struct maillog_follow *follow, const struct err *failure)
{
	if (!follow->is_broken)
		log_warn("%s", failure->text);
	follow->is_broken = true;
}

int maillog_follow_read(struct maillog_follow *follow, struct err *err)
{
	struct err failure = ERR_INIT;
	int got;

	if (follow->log == NULL && (follow->log = follow_open(follow, err)) == NULL)
		return -1;
	tail_look(follow->tail);
	got = follow_take_lines(follow, &failure);
	if (got == -2) {
		*err = failure;
		return -1;
	}
	if (got == -1)
		follow_complain(follow, &failure);
	else
		follow->is_broken = false;
	if (got != 1 && maillog_catch_up(follow->log, follow->run->now, err) != 0)
		return -1;
	return got == -1 ? 0 : got;
}

int maillog_follow_fd(const struct maillog_follow *follow)
{
	return tail_fd(follow->tail);
}

int maillog_follow_look(struct maillog_follow *follow)
{
	return tail_look(follow->tail);
}

int maillog_follow_end(struct maillog_follow *follow, struct err *err)
{
	struct err failure = ERR_INIT;
	struct input_line line;
	int got;

	if (follow->log == NULL)
		return 0;
	/* Lines that nobody has ended. */
	tail_end(follow->tail);
	got = follow_take_lines(follow, &failure);
	if (got == -2) {
		*err = failure;
		return -1;
	}
	got = got == 1 && tail_next(follow->tail, &line, &failure) == 1;
	if (maillog_end_file(follow->log, err) != 0 || maillog_end(follow->log, err) != 0)
		return -1;
	maillog_warn(follow->log);
	if (follow->run->talk)
		maillog_summarize(maillog_counts(follow->log));
	return got;
}
