#include "tests/unit/grouping_sink.h"

#include "letter/letter_body.h"

#define SERVERS 64
#define FOLDERS (2 * SERVERS)

/* What a browser shows of it: no elements, line breaks as they are in the source. */
static void add_text(struct buf *out, struct span html)
{
	static const struct {
		const char *reference;
		char means;
	} references[] = {
	    {"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&#39;", '\''}};

	while (html.n > 0) {
		size_t n = 1;
		char c = html.p[0];

		if (c == '<') {
			html = span_from(html, span_find(html, '>') + 1);
			continue;
		}
		for (size_t i = 0; c == '&' && i < TABLE_COUNT(references); i++)
			if (span_starts_nocase(html, span_of(references[i].reference))) {
				n = strlen(references[i].reference);
				c = references[i].means;
				break;
			}
		buf_add_char(out, c);
		html = span_from(html, n);
	}
}

static bool has(struct buf *text, const char *what)
{
	return span_find_text(buf_span(text), span_of(what)) != SPAN_NPOS;
}

static void make(struct buf *out, const struct letter_report *report)
{
	struct err err = ERR_INIT;

	buf_clear(out);
	if (letter_add_html(out, report, &err) != 0)
		fail_msg("%s", err.text);
	assert_true(out->n <= LETTER_HTML_MAX);
	assert_row(span_ends_nocase(buf_span(out), SPAN("</body>\n</html>\n")), buf_string(out));
}

static const struct {
	const char *identity;
	const char *want; /* NULL: the same */
} hostile[] = {
    {"info@shop.example", NULL},
    {"<script>alert(1)</script>", NULL},
    {"<a href=\"https://shop.example/\">x</a>", NULL},
    {"\" style=\"display:none", NULL},
    {"' onload='x", NULL},
    {"javascript:alert(1)", NULL},
    {"https://shop.example/?a=1&amp;b=2", NULL},
    {"-->", NULL},
    {"</td></table>", NULL},
    {"a\xE2\x80\xAE@shop.example", "a<U+202E>@shop.example"},
    {"a\nb", "a<U+000A>b"},
    {"\xFF", "<FF>"},
    {"b\xC3\xB6se@shop.example", NULL},
    {".@.", NULL},
};

/* It is text, can be copied, and is no link: neither ours nor one of a mail program. */
static void test_hostile(void **state)
{
	const struct account account = {.saved = 1};
	struct buf text;
	struct buf out;

	(void)state;
	buf_init(&text, 0);
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(hostile); i++) {
		const char *identity = hostile[i].identity;
		const struct message message = {.identity = identity, .php_script = identity};
		struct letter_report report = {.account = &account};
		struct grouping_sink counted;

		grouping_sink_open(&counted, "Identity");
		grouping_sink_add(&counted, &message);
		report.identities = counted.grouping;
		make(&out, &report);
		buf_clear(&text);
		add_text(&text, buf_span(&out));
		assert_row(has(&text, hostile[i].want != NULL ? hostile[i].want : identity),
		    buf_string(&text));
		assert_row(
		    !has(&out, "<script") && !has(&out, "<a ") && !has(&out, "href=\""), identity);
		assert_row(!has(&out, "shop.example"), identity);
		grouping_sink_close(&counted);
	}
	buf_fini(&text);
	buf_fini(&out);
}

/* Messages without an identity are named by nobody, and he who sent most is named first. */
static void test_headline(void **state)
{
	static const struct message nobody = {0};
	static const struct message bob = {.identity = "bob", .when = 1000};
	static const struct message eve = {.identity = "eve", .when = 500};
	const struct account account = {.has_period = true, .recent = 900};
	struct letter_report report = {.account = &account, .limits = {.min_count = 1000}};
	struct grouping_sink counted;
	struct buf text;
	struct buf out;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	group_set_watch(counted.set, account.recent);
	report.identities = counted.grouping;
	buf_init(&text, 0);
	buf_init(&out, 0);
	make(&out, &report);
	assert_true(!has(&out, " sent ") && !has(&out, "<table"));
	for (unsigned i = 0; i < 15; i++)
		grouping_sink_add(&counted, &nobody);
	make(&out, &report);
	assert_false(has(&out, " sent "));
	for (unsigned i = 0; i < 10; i++)
		grouping_sink_add(&counted, &bob);
	make(&out, &report);
	add_text(&text, buf_span(&out));
	assert_row(
	    has(&text, "bob sent 10 of 25 messages (40.0&nbsp;%).\nstill sending: 10 last hour, "
		       "none before\n"),
	    buf_string(&text));
	assert_row(has(&text, "\n25\n100.0\n(2 others)"), buf_string(&text));
	assert_false(has(&text, "Most in the last hour"));
	/* Somebody else sends more now. */
	for (unsigned i = 0; i < 20; i++)
		grouping_sink_add(&counted, &eve);
	make(&out, &report);
	add_text(&text, buf_span(&out));
	assert_row(has(&text, "eve sent 20 of 45 messages (44.4&nbsp;%).\n"), buf_string(&text));
	assert_row(has(&text, "Most in the last hour: bob, 10 messages (still sending).\n"),
	    buf_string(&text));
	buf_fini(&text);
	buf_fini(&out);
	grouping_sink_close(&counted);
}

