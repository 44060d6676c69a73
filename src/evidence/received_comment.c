#include "evidence/received_comment.h"

#include <limits.h>

#include "base/block.h"
#include "evidence/login_value.h"
#include "mail/received.h"
#include "mail/syntax.h"

/* How many words may stand in front of those that introduce a login. */
#define COMMENT_MAX_BEFORE 4

/* Adds a comment, and takes away those inside of it. */
static void comments_add(struct received_comments *comments, struct span comment, unsigned marks)
{
	while (comments->count > 0 && comments->comment[comments->count - 1].p > comment.p)
		comments->count--;
	if (comments->count == RECEIVED_MAX_COMMENTS)
		return;
	comments->marks[comments->count] = (unsigned char)marks;
	comments->comment[comments->count++] = comment;
}

/* True when an address of the envelope begins there: behind "for", and behind a "from" that does
 * not begin the field. */
static bool is_envelope(struct span body, size_t at)
{
	struct span before = span_trim(span_head(body, at));

	return before.n > 4 && before.n < at &&
	       (span_ends_nocase(before, SPAN(" for")) || span_ends_nocase(before, SPAN("\tfor")) ||
		   span_ends_nocase(before, SPAN("\nfor")) ||
		   span_ends_nocase(before, SPAN(" from")));
}

/* Behind the angle bracket that closes the one at `at`; else the end. */
static size_t skip_angle(struct span body, size_t at)
{
	size_t close = span_find(span_from(body, at), '>');

	return close != SPAN_NPOS ? at + close + 1 : body.n;
}

/* Bytes that mean something to received_comments_find(). */
static const unsigned char comment_marks[UCHAR_MAX + 1] = {
    ['('] = 1, [')'] = 1, ['\\'] = 1, [';'] = 1, ['<'] = 1, ['w'] = 1};

/* A bit for each of them in the sixteen bytes; a 'w' counts with an 'i' behind it. */
static inline unsigned comments_marked(const char *p)
{
	block_t bytes = block_read(p), behind = block_read(p + 1);

	return block_mask((block_is(bytes, 'w') & block_is(behind, 'i')) | block_is(bytes, '(') |
			  block_is(bytes, ')') | block_is(bytes, '\\') | block_is(bytes, ';') |
			  block_is(bytes, '<'));
}

/* The offset of the next of them from `from` on, or the length. */
static inline size_t comments_next(struct span body, size_t from)
{
	unsigned marked = 0;

	while (from + BLOCK_SIZE < body.n && (marked = comments_marked(body.p + from)) == 0)
		from += BLOCK_SIZE;
	return marked != 0 ? from + block_lowest(marked) : span_marked(body, from, comment_marks);
}

/* Where the word behind "with" ends. */
static const unsigned char protocol_ends[UCHAR_MAX + 1] = {
    [' '] = 1, ['\t'] = 1, ['\r'] = 1, ['\n'] = 1, ['('] = 1, [';'] = 1};

/* The word behind "with" that begins at `at`; or empty. */
static struct span word_behind_with(struct span body, size_t at)
{
	struct span rest = span_from(body, at);

	if (rest.n < 6 || rest.p[1] != 'i' || rest.p[2] != 't' || rest.p[3] != 'h' || at == 0 ||
	    !span_is_blank(body.p[at - 1]) || !span_is_blank(rest.p[4]))
		return SPAN_EMPTY;
	rest = span_skip_blanks(span_from(rest, 5));
	return span_head(rest, span_marked(rest, 0, protocol_ends));
}

/* The first letters of login_words, of "account", and of the words that may stand in front of them:
 * names of servers, of ciphers and of clients begin with others. A blank may hide one. */
static const unsigned char first_letters[UCHAR_MAX + 1] = {
#define LETTER(upper, lower) [upper] = COMMENT_HAS_LOGIN, [lower] = COMMENT_HAS_LOGIN
    LETTER('A', 'a'), LETTER('H', 'h'), LETTER('L', 'l'), LETTER('M', 'm'), LETTER('S', 's'),
    LETTER('U', 'u'), LETTER('W', 'w'), LETTER(' ', '\t'), LETTER('\r', '\n')
#undef LETTER
};

#define COMMENT_NESTS      (1 << 3)
#define COMMENT_MARKS_MANY (COMMENT_HAS_AT | COMMENT_HAS_COMMA | COMMENT_HAS_LOGIN)

