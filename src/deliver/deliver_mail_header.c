/* The header of a letter. */
#include <stdlib.h>
#include <unistd.h>

#include "deliver/deliver_mail_mime.h"
#include "deliver/deliver_mail_text.h"

#define DELIVER_MAX_HOST 255

static void deliver_add_from(struct buf *out, const struct deliver_letter *letter)
{
	if (letter->from != NULL)
		buf_add_text(out, letter->from);
}

static void deliver_add_to(struct buf *out, const struct deliver_letter *letter)
{
	for (unsigned i = 0; i < letter->to_count; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", letter->to[i]);
}

static void deliver_add_subject(struct buf *out, const struct deliver_letter *letter)
{
	struct buf line;

	buf_init(&line, 0);
	deliver_mail_add_line(&line, letter->subject, DELIVER_MAIL_MAX_SUBJECT);
	deliver_mail_add_words(out, buf_span(&line));
	buf_fail(out, line.failed);
	buf_fini(&line);
}

static void deliver_add_message_id(struct buf *out, const struct deliver_letter *letter)
{
	char host[DELIVER_MAX_HOST + 1] = "";
	bool known =
	    gethostname(host, DELIVER_MAX_HOST) == 0 && deliver_mail_is_domain(span_of(host));

	buf_add_char(out, '<');
	buf_add(out, letter->id);
	buf_printf(out, "@%s>", known ? host : "localhost");
}

/* RFC 3834, 5: so that no absence notice answers it. */
static void deliver_add_auto_submitted(struct buf *out, const struct deliver_letter *letter)
{
	(void)letter;
	buf_add_text(out, "auto-generated");
}

/* They follow Date, in this order; a field without a value is left out. */
static const struct {
	const char *name;
	void (*add)(struct buf *out, const struct deliver_letter *letter);
} deliver_fields[] = {
    {"From", deliver_add_from},
    {"To", deliver_add_to},
    {"Subject", deliver_add_subject},
    {"Message-ID", deliver_add_message_id},
    {"Auto-Submitted", deliver_add_auto_submitted},
};

/* Adds a copy of the value, or nothing. */
static int deliver_add_field(struct mailimf_fields *fields, const struct mailimf_field *value)
{
	struct mailimf_field *field = malloc(sizeof(*field));

	if (field != NULL) {
		*field = *value;
		if (mailimf_fields_add(fields, field) == MAILIMF_NO_ERROR)
			return 0;
	}
	free(field);
	return -1;
}

/* libetpan folds the value at its blanks. */
static int deliver_add_text(struct mailimf_fields *fields, const char *name, struct buf *value)
{
	struct mailimf_field field = {.fld_type = MAILIMF_FIELD_OPTIONAL_FIELD};
	struct mailimf_optional_field *text = NULL;
	char *owned_name = strdup(name);
	char *owned_value = strdup(buf_string(value));

	if (owned_name != NULL && owned_value != NULL && value->failed == 0)
		text = mailimf_optional_field_new(owned_name, owned_value);
	if (text == NULL) {
		free(owned_name);
		free(owned_value);
		return -1;
	}
	field.fld_data.fld_optional_field = text;
	if (deliver_add_field(fields, &field) == 0)
		return 0;
	mailimf_optional_field_free(text);
	return -1;
}

/* The local time. mailimf_get_date() is not used, since it writes offsets of half hours wrongly. */
static struct mailimf_orig_date *deliver_make_date(time_t when)
{
	struct mailimf_orig_date *result;
	struct mailimf_date_time *date;
	struct tm tm = {0};
	int minutes;

	localtime_r(&when, &tm);
	minutes = (int)(tm.tm_gmtoff / 60);
	date = mailimf_date_time_new(tm.tm_mday, tm.tm_mon + 1, tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec, minutes / 60 * 100 + minutes % 60);
	if (date == NULL)
		return NULL;
	result = mailimf_orig_date_new(date);
	if (result == NULL)
		mailimf_date_time_free(date);
	return result;
}

static int deliver_add_date(struct mailimf_fields *fields, time_t when)
{
	struct mailimf_field field = {.fld_type = MAILIMF_FIELD_ORIG_DATE};
	struct mailimf_orig_date *date = deliver_make_date(when);

	field.fld_data.fld_orig_date = date;
	if (date == NULL || deliver_add_field(fields, &field) == 0)
		return date != NULL ? 0 : -1;
	mailimf_orig_date_free(date);
	return -1;
}

struct mailimf_fields *deliver_mail_make_fields(const struct deliver_letter *letter)
{
	struct mailimf_fields *fields = mailimf_fields_new_empty();
	struct buf value;
	int result = -1;

	buf_init(&value, 0);
	if (fields != NULL)
		result = deliver_add_date(fields, letter->date);
	for (size_t i = 0; result == 0 && i < sizeof(deliver_fields) / sizeof(deliver_fields[0]);
	     i++) {
		buf_clear(&value);
		deliver_fields[i].add(&value, letter);
		if (value.n > 0 || value.failed != 0)
			result = deliver_add_text(fields, deliver_fields[i].name, &value);
	}
	buf_fini(&value);
	if (result == 0)
		return fields;
	if (fields != NULL)
		mailimf_fields_free(fields);
	return NULL;
}
