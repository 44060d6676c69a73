/* Searching, against a server whose words are a table. */
#include "tests/unit/wire_session.h"

#include <stdlib.h>
#include <time.h>

#include "imap/search.h"

#define REFUSE ANSWER "NO no\r\n"
#define BUSY   ANSWER "NO [UNAVAILABLE] later\r\n"

#define AGAIN      BYE HELLO MAILBOX("3", "7")
#define SAID_AGAIN "LOGOUT\n" SAID_LOST
#define SAID_LOST  SAID_HELLO SAID_MAILBOX
#define SINCE      " SINCE 19-Nov-2026"
#define SAID_ALL   "UID SEARCH UID 1:4294967295\n"
#define SAID_UIDS  "UID FETCH 1:4294967295 (UID)\n"

/* 2026-11-20, UTC. */
static const struct period day = {1795132800, 1795219200};

static const struct search_scope all = {0};
static const struct search_scope of_day = {.period = &day};
static const struct search_scope since_day = {.period = &day, .open = true};
static const struct search_scope behind = {.after = 40};

static const struct {
	const char *why;
	const struct search_scope *scope;
	const char *exists;
	uint32_t uidnext;
	const char *server; /* after the mailbox has been opened */
	const char *want;   /* UIDs, a bar after each slice */
	enum err_code code;
	const char *text;
	const char *said;
} rows[] = {
    {"all in one", &all, "3", 0, "* SEARCH 4 2 9\r\n" DONE, "2 4 9|", ERR_NONE, NULL, SAID_ALL},
    {"in two answers, and twice", &all, "3", 0, "* SEARCH 4 2\r\n* SEARCH 2 9\r\n" DONE, "2 4 9|",
	ERR_NONE, NULL, SAID_ALL},
    {"none of these days", &of_day, "3", 0, "* SEARCH\r\n" DONE, "|", ERR_NONE, NULL,
	"UID SEARCH UID 1:4294967295 SINCE 19-Nov-2026 BEFORE 22-Nov-2026\n"},
    {"no last day", &since_day, "3", 0, "* SEARCH 3\r\n" DONE, "3|", ERR_NONE, NULL,
	"UID SEARCH UID 1:4294967295 SINCE 19-Nov-2026\n"},
    {"those behind one", &behind, "40", 0, "* SEARCH 40 41\r\n" DONE, "41|", ERR_NONE, NULL,
	"UID SEARCH UID 41:4294967295\n"},
    {"none behind it", &behind, "40", 0, "* SEARCH\r\n" DONE, "|", ERR_NONE, NULL,
	"UID SEARCH UID 41:4294967295\n"},
    {"an empty folder is not searched", &all, "0", 0, "", "", ERR_NONE, NULL, ""},

    {"ESEARCH", &all, "3", 0,
	"* ESEARCH (TAG \""
	"\1"
	"\") UID ALL 2,4:5\r\n" DONE,
	"2 4 5|", ERR_NONE, NULL, SAID_ALL},
    {"ESEARCH without a tag", &all, "1", 0, "* ESEARCH UID COUNT 1 ALL 2\r\n" DONE, "2|", ERR_NONE,
	NULL, SAID_ALL},
    {"ESEARCH that has none", &of_day, "3", 0, "* ESEARCH UID COUNT 0\r\n" DONE, "|", ERR_NONE,
	NULL, "UID SEARCH UID 1:4294967295 SINCE 19-Nov-2026 BEFORE 22-Nov-2026\n"},
    {"ESEARCH that says not which", &all, "1", 0,
	"* ESEARCH UID COUNT 3\r\n" DONE "* 1 FETCH (UID 2)\r\n" DONE, "2|", ERR_NONE, NULL,
	SAID_ALL SAID_UIDS},
    {"ESEARCH that is somebody else's", &all, "1", 0,
	"* ESEARCH (TAG \"x\") UID ALL 1\r\n" DONE "* 1 FETCH (UID 2)\r\n" DONE, "2|", ERR_NONE,
	NULL, SAID_ALL SAID_UIDS},

    {"refused: all UIDs", &all, "3", 0,
	REFUSE "* 1 FETCH (UID 2)\r\n* 3 FETCH (UID 9)\r\n* 2 FETCH (UID 4)\r\n" DONE, "2 4 9|",
	ERR_NONE, NULL, SAID_ALL SAID_UIDS},
    {"not understood: all UIDs", &all, "1", 0, ANSWER "BAD what?\r\n* 1 FETCH (UID 2)\r\n" DONE,
	"2|", ERR_NONE, NULL, SAID_ALL SAID_UIDS},
    {"no answer is not none", &all, "1", 0, DONE "* 1 FETCH (UID 2)\r\n" DONE, "2|", ERR_NONE, NULL,
	SAID_ALL SAID_UIDS},
    {"nor is silence twice", &all, "3", 0, DONE DONE, "|", ERR_PROTOCOL, "the server names none",
	SAID_ALL SAID_UIDS},
    {"a FETCH that says no UID", &all, "3", 0, REFUSE "* 1 FETCH (FLAGS ())\r\n" DONE, "|",
	ERR_PROTOCOL, "the server names none", SAID_ALL SAID_UIDS},
    {"nor does it list them", &all, "3", 0, REFUSE REFUSE AGAIN REFUSE AGAIN REFUSE, "",
	ERR_PROTOCOL, "searching: the server refuses to list its messages",
	SAID_ALL SAID_UIDS SAID_AGAIN SAID_UIDS SAID_AGAIN SAID_UIDS},

    {"refused for now, and then not", &all, "1", 0, BUSY AGAIN "* SEARCH 2\r\n" DONE, "2|",
	ERR_NONE, NULL, SAID_ALL SAID_AGAIN SAID_ALL},
    {"refused for now, always", &all, "3", 0, BUSY AGAIN BUSY AGAIN BUSY, "", ERR_TEMPORARY,
	"the server refuses to search", SAID_ALL SAID_AGAIN SAID_ALL SAID_AGAIN SAID_ALL},
    {"the connection breaks", &all, "1", 0, BYE HELLO MAILBOX("3", "7") "* SEARCH 2\r\n" DONE, "2|",
	ERR_NONE, NULL, SAID_ALL SAID_LOST SAID_ALL},
    {"in the middle of an answer", &all, "1", 0,
	"* SEARCH 2\r\n* SEA" BYE HELLO MAILBOX("3", "7") "* SEARCH 3\r\n" DONE, "3|", ERR_NONE,
	NULL, SAID_ALL SAID_LOST SAID_ALL},
    {"nonsense", &all, "1", 0, "* SEARCH two\r\n" BYE HELLO MAILBOX("3", "7") "* SEARCH 3\r\n" DONE,
	"3|", ERR_NONE, NULL, SAID_ALL SAID_LOST SAID_ALL},
    {"and on a mailbox that was made again", &all, "3", 0, BYE HELLO MAILBOX("3", "8"), "",
	ERR_TEMPORARY, "was 7 and is 8", SAID_ALL SAID_LOST},

    {"slices", &since_day, "65536", 200001,
	DONE "* 1 FETCH (UID 100001)\r\n* 65536 FETCH (UID 200000)\r\n" DONE
	     "* SEARCH 100001 150001 7\r\n" DONE "* SEARCH 150001 200000 200001\r\n" DONE,
	"100001|150001 200000 200001|", ERR_NONE, NULL,
	"CAPABILITY\nFETCH 1,* (UID)\nUID SEARCH UID 100001:150000" SINCE
	"\nUID SEARCH UID 150001:4294967295" SINCE "\n"},
    {"slices of all UIDs when the server does not say which there are", &since_day, "65536", 0,
	DONE DONE "* SEARCH 1 9\r\n" DONE "* SEARCH\r\n" DONE "* SEARCH\r\n" DONE, "1 9|||",
	ERR_NONE, NULL,
	"CAPABILITY\nFETCH 1,* (UID)\nUID SEARCH UID 1:2147483647" SINCE "\n"
	"UID SEARCH UID 2147483648:4294967294" SINCE "\nUID SEARCH UID 4294967295:4294967295" SINCE
	"\n"},
    {"narrower when an answer does not come", &since_day, "65536", 0,
	DONE "* 1 FETCH (UID 1)\r\n* 65536 FETCH (UID 80000)\r\n" DONE BYE HELLO MAILBOX(
	    "65536", "7") "* SEARCH 5\r\n" DONE "* SEARCH\r\n" DONE "* SEARCH 80000\r\n" DONE,
	"5||80000|", ERR_NONE, NULL,
	"CAPABILITY\nFETCH 1,* (UID)\nUID SEARCH UID 1:40000" SINCE "\n" SAID_LOST
	"UID SEARCH UID 1:32768" SINCE "\nUID SEARCH UID 32769:65536" SINCE "\n"
	"UID SEARCH UID 65537:4294967295" SINCE "\n"},
    {"no search in the first, none in the second", &since_day, "65536", 0,
	DONE "* 1 FETCH (UID 1)\r\n* 65536 FETCH (UID 65536)\r\n" DONE REFUSE
	     "* 1 FETCH (UID 1)\r\n" DONE "* 65536 FETCH (UID 65536)\r\n" DONE,
	"1|65536|", ERR_NONE, NULL,
	"CAPABILITY\nFETCH 1,* (UID)\nUID SEARCH UID 1:32768" SINCE "\nUID FETCH 1:32768 (UID)\n"
	"UID FETCH 32769:4294967295 (UID)\n"},
};

