#include <stdint.h>

#include "check.h"
#include "mail/address.h"
#include "evidence/bounce.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many bytes the addresses of a list take; each has its own of the value. */
static size_t check_list(struct span value, struct arena *arena)
{
	struct address_list list;
	struct address address;
	size_t n = 0;

	address_list_init(&list, value, arena);
	while (address_list_next(&list, &address)) {
		CHECK(address.local.n > 0);
		CHECK(span_find(address.domain, '@') == SPAN_NPOS);
		n += address.local.n + address.domain.n;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span value = {(const char *)data, size};
	struct arena arena;
	struct address address;

	arena_init(&arena);
	if (address_first(value, &arena, &address)) {
		struct span normal = address_normal(&address, &arena);

		CHECK(address.local.n > 0);
		CHECK(span_find(address.domain, '@') == SPAN_NPOS);
		CHECK(address.local.n + address.domain.n <= size);
		CHECK(normal.n == address.local.n + address.domain.n + (address.domain.n > 0));
	}
	/* What is an address as a whole is the first one, too. */
	if (address_is(value)) {
		CHECK(address_first(value, &arena, &address));
		CHECK(address.local.n + 1 + address.domain.n == size);
		CHECK(check_list(value, &arena) == size - 1);
	}
	CHECK(check_list(value, &arena) <= size);
	bounce_is(&(struct bounce_signs){.from = value}, &arena);
	bounce_is(&(struct bounce_signs){.content_type = value}, &arena);
	arena_fini(&arena);
	return 0;
}
