#include "tests/unit/grouping_sink.h"

#include "sink/sink.h"
#include "text/table.h"
#include "text/table_cell.h"

#define HAN  "\xE6\xBC\xA2"
#define MARK "\xE2\x80\xA6"

static const struct message messages[] = {
    {.identity = "bob@example.com",
	.source_ip = "192.0.2.1",
	.php_script = "www.shop.example/mailer.php",
	.to = "x@example.net",
	.subject = "Your parcel " HAN HAN,
	.when = 1770714900,
	.uid = 7},
    {.identity = "bob@example.com",
	.source_ip = "192.0.2.2",
	.php_script = "www.shop.example/mailer.php",
	.to = "y@example.net",
	.subject = "Your parcel",
	.when = 1770714960,
	.uid = 8},
    {.identity = "bob@example.com",
	.source_ip = "192.0.2.1",
	.to = "y@example.net",
	.when = 1770714000,
	.uid = 9},
    {.identity = HAN HAN "@example.org", .source_ip = "2001:db8::1", .when = 1770715000, .uid = 10},
    {.identity = "", .subject = "a\x1B[2Jb", .uid = 11},
    {.identity = "eve@example.org", .subject = "=1+1"},
};

static void assert_table(struct grouping_sink *counted, struct group_limits limits,
    struct sink_table_options options, const char *want, const char *why)
{
	struct written written;
	struct err err = ERR_INIT;

	written_open(&written);
	assert_span_text(written_end(&written, sink_group_display_new(written.out,
						   counted->grouping, &limits, &options, &err)),
	    want, why);
	written_free(&written);
}

