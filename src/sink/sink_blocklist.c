/*
 * The addresses that offenders logged in from, for an access map of Postfix (access(5)), csf.deny,
 * or anything that takes a list. Only text: whoever installs it decides.
 *
 * The clients of messages are no good for this: in an outgoing quarantine they are mail servers of
 * customers. So an address counts by Login IP, in the groups that the report shows.
 */
#include "sink/sink_blocklist.h"

#include <errno.h>
#include <stdlib.h>

#include "group/group_set.h"
#include "sink/formats.h"
#include "sink/sink_row.h"
#include "text/network.h"

/* Of the addresses that are left out so many are named. */
#define BLOCKLIST_MAX_NAMED 100

/* An address of a group, by its number in both groupings. */
struct blocklist_pair {
	uint32_t group;
	uint32_t address;
};

struct sink_blocklist {
	struct sink sink; /* first, so that a sink is a sink_blocklist */
	struct sink_row row;
	struct blocklist_settings settings;
	struct group_limits limits;
	struct grouping *groups;     /* that of the report */
	struct grouping *addresses;  /* by Login IP */
	struct grouping *pairs;      /* by both */
	struct grouping *logins;     /* by Identity and Login IP */
	struct blocklist_pair *pair; /* of each group of `pairs` */
	uint32_t pair_count, pair_room;
	uint32_t *login_address; /* of each group of `logins` the address */
	uint32_t login_count, login_room;
	uint64_t left_out;
	bool known; /* some message tells where it logged in from */
};

/* Room for one more of `size` bytes behind `count`. */
static void *blocklist_grow(
    void *items, uint32_t count, uint32_t *room, size_t size, struct err *err)
{
	uint32_t more = *room > 0 ? *room * 2 : 64;
	void *grown;

	if (count < *room)
		return items;
	grown = reallocarray(items, more, size);
	if (grown == NULL)
		err_nomem(err);
	else
		*room = more;
	return grown;
}

/* The groupings have just counted the record: a new pair is one with the next number. */
static int blocklist_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct sink_blocklist *list = (struct sink_blocklist *)sink;
	uint32_t address = grouping_last(list->addresses);

	(void)record;
	if (grouping_last(list->pairs) == list->pair_count) {
		void *grown = blocklist_grow(
		    list->pair, list->pair_count, &list->pair_room, sizeof(*list->pair), err);

		if (grown == NULL)
			return -1;
		list->pair = grown;
		list->pair[list->pair_count++] =
		    (struct blocklist_pair){grouping_last(list->groups), address};
	}
	if (grouping_last(list->logins) == list->login_count) {
		void *grown = blocklist_grow(list->login_address, list->login_count,
		    &list->login_room, sizeof(*list->login_address), err);

		if (grown == NULL)
			return -1;
		list->login_address = grown;
		list->login_address[list->login_count++] = address;
	}
	return 0;
}

/* How many identities used each address. NULL: no memory. */
static uint32_t *blocklist_count_logins(const struct sink_blocklist *list)
{
	uint32_t *logins = calloc(grouping_count(list->addresses) + 1u, sizeof(*logins));

	for (uint32_t i = 0; logins != NULL && i < list->login_count; i++)
		logins[list->login_address[i]]++;
	return logins;
}

static bool blocklist_is_named(const struct group_row *row, unsigned keys)
{
	for (unsigned k = 0; k < keys; k++)
		if (row->key[k].n > 0)
			return true;
	return false;
}

/* Which groups the report shows; not the one of those who are not known. NULL: no memory. */
static bool *blocklist_find_groups(struct sink_blocklist *list, struct err *err)
{
	bool *shown = calloc(grouping_count(list->groups) + 1u, sizeof(*shown));
	struct group_view view;
	struct group_row row;

	if (shown == NULL) {
		err_nomem(err);
		return NULL;
	}
	if (group_view_init(&view, list->groups, &list->limits, err) != 0) {
		free(shown);
		return NULL;
	}
	for (uint32_t i = 0; i < view.shown; i++) {
		group_view_row(&view, i, &row);
		shown[row.id] = blocklist_is_named(&row, grouping_key(list->groups)->count);
	}
	return shown;
}

