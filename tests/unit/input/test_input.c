#include "tests/unit/table.h"

#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "input/input_line.h"
#include "tests/unit/folder.h"

static void write_file(const char *name, struct span text)
{
	FILE *file = fopen(name, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
	assert_int_equal(fclose(file), 0);
}

/* Compressors as others have them; all of the text in one piece. */

static struct span pack_none(struct span text, char *out, size_t room)
{
	assert_true(text.n <= room);
	memcpy(out, text.p, text.n);
	return (struct span){out, text.n};
}

static struct span pack_gzip(struct span text, char *out, size_t room)
{
	z_stream stream = {0};

	assert_int_equal(
	    deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (Bytef *)(uintptr_t)text.p;
	stream.avail_in = (unsigned)text.n;
	stream.next_out = (Bytef *)out;
	stream.avail_out = (unsigned)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	room -= stream.avail_out;
	deflateEnd(&stream);
	return (struct span){out, room};
}

static struct span pack_xz(struct span text, char *out, size_t room)
{
	size_t n = 0;

	assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (const uint8_t *)text.p,
			     text.n, (uint8_t *)out, &n, room),
	    LZMA_OK);
	return (struct span){out, n};
}

static struct span pack_zstd(struct span text, char *out, size_t room)
{
	size_t n = ZSTD_compress(out, room, text.p, text.n, 3);

	assert_false(ZSTD_isError(n));
	return (struct span){out, n};
}

static const struct packer {
	const char *name; /* as input_compression() says it */
	struct span (*pack)(struct span text, char *out, size_t room);
} packers[] = {{NULL, pack_none}, {"gzip", pack_gzip}, {"xz", pack_xz}, {"zstd", pack_zstd}};

#define TEXT ((size_t)3 * 1024 * 1024)

/* Lines of a length that no block size divides, so that windows end anywhere. */
static struct buf make_text(size_t n)
{
	struct buf text;

	buf_init(&text, 0);
	for (unsigned i = 0; text.n < n; i++)
		buf_printf(&text, "%u the line %x of a text\n", i, i * 2654435761u);
	return text;
}

/* Everything that comes, and how it ended. */
static int read_all(const char *path, struct buf *out, struct err *err)
{
	struct input *input = input_open(path, 0, err);
	struct span window;
	int got;

	if (input == NULL)
		return -1;
	while ((got = input_window(input, 1, &window, err)) == 1) {
		buf_add(out, window);
		input_advance(input, window.n);
	}
	assert_int_equal(input_offset(input), out->n);
	input_close(input);
	return got;
}

/* make_text(TEXT) as this one packs it: once, since that takes seconds. */
static struct span pack_text(const struct packer *packer, char *out, size_t room)
{
	static struct buf kept[TABLE_COUNT(packers)];
	struct buf *packed = &kept[packer - packers];

	if (packed->n == 0) {
		struct buf text = make_text(TEXT);

		buf_add(packed, packer->pack(buf_span(&text), out, room));
		buf_fini(&text);
	}
	assert_true(packed->n <= room);
	memcpy(out, packed->p, packed->n);
	return (struct span){out, packed->n};
}

static void check_file(const char *label, struct span file, struct span want, enum err_code code)
{
	struct err err = ERR_INIT;
	struct buf out;
	int got;

	write_file("file", file);
	buf_init(&out, 0);
	got = read_all("file", &out, &err);
	assert_row((got != 0 ? err.code : ERR_NONE) == code, label);
	assert_row(span_eq(buf_span(&out), want), label);
	buf_fini(&out);
}

static void test_whole(void **state)
{
	struct buf text = make_text(TEXT), twice = make_text(TEXT);
	char *packed = malloc(2 * (TEXT + 512));

	(void)state;
	buf_add(&twice, buf_span(&text));
	for (size_t i = 0; i < TABLE_COUNT(packers); i++) {
		const char *label = packers[i].name != NULL ? packers[i].name : "as it is";
		struct span file = pack_text(&packers[i], packed, TEXT + 512);
		struct err err = ERR_INIT;
		struct input *input;

		check_file(label, file, buf_span(&text), ERR_NONE);
		input = input_open("file", 0, &err);
		assert_non_null(input);
		if (packers[i].name == NULL)
			assert_null(input_compression(input));
		else
			assert_string_equal(input_compression(input), packers[i].name);
		input_close(input);
		/* As cat(1) glues them. */
		memcpy(packed + file.n, packed, file.n);
		if (packers[i].name == NULL)
			continue;
		check_file(label, (struct span){packed, 2 * file.n}, buf_span(&twice), ERR_NONE);
		check_file("nothing in it", packers[i].pack(SPAN_EMPTY, packed, 512), SPAN_EMPTY,
		    ERR_NONE);
	}
	free(packed);
	buf_fini(&twice);
	buf_fini(&text);
}

