/*
 * Columns that are made from other columns and not from header fields: for
 * every record, or for those of saved reports that lack them.
 */
#ifndef REPORT_DERIVE_H
#define REPORT_DERIVE_H

#include "base/arena.h"
#include "record/record.h"

/* Sender domain: of the address in Return-Path, else of the one in From; in lower case. */
void derive_sender_domain(struct record *record, struct arena *arena);

/*
 * What a saved report does not have (record.absent), from what it has, and clears the mark:
 *
 * Identity, in the order of columns.md, from Auth-User, Auth.sender, Vhost, X-Source-Dir, the PHP
 * script (its account, or host and path), Qmail UID ("uid N") and IP/Username. The hosts that the
 * header told besides are not known any more: a bare login stays one, unless it is the filter's and
 * Domain is there.
 *
 * Source IP, from IP/Username when that is an address; it stays absent when it is a login.
 *
 * Sender domain.
 *
 * Any other column stays absent. Values are in the arena or those of the record.
 */
void derive_missing(struct record *record, struct arena *arena);

/* Of the columns that a report does not have, those that derive_missing() cannot make of it. */
struct column_set derive_unknown(struct column_set absent);

#endif
