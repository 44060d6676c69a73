#include "tests/unit/table.h"

#include <csv.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "sink/sink.h"

#define HEADER                                                                                     \
	"#,From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,PHP script,Auth.sender,"    \
	"Auth-User,Auth-Email\r\n"

/* What libcsv reads back. */
struct csv_reader {
	unsigned rows;
	unsigned columns;  /* of the row that is read */
	unsigned width;    /* of the first row */
	unsigned uneven;   /* rows of another width */
	struct buf values; /* all fields, each ended by NUL */
};

static void reader_field(void *field, size_t n, void *data)
{
	struct csv_reader *reader = data;

	buf_add(&reader->values, (struct span){field, n});
	buf_add_char(&reader->values, '\0');
	reader->columns++;
}

static void reader_row(int end, void *data)
{
	struct csv_reader *reader = data;

	(void)end;
	if (reader->rows++ == 0)
		reader->width = reader->columns;
	if (reader->columns != reader->width)
		reader->uneven++;
	reader->columns = 0;
}

static void reader_run(struct csv_reader *reader, struct span text, char delimiter)
{
	struct csv_parser parser;

	*reader = (struct csv_reader){0};
	buf_init(&reader->values, 0);
	assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI), 0);
	csv_set_delim(&parser, (unsigned char)delimiter);
	assert_int_equal(
	    csv_parse(&parser, text.p, text.n, reader_field, reader_row, reader), text.n);
	assert_int_equal(csv_fini(&parser, reader_field, reader_row, reader), 0);
	csv_free(&parser);
}

static void fill_record(struct record *record, struct span value)
{
	*record = (struct record){.number = 1};
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		record->value[i] = value;
}

/* The whole file for records that hold one value in each column. */
static void write_csv(struct buf *text, const char *columns, const struct sink_csv_options *options,
    const struct span *values, size_t count)
{
	struct err err = ERR_INIT;
	struct column_list list;
	struct record record;
	struct sink *sink;
	char *p = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&p, &n);

	assert_non_null(out);
	assert_int_equal(column_list_parse(columns, &list, &err), 0);
	sink = sink_csv_new(out, &list, options, &err);
	assert_non_null(sink);
	for (size_t i = 0; i < count; i++) {
		fill_record(&record, values[i]);
		assert_int_equal(sink_record(sink, &record, &err), 0);
	}
	assert_int_equal(sink_end(sink, &(const struct account){0}, &err), 0);
	sink_free(sink);
	assert_int_equal(fclose(out), 0);
	buf_init(text, 0);
	buf_add(text, (struct span){p, n});
	free(p);
}

static void test_header_row(void **state)
{
	const struct sink_csv_options options = {.delimiter = ','};
	struct buf text;

	(void)state;
	write_csv(&text, "default", &options, NULL, 0);
	assert_span_text(buf_span(&text), HEADER, "default columns");
	buf_fini(&text);
}

static const struct {
	struct sink_csv_options options;
	const char *want;
	const char *why;
} option_rows[] = {
    {{.delimiter = ','}, "From,Notes\r\n\"'=a,b\",\"'=a,b\"\r\n", "as always"},
    {{.delimiter = ';'}, "From;Notes\r\n\"'=a,b\";\"'=a,b\"\r\n", "semicolon"},
    {{.delimiter = '\t'}, "From\tNotes\r\n\"'=a,b\"\t\"'=a,b\"\r\n", "tab"},
    {{.delimiter = ',', .raw = true}, "From,Notes\r\n\"=a,b\",\"=a,b\"\r\n", "raw"},
    {{.delimiter = ',', .bom = true},
	"\xEF\xBB\xBF"
	"From,Notes\r\n\"'=a,b\",\"'=a,b\"\r\n",
	"BOM"},
};

static void test_options(void **state)
{
	const struct span value = SPAN("=a,b");
	struct buf text;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(option_rows); i++) {
		write_csv(&text, "From,Notes", &option_rows[i].options, &value, 1);
		assert_span_text(buf_span(&text), option_rows[i].want, option_rows[i].why);
		buf_fini(&text);
	}
}

static const char *const hostile[] = {
    "",
    "plain",
    "a,b;c|d\te",
    "\"",
    "\"\"",
    "\",\"",
    "\"\r\n\"",
    "line\nbreak",
    "\r",
    "  blanks  ",
    "'",
    "caf\xC3\xA9",
    "\xFF\xFE",
    "x\"y,z\"",
};

/* The values come back, in rows of one width, whatever is in them. */
static void test_read_back(void **state)
{
	static const char delimiters[] = {',', ';', '|', '\t'};
	struct span values[TABLE_COUNT(hostile)];
	struct csv_reader reader;
	struct buf text;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(hostile); i++)
		values[i] = span_of(hostile[i]);
	for (size_t d = 0; d < sizeof(delimiters); d++) {
		const struct sink_csv_options options = {.delimiter = delimiters[d], .raw = true};
		const char *field;

		write_csv(&text, "all", &options, values, TABLE_COUNT(values));
		reader_run(&reader, buf_span(&text), delimiters[d]);
		assert_int_equal(reader.rows, TABLE_COUNT(values) + 1);
		assert_int_equal(reader.width, COLUMN_COUNT);
		assert_int_equal(reader.uneven, 0);
		field = reader.values.p;
		for (unsigned column = 0; column < COLUMN_COUNT; column++) {
			assert_string_equal(field, record_columns[column].title);
			field += strlen(field) + 1;
		}
		for (size_t i = 0; i < TABLE_COUNT(hostile) * COLUMN_COUNT; i++) {
			assert_string_equal(field, hostile[i / COLUMN_COUNT]);
			field += strlen(field) + 1;
		}
		buf_fini(&reader.values);
		buf_fini(&text);
	}
}

static void test_full_disk(void **state)
{
	const struct sink_csv_options options = {.delimiter = ','};
	FILE *out = fopen("/dev/full", "w");
	struct err err = ERR_INIT;
	struct column_list list;
	struct record record;
	struct sink *sink;
	int result = 0;

	(void)state;
	assert_non_null(out);
	assert_int_equal(column_list_parse("all", &list, &err), 0);
	sink = sink_csv_new(out, &list, &options, &err);
	assert_non_null(sink); /* the header row is still in the stream's buffer */
	fill_record(&record, SPAN("some text of a message"));
	for (int i = 0; i < 10000 && result == 0; i++)
		result = sink_record(sink, &record, &err);
	assert_int_equal(result, -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_non_null(strstr(err.text, "No space left"));
	assert_int_equal(sink_end(sink, &(const struct account){0}, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	sink_free(sink);
	fclose(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_header_row),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_read_back),
	    cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
