#include "tests/unit/table.h"

#include "control/locked.h"
#include "control/queue.h"

#define KEY(d, u, n)                                                                               \
	{                                                                                          \
		{d, sizeof(d) - 1}, {u, sizeof(u) - 1},                                            \
		{                                                                                  \
			n, sizeof(n) - 1                                                           \
		}                                                                                  \
	}

static const struct {
	const char *why;
	const char *body;
	struct control_key key;
	int want; /* 1 there, 0 not, -1 no list */
} rows[] = {
    {"empty", "", KEY("example.com", "192.0.2.1", "bob"), 0},
    {"identities", "bob\neve\n", KEY("example.com", "192.0.2.1", "eve"), 1},
    {"another", "bobby\n", KEY("example.com", "192.0.2.1", "bob"), 0},
    {"two columns", "192.0.2.1,bob\n", KEY("example.com", "192.0.2.1", "bob"), 1},
    {"two columns of another user", "192.0.2.2,bob\n", KEY("example.com", "192.0.2.1", "bob"), 0},
    {"with the domain", "192.0.2.1@example.com, bob\n", KEY("example.com", "192.0.2.1", "bob"), 1},
    {"another domain", "192.0.2.1@example.org, bob\n", KEY("example.com", "192.0.2.1", "bob"), 0},
    {"all users", "*,bob\n", KEY("example.com", "192.0.2.1", "bob"), 1},
    {"three columns", "example.com,192.0.2.1,bob\n", KEY("example.com", "192.0.2.1", "bob"), 1},
    {"three of another domain", "example.org,192.0.2.1,bob\n",
	KEY("example.com", "192.0.2.1", "bob"), 0},
    {"seven columns", "example.com,192.0.2.1,bob,2026-01-01,manual,True,0\n",
	KEY("example.com", "192.0.2.1", "bob"), 1},
    {"as the scripts show it", "bob (192.0.2.1@example.com)\n",
	KEY("example.com", "192.0.2.1", "bob"), 1},
    {"IPv6", "bob (2001:db8::1@example.com)\n", KEY("example.com", "2001:db8::1", "bob"), 1},
    {"titles", "identity,user\nbob,192.0.2.1\n", KEY("example.com", "192.0.2.1", "bob"), 1},
    {"titles that say it is not locked",
	"Domain,User,Identity,Locked\nexample.com,192.0.2.1,bob,no\n",
	KEY("example.com", "192.0.2.1", "bob"), 0},
    {"titles alone", "Domain,User,Identity\n", KEY("example.com", "192.0.2.1", "bob"), 0},
    {"called as a title", "identity\n", KEY("example.com", "192.0.2.1", "identity"), 1},
    {"a comma, unquoted", "example.com,192.0.2.1,a, b\n", KEY("example.com", "192.0.2.1", "a, b"),
	1},
    {"a comma, quoted", "\"example.com\",\"192.0.2.1\",\"a, b\"\n",
	KEY("example.com", "192.0.2.1", "a, b"), 1},
    {"a comma, alone", "a, b\n", KEY("example.com", "192.0.2.1", "a, b"), 1},
    {"quotes", "example.com,192.0.2.1,\"a \"\"b\"\"\"\n",
	KEY("example.com", "192.0.2.1", "a \"b\""), 1},
    {"warning first", "This is not the default value.\nexample.com,192.0.2.1,bob\n",
	KEY("example.com", "192.0.2.1", "bob"), 1},
    {"CR LF, BOM",
	"\xEF\xBB\xBF"
	"bob\r\n",
	KEY("example.com", "192.0.2.1", "bob"), 1},
    {"error", "ERROR: no such domain\n", KEY("example.com", "192.0.2.1", "bob"), -1},
    {"page", "<html>\n", KEY("example.com", "192.0.2.1", "bob"), -1},
};

