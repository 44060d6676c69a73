#include "report/past.h"

#include "base/interrupt.h"
#include "base/log.h"
#include "calendar/period.h"
#include "group/group_past.h"
#include "sink/store_record.h"
#include "store/store_gaps.h"

/* Days, of UTC, that are not known whole. */
struct past_missing {
	unsigned days;
	int64_t first, last;
};

void past_init(struct past *past, const struct past_settings *settings)
{
	*past = (struct past){.settings = *settings};
	store_places_init(&past->places);
	store_places_init(&past->asked);
}

void past_fini(struct past *past)
{
	store_places_fini(&past->places);
	store_places_fini(&past->asked);
}

/* Of the history's own places. */
static int past_take_place(void *context, const struct store_place *place, struct err *err)
{
	struct past *past = context;
	const bool is_box = place->name.n > 0;

	if (is_box && past->settings.otherwise == PAST_NO_BOXES)
		return 0;
	past->is_other = past->is_other || !is_box;
	return store_places_add(&past->places, place, err) == 0
		   ? store_places_add(&past->asked, place, err)
		   : -1;
}

/* A saved report says which host's folder a message is from, but not by which login it was read.
 * What the server has given since is no longer there (store_ops.put, cover): nothing counts twice.
 */
static int past_add_box(struct past *past, const struct store_place *box, struct err *err)
{
	const struct store_place saved = {SPAN(STORE_SAVED), box->host, box->name};

	if (store_places_add(&past->places, box, err) != 0 ||
	    store_places_add(&past->asked, box, err) != 0)
		return -1;
	for (unsigned i = 0; i < past->asked.count; i++)
		if (store_place_eq(&past->asked.place[i], &saved))
			return 0;
	return store_places_add(&past->asked, &saved, err);
}

/* Those of the report: the mailboxes that it has read, or what the history has. */
static int past_find_places(struct past *past, struct err *err)
{
	const struct account *account = past->settings.account;
	struct store *store = past->settings.store;
	struct store_place place;

	for (unsigned i = 0; !past->settings.has_no_boxes && i < account->place_count; i++)
		if (store_record_place(&account->place[i], &place) &&
		    past_add_box(past, &place, err) != 0)
			return -1;
	if (past->places.count > 0)
		return 0;
	past->is_other = past->settings.otherwise == PAST_NO_BOXES;
	return store->ops->places(store, past_take_place, past, err);
}

static void past_miss(void *context, int64_t first, int64_t last)
{
	struct past_missing *missing = context;

	if (missing->days == 0)
		missing->first = first;
	missing->days += (unsigned)(last - first + 1);
	missing->last = last;
}

static int past_take_cover(void *context, const struct store_cover *cover, struct err *err)
{
	(void)err;
	store_gaps_add(context, cover);
	return 0;
}

/* Which days of this time are not known of a place. */
static int past_look(const struct past *past, const struct store_query *query,
    struct past_missing *missing_r, struct err *err)
{
	struct store_gaps gaps = {
	    .since = query->since, .until = query->until, .take = past_miss, .context = missing_r};
	struct store *store = past->settings.store;

	*missing_r = (struct past_missing){.days = 0};
	store_gaps_begin(&gaps);
	if (store->ops->covered(store, query, past_take_cover, &gaps, err) != 0)
		return -1;
	store_gaps_end(&gaps);
	return 0;
}

/* What is missing of the time before a report, in all places. */
struct past_lack {
	struct past_missing missing; /* of the first place that lacks something */
	unsigned at;                 /* its number */
	unsigned places;             /* that lack something */
	int64_t last;                /* the latest day that any of them lacks */
};

/* From which day on reports ask for none of the days that are missing, if all are read from now on;
 * each asks for so many seconds before it. */
static void past_add_end(struct buf *text, const struct past_lack *lack, int64_t seconds)
{
	const int64_t end = (lack->last + 1) * STORE_DAY + seconds;

	buf_add_text(text, "; reports of ");
	period_add_utc_day(text, store_day(end + STORE_DAY - 1));
	buf_add_text(text, " and later do without");
}

/* The first place that lacks days, and how many others do. */
static int past_say_missing(
    struct past *past, const struct past_lack *lack, int64_t seconds, struct err *err)
{
	const struct past_missing *missing = &lack->missing;
	const struct store_place *place = &past->places.place[lack->at];
	struct buf text;

	buf_init(&text, 0);
	buf_add_text(&text, "the history of '");
	log_escape(&text, place->name);
	buf_add_text(&text, "' of ");
	log_escape(&text, place->host);
	buf_printf(
	    &text, " does not have all of %u day%s ", missing->days, missing->days != 1 ? "s" : "");
	buf_add_text(&text, missing->days > 1 ? "from " : "");
	period_add_utc_day(&text, missing->first);
	if (missing->days > 1) {
		buf_add_text(&text, " to ");
		period_add_utc_day(&text, missing->last);
	}
	buf_add_text(&text, " (UTC)");
	if (lack->places > 1)
		buf_printf(&text, ", and there are gaps in %u more", lack->places - 1);
	past_add_end(&text, lack, seconds);
	buf_add_char(&text, '\0');
	past->settings.account->past_missing = arena_copy_buf(&past->places.arena, &text).p;
	buf_fini(&text);
	return past->places.arena.failed ? arena_err(&past->places.arena, err) : 0;
}

