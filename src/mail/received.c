#include "mail/received.h"

#include <arpa/inet.h>
#include <limits.h>
#include <string.h>

#include "base/block.h"
#include "mail/syntax.h"

/* The longest content of brackets that can be an address: "IPv6:", 45 digits and dots, a zone. */
#define RECEIVED_LITERAL_MAX 80

/* Of "helo=" and its like. */
#define RECEIVED_CLAIM_LENGTH 5

enum clause {
	CLAUSE_NONE = 0,
	CLAUSE_FROM = 1 << 0,
	CLAUSE_BY = 1 << 1,
	CLAUSE_WITH = 1 << 2,
	CLAUSE_OTHER = 1 << 3,
};

/* Where an address was found; the greater counts. See received_parse(). */
enum client_rank {
	RANK_NONE,
	RANK_NAME,
	RANK_COMMENT,
	RANK_NAME_BRACKETS,
	RANK_COMMENT_BRACKETS,
};

struct received_parser {
	struct received received;
	enum client_rank rank;
	enum clause clause; /* the one that words and comments belong to */
	unsigned seen;      /* clauses that have begun */
	bool wants_value;   /* a keyword was the last word */
	bool is_named;      /* a comment has shown which name is whose */
};

/* Four numbers as inet_pton() takes them, which takes four times as long: each line has one. */
static bool received_read_ipv4(struct span s, unsigned char address[sizeof(struct in_addr)])
{
	size_t i = 0;

	for (unsigned part = 0; part < sizeof(struct in_addr); part++) {
		unsigned number = 0;
		size_t start = i;

		for (; i < s.n && span_is_digit(s.p[i]) && i - start < 3; i++)
			number = number * 10 + (unsigned)(s.p[i] - '0');
		if (i == start || number > UCHAR_MAX || (s.p[start] == '0' && i - start > 1))
			return false;
		address[part] = (unsigned char)number;
		if (part + 1 < sizeof(struct in_addr) && (i == s.n || s.p[i++] != '.'))
			return false;
	}
	return i == s.n;
}

/* The address as bytes, with the family that it has; AF_UNSPEC: it is none. */
static int received_read_ip(struct span s, unsigned char address[sizeof(struct in6_addr)])
{
	char text[INET6_ADDRSTRLEN];

	if (received_read_ipv4(s, address))
		return AF_INET;
	if (s.n == 0 || s.n >= sizeof(text) || span_find(s, ':') == SPAN_NPOS ||
	    span_find(s, '\0') != SPAN_NPOS)
		return AF_UNSPEC;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(AF_INET6, text, address) == 1 ? AF_INET6 : AF_UNSPEC;
}

bool received_is_ip(struct span s)
{
	unsigned char address[sizeof(struct in6_addr)];

	return received_read_ip(s, address) != AF_UNSPEC;
}

/* Only one spelling of each is written by servers. */
bool received_is_loopback(struct span ip)
{
	return (ip.n > 4 && ip.p[0] == '1' && ip.p[1] == '2' &&
		   span_starts_nocase(ip, SPAN("127."))) ||
	       span_eq(ip, SPAN("::1"));
}

bool received_is_private(struct span ip)
{
	unsigned char a[sizeof(struct in6_addr)];
	int family = received_read_ip(ip, a);

	if (family == AF_INET6)
		return received_is_loopback(ip) || (a[0] & 0xFE) == 0xFC ||
		       (a[0] == 0xFE && (a[1] & 0xC0) == 0x80);
	return family == AF_INET &&
	       (a[0] == 127 || a[0] == 10 || (a[0] == 172 && (a[1] & 0xF0) == 16) ||
		   (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254) ||
		   (a[0] == 100 && (a[1] & 0xC0) == 64));
}

struct span received_ip(struct span s)
{
	s = span_head(s, span_find(s, '%'));
	if (span_starts_nocase(s, SPAN("IPv6:")))
		s = span_from(s, 5);
	/* Most words are none: an address begins with a digit, or has a colon. */
	if (s.n == 0 || (!span_is_digit(s.p[0]) && span_find(s, ':') == SPAN_NPOS))
		return SPAN_EMPTY;
	if (span_starts_nocase(s, SPAN("::ffff:")) && span_find(s, '.') != SPAN_NPOS)
		s = span_from(s, 7);
	return received_is_ip(s) ? s : SPAN_EMPTY;
}

