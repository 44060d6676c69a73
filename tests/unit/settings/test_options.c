#include "tests/unit/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "imap/server_name.h"
#include "mode/modes.h"
#include "settings/settings.h"
#include "settings/table.h"

#define MAX_ARGUMENTS 24
#define HOST          "quarantine.example.com"
#define PASSWORD      "s3cr3t w0rd"
#define DIGEST        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* A command line in memory of its own, as execve(2) makes it. */
struct command_line {
	int argc;
	char *argv[MAX_ARGUMENTS + 1];
	char *copies[MAX_ARGUMENTS]; /* getopt_long(3) changes the order of argv */
};

static void command_line_init(struct command_line *line, const char *const arguments[])
{
	*line = (struct command_line){0};
	line->copies[line->argc++] = strdup("quarantine-report");
	for (size_t i = 0; arguments[i] != NULL; i++) {
		assert_true(line->argc < MAX_ARGUMENTS);
		line->copies[line->argc++] = strdup(arguments[i]);
	}
	memcpy(line->argv, line->copies, sizeof(line->copies));
}

/* Without files and environment. */
static int parse(struct command_line *line, struct options *options, struct err *err)
{
	const struct env env = {0};

	const struct arguments arguments = {line->argc, line->argv, modes};

	return options_parse(&arguments, &env, options, err);
}

static void command_line_fini(struct command_line *line)
{
	for (int i = 0; i < line->argc; i++)
		free(line->copies[i]);
}

static const char *joined(const char *const arguments[])
{
	static char text[4096];
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; arguments[i] != NULL && used < sizeof(text); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, " %s", arguments[i]);
	return text;
}

/* A line of --show-config, whatever its origin. */
static bool has_line(struct span text, const char *want)
{
	struct span line = span_of(want);

	while (text.n > 0) {
		size_t end = span_find(text, '\n');
		struct span shown = span_head(text, end);

		if (span_eq(span_head(shown, span_find_text(shown, SPAN(" ; "))), line))
			return true;
		text = end == SPAN_NPOS ? SPAN_EMPTY : span_from(text, end + 1);
	}
	return false;
}

struct setting_row {
	const char *const arguments[8];
	const char *want[4]; /* lines of --show-config */
};

