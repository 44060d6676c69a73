#include "sink/store_record.h"

#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <string.h>

#include "base/json_memory.h"
#include "calendar/period.h"
#include "evidence/evidence_rules.h"
#include "mail/address.h"
#include "record/account.h"

/* Bytes of the digest that stands for a key. */
#define STORE_RECORD_DIGEST 16

const enum column store_record_columns[STORE_TEXT_COUNT] = {
    [STORE_IDENTITY] = COLUMN_IDENTITY,
    [STORE_DOMAIN] = COLUMN_DOMAIN,
    [STORE_AUTH_USER] = COLUMN_AUTH_USER,
    [STORE_SOURCE_IP] = COLUMN_SOURCE_IP,
    [STORE_SCRIPT] = COLUMN_PHP_SCRIPT,
    [STORE_CLASS] = COLUMN_CLASS,
    [STORE_SUBJECT] = COLUMN_SUBJECT,
    [STORE_MAIL_FROM] = COLUMN_FROM,
    [STORE_EVIDENCE] = COLUMN_EVIDENCE,
    [STORE_RULES] = COLUMN_NUMBER, /* none: see store_record_add_rules() */
    [STORE_RCPT] = COLUMN_TO,
    [STORE_MESSAGE_ID] = COLUMN_MESSAGE_ID,
    [STORE_NOTES] = COLUMN_NOTES,
    [STORE_EXTRA] = COLUMN_NUMBER, /* none */
};

/* Members of STORE_EXTRA that are no columns. */
#define STORE_RECORD_ABSENT  "absent"
#define STORE_RECORD_WITHOUT "without"
#define STORE_RECORD_HASHED  "hashed"
#define STORE_RECORD_TIME    "time"

/* Columns that are neither texts of the row nor in its key. */
static struct column_set store_record_extra(bool is_mailbox)
{
	struct column_set extra = {0};

	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		column_set_add(&extra, i);
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		column_set_remove(&extra, store_record_columns[i]);
	column_set_remove(&extra, COLUMN_NUMBER);
	column_set_remove(&extra, COLUMN_DATE);
	column_set_remove(&extra, COLUMN_HOST);
	if (is_mailbox) {
		column_set_remove(&extra, COLUMN_UID);
		column_set_remove(&extra, COLUMN_FOLDER);
	}
	return extra;
}

void store_record_init(struct store_record *memory)
{
	*memory = (struct store_record){0};
	arena_init(&memory->arena);
	arena_init(&memory->rules_arena);
	buf_init(&memory->text, 0);
	for (unsigned i = 0; i < COLUMN_COUNT; i++)
		memory->key[i] = span_of(record_columns[i].json_key);
	memory->extra[false] = store_record_extra(false);
	memory->extra[true] = store_record_extra(true);
}

void store_record_fini(struct store_record *memory)
{
	buf_fini(&memory->text);
	arena_fini(&memory->rules_arena);
	arena_fini(&memory->arena);
}

bool store_record_place(const struct account_place *place, struct store_place *place_r)
{
	const char *key = place->key != NULL ? place->key : "";
	const struct span server = span_of(key);

	if (place->name == NULL || span_find(server, ',') == SPAN_NPOS)
		return false;
	*place_r = (struct store_place){
	    .source = span_head(server, span_find(server, ',')),
	    .host = span_of(place->host),
	    .name = span_of(place->name),
	};
	return true;
}

static void store_record_hash(crypto_generichash_state *state, const char *text)
{
	crypto_generichash_update(state, (const unsigned char *)text, strlen(text) + 1);
}

uint64_t store_record_reading(const char *const *identity_headers, unsigned count)
{
	unsigned char hash[crypto_generichash_BYTES_MIN];
	crypto_generichash_state state;
	uint64_t reading;

	_Static_assert(sizeof(hash) >= sizeof(reading), "a hash has a number in it");
	crypto_generichash_init(&state, NULL, 0, sizeof(hash));
	store_record_hash(&state, PACKAGE_VERSION);
	for (unsigned i = 0; i < evidence_rule_count; i++) {
		store_record_hash(&state, evidence_rules[i].name);
		store_record_hash(&state, record_columns[evidence_rules[i].column].json_key);
	}
	for (unsigned i = 0; i < count; i++)
		store_record_hash(&state, identity_headers[i]);
	crypto_generichash_final(&state, hash, sizeof(hash));
	memcpy(&reading, hash, sizeof(reading));
	return reading >> 1 | 1;
}

