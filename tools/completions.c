/*
 * Prints what the shells must know to complete the command line, from the tables
 * of options and commands: a function for completions.bash, or the whole of zsh's. Run by
 * make; not installed.
 */
#include <string.h>

#include "settings/table.h"
#include "record/record.h"
#include "mode/history_part.h"
#include "mode/modes.h"
#include "mode/run.h"

/* What the functions of completions.bash and zsh call what can be offered. */
static const struct {
	const char *bash, *zsh;
} kind_names[] = {
    [OPTION_COMPLETE_NOTHING] = {"@any", ""},
    [OPTION_COMPLETE_FILE] = {"@file", "_files"},
    [OPTION_COMPLETE_FOLDER] = {"@folder", "_files -/"},
    [OPTION_COMPLETE_HOST] = {"@host", "_hosts"},
    [OPTION_COMPLETE_PROFILE] = {"@profile", "compadd -a profiles"},
    [OPTION_COMPLETE_ZONE] = {"@zone", "_time_zone"},
    [OPTION_COMPLETE_COLUMNS] = {"@columns", "_sequence compadd -a columns"},
    [OPTION_COMPLETE_GROUPS] = {"@groups", "_sequence compadd -a groups"},
};

/* One word for a shell, whatever is in the text. */
static void shell_add(struct buf *out, const char *text)
{
	buf_add_char(out, '\'');
	for (; *text != '\0'; text++)
		if (*text == '\'')
			buf_add_text(out, "'\\''");
		else
			buf_add_char(out, *text);
	buf_add_char(out, '\'');
}

static void shell_add_columns(struct buf *out)
{
	buf_add_text(out, "\tcolumns=(");
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		if (i != COLUMN_NUMBER) {
			shell_add(out, record_columns[i].title);
			buf_add_char(out, ' ');
		}
	buf_add_text(out, ")\n\tgroups=(\"${columns[@]}\"");
	for (unsigned i = COLUMN_COUNT; i < COLUMN_KEY_COUNT; i++) {
		buf_add_char(out, ' ');
		shell_add(out, record_columns[i].title);
	}
	buf_add_text(out, ")\n\tcolumns+=(default all ");
	shell_add(out, record_columns[COLUMN_NUMBER].title);
	buf_add_text(out, ")\n");
}

static void add_parts(struct buf *out)
{
	for (unsigned i = 0; history_part_name(i) != NULL; i++)
		buf_printf(out, "%s%s", i > 0 ? " " : "", history_part_name(i));
}

static void bash_add_takes(struct buf *out, const struct option_row *row)
{
	const struct option_ops *ops = option_ops(row);
	const char *kind = ops->complete == OPTION_COMPLETE_WORDS ? option_words(row)
								  : kind_names[ops->complete].bash;

	buf_printf(out, "\ttakes[--%s=]='%s'\n", row->name, kind);
	if (row->takes != OPTION_ARGUMENT)
		return;
	buf_printf(out, "\ttakes[--%s]='%s'\n", row->name, kind);
	if (row->letter != '\0')
		buf_printf(out, "\ttakes[-%c]='%s'\n", row->letter, kind);
}

/* The options of a command; of all when it is NULL. */
static void bash_add_options(struct buf *out, const struct mode *mode)
{
	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (mode != NULL && !option_is_for(row, mode))
			continue;
		if (row->letter != '\0')
			buf_printf(out, " -%c", row->letter);
		if (row->takes != OPTION_ARGUMENT)
			buf_printf(out, " --%s", row->name);
		if (row->argument != NULL)
			buf_printf(out, " --%s=", row->name);
	}
}