static inline void received_offer(
    struct received_parser *parser, struct span s, enum client_rank rank)
{
	struct span ip;

	if (rank <= parser->rank || (ip = received_ip(s)).n == 0)
		return;
	parser->received.client = ip;
	parser->rank = rank;
}

/* True when what stands before a bracket says that the client's own claim follows. */
static bool received_says_helo(struct span before)
{
	static const char claims[][RECEIVED_CLAIM_LENGTH + 1] = {
	    "helo=", "HELO ", "EHLO ", "LHLO "};
	struct span rest;

	if (before.n < RECEIVED_CLAIM_LENGTH)
		return false;
	rest = span_head(before, before.n - RECEIVED_CLAIM_LENGTH);
	if (rest.n > 0 && span_is_alnum(rest.p[rest.n - 1]))
		return false;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		if (memcmp(rest.p + rest.n, claims[i], RECEIVED_CLAIM_LENGTH) == 0)
			return true;
	return false;
}

/* Offers each "[...]" in s that is not the client's own claim. */
static void received_offer_brackets(
    struct received_parser *parser, struct span s, enum client_rank rank)
{
	size_t at = 0;

	for (;;) {
		struct span inside;
		size_t open = span_find(span_from(s, at), '[');
		size_t close;

		if (open == SPAN_NPOS)
			return;
		open += at;
		at = open + 1;
		inside = span_head(span_from(s, at), RECEIVED_LITERAL_MAX);
		close = span_find(inside, ']');
		if (close != SPAN_NPOS && !received_says_helo(span_head(s, open)))
			received_offer(parser, span_head(inside, close), rank);
	}
}

/*
 * What the client called itself, from a comment: "helo=X" of Exim, "HELO X" of qmail, "account
 * LOGIN HELO X" of CommuniGate; or empty.
 */
static struct span received_helo(struct span text, struct span first)
{
	const struct span mark = SPAN("helo=");
	size_t at;

	if (span_eq(first, SPAN("HELO")) || span_eq(first, SPAN("EHLO")))
		return span_word(span_trim(span_from(text, first.n)));
	at = span_find(text, '=');
	if (at != SPAN_NPOS && at + 1 >= mark.n &&
	    span_starts_nocase(span_from(text, at + 1 - mark.n), mark))
		return span_word(span_from(text, at + 1));
	at = span_eq(first, SPAN("account")) ? span_find_text(text, SPAN(" HELO ")) : SPAN_NPOS;
	return at != SPAN_NPOS ? span_word(span_from(text, at + 6)) : SPAN_EMPTY;
}

/* Who the client is by name, from a comment of the from clause; see received.h. */
static void received_names(struct received_parser *parser, struct span text, struct span word)
{
	struct received *received = &parser->received;
	struct span helo = received_helo(text, word), behind = span_from(text, word.n);
	size_t address;

	if (!parser->is_named && word.n > 0 && word.p[0] == '[')
		received->is_bare = true;
	if (helo.n != 0) {
		/* Beside it the name behind "from" is no claim. */
		if (!parser->is_named && received->from.p != NULL)
			received->name = received->from;
		received->helo = helo;
		parser->is_named = true;
		return;
	}
	if (parser->is_named || word.n == 0 || word.n == text.n || word.p[0] == '[' ||
	    (address = span_find(behind, '[')) == SPAN_NPOS)
		return;
	parser->is_named = true;
	/* sendmail puts what an ident server said in front of it: "(user@name [IP])". */
	word = span_from(word, span_rfind(word, '@') + 1);
	if (word.n > 0 && word.p[word.n - 1] == '.')
		word.n--;
	/* "name [IP] (may be forged)" */
	if (span_find(word, '.') != SPAN_NPOS &&
	    span_find_text_nocase(span_from(behind, address), SPAN("forged")) == SPAN_NPOS)
		received->name = word;
}

static void received_comment(struct received_parser *parser, struct span comment)
{
	struct span text, word;

	parser->wants_value = false;
	/* Behind the client's name and address stand ciphers and certificates. */
	if (parser->clause != CLAUSE_FROM ||
	    (parser->is_named && parser->rank == RANK_COMMENT_BRACKETS))
		return;
	text = span_trim(comment);
	word = span_word(text);
	received_offer_brackets(parser, text, RANK_COMMENT_BRACKETS);
	received_names(parser, text, word);
	if (span_rfind(word, '@') != SPAN_NPOS)
		word = span_from(word, span_rfind(word, '@') + 1);
	received_offer(parser, word, RANK_COMMENT);
}

