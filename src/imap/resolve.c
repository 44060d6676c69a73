#include "imap/resolve.h"

#include <errno.h>
#include <net/if.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/wait.h"
#include "imap/server_name.h"

/* Bytes; more than modules of the name service expect. */
#define RESOLVE_STACK_SIZE ((size_t)1024 * 1024)

#define RESOLVE_PORT_SIZE sizeof("4294967295")

/* Shared by the thread that looks up and the one that waits. The last of them frees it. */
struct resolve_job {
	atomic_int owners;
	atomic_bool ended; /* the fields below `ended` are complete */
	int bell;          /* eventfd(2), rung at the end */
	int status;        /* of getaddrinfo() */
	int sys;           /* errno, with EAI_SYSTEM */
	struct addrinfo *list;
	char port[RESOLVE_PORT_SIZE];
	char name[];
};

static void resolve_leave(struct resolve_job *job)
{
	if (atomic_fetch_sub(&job->owners, 1) != 1)
		return;
	if (job->list != NULL)
		freeaddrinfo(job->list);
	if (job->bell >= 0)
		close(job->bell);
	free(job);
}

static void resolve_look_up(struct resolve_job *job, int flags)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV | flags};

	job->status = getaddrinfo(job->name, job->port, &hints, &job->list);
	job->sys = errno;
}

static void *resolve_thread(void *context)
{
	struct resolve_job *job = context;

	resolve_look_up(job, 0);
	job->ended = true;
	/* It holds 2^64 - 2, so that this cannot fail. */
	(void)!eventfd_write(job->bell, 1);
	resolve_leave(job);
	return NULL;
}

/* The thread is detached and gets no signals. */
static int resolve_start(struct resolve_job *job)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t blocked;
	sigset_t before;
	int status = pthread_attr_init(&attributes);

	if (status != 0)
		return status;
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, RESOLVE_STACK_SIZE);
	sigfillset(&blocked);
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	atomic_fetch_add(&job->owners, 1);
	status = pthread_create(&thread, &attributes, resolve_thread, job);
	if (status != 0)
		atomic_fetch_sub(&job->owners, 1);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attributes);
	return status;
}

/* Waits until the thread has ended, the deadline is over or a signal came. */
static int resolve_wait(
    const struct stream_settings *settings, struct resolve_job *job, struct err *err)
{
	struct pollfd bell = {.fd = job->bell, .events = POLLIN};

	while (!job->ended) {
		int ready = wait_ready(&bell, 1, settings->deadline, err);

		if (ready < 0)
			return -1;
		if (ready == 0) {
			clock_refuse(err);
			return err_prefix(err, "cannot look up %s", settings->host);
		}
	}
	return interrupt_check(err);
}

static struct resolve_job *resolve_new(const struct stream_settings *settings, const char *name)
{
	size_t n = strlen(name) + 1;
	struct resolve_job *job = calloc(1, sizeof(*job) + n);

	if (job == NULL)
		return NULL;
	job->owners = 1;
	job->bell = -1;
	memcpy(job->name, name, n);
	snprintf(job->port, sizeof(job->port), "%u", tls_settings_port(settings->tls));
	return job;
}

static int resolve_judge(
    const struct stream_settings *settings, const struct resolve_job *job, struct err *err)
{
	switch (job->status) {
	case 0:
		return 0;
	case EAI_AGAIN:
		return err_set(err, ERR_NOHOST, "cannot look up %s now: %s", settings->host,
		    gai_strerror(job->status));
	case EAI_SYSTEM:
		return err_set_sys(err, ERR_NOHOST, job->sys, "cannot look up %s", settings->host);
	case EAI_MEMORY:
		return err_nomem(err);
	default:
		return err_set(err, ERR_NOHOST, "unknown host %s: %s", settings->host,
		    gai_strerror(job->status));
	}
}

/* For an unknown interface the C library only says that the name or service is unknown. */
static int resolve_check_zone(
    const struct stream_settings *settings, const char *name, struct err *err)
{
	struct span zone = server_name_zone(span_of(name));
	uint64_t number;

	if (zone.n == 0 || span_number(zone, &number) == zone.n || if_nametoindex(zone.p) != 0)
		return 0;
	return err_set(err, ERR_NOHOST, "unknown host %s: there is no network interface %s here",
	    settings->host, zone.p);
}

/* Addresses in figures need no look-up and no thread. */
static int resolve_run(
    const struct stream_settings *settings, struct resolve_job *job, struct err *err)
{
	int status;

	resolve_look_up(job, AI_NUMERICHOST);
	if (job->status != EAI_NONAME)
		return 0;
	job->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (job->bell < 0)
		return err_set_sys(err, ERR_SYSTEM, errno, "cannot look up %s", settings->host);
	status = resolve_start(job);
	if (status != 0)
		return err_set_sys(err, ERR_SYSTEM, status, "cannot look up %s", settings->host);
	return resolve_wait(settings, job, err);
}

int resolve_name(const struct stream_settings *settings, const char *name, struct addrinfo **list_r,
    struct err *err)
{
	struct resolve_job *job;
	int result;

	if (resolve_check_zone(settings, name, err) != 0)
		return -1;
	job = resolve_new(settings, name);
	if (job == NULL)
		return err_nomem(err);
	result = resolve_run(settings, job, err);
	if (result == 0)
		result = resolve_judge(settings, job, err);
	if (result == 0) {
		*list_r = job->list;
		job->list = NULL;
	}
	resolve_leave(job);
	return result;
}
