#include "imap/sides.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "imap/fetch_part.h"

enum side_state {
	SIDE_FREE,
	SIDE_POSTED,  /* no connection has begun with it */
	SIDE_RUNNING, /* one fetches it */
	SIDE_DONE,
};

struct side_slot {
	enum side_state state;
	bool dropped; /* nobody takes it */
	bool failed;
	uint64_t number; /* the lowest is fetched first */
	struct fetch_plan plan;
	struct buf fields; /* of the plan */
	struct buf set;
	struct buf items; /* of fetch_keep() */
};

struct sides {
	const struct session_settings *settings;
	unsigned most;
	void (*want)(void *context);
	void *context;
	pthread_mutex_t mutex; /* for all that follows */
	pthread_cond_t changed;
	bool wanted;
	bool refused; /* no further connection is tried */
	bool closed;
	unsigned helpers; /* threads in sides_help() */
	unsigned ready;   /* of these, connected */
	uint64_t posted;
	char *mailbox;
	uint32_t uidvalidity;
	struct side_slot slot[SIDES_SLOTS];
	struct session_traffic traffic; /* of those that have returned */
};

/* A connection and what it fetches. */
struct side {
	struct sides *sides;
	struct session_settings settings;
	struct session *session;
	struct side_slot *slot;
	char *mailbox; /* that is open */
};

struct sides *sides_new(const struct session_settings *settings, unsigned most,
    void (*want)(void *context), void *context)
{
	struct sides *sides = calloc(1, sizeof(*sides));

	if (sides == NULL)
		return NULL;
	sides->settings = settings;
	sides->most = most < SIDES_MAX ? most : SIDES_MAX;
	sides->want = want;
	sides->context = context;
	pthread_mutex_init(&sides->mutex, NULL);
	pthread_cond_init(&sides->changed, NULL);
	for (unsigned i = 0; i < SIDES_SLOTS; i++) {
		buf_init(&sides->slot[i].fields, FETCH_MAX_FIELDS);
		buf_init(&sides->slot[i].set, CONNECTION_COMMAND_MAX);
		buf_init(&sides->slot[i].items, 0);
	}
	return sides;
}

void sides_free(struct sides *sides)
{
	if (sides == NULL)
		return;
	for (unsigned i = 0; i < SIDES_SLOTS; i++) {
		buf_fini(&sides->slot[i].fields);
		buf_fini(&sides->slot[i].set);
		buf_fini(&sides->slot[i].items);
	}
	pthread_cond_destroy(&sides->changed);
	pthread_mutex_destroy(&sides->mutex);
	free(sides->mailbox);
	free(sides);
}

static void sides_change(struct sides *sides)
{
	pthread_cond_broadcast(&sides->changed);
	pthread_mutex_unlock(&sides->mutex);
}

bool sides_lack(struct sides *sides)
{
	bool lack;

	pthread_mutex_lock(&sides->mutex);
	lack = sides->wanted && !sides->refused && !sides->closed && sides->helpers < sides->most;
	pthread_mutex_unlock(&sides->mutex);
	return lack;
}

void sides_close(struct sides *sides)
{
	pthread_mutex_lock(&sides->mutex);
	sides->closed = true;
	sides_change(sides);
}

struct session_traffic sides_traffic(struct sides *sides)
{
	struct session_traffic traffic;

	pthread_mutex_lock(&sides->mutex);
	traffic = sides->traffic;
	pthread_mutex_unlock(&sides->mutex);
	return traffic;
}

/* --- a connection --- */

/* Keeps a message; waits while there is no room. -1: it is not needed any more. */
static int side_keep(struct side *side, const struct fetch_item *item)
{
	struct side_slot *slot = side->slot;
	struct sides *sides = side->sides;
	int result;

	pthread_mutex_lock(&sides->mutex);
	while (slot->items.n >= SIDES_MAX_BYTES && !slot->dropped && !sides->closed)
		pthread_cond_wait(&sides->changed, &sides->mutex);
	if (!slot->dropped)
		fetch_keep(&slot->items, item);
	result = sides->closed || slot->items.failed != 0 ? -1 : 0;
	sides_change(sides);
	return result;
}

static int side_take(void *context, const struct guard_message *message, struct err *err)
{
	struct side *side = context;
	struct fetch_item item;

	if (!fetch_read_item(&side->slot->plan, message, &item) || item.uid == 0)
		return 0;
	return side_keep(side, &item) == 0 ? 0 : err_set(err, ERR_TEMPORARY, "it is not needed");
}