static void bash_add(struct buf *out)
{
	buf_add_text(out, "# Made from the tables of options and commands: do not edit.\n"
			  "_quarantine_report_table()\n{\n\tcommands=(");
	for (const struct mode *mode = modes; mode->name != NULL; mode++)
		buf_printf(out, " %s", mode->name);
	buf_add_text(out, ")\n\toptions=(");
	bash_add_options(out, NULL);
	buf_add_text(out, ")\n");
	for (const struct mode *mode = modes; mode->name != NULL; mode++) {
		buf_printf(out, "\toptions_of[%s]='", mode->name);
		bash_add_options(out, mode);
		buf_add_text(out, "'\n");
	}
	buf_add_text(out, "\tparts_of[history]='");
	add_parts(out);
	buf_add_text(out, "'\n");
	for (unsigned i = 0; i < option_row_count; i++)
		if (option_rows[i].argument != NULL)
			bash_add_takes(out, &option_rows[i]);
	shell_add_columns(out);
	buf_add_text(out, "}\n\n");
}

/* Text of an _arguments specification, where brackets, colons and backslashes have a meaning. */
static void zsh_add_text(struct buf *out, const char *text)
{
	for (; *text != '\0'; text++) {
		if (strchr("[]:\\", *text) != NULL)
			buf_add_char(out, '\\');
		buf_add_char(out, *text);
	}
}

/* Adds what stands behind the name in a specification: "[help]:argument:action". */
static void zsh_add_rest(struct buf *spec, const struct option_row *row, bool takes)
{
	const struct option_ops *ops = option_ops(row);

	buf_add_char(spec, '[');
	zsh_add_text(spec, row->help);
	buf_add_char(spec, ']');
	if (!takes)
		return;
	buf_add_text(spec, row->takes == OPTION_PERHAPS ? "::" : ":");
	zsh_add_text(spec, row->argument);
	buf_add_char(spec, ':');
	if (ops->complete == OPTION_COMPLETE_WORDS)
		buf_printf(spec, "(%s)", option_words(row));
	else
		buf_add_text(spec, kind_names[ops->complete].zsh);
}

/* One specification; letter is 0 for that of the long name. */
static void zsh_add_spec(struct buf *out, const struct option_row *row, char letter)
{
	bool takes =
	    row->takes == OPTION_ARGUMENT || (row->takes == OPTION_PERHAPS && letter == '\0');
	struct buf spec;

	buf_init(&spec, 0);
	/* One with an argument may stand twice: some add up, and of others the last counts. */
	if (row->takes == OPTION_ARGUMENT)
		buf_add_char(&spec, '*');
	else if (row->letter != '\0')
		buf_printf(&spec, "(-%c --%s)", row->letter, row->name);
	if (letter != '\0')
		buf_printf(&spec, "-%c%s", letter, takes ? "+" : "");
	else
		buf_printf(&spec, "--%s%s", row->name, takes ? "=" : "");
	if (takes && row->takes == OPTION_PERHAPS)
		buf_add_char(&spec, '-');
	zsh_add_rest(&spec, row, takes);
	buf_add_text(out, "\t");
	shell_add(out, buf_string(&spec));
	buf_add_char(out, '\n');
	buf_fini(&spec);
}

/* Those of the files, as completions.bash finds them. */
static const char zsh_find_profiles[] =
    "profiles=(${(f)\"$(sed -n "
    "'s/^[[:blank:]]*\\[profile[[:blank:]]\\{1,\\}\\([^]]*[^][:blank:]]\\)[[:blank:]]*\\].*/\\1/p' "
    "/etc/quarantine-report.conf "
    "\"${XDG_CONFIG_HOME:-$HOME/.config}/quarantine-report/config\" 2>/dev/null)\"})\n";

/* The specifications of a command's options; of all when it is NULL. */
static void zsh_add_specs(struct buf *out, const struct mode *mode)
{
	buf_add_text(out, "specs=(\n");
	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (mode != NULL && !option_is_for(row, mode))
			continue;
		if (row->letter != '\0')
			zsh_add_spec(out, row, row->letter);
		zsh_add_spec(out, row, '\0');
	}
	buf_add_text(out, ")\n");
}

