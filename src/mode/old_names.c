#include "mode/old_names.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "secret/secret.h"

#define OLD_NICE     'n'
#define OLD_HELP     'h'
#define OLD_MAX_NICE 19

/* An option of a script, and ours. */
struct old_option {
	const char *name;
	char letter; /* getopt_long(3)'s value, too */
	bool has_argument;
	const char *ours; /* "--limit="; NULL: nice, help */
	const char *preset;
};

struct old_name {
	const char *name;
	const char *usage;
	const char *command;
	const char *more; /* an argument that it always has; or NULL */
	const char *letters;
	unsigned operands; /* least number of them: host and user */
	struct old_option option[8];
};

static const struct old_name old_names[] = {
    {"lock_identity",
	"Usage: lock_identity [options] HOSTNAME API_USERNAME [API_PASSWORD]\n\n"
	"  -h, --help                show this help message and exit\n"
	"  -n NICE, --nice=NICE      process priority (default 10)\n"
	"  --unattended              answer yes to every question\n"
	"  -l LIMIT, --limit=LIMIT   lock users over this limit (default 50)\n"
	"  --hours-ago=HOURS_AGO     look at the last hours (default 2)\n"
	"  -q, --quiet               no output in a successful run\n"
	"  --client-username=NAME    for the API's log (default lock_identity)\n",
	"lock", NULL, "+hn:l:q", 2,
	{{"help", OLD_HELP, false, NULL, NULL}, {"nice", OLD_NICE, true, NULL, "10"},
	    {"unattended", 'U', false, "--unattended", NULL},
	    {"limit", 'l', true, "--limit=", NULL}, {"hours-ago", 'H', true, "--hours-ago=", NULL},
	    {"quiet", 'q', false, "--quiet", NULL},
	    {"client-username", 'C', true, "--client-username=", "lock_identity"}}},
    {"unlock_identity",
	"Usage: unlock_identity [options] HOSTNAME API_USERNAME [API_PASSWORD]\n\n"
	"  -h, --help                show this help message and exit\n"
	"  -n NICE, --nice=NICE      process priority (default 10)\n"
	"  -s SEARCH, --search=SEARCH  match only these identities\n"
	"  --client-username=NAME    for the API's log (default lock_identity)\n",
	"unlock", NULL, "+hn:s:", 2,
	{{"help", OLD_HELP, false, NULL, NULL}, {"nice", OLD_NICE, true, NULL, "10"},
	    {"search", 's', true, "--search=", NULL},
	    {"client-username", 'C', true, "--client-username=", "lock_identity"}}},
    {"queue_remove_emails",
	"Usage: queue_remove_emails [options]\n\n"
	"  -h, --help                show this help message and exit\n"
	"  -f FROM, --from=FROM      only messages from this sender\n"
	"  -t TO, --to=TO            only messages to this recipient\n"
	"  -s SERVER, --server=SERVER  the API server\n"
	"  -u USERNAME, --username=USERNAME  the API user\n",
	"queue", "--remove", "+hf:t:s:u:", 0,
	{{"help", OLD_HELP, false, NULL, NULL}, {"from", 'f', true, "--sender=", NULL},
	    {"to", 't', true, "--recipient=", NULL}, {"server", 's', true, "--api-host=", NULL},
	    {"username", 'u', true, "--api-user=", NULL}}},
};

static const struct old_name *old_name_find(const char *program)
{
	struct span name = span_of(path_name(program));

	/* As they were called: with .py, too. */
	if (span_ends_nocase(name, SPAN(".py")))
		name = span_head(name, name.n - 3);
	for (size_t i = 0; i < sizeof(old_names) / sizeof(old_names[0]); i++)
		if (span_eq(name, span_of(old_names[i].name)))
			return &old_names[i];
	return NULL;
}

static int old_add(struct old_names *names, const char *option, const char *value, struct err *err)
{
	char *text = NULL;

	if (names->argc == OLD_NAMES_MAX_ARGUMENTS)
		return err_set(err, ERR_USAGE, "there are too many options");
	if (asprintf(&text, "%s%s", option, value != NULL ? value : "") < 0)
		return err_nomem(err);
	names->argv[names->argc++] = text;
	return 0;
}

/* The scripts were run at night, beside others. */
static int old_set_nice(const char *value, struct err *err)
{
	uint64_t nice = 0;

	if (span_number(span_of(value), &nice) != strlen(value) || *value == '\0' ||
	    nice > OLD_MAX_NICE)
		return err_set(err, ERR_USAGE, "--nice=%s: expected a number from 0 to %d", value,
		    OLD_MAX_NICE);
	setpriority(PRIO_PROCESS, 0, (int)nice);
	return 0;
}

/* The password goes through a pipe, which nobody else can see, as a file of that name. */
static int old_hand_on(struct old_names *names, char *argument, struct err *err)
{
	struct secret secret = {0};
	char name[32];
	int ends[2];
	int result = secret_take_argument(&secret, argument, err);

	if (result != 0)
		return -1;
	if (pipe2(ends, O_CLOEXEC) != 0) {
		err_set_sys(err, ERR_SYSTEM, errno, "cannot make a pipe");
		goto out;
	}
	names->password = ends[0];
	if (write(ends[1], secret.bytes, secret.n) != (ssize_t)secret.n)
		result = err_set_sys(err, ERR_SYSTEM, errno, "cannot write to a pipe");
	close(ends[1]);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	if (result == 0)
		result = old_add(names, "--api-password-file=", name, err);
	log_warn("a password on the command line stays in the shell's history and in crontabs and "
		 "other users may see it: better leave it out, and use --api-password-file in the "
		 "configuration");
out:
	secret_wipe(&secret);
	return result;
}

