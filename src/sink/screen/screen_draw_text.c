/* The latest messages of a group, and texts. */
#include <inttypes.h>

#include "group/group_column.h"
#include "sink/screen/screen_part.h"
#include "text/table_cell.h"

/* Lines about the message that is chosen. */
#define MESSAGES_DETAIL 7

/* Columns of a message's time, and of its sender and recipient. */
#define MESSAGES_TIME 11
#define MESSAGES_WHO  24

const char screen_help[] =
    "Up Down PgUp PgDn Home End, j k   move\n"
    "Enter      the latest messages of the chosen line, with evidence and notes\n"
    "e          explain the newest of them, or the chosen one: what was found where\n"
    "/          filter as you type: name, top script, last subject; Esc shows all\n"
    "s S, > <   sort by the next column, or by the one before\n"
    "r          the other way round\n"
    "g          group by the next: identity, PHP script, source IP, sender domain\n"
    "1 2 3 4    group by one of these\n"
    "w          write what is listed to a CSV file in the working directory\n"
    "L          the command that locks the chosen identity; yes runs it\n"
    "q Esc      back; in the list, q quits\n"
    "\n"
    "1min, 5min and 15min are messages a minute in that time before now, or before\n"
    "the end of a period that is over. Course is the last hour, or the period, from\n"
    "left to right; a full bar is the highest one, or 8 messages. [server] and\n"
    "[system] mean that many customers may be behind the name. ~ is an estimate.\n";

/* --- Messages --- */

const struct screen_message *screen_chosen_message(struct screen_view *view, unsigned *count_r)
{
	const struct screen_message *message = NULL;
	const struct screen_message *found = NULL;
	unsigned count = 0;

	if (view->chosen < grouping_count(screen_model_grouping(view->model, view->by)))
		message = screen_model_latest(view->model, view->by, view->chosen);
	for (; message != NULL; message = screen_message_next(message, view->by)) {
		bool is_it = view->message != 0 ? screen_message_number(message) == view->message
						: count == view->message_place;

		if (is_it) {
			found = message;
			view->message_place = count;
		}
		count++;
	}
	*count_r = count;
	if (found != NULL || count == 0)
		return found;
	/* It is forgotten: the oldest that is kept comes next to it. */
	view->message = 0;
	view->message_place = count - 1;
	return screen_chosen_message(view, count_r);
}

static void messages_draw_title(
    const struct screen_view *view, struct screen_canvas *canvas, unsigned count)
{
	const struct screen_place place = {.width = SCREEN_MAX_WIDTH, .look = SCREEN_BAR};
	struct group_row row;
	struct buf text;

	screen_fill(canvas, 0, SCREEN_BAR);
	if (!screen_view_chosen(view, &row))
		return;
	buf_init(&text, 0);
	buf_printf(&text, " The latest %u of %" PRIu64 " messages of ", count, row.count);
	if (row.key[0].n > 0)
		buf_add(&text, row.key[0]);
	else
		buf_add(&text,
		    group_no_value(
			grouping_key(screen_model_grouping(view->model, view->by))->column[0]));
	screen_put(canvas, &place, buf_span(&text));
	buf_fini(&text);
}

static void messages_draw_row(
    struct screen_canvas *canvas, unsigned y, const struct screen_message *message, bool chosen)
{
	struct screen_place place = {
	    .y = y, .x = 1, .width = MESSAGES_TIME, .look = chosen ? SCREEN_BAR : SCREEN_PLAIN};
	const struct screen_place mark = {.y = y, .width = 1, .look = SCREEN_BAR};
	struct buf time;

	if (chosen) {
		screen_fill(canvas, y, SCREEN_BAR);
		screen_put(canvas, &mark, SPAN(">"));
	}
	buf_init(&time, 0);
	screen_add_time(&time, screen_message_time(message));
	screen_put(canvas, &place, buf_span(&time));
	buf_fini(&time);
	place.x += MESSAGES_TIME + 1;
	place.width = MESSAGES_WHO;
	for (unsigned i = 0; i < 2 && canvas->width > 3 * MESSAGES_WHO; i++) {
		screen_put(canvas, &place,
		    screen_message_value(message, i == 0 ? SCREEN_FROM : SCREEN_TO));
		place.x += MESSAGES_WHO + 1;
	}
	place.width = SCREEN_MAX_WIDTH;
	screen_put(canvas, &place, screen_message_subject(message));
}

