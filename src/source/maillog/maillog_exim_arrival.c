/* The lines that say who a message came from: its arrival, and its refusal. */
#include <string.h>

#include "source/maillog/maillog_exim.h"
#include "source/maillog/maillog_exim_word.h"
#include "source/maillog/maillog_text.h"

/* In their order; each once. */
enum field {
	FIELD_R,
	FIELD_H,
	FIELD_I,
	FIELD_U,
	FIELD_P,
	FIELD_X,
	FIELD_CV,
	FIELD_DN,
	FIELD_SNI,
	FIELD_A,
	FIELD_PRX,
	FIELD_S,
	FIELD_M8S,
	FIELD_RT,
	FIELD_Q,
	FIELD_ID,
	FIELD_T,
	FIELD_NONE, /* a mark such as K or PRDR, or a field of a later version */
	FIELD_LOOSE,
};

struct field_key {
	struct span key;
	enum field field;
};

static const struct field_key field_keys[] = {
    {{"H=", 2}, FIELD_H},
    {{"P=", 2}, FIELD_P},
    {{"S=", 2}, FIELD_S},
    {{"id=", 3}, FIELD_ID},
    {{"A=", 2}, FIELD_A},
    {{"U=", 2}, FIELD_U},
    {{"X=", 2}, FIELD_X},
    {{"T=", 2}, FIELD_T},
    {{"CV=", 3}, FIELD_CV},
    {{"R=", 2}, FIELD_R},
    {{"I=", 2}, FIELD_I},
    {{"id*=", 4}, FIELD_ID},
    {{"DN=", 3}, FIELD_DN},
    {{"SNI=", 4}, FIELD_SNI},
    {{"PRX=", 4}, FIELD_PRX},
    {{"M8S=", 4}, FIELD_M8S},
    {{"RT=", 3}, FIELD_RT},
    {{"Q=", 2}, FIELD_Q},
};

/* Of a word of two characters or more, whether it may have a key: "H=", "id=", "id*=", "SNI=". */
static bool field_begins(const char *word)
{
	return word[1] == '=' || (word[0] == 'i' && word[1] == 'd') ||
	       (word[0] >= 'A' && word[0] <= 'Z' && word[1] >= '8' && word[1] <= 'V');
}

/* "L.-": behind the key of a mark, at most two of these. */
static bool is_mark_end(struct span rest)
{
	if (rest.n > 2)
		return false;
	for (size_t i = 0; i < rest.n; i++)
		if (rest.p[i] != '*' && rest.p[i] != '.' && rest.p[i] != '-')
			return false;
	return true;
}

static enum field field_of(struct span word, struct span *value_r)
{
	size_t n = 0;

	for (size_t i = 0;
	     word.n > 1 && field_begins(word.p) && i < sizeof(field_keys) / sizeof(field_keys[0]);
	     i++) {
		const struct field_key *key = &field_keys[i];

		if (word.p[0] == key->key.p[0] && word.p[1] == key->key.p[1] &&
		    text_starts(word, key->key)) {
			*value_r = span_from(word, key->key.n);
			return key->field;
		}
	}
	/* "K", "PRDR", "L*", "L.-", "DKIM=example.com", "SPF=pass", "TFO*" */
	while (n < word.n && n < 8 &&
	       ((word.p[n] >= 'A' && word.p[n] <= 'Z') || span_is_digit(word.p[n])))
		n++;
	if (n > 0 && ((n < word.n && word.p[n] == '=') || is_mark_end(span_from(word, n))))
		return FIELD_NONE;
	if (text_starts(word, SPAN("Ci=")))
		return FIELD_NONE;
	return FIELD_LOOSE;
}

/* What a walk from one place found. */
struct walk {
	struct exim_arrival *arrival;
	enum field last;  /* the highest so far */
	struct span wide; /* where the value of U= began, which may have blanks */
	bool loose;
	bool has_raw;       /* text of the client's that Exim puts in quotes as it is */
	bool has_peer;      /* H= */
	bool is_head_clean; /* S= came, and all in front of it is what belongs there */
	struct span behind; /* S= */
};