/* The name of the server comes first in each. */
static const struct setting_row setting_rows[] = {
    {{NULL}, {"imaphost = " HOST, "username = global", "csv = no", "display = yes"}},
    {{NULL}, {"outgoing = yes", "incoming = no", "no-bounce = no", "today = no"}},
    {{NULL}, {"tls = implicit", "port = 993", "timeout = 60", "deadline = 3600"}},
    {{NULL}, {"outgoing-folder = Caught (Outgoing)", "incoming-folder = Caught",
		 "date =", "fingerprint ="}},
    {{NULL}, {"delimiter = ,", "csv-bom = no", "raw-csv = no", "password ="}},
    {{NULL}, {"columns = #,From,To,Reply-To,Qmail UID,Invoked for,IP/Username,Evidence,"
	      "PHP script,Auth.sender,Auth-User,Auth-Email"}},
    {{"-c", NULL}, {"csv = yes", "display = no"}},
    {{"--csv", NULL}, {"csv = yes", "display = no"}},
    {{"--csv=out.csv", NULL}, {"csv = out.csv", "display = no"}},
    {{"--csv=-", NULL}, {"csv = -", "display = no"}},
    {{"-cd", NULL}, {"csv = yes", "display = yes"}},
    {{"-co", NULL}, {"csv = yes", "outgoing = yes", "incoming = no"}},
    {{"-i", NULL}, {"incoming = yes", "outgoing = no"}},
    {{"-i", "-o", NULL}, {"incoming = yes", "outgoing = yes"}},
    {{"-tn", NULL}, {"today = yes", "no-bounce = yes"}},
    {{"--today", "--no-bounce", "--display", "--incoming", "--outgoing", NULL},
	{"today = yes", "no-bounce = yes", "display = yes", "incoming = yes"}},
    {{"-u", "reports@example.net", NULL}, {"username = reports@example.net"}},
    {{"--username=a b\"c\\d%e\xFF", NULL}, {"# username = a b\"c\\d%e<FF>"}},
    {{"--outgoing-folder=Release & Train", NULL}, {"outgoing-folder = Release & Train"}},
    {{"--incoming-folder=Gefa\xC3\x9Ft", NULL}, {"incoming-folder = Gefa\xC3\x9Ft"}},
    {{"--tls=starttls", NULL}, {"tls = starttls", "port = 143"}},
    {{"--tls=starttls", "--port=2143", NULL}, {"port = 2143"}},
    {{"--tls=off", "--allow-plaintext", NULL}, {"tls = off", "port = 143"}},
    {{"--ca-file=/etc/ssl/own.pem", NULL}, {"ca-file = /etc/ssl/own.pem"}},
    {{"--fingerprint=" DIGEST, "--fingerprint=SPKI:" DIGEST, NULL},
	{"fingerprint = " DIGEST, "fingerprint = spki:" DIGEST}},
    {{"--fingerprint=00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"
      "00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff",
	 NULL},
	{"fingerprint = " DIGEST}},
    {{"--timeout=1", "--deadline=0", NULL}, {"timeout = 1", "deadline = 0"}},
    {{"--password-file=/etc/pw", "--password-command=pass show x", NULL},
	{"password-file = /etc/pw", "password-command = *"}},
    {{"--date=2026-11-20", "--timezone=Europe/Berlin", NULL},
	{"date = 2026-11-20", "timezone = Europe/Berlin"}},
    {{"--since=2h", "--until=1h", NULL}, {"since = 2h", "until = 1h"}},
    {{"--columns=from,uid", NULL}, {"columns = From,UID"}},
    {{"--columns=php_script,ip_username,number", NULL}, {"columns = PHP script,IP/Username,#"}},
    {{"--group-by=sender_domain", NULL}, {"group-by = Sender domain"}},
    {{NULL}, {"identity-header =", "explain = no"}},
    {{"--identity-header=X-Customer", "--identity-header", "x_Account.2", NULL},
	{"identity-header = X-Customer", "identity-header = x_Account.2"}},
    {{"--identity-h=X-Customer", NULL}, {"identity-header = X-Customer"}},
    {{"--explain", NULL}, {"explain = yes", "display = no", "csv = no"}},
    {{"--explain", "-c", NULL}, {"explain = yes", "display = no", "csv = yes"}},
    {{"--explain", "--csv=out.csv", NULL}, {"explain = yes", "csv = out.csv"}},
    {{NULL}, {"color = auto"}},
    {{"--color=always", NULL}, {"color = always"}},
    {{"--color", "never", NULL}, {"color = never"}},
    {{"--delimiter=;", NULL}, {"delimiter = semicolon"}},
    {{"--delimiter=semicolon", NULL}, {"delimiter = semicolon"}},
    {{"--delimiter", "tab", NULL}, {"delimiter = tab"}},
    {{"--delimiter=\t", NULL}, {"delimiter = tab"}},
    {{"--delimiter=\\t", NULL}, {"delimiter = tab"}},
    {{"--delimiter=|", "--raw-csv", "--csv-bom", NULL},
	{"delimiter = |", "raw-csv = yes", "csv-bom = yes"}},
    {{NULL}, {"group-by =", "top =", "min-count =", "# merge = no"}},
    {{NULL}, {"json = no", "html = no", "identity-report = no"}},
    {{"--json", NULL}, {"json = yes", "display = no", "csv = no"}},
    {{"--html=a.html", "-d", NULL}, {"html = a.html", "display = yes"}},
    {{"--identity-report=-", NULL}, {"identity-report = -", "display = no"}},
    {{"--identity-report", "-c", NULL}, {"identity-report = yes", "csv = yes"}},
    {{"--blocklist=b", "--min-count=9", "--blocklist-form=csf", NULL},
	{"blocklist = b", "blocklist-form = csf", "exempt-net =", "group-by = Identity"}},
    {{"--blocklist=b", "--top=9", "--exempt-net=198.51.100.0/24", "--exempt-net=2001:DB8::1", NULL},
	{"blocklist-form = postfix", "exempt-net = 198.51.100.0/24", "exempt-net = 2001:db8::1"}},
    {{"--group-by=identity, php script", NULL}, {"group-by = Identity,PHP script"}},
    {{"--top=5", NULL}, {"top = 5", "group-by = Identity", "display = yes"}},
    {{"--min-count=3", "-c", NULL}, {"min-count = 3", "group-by = Identity"}},
    {{"--top=5", "--group-by=From", NULL}, {"top = 5", "group-by = From"}},
    {{"-v", "--trace", NULL}, {"verbose = yes", "trace = yes", "quiet = no"}},
    {{"-q", "-ppw", NULL}, {"quiet = yes", "password = *"}},
    {{"--date=2026-11-20", "--date=2026-11-21", NULL}, {"date = 2026-11-21"}},
    {{"-s", "[2001:db8::1]:1993", "-s", "2001:db8::2", NULL},
	{"imaphost = " HOST, "imaphost = [2001:db8::1]:1993", "imaphost = 2001:db8::2"}},
    {{"--today=yes", "--no-bounce=No", "--csv-bom=TRUE", "--raw-csv=0", NULL},
	{"today = yes", "no-bounce = no", "csv-bom = yes", "raw-csv = no"}},
    {{"--csv=yes", "--json=no", NULL}, {"csv = yes", "json = no", "display = no"}},
    {{"--csv=no", "--json=no", "--csv=./no", NULL}, {"csv = ./no", "json = no"}},
    {{"--csv=no", "--json=no", NULL}, {"csv = no", "json = no", "display = yes"}},
    {{"--mail-to=a@example.com", "--mail-to", "b@example.net", NULL},
	{"mail-to = a@example.com", "mail-to = b@example.net", "display = no"}},
    {{"--mail-to=a@example.com", "--mail-from=q@example.com", "--mail-empty", NULL},
	{"mail-from = q@example.com", "mail-empty = yes", "mail-subject ="}},
    {{"--mail-to=a@example.com", "--mail-subject=Daily; in full", NULL},
	{"mail-subject = Daily; in full"}},
    {{NULL}, {"mail-to =", "sendmail = /usr/sbin/sendmail", "mail-empty = no", "mail-from ="}},
    {{NULL}, {"new-only = no", "state-dir =", "retries = 0", "syslog = no"}},
    {{NULL}, {"# profile =", "# config =", "partial = no"}},
    {{"--new-only", "--state-dir=/srv/state", NULL},
	{"new-only = yes", "today = yes", "state-dir = /srv/state"}},
    {{"--new-only", "--since=2d", NULL}, {"new-only = yes", "today = no", "since = 2d"}},
    {{"--retries=3", "--partial", "--syslog", NULL},
	{"retries = 3", "partial = yes", "syslog = yes"}},
    /* No file can say these. */
    {{"-u", "a\tb", NULL}, {"# username = a<U+0009>b"}},
    {{"-u", " a", NULL}, {"# username =  a"}},
    {{"-u", "a ", NULL}, {"# username = a "}},
    {{"-u", ";a", NULL}, {"# username = ;a"}},
    /* What the original understood as an abbreviation. */
    {{"--in", "--out", NULL}, {"incoming = yes", "outgoing = yes"}},
    {{"--d", "--n", "--t", NULL}, {"display = yes", "no-bounce = yes", "today = yes"}},
    {{"--c", "--u=x", NULL}, {"csv = yes", "username = x"}},
    {{"--cs=f.csv", NULL}, {"csv = f.csv"}},
    {{"--outgoing-f=X", NULL}, {"outgoing-folder = X", "outgoing = yes"}},
};

static void test_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(setting_rows); i++) {
		const struct setting_row *row = &setting_rows[i];
		const char *arguments[MAX_ARGUMENTS] = {"-s", HOST};
		struct command_line line;
		struct options options;
		struct err err = ERR_INIT;
		struct buf text;

		for (size_t j = 0; row->arguments[j] != NULL; j++)
			arguments[j + 2] = row->arguments[j];
		command_line_init(&line, arguments);
		if (parse(&line, &options, &err) != 0)
			fail_msg("%s: %s", joined(arguments), err.text);
		buf_init(&text, 0);
		options_add_settings(&options, &text);
		for (size_t j = 0; j < TABLE_COUNT(row->want) && row->want[j] != NULL; j++)
			if (!has_line(buf_span(&text), row->want[j]))
				fail_msg("%s: no \"%s\" in\n%s", joined(arguments), row->want[j],
				    buf_string(&text));
		buf_fini(&text);
		options_free(&options);
		command_line_fini(&line);
	}
}

