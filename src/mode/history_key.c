#include "mode/history_key.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/draft.h"
#include "base/file.h"
#include "base/owner.h"

#define HISTORY_KEY_MODE 0600

/* Its digits, and a LF. */
#define HISTORY_KEY_BYTES (2 * STORE_PRIVACY_KEY + 1)

static int history_key_check(const char *path, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, ERR_CREATE, "the key '%s' is no regular file", path);
	if (!owner_is_trusted(&st) || (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, ERR_CONFIG, "others may read the key '%s' (chmod 600)", path);
	return 0;
}

static int history_key_parse(
    const char *path, struct span text, unsigned char key_r[STORE_PRIVACY_KEY], struct err *err)
{
	const struct span digits = span_trim(text);

	if (digits.n != HISTORY_KEY_BYTES - 1)
		return err_set(err, ERR_DATA, "'%s' is no key of a history", path);
	for (size_t i = 0; i < STORE_PRIVACY_KEY; i++) {
		const int high = span_hex_digit(digits.p[2 * i]);
		const int low = span_hex_digit(digits.p[2 * i + 1]);

		if (high < 0 || low < 0)
			return err_set(err, ERR_DATA, "'%s' is no key of a history", path);
		key_r[i] = (unsigned char)(high << 4 | low);
	}
	return 0;
}

static int history_key_load(
    const char *path, int fd, unsigned char key_r[STORE_PRIVACY_KEY], struct err *err)
{
	struct buf text;
	int result = history_key_check(path, fd, err);

	buf_init(&text, 0);
	if (result == 0 && file_read_all(fd, HISTORY_KEY_BYTES, &text) != 0)
		result =
		    errno == EFBIG
			? err_set(err, ERR_DATA, "'%s' is no key of a history", path)
			: err_set_sys(err, ERR_CREATE, errno, "cannot read the key '%s'", path);
	if (result == 0)
		result = history_key_parse(path, buf_span(&text), key_r, err);
	buf_wipe(&text);
	buf_fini(&text);
	return result;
}

static int history_key_write(int fd)
{
	unsigned char key[STORE_PRIVACY_KEY];
	char text[HISTORY_KEY_BYTES + 1];
	ssize_t n;

	randombytes_buf(key, sizeof(key));
	sodium_bin2hex(text, sizeof(text), key, sizeof(key));
	text[HISTORY_KEY_BYTES - 1] = '\n';
	n = write(fd, text, HISTORY_KEY_BYTES);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(text, sizeof(text));
	return n == (ssize_t)HISTORY_KEY_BYTES && fsync(fd) == 0 ? 0 : -1;
}

/* It has its name when it is whole; of two runs the first makes it, and the other reads that. */
static int history_key_make(const char *path, struct err *err)
{
	struct draft draft;
	int result = -1;

	if (draft_make(&draft, path, HISTORY_KEY_MODE) != 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot make the key '%s'", path);
	if (history_key_write(draft.fd) != 0)
		err_set_sys(err, ERR_IO, errno, "cannot write the key '%s'", path);
	else if (link(draft.name, path) != 0 && errno != EEXIST)
		err_set_sys(err, ERR_CREATE, errno, "cannot make the key '%s'", path);
	else
		result = 0;
	draft_end(&draft);
	return result;
}

int history_key_read(
    const char *path, bool make, unsigned char key_r[STORE_PRIVACY_KEY], struct err *err)
{
	int fd, result;

	if (sodium_init() < 0)
		return err_set(err, ERR_SYSTEM, "no source of random numbers");
	if (make)
		draft_sweep(path);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT && make) {
		if (history_key_make(path, err) != 0)
			return -1;
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	}
	if (fd < 0 && errno == ENOENT && !make)
		return 0;
	if (fd < 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot read the key '%s'", path);
	result = history_key_load(path, fd, key_r, err);
	close(fd);
	return result == 0 ? 1 : -1;
}