static const unsigned char inside_marks[UCHAR_MAX + 1] = {['('] = COMMENT_NESTS,
    ['\\'] = COMMENT_NESTS,
    ['@'] = COMMENT_HAS_AT,
    [','] = COMMENT_HAS_COMMA};

/* A bit for each of the sixteen bytes that has one of inside_marks. */
static inline unsigned inside_marked(block_t bytes)
{
	return block_mask(block_is(bytes, '(') | block_is(bytes, '\\') | block_is(bytes, '@') |
			  block_is(bytes, ','));
}

/* Reads the comment that begins there up to the first parenthesis that closes; most have none
 * inside. Their marks; else COMMENT_NESTS is among them. */
static unsigned comment_read_flat(struct span body, size_t at, struct span *comment_r)
{
	struct span inside = span_from(body, at + 1);
	unsigned close = 0, marks = 0;
	size_t n = 0;

	while (close == 0 && inside.n - n >= BLOCK_SIZE) {
		block_t bytes = block_read(inside.p + n);
		unsigned marked = inside_marked(bytes);

		close = block_mask(block_is(bytes, ')'));
		marked &= (close ^ (close - 1)) >> 1; /* those in front of it, or all */
		for (; marked != 0; marked &= marked - 1)
			marks |= inside_marks[(unsigned char)inside.p[n + block_lowest(marked)]];
		n += close != 0 ? block_lowest(close) : BLOCK_SIZE;
	}
	while (n < inside.n && inside.p[n] != ')')
		marks |= inside_marks[(unsigned char)inside.p[n++]];
	if (n == inside.n)
		return COMMENT_NESTS;
	*comment_r = span_head(inside, n);
	return marks | first_letters[(unsigned char)inside.p[0]];
}

/* "SMTP", "esmtps" and the like: other protocols begin with other letters. */
static bool word_is_smtp(struct span word)
{
	char first = span_lower(word.p[0]);

	return first == 'e' || first == 's';
}

void received_comments_find(struct span body, struct received_comments *comments_r)
{
	size_t open[RECEIVED_MAX_DEPTH];
	unsigned depth = 0, marks = 0;
	struct span word, comment;

	comments_r->count = 0;
	comments_r->protocol = SPAN_EMPTY;
	comments_r->has_other = false;
	for (size_t i = comments_next(body, 0); i < body.n; i = comments_next(body, i + 1)) {
		char c = body.p[i];

		if (c == '\\') {
			i++;
		} else if (c == '(' && depth == 0 &&
			   ((marks = comment_read_flat(body, i, &comment)) & COMMENT_NESTS) == 0) {
			comments_add(comments_r, comment, marks);
			i += comment.n + 1;
		} else if (c == '(') {
			if (depth == RECEIVED_MAX_DEPTH)
				return;
			open[depth++] = i + 1;
		} else if (c == ')' && depth > 0) {
			depth--;
			comments_add(comments_r,
			    (struct span){body.p + open[depth], i - open[depth]},
			    COMMENT_MARKS_MANY);
		} else if (depth > 0) {
			continue;
		} else if (c == ';') {
			return;
		} else if (c == '<' && is_envelope(body, i)) {
			i = skip_angle(body, i) - 1;
		} else if (c == 'w') {
			word = word_behind_with(body, i);
			if (word.n == 0)
				continue;
			comments_r->protocol = word;
			comments_r->has_other |= !word_is_smtp(word);
		}
	}
}

