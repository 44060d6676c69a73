/* Batches that no server took: files beside the state, which the next run sends first. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/draft.h"
#include "base/log.h"
#include "base/owner.h"
#include "store/store_clickhouse.h"

/* Batches that wait at most; a run ends with the first that it cannot send. */
#define CLICKHOUSE_SPOOLED 32

#define CLICKHOUSE_SPOOL_MODE 0600

static const char *clickhouse_spool_name(struct clickhouse *clickhouse, unsigned number)
{
	buf_clear(&clickhouse->text);
	buf_printf(&clickhouse->text, "%s.%u", clickhouse->settings->spool, number);
	return buf_string(&clickhouse->text);
}

static int clickhouse_spool_write(int fd, const char *name, struct span body, struct err *err)
{
	while (body.n > 0) {
		const ssize_t n = write(fd, body.p, body.n);

		if (n < 0 && errno != EINTR)
			return err_set_sys(err, ERR_IO, errno, "cannot write '%s'", name);
		body = span_from(body, n > 0 ? (size_t)n : 0);
	}
	if (fsync(fd) != 0)
		return err_set_sys(err, ERR_IO, errno, "cannot write '%s'", name);
	return 0;
}

/* It gets the name of a batch when it is whole: a part would be refused for ever. */
static int clickhouse_spool_make(
    const struct clickhouse *clickhouse, struct span body, struct draft *draft, struct err *err)
{
	const char *spool = clickhouse->settings->spool;

	if (draft_make(draft, spool, CLICKHOUSE_SPOOL_MODE) != 0)
		return err_set_sys(err, ERR_CREATE, errno, "cannot make '%s.*'", spool);
	if (clickhouse_spool_write(draft->fd, draft->name, body, err) == 0)
		return 0;
	draft_end(draft);
	return -1;
}

/* The first number that is free. */
static int clickhouse_spool_give_name(
    struct clickhouse *clickhouse, const char *made, const char **name_r, struct err *err)
{
	for (unsigned i = 0; i < CLICKHOUSE_SPOOLED; i++) {
		const char *name = clickhouse_spool_name(clickhouse, i);

		if (clickhouse->text.failed != 0)
			return err_nomem(err);
		*name_r = name;
		if (link(made, name) == 0)
			return 0;
		if (errno != EEXIST)
			return err_set_sys(err, ERR_CREATE, errno, "cannot make '%s'", name);
	}
	return err_set(err, ERR_CREATE, "%u batches are waiting in '%s.*'", CLICKHOUSE_SPOOLED,
	    clickhouse->settings->spool);
}

int clickhouse_spool_keep(
    struct clickhouse *clickhouse, struct span body, const char **name_r, struct err *err)
{
	struct draft draft;
	int result;

	if (clickhouse->settings->spool == NULL)
		return err_set(err, ERR_CREATE, "there is no folder where they could wait");
	if (clickhouse_spool_make(clickhouse, body, &draft, err) != 0)
		return -1;
	result = clickhouse_spool_give_name(clickhouse, draft.name, name_r, err);
	draft_end(&draft);
	return result;
}

/* Others who may write to it could make a run name whom they like. */
static int clickhouse_spool_read(int fd, const char *name, struct buf *body, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || !owner_is_trusted(&st) ||
	    owner_lets_others_write(&st))
		return err_set(err, ERR_CONFIG, "others may write to '%s'", name);
	for (;;) {
		char *room = buf_reserve(body, 64 * 1024);
		ssize_t n;

		if (room == NULL)
			return err_set(err, ERR_DATA, "'%s' is no batch", name);
		n = read(fd, room, 64 * 1024);
		if (n < 0 && errno != EINTR)
			return err_set_sys(err, ERR_IO, errno, "cannot read '%s'", name);
		if (n == 0)
			return 0;
		body->n += n > 0 ? (size_t)n : 0;
	}
}

