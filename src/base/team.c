#include "base/team.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/interrupt.h"

/* Milliseconds between attempts to wake threads: one may not have been in its system call yet. */
#define TEAM_TICK 50

struct team {
	void (*work)(void *context);
	void *context;
	int ended; /* counts who has returned: eventfd(2) */
	unsigned count;
	pthread_t thread[TEAM_MAX];
};

static void *team_member(void *context)
{
	const struct team *team = context;

	team->work(team->context);
	/* It holds 2^64 - 2, so that this cannot fail. */
	(void)!eventfd_write(team->ended, 1);
	return NULL;
}

/* The signals of the program are for the one that waits, but for those that a thread causes itself:
 * who catches a crash, to give a terminal back, catches it in each. */
static void team_start(struct team *team, unsigned count)
{
	static const int own[] = {
	    INTERRUPT_WAKE, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
	sigset_t blocked;
	sigset_t before;

	sigfillset(&blocked);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&blocked, own[i]);
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	while (team->count < count &&
	       pthread_create(&team->thread[team->count], NULL, team_member, team) == 0)
		team->count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void team_wait(const struct team *team)
{
	struct pollfd fds[] = {
	    {.fd = team->ended, .events = POLLIN},
	    {.fd = interrupt_fd(), .events = POLLIN},
	};
	unsigned ended = 0;
	int tick = -1;

	while (ended < team->count) {
		eventfd_t more = 0;

		poll(fds, 2, tick);
		if (eventfd_read(team->ended, &more) == 0)
			ended += (unsigned)more;
		if (interrupt_signal() == 0)
			continue;
		fds[1].fd = -1;
		tick = TEAM_TICK;
		for (unsigned i = 0; i < team->count; i++)
			pthread_kill(team->thread[i], INTERRUPT_WAKE);
	}
}

void team_run(unsigned count, void (*work)(void *context), void *context)
{
	struct team team = {.work = work, .context = context, .ended = -1};

	if (count > 1)
		team.ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (team.ended >= 0)
		team_start(&team, count < TEAM_MAX ? count : TEAM_MAX);
	if (team.count == 0)
		work(context);
	team_wait(&team);
	for (unsigned i = 0; i < team.count; i++)
		pthread_join(team.thread[i], NULL);
	if (team.ended >= 0)
		close(team.ended);
}

struct team_side {
	struct team team;
};

struct team_side *team_side_start(void (*work)(void *context), void *context, struct err *err)
{
	struct team_side *side = calloc(1, sizeof(*side));

	if (side == NULL) {
		err_nomem(err);
		return NULL;
	}
	side->team = (struct team){.work = work, .context = context};
	side->team.ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (side->team.ended >= 0)
		team_start(&side->team, 1);
	if (side->team.count == 1)
		return side;
	err_set_sys(err, ERR_SYSTEM, errno, "cannot make a thread");
	if (side->team.ended >= 0)
		close(side->team.ended);
	free(side);
	return NULL;
}

void team_side_join(struct team_side *side)
{
	team_wait(&side->team);
	pthread_join(side->team.thread[0], NULL);
	close(side->team.ended);
	free(side);
}