/* Behind H=: "name (helo) [ip]:port", each of them perhaps missing. */
static void peer_read(struct walk *walk, struct span value, struct span *rest)
{
	struct exim_arrival *arrival = walk->arrival;
	struct span word = value, ignored;

	/* Not more words than can be there. */
	for (int i = 0; i < 3; i++) {
		if (word.n > 1 && word.p[0] == '(' && word.p[word.n - 1] == ')') {
			arrival->helo = (struct span){word.p + 1, word.n - 2};
		} else if (word.n > 0 && word.p[0] == '[') {
			arrival->ip = exim_peer_of(word);
			arrival->port = span_from(word, arrival->ip.n + sizeof("[]:") - 1);
			walk->loose = walk->loose || arrival->ip.n == 0;
			return;
		} else if (i > 0) {
			walk->loose = true;
			return;
		}
		if (rest->n == 0)
			return;
		if (rest->p[0] != '(' && rest->p[0] != '[' &&
		    field_of(span_head(*rest, exim_word_length(*rest)), &ignored) != FIELD_LOOSE)
			return;
		word = exim_word_take(rest);
	}
}

/* Takes the sender off that the client named (AUTH= of MAIL), which Exim puts behind the login with
 * +smtp_mailauth, and which may be anything. One of the two is an address: else the colon may be
 * the login's own. */
static struct span login_alone(struct span login)
{
	size_t colon = span_find(login, ':');

	return colon != SPAN_NPOS && span_find(login, '@') != SPAN_NPOS ? span_head(login, colon)
									: login;
}

/* Behind A=: "name", "name:login" or "name:login:sender". */
static void login_set(struct exim_arrival *arrival, struct span value)
{
	size_t colon = span_find(value, ':');
	struct span login = colon != SPAN_NPOS ? span_from(value, colon + 1) : SPAN_EMPTY;

	arrival->is_authenticated = true;
	arrival->login = login_alone(login);
	arrival->is_torn = arrival->login.n < login.n;
}

static struct span unquoted(struct span s)
{
	if (s.n > 1 && s.p[0] == '"' && s.p[s.n - 1] == '"')
		return (struct span){s.p + 1, s.n - 2};
	return s;
}

/* The recipients, to the end: each is an address. */
static void recipients_read(struct walk *walk, struct span rest)
{
	struct span list = rest, one;

	walk->arrival->recipients = rest;
	walk->arrival->has_recipients = true;
	while (exim_recipient_next(&list, &one)) {
		if (span_eq(one, SPAN("<trunc>")))
			walk->arrival->is_cut = true;
		else if (span_find(one, '@') == SPAN_NPOS && list.n > 0)
			walk->loose = true;
	}
}

static void field_set(struct walk *walk, enum field field, struct span value, struct span *rest)
{
	struct exim_arrival *arrival = walk->arrival;

	switch (field) {
	case FIELD_R:
		arrival->bounce_of = value;
		break;
	case FIELD_H:
		walk->has_peer = true;
		peer_read(walk, value, rest);
		break;
	case FIELD_U:
		arrival->user = value;
		walk->wide = value;
		break;
	case FIELD_P:
		arrival->protocol = value;
		break;
	case FIELD_A:
		login_set(arrival, value);
		walk->loose = walk->loose || span_find(value, '"') != SPAN_NPOS;
		break;
	case FIELD_S:
		walk->loose =
		    walk->loose || value.n == 0 || span_within(value, '0', '9') != value.n;
		walk->is_head_clean = !walk->loose;
		walk->behind = *rest;
		break;
	case FIELD_ID:
		arrival->message_id = value;
		break;
	case FIELD_T:
		arrival->subject = unquoted(value);
		arrival->has_subject = true;
		walk->loose = walk->loose || (arrival->subject.n == value.n && value.n > 0);
		break;
	default:
		break;
	}
}

/* Behind the fields come "from SENDER" and "for RECIPIENTS". True when the word was one of these.
 */
