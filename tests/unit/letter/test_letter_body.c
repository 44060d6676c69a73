#include "tests/unit/grouping_sink.h"

#include "group/group_past.h"
#include "letter/letter_body.h"
#include "text/table_cell.h"

#define ELLIPSIS "\xE2\x80\xA6"

#define DAY ((time_t)24 * 60 * 60)

/* 2026-02-10, Europe/Berlin */
#define TENTH ((time_t)1770678000)

#define MAX_MESSAGES 40
#define MAX_FOLDERS  4

static const struct message bob = {
    .identity = "bob@example.com",
    .php_script = "www.shop.example/mailer.php",
    .source_ip = "192.0.2.1",
    .when = TENTH + 9 * 3600 + 15 * 60,
};
static const struct message eve = {
    .identity = "eve@example.org", .source_ip = "2001:db8::1", .when = TENTH + 3600};
static const struct message nobody = {.when = TENTH};

/* A report: so many messages of each. */
struct report {
	struct account account;
	struct account_place folder[MAX_FOLDERS];
	struct {
		const struct message *message;
		unsigned count;
	} messages[4];
};

static void count_messages(struct grouping_sink *counted, const struct report *report)
{
	grouping_sink_open(counted, "Identity");
	for (size_t i = 0; i < TABLE_COUNT(report->messages); i++)
		for (unsigned n = 0; n < report->messages[i].count; n++)
			grouping_sink_add(counted, report->messages[i].message);
}

static struct account account_of(const struct report *report, struct account_place *folder)
{
	struct account account = report->account;

	memcpy(folder, report->folder, sizeof(report->folder));
	account.place = folder;
	for (unsigned i = 0; i < MAX_FOLDERS && folder[i].host != NULL; i++) {
		bool another = i > 0 && strcmp(folder[i].host, folder[i - 1].host) != 0;

		folder[i].server = i > 0 ? folder[i - 1].server + another : 0;
		account.place_count++;
	}
	return account;
}

#define report_of(for_account, counted)                                                            \
	(const struct letter_report)                                                               \
	{                                                                                          \
		.account = (for_account), .identities = (counted)->grouping                        \
	}

#define TENTH_ONLY .has_period = true, .since = TENTH, .until = TENTH + DAY