/* What came before the end is handed out, and is a beginning of the text. */
static void test_cut(void **state)
{
	static const size_t keep[] = {7, 20, 5000, 100000};
	struct buf text = make_text(TEXT), out;
	char *packed = malloc(2 * TEXT);

	(void)state;
	for (size_t i = 1; i < TABLE_COUNT(packers); i++) {
		struct span file = pack_text(&packers[i], packed, 2 * TEXT);

		for (size_t k = 0; k <= TABLE_COUNT(keep); k++) {
			size_t n = k < TABLE_COUNT(keep) ? keep[k] : file.n - 1;
			struct err err = ERR_INIT;

			write_file("file", span_head(file, n));
			buf_init(&out, 0);
			assert_int_equal(read_all("file", &out, &err), -1);
			assert_int_equal(err.code, ERR_DATA);
			assert_non_null(strstr(err.text, "cut off"));
			assert_true(
			    out.n <= text.n && memcmp(out.p ? out.p : "", text.p, out.n) == 0);
			assert_true(n < 100000 || out.n > 0);
			buf_fini(&out);
		}
	}
	free(packed);
	buf_fini(&text);
}

static void test_damaged(void **state)
{
	struct buf text = make_text(TEXT), out;
	char *packed = malloc(2 * TEXT);

	(void)state;
	for (size_t i = 1; i < TABLE_COUNT(packers); i++) {
		struct span file = pack_text(&packers[i], packed, 2 * TEXT);
		struct err err = ERR_INIT;

		memset(packed + file.n / 2, 0x55, 100);
		write_file("file", file);
		buf_init(&out, 0);
		assert_int_equal(read_all("file", &out, &err), -1);
		assert_int_equal(err.code, ERR_DATA);
		assert_non_null(strstr(err.text, "damaged"));
		assert_true(out.n > 0);
		buf_fini(&out);
		/* Something else behind it. */
		file = packers[i].pack(SPAN("text\n"), packed, 2 * TEXT);
		memcpy(packed + file.n, "garbage", 7);
		check_file("garbage", (struct span){packed, file.n + 7}, SPAN("text\n"), ERR_DATA);
	}
	free(packed);
	buf_fini(&text);
}

static void test_padding(void **state)
{
	char packed[1024] = "";
	struct span file = pack_gzip(SPAN("text\n"), packed, sizeof(packed));

	(void)state;
	memset(packed + file.n, 0, 100);
	check_file("zeros", (struct span){packed, file.n + 100}, SPAN("text\n"), ERR_NONE);
}

/* pzstd(1) begins each of its frames with one that is to be skipped; xz pads streams. */
static void test_frames(void **state)
{
	static const char skip[] = "\x50\x2a\x4d\x18\x04\0\0\0"
				   "abcd";
	static const char long_skip[] = "\x5f\x2a\x4d\x18\x10\0\0\0"
					"abcd";
	char packed[4096] = "", one[512], two[512];
	struct span first = pack_zstd(SPAN("one\n"), one, sizeof(one));
	struct span second = pack_zstd(SPAN("two\n"), two, sizeof(two));
	struct span head = {skip, sizeof(skip) - 1}, torn = {long_skip, sizeof(long_skip) - 1};
	const struct {
		const char *name;
		struct span part[5];
		const char *want;
		enum err_code code;
	} rows[] = {
	    {"as pzstd writes it", {head, first, head, second}, "one\ntwo\n", ERR_NONE},
	    {"skipped at the end", {first, head}, "one\n", ERR_NONE},
	    {"nothing but that", {head, head}, "", ERR_NONE},
	    {"cut in what is skipped", {first, torn}, "one\n", ERR_DATA},
	    {"cut where one begins", {head, first, span_head(second, 3)}, "one\n", ERR_DATA},
	    {"something else behind it", {head, first, SPAN("garbage and more")}, "one\n",
		ERR_DATA},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		size_t n = 0;

		for (size_t k = 0; k < 5 && rows[i].part[k].p != NULL; k++) {
			memcpy(packed + n, rows[i].part[k].p, rows[i].part[k].n);
			n += rows[i].part[k].n;
		}
		check_file(
		    rows[i].name, (struct span){packed, n}, span_of(rows[i].want), rows[i].code);
	}
	first = pack_xz(SPAN("one\n"), packed, sizeof(packed));
	memset(packed + first.n, 0, 8);
	second = pack_xz(SPAN("two\n"), two, sizeof(two));
	memcpy(packed + first.n + 8, second.p, second.n);
	check_file("streams of xz with zeros between",
	    (struct span){packed, first.n + 8 + second.n}, SPAN("one\ntwo\n"), ERR_NONE);
}

