/*
 * The messages of a followed folder that came last, known by what is said in them: when the folder
 * is made anew (UIDVALIDITY) they have other numbers, and are not to be handed on again.
 */
#ifndef FOLDER_SEEN_H
#define FOLDER_SEEN_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/err.h"
#include "base/span.h"

/* Of more the one that came first is forgotten: it could be shown twice. */
#define FOLDER_MAX_SEEN ((size_t)16384)

#define FOLDER_SEEN_HASH 16

struct folder_seen_entry {
	unsigned char hash[FOLDER_SEEN_HASH];
	time_t when;
	bool is_old; /* of the folder as it was before */
};

/* A zeroed one is empty. */
struct folder_seen {
	struct folder_seen_entry *entry; /* in the order in which they were noted */
	size_t count, room;
	size_t old;         /* of them */
	time_t since;       /* what came earlier is not noted */
	bool was_made_anew; /* folder_seen_begin_anew() was called */
};

/* Once, before any other: ERR_SYSTEM. */
int folder_seen_prepare(struct err *err);

void folder_seen_fini(struct folder_seen *seen);

/* `when`: INTERNALDATE. Of the header section, or message, From, To, Subject and Message-ID count.
 */
int folder_seen_note(struct folder_seen *seen, struct span header, time_t when, struct err *err);

/* The folder has been made anew: what was noted until now may come once more. */
void folder_seen_begin_anew(struct folder_seen *seen);

/* Whether it is one of those, each of which is found once. */
bool folder_seen_take(struct folder_seen *seen, struct span header, time_t when);

/* All of the folder has been read: nothing more comes again; and so far back nobody looks again. */
void folder_seen_settle(struct folder_seen *seen, time_t since);

#endif
