/* A file that others go on writing to. */
#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input/input_tail.h"
#include "tests/unit/folder.h"

static void put(const char *name, const char *mode, struct span text)
{
	FILE *file = fopen(name, mode);

	assert_non_null(file);
	assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	assert_int_equal(fclose(file), 0);
}

/* All lines that there are by now, each with a "|" behind it, or "~" when it has no end. */
static void assert_lines(struct tail *tail, const char *want, int end, const char *why)
{
	struct err err = ERR_INIT;
	struct input_line line;
	struct buf text;
	int got;

	buf_init(&text, 0);
	tail_look(tail);
	while ((got = tail_next(tail, &line, &err)) == 1) {
		buf_add(&text, line.text);
		buf_add_text(&text, line.has_end ? "|" : "~");
	}
	assert_row(got == end, why);
	assert_span_text(buf_span(&text), want, why);
	buf_fini(&text);
}

static struct tail *open_tail(const char *path)
{
	struct err err = ERR_INIT;
	struct tail *tail = tail_open(path, &err);

	if (tail == NULL)
		fail_msg("%s", err.text);
	return tail;
}

static void test_grows(void **state)
{
	struct tail *tail;

	(void)state;
	put("log", "w", SPAN("one\ntwo\r\nthr"));
	tail = open_tail("log");
	assert_lines(tail, "one|two|", 0, "what was there, but no half line");
	assert_lines(tail, "", 0, "nothing new");
	assert_int_equal(tail_look(tail), 0);
	put("log", "a", SPAN("ee\n\nfour\n"));
	assert_int_equal(tail_look(tail), 1);
	assert_lines(tail, "three||four|", 0, "the line is whole");
	assert_int_equal(tail_losses(tail) + tail_rotations(tail), 0);
	tail_close(tail);
}

static void test_rotation(void **state)
{
	struct tail *tail;

	(void)state;
	put("log", "w", SPAN("a\n"));
	tail = open_tail("log");
	assert_lines(tail, "a|", 0, "before");
	put("log", "a", SPAN("b\nhal"));
	assert_int_equal(rename("log", "log.1"), 0);
	assert_lines(tail, "b|", 0, "renamed, and no new one as yet");
	put("log.1", "a", SPAN("f\n"));
	put("log", "w", SPAN("c\n"));
	assert_lines(tail, "half|c|", 0, "the old one to its end, then the new one");
	put("log.1", "a", SPAN("late\n"));
	put("log", "a", SPAN("d\n"));
	assert_lines(tail, "late|d|", 0, "somebody writes to the old one still");
	assert_int_equal(rename("log.1", "log.2"), 0);
	assert_int_equal(rename("log", "log.1"), 0);
	put("log", "w", SPAN("e\n"));
	assert_lines(tail, "e|", 0, "twice");
	assert_int_equal(tail_rotations(tail), 2);
	assert_int_equal(unlink("log"), 0);
	assert_lines(tail, "", 0, "gone");
	put("log", "w", SPAN("f\n"));
	assert_lines(tail, "f|", 0, "and made anew");
	assert_int_equal(tail_losses(tail), 0);
	tail_close(tail);
}

/* Those that had the name before are read to their ends, however soon the next one has it. */
static void test_rotations_in_a_row(void **state)
{
	struct tail *tail;

	(void)state;
	put("log", "w", SPAN("a\n"));
	tail = open_tail("log");
	assert_lines(tail, "a|", 0, "before");
	put("log", "a", SPAN("b\nhal"));
	assert_int_equal(rename("log", "log.1"), 0);
	put("log", "w", SPAN("c\n"));
	assert_int_equal(tail_look(tail), 1);
	assert_int_equal(rename("log", "log.0"), 0);
	put("log", "w", SPAN("d\n"));
	assert_lines(tail, "b|c|d|", 0, "the oldest one was not read before the second rotation");
	put("log.1", "a", SPAN("f\n"));
	put("log.0", "a", SPAN("late\n"));
	put("log", "a", SPAN("end -1"));
	assert_lines(tail, "half|late|", 0, "both are written to still");
	for (int i = 0; i < 2 * TAIL_MAX_BEFORE; i++) {
		char name[32], text[32], want[64];

		snprintf(name, sizeof(name), "old.%d", i);
		snprintf(text, sizeof(text), "%d\nend %d", i, i);
		put("log", "a", SPAN("more\nno end"));
		assert_int_equal(rename("log", name), 0);
		put("log", "w", span_of(text));
		/* Two have been there before, which end with whole lines. */
		snprintf(want, sizeof(want), "%send %dmore|%d|",
		    i < TAIL_MAX_BEFORE ? "" : "no end~", i - 1, i);
		assert_lines(tail, want, 0, name);
	}
	put("old.0", "a", SPAN(", too late\n"));
	assert_lines(tail, "", 0, "it is closed");
	assert_int_equal(tail_rotations(tail), 2 + 2 * TAIL_MAX_BEFORE);
	assert_int_equal(tail_losses(tail), 0);
	tail_close(tail);
}

/* What has no end stays back until nothing can follow. */
static void test_half_a_line(void **state)
{
	struct tail *tail;

	(void)state;
	put("log", "w", SPAN("a\nold half"));
	tail = open_tail("log");
	assert_lines(tail, "a|", 0, "before");
	assert_int_equal(rename("log", "log.1"), 0);
	put("log", "w", SPAN("b\nhalf"));
	assert_lines(tail, "b|", 0, "it may grow");
	tail_set_linger(tail, 0);
	assert_int_equal(tail_look(tail), 1);
	assert_lines(tail, "old half~", 0, "nobody has written to it for long");
	assert_int_equal(tail_look(tail), 0);
	assert_lines(tail, "", 0, "once");
	tail_end(tail);
	assert_lines(tail, "half~", 2, "the end of the run");
	tail_close(tail);
}

