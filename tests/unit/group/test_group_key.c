#include "tests/unit/table.h"

#include "group/group_key.h"

static const struct {
	enum column column;
	const char *value;
	const char *want;
} rows[] = {
    /* Addresses, logins and hosts, without case. */
    {COLUMN_FROM, "Ann <Ann@Example.COM>", "ann <ann@example.com>"},
    {COLUMN_TO, "B@Example.com", "b@example.com"},
    {COLUMN_REPLY_TO, "B@Example.com", "b@example.com"},
    {COLUMN_IP_USERNAME, "2001:DB8::A", "2001:db8::a"},
    {COLUMN_AUTH_SENDER, "Office@Example.com", "office@example.com"},
    {COLUMN_AUTH_USER, "OFFICE", "office"},
    {COLUMN_AUTH_EMAIL, "Office@Example.com", "office@example.com"},
    {COLUMN_DOMAIN, "Example.COM", "example.com"},
    {COLUMN_SOURCE_IP, "2001:DB8::A", "2001:db8::a"},
    {COLUMN_RETURN_PATH, "Bounce@Example.com", "bounce@example.com"},
    {COLUMN_PHP_SCRIPT_IP, "2001:DB8::A", "2001:db8::a"},
    {COLUMN_VHOST, "Shop.Example", "shop.example"},
    {COLUMN_HOST, "Filter01.Example.net", "filter01.example.net"},
    {COLUMN_SENDER_DOMAIN, "Example.COM", "example.com"},
    {COLUMN_VHOST,
	"B\xC3\x9C"
	"CHER.example",
	"b\xC3\x9C"
	"cher.example"},

    /* Up to the path. */
    {COLUMN_PHP_SCRIPT, "WWW.Shop.example/Cron/Mail.php", "www.shop.example/Cron/Mail.php"},
    {COLUMN_PHP_SCRIPT, "/Home/Shop/Mail.php", "/Home/Shop/Mail.php"},
    {COLUMN_PHP_SCRIPT, "Mail.php", "Mail.php"},
    {COLUMN_IDENTITY, "WWW.Shop.example/Cron/Mail.php", "www.shop.example/Cron/Mail.php"},
    {COLUMN_IDENTITY, "/Home/Shop", "/Home/Shop"},
    {COLUMN_IDENTITY, "Office@Example.com", "office@example.com"},

    /* Byte for byte. */
    {COLUMN_SUBJECT, "Your Invoice", "Your Invoice"},
    {COLUMN_QMAIL_UID, "A", "A"},
    {COLUMN_EVIDENCE, "Combined (0.98)", "Combined (0.98)"},
    {COLUMN_FOLDER, "Caught (Outgoing)", "Caught (Outgoing)"},
    {COLUMN_CLASS, "Spam", "Spam"},
    {COLUMN_MESSAGE_ID, "<A@b.example>", "<A@b.example>"},
    {COLUMN_X_SOURCE, "/Usr/Bin/php", "/Usr/Bin/php"},
    {COLUMN_X_SOURCE_DIR, "Shop.example:/Home", "Shop.example:/Home"},

    {COLUMN_IDENTITY, "", ""},
    {COLUMN_PHP_SCRIPT, "/", "/"},
};

static const struct {
	enum column column;
	const char *value;
	const char *want;
} part_rows[] = {
    {COLUMN_PHP_SCRIPT, "a.example/m.php for 192.0.2.1, 192.0.2.2", "a.example/m.php"},
    {COLUMN_PHP_SCRIPT, "a.example/m.php for 2001:db8::1", "a.example/m.php"},
    {COLUMN_PHP_SCRIPT, "/home/web1/m.php REMOTE_ADDR: 192.0.2.1", "/home/web1/m.php"},
    {COLUMN_PHP_SCRIPT, "a.example/for for 192.0.2.1 for 192.0.2.2", "a.example/for for 192.0.2.1"},
    {COLUMN_PHP_SCRIPT, "a.example/m.php for mail.example", "a.example/m.php for mail.example"},
    {COLUMN_PHP_SCRIPT, "10003:m.php", "10003:m.php"},
    {COLUMN_PHP_SCRIPT_IP, "192.0.2.1, 192.0.2.2", "192.0.2.1"},
    {COLUMN_PHP_SCRIPT_IP, "192.0.2.1", "192.0.2.1"},
    {COLUMN_TO, "a@example.com, b@example.com for 192.0.2.1",
	"a@example.com, b@example.com for 192.0.2.1"},
};

/* A script is one group, whoever called it. */
static void test_part(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(part_rows); i++) {
		struct record record = {0};

		record.value[part_rows[i].column] = span_of(part_rows[i].value);
		assert_span_text(group_key_value(&record, part_rows[i].column), part_rows[i].want,
		    part_rows[i].value);
	}
}

static void test_fold(void **state)
{
	struct buf got;

	(void)state;
	buf_init(&got, 0);
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		buf_clear(&got);
		group_key_fold(&got, rows[i].column, span_of(rows[i].value));
		assert_span_text(buf_span(&got), rows[i].want, rows[i].value);
	}
	buf_fini(&got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fold),
	    cmocka_unit_test(test_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
