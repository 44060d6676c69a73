/*
 * How many messages came in which slot of time, of a few slots: sorted by slot. One slot takes no
 * memory of its own, since most senders send a message or two.
 */
#ifndef REPORT_HTML_SLOTS_H
#define REPORT_HTML_SLOTS_H

#include "base/err.h"
#include "sink/html/html_axis.h"

struct html_slot {
	uint32_t slot; /* a unit, see html_unit_slot(), or what the caller takes for one */
	uint32_t count;
};

/* Zeroed, it is empty; ends with html_slots_fini(). */
struct html_slots {
	union {
		struct html_slot one;
		struct html_slot *many;
	};
	uint32_t count;
	uint32_t size; /* allocated; 0: it is `one` */
};

void html_slots_fini(struct html_slots *slots);

/* A message more. ERR_SYSTEM without memory. The caller bounds how many different slots come. */
int html_slots_add(struct html_slots *slots, uint32_t slot, struct err *err);

/* Messages of this slot, and of it and all later ones. */
uint32_t html_slots_get(const struct html_slots *slots, uint32_t slot);
uint64_t html_slots_since(const struct html_slots *slots, uint32_t slot);

/* Forgets what came before. */
void html_slots_drop_before(struct html_slots *slots, uint32_t slot);

/* From units to longer ones, which never are more. */
void html_slots_lengthen(struct html_slots *slots, enum html_unit unit, enum html_unit longer);

#endif
