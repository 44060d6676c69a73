#include <stdint.h>

#include "check.h"
#include "mail/header.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span block = {(const char *)data, size};
	struct header_iter iter;
	struct header_field field;
	struct buf unfolded;
	unsigned fields = 0;

	buf_init(&unfolded, 0);
	header_iter_init(&iter, block);
	while (header_next(&iter, &field) == 1) {
		struct span rest = field.body;
		struct span line;

		fields++;
		CHECK(field.name.n > 0);
		CHECK(span_find(field.name, '\n') == SPAN_NPOS);
		CHECK(check_inside(field.name, block) && check_inside(field.body, block));
		buf_clear(&unfolded);
		header_unfold(field.body, &unfolded);
		CHECK(unfolded.n <= field.body.n);
		CHECK(span_find(buf_span(&unfolded), '\n') == SPAN_NPOS);
		CHECK(span_trim(buf_span(&unfolded)).n == unfolded.n);
		while (header_body_line(&rest, &line) == 1)
			CHECK(check_inside(line, field.body) && span_find(line, '\n') == SPAN_NPOS);
	}
	CHECK(fields == iter.fields && fields <= HEADER_MAX_FIELDS);
	CHECK(header_next(&iter, &field) == 0);
	buf_fini(&unfolded);
	return 0;
}
