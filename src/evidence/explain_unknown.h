/*
 * Header fields that may be evidence of a dialect that no rule knows yet.
 */
#ifndef REPORT_EXPLAIN_UNKNOWN_H
#define REPORT_EXPLAIN_UNKNOWN_H

#include "evidence/evidence.h"

/* Bytes of a value that are looked at. */
#define EXPLAIN_MAX_VALUE ((size_t)1024)

/*
 * True for an extension field (X-...) whose name sounds as if it told who sent the message, or
 * whose value holds an address that no other column has, or the address of the client; that no rule
 * reads from the message which `evidence` has read last, and that is not known to tell nothing.
 */
bool explain_is_unknown(const struct evidence *evidence, struct span name, struct span value);

#endif
