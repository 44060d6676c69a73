#include "base/visible.h"

#include "base/utf8.h"

const struct visible visible_plain = {.open = "<", .close = ">"};
const struct visible visible_ascii = {.ascii_only = true, .open = "<", .close = ">"};

void visible_add_name(struct buf *out, uint32_t code_point, const struct visible *how)
{
	buf_printf(out, "%sU+%04X%s", how->open, (unsigned)code_point, how->close);
}

size_t visible_add_next(struct buf *out, struct span s, const struct visible *how)
{
	uint32_t c = 0;
	size_t n = utf8_next(s, &c);

	if (n == 0) {
		buf_printf(out, "%s%02X%s", how->open, (unsigned char)s.p[0], how->close);
		return 1;
	}
	if (utf8_is_control(c) || utf8_is_invisible(c) || (how->ascii_only && c > 0x7E))
		visible_add_name(out, c, how);
	else
		buf_add(out, span_head(s, n));
	return n;
}
