/* The list of groups. */
#include <inttypes.h>

#include "calendar/period.h"
#include "group/group_column.h"
#include "group/group_sender.h"
#include "sink/screen/screen_part.h"

/* Lines about the group that is chosen. */
#define LIST_DETAIL 3

/* The course of all messages, and what is left of it on a narrow screen. */
#define LIST_COURSE       SCREEN_ALL_BARS
#define LIST_SHORT_COURSE (SCREEN_ALL_BARS / 2)

/* Of all messages, in tenths of a percent: whose count is red, and whose is yellow. */
#define LIST_MUCH 250
#define LIST_SOME 50

/* Words on the widest line at the top, beside its course. */
#define LIST_RATES_WIDTH 44

static const char list_keys[] =
    "Enter:messages e:explain /:filter s:sort g:group w:save L:lock ?:help q:quit";

/* --- Numbers --- */

/* So many digits fit; of more the thousands are shown, or millions. */
static void list_put_number(
    struct screen_canvas *canvas, const struct screen_place *place, uint64_t number, bool about)
{
	static const char *const units[] = {"", "k", "M", "G"};
	const char *sign = about ? GROUP_ABOUT : "";
	unsigned digits = place->width - (about ? 1 : 0);
	uint64_t limit = 1;
	unsigned unit = 0;

	for (unsigned i = 0; i < digits && i < 18; i++)
		limit *= 10;
	while (number >= (unit > 0 ? limit / 10 : limit) && unit < 3) {
		number /= 1000;
		unit++;
	}
	screen_printf(canvas, place, "%s%" PRIu64 "%s", sign, number, units[unit]);
}

/* "0.4", "12" */
static void list_put_rate(struct screen_canvas *canvas, const struct screen_place *place,
    uint64_t messages, unsigned minutes)
{
	uint64_t tenths = (messages * 10 + minutes / 2) / minutes;
	struct screen_place there = *place;

	if (messages == 0 && there.look == SCREEN_PLAIN)
		there.look = SCREEN_FAINT;
	if (minutes == 1 || tenths >= 100 || messages == 0)
		list_put_number(canvas, &there, (messages + minutes / 2) / minutes, false);
	else
		screen_printf(canvas, &there, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
}

void screen_add_time(struct buf *out, time_t when)
{
	if (when != 0)
		period_add_short(out, when);
	else
		buf_add_char(out, '?');
}

/* --- The top --- */

static void list_draw_head(struct screen_view *view, struct screen_canvas *canvas, unsigned y)
{
	const struct screen_place left = {.y = y, .width = SCREEN_MAX_WIDTH, .look = SCREEN_BAR};
	const struct grouping *grouping = screen_model_grouping(view->model, view->by);
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, " By %s", screen_title(view->by, SCREEN_KEY));
	if (view->filter.n > 0) {
		buf_add_text(&text, " with \"");
		buf_add_buf(&text, &view->filter);
		buf_add_char(&text, '"');
	}
	buf_add_text(&text, ", ");
	buf_add_buf(&text, &view->period);
	if (view->filter.n > 0)
		buf_printf(&text, ": %" PRIu64 " of %" PRIu64 " messages, %" PRIu32 " of %" PRIu32,
		    view->order.messages, grouping_messages(grouping), view->order.listed,
		    grouping_count(grouping));
	else
		buf_printf(&text, ": %" PRIu64 " message%s of %" PRIu32,
		    grouping_messages(grouping), grouping_messages(grouping) == 1 ? "" : "s",
		    grouping_count(grouping));
	screen_fill(canvas, y, SCREEN_BAR);
	screen_put(canvas, &left, buf_span(&text));
	buf_fini(&text);
}

/* "1h", "10h40min" */
static void list_add_span(struct buf *out, time_t seconds)
{
	long long minutes = (long long)seconds / 60;

	if (minutes >= 60)
		buf_printf(out, "%lldh", minutes / 60);
	if (minutes % 60 != 0 || minutes == 0)
		buf_printf(out, minutes < 60 ? "%lldmin" : "%02lldmin", minutes % 60);
}