static const struct {
	const char *text;
	const char *host; /* NULL: an error */
	unsigned port;
} host_rows[] = {
    {"quarantine.example.com", "quarantine.example.com", 993},
    {"quarantine.example.com:1993", "quarantine.example.com", 1993},
    {"quarantine.example.com.", "quarantine.example.com.", 993},
    {"q_1-a.example.com:65535", "q_1-a.example.com", 65535},
    {"localhost", "localhost", 993},
    {"xn--bcher-kva.example", "xn--bcher-kva.example", 993},
    {"192.0.2.7", "192.0.2.7", 993},
    {"192.0.2.7:1", "192.0.2.7", 1},
    {"2001:db8::7", "2001:db8::7", 993},
    {"::1", "::1", 993},
    {"[2001:db8::7]", "2001:db8::7", 993},
    {"[2001:db8::7]:1993", "2001:db8::7", 1993},
    {"::ffff:192.0.2.7", "::ffff:192.0.2.7", 993},
    {"a23456789012345678901234567890123456789012345678901234567890123.example.com",
	"a23456789012345678901234567890123456789012345678901234567890123.example.com", 993},
    {"a234567890123456789012345678901234567890123456789012345678901234.example.com", NULL, 0},
    {"", NULL, 0},
    {":993", NULL, 0},
    {".", NULL, 0},
    {"a..example.com", NULL, 0},
    {".example.com", NULL, 0},
    {"-a.example.com", NULL, 0},
    {"a b.example.com", NULL, 0},
    {"b\xC3\xBC"
     "cher.example",
	"b\xC3\xBC"
	"cher.example",
	993},
    {"b\xC3\xBC"
     "cher.example:1993",
	"b\xC3\xBC"
	"cher.example",
	1993},
    {"b\xC3.example", NULL, 0},
    {"b\xE2\x80\xAE.example", NULL, 0},
    {"fe80::1%eth0", "fe80::1%eth0", 993},
    {"[fe80::1%eth0]", "fe80::1%eth0", 993},
    {"[fe80::1%eth0]:1993", "fe80::1%eth0", 1993},
    {"fe80::1%", NULL, 0},
    {"2001:db8::1%eth0", NULL, 0},
    {"192.0.2.7%eth0", NULL, 0},
    {"host%eth0", NULL, 0},
    {"host.example.com\n", NULL, 0},
    {"host.example.com/x", NULL, 0},
    {"user@host.example.com", NULL, 0},
    {"imaps://host.example.com", NULL, 0},
    {"host.example.com:", NULL, 0},
    {"host.example.com:0", NULL, 0},
    {"host.example.com:65536", NULL, 0},
    {"host.example.com:99999999999999999999", NULL, 0},
    {"host.example.com:+993", NULL, 0},
    {"host.example.com: 993", NULL, 0},
    {"host.example.com:993x", NULL, 0},
    {"host.example.com:imaps", NULL, 0},
    {"host.example.com:993:1", NULL, 0},
    {"[2001:db8::7", NULL, 0},
    {"[2001:db8::7]993", NULL, 0},
    {"[2001:db8::7]:", NULL, 0},
    {"[host.example.com]:993", NULL, 0},
    {"[]:993", NULL, 0},
    {"2001:db8::7::1", NULL, 0},
    {"127.1", NULL, 0},
    {"2130706433", NULL, 0},
    {"192.0.2.256", NULL, 0},
    {"0x7f.0.0.1", NULL, 0},
};

static void test_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(host_rows); i++) {
		const char *const arguments[] = {"-s", host_rows[i].text, NULL};
		struct command_line line;
		struct options options;
		struct err err = ERR_INIT;
		int result;

		command_line_init(&line, arguments);
		result = parse(&line, &options, &err);
		if (result != (host_rows[i].host != NULL ? 0 : -1))
			fail_msg("\"%s\" gave %d %s", host_rows[i].text, result, err.text);
		if (result == 0) {
			unsigned port = options.hosts[0].port;

			assert_int_equal(options.host_count, 1);
			assert_string_equal(options.hosts[0].name, host_rows[i].host);
			if (port == 0)
				port = tls_settings_port(&options.tls);
			if (port != host_rows[i].port)
				fail_msg("\"%s\" gave port %u", host_rows[i].text, port);
		} else {
			assert_int_equal(err.code, ERR_USAGE);
		}
		options_free(&options);
		command_line_fini(&line);
	}
}

static void test_long_host(void **state)
{
	char host[SERVER_NAME_MAX + 2];
	const char *const arguments[] = {"-s", host, NULL};

	(void)state;
	for (size_t n = SERVER_NAME_MAX; n <= SERVER_NAME_MAX + 1; n++) {
		struct command_line line;
		struct options options;
		struct err err = ERR_INIT;

		for (size_t i = 0; i < n; i++)
			host[i] = i % 50 == 49 ? '.' : 'h';
		host[n] = '\0';
		command_line_init(&line, arguments);
		assert_int_equal(parse(&line, &options, &err), n <= SERVER_NAME_MAX ? 0 : -1);
		options_free(&options);
		command_line_fini(&line);
	}
}

