#include "group/group_key.h"

#include "mail/php_script.h"

enum group_fold {
	GROUP_FOLD_NOTHING,
	GROUP_FOLD_ALL,
	GROUP_FOLD_HOST,  /* the part before the first '/', if there is one; else nothing */
	GROUP_FOLD_LOGIN, /* the part before the first '/', or all */
};

static const enum group_fold group_folds[COLUMN_KEY_COUNT] = {
    [COLUMN_FROM] = GROUP_FOLD_ALL,
    [COLUMN_TO] = GROUP_FOLD_ALL,
    [COLUMN_REPLY_TO] = GROUP_FOLD_ALL,
    [COLUMN_IP_USERNAME] = GROUP_FOLD_ALL,
    [COLUMN_PHP_SCRIPT] = GROUP_FOLD_HOST,
    [COLUMN_AUTH_SENDER] = GROUP_FOLD_ALL,
    [COLUMN_AUTH_USER] = GROUP_FOLD_ALL,
    [COLUMN_AUTH_EMAIL] = GROUP_FOLD_ALL,
    [COLUMN_IDENTITY] = GROUP_FOLD_LOGIN,
    [COLUMN_DOMAIN] = GROUP_FOLD_ALL,
    [COLUMN_SOURCE_IP] = GROUP_FOLD_ALL,
    [COLUMN_RETURN_PATH] = GROUP_FOLD_ALL,
    [COLUMN_PHP_SCRIPT_IP] = GROUP_FOLD_ALL,
    [COLUMN_VHOST] = GROUP_FOLD_ALL,
    [COLUMN_HOST] = GROUP_FOLD_ALL,
    [COLUMN_SENDER_DOMAIN] = GROUP_FOLD_ALL,
    [COLUMN_LOGIN_IP] = GROUP_FOLD_ALL,
};

struct span group_key_value(const struct record *record, enum column column)
{
	struct span value = record_value(record, column);
	struct span callers;

	if (value.n == 0)
		return value;
	if (column == COLUMN_PHP_SCRIPT)
		php_script_split(value, &value, &callers);
	else if (column == COLUMN_PHP_SCRIPT_IP)
		value = span_trim(span_head(value, span_find(value, ',')));
	return value;
}

void group_key_add_lower(struct buf *out, struct span text)
{
	char *to = buf_reserve(out, text.n);

	if (to == NULL)
		return;
	span_copy_lower(to, text);
	out->n += text.n;
}

void group_key_fold(struct buf *out, enum column column, struct span value)
{
	enum group_fold fold = group_folds[column];
	size_t folded = fold == GROUP_FOLD_NOTHING ? 0 : value.n;

	if (fold == GROUP_FOLD_HOST || fold == GROUP_FOLD_LOGIN) {
		size_t slash = span_find(value, '/');

		if (slash != SPAN_NPOS)
			folded = slash;
		else if (fold == GROUP_FOLD_HOST)
			folded = 0;
	}
	group_key_add_lower(out, span_head(value, folded));
	buf_add(out, span_from(value, folded));
}