static const struct {
	struct report report;
	const char *subject;
	const char *text;
	const char *why;
} reports[] = {
    {{.account = {TENTH_ONLY},
	 .folder = {{"quarantine.example.com", "Caught (Outgoing)", {6, 4, 1, 1, 0}, NULL}},
	 .messages = {{&bob, 3}, {&eve, 1}}},
	"Quarantine 2026-02-10: 4 messages, most from bob@example.com (3)",
	"Quarantine report\n"
	"2026-02-10T00:00:00+01:00 to 2026-02-11T00:00:00+01:00\n"
	"4 messages\n"
	"\n"
	"#  Messages      %  Identity\n"
	"1         3   75.0  bob@example.com\n"
	"                    last seen 02-10 09:15\n"
	"                    100.0 % by www.shop.example/mailer.php\n"
	"2         1   25.0  eve@example.org\n"
	"                    last seen 02-10 01:00\n"
	"\n"
	"quarantine.example.com, Caught (Outgoing)\n"
	"  6 found: 4 reported, 1 bounces filtered, 1 vanished, 0 unreadable\n",
	"one folder"},
    {{.account = {TENTH_ONLY},
	 .folder = {{"a.example", "Out", {1, 1, 0, 0, 0}, NULL},
	     {"a.example", "In", {2, 1, 0, 0, 1}, NULL},
	     {"b.example", "Out", {0}, "cannot connect\nto it"},
	     {"b.example", "In", {0}, "cannot connect\nto it"}},
	 .messages = {{&eve, 2}}},
	"Quarantine 2026-02-10, NOT COMPLETE: 2 messages, all from eve@example.org (2)",
	"THIS REPORT IS NOT COMPLETE. Missing:\n"
	"  b.example, Out\n"
	"  b.example, In\n"
	"    cannot connect\n"
	"    to it\n"
	"  1 message that could not be read\n"
	"\n"
	"Quarantine report\n"
	"2026-02-10T00:00:00+01:00 to 2026-02-11T00:00:00+01:00\n"
	"2 messages\n"
	"\n"
	"#  Messages      %  Identity\n"
	"1         2  100.0  eve@example.org\n"
	"                    last seen 02-10 01:00\n"
	"\n"
	"a.example, Out\n"
	"  1 found: 1 reported, 0 bounces filtered, 0 vanished, 0 unreadable\n"
	"a.example, In\n"
	"  2 found: 1 reported, 0 bounces filtered, 0 vanished, 1 unreadable\n"
	"b.example, Out (NOT COMPLETE)\n"
	"  0 found: 0 reported, 0 bounces filtered, 0 vanished, 0 unreadable\n"
	"b.example, In (NOT COMPLETE)\n"
	"  0 found: 0 reported, 0 bounces filtered, 0 vanished, 0 unreadable\n"
	"All together\n"
	"  3 found: 2 reported, 0 bounces filtered, 0 vanished, 1 unreadable\n",
	"a server is missing"},
    {{.account = {TENTH_ONLY}, .folder = {{"a.example", "Out", {0}, NULL}}},
	"Quarantine 2026-02-10: no messages",
	"Quarantine report\n"
	"2026-02-10T00:00:00+01:00 to 2026-02-11T00:00:00+01:00\n"
	"0 messages\n"
	"\n"
	"a.example, Out\n"
	"  0 found: 0 reported, 0 bounces filtered, 0 vanished, 0 unreadable\n",
	"nothing"},
    {{.account = {.new_only = true, TENTH_ONLY},
	 .folder = {{"a.example", "Out", {1, 1, 0, 0, 0}, NULL, .recreated = true}},
	 .messages = {{&nobody, 1}}},
	"Quarantine since the last run: 1 message, all without identity (1)",
	"Quarantine report\n"
	"New since the last run; in folders that are read for the first time\n"
	"2026-02-10T00:00:00+01:00 to 2026-02-11T00:00:00+01:00\n"
	"1 message\n"
	"\n"
	"#  Messages      %  Identity\n"
	"1         1  100.0  (no identity)\n"
	"                    last seen 02-10 00:00\n"
	"\n"
	"a.example, Out (made anew by the server: all of the period)\n"
	"  1 found: 1 reported, 0 bounces filtered, 0 vanished, 0 unreadable\n",
	"new ones only, but for a folder that was made anew"},
    {{.account = {.saved = 2}, .messages = {{&nobody, 2}, {&bob, 1}}},
	"Quarantine, 2 saved reports: 3 messages, most without identity (2), then from "
	"bob@example.com (1)",
	"Quarantine report\n"
	"2 saved reports\n"
	"2026-02-10T00:00:00+01:00 to 2026-02-10T09:15:00+01:00\n"
	"3 messages\n"
	"\n"
	"#  Messages      %  Identity\n"
	"1         2   66.7  (no identity)\n"
	"                    last seen 02-10 00:00\n"
	"2         1   33.3  bob@example.com\n"
	"                    last seen 02-10 09:15\n"
	"                    100.0 % by www.shop.example/mailer.php\n",
	"saved reports"},
    {{.account = {.saved = 1}}, "Quarantine, 1 saved report: no messages",
	"Quarantine report\n"
	"1 saved report\n"
	"0 messages\n",
	"an empty saved report"},
};

static void test_reports(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(reports); i++) {
		struct account_place folder[MAX_FOLDERS];
		struct account account = account_of(&reports[i].report, folder);
		struct err err = ERR_INIT;
		struct grouping_sink counted;

		count_messages(&counted, &reports[i].report);
		buf_clear(&out);
		assert_int_equal(letter_add_subject(&out, &report_of(&account, &counted), &err), 0);
		assert_span_text(buf_span(&out), reports[i].subject, reports[i].why);
		buf_clear(&out);
		assert_int_equal(letter_add_text(&out, &report_of(&account, &counted), &err), 0);
		assert_span_text(buf_span(&out), reports[i].text, reports[i].why);
		grouping_sink_close(&counted);
	}
	buf_fini(&out);
}

#define HOUR ((time_t)3600)