static void list_draw_rates(struct screen_view *view, struct screen_canvas *canvas, unsigned y)
{
	struct screen_place place = {.y = y, .width = SCREEN_MAX_WIDTH};
	uint32_t course[SCREEN_ALL_BARS];
	struct screen_bars bars = {course, SCREEN_ALL_BARS, LIST_COURSE, view->letter_bars};
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, " %" PRIu64 " a minute", screen_model_late(view->model, view->at, 1));
	if (view->at != view->now) {
		buf_add_text(&text, " at ");
		screen_add_time(&text, view->at);
	} else {
		buf_add_text(&text, " now");
	}
	buf_printf(&text, ", %" PRIu64 " in 15  ", screen_model_late(view->model, view->at, 15));
	place.look = SCREEN_STRONG;
	place.x = screen_put(canvas, &place, buf_span(&text));
	if (canvas->width < place.x + LIST_COURSE + 1)
		bars.columns = LIST_SHORT_COURSE;
	screen_model_course(view->model, view->at, course);
	place.width = bars.columns;
	place.look = SCREEN_SOME;
	screen_put_bars(canvas, &place, &bars);
	buf_clear(&text);
	list_add_span(&text, screen_model_bar(view->model) * SCREEN_ALL_BARS);
	place.x += bars.columns + 1;
	place.width = SCREEN_MAX_WIDTH;
	place.look = SCREEN_FAINT;
	screen_put(canvas, &place, buf_span(&text));
	buf_fini(&text);
}

static void list_draw_servers(struct screen_view *view, struct screen_canvas *canvas, unsigned y)
{
	const struct screen_place clock = {
	    .y = y, .x = canvas->width > 9 ? canvas->width - 9 : 0, .width = 9, .right = true};
	const struct screen_place place = {
	    .y = y, .x = 1, .width = canvas->width > 12 ? canvas->width - 12 : 0};
	struct tm broken;

	screen_put(canvas, &place, buf_span(&view->servers));
	if (localtime_r(&view->now, &broken) != NULL)
		screen_printf(
		    canvas, &clock, "%02d:%02d:%02d", broken.tm_hour, broken.tm_min, broken.tm_sec);
}

/* In front of the title that the list is sorted by. */
static void list_draw_sorted(
    const struct screen_view *view, struct screen_canvas *canvas, const struct screen_place *title)
{
	bool text = view->sort == SCREEN_KEY || view->sort == SCREEN_TOP_SCRIPT ||
		    view->sort == SCREEN_LAST_SUBJECT;
	bool up = view->reverse != text;
	unsigned n = (unsigned)strlen(screen_title(view->by, view->sort));
	struct screen_place place = {
	    .y = title->y, .x = title->x - 1, .width = 1, .look = SCREEN_BAR};

	if (title->right && n < title->width)
		place.x += title->width - n;
	if (canvas->ascii_only)
		screen_put(canvas, &place, up ? SPAN("^") : SPAN("v"));
	else
		screen_put(canvas, &place, up ? SPAN("↑") : SPAN("↓"));
}

static void list_draw_titles(struct screen_view *view, struct screen_canvas *canvas,
    const struct screen_layout *layout, unsigned y)
{
	screen_fill(canvas, y, SCREEN_BAR);
	for (unsigned i = 0; i < SCREEN_COLUMNS; i++) {
		struct screen_place place = {.y = y,
		    .x = layout->x[i],
		    .width = layout->width[i],
		    .look = SCREEN_BAR,
		    .right = i < SCREEN_COURSE_BARS || i == SCREEN_RECIPIENTS || i == SCREEN_IPS};

		if (i == view->sort && place.width > 0)
			list_draw_sorted(view, canvas, &place);
		screen_put(canvas, &place, span_of(screen_title(view->by, i)));
	}
}

/* --- Rows --- */

/* A row that is drawn. */
struct list_row {
	struct screen_view *view;
	const struct screen_layout *layout;
	struct group_row row;
	unsigned y;
	bool chosen;
};

/* False: there is no such column. */
static bool list_place(
    const struct list_row *row, enum screen_column column, struct screen_place *place_r)
{
	*place_r = (struct screen_place){
	    .y = row->y,
	    .x = row->layout->x[column],
	    .width = row->layout->width[column],
	    .look = row->chosen ? SCREEN_BAR : SCREEN_PLAIN,
	};
	return place_r->width > 0;
}

/* What must be known before somebody acts; empty: nothing. */
static struct span list_mark(const struct screen_view *view, const struct group_row *row)
{
	if (view->by != SCREEN_BY_IDENTITY || !group_sender_is_weak(row))
		return SPAN_EMPTY;
	return group_sender_is_system(row) ? SPAN(" [system]") : SPAN(" [server]");
}

