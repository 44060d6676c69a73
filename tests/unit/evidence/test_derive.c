#include "tests/unit/columns.h"
#include "tests/unit/table.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "evidence/derive.h"
#include "evidence/evidence.h"

static const struct derive_rules *derive(void)
{
	static struct derive_rules derive;

	derive_rules_init(&derive);
	return &derive;
}

/* Columns of a record by hand; NULL ends the list. */
#define MAX_CELLS 4

struct cell {
	enum column column;
	const char *value;
};

static struct record record_of(const struct cell *cells, struct column_set absent)
{
	struct record record = {.absent = absent};

	for (size_t i = 0; i < MAX_CELLS && cells[i].value != NULL; i++)
		record.value[cells[i].column] = span_of(cells[i].value);
	return record;
}

static void assert_absent(const struct record *record, struct column_set want)
{
	assert_true(column_set_equal(&record->absent, &want));
}

static void test_sender_domain(void **state)
{
	static const struct {
		const char *return_path;
		const char *from;
		const char *want;
	} rows[] = {
	    {"<a@Example.COM>", "b@example.net", "example.com"},
	    {"a@example.com", "", "example.com"},
	    {"<>", "\"B, C\" <b@EXAMPLE.net>", "example.net"},
	    {"", "b@example.net (c@example.org)", "example.net"},
	    {"root", "b@example.net", "example.net"},
	    {"", "MAILER-DAEMON", ""},
	    {"", "\"a@example.com\" <b@example.net>", "example.net"},
	    {"", "B\xc3\x9cro <b@B\xc3\x9cro.example>", "b\xc3\x9cro.example"},
	    {"", "", ""},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record = {.absent = COLUMNS(COLUMN_SENDER_DOMAIN)};

		record.value[COLUMN_RETURN_PATH] = span_of(rows[i].return_path);
		record.value[COLUMN_FROM] = span_of(rows[i].from);
		derive_missing(derive(), &record, &arena);
		assert_span_text(record.value[COLUMN_SENDER_DOMAIN], rows[i].want, rows[i].from);
		assert_true(column_set_is_empty(&record.absent));
	}
	arena_fini(&arena);
}

