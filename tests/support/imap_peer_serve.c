#include "imap_peer_serve.h"

#include <fnmatch.h>
#include <string.h>

#include "imap_peer_answer.h"

/* Bytes of a `fill` that are written at once. */
#define SERVE_FILL_CHUNK ((size_t)64 * 1024)

static enum serve_end serve_sent(int result)
{
	return result == 0 ? SERVE_GO_ON : SERVE_LEFT;
}

static void serve_add_data(const struct serve *serve, struct buf *out)
{
	if (serve->message != NULL)
		box_add_data(&serve->request, serve->message, out);
}

/* The value of a placeholder; false when there is no such name, so that "{12}" stays. */
static bool serve_add_value(const struct serve *serve, struct span name, struct buf *out)
{
	if (span_eq(name, SPAN("tag"))) {
		buf_add(out, serve->tag);
	} else if (span_eq(name, SPAN("set"))) {
		buf_add(out, serve->request.set);
	} else if (span_eq(name, SPAN("item"))) {
		box_add_item(&serve->request, out);
	} else if (span_eq(name, SPAN("uid"))) {
		buf_printf(out, "%lu", serve->message == NULL ? 0 : serve->message->uid);
	} else if (span_eq(name, SPAN("seq"))) {
		buf_printf(out, "%lu", serve->seq);
	} else if (span_eq(name, SPAN("data"))) {
		serve_add_data(serve, out);
	} else if (span_eq(name, SPAN("size"))) {
		struct buf data;

		buf_init(&data, 0);
		serve_add_data(serve, &data);
		buf_printf(out, "%zu", data.n);
		buf_fini(&data);
	} else {
		return false;
	}
	return true;
}

static void serve_expand(const struct serve *serve, struct span text, struct buf *out)
{
	while (text.n != 0) {
		size_t end = text.p[0] == '{' ? span_find(text, '}') : SPAN_NPOS;

		if (end != SPAN_NPOS &&
		    serve_add_value(serve, span_from(span_head(text, end), 1), out)) {
			text = span_from(text, end + 1);
			continue;
		}
		buf_add_char(out, text.p[0]);
		text = span_from(text, 1);
	}
}

static enum serve_end serve_text(struct serve *serve, const struct step *step)
{
	struct buf text;
	struct buf out;

	buf_init(&text, 0);
	buf_init(&out, 0);
	serve_expand(serve, buf_span(&step->text), &text);
	if (step->op == STEP_SEND_LITERAL)
		buf_printf(&out, "{%zu}\r\n", text.n);
	buf_add(&out, buf_span(&text));
	if (step->op == STEP_SEND_LINE)
		buf_add_text(&out, "\r\n");
	enum serve_end end = serve_sent(wire_send(serve->wire, buf_span(&out)));
	buf_fini(&out);
	buf_fini(&text);
	return end;
}

static enum serve_end serve_fill(struct serve *serve, const struct step *step)
{
	struct span unit = buf_span(&step->text);
	struct buf chunk;
	int result = 0;

	buf_init(&chunk, 0);
	for (unsigned long left = step->number; result == 0 && left != 0;) {
		buf_clear(&chunk);
		for (; left != 0 && chunk.n < SERVE_FILL_CHUNK; left--)
			buf_add(&chunk, unit);
		result = wire_send(serve->wire, buf_span(&chunk));
	}
	buf_fini(&chunk);
	return serve_sent(result);
}

static enum serve_end serve_expunge(struct serve *serve, unsigned long uid)
{
	size_t at = box_find(serve->box, uid);
	struct buf out;

	if (at == serve->box->n)
		return SERVE_GO_ON;
	box_remove(serve->box, at);
	buf_init(&out, 0);
	buf_printf(&out, "* %zu EXPUNGE\r\n", at + 1);
	enum serve_end end = serve_sent(wire_send(serve->wire, buf_span(&out)));
	buf_fini(&out);
	return end;
}

/* Whether the rule acts now; counts. */
static bool serve_rule_fires(struct serve *serve, struct step *rule)
{
	if (fnmatch(buf_string(&rule->text), serve->command.p, FNM_CASEFOLD | FNM_EXTMATCH) != 0)
		return false;
	rule->hits++;
	return rule->when.first <= rule->hits && rule->hits <= rule->when.last;
}

