/*
 * One folder of a server that is followed: its connection, and how far it has been read. Each is
 * looked at in a thread of its own, so that a server that says nothing holds up no other one.
 */
#ifndef QUARANTINE_FOLLOWER_H
#define QUARANTINE_FOLLOWER_H

#include <pthread.h>

#include "base/team.h"
#include "source/quarantine/folder.h"
#include "source/quarantine/quarantine.h"

/* Who may use a follower: only in the first and the last of them its source. */
enum follower_stage {
	FOLLOWER_RESTS,
	FOLLOWER_ASKS,  /* a look has begun; nothing has been handed on, nothing is counted */
	FOLLOWER_READS, /* messages are handed on, and counted */
	FOLLOWER_DONE,  /* what the look came to is to be taken note of */
};

/* What the followers of a source share. */
struct followers {
	const struct quarantine_settings *settings;
	const struct hosts_settings *servers;
	struct report *report;
	int done;             /* eventfd(2): a look has ended */
	pthread_mutex_t lock; /* of the following, and of the stages */
	pthread_cond_t changed;
	bool is_held; /* none begins to read */
	bool is_over; /* none looks any more */
};

struct follower {
	struct followers *all;
	struct team_side *side; /* its thread; NULL: none as yet */
	enum follower_stage stage;
	pthread_cond_t begins;
	struct account_place *place;
	struct tls_settings tls;
	struct session_settings settings;
	struct session *session; /* NULL: not connected */
	bool may_idle;           /* there is room for it among those who are waited for */
	int fd;                  /* in IDLE: readable when the server has said something; -1 */
	int64_t looked;          /* when a look began, as of clock_now() */
	int64_t until;           /* when it is broken off */
	int64_t due;             /* when the next one does */
	struct reader *reader;
	struct brand_set brands;
	struct guessed_fields guessed;
	struct folder_state state;
	struct folder_seen seen;
	struct period period; /* of what is not behind the state */
	unsigned pause;       /* seconds, after the next failure */
	bool is_known;        /* it has been read once */
	bool has_gaps;        /* something was not read, or was handed on under another number */
	struct account_reach reach; /* what it has read, without a gap; its thread's */
	uint64_t bytes;             /* from its connections */
	uint64_t earlier;           /* from those before this one */
	uint64_t summed;            /* the source's: what the account has of `bytes` */
	bool is_late;               /* the same: the machine was asleep during the look */
	const char *tls_name;       /* version; NULL: not known yet */
	/* Of the last look: */
	int result;
	struct err err;
};

/* NULL in `reader` until the caller sets it. */
void follower_init(struct follower *follower, struct followers *all);

/* Begins a look; `all->done` tells its end. */
void follower_begin(struct follower *follower);

/* Whether it is that far. */
bool follower_is_at(struct follower *follower, enum follower_stage stage);

/* Its look has ended, and has been taken note of. */
void follower_rest(struct follower *follower);

/* So many milliseconds are seconds here. */
int64_t follower_ms(const struct followers *all, unsigned seconds);

void follower_disconnect(struct follower *follower, int64_t until);

/* Waits for the thread, once all->is_over. */
void follower_join(struct follower *follower);

/* Joined. */
void follower_fini(struct follower *follower, int64_t until);

#endif
