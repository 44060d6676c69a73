/* One self-contained page. Groups and samples are collected, and written at the end. */
#include <stdlib.h>

#include "group/group_set.h"
#include "sink/formats.h"
#include "sink/html/html_page.h"

/* The grouping asked for, and those that every page has. */
#define SINK_HTML_MAX_TABLES 5

struct sink_html {
	struct sink sink; /* first, so that a sink is a sink_html */
	struct html_page page;
	struct grouping *table[SINK_HTML_MAX_TABLES];
	unsigned table_count;
};

static int sink_html_record(struct sink *sink, const struct record *record, struct err *err)
{
	struct html_page *page = &((struct sink_html *)sink)->page;

	return html_identities_add(&page->identities, grouping_last(page->identity), record, err);
}

static int sink_html_end(struct sink *sink, const struct account *account, struct err *err)
{
	static const struct group_limits everyone = {0};
	static const struct group_limits leaders = {.top = HTML_MAX_BARS};
	struct sink_html *sink_html = (struct sink_html *)sink;
	struct html_page *page = &sink_html->page;
	struct group_view listed;
	struct group_view scripts;

	page->account = account;
	if (group_view_init(&page->everyone, page->identity, &everyone, err) != 0 ||
	    group_view_init(&page->leaders, page->identity, &leaders, err) != 0 ||
	    group_view_init(&listed, page->identity, &page->limits, err) != 0 ||
	    group_view_init(&scripts, page->script, &page->limits, err) != 0 ||
	    html_places_init(&page->scripts, &scripts, err) != 0)
		return -1;
	page->listed = listed.shown;
	html_page_set_times(page);
	html_page_write_head(page);
	html_page_write_summary(page);
	html_markup(&page->html, "<main>\n");
	if (grouping_messages(page->identity) > 0) {
		html_markup(&page->html, "<div class=\"charts\">\n");
		html_page_write_bars(page);
		html_page_write_chart(page);
		html_markup(&page->html, "</div>\n");
		html_page_write_past(page);
		for (unsigned i = 0; i < sink_html->table_count; i++)
			if (html_page_write_table(page, sink_html->table[i], err) != 0)
				return -1;
	}
	html_markup(&page->html, "</main>\n");
	html_page_write_end(page);
	return html_finish(&page->html, err);
}

static void sink_html_free(struct sink *sink)
{
	struct sink_html *sink_html = (struct sink_html *)sink;

	html_identities_fini(&sink_html->page.identities);
	html_places_fini(&sink_html->page.scripts);
	html_fini(&sink_html->page.html);
	free(sink_html);
}

static const struct sink_ops sink_html_ops = {
    .name = "html",
    .record = sink_html_record,
    .end = sink_html_end,
    .free = sink_html_free,
};

/* If the page has this grouping already, it gets no second table. */
static struct grouping *sink_html_add_table(struct sink_html *sink_html, struct group_set *groups,
    const struct column_list *key, struct err *err)
{
	struct grouping *grouping = group_set_get(groups, key, err);

	for (unsigned i = 0; i < sink_html->table_count; i++)
		if (sink_html->table[i] == grouping)
			return grouping;
	if (grouping != NULL)
		sink_html->table[sink_html->table_count++] = grouping;
	return grouping;
}

static int sink_html_add_tables(struct sink_html *sink_html, struct group_set *groups,
    const struct column_list *group_by, struct err *err)
{
	static const enum column column[] = {
	    COLUMN_IDENTITY, COLUMN_PHP_SCRIPT, COLUMN_SOURCE_IP, COLUMN_SENDER_DOMAIN};

	if (group_by != NULL && sink_html_add_table(sink_html, groups, group_by, err) == NULL)
		return -1;
	for (size_t i = 0; i < sizeof(column) / sizeof(column[0]); i++) {
		const struct column_list key = {.count = 1, .column = {column[i]}};
		struct grouping *grouping = sink_html_add_table(sink_html, groups, &key, err);

		if (grouping == NULL)
			return -1;
		if (column[i] == COLUMN_IDENTITY)
			sink_html->page.identity = grouping;
		if (column[i] == COLUMN_PHP_SCRIPT)
			sink_html->page.script = grouping;
	}
	return 0;
}

struct sink *sink_html_new(
    FILE *out, struct group_set *groups, const struct sink_html_options *options, struct err *err)
{
	struct sink_html *sink_html = calloc(1, sizeof(*sink_html));

	if (sink_html == NULL) {
		err_nomem(err);
		return NULL;
	}
	sink_html->sink.ops = &sink_html_ops;
	if (options->limits != NULL)
		sink_html->page.limits = *options->limits;
	if (sink_html->page.limits.top == 0)
		sink_html->page.limits.top = SINK_HTML_TOP;
	sink_html->page.lock = options->lock;
	html_init(&sink_html->page.html, out);
	if (sink_html_add_tables(sink_html, groups, options->group_by, err) != 0) {
		sink_html_free(&sink_html->sink);
		return NULL;
	}
	return &sink_html->sink;
}

struct sink *sink_html_open(FILE *out, const struct format_job *job, struct err *err)
{
	const struct sink_html_options how = {
	    .group_by = job->grouping != NULL ? &job->group_by : NULL,
	    .limits = &job->limits,
	    .lock = job->lock,
	};

	return sink_html_new(out, job->groups, &how, err);
}
