/*
 * What a hostile server can send: the guard must come to the same however the
 * bytes are cut, and what it hands on must be parsed by libetpan without an
 * error. The first byte says in how large pieces the rest arrives, and what
 * the client asked for.
 */
#include "imap/stream_guard.h"
#include "check.h"
#include "tests/unit/etpan_reader.h"
#include "tests/unit/guard_message.h"

#define FUZZ_INPUT_MAX ((size_t)64 * 1024)

/* What is left of GUARD_MAX_WORDS: a set in an ESEARCH is short and what it says is long. */
#define FUZZ_WORDS 1000

/* The low bits of the first byte. */
#define FUZZ_STEPS 64

struct fuzz_run {
	struct stream_guard guard;
	struct buf out;
	int result;
};

/* Everything at once: what does not fit the answer is not looked at. */
static struct guard_expect fuzz_expect(unsigned char first)
{
	return (struct guard_expect){
	    .tag = 1,
	    .search = true,
	    .section = (enum guard_section)(first / FUZZ_STEPS % (GUARD_SECTION_FIELDS + 1)),
	    .fields = SPAN("From To Subject"),
	    .mailbox = SPAN("a"),
	};
}

static void fuzz_pass(
    struct fuzz_run *run, const struct guard_expect *expect, struct span input, size_t step)
{
	struct err err = ERR_INIT;

	stream_guard_init(&run->guard);
	buf_init(&run->out, 0);
	run->guard.take = guard_message_add;
	run->guard.take_context = &run->out;
	stream_guard_begin_command(&run->guard, expect);
	run->guard.command_words = GUARD_MAX_WORDS - FUZZ_WORDS;
	run->result = 0;
	while (run->result == 0 && input.n > 0) {
		struct span piece = span_head(input, step);

		run->result = stream_guard_pass(&run->guard, piece, &run->out, &err);
		input = span_from(input, piece.n);
	}
}

static void fuzz_end(struct fuzz_run *run)
{
	stream_guard_fini(&run->guard);
	buf_fini(&run->out);
}

static void fuzz_compare(const struct fuzz_run *a, const struct fuzz_run *b)
{
	CHECK(a->result == b->result);
	CHECK(span_eq(buf_span(&a->out), buf_span(&b->out)));
	CHECK(span_eq(buf_span(&a->guard.words), buf_span(&b->guard.words)));
	CHECK(span_eq(buf_span(&a->guard.bye), buf_span(&b->guard.bye)));
	CHECK(a->guard.seen.exists == b->guard.seen.exists);
	CHECK(a->guard.seen.search == b->guard.seen.search);
	CHECK(a->guard.seen.odd == b->guard.seen.odd);
	CHECK(stream_guard_at_rest(&a->guard) == stream_guard_at_rest(&b->guard) || a->result != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct guard_expect expect;
	struct fuzz_run whole;
	struct fuzz_run pieces;
	struct span input;

	if (n < 2 || n > FUZZ_INPUT_MAX)
		return 0;
	expect = fuzz_expect(data[0]);
	input = (struct span){(const char *)data + 1, n - 1};
	fuzz_pass(&whole, &expect, input, input.n);
	fuzz_pass(&pieces, &expect, input, 1 + data[0] % FUZZ_STEPS);
	fuzz_compare(&whole, &pieces);
	CHECK(etpan_reader_parses(buf_span(&whole.out)));
	fuzz_end(&whole);
	fuzz_end(&pieces);
	return 0;
}
