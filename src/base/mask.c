#include "base/mask.h"

#include <stdlib.h>

/* The longest first, so that a form is hidden whole before a part of it is. */
static struct span mask_form[MASK_MAX_FORMS];
static size_t mask_count;

static bool mask_is_known(struct span form)
{
	for (size_t i = 0; i < mask_count; i++)
		if (span_eq(mask_form[i], form))
			return true;
	return false;
}

int mask_add(struct span form, struct err *err)
{
	size_t at = mask_count;
	char *copy;

	if (form.n == 0 || mask_is_known(form))
		return 0;
	if (mask_count == MASK_MAX_FORMS)
		return err_set(err, ERR_INTERNAL, "too many secrets");
	copy = malloc(form.n);
	if (copy == NULL)
		return err_nomem(err);
	memcpy(copy, form.p, form.n);
	for (; at > 0 && mask_form[at - 1].n < form.n; at--)
		mask_form[at] = mask_form[at - 1];
	mask_form[at] = (struct span){copy, form.n};
	mask_count++;
	return 0;
}

void mask_clear(void)
{
	for (size_t i = 0; i < mask_count; i++) {
		explicit_bzero((char *)mask_form[i].p, mask_form[i].n);
		free((char *)mask_form[i].p);
	}
	mask_count = 0;
}

/* How many bytes of the text at `at` are this form, or, at the end of the text, its beginning. */
static size_t mask_match(struct span text, size_t at, struct span form)
{
	struct span rest = span_from(text, at);

	if (rest.n < form.n)
		return rest.n >= MASK_MIN_PART && span_starts_nocase(form, rest) ? rest.n : 0;
	return span_starts_nocase(rest, form) ? form.n : 0;
}

bool mask_find(struct span text, size_t *at_r, size_t *n_r)
{
	for (size_t at = 0; mask_count > 0 && at < text.n; at++)
		for (size_t i = 0; i < mask_count; i++) {
			size_t n = mask_match(text, at, mask_form[i]);

			if (n == 0)
				continue;
			*at_r = at;
			*n_r = n;
			return true;
		}
	return false;
}
