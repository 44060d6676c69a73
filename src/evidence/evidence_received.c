#include "evidence/evidence_received.h"

#include "evidence/received_comment.h"
#include "mail/address.h"
#include "mail/received.h"
#include "mail/syntax.h"

/* take_words() of what is not written exactly so. */
static bool take_other_words(struct span *s, const char *words)
{
	struct span rest = *s;

	for (; *words != '\0'; words++) {
		if (*words == ' ') {
			if (rest.n == 0 || !span_is_blank(rest.p[0]))
				return false;
			rest = span_skip_blanks(rest);
		} else {
			if (rest.n == 0 ||
			    (rest.p[0] != *words && span_lower(rest.p[0]) != span_lower(*words)))
				return false;
			rest = span_from(rest, 1);
		}
	}
	*s = rest;
	return true;
}

/* Takes the words off the front of *s, without case; a blank stands for any run of blanks, a fold
 * included. */
static inline bool take_words(struct span *s, const char *words)
{
	size_t n = strlen(words);

	if (s->n < n || memcmp(s->p, words, n) != 0)
		return take_other_words(s, words);
	*s = span_from(*s, n);
	if (words[n - 1] == ' ')
		*s = span_skip_blanks(*s);
	return true;
}

static void found(struct evidence_received *received, enum received_fact fact, struct span value)
{
	value = span_trim(value);
	/* The first of a line counts: what a client says of itself comes behind it. */
	if (value.n == 0 || (received->found & 1u << fact) != 0)
		return;
	received->found |= 1u << fact;
	received->fact[fact] = value;
}

static void found_number(struct evidence_received *received, enum received_fact fact, struct span s)
{
	uint64_t number;
	size_t n = span_number(s, &number);

	if (n > 0 && n == span_trim(s).n && number <= UINT32_MAX)
		found(received, fact, span_head(s, n));
}

/* sendmail: (from X@localhost) by host; of others X@host, or X alone. */
static void read_sendmail(
    struct span content, struct span behind, struct evidence_received *received)
{
	struct span word = span_word(content);
	size_t at = span_rfind(word, '@');
	struct span host = span_from(word, at + 1);

	if (word.n != span_trim(content).n)
		return;
	if (at != SPAN_NPOS && !span_starts_nocase(host, SPAN("localhost")) &&
	    !(take_words(&behind, " by ") && span_eq_nocase(span_word(behind), host)))
		return;
	found(received, RECEIVED_SENDMAIL, span_head(word, at));
}

/* qmail-queue's own four modes, and "by VF by uid N" of a patched one. */
static void read_invoked(
    struct span content, struct span behind, struct evidence_received *received)
{
	static const struct {
		const char *words;
		struct span mode;
	} modes[] = {
	    {"by alias", {"alias", 5}},
	    {"from network", {"network", 7}},
	    {"for bounce", {"bounce", 6}},
	};
	struct span rest = content, uid;

	(void)behind;
	while (rest.n > 0 && !take_words(&rest, "invoked "))
		rest = span_skip_blanks(span_from(rest, span_word(rest).n));
	uid = rest;
	take_words(&uid, "by VF ");
	if (take_words(&uid, "by uid "))
		found_number(received, RECEIVED_QMAIL_UID, uid);
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		struct span mode = rest;

		if (take_words(&mode, modes[i].words) && (mode.n == 0 || !span_is_alnum(mode.p[0])))
			found(received, RECEIVED_QMAIL_MODE, modes[i].mode);
	}
}

typedef void comment_reader(
    struct span content, struct span behind, struct evidence_received *received);

/* Comments that begin the field, and are all that some servers write in front of the date. */
static const struct {
	const char *words;
	comment_reader *read;
} leading_forms[] = {
    {"from ", read_sendmail},
    {"qmail ", read_invoked},
    {"qmail+freegate ", read_invoked},
    {"nullmailer ", read_invoked},
    {"Haraka ", read_invoked},
};