/* Which addresses offenders have. NULL: no memory. */
static bool *blocklist_find_addresses(struct sink_blocklist *list, struct err *err)
{
	bool *wanted = calloc(grouping_count(list->addresses) + 1u, sizeof(*wanted));
	bool *shown = wanted != NULL ? blocklist_find_groups(list, err) : NULL;

	if (wanted == NULL)
		err_nomem(err);
	for (uint32_t i = 0; shown != NULL && i < list->pair_count; i++)
		if (shown[list->pair[i].group])
			wanted[list->pair[i].address] = true;
	if (shown == NULL) {
		free(wanted);
		wanted = NULL;
	}
	free(shown);
	return wanted;
}

static bool blocklist_is_exempt(
    const struct sink_blocklist *list, const struct network_address *address)
{
	for (unsigned i = 0; i < list->settings.exempt_count; i++)
		if (network_has(&list->settings.exempt[i], address))
			return true;
	return false;
}

/* Why an address may not be in the list; NULL: it may. */
static const char *blocklist_refuse(
    const struct sink_blocklist *list, const struct network_address *address, uint32_t logins)
{
	const char *special = network_special(address);

	if (special != NULL)
		return special;
	if (blocklist_is_exempt(list, address))
		return "exempt";
	return !list->settings.failed_logins && logins > BLOCKLIST_MAX_LOGINS ? "many logins use it"
									      : NULL;
}

static void blocklist_add_refused(
    struct sink_blocklist *list, const struct network_address *address, const char *why)
{
	struct buf *line = &list->row.line;

	buf_add_text(line, "# left out: ");
	network_add_address(line, address);
	buf_printf(line, " (%s)", why);
}

static void blocklist_add_address(
    struct sink_blocklist *list, const struct network_address *address)
{
	struct buf *line = &list->row.line;

	network_add_address(line, address);
	if (list->settings.form == BLOCKLIST_POSTFIX)
		buf_add_text(line, " REJECT");
	else if (list->settings.form == BLOCKLIST_CSF)
		buf_add_text(line, " # quarantine-report");
}

static int blocklist_write(
    struct sink_blocklist *list, const struct group_row *row, uint32_t logins, struct err *err)
{
	struct network_address address;
	const char *why;

	/* What is no address came with a saved report, and is in no list. */
	if (!network_read_address(row->key[0], &address))
		return 0;
	list->known = true;
	why = blocklist_refuse(list, &address, logins);
	if (why != NULL && list->left_out++ >= BLOCKLIST_MAX_NAMED)
		return 0;
	if (why != NULL)
		blocklist_add_refused(list, &address, why);
	else
		blocklist_add_address(list, &address);
	return sink_row_put(&list->row, err);
}

/* Most messages first, whatever they were. */
static int blocklist_write_all(
    struct sink_blocklist *list, const bool *wanted, const uint32_t *logins, struct err *err)
{
	static const struct group_limits all = {0};
	struct group_view view;
	struct group_row row;

	if (group_view_init(&view, list->addresses, &all, err) != 0)
		return -1;
	for (uint32_t i = 0; i < view.shown; i++) {
		group_view_row(&view, i, &row);
		if (wanted[row.id] && blocklist_write(list, &row, logins[row.id], err) != 0)
			return -1;
	}
	if (!list->known) {
		buf_add_text(&list->row.line,
		    list->settings.failed_logins
			? "# of none of them a line tells where the login came from"
			: "# of none of them a message tells where it logged in from");
		return sink_row_put(&list->row, err);
	}
	if (list->left_out <= BLOCKLIST_MAX_NAMED)
		return 0;
	buf_printf(&list->row.line, "# left out: %llu more",
	    (unsigned long long)(list->left_out - BLOCKLIST_MAX_NAMED));
	return sink_row_put(&list->row, err);
}

