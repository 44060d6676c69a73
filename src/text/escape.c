#include "text/escape.h"

#include <csv.h>
#include <string.h>
#include <unictype.h>

#include "base/utf8.h"
#include "base/visible.h"
#include "text/numeral.h"

#define ESCAPE_MARK '\''

/* A formula whose result is a text. Every spreadsheet shows the text alone. */
#define ESCAPE_OPEN  SPAN("=\"")
#define ESCAPE_CLOSE SPAN("\"")

/* Invisible characters count as blanks, so that they cannot be put in front of a formula. */
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

	for (; value.n > 0 && !span_is_alnum(value.p[0]); value = span_from(value, n)) {
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

/* csv_write() goes through a value byte by byte to double its quotes, twice; few have any. */
static void escape_quote(struct buf *out, struct span value)
{
	bool plain = span_find(value, '"') == SPAN_NPOS;
	size_t n = plain ? value.n + 2 : csv_write(NULL, 0, value.p, value.n);
	char *at = buf_reserve(out, n);

	if (at == NULL)
		return;
	if (!plain) {
		out->n += csv_write(at, n, value.p, value.n);
		return;
	}
	at[0] = '"';
	if (value.n > 0)
		memcpy(at + 1, value.p, value.n);
	at[1 + value.n] = '"';
	out->n += n;
}

static bool escape_must_quote(struct span value, char delimiter)
{
	return span_find(value, delimiter) != SPAN_NPOS || span_find(value, '"') != SPAN_NPOS ||
	       span_trim(value).n != value.n;
}

static void escape_add_csv(struct buf *out, struct span value, bool sparing)
{
	/* A line break would end the row. */
	if (!sparing || escape_must_quote(value, ',') || span_find(value, '\n') != SPAN_NPOS ||
	    span_find(value, '\r') != SPAN_NPOS)
		escape_quote(out, value);
	else
		buf_add(out, value);
}

/* A value that begins with a ' and would be a formula without it gets one more, so that reading the
 * cell back takes off exactly one. */
static bool escape_is_marked(struct span value, enum escape_guard guard)
{
	while (value.n > 0 && value.p[0] == ESCAPE_MARK)
		value = span_from(value, 1);
	return guard != ESCAPE_RAW && escape_is_formula(value);
}

/* Writes the value as ="TEXT". */
static bool escape_is_wrapped(struct span value, enum escape_guard guard)
{
	return guard == ESCAPE_TEXT && span_find(value, '"') == SPAN_NPOS &&
	       numeral_is_misread(value);
}

struct span escape_unguard(struct span cell, enum escape_guard guard)
{
	struct span within;

	if (cell.n > 0 && cell.p[0] == ESCAPE_MARK && escape_is_marked(cell, guard))
		return span_from(cell, 1);
	if (cell.n < ESCAPE_OPEN.n + ESCAPE_CLOSE.n || !span_starts_nocase(cell, ESCAPE_OPEN) ||
	    !span_ends_nocase(cell, ESCAPE_CLOSE))
		return cell;
	within = span_from(span_head(cell, cell.n - ESCAPE_CLOSE.n), ESCAPE_OPEN.n);
	return escape_is_wrapped(within, guard) ? within : cell;
}

static void escape_add_guarded(struct buf *out, struct span value, enum escape_guard guard)
{
	bool wrapped = escape_is_wrapped(value, guard);

	if (wrapped)
		buf_add(out, ESCAPE_OPEN);
	else if (escape_is_marked(value, guard))
		buf_add_char(out, ESCAPE_MARK);
	buf_add(out, value);
	if (wrapped)
		buf_add(out, ESCAPE_CLOSE);
}

static void escape_guard_csv(
    struct buf *out, struct span value, enum escape_guard guard, bool sparing)
{
	struct buf guarded;

	if (!escape_is_wrapped(value, guard) && !escape_is_marked(value, guard)) {
		escape_add_csv(out, value, sparing);
		return;
	}
	buf_init(&guarded, 0);
	escape_add_guarded(&guarded, value, guard);
	buf_fail(out, guarded.failed);
	escape_add_csv(out, buf_span(&guarded), sparing);
	buf_fini(&guarded);
}

void escape_csv(struct buf *out, struct span value, enum escape_guard guard)
{
	escape_guard_csv(out, value, guard, false);
}

void escape_csv_sparing(struct buf *out, struct span value, enum escape_guard guard)
{
	escape_guard_csv(out, value, guard, true);
}

/* These are no control characters, but some programs end a line at them. */
static bool escape_breaks_line(uint32_t c)
{
	return utf8_is_control(c) || c == 0x2028 || c == 0x2029;
}

/* Adds the printable ASCII up to a character that is none, or to the end; returns what is behind.
 */
static struct span escape_add_run(struct buf *out, struct span value)
{
	size_t n = span_printable(value);

	buf_add(out, span_head(value, n));
	return span_from(value, n);
}

void escape_plain(struct buf *out, struct span value, enum escape_guard guard)
{
	if (escape_is_marked(value, guard))
		buf_add_char(out, ESCAPE_MARK);
	while ((value = escape_add_run(out, value)).n > 0) {
		uint32_t c = 0;
		size_t n = utf8_next(value, &c);

		if (n == 0)
			utf8_add(out, UTF8_REPLACEMENT);
		else if (escape_breaks_line(c))
			buf_add_char(out, ' ');
		else
			buf_add(out, span_head(value, n));
		value = span_from(value, n > 0 ? n : 1);
	}
}

void escape_display(struct buf *out, struct span value, const struct escape_display *how)
{
	const struct visible *visible = how->ascii_only ? &visible_ascii : &visible_plain;
	bool quote = escape_must_quote(value, how->delimiter);

	if (quote)
		buf_add_char(out, '"');
	/* A terminal shows a number as it is written. */
	if (escape_is_marked(value, how->guard))
		buf_add_char(out, ESCAPE_MARK);
	while (value.n > 0) {
		if (value.p[0] == '"')
			buf_add_char(out, '"');
		value = span_from(value, visible_add_next(out, value, visible));
	}
	if (quote)
		buf_add_char(out, '"');
}

static const char *escape_entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void escape_html(struct buf *out, struct span value)
{
	static const struct visible visible = {.open = "&lt;", .close = "&gt;"};
	/* What cannot stand there as it is. */
	static const unsigned char marks[UCHAR_MAX + 1] = {[0 ... ' ' - 1] = 1,
	    ['&'] = 1,
	    ['<'] = 1,
	    ['>'] = 1,
	    ['"'] = 1,
	    ['\''] = 1,
	    [0x7F ... UCHAR_MAX] = 1};

	while (value.n > 0) {
		size_t n = span_marked(value, 0, marks);
		const char *entity;

		buf_add(out, span_head(value, n));
		value = span_from(value, n);
		if (value.n == 0)
			break;
		entity = escape_entity(value.p[0]);
		if (entity != NULL)
			buf_add_text(out, entity);
		n = entity != NULL ? 1 : visible_add_next(out, value, &visible);
		value = span_from(value, n);
	}
}

/* In UTF-16, as JSON has it. */
static void escape_add_unicode(struct buf *out, uint32_t c)
{
	if (c > UINT16_MAX) {
		c -= UINT16_MAX + 1;
		buf_printf(out, "\\u%04x", (unsigned)(0xD800 + (c >> 10)));
		c = 0xDC00 + (c & 0x3FF);
	}
	buf_printf(out, "\\u%04x", (unsigned)c);
}

void escape_json(struct buf *out, struct span json, bool ascii_only)
{
	/* What is not plain ASCII. */
	static const unsigned char marks[UCHAR_MAX + 1] = {
	    [0 ... '\n' - 1] = 1, ['\n' + 1 ... ' ' - 1] = 1, [0x7F ... UCHAR_MAX] = 1};

	for (;;) {
		size_t n = span_marked(json, 0, marks);
		uint32_t c = UTF8_REPLACEMENT;

		buf_add(out, span_head(json, n));
		json = span_from(json, n);
		if (json.n == 0)
			return;
		n = utf8_next(json, &c);
		if (ascii_only || n == 0 || utf8_is_control(c) || utf8_is_invisible(c))
			escape_add_unicode(out, c);
		else
			buf_add(out, span_head(json, n));
		json = span_from(json, n > 0 ? n : 1);
	}
}

void escape_rows(struct buf *out, struct span rows, bool ascii_only)
{
	const struct visible *how = ascii_only ? &visible_ascii : &visible_plain;

	while ((rows = escape_add_run(out, rows)).n > 0) {
		size_t n = 1;

		if (rows.p[0] == '\t' || rows.p[0] == '\r' || rows.p[0] == '\n')
			buf_add_char(out, rows.p[0]);
		else
			n = visible_add_next(out, rows, how);
		rows = span_from(rows, n);
	}
}
