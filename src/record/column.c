#include "record/column.h"

#include "base/buf.h"
#include "text/suggest.h"

const struct column_info record_columns[COLUMN_KEY_COUNT] = {
    [COLUMN_NUMBER] = {"#", "number", KIND_NUMBER},
    [COLUMN_FROM] = {"From", "from", KIND_TEXT},
    [COLUMN_TO] = {"To", "to", KIND_TEXT},
    [COLUMN_REPLY_TO] = {"Reply-To", "reply_to", KIND_TEXT},
    [COLUMN_QMAIL_UID] = {"Qmail UID", "qmail_uid", KIND_TEXT},
    [COLUMN_INVOKED_FOR] = {"Invoked for", "invoked_for", KIND_TEXT},
    [COLUMN_IP_USERNAME] = {"IP/Username", "ip_username", KIND_TEXT},
    [COLUMN_EVIDENCE] = {"Evidence", "evidence", KIND_TEXT},
    [COLUMN_PHP_SCRIPT] = {"PHP script", "php_script", KIND_TEXT},
    [COLUMN_AUTH_SENDER] = {"Auth.sender", "auth_sender", KIND_TEXT},
    [COLUMN_AUTH_USER] = {"Auth-User", "auth_user", KIND_TEXT},
    [COLUMN_AUTH_EMAIL] = {"Auth-Email", "auth_email", KIND_TEXT},
    [COLUMN_DATE] = {"Date", "date", KIND_TIME},
    [COLUMN_FOLDER] = {"Folder", "folder", KIND_TEXT},
    [COLUMN_UID] = {"UID", "uid", KIND_NUMBER},
    [COLUMN_IDENTITY] = {"Identity", "identity", KIND_TEXT},
    [COLUMN_DOMAIN] = {"Domain", "domain", KIND_TEXT},
    [COLUMN_CLASS] = {"Class", "class", KIND_TEXT},
    [COLUMN_SOURCE_IP] = {"Source IP", "source_ip", KIND_TEXT},
    [COLUMN_SUBJECT] = {"Subject", "subject", KIND_TEXT},
    [COLUMN_MESSAGE_ID] = {"Message-ID", "message_id", KIND_TEXT},
    [COLUMN_RETURN_PATH] = {"Return-Path", "return_path", KIND_TEXT},
    [COLUMN_X_SOURCE] = {"X-Source", "x_source", KIND_TEXT},
    [COLUMN_X_SOURCE_ARGS] = {"X-Source-Args", "x_source_args", KIND_TEXT},
    [COLUMN_X_SOURCE_DIR] = {"X-Source-Dir", "x_source_dir", KIND_TEXT},
    [COLUMN_PHP_SCRIPT_IP] = {"PHP script IP", "php_script_ip", KIND_TEXT},
    [COLUMN_VHOST] = {"Vhost", "vhost", KIND_TEXT},
    [COLUMN_HOST] = {"Host", "host", KIND_TEXT},
    [COLUMN_NOTES] = {"Notes", "notes", KIND_TEXT},
    [COLUMN_SENDER_DOMAIN] = {"Sender domain", "sender_domain", KIND_TEXT},
    [COLUMN_IDENTITY_KIND] = {"Identity kind", "identity_kind", KIND_TEXT},
    [COLUMN_LOGIN_IP] = {"Login IP", "login_ip", KIND_TEXT},
    [COLUMN_FEEDBACK_TYPE] = {"Feedback type", "feedback_type", KIND_TEXT},
    [COLUMN_REPORTER] = {"Reporter", "reporter", KIND_TEXT},
    [COLUMN_ENVELOPE_ID] = {"Envelope ID", "envelope_id", KIND_TEXT},
    [COLUMN_QUEUE_ID] = {"Queue ID", "queue_id", KIND_TEXT},
    [COLUMN_DAY] = {"Day", "day", KIND_TIME},
    [COLUMN_HOUR] = {"Hour", "hour", KIND_TIME},
    [COLUMN_WEEK] = {"Week", "week", KIND_TIME},
};