/* What is said of one identity: so many messages, at these times. */
static const struct {
	struct message message;
	struct {
		unsigned count;
		time_t when;
	} sent[3];
	const char *want;
	const char *why;
} facts[] = {
    {{.identity = "a", .identity_kind = "account"}, {{24, TENTH}, {12, TENTH + 23 * HOUR}},
	"                    account, last seen 02-10 23:00\n"
	"                    STILL SENDING: 12 last hour, 1.0 an hour before\n",
	"it goes on"},
    {{.identity = "a", .identity_kind = "account"}, {{460, TENTH}, {19, TENTH + 23 * HOUR}},
	"                    account, last seen 02-10 23:00\n"
	"                    still sending: 19 last hour, 20.0 an hour before\n",
	"it falls"},
    {{.identity = "a"}, {{9, TENTH + DAY - 1}},
	"                    last seen 02-10 23:59\n"
	"                    still sending: 9 last hour, none before\n",
	"no stream, and no kind is known"},
    {{.identity = "a"}, {{1, TENTH}, {1, TENTH + DAY - 1}},
	"                    last seen 02-10 23:59\n"
	"                    still sending: 1 last hour, fewer than 0.1 an hour before\n",
	"few"},
    {{.identity = "a"}, {{40, TENTH + 23 * HOUR - 1}},
	"                    last seen 02-10 22:59\n", "not in the last hour"},
    {{.identity = "a"}, {{40, 0}}, "", "no time is known"},
    {{.identity = "192.0.2.1", .identity_kind = "server"}, {{1, TENTH}},
	"                    weak: server, no account\n"
	"                    last seen 02-10 00:00\n",
	"a server"},
    {{.identity = "www-data@a.example", .identity_kind = "system", .notes = NOTE_SYSTEM_UID},
	{{1, TENTH}},
	"                    weak: system user, no customer\n"
	"                    last seen 02-10 00:00\n",
	"a user of the system"},
    {{.identity = "bob@a.example", .identity_kind = "user"}, {{1, TENTH}},
	"                    user, last seen 02-10 00:00\n", "a user"},
    {{.identity = "a", .login_ip = "192.0.2.1"}, {{1, TENTH}},
	"                    last seen 02-10 00:00\n", "one login address"},
    {{.identity = "a", .php_script = "a.example/x.php", .caller = "192.0.2.1"}, {{1, TENTH}},
	"                    last seen 02-10 00:00\n"
	"                    100.0 % by a.example/x.php\n",
	"one caller"},
    {{.identity = "a",
	 .php_script = "a.example/wp-content/plugins/a-plugin-with-a-name/a-file-of-it.php"},
	{{1, TENTH}},
	"                    last seen 02-10 00:00\n"
	"                    100.0 % by\n"
	"    a.example/wp-content/plugins/a-plugin-with-a-name/a-file-of-it.php\n",
	"a long path"},
    {{.identity = "a",
	 .php_script = "a.example/wp-content/plugins/a-plugin-with-a-long-name/and-a-folder/"
		       "a-file-of-it.php"},
	{{1, TENTH}},
	"                    last seen 02-10 00:00\n"
	"                    100.0 % by\n"
	"    " ELLIPSIS
	"p-content/plugins/a-plugin-with-a-long-name/and-a-folder/a-file-of-it.php\n",
	"one that is too long"},
};

/* Text behind the row of the only identity, up to the end. */
static struct span behind_identity(struct span text, const char *identity)
{
	char line[GROUP_MAX_TEXT + 4];
	size_t at;

	snprintf(line, sizeof(line), "  %s\n", identity);
	at = span_find_text(text, span_of(line));
	assert_row(at != SPAN_NPOS, text.p);
	return span_from(text, at + strlen(line));
}

static void test_facts(void **state)
{
	const struct account account = {.saved = 1, .recent = TENTH + 23 * HOUR};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(facts); i++) {
		struct err err = ERR_INIT;
		struct grouping_sink counted;

		grouping_sink_open(&counted, "Identity");
		group_set_watch(counted.set, account.recent);
		for (unsigned k = 0; k < TABLE_COUNT(facts[i].sent); k++)
			for (unsigned n = 0; n < facts[i].sent[k].count; n++) {
				struct message message = facts[i].message;

				message.when = facts[i].sent[k].when;
				grouping_sink_add(&counted, &message);
			}
		buf_clear(&out);
		assert_int_equal(letter_add_text(&out, &report_of(&account, &counted), &err), 0);
		buf_string(&out);
		assert_span_text(behind_identity(buf_span(&out), facts[i].message.identity),
		    facts[i].want, facts[i].why);
		grouping_sink_close(&counted);
	}
	buf_fini(&out);
}

