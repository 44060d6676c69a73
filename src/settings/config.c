#include "settings/config.h"

#include <ini.h>
#include <stdlib.h>

#include "base/log.h"
#include "settings/config_file.h"
#include "settings/table.h"
#include "text/suggest.h"

#define CONFIG_PROFILE  SPAN("profile")
#define CONFIG_API      SPAN("api")
#define CONFIG_BOM      SPAN("\xEF\xBB\xBF")
#define CONFIG_EXPECTED "expected 'option = value' or [profile NAME]"

struct config {
	struct options *options;
	struct options
	    unused; /* takes the values of other profiles, so that they are checked, too */
	bool profile_found;
	struct span profiles; /* the first ones, as a text in options->strings */
	unsigned profile_count;
	unsigned errors;
	/* About the file that is read: */
	const char *path; /* in argv, the environment or options->strings */
	struct config_file file;
	enum options_level level; /* outside profiles; the profile's is one higher */
	struct span rest;         /* not yet read */
	unsigned line;
	bool in_profile; /* in any profile */
	bool in_unused;  /* in a profile that was not asked for, or in no proper section */
	bool has_key;    /* a line that begins with a blank continues that key */
	bool continued;  /* this line does so */
	bool expected;   /* the line should hold a key that inih has not returned yet */
};

static void config_complain(struct config *config, const char *what)
{
	if (config->errors++ < CONFIG_MAX_ERRORS)
		log_error("%s:%u: %s", config->path, config->line, what);
}

/* Each profile that was not asked for starts empty. */
static void config_begin_unused(struct config *config)
{
	config->in_unused = true;
	options_free(&config->unused);
	options_init(&config->unused, config->options->modes);
}

/* For the case that there is none of the name that was asked for. */
static void config_note_profile(struct config *config, struct span name)
{
	struct arena *strings = &config->options->strings;
	bool first = config->profile_count == 0;

	if (config->options->profile == NULL || config->profile_count == CONFIG_MAX_PROFILES)
		return;
	config->profile_count++;
	config->profiles = arena_printf(strings, "%.*s%s%.*s", (int)config->profiles.n,
	    first ? "" : config->profiles.p, first ? "" : ", ", (int)name.n, name.p);
}

/* Done here since inih cuts long names, does not report sections without keys, and accepts any
 * name. */
static void config_enter(struct config *config, struct span line)
{
	struct span section = span_head(span_from(line, 1), span_find(span_from(line, 1), ']'));
	struct span name = span_trim(span_from(section, CONFIG_PROFILE.n));
	const char *wanted = config->options->profile;

	config->in_unused = false;
	config->has_key = false;
	/* [api] groups keys for whoever reads the file, and means nothing. */
	config->in_profile =
	    !span_eq(span_trim(section), CONFIG_API) || span_find(line, ']') == SPAN_NPOS;
	if (!config->in_profile)
		return;
	if (span_find(line, ']') == SPAN_NPOS || name.n == 0 ||
	    !span_starts_nocase(section, CONFIG_PROFILE) ||
	    !span_is_blank(section.p[CONFIG_PROFILE.n])) {
		config_complain(config, "expected [profile NAME] or [api]");
		config_begin_unused(config);
	} else if (wanted == NULL || !span_eq(name, span_of(wanted))) {
		config_note_profile(config, name);
		config_begin_unused(config);
	} else {
		config->profile_found = true;
	}
}

/* True for control characters but tabs. inih takes some for blanks, and a NUL for the end. */
static bool config_has_control(struct span line)
{
	for (size_t i = 0; i < line.n; i++)
		if ((unsigned char)line.p[i] < ' ' && line.p[i] != '\t')
			return true;
	return false;
}

/* Checks a line for what inih does not report. Returns the text that inih gets. */
static struct span config_look(struct config *config, struct span line, size_t room)
{
	struct span trimmed;

	if (config->line == 1 && span_starts_nocase(line, CONFIG_BOM))
		line = span_from(line, CONFIG_BOM.n);
	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	trimmed = span_trim(line);
	config->continued = line.n > 0 && span_is_blank(line.p[0]) && config->has_key;
	if (config_has_control(trimmed)) {
		config_complain(config, "there is a control character in the line");
		return SPAN_EMPTY;
	}
	if (trimmed.n == 0 || trimmed.p[0] == ';' || trimmed.p[0] == '#')
		return SPAN_EMPTY;
	if (trimmed.p[0] == '[' && !config->continued) {
		config_enter(config, trimmed);
		return SPAN("[]"); /* makes inih forget the key */
	}
	if (line.n > room) {
		config_complain(config,
		    "the line is too long; further values can stand on lines that begin with a "
		    "blank");
		return SPAN_EMPTY;
	}
	config->expected = true;
	return line;
}

