/* The parts of a letter. */
#include <stdlib.h>

#include "deliver/deliver_mail_mime.h"
#include "deliver/deliver_mail_text.h"

/*
 * Each of these functions takes over what it is given, and accepts NULL for what could not be made:
 * then it frees the rest and returns NULL, so that the first failure reaches the caller.
 */

static void deliver_free_part(struct mailmime *part)
{
	if (part != NULL)
		mailmime_free(part);
}

/* libetpan does not notice when there was no memory for a text. */
static bool deliver_is_whole(const struct mailmime_content *type)
{
	for (clistiter *at = clist_begin(type->ct_parameters); at != NULL; at = clist_next(at)) {
		const struct mailmime_parameter *parameter = clist_content(at);

		if (parameter->pa_name == NULL || parameter->pa_value == NULL)
			return false;
	}
	return type->ct_subtype != NULL;
}

static struct mailmime_content *deliver_make_type(const char *text)
{
	struct mailmime_content *type = mailmime_content_new_with_str(text);

	/* mailmime_content_free() cannot free one without a type. */
	if (type == NULL || type->ct_type == NULL)
		return NULL;
	if (deliver_is_whole(type))
		return type;
	mailmime_content_free(type);
	return NULL;
}

static struct mailmime *deliver_make_part(
    struct mailmime_content *type, struct mailmime_fields *fields, struct mailmime_data *data)
{
	struct mailmime *part = NULL;

	if (type != NULL && fields != NULL && data != NULL)
		part = mailmime_new(
		    MAILMIME_SINGLE, NULL, 0, fields, type, NULL, NULL, NULL, NULL, NULL, NULL);
	if (part != NULL) {
		part->mm_data.mm_single = data;
		return part;
	}
	if (type != NULL)
		mailmime_content_free(type);
	if (fields != NULL)
		mailmime_fields_free(fields);
	if (data != NULL)
		mailmime_data_free(data);
	return NULL;
}

/*
 * No text of ours can hold "=_": neither quoted-printable nor base64 ever does (RFC 2045, 6.7).
 * With the time in it, a letter can be attached to another one.
 */
static struct mailmime *deliver_make_multipart(
    const struct deliver_letter *letter, const char *subtype)
{
	struct mailmime_fields *fields = mailmime_fields_new_empty();
	clist *parts = clist_new();
	struct mailmime_content *type;
	struct mailmime *whole = NULL;
	struct buf text;

	buf_init(&text, 0);
	buf_printf(&text, "multipart/%s; boundary=\"=_%s-%" PRIxMAX "\"", subtype, subtype,
	    (intmax_t)letter->date);
	type = deliver_make_type(buf_string(&text));
	buf_fini(&text);
	if (fields != NULL && parts != NULL && type != NULL)
		whole = mailmime_new(
		    MAILMIME_MULTIPLE, NULL, 0, fields, type, NULL, NULL, NULL, parts, NULL, NULL);
	if (whole != NULL)
		return whole;
	if (type != NULL)
		mailmime_content_free(type);
	if (fields != NULL)
		mailmime_fields_free(fields);
	if (parts != NULL)
		clist_free(parts);
	return NULL;
}

static struct mailmime *deliver_join(struct mailmime *whole, struct mailmime *part)
{
	if (whole != NULL && part != NULL && mailmime_add_part(whole, part) == MAILIMF_NO_ERROR)
		return whole;
	deliver_free_part(whole);
	deliver_free_part(part);
	return NULL;
}

/* Quoted-printable, since lines may be longer than those of a message. */
static struct mailmime *deliver_make_text(const char *type, struct span text)
{
	return deliver_make_part(deliver_make_type(type),
	    mailmime_fields_new_encoding(MAILMIME_MECHANISM_QUOTED_PRINTABLE),
	    mailmime_data_new(
		MAILMIME_DATA_TEXT, MAILMIME_MECHANISM_QUOTED_PRINTABLE, 0, text.p, text.n, NULL));
}

/* The file is read when the letter is written. */
static struct mailmime_data *deliver_make_data(const struct deliver_attachment *file)
{
	char *path = strdup(file->path);
	struct mailmime_data *data = NULL;

