/* --show-config: all options, and where each value came from. */
#include "settings/table.h"

#include "base/log.h"

static void option_add_origin(const struct options_origin *origin, struct buf *out)
{
	switch (origin->level) {
	case OPTIONS_DEFAULT:
		buf_add_text(out, "default");
		break;
	case OPTIONS_ENVIRONMENT:
		buf_add_text(out, "environment");
		break;
	case OPTIONS_COMMAND_LINE:
		buf_add_text(out, "command line");
		break;
	default:
		log_escape(out, span_of(origin->file));
		buf_printf(out, ":%u", origin->line);
		break;
	}
}

/* The origin stands behind " ;", so that the output is a valid configuration file. */
static void option_add_setting(
    const struct options *options, const struct option_row *row, struct buf *lines, struct buf *out)
{
	struct span rest;

	buf_clear(lines);
	option_ops(row)->show(options, row, lines);
	buf_fail(out, lines->failed);
	for (rest = buf_span(lines); rest.n > 0;) {
		size_t end = span_find(rest, '\n');

		if (row->no_file && rest.p[0] != OPTION_COMMENT[0])
			buf_add_text(out, OPTION_COMMENT);
		buf_add(out, span_head(rest, end));
		buf_add_text(out, " ; ");
		option_add_origin(option_origin(options, row), out);
		buf_add_char(out, '\n');
		rest = span_from(rest, end + 1);
	}
}

void options_add_settings(const struct options *options, struct buf *out)
{
	struct buf lines;

	buf_init(&lines, 0);
	for (unsigned i = 0; i < options->left_out_count; i++) {
		buf_add_text(out, OPTION_COMMENT);
		log_escape(out, span_of(options->left_out[i]));
		buf_add_char(out, '\n');
	}
	for (unsigned i = 0; i < option_row_count; i++)
		if (option_ops(&option_rows[i])->show != NULL)
			option_add_setting(options, &option_rows[i], &lines, out);
	buf_fini(&lines);
}
