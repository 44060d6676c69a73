#include "text/suggest.h"

#include <stdio.h>
#include <string.h>

/* What a byte counts as: its lower case letter, and one mark for all that join words. */
static char suggest_fold(char c)
{
	return c != '\0' && strchr("_./ ", c) != NULL ? '-' : span_lower(c);
}

static bool suggest_same(struct span a, size_t i, struct span b, size_t j)
{
	return suggest_fold(a.p[i]) == suggest_fold(b.p[j]);
}

/* Both letters before the places i and j, and these changed places. */
static bool suggest_swapped(struct span a, size_t i, struct span b, size_t j)
{
	return i > 0 && j > 0 && suggest_same(a, i, b, j - 1) && suggest_same(a, i - 1, b, j);
}

static unsigned suggest_min(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

unsigned suggest_distance(struct span a, struct span b, unsigned most)
{
	/* Three rows of the table of distances: of the beginnings of a with i - 2, i - 1 and i
	 * bytes to those of b. */
	unsigned rows[3][SUGGEST_MAX_WORD + 1] = {0};
	size_t apart = a.n < b.n ? b.n - a.n : a.n - b.n;

	if (a.n > SUGGEST_MAX_WORD || b.n > SUGGEST_MAX_WORD || apart > most)
		return most + 1;
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = (unsigned)j;
	for (size_t i = 0; i < a.n; i++) {
		const unsigned *before = rows[(i + 2) % 3];
		const unsigned *last = rows[i % 3];
		unsigned *row = rows[(i + 1) % 3];

		row[0] = (unsigned)i + 1;
		for (size_t j = 0; j < b.n; j++) {
			unsigned cost = suggest_same(a, i, b, j) ? 0 : 1;

			row[j + 1] =
			    suggest_min(last[j] + cost, suggest_min(last[j + 1], row[j]) + 1);
			if (suggest_swapped(a, i, b, j))
				row[j + 1] = suggest_min(row[j + 1], before[j - 1] + 1);
		}
	}
	return suggest_min(rows[a.n % 3][b.n], most + 1);
}

void suggest_init(struct suggest *suggest, struct span word)
{
	size_t most = word.n / SUGGEST_BYTES_A_MISTAKE;

	if (most < 1)
		most = 1;
	if (most > SUGGEST_MAX_MISTAKES)
		most = SUGGEST_MAX_MISTAKES;
	*suggest = (struct suggest){.word = word, .mistakes = (unsigned)most + 1};
}

void suggest_offer(struct suggest *suggest, struct span name)
{
	unsigned mistakes;

	if (suggest->mistakes == 0)
		return;
	mistakes = suggest_distance(suggest->word, name, suggest->mistakes - 1);
	/* Of a short name all letters may be other ones. */
	if (mistakes >= suggest->mistakes || mistakes >= name.n)
		return;
	suggest->best = name;
	suggest->mistakes = mistakes;
}

int suggest_add(const struct suggest *suggest, const char *prefix, struct err *err)
{
	size_t used = strlen(err->text);

	if (suggest->best.n > 0)
		snprintf(err->text + used, sizeof(err->text) - used, "; did you mean '%s%.*s'?",
		    prefix, (int)suggest->best.n, suggest->best.p);
	return -1;
}