/* --- by age --- */

/* The clock: 2026-11-21 01:00, UTC. */
#define NOW 1795222800

time_t __wrap_clock_time(void);
time_t __wrap_clock_time(void)
{
	return NOW;
}

#define HELLO_AGES "* OK [CAPABILITY IMAP4rev1 ESEARCH WITHIN] hello\r\n" DONE
#define NEXT_DONE  "\3 OK done\r\n"
#define ESEARCH(uids)                                                                              \
	"* ESEARCH (TAG \""                                                                        \
	"\1"                                                                                       \
	"\") UID ALL " uids "\r\n"
#define NEXT_ESEARCH(uids)                                                                         \
	"* ESEARCH (TAG \""                                                                        \
	"\3"                                                                                       \
	"\") UID ALL " uids "\r\n"
/* EXAMINE, and the first and the last message: an hour, and a day before now. */
#define OPENED MAILBOX("3", "7")
#define BOUNDS                                                                                     \
	"* 1 FETCH (UID 2 INTERNALDATE \"20-Nov-2026 01:00:00 +0000\")\r\n"                        \
	"* 3 FETCH (UID 9 INTERNALDATE \"21-Nov-2026 00:00:00 +0000\")\r\n"
/* The same, both outside the period. */
#define OUTSIDE                                                                                    \
	"* 1 FETCH (UID 2 INTERNALDATE \"18-Nov-2026 01:00:00 +0000\")\r\n"                        \
	"* 3 FETCH (UID 9 INTERNALDATE \"21-Nov-2026 00:00:00 +0000\")\r\n"