static bool read_leading(
    struct span comment, struct span behind, struct evidence_received *received)
{
	for (size_t i = 0; i < sizeof(leading_forms) / sizeof(leading_forms[0]); i++) {
		struct span rest = comment;

		if (take_words(&rest, leading_forms[i].words)) {
			leading_forms[i].read(rest, behind, received);
			return true;
		}
	}
	return false;
}

/* Postfix: (MAIL_NAME, from userid N), where mail_name(5) is mostly "Postfix". */
static bool read_mail_name(struct span content, struct evidence_received *received)
{
	size_t comma = span_rfind(content, ',');
	struct span rest = span_from(content, comma);

	if (comma == SPAN_NPOS || !take_words(&rest, ", from userid "))
		return false;
	found_number(received, RECEIVED_USERID, rest);
	return true;
}

/* ident answers that are cookies, not users: ?AL1b20iTMIHw…? */
static bool login_is_cookie(struct span user)
{
	return user.n > 0 && user.p[0] == '?' && user.p[user.n - 1] == '?';
}

/* sendmail writes its version, 8.X.Y/8.X.Y, behind its host, and what ident answered in front of
 * it. */
static bool line_is_by_sendmail(struct span behind)
{
	return span_find_text(behind, SPAN(" (8.")) != SPAN_NPOS;
}

/* A login stands first in its comment and has no blanks in it: few comments have an '@' there. */
static bool login_may_begin(struct span content)
{
	size_t at = span_find(content, '@');

	return at != SPAN_NPOS && span_word(span_head(content, at)).n == at;
}

/*
 * qmail-smtpd writes ([USER@]IP) behind the HELO, with the IP address in brackets in some versions,
 * " with login" behind it in one, and only the login in another. Without a HELO it may be what an
 * ident server said of a client, which is nobody's login.
 */
static void read_login(
    struct span content, bool behind_helo, struct span behind, struct evidence_received *received)
{
	size_t at = span_rfind(content, '@');
	struct span user = span_head(content, at);
	struct span rest = span_from(content, at + 1);
	struct span ip = span_word(rest);

	if (!behind_helo &&
	    (span_starts_nocase(content, SPAN("IDENT:")) || line_is_by_sendmail(behind)))
		return;
	rest = span_skip_blanks(span_from(rest, ip.n));
	if (rest.n > 0 && !take_words(&rest, "with "))
		return;
	if (ip.n > 2 && ip.p[0] == '[' && ip.p[ip.n - 1] == ']')
		ip = (struct span){ip.p + 1, ip.n - 2};
	if (span_starts_nocase(ip, SPAN("IPv6:")))
		ip = span_from(ip, 5);
	if (span_word(user).n != user.n || login_is_cookie(user))
		return;
	if (received_is_ip(ip))
		found(received, RECEIVED_QMAIL_LOGIN, user);
	else if (behind_helo && address_is(content))
		found(received, RECEIVED_QMAIL_LOGIN, content);
}

/* The protocols of a message that came from a local process (Exim), the filter's own mail not among
 * them. */
static bool protocol_is_local(struct span protocol)
{
	return span_eq(protocol, SPAN("local")) || span_eq(protocol, SPAN("local-bsmtp")) ||
	       span_eq(protocol, SPAN("local-smtp")) || span_eq(protocol, SPAN("local-esmtp"));
}

/* The line, taken apart so far as local users need it: "from WORD (comments) by HOST with WORD". */
struct local_line {
	struct span user;
	struct span first_comment; /* behind the user */
	struct span by;
	struct span rest; /* behind the host */
};

