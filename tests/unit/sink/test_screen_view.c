/* The model, what is shown of it, and what keys do, without a terminal. */
#include "tests/unit/table.h"

#include <stdlib.h>

#include "calendar/period.h"
#include "sink/screen/screen_part.h"
#include "sink/screen/screen_view.h"
#include "text/table_cell.h"

#define NOW ((time_t)1770722100) /* 2026-02-10 11:15:00 UTC */

struct fixture {
	struct group_set *groups;
	struct screen_model *model;
	struct screen_view view;
	struct screen_canvas canvas;
	uint64_t number;
	struct buf line;
};

static void setup(struct fixture *fixture, struct screen_scale scale)
{
	struct err err = ERR_INIT;

	assert_int_equal(period_set_zone("UTC", &err), 0);
	*fixture = (struct fixture){0};
	fixture->groups = group_set_new(&err);
	assert_non_null(fixture->groups);
	fixture->model = screen_model_new(fixture->groups, scale, NOW, &err);
	assert_non_null(fixture->model);
	screen_view_init(&fixture->view, fixture->model);
	fixture->view.now = fixture->view.at = NOW;
	buf_add_text(&fixture->view.period, "today");
	buf_add_text(&fixture->view.servers, "mail.example: Caught 7, followed");
	screen_canvas_init(&fixture->canvas, false);
	buf_init(&fixture->line, 0);
}

static void teardown(struct fixture *fixture)
{
	screen_view_fini(&fixture->view);
	screen_canvas_fini(&fixture->canvas);
	screen_model_free(fixture->model);
	group_set_free(fixture->groups);
	buf_fini(&fixture->line);
}

struct message {
	const char *identity;
	const char *script;
	const char *subject;
	time_t ago; /* before NOW; -1: undated */
	const char *kind;
};

static void add(struct fixture *fixture, const struct message *message)
{
	struct record record = {.number = ++fixture->number, .internal_date = NOW - message->ago};
	struct err err = ERR_INIT;

	record.value[COLUMN_IDENTITY] = span_of(message->identity);
	record.value[COLUMN_PHP_SCRIPT] = span_of(message->script);
	record.value[COLUMN_SUBJECT] = span_of(message->subject);
	record.value[COLUMN_IDENTITY_KIND] =
	    span_of(message->kind != NULL ? message->kind : "account");
	record.value[COLUMN_SOURCE_IP] = SPAN("192.0.2.1");
	record.value[COLUMN_SENDER_DOMAIN] = SPAN("example.com");
	record.value[COLUMN_TO] = SPAN("x@example.net");
	if (message->ago != -1)
		record.value[COLUMN_DATE] = SPAN("some time");
	assert_int_equal(group_set_add(fixture->groups, &record, &err), 0);
	assert_int_equal(sink_record(screen_model_sink(fixture->model), &record, &err), 0);
}

static const struct message messages[] = {
    {"carol@example.com", "", "old", 7200, NULL},
    {"alice@example.com", "www.example.com/a.php", "one", 600, NULL},
    {"alice@example.com", "www.example.com/a.php", "two", 200, NULL},
    {"alice@example.com", "www.example.com/a.php", "three", 20, NULL},
    {"bob@example.com", "", "hello", 10, NULL},
    {"bob@example.com", "", "hello", 5, NULL},
    {"192.0.2.1", "", "no date", -1, "server"},
};

static void fill(struct fixture *fixture)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < TABLE_COUNT(messages); i++)
		add(fixture, &messages[i]);
	assert_int_equal(screen_view_refresh(&fixture->view, &err), 0);
}

static enum screen_action key(struct fixture *fixture, uint32_t what)
{
	struct err err = ERR_INIT;
	enum screen_action action = screen_view_key(&fixture->view, what);

	if (fixture->view.stale)
		assert_int_equal(screen_view_refresh(&fixture->view, &err), 0);
	return action;
}

static void type(struct fixture *fixture, const char *text)
{
	for (; *text != '\0'; text++)
		assert_int_equal(key(fixture, (unsigned char)*text), SCREEN_NOTHING);
}