#define ESEARCH_NONE                                                                               \
	"* ESEARCH (TAG \""                                                                        \
	"\1"                                                                                       \
	"\") UID\r\n"
#define PROOF     "UID SEARCH RETURN (ALL) UID 2 YOUNGER 86700 OLDER 86100\n"
#define BY_AGE    "UID SEARCH RETURN (ALL) YOUNGER 90600 OLDER 3000\n"
#define SAID_AGES SAID_MAILBOX "FETCH 1,* (UID INTERNALDATE)\n" BY_AGE
#define BY_DAYS   "UID SEARCH UID 1:4294967295 SINCE 19-Nov-2026 BEFORE 22-Nov-2026\n"
#define DAYS      "* SEARCH 2 4 9\r\n" DONE
#define AGES_LOST BYE HELLO_AGES MAILBOX("3", "7")

static const struct {
	const char *why;
	const char *server; /* behind the login */
	const char *want;
	bool exact;
	enum err_code code;
	const char *said;
} age_rows[] = {
    {"what it finds, proven", OPENED BOUNDS DONE ESEARCH("2,4") DONE ESEARCH("2") DONE, "2 4|",
	true, ERR_NONE, SAID_AGES PROOF},
    {"none, proven", OPENED OUTSIDE DONE ESEARCH_NONE DONE ESEARCH("2") DONE, "", true, ERR_NONE,
	SAID_AGES "UID SEARCH RETURN (ALL) UID 2 YOUNGER 259500 OLDER 258900\n"},
    {"the first message is of the period, and not found", OPENED BOUNDS DONE ESEARCH_NONE DONE DAYS,
	"2 4 9|", false, ERR_NONE, SAID_AGES BY_DAYS},
    {"the last one is",
	OPENED "* 1 FETCH (UID 2 INTERNALDATE \"18-Nov-2026 01:00:00 +0000\")\r\n"
	       "* 3 FETCH (UID 9 INTERNALDATE \"20-Nov-2026 23:59:59 +0000\")\r\n" DONE ESEARCH(
		   "4:8") DONE DAYS,
	"2 4 9|", false, ERR_NONE, SAID_AGES BY_DAYS},
    {"ranges that overlap", OPENED BOUNDS DONE ESEARCH("4,2:3,3:4,9") DONE ESEARCH("2") DONE,
	"2 3 4 9|", true, ERR_NONE, SAID_AGES PROOF},
    {"the answer to the search first",
	OPENED BOUNDS NEXT_ESEARCH("2,4") DONE DONE ESEARCH("2") DONE, "2 4|", true, ERR_NONE,
	SAID_AGES PROOF},
    {"it is done first", OPENED NEXT_ESEARCH("2,4") NEXT_DONE BOUNDS DONE ESEARCH("2") DONE, "2 4|",
	true, ERR_NONE, SAID_AGES PROOF},
    {"the messages last", OPENED NEXT_ESEARCH("2,4") DONE BOUNDS DONE ESEARCH("2") DONE, "2 4|",
	true, ERR_NONE, SAID_AGES PROOF},

    {"its clock is not ours",
	OPENED BOUNDS DONE ESEARCH("2,4") DONE "* ESEARCH (TAG \""
					       "\1"
					       "\") UID\r\n" DONE DAYS,
	"2 4 9|", false, ERR_NONE, SAID_AGES PROOF BY_DAYS},
    {"no proof: another one is found",
	OPENED BOUNDS DONE ESEARCH("2,4") DONE ESEARCH("9") DONE DAYS, "2 4 9|", false, ERR_NONE,
	SAID_AGES PROOF BY_DAYS},
    {"no proof: all are found", OPENED BOUNDS DONE ESEARCH("2,4") DONE ESEARCH("2:9") DONE DAYS,
	"2 4 9|", false, ERR_NONE, SAID_AGES PROOF BY_DAYS},
    {"no proof: refused", OPENED BOUNDS DONE ESEARCH("2,4") DONE REFUSE DAYS, "2 4 9|", false,
	ERR_NONE, SAID_AGES PROOF BY_DAYS},
    {"no proof: no date is known",
	OPENED "* 1 FETCH (UID 2)\r\n* 3 FETCH (UID 9)\r\n" DONE ESEARCH("2,4") DONE DAYS, "2 4 9|",
	false, ERR_NONE, SAID_AGES BY_DAYS},
    {"no proof: all are too new",
	OPENED "* 1 FETCH (UID 2 INTERNALDATE \"21-Nov-2026 00:59:00 +0000\")\r\n" DONE ESEARCH(
	    "2,4") DONE DAYS,
	"2 4 9|", false, ERR_NONE, SAID_AGES BY_DAYS},

    {"refused", OPENED BOUNDS DONE REFUSE DAYS, "2 4 9|", false, ERR_NONE, SAID_AGES BY_DAYS},
    {"not understood", OPENED BOUNDS DONE ANSWER "BAD what\r\n" DAYS, "2 4 9|", false, ERR_NONE,
	SAID_AGES BY_DAYS},
    {"neither is understood", OPENED ANSWER "BAD what\r\n" ANSWER "BAD what\r\n" DAYS, "2 4 9|",
	false, ERR_NONE, SAID_AGES BY_DAYS},
    {"silence is no answer", OPENED BOUNDS DONE DONE DAYS, "2 4 9|", false, ERR_NONE,
	SAID_AGES BY_DAYS},
    {"an answer without a tag may be another's",
	OPENED BOUNDS DONE "* ESEARCH UID ALL 2\r\n" DONE DAYS, "2 4 9|", false, ERR_NONE,
	SAID_AGES BY_DAYS},
    {"nor with another one", OPENED BOUNDS DONE "* ESEARCH (TAG \"77\") UID ALL 2\r\n" DONE DAYS,
	"2 4 9|", false, ERR_NONE, SAID_AGES BY_DAYS},
    {"nor is SEARCH one", OPENED BOUNDS DONE "* SEARCH 2\r\n" DONE DAYS, "2 4 9|", false, ERR_NONE,
	SAID_AGES BY_DAYS},
    {"nor numbers of messages",
	OPENED BOUNDS DONE "* ESEARCH (TAG \""
			   "\1"
			   "\") ALL 2\r\n" DONE DAYS,
	"2 4 9|", false, ERR_NONE, SAID_AGES BY_DAYS},
    {"more than there are", OPENED BOUNDS DONE ESEARCH("1:4000000000") DONE DAYS, "2 4 9|", false,
	ERR_NONE, SAID_AGES BY_DAYS},

    {"the connection breaks over it", OPENED BOUNDS DONE AGES_LOST DAYS, "2 4 9|", false, ERR_NONE,
	SAID_AGES SAID_LOST BY_DAYS},
    {"nonsense", OPENED BOUNDS DONE "* ESEARCH (TAG\r\n" AGES_LOST DAYS, "2 4 9|", false, ERR_NONE,
	SAID_AGES SAID_LOST BY_DAYS},
    {"in front of EXAMINE", BYE HELLO_AGES OPENED BOUNDS DONE ESEARCH("2,4") DONE ESEARCH("2") DONE,
	"2 4|", true, ERR_NONE, SAID_AGES SAID_LOST "FETCH 1,* (UID INTERNALDATE)\n" BY_AGE PROOF},
    {"over the proof", OPENED BOUNDS DONE ESEARCH("2,4") DONE AGES_LOST DAYS, "2 4 9|", false,
	ERR_NONE, SAID_AGES PROOF SAID_LOST BY_DAYS},
    {"EXAMINE is refused, what is behind it answers for nothing",
	REFUSE BOUNDS DONE ESEARCH("2") DONE "* LIST () NIL INBOX\r\n" DONE, "", false,
	ERR_NOFOLDER, SAID_AGES "LIST \"\" \"*\"\n"},
};

