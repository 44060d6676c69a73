/* Fetching, against a server whose words are a table: most rows are about messages that do not
 * come. */
#include "tests/unit/wire_session.h"

#include "imap/fetch.h"

#define MESSAGE(uid)                                                                               \
	"* " uid " FETCH (UID " uid " BODY[HEADER.FIELDS (FROM)]<0> {9}\r\nFrom: a\r\n)\r\n"
#define ALL3      MESSAGE("1") MESSAGE("2") MESSAGE("3") DONE
#define HAS(uids) "* SEARCH " uids "\r\n" DONE
#define HAS_NONE  "* SEARCH\r\n" DONE
#define BUSY      ANSWER "NO [UNAVAILABLE] later\r\n"
#define REFUSE    ANSWER "NO no\r\n"
#define BREAK     BYE HELLO MAILBOX("3", "7")
#define BREAKS_4  BREAK BREAK BREAK BREAK
#define NEVER(uid)                                                                                 \
	DONE HAS(uid)                                                                              \
	DONE HAS(uid)

#define ASKED(set)    "UID FETCH " set " (UID BODY.PEEK[HEADER.FIELDS (FROM)]<0.1048576>)\n"
#define SEARCHED(set) "UID SEARCH UID " set "\n"
#define FRESH         SAID_HELLO SAID_MAILBOX
/* Alone, twice, and each time the connection breaks, or nothing comes. */
#define BROKE(uid)  ASKED(uid) FRESH ASKED(uid) FRESH
#define STAYED(uid) ASKED(uid) SEARCHED(uid) ASKED(uid) SEARCHED(uid)

/* What the callbacks do, and what they got. */
struct taker {
	uint32_t later; /* this UID is asked for again the first time; 0: none */
	uint32_t fails; /* 0: none */
	unsigned pauses;
	struct buf got;
};

static enum fetch_verdict take(void *context, const struct fetch_item *item, struct err *err)
{
	struct taker *taker = context;

	if (item->uid == taker->fails) {
		err_set(err, ERR_IO, "no room");
		return FETCH_FAILED;
	}
	assert_span_text(item->header, "From: a\r\n", "header");
	assert_false(item->truncated);
	buf_printf(&taker->got, item->uid == taker->later ? "~%u " : "%u ", (unsigned)item->uid);
	if (item->uid != taker->later)
		return FETCH_TAKEN;
	taker->later = 0;
	return FETCH_LATER;
}

static int give_up(void *context, uint32_t uid, enum fetch_absence absence, struct err *err)
{
	struct taker *taker = context;

	(void)err;
	buf_printf(&taker->got, "%c%u ", absence == FETCH_VANISHED ? '-' : '!', (unsigned)uid);
	return 0;
}

static int note_pause(void *context, struct err *err)
{
	struct taker *taker = context;

	(void)err;
	taker->pauses++;
	return 0;
}