/* The mailbox of the session, which must be the same. */
static int side_examine(struct side *side, struct err *err)
{
	struct sides *sides = side->sides;
	struct session_mailbox status;
	uint32_t uidvalidity;
	char *mailbox;

	pthread_mutex_lock(&sides->mutex);
	mailbox = strdup(sides->mailbox);
	uidvalidity = sides->uidvalidity;
	pthread_mutex_unlock(&sides->mutex);
	if (mailbox == NULL)
		return err_nomem(err);
	if (side->mailbox != NULL && strcmp(mailbox, side->mailbox) == 0) {
		free(mailbox);
		return 0;
	}
	free(side->mailbox);
	side->mailbox = mailbox;
	if (session_examine(side->session, mailbox, NULL, &status, err) != 0)
		return -1;
	return status.uidvalidity == uidvalidity
		   ? 0
		   : err_set(err, ERR_TEMPORARY, "it has another UIDVALIDITY there");
}

static int side_fetch(struct side *side, struct err *err)
{
	struct side_slot *slot = side->slot;
	struct connection *connection;
	struct connection_command command = {
	    .verb = CONNECTION_UID_FETCH, .expect = fetch_expect(&slot->plan)};
	enum connection_status status;
	struct buf argument;
	int result = -1;

	if (side_examine(side, err) != 0)
		return -1;
	connection = session_connection(side->session);
	buf_init(&argument, CONNECTION_COMMAND_MAX);
	buf_add(&argument, buf_span(&slot->set));
	fetch_add_items(&slot->plan, &argument);
	connection_add_part(&command, &argument);
	connection->fetch = side_take;
	connection->fetch_context = side;
	result = session_run(side->session, &command, &status, err);
	connection->fetch = NULL;
	buf_fini(&argument);
	if (result == 0 && status != CONNECTION_OK)
		return err_set(err, ERR_TEMPORARY, "it refuses to send messages");
	return result;
}

/* The posted slot that comes first; NULL: there is none. With the mutex. */
static struct side_slot *sides_find_posted(struct sides *sides)
{
	struct side_slot *found = NULL;

	for (unsigned i = 0; i < SIDES_SLOTS; i++) {
		struct side_slot *slot = &sides->slot[i];

		if (slot->state == SIDE_POSTED && (found == NULL || slot->number < found->number))
			found = slot;
	}
	return found;
}

/* Waits for something to fetch. False: there will be nothing. */
static bool side_wait(struct side *side)
{
	struct sides *sides = side->sides;

	pthread_mutex_lock(&sides->mutex);
	while (!sides->closed && (side->slot = sides_find_posted(sides)) == NULL)
		pthread_cond_wait(&sides->changed, &sides->mutex);
	if (sides->closed)
		side->slot = NULL;
	if (side->slot != NULL)
		side->slot->state = SIDE_RUNNING;
	pthread_mutex_unlock(&sides->mutex);
	return side->slot != NULL;
}

static void side_finish(struct side *side, int result)
{
	struct sides *sides = side->sides;
	struct side_slot *slot = side->slot;

	pthread_mutex_lock(&sides->mutex);
	slot->failed = result != 0 || slot->items.failed != 0;
	slot->state = slot->dropped ? SIDE_FREE : SIDE_DONE;
	sides_change(sides);
}

static int side_work(struct side *side, struct err *err)
{
	int result = 0;

	while (result == 0 && side_wait(side)) {
		result = side_fetch(side, err);
		side_finish(side, result);
	}
	return result;
}

/* One more connection, or one fewer; *left_r says how many there are. */
static void sides_note_ready(struct sides *sides, int change, unsigned *left_r)
{
	pthread_mutex_lock(&sides->mutex);
	sides->ready = (unsigned)((int)sides->ready + change);
	*left_r = sides->ready;
	/* Nobody is left to fetch what is posted. */
	for (unsigned i = 0; sides->ready == 0 && i < SIDES_SLOTS; i++)
		if (sides->slot[i].state == SIDE_POSTED) {
			sides->slot[i].failed = true;
			sides->slot[i].state = SIDE_DONE;
		}
	sides_change(sides);
}

static void sides_leave(struct sides *sides, const struct session_traffic *traffic, bool failed)
{
	pthread_mutex_lock(&sides->mutex);
	sides->traffic.bytes += traffic->bytes;
	sides->traffic.round_trips += traffic->round_trips;
	sides->traffic.connections += traffic->connections;
	sides->refused |= failed;
	sides->helpers--;
	sides_change(sides);
}

