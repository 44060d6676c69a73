#include "imap_peer_script.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What stands behind the word: a number N, a time M, an occurrence W, a text T; upper case: needed.
 */
static const struct {
	const char *word;
	enum step_op op;
	const char *arguments;
	bool block;
	bool at_top; /* makes sense outside a connection */
} step_table[] = {
    {"connection", STEP_CONNECTION, "w", true, true},
    {"on", STEP_ON, "WT", true, true},
    {"at", STEP_AT, "NWT", true, true},
    {"end", STEP_END, "", false, true},
    {"messages", STEP_MESSAGES, "N", false, true},
    {"message", STEP_MESSAGE, "NT", false, true},
    {"internaldate", STEP_INTERNALDATE, "NT", false, true},
    {"vanish", STEP_VANISH, "N", false, true},
    {"uidvalidity", STEP_UIDVALIDITY, "N", false, true},
    {"pad", STEP_PAD, "N", false, true},
    {"capability", STEP_CAPABILITY, "T", false, true},
    {"reverse", STEP_REVERSE, "", false, true},
    {"S:", STEP_SEND_LINE, "t", false, false},
    {"raw", STEP_SEND_RAW, "T", false, false},
    {"literal", STEP_SEND_LITERAL, "t", false, false},
    {"fill", STEP_FILL, "NT", false, false},
    {"split", STEP_SPLIT, "Nm", false, false},
    {"pause", STEP_PAUSE, "N", false, false},
    {"greeting", STEP_GREETING, "", false, false},
    {"default", STEP_DEFAULT, "", false, false},
    {"data", STEP_DATA, "", false, false},
    {"done", STEP_DONE, "", false, false},
    {"fetch", STEP_FETCH, "N", false, false},
    {"expunge", STEP_EXPUNGE, "N", false, false},
    {"C:", STEP_EXPECT, "T", false, false},
    {"serve", STEP_SERVE, "", false, false},
    {"stall", STEP_STALL, "", false, false},
    {"close", STEP_CLOSE, "", false, false},
    {"reset", STEP_RESET, "", false, false},
    {"handshake", STEP_HANDSHAKE, "", false, false},
    {"plain", STEP_PLAIN, "", false, false},
};

#define STEP_TABLE_COUNT (sizeof(step_table) / sizeof(step_table[0]))

struct script_reader {
	FILE *file;
	const char *path;
	unsigned line;
	char *text;
	size_t size;
};

static int script_complain(const struct script_reader *reader, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", reader->path, reader->line, what);
	return -1;
}

/* Cuts off and returns what stands before the next blank. */
static struct span script_take_word(struct span *rest)
{
	size_t blank = span_find(*rest, ' ');
	struct span word = span_head(*rest, blank);

	*rest = span_from(*rest, blank == SPAN_NPOS ? rest->n : blank + 1);
	return word;
}

static int script_take_number(struct span *rest, unsigned long *number_r)
{
	struct span word = script_take_word(rest);
	uint64_t number;

	if (word.n == 0 || span_number(word, &number) != word.n || number > LONG_MAX)
		return -1;
	*number_r = (unsigned long)number;
	return 0;
}

/* "every", "forever", "3" or "3+". */
static int script_take_when(struct span *rest, struct step_when *when_r)
{
	struct span word = script_take_word(rest);
	bool open = span_ends_nocase(word, SPAN("+"));
	struct step_when when = {1, ULONG_MAX};

	if (span_eq(word, SPAN("every")) || span_eq(word, SPAN("forever"))) {
		*when_r = when;
		return 0;
	}
	word = span_head(word, word.n - open);
	if (script_take_number(&word, &when.first) == -1)
		return -1;
	if (!open)
		when.last = when.first;
	*when_r = when;
	return 0;
}

static int script_hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c == '\0' ? NULL : strchr(digits, span_lower(c));

	return found == NULL ? -1 : (int)(found - digits);
}

/* \r \n \t \\ \xHH */
static int script_add_unescaped(struct buf *out, struct span s)
{
	static const char from[] = "rnt\\";
	static const char to[] = "\r\n\t\\";

	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '\\') {
			buf_add_char(out, s.p[i]);
			continue;
		}
		if (++i == s.n)
			return -1;
		const char *found = s.p[i] == '\0' ? NULL : strchr(from, s.p[i]);
		if (found != NULL) {
			buf_add_char(out, to[found - from]);
			continue;
		}
		if (s.p[i] != 'x' || s.n - i < 3)
			return -1;
		int high = script_hex_digit(s.p[i + 1]);
		int low = script_hex_digit(s.p[i + 2]);
		if (high == -1 || low == -1)
			return -1;
		buf_add_char(out, (char)(high * 16 + low));
		i += 2;
	}
	return 0;
}

