#include "tests/unit/table.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings/config.h"
#include "mode/modes.h"
#include "settings/settings.h"
#include "tests/unit/text_file.h"

#define MAX_ARGUMENTS 12
#define MAX_WANTS     8
#define PATH_SIZE     128
#define SYSTEM_FILE   "system.conf"
#define USER_FILE     "quarantine-report/config"
#define DIGEST        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

#define LINE_20  "12345678901234567890"
#define LINE_100 LINE_20 LINE_20 LINE_20 LINE_20 LINE_20
#define LINE_500 LINE_100 LINE_100 LINE_100 LINE_100 LINE_100

/* A folder of its own, which is the working directory, with a file of the system and of the user.
 */
static char test_home[PATH_SIZE];

struct input {
	const char *system; /* NULL: no such file */
	const char *user;
	const char *arguments[MAX_ARGUMENTS];
	char *variables[6];
};

/* Results of reading it all: options, or an error and what was logged. */
struct outcome {
	int result;
	struct err err;
	struct options options;
	char log[8192];
	struct buf settings; /* --show-config, when there is no error */
	char *arguments[MAX_ARGUMENTS + 2];
};

static void set_file(const char *name, const char *text)
{
	unlink(name);
	if (text != NULL)
		write_text(name, text);
}

static void outcome_parse(struct outcome *outcome, const struct input *input)
{
	const struct env env = {
	    .config_home = test_home,
	    .system_config = SYSTEM_FILE,
	    .variables = input->variables,
	};
	char *argv[MAX_ARGUMENTS + 2] = {strdup("quarantine-report")};
	struct arguments line = {.argv = argv, .modes = modes};
	int argc = 1;

	for (; input->arguments[argc - 1] != NULL; argc++)
		argv[argc] = strdup(input->arguments[argc - 1]);
	memcpy(outcome->arguments, argv, sizeof(argv));
	line.argc = argc;
	outcome->err = (struct err)ERR_INIT;
	outcome->result = options_parse(&line, &env, &outcome->options, &outcome->err);
	buf_init(&outcome->settings, 0);
	if (outcome->result == 0)
		options_add_settings(&outcome->options, &outcome->settings);
}

/* Parses, and takes what is written to standard error. */
static void outcome_init(struct outcome *outcome, const struct input *input)
{
	FILE *log = tmpfile();
	int saved = dup(STDERR_FILENO);

	assert_non_null(log);
	dup2(fileno(log), STDERR_FILENO);
	outcome_parse(outcome, input);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(log);
	outcome->log[fread(outcome->log, 1, sizeof(outcome->log) - 1, log)] = '\0';
	fclose(log);
}

static void outcome_init_files(struct outcome *outcome, const struct input *input)
{
	set_file(SYSTEM_FILE, input->system);
	set_file(USER_FILE, input->user);
	outcome_init(outcome, input);
}

static void outcome_fini(struct outcome *outcome)
{
	options_free(&outcome->options);
	buf_fini(&outcome->settings);
	for (size_t i = 0; i < TABLE_COUNT(outcome->arguments); i++)
		free(outcome->arguments[i]);
}

/* The next line of --show-config, without its origin. */
static bool next_setting(struct span *rest, struct span *line_r)
{
	size_t end = span_find(*rest, '\n');
	struct span line = span_head(*rest, end);

	if (rest->n == 0)
		return false;
	*rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(*rest, end + 1);
	*line_r = span_head(line, span_find_text(line, SPAN(" ; ")));
	return true;
}

static bool has_setting(const struct outcome *outcome, const char *want)
{
	struct span rest = buf_span(&outcome->settings);
	struct span line;

	while (next_setting(&rest, &line))
		if (span_eq(line, span_of(want)))
			return true;
	return false;
}

/* What --show-config printed, as a file, has the same effect. */
static void check_round_trip(struct outcome *outcome, const char *label)
{
	const struct input again = {
	    .user = buf_string(&outcome->settings), .arguments = {"--show-config"}};
	struct span rest = buf_span(&outcome->settings);
	struct span other_rest;
	struct span line;
	struct span other_line;
	struct outcome other;

	outcome_init_files(&other, &again);
	if (other.result != 0)
		fail_msg("%s: shown, but no configuration: %s%s\n%s", label, other.log,
		    other.err.text, again.user);
	other_rest = buf_span(&other.settings);
	while (next_setting(&rest, &line) && next_setting(&other_rest, &other_line)) {
		if (line.p[0] == '#') /* no file can have it */
			continue;
		if (!span_eq(line, other_line))
			fail_msg("%s: %.*s has become %.*s", label, (int)line.n, line.p,
			    (int)other_line.n, other_line.p);
	}
	assert_int_equal(rest.n, 0);
	assert_int_equal(other_rest.n, 0);
	outcome_fini(&other);
}

