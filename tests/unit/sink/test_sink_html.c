#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "calendar/period.h"
#include "record/account.h"
#include "group/group_set.h"
#include "sink/sink.h"

/* 2026-02-10T00:00:00+01:00 */
#define MIDNIGHT ((time_t)1770678000)

#define HOSTILE                                                                                    \
	"</td><script>alert('x')</script>\"><img src=x onerror=\"alert(1)\">&lt;\xE2\x80\xAE"
#define HOSTILE_ESCAPED                                                                            \
	"&lt;/td&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&gt;&lt;img src=x "       \
	"onerror=&quot;alert(1)&quot;&gt;&amp;lt;&lt;U+202E&gt;"

struct page {
	struct group_set *groups;
	struct sink *sinks;
	struct account account;
	struct account_place folder[2];
	FILE *out;
	char *text; /* after page_end() */
	size_t n;
};

/* Of the pages that are opened from now on. */
static struct sink_lock page_lock;

static int setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return period_set_zone("Europe/Berlin", &err);
}

static void page_open_at(struct page *page, FILE *out, const char *group_by, unsigned top)
{
	const struct group_limits limits = {.top = top};
	struct column_list list;
	struct sink_html_options options = {.limits = &limits, .lock = page_lock};
	struct err err = ERR_INIT;

	if (group_by != NULL) {
		assert_int_equal(column_list_parse(group_by, &list, &err), 0);
		options.group_by = &list;
	}
	page->out = out;
	page->groups = group_set_new(&err);
	assert_non_null(page->groups);
	page->sinks = sink_html_new(page->out, page->groups, &options, &err);
	assert_non_null(page->sinks);
}

static void page_open(struct page *page, const char *group_by, unsigned top)
{
	*page = (struct page){
	    .account =
		{
		    .made = MIDNIGHT + 100000,
		    .has_period = true,
		    .since = MIDNIGHT,
		    .until = MIDNIGHT + 86400,
		    .place_count = 1,
		    .place = page->folder,
		},
	    .folder = {{.host = "quarantine.example.com", .name = "Caught (Outgoing)"}},
	};
	page_open_at(page, open_memstream(&page->text, &page->n), group_by, top);
}

static void page_add_record(struct page *page, const struct record *record)
{
	struct err err = ERR_INIT;

	/* What is set for a test stands before its first message. */
	if (page->account.has_period && page->account.place[0].counts.found == 0) {
		page->account.recent =
		    (page->account.until < page->account.made ? page->account.until
							      : page->account.made) -
		    ACCOUNT_RECENT;
		group_set_watch(page->groups, page->account.recent);
	}
	assert_int_equal(group_set_add(page->groups, record, &err), 0);
	assert_int_equal(sink_record(page->sinks, record, &err), 0);
	page->account.place[0].counts.found++;
	page->account.place[0].counts.reported++;
}

static void page_add(struct page *page, struct span identity, time_t when, struct span subject)
{
	struct record record = {.internal_date = when, .uid = 7};

	record.value[COLUMN_IDENTITY] = identity;
	record.value[COLUMN_SUBJECT] = subject;
	record.value[COLUMN_FROM] = subject;
	record.value[COLUMN_UID] = SPAN("7");
	record.value[COLUMN_SOURCE_IP] = SPAN("192.0.2.1");
	if (when != 0)
		record.value[COLUMN_DATE] = SPAN("2026-02-10T01:02:03+01:00");
	page_add_record(page, &record);
}

/* Where a name may be broken matters to one test; the others look for whole names. */
static void page_join_names(struct page *page)
{
	static const char wbr[] = "<wbr>";
	char *at;

	while ((at = memmem(page->text, page->n, wbr, strlen(wbr))) != NULL) {
		size_t rest = page->n - (size_t)(at - page->text) - strlen(wbr);

		memmove(at, at + strlen(wbr), rest + 1);
		page->n -= strlen(wbr);
	}
}

