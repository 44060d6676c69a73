#include <stdint.h>

#include "check.h"
#include "mail/received.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_word(struct span word, struct span body)
{
	CHECK(check_inside(word, body));
	for (size_t i = 0; i < word.n; i++)
		CHECK(!span_is_blank(word.p[i]) && word.p[i] != '(' && word.p[i] != ';');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span body = {(const char *)data, size};
	struct received received;

	received_parse(body, &received);
	check_word(received.from, body);
	check_word(received.by, body);
	check_word(received.protocol, body);
	check_word(received.client, body);
	CHECK(received.client.n == 0 || received_is_ip(received.client));
	return 0;
}
