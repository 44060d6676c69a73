#include "tests/unit/table.h"

#include <errno.h>
#include <stdalign.h>

#include "base/arena.h"

#define MANY  2000
#define LARGE ((size_t)1024 * 1024)

static void test_pieces_do_not_overlap(void **state)
{
	struct arena arena;
	unsigned char *pieces[MANY];

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < MANY; i++) {
		size_t n = i % 97 + 1;

		pieces[i] = arena_alloc(&arena, n);
		assert_non_null(pieces[i]);
		assert_int_equal((uintptr_t)pieces[i] % alignof(max_align_t), 0);
		memset(pieces[i], (int)(i % 251), n);
	}
	for (size_t i = 0; i < MANY; i++)
		for (size_t k = 0; k < i % 97 + 1; k++)
			assert_int_equal(pieces[i][k], i % 251);
	assert_false(arena.failed);
	arena_fini(&arena);
}

static void test_copies_are_of_their_own(void **state)
{
	struct arena arena;
	struct buf buf;
	char source[] = "a value";
	struct span copy, empty, printed, from_buf;

	(void)state;
	arena_init(&arena);
	buf_init(&buf, 0);
	buf_add_text(&buf, "buffered");
	copy = arena_copy(&arena, span_of(source));
	from_buf = arena_copy_buf(&arena, &buf);
	empty = arena_copy(&arena, SPAN_EMPTY);
	printed = arena_printf(&arena, "%s %d", "uid", 48);
	memset(source, 'x', sizeof(source) - 1);
	buf_fini(&buf);
	assert_span_text(copy, "a value", "arena_copy()");
	assert_span_text(from_buf, "buffered", "arena_copy_buf()");
	assert_span_text(empty, "", "a copy of nothing");
	assert_span_text(printed, "uid 48", "arena_printf()");
	assert_false(arena.failed);
	arena_fini(&arena);
}

static void test_reset_reuses_memory(void **state)
{
	struct arena arena;
	void *first;

	(void)state;
	arena_init(&arena);
	first = arena_alloc(&arena, 100);
	for (size_t i = 0; i < MANY; i++)
		arena_alloc(&arena, 1000);
	arena_reset(&arena);
	assert_ptr_equal(arena_alloc(&arena, 100), first);
	arena_fini(&arena);
}

static void test_large_pieces(void **state)
{
	struct arena arena;
	char *small, *large;

	(void)state;
	arena_init(&arena);
	small = arena_alloc(&arena, 8);
	large = arena_alloc(&arena, LARGE);
	assert_non_null(large);
	memcpy(small, "small!!", 8);
	memset(large, 'l', LARGE);
	assert_string_equal(small, "small!!");
	arena_fini(&arena);
}

static void test_lost_buffer_is_seen(void **state)
{
	struct arena arena;
	struct buf buf;

	(void)state;
	arena_init(&arena);
	buf_init(&buf, 0);
	buf.failed = ENOMEM;
	arena_copy_buf(&arena, &buf);
	assert_true(arena.failed);
	arena_reset(&arena);
	assert_false(arena.failed);

	/* A full buffer is not a lack of memory; the caller handles it. */
	buf.failed = EMSGSIZE;
	arena_copy_buf(&arena, &buf);
	assert_false(arena.failed);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pieces_do_not_overlap),
	    cmocka_unit_test(test_copies_are_of_their_own),
	    cmocka_unit_test(test_reset_reuses_memory),
	    cmocka_unit_test(test_large_pieces),
	    cmocka_unit_test(test_lost_buffer_is_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
