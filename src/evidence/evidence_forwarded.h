/*
 * Mail that somebody here has sent on: what it says of logins and uids is from the servers of who
 * sent it to him. The questions about that are in evidence_extract.h: evidence_is_foreign() and
 * those behind it.
 */
#ifndef EVIDENCE_FORWARDED_H
#define EVIDENCE_FORWARDED_H

#include "evidence/evidence_find.h"

/* Slots of the fields that are looked for; before fields_index(). */
void evidence_forwarded_add_names(struct evidence *evidence);

#endif
