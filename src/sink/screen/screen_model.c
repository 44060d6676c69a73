#include "sink/screen/screen_model.h"

#include <stdlib.h>

#define MODEL_FIRST_GROUPS 64

/* What is known of a group besides what the grouping counts. */
struct screen_group {
	struct screen_times times;
	struct screen_list latest;
};

struct screen_groups {
	struct grouping *grouping;
	struct screen_group *at; /* by grouping_last() */
	uint32_t count;
	uint32_t size; /* allocated */
};

struct screen_model {
	struct sink sink; /* first, so that a sink is a screen_model */
	struct screen_groups groups[SCREEN_BYS];
	struct screen_scale scale;
	struct screen_all_times all;
	struct screen_latest latest;
	uint64_t version;
	time_t newest;
	time_t now;
};

static const enum column model_keys[SCREEN_BYS] = {
    [SCREEN_BY_IDENTITY] = COLUMN_IDENTITY,
    [SCREEN_BY_SCRIPT] = COLUMN_PHP_SCRIPT,
    [SCREEN_BY_SOURCE_IP] = COLUMN_SOURCE_IP,
    [SCREEN_BY_SENDER_DOMAIN] = COLUMN_SENDER_DOMAIN,
};

/* --- Records --- */

/* Groups appear in the order of their numbers. */
static int model_grow(struct screen_groups *groups, uint32_t id, struct err *err)
{
	uint32_t size = groups->size + groups->size / 2 + MODEL_FIRST_GROUPS;
	struct screen_group *more;

	if (id < groups->count)
		return 0;
	if (groups->count == groups->size) {
		more = reallocarray(groups->at, size, sizeof(*more));
		if (more == NULL)
			return err_nomem(err);
		groups->at = more;
		groups->size = size;
	}
	groups->at[groups->count++] = (struct screen_group){0};
	return 0;
}

static void model_lengthen(struct screen_model *model)
{
	for (unsigned by = 0; by < SCREEN_BYS; by++)
		for (uint32_t i = 0; i < model->groups[by].count; i++)
			screen_times_lengthen(&model->groups[by].at[i].times);
	screen_all_times_lengthen(&model->all);
	screen_scale_lengthen(&model->scale);
}

static void model_add_time(
    struct screen_model *model, const uint32_t id[SCREEN_BYS], const struct record *record)
{
	time_t when = record->internal_date;

	if (record_value(record, COLUMN_DATE).n == 0 || when > model->now + SCREEN_AHEAD)
		return;
	if (when > model->newest)
		model->newest = when;
	while (!screen_scale_fits(&model->scale, &model->all, when))
		model_lengthen(model);
	screen_all_times_add(&model->all, &model->scale, when);
	for (unsigned by = 0; by < SCREEN_BYS; by++)
		screen_times_add(&model->groups[by].at[id[by]].times, &model->scale, when);
}

static struct screen_list *model_find_list(void *context, unsigned grouping, uint32_t id)
{
	struct screen_model *model = context;

	return &model->groups[grouping].at[id].latest;
}

static int model_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct screen_model *model = (struct screen_model *)sink;
	const struct screen_owner owner = {model_find_list, model};
	uint32_t id[SCREEN_BYS];

	for (unsigned by = 0; by < SCREEN_BYS; by++) {
		id[by] = grouping_last(model->groups[by].grouping);
		if (model_grow(&model->groups[by], id[by], err) != 0)
			return -1;
	}
	model->version++;
	model_add_time(model, id, record);
	return screen_latest_add(&model->latest, &owner, id, record, err);
}

/* The sink is the model's own, which its owner frees. */
static void model_leave(struct sink *sink)
{
	(void)sink;
}

static const struct sink_ops model_ops = {
    .name = "screen",
    .record = model_record,
    .free = model_leave,
};

struct screen_model *screen_model_new(
    struct group_set *set, struct screen_scale scale, time_t now, struct err *err)
{
	struct screen_model *model = calloc(1, sizeof(*model));