static const struct old_option *old_option_of(const struct old_name *name, int value)
{
	for (size_t i = 0; name->option[i].name != NULL; i++)
		if (name->option[i].letter == value)
			return &name->option[i];
	return NULL;
}

static int old_take(struct old_names *names, const struct old_option *option, struct err *err)
{
	if (option->letter == OLD_HELP) {
		names->is_help = true;
		return 0;
	}
	if (option->letter == OLD_NICE)
		return old_set_nice(optarg, err);
	return old_add(names, option->ours, option->has_argument ? optarg : NULL, err);
}

/* getopt_long(3) has returned '?'. The value of an option is not shown. */
static int old_complain(const struct old_name *name, char **argv, struct err *err)
{
	const struct old_option *option = optopt != 0 ? old_option_of(name, optopt) : NULL;
	const char *word = argv[optind - 1];

	if (option != NULL)
		return err_set(err, ERR_USAGE,
		    option->has_argument ? "--%s needs an argument" : "--%s takes no argument",
		    option->name);
	if (optopt != 0)
		return err_set(err, ERR_USAGE, "%s has no option '-%c'", name->name, optopt);
	return err_set(err, ERR_USAGE, "%s has no option '%.*s', or it may mean several",
	    name->name, (int)strcspn(word, "="), word);
}

/* Operands may stand among the options, as the scripts have it. */
static int old_read(
    struct old_names *names, const struct old_name *name, int argc, char **argv, struct err *err)
{
	struct option list[9] = {0};
	int value;

	for (size_t i = 0; name->option[i].name != NULL; i++)
		list[i] = (struct option){name->option[i].name,
		    name->option[i].has_argument ? required_argument : no_argument, NULL,
		    name->option[i].letter};
	optind = 0;
	opterr = 0;
	while ((value = getopt_long(argc, argv, name->letters + 1, list, NULL)) != -1) {
		const struct old_option *option = old_option_of(name, value);

		if (option == NULL)
			return old_complain(name, argv, err);
		if (old_take(names, option, err) != 0)
			return -1;
		if (names->is_help)
			return 0;
	}
	return 0;
}

static bool old_has(const struct old_names *names, const char *option)
{
	for (int i = 0; i < names->argc; i++)
		if (strncmp(names->argv[i], option, strlen(option)) == 0)
			return true;
	return false;
}

static int old_take_operands(
    struct old_names *names, const struct old_name *name, int argc, char **argv, struct err *err)
{
	unsigned count = (unsigned)(argc - optind);

	if (name->operands == 0) {
		if (count > 0)
			return err_set(err, ERR_USAGE, "%s takes no operands", name->name);
		if (!old_has(names, "--api-host=") || !old_has(names, "--api-user="))
			return err_set(err, ERR_USAGE,
			    "Please specify the API server (-s) and the API username (-u)");
		return 0;
	}
	if (count > name->operands &&
	    old_hand_on(names, argv[optind + (int)name->operands], err) != 0)
		return -1;
	if (count < name->operands || count > name->operands + 1)
		return err_set(
		    err, ERR_USAGE, "%s takes HOSTNAME API_USERNAME [API_PASSWORD]", name->name);
	if (old_add(names, "--api-host=", argv[optind], err) != 0)
		return -1;
	return old_add(names, "--api-user=", argv[optind + 1], err);
}

/* What the script meant when nothing was said; ours come later in argv and would win. */
static int old_add_presets(struct old_names *names, const struct old_name *name, struct err *err)
{
	for (size_t i = 0; name->option[i].name != NULL; i++) {
		const struct old_option *option = &name->option[i];

		if (option->preset == NULL || option->letter == OLD_NICE)
			continue;
		if (!old_has(names, option->ours) &&
		    old_add(names, option->ours, option->preset, err) != 0)
			return -1;
	}
	return 0;
}

int old_names_translate(int argc, char **argv, struct old_names *names, struct err *err)
{
	const struct old_name *name = argc > 0 ? old_name_find(argv[0]) : NULL;

	*names = (struct old_names){.password = -1};
	buf_init(&names->text, 0);
	if (name == NULL)
		return 0;
	names->found = name->name;
	buf_add_text(&names->text, name->usage);
	if (old_add(names, "quarantine-report", NULL, err) != 0 ||
	    old_add(names, name->command, NULL, err) != 0 ||
	    (name->more != NULL && old_add(names, name->more, NULL, err) != 0))
		return -1;
	if (name->option[1].letter == OLD_NICE && old_set_nice(name->option[1].preset, err) != 0)
		return -1;
	if (old_read(names, name, argc, argv, err) != 0 || names->is_help)
		return names->is_help ? 0 : -1;
	if (old_take_operands(names, name, argc, argv, err) != 0)
		return -1;
	return old_add_presets(names, name, err);
}

void old_names_fini(struct old_names *names)
{
	for (int i = 0; i < names->argc; i++)
		free(names->argv[i]);
	buf_fini(&names->text);
	if (names->password >= 0)
		close(names->password);
}
