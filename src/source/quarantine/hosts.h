/*
 * The quarantine servers of a run: a connection to each, at most HOSTS_MAX_THREADS
 * at a time, all into one report. One that fails does not stop the others. Further
 * connections to one of them (sides.h) come out of HOSTS_MAX_CONNECTIONS.
 */
#ifndef HOSTS_H
#define HOSTS_H

#include "base/arena.h"
#include "imap/session.h"
#include "record/account.h"
#include "report/report.h"
#include "source/quarantine/folder.h"
#include "source/quarantine/folder_state.h"

#define HOSTS_MAX_THREADS 4

/* To one server, and to all of them at a time. */
#define HOSTS_CONNECTIONS_PER_SERVER 4
#define HOSTS_MAX_CONNECTIONS        8

/* How long all servers together may take to answer LOGOUT. */
#define HOSTS_LOGOUT_SECONDS 2

#define HOSTS_MAX_SERVERS 64
#define HOSTS_MAX_FOLDERS (2 * HOSTS_MAX_SERVERS)

/* Which servers, and how to log in to them. Not owned. */
struct hosts_settings {
	const struct stream_host *host; /* HOSTS_MAX_SERVERS at most */
	unsigned count;
	const struct tls_settings *tls; /* of all of them, but for ports of their own */
	const char *username;
	const struct secret *password; /* known before the first login */
	const char *outgoing_folder;   /* UTF-8; NULL: it is not read */
	const char *incoming_folder;   /* the same */
	unsigned connections;          /* to one server at most, when it has much to send; 0: 1 */
	unsigned timeout;              /* as stream_settings.timeout */
	int64_t deadline;              /* as of clock_now(); 0: none */
	unsigned retries;              /* as session_settings.retries */
	unsigned pause_second;         /* as session_settings.pause_second */
	bool trace;
};

/*
 * Fills in host, name and key of each folder of the run, HOSTS_MAX_FOLDERS at most, in the order of
 * account.h; how many of them each host has. A server whose name another one has too is named with
 * its port. Texts are in the arena or the settings'.
 */
unsigned hosts_list_folders(
    const struct hosts_settings *settings, struct arena *arena, struct account_place *folder);

/* How to log in to host `index`. `tls` is filled in and must outlive the result. */
struct session_settings hosts_session_settings(
    const struct hosts_settings *settings, unsigned index, struct tls_settings *tls);

/*
 * Looks at the servers (session_look()) before somebody is asked for their password, of which no
 * setting is used. 0 when none fails, or, unless all are `needed`, when there is one that does not.
 * Each is left again, since who is asked may take longer than a server waits for a login.
 */
int hosts_look(const struct hosts_settings *settings, bool needed, struct err *err);

struct host; /* hosts.c */

struct hosts_job {
	const struct hosts_settings *servers;
	const struct period *period;
	time_t now;                   /* when the run began */
	struct reader_options reader; /* each thread makes one */
	struct folder_taker taker;
	struct report *report;
	/* For each host its folders, in the order of account.h, as hosts_list_folders() fills them
	 * in. */
	struct account_place *folder;
	unsigned folders_per_host;
	/* When it is used, what is read is not the report, and no folder is summarised. NULL:
	 * nothing is known. */
	const struct folder_knowledge *known;
	struct folder_state *state; /* for each folder, as folder_job.state; NULL: all are read */
	bool talk;                  /* a summary line for each folder on standard error */
	bool brief; /* for who looks on: without counts of 0, nor more of the period than need be */
	struct host *host; /* connections, until hosts_close() */
	/* Out: */
	uint64_t bytes;  /* received from all of them */
	const char *tls; /* version, or "off", of the last that answered; NULL: none did */
	unsigned failed; /* hosts */
};

struct hosts_summary {
	const struct period *period;
	bool brief;    /* as hosts_job.brief */
	bool resumed;  /* --new-only: no period is said */
	uint64_t kept; /* messages that were not read, since the history has them; 0: not said */
};

/* One line on standard error, for a person: the window and the account of every message. */
void hosts_summarize(const struct hosts_summary *summary, const struct account_place *folder);

/*
 * Reads them all. A host that fails is logged, when there are several, and marked in the `missing`
 * of those of its folders that were not read to their end; the text is one line that does not begin
 * with the host's name, and lives as long as the arena. The error is that of the first that failed,
 * and says of several how many did.
 * ERR_IO and ERR_CREATE (an output), ERR_SYSTEM and ERR_SIGNAL are failures of our own: then the
 * outputs lack records, no report can be made, and no folder is marked.
 */
int hosts_run(struct hosts_job *job, struct arena *arena, struct err *err);

/*
 * Logs out and frees, also after a failure, and when nothing was run. The report does not need the
 * servers any more when hosts_run() returns: it should be in its place before the program waits for
 * their answers to LOGOUT.
 */
void hosts_close(struct hosts_job *job);

#endif