/* Words that introduce a login. A blank stands for a run of blanks, or a hyphen, or nothing. */
static const struct login_words {
	struct span words;
	enum comment_login kind;
	bool needs_sign; /* counts only with ':' or '=' behind it */
} login_words[] = {
#define WORDS(text, kind, needs_sign)                                                              \
	{                                                                                          \
		{(text), sizeof(text) - 1}, kind, needs_sign                                       \
	}
    WORDS("authenticated sender", COMMENT_SENDER, false),
    WORDS("authenticated user name", COMMENT_LOGIN, false),
    WORDS("authenticated user id", COMMENT_LOGIN, false),
    WORDS("authenticated user", COMMENT_LOGIN, false),
    WORDS("authenticated as", COMMENT_LOGIN, false),
    WORDS("authenticated id", COMMENT_LOGIN, false),
    WORDS("authenticated login", COMMENT_LOGIN, false),
    WORDS("authenticated account", COMMENT_LOGIN, false),
    WORDS("authenticated by", COMMENT_LOGIN, true),
    WORDS("authenticated", COMMENT_LOGIN, true),
    WORDS("auth. user", COMMENT_LOGIN, false),
    WORDS("auth user name", COMMENT_LOGIN, false),
    WORDS("auth user", COMMENT_LOGIN, false),
    WORDS("auth sender", COMMENT_LOGIN, true),
    WORDS("auth id", COMMENT_LOGIN, true),
    WORDS("auth info", COMMENT_LOGIN, true),
    WORDS("auth login", COMMENT_LOGIN, true),
    WORDS("auth as", COMMENT_LOGIN, false),
    WORDS("auth", COMMENT_LOGIN, true),
    WORDS("logged in as", COMMENT_LOGIN, false),
    WORDS("logged in user", COMMENT_LOGIN, false),
    WORDS("login name", COMMENT_LOGIN, true),
    WORDS("login", COMMENT_LOGIN, true),
    WORDS("smtp auth user name", COMMENT_LOGIN, false),
    WORDS("smtp auth user", COMMENT_LOGIN, false),
    WORDS("smtp auth id", COMMENT_LOGIN, true),
    WORDS("smtp auth", COMMENT_LOGIN, true),
    WORDS("sasl user name", COMMENT_LOGIN, false),
    WORDS("sasl user", COMMENT_LOGIN, false),
    WORDS("sasl login", COMMENT_LOGIN, true),
    WORDS("sasl sender", COMMENT_LOGIN, true),
    WORDS("sasl", COMMENT_LOGIN, true),
    WORDS("user name", COMMENT_LOGIN, true),
    WORDS("user", COMMENT_LOGIN, true),
#undef WORDS
};

/* The first letters of login_words, and of "account". */
static bool words_may_begin(char c)
{
	c = span_lower(c);
	return c == 'a' || c == 'l' || c == 's' || c == 'u';
}

/* What most comments are: names of servers, of ciphers, of clients, senders of envelopes. */
static bool is_other_comment(struct span comment)
{
	char c = span_lower(comment.p[0]);

	if (!words_may_begin(c) && c != 'h' && c != 'm' && c != 'w')
		return true;
	if (c == 'u' && span_starts_nocase(comment, SPAN("using ")))
		return true;
	return span_find(comment, '[') != SPAN_NPOS &&
	       !span_starts_nocase(comment, SPAN("account"));
}

/* What stands behind the words when s begins with them; false when it does not. */
static bool take_login_words(struct span s, struct span words, struct span *rest_r)
{
	for (size_t i = 0; i < words.n; i++) {
		if (words.p[i] == ' ') {
			while (s.n > 0 && (span_is_blank(s.p[0]) || s.p[0] == '-' || s.p[0] == '_'))
				s = span_from(s, 1);
		} else {
			if (s.n == 0 || span_lower(s.p[0]) != words.p[i])
				return false;
			s = span_from(s, 1);
		}
	}
	*rest_r = s;
	return s.n == 0 || span_is_blank(s.p[0]) || s.p[0] == ':' || s.p[0] == '=';
}

/* Up to the quote or bracket that closes s, which begins with one; else its first word. */
static struct span login_value(struct span s)
{
	char close = s.p[0] == '<' ? '>' : s.p[0];
	struct span value;
	size_t end;

	if (s.p[0] == '"' || s.p[0] == '\'' || s.p[0] == '<') {
		end = span_find(span_from(s, 1), close);
		return end != SPAN_NPOS ? (struct span){s.p + 1, end} : SPAN_EMPTY;
	}
	value = span_word(s);
	value = span_head(value, span_find(value, ','));
	value = span_head(value, span_find(value, ';'));
	while (value.n > 0 && (value.p[value.n - 1] == '.' || value.p[value.n - 1] == ':'))
		value.n--;
	return value;
}

static bool word_is_mechanism(struct span word)
{
	static const struct span mechanisms[] = {{"LOGIN", 5}, {"PLAIN", 5}, {"CRAM-MD5", 8},
	    {"CRAM-SHA1", 9}, {"CRAM-SHA256", 11}, {"DIGEST-MD5", 10}, {"EXTERNAL", 8}, {"NTLM", 4},
	    {"GSSAPI", 6}, {"SCRAM-SHA-1", 11}, {"SCRAM-SHA-256", 13}, {"XOAUTH2", 7},
	    {"OAUTHBEARER", 11}};

	for (size_t i = 0; i < sizeof(mechanisms) / sizeof(mechanisms[0]); i++)
		if (span_eq_nocase(word, mechanisms[i]))
			return true;
	return false;
}

