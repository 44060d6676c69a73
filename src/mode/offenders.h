/*
 * Who sent too much: counts of bad messages by domain, user and identity (or sender), from the
 * filter's log or from the quarantine, and what the quarantine has of each as evidence.
 */
#ifndef MODE_OFFENDERS_H
#define MODE_OFFENDERS_H

#include "mode/act.h"

/* Different identities in one run; more are an error. */
#define OFFENDERS_MAX 2000000

/* Subjects, scripts and addresses that are kept of each as evidence, and bytes of each. */
#define OFFENDERS_MAX_SAMPLES 2
#define OFFENDERS_MAX_SAMPLE  ((size_t)120)

struct offender {
	struct control_key key; /* owned, in one piece with this */
	uint64_t count;         /* bad messages */
	uint64_t all;           /* with those of the other spellings; see offenders_sort() */
	uint64_t seen;          /* messages of it in the quarantine */
	bool doubtful; /* quotes around its name may be its own, only an address is known, or the
			* name may stand for more than one */
	char *script;  /* the first */
	char *subject[OFFENDERS_MAX_SAMPLES];
	char *address[OFFENDERS_MAX_SAMPLES];
	char *recipient;
};

struct offenders {
	void *tree; /* of struct offender, by key (tsearch(3)) */
	size_t count;
	uint64_t nameless;      /* bad messages without identity */
	const char *shortage;   /* why not all of them may have been counted; NULL: they have */
	struct offender **list; /* offenders_sort(): most first */
};

void offenders_init(struct offenders *offenders);
void offenders_fini(struct offenders *offenders);

/* The offender of this key, made when there is none. NULL: ERR_SYSTEM. */
struct offender *offenders_get(
    struct offenders *offenders, const struct control_key *key, struct err *err);

/* Counts what the log of a period has. `name` is the column: "identity" or "sender". */
int offenders_count_log(struct offenders *offenders, struct act *act, const char *name,
    const struct period *period, struct err *err);

/*
 * Reads the outgoing quarantine of the period: with `count` its messages are what is counted, else
 * they are evidence for those who have been counted already.
 */
int offenders_read_quarantine(struct offenders *offenders, struct act *act,
    const struct period *period, bool count, struct err *err);

/*
 * Fills in list: those above the limit, most first. What differs only in the case of ASCII letters
 * counts as one, as in reports, or whoever chooses his letters would stay below any limit; each
 * spelling is in the list by itself, since the filter may take each for another.
 */
int offenders_sort(struct offenders *offenders, uint64_t limit, size_t *count_r, struct err *err);

/* Adds lines of evidence, indented; nothing when there is none. */
void offenders_add_evidence(struct buf *out, const struct offender *offender);

#endif
