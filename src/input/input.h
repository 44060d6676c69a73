/*
 * A file that is read from its beginning to its end, as it is or compressed
 * (gzip, xz, zstd, known by their first bytes), through one window: memory is
 * the same for any size. Nothing is written, and nothing is read twice.
 *
 * What a file lacks shows behind what it has: when compressed data ends too
 * early or is damaged, all that came before is handed out first.
 */
#ifndef INPUT_H
#define INPUT_H

#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/err.h"

/* The most that can be looked at at once, and of compressed data that is held. */
#define INPUT_WINDOW ((size_t)512 * 1024)
#define INPUT_RAW    ((size_t)64 * 1024)

/* What a decompressor may take: enough for xz -9 and for zstd without --ultra and --long. */
#define INPUT_MAX_XZ_MEMORY   ((uint64_t)80 * 1024 * 1024)
#define INPUT_MAX_ZSTD_WINDOW 26 /* as a power of two */

#define INPUT_STDIN "-"

struct input;

/* True for "-". */
bool input_is_stdin(const char *path);

/*
 * Opens a file, or standard input for "-", and reads its first bytes. NULL:
 * ERR_NOFOLDER when it cannot be opened or is a device, ERR_SIGNAL, ERR_SYSTEM without memory, or
 * without the library of a compressed one.
 * A folder can be opened; it has no bytes. What is no regular file, such as a pipe that nobody
 * writes to or that never ends, is read until the deadline at most (as of clock_now(); 0: none):
 * ERR_TEMPORARY, here and in input_window().
 */
struct input *input_open(const char *path, int64_t deadline, struct err *err);

/*
 * The same for a name in an open folder; `shown` is what errors call it. A symbolic link as the
 * last part is not followed (ERR_NOFOLDER, sys ELOOP). What is no regular file has no bytes: others
 * may have put a pipe there, which would be waited for.
 */
struct input *input_open_at(int folder, const char *name, const char *shown, struct err *err);

/* NULL is allowed. */
void input_close(struct input *input);

/* Its path, escaped for errors, or "standard input". */
const char *input_name(const struct input *input);

/* What fstat(2) said when it was opened. */
const struct stat *input_stat(const struct input *input);
bool input_is_folder(const struct input *input);

/* The descriptor of a folder; the input's. */
int input_folder(const struct input *input);

/* "gzip", "xz", "zstd", or NULL: read as it is. */
const char *input_compression(const struct input *input);

/*
 * Shows what comes next: at least `want` bytes (INPUT_WINDOW at most), fewer only where the file
 * ends. The span is valid until the next call for this input. 1; 0: nothing is left; -1: nothing
 * is left, and this is not all: ERR_DATA for compressed data that is cut or damaged or wants more
 * memory than it may, ERR_IO when the file cannot be read or became shorter meanwhile;
 * ERR_SIGNAL and ERR_TEMPORARY at once.
 *
 * A regular file is read as far as it went when it was opened, so that one that grows as fast as
 * it is read comes to an end.
 */
int input_window(struct input *input, size_t want, struct span *window_r, struct err *err);

/* Passes over n bytes of the window. */
void input_advance(struct input *input, size_t n);

/* How many (uncompressed) bytes have been passed over. */
uint64_t input_offset(const struct input *input);

/* Bytes read from the file by now, compressed as they are: with input_stat(), how far it is. */
uint64_t input_bytes(const struct input *input);

/* After the end: true when the file has more by now than was read of it. */
bool input_has_grown(const struct input *input);

/*
 * What input_window() says at the end, for who reads through input_stream(): -1 and the error,
 * or 0: nothing was wrong so far.
 */
int input_check(const struct input *input, struct err *err);

/* Reads on as a stream for libraries that want one; fclose(3) leaves the input open. NULL:
 * ERR_SYSTEM. */
FILE *input_stream(struct input *input, struct err *err);

/* A line for each library, for --version: liblzma's and libzstd's are of the build, since they are
 * not loaded for it. */
void input_add_versions(struct buf *out);

#endif
