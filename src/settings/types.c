/* The types of options: how each is set, taken back, shown and completed. */
#include "settings/table.h"

static void *option_at(struct options *options, const struct option_row *row)
{
	return (char *)options + row->at;
}

static const void *option_look(const struct options *options, const struct option_row *row)
{
	return (const char *)options + row->at;
}

static void option_clear_flag(struct options *options, const struct option_row *row)
{
	*(bool *)option_at(options, row) = false;
}

static bool option_has_flag(const struct options *options, const struct option_row *row)
{
	return *(const bool *)option_look(options, row);
}

static void option_clear_text(struct options *options, const struct option_row *row)
{
	*(const char **)option_at(options, row) = NULL;
}

static bool option_has_text(const struct options *options, const struct option_row *row)
{
	return *(const char *const *)option_look(options, row) != NULL;
}

/* An option that may be repeated is cleared by its number of values. */
static void option_clear_number(struct options *options, const struct option_row *row)
{
	*(unsigned *)option_at(options, row) = 0;
}

static bool option_has_number(const struct options *options, const struct option_row *row)
{
	return *(const unsigned *)option_look(options, row) != 0;
}

static void option_clear_output(struct options *options, const struct option_row *row)
{
	*(struct format_request *)option_at(options, row) = (struct format_request){0};
}

static bool option_has_output(const struct options *options, const struct option_row *row)
{
	const struct format_request *output = option_look(options, row);

	return output->wanted;
}

static void option_clear_columns(struct options *options, const struct option_row *row)
{
	*(struct column_list *)option_at(options, row) = (struct column_list){0};
}

static bool option_has_columns(const struct options *options, const struct option_row *row)
{
	const struct column_list *list = option_look(options, row);

	return list->count > 0;
}

static void option_clear_password(struct options *options, const struct option_row *row)
{
	(void)row;
	secret_wipe(&options->password);
}

static bool option_has_password(const struct options *options, const struct option_row *row)
{
	(void)row;
	return options->password.bytes != NULL;
}

static void option_clear_tls(struct options *options, const struct option_row *row)
{
	(void)row;
	options->tls.mode = TLS_IMPLICIT;
}

static bool option_has_tls(const struct options *options, const struct option_row *row)
{
	(void)row;
	return options->tls.mode != TLS_IMPLICIT;
}

static void option_clear_delimiter(struct options *options, const struct option_row *row)
{
	(void)row;
	options->delimiter = '\0';
}

static bool option_has_delimiter(const struct options *options, const struct option_row *row)
{
	(void)row;
	return options->delimiter != '\0';
}

static void option_clear_action(struct options *options, const struct option_row *row)
{
	(void)row;
	options->action = OPTIONS_RUN;
}

static bool option_has_action(const struct options *options, const struct option_row *row)
{
	return options->action == row->action;
}

static void option_clear_mode(struct options *options, const struct option_row *row)
{
	(void)row;
	options->mode = NULL;
}

static bool option_has_mode(const struct options *options, const struct option_row *row)
{
	return options->mode != NULL && span_eq(span_of(options->mode->name), span_of(row->name));
}

#define OPS(set_as, as, show_as)                                                                   \
	.set = option_set_##set_as, .clear = option_clear_##as, .is_set = option_has_##as,         \
	.show = option_show_##show_as