enum store_text store_record_text(enum column column)
{
	unsigned i = 0;

	while (i < STORE_TEXT_COUNT &&
	       (store_record_columns[i] == COLUMN_NUMBER || store_record_columns[i] != column))
		i++;
	return (enum store_text)i;
}

static uint32_t store_record_recipients(struct store_record *memory, struct span to)
{
	struct address_list list;
	struct address address;
	uint32_t count = 0;

	address_list_init(&list, to, &memory->arena);
	while (address_list_next(&list, &address))
		if (address.domain.n > 0 && count < UINT32_MAX)
			count++;
	return count;
}

/* "identity=x-authuser source_ip=received-client": few texts, which come again and again. */
static struct span store_record_add_rules(struct store_record *memory, const struct record *record)
{
	buf_clear(&memory->text);
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (record->rule[i] == NULL)
			continue;
		if (memory->text.n > 0)
			buf_add_char(&memory->text, ' ');
		buf_add_text(&memory->text, record_columns[i].json_key);
		buf_add_char(&memory->text, '=');
		buf_add_text(&memory->text, record->rule[i]->name);
	}
	return arena_copy_buf(&memory->arena, &memory->text);
}

static int store_record_set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new_nocheck(object, key, value);
}

static int store_record_add_columns(
    json_t *object, const struct record *record, struct column_set columns)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		const struct span value = record_value(record, (enum column)i);

		if (!column_set_has(&columns, i) || value.n == 0)
			continue;
		if (store_record_set(object, record_columns[i].json_key,
			json_stringn_nocheck(value.p, value.n)) != 0)
			return -1;
	}
	return 0;
}

static int store_record_add_list(json_t *object, const char *key, const struct column_set *columns)
{
	json_t *list = NULL;

	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		if (!column_set_has(columns, i))
			continue;
		if (list == NULL) {
			list = json_array();
			if (store_record_set(object, key, list) != 0)
				return -1;
		}
		if (json_array_append_new(list, json_string(record_columns[i].json_key)) != 0)
			return -1;
	}
	return 0;
}

static int store_record_add_lists(
    const struct store_record *memory, json_t *object, const struct record *record)
{
	if (store_record_add_list(object, STORE_RECORD_ABSENT, &record->absent) != 0 ||
	    store_record_add_list(object, STORE_RECORD_WITHOUT, &memory->without) != 0)
		return -1;
	return store_record_add_list(object, STORE_RECORD_HASHED, &memory->hashed);
}

static bool store_record_lists(const json_t *object, const char *key, enum column column)
{
	const json_t *list = json_object_get(object, key), *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		if (json_is_string(one) &&
		    strcmp(json_string_value(one), record_columns[column].json_key) == 0)
			return true;
	}
	return list != NULL && !json_is_array(list);
}

bool store_record_hides(struct span extra, enum column column)
{
	json_t *object = extra.n > 0 ? json_loadb(extra.p, extra.n, 0, NULL) : json_object();
	const bool hides = !json_is_object(object) ||
			   store_record_lists(object, STORE_RECORD_WITHOUT, column) ||
			   store_record_lists(object, STORE_RECORD_HASHED, column);

	json_decref(object);
	return hides;
}

static int store_record_dump(const char *bytes, size_t n, void *context)
{
	struct store_record *memory = context;

	buf_add(&memory->text, (struct span){bytes, n});
	return memory->text.failed == 0 ? 0 : -1;
}

/* Most records have nothing of this kind: that is an empty text. */
static int store_record_add_extra(struct store_record *memory, const struct record *record,
    struct store_row *row, struct column_set columns)
{
	json_t *object = json_object();
	int result = -1;

	buf_clear(&memory->text);
	if (object != NULL && store_record_add_columns(object, record, columns) == 0 &&
	    store_record_add_lists(memory, object, record) == 0 &&
	    (row->time == (int64_t)record->internal_date ||
		store_record_set(object, STORE_RECORD_TIME,
		    json_integer((json_int_t)record->internal_date)) == 0))
		result = json_object_size(object) == 0
			     ? 0
			     : json_dump_callback(object, store_record_dump, memory, JSON_COMPACT);
	json_decref(object);
	row->text[STORE_EXTRA] = arena_copy_buf(&memory->arena, &memory->text);
	return result;
}