static void received_value(struct received_parser *parser, struct span word)
{
	struct received *received = &parser->received;

	parser->wants_value = false;
	if (parser->clause == CLAUSE_BY) {
		received->by = word;
	} else if (parser->clause == CLAUSE_WITH) {
		received->protocol = word;
	} else if (parser->clause == CLAUSE_FROM) {
		received->from = word;
		received->helo = word;
		received_offer(parser, word, RANK_NAME);
		received_offer_brackets(
		    parser, word, word.p[0] == '[' ? RANK_NAME : RANK_NAME_BRACKETS);
	}
}

static enum clause received_keyword(struct span word)
{
	if (word.n == 2)
		return span_eq_nocase(word, SPAN("by"))   ? CLAUSE_BY
		       : span_eq_nocase(word, SPAN("id")) ? CLAUSE_OTHER
							  : CLAUSE_NONE;
	if (word.n == 3)
		return span_eq_nocase(word, SPAN("for")) || span_eq_nocase(word, SPAN("via"))
			   ? CLAUSE_OTHER
			   : CLAUSE_NONE;
	if (word.n == 4)
		return span_eq_nocase(word, SPAN("from"))   ? CLAUSE_FROM
		       : span_eq_nocase(word, SPAN("with")) ? CLAUSE_WITH
							    : CLAUSE_NONE;
	return CLAUSE_NONE;
}

static void received_word(struct received_parser *parser, struct span word)
{
	enum clause keyword = parser->wants_value ? CLAUSE_NONE : received_keyword(word);

	if (parser->wants_value) {
		received_value(parser, word);
	} else if (keyword != CLAUSE_NONE) {
		parser->clause = (parser->seen & keyword) == 0 ? keyword : CLAUSE_OTHER;
		parser->seen |= keyword;
		parser->wants_value = true;
	} else if (parser->clause == CLAUSE_FROM) {
		received_offer_brackets(parser, word, RANK_NAME_BRACKETS);
	}
}

/* A clause counts once: nothing changes when all have been read. */
static bool received_is_done(const struct received_parser *parser)
{
	const unsigned all = CLAUSE_FROM | CLAUSE_BY | CLAUSE_WITH;

	return (parser->seen & all) == all && parser->clause != CLAUSE_FROM && !parser->wants_value;
}

/* Where a word ends. */
static const unsigned char received_stops[UCHAR_MAX + 1] = {
    [' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1, ['('] = 1, [';'] = 1};

/* A bit for each of the sixteen bytes that may be one of them: a control character is no other. */
static inline unsigned received_stop_mask(const char *p)
{
	block_t bytes = block_read(p);

	return block_mask(
	    (block_t)(bytes <= (unsigned char)' ') | block_is(bytes, '(') | block_is(bytes, ';'));
}

/* The offset of the first one from `from` on, or the length. */
static inline size_t received_word_end(struct span body, size_t from)
{
	unsigned stops = 0;

	for (;; from++) {
		while (
		    body.n - from >= BLOCK_SIZE && (stops = received_stop_mask(body.p + from)) == 0)
			from += BLOCK_SIZE;
		if (body.n - from < BLOCK_SIZE)
			return span_marked(body, from, received_stops);
		from += block_lowest(stops);
		if (received_stops[(unsigned char)body.p[from]] != 0)
			return from;
	}
}

void received_parse(struct span body, struct received *received_r)
{
	struct received_parser parser = {.rank = RANK_NONE};
	size_t i = 0;

	for (;;) {
		size_t start;

		while (i < body.n && span_is_blank(body.p[i]))
			i++;
		if (i == body.n || body.p[i] == ';')
			break;
		start = i;
		if (body.p[i] == '(') {
			/* A comment that was cut off reaches to the end. */
			i = syntax_comment_end(body, start);
			i = i != 0 ? i : body.n;
			received_comment(&parser, (struct span){body.p + start + 1,
						      i - start - 1 - (body.p[i - 1] == ')')});
			continue;
		}
		i = received_word_end(body, i + 1);
		received_word(&parser, (struct span){body.p + start, i - start});
		if (received_is_done(&parser))
			break;
	}
	*received_r = parser.received;
}