static void test_truncation(void **state)
{
	struct tail *tail;

	(void)state;
	put("log", "w", SPAN("first\nsecond\nhalf"));
	tail = open_tail("log");
	assert_lines(tail, "first|second|", 0, "before");
	put("log", "w", SPAN("x\n"));
	assert_lines(tail, "x|", 0, "shorter: the half line is gone as well");
	put("log", "w", SPAN("other, and longer than before\n"));
	assert_lines(tail, "other, and longer than before|", 0, "not shorter, but another text");
	put("log", "w", (struct span){"\0\0\0\0\0\0\0\0after a hole\nz\n", 23});
	assert_lines(tail, "after a hole|z|", 0, "the writer went on where it was");
	assert_int_equal(tail_losses(tail), 3);
	tail_close(tail);
}

static void test_long_line(void **state)
{
	size_t n = 3 * INPUT_MAX_LINE;
	char *text = malloc(n);
	struct err err = ERR_INIT;
	struct input_line line;
	struct tail *tail;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', n);
	put("log", "w", (struct span){text, n});
	tail = open_tail("log");
	tail_look(tail);
	assert_int_equal(tail_next(tail, &line, &err), 1);
	assert_true(line.is_cut);
	assert_int_equal(line.text.n, INPUT_MAX_LINE);
	assert_lines(tail, "", 0, "it goes on");
	put("log", "a", SPAN("yyy\nnext\n"));
	assert_lines(tail, "next|", 0, "its rest is passed over");
	put("log", "a", (struct span){text, INPUT_MAX_LINE});
	assert_int_equal(tail_look(tail), 1);
	assert_int_equal(tail_next(tail, &line, &err), 0);
	put("log", "a", SPAN("\n"));
	tail_look(tail);
	assert_int_equal(tail_next(tail, &line, &err), 1);
	assert_false(line.is_cut);
	assert_true(line.has_end);
	assert_int_equal(line.text.n, INPUT_MAX_LINE);
	tail_close(tail);
	free(text);
}

/* What grows while it is read is read as far as it went when it was looked at. */
static void test_bounded(void **state)
{
	struct err err = ERR_INIT;
	struct input_line line;
	struct tail *tail;

	(void)state;
	put("log", "w", SPAN("a\nb\n"));
	tail = open_tail("log");
	tail_look(tail);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tail_next(tail, &line, &err), 1);
		put("log", "a", SPAN("more\n"));
	}
	assert_int_equal(tail_next(tail, &line, &err), 0);
	assert_lines(tail, "more|more|", 0, "the rest");
	tail_close(tail);
}

/* A named pipe goes on when a writer closes it; standard input ends. */
static void test_pipes(void **state)
{
	int ends[2], saved = dup(STDIN_FILENO), fd;
	struct tail *tail;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	tail = open_tail("fifo");
	assert_int_not_equal(tail_fd(tail), -1);
	assert_lines(tail, "", 0, "nobody writes");
	for (int i = 0; i < 2; i++) {
		fd = open("fifo", O_WRONLY);
		assert_int_equal(write(fd, "a\nb", 3), 3);
		close(fd);
		assert_lines(tail, i == 0 ? "a|" : "ba|", 0, "a writer has come and gone");
	}
	tail_close(tail);

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
	tail = open_tail("-");
	assert_lines(tail, "", 0, "open, and empty");
	assert_int_equal(write(ends[1], "a\nb", 3), 3);
	assert_lines(tail, "a|", 0, "open");
	close(ends[1]);
	assert_lines(tail, "b~", 2, "closed: nothing can follow");
	assert_lines(tail, "", 2, "still");
	tail_close(tail);
	close(ends[0]);
	dup2(saved, STDIN_FILENO);
	close(saved);
}

static void test_peek(void **state)
{
	struct err err = ERR_INIT;
	struct span first;
	struct tail *tail;

	(void)state;
	put("log", "w", SPAN(""));
	tail = open_tail("log");
	tail_look(tail);
	assert_int_equal(tail_peek(tail, &first, &err), 0);
	assert_int_equal(first.n, 0);
	put("log", "a", SPAN("a\nb\n"));
	tail_look(tail);
	assert_int_equal(tail_peek(tail, &first, &err), 0);
	assert_span_text(first, "a\nb\n", "peek");
	assert_lines(tail, "a|b|", 0, "it is still there");
	tail_close(tail);
}

static void test_refused(void **state)
{
	static const struct {
		const char *path;
		enum err_code code;
	} rows[] = {
	    {"missing", ERR_NOFOLDER},
	    {".", ERR_NOFOLDER},
	    {"/dev/null", ERR_NOFOLDER},
	    {"packed", ERR_DATA},
	};

	(void)state;
	put("packed", "w", SPAN("\x1f\x8b\x08\x00\x00\x00\x00\x00"));
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct err err = ERR_INIT;

		assert_row(tail_open(rows[i].path, &err) == NULL, rows[i].path);
		assert_row(err.code == rows[i].code, rows[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_grows, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_rotation, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_rotations_in_a_row, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_half_a_line, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_truncation, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_long_line, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_bounded, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_pipes, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_peek, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_refused, enter_folder, leave_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