/* *knows_r: every place has been read all of the time; else past_missing says which has not. */
static int past_check(
    struct past *past, int64_t since, int64_t until, bool *knows_r, struct err *err)
{
	struct past_lack lack = {.places = 0};

	*knows_r = false;
	if (past->is_other || past->places.count == 0) {
		past->settings.account->past_missing =
		    "of logs and files nobody knows which days the history has";
		return 0;
	}
	for (unsigned i = 0; i < past->places.count; i++) {
		const struct store_query query = {&past->places.place[i], since, until};
		struct past_missing here;

		if (past_look(past, &query, &here, err) != 0)
			return -1;
		if (here.days == 0)
			continue;
		if (lack.places == 0 || here.last > lack.last)
			lack.last = here.last;
		if (lack.places++ > 0)
			continue;
		lack.missing = here;
		lack.at = i;
	}
	*knows_r = lack.places == 0;
	return lack.places > 0 ? past_say_missing(past, &lack, until - since, err) : 0;
}

static int past_take_any(void *context, const struct store_cover *cover, struct err *err)
{
	bool *is_any = context;

	(void)cover;
	(void)err;
	*is_any = true;
	return 0;
}

/* A history that begins there has no hole. */
static int past_find_hole(struct past *past, int64_t since, int64_t until, struct err *err)
{
	struct store *store = past->settings.store;

	if (past->is_other)
		return 0;
	for (unsigned i = 0; i < past->places.count && !past->has_hole; i++) {
		struct store_query query = {&past->places.place[i], since, until};
		struct past_missing here;

		if (past_look(past, &query, &here, err) != 0)
			return -1;
		if (here.days == 0 || here.first <= 0)
			continue;
		query.since = 0;
		query.until = here.first * STORE_DAY;
		if (store->ops->covered(store, &query, past_take_any, &past->has_hole, err) != 0)
			return -1;
	}
	return 0;
}

/* A question about one grouping, and where its values go. */
struct past_pass {
	const struct past *past;
	struct group_set *groups;
	struct grouping *grouping;
	struct store_past question;
	struct record record;
};

static enum column past_column(const struct past_pass *pass, unsigned k)
{
	return grouping_key(pass->grouping)->column[k];
}

static enum store_text past_text(const struct past_pass *pass, enum column column)
{
	return column_set_has(&pass->past->settings.unkept, column) ? STORE_TEXT_COUNT
								    : store_record_text(column);
}

/* False when the history does not keep one of the columns. */
static bool past_ask_for(struct past_pass *pass)
{
	struct store_past *question = &pass->question;

	for (unsigned k = 0; k < grouping_key(pass->grouping)->count; k++) {
		const enum column column = past_column(pass, k);
		const enum store_text text = past_text(pass, column);

		if (text < STORE_TEXT_COUNT)
			question->text[question->text_count++] = text;
		else if (column == COLUMN_HOST || column == COLUMN_FOLDER)
			question->by_place = true;
		else
			return false;
	}
	return true;
}

_Static_assert(GROUP_MAX_KEYS <= STORE_PAST_TEXTS, "a question is as long as a key");

static int past_take(void *context, const struct store_past_day *day, struct err *err)
{
	struct past_pass *pass = context;
	const struct group_past_day group = {
	    .record = &pass->record,
	    .day = day->day,
	    .count = day->count,
	    .recent = day->recent,
	    .first = (time_t)day->first,
	    .last = (time_t)day->last,
	};
	unsigned text = 0;

	if (interrupt_check(err) != 0)
		return -1;
	for (unsigned k = 0; k < grouping_key(pass->grouping)->count; k++) {
		const enum column column = past_column(pass, k);

		pass->record.value[column] = column == COLUMN_HOST     ? day->place.host
					     : column == COLUMN_FOLDER ? day->place.name
								       : day->value[text++];
	}
	return group_past_add(pass->groups, pass->grouping, &group, err);
}

/* Names the columns by which the history cannot be asked. */
static void past_say_unknown(const struct past_pass *pass)
{
	if (!pass->past->settings.talks)
		return;
	for (unsigned k = 0; k < grouping_key(pass->grouping)->count; k++) {
		const enum column column = past_column(pass, k);

		if (past_text(pass, column) == STORE_TEXT_COUNT && column != COLUMN_HOST &&
		    column != COLUMN_FOLDER)
			log_warn("the history cannot be searched for '%s': First ever, Days, "
				 "Before, Change and New are empty",
			    record_columns[column].title);
	}
}

/* What of the columns of a key rows do not have as it was. */
struct past_hidden {
	const struct column_list *key;
	enum column column; /* COLUMN_COUNT: nothing */
};

