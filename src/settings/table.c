#include "settings/table.h"

const char *const option_group_titles[OPTION_GROUP_COUNT] = {
    [OPTION_GROUP_REPORT] = "Report",
    [OPTION_GROUP_GROUPS] = "Groups, most messages first",
    [OPTION_GROUP_MESSAGES] = "Which messages",
    [OPTION_GROUP_FILES] = "Files instead of a server, and reports of abuse (ARF)",
    [OPTION_GROUP_PERIOD] = "Period (yesterday, unless said otherwise)",
    [OPTION_GROUP_CONNECTION] = "Connection",
    [OPTION_GROUP_PASSWORD] = "Password (the first of these; then the systemd credential "
			      "imap-password;\nthen a prompt)",
    [OPTION_GROUP_CSV] = "Form of CSV and display",
    [OPTION_GROUP_MAIL] = "Report by mail",
    [OPTION_GROUP_SCHEDULED] = "Scheduled runs",
    [OPTION_GROUP_LIVE] = "Runs that stay",
    [OPTION_GROUP_HISTORY] = "The history (the command history)",
    [OPTION_GROUP_API] = "The filter's API",
    [OPTION_GROUP_CHANGES] = "Changes by the API (after a question each)",
    [OPTION_GROUP_DIAGNOSIS] = "Diagnosis",
    [OPTION_GROUP_HELP] = "Help",
};

#define AT(member)         .at = offsetof(struct options, member)
#define IN(where, subject) .group = OPTION_GROUP_##where, .about = MODE_##subject
/* Of the history, too; or of whatever shows a list. */
#define ALSO   .also = MODE_HISTORY
#define LISTED .also = MODE_LIST
#define IN2(where, subject, more)                                                                  \
	.group = OPTION_GROUP_##where, .about = MODE_##subject | MODE_##more
#define TYPE(what, member, display)                                                                \
	.takes = OPTION_ARGUMENT, .argument = (display), .type = OPTION_TYPE_##what, AT(member)
#define FLAG(member) .takes = OPTION_SWITCH, .type = OPTION_TYPE_FLAG, AT(member)
#define OUTPUT_TO(place, member)                                                                   \
	.takes = OPTION_PERHAPS, .argument = place, .type = OPTION_TYPE_OUTPUT, .acts = true,      \
	AT(member)