static void page_end_as_it_is(struct page *page)
{
	struct err err = ERR_INIT;

	if (sink_end(page->sinks, &page->account, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(fflush(page->out), 0);
}

static void page_end(struct page *page)
{
	page_end_as_it_is(page);
	page_join_names(page);
}

static void page_close(struct page *page)
{
	sink_free(page->sinks);
	group_set_free(page->groups);
	fclose(page->out);
	free(page->text);
}

static struct span page_text(const struct page *page)
{
	return (struct span){page->text, page->n};
}

static size_t count_of(struct span text, const char *what)
{
	size_t n = 0;
	size_t at;

	while ((at = span_find_text(text, span_of(what))) != SPAN_NPOS) {
		text = span_from(text, at + 1);
		n++;
	}
	return n;
}

/* What stands between the first `open` and the next `close`. */
static struct span between(struct span text, const char *open, const char *close)
{
	size_t at = span_find_text(text, span_of(open));

	assert_row(at != SPAN_NPOS, open);
	text = span_from(text, at + strlen(open));
	at = span_find_text(text, span_of(close));
	assert_row(at != SPAN_NPOS, close);
	return span_head(text, at);
}

static void assert_has(const struct page *page, const char *text)
{
	if (count_of(page_text(page), text) == 0)
		fail_msg("the page does not have: %s", text);
}

static void assert_has_not(const struct page *page, const char *text)
{
	if (count_of(page_text(page), text) != 0)
		fail_msg("the page has: %s", text);
}

/* Counts of all rows of the table with this title. */
static uint64_t sum_of_table(const struct page *page, const char *title)
{
	struct span table = between(page_text(page), title, "</table>");
	uint64_t sum = 0;

	for (;;) {
		static const char row[] = "<tr><td class=\"n\">";
		size_t at = span_find_text(table, span_of(row));
		uint64_t count;

		if (at == SPAN_NPOS)
			return sum;
		table = span_from(table, at + strlen(row));
		assert_row(span_number(table, &count) > 0, title);
		sum += count;
	}
}

static void assert_hashed(
    struct span policy, const char *directive, struct span text, const char *forbidden)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char encoded[64];
	char want[128];

	crypto_hash_sha256(hash, (const unsigned char *)text.p, text.n);
	sodium_bin2base64(
	    encoded, sizeof(encoded), hash, sizeof(hash), sodium_base64_VARIANT_ORIGINAL);
	snprintf(want, sizeof(want), "%s 'sha256-%s';", directive, encoded);
	assert_row(text.n > 100, directive);
	assert_row(span_find_text(policy, span_of(want)) != SPAN_NPOS, want);
	assert_row(span_find_text_nocase(text, span_of(forbidden)) == SPAN_NPOS, forbidden);
}

static void test_policy(void **state)
{
	struct page page;
	struct span policy;

	(void)state;
	page_open(&page, NULL, 0);
	page_add(&page, SPAN("alice@example.com"), MIDNIGHT, SPAN("hello"));
	page_end(&page);
	assert_row(span_starts_nocase(page_text(&page), SPAN("<!DOCTYPE html>\n")), "doctype");
	policy = between(
	    page_text(&page), "<meta http-equiv=\"Content-Security-Policy\" content=\"", "\">");
	assert_row(span_starts_nocase(policy, SPAN("default-src 'none'; ")), "nothing by default");
	/* A "'" in the policy would be escaped if data came there; the hashes have none. */
	assert_hashed(policy, "style-src", between(page_text(&page), "<style>", "</style>"), "</");
	assert_hashed(
	    policy, "script-src", between(page_text(&page), "<script>", "</script>"), "</");
	assert_has(&page, "<meta charset=\"utf-8\">");
	assert_has(&page, "<meta name=\"referrer\" content=\"no-referrer\">");
	assert_has(&page, "<meta name=\"robots\" content=\"noindex\">");
	assert_has(&page, "<meta name=\"viewport\"");
	for (size_t i = 0; i < 5; i++) {
		static const char *const never[] = {" style=", " src=", "<img", "http:", "https:"};

		assert_has_not(&page, never[i]);
	}
	page_close(&page);
}

/* Links lead from the bars to rows of this page, and only to those that are there. */
static void test_links(void **state)
{
	static const struct {
		unsigned top;
		size_t links;
	} rows[] = {{0, 10}, {3, 3}, {20, 10}};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct page page;
		struct span text;
		size_t links = 0;

		page_open(&page, NULL, rows[i].top);
		for (unsigned n = 0; n < 20; n++) {
			char identity[64];

			snprintf(identity, sizeof(identity), "\"#x%u' onclick=1 href=y", n);
			page_add(&page, span_of(identity), MIDNIGHT, SPAN(HOSTILE));
		}
		page_end(&page);
		text = page_text(&page);
		for (size_t at; (at = span_find_text(text, SPAN("href="))) != SPAN_NPOS;) {
			struct span target;
			char id[64];

			text = span_from(text, at + strlen("href="));
			if (text.p[0] == 'y')
				continue; /* the identity's */
			links++;
			target = between(text, "\"#", "\"");
			snprintf(id, sizeof(id), "<tbody id=\"%.*s\">", (int)target.n, target.p);
			assert_row(span_starts_nocase(target, SPAN("identity-")), id);
			assert_int_equal(count_of(page_text(&page), id), 1);
		}
		assert_int_equal(links, rows[i].links);
		page_close(&page);
	}
}

