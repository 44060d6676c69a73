/*
 * Counts of messages by slot of time, for a bounded number of slots. A single slot needs no
 * allocation, since most senders send a message or two.
 */
#ifndef REPORT_HTML_SLOTS_H
#define REPORT_HTML_SLOTS_H

#include "base/err.h"
#include "sink/html/html_axis.h"

struct html_slot {
	uint32_t slot; /* html_unit_slot(), or another number that grows with time */
	uint32_t count;
};

/* Sorted by slot. Zeroed, it is empty; ends with html_slots_fini(). */
struct html_slots {
	union {
		struct html_slot one;
		struct html_slot *many;
	};
	uint32_t count;
	uint32_t size; /* allocated; 0: it is `one` */
};

void html_slots_fini(struct html_slots *slots);

/* Counts a message. The caller bounds how many slots there are. ERR_SYSTEM without memory. */
int html_slots_add(struct html_slots *slots, uint32_t slot, struct err *err);

/* Messages of this slot; messages of this and all later slots. */
uint32_t html_slots_get(const struct html_slots *slots, uint32_t slot);
uint64_t html_slots_since(const struct html_slots *slots, uint32_t slot);

/* Removes the slots before this one. */
void html_slots_drop_before(struct html_slots *slots, uint32_t slot);

/* Changes slots of one unit to those of a longer one. */
void html_slots_lengthen(struct html_slots *slots, enum html_unit unit, enum html_unit longer);

#endif