static void store_record_hash_span(crypto_generichash_state *state, struct span text)
{
	const uint64_t n = text.n;

	crypto_generichash_update(state, (const unsigned char *)&n, sizeof(n));
	if (n > 0)
		crypto_generichash_update(state, (const unsigned char *)text.p, text.n);
}

/* Of a message in a Maildir what stays of its path when it is read, or gets another flag. */
static void store_record_hash_path(crypto_generichash_state *state, struct span path)
{
	const size_t base = span_rfind(path, '/');
	const struct span folder = span_head(path, base != SPAN_NPOS ? base : 0);
	const struct span flags = span_from(path, base != SPAN_NPOS ? base : path.n);
	const size_t end = span_find_text(flags, SPAN(":2,"));

	if (!span_ends_nocase(folder, SPAN("/new")) && !span_ends_nocase(folder, SPAN("/cur"))) {
		store_record_hash_span(state, path);
		return;
	}
	store_record_hash_span(state, span_head(folder, folder.n - strlen("new")));
	store_record_hash_span(state, span_head(flags, end != SPAN_NPOS ? end : flags.n));
}

/* A failed login is the same one in whatever file of a log it stands. */
static bool store_record_is_login(const struct record *record)
{
	return span_eq(record_value(record, COLUMN_CLASS), SPAN("login failed")) &&
	       record_value(record, COLUMN_HOST).n > 0 && record_value(record, COLUMN_TO).n == 0 &&
	       record_value(record, COLUMN_MESSAGE_ID).n == 0;
}

static void store_record_hash_extra(
    const struct store_record *memory, crypto_generichash_state *state, const struct record *record)
{
	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		const struct span value = record_value(record, (enum column)i);

		if (column_set_has(&record->absent, i))
			store_record_hash(state, record_columns[i].json_key);
		if (!column_set_has(&memory->extra[false], i) || value.n == 0 ||
		    (i == COLUMN_FOLDER && store_record_is_login(record)))
			continue;
		store_record_hash(state, record_columns[i].json_key);
		if (i == COLUMN_FOLDER)
			store_record_hash_path(state, value);
		else
			store_record_hash_span(state, value);
	}
}

/* How many like this one came before, of its second: many logins fail in one. */
static uint32_t store_record_count_login(struct store_record *memory, uint64_t hash, int64_t second)
{
	unsigned at = (unsigned)(hash % STORE_RECORD_LOGINS);

	if (second != memory->second)
		memset(memory->login, 0, sizeof(memory->login));
	memory->second = second;
	for (unsigned i = 0; i < STORE_RECORD_LOGINS; i++) {
		struct store_record_login *login = &memory->login[(at + i) % STORE_RECORD_LOGINS];

		if (login->count > 0 && login->hash != hash)
			continue;
		login->hash = hash;
		return login->count++;
	}
	return 0;
}

/* Everything that is kept of it, each text behind its length. */
static void store_record_digest(
    struct store_record *memory, const struct record *record, struct store_row *row)
{
	unsigned char digest[STORE_RECORD_DIGEST];
	crypto_generichash_state state;
	uint32_t before = 0;
	uint64_t hash;

	crypto_generichash_init(&state, NULL, 0, sizeof(digest));
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		if (i != STORE_RULES && i != STORE_EXTRA) /* rules change with the program */
			store_record_hash_span(&state, row->text[i]);
	store_record_hash_extra(memory, &state, record);
	crypto_generichash_update(
	    &state, (const unsigned char *)&record->internal_date, sizeof(record->internal_date));
	crypto_generichash_final(&state, digest, sizeof(digest));
	memcpy(&hash, digest, sizeof(hash));
	if (store_record_is_login(record))
		before = store_record_count_login(memory, hash, row->time);
	buf_clear(&memory->text);
	buf_add_hex(&memory->text, (struct span){(const char *)digest, sizeof(digest)});
	if (before > 0)
		buf_printf(&memory->text, ".%" PRIu32, before);
	row->key.queue_id = arena_copy_buf(&memory->arena, &memory->text);
}

static void store_record_add_key(
    struct store_record *memory, const struct record *record, struct store_row *row)
{
	struct store_key *key = &row->key;