static const struct {
	const char *why;
	struct input in;
	const char *want[MAX_WANTS];
} setting_rows[] = {
    {"nothing at all", {NULL, NULL, {NULL}, {NULL}}, {"imaphost =", "username = global"}},
    {"empty files", {"", "\n\r\n", {NULL}, {NULL}}, {"imaphost =", "username = global"}},
    {"a value of each kind",
	{NULL,
	    "imaphost = q.example.com\nusername=x\nport = 1993\nno-bounce = yes\ntls=starttls\n"
	    "ca-file = /etc/ca file.pem\n",
	    {NULL}, {NULL}},
	{"imaphost = q.example.com", "username = x", "port = 1993", "no-bounce = yes",
	    "tls = starttls", "ca-file = /etc/ca file.pem"}},
    {"a colon is as good", {NULL, "username: x\n", {NULL}, {NULL}}, {"username = x"}},
    {"no newline at the end", {NULL, "port = 1", {NULL}, {NULL}}, {"port = 1"}},
    {"CR LF", {NULL, "port = 1\r\n[profile a]\r\nusername = x\r\n", {"--profile=a"}, {NULL}},
	{"port = 1", "username = x"}},
    {"a byte order mark", {NULL, "\xEF\xBB\xBFport = 1\n", {NULL}, {NULL}}, {"port = 1"}},
    {"a byte order mark and a section",
	{NULL, "\xEF\xBB\xBF[profile a]\nport = 1\n", {"--profile=a"}, {NULL}}, {"port = 1"}},
    {"comments",
	{NULL, "# a\n; b\n  # c\n\t; d\nport = 1 ; e\nusername = a;b #c\ntimeout = 7\t;f\n", {NULL},
	    {NULL}},
	{"port = 1", "username = a;b #c", "timeout = 7"}},
    {"quotes are part of a value", {NULL, "username = \"x\"\n", {NULL}, {NULL}},
	{"username = \"x\""}},
    {"blanks around are not", {NULL, "username =\t a b \t\n", {NULL}, {NULL}}, {"username = a b"}},
    {"more than one =", {NULL, "password-command = a=b : c\n", {NULL}, {NULL}},
	{"password-command = *"}},
    {"several values on lines that go on",
	{NULL, "mail-to = a@example.com\n\tb@example.com ; b\n\n# c\n  c@example.com\nport = 1\n",
	    {NULL}, {NULL}},
	{"mail-to = a@example.com", "mail-to = b@example.com", "mail-to = c@example.com",
	    "display = no", "port = 1"}},
    {"several values on lines of their own",
	{NULL,
	    "imaphost = a.example.com\nimaphost = b.example.com:1993\nimaphost = 2001:db8::1\n"
	    "imaphost = [2001:db8::2]:143\nidentity-header = X-A\nidentity-header = X-B\n",
	    {NULL}, {NULL}},
	{"imaphost = a.example.com", "imaphost = b.example.com:1993", "imaphost = 2001:db8::1",
	    "imaphost = [2001:db8::2]:143", "identity-header = X-A", "identity-header = X-B"}},
    {"several values, both ways",
	{NULL,
	    "fingerprint = " DIGEST "\n spki:" DIGEST "\nidentity-header = X-A\n X-B\n"
	    "imaphost = a.example.com\n b.example.com\n",
	    {NULL}, {NULL}},
	{"fingerprint = " DIGEST, "fingerprint = spki:" DIGEST, "identity-header = X-A",
	    "identity-header = X-B", "imaphost = b.example.com"}},
    {"the first key of a section continues nothing",
	{NULL, "timeout = 1\n[profile a]\n  port = 7\n", {"--profile=a"}, {NULL}},
	{"timeout = 1", "port = 7"}},
    {"outputs",
	{NULL, "csv = yes\njson = no\nhtml = /srv/a b.html\nidentity-report = -\n", {NULL}, {NULL}},
	{"csv = yes", "json = no", "html = /srv/a b.html", "identity-report = -", "display = no"}},
    {"the command line takes an output back",
	{NULL, "csv = yes\njson = x.json\n", {"--csv=no", "--json=no"}, {NULL}},
	{"csv = no", "json = no", "display = yes"}},
    {"the command line renames an output", {NULL, "csv = yes\n", {"--csv=x.csv", "--html"}, {NULL}},
	{"csv = x.csv", "html = yes"}},
    {"the command line goes back to the default name", {NULL, "csv = x.csv\n", {"-c"}, {NULL}},
	{"csv = yes"}},
    {"columns", {NULL, "columns = #, from ,uid\n", {NULL}, {NULL}}, {"columns = #,From,UID"}},
    {"groups", {NULL, "top = 5\nmin-count = 2\ngroup-by = From,Vhost\n", {NULL}, {NULL}},
	{"top = 5", "min-count = 2", "group-by = From,Vhost"}},
    {"the delimiter ;", {NULL, "delimiter = semicolon\n", {NULL}, {NULL}},
	{"delimiter = semicolon"}},
    {"the delimiter ;, close to the =", {NULL, "delimiter =;\n", {NULL}, {NULL}},
	{"delimiter = semicolon"}},

    /* Which place counts. */
    {"the user's file is over that of the system",
	{"port = 1\ntimeout = 5\n", "port = 2\n", {NULL}, {NULL}}, {"port = 2", "timeout = 5"}},
    {"the environment is over files",
	{"port = 1\n", "port = 2\n", {NULL}, {(char *)"QUARANTINE_REPORT_PORT=3"}}, {"port = 3"}},
    {"the command line is over all",
	{"port = 1\n", "port = 2\n", {"--port=4"}, {(char *)"QUARANTINE_REPORT_PORT=3"}},
	{"port = 4"}},
    {"a profile is over its file",
	{NULL, "port = 1\ntimeout = 5\n[profile a]\nport = 2\n[profile b]\nport = 3\n",
	    {"--profile=a"}, {NULL}},
	{"port = 2", "timeout = 5", "# profile = a"}},
    {"a profile that is there twice",
	{NULL, "[profile a]\nport = 2\n[profile b]\nport = 3\n[profile  a ] ; x\ntimeout = 4\n",
	    {"--profile=a"}, {NULL}},
	{"port = 2", "timeout = 4"}},
    {"the user's file is over a profile of the system",
	{"[profile a]\nport = 1\ntimeout = 4\n", "port = 2\n", {"--profile=a"}, {NULL}},
	{"port = 2", "timeout = 4"}},
    {"the environment is over a profile",
	{NULL, "[profile a]\nport = 1\n", {"--profile=a"}, {(char *)"QUARANTINE_REPORT_PORT=3"}},
	{"port = 3"}},
    {"other profiles say nothing",
	{NULL, "port = 1\n[profile a]\nport = 2\nimaphost = a.example.com\ncsv = yes\n", {NULL},
	    {NULL}},
	{"port = 1", "imaphost =", "csv = no", "display = yes"}},
    {"the profile from the environment",
	{NULL, "[profile a]\nport = 2\n", {NULL}, {(char *)"QUARANTINE_REPORT_PROFILE=a"}},
	{"port = 2", "# profile = a"}},
    {"the profile from the command line counts",
	{NULL, "[profile a]\nport = 2\n[profile b]\nport = 3\n", {"--profile", "b"},
	    {(char *)"QUARANTINE_REPORT_PROFILE=a"}},
	{"port = 3"}},
    {"the last --profile counts",
	{NULL, "[profile a]\nport = 2\n[profile b]\nport = 3\n", {"--profile", "a", "--profile=b"},
	    {NULL}},
	{"port = 3"}},
    {"--config replaces both files",
	{"port = 1\n", "timeout = 2\n", {"--config=/dev/null"}, {NULL}},
	{"port = 993", "timeout = 60"}},
    {"--config in the environment",
	{"port = 1\n", NULL, {NULL}, {(char *)"QUARANTINE_REPORT_CONFIG=/dev/null"}},
	{"port = 993"}},
    {"--config on the command line counts",
	{"port = 1\n", NULL, {"--config=" SYSTEM_FILE},
	    {(char *)"QUARANTINE_REPORT_CONFIG=/nowhere"}},
	{"port = 1"}},
    {"hosts of the command line replace those of the file",
	{NULL, "imaphost = a.example.com\n b.example.com\n",
	    {"-s", "c.example.com", "-s", "d.example.com"}, {NULL}},
	{"imaphost = c.example.com", "imaphost = d.example.com"}},
    {"hosts of a profile replace those above it",
	{NULL, "imaphost = a.example.com\n[profile p]\nimaphost = b.example.com\n", {"--profile=p"},
	    {NULL}},
	{"imaphost = b.example.com"}},
    {"an empty variable is none", {NULL, "port = 1\n", {NULL}, {(char *)"QUARANTINE_REPORT_PORT="}},
	{"port = 1"}},
    {"variables",
	{NULL, NULL, {NULL},
	    {(char *)"QUARANTINE_REPORT_NO_BOUNCE=yes",
		(char *)"QUARANTINE_REPORT_OUTGOING_FOLDER=A = B", (char *)"PORT=7"}},
	{"no-bounce = yes", "outgoing-folder = A = B", "port = 993"}},
    {"a flag is taken back", {"no-bounce = yes\n", NULL, {"--no-bounce=no"}, {NULL}},
	{"no-bounce = no"}},

    /* Nothing behind the = takes back. */
    {"an empty value takes back",
	{"mail-to = a@example.com\ntop = 5\nca-file = x\nport = 7\ngroup-by = From\n",
	    "mail-to =\ntop = ; none\nca-file =\nport =\ngroup-by =\n", {NULL}, {NULL}},
	{"mail-to =", "top =", "ca-file =", "port = 993", "group-by =", "display = yes"}},
    {"and begins again",
	{"identity-header = X-A\n", "identity-header =\nidentity-header = X-B\n", {NULL}, {NULL}},
	{"identity-header = X-B"}},
    {"a password is taken back", {"password = x\n", "password =\n", {NULL}, {NULL}},
	{"password ="}},

    /* Of one choice. */
    {"--today replaces a date", {NULL, "date = 2026-11-20\n", {"--today"}, {NULL}},
	{"date =", "today = yes"}},
    {"--date replaces since and until",
	{NULL, "since = 2h\nuntil = 1h\n", {"--date=2026-11-20"}, {NULL}},
	{"date = 2026-11-20", "since =", "until ="}},
    {"--since replaces a today", {"today = yes\n", NULL, {"--since=2h"}, {NULL}},
	{"today = no", "since = 2h"}},
    {"a switch that is off replaces nothing", {NULL, "date = 2026-11-20\n", {"--today=no"}, {NULL}},
	{"date = 2026-11-20"}},
    {"--quiet replaces verbose", {NULL, "verbose = yes\n", {"-q"}, {NULL}},
	{"verbose = no", "quiet = yes"}},
    {"also where both are in the file", {NULL, "verbose = yes\nquiet = yes\n", {"-v"}, {NULL}},
	{"verbose = yes", "quiet = no"}},
    {"-p replaces a password file", {NULL, "password-file = x\n", {"-q", "-p", "secret"}, {NULL}},
	{"password-file =", "password = *"}},
    {"-p replaces a password and a command",
	{NULL, "password = x\npassword-command = y\n", {"-q", "-psecret"}, {NULL}},
	{"password-command =", "password = *"}},
    {"--password-file replaces a password", {NULL, "password = x\n", {"--password-file=y"}, {NULL}},
	{"password =", "password-file = y"}},
    {"a profile's password command replaces a file",
	{NULL, "password-file = x\n[profile a]\npassword-command = y\n", {"--profile=a"}, {NULL}},
	{"password-file =", "password-command = *"}},

    /* Options that exclude each other: the higher place counts. */
    {"standard output, of which the command line has more", {NULL, "csv = -\n", {"-d"}, {NULL}},
	{"csv = no", "display = yes"}},
    {"standard output for the CSV", {NULL, "display = yes\n", {"--csv=-"}, {NULL}},
	{"csv = -", "display = no"}},
    {"one name for two", {NULL, "json = x\n", {"--csv=x"}, {NULL}}, {"csv = x", "json = no"}},
    {"--explain instead of a display", {NULL, "display = yes\n", {"--explain"}, {NULL}},
	{"explain = yes", "display = no"}},
    {"--explain instead of groups", {NULL, "top = 5\ngroup-by = From\n", {"--explain"}, {NULL}},
	{"explain = yes", "top =", "group-by ="}},
    {"groups instead of an explanation", {NULL, "explain = yes\n", {"--top=5"}, {NULL}},
	{"explain = no", "top = 5", "display = yes"}},
    {"columns instead of groups", {NULL, "top = 5\n", {"--columns=From"}, {NULL}},
	{"columns = From", "top ="}},
    {"the identity report alone", {NULL, "top = 5\n", {"--identity-report"}, {NULL}},
	{"identity-report = yes", "top ="}},
    {"groups alone", {NULL, "identity-report = yes\n", {"--top=5"}, {NULL}},
	{"identity-report = no", "top = 5", "display = yes"}},
    {"a day instead of what is new", {NULL, "new-only = yes\n", {"--date=2026-11-20"}, {NULL}},
	{"new-only = no", "date = 2026-11-20", "today = no"}},
    {"what is new instead of a day", {NULL, "date = 2026-11-20\n", {"--new-only"}, {NULL}},
	{"new-only = yes", "date =", "today = yes"}},
    {"--explain tells also of what is not new", {NULL, "new-only = yes\n", {"--explain"}, {NULL}},
	{"new-only = no", "explain = yes"}},
    {"no TLS, no certificate",
	{NULL, "imaphost = localhost\nca-file = x\nfingerprint = " DIGEST "\n", {"--tls=off"},
	    {NULL}},
	{"tls = off", "ca-file =", "fingerprint ="}},
    {"the port of the command line is over all",
	{NULL, "imaphost = a.example.com:1\nimaphost = b.example.com\n", {"--port=2"}, {NULL}},
	{"imaphost = a.example.com", "imaphost = b.example.com", "port = 2"}},
    {"a port in the file is that of the others",
	{NULL, "port = 1\nimaphost = a.example.com:2\nimaphost = b.example.com\n", {NULL}, {NULL}},
	{"imaphost = a.example.com:2", "imaphost = b.example.com", "port = 1"}},
    {"a port behind the host of the command line",
	{NULL, "port = 1\n", {"-s", "a.example.com:2"}, {NULL}},
	{"imaphost = a.example.com:2", "port = 1"}},
    {"a subject waits for a profile with mail",
	{NULL, "mail-subject = x\n[profile a]\nmail-to = a@example.com\n", {NULL}, {NULL}},
	{"mail-subject = x", "mail-to ="}},

    /* Long lines. */
    {"longer than inih takes without being asked",
	{NULL, "ca-file = " LINE_500 LINE_500 "\n", {NULL}, {NULL}},
	{"ca-file = " LINE_500 LINE_500}},
};