/* The most that each value can be, of what takes most room. */
static const char *const fillers[] = {
    "a", ".", "@", "\"", "&", "<", "\xC2\xAD", "\xE2\x80\xAE", "\xFF"};

static void fill(char *out, size_t size, const char *filler, unsigned number)
{
	size_t n = strlen(filler);
	size_t at = (size_t)snprintf(out, size, "%u", number);

	for (; at + n < size; at += n)
		memcpy(out + at, filler, n);
	out[at] = '\0';
}

static void add_identities(struct grouping_sink *counted, const char *filler, unsigned count)
{
	char identity[GROUP_MAX_TEXT + 1];
	const struct message message = {
	    .identity = identity,
	    .php_script = identity,
	    .identity_kind = "server",
	    .when = 1000,
	};

	grouping_sink_open(counted, "Identity");
	group_set_watch(counted->set, 900);
	for (unsigned i = 0; i < count; i++) {
		fill(identity, sizeof(identity), filler, i);
		grouping_sink_add(counted, &message);
	}
}

/* What has no room is named, and the rest is whole. */
static void test_limit(void **state)
{
	static char name[1025];
	static char reason[ERR_TEXT_MAX];
	static struct account_place place[FOLDERS];
	struct account account = {.has_period = true,
	    .recent = 900,
	    .place = place,
	    .place_count = FOLDERS,
	    .made = 1000};
	struct letter_report report = {
	    .account = &account, .limits = {.top = LETTER_MAX_TOP}, .failed_since = 500};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < TABLE_COUNT(fillers); i++) {
		struct grouping_sink counted;

		fill(name, sizeof(name), fillers[i], 0);
		fill(reason, sizeof(reason), fillers[i], 0);
		for (unsigned k = 0; k < FOLDERS; k++)
			place[k] = (struct account_place){
			    .host = name, .name = name, .missing = reason, .server = k / 2};
		add_identities(&counted, fillers[i], 2 * LETTER_MAX_TOP);
		report.identities = counted.grouping;
		account.place_count = FOLDERS;
		make(&out, &report);
		assert_row(has(&out, "And more, which the text of this letter has."), fillers[i]);
		assert_row(has(&out, " others)"), fillers[i]);
		assert_row(has(&out, "</table>"), fillers[i]);
		/* As well as without what is missing. */
		account.place_count = 0;
		make(&out, &report);
		assert_row(has(&out, " others)"), fillers[i]);
		grouping_sink_close(&counted);
	}
	buf_fini(&out);
}

/* How large it is when nobody wants to make it large. */
static void test_usual_size(void **state)
{
	const struct account account = {.has_period = true, .recent = 900};
	struct letter_report report = {.account = &account};
	struct grouping_sink counted;
	struct buf out;

	(void)state;
	grouping_sink_open(&counted, "Identity");
	group_set_watch(counted.set, 900);
	for (unsigned i = 0; i < 1000; i++) {
		char identity[64];
		const struct message message = {
		    .identity = identity,
		    .php_script = "www.shop.example/wp-content/plugins/mailer/send.php",
		    .identity_kind = "account",
		    .when = 1000,
		};

		snprintf(identity, sizeof(identity), "customer%u@server.shared.example", i);
		grouping_sink_add(&counted, &message);
	}
	report.identities = counted.grouping;
	buf_init(&out, 0);
	make(&out, &report);
	assert_true(out.n < 15000);
	/* A hundred have no room, but most. */
	report.limits.top = LETTER_MAX_TOP;
	make(&out, &report);
	assert_true(out.n > LETTER_HTML_MAX * 3 / 4);
	assert_true(has(&out, "</table>\nAnd more, which the text of this letter has."));
	buf_fini(&out);
	grouping_sink_close(&counted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_headline),
	    cmocka_unit_test(test_limit),
	    cmocka_unit_test(test_usual_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