/* inih's reader, as fgets(3): the next line, without its end. */
static char *config_next_line(char *buffer, int size, void *context)
{
	struct config *config = context;
	size_t end = span_find(config->rest, '\n');
	struct span line = span_head(config->rest, end);

	if (config->expected)
		config_complain(config, CONFIG_EXPECTED);
	config->expected = false;
	if (config->rest.n == 0) {
		explicit_bzero(buffer, (size_t)size); /* it may hold a password */
		return NULL;
	}
	config->rest = end == SPAN_NPOS ? SPAN_EMPTY : span_from(config->rest, end + 1);
	config->line++;
	line = config_look(config, line, (size_t)size - 3);
	if (line.n > 0)
		memcpy(buffer, line.p, line.n);
	buffer[line.n] = '\0';
	return buffer;
}

/* For a file name "yes # every day" must be a mistake. A subject or a mailbox may be "No #1". */
static bool config_has_comment(const struct option_row *row, const char *value)
{
	return option_ops(row)->complete == OPTION_COMPLETE_FILE &&
	       (strstr(value, " #") != NULL || strstr(value, "\t#") != NULL);
}

static void config_apply(struct config *config, const struct option_row *row, char *value)
{
	const struct options_origin origin = {
	    .level = config->in_profile ? config->level + 1 : config->level,
	    .file = config->path,
	    .line = config->line,
	};
	struct options *options = config->in_unused ? &config->unused : config->options;
	struct err err = ERR_INIT;

	if (row->type == OPTION_TYPE_PASSWORD && !config_file_is_private(&config->file))
		err_set(&err, ERR_CONFIG,
		    "a file with a password must belong to the user who runs the program, and be "
		    "readable by nobody else (chmod 600)");
	else if (row->acts && config->file.distrust != NULL && !option_is_switch(row, value))
		err_set(&err, ERR_CONFIG,
		    "'%s' runs a command or names a file or folder, which this file must not: it "
		    "%s",
		    row->name, config->file.distrust);
	else if (config->continued && !option_ops(row)->repeats)
		err_set(&err, ERR_CONFIG,
		    "the line begins with a blank, and so continues '%s', which has one value "
		    "only",
		    row->name);
	else if (config_has_comment(row, value))
		err_set(&err, ERR_CONFIG, "a comment behind a value begins with a blank and ;");
	else
		options_apply(options, row, value, &origin, &err);
	if (err.code != ERR_NONE)
		config_complain(config, err.text);
	if (row->type == OPTION_TYPE_PASSWORD)
		explicit_bzero(value, strlen(value));
}

/* Not every inih removes the comment from a continued line. */
static void config_cut_comment(char *value)
{
	for (size_t i = 1; value[i - 1] != '\0'; i++)
		if (value[i] == ';' && span_is_blank(value[i - 1])) {
			value[span_trim((struct span){value, i}).n] = '\0';
			return;
		}
}

static void config_err_unknown(struct span name, struct err *err)
{
	struct suggest suggest;

	suggest_init(&suggest, name);
	for (unsigned i = 0; i < option_row_count; i++)
		if (!option_rows[i].no_file)
			suggest_offer(&suggest, span_of(option_rows[i].name));
	err_set(err, ERR_CONFIG, "unknown option '%.*s'", (int)name.n, name.p);
	suggest_add(&suggest, "", err);
}

static int config_take(void *context, const char *section, const char *name, const char *value)
{
	struct config *config = context;
	const struct option_row *row = option_row_find(span_of(name));
	char *copy = (char *)arena_printf(&config->options->strings, "%s%c", value, '\0').p;
	struct err err = ERR_INIT;

	(void)section;
	config->expected = false;
	config->has_key = *name != '\0';
	if (copy == NULL)
		err_nomem(&err);
	else if (row == NULL)
		config_err_unknown(span_of(name), &err);
	else if (row->no_file)
		err_set(&err, ERR_CONFIG, "'%s' cannot stand in a file", name);
	if (err.code != ERR_NONE) {
		config_complain(config, err.text);
		return 1;
	}
	if (config->continued)
		config_cut_comment(copy);
	config_apply(config, row, copy);
	return 1;
}

