/*
 * An output file that appears under its name only when it is complete
 * (promise 2 of cli.md), or standard output.
 */
#ifndef DELIVER_FILE_H
#define DELIVER_FILE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct deliver_file;
struct delivery;

/* How the names of temporary files begin. */
#define DELIVER_TEMPORARY_PREFIX ".quarantine-report-"

/*
 * Opens a temporary file of mode 0600 in the folder of `path`, without a name where the file system
 * can have such, else with an unpredictable one; or standard output for "-" and "/dev/stdout". NULL
 * on failure: ERR_CREATE when it cannot be made, ERR_IO when standard output is closed.
 *
 * What is there already must be a regular file. The name may be one that others can guess, and
 * whoever may write to the folder could put there a pipe, and read the report, or a symbolic link,
 * and aim it at another file.
 */
struct deliver_file *deliver_open(const char *path, struct err *err);

/* The errno of a write that nobody has read by the deadline of deliver_open_named(). */
#define DELIVER_DEADLINE ETIMEDOUT

/*
 * The same for a name that the user gave. A pipe of his, or a character device of his or root's
 * (/dev/full), also through a symbolic link of such an owner, is written to directly: there is
 * nothing to rename over. A pipe is waited for until somebody reads it: ERR_TEMPORARY when the
 * deadline (as of clock_now(); 0: none) has passed, ERR_SIGNAL. A symbolic link to a regular file,
 * or to nothing, is refused, as are folders, sockets and block devices.
 */
struct deliver_file *deliver_open_named(const char *path, int64_t deadline, struct err *err);

/* deliver_open() of the last part of `path` in this open folder. */
struct deliver_file *deliver_open_at(int folder, const char *path, struct err *err);

/* The same as a delivery, whose delivery_free() is deliver_abort(). */
struct delivery *deliver_delivery(struct deliver_file *file);

/* What the outputs of a run that stays do when there is no room for them. */
struct deliver_patience {
	bool waits;   /* a write waits for room, and nothing is lost; else it fails */
	bool is_full; /* that there is none has been said */
	bool is_lost; /* and that a signal has ended the wait */
};

/* Milliseconds between attempts to write to a disk that is full. */
#define DELIVER_FULL_PAUSE 1000

/*
 * Before anything is written: from now on what does not fit, since the disk or a quota is full, is
 * tried again until it does, or a signal ends the program (ERR_IO, sys EINTR). `patience` is the
 * caller's, of one thread at a time, and outlives the file.
 */
void deliver_wait_for_room(struct deliver_file *file, struct deliver_patience *patience);

/* The stream to write to; owned by the file. */
FILE *deliver_stream(struct deliver_file *file);

/* The name it was opened with; owned by the file. */
const char *deliver_path(const struct deliver_file *file);

/* It is written to without a temporary file: standard output, a pipe, a device. */
bool deliver_is_direct(const struct deliver_file *file);

/* It is standard output. */
bool deliver_is_stdout(const struct deliver_file *file);

/* The folder of deliver_path(); NULL when it is direct. */
const char *deliver_folder(const struct deliver_file *file);

/* Where the bytes can be read by this process until deliver_commit(); NULL when it is direct. */
const char *deliver_contents(const struct deliver_file *file);

/* The temporary file, in the same folder; NULL as long as it has no name, or it is direct. */
const char *deliver_temporary_path(const struct deliver_file *file);

/* Gives the temporary file a name, if it has none. From then on a killed process leaves it behind.
 * ERR_CREATE. */
int deliver_name_temporary(struct deliver_file *file, struct err *err);

/*
 * True when both would get the same name, however it is spelled: the second would replace the
 * first. Not of outputs that go somewhere directly.
 */
bool deliver_is_same(const struct deliver_file *a, const struct deliver_file *b);

/*
 * Flush, fsync and close: all that can fail for want of room. So that of several files none appears
 * when one cannot be written, finish all of them before the first is committed. deliver_commit()
 * does it when it has not been done. ERR_IO; the file is still the caller's.
 */
int deliver_finish(struct deliver_file *file, struct err *err);

/*
 * deliver_finish(), rename, and fsync of the folder. On failure (ERR_IO; ERR_CREATE for the
 * rename) an older file of that name is as it was and the temporary one is gone; only when the
 * last step fails the new file is in its place already. Frees file in either case.
 */
int deliver_commit(struct deliver_file *file, struct err *err);

/*
 * The same for several: when one cannot be finished, none appears. Then each that can get its name
 * gets it, whatever becomes of the others, and each folder is saved once; the first error counts.
 */
int deliver_commit_all(struct deliver_file *const *files, unsigned count, struct err *err);

/*
 * Leaves the (named) temporary file of a finished output to somebody else, who will rename or
 * remove it. Only deliver_abort() may follow.
 */
void deliver_release(struct deliver_file *file);

/*
 * Sees to it that the names in a folder outlast a crash of the machine. ERR_IO. Where that cannot
 * be done (by the file system, which is warned of; by who may not read the folder) nothing is.
 */
int deliver_sync_folder(const char *folder, struct err *err);

/* The same for an open one, of this name. */
int deliver_sync_at(int folder, const char *name, struct err *err);

/*
 * Removes the temporary file and frees; accepts NULL. What standard output or a device has got by
 * then stays there, as does what is still in the buffer of their stream.
 */
void deliver_abort(struct deliver_file *file);

#endif
