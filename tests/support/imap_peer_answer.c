#include "imap_peer_answer.h"

static const char *const answer_folders[] = {"INBOX", "Caught", "Caught (Outgoing)"};

#define ANSWER_FOLDER_COUNT (sizeof(answer_folders) / sizeof(answer_folders[0]))

/* What to say: untagged lines, then the tagged one without its tag. */
struct answer {
	struct buf data;
	const char *done;
	bool handshake; /* afterwards */
	bool leave;     /* afterwards */
};

static void answer_add_capability(const struct serve *serve, struct buf *out)
{
	buf_add_text(out, "CAPABILITY ");
	buf_add(out, buf_span(&serve->box->capability));
	if (serve->wire->tls != NULL && serve->wire->ssl == NULL && !serve->wire->tls_due)
		buf_add_text(out, " STARTTLS");
}

enum serve_end answer_greeting(struct serve *serve)
{
	struct buf out;

	buf_init(&out, 0);
	buf_add_text(&out, "* OK [");
	answer_add_capability(serve, &out);
	buf_add_text(&out, "] peer ready\r\n");
	int result = wire_send(serve->wire, buf_span(&out));
	buf_fini(&out);
	return result == 0 ? SERVE_GO_ON : SERVE_LEFT;
}

static bool answer_is(const struct serve *serve, const char *word)
{
	return span_starts_nocase(serve->command, span_of(word));
}

/* The folder that the command names, bare or quoted, behind a verb of n bytes; NULL when there is
 * none of that name. */
static const char *answer_find_folder(const struct serve *serve, size_t n)
{
	struct span name = span_trim(span_from(serve->command, n));

	if (name.n != 0 && name.p[0] == '"') {
		name = span_from(name, 1);
		name = span_head(name, span_find(name, '"'));
	} else {
		name = span_head(name, span_find(name, ' '));
	}
	for (size_t i = 0; i < ANSWER_FOLDER_COUNT; i++) {
		if (span_eq(name, span_of(answer_folders[i])))
			return answer_folders[i];
	}
	return NULL;
}

static const char *answer_examine(const struct serve *serve, struct buf *out)
{
	const struct box *box = serve->box;

	if (answer_find_folder(serve, sizeof("EXAMINE ") - 1) == NULL)
		return "NO [NONEXISTENT] no such folder";
	buf_printf(out,
	    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"
	    "* OK [PERMANENTFLAGS ()] read-only\r\n"
	    "* %zu EXISTS\r\n* 0 RECENT\r\n"
	    "* OK [UIDVALIDITY %lu] valid\r\n"
	    "* OK [UIDNEXT %lu] next\r\n",
	    box->n, box->uidvalidity, box_max_uid(box) + 1);
	return "OK [READ-ONLY] examined";
}

static const char *answer_status(const struct serve *serve, struct buf *out)
{
	const char *name = answer_find_folder(serve, sizeof("STATUS ") - 1);

	if (name == NULL)
		return "NO [NONEXISTENT] no such folder";
	buf_printf(out, "* STATUS \"%s\" (MESSAGES %zu UIDNEXT %lu UIDVALIDITY %lu)\r\n", name,
	    serve->box->n, box_max_uid(serve->box) + 1, serve->box->uidvalidity);
	return "OK status";
}

static const char *answer_list(struct buf *out)
{
	for (size_t i = 0; i < ANSWER_FOLDER_COUNT; i++)
		buf_printf(out, "* LIST (\\HasNoChildren) \"/\" \"%s\"\r\n", answer_folders[i]);
	return "OK listed";
}

/* AUTHENTICATE PLAIN, with or without initial response (RFC 4959), for anybody. */
static const char *answer_authenticate(struct serve *serve)
{
	struct span rest = span_trim(span_from(serve->command, sizeof("AUTHENTICATE ") - 1));
	struct buf line;
	int got = 1;

	if (!span_starts_nocase(rest, SPAN("PLAIN")))
		return "NO no such mechanism";
	if (rest.n == sizeof("PLAIN") - 1) {
		buf_init(&line, 0);
		if (wire_send(serve->wire, SPAN("+ \r\n")) == 0)
			got = wire_read_line(serve->wire, &line);
		buf_fini(&line);
	}
	return got == 1 ? "OK welcome" : NULL;
}

static void answer_make(struct serve *serve, struct answer *answer)
{
	struct buf *data = &answer->data;

	if (answer_is(serve, "CAPABILITY")) {
		buf_add_text(data, "* ");
		answer_add_capability(serve, data);
		buf_add_text(data, "\r\n");
		answer->done = "OK capability";
	} else if (answer_is(serve, "STARTTLS")) {
		answer->handshake = serve->wire->tls != NULL && serve->wire->ssl == NULL;
		answer->done = answer->handshake ? "OK begin TLS" : "BAD no TLS";
	} else if (answer_is(serve, "LOGIN ")) {
		answer->done = "OK welcome";
	} else if (answer_is(serve, "AUTHENTICATE ")) {
		answer->done = answer_authenticate(serve);
	} else if (answer_is(serve, "EXAMINE ")) {
		answer->done = answer_examine(serve, data);
	} else if (answer_is(serve, "STATUS ")) {
		answer->done = answer_status(serve, data);
	} else if (answer_is(serve, "LIST ")) {
		answer->done = answer_list(data);
	} else if (answer_is(serve, "ID ")) {
		buf_add_text(data, "* ID NIL\r\n");
		answer->done = "OK id";
	} else if (answer_is(serve, "NOOP")) {
		answer->done = "OK noop";
	} else if (answer_is(serve, "LOGOUT")) {
		buf_add_text(data, "* BYE logging out\r\n");
		answer->done = "OK logout";
		answer->leave = true;
	} else if (serve->request.set.n != 0) {
		answer->done = "OK fetched";
	} else if (box_add_search(serve->box, serve->command, data) == 0) {
		answer->done = "OK searched";
	} else {
		answer->done = "BAD unknown command";
	}
}

enum serve_end answer_command(struct serve *serve, bool data, bool done)
{
	struct answer answer = {0};
	struct buf out;
	int result;

	buf_init(&answer.data, 0);
	buf_init(&out, 0);
	answer_make(serve, &answer);
	if (data)
		buf_add(&out, buf_span(&answer.data));
	if (done && answer.done != NULL) {
		buf_add(&out, serve->tag);
		buf_printf(&out, " %s\r\n", answer.done);
	}
	result = wire_send(serve->wire, buf_span(&out));
	if (result == 0 && done && answer.handshake)
		result = wire_handshake(serve->wire);
	buf_fini(&out);
	buf_fini(&answer.data);
	return result == 0 && !(done && answer.leave) ? SERVE_GO_ON : SERVE_LEFT;
}