static void list_draw_key(
    const struct list_row *row, struct screen_canvas *canvas, struct screen_place place)
{
	struct span mark = list_mark(row->view, &row->row);
	struct span key = row->row.key[0];
	unsigned width = place.width;

	if (mark.n >= width)
		mark = SPAN_EMPTY;
	place.width -= (unsigned)mark.n;
	place.cut = row->view->by == SCREEN_BY_SCRIPT ? SCREEN_CUT_PATH : SCREEN_CUT_END;
	if ((key.n == 0 || mark.n > 0) && !row->chosen)
		place.look = SCREEN_FAINT;
	if (key.n == 0)
		key = group_no_value(
		    grouping_key(screen_model_grouping(row->view->model, row->view->by))
			->column[0]);
	place.x += screen_put(canvas, &place, key);
	place.width = (unsigned)mark.n;
	place.look = row->chosen ? SCREEN_BAR : SCREEN_SOME;
	screen_put(canvas, &place, mark);
}

static void list_draw_numbers(const struct list_row *row, struct screen_canvas *canvas)
{
	unsigned permille = group_permille(row->row.count, row->row.total);
	struct screen_place place;

	if (list_place(row, SCREEN_COUNT, &place)) {
		place.right = true;
		if (!row->chosen && permille >= LIST_MUCH)
			place.look = SCREEN_MUCH;
		else if (!row->chosen && permille >= LIST_SOME)
			place.look = SCREEN_SOME;
		list_put_number(canvas, &place, row->row.count, false);
	}
	if (list_place(row, SCREEN_PERCENT, &place)) {
		place.right = true;
		screen_printf(canvas, &place, "%u.%u", permille / 10, permille % 10);
	}
	if (list_place(row, SCREEN_RECIPIENTS, &place)) {
		place.right = true;
		list_put_number(
		    canvas, &place, row->row.recipients.count, row->row.recipients.estimated);
	}
	if (list_place(row, SCREEN_IPS, &place)) {
		place.right = true;
		list_put_number(
		    canvas, &place, row->row.source_ips.count, row->row.source_ips.estimated);
	}
}

static void list_draw_times(const struct list_row *row, struct screen_canvas *canvas)
{
	static const unsigned minutes[] = {1, 5, 15};
	const struct screen_view *view = row->view;
	uint32_t course[SCREEN_BARS];
	struct screen_bars bars = {course, SCREEN_BARS, 0, view->letter_bars};
	struct screen_place place;

	for (unsigned i = 0; i < 3; i++) {
		if (!list_place(row, SCREEN_RATE_1 + i, &place))
			continue;
		place.right = true;
		list_put_rate(canvas, &place,
		    screen_model_group_late(
			view->model, view->by, row->row.id, view->at, minutes[i]),
		    minutes[i]);
	}
	if (!list_place(row, SCREEN_COURSE_BARS, &place))
		return;
	screen_model_group_course(view->model, view->by, row->row.id, view->at, course);
	bars.columns = place.width;
	screen_put_bars(canvas, &place, &bars);
}

/* The subject of the newest message. */
static struct span list_subject(const struct screen_view *view, const struct group_row *row)
{
	const struct screen_message *latest = screen_model_latest(view->model, view->by, row->id);

	return latest != NULL ? screen_message_subject(latest) : SPAN_EMPTY;
}

static void list_draw_texts(const struct list_row *row, struct screen_canvas *canvas)
{
	struct screen_place place;
	struct buf text;

	if (list_place(row, SCREEN_KEY, &place))
		list_draw_key(row, canvas, place);
	if (list_place(row, SCREEN_TOP_SCRIPT, &place)) {
		place.cut = SCREEN_CUT_START;
		screen_put(canvas, &place, row->row.script.value);
	}
	if (list_place(row, SCREEN_LAST_SUBJECT, &place))
		screen_put(canvas, &place, list_subject(row->view, &row->row));
	if (list_place(row, SCREEN_FIRST_SEEN, &place)) {
		buf_init(&text, 0);
		screen_add_time(&text, row->row.dated ? row->row.first : 0);
		screen_put(canvas, &place, buf_span(&text));
		buf_fini(&text);
	}
}

static void list_draw_row(const struct list_row *row, struct screen_canvas *canvas)
{
	const struct screen_place mark = {.y = row->y, .width = 1, .look = SCREEN_BAR};

	if (row->chosen) {
		screen_fill(canvas, row->y, SCREEN_BAR);
		screen_put(canvas, &mark, SPAN(">"));
	}
	list_draw_numbers(row, canvas);
	list_draw_times(row, canvas);
	list_draw_texts(row, canvas);
}