static void sides_log_failure(struct sides *sides, const struct err *err, unsigned left)
{
	bool closed;

	pthread_mutex_lock(&sides->mutex);
	closed = sides->closed;
	pthread_mutex_unlock(&sides->mutex);
	if (!closed && err->code != ERR_SIGNAL)
		log_info("%s: going on with %u connection%s: %s", sides->settings->stream.host,
		    left + 1, left == 0 ? "" : "s", err->text);
}

void sides_help(struct sides *sides)
{
	struct side side = {.sides = sides, .settings = *sides->settings};
	struct session_traffic traffic = {0};
	struct err err = ERR_INIT;
	unsigned left = 0;
	int result;

	pthread_mutex_lock(&sides->mutex);
	sides->helpers++;
	left = sides->ready;
	pthread_mutex_unlock(&sides->mutex);
	side.settings.retries = 0;
	if (side.settings.stream.timeout > SIDES_PATIENCE)
		side.settings.stream.timeout = SIDES_PATIENCE;
	result = session_open(&side.settings, &side.session, &err);
	if (result == 0) {
		sides_note_ready(sides, 1, &left);
		result = side_work(&side, &err);
		sides_note_ready(sides, -1, &left);
		traffic = session_traffic(side.session);
	}
	if (result != 0)
		sides_log_failure(sides, &err, left);
	/* LOGOUT is sent, and its answer not waited for. */
	session_close(side.session, clock_now());
	free(side.mailbox);
	sides_leave(sides, &traffic, result != 0);
}

/* --- the session's thread --- */

int sides_want(struct sides *sides, const char *mailbox, uint32_t uidvalidity)
{
	char *copy = strdup(mailbox);

	if (copy == NULL)
		return -1;
	pthread_mutex_lock(&sides->mutex);
	free(sides->mailbox);
	sides->mailbox = copy;
	sides->uidvalidity = uidvalidity;
	sides->wanted = true;
	pthread_mutex_unlock(&sides->mutex);
	sides->want(sides->context);
	return 0;
}

unsigned sides_ready(struct sides *sides)
{
	unsigned ready;

	pthread_mutex_lock(&sides->mutex);
	ready = sides->ready;
	pthread_mutex_unlock(&sides->mutex);
	return ready;
}

/* A slot for the connections there are, or -1. With the mutex. */
static int sides_find_free(const struct sides *sides)
{
	unsigned used = 0;
	int found = -1;

	for (unsigned i = 0; i < SIDES_SLOTS; i++) {
		used += sides->slot[i].state != SIDE_FREE;
		if (sides->slot[i].state == SIDE_FREE)
			found = (int)i;
	}
	return used < sides->ready * SIDES_WINDOWS ? found : -1;
}

static bool side_fill(struct side_slot *slot, const struct fetch_plan *plan, struct span set)
{
	buf_clear(&slot->fields);
	buf_add(&slot->fields, plan->fields);
	buf_clear(&slot->set);
	buf_add(&slot->set, set);
	buf_clear(&slot->items);
	slot->plan = *plan;
	slot->plan.fields = buf_span(&slot->fields);
	slot->dropped = false;
	slot->failed = false;
	return slot->fields.failed == 0 && slot->set.failed == 0;
}

int sides_post(struct sides *sides, const struct fetch_plan *plan, struct span set)
{
	int found;

	pthread_mutex_lock(&sides->mutex);
	found = sides_find_free(sides);
	if (found >= 0 && !side_fill(&sides->slot[found], plan, set))
		found = -1;
	if (found >= 0) {
		sides->slot[found].number = sides->posted++;
		sides->slot[found].state = SIDE_POSTED;
	}
	sides_change(sides);
	return found;
}

enum sides_end sides_take(struct sides *sides, int number, struct buf *taken_r)
{
	struct side_slot *slot = &sides->slot[number];
	enum sides_end end = SIDES_MORE;
	struct buf items;

	buf_clear(taken_r);
	pthread_mutex_lock(&sides->mutex);
	while (slot->items.n == 0 && slot->state != SIDE_DONE)
		pthread_cond_wait(&sides->changed, &sides->mutex);
	/* What is behind a message that found no memory is not there. */
	items = slot->items;
	slot->items = *taken_r;
	*taken_r = items;
	if (taken_r->n == 0) {
		end = slot->failed ? SIDES_FAILED : SIDES_DONE;
		slot->state = SIDE_FREE;
	}
	sides_change(sides);
	return end;
}

void sides_drop(struct sides *sides, int number)
{
	struct side_slot *slot = &sides->slot[number];

	pthread_mutex_lock(&sides->mutex);
	slot->dropped = true;
	buf_clear(&slot->items);
	if (slot->state != SIDE_RUNNING)
		slot->state = SIDE_FREE;
	sides_change(sides);
}
