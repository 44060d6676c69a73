#include "source/quarantine/quarantine.h"

#include <stdlib.h>

struct quarantine {
	struct source source; /* first, so that a source is a quarantine */
	struct account *account;
	struct hosts_settings servers;
	struct arena arena; /* texts of the account */
	struct account_place place[HOSTS_MAX_FOLDERS];
	struct folder_state state[HOSTS_MAX_FOLDERS]; /* of each place, when it is resumed */
	struct hosts_job hosts;
};

static int quarantine_open(struct source *source, struct err *err)
{
	struct quarantine *quarantine = (struct quarantine *)source;
	struct hosts_job *hosts = &quarantine->hosts;
	struct account *account = quarantine->account;

	hosts->folders_per_host =
	    hosts_list_folders(hosts->servers, &quarantine->arena, quarantine->place);
	account->place = quarantine->place;
	account->place_count = hosts->folders_per_host * hosts->servers->count;
	return quarantine->arena.failed ? err_nomem(err) : 0;
}

static bool quarantine_resume(
    struct source *source, const struct account_place *place, const struct state *before)
{
	struct quarantine *quarantine = (struct quarantine *)source;

	if (!folder_state_read(before, &quarantine->state[place - quarantine->place]))
		return false;
	quarantine->hosts.state = quarantine->state;
	return true;
}

static int quarantine_read(struct source *source, struct report *report, struct err *err)
{
	struct quarantine *quarantine = (struct quarantine *)source;
	struct hosts_job *hosts = &quarantine->hosts;
	struct account *account = quarantine->account;
	struct err failure = ERR_INIT;
	int result;

	hosts->report = report;
	result = hosts_run(hosts, &quarantine->arena, &failure);
	account->bytes = hosts->bytes;
	account->tls = hosts->tls;
	if (result == 0)
		return 0;
	if (err_is_remote(&failure)) {
		account->failure = failure;
		return 0;
	}
	*err = failure;
	return -1;
}

/* Of a server that did not answer there may be no state. */
static bool quarantine_progress(
    const struct source *source, const struct account_place *place, struct state *now_r)
{
	const struct quarantine *quarantine = (const struct quarantine *)source;
	const struct folder_state *state = &quarantine->state[place - quarantine->place];

	if (state->uidvalidity == 0)
		return false;
	folder_state_write(state, now_r);
	return true;
}

static void quarantine_free(struct source *source)
{
	struct quarantine *quarantine = (struct quarantine *)source;

	hosts_close(&quarantine->hosts);
	arena_fini(&quarantine->arena);
	free(quarantine);
}

static const struct source_ops quarantine_ops = {
    .name = "quarantine",
    .open = quarantine_open,
    .resume = quarantine_resume,
    .read = quarantine_read,
    .progress = quarantine_progress,
    .free = quarantine_free,
};

struct source *quarantine_new(const struct quarantine_settings *settings, struct err *err)
{
	struct quarantine *quarantine = calloc(1, sizeof(*quarantine));

	if (quarantine == NULL) {
		err_nomem(err);
		return NULL;
	}
	quarantine->source.ops = &quarantine_ops;
	quarantine->account = settings->account;
	quarantine->servers = settings->servers;
	arena_init(&quarantine->arena);
	quarantine->hosts = (struct hosts_job){
	    .servers = &quarantine->servers,
	    .period = settings->period,
	    .now = settings->now,
	    .reader = settings->reader,
	    .taker = settings->taker,
	    .folder = quarantine->place,
	    .known = settings->known,
	    .talk = settings->talk,
	    .brief = settings->brief,
	};
	return &quarantine->source;
}