const struct option_ops option_types[OPTION_TYPE_COUNT] = {
    [OPTION_TYPE_ACTION] = {.set = option_set_action,
	.clear = option_clear_action,
	.is_set = option_has_action},
    [OPTION_TYPE_MODE] = {.set = option_set_mode,
	.clear = option_clear_mode,
	.is_set = option_has_mode},
    [OPTION_TYPE_FLAG] = {OPS(flag, flag, flag)},
    [OPTION_TYPE_TEXT] = {OPS(text, text, text)},
    [OPTION_TYPE_PROFILE] = {OPS(text, text, text), .complete = OPTION_COMPLETE_PROFILE},
    [OPTION_TYPE_FILE] = {OPS(text, text, text), .complete = OPTION_COMPLETE_FILE},
    [OPTION_TYPE_FOLDER] = {OPS(text, text, text), .complete = OPTION_COMPLETE_FOLDER},
    [OPTION_TYPE_PROGRAM] = {OPS(path, text, text), .complete = OPTION_COMPLETE_FILE},
    /* People write passwords into commands, so commands are not shown. */
    [OPTION_TYPE_COMMAND] = {OPS(text, text, secret)},
    [OPTION_TYPE_USER] = {OPS(user, text, text)},
    [OPTION_TYPE_MAILBOX] = {OPS(folder, text, text)},
    [OPTION_TYPE_ADDRESS] = {OPS(mail_from, text, text)},
    [OPTION_TYPE_DATE] = {OPS(date, text, text), .complete = OPTION_COMPLETE_WORDS,
	.words = "today yesterday"},
    [OPTION_TYPE_WHEN] = {OPS(when, text, text), .complete = OPTION_COMPLETE_WORDS,
	.words = "today yesterday"},
    [OPTION_TYPE_ZONE] = {OPS(zone, text, text), .complete = OPTION_COMPLETE_ZONE},
    [OPTION_TYPE_NUMBER] = {OPS(number, number, number)},
    [OPTION_TYPE_PORT] = {OPS(number, number, port)},
    [OPTION_TYPE_OUTPUT] = {OPS(output, output, output), .complete = OPTION_COMPLETE_FILE},
    [OPTION_TYPE_COLUMNS] = {OPS(columns, columns, columns), .complete = OPTION_COMPLETE_COLUMNS},
    [OPTION_TYPE_HISTORY_COLUMNS] = {OPS(history_columns, columns, columns),
	.complete = OPTION_COMPLETE_GROUPS},
    [OPTION_TYPE_GROUP_KEY] = {OPS(group_by, columns, columns), .complete = OPTION_COMPLETE_GROUPS},
    [OPTION_TYPE_PASSWORD] = {OPS(password, password, secret)},
    [OPTION_TYPE_TLS] = {OPS(tls, tls, tls), .complete = OPTION_COMPLETE_WORDS,
	.words = "implicit starttls off"},
    [OPTION_TYPE_DELIMITER] = {OPS(delimiter, delimiter, delimiter),
	.complete = OPTION_COMPLETE_WORDS, .words = "semicolon tab"},
    [OPTION_TYPE_HOSTS] = {OPS(host, number, host), .complete = OPTION_COMPLETE_HOST,
	.repeats = true},
    [OPTION_TYPE_FINGERPRINTS] = {OPS(fingerprint, number, fingerprint), .repeats = true},
    [OPTION_TYPE_IDENTITY_HEADERS] = {OPS(identity_header, number, identity_header),
	.repeats = true},
    [OPTION_TYPE_WORD] = {OPS(word, number, word), .complete = OPTION_COMPLETE_WORDS},
    [OPTION_TYPE_NETWORKS] = {OPS(network, number, networks), .repeats = true},
    [OPTION_TYPE_API_HOST] = {OPS(api_host, text, api_host), .complete = OPTION_COMPLETE_HOST},
    [OPTION_TYPE_API_PINS] = {OPS(api_pin, number, api_pins), .repeats = true},
    [OPTION_TYPE_ALERT] = {OPS(alert, number, alert)},
    /* What is behind the host is a secret of many. */
    [OPTION_TYPE_URL] = {OPS(url, text, secret)},
    [OPTION_TYPE_TEXTS] = {OPS(texts, number, texts), .repeats = true},
    [OPTION_TYPE_ADDRESSES] = {OPS(mail_to, number, mail_to), .repeats = true},
};

const struct option_ops *option_ops(const struct option_row *row)
{
	return &option_types[row->type];
}

const char *option_words(const struct option_row *row)
{
	return row->words != NULL ? row->words : option_ops(row)->words;
}

bool option_is_set(const struct options *options, const struct option_row *row)
{
	return option_ops(row)->is_set(options, row);
}

void option_clear(struct options *options, const struct option_row *row)
{
	struct err unused = ERR_INIT; /* a test looks whether each preset can be set */

	option_ops(row)->clear(options, row);
	/* No type that has a preset writes into the value. */
	if (row->preset != NULL)
		option_ops(row)->set(options, row, (char *)row->preset, &unused);
}