/* Names of Exim's authenticators that tell that they are some: "LOGIN", "dovecot_plain",
 * "authdaemon_login"; a cipher may stand in the same place, "AES256-SHA:256". */
static bool word_is_authenticator(struct span word)
{
	static const struct span parts[] = {{"plain", 5}, {"login", 5}, {"auth", 4}, {"cram", 4},
	    {"digest", 6}, {"scram", 5}, {"dovecot", 7}, {"sasl", 4}, {"ntlm", 4}};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (span_find_text_nocase(word, parts[i]) != SPAN_NPOS)
			return true;
	return false;
}

/* "AUTH: LOGIN X, TLS: …" of Courier has the mechanism in front of the login, "auth info:
 * dovecot_plain:X" of Exim the authenticator. */
static struct span behind_mechanism(struct span s)
{
	struct span word = span_word(s);
	size_t colon = span_find(word, ':');

	if (word_is_mechanism(word))
		return span_skip_blanks(span_from(s, word.n));
	return colon != SPAN_NPOS && word_is_authenticator(span_head(word, colon))
		   ? span_from(s, colon + 1)
		   : s;
}

/* The login behind the words that introduce it. */
static enum comment_login read_words(
    struct span rest, const struct login_words *words, struct span *login_r)
{
	bool has_sign;

	rest = span_skip_blanks(rest);
	has_sign = rest.n > 0 && (rest.p[0] == ':' || rest.p[0] == '=');
	if (has_sign)
		rest = span_skip_blanks(span_from(rest, 1));
	if (rest.n == 0 || (words->needs_sign && !has_sign))
		return COMMENT_NO_LOGIN;
	rest = behind_mechanism(rest);
	/* Postfix writes what SASL has given it, blanks and all. */
	*login_r = words->kind == COMMENT_SENDER && has_sign ? span_trim(rest)
		   : rest.n > 0                              ? login_value(rest)
							     : SPAN_EMPTY;
	if (login_r->n == 0 || login_value_is_fixed(*login_r) ||
	    (words->kind == COMMENT_LOGIN && span_find(*login_r, '=') != SPAN_NPOS))
		return COMMENT_NO_LOGIN;
	return words->kind;
}

/* CommuniGate: "account X HELO y", "account X [192.0.2.1] verified"; of its web client an address
 * alone, "account X". */
static enum comment_login read_account(struct span rest, struct span *login_r)
{
	rest = span_skip_blanks(rest);
	*login_r = span_word(rest);
	rest = span_skip_blanks(span_from(rest, login_r->n));
	if (rest.n == 0)
		return span_find(*login_r, '@') != SPAN_NPOS ? COMMENT_LOGIN : COMMENT_NO_LOGIN;
	return login_r->n > 0 && (span_starts_nocase(rest, SPAN("HELO ")) || rest.p[0] == '[')
		   ? COMMENT_LOGIN
		   : COMMENT_NO_LOGIN;
}

/* Mirapoint: "AUTH X" and nothing else, X being no mechanism. */
static enum comment_login read_auth_alone(struct span rest, struct span *login_r)
{
	*login_r = span_trim(span_from(rest, 5));
	return login_r->n > 0 && span_word(*login_r).n == login_r->n &&
		       span_find(*login_r, '=') == SPAN_NPOS && !login_value_is_fixed(*login_r) &&
		       !word_is_mechanism(*login_r)
		   ? COMMENT_LOGIN
		   : COMMENT_NO_LOGIN;
}

/* Behind these words in a comment stands what the client or the sender said. */
static bool word_ends_trust(struct span word)
{
	static const struct span claims[] = {{"helo", 4}, {"ehlo", 4}, {"lhlo", 4}, {"ident", 5},
	    {"envelope", 8}, {"client", 6}, {"not", 3}, {"from", 4}, {"for", 3}, {"issuer", 6}};

	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
		if (span_starts_nocase(word, claims[i]) &&
		    (word.n == claims[i].n || !span_is_alnum(word.p[claims[i].n])))
			return true;
	return span_find(word, '[') != SPAN_NPOS || span_find(word, '"') != SPAN_NPOS ||
	       span_find(word, '(') != SPAN_NPOS;
}