/* Those around the chosen one. */
static void list_draw_rows(struct screen_view *view, struct screen_canvas *canvas,
    const struct screen_layout *layout, unsigned y)
{
	const struct group_view rows = screen_view_rows(view);

	if (view->first > view->place)
		view->first = view->place;
	if (view->rows > 0 && view->place >= view->first + view->rows)
		view->first = view->place - view->rows + 1;
	if (view->first > 0 && view->order.listed < view->first + view->rows)
		view->first = view->order.listed > view->rows ? view->order.listed - view->rows : 0;
	for (unsigned i = 0; i < view->rows && view->first + i < view->order.listed; i++) {
		struct list_row row = {
		    view, layout, .y = y + i, .chosen = view->first + i == view->place};

		group_view_row(&rows, view->first + i, &row.row);
		list_draw_row(&row, canvas);
	}
	if (view->order.listed == 0) {
		const struct screen_place place = {
		    .y = y, .x = 1, .width = view->rows > 0 ? canvas->width : 0};

		screen_put(canvas, &place,
		    grouping_messages(screen_model_grouping(view->model, view->by)) == 0
			? SPAN("no message")
			: SPAN("nobody has that in the name, the script or the last subject: Esc "
			       "shows all"));
	}
}

/* --- The bottom --- */

/* "WORDS: VALUE" on a line. */
static void list_draw_fact(
    struct screen_canvas *canvas, unsigned y, const char *words, struct span value)
{
	struct screen_place place = {
	    .y = y, .x = 1, .width = SCREEN_MAX_WIDTH, .look = SCREEN_FAINT};

	place.x += screen_put(canvas, &place, span_of(words)) + 1;
	place.look = SCREEN_PLAIN;
	place.cut = words[0] == 's' && words[1] == 'c' ? SCREEN_CUT_PATH : SCREEN_CUT_END;
	screen_put(canvas, &place, value);
}

/* What the columns have no room for. */
static void list_draw_detail(struct screen_view *view, struct screen_canvas *canvas, unsigned y)
{
	struct group_row row;
	struct buf text;

	if (!screen_view_chosen(view, &row))
		return;
	buf_init(&text, 0);
	buf_add(&text, row.key[0].n > 0 ? row.key[0] : SPAN("nobody is named"));
	buf_add(&text, list_mark(view, &row));
	buf_printf(&text, "  %" PRIu64 " rcpts, %" PRIu64 " IPs, since ", row.recipients.count,
	    row.source_ips.count);
	screen_add_time(&text, row.dated ? row.first : 0);
	if (row.login_ips.count > 1)
		buf_printf(&text, ", logged in from %" PRIu64, row.login_ips.count);
	list_draw_fact(canvas, y, "chosen:", buf_span(&text));
	list_draw_fact(canvas, y + 1, "script:", row.script.value);
	list_draw_fact(canvas, y + 2, "subject:", list_subject(view, &row));
	buf_fini(&text);
}

void screen_draw_bottom(
    const struct screen_view *view, struct screen_canvas *canvas, const char *words)
{
	const struct screen_place place = {
	    .y = canvas->height - 1, .width = SCREEN_MAX_WIDTH, .look = SCREEN_FAINT};
	const struct screen_place note = {
	    .y = canvas->height - 1, .width = SCREEN_MAX_WIDTH, .look = SCREEN_STRONG};

	if (view->note.n > 0)
		screen_put(canvas, &note, buf_span(&view->note));
	else
		screen_put(canvas, &place, span_of(words));
}

static void list_draw_filter(const struct screen_view *view, struct screen_canvas *canvas)
{
	struct screen_place place = {
	    .y = canvas->height - 1, .width = SCREEN_MAX_WIDTH, .look = SCREEN_STRONG};

	place.x = screen_put(canvas, &place, SPAN("filter: "));
	place.x += screen_put(canvas, &place, buf_span(&view->filter));
	place.look = SCREEN_BAR;
	place.x += screen_put(canvas, &place, SPAN(" "));
	place.look = SCREEN_FAINT;
	screen_put(canvas, &place, SPAN("  Enter keeps it, Esc shows all"));
}

void screen_draw_list(struct screen_view *view, struct screen_canvas *canvas)
{
	const struct screen_lines lines = screen_lines(canvas->height, LIST_DETAIL);
	const struct screen_layout layout = screen_layout(view->by, canvas->width);
	unsigned y = 0;

	view->rows = lines.rows;
	if (lines.head)
		list_draw_head(view, canvas, y++);
	if (lines.rates)
		list_draw_rates(view, canvas, y++);
	if (lines.servers)
		list_draw_servers(view, canvas, y++);
	if (lines.titles)
		list_draw_titles(view, canvas, &layout, y++);
	list_draw_rows(view, canvas, &layout, y);
	if (lines.detail > 0)
		list_draw_detail(view, canvas, y + lines.rows);
	if (lines.bottom && view->typing)
		list_draw_filter(view, canvas);
	else if (lines.bottom)
		screen_draw_bottom(view, canvas, list_keys);
}