static void add_uids(struct buf *out, const struct uidset *uids)
{
	for (size_t i = 0; i < uids->count; i++)
		buf_printf(out, i > 0 ? " %u" : "%u", (unsigned)uids->uid[i]);
}

/* All slices. */
static int search_all(struct session *session, const struct session_mailbox *mailbox,
    const struct search_scope *scope, struct buf *found, struct err *err)
{
	struct search search;
	struct uidset uids = {0};
	int result;

	search_init(&search, session);
	result = search_begin(&search, mailbox, scope, err);
	while (result >= 0 && (result = search_next(&search, &uids, err)) > 0) {
		add_uids(found, &uids);
		buf_add_char(found, '|');
	}
	search_fini(&search);
	uidset_fini(&uids);
	return result;
}

static void test_search(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const char *why = rows[i].why;
		struct session_mailbox mailbox;
		struct wire_session wire;
		struct err err = ERR_INIT;
		struct buf server;
		struct buf found;
		int result;

		buf_init(&server, 0);
		buf_init(&found, 0);
		buf_printf(&server, "%s* %s EXISTS\r\n* OK [UIDVALIDITY 7] -\r\n%s%s", HELLO,
		    rows[i].exists, DONE, rows[i].server);
		wire_session_open_mailbox(&wire, buf_string(&server), &mailbox, why);
		mailbox.uidnext = rows[i].uidnext;
		result = search_all(wire.session, &mailbox, rows[i].scope, &found, &err);
		wire_assert_result(result, &err, rows[i].code, rows[i].text, why);
		assert_span_text(buf_span(&found), rows[i].want, why);
		wire_session_end(&wire, rows[i].said, why);
		buf_fini(&found);
		buf_fini(&server);
	}
}

