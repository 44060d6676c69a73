#include "watch/alert_send.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "base/clock.h"
#include "base/interrupt.h"
#include "base/log.h"
#include "base/team.h"
#include "base/wait.h"
#include "watch/alert_post.h"

/* Variables of ours that the command gets; the others may hold secrets, or are about us. */
static const char *const send_inherited[] = {
    "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"};

#define SEND_INHERITED (sizeof(send_inherited) / sizeof(send_inherited[0]))
#define SEND_VARIABLES (SEND_INHERITED + 32)

/* An alert as it is sent. */
struct send_item {
	struct send_item *next;
	struct buf json;
	struct buf variables;
};

struct alert_send {
	struct alert_send_settings settings;
	struct alert_post *post; /* NULL: no address */
	struct team_side *side;
	int wake;             /* eventfd(2): something has been put into the queue */
	atomic_bool is_over;  /* what is in the queue is all */
	pthread_mutex_t lock; /* of the following */
	struct send_item *first, **last;
	unsigned waiting;
	int64_t end; /* after which nothing is begun any more, as of clock_now(); 0: not yet */
	uint64_t dropped;
};

static void send_item_free(struct send_item *item)
{
	buf_fini(&item->json);
	buf_fini(&item->variables);
	free(item);
}

/* The next one of the queue; NULL: it is empty. */
static struct send_item *send_take(struct alert_send *send)
{
	struct send_item *item;

	pthread_mutex_lock(&send->lock);
	item = send->first;
	if (item != NULL) {
		send->first = item->next;
		send->waiting--;
		if (send->first == NULL)
			send->last = &send->first;
	}
	pthread_mutex_unlock(&send->lock);
	return item;
}

/* Names and values, ended by NULL; they point into the item and the environment. */
static void send_set_environment(const struct alert_send *send, const struct send_item *item,
    const char *environment_r[SEND_VARIABLES + 1])
{
	const char *at = item->variables.p, *end = at + item->variables.n;
	unsigned count = 0;

	for (char *const *all = send->settings.env->variables; *all != NULL; all++)
		for (size_t i = 0; i < SEND_INHERITED && count < SEND_VARIABLES; i++) {
			size_t n = strlen(send_inherited[i]);

			if (strncmp(*all, send_inherited[i], n) == 0 && (*all)[n] == '=')
				environment_r[count++] = *all;
		}
	for (; at < end && count < SEND_VARIABLES; at += strlen(at) + 1)
		environment_r[count++] = at;
	environment_r[count] = NULL;
}

