#include "source/maillog/maillog_exim_word.h"

#include "mail/received.h"
#include "source/maillog/maillog_exim.h"

size_t exim_word_length(struct span s)
{
	const char *end = s.n > 0 ? memchr(s.p, ' ', s.n) : NULL;
	size_t n = end != NULL ? (size_t)(end - s.p) : s.n;
	const char *quote = n > 0 ? memchr(s.p, '"', n) : NULL;
	bool in_quotes = false;

	if (quote == NULL)
		return n;
	for (size_t i = (size_t)(quote - s.p); i < s.n; i++) {
		if (s.p[i] == '"')
			in_quotes = !in_quotes;
		else if (s.p[i] == '\\' && in_quotes)
			i++;
		else if (s.p[i] == ' ' && !in_quotes)
			return i;
	}
	return s.n;
}

struct span exim_word_take(struct span *rest)
{
	struct span word = span_head(*rest, exim_word_length(*rest));

	*rest = span_from(*rest, word.n);
	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = span_from(*rest, 1);
	return word;
}

bool exim_recipient_next(struct span *list, struct span *recipient_r)
{
	if (list->n == 0)
		return false;
	*recipient_r = exim_word_take(list);
	return true;
}

struct span exim_peer_of(struct span word)
{
	size_t close;
	struct span ip;

	if (word.n < 4 || word.p[0] != '[')
		return SPAN_EMPTY;
	close = span_find(word, ']');
	if (close == SPAN_NPOS)
		return SPAN_EMPTY;
	ip = (struct span){word.p + 1, close - 1};
	word = span_from(word, close + 1);
	if (word.n > 0 && (word.p[0] != ':' || word.n < 2 ||
			      span_within(span_from(word, 1), '0', '9') != word.n - 1))
		return SPAN_EMPTY;
	return received_is_ip(ip) ? ip : SPAN_EMPTY;
}
