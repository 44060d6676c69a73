#include "report/reader.h"

#include <stdlib.h>

#include "calendar/period.h"
#include "evidence/evidence.h"
#include "evidence/explain.h"

struct reader {
	struct evidence *evidence;
	struct arena arena; /* values of one record */
	struct buf text;    /* a value that is put together */
	struct buf explanation;
	bool explain;
	bool explain_ascii;
};

struct reader *reader_new(const struct reader_options *options, struct err *err)
{
	const struct evidence_options how = {
	    .identity_headers = options->identity_headers,
	    .identity_header_count = options->identity_header_count,
	};
	struct reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL) {
		err_nomem(err);
		return NULL;
	}
	arena_init(&reader->arena);
	buf_init(&reader->text, 0);
	buf_init(&reader->explanation, 0);
	reader->explain = options->explain;
	reader->explain_ascii = options->explain_ascii;
	reader->evidence = evidence_new(&how, err);
	if (reader->evidence != NULL)
		return reader;
	reader_free(reader);
	return NULL;
}

void reader_free(struct reader *reader)
{
	if (reader == NULL)
		return;
	evidence_free(reader->evidence);
	arena_fini(&reader->arena);
	buf_fini(&reader->text);
	buf_fini(&reader->explanation);
	free(reader);
}

void reader_add_field_names(const struct reader *reader, struct buf *out)
{
	evidence_add_field_names(reader->evidence, out);
}

struct span reader_brand(const struct reader *reader)
{
	return evidence_brand(reader->evidence);
}

bool reader_learn_names(const struct reader *reader, struct guessed_fields *set)
{
	return evidence_learn_names(reader->evidence, set);
}

int reader_extract(
    struct reader *reader, const struct message *message, struct record *record_r, struct err *err)
{
	*record_r = (struct record){
	    .place = message->place,
	    .notes = message->truncated ? NOTE_HEADER_TRUNCATED : 0,
	};
	arena_reset(&reader->arena);
	return evidence_extract(reader->evidence, message->header, &reader->arena, record_r, err);
}

static void reader_add_date(
    struct reader *reader, const struct message *message, struct record *record)
{
	if (message->no_time)
		return;
	record->internal_date = message->when;
	buf_clear(&reader->text);
	period_add_iso(&reader->text, message->when);
	record->value[COLUMN_DATE] = arena_copy_buf(&reader->arena, &reader->text);
}

static struct span reader_number(struct reader *reader, uint32_t number)
{
	buf_clear(&reader->text);
	buf_add_number(&reader->text, number, 1);
	return arena_copy_buf(&reader->arena, &reader->text);
}

static void reader_add_columns(
    struct reader *reader, const struct message *message, struct record *record)
{
	const struct account_place *place = message->place;

	reader_add_date(reader, message, record);
	record->uid = message->uid;
	if (message->uid != 0)
		record->value[COLUMN_UID] = reader_number(reader, message->uid);
	if (place->name == NULL) { /* a file */
		record->value[COLUMN_FOLDER] = message->folder;
		record->value[COLUMN_HOST] = message->host;
		return;
	}
	record->value[COLUMN_FOLDER] = span_of(place->name);
	record->value[COLUMN_HOST] = message->host.n > 0 ? message->host : span_of(place->host);
}

/* Which of the times of a file's message counts. */
static void reader_explain_date(
    struct buf *text, const struct message *message, const struct record *record)
{
	if (message->when_from == NULL)
		return;
	buf_add_text(text, "  Date: ");
	buf_add(text, record->value[COLUMN_DATE]);
	buf_printf(text, "; %s\n", message->when_from);
}

static int reader_explain(
    struct reader *reader, const struct message *message, struct record *record, struct err *err)
{
	struct buf *text = &reader->explanation;

	buf_clear(text);
	explain_add(text, reader->evidence, record, reader->explain_ascii);
	reader_explain_date(text, message, record);
	buf_add(text, message->remarks);
	if (reader->arena.failed)
		return arena_err(&reader->arena, err);
	if (text->failed != 0)
		return err_nomem(err);
	record->explanation = buf_span(text);
	return 0;
}

int reader_complete(
    struct reader *reader, const struct message *message, struct record *record, struct err *err)
{
	reader_add_columns(reader, message, record);
	if (reader->arena.failed)
		return arena_err(&reader->arena, err);
	return reader->explain ? reader_explain(reader, message, record, err) : 0;
}
