/* history show: who has sent how much, and when one of them has. */
#include <inttypes.h>

#include "base/log.h"
#include "base/utf8.h"
#include "group/group_column.h"
#include "mode/history_part.h"

static const struct listing_column history_identity_columns[] = {
    {"Identity", "identity", .kind = LISTING_TEXT, .folds = true},
    {"Messages", "messages", .kind = LISTING_NUMBER},
    {"Recipients", "recipients", .kind = LISTING_NUMBER},
    {"Source IPs", "source_ips", .kind = LISTING_NUMBER, .rank = 3},
    {"Days", "days", .kind = LISTING_NUMBER},
    {"First seen", "first_seen", .kind = LISTING_TIME, .rank = 6},
    {"Last seen", "last_seen", .kind = LISTING_TIME, .rank = 1},
};

static const struct listing_column history_day_columns[] = {
    {"Day (UTC)", "day", .kind = LISTING_TIME},
    {"Messages", "messages", .kind = LISTING_NUMBER},
    {"Recipients", "recipients", .kind = LISTING_NUMBER},
    {"Bounces", "bounces", .kind = LISTING_NUMBER, .rank = 5},
    {"Source IPs", "source_ips", .kind = LISTING_NUMBER, .rank = 3},
    {"PHP scripts", "php_scripts", .kind = LISTING_NUMBER, .rank = 2},
    {"Subjects", "subjects", .kind = LISTING_NUMBER, .rank = 4},
    {"First seen", "first_seen", .kind = LISTING_TIME, .rank = 6},
    {"Last seen", "last_seen", .kind = LISTING_TIME, .rank = 1},
};

/* A list under way. */
struct history_list {
	const struct history_run *run;
	struct listing listing;
	struct listing_row row;
	uint64_t left_out; /* identities behind --top */
	uint64_t messages, days;
	int64_t first; /* of all; 0: unknown */
};

static void history_add_moment(struct listing_row *row, int64_t time)
{
	history_add_time(&row->text, time);
	listing_row_end_cell(row);
}

static int history_take_sum(void *context, const struct store_sum *sum, struct err *err)
{
	struct history_list *list = context;
	struct listing_row *row = &list->row;
	const unsigned top = list->run->options->limits.top;

	if (top != 0 && list->listing.rows >= top) {
		list->left_out++;
		return 0;
	}
	listing_row_add_text(
	    row, sum->identity.n > 0 ? sum->identity : group_no_value(COLUMN_IDENTITY));
	listing_row_add_number(row, sum->messages);
	listing_row_add_number(row, sum->recipients);
	listing_row_add_number(row, sum->addresses);
	listing_row_add_number(row, sum->days);
	history_add_moment(row, sum->first);
	history_add_moment(row, sum->last);
	return listing_add_row(&list->listing, row, err);
}

static int history_take_day(void *context, const struct store_day_sum *sum, struct err *err)
{
	struct history_list *list = context;
	struct listing_row *row = &list->row;

	list->messages += sum->messages;
	list->days += sum->last != 0;
	if (list->first == 0)
		list->first = sum->first;
	if (sum->last != 0)
		period_add_utc_day(&row->text, sum->day);
	listing_row_end_cell(row);
	listing_row_add_number(row, sum->messages);
	listing_row_add_number(row, sum->recipients);
	listing_row_add_number(row, sum->bounces);
	listing_row_add_number(row, sum->addresses);
	listing_row_add_number(row, sum->scripts);
	listing_row_add_number(row, sum->subjects);
	history_add_moment(row, sum->first);
	history_add_moment(row, sum->last);
	return listing_add_row(&list->listing, row, err);
}