static void test_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(setting_rows); i++) {
		struct input input = setting_rows[i].in;
		const char *why = setting_rows[i].why;
		const char *const *want = setting_rows[i].want;
		struct outcome outcome;
		size_t count = 0;

		while (input.arguments[count] != NULL)
			count++;
		input.arguments[count] = "--show-config";
		outcome_init_files(&outcome, &input);
		if (outcome.result != 0 || outcome.log[0] != '\0')
			fail_msg("%s: %s%s", why, outcome.log, outcome.err.text);
		for (size_t j = 0; j < MAX_WANTS && want[j] != NULL; j++)
			if (!has_setting(&outcome, want[j]))
				fail_msg("%s: no \"%s\" in\n%s", why, want[j],
				    buf_string(&outcome.settings));
		check_round_trip(&outcome, why);
		outcome_fini(&outcome);
	}
}

/* A host from a lower place is not counted with those that replace it. */
static void test_replaced_hosts(void **state)
{
	const struct input input = {
	    NULL, "imaphost = a.example.com\n b.example.com\n", {"-s", "c.example.com"}, {NULL}};
	struct outcome outcome;

	(void)state;
	outcome_init_files(&outcome, &input);
	assert_int_equal(outcome.result, 0);
	assert_int_equal(outcome.options.host_count, 1);
	assert_string_equal(outcome.options.hosts[0].name, "c.example.com");
	outcome_fini(&outcome);
}

