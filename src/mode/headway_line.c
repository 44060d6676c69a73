#include "mode/headway_line.h"

#include <inttypes.h>
#include <limits.h>

#include "text/table_cell.h"

#define MIB (1024.0 * 1024.0)

static const char *const headway_phases[] = {
    [HEADWAY_CONNECTING] = "connecting to ",
    [HEADWAY_SEARCHING] = "searching ",
    [HEADWAY_READING] = "reading ",
};

/* "12,345" */
static void headway_add_number(struct buf *out, uint64_t number)
{
	if (number >= 1000) {
		headway_add_number(out, number / 1000);
		buf_printf(out, ",%03u", (unsigned)(number % 1000));
	} else {
		buf_printf(out, "%u", (unsigned)number);
	}
}

static void headway_add_messages(struct buf *out, uint64_t number)
{
	headway_add_number(out, number);
	buf_add_text(out, number == 1 ? " message" : " messages");
}

/* ", 20 s left" */
static void headway_add_left(struct buf *out, double seconds)
{
	uint64_t s = seconds < 1e9 ? (uint64_t)(seconds + 0.5) : 1000000000;

	if (s < 120)
		buf_printf(out, ", %" PRIu64 " s left", s);
	else if (s < 7200)
		buf_printf(out, ", %" PRIu64 " min left", (s + 30) / 60);
	else
		buf_printf(out, ", %" PRIu64 " h %" PRIu64 " min left", s / 3600, s % 3600 / 60);
}

/* What has been done of what there is: it may have grown, or be read once more. */
static bool headway_is_part(uint64_t done, uint64_t all)
{
	return all > 0 && done <= all;
}

static void headway_add_percent(struct buf *out, uint64_t done, uint64_t all)
{
	if (headway_is_part(done, all))
		buf_printf(out, " (%u%%)", (unsigned)((double)done * 100 / (double)all));
}

/* ", 1,830/s" */
static void headway_add_rate(struct buf *out, uint64_t done, double seconds)
{
	if (done == 0)
		return;
	buf_add_text(out, ", ");
	headway_add_number(out, (uint64_t)((double)done / seconds + 0.5));
	buf_add_text(out, "/s");
}

/* Seconds since then; 0: too few to tell a rate. */
static double headway_seconds(int64_t since, int64_t now)
{
	return now - since >= HEADWAY_RATE_AFTER ? (double)(now - since) / 1000 : 0;
}

static void headway_add_expected(struct buf *out, const struct headway *headway, int64_t now)
{
	double seconds = headway_seconds(headway->expected_since, now);
	uint64_t done = headway->done, all = headway->expected;

	headway_add_number(out, done);
	buf_add_text(out, headway->uncounted > 0 ? " of at least " : " of ");
	headway_add_messages(out, all);
	if (headway->uncounted == 0)
		headway_add_percent(out, done, all);
	if (seconds <= 0 || done == 0)
		return;
	headway_add_rate(out, done, seconds);
	if (headway->uncounted == 0 && headway_is_part(done, all))
		headway_add_left(out, (double)(all - done) * seconds / (double)done);
}

static void headway_add_file(struct buf *out, const struct headway *headway, int64_t now)
{
	double seconds = headway_seconds(headway->since, now);
	uint64_t done = headway->bytes, all = headway->size;

	buf_printf(out, "%.1f ", (double)done / MIB);
	if (headway_is_part(done, all))
		buf_printf(out, "of %.1f ", (double)all / MIB);
	buf_add_text(out, "MiB");
	headway_add_percent(out, done, all);
	buf_add_text(out, ", ");
	headway_add_messages(out, headway->all_records);
	if (seconds <= 0 || done == 0)
		return;
	buf_printf(out, ", %.1f MiB/s", (double)done / MIB / seconds);
	if (headway_is_part(done, all))
		headway_add_left(out, (double)(all - done) * seconds / (double)done);
}

static void headway_add_records(struct buf *out, const struct headway *headway, int64_t now)
{
	double seconds = headway_seconds(headway->since, now);

	headway_add_messages(out, headway->all_records);
	if (seconds > 0)
		headway_add_rate(out, headway->records, seconds);
}

static void headway_add_numbers(struct buf *out, const struct headway *headway, int64_t now)
{
	if (headway->phase == HEADWAY_READING && headway->expected > 0)
		headway_add_expected(out, headway, now);
	else if (headway->phase == HEADWAY_READING && headway->bytes > 0)
		headway_add_file(out, headway, now);
	else if (headway->all_records > 0)
		headway_add_records(out, headway, now);
}

/* What is too wide loses its end, and shows that. */
static void headway_add_cut(
    struct buf *out, struct span text, unsigned width, const struct headway_form *form)
{
	struct span sign = form->ascii_only ? SPAN("...") : SPAN("\xE2\x80\xA6");
	unsigned sign_width = form->ascii_only ? 3 : 1;

	if (table_cell_width(text) <= width) {
		buf_add(out, text);
		return;
	}
	if (width < sign_width)
		return;
	buf_add(out, table_cell_head(text, width - sign_width));
	buf_add(out, sign);
}

/* "reading HOST, FOLDER" */
static void headway_add_place(
    struct buf *out, const struct headway *headway, const struct headway_form *form)
{
	buf_add_text(out, headway_phases[headway->phase]);
	table_cell_add(out, span_of(headway->host), form->ascii_only);
	if (headway->folder[0] == '\0')
		return;
	buf_add_text(out, ", ");
	table_cell_add(out, span_of(headway->folder), form->ascii_only);
}

/* Where both do not fit the place loses its end; where not even that helps, there is none. */
static void headway_join(
    struct buf *out, struct span place, struct span numbers, const struct headway_form *form)
{
	unsigned room = form->width > 0 ? form->width : UINT_MAX;
	unsigned behind = (unsigned)numbers.n; /* all of it is ASCII */

	if (behind == 0) {
		headway_add_cut(out, place, room, form);
		return;
	}
	if (room >= behind + 2 + HEADWAY_NAME_WIDTH) {
		headway_add_cut(out, place, room - behind - 2, form);
		buf_add_text(out, ": ");
	}
	headway_add_cut(out, numbers, room, form);
}

void headway_add_line(
    struct buf *out, const struct headway *headway, int64_t now, const struct headway_form *form)
{
	struct buf place, numbers;

	if (headway->phase == HEADWAY_NONE)
		return;
	buf_init(&place, 0);
	buf_init(&numbers, 0);
	headway_add_place(&place, headway, form);
	headway_add_numbers(&numbers, headway, now);
	if (place.failed == 0 && numbers.failed == 0)
		headway_join(out, buf_span(&place), buf_span(&numbers), form);
	buf_fini(&numbers);
	buf_fini(&place);
}
