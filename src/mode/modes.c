#include "mode/modes.h"

#include "mode/run.h"

static int modes_show_config(const struct options *options, const struct env *env, struct err *err)
{
	struct buf text;
	int result;

	(void)env;
	buf_init(&text, 0);
	options_add_settings(options, &text);
	result = run_print(buf_span(&text), err);
	buf_fini(&text);
	return result;
}

const struct mode modes[] = {
    {
	.name = "report",
	.what = "list the messages, or groups of them: what is done without a command",
	.needs = MODE_SERVER | MODE_OUTPUTS | MODE_STATE,
	.takes = MODE_ALL,
	.operands = "-s HOST[:PORT] [OPTION]...\n  or:  quarantine-report report [OPTION]... FILE...",
	.help = "Lists the messages in an IMAP spam quarantine and who sent them, or groups of\n"
		"them; without a period those of yesterday. Files (- is standard input) are read\n"
		"instead: saved reports, messages, mailboxes, reports of abuse.\n",
	.run = run_report,
    },
    {
	.name = "check",
	.what = "connect, show the certificate and its fingerprints, log in, list the folders",
	.needs = MODE_SERVER,
	.takes = MODE_SERVER,
	.operands = "-s HOST[:PORT] [OPTION]...",
	.help = "Connects, shows the certificate and its fingerprints, logs in, and lists the\n"
		"folders. It changes nothing and reports nothing: options about reports may be\n"
		"given, and play no part.\n",
	.run = run_check,
    },
    {
	.name = "show-config",
	.what = "show the effective settings, and where each was made, secrets as *",
	.takes = MODE_ALL,
	.operands = "[OPTION]...",
	.help = "Shows the effective settings, and where each was made, secrets as *. It\n"
		"connects to nothing.\n",
	.run = modes_show_config,
    },
    {.name = NULL},
};