/* False when the line has another form. Only comments may stand between the user and "by". */
static bool local_line_read(struct span body, struct local_line *line_r)
{
	*line_r = (struct local_line){0};
	if (!take_words(&body, "from "))
		return false;
	line_r->user = span_word(body);
	body = span_skip_blanks(span_from(body, line_r->user.n));
	while (body.n > 0 && body.p[0] == '(') {
		size_t end = span_find(body, ')');

		/* A process has no address. Most comments are told by the first part. */
		if (end == SPAN_NPOS || span_find(span_head(body, end), '[') != SPAN_NPOS)
			return false;
		end = syntax_comment_end(body, 0);
		if (end == 0 || span_find((struct span){body.p, end}, '[') != SPAN_NPOS)
			return false;
		if (line_r->first_comment.n == 0)
			line_r->first_comment = (struct span){body.p + 1, end - 2};
		body = span_skip_blanks(span_from(body, end));
	}
	if (take_words(&body, "id ")) /* DragonFly's agent has it in front of the host */
		body = span_skip_blanks(span_from(body, span_word(body).n));
	if (!take_words(&body, "by "))
		return false;
	line_r->by = span_word(body);
	line_r->rest = span_skip_blanks(span_from(body, line_r->by.n));
	return true;
}

/* A login is not an address: what a client said stands in the same place of other lines. */
static bool is_local_user(struct span user)
{
	return user.n > 0 && user.p[0] != '[' && span_find(user, '@') == SPAN_NPOS &&
	       !received_is_ip(user);
}

static void read_local(struct span body, struct evidence_received *received)
{
	struct local_line line;
	struct span uid, rest;

	if (!local_line_read(body, &line) || !is_local_user(line.user))
		return;
	rest = line.rest;
	if (take_words(&rest, "with ")) {
		if (protocol_is_local(span_word(rest)))
			found(received, RECEIVED_EXIM_LOCAL, line.user);
		return;
	}
	uid = line.first_comment;
	if (!take_words(&rest, "(DragonFly Mail Agent ") || !take_words(&uid, "uid "))
		return;
	found_number(received, RECEIVED_DMA_UID, uid);
	if (!span_eq_nocase(line.user, SPAN("MAILER-DAEMON")))
		found(received, RECEIVED_DMA_USER, line.user);
}

/* Courier's sendmail, where only a local process gets "with local", names it in a comment. */
static void read_courier_uid(
    const struct received_comments *comments, struct evidence_received *received)
{
	for (unsigned i = 0; i < comments->count; i++) {
		struct span rest = comments->comment[i];

		if (take_words(&rest, "uid "))
			found_number(received, RECEIVED_COURIER_UID, rest);
	}
}

/* IMP of old: from 192.0.2.1 ( [192.0.2.1]) as user X@localhost by host with HTTP */
static void read_http_user(
    struct span body, const struct received_comments *comments, struct evidence_received *received)
{
	struct span last = comments->comment[0], user;

	body = span_from(body, (size_t)(last.p - body.p) + last.n + 1);
	if (!take_words(&body, " as user "))
		return;
	user = span_word(body);
	body = span_skip_blanks(span_from(body, user.n));
	if (!take_words(&body, "by "))
		return;
	body = span_skip_blanks(span_from(body, span_word(body).n));
	if (take_words(&body, "with HTTP"))
		found(received, RECEIVED_HTTP_USER, user);
}

/* Behind "(OpenSMTPD)" only that server writes. */
static void read_opensmtpd(struct span rest, struct evidence_received *received)
{
	size_t at = span_find_text(rest, SPAN("auth=yes user="));
	struct span user;

	if (at == SPAN_NPOS || at == 0 || !span_is_blank(rest.p[at - 1]))
		return;
	user = span_word(span_from(rest, at + sizeof("auth=yes user=") - 1));
	found(received, RECEIVED_OPENSMTPD, span_head(user, span_find(user, ';')));
}

/* What was found in the comments of a line so far. */
struct login_state {
	bool behind_helo; /* the one before said what the client called itself */
	struct span login, sender;
};

/* True when "by HOST" stands in it. */
static bool has_by(struct span text)
{
	size_t at;

	if (take_words(&text, "by "))
		return true;
	while ((at = span_find_text(text, SPAN("by"))) != SPAN_NPOS) {
		bool begins = at > 0 && span_is_blank(text.p[at - 1]);

		text = span_from(text, at + 2);
		if (begins && text.n > 0 && span_is_blank(text.p[0]))
			return true;
	}
	return false;
}