static const struct {
	const char *why;
	struct input in;
	int status;
	const char *want[MAX_WANTS]; /* in the log, which has no other lines, and the error */
} error_rows[] = {
    {"all in one go, in both files",
	{"prot = 993\nport = x\n", "tls = on\nno-bounce = maybe\nimaphost\n", {NULL}, {NULL}}, 78,
	{"system.conf:1: unknown option 'prot'; did you mean 'port'?",
	    "system.conf:2: --port=x: expected a number", "/config:1: --tls=on: expected",
	    "/config:2: --no-bounce=maybe: expected yes or no",
	    "/config:3: expected 'option = value'", "5 errors in the configuration"}},
    {"several lines without a value", {NULL, "a\n\nb b\n= \n[x]\nc", {NULL}, {NULL}}, 78,
	{"/config:1: expected 'option", "/config:3: expected 'option", "/config:4: unknown",
	    "/config:5: expected [profile NAME] or [api]", "/config:6: expected 'option",
	    "5 errors in the configuration"}},
    {"sections that are none",
	{NULL, "[]\n[profile]\n[profile ]\n[profilex]\n[profile x\n[Profile ok]\n", {NULL}, {NULL}},
	78,
	{"/config:1: expected [profile NAME] or [api]", "/config:2: expected [p",
	    "/config:3: expected [p", "/config:4: expected [p", "/config:5: expected [p",
	    "5 errors"}},
    {"nothing comes behind a profile for all",
	{NULL, "[profile a]\n[]\nport = 1\n", {NULL}, {NULL}}, 78,
	{"/config:2: expected [profile NAME] or [api]", "1 error in the configuration"}},
    {"profiles that were not asked for",
	{NULL, "[profile a]\nport = x\n[profile b]\nbad = 1\n[c]\nworse = 1\n", {NULL}, {NULL}}, 78,
	{"/config:2: --port=x", "/config:4: unknown option 'bad'", "/config:5: expected [p",
	    "/config:6: unknown option 'worse'", "4 errors"}},
    {"no such profile",
	{"[profile z]\nport = 1\n", "[profile a]\nport = 1\n[profile c]\n", {"--profile=b"},
	    {NULL}},
	78, {"no configuration file has [profile b]; there are: z, a, c", "1 error"}},
    {"a profile without files", {NULL, NULL, {"--profile=b"}, {NULL}}, 78,
	{"no configuration file has [profile b], or any other profile", "1 error"}},
    {"a profile, and another error", {NULL, "x = 1\n", {"--profile=b"}, {NULL}}, 78,
	{"/config:1: unknown option 'x'", "[profile b]", "2 errors"}},
    {"a long name is not cut", {NULL, "[profile " LINE_100 "x]\n", {"--profile=" LINE_100}, {NULL}},
	78, {"no configuration file has [profile " LINE_100 "]", "1 error"}},
    {"not in a file",
	{NULL, "config = x\nprofile = y\nmerge = yes\nhelp = yes\ncheck = yes\nversion = 1\n",
	    {NULL}, {NULL}},
	78,
	{"/config:1: 'config' cannot stand in a file", "/config:2: 'profile'", "/config:3: 'merge'",
	    "/config:4: 'help'", "/config:5: 'check'", "/config:6: 'version'", "6 errors"}},
    {"a letter is no key", {NULL, "s = x\nimap-host = x\n--port = 1\n", {NULL}, {NULL}}, 78,
	{"unknown option 's'", "unknown option 'imap-host'", "unknown option '--port'",
	    "3 errors"}},
    {"values that must not be empty",
	{NULL, "csv =\ndelimiter = ;\nusername =\ntimeout =\ntls =\nno-bounce =\n", {NULL}, {NULL}},
	78,
	{"/config:1: --csv= needs", "/config:2: --delimiter=: expected , | semicolon or tab",
	    "/config:3: --username= needs", "/config:4: --timeout=: expected",
	    "/config:5: --tls=: expected", "/config:6: --no-bounce=: expected", "6 errors"}},
    {"a line that goes on with an option of one value",
	{NULL, "port = 1\n 2\ncsv = yes\n  top = 5\n", {NULL}, {NULL}}, 78,
	{"/config:2: the line begins with a blank, and so continues 'port'",
	    "/config:4: the line begins with a blank, and so continues 'csv'", "2 errors"}},
    {"a line that goes on with another kind of value",
	{NULL, "imaphost = a.example.com\n [profile a]\n csv = yes\n", {NULL}, {NULL}}, 78,
	{"/config:2: --imaphost=[profile a] is no host", "/config:3: --imaphost=csv = yes is no",
	    "2 errors"}},
    {"too many values", {NULL, "csv = a\ncsv = b\nport = 1\nport = 70000\n", {NULL}, {NULL}}, 78,
	{"/config:4: --port=70000: expected a number", "1 error"}},
    {"control characters",
	{NULL, "username = a\x1B[1mb\nusername = a\rb\nusername\v= x\n\fport = 1\n", {NULL},
	    {NULL}},
	78,
	{"/config:1: there is a control", "/config:2: there is a control",
	    "/config:3: there is a control", "/config:4: there is a control", "4 errors"}},
    {"an address that brings a header field",
	{NULL, "mail-to = a@example.com, b@example.com\nmail-from = <a@example.com>\n", {NULL},
	    {NULL}},
	78, {"/config:1: --mail-to=", "/config:2: --mail-from=", "2 errors"}},

    /* Each value alone is right. */
    {"verbose and quiet", {NULL, "verbose = yes\nquiet = yes\n", {"-s", "a.example.com"}, {NULL}},
	78, {"/config:2: --verbose and --quiet cannot be combined"}},
    {"two outputs in one file", {NULL, "csv = x\n\njson = x\n", {"-s", "a.example.com"}, {NULL}},
	78, {"/config:3: --csv and --json would both write to x"}},
    {"several of these",
	{NULL, "verbose = yes\nquiet = yes\ncsv = x\njson = x\n", {"--mail-from=a@b.example"},
	    {NULL}},
	78,
	{"/config:2: --verbose and", "/config:4: --csv and --json", "no quarantine server is named",
	    "need --mail-to"}},
    {"periods and zones",
	{NULL, "date = 2026-02-30\nsince = 5q\nuntil = 1\ntimezone = Nowhere/Else\n",
	    {"-s", "a.example.com", "--today"}, {NULL}},
	78,
	{"/config:1: --date=2026-02-30 is no day", "/config:2: --since=5q is no time",
	    "/config:3: --until=1 is no time", "/config:4: the system knows no time zone",
	    "4 errors"}},
    {"a zone in a profile that is not asked for",
	{NULL, "[profile x]\ntimezone = Nowhere/Else\n", {"-s", "a.example.com"}, {NULL}}, 78,
	{"/config:2: the system knows no time zone", "1 error"}},
    {"a comment behind the name of a file",
	{NULL, "csv = yes # x\nca-file = /x #y\nmail-subject = No #1\n", {"-s", "a.example.com"},
	    {NULL}},
	78, {"/config:1: a comment behind a value", "/config:2: a comment", "2 errors"}},
    {"a host twice", {NULL, "imaphost = a.example.com\n A.example.com:993\n", {NULL}, {NULL}}, 78,
	{"/config:2: the server A.example.com is named twice"}},
    {"plaintext", {NULL, "tls = off\n", {"-s", "a.example.com"}, {NULL}}, 78,
	{"/config:1: --tls=off would send the password"}},
    {"no certificate", {NULL, "tls = off\nca-file = x\n", {"-s", "localhost"}, {NULL}}, 78,
	{"/config:1: with --tls=off there is no certificate"}},
    {"a certificate for the command line, no TLS in the file",
	{NULL, "tls = off\n", {"-s", "localhost", "--ca-file=x"}, {NULL}}, 78,
	{"/config:1: with --tls=off there is no certificate"}},
    {"explained groups", {NULL, "top = 5\nexplain = yes\n", {"-s", "a.example.com"}, {NULL}}, 78,
	{"/config:1: --explain tells about messages"}},
    {"groups in an identity report",
	{NULL, "identity-report = yes\ntop = 5\n", {"-s", "a.example.com"}, {NULL}}, 78,
	{"/config:2: --group-by, --top and --min-count need"}},
    {"what is new on a day",
	{NULL, "new-only = yes\nuntil = 2h\n", {"-s", "a.example.com"}, {NULL}}, 78,
	{"/config:2: --new-only reports up to now"}},
    {"in a profile",
	{NULL, "[profile a]\nnew-only = yes\nexplain = yes\n",
	    {"-s", "a.example.com", "--profile=a"}, {NULL}},
	78, {"/config:2: --new-only does not go with --explain"}},

    /* Errors of the other places. */
    {"a variable", {NULL, NULL, {NULL}, {(char *)"QUARANTINE_REPORT_TIMEOUT=x"}}, 64,
	{"QUARANTINE_REPORT_TIMEOUT: --timeout=x: expected a number"}},
    {"a variable for nothing",
	{NULL, NULL, {NULL}, {(char *)"QUARANTINE_REPORT_IMAPHSOT=a.example.com"}}, 64,
	{"QUARANTINE_REPORT_IMAPHSOT is set, but there is no such option; did you mean "
	 "'QUARANTINE_REPORT_IMAPHOST'?",
	    "-s HOST"}},
    {"a variable like no other", {NULL, NULL, {NULL}, {(char *)"QUARANTINE_REPORT_\x1BQ=hidden"}},
	64, {"QUARANTINE_REPORT_<U+001B>Q is set, but there is no such option", "-s HOST"}},
    {"one that counts nothing, and one for another program",
	{NULL, NULL, {NULL},
	    {(char *)"QUARANTINE_REPORT_CHECK=yes", (char *)"QUARANTINE_REPORTER=x"}},
	64, {"-s HOST"}},
    {"a password in the environment",
	{NULL, NULL, {NULL}, {(char *)"QUARANTINE_REPORT_PASSWORD=hidden"}}, 64,
	{"the environment is no place for a password"}},
    {"the command line is looked at before files", {"x\n", "y\n", {"--nonsense"}, {NULL}}, 64,
	{"unknown option '--nonsense'"}},
    {"no host in files", {NULL, "port = 1\n", {NULL}, {NULL}}, 64, {"-s HOST"}},
    {"a file that is not there", {NULL, NULL, {"--config=none"}, {NULL}}, 78,
	{"cannot read 'none': No such file"}},
    {"a folder", {NULL, NULL, {"--config=."}, {NULL}}, 78, {"'.' is a folder"}},
    {"more than there is", {NULL, NULL, {"--config=/dev/zero"}, {NULL}}, 78,
	{"'/dev/zero' is longer than 1048576 bytes"}},
};

