/*
 * The CSV that the filter mails every two hours (the vendor's manual, at
 * api_set_outgoing_report2_recipient), for programs that read that one.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "text/escape.h"
#include "group/group_set.h"
#include "sink/formats.h"
#include "sink/sink_row.h"

#define IDENTITY_REPORT_HEADER                                                                     \
	"\"Authentication Domain\",\"Authentication User\",\"User Identification\","               \
	"\"Spam Count\",\"Invalid Sender Count\""

/* The columns of the grouping. */
enum identity_report_key {
	IDENTITY_REPORT_DOMAIN,
	IDENTITY_REPORT_USER,
	IDENTITY_REPORT_IDENTITY,
};

struct sink_identity_report {
	struct sink sink; /* first, so that a sink is a sink_identity_report */
	struct sink_row row;
	struct grouping *grouping; /* the caller's */
	enum escape_guard guard;
};

static bool sink_identity_report_has_user(const struct group_row *row)
{
	struct span user = row->key[IDENTITY_REPORT_USER];

	return user.n > 0 && user.p[0] != '@';
}

/* Where the filter had no user name, IP/Username is '@' and the domain; all that reports of the
 * original script tell of it. */
static struct span sink_identity_report_domain(const struct group_row *row)
{
	struct span domain = row->key[IDENTITY_REPORT_DOMAIN];

	if (domain.n > 0 || sink_identity_report_has_user(row))
		return domain;
	return span_from(row->key[IDENTITY_REPORT_USER], 1);
}

/*
 * Cells without a value stay empty, also that of the identity: a consumer could take a made-up one
 * for an account.
 */
static int sink_identity_report_write(
    struct sink_identity_report *report, const struct group_row *row, struct err *err)
{
	const struct span cells[] = {
	    sink_identity_report_domain(row),
	    sink_identity_report_has_user(row) ? row->key[IDENTITY_REPORT_USER] : SPAN_EMPTY,
	    row->key[IDENTITY_REPORT_IDENTITY],
	};
	struct buf *line = &report->row.line;

	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		escape_csv_sparing(line, cells[i], report->guard);
		buf_add_char(line, ',');
	}
	buf_printf(line, "%" PRIu64 ",", row->count);
	return sink_row_put(&report->row, err);
}

static int sink_identity_report_missing(
    struct sink *sink, struct span host, struct span why, struct err *err)
{
	struct sink_identity_report *report = (struct sink_identity_report *)sink;
	struct buf text;

	buf_init(&text, 0);
	sink_row_add_missing(&text, host, why);
	buf_add_text(&report->row.line, ",,");
	escape_csv_sparing(&report->row.line, buf_span(&text), report->guard);
	buf_add_text(&report->row.line, ",0,");
	buf_fail(&report->row.line, text.failed);
	buf_fini(&text);
	return sink_row_put(&report->row, err) != 0 ? -1 : sink_row_flush(&report->row, err);
}

static int sink_identity_report_end(
    struct sink *sink, const struct account *account, struct err *err)
{
	static const struct group_limits all = {0};
	struct sink_identity_report *report = (struct sink_identity_report *)sink;
	struct group_view view;
	struct group_row row;

	if (group_view_init(&view, report->grouping, &all, err) != 0)
		return -1;
	buf_add_text(&report->row.line, IDENTITY_REPORT_HEADER);
	if (sink_row_put(&report->row, err) != 0)
		return -1;
	for (uint32_t i = 0; i < view.rows; i++) {
		group_view_row(&view, i, &row);
		if (sink_identity_report_write(report, &row, err) != 0)
			return -1;
	}
	if (sink_row_flush(&report->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, sink_identity_report_missing, err);
}

static void sink_identity_report_free(struct sink *sink)
{
	buf_fini(&((struct sink_identity_report *)sink)->row.line);
	free(sink);
}

static const struct sink_ops sink_identity_report_ops = {
    .name = "identity-report",
    .end = sink_identity_report_end,
    .free = sink_identity_report_free,
};

struct sink *sink_identity_report_new(
    FILE *out, struct grouping *grouping, bool raw, struct err *err)
{
	struct sink_identity_report *report = calloc(1, sizeof(*report));

	if (report == NULL) {
		err_nomem(err);
		return NULL;
	}
	report->sink.ops = &sink_identity_report_ops;
	report->row = (struct sink_row){
	    .out = out,
	    .what = "the identity report",
	    .row_end = "\r\n",
	};
	report->grouping = grouping;
	report->guard = raw ? ESCAPE_RAW : ESCAPE_TEXT;
	return &report->sink;
}

struct sink *sink_identity_report_open(FILE *out, const struct format_job *job, struct err *err)
{
	static const struct column_list key = {
	    .count = 3,
	    .column =
		{
		    [IDENTITY_REPORT_DOMAIN] = COLUMN_DOMAIN,
		    [IDENTITY_REPORT_USER] = COLUMN_IP_USERNAME,
		    [IDENTITY_REPORT_IDENTITY] = COLUMN_IDENTITY,
		},
	};
	struct grouping *grouping = group_set_get_bare(job->groups, &key, err);
	struct sink *sink =
	    grouping != NULL ? sink_identity_report_new(out, grouping, job->raw, err) : NULL;

	if (sink != NULL)
		((struct sink_identity_report *)sink)->row.shown =
		    sink_row_shown(job->is_terminal, job->ascii_only);
	return sink;
}