static void test_small(void **state)
{
	(void)state;
	check_file("empty", SPAN(""), SPAN(""), ERR_NONE);
	check_file("a byte", SPAN("\x1f"), SPAN("\x1f"), ERR_NONE);
	check_file("as gzip begins", SPAN("\x1f\x8b"), SPAN("\x1f\x8b"), ERR_NONE);
	check_file("a header", SPAN("\x1f\x8b\x08"), SPAN(""), ERR_DATA);
}

/* A zstd frame that wants 2 GiB of window. */
static void test_memory(void **state)
{
	static const char frame[] = "\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00";

	(void)state;
	check_file("window", (struct span){frame, sizeof(frame) - 1}, SPAN(""), ERR_DATA);
}

static void test_not_read(void **state)
{
	static const char *const paths[] = {"nothing", "nowhere/file", "/dev/zero", "/dev/full"};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(paths); i++) {
		struct err err = ERR_INIT;

		assert_null(input_open(paths[i], 0, &err));
		assert_int_equal(err.code, ERR_NOFOLDER);
	}
}

static void test_others(void **state)
{
	struct err err = ERR_INIT;
	struct input *input = input_open(".", 0, &err);
	struct span window;
	struct buf out;

	(void)state;
	assert_non_null(input);
	assert_true(input_is_folder(input));
	assert_int_equal(input_window(input, 1, &window, &err), 0);
	write_file("inside", SPAN("text"));
	assert_int_equal(symlink("inside", "link"), 0);
	assert_null(input_open_at(input_folder(input), "link", "the link", &err));
	assert_int_equal(err.sys, ELOOP);
	input_close(input);
	buf_init(&out, 0);
	assert_int_equal(read_all("link", &out, &err), 0);
	assert_span_text(buf_span(&out), "text", "link");
	buf_clear(&out);
	assert_int_equal(read_all("/dev/null", &out, &err), 0);
	assert_int_equal(out.n, 0);
	buf_fini(&out);
}

/* Read as far as it went; one that shrinks shows. */
static void test_changes(void **state)
{
	struct buf text = make_text(TEXT);
	struct err err = ERR_INIT;
	struct input *input;
	struct span window;
	size_t n = 0;
	int got;

	(void)state;
	write_file("file", buf_span(&text));
	input = input_open("file", 0, &err);
	assert_non_null(input);
	assert_int_equal(input_window(input, 1, &window, &err), 1);
	buf_add_text(&text, "one more\n");
	write_file("file", buf_span(&text));
	assert_true(input_has_grown(input));
	for (; (got = input_window(input, 1, &window, &err)) == 1; n += window.n)
		input_advance(input, window.n);
	assert_int_equal(got, 0);
	assert_int_equal(n, text.n - 9);
	input_close(input);

	input = input_open("file", 0, &err);
	assert_int_equal(truncate("file", TEXT - 1000000), 0);
	while ((got = input_window(input, 1, &window, &err)) == 1)
		input_advance(input, window.n);
	assert_int_equal(got, -1);
	assert_int_equal(err.code, ERR_IO);
	assert_non_null(strstr(err.text, "shorter"));
	input_close(input);

	input = input_open("file", 0, &err);
	assert_int_equal(unlink("file"), 0);
	for (n = 0; (got = input_window(input, 1, &window, &err)) == 1; n += window.n)
		input_advance(input, window.n);
	assert_int_equal(got, 0);
	assert_int_equal(n, TEXT - 1000000);
	input_close(input);
	buf_fini(&text);
}