static void test_identity(void **state)
{
	static const struct {
		struct cell cells[MAX_CELLS];
		const char *want;
	} rows[] = {
	    {{{COLUMN_AUTH_USER, "Shop@Example.COM"}, {COLUMN_AUTH_SENDER, "b@example.net"}},
		"Shop@example.com"},
	    {{{COLUMN_AUTH_USER, "B <b@Example.net>"}}, "b@example.net"},
	    {{{COLUMN_AUTH_SENDER, "web11"}, {COLUMN_DOMAIN, "example.com"}}, "web11"},
	    {{{COLUMN_VHOST, "shop.example"}, {COLUMN_QMAIL_UID, "1000"}}, "shop.example"},
	    {{{COLUMN_X_SOURCE_DIR, "shop.example:/public_html"}}, "shop.example"},
	    {{{COLUMN_X_SOURCE_DIR, "/home2/web11/public_html"}}, "web11"},
	    {{{COLUMN_X_SOURCE_DIR, ":/base/horde"}, {COLUMN_QMAIL_UID, "7"}}, "uid 7"},
	    {{{COLUMN_PHP_SCRIPT, "shop.example/~a/b.php for 192.0.2.1, 192.0.2.2"}},
		"shop.example/~a/b.php"},
	    {{{COLUMN_PHP_SCRIPT, "shop.example/b.php"}}, "shop.example/b.php"},
	    {{{COLUMN_PHP_SCRIPT, "/home/web12/public_html/index.php REMOTE_ADDR: 192.0.2.1"}},
		"web12"},
	    {{{COLUMN_PHP_SCRIPT, "/var/www/vhosts/shop.example/httpdocs/i.php"}}, "shop.example"},
	    {{{COLUMN_PHP_SCRIPT, "shop.example:/public_html"}}, "shop.example"},
	    {{{COLUMN_PHP_SCRIPT, "10003:mail.php"}, {COLUMN_QMAIL_UID, "10003"}}, "uid 10003"},
	    {{{COLUMN_PHP_SCRIPT, "33:index.php(3) : eval()'d code/x"}}, ""},
	    {{{COLUMN_PHP_SCRIPT, "/opt/cpanel/php-cgi /home/web11/x.php"}}, ""},
	    {{{COLUMN_PHP_SCRIPT, "lsphp:/web11/public_html/wp-login.php"}}, ""},
	    {{{COLUMN_PHP_SCRIPT, "php.exe /x.php"}}, ""},
	    {{{COLUMN_PHP_SCRIPT, ":/base/horde/imp"}, {COLUMN_IP_USERNAME, "192.0.2.1"}},
		"192.0.2.1"},
	    {{{COLUMN_IP_USERNAME, "web11"}, {COLUMN_DOMAIN, "Example.com"}}, "web11@example.com"},
	    {{{COLUMN_IP_USERNAME, "@Example.com"}}, "@example.com"},
	    {{{COLUMN_IP_USERNAME, "2001:db8::/64"}, {COLUMN_DOMAIN, "example.com"}},
		"2001:db8::/64"},
	    {{{COLUMN_FROM, "a@example.com"}}, ""},
	    {{{COLUMN_QMAIL_UID, "33"}, {COLUMN_PHP_SCRIPT, "1017:x.php"}}, "uid 1017"},
	    {{{COLUMN_AUTH_USER, "www-data"}, {COLUMN_PHP_SCRIPT, "a.example/x.php"}},
		"a.example/x.php"},
	    {{{COLUMN_AUTH_USER, "www-data"}, {COLUMN_IP_USERNAME, "192.0.2.1"}}, "www-data"},
	    {{{COLUMN_AUTH_USER, "m@bank.example"}, {COLUMN_QMAIL_UID, "1017"},
		 {COLUMN_NOTES, "guessed field"}},
		"uid 1017"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct record record = record_of(rows[i].cells, COLUMNS(COLUMN_IDENTITY));

		derive_missing(derive(), &record, &arena);
		assert_span_text(
		    record.value[COLUMN_IDENTITY], rows[i].want, rows[i].cells[0].value);
		assert_row(column_set_is_empty(&record.absent), rows[i].cells[0].value);
	}
	arena_fini(&arena);
}

static void test_only_what_is_missing(void **state)
{
	static const struct cell cells[MAX_CELLS] = {{COLUMN_IDENTITY, "who"},
	    {COLUMN_AUTH_USER, "web11"}, {COLUMN_IP_USERNAME, "192.0.2.1"},
	    {COLUMN_FROM, "a@example.com"}};
	struct record record = record_of(cells, COLUMNS(COLUMN_SUBJECT));
	struct arena arena;

	(void)state;
	arena_init(&arena);
	derive_missing(derive(), &record, &arena);
	assert_span_text(record.value[COLUMN_IDENTITY], "who", "a report's own identity");
	assert_span_text(record.value[COLUMN_SOURCE_IP], "", "a report's own source");
	assert_span_text(record.value[COLUMN_SENDER_DOMAIN], "", "a report's own domain");
	assert_absent(&record, COLUMNS(COLUMN_SUBJECT));
	record = record_of(cells, COLUMNS(COLUMN_SOURCE_IP, COLUMN_SENDER_DOMAIN));
	derive_missing(derive(), &record, &arena);
	assert_span_text(record.value[COLUMN_SOURCE_IP], "192.0.2.1", "from IP/Username");
	assert_span_text(record.value[COLUMN_SENDER_DOMAIN], "example.com", "from From");
	assert_true(column_set_is_empty(&record.absent));
	record.value[COLUMN_IP_USERNAME] = SPAN("web11");
	record.value[COLUMN_SOURCE_IP] = SPAN_EMPTY;
	record.absent = COLUMNS(COLUMN_SOURCE_IP);
	derive_missing(derive(), &record, &arena);
	assert_span_text(record.value[COLUMN_SOURCE_IP], "", "a login is no source");
	assert_absent(&record, COLUMNS(COLUMN_SOURCE_IP));
	arena_fini(&arena);
}

/* Of a report that lacks these: what stays unknown. */
static void assert_unknown(struct column_set absent, struct column_set want)
{
	const struct column_set unknown = derive_unknown(absent);

	assert_true(column_set_equal(&unknown, &want));
}

static void test_unknown(void **state)
{
	static const struct {
		enum column there; /* the only one */
		enum column derived[3];
	} rows[] = {
	    {COLUMN_SUBJECT, {0}},
	    {COLUMN_QMAIL_UID, {COLUMN_IDENTITY, COLUMN_IDENTITY_KIND}},
	    {COLUMN_PHP_SCRIPT, {COLUMN_IDENTITY, COLUMN_IDENTITY_KIND, COLUMN_PHP_SCRIPT_IP}},
	    {COLUMN_IDENTITY, {COLUMN_IDENTITY_KIND}},
	    {COLUMN_RETURN_PATH, {COLUMN_SENDER_DOMAIN}},
	    {COLUMN_FROM, {COLUMN_SENDER_DOMAIN}},
	    {COLUMN_IP_USERNAME, {COLUMN_IDENTITY, COLUMN_SOURCE_IP, COLUMN_IDENTITY_KIND}},
	};
	const struct column_set none = {0}, all = column_set_others(&none);

	(void)state;
	assert_unknown(none, none);
	assert_unknown(all, all);
	assert_unknown(
	    COLUMNS(COLUMN_SUBJECT, COLUMN_IDENTITY, COLUMN_SOURCE_IP, COLUMN_SENDER_DOMAIN),
	    COLUMNS(COLUMN_SUBJECT));
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct column_set absent = all, want;

		column_set_remove(&absent, rows[i].there);
		want = absent;
		for (size_t k = 0; k < 3 && rows[i].derived[k] != COLUMN_NUMBER; k++)
			column_set_remove(&want, rows[i].derived[k]);
		assert_unknown(absent, want);
	}
}

