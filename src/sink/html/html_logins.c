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

/* Makes room for another address, up to HTML_MAX_LOGINS. */
static int html_logins_reach(struct html_logins **logins, struct err *err)
{
	uint16_t count = *logins != NULL ? (*logins)->count : 0;
	struct html_logins *grown;

	if (count == HTML_MAX_LOGINS || (*logins != NULL && count < (*logins)->size))
		return 0;
	grown =
	    realloc(*logins, sizeof(*grown) + (count > 0 ? 2 * count : 1) * sizeof(grown->at[0]));
	if (grown == NULL)
		return err_nomem(err);
	grown->count = count;
	grown->size = count > 0 ? 2 * count : 1;
	*logins = grown;
	return 0;
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

static unsigned html_logins_find(const struct html_logins *logins, struct span address)
{
	unsigned i = 0;

	while (i < logins->count && !span_eq(html_login_address(&logins->at[i]), address))
		i++;
	return i;
}

int html_logins_add(struct html_logins **logins, struct span address, struct err *err)
{
	struct html_login *login;
	unsigned i;

	if (address.n == 0 || address.n > HTML_LOGIN_MAX)
		return 0;
	i = *logins != NULL ? html_logins_find(*logins, address) : 0;
	if (*logins == NULL || i == (*logins)->count) {
		if (html_logins_reach(logins, err) != 0)
			return -1;
		i = html_logins_place(*logins);
		login = &(*logins)->at[i];
		login->n = (uint8_t)address.n;
		memcpy(login->text, address.p, address.n);
	}
	(*logins)->at[i].count++;
	html_logins_raise(*logins, i);
	return 0;
}
