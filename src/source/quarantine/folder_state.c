#include "source/quarantine/folder_state.h"

#define UIDVALIDITY "uidvalidity"
#define LAST_UID    "last-uid"

const char *folder_state_key(
    struct arena *arena, const char *user, const char *host, unsigned port, const char *folder)
{
	const char *text;
	struct buf key;

	buf_init(&key, 0);
	state_add_encoded(&key, span_of(user));
	buf_add_char(&key, '@');
	state_add_host(&key, host);
	buf_printf(&key, ":%u,", port);
	state_add_encoded(&key, span_of(folder));
	buf_add_char(&key, '\0');
	text = arena_copy_buf(arena, &key).p;
	buf_fini(&key);
	return text;
}

static bool state_take_uid(struct span *rest, struct span name, uint32_t *value_r)
{
	uint64_t number;

	if (!position_take_number(rest, name, UINT32_MAX, &number))
		return false;
	*value_r = (uint32_t)number;
	return true;
}

bool folder_state_read(const struct state *state, struct folder_state *folder_r)
{
	struct folder_state folder = {.open = state->open};
	struct span rest = span_of(state->position.text);

	if (!position_is_empty(&state->position) &&
	    (!state_take_uid(&rest, SPAN(UIDVALIDITY), &folder.uidvalidity) ||
		!state_take_uid(&rest, SPAN(LAST_UID), &folder.last_uid) || rest.n > 0))
		return false;
	for (unsigned i = 0; i < folder.open.count; i++)
		if (folder.open.item[i].number == 0 || folder.open.item[i].number > folder.last_uid)
			return false;
	*folder_r = folder;
	return true;
}

void folder_state_write(const struct folder_state *folder, struct state *state_r)
{
	*state_r = (struct state){.open = folder->open};
	/* Two numbers of 32 bits fit. */
	position_add_number(&state_r->position, UIDVALIDITY, folder->uidvalidity);
	position_add_number(&state_r->position, LAST_UID, folder->last_uid);
}
