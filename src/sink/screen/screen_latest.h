/*
 * The latest messages of each group, with what a person must know of each to decide, in bounded
 * memory: SCREEN_MAX_LATEST of a group, and SCREEN_LATEST_BYTES of all together. Those that came
 * first are forgotten first; of a sender that was quiet since then the subject of the newest one is
 * kept as long as possible.
 */
#ifndef SCREEN_LATEST_H
#define SCREEN_LATEST_H

#include "record/record.h"

/* Groupings that share the messages. The first is that of the senders. */
#define SCREEN_GROUPINGS 4

#define SCREEN_MAX_LATEST 20

/* Bytes of all messages that are kept; and of a value, and of an explanation: more is cut ("…"). */
#define SCREEN_LATEST_BYTES    ((size_t)12 * 1024 * 1024)
#define SCREEN_MAX_VALUE       ((size_t)512)
#define SCREEN_MAX_EXPLANATION ((size_t)8 * 1024)

/* What is kept of a message besides its time and subject, as texts. */
enum screen_value {
	SCREEN_FROM,
	SCREEN_TO,
	SCREEN_IDENTITY,
	SCREEN_EVIDENCE,
	SCREEN_SCRIPT,
	SCREEN_SOURCE_IP,
	SCREEN_LOGIN_IP,
	SCREEN_CLASS,
	SCREEN_PLACE, /* host and folder, or file */
	SCREEN_MESSAGE_ID,
	SCREEN_NOTES,
	SCREEN_EXPLANATION, /* several lines */
	SCREEN_VALUES
};

struct screen_message;

/* The newest message of a group; NULL: none is kept. */
struct screen_list {
	struct screen_message *newest;
};

/* All of them. Zeroed, it is empty; ends with screen_latest_fini(). */
struct screen_latest {
	struct screen_message *first[2]; /* in the order in which they came: whole, and stripped */
	struct screen_message *last[2];
	size_t bytes;
	size_t most; /* 0: SCREEN_LATEST_BYTES */
	struct buf value;
};

void screen_latest_fini(struct screen_latest *latest);

/* Finds the list of a group; `id` as grouping_last() has it. */
struct screen_owner {
	struct screen_list *(*find)(void *context, unsigned grouping, uint32_t id);
	void *context;
};

/* Keeps a message in the list of its group in each grouping. ERR_SYSTEM without memory. */
int screen_latest_add(struct screen_latest *latest, const struct screen_owner *owner,
    const uint32_t id[SCREEN_GROUPINGS], const struct record *record, struct err *err);

/* The next older message of a list of this grouping; NULL: no more are kept. */
const struct screen_message *screen_message_next(
    const struct screen_message *message, unsigned grouping);

/* The running number of its record. */
uint64_t screen_message_number(const struct screen_message *message);

/* 0: nobody knows when it was. */
time_t screen_message_time(const struct screen_message *message);
struct span screen_message_subject(const struct screen_message *message);

/* False when only time and subject are still kept. */
bool screen_message_is_whole(const struct screen_message *message);

/* Empty when there is none. */
struct span screen_message_value(const struct screen_message *message, enum screen_value value);

#endif