/* The folder as source/quarantine reads it. */
static int search_by_ages(struct search *search, struct buf *found, struct err *err)
{
	struct session_mailbox mailbox;
	struct uidset uids = {0};
	int result;

	if (search_examine(search, WIRE_MAILBOX, &of_day, &mailbox, err) != 0 ||
	    search_begin(search, &mailbox, &of_day, err) != 0)
		return -1;
	while ((result = search_next(search, &uids, err)) > 0) {
		add_uids(found, &uids);
		buf_add_char(found, '|');
	}
	uidset_fini(&uids);
	return result;
}

static void test_ages(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(age_rows); i++) {
		const char *why = age_rows[i].why;
		struct wire_session wire;
		struct search search;
		struct err err = ERR_INIT;
		struct buf server;
		struct buf found;
		int result;

		buf_init(&server, 0);
		buf_init(&found, 0);
		buf_printf(&server, "%s%s", HELLO_AGES, age_rows[i].server);
		assert_row(wire_session_begin(&wire, buf_string(&server), 0, &err) == 0, why);
		buf_clear(&wire.said);
		search_init(&search, wire.session);
		result = search_by_ages(&search, &found, &err);
		wire_assert_result(result, &err, age_rows[i].code, NULL, why);
		assert_span_text(buf_span(&found), age_rows[i].want, why);
		assert_row(search_is_exact(&search) == age_rows[i].exact, why);
		search_fini(&search);
		wire_session_end(&wire, age_rows[i].said, why);
		buf_fini(&found);
		buf_fini(&server);
	}
}

