#include "control/locked.h"

#define LOCKED_MOST 7 /* Domain, User, Identity, Lock time, Reason, Locked, Automatic unlocks */

void locked_reader_init(struct locked_reader *reader, const struct control_key *asked)
{
	*reader = (struct locked_reader){.asked = asked};
	buf_init(&reader->room, 0);
}

void locked_reader_fini(struct locked_reader *reader)
{
	buf_fini(&reader->room);
}

/* False without memory, which must not look like a line that says nothing. */
static bool locked_split(
    struct locked_reader *reader, struct span line, unsigned most, struct answer_fields *fields_r)
{
	bool ok = answer_split(line, most, fields_r, &reader->room);

	reader->no_memory = reader->no_memory || !ok;
	return ok;
}

static bool locked_is_title(struct span field, const char *const *titles)
{
	for (; *titles != NULL; titles++)
		if (span_eq_nocase(field, span_of(*titles)))
			return true;
	return false;
}

/* The first line may name the columns. */
static bool locked_read_titles(struct locked_reader *reader, const struct answer_fields *fields)
{
	static const char *const domain[] = {"domain", "authentication domain", NULL};
	static const char *const user[] = {
	    "user", "username", "outgoing user", "authentication user", NULL};
	static const char *const identity[] = {
	    "identity", "user identification", "identification", "sender", NULL};
	static const char *const locked[] = {"locked", "is_locked", NULL};
	struct locked_columns columns = {
	    .count = fields->count, .domain = -1, .username = -1, .identity = -1, .locked = -1};

	for (unsigned i = 0; i < fields->count; i++) {
		if (locked_is_title(fields->field[i], domain))
			columns.domain = (int)i;
		else if (locked_is_title(fields->field[i], user))
			columns.username = (int)i;
		else if (locked_is_title(fields->field[i], identity))
			columns.identity = (int)i;
		else if (locked_is_title(fields->field[i], locked))
			columns.locked = (int)i;
	}
	/* An identity may be called "identity": alone it is a title when others stand beside it. */
	columns.known = columns.identity >= 0 &&
			(columns.domain >= 0 || columns.username >= 0 || columns.locked >= 0);
	if (columns.known)
		reader->columns = columns;
	return columns.known;
}

/* USER@DOMAIN, split at the last @; a user alone is of the domain that was asked for. */
static void locked_set_user(struct control_key *key, struct span user)
{
	size_t at = span_rfind(user, '@');

	if (at != SPAN_NPOS && span_eq_nocase(span_from(user, at + 1), key->domain))
		user = span_head(user, at);
	key->username = user;
}

/* "bob@example.com (192.0.2.1@smtp.example.com)", as the vendor's scripts show it. */
static bool locked_read_shown(struct span line, struct control_key *key)
{
	size_t open = span_rfind(line, '(');
	size_t at;

	if (open == SPAN_NPOS || open < 2 || line.p[open - 1] != ' ' || line.p[line.n - 1] != ')')
		return false;
	line = span_head(line, line.n - 1);
	at = span_rfind(line, '@');
	if (at == SPAN_NPOS || at < open)
		return false;
	key->name = span_trim(span_head(line, open));
	key->domain = span_from(line, at + 1);
	key->username = span_from(span_head(line, at), open + 1);
	return key->name.n > 0;
}

static bool locked_says_no(struct span field)
{
	static const char *const no[] = {"no", "false", "0", "unlocked", NULL};

	return locked_is_title(field, no);
}

static struct span locked_field(const struct answer_fields *fields, int i)
{
	return i >= 0 && (unsigned)i < fields->count ? fields->field[i] : SPAN_EMPTY;
}

/* By the titles. */
static int locked_read_named(
    const struct locked_reader *reader, const struct answer_fields *fields, struct control_key *key)
{
	const struct locked_columns *columns = &reader->columns;

	if ((unsigned)columns->identity >= fields->count)
		return 0;
	if (columns->domain >= 0)
		key->domain = locked_field(fields, columns->domain);
	if (columns->username >= 0)
		locked_set_user(key, locked_field(fields, columns->username));
	key->name = locked_field(fields, columns->identity);
	return !locked_says_no(locked_field(fields, columns->locked));
}

