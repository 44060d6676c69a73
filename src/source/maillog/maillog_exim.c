#include "source/maillog/maillog_exim.h"

#include <string.h>

#include "mail/received.h"
#include "source/maillog/maillog_exim_word.h"
#include "source/maillog/maillog_text.h"

#define ID_OLD 16 /* "1abcde-0001Fx-2N" */
#define ID_NEW 23 /* "1abcde-00000001Fxy-2Nwx", from 4.97 */

static bool is_base62(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!span_is_alnum(p[i]))
			return false;
	return true;
}

/* The length of the message id that the text begins with, or 0. */
static size_t id_length(struct span s)
{
	if (s.n <= ID_OLD || s.p[6] != '-' || !is_base62(s.p, 6))
		return 0;
	if (s.p[13] == '-' && s.p[ID_OLD] == ' ' && is_base62(s.p + 7, 6) && is_base62(s.p + 14, 2))
		return ID_OLD;
	if (s.n > ID_NEW && s.p[18] == '-' && s.p[ID_NEW] == ' ' && is_base62(s.p + 7, 11) &&
	    is_base62(s.p + 19, 4))
		return ID_NEW;
	return 0;
}

/* "=> local <user@example.com> R=…": who it was for is in brackets, when it became another. */
static void delivery_read(struct exim_entry *entry, struct span rest)
{
	struct span word = exim_word_take(&rest);

	entry->address = word;
	entry->is_dry = span_eq(word, SPAN(":blackhole:")) || span_eq(word, SPAN("discarded"));
	while (rest.n > 0) { /* what it became may have any number of parents in parentheses */
		word = exim_word_take(&rest);
		if (word.n > 2 && word.p[0] == '<' && word.p[word.n - 1] == '>') {
			entry->address = (struct span){word.p + 1, word.n - 2};
			return;
		}
		if (word.p[0] != '(')
			return;
	}
}

static void flag_read(struct exim_entry *entry, struct span rest)
{
	static const struct {
		char flag[3];
		enum exim_kind kind;
	} flags[] = {{"<=", EXIM_ARRIVAL}, {"=>", EXIM_DELIVERED}, {"->", EXIM_DELIVERED},
	    {"==", EXIM_DEFERRED}, {"**", EXIM_FAILED}, {">>", EXIM_DELIVERED},
	    {"(=", EXIM_ARRIVAL}, {"*>", EXIM_DELIVERED}};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		if (memcmp(rest.p, flags[i].flag, 2) != 0 || rest.p[2] != ' ')
			continue;
		entry->kind = flags[i].kind;
		entry->is_fake_reject = rest.p[0] == '(';
		entry->rest = span_from(rest, 3);
		if (entry->kind != EXIM_ARRIVAL)
			delivery_read(entry, entry->rest);
		if (rest.p[0] == '*' && rest.p[1] == '>')
			entry->is_dry = true;
		if (entry->rest.n == 0)
			entry->kind = EXIM_ODD;
		return;
	}
}

/* "SMTP connection identification H=… A=… P=… M=… U=user …" and "Sender identification U=user D=…"
 * of cPanel. A forwarder (B=redirect_resolver) did not write the message; the sender's address,
 * which is the sender's word, stands behind U=. */
static void account_read(struct exim_entry *entry, struct span rest, enum exim_kind kind)
{
	struct span word, by = rest;

	while (by.n > 0) {
		word = exim_word_take(&by);
		if (span_eq(word, SPAN("B=redirect_resolver")))
			return;
	}
	for (int i = 0; i < 8 && rest.n > 0; i++) {
		word = exim_word_take(&rest);
		if (text_starts(word, SPAN("S=")))
			return;
		if (text_starts(word, SPAN("A=")) && received_is_ip(span_from(word, 2)))
			entry->ip = span_from(word, 2);
		if (text_starts(word, SPAN("P=")))
			entry->port = span_from(word, 2);
		if (!text_starts(word, SPAN("U=")))
			continue;
		entry->user = span_from(word, 2);
		entry->kind = kind;
		return;
	}
}

/* "H=(helo) [ip] F=<s> rejected after DATA: text", of a client or, with U= or neither, of a program
 * of the host. */
static bool is_rejected(struct span rest)
{
	static const struct span stages[] = {{" rejected after DATA", 20},
	    {" rejected during MIME ACL checks", 32}, {" rejected by non-SMTP ACL", 25},
	    {" rejected by local_scan", 23}, {" rejected DKIM", 14}};

	if (!text_starts(rest, SPAN("H=")) && !text_starts(rest, SPAN("U=")) &&
	    !text_starts(rest, SPAN("F=<")))
		return false;
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		if (span_find_text(rest, stages[i]) != SPAN_NPOS)
			return true;
	return false;
}

