#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "deliver/deliver_file.h"
#include "deliver/deliver_mail.h"
#include "state/state_store.h"

/*
 * Nothing of this run is visible yet. Nothing needs its temporary files once the journal is gone;
 * when that cannot be removed, the next run does.
 */
static void finish_undo(struct state_store *store, const struct journal *journal)
{
	struct err unused = ERR_INIT;

	buf_clear(&store->finished);
	if (state_remove(store, store->journal, &unused) != 0)
		return;
	unlinkat(store->folder_fd, path_name(store->letter), 0);
	unlinkat(store->folder_fd, path_name(store->brief), 0);
	for (unsigned i = 0; i < journal->file_count; i++)
		unlink(journal->file[i].temporary);
}

/* What becomes of a letter. */
enum finish_letter {
	FINISH_FAILED = -1,
	FINISH_DONE, /* sent, or given up */
	FINISH_TOO_BIG,
	FINISH_LATER,  /* sendmail cannot take it now */
	FINISH_UNDONE, /* given up, and the whole run with it */
};

/* It has waited for so long that newer messages should not wait for it any longer. */
static bool finish_is_old(const struct state_store *store, FILE *letter)
{
	struct stat st;

	return store->is_recovering && fstat(fileno(letter), &st) == 0 &&
	       time(NULL) - st.st_mtime > STATE_MAX_WAIT;
}

/* *old_r: it is given up if it has to wait again. A letter whose file is gone has been sent. */
static enum finish_letter finish_try(
    const struct state_store *store, const struct journal *journal, bool *old_r, struct err *err)
{
	const struct deliver_letter to = {
	    .from = journal->from,
	    .to = journal->to,
	    .to_count = journal->to_count,
	};
	struct mail_sending sending = {
	    .sendmail = store->sendmail,
	    .timeout = DELIVER_MAIL_TIMEOUT,
	    .deadline = store->deadline,
	};
	FILE *letter = state_open_file(store, store->letter);
	int result;

	if (letter == NULL && errno == ENOENT)
		return FINISH_DONE;
	if (letter == NULL)
		return err_set_sys(err, ERR_IO, errno, "cannot read '%s'", store->letter);
	*old_r = finish_is_old(store, letter);
	result = deliver_mail_send(&sending, &to, letter, err);
	fclose(letter);
	if (result == 0)
		return FINISH_DONE;
	if (sending.too_big)
		return FINISH_TOO_BIG;
	return err->code == ERR_TEMPORARY ? FINISH_LATER : FINISH_FAILED;
}

/* Puts the brief letter in the place of the one that is too big: 1; 0 when there is none. */
static int finish_shorten(struct state_store *store, const struct err *why, struct err *err)
{
	if (renameat(store->folder_fd, path_name(store->brief), store->folder_fd,
		path_name(store->letter)) != 0) {
		if (errno == ENOENT)
			return 0;
		return err_set_sys(err, ERR_IO, errno, "cannot replace '%s'", store->letter);
	}
	free(store->too_big);
	store->too_big = strdup(why->text);
	if (store->too_big == NULL)
		return err_nomem(err);
	return deliver_sync_at(store->folder_fd, store->folder, err) == 0 ? 1 : -1;
}

static int finish_refuse(struct state_store *store, const struct journal *journal, struct err *err)
{
	finish_undo(store, journal);
	return err_prefix(err,
	    "the letter to %s was refused, so nothing is delivered, and the next run reports the "
	    "same messages",
	    journal->to[0]);
}

static enum finish_letter finish_give_up(
    struct state_store *store, const struct journal *journal, struct err *err)
{
	bool undo = journal->file_count == 0;

	log_error("the letter to %s has waited for %d days and is given up (%s): %s",
	    journal->to[0], STATE_MAX_WAIT / (24 * 60 * 60),
	    undo ? "its messages are reported anew" : "its files are in their places", err->text);
	*err = (struct err)ERR_INIT;
	if (!undo)
		return FINISH_DONE;
	finish_undo(store, journal);
	return FINISH_UNDONE;
}