static void messages_draw_titles(struct screen_canvas *canvas, unsigned y)
{
	static const char *const titles[] = {"Time", "From", "To"};
	struct screen_place place = {.y = y, .x = 1, .width = SCREEN_MAX_WIDTH, .look = SCREEN_BAR};

	screen_fill(canvas, y, SCREEN_BAR);
	for (unsigned i = 0; i < 3; i++) {
		if (i > 0 && canvas->width <= 3 * MESSAGES_WHO)
			break;
		screen_put(canvas, &place, span_of(titles[i]));
		place.x += (i == 0 ? MESSAGES_TIME : MESSAGES_WHO) + 1u;
	}
	screen_put(canvas, &place, SPAN("Subject"));
}

/* What is known of a message, a line each. */
static const struct {
	const char *words;
	enum screen_value value;
} messages_facts[] = {
    {"Identity:", SCREEN_IDENTITY},
    {"Evidence:", SCREEN_EVIDENCE},
    {"Notes:", SCREEN_NOTES},
    {"PHP script:", SCREEN_SCRIPT},
    {"Source IP:", SCREEN_SOURCE_IP},
    {"Login IP:", SCREEN_LOGIN_IP},
    {"Class:", SCREEN_CLASS},
    {"Folder:", SCREEN_PLACE},
    {"Message-ID:", SCREEN_MESSAGE_ID},
};

#define MESSAGES_FACTS (sizeof(messages_facts) / sizeof(messages_facts[0]))

/* Those that have a value, as far as there is room. */
static void messages_draw_detail(
    struct screen_canvas *canvas, unsigned y, const struct screen_message *message)
{
	unsigned end = y + MESSAGES_DETAIL;

	if (!screen_message_is_whole(message)) {
		const struct screen_place place = {.y = y, .x = 1, .width = SCREEN_MAX_WIDTH};

		screen_put(canvas, &place, SPAN("more of it is not kept: newer messages came"));
		return;
	}
	for (size_t i = 0; i < MESSAGES_FACTS && y < end; i++) {
		struct span value = screen_message_value(message, messages_facts[i].value);
		struct screen_place place = {
		    .y = y, .x = 1, .width = SCREEN_MAX_WIDTH, .look = SCREEN_FAINT};

		if (value.n == 0)
			continue;
		place.x += screen_put(canvas, &place, span_of(messages_facts[i].words)) + 1;
		place.look = SCREEN_PLAIN;
		screen_put(canvas, &place, value);
		y++;
	}
}

void screen_draw_messages(struct screen_view *view, struct screen_canvas *canvas)
{
	unsigned count = 0;
	const struct screen_message *chosen = screen_chosen_message(view, &count);
	const struct screen_message *message =
	    chosen != NULL ? screen_model_latest(view->model, view->by, view->chosen) : NULL;
	bool detail = canvas->height >= 2 * MESSAGES_DETAIL + 3;
	unsigned used = detail ? MESSAGES_DETAIL + 3 : 3;
	unsigned first;

	view->rows = canvas->height > used ? canvas->height - used : 1;
	first = view->message_place < view->rows ? 0 : view->message_place - view->rows + 1;
	messages_draw_title(view, canvas, count);
	messages_draw_titles(canvas, 1);
	for (unsigned i = 0; message != NULL && i < first + view->rows; i++) {
		if (i >= first)
			messages_draw_row(canvas, 2 + i - first, message, message == chosen);
		message = screen_message_next(message, view->by);
	}
	if (chosen == NULL)
		screen_put(canvas,
		    &(const struct screen_place){.y = 2, .x = 1, .width = canvas->width},
		    SPAN("none is kept: newer messages of others came"));
	else if (detail)
		messages_draw_detail(canvas, 2 + view->rows, chosen);
	screen_draw_bottom(view, canvas, "e explain  L lock  Esc back to the list  ? help");
}

