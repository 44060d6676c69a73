/* Which groups come first, and the rows of a report. */

#include "group/group_internal.h"

/* A part of all groups that is small enough to be looked for, instead of sorting all. */
#define GROUP_FEW 8

static int group_compare_spans(struct span a, struct span b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static int group_compare(const void *a, const void *b, void *data)
{
	const struct grouping *grouping = data;
	uint32_t id_a = *(const uint32_t *)a;
	uint32_t id_b = *(const uint32_t *)b;
	const struct group *group_a = &grouping->groups[id_a];
	const struct group *group_b = &grouping->groups[id_b];

	if (group_a->count != group_b->count)
		return group_a->count > group_b->count ? -1 : 1;
	for (unsigned k = 0; k < grouping->key.count; k++) {
		int order = group_compare_spans(
		    group_key(grouping, group_a, k), group_key(grouping, group_b, k));

		if (order != 0)
			return order;
	}
	/* Keys may differ only behind the cut. */
	return (id_a > id_b) - (id_a < id_b);
}

/* Of one column of the key: times by time, and other values as bytes. */
static int group_compare_key(
    const struct grouping *grouping, const struct group *a, const struct group *b, unsigned k)
{
	const bool is_time = column_is_time(grouping->key.column[k]);

	if (is_time && group_is_dated(a) && group_is_dated(b) && a->first != b->first &&
	    !span_eq(group_key(grouping, a, k), group_key(grouping, b, k)))
		return a->first < b->first ? -1 : 1;
	return group_compare_spans(group_key(grouping, a, k), group_key(grouping, b, k));
}

/* By the columns of the key up to the last one that is a time, then as the others. */
static int group_compare_times(const void *a, const void *b, void *data)
{
	const struct grouping *grouping = data;
	const struct group *group_a = &grouping->groups[*(const uint32_t *)a];
	const struct group *group_b = &grouping->groups[*(const uint32_t *)b];
	unsigned last = grouping->key.count;

	while (!column_is_time(grouping->key.column[last - 1]))
		last--;
	for (unsigned k = 0; k < last; k++) {
		const int order = group_compare_key(grouping, group_a, group_b, k);

		if (order != 0)
			return order;
	}
	return group_compare(a, b, data);
}

/* Which groups are shown is decided: they come in the order of time. The next view ranks anew. */
static void grouping_sort_times(struct grouping *grouping, uint32_t shown)
{
	qsort_r(grouping->order, shown, sizeof(*grouping->order), group_compare_times, grouping);
	grouping->ranked = 0;
}

/* The one at `at` of a heap, of which the last comes first, to where it belongs. */
static void heap_sink(struct grouping *grouping, uint32_t *heap, uint32_t count, uint32_t at)
{
	for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
		uint32_t id = heap[at];

		if (child + 1 < count &&
		    group_compare(&heap[child], &heap[child + 1], grouping) < 0)
			child++;
		if (group_compare(&heap[at], &heap[child], grouping) >= 0)
			return;
		heap[at] = heap[child];
		heap[child] = id;
	}
}

/* Brings the first `wanted` in order to the front, in no order of their own. */
static void grouping_select(struct grouping *grouping, uint32_t wanted)
{
	uint32_t *order = grouping->order;

	for (uint32_t i = wanted / 2; i-- > 0;)
		heap_sink(grouping, order, wanted, i);
	for (uint32_t i = wanted; i < grouping->count; i++) {
		uint32_t id = order[i];

		if (group_compare(&order[i], &order[0], grouping) > 0)
			continue;
		order[i] = order[0];
		order[0] = id;
		heap_sink(grouping, order, wanted, 0);
	}
}

/* Puts at least the first `wanted` groups in order: of many, few are quickly found. */
static int grouping_rank(struct grouping *grouping, uint32_t wanted, struct err *err)
{
	if (grouping->ranked >= wanted)
		return 0;
	if (grouping->order == NULL) {
		grouping->order = reallocarray(NULL, grouping->count, sizeof(*grouping->order));
		if (grouping->order == NULL)
			return err_nomem(err);
		for (uint32_t i = 0; i < grouping->count; i++)
			grouping->order[i] = i;
	}
	if (wanted < grouping->count / GROUP_FEW)
		grouping_select(grouping, wanted);
	else
		wanted = grouping->count;
	qsort_r(grouping->order, wanted, sizeof(*grouping->order), group_compare, grouping);
	grouping->ranked = wanted;
	return 0;
}

static const struct group *group_at(const struct grouping *grouping, uint32_t rank)
{
	return &grouping->groups[grouping->order[rank]];
}