static const struct {
	const char *const arguments[8];
	const char *want; /* part of the text */
} error_rows[] = {
    {{NULL}, "-s HOST (--imaphost=HOST) is missing"},
    {{"-d", NULL}, "-s HOST (--imaphost=HOST) is missing"},
    {{"--check", NULL}, "-s HOST (--imaphost=HOST) is missing"},
    {{"-s", HOST, "-s", HOST, NULL}, "the server " HOST " is named twice"},
    {{"-s", HOST, "-s", "QUARANTINE.example.com:993", NULL}, "is named twice"},
    {{"-s", HOST, "-s", HOST ":143", "--tls=starttls", NULL}, "is named twice"},
    {{"-s", NULL}, "-s needs an argument: -s HOST[:PORT]"},
    {{"--imaphost", NULL}, "--imaphost needs an argument: --imaphost=HOST[:PORT]"},
    {{"-ns", NULL}, "-s needs an argument: -s HOST[:PORT]"},
    {{"--date", NULL}, "--date needs an argument: --date=YYYY-MM-DD"},
    {{"-s", HOST, "--today=maybe", NULL}, "--today=maybe: expected yes or no"},
    {{"-s", HOST, "--today=", NULL}, "--today=: expected yes or no"},
    {{"--check=yes", NULL}, "--check takes no argument"},
    {{"-x", NULL}, "unknown option '-x'"},
    {{"-dx", NULL}, "unknown option '-x'"},
    {{"-s", HOST, "-c-", NULL}, "-c takes no FILE: write --csv=FILE"},
    {{"-s", HOST, "-c=out.csv", NULL}, "-c takes no FILE: write --csv=FILE"},
    {{"-s", HOST, "-oc=out.csv", "-i", NULL}, "-c takes no FILE: write --csv=FILE"},
    {{"-d=yes", NULL}, "-d takes no argument"},
    {{"-=", NULL}, "unknown option '-='"},
    {{"-s", HOST, "-=", NULL}, "unknown option '-='"},
    {{"--csv", "-=", NULL}, "unknown option '-='"},
    {{"-n10", NULL}, "'-n10': -n (--no-bounce) takes no number"},
    {{"-s", HOST, "-dn1", "-t", NULL}, "'-dn1': -n (--no-bounce) takes no number"},
    {{"-1", NULL}, "unknown option '-1'"},
    {{"-d", "-1", NULL}, "unknown option '-1'"},
    {{"--nonsense", NULL}, "unknown option '--nonsense'"},
    {{"--pasword=hidden", NULL}, "unknown option '--pasword'; did you mean '--password'?"},
    {{"--colums=all", NULL}, "unknown option '--colums'; did you mean '--columns'?"},
    {{"--mail_to=x", NULL}, "unknown option '--mail_to'; did you mean '--mail-to'?"},
    {{"--i", NULL},
	"'--i' may mean any of --identity-header --identity-report --incoming --incoming-folder "
	"--input --imaphost --interval"},
    {{"--password-=x", NULL}, "'--password-' may mean any of --password-file --password-command"},
    {{"--since-when=x", NULL}, "unknown option '--since-when'"},
    {{"--follows", NULL}, "unknown option '--follows'"},
    {{"--follow", NULL}, "no quarantine server is named"},
    {{"follow", "--new-only", "./log", NULL}, "--new-only does not go with"},
    {{"follow", "--until=1h", "./log", NULL}, "--until does not go with the command follow"},
    {{"follow", "--date=today", "./log", NULL}, "--date does not go with the command follow"},
    {{"follow", "--interval=0", "./log", NULL}, "expected a number from 1 to 3600"},
    {{"-s", HOST, "stray", NULL}, "the argument 'stray' belongs to no option"},
    {{"-s", HOST, "--", "-d", NULL}, "the argument '-d' belongs to no option"},
    {{"-s", HOST, "stray", NULL},
	"is none of the commands: report, follow, top, check, lock, unlock"},
    {{"Check", NULL}, "is none of the commands"},
    {{"chekc", NULL}, "history, show-config; did you mean 'check'?"},
    {{"", NULL}, "the argument '' belongs to no option, names no file, and is none "},
    {{"check", "-s", HOST, "stray", NULL}, "the argument 'stray' belongs to no option"},
    {{"check", "check", NULL}, "the argument 'check' belongs to no option"},
    {{"follow", "mainlog", NULL}, "the argument 'mainlog' belongs to no option, and names no file"},
    {{"-s", HOST, "/dev/null", NULL},
	"the argument '/dev/null' belongs to no option; files are read without a server, and -s"},
    {{"top", "-s", HOST, "/dev/null", NULL}, "files are read without a server"},
    {{"--", "check", NULL}, "the argument 'check' belongs to no option"},
    {{"stray", "check", NULL}, "the argument 'stray' belongs to no option, names no file, and"},
    {{"check", NULL}, "-s HOST (--imaphost=HOST) is missing"},
    {{"report", "-d", NULL}, "-s HOST (--imaphost=HOST) is missing"},
    {{"report", "--check", NULL}, "the command report and --check cannot be combined"},
    {{"check", "--show-config", NULL}, "the command check and --show-config cannot be"},
    {{"check", "--merge", "a.csv", NULL}, "the command check does not go with it"},
    {{"report", "--merge", NULL}, "--merge needs the names of saved reports"},
    {{"-s", HOST, "-c", "out.csv", NULL}, "write --csv=out.csv"},
    {{"-s", HOST, "-c", "-", NULL}, "write --csv=-"},
    {{"-s", HOST, "--html", "-", NULL}, "for the file of --html write --html=-"},
    {{"-s", HOST, "--json", "x", NULL}, "for the file of --json write --json=x"},
    {{"-s", HOST, "--csv=a", "--identity-report", "x", NULL}, "write --identity-report=x"},
    {{"-s", HOST, "--csv=", NULL}, "--csv= needs the name of a file"},
    {{"-s", HOST, "--csv=-", "-d", NULL},
	"--csv and --display would both write to standard output"},
    {{"-s", HOST, "--csv=/dev/stdout", "-d", NULL}, "--csv and --display would both"},
    {{"-s", HOST, "--csv=-", "--json=-", NULL}, "--csv and --json would both"},
    {{"-s", HOST, "--html=-", "-d", NULL}, "--display and --html would both"},
    {{"-s", HOST, "--html=-", "--identity-report=/dev/stdout", NULL},
	"--html and --identity-report would both write to standard output"},
    {{"-s", HOST, "--blocklist", NULL}, "--blocklist needs --min-count=N"},
    {{"-s", HOST, "--blocklist", "--min-count=1", NULL}, "--blocklist needs --min-count=N"},
    {{"-s", HOST, "--blocklist", "--top=1", "--blocklist-form=cfs", NULL},
	"--blocklist-form=cfs: expected one of: postfix csf plain"},
    {{"-s", HOST, "--exempt-net=198.51.100.1/24", NULL}, "without bits behind the prefix"},
    {{"-s", HOST, "--csv=a.csv", "--identity-report=a.csv", NULL},
	"--csv and --identity-report would both write to a.csv"},
    {{"-s", HOST, "--json=", NULL}, "--json= needs the name of a file"},
    {{"-s", HOST, "--group-by", NULL}, "--group-by needs an argument: --group-by=COLUMN,..."},
    {{"-s", HOST, "--group-by=Nonsense", NULL}, "--group-by: no such column: 'Nonsense'"},
    {{"-s", HOST, "--group-by=", NULL}, "--group-by: no such column: ''"},
    {{"-s", HOST, "--columns=identiy", NULL}, "'identiy'; did you mean 'Identity'?"},
    {{"-s", HOST, "--columns=from,php_scrpt", NULL}, "'php_scrpt'; did you mean 'PHP script'?"},
    {{"-s", HOST, "--columns=Nonsense", NULL}, "the columns are: #, From, To"},
    {{"-s", HOST, "--columns=php_script,PHP script", NULL}, "column named twice: 'PHP script'"},
    {{"-s", "imaps://host.example.com:993", NULL},
	"--imaphost takes no URL: write --imaphost=host.example.com:993"},
    {{"-s", "imaps://me:hidden@host.example.com/Caught?x@y", NULL},
	"--imaphost takes no URL: write --imaphost=host.example.com"},
    {{"-s", HOST, "--group-by=From,from", NULL}, "--group-by: column named twice: 'from'"},
    {{"-s", HOST, "--group-by=all", NULL}, "--group-by: no such column: 'all'"},
    {{"-s", HOST, "--group-by=#", NULL}, "--group-by: every message has a '#' of its own"},
    {{"-s", HOST, "--group-by=From,To,Subject,UID,Folder,Host,Class,Domain,Vhost", NULL},
	"--group-by: at most 8 columns"},
    {{"-s", HOST, "--top=0", NULL}, "--top=0: expected a number from 1 to 1000000"},
    {{"-s", HOST, "--min-count=-1", NULL}, "--min-count=-1: expected a number from 1 to"},
    {{"-s", HOST, "--top=5", "--identity-report", NULL},
	"--top and --min-count need --csv, --display, --json, --tsv, --html or --blocklist"},
    {{"-s", HOST, "--group-by=From", "--columns=To", NULL}, "groups have columns of their own"},
    {{"-s", HOST, "--top=5", "--explain", NULL}, "--explain tells about messages"},
    {{"--merge", NULL}, "--merge needs the names of saved reports"},
    {{"-s", HOST, "--merge", "a.csv", NULL}, "--imaphost does not go with it"},
    {{"-ni", "--merge", "a.csv", NULL}, "--incoming does not go with it"},
    {{"-t", "--merge", "a.csv", NULL}, "--today does not go with it"},
    {{"--check", "--merge", "a.csv", NULL}, "--check does not go with it"},
    {{"--explain", "--merge", "a.csv", NULL}, "--explain does not go with it"},
    {{"--identity-header=X", "--merge", "a.csv", NULL}, "--identity-header does not go with it"},
    {{"--columns=To", "--merge", "a.csv", NULL}, "groups have columns of their own"},
    {{"-s", HOST, "--explain", "-d", NULL}, "--display and --explain"},
    {{"-s", HOST, "--explain", "--csv=-", NULL}, "--csv and --explain would both"},
    {{"-s", HOST, "--explain=all", NULL}, "--explain=all: expected yes or no"},
    {{"-s", HOST, "--identity-header", NULL}, "--identity-header=NAME"},
    {{"-s", HOST, "--identity-header=", NULL}, "--identity-header=: not the name"},
    {{"-s", HOST, "--identity-header=X-Customer:", NULL}, "not the name of a header field"},
    {{"-s", HOST, "--identity-header=X Customer", NULL}, "not the name of a header field"},
    {{"-s", HOST, "--identity-header=X-C]\r\n", NULL}, "not the name of a header field"},
    {{"-s", HOST, "--identity-header=X-K\xC3\xBCrzel", NULL}, "not the name of a header field"},
    {{"-s", HOST,
	 "--identity-header="
	 "a2345678901234567890123456789012345678901234567890123456789012345",
	 NULL},
	"not the name of a header field"},
    {{"-s", HOST, "-v", "-q", NULL}, "--verbose and --quiet"},
    {{"-s", HOST, "--check", "--show-config", NULL}, "--check and --show-config"},
    {{"-s", HOST, "--show-config", "--check", NULL}, "--check and --show-config cannot be"},
    {{"-s", HOST ":993", "--port=143", NULL}, "--port=143 contradicts the port 993"},
    {{"-s", HOST, "--port=0", NULL}, "--port=0: expected a number from 1 to 65535"},
    {{"-s", HOST, "--port=65536", NULL}, "expected a number from 1 to 65535"},
    {{"-s", HOST, "--port=", NULL}, "expected a number"},
    {{"-s", HOST, "--port=993 ", NULL}, "expected a number"},
    {{"-s", HOST, "--port=-1", NULL}, "expected a number"},
    {{"-s", HOST, "--port=0x10", NULL}, "expected a number"},
    {{"-s", HOST, "--timeout=0", NULL}, "--timeout=0: expected a number from 1 to"},
    {{"-s", HOST, "--deadline=604801", NULL}, "expected a number from 0 to 604800"},
    {{"-s", HOST, "--deadline=99999999999999999999", NULL}, "expected a number"},
    {{"-s", HOST, "--tls=on", NULL}, "expected implicit, starttls or off"},
    {{"-s", HOST, "--color=yes", NULL}, "--color=yes: expected one of: auto always never"},
    {{"-s", HOST, "--tls=off", NULL}, "--allow-plaintext"},
    {{"-s", "localhost.example.com", "--tls=off", NULL}, "--allow-plaintext"},
    {{"-s", "127.example.com", "--tls=off", NULL}, "--allow-plaintext"},
    {{"-s", "128.0.0.1", "--tls=off", NULL}, "--allow-plaintext"},
    {{"-s", "::2", "--tls=off", NULL}, "--allow-plaintext"},
    {{"-s", "localhost", "--tls=off", "--ca-file=x", NULL}, "need TLS"},
    {{"-s", "localhost", "--tls=off", "--fingerprint=" DIGEST, NULL}, "need TLS"},
    {{"-s", HOST, "--ca-file=", NULL}, "--ca-file= needs a value"},
    {{"-s", HOST, "--fingerprint=xyz", NULL}, "--fingerprint: 'xyz' is no fingerprint"},
    {{"-s", HOST, "--fingerprint=0011", NULL}, "it has 2 bytes instead of 32"},
    {{"-s", HOST, "--fingerprint=" DIGEST "00", NULL}, "it has 33 bytes"},
    {{"-s", HOST, "--fingerprint=" DIGEST ":", NULL}, "is no fingerprint"},
    {{"-s", HOST, "--fingerprint=:" DIGEST, NULL}, "is no fingerprint"},
    {{"-s", HOST, "--fingerprint=0:0" DIGEST, NULL}, "is no fingerprint"},
    {{"-s", HOST, "--fingerprint=sha256:" DIGEST, NULL}, "is no fingerprint"},
    {{"-s", HOST, "--fingerprint=", NULL}, "it has 0 bytes"},
    {{"-s", HOST, "--delimiter=", NULL}, "expected , | semicolon or tab"},
    {{"-s", HOST, "--delimiter=\"", NULL}, "expected , | semicolon or tab"},
    {{"-s", HOST, "--delimiter=;;", NULL}, "expected , | semicolon or tab"},
    {{"-s", HOST, "--delimiter=x", NULL}, "expected , | semicolon or tab"},
    {{"-s", HOST, "--columns=Nonsense", NULL}, "--columns: "},
    {{"-s", HOST, "-u", "", NULL}, "--username= needs a value"},
    {{"-s", HOST, "-u", "a\rb", NULL}, "--username: the name has a line break"},
    {{"-s", HOST, "-u", "a\nb", NULL}, "--username: the name has a line break"},
    {{"-s", HOST, "--incoming-folder=a\nb", NULL}, "the name has a line break"},
    {{"-s", HOST, "--outgoing-folder=\xFF", NULL}, "the name is not UTF-8"},
    {{"-s", HOST, "--outgoing-folder=", NULL}, "--outgoing-folder= needs a value"},
    {{"-s", HOST, "--mail-to=", NULL}, "--mail-to=: not an address"},
    {{"-s", HOST, "--mail-to=a b@example.com", NULL}, "not an address"},
    {{"-s", HOST, "--mail-to=a@example.com\nBcc: b@example.com", NULL}, "not an address"},
    {{"-s", HOST, "--mail-to=a@example.com", "--mail-from=-x", NULL}, "not an address"},
    {{"-s", HOST, "--mail-from=a@example.com", NULL}, "need --mail-to=ADDRESS"},
    {{"-s", HOST, "--mail-subject=x", NULL}, "need --mail-to=ADDRESS"},
    {{"-s", HOST, "--sendmail=sendmail", NULL}, "expected a path that begins with /"},
    {{"-s", HOST, "--retries=101", NULL}, "--retries=101: expected a number from 0 to 100"},
    {{"-s", HOST, "--new-only", "--date=2026-11-20", NULL}, "--date and --until do not go"},
    {{"-s", HOST, "--new-only", "--since=2h", "--until=1h", NULL}, "--date and --until do not"},
    {{"-s", HOST, "--new-only", "--explain", NULL}, "--new-only does not go with --explain"},
    {{"--new-only", "--merge", "a.csv", NULL}, "--new-only does not go with it"},
    {{"--csv=no", "--json=no", "-s", HOST ":0", NULL}, "expected a port"},
    {{"--profile=", NULL}, "--profile= needs a value"},
    {{"-s", HOST, "-p", "", NULL}, "the password is empty"},
    {{"-s", HOST, "-p", "a\nb", NULL}, "the password has a line break"},
};

