#include "sink/screen/screen_view.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "sink/screen/screen_part.h"

void screen_view_init(struct screen_view *view, struct screen_model *model)
{
	*view = (struct screen_view){.model = model, .sort = SCREEN_COUNT};
	buf_init(&view->period, 0);
	buf_init(&view->servers, 0);
	buf_init(&view->filter, SCREEN_MAX_TYPED);
	buf_init(&view->title, 0);
	buf_init(&view->text, 0);
	buf_init(&view->answer, SCREEN_MAX_TYPED);
	buf_init(&view->note, 0);
}

void screen_view_fini(struct screen_view *view)
{
	struct buf *const bufs[] = {&view->period, &view->servers, &view->filter, &view->title,
	    &view->text, &view->answer, &view->note};

	for (size_t i = 0; i < sizeof(bufs) / sizeof(bufs[0]); i++)
		buf_fini(bufs[i]);
	free(view->order.order);
}

void screen_view_set_model(struct screen_view *view, struct screen_model *model)
{
	view->model = model;
	view->order.listed = 0;
	view->order.messages = 0;
	view->stale = true;
	view->chosen = view->place = view->first = 0;
	if (view->what == SCREEN_MESSAGES)
		view->what = SCREEN_LIST;
	if (view->below == SCREEN_MESSAGES)
		view->below = SCREEN_LIST;
}

/* --- The list --- */

/* The chosen group keeps being chosen wherever it moves to; if it is not listed any more, the one
 * in its place is. */
static void view_find_chosen(struct screen_view *view)
{
	const struct screen_order *order = &view->order;

	if (order->listed == 0) {
		view->place = 0;
		return;
	}
	for (uint32_t i = 0; i < order->listed && view->place > 0; i++) {
		if (order->order[i] != view->chosen)
			continue;
		view->place = i;
		break;
	}
	if (view->place >= order->listed)
		view->place = order->listed - 1;
	view->chosen = order->order[view->place];
}

int screen_view_refresh(struct screen_view *view, struct err *err)
{
	const struct screen_choice choice = {
	    .by = view->by,
	    .sort = view->sort,
	    .reverse = view->reverse,
	    .filter = buf_span(&view->filter),
	    .at = view->at,
	};

	if (screen_model_order(view->model, &choice, &view->order, err) != 0)
		return -1;
	view->stale = false;
	if (view->what == SCREEN_LIST)
		view_find_chosen(view);
	return 0;
}

struct group_view screen_view_rows(const struct screen_view *view)
{
	return group_view_of(
	    screen_model_grouping(view->model, view->by), view->order.order, view->order.listed);
}

bool screen_view_chosen(const struct screen_view *view, struct group_row *row_r)
{
	const struct grouping *grouping = screen_model_grouping(view->model, view->by);
	struct group_view rows;

	if (view->order.listed == 0 || view->chosen >= grouping_count(grouping))
		return false;
	rows = group_view_of(grouping, &view->chosen, 1);
	group_view_row(&rows, 0, row_r);
	return true;
}

bool screen_view_is_by_identity(const struct screen_view *view)
{
	return view->by == SCREEN_BY_IDENTITY;
}

void screen_view_note(struct screen_view *view, struct span text)
{
	buf_clear(&view->note);
	buf_add(&view->note, text);
}

void screen_view_ask(struct screen_view *view, const char *title, struct span text, bool ask)
{
	if (view->what != SCREEN_TEXT)
		view->below = view->what;
	view->what = SCREEN_TEXT;
	view->scroll = 0;
	buf_clear(&view->title);
	buf_add_text(&view->title, title);
	buf_clear(&view->text);
	buf_add(&view->text, text);
	/* Nobody says yes to what is not shown. */
	view->asking = ask && view->text.failed == 0;
	buf_clear(&view->answer);
}

/* --- Keys --- */

/* A place in `count` after a key that moves; false: it does not. */
static bool view_move(uint32_t key, uint32_t *place, uint32_t count, uint32_t page)
{
	uint32_t last = count > 0 ? count - 1 : 0;
	uint32_t step = page > 1 ? page - 1 : 1;

	switch (key) {
	case SCREEN_KEY_UP:
	case 'k':
		*place -= *place > 0 ? 1 : 0;
		return true;
	case SCREEN_KEY_DOWN:
	case 'j':
		*place += *place < last ? 1 : 0;
		return true;
	case SCREEN_KEY_PAGE_UP:
		*place -= *place > step ? step : *place;
		return true;
	case SCREEN_KEY_PAGE_DOWN:
		*place = last - *place > step ? *place + step : last;
		return true;
	case SCREEN_KEY_HOME:
		*place = 0;
		return true;
	case SCREEN_KEY_END:
		*place = last;
		return true;
	default:
		return false;
	}
}

/* Types into a line. True: Enter or Escape have ended it. */
static bool view_type(struct buf *line, uint32_t key)
{
	if (key == SCREEN_KEY_ENTER || key == SCREEN_KEY_ESCAPE)
		return true;
	if (key == SCREEN_KEY_BACKSPACE) {
		while (line->n > 0 && ((unsigned char)line->p[line->n - 1] & 0xC0) == 0x80)
			line->n--;
		line->n -= line->n > 0 ? 1 : 0;
		line->failed = 0;
	} else if (key < SCREEN_KEY_UP && !utf8_is_control(key) &&
		   line->n + 4 <= SCREEN_MAX_TYPED) {
		utf8_add(line, key);
	}
	return false;
}

/* The next column that can be sorted by. */
static enum screen_column view_next_sort(enum screen_column sort, int step)
{
	do
		sort = (enum screen_column)(((int)sort + SCREEN_COLUMNS + step) % SCREEN_COLUMNS);
	while (sort == SCREEN_COURSE_BARS || sort == SCREEN_PERCENT);
	return sort;
}

