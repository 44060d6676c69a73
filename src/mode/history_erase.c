/*
 * history erase: what somebody is entitled to have erased. It is not over when the rows are gone:
 * the files of the history are searched for what may be left of it, and that is said.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistr.h>

#include "base/arena.h"
#include "base/log.h"
#include "mail/address.h"
#include "mode/act.h"
#include "mode/history_key.h"
#include "mode/history_part.h"
#include "sink/store_record.h"

/* Words of others with the value in them that are kept, so that they are known when they are found;
 * with more nobody can say what is left. */
#define HISTORY_MAX_WORDS 10000

/* Bytes of a value from which on nothing in a file is like it by chance. */
#define HISTORY_SHORT 8

/* Where the value stands, and is not erased, as a part of the sentence. */
static const char *const history_where[STORE_TEXT_COUNT] = {
    [STORE_IDENTITY] = "identity (--identity)",
    [STORE_DOMAIN] = "domain",
    [STORE_AUTH_USER] = "login",
    [STORE_SOURCE_IP] = "address",
    [STORE_SCRIPT] = "PHP script",
    [STORE_CLASS] = "class",
    [STORE_SUBJECT] = "subject",
    [STORE_MAIL_FROM] = "sender",
    [STORE_EVIDENCE] = "evidence",
    [STORE_RULES] = "rule",
    [STORE_RCPT] = "recipient (--recipient)",
    [STORE_MESSAGE_ID] = "message number",
    [STORE_NOTES] = "note",
    [STORE_EXTRA] = "other column",
};

/* Texts of a column that are to be erased. */
struct history_texts {
	struct span value; /* whose they are */
	struct span hash;  /* what stands for it where it is kept as a hash; or empty */
	struct arena arena;
	struct span *text;
	size_t count, size;
};

/* What is left of a value. */
struct history_rest {
	struct span value;
	struct span escaped;    /* the same as it stands in JSON: other columns, exports */
	struct span sought;     /* one of the two */
	enum store_text column; /* that is looked at */
	struct history_texts words;
	uint64_t standing[STORE_TEXT_COUNT]; /* texts in which it is a word of its own */
	uint64_t places;                     /* the same, of names of places */
	bool has_key;                        /* what is a hash would be known */
	bool hashes;                         /* recipients are hashes that are not */
	uint64_t hits;                       /* in the files, of nothing that is known */
	struct buf first;                    /* where the first of them is */
};

static void history_texts_init(struct history_texts *texts, struct span value)
{
	*texts = (struct history_texts){.value = value};
	arena_init(&texts->arena);
}

static void history_texts_fini(struct history_texts *texts)
{
	arena_fini(&texts->arena);
	free(texts->text);
}

static int history_texts_add(struct history_texts *texts, struct span text, struct err *err)
{
	if (texts->count == texts->size) {
		const size_t size = texts->size > 0 ? texts->size * 2 : 64;
		struct span *grown = reallocarray(texts->text, size, sizeof(*grown));

		if (grown == NULL)
			return err_nomem(err);
		texts->text = grown;
		texts->size = size;
	}
	texts->text[texts->count++] = arena_copy(&texts->arena, text);
	return texts->arena.failed ? arena_err(&texts->arena, err) : 0;
}

/* The case of a domain says nothing, and that of a login hardly ever does. */
static int history_take_identity(void *context, struct span text, struct err *err)
{
	struct history_texts *texts = context;

	return span_eq_nocase(text, texts->value) ? history_texts_add(texts, text, err) : 0;
}

static bool history_is_value(struct span text, const struct history_texts *texts)
{
	return span_eq_nocase(text, texts->value) ||
	       (texts->hash.n > 0 && span_eq(text, texts->hash));
}

/* Whether the value is one of these recipients, however it is written: it may stand in quotes, or
 * with a comment in the middle. */
static int history_is_recipient(
    const struct history_texts *texts, struct span text, bool *is_r, struct err *err)
{
	struct address_list list;
	struct address address;
	struct arena arena;
	int result = 0;

	*is_r = false;
	arena_init(&arena);
	address_list_init(&list, text, &arena);
	while (!*is_r && address_list_next(&list, &address))
		*is_r = history_is_value(address_normal(&address, &arena), texts);
	if (arena.failed)
		result = arena_err(&arena, err);
	arena_fini(&arena);
	return result;
}

