/*
 * An output file that appears under its name only when it is complete
 * (promise 2 of cli.md), or standard output.
 */
#ifndef DELIVER_FILE_H
#define DELIVER_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"

struct deliver_file;

/* How the names of temporary files begin. */
#define DELIVER_TEMPORARY_PREFIX ".quarantine-report-"

/*
 * Opens a temporary file of mode 0600 and of an unpredictable name in the folder of `path`, or
 * standard output for "-" and "/dev/stdout". NULL on failure: ERR_CREATE when it cannot be made,
 * ERR_IO when standard output is closed.
 *
 * A path that is a pipe or a character device (/dev/full), also through a symbolic link, is written
 * to directly: there is nothing to rename over. A symbolic link to a regular file, or to nothing,
 * is refused: the default name can be guessed, and whoever may write to the folder could aim the
 * report at another file. So are folders, sockets and block devices.
 */
struct deliver_file *deliver_open(const char *path, struct err *err);

/* The stream to write to; owned by the file. */
FILE *deliver_stream(struct deliver_file *file);

/* The name it was opened with; owned by the file. */
const char *deliver_path(const struct deliver_file *file);

/* Where the bytes are until deliver_commit(); NULL when they go to deliver_path() directly. */
const char *deliver_temporary_path(const struct deliver_file *file);

/*
 * True when both would get the same name, however it is spelled: the second would replace the first.
 * Not of outputs that go somewhere directly.
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
 * Leaves the temporary file of a finished output to somebody else, who will rename or remove it.
 * Only deliver_abort() may follow.
 */
void deliver_release(struct deliver_file *file);

/*
 * Sees to it that the names in a folder outlast a crash of the machine. ERR_IO. Some file systems
 * cannot do it, nor can who may not read the folder: then nothing is done.
 */
int deliver_sync_folder(const char *folder, struct err *err);

/*
 * Removes the temporary file and frees; accepts NULL. What standard output or a device has got by
 * then stays there, as does what is still in the buffer of their stream.
 */
void deliver_abort(struct deliver_file *file);

#endif