/* Each line of the log has one of `want`, in their order; the last one is the error's. */
static void check_error(const struct outcome *outcome, const char *const *want, const char *why)
{
	struct span rest = span_of(outcome->log);
	size_t i = 0;

	for (; i + 1 < MAX_WANTS && want[i + 1] != NULL; i++) {
		size_t end = span_find(rest, '\n');

		if (span_find_text(span_head(rest, end), span_of(want[i])) == SPAN_NPOS)
			fail_msg("%s: no \"%s\" in \"%.*s\"", why, want[i],
			    (int)span_head(rest, end).n, rest.p);
		rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(rest, end + 1);
	}
	if (rest.n > 0)
		fail_msg("%s: also \"%.*s\"", why, (int)rest.n, rest.p);
	if (strstr(outcome->err.text, want[i]) == NULL)
		fail_msg("%s: no \"%s\" in \"%s\"", why, want[i], outcome->err.text);
}

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(error_rows); i++) {
		const char *why = error_rows[i].why;
		struct outcome outcome;

		outcome_init_files(&outcome, &error_rows[i].in);
		if (outcome.result != -1)
			fail_msg("%s: no error", why);
		if (err_exit_status(&outcome.err) != error_rows[i].status)
			fail_msg("%s: status %d: %s", why, err_exit_status(&outcome.err),
			    outcome.err.text);
		check_error(&outcome, error_rows[i].want, why);
		outcome_fini(&outcome);
	}
}

