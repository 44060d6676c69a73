/*
 * jansson and memory that runs out. It does not say so everywhere: its reader
 * drops a byte of a text that it could not lengthen and goes on, its writer has
 * one kind of failure only. So its allocations are watched.
 */
#ifndef REPORT_JSON_MEMORY_H
#define REPORT_JSON_MEMORY_H

#include <stdbool.h>

/* From here on the allocations of this thread are watched. What was before is forgotten. */
void json_memory_watch(void);

/* One of them has failed since. */
bool json_memory_failed(void);

#endif
