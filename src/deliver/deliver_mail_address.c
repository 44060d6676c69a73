/* Which addresses a letter may have. */
#include "deliver/deliver_mail.h"
#include "deliver/deliver_mail_text.h"

/* Bytes of a local part, of a label of a domain (RFC 5321, 4.5.3.1.1; RFC 1035, 2.3.4). */
#define DELIVER_MAX_LOCAL 64
#define DELIVER_MAX_LABEL 63

/* Of atext (RFC 5322, 3.2.3): they mean nothing to a shell, nor in the aliases of sendmail. */
#define DELIVER_LOCAL_MARKS "!#%&'*+-/=?^_{}~"

/* Atoms with single dots between them. */
static bool deliver_is_local(struct span local)
{
	char before = '.';

	if (local.n == 0 || local.n > DELIVER_MAX_LOCAL || local.p[0] == '-' || local.p[0] == '/')
		return false;
	for (size_t i = 0; i < local.n; i++) {
		char c = local.p[i];

		if (c == '.' ? before == '.'
			     : !span_is_alnum(c) && (c == '\0' || !strchr(DELIVER_LOCAL_MARKS, c)))
			return false;
		before = c;
	}
	return before != '.';
}

static bool deliver_is_label(struct span label)
{
	if (label.n == 0 || label.n > DELIVER_MAX_LABEL || label.p[0] == '-' ||
	    label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!span_is_alnum(label.p[i]) && label.p[i] != '-')
			return false;
	return true;
}

bool deliver_mail_is_domain(struct span domain)
{
	size_t dot;

	while ((dot = span_find(domain, '.')) != SPAN_NPOS) {
		if (!deliver_is_label(span_head(domain, dot)))
			return false;
		domain = span_from(domain, dot + 1);
	}
	return deliver_is_label(domain);
}

bool deliver_mail_is_address(struct span s)
{
	size_t at = span_rfind(s, '@');

	if (s.n > DELIVER_MAIL_MAX_ADDRESS)
		return false;
	if (at == SPAN_NPOS)
		return deliver_is_local(s);
	return deliver_is_local(span_head(s, at)) && deliver_mail_is_domain(span_from(s, at + 1));
}