/* "Still" is true of the end of the period; a letter that is made later names it. */
static void test_still(void **state)
{
	const struct message message = {.identity = "a", .when = TENTH + DAY - 1};
	static const struct {
		time_t later;
		unsigned count;
		const char *want;
	} rows[] = {
	    {0, 9, "still sending: 9 last hour, none before\n"},
	    {HOUR, 12, "STILL SENDING: 12 last hour, none before\n"},
	    {HOUR + 1, 9, "still sending at 00:00: 9 last hour, none before\n"},
	    {6 * HOUR, 12, "STILL SENDING at 00:00: 12 last hour, none before\n"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct account account = {
		    .saved = 1,
		    .recent = TENTH + 23 * HOUR,
		    .made = TENTH + DAY + rows[i].later,
		};
		struct err err = ERR_INIT;
		struct grouping_sink counted;

		grouping_sink_open(&counted, "Identity");
		group_set_watch(counted.set, account.recent);
		for (unsigned n = 0; n < rows[i].count; n++)
			grouping_sink_add(&counted, &message);
		buf_clear(&out);
		assert_int_equal(letter_add_text(&out, &report_of(&account, &counted), &err), 0);
		buf_string(&out);
		assert_row(strstr(out.p, rows[i].want) != NULL, rows[i].want);
		grouping_sink_close(&counted);
	}
	buf_fini(&out);
}

/* Who sent most may have stopped; who sends most now is named, wherever he stands. */
static void test_busiest(void **state)
{
	static const struct {
		unsigned before, now; /* messages of each */
	} rows[][3] = {
	    {{20, 0}, {2, 9}, {8, 3}}, {{20, 10}, {2, 9}, {8, 3}}, {{20, 0}, {5, 0}, {1, 0}}};
	static const char *const want[] = {
	    "Most in the last hour, 9 messages (still sending at 00:00):\n    b\n\n", NULL, NULL};
	const struct account account = {
	    .saved = 1, .recent = TENTH + 23 * HOUR, .made = TENTH + 2 * DAY};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct grouping_sink counted;
		struct letter_report report;
		struct err err = ERR_INIT;
		struct buf out;
		const char *found;

		buf_init(&out, 0);
		grouping_sink_open(&counted, "Identity");
		group_set_watch(counted.set, account.recent);
		for (unsigned who = 0; who < 3; who++)
			for (unsigned n = 0; n < rows[i][who].before + rows[i][who].now; n++) {
				const char *const names[] = {"a", "b", "c"};
				const struct message message = {.identity = names[who],
				    .when = TENTH + (n < rows[i][who].before ? 2 : 23) * HOUR};

				grouping_sink_add(&counted, &message);
			}
		report = report_of(&account, &counted);
		report.limits.top = 1;
		assert_int_equal(letter_add_text(&out, &report, &err), 0);
		found = strstr(buf_string(&out), "Most in the last hour");
		assert_row((found != NULL) == (want[i] != NULL), buf_string(&out));
		if (found != NULL)
			assert_row(strstr(buf_string(&out), want[i]) != NULL, buf_string(&out));
		buf_fini(&out);
		grouping_sink_close(&counted);
	}
}

/* Large numbers go to the next line. */
static void test_wide_numbers(void **state)
{
	const struct account account = {
	    .saved = 1,
	    .recent = TENTH + 23 * HOUR,
	    .made = TENTH + 2 * DAY,
	};
	struct message message = {.identity = "a", .when = TENTH + 22 * HOUR};
	struct err err = ERR_INIT;
	struct grouping_sink counted;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	grouping_sink_open(&counted, "Identity");
	group_set_watch(counted.set, account.recent);
	for (unsigned n = 0; n < 3000; n++) {
		if (n == 1500)
			message.when = TENTH + 23 * HOUR;
		grouping_sink_add(&counted, &message);
	}
	assert_int_equal(letter_add_text(&out, &report_of(&account, &counted), &err), 0);
	buf_string(&out);
	assert_span_text(behind_identity(buf_span(&out), "a"),
	    "                    last seen 02-10 23:00\n"
	    "                    STILL SENDING at 00:00:\n"
	    "                    1500 last hour, 1500.0 an hour before\n",
	    "large numbers");
	grouping_sink_close(&counted);
	buf_fini(&out);
}

/* Of an account from many addresses. */
static void test_addresses(void **state)
{
	const struct account account = {.saved = 1};
	struct grouping_sink counted;
	struct err err = ERR_INIT;
	struct buf out;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	for (unsigned i = 0; i < 40; i++) {
		char address[16];
		struct message message = {.identity = "a", .php_script = "a.example/x.php"};

		snprintf(address, sizeof(address), "192.0.2.%u", i);
		message.login_ip = address;
		message.caller = address;
		grouping_sink_add(&counted, &message);
	}
	buf_init(&out, 0);
	assert_int_equal(letter_add_text(&out, &report_of(&account, &counted), &err), 0);
	buf_string(&out);
	assert_span_text(behind_identity(buf_span(&out), "a"),
	    "                    logged in from 40 addresses\n"
	    "                    called from 40 addresses, 100.0 % by a.example/x.php\n",
	    "many addresses");
	buf_fini(&out);
	grouping_sink_close(&counted);
}

/* The command that locks whom it is about, and nobody whose name a copy could change. */
#define LOCK_COMMAND "cmd --profile='no'\\''c' --hours-ago=49 -- "