	key->place.host = record_value(record, COLUMN_HOST);
	key->epoch = (uint64_t)row->time;
	key->queue_id = record_value(record, COLUMN_QUEUE_ID);
	key->place.source = SPAN(STORE_FROM_LOG);
	if (key->queue_id.n > 0)
		return;
	key->place.source = SPAN(STORE_FROM_FILE);
	store_record_digest(memory, record, row);
}

/* The message's number counts only together with the mailbox's. */
static bool store_record_add_mailbox(const struct record *record, struct store_row *row)
{
	const struct account_place *place = record->place;

	if (place == NULL || place->epoch == 0 || record->uid == 0 ||
	    !store_record_place(place, &row->key.place))
		return false;
	row->key.epoch = place->epoch;
	row->key.uid = record->uid;
	return true;
}

static void store_record_add_texts(
    const struct record *record, struct store_row *row, struct span rules)
{
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		if (store_record_columns[i] != COLUMN_NUMBER)
			row->text[i] = record_value(record, store_record_columns[i]);
	row->text[STORE_RULES] = rules;
}

/* The key is that of the message as it is, so that it is the same one whatever is kept of it. */
static int store_record_protect(struct store_record *memory, const struct record *record,
    struct store_row *row, struct column_set extra)
{
	const struct store_privacy *privacy = memory->privacy;
	struct record kept = *record;

	for (unsigned i = 0; i < COLUMN_COUNT; i++) {
		const struct span value = record_value(record, (enum column)i);

		if (column_set_has(&memory->was_without, i)) {
			column_set_add(&memory->without, i);
			column_set_remove(&kept.absent, i);
		}
		if (value.n == 0)
			continue;
		if (column_set_has(&privacy->without, i)) {
			column_set_add(&memory->without, i);
			kept.value[i] = SPAN_EMPTY;
		} else if (column_set_has(&memory->was_hashed, i)) {
			column_set_add(&memory->hashed, i);
		} else if (column_set_has(&privacy->hashed, i)) {
			column_set_add(&memory->hashed, i);
			kept.value[i] =
			    store_privacy_hash(privacy, (enum column)i, value, &memory->arena);
		}
	}
	store_record_add_texts(&kept, row, row->text[STORE_RULES]);
	return store_record_add_extra(memory, &kept, row, extra);
}

int store_record_write(struct store_record *memory, const struct record *record,
    struct store_row *row_r, struct err *err)
{
	const int64_t time = (int64_t)record->internal_date;
	bool is_mailbox;
	int result;

	arena_reset(&memory->arena);
	memory->without = memory->hashed = (struct column_set){0};
	*row_r = (struct store_row){
	    .time = time < 0                ? 0
		    : time > STORE_MAX_TIME ? STORE_MAX_TIME
					    : time,
	    .is_bounce = record->is_bounce,
	    .recipients = store_record_recipients(memory, record_value(record, COLUMN_TO)),
	};
	is_mailbox = store_record_add_mailbox(record, row_r);
	store_record_add_texts(record, row_r, store_record_add_rules(memory, record));
	if (!is_mailbox)
		store_record_add_key(memory, record, row_r);
	json_memory_watch();
	result = memory->privacy != NULL
		     ? store_record_protect(memory, record, row_r, memory->extra[is_mailbox])
		     : store_record_add_extra(memory, record, row_r, memory->extra[is_mailbox]);
	if (result != 0 || json_memory_failed())
		return err_nomem(err);
	return memory->arena.failed ? arena_err(&memory->arena, err) : 0;
}

static int store_record_refuse(struct err *err)
{
	return err_set(err, ERR_DATA, "the history has a row that this program has not written");
}

/* COLUMN_COUNT: there is none. */
static unsigned store_record_column(struct span key)
{
	unsigned i = 0;

	while (i < COLUMN_COUNT && !span_eq(key, span_of(record_columns[i].json_key)))
		i++;
	return i;
}

static const struct evidence_rule *store_record_rule(enum column column, struct span name)
{
	for (unsigned i = 0; i < evidence_rule_count; i++)
		if (evidence_rules[i].column == column &&
		    span_eq(name, span_of(evidence_rules[i].name)))
			return &evidence_rules[i];
	return NULL;
}