static const struct {
	struct group_limits limits;
	struct sink_table_options options;
	const char *want;
	const char *why;
} rows[] = {
    {{0}, {0},
	"Count      %  Identity          First seen   Last seen    Rcpts  IPs  Subjects  Top "
	"script                       Top source IP  Sample subject    Sample UID\n"
	"    3   50.0  bob@example.com   02-10 09:00  02-10 09:16      2    2         2  67% "
	"www.shop.example/mailer.php  67% 192.0.2.1  Your parcel " HAN HAN "           7\n"
	"    1   16.7  (no identity)                                   0    0         1            "
	"                                      a<U+001B>[2Jb             11\n"
	"    1   16.7  eve@example.org                                 0    0         1            "
	"                                      =1+1\n"
	"    1   16.7  " HAN HAN
	"@example.org  02-10 09:16  02-10 09:16      0    1         0                              "
	"     2001:db8::1                              10\n"
	"    6  100.0  Total (4 groups)\n"
	"times: UTC\n",
	"no terminal: all columns"},
    {{.top = 1}, {.width = 80},
	"Count      %  Identity          Last seen    Rcpts  IPs  Top script\n"
	"    3   50.0  bob@example.com   02-10 09:16      2    2  67% " MARK "/mailer.php\n"
	"    3   50.0  (3 others)        02-10 09:16\n"
	"    6  100.0  Total (4 groups)\n"
	"times: UTC\n"
	"not shown at this width: First seen, Subjects, Top source IP, Sample subject,\n"
	"Sample UID\n",
	"80 columns"},
    {{.top = 2}, {.width = 60, .bars = true},
	"Count      %  Identity          Last seen    Top script\n"
	"    3   50.0  bob@example.com   02-10 09:16  67% " MARK "mailer.php\n"
	"    1   16.7  (no identity)\n"
	"    2   33.3  (2 others)        02-10 09:16\n"
	"    6  100.0  Total (4 groups)\n"
	"times: UTC\n"
	"not shown at this width: Share, First seen, Rcpts, IPs,\n"
	"Subjects, Top source IP, Sample subject, Sample UID\n",
	"60 columns"},
    {{.top = 2}, {.width = 68, .bars = true},
	"Count      %  Share  Identity          Last seen    Top script\n"
	"    3   50.0  \xE2\x96\x88\xE2\x96\x88\xE2\x96\x8C    bob@example.com   02-10 09:16  "
	"67% " MARK "/mailer.php\n"
	"    1   16.7  \xE2\x96\x89      (no identity)\n"
	"    2   33.3         (2 others)        02-10 09:16\n"
	"    6  100.0         Total (4 groups)\n"
	"times: UTC\n"
	"not shown at this width: First seen, Rcpts, IPs, Subjects, Top\n"
	"source IP, Sample subject, Sample UID\n",
	"bars"},
    {{.top = 2}, {.width = 68, .bars = true, .color = true, .ascii_only = true},
	"\033[1mCount\033[0m      \033[1m%\033[0m  \033[1mShare\033[0m  \033[1mIdentity\033[0m     "
	"     \033[1mLast seen\033[0m    \033[1mTop script\033[0m\n"
	"    3   50.0  \033[31m##\033[0m     bob@example.com   02-10 09:16  67% ...ailer.php\n"
	"    1   16.7  \033[33m.\033[0m      (no identity)\n"
	"    2   33.3         (2 others)        02-10 09:16\n"
	"    \033[1m6\033[0m  \033[1m100.0\033[0m         \033[1mTotal (4 groups)\033[0m\n"
	"times: UTC\n"
	"not shown at this width: First seen, Rcpts, IPs, Subjects, Top\n"
	"source IP, Sample subject, Sample UID\n",
	"colours, without UTF-8"},
    {{.top = 2}, {.width = 40, .ascii_only = true},
	"Count      %  Identity\n"
	"    3   50.0  bob@example.com\n"
	"    1   16.7  (no identity)\n"
	"    2   33.3  (2 others)\n"
	"    6  100.0  Total (4 groups)\n"
	"not shown at this width: First seen,\n"
	"Last seen, Rcpts, IPs, Subjects, Top\n"
	"script, Top source IP, Sample subject,\n"
	"Sample UID\n",
	"40 columns"},
    {{.min_count = 7}, {.width = 20},
	"Count      %  Ident" MARK "\n"
	"    6  100.0  (4 ot" MARK "\n"
	"    6  100.0  Total" MARK "\n"
	"not shown at this\n"
	"width: First seen,\n"
	"Last seen, Rcpts,\n"
	"IPs, Subjects, Top\n"
	"script, Top source\n"
	"IP, Sample subject,\n"
	"Sample UID\n",
	"20 columns, all groups cut off"},
};

static void test_tables(void **state)
{
	struct grouping_sink counted;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	grouping_sink_add_all(&counted, messages, TABLE_COUNT(messages));
	for (size_t i = 0; i < TABLE_COUNT(rows); i++)
		assert_table(&counted, rows[i].limits, rows[i].options, rows[i].want, rows[i].why);
	grouping_sink_close(&counted);
}
static void test_ascii_only(void **state)
{
	static const struct message message = {.identity = "b\xC3\xB6", .subject = HAN};
	struct grouping_sink counted;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	grouping_sink_add(&counted, &message);
	assert_table(&counted, (struct group_limits){0},
	    (struct sink_table_options){.width = 57, .ascii_only = true},
	    "Count      %  Identity         Last seen  Sample subject\n"
	    "    1  100.0  b<U+00F6>                   <U+6F22>\n"
	    "    1  100.0  Total (1 group)\n"
	    "not shown at this width: First seen, Rcpts, IPs,\n"
	    "Subjects, Top script, Top source IP, Sample UID\n",
	    "ASCII");
	grouping_sink_close(&counted);
}

static const struct {
	unsigned same;   /* messages with the script /a */
	unsigned others; /* with another one each */
	const char *want;
} percents[] = {
    {5, 0, "  /a\n"},
    {1, 1, "  50% /a\n"},
    {19, 1, "  95% /a\n"},
    {499, 1, "  99% /a\n"}, /* not 100: there is another */
    {1, 19, "   5% /a\n"},
    {1, 499, "  <1% /a\n"},
};

