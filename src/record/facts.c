#include "record/facts.h"

#include <stddef.h>

struct folder_counts facts_total(const struct report_facts *facts)
{
	struct folder_counts total = {0};

	for (unsigned i = 0; i < facts->folder_count; i++) {
		const struct folder_counts *counts = &facts->folder[i].counts;

		total.found += counts->found;
		total.reported += counts->reported;
		total.bounces += counts->bounces;
		total.vanished += counts->vanished;
		total.unreadable += counts->unreadable;
	}
	return total;
}

bool facts_has_news(const struct report_facts *facts)
{
	for (unsigned i = 0; i < facts->folder_count; i++) {
		const struct facts_folder *folder = &facts->folder[i];

		if (folder->counts.reported > 0 || folder->counts.unreadable > 0 ||
		    folder->missing != NULL)
			return true;
	}
	return false;
}