/* So does a script, wherever it is named, to its row in the table of scripts. */
static void test_script_links(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, NULL, 2);
	for (unsigned n = 0; n < 6; n++) {
		static const char *const scripts[] = {
		    "b.example/x.php for 203.0.113.1", "a.example/\"y.php", "c.example/z.php"};
		struct record record = {0};

		record.value[COLUMN_IDENTITY] = n < 3   ? SPAN("alice")
						: n < 5 ? SPAN("bob")
							: SPAN("z");
		record.value[COLUMN_PHP_SCRIPT] = span_of(scripts[n < 3 ? 0 : n < 5 ? 1 : 2]);
		if (n < 3)
			record.value[COLUMN_PHP_SCRIPT_IP] =
			    n < 2 ? SPAN("203.0.113.1") : SPAN("203.0.113.2, 192.0.2.1");
		page_add_record(&page, &record);
	}
	page_end(&page);
	assert_has(&page, " Script <a href=\"#script-1\"><bdi>b.example/x.php</bdi></a> (100.0");
	assert_has(&page, "PHP script: <a href=\"#script-2\"><bdi>a.example/&quot;y.php</bdi></a>");
	assert_has(&page, "</a> (100.0&nbsp;%). Scripts called from 2 addresses.</p>");
	assert_int_equal(count_of(page_text(&page), ">Callers</th>"), 4);
	assert_has(&page, "<tbody id=\"script-1\"><tr><td class=\"n\">3</td>");
	assert_has(&page, "<tbody id=\"script-2\"><tr><td class=\"n\">2</td>");
	assert_has_not(&page, "script-3");
	page_close(&page);
}

