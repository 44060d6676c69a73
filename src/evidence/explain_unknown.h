/*
 * Header fields that may be evidence of a dialect that no rule knows yet.
 */
#ifndef REPORT_EXPLAIN_UNKNOWN_H
#define REPORT_EXPLAIN_UNKNOWN_H

#include "evidence/evidence.h"

/*
 * True for the name of an extension field (X-...) that sounds as if it told who sent the message,
 * that no rule reads from the message which `evidence` has read last, and that is not known to tell
 * nothing.
 */
bool explain_is_unknown(const struct evidence *evidence, struct span name);

#endif
