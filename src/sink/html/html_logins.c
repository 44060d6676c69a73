#include "sink/html/html_logins.h"

#include <stdlib.h>
#include <string.h>

struct span html_login_address(const struct html_login *login)
{
	return (struct span){login->text, login->n};
}

/* Moves an address whose count has grown to its place in the order. */
static void html_logins_raise(struct html_logins *logins, unsigned i)
{
	const struct html_login raised = logins->at[i];

	for (; i > 0 && logins->at[i - 1].count < raised.count; i--)
		logins->at[i] = logins->at[i - 1];
	logins->at[i] = raised;
}

/* The place for a new address: a free one, or that of the least frequent address. */
static unsigned html_logins_place(struct html_logins *logins)
{
	struct html_login *last;

	if (logins->count < HTML_MAX_LOGINS) {
		logins->at[logins->count] = (struct html_login){0};
		return logins->count++;
	}
	last = &logins->at[HTML_MAX_LOGINS - 1];
	last->over = last->count;
	return HTML_MAX_LOGINS - 1;
}

int html_logins_add(struct html_logins **logins, struct span address, struct err *err)
{
	struct html_login *login;
	unsigned i;

	if (address.n == 0 || address.n > HTML_LOGIN_MAX)
		return 0;
	if (*logins == NULL && (*logins = calloc(1, sizeof(**logins))) == NULL)
		return err_nomem(err);
	for (i = 0; i < (*logins)->count; i++)
		if (span_eq(html_login_address(&(*logins)->at[i]), address))
			break;
	if (i == (*logins)->count) {
		i = html_logins_place(*logins);
		login = &(*logins)->at[i];
		login->n = (uint8_t)address.n;
		memcpy(login->text, address.p, address.n);
	}
	(*logins)->at[i].count++;
	html_logins_raise(*logins, i);
	return 0;
}