/* A name is broken behind its marks, and what is between two elements is whole text. */
static void test_names(void **state)
{
	static const struct {
		const char *name, *want;
	} rows[] = {
	    {"alice", "<bdi>alice</bdi>"},
	    {"a.b@example.com", "<bdi>a.<wbr>b@<wbr>example.<wbr>com</bdi>"},
	    {"x/", "<bdi>x/</bdi>"},
	    {"<b>-&amp;", "<bdi>&lt;b&gt;-<wbr>&amp;amp;</bdi>"},
	    {"\xD7\x90@\xE2\x80\xAE", "<bdi>\xD7\x90@<wbr>&lt;U+202E&gt;</bdi>"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct page page;

		page_open(&page, NULL, 0);
		page_add(&page, span_of(rows[i].name), MIDNIGHT, SPAN_EMPTY);
		page_end_as_it_is(&page);
		assert_has(&page, rows[i].want);
		page_close(&page);
	}
}

/* What a desk asks next: whether it goes on, and how that is told of a time that is over. */
static void test_going_on(void **state)
{
	enum { HOUR = 3600 };
	static const struct {
		const char *label;
		time_t until, made; /* from midnight on */
		time_t last;        /* message of alice; 10 others come at 10:00 */
		const char *want;
	} rows[] = {
	    {"now", 24 * HOUR, 13 * HOUR, 13 * HOUR - 60,
		"<span class=\"now\">still sending</span>: 1 message in the last hour, 5.0 an "
		"hour before.</p>"},
	    {"now, to the second", 24 * HOUR, 13 * HOUR, 12 * HOUR,
		"<span class=\"now\">still sending</span>: 1 message in the last hour"},
	    {"an hour ago", 24 * HOUR, 13 * HOUR + 1, 12 * HOUR,
		"Not in the last hour: last seen <time datetime=\"2026-02-10T12:00:00+01:00\">12:00"
		"</time>.</p>"},
	    {"the day before", 24 * HOUR, 32 * HOUR, 24 * HOUR - 1,
		"<span class=\"now\">still sending at <time "
		"datetime=\"2026-02-11T00:00:00+01:00\">00:00</time></span>: 1 message in the last "
		"hour, 0.8 an "
		"hour before.</p>"},
	    {"the day before, not at its end", 24 * HOUR, 32 * HOUR, 22 * HOUR,
		"Not in the last hour: last seen "},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct page page;

		page_open(&page, NULL, 0);
		page.account.until = MIDNIGHT + rows[i].until;
		page.account.made = MIDNIGHT + rows[i].made;
		for (unsigned n = 0; n < 10; n++)
			page_add(&page, SPAN("alice"), MIDNIGHT + 10 * HOUR, SPAN_EMPTY);
		page_add(&page, SPAN("alice"), MIDNIGHT + rows[i].last, SPAN_EMPTY);
		page_add(&page, SPAN("bob"), MIDNIGHT, SPAN_EMPTY);
		page_end(&page);
		if (count_of(page_text(&page), rows[i].want) == 0)
			fail_msg("%s: %.*s", rows[i].label, 400,
			    strstr(page.text, "<p class=\"verdict\">"));
		/* In the headline, the bar and the row, or in none. */
		assert_int_equal(count_of(page_text(&page), "<span class=\"now\">"),
		    rows[i].want[0] == '<' ? 3 : 0);
		page_close(&page);
	}
}

/* Who sent most may have stopped; who sends now is named, too. */
static void test_busiest(void **state)
{
	static const struct {
		const char *messages; /* each by the identity of this letter, an hour apart */
		const char *want;     /* NULL: nobody else */
	} rows[] = {
	    {"aaab",
		"<p class=\"verdict\">Most in the last hour: <a href=\"#identity-2\"><bdi>b</bdi>"
		"</a>, 1 message (<span class=\"now\">still sending</span>).</p>"},
	    {"abba", "<p class=\"verdict\">Most in the last hour: <a href=\"#identity-1\">"},
	    {"bbaa", "<p class=\"verdict\">Most in the last hour: <a href=\"#identity-1\">"},
	    {"baaa", NULL},
	    {"aaa.", NULL},
	    {"a", NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		size_t n = strlen(rows[i].messages);
		struct page page;

		page_open(&page, NULL, 0);
		page.account.made = MIDNIGHT + (time_t)n * 3600;
		for (size_t m = 0; m < n; m++)
			page_add(&page,
			    rows[i].messages[m] != '.' ? (struct span){&rows[i].messages[m], 1}
						       : SPAN_EMPTY,
			    MIDNIGHT + (time_t)m * 3600, SPAN_EMPTY);
		page_end(&page);
		if (rows[i].want != NULL)
			assert_has(&page, rows[i].want);
		else
			assert_has_not(&page, "Most in the last hour");
		page_close(&page);
	}
}

/* An hour or less has no last hour to compare. */
static void test_one_hour(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, NULL, 0);
	page.account.until = MIDNIGHT + 3600;
	page.account.made = MIDNIGHT + 3600;
	page_add(&page, SPAN("alice"), MIDNIGHT + 60, SPAN_EMPTY);
	page_end(&page);
	assert_has(&page, "<p class=\"verdict\">Last seen <time");
	assert_has_not(&page, "Last hour");
	assert_has_not(&page, "class=\"now\"");
	page_close(&page);
}

/* A day has hours, with the times of its zone; several days have days and their sums in words. */
static void test_axis(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, NULL, 0);
	page.account.made = page.account.until;
	page_add(&page, SPAN("alice"), MIDNIGHT + 3600, SPAN_EMPTY);
	page_end(&page);
	assert_has(&page, "<h2>Messages by hour</h2>");
	assert_has(&page, "<title>01:00: 1 message, alice</title>");
	assert_has(&page, "<th scope=\"row\">23:00</th>");
	assert_has(&page, "Times in CET.</p>");
	assert_has_not(&page, "class=\"totals\"");
	page_close(&page);

	page_open(&page, NULL, 0);
	page.account.since = MIDNIGHT - 6 * 86400;
	page.account.made = page.account.until = MIDNIGHT + 64800;
	page_add(&page, SPAN("alice"), MIDNIGHT, SPAN_EMPTY);
	page_add(&page, SPAN("alice"), MIDNIGHT - 1, SPAN_EMPTY);
	page_add(&page, SPAN("bob"), MIDNIGHT - 1, SPAN_EMPTY);
	page_add(&page, SPAN_EMPTY, 0, SPAN_EMPTY);
	page_end(&page);
	assert_has(&page, "<h2>Messages by day</h2>");
	assert_has(&page, "<li>Wed 2026-02-04: <b>0</b></li>");
	assert_has(&page, "<li>Mon 2026-02-09: <b>2</b></li>");
	assert_has(&page, "<li>Tue 2026-02-10 to 18:00: <b>1</b></li>\n</ul>");
	assert_has(&page, "Times in CET; without 1 message of unknown time.</p>");
	page_close(&page);

	/* 2026-03-29T00:00:00+01:00, a day of 23 hours */
	page_open(&page, NULL, 0);
	page.account.since = 1774738800;
	page.account.made = page.account.until = 1774738800 + 23 * 3600;
	page_add(&page, SPAN("alice"), 1774738800 + 2 * 3600, SPAN_EMPTY);
	page_end(&page);
	assert_has(&page, "<title>03:00 CEST: 1 message, alice</title>");
	assert_int_equal(count_of(page_text(&page), "<tr><th scope=\"row\">"), 23 + 1);
	assert_has(&page, "Times in CEST and CET.</p>");
	page_close(&page);
}