/* Draws, and sees to it that each piece is in its place, and none over another. */
static void draw(struct fixture *fixture, unsigned width, unsigned height)
{
	const struct screen_canvas *canvas = &fixture->canvas;

	screen_canvas_clear(&fixture->canvas, width, height);
	screen_view_draw(&fixture->view, &fixture->canvas);
	assert_int_equal(canvas->failed, 0);
	for (size_t i = 0; i < canvas->count; i++) {
		const struct screen_piece *piece = &canvas->piece[i];
		struct span text = {canvas->text.p + piece->start, piece->n};

		assert_true(piece->y < height);
		assert_true(piece->x + table_cell_width(text) <= width);
		for (size_t k = 0; k < text.n; k++)
			assert_true((unsigned char)text.p[k] >= ' ' && text.p[k] != 0x7F);
	}
}

/* A line as a reader sees it. */
static struct span line(struct fixture *fixture, unsigned y)
{
	const struct screen_canvas *canvas = &fixture->canvas;
	unsigned x = 0;

	buf_clear(&fixture->line);
	for (size_t i = 0; i < canvas->count; i++) {
		const struct screen_piece *piece = &canvas->piece[i];
		struct span text = {canvas->text.p + piece->start, piece->n};

		if (piece->y != y || span_trim(text).n == 0)
			continue;
		for (; x < piece->x; x++)
			buf_add_char(&fixture->line, ' ');
		buf_add(&fixture->line, text);
		x += table_cell_width(text);
	}
	while (fixture->line.n > 0 && fixture->line.p[fixture->line.n - 1] == ' ')
		fixture->line.n--;
	return buf_span(&fixture->line);
}

static void assert_line(struct fixture *fixture, unsigned y, const char *want)
{
	assert_span_text(line(fixture, y), want, "line");
}

static void assert_has(struct fixture *fixture, unsigned y, const char *want)
{
	struct span text = line(fixture, y);

	if (span_find_text(text, span_of(want)) == SPAN_NPOS)
		fail_msg("line %u: no \"%s\" in \"%.*s\"", y, want, (int)text.n, text.p);
}

static void test_list(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, screen_scale_sliding());
	fill(&fixture);
	draw(&fixture, 80, 24);
	assert_line(&fixture, 0, " By Identity, today: 7 messages of 4");
	assert_has(&fixture, 1, " 3 a minute now, 5 in 15  ");
	assert_has(&fixture, 2, " mail.example: Caught 7, followed");
	assert_has(&fixture, 2, "11:15:00");
	assert_line(&fixture, 3, "  ↓Count     %  1min  5min 15min Course     Identity");
	assert_has(&fixture, 4, ">      3  42.9     1   0.4   0.2 ");
	assert_has(&fixture, 4, "alice@example.com");
	assert_has(&fixture, 5, "       2  28.6     2   0.4   0.1 ");
	assert_has(&fixture, 6, "       1  14.3     0     0     0 ");
	assert_has(&fixture, 6, "carol@example.com");
	assert_has(&fixture, 7, "192.0.2.1 [server]");
	assert_has(&fixture, 20, " chosen: alice@example.com  1 rcpts, 1 IPs, since 02-10 11:05");
	assert_line(&fixture, 21, " script: www.example.com/a.php");
	assert_line(&fixture, 22, " subject: three");
	draw(&fixture, 160, 40);
	assert_has(&fixture, 3, "Top script");
	assert_has(&fixture, 3, "Last subject");
	assert_has(&fixture, 3, "First seen");
	assert_has(&fixture, 4, "www.example.com/a.php");
	assert_has(&fixture, 4, "02-10 11:05");
	teardown(&fixture);
}

/* Whatever the size, nothing is outside. */
static void test_sizes(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, screen_scale_sliding());
	fill(&fixture);
	for (unsigned width = 1; width < 200; width += width < 30 ? 1 : 7)
		for (unsigned height = 1; height < 60; height += height < 20 ? 1 : 9) {
			draw(&fixture, width, height);
			if (width > 10)
				assert_true(
				    line(&fixture, height > 4 ? height > 7 ? 3 : 2 : 0).n > 0);
			key(&fixture, SCREEN_KEY_ENTER);
			draw(&fixture, width, height);
			key(&fixture, 'e');
			draw(&fixture, width, height);
			key(&fixture, 'q');
			key(&fixture, 'q');
			key(&fixture, '?');
			draw(&fixture, width, height);
			key(&fixture, 'q');
		}
	screen_canvas_clear(&fixture.canvas, 10000, 10000);
	assert_int_equal(fixture.canvas.width, SCREEN_MAX_WIDTH);
	teardown(&fixture);
}