static const struct {
	const char *why;
	uint32_t last; /* UIDs from 1 */
	struct taker taker;
	const char *server; /* after the mailbox has been opened */
	const char *want;   /* "-": vanished, "!": unreadable, "~": asked for later */
	enum err_code code;
	const char *text;
	const char *said;
} rows[] = {
    {"all come", 3, {0}, ALL3, "1 2 3 ", ERR_NONE, NULL, ASKED("1:3")},
    {"in any order, twice, and those of others", 3, {0},
	MESSAGE("3") MESSAGE("9") MESSAGE("1") MESSAGE("3") MESSAGE("2") DONE, "3 1 2 ", ERR_NONE,
	NULL, ASKED("1:3")},
    {"a change of flags is no message", 3, {0}, "* 2 FETCH (UID 2 FLAGS (\\Seen))\r\n" ALL3,
	"1 2 3 ", ERR_NONE, NULL, ASKED("1:3")},
    {"later", 3, {.later = 2}, ALL3 MESSAGE("2") DONE, "1 ~2 3 2 ", ERR_NONE, NULL,
	ASKED("1:3") ASKED("2")},
    {"the reader fails: no other connection would help", 3, {.fails = 2}, ALL3, "1 ", ERR_IO,
	"no room", ASKED("1:3")},

    {"vanished", 3, {0}, MESSAGE("1") MESSAGE("3") DONE HAS_NONE, "1 3 -2 ", ERR_NONE, NULL,
	ASKED("1:3") SEARCHED("2")},
    {"all of them", 3, {0}, DONE HAS_NONE, "-1 -2 -3 ", ERR_NONE, NULL,
	ASKED("1:3") SEARCHED("1:3")},
    {"left out, and then not", 3, {0}, MESSAGE("1") MESSAGE("3") DONE HAS("2") MESSAGE("2") DONE,
	"1 3 2 ", ERR_NONE, NULL, ASKED("1:3") SEARCHED("2") ASKED("2")},
    {"left out among others, and twice alone", 3, {0},
	MESSAGE("1") MESSAGE("3") DONE HAS("2") NEVER("2"), "1 3 !2 ", ERR_NONE, NULL,
	ASKED("1:3") SEARCHED("2") STAYED("2")},
    {"left out alone, and then gone", 3, {0},
	MESSAGE("1") MESSAGE("3") DONE HAS("2") DONE HAS("2") DONE HAS_NONE, "1 3 -2 ", ERR_NONE,
	NULL, ASKED("1:3") SEARCHED("2") STAYED("2")},
    {"two of them", 3, {0}, MESSAGE("2") DONE HAS("1 3") DONE HAS("1 3") NEVER("1") NEVER("3"),
	"2 !1 !3 ", ERR_NONE, NULL,
	ASKED("1:3") SEARCHED("1,3") ASKED("1,3") SEARCHED("1,3") STAYED("1") STAYED("3")},
    {"nor does the server say what there is", 3, {0},
	MESSAGE("1") MESSAGE("3") DONE REFUSE REFUSE BREAK REFUSE BREAK REFUSE, "1 3 ",
	ERR_PROTOCOL, "refuses to list",
	ASKED("1:3") SEARCHED("2") "UID FETCH 2 (UID)\n"
				   "LOGOUT\n" FRESH "UID FETCH 2 (UID)\nLOGOUT\n" FRESH
				   "UID FETCH 2 (UID)\n"},

    {"breaks once, and goes on with one, then more", 3, {0},
	BREAK MESSAGE("1") DONE MESSAGE("2") MESSAGE("3") DONE, "1 2 3 ", ERR_NONE, NULL,
	ASKED("1:3") FRESH ASKED("1") ASKED("2:3")},
    {"what has come is not asked for again", 3, {0},
	MESSAGE("1") BREAK MESSAGE("2") MESSAGE("3") DONE, "1 2 3 ", ERR_NONE, NULL,
	ASKED("1:3") FRESH ASKED("2:3")},
    {"the one that breaks it, twice alone", 3, {0},
	MESSAGE("1") BREAK BREAK BREAK BREAK MESSAGE("3") DONE, "1 !2 3 ", ERR_NONE, NULL,
	ASKED("1:3") FRESH ASKED("2:3") FRESH BROKE("2") ASKED("3")},
    {"alone once, and then it comes", 3, {0},
	BREAK BREAK MESSAGE("1") DONE MESSAGE("2") MESSAGE("3") DONE, "1 2 3 ", ERR_NONE, NULL,
	ASKED("1:3") FRESH ASKED("1") FRESH ASKED("1") ASKED("2:3")},
    {"nonsense in its place", 3, {0},
	MESSAGE("1") "* 2 FETCH (UID 2 BODY[HEADER.FIELDS (FROM)]<0> nonsense)\r\n" BREAK MESSAGE(
	    "2") MESSAGE("3") DONE,
	"1 2 3 ", ERR_NONE, NULL, ASKED("1:3") FRESH ASKED("2:3")},
    {"down to an eighth, and up again", 20, {0},
	BREAK MESSAGE("1") MESSAGE("2") DONE MESSAGE("3") MESSAGE("4") MESSAGE("5") MESSAGE("6")
	    MESSAGE("7") MESSAGE("8") MESSAGE("9") MESSAGE("10") MESSAGE("11") MESSAGE("12")
		MESSAGE("13") MESSAGE("14") MESSAGE("15") MESSAGE("16") MESSAGE("17") MESSAGE("18")
		    DONE MESSAGE("19") MESSAGE("20") DONE,
	"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 ", ERR_NONE, NULL,
	ASKED("1:20") FRESH ASKED("1:2") ASKED("3:18") ASKED("19:20")},
    {"all of a few", 3, {0}, BREAKS_4 BREAK BREAK BREAK, "!1 !2 !3 ", ERR_NONE, NULL,
	ASKED("1:3") FRESH BROKE("1") BROKE("2") BROKE("3")},
    {"twelve fresh connections that bring nothing are enough", 9, {0},
	BREAKS_4 BREAKS_4 BREAKS_4 BREAK, "!1 !2 !3 !4 !5 ", ERR_TEMPORARY,
	"after 12 fresh connections that brought nothing",
	ASKED("1:9") FRESH BROKE("1") BROKE("2") BROKE("3") BROKE("4") BROKE("5") ASKED("6")
	    FRESH ASKED("6")},
    {"but not when one has come in between", 9, {0},
	BREAKS_4 BREAKS_4 BREAK BREAK BREAK MESSAGE("6") DONE BREAKS_4 BREAK MESSAGE("9") DONE,
	"!1 !2 !3 !4 !5 6 !7 !8 9 ", ERR_NONE, NULL, NULL},
    {"no connection any more", 3, {0}, BYE BYE, "", ERR_TEMPORARY, NULL, ASKED("1:3") "connect\n"},
    {"nor a login", 3, {0}, BYE "* OK [CAPABILITY IMAP4rev1] hello\r\n" REFUSE, "", ERR_LOGIN, NULL,
	ASKED("1:3") SAID_HELLO "LOGOUT\n"},
    {"nor the mailbox that it was", 3, {0}, MESSAGE("1") BYE HELLO MAILBOX("3", "8"), "1 ",
	ERR_TEMPORARY, "was 7 and is 8", ASKED("1:3") FRESH},
    {"a UIDVALIDITY that changes under way", 3, {0},
	MESSAGE("1") "* OK [UIDVALIDITY 8] -\r\n" DONE BREAK, "1 ", ERR_PROTOCOL, "was 7 and is 8",
	ASKED("1:3")},

    {"refused", 3, {0},
	REFUSE HAS("1 2 3") REFUSE HAS("1") REFUSE HAS("1") MESSAGE("2") MESSAGE("3") DONE,
	"!1 2 3 ", ERR_NONE, NULL, ASKED("1:3") SEARCHED("1:3") STAYED("1") ASKED("2:3")},
    {"all are refused", 2, {0},
	REFUSE HAS("1 2") REFUSE HAS("1") REFUSE HAS("1") REFUSE HAS("2") REFUSE HAS("2"), "!1 !2 ",
	ERR_NONE, NULL, ASKED("1:2") SEARCHED("1:2") STAYED("1") STAYED("2")},
    {"all are refused for now: the server is ill", 3, {0},
	BUSY HAS("1 2 3") BUSY HAS("1") BUSY HAS("1") BUSY HAS("2 3") BUSY HAS("2") BUSY HAS("2")
	    BUSY BUSY,
	"!1 ", ERR_TEMPORARY, "cannot send messages now: [UNAVAILABLE] later",
	ASKED("1:3") SEARCHED("1:3") STAYED("1") ASKED("2:3") SEARCHED("2:3") STAYED("2") ASKED("3")
	    ASKED("2")},
    {"all but the last are: the server is well", 3, {0},
	BUSY HAS("1 2 3") BUSY HAS("1") BUSY HAS("1") BUSY HAS("2 3") BUSY HAS("2") BUSY HAS("2")
	    MESSAGE("3") DONE MESSAGE("3") DONE,
	"!1 !2 3 ", ERR_NONE, NULL,
	ASKED("1:3") SEARCHED("1:3") STAYED("1") ASKED("2:3") SEARCHED("2:3") STAYED("2") ASKED("3")
	    ASKED("3")},
    {"some are refused for now: these are", 3, {0},
	MESSAGE("1") BUSY HAS("2 3") BUSY HAS("2 3") BUSY HAS("2") BUSY HAS("2") BUSY HAS("3")
	    BUSY HAS("3"),
	"1 !2 !3 ", ERR_NONE, NULL,
	ASKED("1:3") SEARCHED("2:3") ASKED("2:3") SEARCHED("2:3") STAYED("2") STAYED("3")},
};

