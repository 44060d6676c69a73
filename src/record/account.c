#include "record/account.h"

#include <stddef.h>

struct account_counts account_total(const struct account *account)
{
	struct account_counts total = {0};

	for (unsigned i = 0; i < account->place_count; i++) {
		const struct account_counts *counts = &account->place[i].counts;

		total.found += counts->found;
		total.reported += counts->reported;
		total.filtered += counts->filtered;
		total.vanished += counts->vanished;
		total.unreadable += counts->unreadable;
	}
	return total;
}

bool account_has_news(const struct account *account)
{
	for (unsigned i = 0; i < account->place_count; i++) {
		const struct account_place *place = &account->place[i];

		if (place->counts.reported > 0 || place->counts.unreadable > 0 ||
		    place->missing != NULL)
			return true;
	}
	return false;
}

const struct account_place *account_next_missing(const struct account *account, unsigned *next)
{
	while (*next < account->place_count) {
		const struct account_place *place = &account->place[(*next)++];

		if (place->missing == NULL)
			continue;
		while (
		    *next < account->place_count && account->place[*next].server == place->server)
			(*next)++;
		return place;
	}
	return NULL;
}