static bool tail_read(struct walk *walk, struct span word, struct span *rest)
{
	if (walk->last < FIELD_S)
		return false;
	if (span_eq(word, SPAN("from"))) {
		exim_word_take(rest);
		return true;
	}
	if (!span_eq(word, SPAN("for")))
		return false;
	recipients_read(walk, *rest);
	*rest = SPAN_EMPTY;
	return true;
}

/* A word without a key goes on with U=, which may have blanks. */
static void loose_read(struct walk *walk, struct span word)
{
	struct exim_arrival *arrival = walk->arrival;

	if (walk->last == FIELD_U && arrival->user.p == walk->wide.p)
		arrival->user.n = (size_t)(word.p + word.n - arrival->user.p);
	else
		walk->loose = true;
}

/* What Exim puts in quotes; of the subject alone it escapes those within. */
static size_t quoted_key(struct span rest)
{
	static const struct span subject = {"T=\"", 3}, name = {"DN=\"", 4}, server = {"SNI=\"", 5};

	return text_starts(rest, subject)  ? subject.n - 1
	       : text_starts(rest, name)   ? name.n - 1
	       : text_starts(rest, server) ? server.n - 1
					   : 0;
}

/* To the first quote that is not escaped. False: a blank or the end must follow, and does not. */
static bool quoted_length(struct span s, size_t *n_r)
{
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '\\') {
			i++;
		} else if (s.p[i] == '"') {
			*n_r = i + 1;
			return i + 1 == s.n || s.p[i + 1] == ' ';
		}
	}
	return false;
}

/* The next word. A quote says something only where Exim writes one: what a client called itself, or
 * its server, or the id of a message, may have one that nothing closes. */
static struct span field_take(struct walk *walk, struct span *rest)
{
	static const struct span id = {"id=", 3}, own = {"id*=", 4};
	size_t key = text_starts(*rest, id) ? id.n : text_starts(*rest, own) ? own.n : 0, n;
	struct span word;

	if (key > 0 && rest->n > key && rest->p[key] == '"')
		return exim_word_take(rest);
	key = quoted_key(*rest);
	walk->has_raw = walk->has_raw || (key > 0 && rest->p[0] != 'T');
	if (key > 0 && quoted_length(span_from(*rest, key), &n)) {
		n += key;
	} else {
		walk->loose = walk->loose || key > 0;
		n = span_find(*rest, ' ');
	}
	word = span_head(*rest, n);
	*rest = span_from(*rest, word.n);
	while (rest->n > 0 && rest->p[0] == ' ')
		*rest = span_from(*rest, 1);
	return word;
}

static void walk_fields(struct walk *walk, struct span rest)
{
	bool begun = false;

	while (rest.n > 0) {
		struct span word = field_take(walk, &rest), value = SPAN_EMPTY;
		enum field field = field_of(word, &value);

		/* The end of what a client wrote, which Exim closes behind it. */
		if (walk->has_raw && walk->behind.p == NULL && field != FIELD_DN &&
		    field != FIELD_SNI && span_find(word, '"') != SPAN_NPOS)
			walk->loose = true;

		if (field == FIELD_NONE || (field == FIELD_LOOSE && tail_read(walk, word, &rest)))
			continue;
		if (field == FIELD_LOOSE) {
			loose_read(walk, word);
		} else if (begun && field <= walk->last) {
			walk->loose = true;
		} else {
			begun = true;
			walk->last = field;
			field_set(walk, field, value, &rest);
		}
	}
}

/* Where S= and its digits stand, whatever quotes there are; how often. */
static unsigned sizes_find(struct span rest, size_t *at_r)
{
	unsigned count = 0;

	for (size_t at = 0; at < rest.n;) {
		size_t next = span_find_text(span_from(rest, at), SPAN(" S="));
		size_t digits;

		if (next == SPAN_NPOS)
			break;
		at += next + 3;
		digits = span_within(span_from(rest, at), '0', '9');
		if (digits == 0 || (at + digits < rest.n && rest.p[at + digits] != ' '))
			continue;
		*at_r = at - 3;
		count++;
	}
	return count;
}