/* The domain that was asked for, or another: the list may be that of all. */
static bool locked_is_domain(const struct locked_reader *reader, struct span field)
{
	if (span_eq_nocase(field, reader->asked->domain))
		return true;
	for (size_t i = 0; i < field.n; i++)
		if (!span_is_alnum(field.p[i]) && field.p[i] != '.' && field.p[i] != '-')
			return false;
	return span_find(field, '.') != SPAN_NPOS;
}

/* As the list may write a user: with the domain or without, or for all users. */
static bool locked_is_user(struct span field, const struct control_key *key)
{
	struct span rest;

	if (span_eq(field, key->username) || span_eq(field, SPAN(CALL_ALL_USERS)))
		return true;
	if (field.n <= key->username.n ||
	    !span_eq(span_head(field, key->username.n), key->username))
		return false;
	rest = span_from(field, key->username.n);
	return rest.p[0] == '@' && span_eq_nocase(span_from(rest, 1), key->domain);
}

/* Without titles: what stands where is told by what was asked for. */
static bool locked_read_plain(struct locked_reader *reader, struct span line,
    const struct answer_fields *fields, struct control_key *key)
{
	reader->is_shown = locked_read_shown(line, key);
	if (reader->is_shown)
		return true;
	if (fields->count >= 3 && locked_is_domain(reader, fields->field[0])) {
		key->domain = fields->field[0];
		locked_set_user(key, fields->field[1]);
		key->name = fields->field[2];
		return true;
	}
	if (fields->count == 2 ||
	    (fields->count > 2 && locked_is_user(fields->field[0], reader->asked))) {
		locked_set_user(key, fields->field[0]);
		key->name = fields->field[1];
		return true;
	}
	/* A sentence is no identity. */
	key->name = fields->field[0];
	return fields->count == 1 && span_find(span_trim(line), ' ') == SPAN_NPOS;
}

int locked_read(
    struct locked_reader *reader, struct span line, struct control_key *key_r, bool *strange_r)
{
	struct control_key key = *reader->asked;
	struct answer_fields fields;
	bool first = !reader->started;
	int result;

	*strange_r = false;
	reader->nameless = false;
	reader->is_shown = false;
	reader->started = true;
	line = span_trim(line);
	if (line.n == 0 || !locked_split(reader, line, LOCKED_MOST, &fields))
		return 0;
	if (first && locked_read_titles(reader, &fields))
		return 0;
	result = reader->columns.known ? locked_read_named(reader, &fields, &key)
				       : locked_read_plain(reader, line, &fields, &key);
	*strange_r = result == 0 && !reader->columns.known;
	if (result != 0 && key.name.n == 0) {
		*strange_r = true;
		reader->nameless = fields.count > 2;
		result = 0;
	}
	if (result != 0)
		*key_r = key;
	return result;
}

/* The column behind the identity: when it was locked, a date or a number of seconds. */
static bool locked_is_time(struct span text)
{
	uint64_t unused;
	size_t digits = span_number(text, &unused);

	return digits >= 9 || (digits == 4 && text.n >= 10 && text.p[4] == '-');
}

/* A field that is the whole name, or a line that goes on behind it. */
static bool locked_is_name(
    const struct locked_reader *reader, struct span rest, const struct control_key *key, bool more)
{
	if (span_eq(rest, key->name))
		return true;
	return more && rest.n > key->name.n && rest.p[key->name.n] == ',' &&
	       span_eq(span_head(rest, key->name.n), key->name) &&
	       (!reader->sure || locked_is_time(span_trim(span_from(rest, key->name.n + 1))));
}

/* The whole line is the name; it can be a line about another when it begins as those do. */
static bool locked_is_whole(
    struct locked_reader *reader, struct span line, const struct control_key *key)
{
	struct answer_fields fields;

	if (!span_eq(line, key->name))
		return false;
	return !reader->sure || !locked_split(reader, line, 2, &fields) || fields.count < 2 ||
	       (!locked_is_user(fields.field[0], key) &&
		   !span_eq_nocase(fields.field[0], key->domain));
}

