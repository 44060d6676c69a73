#include "settings/mode.h"

const struct mode *mode_find(const struct mode *modes, struct span name)
{
	for (; modes->name != NULL; modes++)
		if (span_eq(name, span_of(modes->name)))
			return modes;
	return NULL;
}