static int fetch_first(struct session *session, struct taker *taker, uint32_t last, struct err *err)
{
	struct fetch_plan plan = {
	    .what = FETCH_FIELDS,
	    .fields = SPAN("FROM"),
	    .context = taker,
	    .item = take,
	    .give_up = give_up,
	    .paused = note_pause,
	};
	struct uidset uids = {0};
	int result;

	for (uint32_t uid = 1; uid <= last; uid++)
		assert_int_equal(uidset_add(&uids, uid), 0);
	result = fetch_run(session, &plan, &uids, err);
	uidset_fini(&uids);
	return result;
}

static void test_fetch(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const char *why = rows[i].why;
		struct taker taker = rows[i].taker;
		struct session_mailbox mailbox;
		struct wire_session wire;
		struct err err = ERR_INIT;
		int result;

		buf_init(&taker.got, 0);
		wire_session_open_usual(&wire, rows[i].server, &mailbox, why);
		result = fetch_first(wire.session, &taker, rows[i].last, &err);
		wire_assert_result(result, &err, rows[i].code, rows[i].text, why);
		assert_span_text(buf_span(&taker.got), rows[i].want, why);
		assert_row(result != 0 || taker.pauses > 0, why);
		wire_session_end(&wire, rows[i].said, why);
		buf_fini(&taker.got);
	}
}