static void test_locks(void **state)
{
	static const struct {
		struct message message;
		const char *want; /* NULL: none is shown */
	} rows[] = {
	    {{.identity = "bob@a.example", .identity_kind = "user"}, "'bob@a.example'\n"},
	    {{.identity = "it's $(id) `id` \"!x\" \\"}, "'it'\\''s $(id) `id` \"!x\" \\'\n"},
	    {{.identity = "--undo"}, "'--undo'\n"},
	    {{.identity = "a b"}, "'a b'\n"},
	    {{.identity = "a  b"}, NULL},
	    {{.identity = "a\xC2\xA0"
			  "b"},
		NULL},
	    {{.identity = "a\xE2\x80\x83"
			  "b"},
		NULL},
	    {{.identity = "a\xE2\x80\xAE"
			  "b"},
		NULL},
	    {{.identity = "bob\xCD\x8F@a.example"}, NULL},     /* U+034F, a joiner */
	    {{.identity = "bob\xE3\x85\xA4@a.example"}, NULL}, /* U+3164, a filler */
	    {{.identity = "bob\xE1\x85\x9F@a.example"}, NULL}, /* U+115F, another */
	    {{.identity = "bob\xE2\xA0\x80@a.example"}, NULL}, /* U+2800 */
	    {{.identity = "bob\xEF\xB8\x8F@a.example"}, NULL}, /* U+FE0F, a variation */
	    {{.identity = "b\xC3\xB6@a.example"}, "'b\xC3\xB6@a.example'\n"},
	    {{.identity = "*"}, NULL},
	    {{.identity = "192.0.2.1", .identity_kind = "server"}, NULL},
	    {{.identity = "www-data@a.example",
		 .identity_kind = "system",
		 .notes = NOTE_SYSTEM_UID},
		NULL},
	};
	const struct account account = {
	    .saved = 1, .has_period = true, .since = TENTH, .made = TENTH + DAY};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		struct grouping_sink counted;
		struct letter_report report;
		const char *found;

		grouping_sink_open(&counted, "Identity");
		grouping_sink_add(&counted, &rows[i].message);
		report = report_of(&account, &counted);
		report.lock = (struct sink_lock){.command = "cmd", .profile = "no'c"};
		buf_clear(&out);
		assert_int_equal(letter_add_text(&out, &report, &err), 0);
		found = strstr(buf_string(&out), LOCK_COMMAND);
		assert_row((found != NULL) == (rows[i].want != NULL), rows[i].message.identity);
		if (found != NULL)
			assert_row(strncmp(found + strlen(LOCK_COMMAND), rows[i].want,
				       strlen(rows[i].want)) == 0,
			    rows[i].message.identity);
		grouping_sink_close(&counted);
	}
	buf_fini(&out);
}

/* However many are asked for. */
static void test_limits(void **state)
{
	static const struct {
		struct group_limits limits;
		unsigned shown;
	} rows[] = {{{0}, 10}, {{.top = 3}, 3}, {{.top = 120}, 100}, {{.min_count = 2}, 1},
	    {{.top = 50, .min_count = 3}, 0}};
	const struct account account = {.saved = 1};
	struct grouping_sink counted;
	struct buf out;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	for (unsigned i = 0; i < 131; i++) {
		char identity[16];
		const struct message message = {.identity = identity};

		snprintf(identity, sizeof(identity), "id%u", i % 130);
		grouping_sink_add(&counted, &message);
	}
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct letter_report report = report_of(&account, &counted);
		struct err err = ERR_INIT;
		char others[32];

		report.limits = rows[i].limits;
		buf_clear(&out);
		assert_int_equal(letter_add_text(&out, &report, &err), 0);
		snprintf(others, sizeof(others), "(%u others)\n", 130 - rows[i].shown);
		assert_row(
		    span_find_text(buf_span(&out), span_of(others)) != SPAN_NPOS, buf_string(&out));
		assert_row((span_find_text(buf_span(&out), SPAN("A letter shows 100 identities"
								" at most.\n")) != SPAN_NPOS) ==
			       (rows[i].shown == 100),
		    buf_string(&out));
		buf_clear(&out);
		assert_int_equal(letter_add_html(&out, &report, &err), 0);
		assert_row(span_find_text(buf_span(&out),
			       span_head(span_of(others), strlen(others) - 1)) != SPAN_NPOS,
		    buf_string(&out));
	}
	buf_fini(&out);
	grouping_sink_close(&counted);
}

