/* Who is new, in a letter. */
#include <inttypes.h>

#include "group/group_past.h"
#include "letter/letter_part.h"

/* What is said of those who had not been seen. */
struct letter_new {
	uint64_t found;
	bool knows_all; /* of each identity whether it is new */
	struct buf names;
};

static void letter_take_new(struct letter_new *news, const struct group_row *row)
{
	/* Nobody is no one that could be new. */
	if (row->key[0].n == 0)
		return;
	if (row->past.is_new == GROUP_NEW_UNKNOWN)
		news->knows_all = false;
	if (row->past.is_new != GROUP_NEW_YES || ++news->found > LETTER_NEW)
		return;
	buf_add_text(&news->names, "    ");
	letter_add_line(&news->names, row->key[0]);
	buf_printf(&news->names, ", %" PRIu64 "\n", row->count);
}

static void letter_add_found(
    struct buf *out, const struct letter_new *news, const struct account *account)
{
	if (news->found > 0)
		buf_printf(out, "New, not seen in the %u day%s before:\n", account->new_after,
		    account->new_after != 1 ? "s" : "");
	else if (news->knows_all)
		buf_printf(out, "Nobody is new: all were seen in the %u day%s before.\n",
		    account->new_after, account->new_after != 1 ? "s" : "");
	buf_add_buf(out, &news->names);
	if (news->found > LETTER_NEW)
		buf_printf(out, "    and %" PRIu64 " more\n", news->found - LETTER_NEW);
	if (!news->knows_all && account->past_missing != NULL) {
		buf_add_text(out, news->found > 0 ? "Who else is new is not known: "
						  : "Who is new is not known: ");
		letter_add_line(out, span_of(account->past_missing));
		buf_add_text(out, ".\n");
	}
}

int letter_add_new(struct buf *out, const struct letter_report *report, struct err *err)
{
	static const struct group_limits everyone = {0};
	struct letter_new news = {.knows_all = true};
	struct group_view view;

	if (!grouping_keeps_past(report->identities) || report->account->new_after == 0 ||
	    grouping_messages(report->identities) == 0)
		return 0;
	if (group_view_init(&view, report->identities, &everyone, err) != 0)
		return -1;
	buf_init(&news.names, 0);
	for (uint32_t i = 0; i < view.shown; i++) {
		struct group_row row;

		group_view_row(&view, i, &row);
		letter_take_new(&news, &row);
	}
	letter_add_found(out, &news, report->account);
	buf_fini(&news.names);
	return out->failed == 0 ? 0 : err_nomem(err);
}