static void config_parse(struct config *config)
{
#if HAVE_DECL_INI_MAX_LINE
	/* Debian's inih has these settings; others accept lines of 200 bytes. */
	ini_use_stack = false;
	ini_max_line = CONFIG_MAX_LINE;
	ini_initial_alloc = CONFIG_MAX_LINE;
#endif
	config->rest = buf_span(&config->file.text);
	config->line = 0;
	config->in_profile = false;
	config->in_unused = false;
	config->has_key = false;
	/* It returns only the first wrong line, and those have all been reported. */
	if (ini_parse_stream(config_next_line, config, config_take, config) < 0)
		config_complain(config, "out of memory");
}

/* --show-config shows it, too. */
static void config_leave_out(struct config *config)
{
	struct options *options = config->options;
	const char *text = arena_printf(&options->strings, "%s %s, and is left out%c", config->path,
	    config->file.distrust, '\0')
			       .p;

	log_warn("%s: %s, and is left out", config->path, config->file.distrust);
	if (text != NULL && options->left_out_count < OPTIONS_MAX_LEFT_OUT)
		options->left_out[options->left_out_count++] = text;
}

static int config_read_file(struct config *config, const char *path, bool needed, struct err *err)
{
	int result = config_file_read(&config->file, path, needed, err);

	config->path = path;
	if (result > 0)
		config_parse(config);
	else if (result == 0 && config->file.distrust != NULL)
		config_leave_out(config);
	config_file_free(&config->file);
	return result < 0 ? -1 : 0;
}

/* The path of the user's file in the arena, or NULL. */
static const char *config_user_path(struct arena *arena, const struct env *env)
{
	struct span path = SPAN_EMPTY;

	/* The XDG Base Directory Specification has relative paths ignored. */
	if (env->config_home != NULL && env->config_home[0] == '/')
		path = arena_printf(arena, "%s/quarantine-report/config%c", env->config_home, '\0');
	else if (env->home != NULL)
		path =
		    arena_printf(arena, "%s/.config/quarantine-report/config%c", env->home, '\0');
	return path.p;
}

/* Of a file that is no more to be found the name as it was given. */
static const char *config_find_path(struct options *options)
{
	char *path = options->config_file[0] != '/' ? realpath(options->config_file, NULL) : NULL;
	const struct span copy =
	    path != NULL ? arena_printf(&options->strings, "%s%c", path, '\0') : (struct span){0};

	free(path);
	return copy.n > 0 ? copy.p : options->config_file;
}

static int config_read_files(struct config *config, const struct env *env, struct err *err)
{
	struct options *options = config->options;
	const char *user = config_user_path(&options->strings, env);

	/* Else the file would be taken for one that is not there. */
	if (user == NULL && options->strings.failed)
		return arena_err(&options->strings, err);
	config->level = OPTIONS_USER_FILE;
	if (options->config_file != NULL) {
		options->config_path = config_find_path(options);
		return config_read_file(config, options->config_file, true, err);
	}
	config->level = OPTIONS_SYSTEM_FILE;
	if (env->system_config != NULL &&
	    config_read_file(config, env->system_config, false, err) != 0)
		return -1;
	config->level = OPTIONS_USER_FILE;
	return user != NULL ? config_read_file(config, user, false, err) : 0;
}

static void config_complain_profile(const struct config *config)
{
	if (config->profile_count == 0)
		log_error("no configuration file has [profile %s], or any other profile",
		    config->options->profile);
	else
		log_error("no configuration file has [profile %s]; there are: %.*s%s",
		    config->options->profile, (int)config->profiles.n, config->profiles.p,
		    config->profile_count == CONFIG_MAX_PROFILES ? " and perhaps more" : "");
}

int config_read(struct options *options, const struct env *env, struct err *err)
{
	struct config *config = calloc(1, sizeof(*config));
	int result;

	if (config == NULL)
		return err_nomem(err);
	config->options = options;
	options_init(&config->unused, options->modes);
	result = config_read_files(config, env, err);
	if (result == 0 && options->profile != NULL && !config->profile_found) {
		config_complain_profile(config);
		config->errors++;
	}
	if (result == 0 && config->errors > 0)
		result = err_set(err, ERR_CONFIG, "%u %s in the configuration", config->errors,
		    config->errors == 1 ? "error" : "errors");
	options_free(&config->unused);
	free(config);
	return result;
}