/* The first name of the list, by each column, and the other way round. */
static void test_sort(void **state)
{
	static const struct {
		enum screen_column sort;
		const char *first;
		const char *reversed;
	} rows[] = {
	    {SCREEN_RATE_1, "bob", "carol"},
	    {SCREEN_RATE_5, "alice", "carol"},
	    {SCREEN_RATE_15, "alice", "carol"},
	    {SCREEN_KEY, "192.0.2.1", "carol"},
	    {SCREEN_RECIPIENTS, "alice", "alice"},
	    {SCREEN_IPS, "alice", "alice"},
	    {SCREEN_TOP_SCRIPT, "alice", "bob"},
	    {SCREEN_LAST_SUBJECT, "bob", "alice"},
	    {SCREEN_FIRST_SEEN, "bob", "192.0.2.1"},
	    {SCREEN_COUNT, "alice", "carol"},
	};
	struct fixture fixture;

	(void)state;
	setup(&fixture, screen_scale_sliding());
	fill(&fixture);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_row row;
		struct group_view view;

		key(&fixture, 's');
		assert_int_equal(fixture.view.sort, rows[i].sort);
		view = screen_view_rows(&fixture.view);
		assert_int_equal(view.rows, 4);
		group_view_row(&view, 0, &row);
		assert_row(span_starts_nocase(row.key[0], span_of(rows[i].first)), rows[i].first);
		key(&fixture, 'r');
		view = screen_view_rows(&fixture.view);
		group_view_row(&view, 0, &row);
		/* Of equal ones the first is that with more messages. */
		assert_row(
		    span_starts_nocase(row.key[0], span_of(rows[i].reversed)), rows[i].reversed);
		key(&fixture, 'r');
	}
	key(&fixture, 'S');
	assert_int_equal(fixture.view.sort, SCREEN_FIRST_SEEN);
	teardown(&fixture);
}

static void test_filter(void **state)
{
	static const struct {
		const char *filter;
		unsigned listed;
		uint64_t messages;
	} rows[] = {
	    {"", 4, 7},
	    {"EXAMPLE.com", 3, 6},
	    {"a.php", 1, 3},
	    {"hello", 1, 2},
	    {"one", 0, 0}, /* only the last subject counts */
	    {"192", 1, 1},
	    {"zzz", 0, 0},
	};
	struct fixture fixture;

	(void)state;
	setup(&fixture, screen_scale_sliding());
	fill(&fixture);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct group_view view;
		struct group_row others;

		key(&fixture, '/');
		type(&fixture, rows[i].filter);
		draw(&fixture, 80, 24);
		assert_has(&fixture, 23, "filter: ");
		key(&fixture, SCREEN_KEY_ENTER);
		assert_int_equal(fixture.view.order.listed, rows[i].listed);
		assert_int_equal(fixture.view.order.messages, rows[i].messages);
		view = screen_view_rows(&fixture.view);
		group_view_row(&view, view.shown, &others);
		/* Sums hold. */
		if (view.rows > view.shown)
			assert_int_equal(others.count + rows[i].messages, 7);
		draw(&fixture, 80, 24);
		key(&fixture, SCREEN_KEY_ESCAPE);
		assert_int_equal(fixture.view.order.listed, 4);
	}
	/* Typed and taken back, characters of several bytes at once. */
	key(&fixture, '/');
	key(&fixture, 0x6F22);
	key(&fixture, SCREEN_KEY_BACKSPACE);
	key(&fixture, SCREEN_KEY_BACKSPACE);
	key(&fixture, 0x1B + 0x80);
	assert_int_equal(fixture.view.filter.n, 0);
	for (unsigned i = 0; i < 1000; i++)
		key(&fixture, 0x1F600);
	assert_in_range(fixture.view.filter.n, 1, SCREEN_MAX_TYPED);
	assert_int_equal(fixture.view.filter.failed, 0);
	draw(&fixture, 80, 24);
	teardown(&fixture);
}