	if (model == NULL) {
		err_nomem(err);
		return NULL;
	}
	model->sink.ops = &model_ops;
	model->scale = scale;
	model->now = now;
	buf_init(&model->latest.value, 0);
	for (unsigned by = 0; by < SCREEN_BYS; by++) {
		const struct column_list key = {.count = 1, .column = {model_keys[by]}};

		model->groups[by].grouping = group_set_get(set, &key, err);
		if (model->groups[by].grouping == NULL) {
			screen_model_free(model);
			return NULL;
		}
	}
	return model;
}

void screen_model_free(struct screen_model *model)
{
	if (model == NULL)
		return;
	screen_latest_fini(&model->latest);
	for (unsigned by = 0; by < SCREEN_BYS; by++)
		free(model->groups[by].at);
	free(model);
}

struct sink *screen_model_sink(struct screen_model *model)
{
	return &model->sink;
}

void screen_model_set_now(struct screen_model *model, time_t now)
{
	model->now = now;
}

/* --- What is known --- */

uint64_t screen_model_version(const struct screen_model *model)
{
	return model->version;
}

time_t screen_model_newest(const struct screen_model *model)
{
	return model->newest;
}

struct grouping *screen_model_grouping(const struct screen_model *model, enum screen_by by)
{
	return model->groups[by].grouping;
}

uint64_t screen_model_late(const struct screen_model *model, time_t at, unsigned minutes)
{
	return screen_all_times_late(&model->all, at, minutes);
}

void screen_model_course(
    const struct screen_model *model, time_t at, uint32_t bars_r[SCREEN_ALL_BARS])
{
	screen_all_times_course(
	    &model->all, screen_scale_first(&model->scale, &model->all, at), bars_r);
}

time_t screen_model_bar(const struct screen_model *model)
{
	return model->scale.width * SCREEN_BARS / SCREEN_ALL_BARS;
}

/* The grouping may have one more: that of a record for which there was no memory here. */
static const struct screen_group *model_group(
    const struct screen_model *model, enum screen_by by, uint32_t id)
{
	static const struct screen_group none = {.latest = {.newest = NULL}};

	return id < model->groups[by].count ? &model->groups[by].at[id] : &none;
}

uint64_t screen_model_group_late(
    const struct screen_model *model, enum screen_by by, uint32_t id, time_t at, unsigned minutes)
{
	return screen_times_late(&model_group(model, by, id)->times, at, minutes);
}

void screen_model_group_course(const struct screen_model *model, enum screen_by by, uint32_t id,
    time_t at, uint32_t bars_r[SCREEN_BARS])
{
	screen_times_course(&model_group(model, by, id)->times,
	    screen_scale_first(&model->scale, &model->all, at), bars_r);
}

const struct screen_message *screen_model_latest(
    const struct screen_model *model, enum screen_by by, uint32_t id)
{
	return model_group(model, by, id)->latest.newest;
}

/* --- Order --- */

/* What a group is sorted by. */
struct model_key {
	uint64_t number;
	struct span text;
	uint64_t count;
	uint32_t id;
};

static struct span model_subject(
    const struct screen_model *model, enum screen_by by, const struct group_row *row)
{
	const struct screen_message *latest = screen_model_latest(model, by, row->id);

	return latest != NULL ? screen_message_subject(latest) : SPAN_EMPTY;
}

static bool model_fits(const struct screen_model *model, const struct screen_choice *choice,
    const struct group_row *row)
{
	struct span filter = choice->filter;

	return filter.n == 0 || span_find_text_nocase(row->key[0], filter) != SPAN_NPOS ||
	       span_find_text_nocase(row->script.value, filter) != SPAN_NPOS ||
	       span_find_text_nocase(model_subject(model, choice->by, row), filter) != SPAN_NPOS;
}

