/*
 * The command line and the environment: lines of the input, each an argument or, behind a '$', a
 * variable. Secrets are wiped whatever else happens, and what --show-config says is one line each.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "base/utf8.h"
#include "check.h"
#include "mode/modes.h"
#include "settings/settings.h"

#define MAX_WORDS 64

struct words {
	unsigned count;
	char *word[MAX_WORDS + 1];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void add_word(struct words *words, struct span text)
{
	char *word = malloc(text.n + 1);

	CHECK(word != NULL);
	memcpy(word, text.p, text.n);
	word[text.n] = '\0';
	words->word[words->count++] = word;
	words->word[words->count] = NULL;
}

static void free_words(struct words *words)
{
	for (unsigned i = 0; i < words->count; i++)
		free(words->word[i]);
}

/* No configuration files, which fuzz_config reads. */
static bool is_harmless(struct span line)
{
	return span_find_text_nocase(line, SPAN("--con")) == SPAN_NPOS &&
	       span_find_text_nocase(line, SPAN("_CONFIG")) == SPAN_NPOS;
}

static void split(struct span text, struct words *arguments, struct words *variables)
{
	add_word(arguments, SPAN("quarantine-report"));
	while (text.n > 0 && arguments->count < MAX_WORDS && variables->count < MAX_WORDS) {
		struct span line = span_head(text, span_find(text, '\n'));

		text = span_from(text, line.n + 1);
		line = span_head(line, span_find(line, '\0'));
		if (!is_harmless(line))
			continue;
		if (line.n > 0 && line.p[0] == '$')
			add_word(variables, span_from(line, 1));
		else
			add_word(arguments, line);
	}
}

static void check_settings(const struct options *options)
{
	struct buf settings;
	uint32_t c = 0;

	buf_init(&settings, 0);
	options_add_settings(options, &settings);
	CHECK(settings.failed == 0 && settings.n > 0 && settings.p[settings.n - 1] == '\n');
	for (size_t i = 0; i < settings.n; i += utf8_next(span_from(buf_span(&settings), i), &c)) {
		CHECK(utf8_next(span_from(buf_span(&settings), i), &c) != 0);
		CHECK(c == '\n' || !utf8_is_control(c));
	}
	buf_fini(&settings);
}

static void check_options(const struct options *options)
{
	CHECK(options->host_count <= OPTIONS_MAX_HOSTS);
	CHECK(options->timeout <= OPTIONS_MAX_TIMEOUT && options->deadline <= OPTIONS_MAX_DEADLINE);
	CHECK(options->mail_to_count <= OPTIONS_MAX_MAIL_TO);
	CHECK(options->columns.count <= COLUMN_COUNT && options->group_by.count <= GROUP_MAX_KEYS);
	CHECK(options->mode != NULL);
	if (options->mode != modes)
		return;
	CHECK(options->incoming || options->outgoing);
	CHECK(options->merge || (options->host_count > 0 && options->username != NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct words arguments = {0};
	struct words variables = {0};
	struct env env = {0};
	struct options options;
	struct arguments line;
	struct err err = ERR_INIT;

	log_set_level(LOG_QUIET);
	split((struct span){(const char *)data, size}, &arguments, &variables);
	env.variables = variables.word;
	line = (struct arguments){(int)arguments.count, arguments.word, modes};
	if (options_parse(&line, &env, &options, &err) == 0) {
		if (options.action == OPTIONS_RUN)
			check_options(&options);
		check_settings(&options);
	} else {
		CHECK(err.code == ERR_USAGE || err.code == ERR_CONFIG);
		CHECK(err.text[0] != '\0');
	}
	options_free(&options);
	free_words(&arguments);
	free_words(&variables);
	return 0;
}
