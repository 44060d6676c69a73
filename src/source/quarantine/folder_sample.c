/* Messages that are looked at to learn what to ask for of the others, and the first of a folder. */
#include "mail/header.h"
#include "source/quarantine/folder_part.h"

static bool folder_is_wanted(const struct folder *folder, struct span name)
{
	for (struct span rest = buf_span(&folder->fields); rest.n > 0;) {
		struct span wanted = span_head(rest, span_find(rest, ' '));

		if (span_eq_nocase(wanted, name))
			return true;
		rest = span_from(rest, wanted.n + 1);
	}
	return false;
}

/* What this message costs when it is read in full, and when only the named fields are. */
static void folder_measure(struct folder *folder, struct span header)
{
	struct header_iter iter;
	struct header_field field;

	folder->whole_bytes += header.n;
	folder->field_bytes += folder->fields.n;
	header_iter_init(&iter, header);
	while (header_next(&iter, &field) == 1)
		if (folder_is_wanted(folder, field.name))
			folder->field_bytes += field.name.n + field.body.n + sizeof(":\r\n") - 1;
}

struct folder_samples {
	struct folder *folder;
	size_t inside;
	bool learns;
	/* folder_read_first(): */
	uint32_t last;   /* messages up to this one are reported */
	size_t measured; /* of them */
};

static enum fetch_verdict folder_take_sample(
    void *context, const struct fetch_item *item, struct err *err)
{
	struct folder_samples *samples = context;
	struct folder *folder = samples->folder;

	(void)err;
	samples->inside += folder_when(folder, item) == FOLDER_INSIDE;
	if (samples->learns) {
		folder_learn_names(folder, item->header);
		folder_measure(folder, item->header);
		folder->undated |= item->no_date;
	}
	return FETCH_TAKEN;
}

/* A sample that cannot be read is asked for again in its window, and counted there. */
static int folder_give_up_silently(
    void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	(void)context;
	(void)uid;
	(void)absence;
	(void)err;
	return 0;
}

/* Evenly spread, from an index on. */
static int folder_add_samples(
    struct uidset *samples, const struct uidset *uids, size_t from, struct err *err)
{
	size_t count = uids->count - from;

	for (size_t i = 0; count > 0 && i < FOLDER_SAMPLES; i++)
		if (uidset_add(samples, uids->uid[from + i * count / FOLDER_SAMPLES]) != 0)
			return err_nomem(err);
	uidset_sort(samples);
	return 0;
}

bool folder_must_learn(const struct folder *folder)
{
	return !folder->job->whole_headers && folder->job->taker.take == NULL &&
	       folder->whole_bytes == 0;
}

int folder_sample(
    struct folder *folder, const struct uidset *uids, unsigned *inside_r, struct err *err)
{
	struct folder_samples taken = {.folder = folder, .learns = folder_must_learn(folder)};
	struct fetch_plan plan = {
	    .what = taken.learns ? FETCH_HEADER : FETCH_DATES,
	    .dated = true,
	    .context = &taken,
	    .item = folder_take_sample,
	    .give_up = folder_give_up_silently,
	};
	struct uidset samples = {0};
	int result = folder_add_samples(&samples, uids, 0, err);

	if (result == 0)
		result = fetch_run(folder->job->session, &plan, &samples, err);
	if (samples.count > 0)
		*inside_r = (unsigned)(taken.inside * 100 / samples.count);
	uidset_fini(&samples);
	return result;
}

/* --- the first messages --- */

static enum fetch_verdict folder_take_first(
    void *context, const struct fetch_item *item, struct err *err)
{
	struct folder_samples *samples = context;
	struct folder *folder = samples->folder;
	enum fetch_verdict verdict;

	if (item->uid > samples->last)
		return folder_take_sample(context, item, err);
	verdict = folder->plan.item(folder, item, err);
	if (verdict == FETCH_TAKEN && samples->measured++ < FOLDER_SAMPLES)
		folder_measure(folder, item->header);
	return verdict;
}