	if (path != NULL)
		data = mailmime_data_new(
		    MAILMIME_DATA_FILE, MAILMIME_MECHANISM_BASE64, 0, NULL, 0, path);
	if (data == NULL)
		free(path);
	return data;
}

/*
 * libetpan would quote an extended value, which RFC 2231 (7) forbids, so the disposition is handed
 * to it with its parameter.
 */
static struct mailmime_disposition *deliver_make_disposition(struct span name)
{
	struct mailmime_disposition_type *type = NULL;
	struct mailmime_disposition *result = NULL;
	clist *parameters = clist_new();
	char *owned = NULL;
	struct buf text;

	buf_init(&text, 0);
	if (deliver_mail_is_ascii(name)) {
		buf_printf(&text, "attachment; filename=\"%.*s\"", (int)name.n, name.p);
	} else {
		buf_add_text(&text, "attachment; filename*=");
		deliver_mail_add_extended(&text, name);
	}
	owned = strdup(buf_string(&text));
	if (owned != NULL && text.failed == 0)
		type = mailmime_disposition_type_new(MAILMIME_DISPOSITION_TYPE_EXTENSION, owned);
	if (type == NULL)
		free(owned);
	if (type != NULL && parameters != NULL)
		result = mailmime_disposition_new(type, parameters);
	if (result == NULL && type != NULL)
		mailmime_disposition_type_free(type);
	if (result == NULL && parameters != NULL)
		clist_free(parameters);
	buf_fini(&text);
	return result;
}

static struct mailmime_fields *deliver_make_file_fields(struct span name)
{
	struct mailmime_fields *fields = mailmime_fields_new_encoding(MAILMIME_MECHANISM_BASE64);
	struct mailmime_disposition *disposition = deliver_make_disposition(name);
	struct mailmime_field *field = NULL;

	if (disposition != NULL)
		field = mailmime_field_new(
		    MAILMIME_FIELD_DISPOSITION, NULL, NULL, NULL, NULL, 0, disposition, NULL, NULL);
	if (field == NULL && disposition != NULL)
		mailmime_disposition_free(disposition);
	if (fields != NULL && field != NULL &&
	    mailmime_fields_add(fields, field) == MAILIMF_NO_ERROR)
		return fields;
	if (field != NULL)
		mailmime_field_free(field);
	if (fields != NULL)
		mailmime_fields_free(fields);
	return NULL;
}

/* Older readers look for the name in the type; an extended value would be quoted there. */
static struct mailmime_content *deliver_make_file_type(const char *type, struct span name)
{
	struct mailmime_content *result = NULL;
	struct buf text;

	buf_init(&text, 0);
	buf_add_text(&text, type);
	if (deliver_mail_is_ascii(name))
		buf_printf(&text, "; name=\"%.*s\"", (int)name.n, name.p);
	buf_string(&text);
	if (text.failed == 0)
		result = deliver_make_type(text.p);
	buf_fini(&text);
	return result;
}

static struct mailmime *deliver_make_file(const struct deliver_attachment *file)
{
	struct mailmime *part = NULL;
	struct buf name;

	buf_init(&name, 0);
	deliver_mail_add_name(&name, span_of(file->name));
	if (name.failed == 0)
		part = deliver_make_part(deliver_make_file_type(file->type, buf_span(&name)),
		    deliver_make_file_fields(buf_span(&name)), deliver_make_data(file));
	buf_fini(&name);
	return part;
}

struct mailmime *deliver_mail_make_body(const struct deliver_letter *letter, struct span text)
{
	struct mailmime *body = deliver_make_text("text/plain; charset=utf-8", text);

	if (letter->html.n > 0) {
		body = deliver_join(deliver_make_multipart(letter, "alternative"), body);
		body =
		    deliver_join(body, deliver_make_text("text/html; charset=utf-8", letter->html));
	}
	if (letter->file_count > 0)
		body = deliver_join(deliver_make_multipart(letter, "mixed"), body);
	for (unsigned i = 0; i < letter->file_count; i++)
		body = deliver_join(body, deliver_make_file(&letter->files[i]));
	return body;
}
