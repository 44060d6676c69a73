#include "record/account.h"

const struct account_count_row account_count_rows[] = {
    {offsetof(struct account_counts, found), "found", "found", "found", "Found", false},
    {offsetof(struct account_counts, reported), "reported", "reported", "reported", "Reported",
	false},
    {offsetof(struct account_counts, filtered), "filtered", "filtered as bounces",
	"bounces filtered", "Bounces", false},
    {offsetof(struct account_counts, vanished), "vanished", "vanished", "vanished", "Vanished",
	false},
    {offsetof(struct account_counts, unreadable), "unreadable", "unreadable", "unreadable",
	"Unreadable", true},
};

_Static_assert(
    sizeof(struct account_counts) == ACCOUNT_COUNT_ROWS * sizeof(uint64_t), "each count has a row");

static void account_add(struct account_counts *sum, const struct account_counts *counts)
{
	for (unsigned i = 0; i < ACCOUNT_COUNT_ROWS; i++) {
		void *at = (char *)sum + account_count_rows[i].at;

		*(uint64_t *)at += account_count(counts, &account_count_rows[i]);
	}
}

struct account_counts account_total(const struct account *account)
{
	struct account_counts total = {0};

	for (unsigned i = 0; i < account->place_count; i++)
		account_add(&total, &account->place[i].counts);
	return total;
}

const char *account_files_word(const struct account *account)
{
	if (account->of_messages)
		return account->saved != 1 ? "files" : "file";
	return account->saved != 1 ? "saved reports" : "saved report";
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