/* What the filter said, who it is, and from where: only where there is something to say. */
static void test_who(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, NULL, 0);
	for (unsigned n = 0; n < 4; n++) {
		struct record record = {.internal_date = MIDNIGHT + 60};

		record.value[COLUMN_IDENTITY] = n < 3 ? SPAN("alice") : SPAN("192.0.2.9");
		record.value[COLUMN_IDENTITY_KIND] = n < 3 ? SPAN("account") : SPAN("server");
		record.value[COLUMN_CLASS] = n == 0 ? SPAN("phish") : SPAN("spam");
		if (n < 3)
			record.value[COLUMN_LOGIN_IP] =
			    n < 2 ? SPAN("203.0.113.7") : SPAN("203.0.113.8");
		record.value[COLUMN_MESSAGE_ID] = SPAN("<1@mail.example>");
		page_add_record(&page, &record);
	}
	page_end(&page);
	assert_has(&page, "<span class=\"bad\">1 phish</span>. Logged in from 2 addresses.</p>");
	assert_has(&page, ">Phish</th>");
	assert_has_not(&page, ">Virus</th>");
	assert_has_not(&page, ">Callers</th>");
	assert_has(&page, "<bdi>alice</bdi><span class=\"kind\">account</span></th>");
	assert_has(
	    &page, "<bdi>192.0.2.9</bdi><span class=\"kind weak\">server, no account</span>");
	assert_has(&page, "Logins from <bdi>203.0.113.7</bdi>&nbsp;<span class=\"aside\">2</span>, "
			  "<bdi>203.0.113.8</bdi>&nbsp;<span class=\"aside\">1</span></p>");
	assert_has(
	    &page, "<dt>Message-ID</dt><dd class=\"whole\"><bdi>&lt;1@mail.example&gt;</bdi>");
	page_close(&page);
}

