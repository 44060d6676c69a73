#include "mail/php_script.h"

#include "mail/received.h"

/* The offset of the last occurrence, or SPAN_NPOS: by its last byte, of which there are few. */
static size_t span_last_text(struct span s, struct span text)
{
	size_t at;

	while ((at = span_rfind(s, text.p[text.n - 1])) != SPAN_NPOS) {
		s = span_head(s, at);
		if (s.n >= text.n - 1 && memcmp(s.p + s.n - (text.n - 1), text.p, text.n - 1) == 0)
			return s.n - (text.n - 1);
	}
	return SPAN_NPOS;
}

bool php_script_split(struct span value, struct span *place_r, struct span *callers_r)
{
	static const struct span marks[] = {{" for ", 5}, {" REMOTE_ADDR:", 13}};

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
		size_t at = span_last_text(value, marks[i]);
		struct span callers;
		size_t n = 0;

		if (at == SPAN_NPOS)
			continue;
		callers = span_trim(span_from(value, at + marks[i].n));
		while (n < callers.n && callers.p[n] != ',' && !span_is_blank(callers.p[n]))
			n++;
		if (!received_is_ip(span_head(callers, n)))
			continue;
		*place_r = span_trim(span_head(value, at));
		*callers_r = callers;
		return true;
	}
	return false;
}

struct span php_script_file(struct span place)
{
	static const struct span marks[] = {{".php/", 5}, {".phtml/", 7}};
	size_t path = span_find(place, '/');

	for (size_t i = 0; path != SPAN_NPOS && path > 0 && i < sizeof(marks) / sizeof(marks[0]);
	     i++) {
		size_t at = span_find_text_nocase(span_from(place, path), marks[i]);

		if (at != SPAN_NPOS)
			return span_head(place, path + at + marks[i].n - 1);
	}
	return place;
}