static void test_top_percent(void **state)
{
	const struct group_limits all = {0};
	const struct sink_table_options options = {0};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(percents); i++) {
		struct grouping_sink counted;
		struct written written;
		struct span text;

		grouping_sink_open(&counted, "Identity");
		for (unsigned n = 0; n < percents[i].same + percents[i].others; n++) {
			char script[16] = "/a";

			if (n >= percents[i].same)
				snprintf(script, sizeof(script), "/b%u", n);
			grouping_sink_add(&counted, &(struct message){.php_script = script});
		}
		written_open(&written);
		text = written_end(&written,
		    sink_group_display_new(written.out, counted.grouping, &all, &options, &err));
		if (span_find_text(text, span_of(percents[i].want)) == SPAN_NPOS)
			fail_msg("%s: %s", percents[i].want, text.p);
		written_free(&written);
		grouping_sink_close(&counted);
	}
}

/* What a saved report does not tell is unknown, not zero; two keys; the zone's clock. */
static void test_unknown_and_zone(void **state)
{
	static const struct message message = {.identity = "bob@example.com",
	    .domain = "example.com",
	    .when = 1770714900,
	    .absent = {COLUMN_TO, COLUMN_SOURCE_IP}};
	struct grouping_sink counted;

	(void)state;
	setenv("TZ", "Asia/Kolkata", 1);
	tzset();
	grouping_sink_open(&counted, "Domain,Identity");
	grouping_sink_add(&counted, &message);
	assert_table(&counted, (struct group_limits){0}, (struct sink_table_options){.width = 100},
	    "Count      %  Domain           Identity         First seen   Last seen    Rcpts  IPs  "
	    "Top script\n"
	    "    1  100.0  example.com      bob@example.com  02-10 14:45  02-10 14:45\n"
	    "    1  100.0  Total (1 group)\n"
	    "times: IST (UTC+05:30)\n"
	    "not shown at this width: Subjects, Top source IP, Sample subject, Sample UID\n",
	    "unknown");
	grouping_sink_close(&counted);
	setenv("TZ", "UTC", 1);
	tzset();
}

/* On every terminal: no line is wider, and the count stands in the same column. */
static void test_every_width(void **state)
{
	const struct group_limits all = {0};
	struct grouping_sink counted;
	struct err err = ERR_INIT;

	(void)state;
	grouping_sink_open(
	    &counted, "Identity,Domain,IP/Username,Source IP,PHP script,To,Subject,From");
	grouping_sink_add_all(&counted, messages, TABLE_COUNT(messages));
	for (unsigned width = TABLE_MIN_WIDTH; width <= 250; width++) {
		const struct sink_table_options options = {.width = width};
		struct written written;
		struct span rest;

		written_open(&written);
		rest = written_end(&written,
		    sink_group_display_new(written.out, counted.grouping, &all, &options, &err));
		for (unsigned line_number = 0; rest.n > 0; line_number++) {
			struct span line = span_head(rest, span_find(rest, '\n'));

			if (table_cell_width(line) > width || line.p[line.n - 1] == ' ')
				fail_msg("width %u: \"%.*s\"", width, (int)line.n, line.p);
			if (line_number == 0)
				assert_span_text(span_head(line, 5), "Count", "title");
			else if (line_number <= 5)
				assert_row(span_is_digit(line.p[4]) && line.p[5] == ' ', line.p);
			rest = span_from(rest, line.n + 1);
		}
		written_free(&written);
	}
	grouping_sink_close(&counted);
}

