/* --help and --version. */
#include "settings/table.h"

#include <csv.h>
#include <curses.h>
#include <jansson.h>
#include <libpsl.h>
#include <sodium.h>
#include <sqlite3.h>
#include <unistring/version.h>

#include "base/libcurl.h"
#include "imap/session.h"
#include "input/input.h"

#define HELP_WIDTH  79 /* so that a line fits a terminal of 80 */
#define HELP_COLUMN 26 /* where the help texts begin */

static const char help_head[] =
    "Usage: quarantine-report -s HOST[:PORT] [OPTION]...\n"
    "  or:  quarantine-report [OPTION]... FILE...\n"
    "\n"
    "Lists the messages in an IMAP spam quarantine and who sent them: the account,\n"
    "the script or the user behind each. It only reads and changes nothing there.\n"
    "Without -c the messages are shown, a line each; without -i or -o those of the\n"
    "outgoing quarantine, without a period those of yesterday. Files (- is standard\n"
    "input) are read instead of a server: messages, mailboxes, reports of abuse,\n"
    "mail logs, saved reports.\n";

static const char help_examples[] =
    "\n"
    "Examples:\n"
    "  quarantine-report -s quarantine.example.com -d -o -n\n"
    "      what was sent out and caught yesterday, without bounces\n"
    "  quarantine-report -s quarantine.example.com -n --top=10\n"
    "      the ten who sent most of it, and by which script or from where\n"
    "  quarantine-report -s quarantine.example.com --since=2h\n"
    "      the last two hours\n"
    "  quarantine-report -s quarantine.example.com -i -o \\\n"
    "      --password-file=/etc/quarantine.pw --csv=/srv/reports/yesterday.csv\n"
    "      both directions into one file, for cron\n"
    "  quarantine-report --explain message.eml\n"
    "      why a message was caught, and who sent it\n";

static const char help_done[] = "the report is complete; see quarantine-report(1)";

static void help_fill(struct buf *out, size_t column)
{
	for (; column < HELP_COLUMN; column++)
		buf_add_char(out, ' ');
}

/* Adds text from HELP_COLUMN on, broken between words. */
static void help_add_wrapped(struct buf *out, struct span text)
{
	size_t column = HELP_COLUMN;

	while (text.n > 0) {
		size_t end = span_find(text, ' ');
		struct span word = span_head(text, end);

		if (column > HELP_COLUMN && column + 1 + word.n > HELP_WIDTH) {
			buf_add_char(out, '\n');
			help_fill(out, 0);
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add(out, word);
		column += word.n;
		text = end == SPAN_NPOS ? SPAN_EMPTY : span_from(text, end + 1);
	}
	buf_add_char(out, '\n');
}

static void help_add_row(struct buf *out, const struct option_row *row)
{
	size_t before = out->n;
	size_t width;

	if (row->letter != '\0')
		buf_printf(out, "  -%c, --%s", row->letter, row->name);
	else
		buf_printf(out, "      --%s", row->name);
	if (row->argument != NULL)
		buf_printf(out, row->takes == OPTION_PERHAPS ? "[=%s]" : "=%s", row->argument);
	width = out->n - before;
	if (width + 2 > HELP_COLUMN) {
		buf_add_char(out, '\n');
		width = 0;
	}
	help_fill(out, width);
	help_add_wrapped(out, span_of(row->help));
}

static void help_add_modes(struct buf *out, const struct mode *mode)
{
	buf_add_text(out, "\nCommands (COMMAND --help shows the options of one):\n");
	for (; mode->name != NULL; mode++) {
		size_t before = out->n;

		buf_printf(out, "  %s", mode->name);
		help_fill(out, out->n - before);
		help_add_wrapped(out, span_of(mode->what));
	}
}

/* What the title says of a period is so of reports alone. */
static void help_add_title(struct buf *out, enum option_group group, const struct mode *mode)
{
	struct span title = span_of(option_group_titles[group]);

	if (group == OPTION_GROUP_PERIOD && mode != NULL &&
	    (mode->takes & (MODE_OUTPUTS | MODE_LIVE)) != MODE_OUTPUTS)
		title = span_trim(span_head(title, span_find(title, '(')));
	buf_printf(out, "\n%.*s:\n", (int)title.n, title.p);
}

/* The options of a group, below its title; with a mode only those that it uses. */
static void help_add_group(struct buf *out, enum option_group group, const struct mode *mode)
{
	bool titled = false;

	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->group != group || (mode != NULL && !option_is_for(row, mode)))
			continue;
		if (!titled)
			help_add_title(out, group, mode);
		titled = true;
		help_add_row(out, row);
	}
}

void options_add_help(const struct options *options, struct buf *out)
{
	const struct mode *mode = options->mode;

	if (mode != NULL) {
		buf_printf(out, "Usage: quarantine-report %s %s\n\n", mode->name, mode->operands);
		buf_add_text(out, mode->help);
	} else {
		buf_add_text(out, help_head);
		help_add_modes(out, options->modes);
	}
	for (unsigned group = 0; group < OPTION_GROUP_COUNT; group++)
		help_add_group(out, group, mode);
	if (mode == NULL)
		buf_add_text(out, help_examples);
	buf_printf(out, "\nThe exit status is 0 when %s.\n",
	    mode != NULL && mode->done != NULL ? mode->done : help_done);
}

void options_add_version(struct buf *out)
{
	buf_add_text(out, "quarantine-report " PACKAGE_VERSION "\n");
	imap_add_versions(out);
	libcurl_add_version(out);
	buf_printf(out, "libcsv %d.%d.%d\n", CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
	buf_printf(out, "libunistring %d.%d.%d\n", _libunistring_version >> 16,
	    _libunistring_version >> 8 & 0xFF, _libunistring_version & 0xFF);
	buf_printf(
	    out, "jansson %s\nlibsodium %s\n", jansson_version_str(), sodium_version_string());
	buf_printf(out, "libpsl %s\n", psl_get_version());
	/* These are not loaded for it. */
	buf_printf(out, "ncurses %s.%d\nSQLite %s\n", NCURSES_VERSION, NCURSES_VERSION_PATCH,
	    SQLITE_VERSION);
	input_add_versions(out);
}
