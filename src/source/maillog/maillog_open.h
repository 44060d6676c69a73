/*
 * The messages that are open in a log: begun, and not yet at their end. Found by host and id. What
 * is held of one is bounded, and so is what is held of all.
 */
#ifndef MAILLOG_OPEN_H
#define MAILLOG_OPEN_H

#include <time.h>

#include "base/buf.h"
#include "record/account.h"

/* Memory for all open messages together; when it is reached, the oldest is handed on early. */
#define MAILLOG_MAX_OPEN_BYTES ((size_t)256 * 1024 * 1024)

/* Of one message: bytes of one text of it; of the list of its recipients; and how many recipients
 * are told apart, so that one that is tried again does not count again. */
#define MAILLOG_MAX_TEXT       ((size_t)4 * 1024)
#define MAILLOG_MAX_TO         ((size_t)2 * 1024)
#define MAILLOG_MAX_RECIPIENTS 1000

enum message_text {
	TEXT_HOST, /* as the log names it */
	TEXT_ID,
	TEXT_SENDER,
	TEXT_LOGIN,
	TEXT_USER,  /* of the host */
	TEXT_UID,   /* the same as a number */
	TEXT_IP,    /* the client */
	TEXT_CLAIM, /* what a client on the host itself said of whom it does it for: an address */
	TEXT_MESSAGE_ID,
	TEXT_SUBJECT,
	TEXT_FOLDER, /* that a local program ran in */
	TEXT_SCRIPT,
	TEXT_LINE, /* its first line, for explanations alone */
	TEXT_COUNT
};

/* Bits of maillog_message.flags. */
enum message_flag {
	MESSAGE_ARRIVED = 1 << 0, /* its first line was seen */
	MESSAGE_DONE = 1 << 1,    /* its last line was */
	MESSAGE_NULL_SENDER = 1 << 2,
	MESSAGE_SENDER = 1 << 3, /* the sender is known */
	MESSAGE_REJECTED = 1 << 4,
	MESSAGE_BOUNCE = 1 << 5,        /* one of the mail system's own */
	MESSAGE_SUSPICIOUS = 1 << 6,    /* its first line can be read in more ways than one */
	MESSAGE_FOLDER_BY_PID = 1 << 7, /* else by time */
	MESSAGE_SCRIPT = 1 << 8,        /* PHP's log named it */
	MESSAGE_SUBJECT_CUT = 1 << 9,
	MESSAGE_SUBJECT_ESCAPED = 1 << 10, /* as Exim writes it */
	MESSAGE_AT_LEAST = 1 << 11,        /* more recipients than are known */
	MESSAGE_COUNTED = 1 << 12,         /* `wanted` is the number of recipients */
	MESSAGE_EARLY = 1 << 13,           /* handed on before its end */
	MESSAGE_TEXT_CUT = 1 << 14,
	MESSAGE_LOGIN_FAILED = 1 << 15, /* no message: somebody did not get in */
	MESSAGE_EXIM = 1 << 16,
	MESSAGE_LOOPBACK = 1 << 17, /* from a program of the host over the network */
	MESSAGE_PASS = 1 << 18,     /* a second pass: never a record of its own */
	MESSAGE_BY_ID = 1 << 19,    /* one that its message id tells */
	MESSAGE_REFUSED = 1 << 20,  /* what a client was refused before there was a message */
	MESSAGE_TOLD = 1 << 21,     /* it has been handed on, and is open still */
};

enum recipient_state {
	RECIPIENT_UNKNOWN,
	RECIPIENT_SENT,
	RECIPIENT_DEFERRED,
	RECIPIENT_FAILED,
};

struct maillog_message {
	uint64_t hash;
	struct maillog_message *older, *newer; /* by age; in the list of free ones only older */
	struct maillog_message *waits_older, *waits_newer;
	struct maillog_message *first;  /* of which this is the second pass; or NULL */
	struct maillog_message *passes; /* second passes of this one that are open */
	struct maillog_message *next_pass;
	/* By their message ids: of which this may be the second pass, and which may be of this. */
	struct maillog_message *maybe, *maybes, *next_maybe;
	uint64_t id_hash; /* of host and message id; 0: not among those that are found by it */
	uint32_t to_self; /* deliveries to programs of the host that may hand it in again */
	uint32_t maybe_count;
	uint32_t absorbed; /* of these, how many have been found */
	bool waits;
	unsigned flags;
	time_t when;
	time_t done;
	struct account_place *place;
	uint32_t wanted;     /* recipients as the log counts them */
	uint32_t recipients; /* known by their addresses */
	uint32_t failed;     /* of those that are not told apart */
	uint32_t room;       /* for recipients */
	uint32_t *recipient; /* two bits of state, thirty of a hash */
	struct buf to;       /* joined with ", " */
	struct buf text;
	uint16_t at[TEXT_COUNT], n[TEXT_COUNT];
	size_t counted; /* bytes that maillog_open.bytes has for it */
};

struct maillog_open {
	struct maillog_message **slot;
	size_t size, count;
	struct maillog_message *oldest, *newest;
	struct maillog_message *free;
	unsigned free_count;
	size_t bytes;
	size_t max; /* of them */
};

/* max 0: MAILLOG_MAX_OPEN_BYTES. */
void maillog_open_init(struct maillog_open *open, size_t max);
void maillog_open_fini(struct maillog_open *open);

/* NULL: it is not open. */
struct maillog_message *maillog_open_find(
    const struct maillog_open *open, struct span host, struct span id);

/* A new one, which is not there yet. NULL: no memory. */
struct maillog_message *maillog_open_add(
    struct maillog_open *open, struct span host, struct span id);

/* After something was added to it. True when memory has reached its limit. */
bool maillog_open_is_full(struct maillog_open *open, struct maillog_message *message);

/* Forgets it. */
void maillog_open_remove(struct maillog_open *open, struct maillog_message *message);

static inline struct span message_text(
    const struct maillog_message *message, enum message_text which)
{
	return message->n[which] == 0
		   ? SPAN_EMPTY
		   : (struct span){message->text.p + message->at[which], message->n[which]};
}

/* For keys of several texts. */
uint64_t maillog_hash(uint64_t hash, struct span text);

/* Of host and message id; 0: it has none. */
uint64_t message_id_hash(const struct maillog_message *message);

/* Keeps a copy in the place of what was there. */
void message_set(struct maillog_message *message, enum message_text which, struct span value);

/* A recipient and what became of it; one that is known already changes its state, unless `keeps`,
 * for which a state that is known counts. */
void message_add_recipient(
    struct maillog_message *message, struct span address, enum recipient_state state, bool keeps);

/* What became of a recipient, if it is known. */
bool message_settle_recipient(
    struct maillog_message *message, struct span address, enum recipient_state state);

/* A recipient of its second pass, with what became of it; or only that, when it is known already:
 * `only_known`. */
void message_adopt_recipient(struct maillog_message *message, uint32_t recipient, bool only_known);

/* True when a recipient has the state. */
bool message_has_recipient(const struct maillog_message *message, enum recipient_state state);

#endif
