#include "report/group_text.h"

#include <stdalign.h>

#include "base/utf8.h"
#include "report/group.h"

#define GROUP_TEXT_CHUNK ((size_t)32 * 1024)
#define GROUP_TEXT_CUT   SPAN("…")
#define GROUP_TEXT_MAX   (GROUP_MAX_TEXT + sizeof("…") - 1)

_Static_assert(GROUP_TEXT_MAX * 2 <= UINT16_MAX, "lengths are kept in 16 bits");
_Static_assert(GROUP_MAX_KEYS *(GROUP_TEXT_MAX + sizeof(struct group_text) + 1) < GROUP_TEXT_CHUNK,
    "the texts of a group fit in a chunk");

void group_texts_init(struct group_texts *texts)
{
	*texts = (struct group_texts){0};
	arena_init(&texts->arena);
}

void group_texts_fini(struct group_texts *texts)
{
	arena_fini(&texts->arena);
}

/* What a text with this room takes, so that another can stand behind it. */
static size_t group_text_room(size_t size)
{
	const size_t unit = alignof(struct group_text);

	return (sizeof(struct group_text) + size + unit - 1) / unit * unit;
}

static size_t group_text_length(struct span value)
{
	if (value.n <= GROUP_MAX_TEXT)
		return value.n;
	return utf8_head(value, GROUP_MAX_TEXT).n + GROUP_TEXT_CUT.n;
}

static char *group_texts_take(struct group_texts *texts, size_t n)
{
	char *p;

	if (texts->left < n) {
		p = arena_alloc(&texts->arena, GROUP_TEXT_CHUNK);
		if (p == NULL)
			return NULL;
		texts->rest = p;
		texts->left = GROUP_TEXT_CHUNK;
	}
	p = texts->rest;
	texts->rest += n;
	texts->left -= n;
	return p;
}

static void group_text_fill(struct group_text *text, struct span value)
{
	size_t n = group_text_length(value);

	text->n = (uint16_t)n;
	if (value.n > GROUP_MAX_TEXT) {
		n -= GROUP_TEXT_CUT.n;
		memcpy(text->bytes + n, GROUP_TEXT_CUT.p, GROUP_TEXT_CUT.n);
	}
	if (n > 0)
		memcpy(text->bytes, value.p, n);
}

static struct group_text *group_text_next(struct group_text *text)
{
	return (struct group_text *)((char *)text + group_text_room(text->size));
}

struct group_text *group_text_new(
    struct group_texts *texts, const struct span *values, unsigned count)
{
	struct group_text *first;
	struct group_text *text;
	size_t n = 0;

	for (unsigned i = 0; i < count; i++)
		n += group_text_room(group_text_length(values[i]));
	first = text = (struct group_text *)group_texts_take(texts, n);
	for (unsigned i = 0; first != NULL && i < count; i++) {
		text->size = (uint16_t)group_text_length(values[i]);
		group_text_fill(text, values[i]);
		text = group_text_next(text);
	}
	return first;
}

/* Room doubles, so that what is left behind is less than what is used. */
int group_text_set(struct group_texts *texts, struct group_text **text, struct span value)
{
	size_t n = group_text_length(value);

	if (*text == NULL || (*text)->size < n) {
		size_t size = *text == NULL || n > (*text)->size * 2u ? n : (*text)->size * 2u;
		char *p = group_texts_take(texts, group_text_room(size));

		if (p == NULL)
			return -1;
		*text = (struct group_text *)p;
		(*text)->size = (uint16_t)size;
	}
	group_text_fill(*text, value);
	return 0;
}

struct span group_text_get(const struct group_text *text, unsigned k)
{
	if (text == NULL)
		return SPAN_EMPTY;
	while (k-- > 0)
		text =
		    (const struct group_text *)((const char *)text + group_text_room(text->size));
	return (struct span){text->bytes, text->n};
}