/* The chosen group stays chosen while others pass it; at the top the top is chosen. */
static void test_chosen(void **state)
{
	struct fixture fixture;
	struct group_row row;
	struct err err = ERR_INIT;

	(void)state;
	setup(&fixture, screen_scale_sliding());
	fill(&fixture);
	for (unsigned i = 0; i < 3; i++)
		add(&fixture, &(const struct message){"carol@example.com", "", "new", 1, NULL});
	assert_int_equal(screen_view_refresh(&fixture.view, &err), 0);
	assert_true(screen_view_chosen(&fixture.view, &row));
	assert_span_text(row.key[0], "carol@example.com", "top");
	key(&fixture, 'j');
	for (unsigned i = 0; i < 5; i++)
		add(&fixture, &(const struct message){"dave@example.com", "", "new", 1, NULL});
	assert_int_equal(screen_view_refresh(&fixture.view, &err), 0);
	assert_true(screen_view_chosen(&fixture.view, &row));
	assert_span_text(row.key[0], "alice@example.com", "chosen");
	assert_int_equal(fixture.view.place, 2);
	key(&fixture, SCREEN_KEY_END);
	assert_int_equal(fixture.view.place, 4);
	key(&fixture, SCREEN_KEY_PAGE_UP);
	key(&fixture, SCREEN_KEY_HOME);
	key(&fixture, SCREEN_KEY_UP);
	assert_int_equal(fixture.view.place, 0);
	teardown(&fixture);
}

static void test_messages(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, screen_scale_sliding());
	fill(&fixture);
	key(&fixture, SCREEN_KEY_ENTER);
	draw(&fixture, 80, 24);
	assert_line(&fixture, 0, " The latest 3 of 3 messages of alice@example.com");
	assert_has(&fixture, 2, ">02-10 11:14");
	assert_has(&fixture, 2, "three");
	assert_has(&fixture, 4, "one");
	key(&fixture, 'j');
	/* One comes in front of it. */
	add(&fixture, &(const struct message){"alice@example.com", "", "four \x1b[2J", 0, NULL});
	draw(&fixture, 80, 24);
	assert_has(&fixture, 2, "four <U+001B>[2J");
	assert_has(&fixture, 4, ">02-10 11:11");
	key(&fixture, 'e');
	draw(&fixture, 80, 24);
	assert_has(&fixture, 3, "Subject: two");
	key(&fixture, SCREEN_KEY_ESCAPE);
	draw(&fixture, 80, 24);
	assert_has(&fixture, 4, ">");
	key(&fixture, 'q');
	assert_int_equal(fixture.view.what, SCREEN_LIST);
	teardown(&fixture);
}

static void test_actions(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, screen_scale_sliding());
	/* Nothing there yet: no key does harm. */
	for (uint32_t i = 1; i < 256; i++) {
		key(&fixture, i);
		draw(&fixture, 80, 24);
		key(&fixture, SCREEN_KEY_ESCAPE);
	}
	fill(&fixture);
	key(&fixture, '1');
	assert_int_equal(key(&fixture, 'q'), SCREEN_QUIT);
	assert_int_equal(key(&fixture, 'w'), SCREEN_SAVE);
	assert_int_equal(key(&fixture, 'L'), SCREEN_LOCK);
	assert_int_equal(key(&fixture, SCREEN_KEY_OTHER), SCREEN_NOTHING);
	/* Only the word yes, typed while it is asked for. */
	static const struct {
		const char *answer;
		uint32_t end;
		enum screen_action want;
	} rows[] = {
	    {"yes", SCREEN_KEY_ENTER, SCREEN_RUN_LOCK},
	    {"", SCREEN_KEY_ENTER, SCREEN_NOTHING},
	    {"y", SCREEN_KEY_ENTER, SCREEN_NOTHING},
	    {"yes ", SCREEN_KEY_ENTER, SCREEN_NOTHING},
	    {"no", SCREEN_KEY_ENTER, SCREEN_NOTHING},
	    {"yes", SCREEN_KEY_ESCAPE, SCREEN_NOTHING},
	};
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		screen_view_ask(&fixture.view, "Lock", SPAN("who\n"), true);
		type(&fixture, rows[i].answer);
		draw(&fixture, 80, 24);
		assert_row(key(&fixture, rows[i].end) == rows[i].want, rows[i].answer);
		assert_int_equal(fixture.view.what, SCREEN_LIST);
	}
	screen_view_ask(&fixture.view, "Lock", SPAN("who\n"), false);
	type(&fixture, "yes");
	assert_int_equal(key(&fixture, SCREEN_KEY_ENTER), SCREEN_NOTHING);
	teardown(&fixture);
}

