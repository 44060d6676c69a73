#include "source/maillog/maillog_open.h"

#include <errno.h>
#include <stdlib.h>

#define OPEN_FIRST_SIZE ((size_t)1024)
#define OPEN_MAX_FREE   256
#define OPEN_FREE_TEXT  ((size_t)1024) /* memory that a free one keeps */
#define STATE_BITS      2u
#define HASH_SEED       UINT64_C(0x9e3779b97f4a7c15)

void maillog_open_init(struct maillog_open *open, size_t max)
{
	*open = (struct maillog_open){.max = max != 0 ? max : MAILLOG_MAX_OPEN_BYTES};
}

static void message_free(struct maillog_message *message)
{
	free(message->recipient);
	buf_fini(&message->to);
	buf_fini(&message->text);
	free(message);
}

void maillog_open_fini(struct maillog_open *open)
{
	while (open->oldest != NULL) {
		struct maillog_message *message = open->oldest;

		open->oldest = message->newer;
		message_free(message);
	}
	while (open->free != NULL) {
		struct maillog_message *message = open->free;

		open->free = message->older;
		message_free(message);
	}
	free(open->slot);
	*open = (struct maillog_open){0};
}

static uint64_t hash_mix(uint64_t a, uint64_t b)
{
	__uint128_t product = (__uint128_t)(a ^ HASH_SEED) * (b ^ UINT64_C(0xe7037ed1a0b428db));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_text(uint64_t hash, struct span s)
{
	uint64_t part;

	for (; s.n >= sizeof(part); s = span_from(s, sizeof(part))) {
		memcpy(&part, s.p, sizeof(part));
		hash = hash_mix(hash, part);
	}
	part = s.n << 56;
	if (s.n > 0)
		memcpy(&part, s.p, s.n);
	return hash_mix(hash, part ^ s.n);
}

uint64_t maillog_hash(uint64_t hash, struct span text)
{
	return hash_text(hash, text);
}

static uint64_t open_hash(struct span host, struct span id)
{
	return hash_text(hash_text(host.n, host), id);
}

uint64_t message_id_hash(const struct maillog_message *message)
{
	struct span id = message_text(message, TEXT_MESSAGE_ID);

	return id.n > 0 ? open_hash(message_text(message, TEXT_HOST), id) : 0;
}

static bool message_is(const struct maillog_message *message, struct span host, struct span id)
{
	return span_eq(message_text(message, TEXT_ID), id) &&
	       span_eq(message_text(message, TEXT_HOST), host);
}

struct maillog_message *maillog_open_find(
    const struct maillog_open *open, struct span host, struct span id)
{
	uint64_t hash;

	if (open->size == 0)
		return NULL;
	hash = open_hash(host, id);
	for (size_t i = hash & (open->size - 1); open->slot[i] != NULL;
	     i = (i + 1) & (open->size - 1))
		if (open->slot[i]->hash == hash && message_is(open->slot[i], host, id))
			return open->slot[i];
	return NULL;
}

static void open_put(struct maillog_open *open, struct maillog_message *message)
{
	size_t i = message->hash & (open->size - 1);

	while (open->slot[i] != NULL)
		i = (i + 1) & (open->size - 1);
	open->slot[i] = message;
}

/* At most half of the slots are in use. */
static int open_grow(struct maillog_open *open)
{
	size_t size = open->size == 0 ? OPEN_FIRST_SIZE : open->size * 2;
	struct maillog_message **slot;

	if (open->count * 2 < open->size)
		return 0;
	slot = calloc(size, sizeof(struct maillog_message *));
	if (slot == NULL)
		return -1;
	free(open->slot);
	open->slot = slot;
	open->bytes += (size - open->size) * sizeof(struct maillog_message *);
	open->size = size;
	for (struct maillog_message *m = open->oldest; m != NULL; m = m->newer)
		open_put(open, m);
	return 0;
}

static struct maillog_message *message_new(struct maillog_open *open)
{
	struct maillog_message *message = open->free, kept;

	if (message == NULL) {
		message = calloc(1, sizeof(*message));
		if (message != NULL) {
			buf_init(&message->text, UINT16_MAX);
			buf_init(&message->to, MAILLOG_MAX_TO);
		}
		return message;
	}
	open->free = message->older;
	open->free_count--;
	kept = *message;
	*message = (struct maillog_message){
	    .recipient = kept.recipient, .room = kept.room, .to = kept.to, .text = kept.text};
	buf_clear(&message->to);
	buf_clear(&message->text);
	return message;
}

struct maillog_message *maillog_open_add(
    struct maillog_open *open, struct span host, struct span id)
{
	struct maillog_message *message;

	if (open_grow(open) != 0)
		return NULL;
	message = message_new(open);
	if (message == NULL)
		return NULL;
	message_set(message, TEXT_HOST, host);
	message_set(message, TEXT_ID, id);
	message->hash = open_hash(message_text(message, TEXT_HOST), message_text(message, TEXT_ID));
	message->older = open->newest;
	if (open->newest != NULL)
		open->newest->newer = message;
	else
		open->oldest = message;
	open->newest = message;
	open->count++;
	open_put(open, message);
	maillog_open_is_full(open, message);
	return message;
}

static size_t message_bytes(const struct maillog_message *message)
{
	return sizeof(*message) + message->text.size + message->to.size +
	       message->room * sizeof(*message->recipient);
}

bool maillog_open_is_full(struct maillog_open *open, struct maillog_message *message)
{
	size_t bytes = message_bytes(message);

	open->bytes += bytes - message->counted;
	message->counted = bytes;
	return open->bytes > open->max;
}

/* Moves up those that could not have the slot while it was taken. */
static void open_take_out(struct maillog_open *open, const struct maillog_message *message)
{
	size_t mask = open->size - 1, hole = message->hash & mask;

	while (open->slot[hole] != message)
		hole = (hole + 1) & mask;
	open->slot[hole] = NULL;
	for (size_t i = (hole + 1) & mask; open->slot[i] != NULL; i = (i + 1) & mask) {
		size_t home = open->slot[i]->hash & mask;

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		open->slot[hole] = open->slot[i];
		open->slot[i] = NULL;
		hole = i;
	}
}

void maillog_open_remove(struct maillog_open *open, struct maillog_message *message)
{
	open_take_out(open, message);
	if (message->older != NULL)
		message->older->newer = message->newer;
	else
		open->oldest = message->newer;
	if (message->newer != NULL)
		message->newer->older = message->older;
	else
		open->newest = message->older;
	open->count--;
	open->bytes -= message->counted;
	if (open->free_count == OPEN_MAX_FREE || message->text.size > OPEN_FREE_TEXT ||
	    message->to.size > OPEN_FREE_TEXT || message->room > OPEN_FREE_TEXT / 4) {
		message_free(message);
		return;
	}
	message->older = open->free;
	open->free = message;
	open->free_count++;
}

void message_set(struct maillog_message *message, enum message_text which, struct span value)
{
	size_t at = message->text.n;

	if (value.n > MAILLOG_MAX_TEXT) {
		value = span_head(value, MAILLOG_MAX_TEXT);
		message->flags |= MESSAGE_TEXT_CUT;
	}
	if (value.n <= message->n[which] && message->n[which] > 0) {
		memcpy(message->text.p + message->at[which], value.p, value.n);
	} else {
		buf_add(&message->text, value);
		if (message->text.n != at + value.n) {
			message->flags |= MESSAGE_TEXT_CUT;
			return;
		}
		message->at[which] = (uint16_t)at;
	}
	message->n[which] = (uint16_t)value.n;
}

/* Room for one more recipient. */
static bool message_grow(struct maillog_message *message)
{
	uint32_t room = message->room == 0 ? 4 : message->room * 2;
	uint32_t *recipient;

	if (message->recipients < message->room)
		return true;
	if (message->recipients >= MAILLOG_MAX_RECIPIENTS)
		return false;
	if (room > MAILLOG_MAX_RECIPIENTS)
		room = MAILLOG_MAX_RECIPIENTS;
	recipient = reallocarray(message->recipient, room, sizeof(*recipient));
	if (recipient == NULL) {
		buf_fail(&message->text, ENOMEM);
		return false;
	}
	message->recipient = recipient;
	message->room = room;
	return true;
}

static uint32_t *message_find_recipient(struct maillog_message *message, uint32_t hash)
{
	for (uint32_t i = 0; i < message->recipients; i++)
		if (message->recipient[i] >> STATE_BITS == hash)
			return &message->recipient[i];
	return NULL;
}

static void message_list_recipient(struct maillog_message *message, struct span address)
{
	size_t before = message->to.n;

	if (message->to.failed != 0)
		return;
	if (before > 0)
		buf_add(&message->to, SPAN(", "));
	buf_add(&message->to, address);
	if (message->to.failed != 0)
		message->to.n = before;
}

void message_add_recipient(
    struct maillog_message *message, struct span address, enum recipient_state state, bool keeps)
{
	uint32_t hash = (uint32_t)hash_text(0, address) >> STATE_BITS;
	uint32_t *known = message_find_recipient(message, hash);

	if (known != NULL) {
		if (!keeps || (*known & ((1u << STATE_BITS) - 1)) == RECIPIENT_UNKNOWN)
			*known = hash << STATE_BITS | state;
		return;
	}
	if (!message_grow(message)) {
		/* Perhaps one that is known: not told apart, so not counted. */
		message->flags |= MESSAGE_AT_LEAST;
		message->failed += state == RECIPIENT_FAILED;
		return;
	}
	message->recipient[message->recipients++] = hash << STATE_BITS | state;
	message_list_recipient(message, address);
}

bool message_settle_recipient(
    struct maillog_message *message, struct span address, enum recipient_state state)
{
	uint32_t hash = (uint32_t)hash_text(0, address) >> STATE_BITS;
	uint32_t *known = address.n > 0 ? message_find_recipient(message, hash) : NULL;

	if (known != NULL)
		*known = hash << STATE_BITS | state;
	return known != NULL;
}

void message_adopt_recipient(struct maillog_message *message, uint32_t recipient, bool only_known)
{
	uint32_t *known = message_find_recipient(message, recipient >> STATE_BITS);

	if (known != NULL)
		*known = recipient;
	else if (only_known)
		return;
	else if (message_grow(message))
		message->recipient[message->recipients++] = recipient;
	else
		message->flags |= MESSAGE_AT_LEAST;
}

bool message_has_recipient(const struct maillog_message *message, enum recipient_state state)
{
	for (uint32_t i = 0; i < message->recipients; i++)
		if ((message->recipient[i] & ((1u << STATE_BITS) - 1)) == state)
			return true;
	return false;
}