/* Behind the identity there is nothing, or what the filter says there. */
static bool locked_ends_there(struct locked_reader *reader, struct span line)
{
	struct answer_fields fields;
	unsigned most;

	if (!reader->sure || line.p[0] == '"' ||
	    !locked_split(reader, line, LOCKED_MOST + 1, &fields))
		return true;
	if (reader->columns.known)
		return fields.count <= reader->columns.count;
	most = locked_is_domain(reader, fields.field[0]) ? 3 : 2;
	return fields.count <= most || locked_is_time(fields.field[most]);
}

/* DOMAIN,USER,IDENTITY[,more]; USER,IDENTITY. */
static bool locked_is_behind(
    struct locked_reader *reader, struct span line, const struct control_key *key)
{
	struct answer_fields fields;

	if (locked_split(reader, line, 3, &fields) && fields.count == 3 &&
	    span_eq_nocase(fields.field[0], key->domain) && locked_is_user(fields.field[1], key) &&
	    locked_is_name(reader, fields.field[2], key, true))
		return true;
	return locked_split(reader, line, 2, &fields) && fields.count == 2 &&
	       locked_is_user(fields.field[0], key) &&
	       locked_is_name(reader, fields.field[1], key, false);
}

bool locked_is(struct locked_reader *reader, struct span line, const struct control_key *key)
{
	struct control_key found;
	bool strange;

	line = span_trim(line);
	if (!reader->columns.known && reader->started &&
	    (locked_is_whole(reader, line, key) || locked_is_behind(reader, line, key)))
		return true;
	if (line.n == 0 || !locked_ends_there(reader, line))
		return false;
	return locked_read(reader, line, &found, &strange) > 0 &&
	       !(reader->sure && reader->is_shown && !reader->shown) &&
	       span_eq(found.name, key->name) && span_eq_nocase(found.domain, key->domain) &&
	       (locked_is_user(found.username, key) || (!reader->sure && found.username.n == 0));
}

struct locked_search {
	struct locked_reader reader;
	const struct control_key *key;
	bool found;
};

static int locked_take(void *context, struct span line, struct err *err)
{
	struct locked_search *search = context;
	struct control_key unused;
	bool first = !search->reader.started;
	bool strange;
	int result;

	result = locked_read(&search->reader, line, &unused, &strange);
	if (first && search->reader.columns.known)
		return 1;
	search->found = locked_is(&search->reader, line, search->key) || search->found;
	if (search->reader.no_memory)
		return err_nomem(err);
	return search->found || result > 0 || !strange || search->reader.nameless;
}

/* True when no entry has another form than "NAME (USER@DOMAIN)". */
static bool locked_is_of_form(struct span body, const struct control_key *key)
{
	struct locked_reader reader;
	bool other = false;

	locked_reader_init(&reader, key);
	while (body.n > 0 && !other) {
		size_t end = span_find(body, '\n');
		struct control_key unused;
		bool strange;

		other = locked_read(&reader, span_head(body, end), &unused, &strange) > 0 &&
			!reader.is_shown;
		body = end == SPAN_NPOS ? SPAN_EMPTY : span_from(body, end + 1);
	}
	locked_reader_fini(&reader);
	return !other && !reader.no_memory;
}

static int locked_look(
    struct span body, struct locked_search *search, bool *found_r, struct err *err)
{
	struct answer_reader reader;
	int result;

	answer_reader_init(&reader, locked_take, search);
	result = answer_read(&reader, body, err);
	if (result == 0)
		*found_r = search->found;
	answer_reader_fini(&reader);
	locked_reader_fini(&search->reader);
	return result;
}

int locked_has(struct span body, const struct control_key *key, bool *found_r, struct err *err)
{
	struct locked_search search = {.key = key};

	locked_reader_init(&search.reader, key);
	return locked_look(body, &search, found_r, err);
}

int locked_proves(struct span body, const struct control_key *key, enum locked_form form,
    bool *found_r, struct err *err)
{
	struct locked_search search = {.key = key};

	locked_reader_init(&search.reader, key);
	search.reader.sure = true;
	search.reader.shown = form == LOCKED_FORM_LIKELY && locked_is_of_form(body, key);
	return locked_look(body, &search, found_r, err);
}