enum comment_login received_comment_login(struct span comment, struct span *login_r)
{
	struct span rest = span_skip_blanks(comment), behind;

	if (rest.n == 0 || is_other_comment(rest))
		return COMMENT_NO_LOGIN;
	if (take_login_words(rest, SPAN("account"), &behind))
		return read_account(behind, login_r);
	if (span_eq(span_head(rest, 5), SPAN("AUTH ")) &&
	    read_auth_alone(rest, login_r) != COMMENT_NO_LOGIN)
		return COMMENT_LOGIN;
	for (unsigned n = 0; n <= COMMENT_MAX_BEFORE && rest.n > 0; n++) {
		struct span word = span_word(rest);

		for (size_t i = 0;
		     words_may_begin(rest.p[0]) && i < sizeof(login_words) / sizeof(login_words[0]);
		     i++) {
			if (login_words[i].words.p[0] != span_lower(rest.p[0]) ||
			    !take_login_words(rest, login_words[i].words, &behind))
				continue;
			switch (read_words(behind, &login_words[i], login_r)) {
			case COMMENT_NO_LOGIN:
				continue;
			case COMMENT_LOGIN:
				return COMMENT_LOGIN;
			case COMMENT_SENDER:
				return COMMENT_SENDER;
			}
		}
		if (word_ends_trust(word))
			break;
		rest = span_skip_blanks(span_from(rest, word.n));
	}
	return COMMENT_NO_LOGIN;
}

struct span received_comment_authenticator(struct span comment)
{
	const struct span id = SPAN("authid");
	size_t colon = span_find(comment, ':');
	struct span login = span_from(comment, colon + 1);

	if (span_starts_nocase(comment, id) && comment.n > id.n && span_is_blank(comment.p[id.n]))
		login = span_skip_blanks(span_from(comment, id.n));
	else if (colon == SPAN_NPOS || !word_is_authenticator(span_head(comment, colon)))
		return SPAN_EMPTY;
	return span_word(login).n == login.n && span_find(login, ':') == SPAN_NPOS &&
		       span_find(login, '=') == SPAN_NPOS && !login_value_is_fixed(login)
		   ? login
		   : SPAN_EMPTY;
}

/* What ZMailer has behind "[IP]:PORT ", the client's command in quotes; else empty. Exim has
 * "helo=x" there: the quotes in it are the client's. */
static struct span behind_client(struct span comment)
{
	struct span rest = span_from(comment, span_find(comment, ']'));

	rest = span_from(rest, 1);
	if (rest.n > 0 && rest.p[0] == ':')
		rest = span_from(rest, 1 + span_within(span_from(rest, 1), '0', '9'));
	rest = span_skip_blanks(rest);
	return span_starts_nocase(rest, SPAN("\"EHLO")) || span_starts_nocase(rest, SPAN("\"HELO"))
		   ? rest
		   : SPAN_EMPTY;
}

struct span received_comment_smtp_auth(struct span comment)
{
	const struct span mark = SPAN("smtp-auth:");
	struct span rest = behind_client(comment);

	for (size_t at = 0; at < rest.n; at = span_find(rest, '"')) {
		const size_t end = syntax_quoted_end(rest, at);

		if (end == 0)
			break;
		rest = span_skip_blanks(span_from(rest, end));
		if (!span_starts_nocase(rest, mark))
			continue;
		rest = span_skip_blanks(span_from(rest, mark.n));
		/* Two of them: one is the client's. */
		if (rest.n == 0 || rest.p[0] != '"' ||
		    span_find_text_nocase(rest, mark) != SPAN_NPOS)
			return SPAN_EMPTY;
		rest = login_value(rest);
		return login_value_is_fixed(rest) ? SPAN_EMPTY : rest;
	}
	return SPAN_EMPTY;
}

bool received_comment_has_address(struct span comment)
{
	struct span word;
	size_t open = span_find(comment, '[');

	while (open != SPAN_NPOS) {
		struct span inside = span_from(comment, open + 1);

		inside = span_head(inside, span_find(inside, ']'));
		if (span_starts_nocase(inside, SPAN("IPv6:")))
			inside = span_from(inside, 5);
		if (received_is_ip(inside))
			return true;
		comment = span_from(comment, open + 1);
		open = span_find(comment, '[');
	}
	word = span_word(span_skip_blanks(comment));
	return received_is_ip(span_from(word, span_rfind(word, '@') + 1));
}