/* The text up to the only S=; behind it nothing decides who it was. False: there are several. */
static bool head_of(struct span rest, struct span *head_r)
{
	struct span at = rest, word, value;
	unsigned count = 0;
	size_t end = 0;

	while (at.n > 0) {
		word = exim_word_take(&at);
		if (field_of(word, &value) == FIELD_S && value.n > 0 &&
		    span_within(value, '0', '9') == value.n) {
			*head_r = span_head(rest, (size_t)(word.p - rest.p));
			count++;
		}
	}
	if (count == 0) { /* a quote without another hides it */
		count = sizes_find(rest, &end);
		*head_r = span_head(rest, end);
	}
	return count == 1;
}

/*
 * True when what is in front of S= was written by Exim, whatever is behind. A client may have
 * called itself so that it looks like that, with an S= of its own; then the true one follows, and
 * in front of that the true peer, if there is any.
 */
static bool head_is_sure(const struct walk *walk, struct span rest)
{
	struct span word, at = walk->behind;
	size_t end;

	if (!walk->is_head_clean)
		return false;
	if (!walk->has_peer || sizes_find(rest, &end) == 1)
		return true;
	while (walk->arrival->ip.n > 0 && at.n > 0) {
		word = span_head(at, span_find(at, ' '));
		if (exim_peer_of(word).n > 0)
			return false;
		at = span_from(at, word.n + 1);
	}
	return walk->arrival->ip.n > 0;
}

/* To the next blank, whatever quotes there are. */
static struct span plain_word_take(struct span *rest)
{
	struct span word = span_head(*rest, span_find(*rest, ' '));

	*rest = span_from(*rest, word.n + 1);
	return word;
}

/* The last peer in it, and what follows. */
static bool last_peer(struct span head, struct span *ip_r, struct span *behind_r)
{
	struct span word, ip;
	bool found = false;

	while (head.n > 0) {
		word = plain_word_take(&head);
		ip = exim_peer_of(word);
		if (ip.n == 0)
			continue;
		*ip_r = ip;
		*behind_r = head;
		found = true;
	}
	return found;
}

/* The value of A= with its blanks, to the end of the head. */
static bool login_find(struct span head, struct span *value_r)
{
	struct span at = head, word, value;

	while (at.n > 0) {
		word = plain_word_take(&at);
		if (field_of(word, &value) != FIELD_A)
			continue;
		*value_r = span_trim((struct span){value.p, (size_t)(head.p + head.n - value.p)});
		return true;
	}
	return false;
}

/*
 * Who it was, of a line that can be read in more than one way. The peer is the last address before
 * S=, since what a client said of itself stands in front of it. A login behind it counts when there
 * is none in front, or the same.
 */
static void suspicious_read(struct exim_arrival *arrival, struct span rest)
{
	struct exim_arrival again = {0};
	struct span head, ip, behind = SPAN_EMPTY, login;
	bool has_first;

	if (!head_of(rest, &head)) {
		arrival->ip = arrival->login = arrival->user = SPAN_EMPTY;
		return;
	}
	has_first = login_find(head, &login);
	if (!last_peer(head, &ip, &behind) || ip.p == arrival->ip.p) {
		if (has_first)
			login_set(arrival, login);
		return;
	}
	arrival->ip = ip;
	arrival->user = SPAN_EMPTY;
	if (login_find(behind, &login))
		login_set(&again, login);
	if (has_first &&
	    (again.login.n != arrival->login.n || !span_eq(again.login, arrival->login)))
		arrival->login = SPAN_EMPTY;
	else
		arrival->login = again.login;
	arrival->is_authenticated = again.is_authenticated;
}

/* "esmtps" of a client without a login; with one it ends with "a", unless it said HELO again. */
static bool protocol_has_no_login(struct span protocol)
{
	static const struct span ends[] = {{"smtp", 4}, {"smtps", 5}};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (protocol.n >= ends[i].n &&
		    span_eq(span_from(protocol, protocol.n - ends[i].n), ends[i]))
			return true;
	return false;
}

static unsigned logins_count(struct span rest)
{
	static const struct span mark = {" A=", 3};
	unsigned count = 0;
	size_t at;

	while ((at = span_find_text(rest, mark)) != SPAN_NPOS) {
		rest = span_from(rest, at + mark.n);
		count++;
	}
	return count;
}