/* A list of recipients of whom one is meant. */
static int history_take_recipients(void *context, struct span text, struct err *err)
{
	bool is_meant;

	if (history_is_recipient(context, text, &is_meant, err) != 0)
		return -1;
	return is_meant ? history_texts_add(context, text, err) : 0;
}

/* What a person or a login can be written with: the rest is between words. */
static bool history_is_word(char c)
{
	return span_is_alnum(c) || c == '.' || c == '_' || c == '-' || c == '+' || c == '@' ||
	       (unsigned char)c >= 0x80;
}

/* A word that the value is a part of, as far as it would be seen around a hit. */
static struct span history_word_around(struct span text, size_t at, size_t n)
{
	size_t from = at, end = at + n;

	while (from > 0 && at - from < STORE_AROUND && history_is_word(text.p[from - 1]))
		from--;
	while (end < text.n && end - at - n < STORE_AROUND && history_is_word(text.p[end]))
		end++;
	return (struct span){text.p + from, end - from};
}

static bool history_knows_word(const struct history_texts *words, struct span word)
{
	for (size_t i = 0; i < words->count; i++)
		if (span_eq(words->text[i], word))
			return true;
	return false;
}

/* True when the value is a word of its own somewhere in the text; other words are kept. */
static int history_look_at(
    struct history_rest *rest, struct span text, bool *stands_r, struct err *err)
{
	size_t from = 0;

	*stands_r = false;
	for (;;) {
		const size_t at = span_find_text_nocase(span_from(text, from), rest->sought);
		struct span word;

		if (at == SPAN_NPOS)
			return 0;
		word = history_word_around(text, from + at, rest->sought.n);
		from += at + 1;
		if (word.n == rest->sought.n)
			*stands_r = true;
		else if (rest->words.count < HISTORY_MAX_WORDS &&
			 !history_knows_word(&rest->words, word) &&
			 history_texts_add(&rest->words, word, err) != 0)
			return -1;
	}
}

static int history_take_rest(void *context, struct span text, struct err *err)
{
	struct history_rest *rest = context;
	bool stands, is_recipient = false;

	if (history_look_at(rest, text, &stands, err) != 0 ||
	    (rest->column == STORE_RCPT &&
		history_is_recipient(&rest->words, text, &is_recipient, err) != 0))
		return -1;
	rest->standing[rest->column] += stands || is_recipient;
	return 0;
}

static int history_take_rest_place(void *context, const struct store_place *place, struct err *err)
{
	const struct span texts[] = {place->source, place->host, place->name};
	struct history_rest *rest = context;
	bool stands;

	for (unsigned i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (history_look_at(rest, texts[i], &stands, err) != 0)
			return -1;
		rest->places += stands;
	}
	return 0;
}

/* The hit is a part of this word. */
static bool history_is_of(const struct store_hit *hit, struct span word, struct span value)
{
	size_t from = 0;

	for (;;) {
		const size_t at = span_find_text_nocase(span_from(word, from), value);
		struct span head, tail;

		if (at == SPAN_NPOS)
			return false;
		head = span_head(word, from + at);
		tail = span_from(word, from + at + value.n);
		if (head.n <= hit->before.n && tail.n <= hit->after.n &&
		    span_eq(span_from(hit->before, hit->before.n - head.n), head) &&
		    span_eq(span_head(hit->after, tail.n), tail))
			return true;
		from += at + 1;
	}
}

static int history_take_hit(void *context, const struct store_hit *hit, struct err *err)
{
	struct history_rest *rest = context;

	(void)err;
	for (size_t i = 0; i < rest->words.count; i++)
		if (history_is_of(hit, rest->words.text[i], rest->sought))
			return 0;
	if (rest->hits++ == 0) {
		buf_add_char(&rest->first, '\'');
		log_escape(&rest->first, span_of(hit->file));
		buf_printf(&rest->first, "' at byte %" PRIu64, hit->at);
	}
	return 0;
}