static int script_read_argument(char kind, struct span *rest, struct step *step)
{
	switch (kind) {
	case 'N':
		return script_take_number(rest, &step->number);
	case 'm':
		return rest->n == 0 ? 0 : script_take_number(rest, &step->pause_ms);
	case 'w':
		step->when = (struct step_when){1, 1};
		return rest->n == 0 ? 0 : script_take_when(rest, &step->when);
	case 'W':
		return script_take_when(rest, &step->when);
	default:
		if (kind == 'T' && rest->n == 0)
			return -1;
		if (script_add_unescaped(&step->text, *rest) == -1)
			return -1;
		*rest = SPAN_EMPTY;
		return 0;
	}
}

static struct step *script_new_step(enum step_op op, unsigned line)
{
	struct step *step = calloc(1, sizeof(*step));

	if (step == NULL)
		abort();
	step->op = op;
	step->line = line;
	buf_init(&step->text, 0);
	return step;
}

static size_t script_find_word(struct span word)
{
	size_t row = 0;

	while (row < STEP_TABLE_COUNT && !span_eq(word, span_of(step_table[row].word)))
		row++;
	return row;
}

/* The next line that says something; 1/0. */
static int script_next_line(struct script_reader *reader, struct span *line_r)
{
	ssize_t n;

	while ((n = getline(&reader->text, &reader->size, reader->file)) != -1) {
		struct span line = {reader->text, (size_t)n};

		reader->line++;
		if (span_ends_nocase(line, SPAN("\n")))
			line.n--;
		while (line.n != 0 && (line.p[0] == ' ' || line.p[0] == '\t'))
			line = span_from(line, 1);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		*line_r = line;
		return 1;
	}
	return 0;
}

/* Reads one line into a new step at *step_r, which the caller frees also on failure; row of the
 * table or -1. */
static int script_read_step(
    struct script_reader *reader, struct span line, bool at_top, struct step **step_r)
{
	size_t row = script_find_word(script_take_word(&line));

	if (row == STEP_TABLE_COUNT)
		return script_complain(reader, "unknown word");
	if (at_top && !step_table[row].at_top)
		return script_complain(reader, "this stands only in a block");
	*step_r = script_new_step(step_table[row].op, reader->line);
	for (const char *kind = step_table[row].arguments; *kind != '\0'; kind++) {
		if (script_read_argument(*kind, &line, *step_r) == -1)
			return script_complain(reader, "wrong argument");
	}
	if (line.n != 0)
		return script_complain(reader, "too many arguments");
	return (int)row;
}

/* Up to the matching `end`, or to the end of the file at the top. */
static int script_read_block(struct script_reader *reader, bool at_top, struct step **first_r)
{
	struct step **tail = first_r;
	struct span line;

	while (script_next_line(reader, &line) == 1) {
		int row = script_read_step(reader, line, at_top, tail);

		if (row == -1)
			return -1;
		if ((*tail)->op == STEP_END) {
			script_free(*tail);
			*tail = NULL;
			return at_top ? script_complain(reader, "nothing to end") : 0;
		}
		if (step_table[row].block &&
		    script_read_block(reader, false, &(*tail)->inner) == -1)
			return -1;
		tail = &(*tail)->next;
	}
	return at_top ? 0 : script_complain(reader, "a block without end");
}

struct step *script_read(const char *path)
{
	struct script_reader reader = {.file = fopen(path, "r"), .path = path};
	struct step *first = NULL;

	if (reader.file == NULL) {
		perror(path);
		return NULL;
	}
	if (script_read_block(&reader, true, &first) == -1) {
		script_free(first);
		first = NULL;
	} else if (first == NULL) {
		script_complain(&reader, "an empty script");
	}
	free(reader.text);
	fclose(reader.file);
	return first;
}

void script_free(struct step *first)
{
	while (first != NULL) {
		struct step *next = first->next;

		script_free(first->inner);
		buf_fini(&first->text);
		free(first);
		first = next;
	}
}