static bool protocols_have_no_login(struct span rest)
{
	static const struct span mark = {" P=", 3};
	bool has_none = false;
	size_t at;

	while (!has_none && (at = span_find_text(rest, mark)) != SPAN_NPOS) {
		rest = span_from(rest, at + mark.n);
		has_none = protocol_has_no_login(span_head(rest, span_find(rest, ' ')));
	}
	return has_none;
}

/* A login that a client may have written, as the name in its certificate or its server's. */
static bool login_is_doubtful(const struct walk *walk, struct span rest)
{
	return walk->arrival->is_authenticated && walk->loose && walk->has_raw &&
	       (protocols_have_no_login(rest) || logins_count(rest) != 1);
}

bool exim_arrival_read(struct span rest, struct exim_arrival *arrival_r)
{
	struct exim_arrival arrival = {0};
	struct walk walk = {.arrival = &arrival};

	arrival.is_cut = rest.n >= EXIM_NEAR_MAX;
	arrival.sender = exim_word_take(&rest);
	if (arrival.sender.n == 0)
		return false;
	if (span_eq(arrival.sender, SPAN("<>"))) {
		arrival.is_null_sender = true;
		arrival.sender = SPAN_EMPTY;
	}
	walk_fields(&walk, rest);
	walk.loose = walk.loose || (walk.has_raw && walk.behind.p == NULL);
	arrival.is_suspicious = walk.loose;
	arrival.is_sure = !walk.loose || head_is_sure(&walk, rest);
	if (!arrival.is_sure)
		suspicious_read(&arrival, rest);
	arrival.is_torn = arrival.is_torn && walk.behind.p == NULL && !arrival.is_cut;
	if (login_is_doubtful(&walk, rest)) {
		arrival.is_suspicious = true;
		arrival.is_authenticated = false;
		arrival.login = SPAN_EMPTY;
	}
	*arrival_r = arrival;
	return true;
}

/* Behind "F=<" up to the ">" that is not in quotes; *rest is what follows. */
static bool rejected_sender(struct span *rest, struct span *sender_r)
{
	struct span word = span_head(*rest, exim_word_length(*rest));

	if (word.n < 4 || word.p[word.n - 1] != '>')
		return false;
	*sender_r = (struct span){word.p + 3, word.n - 4};
	*rest = span_from(*rest, word.n);
	return true;
}

bool exim_rejected_read(struct span rest, struct exim_rejected *rejected_r)
{
	static const struct span from = {" F=<", 4}, end = {" rejected ", 10},
				 later = {" temporarily", 12};
	struct exim_rejected rejected = {0};
	struct exim_arrival arrival = {0};
	struct walk walk = {.arrival = &arrival};
	size_t at = text_starts(rest, SPAN("F=<")) ? 0 : span_find_text(rest, from);
	struct span behind = SPAN_EMPTY, value;

	if (at != SPAN_NPOS)
		behind = span_from(rest, at + (at > 0));
	*rejected_r = rejected;
	if (!rejected_sender(&behind, &rejected.sender)) {
		rejected_r->is_suspicious = at != SPAN_NPOS;
		return false;
	}
	walk_fields(&walk, span_head(rest, at));
	rejected.helo = arrival.helo;
	rejected.ip = arrival.ip;
	if (!walk.has_peer)
		rejected.user = arrival.user;
	at = span_find_text(behind, end);
	if (walk.loose || at == SPAN_NPOS || span_find_text(behind, from) != SPAN_NPOS) {
		rejected_r->is_suspicious = true;
		return false;
	}
	behind = span_head(behind, at);
	if (behind.n >= later.n && text_starts(span_from(behind, behind.n - later.n), later))
		behind.n -= later.n;
	if (login_find(behind, &value)) {
		login_set(&arrival, value);
		rejected.login = arrival.login;
		rejected.is_suspicious = span_find(arrival.login, ' ') != SPAN_NPOS;
	}
	*rejected_r = rejected;
	return true;
}
