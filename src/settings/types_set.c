/* From the text of an option to its place in struct options. */
#include "settings/table.h"

#include <string.h>

#include "base/utf8.h"
#include "deliver/deliver_mail.h"
#include "record/alert_limit.h"
#include "sink/store_privacy.h"

static void *option_at(struct options *options, const struct option_row *row)
{
	return (char *)options + row->at;
}

/* False when the value is neither a yes nor a no. */
static bool option_read_switch(const char *value, bool *on_r)
{
	static const char *const yes[] = {"yes", "true", "on", "1"};
	static const char *const no[] = {"no", "false", "off", "0"};

	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
		bool is_yes = span_eq_nocase(span_of(value), span_of(yes[i]));

		if (!is_yes && !span_eq_nocase(span_of(value), span_of(no[i])))
			continue;
		*on_r = is_yes;
		return true;
	}
	return false;
}

bool option_is_switch(const struct option_row *row, const char *value)
{
	bool on;

	return row->takes == OPTION_PERHAPS && option_read_switch(value, &on);
}

int option_set_flag(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	bool *flag = option_at(options, row);

	if (value == NULL)
		*flag = true;
	else if (!option_read_switch(value, flag))
		return err_set(err, ERR_USAGE, "--%s=%s: expected yes or no", row->name, value);
	return 0;
}

int option_set_action(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	(void)value;
	(void)err;
	options->action = row->action;
	return 0;
}

