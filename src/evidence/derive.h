/*
 * Columns of saved reports that lack them, made from those that they have: by
 * the rules of evidence_rules.h that read columns, in their order.
 */
#ifndef REPORT_DERIVE_H
#define REPORT_DERIVE_H

#include "base/arena.h"
#include "record/record.h"

/* Columns that can be derived, and rules that make one of another column. */
#define DERIVE_COLUMNS   5
#define DERIVE_MAX_RULES 16

/* Which rules they are, found once and not for each row. */
struct derive_rules {
	unsigned count[DERIVE_COLUMNS];
	const struct evidence_rule *rule[DERIVE_COLUMNS][DERIVE_MAX_RULES];
};

void derive_rules_init(struct derive_rules *derive_r);

/*
 * What a saved report does not have (record.absent), from what it has, and clears the mark:
 *
 * Identity. The hosts that the header section names are not known any more: a bare login stays one,
 * unless it is the filter's and Domain is there.
 *
 * Identity kind, from the column that the identity is made of, or from its text; it stays absent
 * when neither tells. So does PHP script IP when PHP script names no caller.
 *
 * Source IP, from IP/Username when that is an address; it stays absent when it is a login.
 *
 * Sender domain, from Return-Path, else from From.
 *
 * Any other column stays absent. Values are in the arena or those of the record; the record names
 * no rule for them.
 */
void derive_missing(const struct derive_rules *derive, struct record *record, struct arena *arena);

/*
 * Identity, Identity kind and Sender domain of a message of which a log of a mail server tells.
 * Logins and uids without a host are those of `host`, which may be empty: it is not known. `login`
 * is what Auth-User is. A uid of the system sets NOTE_SYSTEM_UID. The record names the rule of its
 * identity.
 */
void derive_for_host(const struct derive_rules *derive, struct record *record, struct span host,
    enum identity_kind login, struct arena *arena);

/* Of the columns that a report does not have, those that derive_missing() cannot make of it. */
struct column_set derive_unknown(struct column_set absent);

#endif
