/*
 * Whether jansson ran out of memory. It does not report that everywhere: its
 * reader drops a byte of a text that it cannot lengthen and goes on, its
 * writer has one kind of failure only. So its allocations are watched.
 */
#ifndef REPORT_JSON_MEMORY_H
#define REPORT_JSON_MEMORY_H

#include <stdbool.h>

/* Watches the allocations of this thread from now on, and forgets earlier failures. */
void json_memory_watch(void);

/* True when one of them has failed since. */
bool json_memory_failed(void);

#endif