/* Lines that can be read in two ways prove nothing. */
static const struct {
	const char *why;
	const char *body;
	struct control_key key;
	bool want;
} proofs[] = {
    {"quoted", "\"example.com\",\"192.0.2.1\",\"bob\"\n", KEY("example.com", "192.0.2.1", "bob"),
	true},
    {"three columns", "example.com,192.0.2.1,bob\n", KEY("example.com", "192.0.2.1", "bob"), true},
    {"seven columns", "example.com,192.0.2.1,bob,2026-01-01,manual,True,0\n",
	KEY("example.com", "192.0.2.1", "bob"), true},
    {"seconds", "example.com,192.0.2.1,bob,1767225600,x\n", KEY("example.com", "192.0.2.1", "bob"),
	true},
    {"a comma more", "example.com,192.0.2.1,bob,eve\n", KEY("example.com", "192.0.2.1", "bob"),
	false},
    {"a comma more under titles", "Domain,User,Identity\nexample.com,192.0.2.1,bob,eve\n",
	KEY("example.com", "192.0.2.1", "bob"), false},
    {"with the comma", "example.com,192.0.2.1,bob,eve\n",
	KEY("example.com", "192.0.2.1", "bob,eve"), true},
    {"a line about another", "192.0.2.1,eve\n", KEY("example.com", "192.0.2.1", "192.0.2.1,eve"),
	false},
    {"a longer line about another", "example.com,192.0.2.1,eve\n",
	KEY("example.com", "192.0.2.1", "example.com,192.0.2.1,eve"), false},
    {"the same behind its user", "192.0.2.1,192.0.2.1,eve\n",
	KEY("example.com", "192.0.2.1", "192.0.2.1,eve"), true},
    {"no user", "example.com,,bob\n", KEY("example.com", "192.0.2.1", "bob"), false},
    {"all users", "example.com,*,bob\n", KEY("example.com", "192.0.2.1", "bob"), true},
};

static void test_proofs(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(proofs); i++) {
		struct err err = ERR_INIT;
		bool found = false;

		assert_row(locked_proves(span_of(proofs[i].body), &proofs[i].key, LOCKED_FORM_OPEN,
			       &found, &err) == 0,
		    proofs[i].why);
		assert_row(found == proofs[i].want, proofs[i].why);
	}
}

/* "NAME (USER@DOMAIN)" is the form of a line, or a name. */
static const struct {
	const char *why;
	const char *body;
	struct control_key key;
	bool open, likely;
} forms[] = {
    {"one line", "eve (u@a.example)\n", KEY("a.example", "u", "eve"), false, true},
    {"called so", "eve (u@a.example)\n", KEY("a.example", "u", "eve (u@a.example)"), true, true},
    {"called so, in that form", "eve (u@a.example) (u@a.example)\n",
	KEY("a.example", "u", "eve (u@a.example)"), false, true},
    {"the other behind that", "eve (u@a.example) (u@a.example)\n", KEY("a.example", "u", "eve"),
	false, false},
    {"names beside it", "bob\neve (u@a.example)\n", KEY("a.example", "u", "eve"), false, false},
    {"both", "eve\neve (u@a.example)\n", KEY("a.example", "u", "eve"), true, true},
    {"columns beside it", "u,bob\nu,eve (u@a.example)\n", KEY("a.example", "u", "eve"), false,
	false},
    {"all of that form", "bob (u@a.example)\n\neve (u@a.example)\n", KEY("a.example", "u", "eve"),
	false, true},
    {"a sentence first", "This is not the default.\neve (u@a.example)\n",
	KEY("a.example", "u", "eve"), false, true},
};

static void test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(forms); i++) {
		for (unsigned form = 0; form < 2; form++) {
			struct err err = ERR_INIT;
			bool found = false;

			assert_row(locked_proves(span_of(forms[i].body), &forms[i].key,
				       form == 0 ? LOCKED_FORM_OPEN : LOCKED_FORM_LIKELY, &found,
				       &err) == 0,
			    forms[i].why);
			assert_row(
			    found == (form == 0 ? forms[i].open : forms[i].likely), forms[i].why);
		}
	}
}