/* At 60 columns and more, and without a terminal, each identity stands whole; below it is cut. */
static void test_whole_identity(void **state)
{
	static const char longest[] =
	    "a-login-that-is-longer-than-any-terminal-is-wide-and-goes-on-for-a-while-more-than-"
	    "that@srv01.shared.example";
	static const char usual[] = "a.long.login.name@srv01.shared.example";
	const struct group_limits all = {0};
	struct grouping_sink counted;
	struct err err = ERR_INIT;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	for (unsigned i = 0; i < 2; i++)
		grouping_sink_add(
		    &counted, &(struct message){.identity = i == 0 ? longest : usual,
				  .php_script = "www.shop.example/wp-content/plugins/mailer.php",
				  .when = 1770714900});
	for (unsigned width = 50; width <= 201; width++) {
		const struct sink_table_options options = {.width = width <= 200 ? width : 0};
		struct written written;
		struct span text;
		struct buf joined;
		bool whole;

		written_open(&written);
		text = written_end(&written,
		    sink_group_display_new(written.out, counted.grouping, &all, &options, &err));
		buf_init(&joined, 0);
		/* Folded lines put together again: they hold nothing but blanks in front. */
		for (size_t i = 0; i < text.n; i++)
			if (!span_is_blank(text.p[i]))
				buf_add_char(&joined, text.p[i]);
		whole = span_find_text(text, span_of(usual)) != SPAN_NPOS;
		if (whole != (width >= 60))
			fail_msg("width %u: %s", width, text.p);
		if (width < 60)
			assert_row(span_find_text(text, SPAN(MARK)) != SPAN_NPOS, "cut");
		else if (width > 200)
			assert_row(span_find_text(text, span_of(longest)) != SPAN_NPOS, "a file");
		buf_fini(&joined);
		written_free(&written);
	}
	grouping_sink_close(&counted);
}

/* A row for who is not a customer's account; how many addresses logged in, or called the script. */
static void test_weak(void **state)
{
	static const struct message some[] = {
	    {.identity = "a@example.com", .identity_kind = "account", .login_ip = "192.0.2.1"},
	    {.identity = "a@example.com", .identity_kind = "account", .login_ip = "192.0.2.2"},
	    {.identity = "198.51.100.5", .identity_kind = "server"},
	    {.identity = "uid 33@web3.example", .identity_kind = "system"},
	    {.identity = "uid 1001@web3.example", .identity_kind = "user"},
	};
	struct grouping_sink counted;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	grouping_sink_add_all(&counted, some, TABLE_COUNT(some));
	assert_table(&counted, (struct group_limits){0},
	    (struct sink_table_options){.width = 60, .color = true},
	    "\033[1mCount\033[0m      \033[1m%\033[0m  \033[1mIdentity\033[0m               "
	    "\033[1mKind\033[0m    \033[1mLogin IPs\033[0m\n"
	    "    2   40.0  a@example.com                          2\n"
	    "    1   20.0  \033[2m198.51.100.5\033[0m           \033[33mserver\033[0m\n"
	    "    1   20.0  uid 1001@web3.example\n"
	    "    1   20.0  \033[2muid 33@web3.example\033[0m    \033[33msystem\033[0m\n"
	    "    \033[1m5\033[0m  \033[1m100.0\033[0m  \033[1mTotal (4 groups)\033[0m\n"
	    "not shown at this width: First seen, Last seen, Rcpts, IPs,\n"
	    "Subjects, Top script, Top source IP, Sample subject, Sample\n"
	    "UID\n",
	    "weak");
	assert_table(&counted, (struct group_limits){0}, (struct sink_table_options){.width = 40},
	    "Count      %  Identity            Kind\n"
	    "    2   40.0  a@example.com\n"
	    "    1   20.0  198.51.100.5        server\n"
	    "    1   20.0  uid 1001@web3.exa" MARK "\n"
	    "    1   20.0  uid 33@web3.examp" MARK "  system\n"
	    "    5  100.0  Total (4 groups)\n"
	    "not shown at this width: First seen,\n"
	    "Last seen, Rcpts, Login IPs, IPs,\n"
	    "Subjects, Top script, Top source IP,\n"
	    "Sample subject, Sample UID\n",
	    "40");
	grouping_sink_close(&counted);
	grouping_sink_open(&counted, "Source IP");
	grouping_sink_add_all(&counted, some, TABLE_COUNT(some));
	assert_table(&counted, (struct group_limits){0}, (struct sink_table_options){.width = 60},
	    "Count      %  Source IP        Last seen  Login IPs\n"
	    "    5  100.0  (none)                              2\n"
	    "    5  100.0  Total (1 group)\n"
	    "not shown at this width: First seen, Rcpts, IPs, Subjects,\n"
	    "Top script, Sample subject, Sample UID\n",
	    "not by identity");
	grouping_sink_close(&counted);
}

