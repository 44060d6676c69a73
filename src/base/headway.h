/*
 * How far a long run has come, for a person who waits: what it is at, and what of it is done. Those
 * who do the work say so here, from whichever thread; whoever shows it (mode/headway_show.h) looks
 * at it when he likes. Nothing else depends on it.
 *
 * To count costs an atomic addition. Of several servers that are read at a time the one that began
 * something last is named, and their messages are counted together.
 */
#ifndef BASE_HEADWAY_H
#define BASE_HEADWAY_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a name, with its NUL; a longer one is cut. */
#define HEADWAY_MAX_NAME 512

enum headway_phase {
	HEADWAY_NONE,
	HEADWAY_CONNECTING,
	HEADWAY_SEARCHING,
	HEADWAY_READING,
};

struct headway {
	enum headway_phase phase;
	char host[HEADWAY_MAX_NAME];   /* or a file; foreign text as it came */
	char folder[HEADWAY_MAX_NAME]; /* empty: none */
	/* Of messages whose number is known before they come: */
	uint64_t done;
	uint64_t expected;
	unsigned uncounted; /* places of which not all messages are in `expected` yet */
	int64_t expected_since;
	/* What the desk was handed in the place that is read, and in all. */
	uint64_t records;
	uint64_t all_records;
	uint64_t bytes; /* read from the file */
	uint64_t size;  /* of the file; 0: nobody knows */
	int64_t since;  /* as of clock_now(): the phase began */
};

/* Forgets all. */
void headway_reset(void);

/* Begins a phase of a place; `folder` may be NULL. */
void headway_enter(enum headway_phase phase, const char *host, const char *folder);

/* Of the file that is read; until then nobody knows it. */
void headway_set_size(uint64_t bytes);

/* So many messages more will come. */
void headway_expect(uint64_t messages);

/* There are so many places more of which nobody knows yet how many messages come; and one fewer. */
void headway_add_uncounted(unsigned places);
void headway_settle_count(void);

/* One that was expected has come, or will not. */
void headway_add_done(void);

/* The desk was handed one. */
void headway_add_record(void);

void headway_add_bytes(uint64_t bytes);

/* A copy of the present state. */
void headway_look(struct headway *headway_r);

#endif
