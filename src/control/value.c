#include "control/value.h"

#include "base/utf8.h"

static bool value_is_visible(uint32_t c)
{
	return c != ' ' && c != 0xA0 && !utf8_is_invisible(c);
}

int control_value_check(const char *what, struct span value, struct err *err)
{
	bool visible = false;

	if (value.n == 0)
		return err_set(
		    err, ERR_USAGE, "%s is empty: the filter would take it for none at all", what);
	if (value.n > VALUE_MAX_BYTES)
		return err_set(
		    err, ERR_USAGE, "%s is longer than %zu bytes", what, VALUE_MAX_BYTES);
	if (span_eq(value, SPAN("*")))
		return err_set(err, ERR_USAGE, "%s is *, which the filter takes for all", what);
	for (size_t at = 0; at < value.n;) {
		uint32_t c = 0;
		size_t n = utf8_next(span_from(value, at), &c);

		if (n > 0 && utf8_is_control(c))
			return err_set(err, ERR_USAGE, "%s has a control character in it", what);
		visible = visible || (n > 0 && value_is_visible(c));
		at += n > 0 ? n : 1;
	}
	if (!visible)
		return err_set(err, ERR_USAGE, "%s has nothing in it that can be seen", what);
	return 0;
}

/* The bytes of the first character. */
static size_t value_character(struct span text)
{
	uint32_t c = 0;
	size_t n = utf8_next(text, &c);

	return n > 0 ? n : 1;
}

/* The character of a set that begins the pattern, without its backslash. */
static struct span value_set_character(struct span *pattern)
{
	struct span c;

	if (pattern->n > 1 && pattern->p[0] == '\\')
		*pattern = span_from(*pattern, 1);
	c = span_head(*pattern, value_character(*pattern));
	*pattern = span_from(*pattern, c.n);
	return c;
}

static bool value_in_range(struct span c, struct span low, struct span high)
{
	unsigned char a, b, x;

	if (c.n != 1 || low.n != 1 || high.n != 1)
		return span_eq(c, low) || span_eq(c, high);
	a = (unsigned char)span_lower(low.p[0]);
	b = (unsigned char)span_lower(high.p[0]);
	x = (unsigned char)span_lower(c.p[0]);
	return x >= a && x <= b;
}

/* A set without its '['; *n_r: the bytes up to its end. False in *ok_r: it has none. */
static bool value_in_set(struct span pattern, struct span c, size_t *n_r, bool *ok_r)
{
	struct span rest = pattern;
	bool inverted = rest.n > 0 && (rest.p[0] == '!' || rest.p[0] == '^');
	bool found = false;

	rest = span_from(rest, inverted ? 1 : 0);
	for (bool first = true; rest.n > 0 && (first || rest.p[0] != ']'); first = false) {
		struct span low = value_set_character(&rest);
		struct span high = low;

		if (rest.n > 1 && rest.p[0] == '-' && rest.p[1] != ']') {
			rest = span_from(rest, 1);
			high = value_set_character(&rest);
		}
		found = found || value_in_range(c, low, high);
	}
	*ok_r = rest.n > 0;
	*n_r = pattern.n - rest.n + 1;
	return found != inverted;
}

/* One character against the beginning of a pattern that is no '*'. */
static bool value_matches_one(struct span c, struct span pattern, size_t *n_r)
{
	size_t skip = 0;
	bool is_set = false;
	bool in_set = false;

	if (pattern.p[0] == '[')
		in_set = value_in_set(span_from(pattern, 1), c, n_r, &is_set);
	if (is_set) {
		(*n_r)++;
		return in_set;
	}
	if (pattern.p[0] == '?') {
		*n_r = 1;
		return true;
	}
	if (pattern.p[0] == '\\' && pattern.n > 1)
		skip = 1;
	*n_r = skip + value_character(span_from(pattern, skip));
	return span_eq_nocase(c, span_head(span_from(pattern, skip), *n_r - skip));
}

/* After a mismatch only the last star can take more: those before it have done their part. */
bool control_value_matches(struct span text, struct span pattern)
{
	struct span star_text = SPAN_EMPTY;
	struct span star_pattern = SPAN_EMPTY;
	bool star = false;

	while (text.n > 0) {
		struct span c = span_head(text, value_character(text));
		size_t n = 0;

		if (pattern.n > 0 && pattern.p[0] == '*') {
			pattern = span_from(pattern, 1);
			star = true;
			star_text = text;
			star_pattern = pattern;
		} else if (pattern.n > 0 && value_matches_one(c, pattern, &n)) {
			text = span_from(text, c.n);
			pattern = span_from(pattern, n);
		} else if (star) {
			star_text = span_from(star_text, value_character(star_text));
			text = star_text;
			pattern = star_pattern;
		} else {
			return false;
		}
	}
	while (pattern.n > 0 && pattern.p[0] == '*')
		pattern = span_from(pattern, 1);
	return pattern.n == 0;
}

void control_value_add_shell(struct buf *out, struct span value)
{
	buf_add_char(out, '\'');
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == '\'')
			buf_add_text(out, "'\\''");
		else
			buf_add_char(out, value.p[i]);
	buf_add_char(out, '\'');
}