static void add_messages(struct buf *out, unsigned first, unsigned last)
{
	for (unsigned uid = first; uid <= last; uid++)
		buf_printf(out,
		    "* %u FETCH (UID %u BODY[HEADER.FIELDS (FROM)]<0> {9}\r\nFrom: a\r\n)\r\n", uid,
		    uid);
	buf_add_text(out, DONE);
}

/* One window more than one command asks for. */
static void test_windows(void **state)
{
	struct taker taker = {0};
	struct session_mailbox mailbox;
	struct wire_session wire;
	struct err err = ERR_INIT;
	struct buf server;

	(void)state;
	buf_init(&server, 0);
	buf_init(&taker.got, 0);
	buf_add_text(&server, HELLO MAILBOX("2001", "7"));
	add_messages(&server, 1, FETCH_WINDOW);
	add_messages(&server, FETCH_WINDOW + 1, FETCH_WINDOW + 1);
	wire_session_open_mailbox(&wire, buf_string(&server), &mailbox, "windows");
	wire_assert_result(fetch_first(wire.session, &taker, FETCH_WINDOW + 1, &err), &err,
	    ERR_NONE, NULL, "windows");
	wire_session_end(&wire, ASKED("1:2000") ASKED("2001"), "windows");
	assert_true(span_ends_nocase(buf_span(&taker.got), SPAN(" 1999 2000 2001 ")));
	buf_fini(&taker.got);
	buf_fini(&server);
}