/* A rule that this version of the program does not have is left out. */
static int store_record_parse_rules(
    struct span text, const struct evidence_rule *rule_r[COLUMN_COUNT], struct err *err)
{
	while (text.n > 0) {
		const struct span one = span_word(text);
		const size_t middle = span_find(one, '=');
		const unsigned column = store_record_column(span_head(one, middle));

		if (middle == SPAN_NPOS || column == COLUMN_COUNT)
			return store_record_refuse(err);
		rule_r[column] = store_record_rule((enum column)column, span_from(one, middle + 1));
		text = span_from(text, one.n + 1);
	}
	return 0;
}

/* Where the text is at hand, or would be. */
static struct store_record_rules *store_record_rules_slot(
    struct store_record *memory, struct span text)
{
	uint32_t hash = 0;

	for (size_t i = 0; i < text.n; i++)
		hash = hash * 31 + (unsigned char)text.p[i];
	return &memory->rules[hash % STORE_RECORD_RULES];
}

static int store_record_read_rules(
    struct store_record *memory, struct span text, struct record *record, struct err *err)
{
	struct store_record_rules *slot = store_record_rules_slot(memory, text);

	if (text.n == 0)
		return 0;
	if (span_eq(slot->text, text)) {
		memcpy(record->rule, slot->rule, sizeof(slot->rule));
		return 0;
	}
	if (store_record_parse_rules(text, record->rule, err) != 0)
		return -1;
	if (slot->text.n > 0)
		return 0;
	/* Without memory it stays empty. */
	slot->text = arena_copy(&memory->rules_arena, text);
	memcpy(slot->rule, record->rule, sizeof(slot->rule));
	return 0;
}

static int store_record_read_list(const json_t *list, struct column_set *columns, struct err *err)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *key = json_string_value(one);
		const unsigned column = store_record_column(span_of(key != NULL ? key : ""));

		if (column == COLUMN_COUNT)
			return store_record_refuse(err);
		column_set_add(columns, column);
	}
	return 0;
}

static int store_record_read_columns(
    struct store_record *memory, const json_t *object, struct record *record, struct err *err)
{
	const char *key;
	const json_t *value;

	/* jansson's iterator is for those who may change the object. */
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		const unsigned column = store_record_column(span_of(key));

		if (column == COLUMN_COUNT)
			continue;
		if (!json_is_string(value))
			return store_record_refuse(err);
		record->value[column] = arena_copy(&memory->arena,
		    (struct span){json_string_value(value), json_string_length(value)});
	}
	if (store_record_read_list(
		json_object_get(object, STORE_RECORD_ABSENT), &record->absent, err) != 0 ||
	    store_record_read_list(
		json_object_get(object, STORE_RECORD_WITHOUT), &memory->without, err) != 0)
		return -1;
	return store_record_read_list(
	    json_object_get(object, STORE_RECORD_HASHED), &memory->hashed, err);
}

/* Only of what the row cannot have: any other one would be in a report of another day. */
static bool store_record_is_far(int64_t time, int64_t kept)
{
	const int64_t end = (int64_t)PERIOD_END;

	return (time < 0 && time > -end && kept == 0) ||
	       (time > STORE_MAX_TIME && time < end && kept == STORE_MAX_TIME);
}

static int store_record_read_time(const json_t *object, struct record *record, struct err *err)
{
	const json_t *time = json_object_get(object, STORE_RECORD_TIME);

	if (time == NULL)
		return 0;
	if (!json_is_integer(time) ||
	    !store_record_is_far(json_integer_value(time), (int64_t)record->internal_date))
		return store_record_refuse(err);
	record->internal_date = (time_t)json_integer_value(time);
	return 0;
}

/* The plain string at the beginning of the text, without its quotes; SPAN_NPOS as its end: it is
 * none. */
static size_t store_record_plain_end(struct span text)
{
	size_t n = 1;

	if (text.n < 2 || text.p[0] != '"')
		return SPAN_NPOS;
	while (
	    n < text.n && text.p[n] != '"' && text.p[n] != '\\' && (unsigned char)text.p[n] >= ' ')
		n++;
	return n < text.n && text.p[n] == '"' ? n : SPAN_NPOS;
}

/* The column with this key, which is likely one of those behind `last`: they come in order. */
static unsigned store_record_next_column(
    const struct store_record *memory, struct span key, unsigned last)
{
	for (unsigned i = 1; i <= COLUMN_COUNT; i++) {
		const unsigned column = (last + i) % COLUMN_COUNT;

		if (span_eq(memory->key[column], key))
			return column;
	}
	return COLUMN_COUNT;
}