/* The first rule that acts on the command (uid 0) or on a message of it; all that match count. */
static const struct step *serve_find_rule(struct serve *serve, enum step_op op, unsigned long uid)
{
	const struct step *found = NULL;

	for (size_t i = 0; i < 2; i++) {
		for (struct step *rule = serve->rules[i]; rule != NULL; rule = rule->next) {
			if (rule->op == op && rule->number == uid &&
			    serve_rule_fires(serve, rule) && found == NULL)
				found = rule;
		}
	}
	return found;
}

static enum serve_end serve_message(
    struct serve *serve, const struct box_message *message, unsigned long seq)
{
	struct buf out;

	serve->message = message;
	serve->seq = seq;
	buf_init(&out, 0);
	box_add_fetch(&serve->request, message, seq, &out);
	enum serve_end end = serve_sent(wire_send(serve->wire, buf_span(&out)));
	buf_fini(&out);
	return end;
}

/* A message by its UID, asked for or not, there or not. */
static enum serve_end serve_fetch_one(struct serve *serve, unsigned long uid)
{
	struct box_message ghost = {.uid = uid};
	size_t at = box_find(serve->box, uid);
	enum serve_end end;

	end = serve_message(serve, at < serve->box->n ? &serve->box->message[at] : &ghost, at + 1);
	serve->message = NULL;
	return end;
}

static enum serve_end serve_fetch(struct serve *serve)
{
	enum serve_end end = SERVE_GO_ON;
	struct box *box = serve->box;

	for (size_t i = 0; end == SERVE_GO_ON && i < box->n; i++) {
		size_t at = box->reverse ? box->n - 1 - i : i;

		if (!box_wants(box, &serve->request, at))
			continue;
		const struct step *rule = serve_find_rule(serve, STEP_AT, box->message[at].uid);
		serve->message = &box->message[at];
		serve->seq = at + 1;
		end = rule != NULL ? serve_steps(serve, rule->inner)
				   : serve_message(serve, serve->message, at + 1);
	}
	serve->message = NULL;
	return end;
}

/* What a well-behaved server says to the command: its data, its tagged line, or both. */
static enum serve_end serve_default(struct serve *serve, bool data, bool done)
{
	enum serve_end end = SERVE_GO_ON;

	if (serve->message != NULL)
		return serve_message(serve, serve->message, serve->seq);
	if (data && serve->request.set.n != 0)
		end = serve_fetch(serve);
	return end != SERVE_GO_ON ? end : answer_command(serve, data, done);
}

/* Splits serve->line; a line without a blank is a command without a tag. */
static void serve_parse_line(struct serve *serve)
{
	struct box_request none = {0};
	struct span line = {buf_string(&serve->line), serve->line.n};
	size_t blank = span_find(line, ' ');

	serve->tag = span_head(line, blank == SPAN_NPOS ? 0 : blank);
	serve->command = span_from(line, blank == SPAN_NPOS ? 0 : blank + 1);
	serve->message = NULL;
	serve->request = none;
	box_parse_fetch(serve->command, &serve->request);
}

/* The length of the literal that the line announces at its end (RFC 7888 too), or 0. */
static size_t serve_literal(struct span line, bool *wait_r)
{
	size_t open = span_rfind(line, '{');
	struct span tail = span_from(line, open == SPAN_NPOS ? line.n : open + 1);
	uint64_t n;
	size_t digits = span_number(tail, &n);

	if (digits == 0)
		return 0;
	tail = span_from(tail, digits);
	*wait_r = span_eq(tail, SPAN("}"));
	return *wait_r || span_eq(tail, SPAN("+}")) ? (size_t)n : 0;
}

/* A whole command with its literals into serve->line; 1, 0 at the end, -1. */
static int serve_read_command(struct serve *serve)
{
	struct buf line;
	bool wait;
	int got;

	buf_init(&line, 0);
	buf_clear(&serve->line);
	while ((got = wire_read_line(serve->wire, &line)) == 1) {
		size_t literal = serve_literal(buf_span(&line), &wait);

		buf_add(&serve->line, buf_span(&line));
		buf_clear(&line);
		if (literal == 0)
			break;
		if (wait && wire_send(serve->wire, SPAN("+ go on\r\n")) == -1)
			break;
		if (wire_read_bytes(serve->wire, literal, &serve->line) == -1)
			break;
	}
	buf_fini(&line);
	if (got == 1)
		serve_parse_line(serve);
	return got;
}