#define OUTPUT(member) OUTPUT_TO("FILE", member)
/* The option of a format, from its row in formats.h. */
#define FORMAT_ROW(name, kind, option, row)                                                        \
	{FORMAT_MEMBERS option, FORMAT_##kind(FORMAT_##name), .format = &formats[FORMAT_##name]},
#define FORMAT_OUTPUT(id) OUTPUT(output[id])
#define FORMAT_FLAG(id)   FLAG(output[id].wanted)
#define NUMBER(member, display, low, high)                                                         \
	TYPE(NUMBER, member, display), .min = (low), .max = (high)
#define MODE .takes = OPTION_NOTHING, .type = OPTION_TYPE_MODE, .no_file = true
#define ACTION(what)                                                                               \
	.takes = OPTION_NOTHING, .type = OPTION_TYPE_ACTION, .action = (what), .no_file = true

/* clang-format off */
const struct option_row option_rows[] = {
    FORMATS_OF_REPORT(FORMAT_ROW)
    {"columns", IN(REPORT, OUTPUTS), TYPE(COLUMNS, columns, "LIST"), .preset = "default",
     .help = "default, all, or names of columns, separated by commas"},
    {"color", IN(REPORT, LOOKS), TYPE(WORD, color, "WHEN"), .words = "auto always never",
     .help = "colors in the table of groups: auto (on a terminal; the default), always or never"},
    {"identity-header", IN(REPORT, MESSAGES),
     TYPE(IDENTITY_HEADERS, identity_header_count, "NAME"), .optional = true,
     .help = "the header field that names the sender at your provider: it fills Identity before "
	     "all others; may be repeated, the first that is not empty counts"},

    {"group-by", IN(GROUPS, OUTPUTS), TYPE(GROUP_KEY, group_by, "COLUMN,..."),
     .optional = true,
     .help = "in CSV, TSV, display and JSON one row for each distinct value of these columns; on the page "
	     "a table of them"},
    {"top", IN(GROUPS, OUTPUTS), ALSO, NUMBER(limits.top, "N", 1, OPTIONS_MAX_GROUPS),
     .optional = true,
     .help = "the N largest groups, and a row for the others (by Identity without --group-by)"},
    {"min-count", IN(GROUPS, OUTPUTS), NUMBER(limits.min_count, "N", 1, UINT32_MAX),
     .optional = true,
     .help = "only groups of N messages or more, and a row for the others"},
    FORMATS_OF_GROUPS(FORMAT_ROW)
    {"blocklist-form", IN(GROUPS, OUTPUTS), TYPE(WORD, blocklist_form, "FORM"),
     .words = "postfix csf plain",
     .help = "of the blocklist: postfix (ADDRESS REJECT, for an access map; the default), csf, or "
	     "plain"},
    {"exempt-net", IN(GROUPS, OUTPUTS), TYPE(NETWORKS, exempt_net_count, "NETWORK"),
     .optional = true,
     .help = "addresses that are never in the blocklist, such as 198.51.100.0/24; may be repeated"},
    {"new-after", IN(GROUPS, OUTPUTS), NUMBER(new_after, "DAYS", 1, OPTIONS_MAX_NEW_AFTER),
     .preset = "30",
     .help = "with --history: a group is new that has not been seen for so many days before the "
	     "period (default 30)"},

    {"outgoing", 'o', .original = true, IN(MESSAGES, MESSAGES), FLAG(outgoing),
     .help = "the outgoing quarantine (the default)"},
    {"incoming", 'i', .original = true, IN(MESSAGES, MESSAGES), FLAG(incoming),
     .help = "the incoming quarantine; with -o both, outgoing first"},
    {"no-bounce", 'n', .original = true, IN(MESSAGES, MESSAGES), FLAG(no_bounce),
     .help = "filter out mail from mailer-daemon"},
    {"outgoing-folder", IN(MESSAGES, MESSAGES), TYPE(MAILBOX, outgoing_folder, "NAME"),
     .preset = "Caught (Outgoing)",
     .help = "the folder of -o (default 'Caught (Outgoing)')"},
    {"incoming-folder", IN(MESSAGES, MESSAGES), TYPE(MAILBOX, incoming_folder, "NAME"),
     .preset = "Caught",
     .help = "the folder of -i (default 'Caught')"},

    {"input", IN(FILES, FILES), TYPE(WORD, input, "TYPE"),
     .words = "auto csv json eml mbox maildir arf exim postfix php", .no_file = true,
     .help = "what the files are, when their content does not show it: csv or json (saved reports), "
	     "eml, mbox, maildir (messages), arf (reports of abuse), exim, postfix (mail logs), php (what mail() logs)"},
    {"recursive", IN(FILES, FILES), FLAG(recursive), .no_file = true,
     .help = "read folders as trees: their Maildirs, and files named *.eml"},
    {"auth-failures", IN(FILES, FILES), FLAG(auth_failures),
     .help = "count reports of abuse about failed authentication, too, which tell of forgers"},
    {"failed-logins", IN(FILES, FILES), FLAG(failed_logins), .no_file = true,
     .help = "of mail logs the logins that failed instead of messages, a row each: who tried which "
	     "name"},
    {"log-host", IN(FILES, FILES), TYPE(TEXT, log_host, "NAME"), .no_file = true, .optional = true,
     .help = "the host of Exim's own logs, which do not name it; the word directory takes the name "
	     "of the directory that each lies in"},
    {"log-end", IN(FILES, FILES), TYPE(DATE, log_end, "YYYY-MM-DD"), .no_file = true,
     .optional = true,
     .help = "the last day of mail logs whose stamps have no year, where the times of the files are "
	     "lost"},
    {"filter-uid", IN(FILES, FILES), NUMBER(filter_uid, "UID", 1, UINT32_MAX), .optional = true,
     .help = "the local user that a filter of Postfix runs as (pipe, sendmail): what it hands in "
	     "again is no message of its own"},
    {"merge", IN(FILES, FILES), FLAG(merge), .no_file = true,
     .help = "group what the files hold (by Identity without --group-by): one report of several "
	     "saved ones"},

    {"arf", IN2(FILES, MESSAGES, PERIOD), FLAG(arf),
     .help = "the server's folder (--folder) is a mailbox that reports of abuse are sent to"},
    {"folder", IN2(FILES, MESSAGES, PERIOD), TYPE(MAILBOX, arf_folder, "NAME"), .preset = "INBOX",
     .help = "the folder of --arf (default INBOX)"},

    {"today", 't', .original = true, IN(PERIOD, PERIOD), ALSO, FLAG(period.today),
     .choice = OPTION_CHOICE_PERIOD,
     .help = "today"},
    {"date", IN(PERIOD, PERIOD), ALSO, TYPE(DATE, period.date, "YYYY-MM-DD"), .optional = true,
     .choice = OPTION_CHOICE_PERIOD,
     .help = "that day; today and yesterday are words for it as well"},
    {"since", IN(PERIOD, PERIOD), .also = MODE_HISTORY | MODE_BLACKLIST,
     TYPE(WHEN, period.since, "WHEN"), .optional = true,
     .choice = OPTION_CHOICE_PERIOD,
     .help = "from then on: YYYY-MM-DD, YYYY-MM-DDTHH:MM[:SS], today, yesterday, "
	     "or a span back from now (90m, 2h30m, 3d, 1w)"},
    {"until", IN(PERIOD, PERIOD), .also = MODE_HISTORY | MODE_BLACKLIST,
     TYPE(WHEN, period.until, "WHEN"), .optional = true,
     .choice = OPTION_CHOICE_PERIOD,
     .help = "up to then (default now); a day ends the period with its first moment"},
    {"timezone", IN(PERIOD, LOOKS), .also = MODE_BLACKLIST,
     TYPE(ZONE, timezone, "ZONE"), .optional = true,
     .help = "the zone of days and times, such as Europe/Berlin (default the system's)"},

    {"imaphost", 's', .original = true, IN(CONNECTION, SERVER),
     TYPE(HOSTS, host_count, "HOST[:PORT]"), .optional = true,
     .help = "the quarantine server: name or address; [ADDRESS]:PORT for IPv6; may be repeated, "
	     "for one report of several"},
    {"username", 'u', .original = true, IN(CONNECTION, SERVER), .also = MODE_USER,
     TYPE(USER, username, "USER"), .preset = "global",
     .help = "the IMAP account (default global); of lock, unlock, locked and blacklist the "
	     "outgoing user"},
    {"port", IN(CONNECTION, SERVER), TYPE(PORT, tls.port, "N"), .min = 1, .max = 65535,
     .optional = true,
     .help = "default 993; 143 without implicit TLS"},
    {"tls", IN(CONNECTION, SERVER), TYPE(TLS, tls.mode, "MODE"),
     .help = "implicit (the default), starttls or off"},
    {"ca-file", IN(CONNECTION, SERVER), TYPE(FILE, tls.ca_file, "FILE"),
     .optional = true, .acts = true,
     .help = "trust the certificates in this PEM file instead of the system's"},
    {"fingerprint", IN(CONNECTION, SERVER), TYPE(FINGERPRINTS, tls.pin_count, "SHA256"),
     .optional = true,
     .help = "accept the certificate with this fingerprint, or with spki:SHA256 "
	     "the public key, without CA and name checks; may be repeated"},
    {"allow-plaintext", IN(CONNECTION, SERVER), ALSO, FLAG(tls.allow_plaintext),
     .help = "allow --tls=off to another machine: anyone on the way reads the password"},
    {"connections", IN(CONNECTION, SERVER),
     NUMBER(connections, "N", 1, OPTIONS_MAX_CONNECTIONS), .preset = "1",
     .help = "fetch over up to N connections to each server side by side, when it has much to send "
	     "(default 1, at most 4)"},
    {"timeout", IN(CONNECTION, SERVER), .also = MODE_API | MODE_HISTORY,
     NUMBER(timeout, "SECONDS", 1, OPTIONS_MAX_TIMEOUT), .preset = "60",
     .help = "give up when the server is silent that long (default 60)"},
    {"deadline", IN(CONNECTION, ANY),
     NUMBER(deadline, "SECONDS", 0, OPTIONS_MAX_DEADLINE), .preset = "3600",
     .help = "give up when the whole run takes that long (default 3600, 0 is never)"},

    {"password", 'p', .original = true, IN(PASSWORD, SERVER),
     TYPE(PASSWORD, password.bytes, "PASSWORD"), .choice = OPTION_CHOICE_PASSWORD, .optional = true,
     .help = "for old cron lines; a file or a command is better"},
    {"password-file", IN(PASSWORD, SERVER), TYPE(FILE, password_file, "FILE"),
     .optional = true, .acts = true, .choice = OPTION_CHOICE_PASSWORD,
     .help = "read it from a file"},
    {"password-command", IN(PASSWORD, SERVER),
     TYPE(COMMAND, password_command, "COMMAND"), .acts = true, .optional = true,
     .choice = OPTION_CHOICE_PASSWORD,
     .help = "take what a shell command prints"},

    {"delimiter", IN(CSV, OUTPUTS), .also = MODE_LIST | MODE_STAY,
     TYPE(DELIMITER, delimiter, "C"), .preset = ",",
     .help = "between the columns: , ; | or tab (default ,); in files semicolon for ;"},
    {"csv-bom", IN(CSV, OUTPUTS), .also = MODE_LIST | MODE_STAY, FLAG(csv_bom),
     .help = "begin the CSV with a byte order mark, for spreadsheets that want one"},
    {"raw-csv", IN(CSV, OUTPUTS), .also = MODE_LIST | MODE_STAY, FLAG(raw_csv),
     .help = "write cells as they are, also what a spreadsheet would take for a formula or number"},

    {"mail-to", IN(MAIL, OUTPUTS), TYPE(ADDRESSES, mail_to_count, "ADDRESS"),
     .optional = true,
     .help = "mail a summary there, with the files of the other outputs attached; may be repeated"},
    {"mail-from", IN(MAIL, OUTPUTS), TYPE(ADDRESS, mail_from, "ADDRESS"),
     .optional = true,
     .help = "the sender (default the user's own address, as sendmail knows it)"},
    {"mail-subject", IN(MAIL, OUTPUTS), TYPE(TEXT, mail_subject, "TEXT"),
     .optional = true,
     .help = "the subject (default: how many, when, and who sent most)"},
    {"mail-empty", IN(MAIL, OUTPUTS), FLAG(mail_empty),
     .help = "mail also when there is nothing to report"},
    {"mail-min-count", IN(MAIL, OUTPUTS), NUMBER(mail_min_count, "N", 1, UINT32_MAX),
     .optional = true,
     .help = "mail only when one identity has N messages or more, or some messages are missing"},
    {"sendmail", IN(MAIL, OUTPUTS), TYPE(PROGRAM, sendmail, "PATH"),
     .preset = "/usr/sbin/sendmail", .acts = true,
     .help = "the program that takes mail (default /usr/sbin/sendmail)"},

    {"profile", IN(SCHEDULED, ANY), TYPE(PROFILE, profile, "NAME"),
     .optional = true, .no_file = true,
     .help = "also the settings of [profile NAME] in the configuration files"},
    {"config", IN(SCHEDULED, ANY), TYPE(FILE, config_file, "FILE"),
     .optional = true, .no_file = true,
     .help = "the configuration file (default ~/.config/quarantine-report/config, and "
	     ENV_SYSTEM_CONFIG " below it)"},
    {"partial", IN(SCHEDULED, OUTPUTS), FLAG(partial),
     .help = "of several servers report those that answer, and mark the report as incomplete"},
    {"new-only", IN2(SCHEDULED, MESSAGES, OUTPUTS), FLAG(new_only),
     .help = "only messages that came since the last run; at first those of the period (today, "
	     "unless said otherwise)"},
    {"state-dir", IN(SCHEDULED, STATE), TYPE(FOLDER, state_dir, "DIR"),
     .optional = true, .acts = true,
     .help = "where --new-only and --profile keep what they must know of the last run (default "
	     "~/.local/state/quarantine-report)"},
    {"history", IN(SCHEDULED, OUTPUTS), ALSO, OUTPUT_TO("STORE", history),
     .help = "keep every message that is read in this database, too: a file (default "
	     "history.sqlite in the folder of --state-dir), or clickhouse://[USER@]HOST[:PORT]/"
	     "DATABASE"},
    {"history-password-file", IN(SCHEDULED, OUTPUTS), ALSO,
     TYPE(FILE, clickhouse.password_file, "FILE"), .optional = true, .acts = true,
     .choice = OPTION_CHOICE_HISTORY_PASSWORD,
     .help = "of --history=clickhouse://USER@HOST: read the password from a file; else the systemd "
	     "credential history-password, then a prompt"},
    {"history-password-command", IN(SCHEDULED, OUTPUTS), ALSO,
     TYPE(COMMAND, clickhouse.password_command, "COMMAND"), .optional = true, .acts = true,
     .choice = OPTION_CHOICE_HISTORY_PASSWORD,
     .help = "take what a shell command prints as that password"},
    {"history-ca-file", IN(SCHEDULED, OUTPUTS), ALSO, TYPE(FILE, clickhouse.tls.ca_file, "FILE"),
     .optional = true, .acts = true,
     .help = "trust the certificates in this PEM file for that server instead of the system's"},
    {"history-fingerprint", IN(SCHEDULED, OUTPUTS), ALSO,
     TYPE(API_PINS, clickhouse.tls.pin_count, "spki:SHA256"), .optional = true,
     .help = "accept that server's certificate with this public key, without CA and name checks; "
	     "may be repeated"},
    {"history-without", IN(SCHEDULED, OUTPUTS), ALSO,
     TYPE(HISTORY_COLUMNS, history_without, "COLUMN,..."), .optional = true,
     .help = "columns that the history does not keep, such as Subject,To"},
    {"history-hash", IN(SCHEDULED, OUTPUTS), ALSO,
     TYPE(HISTORY_COLUMNS, history_hash, "COLUMN,..."), .optional = true,
     .help = "columns of which it keeps a hash only, whose key is made beside it"},
    {"offline", IN(SCHEDULED, OUTPUTS), FLAG(offline), .no_file = true,
     .help = "report what the history has, of the servers of -s or of all, and ask no server"},
    {"retries", IN(SCHEDULED, OUTPUTS), .also = MODE_STAY | MODE_LOCK,
     NUMBER(retries, "N", 0, OPTIONS_MAX_RETRIES),
     .help = "try again so often when a server cannot be reached (default 0)"},
    {"syslog", IN(SCHEDULED, OUTPUTS), FLAG(syslog),
     .help = "a line for each run in the system's log"},

    {"follow", IN(LIVE, OUTPUTS), MODE,
     .help = "stay after the report, and show each message as it comes: the command follow"},
    {"interval", IN(LIVE, STAY), NUMBER(live.interval, "SECONDS", 1, OPTIONS_MAX_INTERVAL),
     .preset = "15",
     .help = "how often to look where nothing says that something has come, and to write "
	     "--metrics (default 15)"},
    {"alert", IN(LIVE, LIVE), .takes = OPTION_PERHAPS, .argument = "N/MINUTES",
     .type = OPTION_TYPE_ALERT, AT(live.alert_count),
     .help = "say on standard error when an identity has sent more than N messages in so many "
	     "minutes (default 5/10)"},
    {"alert-command", IN(LIVE, LIVE), TYPE(COMMAND, live.alert_command, "COMMAND"),
     .optional = true, .acts = true,
     .help = "run this shell command for each alert: it gets the facts as variables "
	     "(ALERT_IDENTITY, ...) and as JSON"},
    {"alert-url", IN(LIVE, LIVE), TYPE(URL, live.alert_url, "URL"), .optional = true,
     .acts = true,
     .help = "send the JSON of each alert there (POST)"},
    {"metrics", IN(LIVE, LIVE), TYPE(FILE, live.metrics, "FILE"), .optional = true,
     .acts = true,
     .help = "numbers for monitoring, in the text format of Prometheus, replaced every --interval"},
    {"alert-ca-file", IN(LIVE, LIVE), TYPE(FILE, live.alert_ca_file, "FILE"),
     .optional = true, .acts = true,
     .help = "trust the certificates in this PEM file instead of the system's"},

    {"keep", IN(HISTORY, HISTORY), NUMBER(keep, "DAYS", 1, OPTIONS_MAX_KEEP), .no_file = true,
     .help = "prune: the days, of UTC, that stay, today included"},
    {"identity", IN(HISTORY, HISTORY), TYPE(TEXT, erase_identity, "IDENTITY"), .no_file = true,
     .help = "erase: whose messages to erase"},

    {"api-host", IN(API, API), TYPE(API_HOST, api.host.name, "HOST[:PORT]"), .optional = true,
     .help = "the server with the filter's API (default port 443)"},
    {"api-user", IN(API, API), TYPE(USER, api.user, "USER"), .optional = true,
     .help = "the API user, best one that may make only the calls that are needed"},
    {"api-password-file", IN(API, API), TYPE(FILE, api.password_file, "FILE"), .optional = true,
     .acts = true, .choice = OPTION_CHOICE_API_PASSWORD,
     .help = "read the API user's password from a file; else the systemd credential "
	     "api-password, then a prompt"},
    {"api-password-command", IN(API, API), TYPE(COMMAND, api.password_command, "COMMAND"),
     .optional = true, .acts = true, .choice = OPTION_CHOICE_API_PASSWORD,
     .help = "take what a shell command prints"},
    {"api-ca-file", IN(API, API), TYPE(FILE, api.tls.ca_file, "FILE"), .optional = true,
     .acts = true,
     .help = "trust the certificates in this PEM file instead of the system's"},
    {"api-fingerprint", IN(API, API), TYPE(API_PINS, api.tls.pin_count, "spki:SHA256"),
     .optional = true,
     .help = "accept the certificate with this public key, without CA and name checks; may be "
	     "repeated"},
    {"api-plaintext", IN(API, API), FLAG(api.plaintext),
     .help = "http instead of https, on this machine only"},
    {"api-path", IN(API, API), TYPE(PROGRAM, api.path, "PATH"), .preset = "/cgi-bin/api",
     .help = "where the API is (default /cgi-bin/api)"},
    {"api-user-column", IN(API, SEARCH), .also = MODE_LIMIT,
     TYPE(TEXT, api.user_column, "NAME"), .preset = "user",
     .help = "what the log search calls the outgoing user (default user)"},
    {"client-username", IN(API, API), TYPE(TEXT, api.client_username, "NAME"),
     .preset = "quarantine-report",
     .help = "who made the calls, for the filter's own log (default quarantine-report)"},
    {"domain", IN(API, API), TYPE(TEXTS, api.domains.count, "DOMAIN"), .optional = true,
     .help = "the outgoing domain that it is about; may be repeated (default: all that the API "
	     "lists)"},
    {"log-search", IN(API, SEARCH), FLAG(api.log_search), .no_file = true,
     .help = "report what the filter's log of outgoing mail has, instead of a quarantine"},
    {"classification", IN(API, SEARCH), TYPE(TEXT, api.classification, "LIST"),
     .preset = "oversize,blacklisted,locked,phish,virus,spam,deferred",
     .help = "of --log-search: only these classes, separated by commas"},

    {"limit", IN(CHANGES, LIMIT), NUMBER(api.limit, "N", 0, UINT32_MAX), .preset = "50",
     .help = "lock, blacklist: those with more than N bad messages (default 50)"},
    {"hours-ago", IN(CHANGES, LIMIT), NUMBER(api.hours_ago, "N", 1, OPTIONS_MAX_HOURS),
     .preset = "2",
     .help = "lock, blacklist: in the last N hours (default 2)"},
    {"count", IN(CHANGES, LOCK), TYPE(WORD, api.count, "WHAT"), .words = "log quarantine",
     .help = "lock: count lines of the filter's log (the default), or messages of the quarantine"},
    {"max-changes", IN(CHANGES, MANY),
     NUMBER(api.max_changes, "N", 1, OPTIONS_MAX_CHANGES), .preset = "20",
     .help = "so many changes in one run at most (default 20)"},
    {"unattended", IN(CHANGES, CHANGES), ALSO, FLAG(api.unattended), .no_file = true,
     .help = "answer yes to every question"},
    {"exempt", IN(CHANGES, EXEMPT), TYPE(TEXTS, api.exempt.count, "PATTERN"), .optional = true,
     .help = "never lock, blacklist or alert of what this pattern of a shell fits, without "
	     "case; may be repeated"},
    {"exempt-file", IN(CHANGES, EXEMPT), TYPE(FILE, api.exempt_file, "FILE"), .optional = true,
     .acts = true,
     .help = "such patterns, one a line; # begins a comment"},
    {"all-users", IN(CHANGES, LIMIT), .also = MODE_CALL, FLAG(api.all_users), .no_file = true,
     .help = "for all outgoing users of the domain, instead of --username"},
    {"all", IN(CHANGES, UNLOCK), FLAG(api.all), .no_file = true,
     .help = "unlock: with --unattended and neither a name, --domain nor --search, all that are "
	     "locked"},
    {"undo", IN(CHANGES, UNLOCK), FLAG(api.undo), .no_file = true,
     .help = "unlock: what the last run of lock has locked"},
    {"search", IN(CHANGES, UNLOCK), TYPE(TEXT, api.search, "PATTERN"), .no_file = true,
     .help = "unlock: only identities that this pattern of a shell fits, without case"},
    {"list", IN(CHANGES, BLACKLIST), FLAG(api.list), .no_file = true,
     .help = "blacklist: show it"},
    {"remove", IN(CHANGES, BLACKLIST), .also = MODE_QUEUE, FLAG(api.remove), .no_file = true,
     .help = "blacklist: take the senders out; queue: remove the messages"},
    {"sender", IN(CHANGES, QUEUE), TYPE(TEXT, api.from, "SENDER"), .no_file = true,
     .help = "queue: only from this sender (<> is the empty one)"},
    {"recipient", IN(CHANGES, QUEUE), ALSO, TYPE(TEXT, api.to, "RECIPIENT"), .no_file = true,
     .help = "queue: only to this recipient; history erase: whose messages to erase"},
    {"call-unlock", IN(CHANGES, UNLOCK), TYPE(TEXT, api.call_unlock, "NAME"),
     .preset = "api_unlock_outgoing_identity",
     .help = "the call that unlocks, whose name nobody has published"},
    {"call-queue-remove", IN(CHANGES, QUEUE), TYPE(TEXT, api.call_queue_remove, "NAME"),
     .preset = "api_remove_outgoing_queued_message",
     .help = "the call that removes a queued message; the same"},
    {"allow-empty", IN(CHANGES, CALL), FLAG(api.allow_empty), .no_file = true,
     .help = "api: arguments may be empty, which the filter takes for none"},

    {"check", IN(DIAGNOSIS, SERVER), MODE,
     .help = "connect, show the certificate and its fingerprints, log in, list the "
	     "folders; changes nothing and reports nothing"},
    FORMATS_OF_DIAGNOSIS(FORMAT_ROW)
    {"show-config", IN(DIAGNOSIS, ANY), MODE,
     .help = "show the effective settings, and where each was made, secrets as *"},
    {"verbose", 'v', IN(DIAGNOSIS, ANY), FLAG(verbose), .choice = OPTION_CHOICE_VERBOSITY,
     .help = "say what is going on, and count the messages at the end"},
    {"quiet", 'q', IN(DIAGNOSIS, ANY), FLAG(quiet), .choice = OPTION_CHOICE_VERBOSITY,
     .help = "errors only, no warnings"},
    {"trace", IN(DIAGNOSIS, ANY), FLAG(trace),
     .help = "show the protocol on standard error, secrets masked"},
    {"progress", IN(DIAGNOSIS, OUTPUTS), TYPE(WORD, progress, "WHEN"), .words = "auto always never",
     .help = "how far the run has come, on standard error: auto (a line on a terminal; the "
	     "default), always (a plain line every 10 seconds) or never"},

    {"help", 'h', .original = true, IN(HELP, ANY), ACTION(OPTIONS_HELP),
     .help = "this text"},
    {"version", 'V', IN(HELP, ANY), ACTION(OPTIONS_VERSION),
     .help = "the version, also of the libraries"},
};
/* clang-format on */

const unsigned option_row_count = sizeof(option_rows) / sizeof(option_rows[0]);
