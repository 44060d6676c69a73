/* What is asked for of a message: named fields, or the whole header section. */
#include "base/log.h"
#include "source/quarantine/folder_part.h"

void folder_set_fields(struct folder *folder)
{
	const struct brand_set *brands = folder->job->brands;
	const struct guessed_fields *guessed = folder->job->guessed;

	buf_clear(&folder->fields);
	reader_add_field_names(folder->job->reader, &folder->fields);
	for (unsigned i = 0; i < brands->count; i++)
		for (unsigned field = 0; field < BRAND_FIELD_COUNT; field++)
			buf_printf(
			    &folder->fields, " X-%s-%s", brands->name[i], brand_suffix[field]);
	for (unsigned i = 0; i < guessed->count; i++)
		buf_printf(&folder->fields, " %s", guessed->name[i]);
	folder->plan.fields = buf_span(&folder->fields);
}

void folder_choose_plan(struct folder *folder)
{
	bool mostly_unknown = folder->unknown > folder->known;
	bool is_header = folder->job->taker.take == NULL;
	bool small = folder->whole_bytes * 100 <= folder->field_bytes * FOLDER_WHOLE_PERCENT;

	folder->plan.what = folder->job->whole_headers || folder->job->brands->count == 0 ||
				    folder->fields.n > FETCH_MAX_FIELDS || mostly_unknown || small
				? FETCH_HEADER
				: FETCH_FIELDS;
	if (!is_header)
		folder->plan.what = FETCH_MESSAGE;
	folder->plan.dated = folder->dated;
	folder->known = 0;
	folder->unknown = 0;
}

/* From the next window on the fields may do. */
static void folder_learned(struct folder *folder)
{
	folder_set_fields(folder);
	folder->plan.pause = true;
}

static bool folder_learn_brand(struct folder *folder, struct span brand)
{
	if (brand_add(folder->job->brands, brand)) {
		folder_learned(folder);
		log_info("the filter's headers here are X-%.*s-...", (int)brand.n, brand.p);
	}
	return brand_known(folder->job->brands, brand);
}

bool folder_learn_names(struct folder *folder, struct span header)
{
	struct span brand;

	if (guessed_fields_learn(folder->job->guessed, header))
		folder_learned(folder);
	return brand_find(header, &brand) && folder_learn_brand(folder, brand);
}

bool folder_learn_read(struct folder *folder)
{
	struct span brand = reader_brand(folder->job->reader);

	if (reader_learn_names(folder->job->reader, folder->job->guessed))
		folder_learned(folder);
	return brand.n > 0 && folder_learn_brand(folder, brand);
}
