#include "base/json_memory.h"

#include <jansson.h>
#include <stdlib.h>

static _Thread_local bool json_memory_short;

static void *json_memory_take(size_t n)
{
	void *p = malloc(n);

	if (p == NULL)
		json_memory_short = true;
	return p;
}

void json_memory_watch(void)
{
	/* The same each time; what was allocated before can be freed as well. */
	json_set_alloc_funcs(json_memory_take, free);
	json_memory_short = false;
}

bool json_memory_failed(void)
{
	return json_memory_short;
}