static void test_locked(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct err err = ERR_INIT;
		bool found = false;
		int result = locked_has(span_of(rows[i].body), &rows[i].key, &found, &err);

		assert_row(result == (rows[i].want < 0 ? -1 : 0), rows[i].why);
		assert_row(found == (rows[i].want > 0), rows[i].why);
	}
}

static const struct {
	const char *line;
	bool is_item;
	bool strange;
	const char *sender, *recipient;
} queue_rows[] = {
    {"example.com,mx.example.com,1ZPhsl-0004Im-99,21887,3794,,devnull,True", true, false, "",
	"devnull"},
    {"example.com, mx.example.com, 1rABcd-00000000abc-0aBc, 1, 2, a@b.example, c@d.example, False",
	true, false, "a@b.example", "c@d.example"},
    {"mx.example.com,1ZPhsl-0004Im-99,1,2,a@b.example,c,false", true, false, "a@b.example", "c"},
    {"example.com", false, false, NULL, NULL},
    {"a sentence of warning", false, true, NULL, NULL},
    {"example.com,mx.example.com,1ZPhsl-0004Im-99,x,3794,,devnull,True", false, true, NULL, NULL},
    {"example.com,mx.example.com,1ZPhsl-0004Im-99,1,2,\"a,b\"@c,devnull,True", false, true, NULL,
	NULL},
    {"example.com,mx.example.com,../../etc,1,2,a,b,True", false, true, NULL, NULL},
    {"example.com,mx.example.com,1ZPhsl-0004Im-99,1,2,a,b,maybe", false, true, NULL, NULL},
};

static void test_queue(void **state)
{
	struct queue_reader reader;

	(void)state;
	queue_reader_init(&reader);
	for (size_t i = 0; i < TABLE_COUNT(queue_rows); i++) {
		struct err err = ERR_INIT;
		struct queue_item item;
		bool strange = false;
		int result =
		    queue_read(&reader, span_of(queue_rows[i].line), &item, &strange, &err);

		assert_row(result == queue_rows[i].is_item, queue_rows[i].line);
		assert_row(strange == queue_rows[i].strange, queue_rows[i].line);
		if (result <= 0)
			continue;
		assert_span_text(item.sender, queue_rows[i].sender, queue_rows[i].line);
		assert_span_text(item.recipient, queue_rows[i].recipient, queue_rows[i].line);
	}
	queue_reader_fini(&reader);
}

static void test_queue_addresses(void **state)
{
	const struct queue_item item = {
	    .domain = SPAN("Example.com"), .recipient = SPAN("Bob"), .sender = SPAN("")};

	(void)state;
	assert_true(queue_is_from(&item, SPAN("<>")));
	assert_false(queue_is_from(&item, SPAN("a@b.example")));
	assert_true(queue_is_to(&item, SPAN("bob@example.com")));
	assert_true(queue_is_to(&item, SPAN("bob")));
	assert_false(queue_is_to(&item, SPAN("bob@example.org")));
	assert_false(queue_is_to(&item, SPAN("bo")));
}

static void test_queue_remove(void **state)
{
	static const struct {
		const char *help;
		bool want;
	} helps[] = {
	    {"rm(message_id) -> \"\"", true},
	    {"rm(domain, id, dry_run=False)", true},
	    {"rm(domain)", false},
	    {"rm(message_id, server)", false},
	    {"rm(..., id)", false},
	    {"other(id)", false},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(helps); i++) {
		struct err err = ERR_INIT;

		assert_row(
		    (queue_check_remove(span_of(helps[i].help), "rm", &err) == 0) == helps[i].want,
		    helps[i].help);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_locked),
	    cmocka_unit_test(test_proofs),
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_queue),
	    cmocka_unit_test(test_queue_addresses),
	    cmocka_unit_test(test_queue_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