static enum serve_end serve_session(struct serve *serve)
{
	enum serve_end end = SERVE_GO_ON;

	while (end == SERVE_GO_ON && serve_read_command(serve) == 1) {
		const struct step *rule = serve_find_rule(serve, STEP_ON, 0);

		end = rule != NULL ? serve_steps(serve, rule->inner)
				   : serve_default(serve, true, true);
	}
	return end == SERVE_GO_ON ? SERVE_LEFT : end;
}

static enum serve_end serve_expect(struct serve *serve, const struct step *step)
{
	struct buf pattern;

	if (serve_read_command(serve) != 1)
		return SERVE_LEFT;
	buf_init(&pattern, 0);
	buf_add(&pattern, buf_span(&step->text));
	int differs = fnmatch(buf_string(&pattern), serve->command.p, FNM_CASEFOLD | FNM_EXTMATCH);
	buf_fini(&pattern);
	if (differs == 0)
		return SERVE_GO_ON;
	serve->mismatches++;
	wire_log(serve->wire, "mismatch, expected", buf_span(&step->text));
	return SERVE_LEFT;
}

/* Steps that only change the mailbox; false when it is none of them. */
static bool serve_set_up(struct box *box, const struct step *step)
{
	struct buf *text = NULL;
	size_t at;

	switch (step->op) {
	case STEP_MESSAGES:
		box_fill(box, step->number);
		return true;
	case STEP_MESSAGE:
		text = &box_message(box, step->number)->text;
		break;
	case STEP_INTERNALDATE:
		text = &box_message(box, step->number)->date;
		break;
	case STEP_VANISH:
		at = box_find(box, step->number);
		if (at < box->n)
			box_remove(box, at);
		return true;
	case STEP_UIDVALIDITY:
		box->uidvalidity = step->number;
		return true;
	case STEP_PAD:
		box_pad(box, step->number);
		return true;
	case STEP_CAPABILITY:
		text = &box->capability;
		break;
	case STEP_REVERSE:
		box->reverse = true;
		return true;
	default:
		return false;
	}
	buf_clear(text);
	buf_add(text, buf_span(&step->text));
	return true;
}

static enum serve_end serve_step(struct serve *serve, const struct step *step)
{
	struct wire *wire = serve->wire;

	switch (step->op) {
	case STEP_SEND_LINE:
	case STEP_SEND_RAW:
	case STEP_SEND_LITERAL:
		return serve_text(serve, step);
	case STEP_FILL:
		return serve_fill(serve, step);
	case STEP_SPLIT:
		wire->split = step->number;
		wire->pause_ms = step->pause_ms;
		return SERVE_GO_ON;
	case STEP_PAUSE:
		wire_sleep(step->number);
		return SERVE_GO_ON;
	case STEP_GREETING:
		return answer_greeting(serve);
	case STEP_DEFAULT:
		return serve_default(serve, true, true);
	case STEP_DATA:
		return serve_default(serve, true, false);
	case STEP_DONE:
		return serve_default(serve, false, true);
	case STEP_FETCH:
		return serve_fetch_one(serve, step->number);
	case STEP_EXPUNGE:
		return serve_expunge(serve, step->number);
	case STEP_EXPECT:
		return serve_expect(serve, step);
	case STEP_SERVE:
		return serve_session(serve);
	case STEP_STALL:
		wire_stall(wire);
		return SERVE_LEFT;
	case STEP_RESET:
		return SERVE_RESET;
	case STEP_HANDSHAKE:
		return serve_sent(wire_handshake(wire));
	case STEP_PLAIN:
		wire->tls_due = false;
		return SERVE_GO_ON;
	default:
		return SERVE_LEFT; /* STEP_CLOSE */
	}
}

enum serve_end serve_steps(struct serve *serve, const struct step *first)
{
	enum serve_end end = SERVE_GO_ON;

	for (const struct step *step = first; end == SERVE_GO_ON && step != NULL;
	     step = step->next) {
		bool rule = step->op == STEP_ON || step->op == STEP_AT;

		if (!rule && step->op != STEP_CONNECTION && !serve_set_up(serve->box, step))
			end = serve_step(serve, step);
	}
	return end;
}
