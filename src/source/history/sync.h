/*
 * The source of a history beside the servers: what it lacks is read there and put into it, and then
 * all of the period is reported from it. Messages that are gone from a server since they were read
 * are reported like the others.
 *
 * Where the history has nothing of the period, messages are reported as they are read.
 */
#ifndef SYNC_H
#define SYNC_H

#include "sink/sink.h"
#include "source/history/history_days.h"
#include "source/quarantine/hosts.h"
#include "source/source.h"

struct sync;

/* All that it points to outlives the source. */
struct sync_settings {
	const struct period *period; /* known when the source is read */
	time_t now;                  /* when the run began */
	struct account *account;
	uint64_t reading; /* of the records (store_cover.reading) */
	bool partial;     /* report also what is known of a folder that cannot be read now */
	bool talk;        /* as in quarantine_settings */
	bool brief;
};

/* NULL without memory. Its reader of the servers is set afterwards. */
struct sync *sync_new(const struct sync_settings *settings, struct err *err);

/* What the reader of the servers is to be made with. */
const struct folder_knowledge *sync_knowledge(const struct sync *sync);

/* The reader, which the sync frees. */
void sync_set_servers(struct sync *sync, struct source *servers);

/* Before it is read: the history, and the sink that puts records there (sink_store.h). */
void sync_set_store(struct sync *sync, struct store *store, struct sink *sink);

/*
 * As a source; it frees the sync. Read: errors of the servers, as their source has them, and of the
 * store. What was put into it is acknowledged before it is reported.
 */
struct source *sync_source(struct sync *sync);

#endif