static void view_sort(struct screen_view *view, enum screen_column sort, bool reverse)
{
	view->sort = sort;
	view->reverse = reverse;
	view->stale = true;
}

static void view_switch(struct screen_view *view, enum screen_by by)
{
	view->stale = true;
	view->by = by;
	view->chosen = 0;
	view->place = 0;
	view->first = 0;
}

static void view_explain(struct screen_view *view)
{
	unsigned count;
	const struct screen_message *message;

	if (view->order.listed == 0)
		return;
	if (view->what == SCREEN_LIST)
		view->message_place = 0;
	if (view->what == SCREEN_LIST)
		view->message = 0;
	message = screen_chosen_message(view, &count);
	screen_explain(view, message);
}

static void view_show_messages(struct screen_view *view)
{
	if (view->order.listed == 0)
		return;
	view->what = SCREEN_MESSAGES;
	view->message_place = 0;
	view->message = 0;
}

static enum screen_action view_list_key(struct screen_view *view, uint32_t key)
{
	if (view_move(key, &view->place, view->order.listed, view->rows)) {
		if (view->order.listed > 0)
			view->chosen = view->order.order[view->place];
		return SCREEN_NOTHING;
	}
	if (key >= '1' && key < '1' + SCREEN_BYS)
		view_switch(view, (enum screen_by)(key - '1'));
	switch (key) {
	case 'q':
		return SCREEN_QUIT;
	case 'w':
		return SCREEN_SAVE;
	case 'L':
		return SCREEN_LOCK;
	case 's':
	case '>':
		view_sort(view, view_next_sort(view->sort, 1), view->reverse);
		break;
	case 'S':
	case '<':
		view_sort(view, view_next_sort(view->sort, -1), view->reverse);
		break;
	case 'r':
		view_sort(view, view->sort, !view->reverse);
		break;
	case 'g':
		view_switch(view, (view->by + 1) % SCREEN_BYS);
		break;
	case '/':
		view->typing = true;
		break;
	case SCREEN_KEY_ESCAPE:
		buf_clear(&view->filter);
		view->stale = true;
		break;
	case SCREEN_KEY_ENTER:
		view_show_messages(view);
		break;
	case 'e':
		view_explain(view);
		break;
	default:
		break;
	}
	return SCREEN_NOTHING;
}

static bool view_is_back(uint32_t key)
{
	return key == 'q' || key == SCREEN_KEY_ESCAPE || key == SCREEN_KEY_BACKSPACE;
}

static enum screen_action view_messages_key(struct screen_view *view, uint32_t key)
{
	const struct screen_message *message;
	uint32_t place;
	unsigned count;

	screen_chosen_message(view, &count);
	place = view->message_place;
	if (view_move(key, &place, count, view->rows)) {
		view->message_place = place;
		view->message = 0;
		message = screen_chosen_message(view, &count);
		view->message = message != NULL ? screen_message_number(message) : 0;
	} else if (view_is_back(key) || key == SCREEN_KEY_ENTER) {
		view->what = SCREEN_LIST;
	} else if (key == 'e') {
		view_explain(view);
	} else if (key == 'L') {
		return SCREEN_LOCK;
	}
	return SCREEN_NOTHING;
}

static enum screen_action view_answer_key(struct screen_view *view, uint32_t key)
{
	bool yes;

	if (!view_type(&view->answer, key))
		return SCREEN_NOTHING;
	yes = key == SCREEN_KEY_ENTER && span_eq(buf_span(&view->answer), SPAN("yes"));
	view->asking = false;
	view->what = view->below;
	if (!yes)
		screen_view_note(view, SPAN("nothing was locked"));
	return yes ? SCREEN_RUN_LOCK : SCREEN_NOTHING;
}

static enum screen_action view_text_key(struct screen_view *view, uint32_t key)
{
	uint32_t scroll = view->scroll;
	uint32_t room = view->lines > view->rows ? view->lines - view->rows + 1 : 1;

	if (view->asking && key != SCREEN_KEY_UP && key != SCREEN_KEY_DOWN)
		return view_answer_key(view, key);
	if (view_move(key == ' ' ? SCREEN_KEY_PAGE_DOWN : key, &scroll, room, view->rows))
		view->scroll = scroll;
	else if (view_is_back(key) || key == SCREEN_KEY_ENTER || key == 'e' || key == '?')
		view->what = view->below;
	return SCREEN_NOTHING;
}

enum screen_action screen_view_key(struct screen_view *view, uint32_t key)
{
	buf_clear(&view->note);
	if (view->what == SCREEN_LIST && view->typing) {
		view->stale = true;
		if (view_type(&view->filter, key)) {
			view->typing = false;
			if (key == SCREEN_KEY_ESCAPE)
				buf_clear(&view->filter);
		}
		return SCREEN_NOTHING;
	}
	if (key == '?' && view->what != SCREEN_TEXT) {
		screen_view_ask(view, "Keys", span_of(screen_help), false);
		return SCREEN_NOTHING;
	}
	switch (view->what) {
	case SCREEN_MESSAGES:
		return view_messages_key(view, key);
	case SCREEN_TEXT:
		return view_text_key(view, key);
	default:
		return view_list_key(view, key);
	}
}

void screen_view_draw(struct screen_view *view, struct screen_canvas *canvas)
{
	switch (view->what) {
	case SCREEN_MESSAGES:
		screen_draw_messages(view, canvas);
		break;
	case SCREEN_TEXT:
		screen_draw_text(view, canvas);
		break;
	default:
		screen_draw_list(view, canvas);
	}
}
