/*
 * What the caller of a source has of a folder's messages already: these are not read.
 */
#ifndef FOLDER_KNOWN_H
#define FOLDER_KNOWN_H

#include "calendar/period.h"
#include "imap/uidset.h"

struct folder_known {
	uint32_t epoch; /* UIDVALIDITY; 0: nothing is known */
	/* All of the period with numbers up to it is known, and only what is behind it is searched
	 * for. 0: all of the period is. */
	uint32_t uid;
	struct period period; /* that is read, whatever is known; it holds that of the run */
	struct uidset uids;   /* messages that are known, behind `uid`; sorted */
};

/* Of all folders of a run, in the order of the account. */
struct folder_knowledge {
	bool is_used; /* records of what is read are not the report yet */
	struct folder_known *folder;
};

#endif