static void test_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(error_rows); i++) {
		const char *const *arguments = error_rows[i].arguments;
		struct command_line line;
		struct options options;
		struct err err = ERR_INIT;

		command_line_init(&line, arguments);
		if (parse(&line, &options, &err) != -1)
			fail_msg(
			    "%s: no error, want \"%s\"", joined(arguments), error_rows[i].want);
		assert_int_equal(err_exit_status(&err), 64);
		if (strstr(err.text, error_rows[i].want) == NULL)
			fail_msg("%s: \"%s\" does not say \"%s\"", joined(arguments), err.text,
			    error_rows[i].want);
		options_free(&options);
		command_line_fini(&line);
	}
}

/* In the order given, and not one more than the engine takes. */
static void test_identity_headers(void **state)
{
	char names[EVIDENCE_MAX_IDENTITY_HEADERS + 1][32];
	const char *arguments[MAX_ARGUMENTS] = {"-s", HOST};

	(void)state;
	for (unsigned count = 1; count <= EVIDENCE_MAX_IDENTITY_HEADERS + 1; count++) {
		struct command_line line;
		struct options options;
		struct err err = ERR_INIT;
		int result;

		snprintf(names[count - 1], sizeof(names[0]), "--identity-header=X-%u", count);
		arguments[count + 1] = names[count - 1];
		command_line_init(&line, arguments);
		result = parse(&line, &options, &err);
		if (count <= EVIDENCE_MAX_IDENTITY_HEADERS) {
			assert_int_equal(result, 0);
			assert_int_equal(options.identity_header_count, count);
			assert_string_equal(options.identity_headers[0], "X-1");
			assert_string_equal(
			    options.identity_headers[count - 1], names[count - 1] + 18);
		} else {
			assert_int_equal(result, -1);
			assert_non_null(strstr(err.text, "at most 16"));
		}
		options_free(&options);
		command_line_fini(&line);
	}
}