/* Columns of rows of which some were kept as hashes. */
static int history_take_hidden(void *context, struct span text, struct err *err)
{
	struct history_rest *rest = context;

	(void)err;
	rest->hashes = rest->hashes || store_record_hides(text, COLUMN_TO);
	return 0;
}

/* What a text that may be the value has in it: of a list of recipients nobody knows. */
static struct span history_find_part(enum store_text column, struct span value)
{
	return column == STORE_RCPT ? SPAN_EMPTY : value;
}

static int history_find_in_files(
    struct history_run *run, struct history_rest *rest, struct err *err)
{
	const struct store_ops *ops = run->store->ops;

	if (ops->search == NULL)
		return 0;
	rest->sought = rest->value;
	if (ops->search(run->store, rest->sought, history_take_hit, rest, err) != 0)
		return -1;
	if (span_eq(rest->escaped, rest->value))
		return 0;
	rest->sought = rest->escaped;
	return ops->search(run->store, rest->sought, history_take_hit, rest, err);
}

static int history_find_rest(struct history_run *run, struct history_rest *rest, struct err *err)
{
	const struct store_ops *ops = run->store->ops;

	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++) {
		struct store_find find = {.column = (enum store_text)i};

		rest->sought = i == STORE_EXTRA ? rest->escaped : rest->value;
		find.part = history_find_part(find.column, rest->sought);
		rest->column = find.column;
		if (ops->find(run->store, &find, history_take_rest, rest, err) != 0)
			return -1;
	}
	if (!rest->has_key &&
	    ops->find(run->store,
		&(const struct store_find){STORE_EXTRA, SPAN(STORE_RECORD_HASHING)},
		history_take_hidden, rest, err) != 0)
		return -1;
	rest->sought = rest->value;
	if (ops->places(run->store, history_take_rest_place, rest, err) != 0)
		return -1;
	return history_find_in_files(run, rest, err);
}

/* A value has no character of those that JSON writes as anything but itself, other than these. */
static bool history_is_escaped(char c)
{
	return c == '"' || c == '\\';
}

static int history_escape(struct history_rest *rest, struct err *err)
{
	struct buf text;

	buf_init(&text, 0);
	for (size_t i = 0; i < rest->value.n; i++) {
		if (history_is_escaped(rest->value.p[i]))
			buf_add_char(&text, '\\');
		buf_add_char(&text, rest->value.p[i]);
	}
	rest->escaped = arena_copy_buf(&rest->words.arena, &text);
	buf_fini(&text);
	return rest->words.arena.failed ? arena_err(&rest->words.arena, err) : 0;
}

/* What else has it, which erasing this value does not take out. */
static int history_judge(struct history_rest *rest, struct err *err)
{
	struct buf value, where;
	int result = 0;

	buf_init(&value, 0);
	buf_init(&where, 0);
	log_escape(&value, rest->value);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		if (rest->standing[i] > 0)
			buf_printf(&where, "%s%" PRIu64 " as %s", where.n > 0 ? ", " : "",
			    rest->standing[i], history_where[i]);
	if (rest->places > 0)
		buf_printf(
		    &where, "%s%" PRIu64 " as a place", where.n > 0 ? ", " : "", rest->places);
	if (value.failed != 0 || where.failed != 0)
		result = err_nomem(err);
	else if (where.n > 0)
		result = err_set(err, ERR_DATA, "'%s' still stands in texts of other messages: %s",
		    buf_string(&value), buf_string(&where));
	else if (rest->hashes)
		result = err_set(err, ERR_DATA,
		    "recipients are kept as hashes, too, whose key, FILE" HISTORY_KEY_ENDING
		    ", is missing: whether '%s' is one of them nobody can say",
		    buf_string(&value));
	else if (rest->hits > 0)
		result = err_set(err, ERR_DATA,
		    "'%s' still stands %" PRIu64 " time%s in files of the history, first in %s: "
		    "copies that lie beside it are to be removed by hand%s",
		    buf_string(&value), rest->hits, rest->hits != 1 ? "s" : "",
		    buf_string(&rest->first),
		    rest->value.n < HISTORY_SHORT
			? " (a text as short as this may also be a word of the tables, or stand "
			  "there by chance)"
			: "");
	buf_fini(&value);
	buf_fini(&where);
	return result;
}