static void zsh_add_commands(struct buf *out)
{
	buf_add_text(out, "commands=(\n");
	for (const struct mode *mode = modes; mode->name != NULL; mode++) {
		struct buf text;

		buf_init(&text, 0);
		buf_printf(&text, "%s:", mode->name);
		zsh_add_text(&text, mode->what);
		buf_add_char(out, '\t');
		shell_add(out, buf_string(&text));
		buf_add_char(out, '\n');
		buf_fini(&text);
	}
	buf_add_text(out, ")\n");
}

/* Those whose argument may be the next word. */
static void zsh_add_valued(struct buf *out)
{
	buf_add_text(out, "valued=(");
	for (unsigned i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->takes == OPTION_ARGUMENT && row->letter != '\0')
			buf_printf(out, " -%c", row->letter);
		if (row->takes == OPTION_ARGUMENT)
			buf_printf(out, " --%s", row->name);
	}
	buf_add_text(out, ")\n");
}

/* The first word that is no option, nor what one takes, nor a file to merge, may be a command. */
static const char zsh_find_command[] = "for word in \"${(@)words[2,CURRENT-1]}\"; do\n"
				       "\tif (( skip )); then\n"
				       "\t\tskip=0\n"
				       "\telif (( ${valued[(Ie)$word]} )); then\n"
				       "\t\tskip=1\n"
				       "\telif [[ $word == (--|--merge) ]]; then\n"
				       "\t\tbreak\n"
				       "\telif [[ $word != -* ]]; then\n"
				       "\t\tmode=$word\n"
				       "\t\tbreak\n"
				       "\tfi\n"
				       "done\n";

/* Files where no server is named. */
static const char zsh_tail[] = "local files=1\n"
			       "(( ${words[(I)(-s*|--imaphost*)]} )) && files=0\n"
			       "[[ $mode == (check|show-config) ]] && files=0\n"
			       "(( files )) && specs+=('*:file:_files')\n"
			       "if (( ${words[(I)--merge]} )); then\n"
			       "\t(( named )) && specs+=('1:command:{_describe command commands}')\n"
			       "elif (( files )); then\n"
			       "\tspecs+=('1:command or file:{_describe command commands; _files}')\n"
			       "else\n"
			       "\tspecs+=('1:command:{_describe command commands}')\n"
			       "fi\n"
			       "_arguments -s -S : $specs\n";

static void zsh_add(struct buf *out)
{
	buf_add_text(out, "#compdef quarantine-report retrieve_quarantine_info\n"
			  "# Made from the tables of options and commands: do not edit.\n"
			  "local -a specs groups columns commands valued profiles\n"
			  "local word mode= skip=0 named=1\n");
	shell_add_columns(out);
	buf_add_text(out, zsh_find_profiles);
	zsh_add_commands(out);
	zsh_add_valued(out);
	buf_add_text(out, zsh_find_command);
	buf_add_text(out, "case $mode in\n");
	for (const struct mode *mode = modes; mode->name != NULL; mode++) {
		buf_printf(out, "%s)\n", mode->name);
		zsh_add_specs(out, mode);
		if (strcmp(mode->name, "history") == 0) {
			buf_add_text(out, "specs+=('2:part:(");
			add_parts(out);
			buf_add_text(out, ")')\n");
		}
		buf_add_text(out, ";;\n");
	}
	buf_add_text(out, "*)\nnamed=0\n");
	zsh_add_specs(out, NULL);
	buf_add_text(out, ";;\nesac\n");
	buf_add_text(out, zsh_tail);
}

int main(int argc, char **argv)
{
	struct err err = ERR_INIT;
	struct buf text;
	int result = -1;

	buf_init(&text, 0);
	if (argc == 2 && strcmp(argv[1], "bash") == 0)
		bash_add(&text);
	else if (argc == 2 && strcmp(argv[1], "zsh") == 0)
		zsh_add(&text);
	else
		err_set(&err, ERR_USAGE, "bash or zsh?");
	if (text.n > 0)
		result = run_print(buf_span(&text), &err);
	buf_fini(&text);
	return result == 0 ? 0 : err_exit_status(&err);
}
