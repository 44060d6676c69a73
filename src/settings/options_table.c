#include "settings/options_table.h"

const char *const option_group_titles[OPTION_GROUP_COUNT] = {
    [OPTION_GROUP_REPORT] = "Report",
    [OPTION_GROUP_GROUPS] = "Groups, most messages first",
    [OPTION_GROUP_MESSAGES] = "Which messages",
    [OPTION_GROUP_PERIOD] = "Period (yesterday, unless said otherwise)",
    [OPTION_GROUP_CONNECTION] = "Connection",
    [OPTION_GROUP_PASSWORD] = "Password (the first of these; then the systemd credential "
			      "imap-password;\nthen a prompt)",
    [OPTION_GROUP_CSV] = "Form of CSV and display",
    [OPTION_GROUP_MAIL] = "Report by mail",
    [OPTION_GROUP_SCHEDULED] = "Scheduled runs",
    [OPTION_GROUP_DIAGNOSIS] = "Diagnosis",
    [OPTION_GROUP_HELP] = "Help",
};

#define AT(member) .at = offsetof(struct options, member)
#define FLAG(member)                                                                               \
	.takes = OPTION_SWITCH, .set = option_set_flag, .show = option_show_flag, AT(member)
#define TEXT(member, display)                                                                      \
	.takes = OPTION_ARGUMENT, .argument = (display), .set = option_set_text,                   \
	.show = option_show_text, .optional = true, AT(member)
#define CHECKED(member, display, check)                                                            \
	.takes = OPTION_ARGUMENT, .argument = (display), .set = option_set_##check,                \
	.show = option_show_text, .optional = true, AT(member)
#define NUMBER(member, display, low, high)                                                         \
	.takes = OPTION_ARGUMENT, .argument = (display), .set = option_set_number,                 \
	.show = option_show_number, AT(member), .min = (low), .max = (high)
#define CUSTOM(what, display)                                                                      \
	.takes = OPTION_ARGUMENT, .argument = (display), .set = option_set_##what,                 \
	.show = option_show_##what
#define OUTPUT(member)                                                                             \
	.takes = OPTION_PERHAPS, .argument = "FILE", .set = option_set_output,                     \
	.show = option_show_output, .acts = true, AT(member)
#define ACTION(what)                                                                               \
	.takes = OPTION_NOTHING, .set = option_set_action, .action = (what), .no_file = true
#define COUNTED(member) .optional = true, AT(member), .counter = offsetof(struct options, member)