/* The JSON as a file, so that nobody waits for a command that does not read it. */
static int send_make_input(const struct send_item *item, struct err *err)
{
	int fd = memfd_create("alert", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < item->json.n) {
		ssize_t n = write(fd, item->json.p + done, item->json.n - done);

		if (n < 0 && errno != EINTR) {
			close(fd);
			fd = -1;
		}
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd < 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot make its input");
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int send_check_status(int status, struct err *err)
{
	if (WIFSIGNALED(status))
		return err_set(err, ERR_TEMPORARY, "it was killed by signal %d", WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return err_set(err, ERR_TEMPORARY, "it ended with status %d", WEXITSTATUS(status));
	return 0;
}

/* What it prints goes where our messages go. */
static int send_run(const struct alert_send *send, const struct send_item *item, struct err *err)
{
	const char *const argv[] = {"sh", "-c", send->settings.command, NULL};
	const char *environment[SEND_VARIABLES + 1];
	struct child_program program = {
	    .path = "/bin/sh",
	    .argv = argv,
	    .environment = environment,
	    .output = STDERR_FILENO,
	    .error = -1,
	    .is_group = true,
	};
	const struct child_watch watch = {
	    .timeout = ALERT_COMMAND_TIMEOUT,
	    .deadline = send->end,
	    .may_finish = true,
	    .is_group = true,
	    .is_over = send->end == 0 ? &send->is_over : NULL,
	    .output = -1,
	};
	int status = 0, result;
	pid_t pid;

	send_set_environment(send, item, environment);
	program.input = send_make_input(item, err);
	if (program.input < 0)
		return -1;
	result = child_spawn(&program, &pid, err);
	close(program.input);
	if (result != 0)
		return -1;
	if (child_wait(pid, &watch, &status, err) == 0)
		return send_check_status(status, err);
	/* The run may have none, and has ended: this is how long it waits for us. */
	if (err->code == ERR_TEMPORARY && clock_is_over(send->end))
		err_set(err, ERR_TEMPORARY, "it did not end by the end of the run");
	return -1;
}

/* Whether it is worth while to go on: not when the run has ended. */
static int send_pause(struct alert_send *send, unsigned seconds)
{
	int64_t until = clock_now() + env_pause(send->settings.env, (int64_t)seconds * 1000);
	struct err err = ERR_INIT;

	while (!send->is_over && !clock_is_over(until))
		if (wait_pause(env_pause(send->settings.env, 250), &err) != 0)
			return -1;
	return send->is_over ? -1 : 0;
}

static int send_post(struct alert_send *send, const struct send_item *item, struct err *err)
{
	unsigned pause = 1;

	for (unsigned try = 1;; try++) {
		if (alert_post(send->post, buf_span(&item->json), err) == 0)
			return 0;
		if (err->code != ERR_TEMPORARY || try == ALERT_URL_TRIES ||
		    send_pause(send, pause) != 0)
			return -1;
		pause *= 4;
	}
}

static void send_one(struct alert_send *send, struct send_item *item)
{
	struct err err = ERR_INIT;

	if (send->settings.command != NULL && send_run(send, item, &err) != 0)
		log_warn("the command of --alert-command has failed: %s", err.text);
	if (send->post != NULL && send_post(send, item, &err) != 0)
		log_warn("an alert was not taken by the address of --alert-url: %s", err.text);
}

/* The thread. */
static void send_work(void *context)
{
	struct alert_send *send = context;
	struct pollfd fd = {.fd = send->wake, .events = POLLIN};
	struct err err = ERR_INIT;
	eventfd_t unused;

	while (!send->is_over) {
		struct send_item *item = send_take(send);

		if (item != NULL) {
			send_one(send, item);
			send_item_free(item);
			continue;
		}
		/* After a signal the rest is done by alert_send_free(). */
		if (wait_ready(&fd, 1, 0, &err) < 0)
			return;
		(void)!eventfd_read(send->wake, &unused);
	}
}

struct alert_send *alert_send_new(const struct alert_send_settings *settings, struct err *err)
{
	struct alert_send *send = calloc(1, sizeof(*send));

	if (send == NULL) {
		err_nomem(err);
		return NULL;
	}
	send->settings = *settings;
	send->last = &send->first;
	pthread_mutex_init(&send->lock, NULL);
	send->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (send->wake < 0)
		err_set_sys(err, ERR_SYSTEM, errno, "cannot make an eventfd");
	else if (settings->url == NULL || (send->post = alert_post_new(settings->url,
					       settings->ca_file, &send->is_over, err)) != NULL)
		send->side = team_side_start(send_work, send, err);
	if (send->side != NULL)
		return send;
	alert_send_free(send);
	return NULL;
}

void alert_send_free(struct alert_send *send)
{
	struct send_item *item;
	uint64_t left;

	if (send == NULL)
		return;
	send->is_over = true;
	(void)!eventfd_write(send->wake, 1);
	if (send->side != NULL)
		team_side_join(send->side);
	send->end = clock_now() + (int64_t)ALERT_END_PATIENCE * 1000;
	for (left = send->dropped; (item = send_take(send)) != NULL;) {
		if (!clock_is_over(send->end) && interrupt_signal() == 0)
			send_one(send, item);
		else
			left++;
		send_item_free(item);
	}
	if (left > 0)
		log_warn("%llu %s not handed on", (unsigned long long)left,
		    left == 1 ? "alert was" : "alerts were");
	alert_post_free(send->post);
	if (send->wake >= 0)
		close(send->wake);
	pthread_mutex_destroy(&send->lock);
	free(send);
}

/* NULL: there is no room. */
static struct send_item *send_make(const struct alert_fact *fact)
{
	struct send_item *item = calloc(1, sizeof(*item));
	struct err err = ERR_INIT;

	if (item == NULL)
		return NULL;
	buf_init(&item->json, 0);
	buf_init(&item->variables, 0);
	alert_fact_add_variables(fact, &item->variables);
	if (alert_fact_add_json(fact, &item->json, &err) == 0 && item->variables.failed == 0)
		return item;
	send_item_free(item);
	return NULL;
}

void alert_send_put(struct alert_send *send, const struct alert_fact *fact)
{
	struct send_item *item = send_make(fact);

	pthread_mutex_lock(&send->lock);
	if (item != NULL && send->waiting < ALERT_MAX_WAITING) {
		*send->last = item;
		send->last = &item->next;
		send->waiting++;
		item = NULL;
	} else {
		send->dropped++;
	}
	pthread_mutex_unlock(&send->lock);
	if (item != NULL)
		send_item_free(item);
	(void)!eventfd_write(send->wake, 1);
}