/* One member, `"key":"value"`, of a column that has not come; how long it is, or 0. */
static size_t store_record_read_member(const struct store_record *memory, struct span text,
    struct record *record, struct column_set *seen, unsigned *last)
{
	const size_t key = store_record_plain_end(text);
	size_t value;

	if (key == SPAN_NPOS || key + 1 >= text.n || text.p[key + 1] != ':')
		return 0;
	value = store_record_plain_end(span_from(text, key + 2));
	*last = store_record_next_column(memory, (struct span){text.p + 1, key - 1}, *last);
	if (value == SPAN_NPOS || *last == COLUMN_COUNT || column_set_has(seen, *last))
		return 0;
	column_set_add(seen, *last);
	record->value[*last] = (struct span){text.p + key + 3, value - 1};
	return key + value + 3;
}

/*
 * What store_record_add_extra() writes for most records, `{"key":"value",...}` without an escape,
 * read in a twentieth of the time that a library takes for it. False: the library is to read it.
 */
static bool store_record_read_plain(
    const struct store_record *memory, struct span text, struct record *record)
{
	struct column_set seen = {0};
	unsigned last = COLUMN_COUNT - 1;
	size_t at = 0;

	if (text.n < 2 || text.p[0] != '{')
		return false;
	do {
		const size_t n =
		    store_record_read_member(memory, span_from(text, at + 1), record, &seen, &last);

		at += n + 1;
		if (n == 0 || at >= text.n)
			return false;
	} while (text.p[at] == ',');
	return text.p[at] == '}' && at + 1 == text.n;
}

static int store_record_read_extra(
    struct store_record *memory, struct span text, struct record *record, struct err *err)
{
	json_t *object;
	int result;

	if (text.n == 0 || store_record_read_plain(memory, text, record))
		return 0;
	json_memory_watch();
	object = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, NULL);
	if (json_memory_failed()) {
		json_decref(object);
		return err_nomem(err);
	}
	if (!json_is_object(object)) {
		json_decref(object);
		return store_record_refuse(err);
	}
	result = store_record_read_columns(memory, object, record, err);
	if (result == 0)
		result = store_record_read_time(object, record, err);
	json_decref(object);
	return result;
}

/* The uid of a message that is no mailbox's stands in the extra columns. */
static int store_record_read_uid(struct store_record *memory, const struct store_row *row,
    struct record *record, struct err *err)
{
	struct span *uid = &record->value[COLUMN_UID];
	uint64_t number = row->key.uid;

	if (number != 0)
		*uid = arena_printf(&memory->arena, "%" PRIu64, number);
	else if (uid->n > 0 && span_number(*uid, &number) != uid->n)
		return store_record_refuse(err);
	if (number > UINT32_MAX)
		return store_record_refuse(err);
	record->uid = (uint32_t)number;
	return 0;
}

static void store_record_read_date(struct store_record *memory, struct record *record)
{
	if (record->internal_date == 0)
		return;
	buf_clear(&memory->text);
	period_add_iso(&memory->text, record->internal_date);
	record->value[COLUMN_DATE] = arena_copy_buf(&memory->arena, &memory->text);
}

int store_record_read(struct store_record *memory, const struct store_row *row,
    struct record *record_r, struct err *err)
{
	arena_reset(&memory->arena);
	memory->without = memory->hashed = (struct column_set){0};
	*record_r =
	    (struct record){.internal_date = (time_t)row->time, .is_bounce = row->is_bounce};
	for (unsigned i = 0; i < STORE_TEXT_COUNT; i++)
		if (store_record_columns[i] != COLUMN_NUMBER)
			record_r->value[store_record_columns[i]] = row->text[i];
	record_r->value[COLUMN_HOST] = row->key.place.host;
	record_r->value[COLUMN_FOLDER] = row->key.place.name;
	if (store_record_read_extra(memory, row->text[STORE_EXTRA], record_r, err) != 0 ||
	    store_record_read_rules(memory, row->text[STORE_RULES], record_r, err) != 0 ||
	    store_record_read_uid(memory, row, record_r, err) != 0)
		return -1;
	column_set_add_all(&record_r->absent, &memory->without); /* they are not known */
	store_record_read_date(memory, record_r);
	record_r->notes = record_read_notes(record_r->value[COLUMN_NOTES]);
	return memory->arena.failed ? arena_err(&memory->arena, err) : 0;
}