static const struct {
	const char *const arguments[8];
	enum options_action want;
	const char *mode; /* its name; NULL: none was named */
} action_rows[] = {
    {{"-h", NULL}, OPTIONS_HELP, NULL},
    {{"--help", NULL}, OPTIONS_HELP, NULL},
    {{"--h", NULL}, OPTIONS_HELP, NULL},
    {{"-V", NULL}, OPTIONS_VERSION, NULL},
    {{"--version", NULL}, OPTIONS_VERSION, NULL},
    {{"--check", "--help", "--nonsense", NULL}, OPTIONS_HELP, NULL},
    {{"check", "--help", "--nonsense", NULL}, OPTIONS_HELP, "check"},
    {{"-d", "report", "-h", NULL}, OPTIONS_HELP, "report"},
    {{"--help", "check", NULL}, OPTIONS_HELP, NULL},
    {{"nonsense", "--help", NULL}, OPTIONS_HELP, NULL},
    {{"-s", HOST, "--check", "-c", "-o", "-n", NULL}, OPTIONS_RUN, "check"},
    {{"-s", HOST, "--check", "--check", NULL}, OPTIONS_RUN, "check"},
    {{"-s", HOST, "--show-config", NULL}, OPTIONS_RUN, "show-config"},
    {{"-s", HOST, NULL}, OPTIONS_RUN, "report"},
    {{"-s", "localhost", "--tls=off", NULL}, OPTIONS_RUN, "report"},
    {{"-s", "LocalHost:143", "--tls=off", NULL}, OPTIONS_RUN, "report"},
    {{"-s", "127.1.2.3", "--tls=off", NULL}, OPTIONS_RUN, "report"},
    {{"-s", "[::1]:143", "--tls=off", NULL}, OPTIONS_RUN, "report"},
    {{"-s", HOST ":993", "--port=993", NULL}, OPTIONS_RUN, "report"},
    {{"check", "-s", HOST, NULL}, OPTIONS_RUN, "check"},
    {{"-s", HOST, "check", "-c", NULL}, OPTIONS_RUN, "check"},
    {{"-o", "-s", HOST, "check", "--check", NULL}, OPTIONS_RUN, "check"},
    {{"report", "-s", HOST, NULL}, OPTIONS_RUN, "report"},
    {{"show-config", NULL}, OPTIONS_RUN, "show-config"},
    {{"-u", "check", "-s", HOST, NULL}, OPTIONS_RUN, "report"},
    {{"report", "--merge", "a.csv", "check", NULL}, OPTIONS_RUN, "report"},
    {{"--merge", "check", NULL}, OPTIONS_RUN, "report"},
    {{"a.csv", "check", "--merge", NULL}, OPTIONS_RUN, "report"},
    {{"./check", "--merge", NULL}, OPTIONS_RUN, "report"},
    {{"--top=5", "--merge", "--", "check", NULL}, OPTIONS_RUN, "report"},
    {{"--show-config", "--merge", "check", NULL}, OPTIONS_RUN, "show-config"},
};