/* A batch that is looked at before it is sent. */
struct clickhouse_spooled {
	struct clickhouse *clickhouse;
	struct clickhouse_batch batch;
	bool has_statement;
};

/* Its places may not be listed yet: that failed, too. */
static int clickhouse_look_at_line(void *context, struct span line, struct err *err)
{
	struct clickhouse_spooled *spooled = context;

	(void)err;
	if (spooled->has_statement) {
		clickhouse_say_place_of(spooled->clickhouse, line);
		spooled->batch.rows++;
	}
	spooled->has_statement = true;
	return 0;
}

static int clickhouse_spool_post(
    struct clickhouse *clickhouse, int fd, const char *name, struct err *err)
{
	struct clickhouse_spooled spooled = {.clickhouse = clickhouse};
	struct clickhouse_batch *batch = &spooled.batch;
	int result;

	clickhouse_batch_init(batch);
	batch->gzip.max = 2 * STORE_BATCH_BYTES + CLICKHOUSE_MAX_LINE;
	batch->is_finished = true;
	result = clickhouse_spool_read(fd, name, &batch->gzip, err);
	if (result == 0)
		result = clickhouse_batch_read(
		    buf_span(&batch->gzip), clickhouse_look_at_line, &spooled, err);
	clickhouse->bare = 0;
	if (result == 0 && batch->rows > 0 &&
	    (clickhouse_send_places(clickhouse, err) != 0 ||
		clickhouse_send_again(clickhouse, batch, err) != 0))
		result = -1;
	clickhouse_batch_fini(batch);
	return result;
}

/* Another run is sending it, or has done so: its name may be that of a later batch by now. */
static bool clickhouse_spool_is_taken(int fd)
{
	struct stat st;

	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
		return true;
	return fstat(fd, &st) == 0 && st.st_nlink == 0;
}

static int clickhouse_spool_send_one(
    struct clickhouse *clickhouse, const char *name, struct err *err)
{
	const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int result;

	if (fd < 0)
		return errno == ENOENT ? 0
				       : err_set_sys(err, ERR_IO, errno, "cannot open '%s'", name);
	if (clickhouse_spool_is_taken(fd)) {
		close(fd);
		return 0;
	}
	result = clickhouse_spool_post(clickhouse, fd, name, err);
	if (result != 0)
		err_prefix(err, "'%s'", name);
	else if (unlink(name) != 0 && errno != ENOENT)
		result = err_set_sys(err, ERR_IO, errno, "cannot remove '%s'", name);
	close(fd);
	if (result != 0)
		return -1;
	log_info("what waited in '%s' is in the history now", name);
	return 0;
}

int clickhouse_spool_send(struct clickhouse *clickhouse, struct err *err)
{
	if (clickhouse->settings->spool != NULL)
		draft_sweep(clickhouse->settings->spool);
	for (unsigned i = 0; i < CLICKHOUSE_SPOOLED && clickhouse->settings->spool != NULL; i++) {
		struct buf name;
		int result;

		buf_init(&name, 0);
		buf_add_text(&name, clickhouse_spool_name(clickhouse, i));
		result = name.failed != 0 || clickhouse->text.failed != 0
			     ? err_nomem(err)
			     : clickhouse_spool_send_one(clickhouse, buf_string(&name), err);
		buf_fini(&name);
		if (result != 0)
			return clickhouse_blame(clickhouse, err);
	}
	return 0;
}

int clickhouse_spool_count(
    struct clickhouse *clickhouse, struct store_about *about, struct err *err)
{
	about->spool = clickhouse->settings->spool;
	for (unsigned i = 0; i < CLICKHOUSE_SPOOLED && about->spool != NULL; i++) {
		const char *name = clickhouse_spool_name(clickhouse, i);
		struct stat st;

		if (clickhouse->text.failed != 0)
			return err_nomem(err);
		if (lstat(name, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		about->waiting++;
		about->waiting_bytes += (uint64_t)st.st_size;
	}
	return 0;
}
