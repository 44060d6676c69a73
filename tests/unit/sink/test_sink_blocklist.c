#include "tests/unit/grouping_sink.h"

#include "sink/formats.h"

#define HEAD(which)                                                                                \
	"# quarantine-report: addresses that logged in" which "; none that more than 5 logins "    \
							      "use\n"

#define FAILED_HEAD(which)                                                                         \
	"# quarantine-report: addresses whose logins failed" which                                 \
	"; also those that many logins use: exempt webmails and offices with --exempt-net\n"

/* One who logged in. */
struct login {
	const char *identity;
	const char *address;
	unsigned messages;
};

struct list_case {
	const char *why;
	struct login login[8];
	const char *group_by;
	struct group_limits limits;
	enum blocklist_form form;
	const char *exempt; /* a network, or NULL */
	const char *want;
};

static const struct list_case cases[] = {
    {"from so many messages on, most first; both addresses of an offender",
	{{"bob@example.com", "9.1.1.1", 2}, {"bob@example.com", "9.1.1.2", 3},
	    {"eve@example.com", "9.1.1.3", 4}},
	"Identity", {.min_count = 5}, BLOCKLIST_POSTFIX, NULL,
	HEAD(", of who has 5 messages or more") "9.1.1.2 REJECT\n9.1.1.1 REJECT\n"},
    {"the first of them", {{"bob@example.com", "9.1.1.1", 2}, {"eve@example.com", "9.1.1.3", 4}},
	"Identity", {.top = 1}, BLOCKLIST_CSF, NULL,
	HEAD(", of the first 1") "9.1.1.3 # quarantine-report\n"},
    {"an address that an innocent one uses, too, is that of the offender",
	{{"bob@example.com", "9.1.1.1", 5}, {"eve@example.com", "9.1.1.1", 1}}, "Identity",
	{.min_count = 5}, BLOCKLIST_PLAIN, NULL,
	HEAD(", of who has 5 messages or more") "9.1.1.1\n"},
    {"a webmail",
	{{"a@example.com", "9.1.1.1", 5}, {"b@example.com", "9.1.1.1", 1},
	    {"c@example.com", "9.1.1.1", 1}, {"d@example.com", "9.1.1.1", 1},
	    {"e@example.com", "9.1.1.1", 1}, {"f@example.com", "9.1.1.1", 1},
	    {"a@example.com", "9.1.1.2", 1}},
	"Identity", {.min_count = 5}, BLOCKLIST_PLAIN, NULL,
	HEAD(", of who has 5 messages or more") "# left out: 9.1.1.1 (many logins use it)\n"
						"9.1.1.2\n"},
    {"addresses of nobody, and those of ours",
	{{"a@example.com", "10.0.0.1", 4}, {"a@example.com", "127.0.0.1", 3},
	    {"a@example.com", "9.1.1.9", 2}, {"a@example.com", "2A00:0::1", 1}},
	"Identity", {.min_count = 5}, BLOCKLIST_POSTFIX, "9.1.1.8/29",
	HEAD(", of who has 5 messages or more") "# left out: 10.0.0.1 (private)\n"
						"# left out: 127.0.0.1 (loopback)\n"
						"# left out: 9.1.1.9 (exempt)\n"
						"2a00::1 REJECT\n"},
    {"who is not known is not one offender", {{"", "9.1.1.1", 9}, {"b@example.com", "9.1.1.2", 9}},
	"Identity", {.min_count = 5}, BLOCKLIST_PLAIN, NULL,
	HEAD(", of who has 5 messages or more") "9.1.1.2\n"},
    {"by the address itself", {{"a@example.com", "9.1.1.1", 2}, {"b@example.com", "9.1.1.1", 3}},
	"Login IP", {.min_count = 5}, BLOCKLIST_PLAIN, NULL,
	HEAD(", of who has 5 messages or more") "9.1.1.1\n"},
    {"no address, and what is none",
	{{"a@example.com", "", 9}, {"b@example.com", "1.2.3.4 REJECT\n0.0.0.0/0", 9}}, "Identity",
	{.min_count = 5}, BLOCKLIST_PLAIN, NULL,
	HEAD(", of who has 5 messages or more") "# of none of them a message tells where it logged "
						"in from\n"},
};

static const struct list_case failed_cases[] = {
    {"who guesses passwords tries many names",
	{{"a@example.com", "9.1.1.1", 1}, {"b@example.com", "9.1.1.1", 1},
	    {"c@example.com", "9.1.1.1", 1}, {"d@example.com", "9.1.1.1", 1},
	    {"e@example.com", "9.1.1.1", 1}, {"f@example.com", "9.1.1.1", 1}},
	"Login IP", {.min_count = 5}, BLOCKLIST_PLAIN, NULL,
	FAILED_HEAD(", of who has 5 failed logins or more") "9.1.1.1\n"},
    {"the same from where customers come, and of one who gave no address",
	{{"", "9.1.1.9", 9}, {"", "", 9}}, "Login IP", {.min_count = 5}, BLOCKLIST_PLAIN,
	"9.1.1.8/29",
	FAILED_HEAD(", of who has 5 failed logins or more") "# left out: 9.1.1.9 (exempt)\n"},
};

static void add_logins(struct sink *sink, struct group_set *set, const struct login *login)
{
	struct err err = ERR_INIT;

	for (; login->identity != NULL; login++)
		for (unsigned i = 0; i < login->messages; i++) {
			struct record record = {.number = 1};

			record.value[COLUMN_IDENTITY] = span_of(login->identity);
			record.value[COLUMN_LOGIN_IP] = span_of(login->address);
			assert_int_equal(group_set_add(set, &record, &err), 0);
			assert_int_equal(sink_record(sink, &record, &err), 0);
		}
}

static void check_lists(const struct list_case *rows, size_t count, bool failed_logins)
{
	for (size_t i = 0; i < count; i++) {
		const struct list_case *one = &rows[i];
		struct format_job job = {.limits = one->limits};
		struct err err = ERR_INIT;
		struct written written;
		struct network exempt;
		struct sink *sink;

		job.blocklist = (struct blocklist_settings){
		    .form = one->form, .exempt = &exempt, .failed_logins = failed_logins};
		if (one->exempt != NULL) {
			assert_true(network_read(span_of(one->exempt), &exempt));
			job.blocklist.exempt_count = 1;
		}
		assert_int_equal(column_list_parse(one->group_by, &job.group_by, &err), 0);
		job.groups = group_set_new(&err);
		job.grouping = group_set_get(job.groups, &job.group_by, &err);
		written_open(&written);
		sink = sink_blocklist_open(written.out, &job, &err);
		assert_non_null(sink);
		add_logins(sink, job.groups, one->login);
		assert_span_text(written_end(&written, sink), one->want, one->why);
		written_free(&written);
		group_set_free(job.groups);
	}
}

static void test_lists(void **state)
{
	(void)state;
	check_lists(cases, TABLE_COUNT(cases), false);
	check_lists(failed_cases, TABLE_COUNT(failed_cases), true);
}

static void test_full_disk(void **state)
{
	struct format_job job = {.limits = {.min_count = 2}};
	FILE *full = fopen("/dev/full", "w");
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(full);
	assert_int_equal(column_list_parse("Identity", &job.group_by, &err), 0);
	job.groups = group_set_new(&err);
	job.grouping = group_set_get(job.groups, &job.group_by, &err);
	assert_disk_is_full(sink_blocklist_open(full, &job, &err), full);
	group_set_free(job.groups);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lists),
	    cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
