/*
 * bench_maillog [--print] FILE...: mail logs to records and a desk without outputs: what the
 * readers alone cost. --print writes each record, a line of texts separated by tabs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "source/maillog/maillog_kind.h"

static const enum column printed[] = {COLUMN_DATE, COLUMN_QUEUE_ID, COLUMN_CLASS, COLUMN_IDENTITY,
    COLUMN_IDENTITY_KIND, COLUMN_AUTH_USER, COLUMN_QMAIL_UID, COLUMN_SOURCE_IP, COLUMN_LOGIN_IP,
    COLUMN_RETURN_PATH, COLUMN_TO, COLUMN_SUBJECT, COLUMN_MESSAGE_ID, COLUMN_PHP_SCRIPT,
    COLUMN_HOST, COLUMN_NOTES};

static int bench_print(struct sink *sink, const struct record *record, struct err *err)
{
	(void)sink;
	(void)err;
	for (size_t i = 0; i < sizeof(printed) / sizeof(printed[0]); i++) {
		struct span value = record_value(record, printed[i]);

		printf("%s%.*s", i > 0 ? "\t" : "", (int)value.n, value.p != NULL ? value.p : "");
	}
	puts(record->is_bounce ? "\tbounce" : "\t");
	return 0;
}

static const struct sink_ops print_ops = {.name = "print", .record = bench_print};

int main(int argc, char **argv)
{
	struct sink sink = {.ops = &print_ops};
	bool print = argc > 1 && strcmp(argv[1], "--print") == 0;
	int first = print ? 2 : 1;
	unsigned count = argc > first ? (unsigned)(argc - first) : 0;
	struct account_place *place = calloc(count + 1, sizeof(*place));
	struct input_file *file = calloc(count + 1, sizeof(*file));
	struct input_file **files = calloc(count + 1, sizeof(struct input_file *));
	struct report report;
	struct err err = ERR_INIT;
	const struct column_list needed = {0};
	struct input_run run = {.needed = &needed,
	    .report = &report,
	    .now = time(NULL),
	    .talk = true,
	    .failed_logins = getenv("FAILED") != NULL};
	int result;

	if (place == NULL || file == NULL || files == NULL)
		return 71;
	for (unsigned i = 0; i < count; i++) {
		place[i].host = file[i].path = argv[first + (int)i];
		file[i].place = &place[i];
		files[i] = &file[i];
	}
	report_init(&report, &(const struct report_parts){.sinks = print ? &sink : NULL});
	result = maillog_run(&run, files, count, &err);
	if (result != 0)
		fprintf(stderr, "%s\n", err.text);
	printf("%" PRIu64 " records\n", report.number);
	report_fini(&report);
	free(place);
	free(file);
	free(files);
	return result != 0;
}