int option_set_mode(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	const struct mode *mode = mode_find(options->modes, span_of(row->name));
	const struct mode *other = options->mode;

	(void)value;
	if (other != NULL && other != mode && options->mode_is_word)
		return err_set(err, ERR_USAGE, "the command %s and --%s cannot be combined",
		    other->name, mode->name);
	if (other != NULL && other != mode)
		return err_set(err, ERR_USAGE, "--%s and --%s cannot be combined",
		    other < mode ? other->name : mode->name,
		    other < mode ? mode->name : other->name);
	options->mode = mode;
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

/* "yes" is the default name, "no" takes back what a file says; a file of that name is ./no. */
int option_set_output(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	struct format_request output = {.wanted = true};

	if (value != NULL && *value == '\0')
		return err_set(err, ERR_USAGE, "--%s= needs the name of a file", row->name);
	if (value != NULL && !option_read_switch(value, &output.wanted))
		output.file = value;
	*(struct format_request *)option_at(options, row) = output;
	return 0;
}

/* IMAP's quoted strings cannot hold line breaks (RFC 3501, 9). */
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
	if (secret_take_argument(&options->password, value, err) != 0)
		return -1;
	/* argv is read twice: emptied, -pPASSWORD would be a bare -p and take the next argument. */
	*value = '*';
	return 0;
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

/* Only keys: libcurl knows no fingerprint of a whole certificate. */
/* Whose pins they are: the row's member is their number. */
static struct tls_settings *option_tls(struct options *options, const struct option_row *row)
{
	char *count = option_at(options, row);

	return (struct tls_settings *)(void *)(count - offsetof(struct tls_settings, pin_count));
}

int option_set_api_pin(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	struct tls_settings *tls = option_tls(options, row);
	struct tls_pin pin;

	if (tls->pin_count == TLS_MAX_PINS)
		return err_set(err, ERR_USAGE, "--%s: at most %d of them", row->name, TLS_MAX_PINS);
	if (tls_pin_parse(value, &pin, err) != 0)
		return err_prefix(err, "--%s", row->name);
	if (!pin.spki)
		return err_set(err, ERR_USAGE,
		    "--%s=%s: expected the fingerprint of a public key, spki:SHA256", row->name,
		    value);
	tls->pin[tls->pin_count++] = pin;
	return 0;
}

int option_set_texts(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	struct option_texts *texts = option_at(options, row);

	if (*value == '\0')
		return err_set(err, ERR_USAGE, "--%s= needs a value", row->name);
	if (texts->count == OPTIONS_MAX_TEXTS)
		return err_set(
		    err, ERR_USAGE, "--%s: at most %d of them", row->name, OPTIONS_MAX_TEXTS);
	texts->text[texts->count++] = value;
	return 0;
}

int option_set_columns(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (column_list_parse(value, &options->columns, err) != 0)
		return err_prefix(err, "--%s", row->name);
	return 0;
}

/* What makes a row, and whom it is of, is always kept. */
int option_set_history_columns(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	const bool hashes = row == OPTION(history_hash);
	struct column_list *list = hashes ? &options->history_hash : &options->history_without;
	struct column_list found;

	if (column_list_parse_key(value, COLUMN_COUNT, &found, err) != 0)
		return err_prefix(err, "--%s", row->name);
	for (unsigned i = 0; i < found.count; i++) {
		const enum column column = found.column[i];

		if (hashes ? store_privacy_may_hash(column) : store_privacy_may_leave_out(column))
			continue;
		return err_set(err, ERR_USAGE, "--%s: the history needs '%s' as it is", row->name,
		    record_columns[column].title);
	}
	*list = found;
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
	/* In a file a ; may begin a comment. */
	if (strcmp(value, "semicolon") == 0) {
		options->delimiter = ';';
		return 0;
	}
	for (size_t i = 0; i < sizeof(allowed); i++)
		if (value[0] == allowed[i] && value[1] == '\0') {
			options->delimiter = allowed[i];
			return 0;
		}
	return err_set(err, ERR_USAGE, "--%s=%s: expected , | semicolon or tab", row->name, value);
}

/* Checks an address; the caller stores it. */
static int option_check_address(const struct option_row *row, const char *value, struct err *err)
{
	if (deliver_mail_is_address(span_of(value)))
		return 0;
	return err_set(err, ERR_USAGE, "--%s=%s: not an address (someone@example.com)%s", row->name,
	    value, strchr(value, ',') != NULL ? "; give each by an option of its own" : "");
}

int option_set_mail_to(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (option_check_address(row, value, err) != 0)
		return -1;
	if (options->mail_to_count == OPTIONS_MAX_MAIL_TO)
		return err_set(
		    err, ERR_USAGE, "--%s: at most %d of them", row->name, OPTIONS_MAX_MAIL_TO);
	options->mail_to[options->mail_to_count++] = value;
	return 0;
}

int option_set_mail_from(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (option_check_address(row, value, err) != 0)
		return -1;
	return option_set_text(options, row, value, err);
}

int option_set_path(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (value[0] != '/')
		return err_set(err, ERR_USAGE, "--%s=%s: expected a path that begins with /",
		    row->name, value);
	return option_set_text(options, row, value, err);
}

int option_set_date(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (period_check_date(value, err) != 0) {
		if (row->at != offsetof(struct options, period.date))
			err_prefix(err, "--%s", row->name);
		return -1;
	}
	return option_set_text(options, row, value, err);
}

int option_set_when(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	bool since = row->at == offsetof(struct options, period.since);

	if (period_check_when(since ? "--since" : "--until", value, err) != 0)
		return -1;
	return option_set_text(options, row, value, err);
}

int option_set_zone(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (period_check_zone(value, err) != 0)
		return -1;
	return option_set_text(options, row, value, err);
}

int option_set_word(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	struct span rest = span_of(row->words);

	for (unsigned i = 0; rest.n > 0; i++) {
		size_t end = span_find(rest, ' ');

		if (span_eq(span_head(rest, end), span_of(value))) {
			*(unsigned *)option_at(options, row) = i;
			return 0;
		}
		rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(rest, end + 1);
	}
	return err_set(
	    err, ERR_USAGE, "--%s=%s: expected one of: %s", row->name, value, row->words);
}

int option_set_network(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	if (options->exempt_net_count == BLOCKLIST_MAX_EXEMPT)
		return err_set(
		    err, ERR_USAGE, "--%s: at most %d of them", row->name, BLOCKLIST_MAX_EXEMPT);
	if (!network_read(span_of(value), &options->exempt_net[options->exempt_net_count]))
		return err_set(err, ERR_USAGE,
		    "--%s=%s: expected an address, or a network such as 198.51.100.0/24 without "
		    "bits "
		    "behind the prefix",
		    row->name, value);
	options->exempt_net_count++;
	return 0;
}

/* N/MINUTES */
int option_set_alert(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	struct options_live *live = &options->live;
	uint64_t count = ALERT_COUNT, minutes = ALERT_MINUTES;
	bool on = true;
	struct span rest;
	size_t n;

	if (value != NULL && *value != '\0' && !option_read_switch(value, &on)) {
		n = span_number(span_of(value), &count);
		rest = span_from(span_of(value), n + 1);
		if (n == 0 || value[n] != '/' || rest.n == 0 ||
		    span_number(rest, &minutes) != rest.n || count < 1 || count > ALERT_MAX_COUNT ||
		    minutes < 1 || minutes > ALERT_MAX_MINUTES)
			return err_set(err, ERR_USAGE,
			    "--%s=%s: expected N/MINUTES, up to %d messages in up to %d minutes",
			    row->name, value, ALERT_MAX_COUNT, ALERT_MAX_MINUTES);
	}
	live->alert_count = on ? (unsigned)count : 0;
	live->alert_minutes = (unsigned)minutes;
	return 0;
}

int option_set_url(
    struct options *options, const struct option_row *row, char *value, struct err *err)
{
	struct span url = span_of(value);

	if (!span_starts_nocase(url, SPAN("https://")) && !span_starts_nocase(url, SPAN("http://")))
		return err_set(err, ERR_USAGE,
		    "--%s: expected an address that begins with https://", row->name);
	for (size_t i = 0; i < url.n; i++)
		if ((unsigned char)url.p[i] <= ' ' || (unsigned char)url.p[i] >= 0x7F)
			return err_set(err, ERR_USAGE,
			    "--%s: the address has a character that must be written as %%XX",
			    row->name);
	return option_set_text(options, row, value, err);
}