/* Values are not counted over profiles. */
static void test_many_profiles(void **state)
{
	struct input input = {.arguments = {"--show-config"}};
	struct outcome outcome;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	for (unsigned i = 0; i < 3 * EVIDENCE_MAX_IDENTITY_HEADERS; i++) {
		if (i % EVIDENCE_MAX_IDENTITY_HEADERS == 0)
			buf_printf(&text, "[profile p%u]\n", i);
		buf_printf(&text, "identity-header = X-%u\n", i);
	}
	input.user = buf_string(&text);
	outcome_init_files(&outcome, &input);
	assert_string_equal(outcome.log, "");
	outcome_fini(&outcome);

	buf_add_text(&text, "identity-header = X-Last\n");
	input.user = buf_string(&text);
	outcome_init_files(&outcome, &input);
	assert_non_null(strstr(outcome.log, "/config:52: --identity-header: at most 16"));
	outcome_fini(&outcome);
	buf_fini(&text);
}

/* A lone file from --config, without conventions about text. */
static void read_bytes(struct outcome *outcome, struct span bytes)
{
	const struct input input = {.arguments = {"--config=bytes", "--show-config"}};

	write_file("bytes", bytes);
	outcome_init(outcome, &input);
}

static void test_nul(void **state)
{
	const char *const want[MAX_WANTS] = {"bytes:1: there is a control",
	    "bytes:3: there is a control", "bytes:4: there is a control", "3 errors"};
	struct outcome outcome;

	(void)state;
	read_bytes(&outcome, SPAN("port = 1\0 2\nport = 2\n\0\n# \0\n"));
	assert_int_equal(outcome.err.code, ERR_CONFIG);
	check_error(&outcome, want, "NUL");
	outcome_fini(&outcome);
}