#define MIN_SECTIONS 60
#define MAX_SECTION  (256 * 1024)

/* False when the file is no header section. */
static bool read_section(const char *folder, const char *name, struct buf *section)
{
	char path[600];
	size_t n = strlen(name);
	FILE *file;

	if (n < 4 || strcmp(name + n - 4, ".hdr") != 0)
		return false;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "rb");
	if (file == NULL || buf_reserve(section, MAX_SECTION) == NULL)
		fail_msg("cannot read %s", path);
	section->n = fread(section->p, 1, MAX_SECTION, file);
	fclose(file);
	return true;
}

/* The same but for the host, which only the header tells. */
static bool is_same_account(struct span derived, struct span identity)
{
	return span_eq(derived, identity) ||
	       (span_find(derived, '@') == SPAN_NPOS &&
		   span_eq(derived, span_head(identity, span_rfind(identity, '@'))));
}

/* What the engine makes of header sections and what is derived of its own columns is one. */
static void test_like_the_engine(void **state)
{
	const char *top = getenv("TOP_SRCDIR");
	struct err err = ERR_INIT;
	struct evidence *evidence = evidence_new(NULL, &err);
	const struct dirent *entry;
	unsigned count = 0;
	struct arena arena;
	struct buf section;
	char folder[256];
	DIR *data;

	(void)state;
	assert_non_null(evidence);
	snprintf(folder, sizeof(folder), "%s/tests/evidence", top != NULL ? top : ".");
	data = opendir(folder);
	assert_non_null(data);
	arena_init(&arena);
	buf_init(&section, 0);
	while ((entry = readdir(data)) != NULL) {
		struct record record = {0};
		struct span identity;

		buf_clear(&section);
		arena_reset(&arena);
		if (!read_section(folder, entry->d_name, &section))
			continue;
		count++;
		assert_int_equal(
		    evidence_extract(evidence, buf_span(&section), &arena, &record, &err), 0);
		if ((record.notes & NOTE_FORWARDED) != 0 ||
		    record.sender_is_relay) /* which only the header tells */
			continue;
		identity = record.value[COLUMN_IDENTITY];
		record.absent = COLUMNS(COLUMN_IDENTITY);
		derive_missing(derive(), &record, &arena);
		if (!is_same_account(record.value[COLUMN_IDENTITY], identity))
			fail_msg("%s: derived '%.*s', the engine has '%.*s'", entry->d_name,
			    (int)record.value[COLUMN_IDENTITY].n, record.value[COLUMN_IDENTITY].p,
			    (int)identity.n, identity.p);
	}
	assert_in_range(count, MIN_SECTIONS, 10 * MIN_SECTIONS);
	closedir(data);
	buf_fini(&section);
	arena_fini(&arena);
	evidence_free(evidence);
}

/* The table has room for all of them. */
static void test_rules(void **state)
{
	struct derive_rules derive;

	(void)state;
	derive_rules_init(&derive);
	for (unsigned k = 0; k < DERIVE_COLUMNS; k++) {
		assert_in_range(derive.count[k], 1, DERIVE_MAX_RULES);
		if (derive.count[k] == DERIVE_MAX_RULES)
			fail_msg("column %u: DERIVE_MAX_RULES is too small", k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sender_domain),
	    cmocka_unit_test(test_identity),
	    cmocka_unit_test(test_only_what_is_missing),
	    cmocka_unit_test(test_unknown),
	    cmocka_unit_test(test_like_the_engine),
	    cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