static bool is_connection(struct span *text)
{
	return text_skip(text, SPAN("SMTP connection identification "));
}

static void id_read(struct exim_entry *entry, struct span rest)
{
	if (rest.n >= 3 && strchr("<=-*>(", rest.p[0]) != NULL) {
		flag_read(entry, rest);
		return;
	}
	if (span_eq(span_trim(rest), SPAN("Completed")) ||
	    text_starts(rest, SPAN("Completed QT="))) {
		entry->kind = EXIM_COMPLETED;
	} else if (is_rejected(rest)) {
		entry->kind = EXIM_REJECTED;
		entry->rest = rest;
	} else if (text_starts(rest, SPAN("DKIM: d=")) && rest.p[rest.n - 1] != ']') {
		entry->kind = EXIM_SIGNATURE_CUT;
	} else if (is_connection(&rest)) {
		account_read(entry, rest, EXIM_ACCOUNT);
	} else if (text_skip(&rest, SPAN("Sender identification "))) {
		account_read(entry, rest, EXIM_SENDER);
	}
}

/* The number that stands at the end of what is in front of " args: ". */
static bool count_before(struct span s, size_t args, unsigned *count_r, size_t *start_r)
{
	size_t at = args;
	uint64_t number;

	while (at > 0 && span_is_digit(s.p[at - 1]))
		at--;
	if (at == 0 || at == args || args - at > 5 || s.p[at - 1] != ' ')
		return false;
	span_number((struct span){s.p + at, args - at}, &number);
	*count_r = (unsigned)number;
	*start_r = at - 1;
	return true;
}

static unsigned count_words(struct span s)
{
	unsigned count = 0;

	for (; s.n > 0; count++)
		exim_word_take(&s);
	return count;
}

/* True when the words behind it, read with their quotes, are as many as the number says, and all
 * quotes are closed: else an argument began in front of it. */
static bool args_fit(struct span text, size_t at, unsigned count, unsigned *tries)
{
	struct span args = span_from(text, at);
	unsigned quotes = 0;

	if (*tries == 0)
		return false;
	--*tries;
	for (size_t i = 0; i < args.n; i++)
		quotes += args.p[i] == '"';
	return quotes % 2 == 0 && count_words(args) == count;
}

/*
 * From the right, the first place whose number is that of the arguments. An argument may have a
 * quote that nothing closes, and then there seem to be fewer: else it is the first with enough
 * words behind it.
 */
bool exim_args_read(struct span text, struct span *folder_r, struct span *args_r)
{
	static const struct span mark = {" args: ", 7};
	unsigned words = 0, count, tries = EXIM_MAX_TRIES;
	size_t start, end = SPAN_NPOS, args = 0;

	for (size_t at, right = text.n; (at = span_rfind(span_head(text, right), ' ')) != SPAN_NPOS;
	     right = at) {
		words += right > at + 1;
		if (!text_starts(span_from(text, at), mark) ||
		    !count_before(text, at, &count, &start) || words < count + 1)
			continue;
		if (args_fit(text, at + mark.n, count, &tries)) {
			end = start;
			args = at + mark.n;
			break;
		}
		if (end == SPAN_NPOS && count > 0) {
			end = start;
			args = at + mark.n;
		}
	}
	if (end == SPAN_NPOS)
		return false;
	*folder_r = span_head(text, end);
	*args_r = span_from(text, args);
	return true;
}

bool exim_args_submit(struct span args)
{
	static const struct span others[] = {{"-M", 2}, {"-q", 2}, {"-R", 2}, {"-S", 2}, {"-E", 2},
	    {"-d", 2}, {"-bp", 3}, {"-bd", 3}, {"-bV", 3}, {"-bt", 3}, {"-bP", 3}, {"-bv", 3},
	    {"-bh", 3}, {"-bF", 3}, {"-bf", 3}, {"-br", 3}, {"-bi", 3}, {"-bw", 3}, {"-be", 3},
	    {"-bI", 3}};

	exim_word_take(&args); /* the program */
	while (args.n > 0) {
		struct span word = exim_word_take(&args);

		if (word.n < 2 || word.p[0] != '-')
			continue;
		for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
			if (word.p[1] == others[i].p[1] && text_starts(word, others[i]))
				return false;
	}
	return true;
}