static void test_lines(void **state)
{
	struct buf text;
	struct err err = ERR_INIT;
	struct input_lines lines = {0};
	struct input_line line;

	(void)state;
	buf_init(&text, 0);
	buf_add_text(&text, "one\r\n\ntwo\0\r"); /* NUL ends it here */
	buf_add(&text, SPAN("\0\r\n"));
	for (size_t i = 0; i < INPUT_MAX_LINE; i++)
		buf_add_char(&text, 'x');
	buf_add_text(&text, "\n");
	for (size_t i = 0; i < 3 * INPUT_WINDOW; i++)
		buf_add_char(&text, 'y');
	buf_add_text(&text, "\nlast\r");
	write_file("file", buf_span(&text));
	lines.input = input_open("file", 0, &err);
	assert_int_equal(input_line_next(&lines, &line, &err), 1);
	assert_span_text(line.text, "one", "CR LF");
	assert_int_equal(input_line_next(&lines, &line, &err), 1);
	assert_span_text(line.text, "", "empty");
	assert_int_equal(line.offset, 5);
	assert_int_equal(input_line_next(&lines, &line, &err), 1);
	assert_true(span_eq(line.text, SPAN("two\0")));
	assert_int_equal(input_line_next(&lines, &line, &err), 1);
	assert_true(line.text.n == INPUT_MAX_LINE && !line.is_cut && line.has_end);
	assert_int_equal(input_line_next(&lines, &line, &err), 1);
	assert_true(line.text.n == INPUT_MAX_LINE && line.is_cut && !line.has_end);
	assert_int_equal(line.text.p[INPUT_MAX_LINE - 1], 'y');
	assert_int_equal(input_line_next(&lines, &line, &err), 1);
	assert_span_text(line.text, "last\r", "no line break");
	assert_true(line.number == 6 && !line.has_end && !line.is_cut);
	assert_int_equal(line.offset, text.n - 5);
	assert_int_equal(input_line_next(&lines, &line, &err), 0);
	assert_int_equal(input_line_next(&lines, &line, &err), 0);
	assert_int_equal(lines.cut, 1);
	input_close(lines.input);
	buf_fini(&text);
}

/* Every line of a text that is longer than windows, in each form; and of one that is cut. */
static void test_many_lines(void **state)
{
	struct buf text = make_text(TEXT);
	char *packed = malloc(2 * TEXT);

	(void)state;
	for (size_t i = 0; i < 2 * TABLE_COUNT(packers); i++) {
		const struct packer *packer = &packers[i / 2];
		struct span file = pack_text(packer, packed, 2 * TEXT);
		struct input_lines lines = {0};
		struct err err = ERR_INIT;
		struct input_line line;
		size_t at = 0;
		int got;

		write_file("file", i % 2 == 0 ? file : span_head(file, file.n / 2));
		lines.input = input_open("file", 0, &err);
		while ((got = input_line_next(&lines, &line, &err)) == 1) {
			assert_int_equal(line.offset, at);
			assert_true(span_eq(line.text, (struct span){text.p + at, line.text.n}));
			at += line.text.n + line.has_end;
		}
		assert_int_equal(got, i % 2 == 0 || i < 2 ? 0 : -1);
		assert_true(i % 2 == 1 || at == text.n);
		assert_true(at > 100000);
		input_close(lines.input);
	}
	free(packed);
	buf_fini(&text);
}

static void test_stream(void **state)
{
	struct buf text = make_text(TEXT);
	struct err err = ERR_INIT;
	struct input *input;
	char chunk[5000];
	size_t n, at = 0;
	FILE *stream;

	(void)state;
	write_file("file", buf_span(&text));
	input = input_open("file", 0, &err);
	stream = input_stream(input, &err);
	while ((n = fread(chunk, 1, sizeof(chunk), stream)) > 0) {
		assert_memory_equal(chunk, text.p + at, n);
		at += n;
	}
	assert_int_equal(at, text.n);
	assert_false(ferror(stream));
	fclose(stream);
	assert_int_equal(input_check(input, &err), 0);
	input_close(input);
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_whole, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_cut, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_damaged, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_padding, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_frames, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_small, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_memory, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_not_read, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_others, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_changes, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_lines, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_many_lines, enter_folder, leave_folder),
	    cmocka_unit_test_setup_teardown(test_stream, enter_folder, leave_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
