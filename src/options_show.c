/* --show-config: from struct options back to text. */
#include "options_table.h"

#include <string.h>

#include "base/log.h"

static const void *option_at(const struct options *options, const struct option_row *row)
{
	return (const char *)options + row->at;
}

/* One line whatever the value is made of. */
static void option_show_value(const struct option_row *row, const char *value, struct buf *out)
{
	buf_printf(out, "%s =", row->name);
	if (value != NULL) {
		buf_add_char(out, ' ');
		log_escape(out, span_of(value));
	}
	buf_add_char(out, '\n');
}

void option_show_flag(const struct options *options, const struct option_row *row, struct buf *out)
{
	option_show_value(row, *(const bool *)option_at(options, row) ? "yes" : "no", out);
}

void option_show_text(const struct options *options, const struct option_row *row, struct buf *out)
{
	option_show_value(row, *(const char *const *)option_at(options, row), out);
}

void option_show_number(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	buf_printf(out, "%s = %u\n", row->name, *(const unsigned *)option_at(options, row));
}

void option_show_secret(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	option_show_value(
	    row, *(const char *const *)option_at(options, row) != NULL ? "*" : NULL, out);
}

void option_show_output(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	const struct options_output *output = option_at(options, row);
	const char *name = output->file != NULL ? output->file : "yes";

	option_show_value(row, output->wanted ? name : "no", out);
}

void option_show_host(const struct options *options, const struct option_row *row, struct buf *out)
{
	option_show_value(row, options->host, out);
}

void option_show_port(const struct options *options, const struct option_row *row, struct buf *out)
{
	unsigned standard =
	    options->tls.mode == TLS_IMPLICIT ? TLS_PORT_IMPLICIT : TLS_PORT_STARTTLS;

	buf_printf(
	    out, "%s = %u\n", row->name, options->tls.port != 0 ? options->tls.port : standard);
}

void option_show_tls(const struct options *options, const struct option_row *row, struct buf *out)
{
	static const char *const names[] = {
	    [TLS_IMPLICIT] = "implicit",
	    [TLS_STARTTLS] = "starttls",
	    [TLS_OFF] = "off",
	};

	option_show_value(row, names[options->tls.mode], out);
}

void option_show_fingerprint(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	if (options->tls.pin_count == 0)
		option_show_value(row, NULL, out);
	for (unsigned i = 0; i < options->tls.pin_count; i++) {
		const struct tls_pin *pin = &options->tls.pin[i];

		buf_printf(out, "%s = %s", row->name, pin->spki ? "spki:" : "");
		for (size_t j = 0; j < TLS_DIGEST_SIZE; j++)
			buf_printf(out, "%02x", pin->digest[j]);
		buf_add_char(out, '\n');
	}
}

void option_show_columns(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	const struct column_list *list = option_at(options, row);

	buf_printf(out, "%s =%s", row->name, list->count > 0 ? " " : "");
	for (unsigned i = 0; i < list->count; i++)
		buf_printf(out, "%s%s", i > 0 ? "," : "", record_columns[list->column[i]].title);
	buf_add_char(out, '\n');
}

void option_show_identity_header(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	if (options->identity_header_count == 0)
		option_show_value(row, NULL, out);
	for (unsigned i = 0; i < options->identity_header_count; i++)
		option_show_value(row, options->identity_headers[i], out);
}

void option_show_delimiter(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	char text[] = {options->delimiter, '\0'};

	option_show_value(row, options->delimiter == '\t' ? "tab" : text, out);
}

void options_add_settings(const struct options *options, struct buf *out)
{
	for (unsigned i = 0; i < option_row_count; i++)
		if (option_rows[i].show != NULL)
			option_rows[i].show(options, &option_rows[i], out);
}
