#include "sink/html/html_places.h"

#include <stdlib.h>
#include <string.h>

static int html_place_compare(const void *a, const void *b)
{
	const struct span first = ((const struct html_place *)a)->name;
	const struct span second = ((const struct html_place *)b)->name;
	size_t n = first.n < second.n ? first.n : second.n;
	int order = n > 0 ? memcmp(first.p, second.p, n) : 0;

	return order != 0 ? order : (first.n > second.n) - (first.n < second.n);
}

int html_places_init(struct html_places *places, const struct group_view *view, struct err *err)
{
	struct group_row row;

	*places = (struct html_places){0};
	if (view->shown == 0)
		return 0;
	places->at = reallocarray(NULL, view->shown, sizeof(*places->at));
	if (places->at == NULL)
		return err_nomem(err);
	for (uint32_t i = 0; i < view->shown; i++) {
		group_view_row(view, i, &row);
		places->at[i] = (struct html_place){row.key[0], i};
	}
	places->count = view->shown;
	qsort(places->at, places->count, sizeof(*places->at), html_place_compare);
	return 0;
}

void html_places_fini(struct html_places *places)
{
	free(places->at);
	*places = (struct html_places){0};
}

bool html_places_find(const struct html_places *places, struct span name, uint32_t *rank_r)
{
	const struct html_place wanted = {.name = name};
	const struct html_place *found;

	if (places->count == 0)
		return false;
	found =
	    bsearch(&wanted, places->at, places->count, sizeof(*places->at), html_place_compare);
	if (found == NULL)
		return false;
	*rank_r = found->rank;
	return true;
}
