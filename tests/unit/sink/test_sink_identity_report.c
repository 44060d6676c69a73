#include "tests/unit/grouping_sink.h"

#include "sink/sink.h"

#define HEADER                                                                                     \
	"\"Authentication Domain\",\"Authentication User\",\"User Identification\","               \
	"\"Spam Count\",\"Invalid Sender Count\"\r\n"

static const struct {
	struct message message;
	bool raw;
	const char *want;
	const char *why;
} rows[] = {
    {{.domain = "example.com", .ip_username = "@example.com", .identity = "bob@example.com"}, false,
	"example.com,,bob@example.com,1,\r\n", "as the filter writes it: no user name"},
    {{.domain = "example.com", .ip_username = "192.0.2.1", .identity = "bob@example.com"}, false,
	"example.com,192.0.2.1,bob@example.com,1,\r\n", "an address as the user"},
    {{.domain = "example.com", .ip_username = "smarthost"}, false, "example.com,smarthost,,1,\r\n",
	"no identity is made up"},
    {{0}, false, ",,,1,\r\n", "no evidence at all"},
    {{.ip_username = "@example.com"}, false, "example.com,,,1,\r\n", "only IP/Username is known"},
    {{.domain = "example.net", .ip_username = "@example.com"}, false, "example.net,,,1,\r\n",
	"the filter's own field decides"},
    {{.ip_username = "@"}, false, ",,,1,\r\n", "neither user nor domain"},
    {{.ip_username = "a@example.com"}, false, ",a@example.com,,1,\r\n", "at inside"},
    {{.domain = "example.com", .identity = "Bob, \"the\" builder"}, false,
	"example.com,,\"Bob, \"\"the\"\" builder\",1,\r\n", "quoted where it must be"},
    {{.domain = "=1+1", .ip_username = "-2,5", .identity = "@SUM(A1)"}, false,
	"'=1+1,\"'-2,5\",'@SUM(A1),1,\r\n", "guarded"},
    {{.domain = "=1+1", .ip_username = "-2,5", .identity = "@SUM(A1)"}, true,
	"=1+1,\"-2,5\",@SUM(A1),1,\r\n", "raw"},
    {{.identity = "b\xC3\xB6"
		  "b@example.com"},
	false,
	",,b\xC3\xB6"
	"b@example.com,1,\r\n",
	"UTF-8"},
};

static void assert_report(
    struct grouping_sink *counted, bool raw, const char *want, const char *why)
{
	struct err err = ERR_INIT;
	struct written written;
	struct span text;

	written_open(&written);
	text = written_end(
	    &written, sink_identity_report_new(written.out, counted->grouping, raw, &err));
	assert_span_text(span_head(text, sizeof(HEADER) - 1), HEADER, why);
	assert_span_text(span_from(text, sizeof(HEADER) - 1), want, why);
	written_free(&written);
}

static void test_cells(void **state)
{
	struct grouping_sink counted;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		grouping_sink_open(&counted, "Domain,IP/Username,Identity");
		grouping_sink_add(&counted, &rows[i].message);
		assert_report(&counted, rows[i].raw, rows[i].want, rows[i].why);
		grouping_sink_close(&counted);
	}
}

/* Most messages first, and all of them: there is no limit. */
static void test_order(void **state)
{
	static const struct message one = {.domain = "example.com", .ip_username = "u1"};
	static const struct message two = {.domain = "example.net", .ip_username = "u2"};
	struct grouping_sink counted;
	struct err err = ERR_INIT;
	struct written written;
	struct span text;
	unsigned lines = 0;

	(void)state;
	grouping_sink_open(&counted, "Domain,IP/Username,Identity");
	assert_report(&counted, false, "", "no message");
	grouping_sink_add(&counted, &one);
	grouping_sink_add(&counted, &two);
	grouping_sink_add(&counted, &two);
	assert_report(&counted, false, "example.net,u2,,2,\r\nexample.com,u1,,1,\r\n", "by count");
	for (unsigned i = 0; i < 1000; i++) {
		char user[16];

		snprintf(user, sizeof(user), "many%u", i);
		grouping_sink_add(&counted, &(struct message){.ip_username = user});
	}
	written_open(&written);
	text = written_end(
	    &written, sink_identity_report_new(written.out, counted.grouping, false, &err));
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	assert_int_equal(lines, 1 + 2 + 1000);
	written_free(&written);
	grouping_sink_close(&counted);
}

static void test_full_disk(void **state)
{
	FILE *full = fopen("/dev/full", "w");
	struct grouping_sink counted;
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(full);
	grouping_sink_open(&counted, "Domain,IP/Username,Identity");
	grouping_sink_add(&counted, &(struct message){.domain = "example.com"});
	assert_disk_is_full(sink_identity_report_new(full, counted.grouping, false, &err), full);
	grouping_sink_close(&counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cells),
	    cmocka_unit_test(test_order),
	    cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
