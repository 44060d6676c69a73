#include "tests/unit/grouping_sink.h"

#include "sink/sink.h"

#define HEADER(keys)                                                                               \
	"Count,Percent," keys ",First seen,Last seen,Recipients,Source IPs,Subjects,"              \
	"Top PHP script,Top PHP script percent,Top source IP,Top source IP percent,"               \
	"Sample subject,Sample UID,Identity kind,Login IPs,Callers\r\n"

static const struct message messages[] = {
    {.identity = "bob@example.com",
	.source_ip = "192.0.2.1",
	.php_script = "/a.php",
	.to = "x@example.net",
	.subject = "=1+1",
	.when = 1770714900,
	.uid = 7},
    {.identity = "", .subject = "He said \"hi\", twice"},
    {.identity = "bob@example.com",
	.source_ip = "192.0.2.2",
	.php_script = "/a.php",
	.to = "y@example.net",
	.subject = "Caf\xC3\xA9",
	.when = 1770714960,
	.uid = 8},
    {.identity = "bob@example.com",
	.source_ip = "192.0.2.1",
	.to = "y@example.net",
	.when = 1770714000,
	.uid = 9},
    {.identity = "+eve@example.org", .uid = 10},
};

#define BOB                                                                                        \
	"\"3\",\"60.0\",\"bob@example.com\",\"2026-02-10T09:00:00+00:00\","                        \
	"\"2026-02-10T09:16:00+00:00\",\"2\",\"2\",\"2\",\"/a.php\",\"66.7\",\"192.0.2.1\","       \
	"\"66.7\",\"'=1+1\",\"7\",\"\",\"0\",\"0\"\r\n"
#define NOBODY                                                                                     \
	"\"1\",\"20.0\",\"(no identity)\",\"\",\"\",\"0\",\"0\",\"1\",\"\",\"\",\"\",\"\","        \
	"\"He said \"\"hi\"\", twice\",\"\",\"\",\"0\",\"0\"\r\n"
#define EVE                                                                                        \
	"\"1\",\"20.0\",\"'+eve@example.org\",\"\",\"\",\"0\",\"0\",\"0\",\"\",\"\",\"\",\"\","    \
	"\"\",\"10\",\"\",\"0\",\"0\"\r\n"
#define OTHERS                                                                                     \
	"\"2\",\"40.0\",\"(2 others)\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\",\"\","    \
	"\"\",\"\",\"\"\r\n"

static void assert_csv(const char *columns, struct group_limits limits,
    struct sink_csv_options options, const char *want, const char *why)
{
	struct grouping_sink counted;
	struct written written;
	struct err err = ERR_INIT;

	grouping_sink_open(&counted, columns);
	grouping_sink_add_all(&counted, messages, TABLE_COUNT(messages));
	written_open(&written);
	assert_span_text(written_end(&written, sink_group_csv_new(written.out, counted.grouping,
						   &limits, &options, &err)),
	    want, why);
	written_free(&written);
	grouping_sink_close(&counted);
}

static void test_rows(void **state)
{
	const struct sink_csv_options plain = {.delimiter = ','};

	(void)state;
	assert_csv("Identity", (struct group_limits){0}, plain, HEADER("Identity") BOB NOBODY EVE,
	    "all groups");
	assert_csv("Identity", (struct group_limits){.top = 1}, plain,
	    HEADER("Identity") BOB OTHERS, "what is cut off is one row");
	assert_csv("Identity", (struct group_limits){.min_count = 2}, plain,
	    HEADER("Identity") BOB OTHERS, "also by the count");
}

static void test_options(void **state)
{
	const struct group_limits none = {.min_count = 9};

	(void)state;
	assert_csv("Identity,Domain", none, (struct sink_csv_options){.delimiter = ';'},
	    "Count;Percent;Identity;Domain;First seen;Last seen;Recipients;Source IPs;Subjects;"
	    "Top PHP script;Top PHP script percent;Top source IP;Top source IP percent;"
	    "Sample subject;Sample UID;Identity kind;Login IPs;Callers\r\n"
	    "\"5\";\"100.0\";\"(3 others)\";\"\";\"2026-02-10T09:00:00+00:00\";"
	    "\"2026-02-10T09:16:00+00:00\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";\"\";"
	    "\"\"\r\n",
	    "semicolon, two keys");
	assert_csv("Identity", (struct group_limits){.top = 1},
	    (struct sink_csv_options){.delimiter = ',', .bom = true},
	    "\xEF\xBB\xBF" HEADER("Identity") BOB OTHERS, "BOM");
	assert_csv("Domain", (struct group_limits){0},
	    (struct sink_csv_options){.delimiter = ',', .raw = true},
	    HEADER("Domain") "\"5\",\"100.0\",\"(none)\",\"2026-02-10T09:00:00+00:00\","
			     "\"2026-02-10T09:16:00+00:00\",\"2\",\"2\",\"3\",\"/a.php\","
			     "\"40.0\",\"192.0.2.1\",\"40.0\",\"=1+1\",\"7\",\"\",\"0\",\"0\"\r\n",
	    "raw");
}

/* What somebody has chosen, in his order, and one row of all others. */
static void test_chosen(void **state)
{
	static const struct {
		const char *label;
		uint32_t order[3]; /* bob, nobody, eve */
		uint32_t shown;
		const char *want;
	} rows[] = {
	    {"all, backwards", {2, 1, 0}, 3, HEADER("Identity") EVE NOBODY BOB},
	    {"one", {0, 2, 1}, 1, HEADER("Identity") BOB OTHERS},
	};
	const struct sink_csv_options plain = {.delimiter = ','};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct grouping_sink counted;
		struct written written;
		struct group_view view;

		grouping_sink_open(&counted, "Identity");
		grouping_sink_add_all(&counted, messages, TABLE_COUNT(messages));
		view = group_view_of(counted.grouping, rows[i].order, rows[i].shown);
		written_open(&written);
		assert_span_text(
		    written_end(&written, sink_view_csv_new(written.out, &view, &plain, &err)),
		    rows[i].want, rows[i].label);
		written_free(&written);
		grouping_sink_close(&counted);
	}
}

static void test_no_message(void **state)
{
	const struct sink_csv_options options = {.delimiter = ','};
	const struct group_limits all = {0};
	struct grouping_sink counted;
	struct written written;
	struct err err = ERR_INIT;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	written_open(&written);
	assert_span_text(written_end(&written, sink_group_csv_new(written.out, counted.grouping,
						   &all, &options, &err)),
	    HEADER("Identity"), "only the header row");
	written_free(&written);
	grouping_sink_close(&counted);
}

static void test_full_disk(void **state)
{
	const struct sink_csv_options options = {.delimiter = ','};
	const struct group_limits all = {0};
	FILE *full = fopen("/dev/full", "w");
	struct grouping_sink counted;
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(full);
	grouping_sink_open(&counted, "Identity");
	grouping_sink_add_all(&counted, messages, TABLE_COUNT(messages));
	assert_disk_is_full(sink_group_csv_new(full, counted.grouping, &all, &options, &err), full);
	grouping_sink_close(&counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_options),
	    cmocka_unit_test(test_chosen),
	    cmocka_unit_test(test_no_message),
	    cmocka_unit_test(test_full_disk),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