/* Below a table, for a person. */
static int history_sum_up(const struct history_list *list, const char *identity, struct err *err)
{
	struct buf text;
	int result = 0;

	buf_init(&text, 0);
	if (identity != NULL && list->messages > 0) {
		buf_add_char(&text, '\n');
		history_add_messages(&text, list->messages);
		buf_printf(&text, " on %" PRIu64 " day%s", list->days, list->days == 1 ? "" : "s");
		if (list->first != 0) {
			buf_add_text(&text,
			    list->run->has_period ? ", in this period first " : ", first ever ");
			history_add_time(&text, list->first);
		}
		buf_add_char(&text, '\n');
	}
	if (list->left_out > 0)
		buf_printf(&text, "\nand %" PRIu64 " more (--top)\n", list->left_out);
	if (identity == NULL && list->listing.rows == 0)
		buf_printf(&text,
		    "\nThe history has no messages%s: history status shows which days it has.\n",
		    list->run->has_period ? " of this time" : "");
	if (text.n > 0 || text.failed != 0)
		result = history_say(list->run, &text, err);
	buf_fini(&text);
	return result;
}

/* Identities that are like the one that is not there. */
struct history_like {
	struct buf text;
	unsigned count;
};

#define HISTORY_MAX_LIKE 5

/* Bytes of each that are shown in a sentence. */
#define HISTORY_MAX_NAME 64

static int history_take_like(void *context, struct span text, struct err *err)
{
	struct history_like *like = context;
	struct buf name;

	(void)err;
	if (++like->count > HISTORY_MAX_LIKE)
		return 0;
	buf_add_text(&like->text, like->count > 1 ? ", " : "; it has ");
	buf_init(&name, 0);
	utf8_add_cut(&name, text, HISTORY_MAX_NAME);
	log_escape(&like->text, buf_span(&name));
	buf_fail(&like->text, name.failed);
	buf_fini(&name);
	return 0;
}

/* That nothing is there means nothing of days that were not read. */
static int history_warn_of_nothing(
    const struct history_run *run, const char *identity, struct err *err)
{
	const struct store_find find = {STORE_IDENTITY, span_of(identity)};
	struct history_like like = {.count = 0};
	struct buf text;
	int result;

	buf_init(&text, 0);
	buf_init(&like.text, 0);
	log_escape(&text, span_of(identity));
	result = run->store->ops->find(run->store, &find, history_take_like, &like, err);
	if (result == 0)
		log_warn("the history has no message of '%s' here (history status shows which days "
			 "it has)%s%s",
		    buf_string(&text), buf_string(&like.text),
		    like.count > HISTORY_MAX_LIKE ? ", ..." : "");
	buf_fini(&like.text);
	buf_fini(&text);
	return result;
}

/* As it is shown, or empty. */
static struct span history_identity(const char *word)
{
	const struct span none = group_no_value(COLUMN_IDENTITY);

	return span_eq(span_of(word), none) ? SPAN_EMPTY : span_of(word);
}

static int history_list_days(struct history_list *list, const char *identity, struct err *err)
{
	const struct history_run *run = list->run;
	const struct store_sender sender = {history_identity(identity), history_query(run)};

	listing_open(&list->listing, run->options, run->env, history_day_columns,
	    sizeof(history_day_columns) / sizeof(*history_day_columns));
	if (run->store->ops->days(run->store, &sender, history_take_day, list, err) != 0)
		return -1;
	return list->messages == 0 ? history_warn_of_nothing(run, identity, err) : 0;
}

static int history_list_identities(struct history_list *list, struct err *err)
{
	const struct history_run *run = list->run;
	const struct store_query query = history_query(run);

	listing_open(&list->listing, run->options, run->env, history_identity_columns,
	    sizeof(history_identity_columns) / sizeof(*history_identity_columns));
	return run->store->ops->sums(run->store, &query, history_take_sum, list, err);
}

int history_show(struct history_run *run, struct err *err)
{
	const char *identity = run->operand_count > 0 ? run->operand[0] : NULL;
	struct history_list list = {.run = run};
	int result;

	listing_row_init(&list.row);
	if (identity != NULL)
		result = history_list_days(&list, identity, err);
	else
		result = history_list_identities(&list, err);
	if (result != 0)
		listing_abort(&list.listing);
	else if (listing_close(&list.listing, err) != 0 ||
		 (listing_is_table(&list.listing) && history_sum_up(&list, identity, err) != 0))
		result = -1;
	listing_row_fini(&list.row);
	return result;
}