static bool is_behind_by(struct span body, struct span comment)
{
	return has_by(span_head(body, (size_t)(comment.p - body.p)));
}

/* True of the client's address: the server's "by" is behind it, even where what the client called
 * itself has another. */
static bool is_of_client(struct span body, struct span comment)
{
	return received_comment_has_address(comment) &&
	       (!is_behind_by(body, comment) ||
		   has_by(span_from(body, (size_t)(comment.p - body.p) + comment.n)));
}

/* Runbox: "by host with esmtpsa [Authenticated ID (N)]". */
static bool is_authenticated_id(struct span body, struct span comment)
{
	struct span before = span_head(body, (size_t)(comment.p - body.p) - 1);
	size_t end = (size_t)(comment.p - body.p) + comment.n + 1;

	return end < body.n && body.p[end] == ']' &&
	       (span_ends_nocase(before, SPAN("[Authenticated ID ")) ||
		   span_ends_nocase(before, SPAN("[Authenticated alias "))) &&
	       is_behind_by(body, comment);
}

static void read_comment(struct span body, const struct received_comments *comments, unsigned i,
    struct login_state *state, struct evidence_received *received)
{
	struct span comment = span_head(comments->comment[i], RECEIVED_COMMENT_MAX);
	unsigned marks = comments->marks[i];
	struct span login;

	/* The client's own name stands in front of its address, and may look like a comment. */
	if ((state->login.n > 0 || state->sender.n > 0) && is_of_client(body, comment))
		state->login = state->sender = SPAN_EMPTY;
	switch ((marks & COMMENT_HAS_LOGIN) != 0 ? received_comment_login(comment, &login)
						 : COMMENT_NO_LOGIN) {
	case COMMENT_LOGIN:
		if (state->login.n == 0)
			state->login = login;
		break;
	case COMMENT_SENDER:
		if (state->sender.n == 0)
			state->sender = login;
		break;
	case COMMENT_NO_LOGIN:
		if (state->login.n == 0 && comment.n > 0 && comment.p[0] == '[')
			state->login = received_comment_smtp_auth(comment);
		else if (state->login.n == 0 && is_authenticated_id(body, comment))
			state->login = comment;
		if ((marks & COMMENT_HAS_COMMA) != 0 && read_mail_name(comment, received))
			break;
		if ((marks & COMMENT_HAS_AT) != 0 && login_may_begin(comment))
			read_login(comment, state->behind_helo,
			    (struct span){comment.p + comment.n,
				(size_t)(body.p + body.n - comment.p) - comment.n},
			    received);
		break;
	}
	state->behind_helo = span_starts_nocase(comment, SPAN("HELO "));
}

/* How many comments are read by a form that begins the field; IndiMail has words in front of it. */
static unsigned read_first(
    const struct received_comments *comments, struct span body, struct evidence_received *received)
{
	struct span comment = span_head(comments->comment[0], RECEIVED_COMMENT_MAX);
	struct span behind =
	    span_from(body, (size_t)(comment.p - body.p) + comments->comment[0].n + 1);

	if (comments->comment[0].p == body.p + 1)
		return read_leading(comment, behind, received) ? 1 : 0;
	read_invoked(comment, behind, received);
	return 1;
}

/* "esmtpa", "esmtpsa", "utf8smtpsa" (RFC 3848, RFC 6531), and "asmtp" of Exim 3 and IceWarp. */
static bool protocol_is_login(struct span protocol)
{
	char last = protocol.n > 0 ? span_lower(protocol.p[protocol.n - 1]) : '\0';

	if (last != 'a' && last != 'p')
		return false;
	return span_ends_nocase(protocol, SPAN("smtpa")) ||
	       span_ends_nocase(protocol, SPAN("smtpsa")) ||
	       span_eq_nocase(protocol, SPAN("asmtp"));
}

