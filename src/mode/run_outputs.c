/* The outputs of a run as the options say. */
#include "mode/run_report.h"

/* What default names of files call the source. */
static const char *run_name_source(const struct options *options)
{
	if (options->file_count > 0)
		return options->merge ? "merged" : "files";
	if (options->arf)
		return "reports";
	if (options->api.log_search)
		return "log";
	if (!options->incoming)
		return "outgoing";
	return options->outgoing ? "all" : "incoming";
}

/* Adds the user and the servers. */
static const char *run_name_origin(struct run *run)
{
	const struct hosts_settings *servers = &run->servers;

	if (run->options->file_count > 0)
		return NULL;
	if (run->options->api.log_search) {
		buf_printf(
		    &run->origin, "%s@%s", run->options->api.user, run->options->api.host.name);
		return run->origin.failed == 0 ? buf_string(&run->origin) : NULL;
	}
	if (run->options->offline && servers->count == 0)
		return "history";
	buf_printf(&run->origin, "%s@", servers->username);
	for (unsigned i = 0; i < servers->count; i++) {
		buf_printf(&run->origin, "%s%s", i > 0 ? "," : "", servers->host[i].name);
		if (servers->host[i].port != 0)
			buf_printf(&run->origin, ":%u", servers->host[i].port);
	}
	return run->origin.failed == 0 ? buf_string(&run->origin) : NULL;
}

static bool run_has_color(const struct options *options, const struct env *env)
{
	if (options->color != OPTIONS_AUTO)
		return options->color == OPTIONS_ALWAYS;
	return env->stdout_is_terminal && env->terminal_has_color;
}

void run_init_outputs(struct run *run)
{
	const struct options *options = run->options;
	const struct env *env = run->env;
	static const struct format_request none[FORMAT_COUNT];
	const struct outputs_settings settings = {
	    .requests = run->show != NULL ? none : options->output,
	    .form =
		{
		    .group_by = options->group_by,
		    .limits = options->limits,
		    .columns = options->columns,
		    .blocklist = {(enum blocklist_form)options->blocklist_form, options->exempt_net,
			options->exempt_net_count, options->failed_logins},
		    .lock = run_lock_command(options),
		    .delimiter = options->delimiter,
		    .bom = options->csv_bom,
		    .raw = options->raw_csv,
		    .is_terminal = env->stdout_is_terminal,
		    .ascii_only = env->stdout_is_terminal && !env->terminal_is_utf8,
		    .width = env->terminal_width,
		    .passing = run->stays && env->stdout_is_terminal &&
			       options->is_display_default && !options->are_columns_chosen,
		    .bars = env->stdout_is_terminal || options->color == OPTIONS_ALWAYS,
		    .color = run_has_color(options, env),
		},
	    .identities = run->show == NULL && options->mail_to_count > 0,
	    .small_groups = options->api.log_search,
	    .past = run->show == NULL && options->history.wanted && !run->stays,
	    .naming =
		{
		    .what = run_name_source(options),
		    .profile = options->profile,
		    .per_run =
			options->new_only || run->show != NULL || (run->stays && !run->is_of_a_day),
		    .origin = run_name_origin(run),
		},
	    .before = run->before,
	    .patience = run->stays ? &run->patience : NULL,
	    .talk = run_may_talk(options, env),
	    .deadline = run->deadline,
	    .account = &run->account,
	};

	outputs_init(&run->outputs, &settings);
}
