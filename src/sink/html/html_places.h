/*
 * Which group has which row of a table, so that its name can be a link to it wherever else it
 * stands.
 */
#ifndef REPORT_HTML_PLACES_H
#define REPORT_HTML_PLACES_H

#include "group/group.h"

struct html_place {
	struct span name; /* the grouping's */
	uint32_t rank;
};

/* Zeroed, it is empty; ends with html_places_fini(). */
struct html_places {
	struct html_place *at; /* sorted by name */
	uint32_t count;
};

/* The rows of a view by their first key; the grouping must outlive them. ERR_SYSTEM. */
int html_places_init(struct html_places *places, const struct group_view *view, struct err *err);
void html_places_fini(struct html_places *places);

/* The rank of the row with exactly this name; false if there is none. */
bool html_places_find(const struct html_places *places, struct span name, uint32_t *rank_r);

#endif