/* Who logs in from everywhere is shown at every width that has room for it. */
static void test_everywhere(void **state)
{
	static const unsigned widths[] = {60, 80, 120};
	struct grouping_sink counted;

	(void)state;
	for (unsigned logins = 8; logins <= 9; logins++) {
		grouping_sink_open(&counted, "Identity");
		for (unsigned i = 0; i < logins; i++) {
			char ip[32];

			snprintf(ip, sizeof(ip), "192.0.2.%u", i);
			grouping_sink_add(&counted,
			    &(struct message){.identity = "a-mailbox-with-a-long-name@example.com",
				.identity_kind = "account",
				.login_ip = ip,
				.source_ip = "192.0.2.1",
				.php_script = "www.shop.example/mailer.php",
				.to = "x@example.net",
				.subject = "Your parcel",
				.when = 1770714900,
				.uid = 7});
		}
		for (size_t i = 0; i < TABLE_COUNT(widths); i++) {
			struct sink_table_options options = {.width = widths[i]};
			struct written written;
			struct err err = ERR_INIT;
			struct span text;
			bool shown;

			written_open(&written);
			text = written_end(
			    &written, sink_group_display_new(written.out, counted.grouping,
					  &(struct group_limits){0}, &options, &err));
			shown = span_find_text(span_head(text, span_find(text, '\n')),
				    SPAN("Login IPs")) != SPAN_NPOS;
			if (shown != (logins > 8 || widths[i] == 120))
				fail_msg("%u addresses at %u: %.*s", logins, widths[i], (int)text.n,
				    text.p);
			written_free(&written);
		}
		grouping_sink_close(&counted);
	}
}

static void test_no_message(void **state)
{
	struct grouping_sink counted;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	assert_table(&counted, (struct group_limits){0}, (struct sink_table_options){.width = 40},
	    "Count    %  Identity          Last seen\n"
	    "    0  0.0  Total (0 groups)\n"
	    "not shown at this width: First seen,\n"
	    "Rcpts, IPs, Subjects, Top script, Top\n"
	    "source IP, Sample subject, Sample UID\n",
	    "nothing");
	grouping_sink_close(&counted);
}

static void test_full_disk(void **state)
{
	const struct sink_table_options options = {0};
	const struct group_limits all = {0};
	FILE *full = fopen("/dev/full", "w");
	struct grouping_sink counted;
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(full);
	grouping_sink_open(&counted, "Identity");
	grouping_sink_add_all(&counted, messages, TABLE_COUNT(messages));
	assert_disk_is_full(
	    sink_group_display_new(full, counted.grouping, &all, &options, &err), full);
	grouping_sink_close(&counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_tables),
	    cmocka_unit_test(test_ascii_only),
	    cmocka_unit_test(test_top_percent),
	    cmocka_unit_test(test_unknown_and_zone),
	    cmocka_unit_test(test_every_width),
	    cmocka_unit_test(test_whole_identity),
	    cmocka_unit_test(test_weak),
	    cmocka_unit_test(test_everywhere),
	    cmocka_unit_test(test_no_message),
	    cmocka_unit_test(test_full_disk),
	};

	setenv("TZ", "UTC", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
