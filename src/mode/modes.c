#include "mode/modes.h"

#include "mode/run.h"

static int modes_show_config(const struct options *options, const struct env *env, struct err *err)
{
	struct buf text;
	int result;

	(void)env;
	buf_init(&text, 0);
	options_add_settings(options, &text);
	result = text.failed != 0 ? err_nomem(err) : run_print(buf_span(&text), err);
	buf_fini(&text);
	return result;
}

#define MODES_ACTED "all is done that was asked for, or declined; see\nquarantine-report-lock(1)"

const struct mode modes[] = {
    {
	.name = "report",
	.what = "list the messages, or groups of them: what is done without a command",
	.needs = MODE_SERVER | MODE_OUTPUTS | MODE_STATE,
	.takes = MODE_REPORT,
	.operands =
	    "-s HOST[:PORT] [OPTION]...\n  or:  quarantine-report report [OPTION]... FILE...",
	.help = "Lists the messages in an IMAP spam quarantine and who sent them, or groups of\n"
		"them; without a period those of yesterday. Files (- is standard input) are read\n"
		"instead: messages, mailboxes, reports of abuse, mail logs, saved reports.\n",
	.run = run_report,
    },
    {
	.name = "follow",
	.what = "the report that stays: each message is shown as it comes",
	.needs = MODE_SERVER | MODE_OUTPUTS | MODE_LIVE,
	.takes = MODE_REPORT | MODE_LIVE | MODE_STAY | MODE_EXEMPT,
	.operands =
	    "-s HOST[:PORT] [OPTION]...\n  or:  quarantine-report follow [OPTION]... FILE...",
	.help = "Shows each message as it comes, until a signal ends it; with -t or --since\n"
		"first what is there already, of files all that they hold. These are mail logs,\n"
		"through their rotation, pipes of their lines (- is standard input), and\n"
		"Maildirs. With --history each is kept as it comes; -d shows it, too.\n",
	.run = run_report,
    },
    {
	.name = "top",
	.what = "show who sends most on the whole terminal, and follow it",
	.needs = MODE_SERVER | MODE_LOOKS,
	.takes = MODE_SERVER | MODE_MESSAGES | MODE_FILES | MODE_STATE | MODE_API | MODE_LOOKS |
		 MODE_PERIOD | MODE_EXEMPT | MODE_STAY,
	.operands = "-s HOST[:PORT] [OPTION]...\n  or:  quarantine-report top [OPTION]... FILE...",
	.help = "Shows who sends most as a screen that stays: how much, since when, how fast,\n"
		"by what; without a period of today. The key ? shows the others: the latest\n"
		"messages of one, why they say what they say, the list as a file, how to lock.\n",
	.run = run_top,
    },
    {
	.name = "check",
	.what = "connect, show the certificate and its fingerprints, log in, list the folders",
	.needs = MODE_SERVER | MODE_API,
	.takes = MODE_SERVER | MODE_API,
	.takes_any = true,
	.operands = "-s HOST[:PORT] [OPTION]...",
	.help = "Connects, shows the certificate and its fingerprints, logs in, and lists the\n"
		"folders. With --api-host shows the filter's API, and which commands its list of\n"
		"calls makes possible. It changes nothing and reports nothing: options about\n"
		"reports may be given, and play no part.\n",
	.done = "the server can be used; see quarantine-report(1)",
	.run = run_check,
    },
    {
	.name = "lock",
	.what = "lock identities that sent too much, or that are named, after a question each",
	.needs = MODE_API,
	.takes = MODE_SERVER | MODE_MESSAGES | MODE_STATE | MODE_API | MODE_CHANGES | MODE_EXEMPT |
		 MODE_WORDS | MODE_LIMIT | MODE_MANY | MODE_USER | MODE_LOCK,
	.operands = "--api-host=HOST [OPTION]... [IDENTITY]...",
	.help = "Counts the spam, virus and phishing messages of each identity in the filter's\n"
		"log, and asks about each with more than --limit whether to lock it; or asks\n"
		"about the identities that are named, of --domain and --username. Without a\n"
		"terminal it only lists them, unless --unattended says yes to all.\n",
	.done = MODES_ACTED,
	.run = run_lock,
    },
    {
	.name = "unlock",
	.what = "unlock identities: those that are named, or one by one",
	.needs = MODE_API,
	.takes = MODE_STATE | MODE_API | MODE_CHANGES | MODE_EXEMPT | MODE_WORDS | MODE_MANY |
		 MODE_USER | MODE_UNLOCK,
	.operands = "--api-host=HOST [OPTION]... [IDENTITY]...",
	.help = "Asks about each locked identity whether to unlock it: all, those that are\n"
		"named, those that --search fits, or with --undo what the last lock has locked.\n",
	.done = MODES_ACTED,
	.run = run_unlock,
    },
    {
	.name = "locked",
	.what = "list the locked identities",
	.needs = MODE_API,
	.takes = MODE_STATE | MODE_API | MODE_USER | MODE_LIST,
	.operands = "--api-host=HOST [OPTION]...",
	.help = "Lists who is locked, as a table; --csv and --json as these.\n",
	.done = MODES_ACTED,
	.run = run_locked,
    },
    {
	.name = "blacklist",
	.what = "blacklist senders that sent too much, or that are named; list them; take them out",
	.needs = MODE_API,
	.takes = MODE_STATE | MODE_API | MODE_CHANGES | MODE_EXEMPT | MODE_WORDS | MODE_LIMIT |
		 MODE_MANY | MODE_USER | MODE_LIST | MODE_BLACKLIST,
	.operands = "--api-host=HOST [OPTION]... [SENDER]...",
	.help = "As lock, of envelope senders: those that are named, or those with more than\n"
		"--limit bad messages since --since (or in the last --hours-ago). --list shows\n"
		"the blacklist, --remove takes the named ones out.\n",
	.done = MODES_ACTED,
	.run = run_blacklist,
    },
    {
	.name = "queue",
	.what = "list the filter's queue of outgoing mail, or remove messages from it",
	.needs = MODE_API,
	.takes =
	    MODE_STATE | MODE_API | MODE_CHANGES | MODE_EXEMPT | MODE_MANY | MODE_LIST | MODE_QUEUE,
	.operands = "--api-host=HOST [OPTION]...",
	.help = "Lists what waits, as a table; --csv and --json as these. With --remove, and\n"
		"--sender or --recipient (both mean both), removes it after one question.\n",
	.done = MODES_ACTED,
	.run = run_queue,
    },
    {
	.name = "api",
	.what = "make one call of the filter's API, and print its answer",
	.needs = MODE_API,
	.takes = MODE_STATE | MODE_API | MODE_CHANGES | MODE_EXEMPT | MODE_WORDS | MODE_CALL,
	.operands = "--api-host=HOST [OPTION]... CALL [NAME=VALUE]...",
	.help = "Prints what the filter says, as it is. A call whose name does not begin with\n"
		"api_get_, api_list_, api_find_, api_count_ or api_help is asked about.\n",
	.done = MODES_ACTED,
	.run = run_api,
    },
    {
	.name = "history",
	.what = "show, check, prune, erase, export and import what --history has kept",
	.takes = MODE_STATE | MODE_LOOKS | MODE_HISTORY | MODE_LIST | MODE_WORDS,
	.operands = "COMMAND [OPTION]... [OPERAND]...",
	.help = "What is done with the history itself:\n"
		"  show [IDENTITY]   who has sent how much; of one, on which days\n"
		"  status            which days of which places it has, how big it is\n"
		"  prune --keep=DAYS takes out what is older\n"
		"  erase --identity=IDENTITY, --recipient=ADDRESS: takes out all of one, and\n"
		"                    searches the files for what may be left\n"
		"  export            all of it, or of a period, as JSON Lines\n"
		"  import FILE...    exports, and saved reports\n"
		"  sql               views and examples for those who ask it themselves\n",
	.done = "all is done that was asked for; see\nquarantine-report-history(1)",
	.run = run_history,
    },
    {
	.name = "show-config",
	.what = "show the effective settings, and where each was made, secrets as *",
	.takes = MODE_ALL & ~MODE_WORDS,
	.operands = "[OPTION]...",
	.help = "Shows the effective settings, and where each was made, secrets as *. It\n"
		"connects to nothing.\n",
	.done = "the settings go together; see\nquarantine-report.conf(5)",
	.run = modes_show_config,
    },
    {.name = NULL},
};