/* As many are named as config.h says, and all are counted. */
static void test_many_errors(void **state)
{
	struct outcome outcome;
	struct buf text;
	unsigned lines = 0;

	(void)state;
	buf_init(&text, 0);
	for (unsigned i = 0; i < 1000; i++)
		buf_printf(&text, "x%u = 1\n", i);
	read_bytes(&outcome, buf_span(&text));
	buf_fini(&text);
	assert_string_equal(outcome.err.text, "1000 errors in the configuration");
	for (const char *at = outcome.log; *at != '\0'; at++)
		lines += *at == '\n';
	assert_int_equal(lines, CONFIG_MAX_ERRORS);
	outcome_fini(&outcome);
}

/* Lines, then files, of the longest length and one byte more. */
static void test_limits(void **state)
{
	static const struct {
		size_t filler; /* in a comment */
		size_t value;
		const char *want; /* NULL: no error */
	} rows[] = {
	    {0, CONFIG_MAX_LINE - 3 - 8, NULL},
	    {0, CONFIG_MAX_LINE - 3 - 7, "the line is too long"},
	    {CONFIG_MAX_FILE - 9 - 2, 1, NULL},
	    {CONFIG_MAX_FILE - 8 - 2, 1, "longer than"},
	    {2 * CONFIG_MAX_FILE, 1, "longer than"},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		struct outcome outcome;
		struct buf text;

		buf_init(&text, 0);
		if (rows[i].filler > 0) {
			buf_add_char(&text, '#');
			for (size_t j = 0; j < rows[i].filler; j++)
				buf_add_char(&text, 'x');
			buf_add_char(&text, '\n');
		}
		buf_add_text(&text, "ca-file=");
		for (size_t j = 0; j < rows[i].value; j++)
			buf_add_char(&text, 'f');
		read_bytes(&outcome, buf_span(&text));
		buf_fini(&text);
		if (rows[i].want == NULL && outcome.result != 0)
			fail_msg("row %zu: %s%s", i, outcome.log, outcome.err.text);
		if (rows[i].want == NULL)
			assert_int_equal(strlen(outcome.options.tls.ca_file), rows[i].value);
		else if (strstr(outcome.log, rows[i].want) == NULL &&
			 strstr(outcome.err.text, rows[i].want) == NULL)
			fail_msg("row %zu: %s%s", i, outcome.log, outcome.err.text);
		outcome_fini(&outcome);
	}
}

/* Who else may read a file with a password. */
static void test_private(void **state)
{
	static const struct {
		mode_t mode;
		const char *text;
		bool ok;
	} rows[] = {
	    {0600, "password = hidden\n", true},
	    {0400, "password = hidden\n", true},
	    {0700, "password = hidden\n", true},
	    {0640, "password = hidden\n", false},
	    {0604, "password = hidden\n", false},
	    {0620, "password = hidden\n", false},
	    {0644, "[profile other]\npassword = hidden\n", false},
	    {0644, "port = 1\npassword-file = x\n", true},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct input input = {.arguments = {"--config=private", "--show-config"}};
		struct outcome outcome;

		set_file("private", rows[i].text);
		assert_int_equal(chmod("private", rows[i].mode), 0);
		outcome_init(&outcome, &input);
		if (outcome.result != (rows[i].ok ? 0 : -1))
			fail_msg("mode %o: %s%s", rows[i].mode, outcome.log, outcome.err.text);
		if (!rows[i].ok)
			assert_non_null(strstr(outcome.log, "chmod 600"));
		assert_null(strstr(outcome.log, "hidden"));
		assert_true(
		    span_find_text(buf_span(&outcome.settings), SPAN("hidden")) == SPAN_NPOS);
		outcome_fini(&outcome);
	}
}

