/* What the quarantine keeps of a folder, as text: its key, and how far --new-only got. */
#include "tests/unit/table.h"

#include <stdio.h>

#include "source/quarantine/folder_state.h"

/* Keys are names of files that are there since the first version: they stay as they are. */
static void test_keys(void **state)
{
	static const struct {
		const char *user, *host;
		unsigned port;
		const char *folder, *want;
	} rows[] = {
	    {"global", "imap.example.com", 993, "Caught (Outgoing)",
		"global@imap.example.com:993,Caught%20%28Outgoing%29"},
	    {"global", "IMAP.Example.COM", 993, "Caught", "global@imap.example.com:993,Caught"},
	    {"global", "imap.example.com.", 143, "Caught", "global@imap.example.com.:143,Caught"},
	    {"a@b", "c", 1, "f", "a%40b@c:1,f"},
	    {"u", "2001:DB8::1", 993, "f", "u@2001%3Adb8%3A%3A1:993,f"},
	    {"u", "fe80::1%eth0", 993, "f", "u@fe80%3A%3A1%25eth0:993,f"},
	    {"u", "b\303\274cher.example", 993, "f", "u@b%C3%BCcher.example:993,f"},
	    {"u", "h", 993, "a/b", "u@h:993,a%2Fb"},
	    {"u", "h", 993, "a%2Fb", "u@h:993,a%252Fb"},
	    {"u", "h", 993, "f,g:1", "u@h:993,f%2Cg%3A1"},
	    {"u", "h", 993, "..", "u@h:993,%2E."},
	    {"../../x", "h", 993, "f", "%2E.%2F..%2Fx@h:993,f"},
	    {"u", "h", 993, "Gef\303\244ngt", "u@h:993,Gef%C3%A4ngt"},
	    {"u\nlast-uid 9", "h", 993, "\001\177\377", "u%0Alast-uid%209@h:993,%01%7F%FF"},
	    {"", "h", 993, "", "@h:993,"},
	};
	struct arena arena;

	(void)state;
	arena_init(&arena);
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		const char *got = folder_state_key(
		    &arena, rows[i].user, rows[i].host, rows[i].port, rows[i].folder);

		assert_non_null(got);
		assert_span_text(span_of(got), rows[i].want, rows[i].want);
	}
	arena_fini(&arena);
}

static void test_read(void **state)
{
	static const struct {
		const char *position;
		bool good;
		uint32_t uidvalidity, last_uid;
		const char *why;
	} rows[] = {
	    {"", true, 0, 0, "the first run"},
	    {"uidvalidity 3 last-uid 812", true, 3, 812, "as we write it"},
	    {"uidvalidity 4294967295 last-uid 4294967295", true, UINT32_MAX, UINT32_MAX, "largest"},
	    {"uidvalidity 3 last-uid 0", true, 3, 0, "an empty folder"},
	    {"uidvalidity 4294967296 last-uid 2", false, 0, 0, "too large"},
	    {"uidvalidity 1 last-uid 99999999999999999999999", false, 0, 0, "far too large"},
	    {"uidvalidity -1 last-uid 2", false, 0, 0, "negative"},
	    {"uidvalidity 1 last-uid x", false, 0, 0, "no number"},
	    {"uidvalidity 1", false, 0, 0, "one number"},
	    {"last-uid 2 uidvalidity 1", false, 0, 0, "another order"},
	    {"uidvalidity 1 last-uid 2 more 3", false, 0, 0, "more"},
	    {"uidvalidity 1 uid 2", false, 0, 0, "another name"},
	    {"inode 71 offset 9000", false, 0, 0, "another source's"},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct folder_state got = {.uidvalidity = 77, .last_uid = 77};
		struct state from = {{""}, {0}};

		snprintf(from.position.text, POSITION_SIZE, "%s", rows[i].position);
		assert_row(folder_state_read(&from, &got) == rows[i].good, rows[i].why);
		assert_row(got.uidvalidity == (rows[i].good ? rows[i].uidvalidity : 77) &&
			       got.last_uid == (rows[i].good ? rows[i].last_uid : 77),
		    rows[i].why);
	}
}

static void test_read_open(void **state)
{
	static const struct {
		const char *position;
		uint64_t number;
		bool good;
		const char *why;
	} rows[] = {
	    {"uidvalidity 1 last-uid 9", 1, true, "the first"},
	    {"uidvalidity 1 last-uid 9", 9, true, "the last"},
	    {"uidvalidity 1 last-uid 9", 10, false, "behind the last"},
	    {"uidvalidity 1 last-uid 9", 0, false, "no UID"},
	    {"uidvalidity 1 last-uid 9", UINT64_C(0x100000001), false, "more than 32 bits"},
	    {"", 1, false, "before anything was reported"},
	};

	(void)state;
	for (unsigned i = 0; i < TABLE_COUNT(rows); i++) {
		struct folder_state got = {.uidvalidity = 77};
		struct state from = {.open = {1, {{rows[i].number, 1700000000}}}};

		snprintf(from.position.text, POSITION_SIZE, "%s", rows[i].position);
		assert_row(folder_state_read(&from, &got) == rows[i].good, rows[i].why);
		if (rows[i].good)
			assert_row(got.open.count == 1 &&
				       got.open.item[0].number == rows[i].number &&
				       got.open.item[0].since == 1700000000,
			    rows[i].why);
		else
			assert_row(got.uidvalidity == 77 && got.open.count == 0, rows[i].why);
	}
}

static void test_write(void **state)
{
	static const struct folder_state folder = {
	    UINT32_MAX, UINT32_MAX, {2, {{7, 1700000000}, {UINT32_MAX, 1700000001}}}};
	struct folder_state again = {0};
	struct state text;

	(void)state;
	folder_state_write(&folder, &text);
	assert_string_equal(text.position.text, "uidvalidity 4294967295 last-uid 4294967295");
	assert_true(folder_state_read(&text, &again));
	assert_memory_equal(&again, &folder, sizeof(folder));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_keys),
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_read_open),
	    cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
