#include "source/saved/saved_row.h"

#include "base/log.h"
#include "calendar/period.h"
#include "evidence/bounce.h"
#include "sink/sink_row.h"

int saved_row_init(
    struct saved_row *row, const struct saved_job *job, const struct saved_input *input)
{
	row->job = job;
	row->input = input;
	arena_init(&row->arena);
	buf_init(&row->date, 0);
	derive_rules_init(&row->derive);
	return value_reader_init(&row->reader);
}

void saved_row_fini(struct saved_row *row)
{
	value_reader_fini(&row->reader);
	arena_fini(&row->arena);
	buf_fini(&row->date);
}

int saved_row_check_needed(
    const struct saved_row *row, struct column_set absent, uint64_t line, struct err *err)
{
	const struct column_list *needed = row->job->needed;
	const struct column_set unknown = derive_unknown(absent);
	bool bare = false;

	for (unsigned i = 0; i < needed->count; i++) {
		if (needed->column[i] == COLUMN_IDENTITY &&
		    column_set_has(&absent, COLUMN_IDENTITY))
			bare = true;
		if (column_set_has(&unknown, column_origin(needed->column[i])))
			return saved_input_refuse(row->input, line, err,
			    "it has no column '%s', by which the report is grouped",
			    record_columns[needed->column[i]].title);
	}
	if (bare && row->job->bare_logins != NULL)
		*row->job->bare_logins = true;
	return 0;
}

void saved_row_begin(struct saved_row *row, struct column_set absent)
{
	arena_reset(&row->arena);
	row->is_missing = row->is_unnumbered = row->has_value = false;
	column_set_remove(&absent, COLUMN_NUMBER);
	row->record = (struct record){.place = row->job->place, .absent = absent};
}

void saved_row_set(struct saved_row *row, enum column column, struct span value)
{
	unsigned defects = 0;

	row->has_value = row->has_value || value.n > 0;
	/* The number is that of the new report; only a program of ours writes one. */
	if (column == COLUMN_NUMBER) {
		row->is_missing = span_eq(value, SPAN(SINK_ROW_MISSING));
		row->is_unnumbered = value.n == 0;
	}
	if (column != COLUMN_NUMBER && value.n > 0)
		row->record.value[column] = value_raw(&row->reader, value, &row->arena, &defects);
}

static int saved_row_read_date(struct saved_row *row, uint64_t line, struct err *err)
{
	struct span *date = &row->record.value[COLUMN_DATE];

	if (date->n == 0)
		return 0;
	if (!period_read_iso(*date, &row->record.internal_date))
		return saved_input_refuse(row->input, line, err,
		    "its Date is no time: expected one like 2026-11-20T13:45:00+01:00");
	buf_clear(&row->date);
	period_add_iso(&row->date, row->record.internal_date);
	*date = arena_copy_buf(&row->arena, &row->date);
	return 0;
}

static int saved_row_read_uid(struct saved_row *row, uint64_t line, struct err *err)
{
	struct span *uid = &row->record.value[COLUMN_UID];
	uint64_t number = 0;

	if (uid->n != 0 && (span_number(*uid, &number) != uid->n || number > UINT32_MAX))
		return saved_input_refuse(
		    row->input, line, err, "its UID is no number of a message");
	row->record.uid = (uint32_t)number;
	if (number == 0) /* what JSON has for an unknown one */
		*uid = SPAN_EMPTY;
	return 0;
}

void saved_row_guess_bounce(struct saved_row *row)
{
	struct record *record = &row->record;
	bool has_uid = record->value[COLUMN_QMAIL_UID].n > 0;
	const struct bounce_signs signs = {
	    .from = record->value[COLUMN_FROM],
	    .qmail_mode = has_uid ? SPAN_EMPTY : record->value[COLUMN_INVOKED_FOR],
	};

	record->is_bounce = bounce_is(&signs, &row->arena);
}

void saved_row_note_missing(const struct saved_row *row)
{
	row->job->place->missing = SAVED_INCOMPLETE;
}

int saved_row_end(struct saved_row *row, uint64_t line, struct err *err)
{
	struct record *record = &row->record;

	if (row->is_missing)
		saved_row_note_missing(row);
	if (row->is_missing || (row->is_unnumbered && !row->has_value))
		return 0;
	if (saved_row_read_date(row, line, err) != 0 || saved_row_read_uid(row, line, err) != 0)
		return -1;
	record->notes = record_read_notes(record->value[COLUMN_NOTES]);
	derive_missing(&row->derive, record, &row->arena);
	if (row->arena.failed)
		return arena_err(&row->arena, err);
	if (row->job->run != NULL && !input_run_wants(row->job->run,
					 record->value[COLUMN_DATE].n > 0, record->internal_date)) {
		input_file_leave_out(row->job->file, record->value[COLUMN_DATE].n == 0);
		return 0;
	}
	record->place->counts.found++;
	return report_take_saved(row->job->report, record, err);
}
