/* What is asked for of a message: named fields, or the whole header section. */
#include "base/log.h"
#include "source/quarantine/folder_part.h"
#include "mail/header.h"

void folder_set_fields(struct folder *folder)
{
	const struct brand_set *brands = folder->job->brands;
	const struct guessed_fields *guessed = folder->job->guessed;

	buf_clear(&folder->fields);
	reader_add_field_names(folder->job->reader, &folder->fields);
	for (unsigned i = 0; i < brands->count; i++)
		for (unsigned field = 0; field < BRAND_FIELD_COUNT; field++)
			buf_printf(
			    &folder->fields, " X-%s-%s", brands->name[i], brand_suffix[field]);
	for (unsigned i = 0; i < guessed->count; i++)
		buf_printf(&folder->fields, " %s", guessed->name[i]);
	folder->plan.fields = buf_span(&folder->fields);
}

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

void folder_choose_plan(struct folder *folder)
{
	bool mostly_unknown = folder->unknown > folder->known;
	bool is_header = folder->job->taker.take == NULL;
	bool small = folder->whole_bytes * 100 <= folder->field_bytes * FOLDER_WHOLE_PERCENT;

	folder->plan.what = folder->job->whole_headers || folder->job->brands->count == 0 ||
				    folder->fields.n > FETCH_MAX_FIELDS || mostly_unknown || small
				? FETCH_HEADER
				: FETCH_FIELDS;
	if (!is_header)
		folder->plan.what = FETCH_MESSAGE;
	folder->plan.dated = folder->dated;
	folder->known = 0;
	folder->unknown = 0;
}

/* From the next window on the fields may do. */
static void folder_learned(struct folder *folder)
{
	folder_set_fields(folder);
	folder->plan.pause = true;
}

static bool folder_learn_brand(struct folder *folder, struct span brand)
{
	if (brand_add(folder->job->brands, brand)) {
		folder_learned(folder);
		log_info("the filter's headers here are X-%.*s-...", (int)brand.n, brand.p);
	}
	return brand_known(folder->job->brands, brand);
}

bool folder_learn_names(struct folder *folder, struct span header)
{
	struct span brand;

	if (guessed_fields_learn(folder->job->guessed, header))
		folder_learned(folder);
	return brand_find(header, &brand) && folder_learn_brand(folder, brand);
}

bool folder_learn_read(struct folder *folder)
{
	struct span brand = reader_brand(folder->job->reader);

	if (reader_learn_names(folder->job->reader, folder->job->guessed))
		folder_learned(folder);
	return brand.n > 0 && folder_learn_brand(folder, brand);
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

int folder_read_first(struct folder *folder, size_t *read_r, struct err *err)
{
	const struct uidset *wanted = &folder->wanted;
	/* Not only few of them more. */
	size_t read = wanted->count > 2 * FOLDER_FIRST ? FOLDER_FIRST : wanted->count;
	struct folder_samples taken = {
	    .folder = folder, .learns = true, .last = wanted->uid[read - 1]};
	struct fetch_plan plan = {
	    .what = FETCH_HEADER,
	    .dated = folder->dated,
	    .context = &taken,
	    .item = folder_take_first,
	    .give_up = folder_give_up_first,
	    .paused = folder_pause_first,
	};
	struct uidset first = {0};
	int result = folder_add_samples(&first, wanted, read, err);

	for (size_t i = 0; result == 0 && i < read; i++)
		if (uidset_add(&first, wanted->uid[i]) != 0)
			result = err_nomem(err);
	uidset_sort(&first);
	if (result == 0)
		result = fetch_run(folder->job->session, &plan, &first, err);
	folder->plan.window = plan.window;
	uidset_fini(&first);
	*read_r = read;
	return result;
}