/* A uid that all customers share is nobody to shut down. */
static void test_weak(void **state)
{
	static const struct {
		const char *identity;
		const char *kind;
		unsigned notes;
		const char *want;
	} rows[] = {
	    {"uid 33@a.example", "system", NOTE_SYSTEM_UID,
		"<span class=\"kind weak\">system user, no customer</span>. "},
	    {"www-data@a.example", "system", 0,
		"<span class=\"kind weak\">system user, no customer</span>. "},
	    {"uid 1017@a.example", "user", 0, NULL},
	    /* The process was the system's, the script a customer's. */
	    {"uid 1017@a.example", "user", NOTE_SYSTEM_UID, NULL},
	    {"x", "account", NOTE_SYSTEM_UID, NULL},
	    {"192.0.2.1", "server", 0, "<span class=\"kind weak\">server, no account</span>. "},
	    {"x", "", 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record = {.notes = rows[i].notes};
		struct page page;

		page_open(&page, NULL, 0);
		record.value[COLUMN_IDENTITY] = span_of(rows[i].identity);
		record.value[COLUMN_IDENTITY_KIND] = span_of(rows[i].kind);
		page_add_record(&page, &record);
		page_end(&page);
		if (rows[i].want == NULL) {
			assert_has_not(&page, "\"kind weak\"");
		} else {
			assert_has(&page, rows[i].want);
			assert_int_equal(
			    count_of(page_text(&page), "\"kind weak\""), 3); /* verdict, bar, row */
		}
		page_close(&page);
	}
}

/* As text, for those who sent most and can be locked. */
static void test_locks(void **state)
{
	static const struct sink_lock lock = {.command = "cmd"};
	struct page page;

	(void)state;
	page_lock = lock;
	page_open(&page, "Identity", 0);
	page_lock = (struct sink_lock){0};
	page_add(&page, SPAN("it's <b>"), MIDNIGHT, SPAN("x"));
	page_add(&page, SPAN("*"), MIDNIGHT, SPAN("x"));
	page_add(&page, SPAN(""), MIDNIGHT, SPAN("x"));
	for (unsigned i = 0; i < SINK_LOCK_MAX + 5; i++) {
		char name[16];

		snprintf(name, sizeof(name), "u%02u", i);
		page_add(&page, span_of(name), MIDNIGHT, SPAN("x"));
	}
	page_end(&page);
	assert_has(&page, "<code dir=\"ltr\">cmd --hours-ago=52 -- &#39;it&#39;\\&#39;&#39;s "
			  "&lt;b&gt;&#39;</code>");
	assert_int_equal(count_of(page_text(&page), "<code"), SINK_LOCK_MAX);
	page_close(&page);
	page_open(&page, NULL, 0);
	page_add(&page, SPAN("bob"), MIDNIGHT, SPAN("x"));
	page_end(&page);
	assert_has_not(&page, "<code");
	page_close(&page);
}

static void test_hostile(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, "Subject", 0);
	for (unsigned i = 0; i < 3; i++)
		page_add(&page, SPAN(HOSTILE), MIDNIGHT, SPAN(HOSTILE));
	page.account.place[0].name = HOSTILE;
	page_end(&page);
	assert_has_not(&page, HOSTILE);
	assert_has_not(&page, "<img");
	assert_int_equal(count_of(page_text(&page), "<script"), 1);
	assert_int_equal(count_of(page_text(&page), "\xE2\x80\xAE"), 0);
	assert_has(&page, "<strong><bdi>" HOSTILE_ESCAPED "</bdi></strong> sent <b>3</b>");
	assert_has(&page, "<dd><bdi>" HOSTILE_ESCAPED "</bdi></dd>");
	assert_has(&page, "<q><bdi>" HOSTILE_ESCAPED "</bdi></q>");
	assert_has(&page, "00:00: 3 messages, " HOSTILE_ESCAPED "</title>");
	page_close(&page);
}

/* 100 identities: number i sends i messages; those cut off are one row, and no message is lost. */
static void test_sums(void **state)
{
	enum { IDENTITIES = 100, MESSAGES = IDENTITIES * (IDENTITIES + 1) / 2 };
	struct page page;

	(void)state;
	page_open(&page, "Identity,Subject", 0);
	for (unsigned i = 1; i <= IDENTITIES; i++)
		for (unsigned n = 0; n < i; n++) {
			char identity[32];

			snprintf(identity, sizeof(identity), "user%u@example.com", i);
			page_add(&page, span_of(identity), MIDNIGHT + (time_t)n * 777,
			    n % 2 != 0 ? SPAN("one") : SPAN_EMPTY);
		}
	page_end(&page);
	assert_has(&page,
	    "<bdi>user100@example.com</bdi></strong> sent <b>100</b> of 5050 messages "
	    "(2.0&nbsp;%)");
	assert_has(&page, "<h2>By Identity, Subject <span class=\"aside\">50 of 199</span>");
	assert_has(&page, "<h2>By Identity <span class=\"aside\">50 of 100</span>");
	assert_has(&page, "(50 others)");
	assert_has(&page, "90 other identities: ");
	assert_int_equal(sum_of_table(&page, "By Identity, Subject"), MESSAGES);
	assert_int_equal(sum_of_table(&page, "By Identity <"), MESSAGES);
	assert_int_equal(sum_of_table(&page, "By PHP script"), MESSAGES);
	assert_int_equal(sum_of_table(&page, "By Source IP"), MESSAGES);
	assert_int_equal(sum_of_table(&page, "By Sender domain"), MESSAGES);
	assert_int_equal(count_of(page_text(&page), "<details><summary><"), 50);
	assert_int_equal(
	    count_of(page_text(&page), "<dt>UID</dt>"), 50 * 5); /* HTML_MAX_SAMPLES of each */
	page_close(&page);
}