static const struct {
	const char *why;
	const char *server;
	uint32_t want;
	enum err_code code;
} highest_rows[] = {
    {"the last of all", "* 3 FETCH (UID 9)\r\n" DONE, 9, ERR_NONE},
    {"others in between", "* 1 FETCH (UID 4)\r\n* 3 FETCH (UID 9)\r\n" DONE, 9, ERR_NONE},
    {"the server does not say", DONE, 0, ERR_NONE},
    {"nor will it", REFUSE, 0, ERR_NONE},
    {"the connection breaks", "* 3 FETCH (UID 9)\r\n" BYE, 0, ERR_TEMPORARY},
};

static void test_highest(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(highest_rows); i++) {
		const char *why = highest_rows[i].why;
		struct session_mailbox mailbox;
		struct wire_session wire;
		struct err err = ERR_INIT;
		uint32_t highest = 0;
		int result;

		wire_session_open_usual(&wire, highest_rows[i].server, &mailbox, why);
		result = search_find_highest(wire.session, &highest, &err);
		wire_assert_result(result, &err, highest_rows[i].code, NULL, why);
		assert_row(highest == highest_rows[i].want, why);
		wire_session_end(&wire, "FETCH * (UID)\n", why);
	}
}

static const struct {
	const char *why;
	const char *server;
	const char *want;
	enum err_code code;
	const char *said;
} existing_rows[] = {
    {"some of them", "* SEARCH 9 2\r\n" DONE, "2 9", ERR_NONE, "UID SEARCH UID 2,4,9\n"},
    {"none", "* SEARCH\r\n" DONE, "", ERR_NONE, "UID SEARCH UID 2,4,9\n"},
    {"by FETCH", REFUSE "* 1 FETCH (UID 4)\r\n" DONE, "4", ERR_NONE,
	"UID SEARCH UID 2,4,9\nUID FETCH 2,4,9 (UID)\n"},
    {"after a fresh connection", "* SEARCH 2\r\n" AGAIN "* SEARCH 4\r\n" DONE, "4", ERR_NONE,
	"UID SEARCH UID 2,4,9\n" SAID_LOST "UID SEARCH UID 2,4,9\n"},
    {"not now", BUSY AGAIN BUSY AGAIN BUSY, "", ERR_TEMPORARY,
	"UID SEARCH UID 2,4,9\n" SAID_AGAIN "UID SEARCH UID 2,4,9\n" SAID_AGAIN
	"UID SEARCH UID 2,4,9\n"},
};

