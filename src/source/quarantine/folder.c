#include "source/quarantine/folder.h"

#include "base/headway.h"
#include "base/log.h"
#include "source/quarantine/folder_part.h"
#include "imap/search.h"

static void folder_note_slice(struct folder *folder, uint32_t last)
{
	if (last > folder->last_slice)
		folder->last_slice = last;
}

/* Whether the dates of a slice come along with its headers. `all`: all candidates are wanted, or
 * nearly so. */
static int folder_choose_way(
    struct folder *folder, const struct uidset *candidates, bool all, struct err *err)
{
	bool few = candidates->count <= FOLDER_FEW && folder->job->taker.take == NULL;
	bool learns = folder_must_learn(folder);
	unsigned inside = 0;

	folder->dated = !folder->undated && (all || few);
	if (candidates->count <= FOLDER_SAMPLES || folder->dated ||
	    (!learns && (folder->undated || folder->job->taker.take != NULL)))
		return 0;
	if (folder_sample(folder, candidates, &inside, err) != 0)
		return -1;
	if (!folder->undated && inside >= FOLDER_ALONG_PERCENT)
		folder->dated = true;
	return 0;
}

static int folder_read_wanted(struct folder *folder, struct err *err)
{
	struct uidset rest = {0};
	size_t read = 0;

	folder_choose_plan(folder);
	if (folder_has_first(folder, folder->wanted.count) &&
	    folder_read_first(folder, &read, err) != 0)
		return -1;
	rest.uid = folder->wanted.uid + read;
	rest.count = folder->wanted.count - read;
	return fetch_run(folder->job->session, &folder->plan, &rest, err);
}

/* Moves the candidates, when they are what is wanted. */
static int folder_read_slice(
    struct folder *folder, struct uidset *candidates, bool all, struct err *err)
{
	uidset_clear(&folder->wanted);
	uidset_clear(&folder->settled);
	if (candidates->count == 0)
		return 0;
	if (folder_choose_way(folder, candidates, all, err) != 0)
		return -1;
	if (folder->dated)
		uidset_move(&folder->wanted, candidates);
	else if (folder_choose(folder, candidates, err) != 0)
		return -1;
	if (folder->wanted.count == 0)
		return 0;
	headway_expect(folder->wanted.count);
	headway_enter(HEADWAY_READING, folder->job->place->host, folder->job->place->name);
	if (folder_read_wanted(folder, err) != 0)
		return -1;
	folder_note_slice(folder, folder->wanted.uid[folder->wanted.count - 1]);
	return 0;
}

static const char *folder_say_impossible(const struct folder *folder)
{
	return folder->job->seen != NULL ? "it cannot be followed" : "--new-only cannot be used";
}

/* Where the server does not say it at all, the highest UID decides. */
static int folder_learn_uidnext(
    struct folder *folder, struct session_mailbox *status, struct err *err)
{
	uint32_t highest = 0;

	if (session_learn_uidnext(folder->job->session, status, err) != 0)
		return -1;
	if (status->uidnext != 0)
		return 0;
	if (status->exists > 0 && search_find_highest(folder->job->session, &highest, err) != 0)
		return -1;
	if (status->exists > 0 && highest == 0)
		return err_set(err, ERR_PROTOCOL,
		    "%s: '%s': the server does not say which messages are new (UIDNEXT): %s",
		    folder->job->place->host, folder->job->place->name,
		    folder_say_impossible(folder));
	status->uidnext = highest + 1;
	return 0;
}

static void folder_begin_anew(const struct folder_job *job)
{
	const char *goes_on = "since the last run: reporting the messages of the period";

	if (job->seen != NULL) {
		folder_seen_begin_anew(job->seen);
		goes_on = "by the server: going on with what has come since it was last read";
	}
	log_warn("%s: '%s' has been made anew %s", job->place->host, job->place->name, goes_on);
}

/* Decides where --new-only goes on. */
static int folder_resume(struct folder *folder, struct session_mailbox *status, struct err *err)
{
	const struct folder_job *job = folder->job;

	if (folder_learn_uidnext(folder, status, err) != 0)
		return -1;
	if (status->uidvalidity == 0)
		return err_set(err, ERR_PROTOCOL,
		    "%s: '%s': the server does not say which messages are new (UIDVALIDITY): %s",
		    job->place->host, job->place->name, folder_say_impossible(folder));
	if (job->state->uidvalidity == status->uidvalidity &&
	    folder_is_the_same(folder, status, job->state->last_uid, &folder->resumed, err) != 0)
		return -1;
	if (job->state->uidvalidity != 0 && !folder->resumed)
		folder_begin_anew(job);
	if (folder->resumed) {
		folder->open = job->state->open;
		folder->last_slice = job->state->last_uid;
		folder->before = job->state->last_uid;
	}
	return 0;
}

/* --new-only goes on behind `last`, but for what is open before it. */
static void folder_note_state(
    struct folder *folder, const struct session_mailbox *status, uint32_t last)
{
	struct folder_state *state = folder->job->state;
	struct state_open_list open = folder->open;

	if (state == NULL)
		return;
	while (open.count > 0 && open.item[open.count - 1].number > last)
		open.count--;
	*state = (struct folder_state){status->uidvalidity, last, open};
}

/* The search has come to its end. A message may have come since EXAMINE, and have been read. */
static void folder_note_end(struct folder *folder, const struct session_mailbox *status)
{
	folder_note_slice(folder, status->uidnext > 0 ? status->uidnext - 1 : 0);
	folder_note_state(folder, status, folder->last_slice);
}

