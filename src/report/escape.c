#include "report/escape.h"

#include <csv.h>
#include <unictype.h>

#include "base/utf8.h"

/* Invisible characters count as blanks: what cannot be seen must not disarm the guard. */
static bool escape_is_blank(uint32_t c)
{
	return uc_is_property_white_space(c) || utf8_is_invisible(c);
}

static bool escape_starts_formula(uint32_t c)
{
	static const uint32_t starts[] = {
	    '=', '+', '-', '@', 0xFF1D, 0xFF0B, 0xFF0D, 0xFF20, /* the latter are full-width */
	};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (c == starts[i])
			return true;
	return c == '\t' || c == '\r' || c == '\n';
}

bool escape_is_formula(struct span value)
{
	uint32_t c = 0;
	size_t n;

	for (; value.n > 0; value = span_from(value, n)) {
		n = utf8_next(value, &c);
		if (n == 0)
			return false;
		if (escape_starts_formula(c))
			return true;
		if (!escape_is_blank(c))
			return false;
	}
	return false;
}

void escape_csv(struct buf *out, struct span value, bool raw)
{
	struct buf guarded;
	size_t n;
	char *at;

	buf_init(&guarded, 0);
	if (!raw && escape_is_formula(value)) {
		buf_add_char(&guarded, '\'');
		buf_add(&guarded, value);
		if (guarded.failed != 0)
			out->failed = guarded.failed;
		value = buf_span(&guarded);
	}
	if (value.n == 0)
		value = SPAN(""); /* csv_write() takes no NULL */
	n = csv_write(NULL, 0, value.p, value.n);
	at = buf_reserve(out, n);
	if (at != NULL)
		out->n += csv_write(at, n, value.p, value.n);
	buf_fini(&guarded);
}

static bool escape_must_quote(struct span value, char delimiter)
{
	return span_find(value, delimiter) != SPAN_NPOS || span_find(value, '"') != SPAN_NPOS ||
	       span_trim(value).n != value.n;
}

/* The first character of value as a terminal may have it; returns its length. */
static size_t escape_add_visible(struct buf *out, struct span value, bool ascii_only)
{
	uint32_t c = 0;
	size_t n = utf8_next(value, &c);

	if (n == 0) {
		buf_printf(out, "<%02X>", (unsigned char)value.p[0]);
		return 1;
	}
	if (utf8_is_control(c) || utf8_is_invisible(c) || (ascii_only && c > 0x7E))
		buf_printf(out, "<U+%04X>", (unsigned)c);
	else
		buf_add(out, span_head(value, n));
	return n;
}

void escape_display(struct buf *out, struct span value, const struct escape_display *how)
{
	bool quote = escape_must_quote(value, how->delimiter);

	if (quote)
		buf_add_char(out, '"');
	if (!how->raw && escape_is_formula(value))
		buf_add_char(out, '\'');
	while (value.n > 0) {
		if (value.p[0] == '"')
			buf_add_char(out, '"');
		value = span_from(value, escape_add_visible(out, value, how->ascii_only));
	}
	if (quote)
		buf_add_char(out, '"');
}
