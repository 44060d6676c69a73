#include <stdint.h>

#include "base/utf8.h"
#include "check.h"
#include "mail/value.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_value(struct span value)
{
	bool gap = true;

	CHECK(value.n <= VALUE_MAX + 3);
	CHECK(utf8_valid(value));
	for (size_t i = 0; i < value.n;) {
		uint32_t c = 0;

		i += utf8_next(span_from(value, i), &c);
		CHECK(!utf8_is_control(c));
		CHECK(i > 1 || c != ' ');
		gap = c == ' ';
	}
	CHECK(value.n == 0 || !gap);
}

/* A value is its own value: cleaning it once more changes nothing. */
static void check_again(struct value_reader *reader, struct span value, struct arena *arena)
{
	unsigned defects = 0;

	if (value.n <= VALUE_MAX)
		CHECK(span_eq(value_raw(reader, value, arena, &defects), value));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct value_reader reader;
	struct span body = {(const char *)data, size};
	struct arena arena;
	struct span value;
	unsigned defects = 0;

	if (reader.charsets == NULL && value_reader_init(&reader) != 0)
		return 0;
	arena_init(&arena);
	value = value_text(&reader, body, &arena, &defects);
	check_value(value);
	check_again(&reader, value, &arena);
	value = value_raw(&reader, body, &arena, &defects);
	check_value(value);
	check_again(&reader, value, &arena);
	arena_fini(&arena);
	return 0;
}