/* Reading failed: --new-only goes on behind the last message before which none is missing. */
static void folder_note_progress(struct folder *folder, const struct session_mailbox *status)
{
	uint32_t last = folder->last_slice;

	uidset_sort(&folder->settled);
	for (size_t i = 0; i < folder->wanted.count; i++) {
		if (uidset_find(&folder->settled, folder->wanted.uid[i]) == SPAN_NPOS)
			break;
		if (folder->wanted.uid[i] > last)
			last = folder->wanted.uid[i];
	}
	if (last != 0)
		folder_note_state(folder, status, last);
}

/* Messages that earlier runs could not read. They are in the order of the folder, before all
 * others.
 */
static int folder_read_open(struct folder *folder, struct err *err)
{
	struct uidset open = {0};
	int result = 0;

	for (unsigned i = 0; i < folder->open.count && result == 0; i++)
		if (uidset_add(&open, (uint32_t)folder->open.item[i].number) != 0)
			result = err_nomem(err);
	if (result == 0)
		result = folder_read_slice(folder, &open, true, err);
	uidset_fini(&open);
	return result;
}

/* With the last slice all is expected: before it is read, so that the time left can be told. */
static void folder_note_counted(const struct search *search, bool *counted)
{
	if (*counted || search_has_more(search))
		return;
	*counted = true;
	headway_settle_count();
}

static int folder_read_slices(struct folder *folder, struct search *search, struct err *err)
{
	struct uidset candidates = {0};
	bool counted = false;
	int more;

	while ((more = search_next(search, &candidates, err)) == 1) {
		folder_note_counted(search, &counted);
		if (candidates.count > 0 && candidates.uid[candidates.count - 1] > folder->highest)
			folder->highest = candidates.uid[candidates.count - 1];
		if (folder->knows)
			folder_leave_known(folder, &candidates);
		if (folder_read_slice(folder, &candidates,
			folder->resumed || search_is_exact(search), err) != 0) {
			more = -1;
			break;
		}
		/* It has been read. The next slice may have its room. */
		if (folder->dated)
			uidset_move(&candidates, &folder->wanted);
		headway_enter(
		    HEADWAY_SEARCHING, folder->job->place->host, folder->job->place->name);
	}
	if (more == 0 && !counted)
		headway_settle_count();
	uidset_fini(&candidates);
	return more;
}

static int folder_read(struct folder *folder, struct search *search, struct err *err)
{
	const struct folder_job *job = folder->job;
	struct search_scope scope = {.period = folder->period, .open = job->state != NULL};
	/* What goes on behind an earlier run needs no search by age. */
	bool resumes = job->state != NULL ? job->state->uidvalidity != 0
					  : job->known != NULL && job->known->uid != 0;
	const struct search_scope first = resumes ? (struct search_scope){0} : scope;
	struct session_mailbox status;

	headway_enter(HEADWAY_SEARCHING, job->place->host, job->place->name);
	if (search_examine(search, job->place->name, &first, &status, err) != 0 ||
	    (job->state != NULL && folder_resume(folder, &status, err) != 0) ||
	    folder_check_known(folder, &status, err) != 0)
		return -1;
	if (job->taker.take == NULL)
		job->place->epoch = status.uidvalidity;
	if (folder->resumed)
		scope = (struct search_scope){.after = job->state->last_uid};
	else if (folder->knows)
		scope = (struct search_scope){.after = job->known->uid, .period = folder->period};
	if (!folder->knows)
		search->early = folder_search_early(folder);
	if (search_begin(search, &status, &scope, err) != 0)
		return -1;
	if (folder_read_open(folder, err) != 0 || folder_read_slices(folder, search, err) != 0) {
		folder_note_progress(folder, &status);
		return -1;
	}
	folder_note_end(folder, &status);
	return folder_note_reach(folder, &status, err);
}

/* One message of the slice is done with, once. */
static enum fetch_verdict folder_take_counted(
    void *context, const struct fetch_item *item, struct err *err)
{
	enum fetch_verdict verdict = folder_take(context, item, err);

	if (verdict == FETCH_TAKEN)
		headway_add_done();
	return verdict;
}

static int folder_give_up_counted(
    void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	headway_add_done();
	return folder_give_up(context, uid, absence, err);
}

int folder_run(const struct folder_job *job, struct err *err)
{
	struct folder folder = {
	    .job = job,
	    .counts = &job->place->counts,
	    .period = job->known != NULL ? &job->known->period : job->period,
	    .plan = {.context = &folder,
		.item = folder_take_counted,
		.give_up = folder_give_up_counted,
		.paused = folder_paused},
	};
	struct search search;
	int result;

	search_init(&search, job->session);
	buf_init(&folder.fields, 0);
	buf_init(&folder.held, 0);
	buf_init(&folder.held_bytes, 0);
	buf_init(&folder.dates, 0);
	buf_init(&folder.early, 0);
	folder_set_fields(&folder);
	result = folder.fields.failed != 0 ? err_nomem(err) : folder_read(&folder, &search, err);
	search_fini(&search);
	buf_fini(&folder.fields);
	buf_fini(&folder.held);
	buf_fini(&folder.held_bytes);
	buf_fini(&folder.dates);
	buf_fini(&folder.early);
	uidset_fini(&folder.wanted);
	uidset_fini(&folder.settled);
	return result;
}