static int history_prove(struct history_run *run, struct span value, bool has_key, struct err *err)
{
	struct history_rest rest = {.value = value, .has_key = has_key};
	struct buf text;
	int result;

	history_texts_init(&rest.words, value);
	buf_init(&rest.first, 0);
	buf_init(&text, 0);
	result = history_escape(&rest, err);
	if (result == 0)
		result = history_find_rest(run, &rest, err);
	if (result == 0)
		result = history_judge(&rest, err);
	if (result == 0) {
		/* What a server has in its files is out of our sight. */
		buf_printf(&text, "The %s of the history were searched: '",
		    run->store->ops->search != NULL ? "files" : "tables");
		log_escape(&text, value);
		buf_add_text(&text, "' is nowhere in them");
		if (rest.words.count > 0)
			buf_printf(&text, ", but in %zu longer word%s of others", rest.words.count,
			    rest.words.count != 1 ? "s" : "");
		buf_add_text(&text, ".\n");
		result = history_say(run, &text, err);
	}
	buf_fini(&text);
	buf_fini(&rest.first);
	history_texts_fini(&rest.words);
	return result;
}

/* What is erased, of one option. */
struct history_erasure {
	const char *option;
	const char *whom; /* "the identity" */
	const char *value;
	enum store_text column;
	store_take_text *take;
	struct history_texts texts;
};

static int history_check_value(const struct history_erasure *erasure, struct err *err)
{
	const struct span value = span_of(erasure->value);
	size_t n = value.n;

	for (size_t i = 0; i < value.n; i++)
		n += history_is_escaped(value.p[i]);
	if (value.n == 0 || n > STORE_MAX_SEARCH ||
	    u8_check((const uint8_t *)value.p, value.n) != NULL)
		return err_set(
		    err, ERR_USAGE, "%s: a value that no message can have", erasure->option);
	return 0;
}

/* The address alone, without a name. */
static int history_read_recipient(struct history_erasure *erasure, struct err *err)
{
	struct history_texts *texts = &erasure->texts;
	struct address_list list;
	struct address address, other;
	bool is_one;

	address_list_init(&list, span_of(erasure->value), &texts->arena);
	is_one = address_list_next(&list, &address) && !address_list_next(&list, &other);
	if (is_one)
		texts->value = address_normal(&address, &texts->arena);
	if (texts->arena.failed)
		return arena_err(&texts->arena, err);
	if (!is_one || texts->value.n == 0)
		return err_set(err, ERR_USAGE, "%s: expected one address", erasure->option);
	return 0;
}

static int history_read_value(struct history_erasure *erasure, struct err *err)
{
	if (history_check_value(erasure, err) != 0)
		return -1;
	return erasure->column == STORE_RCPT ? history_read_recipient(erasure, err) : 0;
}

static int history_ask(const struct history_run *run, const struct history_erasure *erasure,
    unsigned count, bool *yes_r, struct err *err)
{
	struct act act = {.options = run->options, .env = run->env};
	struct buf question;
	int result;

	if (!act_may_change(&act))
		return err_set(err, ERR_USAGE,
		    "erasing cannot be undone: there is no terminal to ask on, and no "
		    "--unattended");
	buf_init(&question, 0);
	buf_add_text(&question, "All messages of ");
	for (unsigned i = 0; i < count; i++) {
		buf_printf(&question, "%s%s '", i > 0 ? " and of " : "", erasure[i].whom);
		log_escape(&question, erasure[i].texts.value);
		buf_add_char(&question, '\'');
	}
	buf_add_text(&question, " - Do you wish to erase them from the history? [y/N] ");
	result = act_ask(&act, &question, yes_r, err);
	buf_fini(&question);
	return result;
}

static int history_take_out(
    struct history_run *run, struct history_erasure *erasure, struct err *err)
{
	const struct store_find find = {
	    erasure->column, history_find_part(erasure->column, erasure->texts.value)};
	struct store_texts texts;
	struct buf text;
	uint64_t rows;
	int result;