/* Another address that may be the client: what a client calls itself stands in front of it, and may
 * hold one if Exim takes any name (helo_accept_junk_hosts). The login that was tried is the last.
 */
static bool has_other_peer(struct span rest, struct span ip)
{
	static const struct span mark = {"(set_id=", 8};
	size_t login = 0, next;

	while ((next = span_find_text(span_from(rest, login), mark)) != SPAN_NPOS)
		login += next + mark.n;
	if (login > 0)
		rest = span_head(rest, login - mark.n);
	while (rest.n > 0) {
		struct span word = span_head(rest, span_find(rest, ' ')), other;

		rest = span_from(rest, word.n + 1);
		if (word.n == 0 || word.p[word.n - 1] != ':')
			continue;
		word.n--;
		other = exim_peer_of(word);
		if (other.n > 0 && !span_eq(other, ip))
			return true;
	}
	return false;
}

/* Where the last "): " begins, or SPAN_NPOS. */
static size_t find_last_end(struct span s)
{
	size_t at = s.n;

	while ((at = span_rfind(span_head(s, at), ')')) != SPAN_NPOS)
		if (text_starts(span_from(s, at), SPAN("): ")))
			return at;
	return SPAN_NPOS;
}

/* "NAME authenticator failed for H=… [ip]:port: 535 … (set_id=NAME)": the name is what was tried,
 * and may hold anything. */
static void login_failed_read(struct exim_entry *entry, struct span text, size_t mark)
{
	struct span rest = span_from(text, mark + sizeof(" authenticator failed for ") - 1), word,
		    ip;
	size_t at;

	while (rest.n > 0) { /* what the client calls itself may have a quote */
		word = span_head(rest, span_find(rest, ' '));
		rest = span_from(rest, word.n + 1);
		if (word.n > 0 && word.p[word.n - 1] == ':')
			word.n--;
		ip = exim_peer_of(word);
		if (ip.n != 0) {
			entry->ip = ip;
			break;
		}
	}
	if (entry->ip.n == 0)
		return;
	entry->kind = EXIM_LOGIN_FAILED;
	if (has_other_peer(rest, entry->ip))
		entry->ip = SPAN_EMPTY;
	at = span_find_text(rest, SPAN("(set_id="));
	if (at == SPAN_NPOS)
		return;
	entry->login = span_from(rest, at + sizeof("(set_id=") - 1);
	/* "435 Unable to authenticate at present (set_id=NAME): why" */
	at = text_starts(rest, SPAN("435 ")) ? find_last_end(entry->login) : SPAN_NPOS;
	if (at != SPAN_NPOS)
		entry->login.n = at;
	else if (entry->login.n > 0 && entry->login.p[entry->login.n - 1] == ')')
		entry->login.n--;
}

/* "H=(helo) [ip]:port F=<s> A=name:login rejected RCPT <r>: text", also "temporarily rejected". */
static void refused_read(struct exim_entry *entry, struct span text)
{
	static const struct span recipient = {" rejected RCPT <", 16};
	size_t at = span_find_text(text, recipient);
	struct span rest;

	if (at == SPAN_NPOS) {
		if (span_find_text(text, SPAN(" rejected MAIL ")) == SPAN_NPOS)
			return;
	} else {
		rest = span_from(text, at + recipient.n);
		at = span_find(rest, '>');
		entry->address = at != SPAN_NPOS ? span_head(rest, at) : SPAN_EMPTY;
	}
	entry->kind = EXIM_REFUSED;
	entry->rest = text;
}

void exim_entry_read(struct span text, struct exim_entry *entry_r)
{
	static const struct span failed = {" authenticator failed for ", 26};
	struct exim_entry entry = {.kind = EXIM_OTHER};
	struct span args;
	size_t n = id_length(text), at;

	if (n > 0) {
		entry.id = span_head(text, n);
		id_read(&entry, span_from(text, n + 1));
	} else if (text_starts(text, SPAN("H="))) {
		refused_read(&entry, text);
	} else if (is_connection(&text)) {
		account_read(&entry, text, EXIM_CONNECTION);
	} else if (text_starts(text, SPAN("cwd="))) {
		entry.kind = EXIM_FOLDER_CUT;
		if (exim_args_read(span_from(text, 4), &entry.folder, &args))
			entry.kind = exim_args_submit(args) ? EXIM_FOLDER : EXIM_OTHER;
	} else {
		/* The name of an authenticator is one word. */
		at = span_find(text, ' ');
		if (at != SPAN_NPOS && text_starts(span_from(text, at), failed))
			login_failed_read(&entry, text, at);
	}
	*entry_r = entry;
}