static void column_list_first(struct column_list *list, unsigned count)
{
	list->count = count;
	for (unsigned i = 0; i < count; i++)
		list->column[i] = (enum column)i;
}

bool column_list_has(const struct column_list *list, enum column column)
{
	for (unsigned i = 0; i < list->count; i++)
		if (list->column[i] == column)
			return true;
	return false;
}

bool column_list_has_time(const struct column_list *list)
{
	for (unsigned i = 0; i < list->count; i++)
		if (column_is_time(list->column[i]))
			return true;
	return false;
}

static int column_err(struct err *err, const char *what, struct span name)
{
	struct span shown = span_head(name, ERR_TEXT_MAX / 4);

	return err_set(err, ERR_USAGE, "%s '%.*s'", what, (int)shown.n, shown.p);
}

/* Names the column that is like it, or else all that there are, which are the first `count`. */
static int column_err_unknown(struct err *err, struct span name, unsigned count)
{
	struct span shown = span_head(name, ERR_TEXT_MAX / 4);
	struct suggest suggest;
	struct buf titles;

	suggest_init(&suggest, name);
	buf_init(&titles, 0);
	for (size_t i = 0; i < count; i++) {
		suggest_offer(&suggest, span_of(record_columns[i].title));
		buf_printf(&titles, "%s%s", i > 0 ? ", " : "", record_columns[i].title);
	}
	if (suggest.best.n > 0) {
		column_err(err, "no such column:", name);
		suggest_add(&suggest, "", err);
	} else {
		err_set(err, ERR_USAGE, "no such column: '%.*s'; the columns are: %s", (int)shown.n,
		    shown.p, buf_string(&titles));
	}
	if (titles.failed != 0)
		err_nomem(err);
	buf_fini(&titles);
	return -1;
}

/* As the header row has it, or JSON. */
static bool column_is_called(enum column column, struct span name)
{
	return span_eq_nocase(name, span_of(record_columns[column].title)) ||
	       span_eq_nocase(name, span_of(record_columns[column].json_key));
}

static int column_list_add(
    struct column_list *list, struct span title, unsigned count, struct err *err)
{
	for (unsigned i = 0; i < count; i++) {
		if (!column_is_called((enum column)i, title))
			continue;
		if (column_list_has(list, (enum column)i))
			return column_err(err, "column named twice:", title);
		list->column[list->count++] = (enum column)i;
		return 0;
	}
	return column_err_unknown(err, title, count);
}

/* Titles of the first `count` columns, separated by commas. */
static int column_list_parse_titles(
    struct span rest, unsigned count, struct column_list *list_r, struct err *err)
{
	struct column_list list = {0};
	size_t comma;

	do {
		comma = span_find(rest, ',');
		if (column_list_add(&list, span_trim(span_head(rest, comma)), count, err) != 0)
			return -1;
		rest = comma != SPAN_NPOS ? span_from(rest, comma + 1) : SPAN_EMPTY;
	} while (comma != SPAN_NPOS);
	*list_r = list;
	return 0;
}

int column_list_parse(const char *text, struct column_list *list_r, struct err *err)
{
	struct span rest = span_trim(span_of(text));

	if (span_eq_nocase(rest, SPAN("default"))) {
		column_list_first(list_r, COLUMN_DEFAULT_COUNT);
		return 0;
	}
	if (span_eq_nocase(rest, SPAN("all"))) {
		column_list_first(list_r, COLUMN_COUNT);
		return 0;
	}
	return column_list_parse_titles(rest, COLUMN_COUNT, list_r, err);
}

int column_list_parse_key(
    const char *text, unsigned max, struct column_list *list_r, struct err *err)
{
	struct column_list list;

	if (column_list_parse_titles(span_trim(span_of(text)), COLUMN_KEY_COUNT, &list, err) != 0)
		return -1;
	if (column_list_has(&list, COLUMN_NUMBER))
		return err_set(err, ERR_USAGE, "every message has a '%s' of its own",
		    record_columns[COLUMN_NUMBER].title);
	if (list.count > max)
		return err_set(err, ERR_USAGE, "at most %u columns", max);
	*list_r = list;
	return 0;
}
