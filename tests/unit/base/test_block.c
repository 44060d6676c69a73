#include "tests/unit/table.h"

#include "base/block.h"

/* The mask of a block that has all bits where text has the byte. */
static unsigned mask_of(const char *text, char c)
{
	return block_mask(block_is(block_read(text), c));
}

/* Each pattern of bytes, in both ways to read it. */
static void test_mask(void **state)
{
	char text[BLOCK_SIZE];

	(void)state;
	for (unsigned pattern = 0; pattern < 1u << BLOCK_SIZE; pattern++) {
		for (size_t i = 0; i < BLOCK_SIZE; i++)
			text[i] = (pattern >> i & 1) != 0 ? '\xff' : '\x7f';
		if (mask_of(text, '\xff') != pattern ||
		    mask_of(text, '\x7f') != (~pattern & 0xFFFF))
			fail_msg("mask of %04x", pattern);
		if (block_gather(block_is(block_read(text), '\xff')) != pattern)
			fail_msg("gathered of %04x", pattern);
		if (block_any(block_is(block_read(text), '\xff')) != (pattern != 0))
			fail_msg("any of %04x", pattern);
	}
}

static void test_lowest(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BLOCK_SIZE; i++) {
		assert_int_equal(block_lowest(1u << i), i);
		assert_int_equal(block_lowest(0xFFFFu << i), i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mask),
	    cmocka_unit_test(test_lowest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
