#include "mode/headway_show.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/team.h"
#include "base/wait.h"
#include "mode/headway_line.h"

struct headway_show {
	const struct env *env;
	bool plain;
	struct headway_form form;
	int ended; /* eventfd(2) */
	struct team_side *side;
};

static void headway_draw(const struct headway_show *show)
{
	struct headway headway;
	struct buf line;

	headway_look(&headway);
	buf_init(&line, 0);
	headway_add_line(&line, &headway, clock_now(), &show->form);
	if (line.failed == 0 && line.n > 0) {
		if (show->plain)
			log_line("quarantine-report: ", buf_span(&line));
		else
			log_status(buf_span(&line));
	}
	buf_fini(&line);
}

/* The thread: until the end, or a signal. */
static void headway_work(void *context)
{
	const struct headway_show *show = context;
	int64_t step = env_pause(show->env, show->plain ? HEADWAY_PLAIN : HEADWAY_DRAW);
	int64_t first = env_pause(show->env, show->plain ? HEADWAY_PLAIN : HEADWAY_FIRST);
	struct pollfd fd = {.fd = show->ended, .events = POLLIN};
	struct err unused = ERR_INIT;
	int64_t until = clock_now() + first;

	while (wait_ready(&fd, 1, until, &unused) == 0) {
		headway_draw(show);
		until = clock_now() + step;
	}
}

/* Lines for each message, or group, pass by there while the source is read. */
static bool headway_has_rows(const struct options *options)
{
	for (unsigned i = 0; i < FORMAT_COUNT; i++) {
		const struct format_request *request = &options->output[i];
		bool is_file = request->file != NULL && strcmp(request->file, "-") != 0;

		if (request->wanted && !is_file &&
		    ((formats[i].can & FORMAT_CAN_FILE) == 0 || request->file != NULL))
			return true;
	}
	return false;
}

static bool headway_is_wanted(const struct options *options, const struct env *env)
{
	if (options->progress == OPTIONS_NEVER || options->quiet)
		return false;
	if (env->stdout_is_terminal && env->stderr_is_terminal && headway_has_rows(options) &&
	    options->group_by.count == 0)
		return false;
	return options->progress == OPTIONS_ALWAYS || env->stderr_width > 0;
}

struct headway_show *headway_show_start(const struct options *options, const struct env *env)
{
	struct headway_show *show;
	struct err unused = ERR_INIT;

	if (!headway_is_wanted(options, env))
		return NULL;
	show = calloc(1, sizeof(*show));
	if (show == NULL)
		return NULL;
	show->env = env;
	show->plain = options->progress == OPTIONS_ALWAYS;
	show->form.ascii_only = !env->terminal_is_utf8;
	/* The last column stays free: some terminals go on in the next line behind it. */
	if (!show->plain)
		show->form.width = env->stderr_width - 1;
	headway_reset();
	show->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (show->ended >= 0)
		show->side = team_side_start(headway_work, show, &unused);
	if (show->side != NULL)
		return show;
	if (show->ended >= 0)
		close(show->ended);
	free(show);
	return NULL;
}

void headway_show_stop(struct headway_show *show)
{
	if (show == NULL)
		return;
	/* It holds 2^64 - 2, so that this cannot fail. */
	(void)!eventfd_write(show->ended, 1);
	team_side_join(show->side);
	close(show->ended);
	log_status(SPAN_EMPTY);
	free(show);
}