static int folder_give_up_first(
    void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	struct folder_samples *samples = context;
	struct folder *folder = samples->folder;

	return uid > samples->last ? folder_give_up_silently(context, uid, absence, err)
				   : folder->plan.give_up(folder, uid, absence, err);
}

static int folder_pause_first(void *context, struct err *err)
{
	struct folder_samples *samples = context;

	return folder_paused(samples->folder, err);
}

/* What is asked for: the first `read` of `wanted`, which is all when there are only few more, and
 * samples. -1: no memory. */
static int folder_choose_first(
    const struct uidset *wanted, struct uidset *first_r, size_t *read_r, struct err *err)
{
	size_t read = wanted->count > 2 * FOLDER_FIRST ? FOLDER_FIRST : wanted->count;

	for (size_t i = 0; i < read; i++)
		if (uidset_add(first_r, wanted->uid[i]) != 0)
			return err_nomem(err);
	*read_r = read;
	return folder_add_samples(first_r, wanted, read, err);
}

bool folder_has_first(const struct folder *folder, size_t count)
{
	return count > FOLDER_SAMPLES && folder_must_learn(folder);
}

static int folder_choose_early(void *context, const struct uidset *uids, struct uidset *chosen_r)
{
	struct err err = ERR_INIT;
	size_t read;

	return folder_has_first(context, uids->count)
		   ? folder_choose_first(uids, chosen_r, &read, &err)
		   : 0;
}

struct search_early folder_search_early(struct folder *folder)
{
	static const struct fetch_plan plan = {.what = FETCH_HEADER, .dated = true};

	return (struct search_early){
	    .plan = &plan,
	    .choose = folder_choose_early,
	    .context = folder,
	    .kept = &folder->early,
	};
}

/* Takes what has come with the search, up to the first one that is not there: *taken_r. */
static int folder_take_early(
    struct folder_samples *samples, const struct uidset *first, size_t *taken_r, struct err *err)
{
	struct buf *early = &samples->folder->early;
	enum fetch_verdict verdict = FETCH_TAKEN;
	struct fetch_item item;
	size_t at = 0;
	size_t i = 0;

	while (i < first->count && fetch_kept_next(early, &at, &item) &&
	       item.uid == first->uid[i] &&
	       (verdict = folder_take_first(samples, &item, err)) == FETCH_TAKEN)
		i++;
	*taken_r = i;
	buf_fini(early);
	return verdict == FETCH_FAILED ? -1 : 0;
}

/* Fetches what has not come, and settles what is held. */
static int folder_fetch_first(struct folder *folder, struct folder_samples *samples,
    const struct uidset *first, struct err *err)
{
	struct fetch_plan plan = {
	    .what = FETCH_HEADER,
	    .dated = folder->dated,
	    .context = samples,
	    .item = folder_take_first,
	    .give_up = folder_give_up_first,
	    .paused = folder_pause_first,
	};
	struct uidset rest = {0};
	size_t taken;

	if (folder_take_early(samples, first, &taken, err) != 0)
		return -1;
	rest.uid = first->uid + taken;
	rest.count = first->count - taken;
	plan.window = taken > 0 ? FETCH_LARGE_WINDOW : 0;
	if (rest.count == 0 ? folder_paused(folder, err) != 0
			    : fetch_run(folder->job->session, &plan, &rest, err) != 0)
		return -1;
	folder->plan.window = plan.window;
	return 0;
}

int folder_read_first(struct folder *folder, size_t *read_r, struct err *err)
{
	struct folder_samples samples = {.folder = folder, .learns = true};
	struct uidset first = {0};
	int result = folder_choose_first(&folder->wanted, &first, read_r, err);

	if (result == 0) {
		samples.last = folder->wanted.uid[*read_r - 1];
		result = folder_fetch_first(folder, &samples, &first, err);
	}
	uidset_fini(&first);
	return result;
}