/* Who is first is not alone: nobody is blamed for an accident of the order. */
static void test_ties(void **state)
{
	static const struct {
		const char *identities; /* a letter is a message of the identity of that name */
		const char *want;
	} rows[] = {
	    {"aab", "<bdi>a</bdi></strong> sent <b>2</b> of 3 messages (66.7&nbsp;%).</p>"},
	    {"aabbc", "<bdi>a</bdi></strong> and 1 other sent <b>2</b> of 5 messages (40.0&nbsp;%) "
		      "each.</p>"},
	    {"ccaabbd", "<bdi>a</bdi></strong> and 2 others sent <b>2</b> of 7 messages "},
	    {"..ab",
		"<bdi>a</bdi></strong> and 1 other sent <b>1</b> of 4 messages (25.0&nbsp;%) each. "
		"No identity is known of <b>2</b> of 4 messages (50.0&nbsp;%).</p>"},
	    {".a", "<bdi>a</bdi></strong> sent <b>1</b> of 2 messages (50.0&nbsp;%). No identity"},
	    {"abcdefghijklmnop", "<bdi>a</bdi></strong> and 15 others sent <b>1</b> of 16 "},
	    {"..", "<p class=\"headline\"> No identity is known of <b>2</b> of 2 messages "},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct page page;

		page_open(&page, NULL, 0);
		for (const char *at = rows[i].identities; *at != '\0'; at++)
			page_add(&page, *at != '.' ? (struct span){at, 1} : SPAN_EMPTY, MIDNIGHT,
			    SPAN_EMPTY);
		page_end(&page);
		assert_has(&page, rows[i].want);
		page_close(&page);
	}
}

/* Two shares that are rounded to the same text are not sorted as the same. */
static void test_percent_is_exact(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, NULL, 0);
	for (unsigned i = 0; i < 3; i++)
		page_add(&page, i < 2 ? SPAN("a") : SPAN("b"), MIDNIGHT, SPAN_EMPTY);
	page_end(&page);
	assert_has(&page, "<td class=\"n\">2</td><td class=\"n\" data-value=\"2\">66.7</td>");
	assert_has(&page, "<td class=\"n\">1</td><td class=\"n\" data-value=\"1\">33.3</td>");
	page_close(&page);
}

static void test_no_identity(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, NULL, 0);
	page_add(&page, SPAN_EMPTY, 0, SPAN_EMPTY);
	page_add(&page, SPAN_EMPTY, MIDNIGHT, SPAN_EMPTY);
	page_add(&page, SPAN("bob@example.net"), MIDNIGHT, SPAN_EMPTY);
	page_end(&page);
	assert_has(&page, "<bdi>bob@example.net</bdi></strong> sent <b>1</b> of 3 messages");
	assert_has(&page, "No identity is known of <b>2</b> of 3 messages (66.7&nbsp;%).");
	assert_has(&page, "<span class=\"none\"><bdi>(no identity)</bdi></span>");
	assert_has(&page, "without 1 message of unknown time");
	page_close(&page);
}

