#include <stdint.h>

#include "check.h"
#include "mail/address.h"
#include "mail/bounce.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
	}
	bounce_from(value, &arena);
	bounce_content_type(value);
	arena_fini(&arena);
	return 0;
}
