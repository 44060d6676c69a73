#include "evidence/evidence_received.h"

#include "mail/address.h"
#include "mail/received.h"

static struct span skip_blanks(struct span s)
{
	while (s.n > 0 && span_is_blank(s.p[0]))
		s = span_from(s, 1);
	return s;
}

/* The bytes up to the first blank. */
static struct span first_word(struct span s)
{
	size_t n = 0;

	while (n < s.n && !span_is_blank(s.p[n]))
		n++;
	return span_head(s, n);
}

/* Takes the words off the front of *s, without case; a blank stands for any run of blanks, a fold
 * included. */
static bool take_words(struct span *s, const char *words)
{
	struct span rest = *s;

	for (; *words != '\0'; words++) {
		if (*words == ' ') {
			if (rest.n == 0 || !span_is_blank(rest.p[0]))
				return false;
			rest = skip_blanks(rest);
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

/*
 * The readers of a comment: content is what stands between the words of the form and the closing
 * parenthesis.
 */
typedef void comment_reader(struct span content, struct evidence_received *received);

static void read_sender(struct span content, struct evidence_received *received)
{
	found(received, RECEIVED_SENDER, content);
}

static void read_courier(struct span content, struct evidence_received *received)
{
	struct span login = skip_blanks(span_from(content, first_word(content).n));

	found(received, RECEIVED_COURIER, span_head(login, span_find(login, ',')));
}

/* "verified" or a HELO behind the name tells an account from other talk of accounts. */
static void read_communigate(struct span content, struct evidence_received *received)
{
	struct span account = first_word(content);
	struct span rest = skip_blanks(span_from(content, account.n));

	if (take_words(&rest, "HELO ") || (rest.n > 0 && rest.p[0] == '['))
		found(received, RECEIVED_COMMUNIGATE, account);
}

static void read_openwave(struct span content, struct evidence_received *received)
{
	found(received, RECEIVED_OPENWAVE, content);
}

static void read_squirrel(struct span content, struct evidence_received *received)
{
	found(received, RECEIVED_SQUIRREL, content);
}

static void read_qpsmtpd(struct span content, struct evidence_received *received)
{
	found(received, RECEIVED_QPSMTPD, span_head(content, span_find(content, ',')));
}

static void read_sendmail(struct span content, struct evidence_received *received)
{
	struct span word = first_word(content);
	size_t at = span_rfind(word, '@');

	if (word.n == span_trim(content).n && at != SPAN_NPOS &&
	    span_eq_nocase(span_from(word, at), SPAN("@localhost")))
		found(received, RECEIVED_SENDMAIL, span_head(word, at));
}

/* qmail-queue's own four modes, and "by VF by uid N" of a patched one. */
static void read_invoked(struct span content, struct evidence_received *received)
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

	while (rest.n > 0 && !take_words(&rest, "invoked "))
		rest = skip_blanks(span_from(rest, first_word(rest).n));
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

static const struct comment_form {
	const char *words;
	comment_reader *read;
	bool leads; /* counts only as the first thing of the field */
} comment_forms[] = {
    {"Authenticated sender:", read_sender, false},
    {"AUTH: ", read_courier, false},
    {"account ", read_communigate, false},
    {"authenticated as ", read_openwave, false},
    {"SquirrelMail authenticated user ", read_squirrel, false},
    {"smtp-auth username ", read_qpsmtpd, false},
    {"from ", read_sendmail, true},
    {"qmail ", read_invoked, true},
    {"qmail+freegate ", read_invoked, true},
    {"nullmailer ", read_invoked, true},
    {"Haraka ", read_invoked, true},
};

/* Up to the parenthesis that closes the comment which s is inside of; empty when none does. */
static struct span comment_content(struct span s)
{
	unsigned depth = 1;

	for (size_t i = 0; i < s.n && i < RECEIVED_COMMENT_MAX; i++) {
		if (s.p[i] == '(')
			depth++;
		else if (s.p[i] == ')' && --depth == 0)
			return span_head(s, i);
	}
	return SPAN_EMPTY;
}

/* The first letters of comment_forms: most comments go no further. */
static bool form_may_begin(struct span inside)
{
	char c = inside.n > 0 ? span_lower(inside.p[0]) : '\0';

	return c == 'a' || c == 'p' || c == 's' || c == 'h' || c == 'n' || c == 'f' || c == 'q';
}

static bool comment_read(struct span inside, bool leads, struct evidence_received *received)
{
	if (!form_may_begin(inside))
		return false;
	for (size_t i = 0; i < sizeof(comment_forms) / sizeof(comment_forms[0]); i++) {
		const struct comment_form *form = &comment_forms[i];
		struct span rest = inside;

		if ((leads || !form->leads) && take_words(&rest, form->words)) {
			form->read(comment_content(rest), received);
			return true;
		}
	}
	return false;
}

/* Postfix: (MAIL_NAME, from userid N), where mail_name(5) is mostly "Postfix". */
static bool read_mail_name(struct span content, struct evidence_received *received)
{
	size_t comma = span_rfind(content, ',');
	struct span rest = span_from(content, comma != SPAN_NPOS ? comma : content.n);

	if (!take_words(&rest, ", from userid "))
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

	return at != SPAN_NPOS && first_word(span_head(content, at)).n == at;
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
	struct span ip = first_word(rest);

	if (!behind_helo &&
	    (span_starts_nocase(content, SPAN("IDENT:")) || line_is_by_sendmail(behind)))
		return;
	rest = skip_blanks(span_from(rest, ip.n));
	if (rest.n > 0 && !(take_words(&rest, "with login") && rest.n == 0))
		return;
	if (ip.n > 2 && ip.p[0] == '[' && ip.p[ip.n - 1] == ']')
		ip = (struct span){ip.p + 1, ip.n - 2};
	if (first_word(user).n != user.n || login_is_cookie(user))
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

static void read_exim_local(struct span body, struct evidence_received *received)
{
	struct span user;

	if (!take_words(&body, "from "))
		return;
	user = first_word(body);
	body = span_from(body, user.n);
	if (take_words(&body, " (helo=")) /* what the local client said in its HELO */
		body = span_from(body, span_find(body, ')') + 1);
	if (!take_words(&body, " by "))
		return;
	body = span_from(body, first_word(body).n);
	if (take_words(&body, " with ") && protocol_is_local(first_word(body)))
		found(received, RECEIVED_EXIM_LOCAL, user);
}

static void read_opensmtpd(struct span rest, struct evidence_received *received)
{
	size_t at = span_find_text(rest, SPAN("auth=yes user="));
	struct span user;

	if (at == SPAN_NPOS || !span_is_blank(rest.p[at - 1]))
		return;
	user = first_word(span_from(rest, at + sizeof("auth=yes user=") - 1));
	found(received, RECEIVED_OPENSMTPD, span_head(user, span_find(user, ';')));
}

void evidence_received_scan(struct span body, struct evidence_received *received_r)
{
	struct span rest = skip_blanks(span_head(body, RECEIVED_BODY_MAX));
	bool leads = true, behind_helo = false;
	size_t open;

	received_r->found = 0;
	read_exim_local(rest, received_r);
	while ((open = span_find(rest, '(')) != SPAN_NPOS) {
		struct span content;

		leads = leads && open == 0;
		rest = span_from(rest, open + 1);
		content = span_head(span_head(rest, RECEIVED_COMMENT_MAX), span_find(rest, ')'));
		if (span_starts_nocase(rest, SPAN("OpenSMTPD)")))
			read_opensmtpd(rest, received_r);
		else if (!comment_read(rest, leads, received_r) &&
			 !read_mail_name(content, received_r) && login_may_begin(content))
			read_login(content, behind_helo, span_from(rest, content.n), received_r);
		behind_helo = span_starts_nocase(content, SPAN("HELO "));
		leads = false;
	}
}