static void test_account(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, NULL, 0);
	page_add(&page, SPAN("alice@example.com"), MIDNIGHT + 60, SPAN("hello"));
	page.account.place_count = 2;
	page.account.place[0].counts.found += 2;
	page.account.place[0].counts.unreadable = 2;
	page.account.place[1] = (struct account_place){.host = "quarantine.example.com",
	    .name = "Caught",
	    .counts = {.found = 11, .filtered = 4, .vanished = 7}};
	page.account.no_bounce = true;
	page_end(&page);
	assert_has(&page, "<title>Quarantine report 2026-02-10</title>");
	assert_has(&page, "2026-02-10 00:00:00 +01:00</time> to <time");
	assert_has(&page, "2026-02-11 00:00:00 +01:00</time>, without bounces");
	assert_has(&page, "2 messages could not be read");
	assert_has(&page, "<tr class=\"sum\"><th scope=\"row\">Together</th><td class=\"n\">14</td>"
			  "<td class=\"n\">1</td><td class=\"n\">4</td><td class=\"n\">7</td>"
			  "<td class=\"n bad\">2</td>");
	assert_has(&page, ">00:01</time>");
	page_close(&page);
}

static void test_missing(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, NULL, 0);
	page_add(&page, SPAN("alice@example.com"), MIDNIGHT + 60, SPAN("hello"));
	page.account.place_count = 2;
	page.account.place[1] = (struct account_place){.host = "west.example.com",
	    .name = "Caught (Outgoing)",
	    .missing = HOSTILE,
	    .server = 1};
	page.account.place[0].recreated = true;
	page.account.new_only = true;
	page_end(&page);
	assert_has(&page, "<p class=\"alert\"><strong>Not complete:</strong> "
			  "<bdi>west.example.com</bdi>: <bdi>" HOSTILE_ESCAPED "</bdi></p>");
	assert_has(&page, "west.example.com</bdi></span> <span class=\"bad\">not complete</span>");
	assert_has_not(&page, "<bdi>quarantine.example.com</bdi>: ");
	assert_has(&page, "New since the last run, else from <time");
	assert_has(&page, "</span> <span class=\"aside\">made anew: all of the period</span></th>");
	page_close(&page);
}

static void test_saved(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, NULL, 0);
	page.account = (struct account){.made = MIDNIGHT, .saved = 3, .place = page.folder};
	page_add(&page, SPAN("alice@example.com"), MIDNIGHT - 86400, SPAN("hello"));
	page_add(&page, SPAN("alice@example.com"), MIDNIGHT, SPAN("hello"));
	page_end(&page);
	assert_has(&page, "<title>Quarantine report 2026-02-09 to 2026-02-10</title>");
	assert_has(&page,
	    "3 saved reports, 2 messages, from <time datetime=\"2026-02-09T00:00:00+01:00\"");
	assert_has(&page, ">02-09 00:00</time>");
	/* The hour before the newest message. */
	assert_has(&page, "<span class=\"now\">still sending</span>: 1 message in the last hour");
	assert_has_not(&page, "class=\"account\"");
	page_close(&page);
}

static void test_empty(void **state)
{
	struct page page;

	(void)state;
	page_open(&page, "Subject", 0);
	page_end(&page);
	assert_has(&page, "No messages.");
	assert_has_not(&page, "<svg");
	assert_has_not(&page, "<section");
	assert_has(&page, "</html>\n");
	page_close(&page);
}

static void test_full_disk(void **state)
{
	struct page page = {.account = {.made = MIDNIGHT, .place = page.folder}};
	struct err err = ERR_INIT;

	(void)state;
	page_open_at(&page, fopen("/dev/full", "w"), NULL, 0);
	page_add(&page, SPAN("alice@example.com"), MIDNIGHT, SPAN("hello"));
	assert_int_equal(sink_end(page.sinks, &page.account, &err), -1);
	assert_int_equal(err_exit_status(&err), 74);
	assert_non_null(strstr(err.text, "No space left"));
	page_close(&page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_policy),
	    cmocka_unit_test(test_links),
	    cmocka_unit_test(test_script_links),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_going_on),
	    cmocka_unit_test(test_busiest),
	    cmocka_unit_test(test_one_hour),
	    cmocka_unit_test(test_axis),
	    cmocka_unit_test(test_who),
	    cmocka_unit_test(test_weak),
	    cmocka_unit_test(test_locks),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_sums),
	    cmocka_unit_test(test_ties),
	    cmocka_unit_test(test_percent_is_exact),
	    cmocka_unit_test(test_no_identity),
	    cmocka_unit_test(test_account),
	    cmocka_unit_test(test_missing),
	    cmocka_unit_test(test_saved),
	    cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_full_disk),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
