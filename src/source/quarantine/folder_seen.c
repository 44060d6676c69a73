#include "source/quarantine/folder_seen.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "mail/header.h"

#define SEEN_FIRST_ROOM 64

int folder_seen_prepare(struct err *err)
{
	return sodium_init() < 0 ? err_set(err, ERR_SYSTEM, "libsodium cannot be used") : 0;
}

void folder_seen_fini(struct folder_seen *seen)
{
	free(seen->entry);
	*seen = (struct folder_seen){0};
}

static bool seen_counts(struct span name)
{
	return span_eq_nocase(name, SPAN("From")) || span_eq_nocase(name, SPAN("To")) ||
	       span_eq_nocase(name, SPAN("Subject")) || span_eq_nocase(name, SPAN("Message-ID"));
}

/* Whether whole sections or named fields were asked for makes no difference. */
static void seen_hash(struct span header, time_t when, unsigned char hash_r[FOLDER_SEEN_HASH])
{
	crypto_generichash_state state;
	struct header_iter iter;
	struct header_field field;

	crypto_generichash_init(&state, NULL, 0, FOLDER_SEEN_HASH);
	crypto_generichash_update(&state, (const unsigned char *)&when, sizeof(when));
	header_iter_init(&iter, header);
	while (header_next(&iter, &field) == 1) {
		if (!seen_counts(field.name))
			continue;
		crypto_generichash_update(
		    &state, (const unsigned char *)field.name.p, field.name.n);
		crypto_generichash_update(&state, (const unsigned char *)":", 1);
		crypto_generichash_update(
		    &state, (const unsigned char *)field.body.p, field.body.n);
		crypto_generichash_update(&state, (const unsigned char *)"\n", 1);
	}
	crypto_generichash_final(&state, hash_r, FOLDER_SEEN_HASH);
}

static void seen_remove(struct folder_seen *seen, size_t i)
{
	seen->old -= seen->entry[i].is_old;
	seen->count--;
	memmove(&seen->entry[i], &seen->entry[i + 1], (seen->count - i) * sizeof(seen->entry[0]));
}

static int seen_make_room(struct folder_seen *seen, struct err *err)
{
	size_t room = seen->room != 0 ? seen->room * 2 : SEEN_FIRST_ROOM;
	struct folder_seen_entry *entry;

	if (seen->count < seen->room)
		return 0;
	/* Half of them, so that moving the rest costs nothing. */
	if (seen->room == FOLDER_MAX_SEEN) {
		for (size_t i = 0; i < seen->count / 2; i++)
			seen->old -= seen->entry[i].is_old;
		memmove(seen->entry, seen->entry + seen->count / 2,
		    (seen->count - seen->count / 2) * sizeof(*entry));
		seen->count -= seen->count / 2;
		return 0;
	}
	entry = reallocarray(seen->entry, room, sizeof(*entry));
	if (entry == NULL)
		return err_nomem(err);
	seen->entry = entry;
	seen->room = room;
	return 0;
}

int folder_seen_note(struct folder_seen *seen, struct span header, time_t when, struct err *err)
{
	struct folder_seen_entry *entry;

	if (when < seen->since)
		return 0;
	if (seen_make_room(seen, err) != 0)
		return -1;
	entry = &seen->entry[seen->count++];
	*entry = (struct folder_seen_entry){.when = when};
	seen_hash(header, when, entry->hash);
	return 0;
}

void folder_seen_begin_anew(struct folder_seen *seen)
{
	seen->was_made_anew = true;
	for (size_t i = 0; i < seen->count; i++)
		seen->entry[i].is_old = true;
	seen->old = seen->count;
}

bool folder_seen_take(struct folder_seen *seen, struct span header, time_t when)
{
	unsigned char hash[FOLDER_SEEN_HASH];

	if (seen->old == 0)
		return false;
	seen_hash(header, when, hash);
	for (size_t i = 0; i < seen->count; i++) {
		const struct folder_seen_entry *entry = &seen->entry[i];

		if (!entry->is_old || memcmp(entry->hash, hash, sizeof(hash)) != 0)
			continue;
		seen_remove(seen, i);
		return true;
	}
	return false;
}

void folder_seen_settle(struct folder_seen *seen, time_t since)
{
	size_t kept = 0;

	for (size_t i = 0; i < seen->count; i++)
		if (!seen->entry[i].is_old && seen->entry[i].when >= since)
			seen->entry[kept++] = seen->entry[i];
	seen->count = kept;
	seen->old = 0;
	seen->since = since;
}
