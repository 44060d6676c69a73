#include "record/record.h"

#include "record/system_account.h"

static const struct {
	enum note note;
	const char *text;
} note_texts[] = {
    {NOTE_DUPLICATE_X_AUTHUSER, "duplicate X-AuthUser"},
    {NOTE_HEADER_TRUNCATED, "header truncated"},
    {NOTE_INVALID_CHARSET, "invalid charset"},
    {NOTE_HEADER_SWALLOWED, "header swallowed"},
    {NOTE_SYSTEM_UID, "uid of a system account"},
    {NOTE_GUESSED_FIELD, "guessed field"},
    {NOTE_FORWARDED, "forwarded mail"},
    {NOTE_FORGED, "forged by a script"},
};

struct span identity_kind_name(enum identity_kind kind)
{
	static const char *const names[IDENTITY_KINDS] = {
	    [IDENTITY_UNKNOWN] = "",
	    [IDENTITY_ACCOUNT] = "account",
	    [IDENTITY_SITE] = "site",
	    [IDENTITY_SCRIPT] = "script",
	    [IDENTITY_USER] = "user",
	    [IDENTITY_SERVER] = "server",
	    [IDENTITY_SYSTEM] = "system",
	};

	return span_of(names[kind]);
}

enum identity_kind identity_kind_exact(enum identity_kind kind, struct span identity)
{
	return kind == IDENTITY_USER && system_account_is_user(identity) ? IDENTITY_SYSTEM : kind;
}

enum identity_kind identity_kind_of(struct span name)
{
	for (unsigned i = IDENTITY_UNKNOWN + 1; i < IDENTITY_KINDS; i++)
		if (span_eq_nocase(name, identity_kind_name((enum identity_kind)i)))
			return (enum identity_kind)i;
	return IDENTITY_UNKNOWN;
}

static void note_separate(struct buf *out, size_t start)
{
	if (out->n != start)
		buf_add_text(out, "; ");
}

void record_add_notes(struct buf *out, const struct record *record)
{
	size_t start = out->n;
	unsigned rest = record->notes;

	for (size_t i = 0; rest != 0 && i < sizeof(note_texts) / sizeof(note_texts[0]); i++) {
		if ((rest & (unsigned)note_texts[i].note) == 0)
			continue;
		rest &= ~(unsigned)note_texts[i].note;
		note_separate(out, start);
		buf_add_text(out, note_texts[i].text);
	}
	if (record->also_authenticated.n > 0) {
		note_separate(out, start);
		buf_add_text(out, "also authenticated as ");
		buf_add(out, record->also_authenticated);
	}
}

unsigned record_read_notes(struct span text)
{
	unsigned notes = 0;

	while (text.n > 0) {
		size_t end = span_find(text, ';');
		struct span one = span_trim(span_head(text, end));

		for (size_t i = 0; i < sizeof(note_texts) / sizeof(note_texts[0]); i++)
			if (span_eq(one, span_of(note_texts[i].text)))
				notes |= (unsigned)note_texts[i].note;
		text = end == SPAN_NPOS ? SPAN_EMPTY : span_from(text, end + 1);
	}
	return notes;
}