static const struct {
	time_t since;
	time_t until;
	const char *want;
} windows[] = {
    {TENTH, TENTH + DAY, "Quarantine 2026-02-10: no messages"},
    {TENTH, TENTH + 3 * DAY, "Quarantine 2026-02-10 to 2026-02-12: no messages"},
    {TENTH + 7200, TENTH + 9000, "Quarantine 2026-02-10 02:00 to 02:30: no messages"},
    {TENTH, TENTH + 9000, "Quarantine 2026-02-10 00:00 to 02:30: no messages"},
    {TENTH + 7200, TENTH + DAY, "Quarantine 2026-02-10 02:00 to 2026-02-11 00:00: no messages"},
    /* A day of 23 hours. */
    {1774738800, 1774738800 + DAY - 3600, "Quarantine 2026-03-29: no messages"},
};

static void test_windows(void **state)
{
	struct grouping_sink counted;
	struct buf out;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(windows); i++) {
		const struct account account = {
		    .has_period = true, .since = windows[i].since, .until = windows[i].until};
		struct err err = ERR_INIT;

		buf_clear(&out);
		assert_int_equal(letter_add_subject(&out, &report_of(&account, &counted), &err), 0);
		assert_span_text(buf_span(&out), windows[i].want, windows[i].want);
	}
	buf_fini(&out);
	grouping_sink_close(&counted);
}

/* Ten of them, then the others; no line is wider than a mail reader shows. */
static void test_top_ten(void **state)
{
	struct grouping_sink counted;
	struct err err = ERR_INIT;
	const struct account account = {.saved = 1};
	struct buf out;
	struct span rest;
	size_t at;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	for (unsigned i = 0; i < 13; i++) {
		char identity[GROUP_MAX_TEXT];
		struct message message = bob;

		snprintf(
		    identity, sizeof(identity), "%c%0*d@example.com", 'a' + (int)i, (int)i * 20, 0);
		message.identity = identity;
		for (unsigned n = 0; n < 20 - i; n++)
			grouping_sink_add(&counted, &message);
	}
	buf_init(&out, 0);
	assert_int_equal(letter_add_text(&out, &report_of(&account, &counted), &err), 0);
	rest = buf_span(&out);
	at = span_find_text(rest, SPAN("\n10        11    6.0\n    j0000000"));
	assert_row(at != SPAN_NPOS, buf_string(&out));
	at = span_find_text(rest, SPAN("\n          27   14.8  (3 others)"));
	assert_row(at != SPAN_NPOS, buf_string(&out));
	assert_row(
	    span_find_text(rest, SPAN("k000")) == SPAN_NPOS, "the eleventh is not in the table");
	while (rest.n > 0) {
		struct span line = span_head(rest, span_find(rest, '\n'));

		if (table_cell_width(line) > LETTER_WIDTH &&
		    !span_ends_nocase(line, SPAN("@example.com")))
			fail_msg("too wide: %.*s", (int)line.n, line.p);
		rest = span_from(rest, line.n + 1);
	}
	buf_fini(&out);
	grouping_sink_close(&counted);
}

/* Texts that spammers chose; values are one line, whatever they hold. */
static const struct {
	const char *identity;
	const char *want;  /* in the subject */
	const char *whole; /* in the text; NULL: the same */
} hostile[] = {
    {"a\xE2\x80\xAE@example.com", "a<U+202E>@example.com", NULL},
    {"a\nBcc: x@example.net", "a<U+000A>Bcc: x@example.net", NULL},
    {"a\x1B[2J", "a<U+001B>[2J", NULL},
    {"\xFF", "<FF>", NULL},
    {"b\xC3\xB6se@example.com", "b\xC3\xB6se@example.com", NULL},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" ELLIPSIS,
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
};

static void test_hostile(void **state)
{
	const struct account account = {.saved = 1};
	struct buf want;
	struct buf out;

	(void)state;
	buf_init(&want, 0);
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(hostile); i++) {
		const struct message message = {.identity = hostile[i].identity};
		struct err err = ERR_INIT;
		struct grouping_sink counted;
		struct span whole;

		grouping_sink_open(&counted, "Identity");
		grouping_sink_add(&counted, &message);
		buf_clear(&want);
		buf_printf(&want, "Quarantine, 1 saved report: 1 message, all from %s (1)",
		    hostile[i].want);
		buf_clear(&out);
		assert_int_equal(letter_add_subject(&out, &report_of(&account, &counted), &err), 0);
		assert_span_text(buf_span(&out), buf_string(&want), hostile[i].identity);
		buf_clear(&out);
		assert_int_equal(letter_add_text(&out, &report_of(&account, &counted), &err), 0);
		whole = span_of(hostile[i].whole != NULL ? hostile[i].whole : hostile[i].want);
		assert_row(span_find_text(buf_span(&out), whole) != SPAN_NPOS, buf_string(&out));
		assert_row(
		    span_find_text(buf_span(&out), SPAN("\nBcc")) == SPAN_NPOS, buf_string(&out));
		grouping_sink_close(&counted);
	}
	buf_fini(&want);
	buf_fini(&out);
}