	if (run->store->ops->find(run->store, &find, erasure->take, &erasure->texts, err) != 0)
		return -1;
	texts = (struct store_texts){erasure->texts.text, erasure->texts.count};
	if (run->store->ops->erase(run->store, erasure->column, &texts, &rows, err) != 0 ||
	    run->store->ops->forget(run->store, erasure->texts.value, err) != 0)
		return -1;
	run->rows += rows;
	buf_init(&text, 0);
	history_add_messages(&text, rows);
	buf_printf(&text, " of %s '", erasure->whom);
	log_escape(&text, erasure->texts.value);
	buf_add_text(&text, rows != 1 ? "' are erased.\n" : "' is erased.\n");
	result = history_say(run, &text, err);
	buf_fini(&text);
	return result;
}

/* Also when nothing was there: an earlier run may have been ended before this. */
static int history_clean_up(
    struct history_run *run, const struct history_erasure *erasure, unsigned count, struct err *err)
{
	int result = 0;

	if (run->store->ops->compact(run->store, err) != 0)
		return err_prefix(err,
		    "the messages are erased, but traces may be in the file until this is done "
		    "again");
	for (unsigned i = 0; i < count; i++) {
		const struct span hash = erasure[i].texts.hash;
		const bool has_key = erasure[i].column != STORE_RCPT || hash.n > 0;
		struct err next = ERR_INIT;

		if (history_prove(run, erasure[i].texts.value, has_key, &next) == 0 &&
		    (hash.n == 0 || history_prove(run, hash, true, &next) == 0))
			continue;
		if (result != 0)
			log_error("%s", err->text);
		*err = next;
		result = -1;
	}
	return result;
}

/* A recipient may be there as a hash, too: now, or of a time when --history-hash was given. */
static int history_find_hash(
    const struct history_run *run, struct history_erasure *erasure, struct err *err)
{
	struct store_privacy privacy = {.key = {0}};
	int got;

	if (erasure->column != STORE_RCPT)
		return 0;
	got = run_history_read_key(run->options, run->env, false, &privacy, err);
	if (got < 0)
		return -1;
	if (got > 0)
		erasure->texts.hash = store_privacy_hash(
		    &privacy, COLUMN_TO, erasure->texts.value, &erasure->texts.arena);
	return erasure->texts.arena.failed ? arena_err(&erasure->texts.arena, err) : 0;
}

static int history_erase_all(
    struct history_run *run, struct history_erasure *erasure, unsigned count, struct err *err)
{
	bool yes = false;

	for (unsigned i = 0; i < count; i++)
		if (history_read_value(&erasure[i], err) != 0 ||
		    history_find_hash(run, &erasure[i], err) != 0)
			return -1;
	if (history_ask(run, erasure, count, &yes, err) != 0)
		return -1;
	if (!yes)
		return 0;
	for (unsigned i = 0; i < count; i++)
		if (history_take_out(run, &erasure[i], err) != 0)
			return -1;
	return history_clean_up(run, erasure, count, err);
}

int history_erase(struct history_run *run, struct err *err)
{
	const char *const value[] = {run->options->erase_identity, run->options->api.to};
	struct history_erasure erasure[] = {
	    {.option = "--identity",
		.whom = "the identity",
		.column = STORE_IDENTITY,
		.take = history_take_identity},
	    {.option = "--recipient",
		.whom = "the recipient",
		.column = STORE_RCPT,
		.take = history_take_recipients},
	};
	unsigned count = 0;
	int result;

	for (size_t i = 0; i < sizeof(value) / sizeof(*value); i++) {
		if (value[i] == NULL)
			continue;
		erasure[count] = erasure[i];
		erasure[count].value = value[i];
		history_texts_init(&erasure[count].texts, span_of(value[i]));
		count++;
	}
	if (count == 0)
		return err_set(err, ERR_USAGE,
		    "whom to erase is missing: --identity=IDENTITY or --recipient=ADDRESS");
	result = history_erase_all(run, erasure, count, err);
	for (unsigned i = 0; i < count; i++)
		history_texts_fini(&erasure[i].texts);
	return result;
}