static struct model_key model_key(const struct screen_model *model,
    const struct screen_choice *choice, const struct group_row *row)
{
	struct model_key key = {.number = row->count, .count = row->count, .id = row->id};
	static const unsigned minutes[SCREEN_COLUMNS] = {
	    [SCREEN_RATE_1] = 1, [SCREEN_RATE_5] = 5, [SCREEN_RATE_15] = 15};

	switch (choice->sort) {
	case SCREEN_RATE_1:
	case SCREEN_RATE_5:
	case SCREEN_RATE_15:
		key.number = screen_model_group_late(
		    model, choice->by, row->id, choice->at, minutes[choice->sort]);
		break;
	case SCREEN_RECIPIENTS:
		key.number = row->recipients.count;
		break;
	case SCREEN_IPS:
		key.number = row->source_ips.count;
		break;
	case SCREEN_FIRST_SEEN:
		key.number = row->dated && row->first > 0 ? (uint64_t)row->first : 0;
		break;
	case SCREEN_KEY:
		key.text = row->key[0];
		break;
	case SCREEN_TOP_SCRIPT:
		key.text = row->script.value;
		break;
	case SCREEN_LAST_SUBJECT:
		key.text = model_subject(model, choice->by, row);
		break;
	default:
		break;
	}
	return key;
}

static int model_compare_texts(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	/* Those without one come last. */
	if (a.n == 0 || b.n == 0)
		return (a.n == 0) - (b.n == 0);
	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

/* Numbers: the most first; texts: from a to z; equal ones by their counts. */
static int model_compare(const void *a, const void *b, void *context)
{
	const struct model_key *left = a;
	const struct model_key *right = b;
	const struct screen_choice *choice = context;
	int order = (left->number < right->number) - (left->number > right->number);

	if (choice->sort == SCREEN_KEY || choice->sort == SCREEN_TOP_SCRIPT ||
	    choice->sort == SCREEN_LAST_SUBJECT)
		order = model_compare_texts(left->text, right->text);
	if (choice->reverse)
		order = -order;
	if (order == 0)
		order = (left->count < right->count) - (left->count > right->count);
	return order != 0 ? order : (left->id > right->id) - (left->id < right->id);
}

static int model_reserve(struct screen_order *order, uint32_t count, struct err *err)
{
	uint32_t *more;

	if (count <= order->size && order->order != NULL)
		return 0;
	more = reallocarray(order->order, (size_t)count + 1, sizeof(*more));
	if (more == NULL)
		return err_nomem(err);
	order->order = more;
	order->size = count;
	return 0;
}

/* The keys of the groups that are listed; the others stand at the end of the order. */
static void model_choose(const struct screen_model *model, const struct screen_choice *choice,
    struct screen_order *order, struct model_key *keys)
{
	const struct grouping *grouping = model->groups[choice->by].grouping;
	uint32_t others = grouping_count(grouping);

	order->listed = 0;
	order->messages = 0;
	for (uint32_t id = grouping_count(grouping); id > 0; id--) {
		const uint32_t only[] = {id - 1};
		const struct group_view view = group_view_of(grouping, only, 1);
		struct group_row row;

		group_view_row(&view, 0, &row);
		if (!model_fits(model, choice, &row)) {
			order->order[--others] = id - 1;
			continue;
		}
		keys[order->listed++] = model_key(model, choice, &row);
		order->messages += row.count;
	}
}

int screen_model_order(const struct screen_model *model, const struct screen_choice *choice,
    struct screen_order *order, struct err *err)
{
	uint32_t count = grouping_count(model->groups[choice->by].grouping);
	struct screen_choice how = *choice;
	struct model_key *keys;

	if (model_reserve(order, count, err) != 0)
		return -1;
	keys = reallocarray(NULL, (size_t)count + 1, sizeof(*keys));
	if (keys == NULL)
		return err_nomem(err);
	model_choose(model, choice, order, keys);
	qsort_r(keys, order->listed, sizeof(*keys), model_compare, &how);
	for (uint32_t i = 0; i < order->listed; i++)
		order->order[i] = keys[i].id;
	free(keys);
	return 0;
}