/* A text is folded, and can be read to its end. */
static void test_text(void **state)
{
	struct fixture fixture;
	struct buf text;

	(void)state;
	setup(&fixture, screen_scale_sliding());
	buf_init(&text, 0);
	for (unsigned i = 0; i < 100; i++)
		buf_printf(&text, "line %u \xE6\xBC\xA2\xE6\xBC\xA2 and words behind it\n", i);
	screen_view_ask(&fixture.view, "Title", buf_span(&text), false);
	draw(&fixture, 20, 10);
	assert_line(&fixture, 0, " Title");
	assert_line(&fixture, 1, " line 0 漢漢 and");
	assert_line(&fixture, 2, " words behind it");
	key(&fixture, SCREEN_KEY_END);
	draw(&fixture, 20, 10);
	assert_line(&fixture, 7, " line 99 漢漢 and");
	assert_line(&fixture, 8, " words behind it");
	key(&fixture, SCREEN_KEY_DOWN);
	draw(&fixture, 20, 10);
	assert_line(&fixture, 8, " words behind it");
	for (unsigned i = 0; i < 300; i++)
		key(&fixture, SCREEN_KEY_UP);
	draw(&fixture, 20, 10);
	assert_line(&fixture, 1, " line 0 漢漢 and");
	buf_fini(&text);
	teardown(&fixture);
}

/* What says that it is of the future has no time. */
static void test_future(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, screen_scale_sliding());
	add(&fixture,
	    &(const struct message){"alice@example.com", "", "x", -SCREEN_AHEAD - 1, NULL});
	assert_int_equal(screen_model_newest(fixture.model), 0);
	assert_int_equal(screen_model_late(fixture.model, NOW, 15), 0);
	screen_model_set_now(fixture.model, NOW + 1);
	teardown(&fixture);
}

/* Parts of a path that is too long. */
static void test_cut(void **state)
{
	static const struct {
		enum screen_cut cut;
		unsigned width;
		const char *want;
	} rows[] = {
	    {SCREEN_CUT_END, 12, "www.example…"},
	    {SCREEN_CUT_START, 12, "…/c/send.php"},
	    {SCREEN_CUT_PATH, 30, "www.example.com/…/b/c/send.php"},
	    {SCREEN_CUT_PATH, 20, "…/a/b/c/send.php"},
	    {SCREEN_CUT_PATH, 1, "w"},
	    {SCREEN_CUT_PATH, 60, "www.example.com/long-folder/a/b/c/send.php"},
	};
	struct screen_canvas canvas;

	(void)state;
	screen_canvas_init(&canvas, false);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct screen_place place = {.width = rows[i].width, .cut = rows[i].cut};

		screen_canvas_clear(&canvas, 80, 1);
		screen_put(&canvas, &place, SPAN("www.example.com/long-folder/a/b/c/send.php"));
		assert_span_text(buf_span(&canvas.text), rows[i].want, rows[i].want);
	}
	screen_canvas_fini(&canvas);
}

static void test_bars(void **state)
{
	static const uint32_t counts[] = {0, 1, 4, 8, 16, 32, 64, 128};
	struct screen_canvas canvas;
	const struct screen_place place = {.width = 8};
	struct screen_bars bars = {counts, 8, 8, false};

	(void)state;
	screen_canvas_init(&canvas, false);
	screen_canvas_clear(&canvas, 80, 1);
	screen_put_bars(&canvas, &place, &bars);
	assert_span_text(buf_span(&canvas.text), " ▁▁▁▁▂▄█", "blocks");
	screen_canvas_clear(&canvas, 80, 1);
	bars = (struct screen_bars){counts, 4, 2, true};
	screen_put_bars(&canvas, &place, &bars);
	assert_span_text(buf_span(&canvas.text), ".@", "few, as letters");
	screen_canvas_fini(&canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_list),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_sort),
	    cmocka_unit_test(test_filter),
	    cmocka_unit_test(test_chosen),
	    cmocka_unit_test(test_messages),
	    cmocka_unit_test(test_actions),
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_future),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_bars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