static int blocklist_write_head(struct sink_blocklist *list, struct err *err)
{
	const bool failed = list->settings.failed_logins;
	struct buf *line = &list->row.line;

	buf_add_text(line, failed ? "# quarantine-report: addresses whose logins failed"
				  : "# quarantine-report: addresses that logged in");
	if (list->limits.min_count > 1)
		buf_printf(line, ", of who has %u %s or more", list->limits.min_count,
		    failed ? "failed logins" : "messages");
	if (list->limits.top > 0)
		buf_printf(line, ", of the first %u", list->limits.top);
	if (failed)
		buf_add_text(line, "; also those that many logins use: exempt webmails and offices "
				   "with --exempt-net");
	else
		buf_printf(line, "; none that more than %d logins use", BLOCKLIST_MAX_LOGINS);
	return sink_row_put(&list->row, err);
}

static int blocklist_missing(struct sink *sink, struct span host, struct span why, struct err *err)
{
	struct sink_blocklist *list = (struct sink_blocklist *)sink;
	struct buf text;

	buf_init(&text, 0);
	sink_row_add_missing(&text, host, why);
	buf_add_text(&list->row.line, "# ");
	escape_plain(&list->row.line, buf_span(&text), ESCAPE_RAW);
	buf_fail(&list->row.line, text.failed);
	buf_fini(&text);
	return sink_row_put(&list->row, err) != 0 ? -1 : sink_row_flush(&list->row, err);
}

static int blocklist_end(struct sink *sink, const struct account *account, struct err *err)
{
	struct sink_blocklist *list = (struct sink_blocklist *)sink;
	uint32_t *logins = blocklist_count_logins(list);
	bool *wanted = blocklist_find_addresses(list, err);
	int result = -1;

	if (logins == NULL)
		err_nomem(err);
	else if (wanted != NULL && blocklist_write_head(list, err) == 0)
		result = blocklist_write_all(list, wanted, logins, err);
	free(logins);
	free(wanted);
	if (result != 0 || sink_row_flush(&list->row, err) != 0)
		return -1;
	return sink_for_missing(sink, account, blocklist_missing, err);
}

static void blocklist_free(struct sink *sink)
{
	struct sink_blocklist *list = (struct sink_blocklist *)sink;

	buf_fini(&list->row.line);
	free(list->pair);
	free(list->login_address);
	free(list);
}

static const struct sink_ops blocklist_ops = {
    .name = "blocklist",
    .record = blocklist_record,
    .end = blocklist_end,
    .free = blocklist_free,
};

static int blocklist_get_groupings(
    struct sink_blocklist *list, const struct format_job *job, struct err *err)
{
	static const struct column_list address = {.count = 1, .column = {COLUMN_LOGIN_IP}};
	static const struct column_list login = {
	    .count = 2, .column = {COLUMN_IDENTITY, COLUMN_LOGIN_IP}};
	struct column_list pair = job->group_by;

	if (pair.count == GROUP_MAX_KEYS)
		return err_set(err, ERR_USAGE,
		    "--blocklist goes with %d columns of --group-by at most", GROUP_MAX_KEYS - 1);
	pair.column[pair.count++] = COLUMN_LOGIN_IP;
	list->groups = job->grouping;
	list->addresses = group_set_get_bare(job->groups, &address, err);
	list->pairs = list->addresses != NULL ? group_set_get_bare(job->groups, &pair, err) : NULL;
	list->logins = list->pairs != NULL ? group_set_get_bare(job->groups, &login, err) : NULL;
	return list->logins != NULL ? 0 : -1;
}

struct sink *sink_blocklist_open(FILE *out, const struct format_job *job, struct err *err)
{
	struct sink_blocklist *list = calloc(1, sizeof(*list));

	if (list == NULL) {
		err_nomem(err);
		return NULL;
	}
	list->sink.ops = &blocklist_ops;
	list->row = (struct sink_row){
	    .out = out,
	    .what = "the blocklist",
	    .row_end = "\n",
	    .shown = sink_row_shown(job->is_terminal, job->ascii_only),
	};
	list->limits = job->limits;
	list->settings = job->blocklist;
	if (blocklist_get_groupings(list, job, err) != 0) {
		blocklist_free(&list->sink);
		return NULL;
	}
	return &list->sink;
}
