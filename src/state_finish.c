#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/path.h"
#include "deliver/deliver_file.h"
#include "deliver/deliver_mail.h"
#include "state_store.h"

/*
 * Nobody has seen anything of this run. Its temporary files are of no use once the journal is gone;
 * when that cannot be removed, they still are.
 */
static void finish_undo(const struct state_store *store, const struct journal *journal)
{
	struct err unused = ERR_INIT;

	if (state_remove(store, store->journal, &unused) != 0)
		return;
	unlinkat(store->folder_fd, path_name(store->letter), 0);
	for (unsigned i = 0; i < journal->file_count; i++)
		unlink(journal->file[i].temporary);
}

static int finish_send_file(
    const struct state_store *store, const struct journal *journal, FILE *letter, struct err *err)
{
	const struct mail_letter to = {
	    .from = journal->from,
	    .to = journal->to,
	    .to_count = journal->to_count,
	};

	if (deliver_mail_send(store->sendmail, DELIVER_MAIL_TIMEOUT, &to, letter, err) == 0)
		return 0;
	if (err->code == ERR_UNAVAILABLE) {
		finish_undo(store, journal);
		return err_prefix(err,
		    "the letter to %s was refused, so nothing is delivered, and the next run "
		    "reports the same messages",
		    journal->to[0]);
	}
	return err_prefix(err,
	    "the letter to %s waits in '%s' and the next run sends it (when you delete '%s', that "
	    "run reports the same messages anew)",
	    journal->to[0], store->letter, store->journal);
}

/* A letter whose file is gone has been sent. */
static int finish_send(
    const struct state_store *store, const struct journal *journal, struct err *err)
{
	FILE *letter;
	int result;

	if (journal->to_count == 0)
		return 0;
	letter = fopen(store->letter, "re");
	if (letter == NULL && errno == ENOENT)
		return 0;
	if (letter == NULL)
		return err_set_sys(err, ERR_IO, errno, "cannot read '%s'", store->letter);
	result = finish_send_file(store, journal, letter, err);
	fclose(letter);
	return result == 0 ? state_remove(store, store->letter, err) : -1;
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
		/* That the name lasts is not sure, even if it is there. */
		result = deliver_sync_folder(folder, err);
	free(folder);
	return result;
}

static int finish_do(
    const struct state_store *store, const struct journal *journal, struct err *err)
{
	if (finish_send(store, journal, err) != 0)
		return -1;
	for (unsigned i = 0; i < journal->file_count; i++)
		if (finish_rename(store, &journal->file[i], err) != 0)
			return -1;
	for (unsigned i = 0; i < journal->state_count; i++)
		if (state_file_write(
			store, &journal->state[i].key, &journal->state[i].state, err) != 0)
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
	if (finish_do(store, &journal, err) != 0)
		result = -1;
	journal_fini(&journal);
	return result;
}