static enum finish_letter finish_wait(
    struct state_store *store, const struct journal *journal, struct err *err)
{
	return err_prefix(err,
	    "the letter to %s waits in '%s' and the next run sends it (for %d days; when you "
	    "delete '%s', that run reports the same messages anew)",
	    journal->to[0], store->letter, STATE_MAX_WAIT / (24 * 60 * 60), store->journal);
}

static enum finish_letter finish_send(
    struct state_store *store, const struct journal *journal, struct err *err)
{
	bool old = false;
	enum finish_letter letter = finish_try(store, journal, &old, err);

	if (letter == FINISH_TOO_BIG) {
		const struct err why = *err;
		int shortened = finish_shorten(store, &why, err);

		if (shortened < 0)
			return FINISH_FAILED;
		if (shortened > 0)
			letter = finish_try(store, journal, &old, err);
	}
	if (letter == FINISH_LATER)
		letter =
		    old ? finish_give_up(store, journal, err) : finish_wait(store, journal, err);
	else if (letter == FINISH_TOO_BIG ||
		 (letter == FINISH_FAILED && err->code == ERR_UNAVAILABLE))
		letter = finish_refuse(store, journal, err);
	if (letter != FINISH_DONE)
		return letter;
	if (state_remove(store, store->letter, err) != 0)
		return FINISH_FAILED;
	unlinkat(store->folder_fd, path_name(store->brief), 0);
	return FINISH_DONE;
}

/*
 * The temporary file is gone: has the file got its name already? Whoever fetches the reports may
 * have taken it since. Not when the folder is gone, too, or is another one than it was: a file
 * system may not be mounted.
 */
static bool finish_is_named(const struct journal_file *file, const char *folder)
{
	struct stat st;

	if (stat(folder, &st) != 0 || st.st_ino != file->folder) {
		errno = ENOENT;
		return false;
	}
	if (access(file->path, F_OK) != 0)
		log_warn("'%s', which an earlier run wrote, is not there: somebody has fetched it, "
			 "or its messages are lost",
		    file->path);
	return true;
}

static int finish_rename(
    const struct state_store *store, const struct journal_file *file, struct err *err)
{
	char *folder = path_folder(file->path);
	int result = 0;

	if (folder == NULL)
		return err_nomem(err);
	if (rename(file->temporary, file->path) != 0 &&
	    (errno != ENOENT || !finish_is_named(file, folder)))
		result = err_set_sys(err, ERR_CREATE, errno,
		    "cannot create '%s' (the next run tries it again; when you delete '%s', that "
		    "run reports the same messages anew)",
		    file->path, store->journal);
	else
		/* The name may be there, and a crash of the machine could still undo it. */
		result = deliver_sync_folder(folder, err);
	free(folder);
	return result;
}

static int finish_do(struct state_store *store, const struct journal *journal, struct err *err)
{
	enum finish_letter letter = FINISH_DONE;

	if (journal->to_count > 0)
		letter = finish_send(store, journal, err);
	if (letter != FINISH_DONE)
		return letter == FINISH_UNDONE ? 0 : -1;
	for (unsigned i = 0; i < journal->file_count; i++)
		if (finish_rename(store, &journal->file[i], err) != 0)
			return -1;
	for (unsigned i = 0; i < journal->state_count; i++)
		if (state_file_write(store, journal->state[i].key, &journal->state[i].state, err) !=
		    0)
			return -1;
	return state_remove(store, store->journal, err);
}

static void finish_note_files(struct state_store *store, const struct journal *journal)
{
	for (unsigned i = 0; i < journal->file_count; i++) {
		buf_add_text(&store->finished, journal->file[i].path);
		buf_add_char(&store->finished, '\0');
	}
}

int state_finish(struct state_store *store, struct err *err)
{
	struct journal journal;
	int result = journal_read(store, &journal, err);

	if (result <= 0)
		return result;
	finish_note_files(store, &journal);
	if (store->finished.failed != 0)
		result = err_nomem(err);
	else if (finish_do(store, &journal, err) != 0)
		result = -1;
	journal_fini(&journal);
	return result;
}
