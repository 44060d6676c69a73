/*
 * One folder of the quarantine, from EXAMINE to the last record: which
 * messages belong to the period, their header sections, the evidence in them,
 * and an account of every one.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include "imap/session.h"
#include "calendar/period.h"
#include "evidence/brand.h"
#include "evidence/guessed_field.h"
#include "report/report.h"
#include "source/quarantine/folder_known.h"
#include "source/quarantine/folder_seen.h"
#include "source/quarantine/folder_state.h"

/*
 * Header sections held back in a window until an earlier message has been read again in full, so
 * that the order stays that of the folder; what is beyond is asked for again.
 */
#define FOLDER_MAX_HELD ((size_t)2 * 1024 * 1024)

/* Messages read in full at first, to learn the brands of the filter's headers and how large headers
 * are. */
#define FOLDER_SAMPLES 16

/* Where dates come along, so many messages are reported while the samples are looked at: they are
 * asked for in one command, so that no round trip is lost. */
#define FOLDER_FIRST 64

/*
 * A whole header section may have so many percent of the bytes of the named fields (with their
 * names, which the server repeats for every message) and is asked for nevertheless: a server that
 * has not read a message before is two to three times as fast when it need not look up fifty names
 * in it (tests/bench/bench.py, cold), and no message has to be read twice.
 */
#define FOLDER_WHOLE_PERCENT 150

/*
 * Dates come along with the headers when at least so many percent of the candidates are wanted,
 * which FOLDER_SAMPLES of a slice tell; else they are asked for first, and only what is wanted is
 * read. (A date costs a server about a quarter of a header section; tests/bench.)
 */
#define FOLDER_ALONG_PERCENT 75

/* So few candidates are read with their dates at any rate: a pass over dates is a round trip. */
#define FOLDER_FEW 256

/* UIDs of unreadable messages that stderr names; more are only counted. */
#define FOLDER_MAX_NAMED 100

/* Who takes the messages of a folder, when it is not the desk by their header sections: then they
 * are read with their bodies (FETCH_MESSAGE). Any thread may call it. */
struct folder_taker {
	/* message->header is all of the message; errors end the run. NULL: the desk takes them. */
	int (*take)(void *context, struct report *report, struct reader *reader,
	    const struct message *message, struct err *err);
	void *context;
};

struct folder_job {
	struct session *session;
	/* Its names, and its counts, filled in also on failure; when all was read, its reach. */
	struct account_place *place;
	const struct period *period;
	struct folder_taker taker;
	bool whole_headers; /* read all fields of each message, not only those of the rules */
	struct reader *reader;
	struct guessed_fields *guessed; /* the same as of brands */
	struct brand_set *brands;       /* known from earlier folders; what is learned is added */
	struct report *report;          /* others may be reading into it at the same time */
	/*
	 * --new-only: in, how far the runs before got; out, how far this one has got. When the
	 * folder is still the same one, the messages behind last_uid are reported and not those of
	 * the period. On failure it goes to the last message before which every one is settled
	 * (reported, filtered, or counted as lost), and is untouched when there is none: a report
	 * of what has been read so far and that of the next run have no message twice, and none is
	 * left out. (One has it twice when the server did not send them in the order of their
	 * UIDs.) A message that cannot be read stays open in it for some time. Else NULL.
	 */
	struct folder_state *state;
	/* What is known of it, if it is still the same one; NULL: nothing. Without a state. */
	const struct folder_known *known;
	bool reaches; /* somebody keeps place->reach: its number is worth a round trip */
	time_t now;   /* the time of day of place->reach, and tells for how long a message has been
			 open; see state.h */
	/* A folder that is followed, with a state: what cannot be read is lost, and stays no longer
	 * open; one that is made anew goes on without what `seen` knows. Else NULL. */
	struct folder_seen *seen;
};

/* Reports the messages of the period in UID order. */
int folder_run(const struct folder_job *job, struct err *err);

#endif
