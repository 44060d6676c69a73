#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "base/utf8.h"
#include "check.h"
#include "report/report.h"
#include "source/files/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int check_record(struct sink *sink, const struct record *record, struct err *err)
{
	(void)sink;
	(void)err;
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		struct span value = record->value[i];
		uint32_t c = 0;

		CHECK(utf8_valid(value));
		for (size_t at = 0; at < value.n;) {
			at += utf8_next(span_from(value, at), &c);
			CHECK(!utf8_is_control(c));
		}
	}
	CHECK(utf8_valid(record->explanation));
	return 0;
}

static const struct sink_ops check_ops = {.name = "check", .record = check_record};

/* Every message is accounted for. */
static void check_counts(const struct account_counts *counts)
{
	CHECK(counts->found ==
	      counts->reported + counts->filtered + counts->vanished + counts->unreadable);
}

static void read_file(char *path, const char *kind, bool explain)
{
	struct sink sink = {.ops = &check_ops};
	struct account account = {0};
	const struct period period = {.since = 1000000000, .until = 2000000000};
	const struct column_list needed = {0};
	char *files[] = {path};
	const struct files_settings settings = {
	    .files = files,
	    .file_count = 1,
	    .input = kind != NULL ? span_of(kind) : SPAN_EMPTY,
	    .period = explain ? NULL : &period,
	    .needed = &needed,
	    .reader = {.explain = explain},
	    .account = &account,
	    .now = 1900000000,
	};
	struct err err = ERR_INIT;
	struct source *source = files_new(&settings, &err);
	struct report report;

	CHECK(source != NULL);
	report_init(&report, &(const struct report_parts){.sinks = &sink, .account = &account});
	CHECK(source->ops->open(source, &err) == 0);
	if (source->ops->read(source, &report, &err) != 0)
		CHECK(err.code == ERR_DATA);
	else
		check_counts(&account.place[0].counts);
	report_fini(&report);
	source->ops->free(source);
}

/* The first byte says what it is; the rest is the file. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const kinds[] = {NULL, "eml", "mbox", "arf", "csv", "json"};
	char path[64];
	int fd = memfd_create("seed", MFD_CLOEXEC);

	log_set_level(LOG_QUIET);
	if (size > 0) {
		CHECK(write(fd, data + 1, size - 1) == (ssize_t)size - 1);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		read_file(path, kinds[data[0] % 6], data[0] >= 'a');
	}
	close(fd);
	return 0;
}