int group_view_init(struct group_view *view_r, struct grouping *grouping,
    const struct group_limits *limits, struct err *err)
{
	uint32_t shown;

	shown = grouping->count;
	if (limits->top != 0 && limits->top < shown)
		shown = limits->top;
	if (grouping_rank(grouping, shown, err) != 0)
		return -1;
	while (shown > 0 && group_at(grouping, shown - 1)->count < limits->min_count)
		shown--;
	if (shown > 1 && column_list_has_time(&grouping->key))
		grouping_sort_times(grouping, shown);
	*view_r = group_view_of(grouping, grouping->order, shown);
	return 0;
}

struct group_view group_view_of(
    const struct grouping *grouping, const uint32_t *order, uint32_t shown)
{
	return (struct group_view){
	    .grouping = grouping,
	    .order = order,
	    .shown = shown,
	    .rows = shown + (shown < grouping->count),
	    .others = grouping->count - shown,
	};
}

static void group_row_take_time(struct group_row *row, const struct group *group)
{
	if (!group_is_dated(group))
		return;
	row->first = !row->dated || group->first < row->first ? group->first : row->first;
	row->last = !row->dated || group->last > row->last ? group->last : row->last;
	row->dated = true;
}

static void group_row_others(struct group_row *row, const struct group_view *view)
{
	row->others = view->others;
	for (uint32_t i = view->shown; i < view->grouping->count; i++) {
		const struct group *group = &view->grouping->groups[view->order[i]];

		row->count += group->count;
		row->recent += group->recent;
		group_row_take_time(row, group);
	}
}

static struct group_top group_top(
    const struct grouping *grouping, const struct group *group, enum group_kind kind)
{
	const struct group_estimate *estimate = group_estimate(grouping, group);

	return (struct group_top){
	    .value = group_text_get(group->leader[kind].text),
	    .count = group->leader_count[kind],
	    .estimated = estimate != NULL && estimate->leads[kind],
	};
}

static uint64_t group_round(uint64_t number)
{
	uint64_t limit = 1;
	uint64_t unit = 1;

	for (unsigned i = 0; i < GROUP_ESTIMATE_DIGITS; i++)
		limit *= 10;
	while (number / unit >= limit)
		unit *= 10;
	return (number + unit / 2) / unit * unit;
}

static struct group_distinct group_distinct(
    const struct grouping *grouping, const struct group *group, enum group_kind kind)
{
	const struct group_estimate *estimate = group_estimate(grouping, group);
	uint64_t kept = group->kept[kind];

	if (estimate == NULL || estimate->sketch[kind] == NULL)
		return (struct group_distinct){kept, false};
	kept += group_sketch_estimate(estimate->sketch[kind]);
	return (struct group_distinct){group_round(kept), true};
}

static struct span group_identity_kind(const struct group *group)
{
	unsigned kinds = group->identity_kinds;

	if (kinds == 0)
		return SPAN_EMPTY;
	if ((kinds & (kinds - 1)) != 0)
		return SPAN(GROUP_MIXED);
	return identity_kind_name((enum identity_kind)__builtin_ctz(kinds));
}

void group_view_row(const struct group_view *view, uint32_t i, struct group_row *row_r)
{
	const struct grouping *grouping = view->grouping;
	const struct group *group;

	*row_r = (struct group_row){.total = grouping->messages};
	if (i >= view->shown) {
		group_row_others(row_r, view);
		return;
	}
	row_r->id = view->order[i];
	group = &grouping->groups[row_r->id];
	row_r->count = group->count;
	row_r->recent = group->recent;
	group_row_take_time(row_r, group);
	for (unsigned k = 0; k < grouping->key.count; k++)
		row_r->key[k] = group_key(grouping, group, k);
	row_r->recipients = group_distinct(grouping, group, GROUP_KIND_RECIPIENT);
	row_r->source_ips = group_distinct(grouping, group, GROUP_KIND_SOURCE_IP);
	row_r->subjects = group_distinct(grouping, group, GROUP_KIND_SUBJECT);
	row_r->login_ips = group_distinct(grouping, group, GROUP_KIND_LOGIN_IP);
	row_r->callers = group_distinct(grouping, group, GROUP_KIND_CALLER);
	row_r->identity_kind = group_identity_kind(group);
	row_r->script = group_top(grouping, group, GROUP_KIND_SCRIPT);
	row_r->source_ip = group_top(grouping, group, GROUP_KIND_SOURCE_IP);
	row_r->sample_subject = group_text_get(group->sample_subject);
	row_r->sample_uid = group->sample_uid;
	group_past_take_row(grouping, row_r);
}