/* A folder's name cannot forge a line either. */
static void test_hostile_folder(void **state)
{
	const struct report report = {.account = {TENTH_ONLY},
	    .folder = {{"a.example", "x\nAll is well", {0}, "no\n\nsuch\nfolder"}}};
	struct account_place folder[MAX_FOLDERS];
	struct account account = account_of(&report, folder);
	struct err err = ERR_INIT;
	struct grouping_sink counted;
	struct buf out;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	buf_init(&out, 0);
	assert_int_equal(letter_add_text(&out, &report_of(&account, &counted), &err), 0);
	assert_span_text(span_head(buf_span(&out), span_find_text(buf_span(&out), SPAN("\nQuar"))),
	    "THIS REPORT IS NOT COMPLETE. Missing:\n"
	    "  a.example, x<U+000A>All is well\n"
	    "    no\n"
	    "    \n"
	    "    such\n"
	    "    folder\n",
	    "a folder's name");
	buf_fini(&out);
	grouping_sink_close(&counted);
}

static const struct {
	struct report report;
	struct err failure;
	time_t since;
	const char *subject;
	const char *text;
} failures[] = {
    {{.account = {TENTH_ONLY}, .folder = {{"a.example", "Out", {0}, "login refused"}}},
	{.code = ERR_LOGIN, .text = "a.example: login refused\nsays the server"}, 0,
	"Quarantine 2026-02-10, NO REPORT: a.example: login refused",
	"THERE IS NO QUARANTINE REPORT. The run failed:\n"
	"    a.example: login refused\n"
	"    says the server\n"
	"It ended with exit status 77.\n"
	"\n"
	"It was to report\n"
	"2026-02-10T00:00:00+01:00 to 2026-02-11T00:00:00+01:00\n"
	"  a.example, Out\n"
	"    login refused\n"},
    {{.account = {0}}, {.code = ERR_SIGNAL, .sys = 15, .text = "ended by signal 15"}, 0,
	"Quarantine, NO REPORT: ended by signal 15",
	"THERE IS NO QUARANTINE REPORT. The run failed:\n"
	"    ended by signal 15\n"
	"It ended with exit status 143.\n"},
    {{.account = {.saved = 2}}, {.code = ERR_NOFOLDER, .text = "cannot open 'a\x1B'"}, 0,
	"Quarantine, 2 saved reports, NO REPORT: cannot open 'a<U+001B>'",
	"THERE IS NO QUARANTINE REPORT. The run failed:\n"
	"    cannot open 'a<U+001B>'\n"
	"It ended with exit status 66.\n"
	"\n"
	"It was to report\n"
	"2 saved reports\n"},
    {{.account = {.saved = 1, .delivered = true}}, {.code = ERR_UNAVAILABLE, .text = "too large"},
	0, "Quarantine, 1 saved report, NOT MAILED: too large",
	"THE QUARANTINE REPORT COULD NOT BE MAILED. Its files are in their places.\n"
	"    too large\n"
	"It ended with exit status 69.\n"
	"\n"
	"It was to report\n"
	"1 saved report\n"},
};

static void test_failures(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(failures); i++) {
		struct account_place folder[MAX_FOLDERS];
		struct account account = account_of(&failures[i].report, folder);

		buf_clear(&out);
		letter_add_failure_subject(&out, &account, &failures[i].failure, failures[i].since);
		assert_span_text(buf_span(&out), failures[i].subject, failures[i].failure.text);
		buf_clear(&out);
		letter_add_failure(&out, &account, &failures[i].failure, failures[i].since);
		assert_span_text(buf_span(&out), failures[i].text, failures[i].failure.text);
	}
	buf_fini(&out);
}

/* The longest reason fits into a subject. */
static void test_long_reason(void **state)
{
	const struct account account = {0};
	struct err failure = {.code = ERR_TEMPORARY};
	struct buf out;

	(void)state;
	memset(failure.text, 'x', sizeof(failure.text) - 1);
	buf_init(&out, 0);
	letter_add_failure_subject(&out, &account, &failure, 0);
	assert_int_equal(table_cell_width(buf_span(&out)),
	    strlen("Quarantine, NO REPORT: ") + LETTER_SUBJECT_REASON);
	assert_string_equal(buf_string(&out) + out.n - strlen(ELLIPSIS), ELLIPSIS);
	buf_fini(&out);
}