/* clang-format off */
const struct option_row option_rows[] = {
    {"csv", 'c', .original = true, .group = OPTION_GROUP_REPORT, OUTPUT(csv),
     .help = "save to a CSV file; it appears under its name only when it is complete. "
	     "Default name: quarantine-<outgoing|incoming|all>-<YYYY-MM-DD>.csv "
	     "in the working directory; --csv=- is standard output"},
    {"display", 'd', .original = true, .group = OPTION_GROUP_REPORT, FLAG(display),
     .help = "show the loglines as they pass by (the default when no other output is asked for)"},
    {"json", .group = OPTION_GROUP_REPORT, OUTPUT(json),
     .help = "save as JSON Lines: all columns, and which rule filled them"},
    {"html", .group = OPTION_GROUP_REPORT, OUTPUT(html),
     .help = "save as one page for a browser: totals, charts, the top senders with sample messages"},
    {"columns", .group = OPTION_GROUP_REPORT, .takes = OPTION_ARGUMENT, .argument = "LIST",
     .set = option_set_columns, .show = option_show_columns, AT(columns),
     .help = "default, all, or names of columns, separated by commas"},
    {"identity-header", .group = OPTION_GROUP_REPORT, CUSTOM(identity_header, "NAME"),
     COUNTED(identity_header_count),
     .help = "the header field that names the sender at your provider: it fills Identity before "
	     "all others; may be repeated, the first that is not empty counts"},

    {"group-by", .group = OPTION_GROUP_GROUPS, .takes = OPTION_ARGUMENT, .argument = "COLUMN,...",
     .set = option_set_group_by, .show = option_show_columns, AT(group_by),
     .optional = true,
     .help = "in CSV, display and JSON one row for each distinct value of these columns; on the page "
	     "a table of them"},
    {"top", .group = OPTION_GROUP_GROUPS, NUMBER(limits.top, "N", 1, OPTIONS_MAX_GROUPS),
     .optional = true,
     .help = "the N largest groups, and a row for the others (by Identity without --group-by)"},
    {"min-count", .group = OPTION_GROUP_GROUPS, NUMBER(limits.min_count, "N", 1, UINT32_MAX),
     .optional = true,
     .help = "only groups of N messages or more, and a row for the others"},
    {"identity-report", .group = OPTION_GROUP_GROUPS, OUTPUT(identity_report),
     .help = "save a CSV with the columns of the filter's own report by identity"},
    {"merge", .group = OPTION_GROUP_GROUPS, FLAG(merge), .no_file = true,
     .help = "read saved reports, the CSV or JSON files named as arguments (- is standard input), "
	     "instead of a server, and group what they hold (by Identity without --group-by)"},

    {"outgoing", 'o', .original = true, .group = OPTION_GROUP_MESSAGES, FLAG(outgoing),
     .help = "the outgoing quarantine (the default)"},
    {"incoming", 'i', .original = true, .group = OPTION_GROUP_MESSAGES, FLAG(incoming),
     .help = "the incoming quarantine; with -o both, outgoing first"},
    {"no-bounce", 'n', .original = true, .group = OPTION_GROUP_MESSAGES, FLAG(no_bounce),
     .help = "filter out mail from mailer-daemon"},
    {"outgoing-folder", .group = OPTION_GROUP_MESSAGES, .takes = OPTION_ARGUMENT,
     .argument = "NAME", .set = option_set_folder, .show = option_show_text, AT(outgoing_folder),
     .help = "the folder of -o (default 'Caught (Outgoing)')"},
    {"incoming-folder", .group = OPTION_GROUP_MESSAGES, .takes = OPTION_ARGUMENT,
     .argument = "NAME", .set = option_set_folder, .show = option_show_text, AT(incoming_folder),
     .help = "the folder of -i (default 'Caught')"},

    {"today", 't', .original = true, .group = OPTION_GROUP_PERIOD, FLAG(period.today),
     .choice = OPTION_CHOICE_PERIOD,
     .help = "today"},
    {"date", .group = OPTION_GROUP_PERIOD, CHECKED(period.date, "YYYY-MM-DD", date),
     .choice = OPTION_CHOICE_PERIOD,
     .help = "that day"},
    {"since", .group = OPTION_GROUP_PERIOD, CHECKED(period.since, "WHEN", when),
     .choice = OPTION_CHOICE_PERIOD,
     .help = "from then on: YYYY-MM-DD, YYYY-MM-DDTHH:MM[:SS], "
	     "or a span back from now (90m, 2h, 3d, 1w)"},
    {"until", .group = OPTION_GROUP_PERIOD, CHECKED(period.until, "WHEN", when),
     .choice = OPTION_CHOICE_PERIOD,
     .help = "up to then (default now); a day ends the period with its first moment"},
    {"timezone", .group = OPTION_GROUP_PERIOD, CHECKED(timezone, "ZONE", zone),
     .help = "the zone of days and times, such as Europe/Berlin (default the system's)"},

    {"imaphost", 's', .original = true, .group = OPTION_GROUP_CONNECTION,
     CUSTOM(host, "HOST[:PORT]"), COUNTED(host_count),
     .help = "the quarantine server: name or address; [ADDRESS]:PORT for IPv6; may be repeated, "
	     "for one report of several"},
    {"username", 'u', .original = true, .group = OPTION_GROUP_CONNECTION, .takes = OPTION_ARGUMENT,
     .argument = "USER", .set = option_set_user, .show = option_show_text, AT(username),
     .help = "the IMAP account (default global)"},
    {"port", .group = OPTION_GROUP_CONNECTION, .takes = OPTION_ARGUMENT, .argument = "N",
     .set = option_set_number, .show = option_show_port, AT(tls.port), .min = 1, .max = 65535,
     .optional = true,
     .help = "default 993; 143 without implicit TLS"},
    {"tls", .group = OPTION_GROUP_CONNECTION, CUSTOM(tls, "MODE"), AT(tls.mode),
     .help = "implicit (the default), starttls or off"},
    {"ca-file", .group = OPTION_GROUP_CONNECTION, TEXT(tls.ca_file, "FILE"), .acts = true,
     .help = "trust the certificates in this PEM file instead of the system's"},
    {"fingerprint", .group = OPTION_GROUP_CONNECTION, CUSTOM(fingerprint, "SHA256"),
     COUNTED(tls.pin_count),
     .help = "accept the certificate with this fingerprint, or with spki:SHA256 "
	     "the public key, without CA and name checks; may be repeated"},
    {"allow-plaintext", .group = OPTION_GROUP_CONNECTION, FLAG(tls.allow_plaintext),
     .help = "allow --tls=off to another machine: anyone on the way reads the password"},
    {"timeout", .group = OPTION_GROUP_CONNECTION,
     NUMBER(timeout, "SECONDS", 1, OPTIONS_MAX_TIMEOUT),
     .help = "give up when the server is silent that long (default 60)"},
    {"deadline", .group = OPTION_GROUP_CONNECTION,
     NUMBER(deadline, "SECONDS", 0, OPTIONS_MAX_DEADLINE),
     .help = "give up when the whole run takes that long (default 3600, 0 is never)"},

    {"password", 'p', .original = true, .group = OPTION_GROUP_PASSWORD,
     .takes = OPTION_ARGUMENT, .argument = "PASSWORD", .set = option_set_password,
     .show = option_show_secret, AT(password.bytes),
     .choice = OPTION_CHOICE_PASSWORD, .optional = true,
     .help = "for old cron lines; a file or a command is better"},
    {"password-file", .group = OPTION_GROUP_PASSWORD, TEXT(password_file, "FILE"), .acts = true,
     .choice = OPTION_CHOICE_PASSWORD,
     .help = "read it from a file"},
    /* People write passwords into commands, so that one is not shown either. */
    {"password-command", .group = OPTION_GROUP_PASSWORD, .takes = OPTION_ARGUMENT,
     .argument = "COMMAND", .set = option_set_text, .show = option_show_secret,
     AT(password_command), .acts = true, .choice = OPTION_CHOICE_PASSWORD, .optional = true,
     .help = "take what a shell command prints"},

    {"delimiter", .group = OPTION_GROUP_CSV, CUSTOM(delimiter, "C"),
     .help = "between the columns: , ; | or tab (default ,); in files semicolon for ;"},
    {"csv-bom", .group = OPTION_GROUP_CSV, FLAG(csv_bom),
     .help = "begin the CSV with a byte order mark, for spreadsheets that want one"},
    {"raw-csv", .group = OPTION_GROUP_CSV, FLAG(raw_csv),
     .help = "write cells as they are, also what a spreadsheet would take for a formula or number"},

    {"mail-to", .group = OPTION_GROUP_MAIL, CUSTOM(mail_to, "ADDRESS"), COUNTED(mail_to_count),
     .help = "mail a summary there, with the files of the other outputs attached; may be repeated"},
    {"mail-from", .group = OPTION_GROUP_MAIL, .takes = OPTION_ARGUMENT, .argument = "ADDRESS",
     .set = option_set_mail_from, .show = option_show_text, AT(mail_from),
     .optional = true,
     .help = "the sender (default the user's own address, as sendmail knows it)"},
    {"mail-subject", .group = OPTION_GROUP_MAIL, TEXT(mail_subject, "TEXT"),
     .help = "the subject (default: how many, when, and who sent most)"},
    {"mail-empty", .group = OPTION_GROUP_MAIL, FLAG(mail_empty),
     .help = "mail also when there is nothing to report"},
    {"sendmail", .group = OPTION_GROUP_MAIL, .takes = OPTION_ARGUMENT, .argument = "PATH",
     .set = option_set_path, .show = option_show_text, AT(sendmail), .acts = true,
     .help = "the program that takes mail (default /usr/sbin/sendmail)"},

    {"profile", .group = OPTION_GROUP_SCHEDULED, TEXT(profile, "NAME"), .no_file = true,
     .help = "also the settings of [profile NAME] in the configuration files"},
    {"config", .group = OPTION_GROUP_SCHEDULED, TEXT(config_file, "FILE"), .no_file = true,
     .help = "the configuration file (default ~/.config/quarantine-report/config, and "
	     ENV_SYSTEM_CONFIG " below it)"},
    {"partial", .group = OPTION_GROUP_SCHEDULED, FLAG(partial),
     .help = "of several servers report those that answer, and mark the report as incomplete"},
    {"new-only", .group = OPTION_GROUP_SCHEDULED, FLAG(new_only),
     .help = "only messages that came since the last run; at first those of the period (today, "
	     "unless said otherwise)"},
    {"state-dir", .group = OPTION_GROUP_SCHEDULED, TEXT(state_dir, "DIR"), .acts = true,
     .help = "where --new-only and --profile keep what they must know of the last run (default "
	     "~/.local/state/quarantine-report)"},
    {"retries", .group = OPTION_GROUP_SCHEDULED, NUMBER(retries, "N", 0, OPTIONS_MAX_RETRIES),
     .help = "try again so often when a server cannot be reached (default 0)"},
    {"syslog", .group = OPTION_GROUP_SCHEDULED, FLAG(syslog),
     .help = "a line for each run in the system's log"},

    {"check", .group = OPTION_GROUP_DIAGNOSIS, ACTION(OPTIONS_CHECK),
     .help = "connect, show the certificate and its fingerprints, log in, list the "
	     "folders; changes nothing and reports nothing"},
    {"explain", .group = OPTION_GROUP_DIAGNOSIS, FLAG(explain),
     .help = "instead of the loglines show, for each message, which rule filled which column, from "
	     "which header field, and fields that no rule knows"},
    {"show-config", .group = OPTION_GROUP_DIAGNOSIS, ACTION(OPTIONS_SHOW_CONFIG),
     .help = "show the effective settings, and where each was made, secrets as *"},
    {"verbose", 'v', .group = OPTION_GROUP_DIAGNOSIS, FLAG(verbose), .choice = OPTION_CHOICE_VERBOSITY,
     .help = "say what is going on, and count the messages at the end"},
    {"quiet", 'q', .group = OPTION_GROUP_DIAGNOSIS, FLAG(quiet), .choice = OPTION_CHOICE_VERBOSITY,
     .help = "errors only, no warnings"},
    {"trace", .group = OPTION_GROUP_DIAGNOSIS, FLAG(trace),
     .help = "show the protocol on standard error, secrets masked"},

    {"help", 'h', .original = true, .group = OPTION_GROUP_HELP, ACTION(OPTIONS_HELP),
     .help = "this text"},
    {"version", 'V', .group = OPTION_GROUP_HELP, ACTION(OPTIONS_VERSION),
     .help = "the version, also of the libraries"},
};
/* clang-format on */

const unsigned option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);