static void test_actions(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(action_rows); i++) {
		const char *const *arguments = action_rows[i].arguments;
		struct command_line line;
		struct options options;
		struct err err = ERR_INIT;

		command_line_init(&line, arguments);
		if (parse(&line, &options, &err) != 0)
			fail_msg("%s: %s", joined(arguments), err.text);
		if (options.action != action_rows[i].want)
			fail_msg("%s: action %d", joined(arguments), (int)options.action);
		if (options.mode == NULL || action_rows[i].mode == NULL)
			assert_row(
			    options.mode == NULL && action_rows[i].mode == NULL, joined(arguments));
		else
			assert_string_equal(options.mode->name, action_rows[i].mode);
		options_free(&options);
		command_line_fini(&line);
	}
}

/* What reading the arguments writes to standard error. */
static void parse_with_stderr(
    struct command_line *line, struct options *options, char *text, size_t size)
{
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	struct err err = ERR_INIT;
	int result;

	assert_non_null(file);
	dup2(fileno(file), STDERR_FILENO);
	result = parse(line, options, &err);
	dup2(saved, STDERR_FILENO);
	close(saved);
	rewind(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
	if (result != 0)
		fail_msg("%s", err.text);
}

static void test_password_spellings(void **state)
{
	static const char *const spellings[][5] = {
	    {"-p" PASSWORD, "-s", HOST, NULL},
	    {"-p", PASSWORD, "-s", HOST, NULL},
	    {"--password=" PASSWORD, "-s", HOST, NULL},
	    {"--password", PASSWORD, "-s", HOST, NULL},
	    {"--pass=" PASSWORD, "-s", HOST, NULL},
	    {"--p", PASSWORD, "-s", HOST, NULL},
	    {"-np" PASSWORD, "-s", HOST, NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(spellings); i++) {
		struct command_line line;
		struct options options;
		char warning[1024];

		command_line_init(&line, spellings[i]);
		parse_with_stderr(&line, &options, warning, sizeof(warning));
		assert_string_equal(options.password.bytes, PASSWORD);
		assert_int_equal(options.password.n, sizeof(PASSWORD) - 1);
		for (int j = 1; j < line.argc; j++) {
			/* Looks behind the NUL as well, over the former length. */
			size_t n = strlen(spellings[i][j - 1]);
			struct span argument = {line.copies[j], n};

			if (span_find_text(argument, SPAN("s3")) != SPAN_NPOS ||
			    span_find_text(argument, SPAN("w0rd")) != SPAN_NPOS)
				fail_msg("%s: still in argv", joined(spellings[i]));
		}
		assert_non_null(strstr(warning, "--password-file"));
		assert_null(strstr(warning, "w0rd"));
		assert_ptr_equal(strchr(warning, '\n'), warning + strlen(warning) - 1);
		options_free(&options);
		assert_null(options.password.bytes);
		command_line_fini(&line);
	}
}

/* Also when something else is wrong, and nothing of it stands in the error. */
static void test_password_in_errors(void **state)
{
	static const char *const lines[][7] = {
	    {"-s", HOST, "-p", "w0rd", "--port=x", NULL},
	    {"-p", "w0rd", NULL},
	    {"-s", HOST, "-p", "my", "w0rd", NULL},
	    {"-s", HOST, "-p", "w0rd\n", NULL},
	    {"--passwor-d=w0rd", "-s", HOST, NULL},
	};

	(void)state;
	for (size_t i = 0; i < TABLE_COUNT(lines); i++) {
		struct command_line line;
		struct options options;
		struct err err = ERR_INIT;

		command_line_init(&line, lines[i]);
		assert_int_equal(parse(&line, &options, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);
		if (strstr(err.text, "w0rd") != NULL)
			fail_msg("%s: %s", joined(lines[i]), err.text);
		options_free(&options);
		command_line_fini(&line);
	}
}

static void test_quiet_password(void **state)
{
	const char *const arguments[] = {"-s", HOST, "-q", "-p", PASSWORD, NULL};
	struct command_line line;
	struct options options;
	char warning[1024];

	(void)state;
	command_line_init(&line, arguments);
	parse_with_stderr(&line, &options, warning, sizeof(warning));
	assert_string_equal(warning, "");
	options_free(&options);
	command_line_fini(&line);
}

static void test_limits(void **state)
{
	char name[OPTIONS_MAX_NAME + 2];
	const char *arguments[MAX_ARGUMENTS] = {"-s", HOST, "-u", name};
	struct command_line line;
	struct options options;
	struct err err = ERR_INIT;

	(void)state;
	memset(name, 'u', sizeof(name));
	name[OPTIONS_MAX_NAME] = '\0';
	command_line_init(&line, arguments);
	assert_int_equal(parse(&line, &options, &err), 0);
	options_free(&options);
	command_line_fini(&line);

	name[OPTIONS_MAX_NAME] = 'u';
	name[OPTIONS_MAX_NAME + 1] = '\0';
	command_line_init(&line, arguments);
	assert_int_equal(parse(&line, &options, &err), -1);
	assert_non_null(strstr(err.text, "longer than 1024 bytes"));
	options_free(&options);
	command_line_fini(&line);

	for (size_t i = 2; i < 2 + TLS_MAX_PINS + 1; i++)
		arguments[i] = "--fingerprint=" DIGEST;
	command_line_init(&line, arguments);
	assert_int_equal(parse(&line, &options, &err), -1);
	assert_non_null(strstr(err.text, "at most 16"));
	options_free(&options);
	command_line_fini(&line);
}

static void test_help(void **state)
{
	struct buf help;
	struct span rest;

	(void)state;
	buf_init(&help, 0);
	options_add_help(&(struct options){.modes = modes}, &help);
	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		char want[64];

		if (row->letter != '\0')
			snprintf(want, sizeof(want), "\n  -%c, --%s", row->letter, row->name);
		else
			snprintf(want, sizeof(want), "\n      --%s", row->name);
		assert_row(span_find_text(buf_span(&help), span_of(want)) != SPAN_NPOS, row->name);
		assert_row((row->argument == NULL) ==
			       (row->takes == OPTION_NOTHING || row->takes == OPTION_SWITCH),
		    row->name);
	}
	for (rest = buf_span(&help); rest.n > 0;) {
		size_t end = span_find(rest, '\n');

		if (end > 80)
			fail_msg("too wide: %.*s", (int)end, rest.p);
		rest = span_from(rest, end + 1);
	}
	buf_fini(&help);
}

/* Each option is known by its name, and each name and letter stands once. */
static void test_table(void **state)
{
	(void)state;
	assert_in_range(option_row_count, 1, OPTIONS_MAX_ROWS);
	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		char name[64];
		const char *const arguments[] = {name, NULL};
		struct command_line line;
		struct options options;
		struct err err = ERR_INIT;

		snprintf(name, sizeof(name), "--%s%s", row->name,
		    row->takes == OPTION_ARGUMENT ? "=," : "");
		command_line_init(&line, arguments);
		parse(&line, &options, &err);
		assert_row(strstr(err.text, "unknown") == NULL, row->name);
		assert_row(strstr(err.text, "may mean") == NULL, row->name);
		options_free(&options);
		command_line_fini(&line);
		for (unsigned j = 0; j < i; j++) {
			assert_row(strcmp(option_rows[j].name, row->name) != 0, row->name);
			assert_row(
			    row->letter == '\0' || option_rows[j].letter != row->letter, row->name);
		}
	}
}

/* For each type a value that differs from that of an unset option. */
static const char *const samples[OPTION_TYPE_COUNT] = {
    [OPTION_TYPE_FLAG] = "yes",
    [OPTION_TYPE_TEXT] = "x",
    [OPTION_TYPE_PROFILE] = "x",
    [OPTION_TYPE_FILE] = "x",
    [OPTION_TYPE_FOLDER] = "/x",
    [OPTION_TYPE_PROGRAM] = "/x",
    [OPTION_TYPE_COMMAND] = "x",
    [OPTION_TYPE_USER] = "x",
    [OPTION_TYPE_MAILBOX] = "x",
    [OPTION_TYPE_ADDRESS] = "a@example.com",
    [OPTION_TYPE_DATE] = "2026-11-20",
    [OPTION_TYPE_WHEN] = "2h",
    [OPTION_TYPE_ZONE] = "UTC",
    [OPTION_TYPE_NUMBER] = "3",
    [OPTION_TYPE_PORT] = "7",
    [OPTION_TYPE_OUTPUT] = "x",
    [OPTION_TYPE_COLUMNS] = "UID",
    [OPTION_TYPE_GROUP_KEY] = "UID",
    [OPTION_TYPE_HISTORY_COLUMNS] = "Subject",
    [OPTION_TYPE_PASSWORD] = "x",
    [OPTION_TYPE_TLS] = "off",
    [OPTION_TYPE_NETWORKS] = "198.51.100.0/24",
    [OPTION_TYPE_API_HOST] = "filter.example.com:8443",
    [OPTION_TYPE_API_PINS] = "spki:" DIGEST,
    [OPTION_TYPE_TEXTS] = "example.com",
    [OPTION_TYPE_ALERT] = "7/3",
    [OPTION_TYPE_URL] = "https://chat.example.com/hook",
    [OPTION_TYPE_DELIMITER] = "|",
    [OPTION_TYPE_HOSTS] = HOST,
    [OPTION_TYPE_FINGERPRINTS] = DIGEST,
    [OPTION_TYPE_IDENTITY_HEADERS] = "X-Account",
    [OPTION_TYPE_ADDRESSES] = "a@example.com",
};

static const char *last_word(const char *words)
{
	return strrchr(words, ' ') + 1;
}

static void show(const struct options *options, struct buf *text)
{
	buf_clear(text);
	options_add_settings(options, text);
}

/* An option of any type that is taken back is as if it had never been given. */
static void test_take_back(void **state)
{
	struct options options;
	struct buf before, after;

	(void)state;
	buf_init(&before, 0);
	buf_init(&after, 0);
	options_init(&options, modes);
	show(&options, &before);
	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		const struct options_origin origin = {.level = OPTIONS_COMMAND_LINE};
		struct err err = ERR_INIT;
		char value[80];

		if (!option_is_setting(row))
			continue;
		snprintf(value, sizeof(value), "%s",
		    row->type == OPTION_TYPE_WORD ? last_word(row->words) : samples[row->type]);
		if (options_apply(&options, row, value, &origin, &err) != 0)
			fail_msg("--%s: %s", row->name, err.text);
		assert_row(option_is_set(&options, row), row->name);
		show(&options, &after);
		assert_row(!span_eq(buf_span(&before), buf_span(&after)), row->name);
		options_take_back(&options, row);
		show(&options, &after);
		if (!span_eq(buf_span(&before), buf_span(&after)))
			fail_msg("--%s leaves something:\n%s", row->name, buf_string(&after));
	}
	options_free(&options);
	buf_fini(&before);
	buf_fini(&after);
}