/* One is enough. */
static int past_take_extra(void *context, struct span extra, struct err *err)
{
	struct past_hidden *hidden = context;

	for (unsigned k = 0; k < hidden->key->count; k++) {
		if (!store_record_hides(extra, hidden->key->column[k]))
			continue;
		hidden->column = hidden->key->column[k];
		return err_set(err, ERR_INTERNAL, "a column that is hidden");
	}
	return interrupt_check(err);
}

static bool past_may_hide(const struct column_list *key)
{
	for (unsigned k = 0; k < key->count; k++)
		if (store_privacy_may_leave_out(key->column[k]) ||
		    store_privacy_may_hash(key->column[k]))
			return true;
	return false;
}

/* 1: values of some rows cannot be compared. */
static int past_find_hidden(const struct past *past, const struct past_pass *pass, struct err *err)
{
	static const struct store_find lists = {STORE_EXTRA, SPAN(STORE_RECORD_LIST)};
	struct past_hidden hidden = {grouping_key(pass->grouping), COLUMN_COUNT};
	struct store *store = past->settings.store;
	struct err found = ERR_INIT;

	if (!past_may_hide(hidden.key) ||
	    store->ops->find(store, &lists, past_take_extra, &hidden, &found) == 0)
		return 0;
	if (hidden.column == COLUMN_COUNT) {
		*err = found;
		return -1;
	}
	if (past->settings.talks)
		log_warn("the history does not have all of '%s' as it was (history-without, "
			 "history-hash): First ever, Days, Before, Change and New are empty",
		    record_columns[hidden.column].title);
	return 1;
}

static int past_load_one(struct past *past, struct past_pass *pass,
    const struct group_past_terms *terms, const struct store_past *question, struct err *err)
{
	struct store *store = past->settings.store;
	int hidden;

	pass->question = *question;
	if (!past_ask_for(pass)) {
		past_say_unknown(pass);
		return 0;
	}
	hidden = past_find_hidden(past, pass, err);
	if (hidden != 0)
		return hidden < 0 ? -1 : 0;
	if (group_past_begin(pass->grouping, terms, err) != 0)
		return -1;
	if (past->places.count == 0) /* it has none of these places yet */
		return 0;
	return store->ops->past(store, &pass->question, past_take, pass, err);
}

/* Both stretches of time end where the report begins. */
static int past_set_terms(struct past *past, struct group_past_terms *terms_r,
    struct store_past *question_r, struct err *err)
{
	const struct account *account = past->settings.account;
	const int64_t since = (int64_t)account->since;
	const int64_t end =
	    (int64_t)(account->until < account->made ? account->until : account->made);
	const int64_t before = since - (end - since);
	const int64_t new_since = since - (int64_t)past->settings.new_after * STORE_DAY;
	bool knows_before, knows_new;

	if (past_check(past, before, since, &knows_before, err) != 0 ||
	    past_check(past, new_since, since, &knows_new, err) != 0 ||
	    (!knows_before && past_find_hole(past, before, since, err) != 0))
		return -1;
	*terms_r = (struct group_past_terms){
	    .since = account->since,
	    .new_since = (time_t)new_since,
	    .knows_new = knows_new,
	    .knows_before = knows_before && !account->new_only,
	    .knows_first = !account->new_only,
	};
	*question_r = (struct store_past){
	    .place = past->asked.place,
	    .place_count = past->asked.count,
	    .since = before,
	    .until = since,
	    .no_bounces = account->no_bounce,
	};
	return 0;
}

/* Files may tell no period, and one that has not begun has nothing before it. */
static bool past_has_period(const struct account *account)
{
	return account->has_period && account->since > 0 && account->since < account->made &&
	       account->since < (time_t)STORE_MAX_TIME;
}

int past_load(struct past *past, struct group_set *groups, struct err *err)
{
	struct group_past_terms terms;
	struct store_past question;
	struct account *account = past->settings.account;
	bool has_asked = false;
	unsigned next = 0;
	struct grouping *grouping = groups != NULL ? group_past_next(groups, &next) : NULL;

	if (grouping == NULL)
		return 0;
	if (!past_has_period(account)) {
		if (past->settings.warns && past->settings.talks)
			log_warn("a report without a period is compared with nothing before it");
		return 0;
	}
	if (past_find_places(past, err) != 0 || past_set_terms(past, &terms, &question, err) != 0)
		return -1;
	account->new_after = past->settings.new_after;
	for (; grouping != NULL; grouping = group_past_next(groups, &next)) {
		struct past_pass pass = {.past = past, .groups = groups, .grouping = grouping};

		if (past_load_one(past, &pass, &terms, &question, err) != 0)
			return -1;
		has_asked = has_asked || pass.question.text_count > 0 || pass.question.by_place;
	}
	if (past->settings.warns && has_asked && account->past_missing != NULL &&
	    (past->settings.talks || past->has_hole))
		log_warn("who is new, and how much grew, is not known of all: %s",
		    account->past_missing);
	return 0;
}
