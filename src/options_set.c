/* From the text of an option to its place in struct options. */
#include "options_table.h"

#include <string.h>

#include "base/utf8.h"

static void *option_at(struct options *options, const struct option_row *row)
{
	return (char *)options + row->at;
}

int option_set_flag(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	(void)value;
	(void)err;
	*(bool *)option_at(options, row) = true;
	return 0;
}

int option_set_action(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	bool ends = row->action == OPTIONS_HELP || row->action == OPTIONS_VERSION;

	(void)value;
	if (!ends && options->action != OPTIONS_REPORT && options->action != row->action)
		return err_set(err, ERR_USAGE, "--check and --show-config cannot be combined");
	options->action = row->action;
	return 0;
}

int option_set_text(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (*value == '\0')
		return err_set(err, ERR_USAGE, "--%s= needs a value", row->name);
	*(const char **)option_at(options, row) = value;
	return 0;
}

int option_set_number(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	struct span text = span_of(value);
	uint64_t number = 0;

	if (text.n == 0 || span_number(text, &number) != text.n || number < row->min ||
	    number > row->max)
		return err_set(err, ERR_USAGE, "--%s=%s: expected a number from %u to %u",
		    row->name, value, row->min, row->max);
	*(unsigned *)option_at(options, row) = (unsigned)number;
	return 0;
}

int option_set_output(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (value != NULL && *value == '\0')
		return err_set(err, ERR_USAGE, "--%s= needs the name of a file", row->name);
	*(struct options_output *)option_at(options, row) =
	    (struct options_output){.wanted = true, .file = value};
	return 0;
}

/* What goes to the server in a quoted string cannot have a line break in it (RFC 3501, 9). */
static int option_set_name(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (strpbrk(value, "\r\n") != NULL)
		return err_set(err, ERR_USAGE, "--%s: the name has a line break in it", row->name);
	if (strlen(value) > OPTIONS_MAX_NAME)
		return err_set(err, ERR_USAGE, "--%s: the name is longer than %d bytes", row->name,
		    OPTIONS_MAX_NAME);
	return option_set_text(options, row, value, err);
}

int option_set_user(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	return option_set_name(options, row, value, err);
}

int option_set_folder(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (!utf8_valid(span_of(value)))
		return err_set(err, ERR_USAGE, "--%s: the name is not UTF-8", row->name);
	return option_set_name(options, row, value, err);
}

int option_set_password(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	(void)row;
	secret_wipe(&options->password);
	return secret_take_argument(&options->password, value, err);
}

int option_set_tls(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (strcmp(value, "implicit") == 0)
		options->tls.mode = TLS_IMPLICIT;
	else if (strcmp(value, "starttls") == 0)
		options->tls.mode = TLS_STARTTLS;
	else if (strcmp(value, "off") == 0)
		options->tls.mode = TLS_OFF;
	else
		return err_set(err, ERR_USAGE, "--%s=%s: expected implicit, starttls or off",
		    row->name, value);
	return 0;
}

int option_set_fingerprint(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	struct tls_settings *tls = &options->tls;

	if (tls->pin_count == TLS_MAX_PINS)
		return err_set(err, ERR_USAGE, "--%s: at most %d of them", row->name, TLS_MAX_PINS);
	if (tls_pin_parse(value, &tls->pin[tls->pin_count], err) != 0)
		return err_prefix(err, "--%s", row->name);
	tls->pin_count++;
	return 0;
}

int option_set_columns(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (column_list_parse(value, &options->columns, err) != 0)
		return err_prefix(err, "--%s", row->name);
	return 0;
}

int option_set_group_by(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (column_list_parse_key(value, GROUP_MAX_KEYS, &options->group_by, err) != 0)
		return err_prefix(err, "--%s", row->name);
	return 0;
}

int option_set_identity_header(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (options->identity_header_count == EVIDENCE_MAX_IDENTITY_HEADERS)
		return err_set(err, ERR_USAGE, "--%s: at most %d of them", row->name,
		    EVIDENCE_MAX_IDENTITY_HEADERS);
	if (!evidence_is_identity_header(span_of(value)))
		return err_set(
		    err, ERR_USAGE, "--%s=%s: not the name of a header field", row->name, value);
	options->identity_headers[options->identity_header_count++] = value;
	return 0;
}

int option_set_delimiter(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	static const char allowed[] = {',', ';', '|', '\t'};

	if (strcmp(value, "tab") == 0 || strcmp(value, "\\t") == 0) {
		options->delimiter = '\t';
		return 0;
	}
	for (size_t i = 0; i < sizeof(allowed); i++)
		if (value[0] == allowed[i] && value[1] == '\0') {
			options->delimiter = allowed[i];
			return 0;
		}
	return err_set(err, ERR_USAGE, "--%s=%s: expected , ; | or tab", row->name, value);
}