/* Exim: "by host with esmtpsa (LOGIN:X)". */
static void read_authenticator(
    struct span body, const struct received_comments *comments, struct evidence_received *received)
{
	size_t end = (size_t)(comments->protocol.p - body.p) + comments->protocol.n;
	struct span rest = span_skip_blanks(span_from(body, end));

	if (rest.n == 0 || rest.p[0] != '(')
		return;
	for (unsigned i = 0; i < comments->count; i++) {
		struct span comment = comments->comment[i];

		if (comment.p != rest.p + 1)
			continue;
		comment = received_comment_authenticator(span_head(comment, RECEIVED_COMMENT_MAX));
		if (comment.n > 0 && is_behind_by(body, comment))
			found(received, RECEIVED_LOGIN, comment);
	}
}

static void scan_body(struct span body, struct evidence_received *received_r)
{
	struct received_comments comments;
	struct login_state state = {0};
	struct span rest = span_skip_blanks(body);
	unsigned first = 0;

	received_r->found = 0;
	received_comments_find(rest, &comments);
	received_r->is_login = protocol_is_login(comments.protocol);
	/* Most lines are of SMTP, which no local process speaks. */
	if (comments.protocol.n == 0 || comments.has_other)
		read_local(rest, received_r);
	if (comments.count == 1)
		read_http_user(rest, &comments, received_r);
	if (comments.count > 0 && (comments.comment[0].p == rest.p + 1 ||
				      span_starts_nocase(rest, SPAN("indimail-mta queue "))))
		first = read_first(&comments, rest, received_r);
	for (unsigned i = first; i < comments.count; i++) {
		struct span comment = span_head(comments.comment[i], RECEIVED_COMMENT_MAX);

		if (span_eq_nocase(comment, SPAN("OpenSMTPD")))
			read_opensmtpd((struct span){comment.p + comment.n + 1,
					   (size_t)(rest.p + rest.n - comment.p) - comment.n - 1},
			    received_r);
		else
			read_comment(rest, &comments, i, &state, received_r);
	}
	if (span_eq(comments.protocol, SPAN("local")))
		read_courier_uid(&comments, received_r);
	if (state.login.n > 0)
		found(received_r, RECEIVED_LOGIN, state.login);
	if (received_r->is_login)
		read_authenticator(rest, &comments, received_r);
	if (state.sender.n > 0)
		found(received_r, RECEIVED_SENDER, state.sender);
}

/* True behind "<", and behind "for ". */
static bool address_may_begin(struct span before)
{
	struct span word = before;

	if (before.n > 0 && before.p[before.n - 1] == '<')
		return true;
	while (word.n > 0 && span_is_blank(word.p[word.n - 1]))
		word.n--;
	return word.n < before.n && span_ends_nocase(word, SPAN("for"));
}

/*
 * Where an address with a quoted local part begins (RFC 5321, 4.1.2), or the length. Who sends may
 * write what he likes into it, parentheses too: "for "(Authenticated sender: x)"@example.org",
 * "(envelope-from <"a) (Authenticated sender: x) (b"@example.org>)". The quotes of a HELO are not
 * closed in front of an '@'.
 */
static size_t quoted_address(struct span body)
{
	size_t at = span_find(body, '"'), end, next;

	while (at != SPAN_NPOS) {
		if (address_may_begin(span_head(body, at))) {
			end = syntax_quoted_end(body, at);
			if (end > 0 && end < body.n && body.p[end] == '@')
				return at;
		}
		next = span_find(span_from(body, at + 1), '"');
		at = next != SPAN_NPOS ? at + 1 + next : SPAN_NPOS;
	}
	return body.n;
}

void evidence_received_scan(struct span body, struct evidence_received *received_r)
{
	size_t quoted;

	body = span_head(body, RECEIVED_BODY_MAX);
	scan_body(body, received_r);
	if (received_r->found == 0 && !received_r->is_login)
		return;
	quoted = quoted_address(body);
	if (quoted < body.n)
		scan_body(span_head(body, quoted), received_r);
}