static void test_password(void **state)
{
	const struct input input = {
	    NULL, "password = a b ;c;d\nimaphost = a.example.com\n", {NULL}, {NULL}};
	const struct input argument = {
	    NULL, input.user, {"-q", "--password-command=x", NULL}, {NULL}};
	struct outcome outcome;

	(void)state;
	outcome_init_files(&outcome, &input);
	assert_int_equal(outcome.result, 0);
	assert_string_equal(outcome.log, ""); /* nothing about command lines */
	assert_string_equal(outcome.options.password.bytes, "a b");
	assert_true(outcome.options.password_from_file);
	outcome_fini(&outcome);

	outcome_init_files(&outcome, &argument);
	assert_int_equal(outcome.result, 0);
	assert_null(outcome.options.password.bytes);
	assert_false(outcome.options.password_from_file);
	outcome_fini(&outcome);
}

static void test_origins(void **state)
{
	char path[PATH_SIZE * 2];
	const struct input input = {"timeout = 1\nretries = 1\n",
	    "port = 5\n\nmail-to = a@example.com\n b@example.com\n[profile p]\nretries = 2\n",
	    {"--profile=p", "-n", "--show-config"}, {(char *)"QUARANTINE_REPORT_DEADLINE=7"}};
	static const char *const want[] = {
	    "timeout = 1 ; " SYSTEM_FILE ":1\n",
	    "no-bounce = yes ; command line\n",
	    "deadline = 7 ; environment\n",
	    "username = global ; default\n",
	    "# profile = p ; command line\n",
	    "date = ; default\n",
	};
	static const char *const want_user[] = {
	    "retries = 2 ; %s/" USER_FILE ":6\n",
	    "port = 5 ; %s/" USER_FILE ":1\n",
	};
	struct outcome outcome;

	(void)state;
	outcome_init_files(&outcome, &input);
	assert_int_equal(outcome.result, 0);
	for (size_t i = 0; i < TABLE_COUNT(want); i++)
		assert_row(strstr(buf_string(&outcome.settings), want[i]) != NULL, want[i]);
	for (size_t i = 0; i < TABLE_COUNT(want_user); i++) {
		const char *rest = strstr(want_user[i], "%s");

		snprintf(path, sizeof(path), "%.*s%s%s", (int)(rest - want_user[i]), want_user[i],
		    test_home, rest + 2);
		assert_row(strstr(buf_string(&outcome.settings), path) != NULL, path);
	}
	outcome_fini(&outcome);
}

/* The period needs a clock, so its errors come later; they name the line, too. */
static void test_period(void **state)
{
	static const struct {
		const char *text;
		const char *argument;
		int status;
		const char *want;
	} rows[] = {
	    {"\nuntil = 2h\n", "-n", 78, "/config:2: --until=2h is where the period ends"},
	    {"since = 2h\ntoday = yes\n", "-n", 78, "--today cannot be combined"},
	    {"timezone = Pacific/Apia\ndate = 2011-12-30\n", "-n", 78,
		"/config:2: the time zone never had the day 2011-12-30"},
	    {"since = 2030-01-01\n", "-n", 78, "/config:1: --since=2030-01-01 has not come yet"},
	    {"until = 2h\n", "--today", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(rows); i++) {
		const struct input input = {
		    NULL, rows[i].text, {"-s", "a.example.com", rows[i].argument}, {NULL}};
		struct outcome outcome;
		struct period period;
		int result;

		outcome_init_files(&outcome, &input);
		assert_int_equal(outcome.result, 0);
		result =
		    options_resolve_period(&outcome.options, 1795000000, &period, &outcome.err);
		assert_int_equal(result, rows[i].status == 0 ? 0 : -1);
		if (err_exit_status(&outcome.err) != rows[i].status ||
		    strstr(outcome.err.text, rows[i].want) == NULL)
			fail_msg("%s: %s", rows[i].text, outcome.err.text);
		outcome_fini(&outcome);
	}
}

/* A FIFO that nobody writes to is refused. */
static void test_fifo(void **state)
{
	const struct input input = {.arguments = {"--config=fifo", "--show-config"}};
	struct outcome outcome;

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	outcome_init(&outcome, &input);
	assert_int_equal(outcome.err.code, ERR_CONFIG);
	assert_non_null(strstr(outcome.err.text, "'fifo' is no file"));
	outcome_fini(&outcome);
}

static int make_home(void **state)
{
	(void)state;
	strcpy(test_home, "/tmp/qr-test-config-XXXXXX");
	return mkdtemp(test_home) != NULL && chdir(test_home) == 0 &&
		       mkdir("quarantine-report", 0700) == 0
		   ? 0
		   : -1;
}

static int remove_home(void **state)
{
	static const char *const names[] = {SYSTEM_FILE, USER_FILE, "bytes", "private", "fifo"};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(names); i++)
		unlink(names[i]);
	rmdir("quarantine-report");
	return rmdir(test_home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_replaced_hosts),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_many_profiles),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_many_errors),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_private),
	    cmocka_unit_test(test_password),
	    cmocka_unit_test(test_origins),
	    cmocka_unit_test(test_period),
	    cmocka_unit_test(test_fifo),
	};

	return cmocka_run_group_tests(tests, make_home, remove_home);
}