/* --- Texts --- */

/* A value on one line, since line feeds of the text are ours. */
static void text_add_fact(struct buf *out, const char *words, struct span value)
{
	if (value.n == 0)
		return;
	buf_printf(out, "%s ", words);
	table_cell_add(out, value, false);
	buf_add_char(out, '\n');
}

void screen_explain(struct screen_view *view, const struct screen_message *message)
{
	struct span explanation = SPAN_EMPTY;
	struct buf text;

	buf_init(&text, 0);
	if (message != NULL) {
		buf_add_text(&text, "Time: ");
		screen_add_time(&text, screen_message_time(message));
		buf_add_char(&text, '\n');
		text_add_fact(&text, "From:", screen_message_value(message, SCREEN_FROM));
		text_add_fact(&text, "To:", screen_message_value(message, SCREEN_TO));
		text_add_fact(&text, "Subject:", screen_message_subject(message));
		for (size_t i = 0; i < MESSAGES_FACTS; i++)
			text_add_fact(&text, messages_facts[i].words,
			    screen_message_value(message, messages_facts[i].value));
		explanation = screen_message_value(message, SCREEN_EXPLANATION);
		buf_add_char(&text, '\n');
	}
	if (explanation.n > 0)
		buf_add(&text, explanation);
	else if (message == NULL || !screen_message_is_whole(message))
		buf_add_text(&text, "More of it is not kept: newer messages came.\n");
	else
		buf_add_text(&text, "There is nothing to explain: the source has no header "
				    "fields, only what they were found to say.\n");
	screen_view_ask(view, "The message, and why it says what it says", buf_span(&text), false);
	buf_fini(&text);
}

/* The text as the screen shows it: harmless, line feeds aside. */
static void text_add_harmless(struct buf *out, struct span text, bool ascii_only)
{
	while (text.n > 0) {
		size_t end = span_find(text, '\n');

		table_cell_add(out, span_head(text, end), ascii_only);
		buf_add_char(out, '\n');
		text = end == SPAN_NPOS ? SPAN_EMPTY : span_from(text, end + 1);
	}
}

static void text_draw_lines(
    struct screen_view *view, struct screen_canvas *canvas, struct span text)
{
	unsigned width = canvas->width > 2 ? canvas->width - 2 : 1;
	struct span line;

	view->lines = 0;
	while (screen_fold(&text, width, &line)) {
		const struct screen_place place = {
		    .y = 1 + view->lines - view->scroll, .x = 1, .width = width};

		if (view->lines >= view->scroll && view->lines < view->scroll + view->rows)
			screen_put(canvas, &place, line);
		view->lines++;
	}
}

void screen_draw_text(struct screen_view *view, struct screen_canvas *canvas)
{
	const struct screen_place title = {.x = 1, .width = SCREEN_MAX_WIDTH, .look = SCREEN_BAR};
	struct screen_place place = {
	    .y = canvas->height - 1, .width = SCREEN_MAX_WIDTH, .look = SCREEN_STRONG};
	struct buf text;

	buf_init(&text, 0);
	text_add_harmless(&text, buf_span(&view->text), canvas->ascii_only);
	view->rows = canvas->height > 2 ? canvas->height - 2 : 1;
	screen_fill(canvas, 0, SCREEN_BAR);
	screen_put(canvas, &title, buf_span(&view->title));
	text_draw_lines(view, canvas, buf_span(&text));
	if (view->asking) {
		place.x = screen_put(
		    canvas, &place, SPAN("Type yes and Enter to run it, Esc to go back: "));
		place.x += screen_put(canvas, &place, buf_span(&view->answer));
		place.look = SCREEN_BAR;
		screen_put(canvas, &place, SPAN(" "));
	} else {
		screen_draw_bottom(view, canvas,
		    view->lines > view->rows ? "Down, Space: more  Esc back" : "Esc back");
	}
	buf_fini(&text);
}