/* Each type has all of its operations, and each preset can be set. */
static void test_types(void **state)
{
	(void)state;
	for (unsigned i = 0; i < OPTION_TYPE_COUNT; i++) {
		const struct option_ops *ops = &option_types[i];

		assert_true(ops->set != NULL && ops->clear != NULL && ops->is_set != NULL);
		assert_int_equal(ops->show == NULL,
		    !option_is_setting(&(struct option_row){.type = (enum option_type)i}));
	}
	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		struct options options = {0};
		struct err err = ERR_INIT;
		char value[80];

		assert_int_equal(
		    option_words(row) != NULL, option_ops(row)->complete == OPTION_COMPLETE_WORDS);
		if (row->preset == NULL)
			continue;
		snprintf(value, sizeof(value), "%s", row->preset);
		if (option_ops(row)->set(&options, row, value, &err) != 0)
			fail_msg("--%s: %s", row->name, err.text);
		assert_string_equal(value, row->preset);
	}
}

static void test_row_at(void **state)
{
	static const size_t without[] = {
	    offsetof(struct options, action),
	    offsetof(struct options, strings),
	    offsetof(struct options, hosts),
	    sizeof(struct options),
	};

	(void)state;
	for (unsigned i = 0; i < option_row_count; i++)
		if (option_is_setting(&option_rows[i]))
			assert_ptr_equal(option_row_at(option_rows[i].at), &option_rows[i]);
	for (size_t i = 0; i < TABLE_COUNT(without); i++)
		assert_null(option_row_at(without[i]));
}

static void test_version(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	options_add_version(&text);
	assert_int_equal(strncmp(buf_string(&text), "quarantine-report ", 18), 0);
	assert_non_null(strstr(buf_string(&text), "\nlibetpan "));
	assert_non_null(strstr(buf_string(&text), "\nOpenSSL "));
	assert_non_null(strstr(buf_string(&text), "\nlibcsv 3."));
	assert_non_null(strstr(buf_string(&text), "\nlibunistring "));
	assert_non_null(strstr(buf_string(&text), "\njansson "));
	assert_non_null(strstr(buf_string(&text), "\nlibsodium "));
	buf_fini(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_hosts),
	    cmocka_unit_test(test_long_host),
	    cmocka_unit_test(test_errors),
	    cmocka_unit_test(test_identity_headers),
	    cmocka_unit_test(test_actions),
	    cmocka_unit_test(test_password_spellings),
	    cmocka_unit_test(test_password_in_errors),
	    cmocka_unit_test(test_quiet_password),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_help),
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_take_back),
	    cmocka_unit_test(test_types),
	    cmocka_unit_test(test_row_at),
	    cmocka_unit_test(test_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