static void test_existing(void **state)
{
	static uint32_t numbers[] = {2, 4, 9};
	const struct uidset uids = {.uid = numbers, .count = TABLE_COUNT(numbers)};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(existing_rows); i++) {
		const char *why = existing_rows[i].why;
		struct session_mailbox mailbox;
		struct uidset existing = {0};
		struct wire_session wire;
		struct err err = ERR_INIT;
		struct buf found;
		int result;

		buf_init(&found, 0);
		wire_session_open_usual(&wire, existing_rows[i].server, &mailbox, why);
		result = search_existing(wire.session, &uids, &existing, &err);
		wire_assert_result(result, &err, existing_rows[i].code, NULL, why);
		add_uids(&found, &existing);
		assert_span_text(buf_span(&found), existing_rows[i].want, why);
		wire_session_end(&wire, existing_rows[i].said, why);
		uidset_fini(&existing);
		buf_fini(&found);
	}
}

/* More than a command holds. */
static void test_existing_of_many(void **state)
{
	struct session_mailbox mailbox;
	struct uidset existing = {0};
	struct wire_session wire;
	struct uidset uids = {0};
	struct err err = ERR_INIT;
	unsigned commands = 0;

	(void)state;
	for (uint32_t uid = 1000001; uid < 1004001; uid += 2)
		assert_int_equal(uidset_add(&uids, uid), 0);
	wire_session_open_mailbox(&wire,
	    HELLO MAILBOX("3", "7") "* SEARCH 1000001 1003999\r\n" DONE "* SEARCH 1003999\r\n" DONE
				    "* SEARCH\r\n" DONE,
	    &mailbox, "many");
	wire_assert_result(
	    search_existing(wire.session, &uids, &existing, &err), &err, ERR_NONE, NULL, "many");
	for (size_t i = 0; i < wire.said.n; i++)
		commands += wire.said.p[i] == '\n';
	assert_int_equal(commands, 3);
	assert_int_equal(existing.count, 1);
	assert_int_equal(existing.uid[0], 1000001);
	wire_session_end(&wire, NULL, "many");
	uidset_fini(&existing);
	uidset_fini(&uids);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_highest),
	    cmocka_unit_test(test_existing),
	    cmocka_unit_test(test_existing_of_many),
	    cmocka_unit_test(test_search),
	    cmocka_unit_test(test_ages),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
