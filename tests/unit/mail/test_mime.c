#include "tests/unit/table.h"

#include "mail/mime.h"

/* Depth, type and body of each part: "0 text/plain [body]". */
static bool take(
    void *context, const struct mime_part *part, const struct mime_type *type, unsigned depth)
{
	struct buf *out = context;

	buf_printf(out, "%u %.*s/%.*s", depth, (int)type->type.n, type->type.p,
	    (int)type->subtype.n, type->subtype.p);
	if (!span_eq_nocase(type->type, SPAN("multipart"))) {
		buf_add_text(out, " [");
		buf_add(out, part->body);
		buf_add_text(out, "]");
	}
	buf_add_text(out, "; ");
	return true;
}

#define MULTI(boundary) "Content-Type: multipart/mixed; boundary=" boundary "\n\n"

static const struct {
	const char *message, *want;
} rows[] = {
    {"", "0 text/plain []; "},
    {"From: a\n\nbody\n", "0 text/plain [body\n]; "},
    {"From: a", "0 text/plain []; "},
    {"Content-Type: image/png; name=\"x;y\"\r\n\r\nx", "0 image/png [x]; "},
    {"Content-Type: (a) image (b) / (c) png (d)\n\nx", "0 image/png [x]; "},
    {"Content-Type: nonsense\n\nx", "0 nonsense/ [x]; "},
    {"Content-Type:\n\nx", "0 text/plain [x]; "},
    {MULTI("b") "preamble\n--b\n\none\n--b\n\ntwo\n--b--\nepilogue\n",
	"0 multipart/mixed; 1 text/plain [one]; 1 text/plain [two]; "},
    {MULTI("\"b\"") "--b\r\n\r\none\r\n--b--\r\n", "0 multipart/mixed; 1 text/plain [one]; "},
    /* It ends where the file ends. */
    {MULTI("b") "--b\n\none\n", "0 multipart/mixed; 1 text/plain [one\n]; "},
    {MULTI("b") "--b\n\none\n--b", "0 multipart/mixed; 1 text/plain [one]; 1 text/plain []; "},
    {MULTI("b") "--b--\n--b\n\none\n", "0 multipart/mixed; "},
    {MULTI("b") "nothing\n", "0 multipart/mixed; "},
    /* A boundary that another begins with. */
    {MULTI("b") "--b\n" MULTI("bb") "--bb\n\none\n--bb--\n--b\n\ntwo\n--b--\n",
	"0 multipart/mixed; 1 multipart/mixed; 2 text/plain [one]; 1 text/plain [two]; "},
    {MULTI("bb") "--bb\n" MULTI("b") "--b\n\none\n--bb\n\ntwo\n--bb--\n",
	"0 multipart/mixed; 1 multipart/mixed; 2 text/plain [one]; 1 text/plain [two]; "},
    /* Blanks behind it, and what only looks like one. */
    {MULTI("b") "--b \t\n\none\n --b\n--bx\n--b-\n--b--x\n--b-- \n",
	"0 multipart/mixed; 1 text/plain [one\n --b\n--bx\n--b-\n--b--x]; "},
    /* Messages are not looked into. */
    {MULTI("b") "--b\nContent-Type: message/rfc822\n\n" MULTI("c") "--c\n\nin\n--b--\n",
	"0 multipart/mixed; 1 message/rfc822 [" MULTI("c") "--c\n\nin]; "},
    {"Content-Type: multipart/mixed;\n\tboundary=\n \"a b\"\n\n--a b\n\nx\n--a b--\n",
	"0 multipart/mixed; 1 text/plain [x]; "},
    {"Content-Type: multipart/mixed; x=\"boundary=no\"; BOUNDARY=\"\\b\"\n\n--b\n\nx\n--b--\n",
	"0 multipart/mixed; 1 text/plain [x]; "},
    {"Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\nx\n----\n", "0 multipart/mixed; "},
};

static void test_walk(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct buf out;

		buf_init(&out, 0);
		assert_true(mime_walk(span_of(rows[i].message), take, &out, NULL));
		assert_span_text(buf_span(&out), rows[i].want, rows[i].message);
		buf_fini(&out);
	}
}

static bool count_parts(
    void *context, const struct mime_part *part, const struct mime_type *type, unsigned depth)
{
	(void)part;
	(void)type;
	(void)depth;
	++*(unsigned *)context;
	return true;
}

static void test_bounds(void **state)
{
	struct buf deep, many;
	unsigned count = 0;
	bool truncated;

	(void)state;
	buf_init(&deep, 0);
	buf_init(&many, 0);
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&deep, "Content-Type: multipart/mixed; boundary=b%u\n\n--b%u\n", i, i);
	assert_true(mime_walk(buf_span(&deep), count_parts, &count, &truncated));
	assert_true(truncated);
	assert_int_equal(count, MIME_MAX_DEPTH + 1);
	buf_add_text(&many, MULTI("b"));
	for (unsigned i = 0; i < 1000; i++)
		buf_add_text(&many, "--b\n\n");
	count = 0;
	assert_true(mime_walk(buf_span(&many), count_parts, &count, &truncated));
	assert_true(truncated);
	assert_int_equal(count, MIME_MAX_PARTS);
	buf_fini(&deep);
	buf_fini(&many);
}

static void test_decode(void **state)
{
	static const struct {
		const char *encoding, *body, *want;
	} bodies[] = {
	    {"7bit", "a=3Db", "a=3Db"},
	    {"base64", "SGVs\r\nbG8=\r\n", "Hello"},
	    {"BASE64", "SGVsbG8", "Hello"},
	    {"quoted-printable", "a=3Db=3dc", "a=b=c"},
	    {"quoted-printable", "one=\r\ntwo= \t\nthree", "onetwothree"},
	    {"quoted-printable", "a=b=", "a=b="},
	    {"x-unknown", "a", "a"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(bodies); i++) {
		struct buf header, out;
		struct mime_part part = {.body = span_of(bodies[i].body)};

		buf_init(&header, 0);
		buf_init(&out, 0);
		buf_printf(&header, "Content-Transfer-Encoding: %s\n", bodies[i].encoding);
		part.header = buf_span(&header);
		mime_decode(&part, &out);
		assert_span_text(buf_span(&out), bodies[i].want, bodies[i].body);
		buf_fini(&header);
		buf_fini(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_walk),
	    cmocka_unit_test(test_bounds),
	    cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