/* A plan goes on with windows of the size that it has got to. */
static void test_window_stays(void **state)
{
	enum { MORE = 2 * FETCH_WINDOW };
	struct taker taker = {0};
	struct fetch_plan plan = {
	    .what = FETCH_FIELDS,
	    .fields = SPAN("FROM"),
	    .context = &taker,
	    .item = take,
	    .give_up = give_up,
	};
	struct uidset uids = {0};
	struct session_mailbox mailbox;
	struct wire_session wire;
	struct err err = ERR_INIT;
	struct buf server;

	(void)state;
	buf_init(&server, 0);
	buf_init(&taker.got, 0);
	buf_add_text(&server, HELLO MAILBOX("5000", "7"));
	add_messages(&server, 1, 1);
	add_messages(&server, 1, MORE);
	wire_session_open_mailbox(&wire, buf_string(&server), &mailbox, "window");
	for (uint32_t uid = 1; uid <= MORE; uid++)
		assert_int_equal(uidset_add(&uids, uid), 0);
	wire_assert_result(
	    fetch_run(wire.session, &plan, &(struct uidset){.uid = uids.uid, .count = 1}, &err),
	    &err, ERR_NONE, NULL, "first");
	assert_true(plan.window > FETCH_WINDOW);
	wire_assert_result(
	    fetch_run(wire.session, &plan, &uids, &err), &err, ERR_NONE, NULL, "more");
	wire_session_end(&wire, ASKED("1") ASKED("1:4000"), "window");
	uidset_fini(&uids);
	buf_fini(&taker.got);
	buf_fini(&server);
}

static enum fetch_verdict take_date(void *context, const struct fetch_item *item, struct err *err)
{
	struct taker *taker = context;

	(void)err;
	if (item->has_date)
		buf_printf(&taker->got, "%u at %lld ", (unsigned)item->uid,
		    (long long)item->internal_date);
	else
		buf_printf(&taker->got, "%u at some time ", (unsigned)item->uid);
	return FETCH_TAKEN;
}

/* A date that makes no sense counts as none. */
static void test_dates(void **state)
{
	static const char server[] = HELLO MAILBOX(
	    "3", "7") "* 1 FETCH (UID 1 INTERNALDATE \"20-Nov-2026 00:00:00 +0000\")\r\n"
		      "* 2 FETCH (UID 2 INTERNALDATE \"31-Feb-2026 00:00:00 +0000\")\r\n"
		      "* 3 FETCH (INTERNALDATE \"20-Nov-2026 01:00:00 +0100\" UID 3)\r\n" DONE;
	static uint32_t numbers[] = {1, 2, 3};
	const struct uidset uids = {.uid = numbers, .count = TABLE_COUNT(numbers)};
	struct taker taker = {0};
	struct fetch_plan plan = {
	    .what = FETCH_DATES, .context = &taker, .item = take_date, .give_up = give_up};
	struct session_mailbox mailbox;
	struct wire_session wire;
	struct err err = ERR_INIT;

	(void)state;
	buf_init(&taker.got, 0);
	wire_session_open_mailbox(&wire, server, &mailbox, "dates");
	wire_assert_result(
	    fetch_run(wire.session, &plan, &uids, &err), &err, ERR_NONE, NULL, "dates");
	assert_span_text(
	    buf_span(&taker.got), "1 at 1795132800 2 at some time 3 at 1795132800 ", "dates");
	wire_session_end(&wire, "UID FETCH 1:3 (UID INTERNALDATE)\n", "dates");
	buf_fini(&taker.got);
}

/* No list of fields may push the messages out of the command. */
static void test_too_many_fields(void **state)
{
	static uint32_t numbers[] = {1};
	static char fields[FETCH_MAX_FIELDS + 1];
	const struct uidset uids = {.uid = numbers, .count = 1};
	struct taker taker = {0};
	struct fetch_plan plan = {.what = FETCH_FIELDS,
	    .fields = {fields, sizeof(fields)},
	    .context = &taker,
	    .item = take,
	    .give_up = give_up};
	struct session_mailbox mailbox;
	struct wire_session wire;
	struct err err = ERR_INIT;

	(void)state;
	memset(fields, 'x', sizeof(fields));
	wire_session_open_mailbox(&wire, HELLO MAILBOX("1", "7"), &mailbox, "fields");
	wire_assert_result(fetch_run(wire.session, &plan, &uids, &err), &err, ERR_INTERNAL,
	    "does not fit", "fields");
	wire_session_end(&wire, "", "fields");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fetch),
	    cmocka_unit_test(test_windows),
	    cmocka_unit_test(test_window_stays),
	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_too_many_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
