/* From the place of an option in struct options back to text. */
#include "settings/table.h"

#include <string.h>

#include "base/log.h"
#include "settings/config.h"

static const void *option_at(const struct options *options, const struct option_row *row)
{
	return (const char *)options + row->at;
}

/* True when this text in a configuration file gives this value; see config.h on blanks and ;. */
static bool option_fits_file(struct span value, struct span shown)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] == ';' && (i == 0 || span_is_blank(value.p[i - 1])))
			return false;
	return span_eq(value, shown) && span_eq(value, span_trim(value)) &&
	       value.n <= CONFIG_MAX_LINE / 2;
}

/* Always one line; a comment when a configuration file cannot hold the value. */
static void option_show_value(const struct option_row *row, const char *value, struct buf *out)
{
	struct span text = value != NULL ? span_of(value) : SPAN_EMPTY;
	struct buf shown;

	buf_init(&shown, 0);
	log_escape(&shown, text);
	if (!option_fits_file(text, buf_span(&shown)))
		buf_add_text(out, OPTION_COMMENT);
	buf_printf(out, "%s =%s", row->name, text.n > 0 ? " " : "");
	buf_add(out, buf_span(&shown));
	buf_add_char(out, '\n');
	buf_fail(out, shown.failed);
	buf_fini(&shown);
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
	unsigned number = *(const unsigned *)option_at(options, row);

	if (number == 0 && row->optional)
		option_show_value(row, NULL, out);
	else
		buf_printf(out, "%s = %u\n", row->name, number);
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
	const struct format_request *output = option_at(options, row);
	const char *name = output->file != NULL ? output->file : "yes";

	option_show_value(row, output->wanted ? name : "no", out);
}

static void option_show_one_host(
    const struct option_row *row, const struct stream_host *host, struct buf *out)
{
	bool is_v6 = strchr(host->name, ':') != NULL;

	buf_printf(out, is_v6 && host->port != 0 ? "%s = [%s]" : "%s = %s", row->name, host->name);
	if (host->port != 0)
		buf_printf(out, ":%u", host->port);
	buf_add_char(out, '\n');
}

void option_show_host(const struct options *options, const struct option_row *row, struct buf *out)
{
	if (options->host_count == 0)
		option_show_value(row, NULL, out);
	for (unsigned i = 0; i < options->host_count; i++)
		option_show_one_host(row, &options->hosts[i], out);
}

void option_show_api_host(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	const struct stream_host *host = &options->api.host;

	if (host->name == NULL)
		option_show_value(row, NULL, out);
	else
		option_show_one_host(row, host, out);
}

void option_show_port(const struct options *options, const struct option_row *row, struct buf *out)
{
	buf_printf(out, "%s = %u\n", row->name, tls_settings_port(&options->tls));
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

static void option_show_pins(
    const struct option_row *row, const struct tls_settings *tls, struct buf *out)
{
	if (tls->pin_count == 0)
		option_show_value(row, NULL, out);
	for (unsigned i = 0; i < tls->pin_count; i++) {
		const struct tls_pin *pin = &tls->pin[i];

		buf_printf(out, "%s = %s", row->name, pin->spki ? "spki:" : "");
		buf_add_hex(out, (struct span){(const char *)pin->digest, TLS_DIGEST_SIZE});
		buf_add_char(out, '\n');
	}
}

void option_show_fingerprint(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	option_show_pins(row, &options->tls, out);
}

void option_show_api_pins(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	const char *count = option_at(options, row);

	option_show_pins(row,
	    (const struct tls_settings *)(const void *)(count -
							offsetof(struct tls_settings, pin_count)),
	    out);
}

void option_show_texts(const struct options *options, const struct option_row *row, struct buf *out)
{
	const struct option_texts *texts = option_at(options, row);

	if (texts->count == 0)
		option_show_value(row, NULL, out);
	for (unsigned i = 0; i < texts->count; i++)
		option_show_value(row, texts->text[i], out);
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

void option_show_mail_to(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	if (options->mail_to_count == 0)
		option_show_value(row, NULL, out);
	for (unsigned i = 0; i < options->mail_to_count; i++)
		option_show_value(row, options->mail_to[i], out);
}

void option_show_delimiter(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	char text[] = {options->delimiter, '\0'};

	if (options->delimiter == '\t')
		option_show_value(row, "tab", out);
	else
		option_show_value(row, options->delimiter == ';' ? "semicolon" : text, out);
}

void option_show_word(const struct options *options, const struct option_row *row, struct buf *out)
{
	struct span rest = span_of(row->words);

	for (unsigned i = *(const unsigned *)option_at(options, row); i > 0; i--)
		rest = span_from(rest, span_find(rest, ' ') + 1);
	rest = span_head(rest, span_find(rest, ' '));
	buf_printf(out, "%s = %.*s\n", row->name, (int)rest.n, rest.p);
}

void option_show_networks(
    const struct options *options, const struct option_row *row, struct buf *out)
{
	if (options->exempt_net_count == 0)
		option_show_value(row, NULL, out);
	for (unsigned i = 0; i < options->exempt_net_count; i++) {
		buf_printf(out, "%s = ", row->name);
		network_add(out, &options->exempt_net[i]);
		buf_add_char(out, '\n');
	}
}

void option_show_alert(const struct options *options, const struct option_row *row, struct buf *out)
{
	if (options->live.alert_count == 0)
		buf_printf(out, "%s = no\n", row->name);
	else
		buf_printf(out, "%s = %u/%u\n", row->name, options->live.alert_count,
		    options->live.alert_minutes);
}
