#include "group/group_text.h"

#include <stdalign.h>

#include "base/utf8.h"
#include "group/group.h"

#define GROUP_TEXT_CHUNK ((size_t)32 * 1024)
#define GROUP_TEXT_MAX   (GROUP_MAX_TEXT + sizeof(UTF8_CUT) - 1)

_Static_assert(GROUP_TEXT_MAX * 2 <= UINT16_MAX, "lengths are kept in 16 bits");
_Static_assert(sizeof(struct group_text) + GROUP_TEXT_MAX * 2 < GROUP_TEXT_CHUNK &&
		   (GROUP_MAX_KEYS + 1) * sizeof(struct group_text *) < GROUP_TEXT_CHUNK,
    "what is taken fits in a chunk");

void group_texts_init(struct group_texts *texts)
{
	*texts = (struct group_texts){0};
	arena_init(&texts->arena);
}

void group_texts_fini(struct group_texts *texts)
{
	arena_fini(&texts->arena);
}

void group_texts_next(struct group_texts *texts)
{
	texts->recent_set = (struct column_set){0};
}

static size_t group_text_length(struct span value)
{
	return value.n > GROUP_MAX_TEXT ? utf8_cut(NULL, value, GROUP_MAX_TEXT) : value.n;
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

/* Rounded up, so that another text can stand behind it. */
static struct group_text *group_text_new(struct group_texts *texts, size_t size)
{
	const size_t unit = alignof(struct group_text);
	size_t n = (sizeof(struct group_text) + size + unit - 1) / unit * unit;
	struct group_text *text = (struct group_text *)group_texts_take(texts, n);

	if (text != NULL)
		text->size = (uint16_t)size;
	return text;
}

static void group_text_fill(struct group_text *text, struct span value)
{
	text->n = (uint16_t)utf8_cut(text->bytes, value, GROUP_MAX_TEXT);
}

int group_text_share(
    struct group_texts *texts, enum column column, struct span value, struct group_text **text_r)
{
	struct group_text *text = NULL;

	if (column_set_has(&texts->recent_set, column)) {
		text = texts->recent[column];
		text->size = 0;
	} else if (value.n > 0) {
		text = group_text_new(texts, group_text_length(value));
		if (text == NULL)
			return -1;
		group_text_fill(text, value);
		texts->recent[column] = text;
		column_set_add(&texts->recent_set, column);
	}
	*text_r = text;
	return 0;
}

/* Room doubles, so that the memory left behind is less than the memory in use. */
int group_text_set(
    struct group_texts *texts, enum column column, struct span value, struct group_text **text)
{
	size_t n = group_text_length(value);
	struct group_text *other;

	if (*text == NULL)
		return group_text_share(texts, column, value, text);
	if ((*text)->size < n) {
		size_t size = (*text)->size * (size_t)2;

		other = group_text_new(texts, n > size ? n : size);
		if (other == NULL)
			return -1;
		*text = other;
	}
	group_text_fill(*text, value);
	return 0;
}

/* After a text the pointers may need a gap for alignment. */
struct group_text **group_texts_pointers(struct group_texts *texts, unsigned count)
{
	const size_t unit = alignof(struct group_text *);
	const size_t gap = unit - alignof(struct group_text);
	char *p = group_texts_take(texts, count * sizeof(struct group_text *) + gap);

	if (p == NULL)
		return NULL;
	return (struct group_text **)(p + (unit - (uintptr_t)p % unit) % unit);
}
