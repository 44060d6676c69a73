#include <stdint.h>

#include "base/utf8.h"
#include "check.h"
#include "control/answer.h"
#include "control/locked.h"
#include "control/queue.h"
#include "control/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is read of a line in each way. */
struct check {
	struct locked_reader locked;
	struct queue_reader queue;
	struct buf room;
	uint64_t lines;
};

static void check_split(struct check *check, struct span line)
{
	for (unsigned most = 1; most <= ANSWER_MAX_FIELDS; most++) {
		struct answer_fields fields;
		size_t sum = 0;

		CHECK(answer_split(line, most, &fields, &check->room));
		CHECK(fields.count >= 1 && fields.count <= most);
		for (unsigned i = 0; i < fields.count; i++) {
			CHECK(check_inside(fields.field[i], line) ||
			      check_inside(fields.field[i], buf_span(&check->room)));
			sum += fields.field[i].n;
		}
		CHECK(sum <= line.n);
	}
}

/* Who is read from a line is found again by that name, or the line cannot be cut for sure. */
static void check_locked(struct check *check, struct span line)
{
	struct control_key key;
	bool strange;
	int result = locked_read(&check->locked, line, &key, &strange);

	CHECK(result == 0 || result == 1);
	CHECK(result == 0 || !strange);
	CHECK(result == 0 || key.name.n > 0);
}

static void check_queue(struct check *check, struct span line)
{
	struct err err = ERR_INIT;
	struct queue_item item;
	bool strange;

	if (queue_read(&check->queue, line, &item, &strange, &err) <= 0)
		return;
	for (size_t i = 0; i < item.id.n; i++)
		CHECK(span_is_alnum(item.id.p[i]) || item.id.p[i] == '-');
}

static int check_take(void *context, struct span line, struct err *err)
{
	struct check *check = context;

	(void)err;
	CHECK(line.n <= ANSWER_MAX_LINE);
	CHECK(span_find(line, '\n') == SPAN_NPOS && span_find(line, '\0') == SPAN_NPOS);
	CHECK(span_trim(line).n > 0);
	check_split(check, line);
	check_locked(check, line);
	check_queue(check, line);
	check->lines++;
	return (int)(line.n % 2);
}

/* The same whatever the parts are in which it comes. */
static uint64_t check_read(struct span body, size_t part, struct err *err)
{
	const struct control_key asked = {SPAN("example.com"), SPAN("192.0.2.1"), SPAN("bob")};
	const struct span whole = body;
	struct answer_reader reader;
	struct span first;
	struct check check = {0};
	int result = 0;

	locked_reader_init(&check.locked, &asked);
	queue_reader_init(&check.queue);
	buf_init(&check.room, 0);
	answer_reader_init(&reader, check_take, &check);
	for (; body.n > 0 && result == 0; body = span_from(body, part))
		result = answer_reader_add(&reader, span_head(body, part), err);
	if (result == 0)
		result = answer_reader_end(&reader, err);
	CHECK((result == 0) == (err->code == ERR_NONE));
	CHECK(check.lines <= reader.counts.taken + reader.counts.strange + 1);
	/* All of it was read: as many lines as are counted. */
	if ((err->code == ERR_NONE || err->code == ERR_PROTOCOL) && whole.n <= ANSWER_MAX_LINE)
		CHECK(answer_count_lines(whole, &first) ==
		      reader.counts.taken + reader.counts.strange);
	answer_reader_fini(&reader);
	locked_reader_fini(&check.locked);
	queue_reader_fini(&check.queue);
	buf_fini(&check.room);
	return check.lines;
}

static void check_shown(struct span text)
{
	struct buf shown;

	buf_init(&shown, 0);
	answer_add_shown(&shown, text);
	CHECK(utf8_valid(buf_span(&shown)));
	for (size_t i = 0; i < shown.n; i++)
		CHECK((unsigned char)shown.p[i] >= ' ');
	buf_fini(&shown);
}

static void check_help(struct span help)
{
	struct answer_signature signature;
	struct err err = ERR_INIT;

	for (size_t at = 0, before = 0; answer_next_call(help, &at, &signature); before = at) {
		CHECK(at > before && at <= help.n);
		CHECK(check_inside(signature.text, help));
		CHECK(check_inside(signature.arguments, signature.text));
	}
	queue_check_remove(help, "api_remove", &err);
}

/* What is proven is proven in the more trusting way, too, and is there. */
static void check_proofs(struct span body, const struct control_key *key)
{
	struct err err = ERR_INIT;
	bool found = false, open = false, likely = false;

	if (locked_has(body, key, &found, &err) != 0)
		return;
	CHECK(locked_proves(body, key, LOCKED_FORM_OPEN, &open, &err) == 0 ||
	      err.code == ERR_PROTOCOL);
	err = (struct err)ERR_INIT;
	CHECK(locked_proves(body, key, LOCKED_FORM_LIKELY, &likely, &err) == 0 ||
	      err.code == ERR_PROTOCOL);
	CHECK(!open || likely);
	CHECK(!likely || found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span body = {(const char *)data, size};
	const struct control_key key = {SPAN("example.com"), SPAN("192.0.2.1"), SPAN("bob")};
	struct err first = ERR_INIT;
	struct err second = ERR_INIT;
	uint64_t number;

	CHECK(check_read(body, body.n + 1, &first) == check_read(body, 3, &second));
	CHECK(first.code == second.code);
	check_shown(body);
	check_help(body);
	answer_fault(body);
	answer_number(body, &number);
	check_proofs(body, &key);
	control_value_matches(span_head(body, size / 2), span_from(body, size / 2));
	return 0;
}