static void see_before(struct grouping_sink *counted, const char *identity)
{
	struct record record = {0};
	const struct group_past_day day = {.record = &record,
	    .day = group_past_day_of(TENTH - DAY),
	    .count = 1,
	    .recent = 1,
	    .first = TENTH - DAY,
	    .last = TENTH - DAY};
	struct err err = ERR_INIT;

	record.value[COLUMN_IDENTITY] = span_of(identity);
	assert_int_equal(group_past_add(counted->set, counted->grouping, &day, &err), 0);
}

/* As many identities as there are letters, a, b, c..., with fewer messages each; and nobody. */
static void count_letters(struct grouping_sink *counted, unsigned count)
{
	char identity[] = "a@example.com";
	const struct message message = {.identity = identity, .when = TENTH};

	grouping_sink_open(counted, "Identity");
	group_past_keep(counted->grouping);
	grouping_sink_add(counted, &nobody);
	for (unsigned i = 0; i < count; i++)
		for (unsigned n = i; n < 9; n++) {
			identity[0] = (char)('a' + i);
			grouping_sink_add(counted, &message);
		}
}

/* Who is new, both as text and as HTML; nothing is said that is not known. */
static void test_new(void **state)
{
	static const struct {
		unsigned count, seen; /* identities, of which the first were seen before */
		bool knows_new;
		const char *missing;
		unsigned after;
		const char *want; /* NULL: nothing */
		const char *want_not;
	} rows[] = {
	    {2, 1, true, NULL, 30, "New, not seen in the 30 days before:\n    b@example.com, 8\n\n",
		"a@example.com, "},
	    {8, 0, true, NULL, 1,
		"New, not seen in the 1 day before:\n    a@example.com, 9\n    b@example.com, 8\n"
		"    c@example.com, 7\n    d@example.com, 6\n    e@example.com, 5\n"
		"    and 3 more\n\n",
		"f@example.com, "},
	    {5, 0, true, NULL, 30, "    e@example.com, 5\n\n", "more"},
	    {2, 2, true, NULL, 30, "Nobody is new: all were seen in the 30 days before.\n\n",
		"New"},
	    {2, 2, false, "no days", 30, "Nobody is new: all were seen in the 30 days before.\n\n",
		"no days"},
	    {2, 1, false, "some\ndays", 30, "Who is new is not known: some", "Nobody"},
	    {2, 0, true, NULL, 0, NULL, "new"},
	    {0, 0, true, NULL, 30, "Nobody is new", "(no identity), "},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct account account = {
		    TENTH_ONLY, .past_missing = rows[i].missing, .new_after = rows[i].after};
		const struct group_past_terms terms = {
		    .since = TENTH, .new_since = TENTH - DAY, .knows_new = rows[i].knows_new};
		struct grouping_sink counted;
		struct err err = ERR_INIT;
		struct buf text;

		count_letters(&counted, rows[i].count);
		assert_int_equal(group_past_begin(counted.grouping, &terms, &err), 0);
		if (rows[i].seen > 0)
			see_before(&counted, "A@example.com");
		if (rows[i].seen > 1)
			see_before(&counted, "b@example.com");
		buf_init(&text, 0);
		assert_int_equal(letter_add_text(&text, &report_of(&account, &counted), &err), 0);
		if (rows[i].want != NULL && strstr(buf_string(&text), rows[i].want) == NULL)
			fail_msg("%s", buf_string(&text));
		if (strstr(buf_string(&text), rows[i].want_not) != NULL)
			fail_msg("%s in %s", rows[i].want_not, buf_string(&text));
		buf_clear(&text);
		assert_int_equal(letter_add_html(&text, &report_of(&account, &counted), &err), 0);
		if (strstr(buf_string(&text), rows[i].want_not) != NULL)
			fail_msg("%s in %s", rows[i].want_not, buf_string(&text));
		buf_fini(&text);
		grouping_sink_close(&counted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reports),
	    cmocka_unit_test(test_facts),
	    cmocka_unit_test(test_still),
	    cmocka_unit_test(test_busiest),
	    cmocka_unit_test(test_wide_numbers),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_locks),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_windows),
	    cmocka_unit_test(test_top_ten),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_hostile_folder),
	    cmocka_unit_test(test_failures),
	    cmocka_unit_test(test_long_reason),
	    cmocka_unit_test(test_new),
	};

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
