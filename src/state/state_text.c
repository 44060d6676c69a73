#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"
#include "deliver/deliver_file.h"
#include "state/state_store.h"

/* '~' and the hash in hexadecimal. */
#define STATE_HASH_LENGTH (1 + 2 * (size_t)crypto_generichash_BYTES)

/* Besides letters and digits. */
#define STATE_PLAIN SPAN("-_.")
#define STATE_KEY   SPAN("-_.%@:,")

static bool state_is_plain(char c)
{
	return span_is_alnum(c) || span_find(STATE_PLAIN, c) != SPAN_NPOS;
}

void state_add_encoded(struct buf *out, struct span s)
{
	/* So that no name is ".." or that of a hidden file. */
	buf_add_percent(out, span_head(s, 1), SPAN("-_"));
	buf_add_percent(out, span_from(s, 1), STATE_PLAIN);
}

void state_add_host(struct buf *out, const char *host)
{
	for (const char *p = host; *p != '\0'; p++) {
		char c = span_lower(*p);

		buf_add_percent(out, (struct span){&c, 1}, STATE_PLAIN);
	}
}

/* The byte of "%XX" at the beginning of s; 0, which is never encoded, when s begins otherwise. */
static char state_decode_byte(struct span s)
{
	int high = s.n > 2 ? span_hex_digit(s.p[1]) : -1;
	int low = s.n > 2 ? span_hex_digit(s.p[2]) : -1;

	return high >= 0 && low >= 0 ? (char)(high * 16 + low) : '\0';
}

const char *state_decode(struct arena *arena, struct span s)
{
	char *text = arena_alloc(arena, s.n + 1);
	size_t n = 0;

	if (text == NULL)
		return NULL;
	while (s.n > 0) {
		bool plain = state_is_plain(s.p[0]);
		char c = plain ? s.p[0] : '\0';

		if (s.p[0] == '%')
			c = state_decode_byte(s);
		if (c == '\0')
			return NULL;
		text[n++] = c;
		s = span_from(s, plain ? 1 : 3);
	}
	text[n] = '\0';
	return text;
}

static int state_add_hash(struct buf *path, struct span name, struct err *err)
{
	unsigned char hash[crypto_generichash_BYTES];

	if (sodium_init() < 0)
		return err_set(err, ERR_SYSTEM, "no source of random numbers");
	crypto_generichash(hash, sizeof(hash), (const unsigned char *)name.p, name.n, NULL, 0);
	buf_add_char(path, '~');
	buf_add_hex(path, (struct span){(const char *)hash, sizeof(hash)});
	return 0;
}

int state_add_name(struct buf *path, struct span name, struct err *err)
{
	bool fits = name.n <= NAME_MAX;

	buf_add_char(path, '/');
	buf_add(path, span_head(name, fits ? NAME_MAX : NAME_MAX - STATE_HASH_LENGTH));
	if (!fits && state_add_hash(path, name, err) != 0)
		return -1;
	buf_string(path); /* so that the caller's buf_string() cannot fail */
	return path->failed == 0 ? 0 : err_nomem(err);
}

bool state_is_key(const char *key)
{
	for (const char *p = key; *p != '\0'; p++)
		if (!span_is_alnum(*p) && span_find(STATE_KEY, *p) == SPAN_NPOS)
			return false;
	return key[0] != '.' && strchr(key, ':') != NULL;
}

bool state_add_open(struct state_open_list *open, uint64_t number, uint64_t since)
{
	if (open->count == STATE_MAX_OPEN || since > INT64_MAX ||
	    (open->count > 0 && number <= open->item[open->count - 1].number))
		return false;
	open->item[open->count++] = (struct state_open){number, (time_t)since};
	return true;
}

/* EFBIG for what is too long or no file. */
static int state_read_all(int fd, struct buf *out)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EFBIG;
		return -1;
	}
	return file_read_all(fd, STATE_MAX_FILE, out);
}

int state_read(const struct state_store *store, const char *path, struct buf *out, struct err *err)
{
	int fd = openat(
	    store->folder_fd, path_name(path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int result = fd >= 0 ? state_read_all(fd, out) : -1;
	int sys = errno;

	if (fd >= 0)
		close(fd);
	if (result == 0)
		return 1;
	if (fd < 0 && sys == ENOENT)
		return 0;
	/* ELOOP: a symbolic link */
	if (sys == EFBIG || sys == ELOOP)
		return err_set(err, ERR_CONFIG, "'%s' was not written by this program", path);
	return err_set_sys(err, ERR_IO, sys, "cannot read '%s'", path);
}

int state_write(
    const struct state_store *store, const char *path, struct span text, struct err *err)
{
	struct deliver_file *file = deliver_open_at(store->folder_fd, path, err);

	if (file == NULL)
		return -1;
	/* A write that fails shows when the file is finished. */
	fwrite(text.p, 1, text.n, deliver_stream(file));
	return deliver_commit(file, err);
}

FILE *state_open_file(const struct state_store *store, const char *path)
{
	int fd = openat(
	    store->folder_fd, path_name(path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

	if (fd >= 0 && file == NULL) {
		int sys = errno;

		close(fd);
		errno = sys;
	}
	return file;
}

int state_remove(const struct state_store *store, const char *path, struct err *err)
{
	if (unlinkat(store->folder_fd, path_name(path), 0) != 0 && errno != ENOENT)
		return err_set_sys(err, ERR_IO, errno, "cannot remove '%s'", path);
	return deliver_sync_at(store->folder_fd, store->folder, err);
}
