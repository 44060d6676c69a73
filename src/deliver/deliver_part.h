/*
 * What deliver_open.c and deliver_file.c share. Others include deliver_file.h.
 */
#ifndef DELIVER_PART_H
#define DELIVER_PART_H

#include "deliver/deliver_file.h"
#include "deliver/delivery.h"

/* Bytes that a file takes at a time. */
#define DELIVER_BUFFER_SIZE ((size_t)32 * 1024)

/* After so many the system begins to bring them to the disk, so that fsync(2) at the end need not
 * wait for all. */
#define DELIVER_BEHIND ((size_t)4 * 1024 * 1024)

struct deliver_file {
	struct delivery delivery;
	FILE *stream;
	char *buffer;    /* of the stream; NULL: the C library's */
	char *path;      /* the final name, for error texts and the rename */
	char *folder;    /* NULL when the stream goes to path directly */
	int folder_fd;   /* of that one: what it is called may change its meaning; -1: none */
	int unnamed;     /* the temporary file that has no name, kept open; -1: it has one */
	char *contents;  /* where the bytes can be read; NULL with folder */
	char *temporary; /* path of the temporary file; NULL: it has no name */
	bool is_ours;    /* the temporary file is to be removed */
	struct deliver_direct *direct; /* what the stream writes by; NULL: it is closed */
};

/* Notes that the temporary file has this name in its folder. ERR_SYSTEM. */
int deliver_set_temporary(struct deliver_file *file, const char *name, struct err *err);

/*
 * Calls `make` with names for a temporary file, until it returns something else than -1 with
 * EEXIST; the last one is in name_r. Returns what that one did, and leaves errno.
 */
#define DELIVER_TEMPORARY_SIZE (sizeof(DELIVER_TEMPORARY_PREFIX) + 16)
int deliver_try_names(int (*make)(const struct deliver_file *file, const char *name),
    const struct deliver_file *file, char name_r[DELIVER_TEMPORARY_SIZE]);

/* Where a stream of deliver_direct_stream() goes; its own, gone with it. */
struct deliver_direct {
	int fd;
	int64_t deadline;
	bool may_block; /* whoever reads it may be slow, or asleep */
	bool is_stdout;
	bool is_saved;                     /* nobody reads it yet, and fsync(2) is to follow */
	size_t behind;                     /* with is_saved: bytes since the last DELIVER_BEHIND */
	struct deliver_patience *patience; /* NULL: a full disk is an error */
};

/*
 * A stream to a descriptor, as of something that somebody reads while we write; it is closed with
 * it. A write that would go on beyond the deadline (as of clock_now(); 0: none) fails with
 * DELIVER_DEADLINE, and with EINTR on a signal that ends the program. NULL with errno; the
 * descriptor stays the caller's then.
 */
FILE *deliver_direct_stream(
    int fd, bool is_stdout, int64_t deadline, struct deliver_direct **direct_r);

/* Of all files. */
extern const struct delivery_ops deliver_file_ops;

/* Frees all, and removes the temporary file when it is ours. Accepts NULL. */
void deliver_free(struct deliver_file *file);

#endif
