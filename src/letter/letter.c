#include "letter/letter.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/path.h"
#include "deliver/deliver_file.h"
#include "deliver/deliver_mail.h"
#include "letter/letter_body.h"

/* A letter with the texts it points to. */
struct letter {
	struct buf subject;
	struct buf text;
	struct buf id;
	struct mail_file file[FORMAT_COUNT];
	struct mail_letter mail;
};

bool letter_is_due(const struct letter_settings *settings, const struct outputs *outputs)
{
	if (settings->to_count == 0)
		return false;
	/* Messages of saved reports are in no folder's counts. */
	return settings->also_empty || account_has_news(outputs->settings.account) ||
	       grouping_messages(outputs->identities) > 0;
}

/* What no other letter has: the time, and a random number; without one, the process. */
static void letter_add_id(struct buf *out, time_t made)
{
	uint64_t random = (uint64_t)getpid();

	(void)!getrandom(&random, sizeof(random), GRND_NONBLOCK);
	buf_printf(out, "quarantine-report.%" PRIdMAX ".%016" PRIx64, (intmax_t)made, random);
}

static void letter_init(
    struct letter *letter, const struct letter_settings *settings, const struct account *account)
{
	*letter = (struct letter){
	    .mail =
		{
		    .from = settings->from,
		    .to = settings->to,
		    .to_count = settings->to_count,
		    .date = account->made,
		},
	};
	buf_init(&letter->subject, 0);
	buf_init(&letter->text, 0);
	buf_init(&letter->id, 0);
	letter_add_id(&letter->id, account->made);
}

static void letter_fini(struct letter *letter)
{
	buf_fini(&letter->subject);
	buf_fini(&letter->text);
	buf_fini(&letter->id);
}

/* Composes when all texts are there. */
static int letter_write(struct letter *letter, FILE *out, struct err *err)
{
	if (letter->subject.failed != 0 || letter->text.failed != 0 || letter->id.failed != 0)
		return err_nomem(err);
	letter->mail.subject = buf_span(&letter->subject);
	letter->mail.text = buf_span(&letter->text);
	letter->mail.id = buf_span(&letter->id);
	return deliver_mail_compose(&letter->mail, out, err);
}

/* The page as the alternative, and every file as an attachment; not what went to standard output or
 * a pipe. */
static void letter_attach(struct letter *letter, const struct outputs *outputs)
{
	struct mail_letter *mail = &letter->mail;

	mail->files = letter->file;
	for (unsigned i = 0; i < outputs->count; i++) {
		const struct output *output = &outputs->output[i];
		const char *path = deliver_contents(output->file);
		struct mail_file *file = &letter->file[mail->file_count];

		if (path == NULL)
			continue;
		*file = (struct mail_file){
		    .path = path,
		    .name = path_name(deliver_path(output->file)),
		    .type = output->format->type,
		};
		mail->file_count++;
		if (output->format == &formats[FORMAT_HTML])
			mail->html = file;
	}
}

static int letter_choose_subject(struct letter *letter, const struct letter_settings *settings,
    const struct outputs *outputs, struct err *err)
{
	if (settings->subject == NULL)
		return letter_add_subject(
		    &letter->subject, outputs->settings.account, outputs->identities, err);
	buf_add_text(&letter->subject, settings->subject);
	return 0;
}

int letter_compose(const struct letter_settings *settings, const struct outputs *outputs, FILE *out,
    struct err *err)
{
	struct letter letter;
	int result = -1;

	letter_init(&letter, settings, outputs->settings.account);
	letter_attach(&letter, outputs);
	if (letter_choose_subject(&letter, settings, outputs, err) == 0 &&
	    letter_add_text(&letter.text, outputs->settings.account, outputs->identities, err) == 0)
		result = letter_write(&letter, out, err);
	letter_fini(&letter);
	return result;
}

bool letter_may_be_brief(const struct outputs *outputs)
{
	for (unsigned i = 0; i < outputs->count; i++)
		if (!deliver_is_direct(outputs->output[i].file))
			return true;
	return false;
}

/* Whoever reads it may be on another machine, and in no folder of ours. */
static void letter_add_places(struct buf *out, const struct outputs *outputs)
{
	char host[HOST_NAME_MAX + 1] = "";

	buf_add_text(out, "The report is too big to be mailed. It is ");
	if (gethostname(host, sizeof(host)) == 0 && host[0] != '\0')
		buf_printf(out, "on %s, ", host);
	buf_add_text(out, "in\n\n");
	for (unsigned i = 0; i < outputs->count; i++) {
		const struct deliver_file *file = outputs->output[i].file;
		char *folder;

		if (deliver_is_direct(file))
			continue;
		folder = realpath(deliver_folder(file), NULL);
		buf_printf(out, "  %s/%s\n", folder != NULL ? folder : deliver_folder(file),
		    path_name(deliver_path(file)));
		free(folder);
	}
}

int letter_compose_brief(const struct letter_settings *settings, const struct outputs *outputs,
    FILE *out, struct err *err)
{
	struct letter letter;
	int result = -1;

	letter_init(&letter, settings, outputs->settings.account);
	letter_add_places(&letter.text, outputs);
	if (letter_choose_subject(&letter, settings, outputs, err) == 0)
		result = letter_write(&letter, out, err);
	letter_fini(&letter);
	return result;
}

FILE *letter_temporary(struct err *err)
{
	FILE *file = tmpfile();

	if (file != NULL && fcntl(fileno(file), F_SETFD, FD_CLOEXEC) == 0)
		return file;
	err_set_sys(err, ERR_CREATE, errno, "cannot make a temporary file for the letter");
	if (file != NULL)
		fclose(file);
	return NULL;
}

int letter_send(
    const struct letter_settings *settings, FILE *composed, bool *too_big_r, struct err *err)
{
	const struct mail_letter mail = {
	    .from = settings->from,
	    .to = settings->to,
	    .to_count = settings->to_count,
	};
	struct mail_sending sending = {
	    .sendmail = settings->sendmail,
	    .timeout = DELIVER_MAIL_TIMEOUT,
	    .deadline = settings->deadline,
	};
	int result = deliver_mail_send(&sending, &mail, composed, err);

	*too_big_r = sending.too_big;
	return result;
}

static int letter_send_notice(
    struct letter *letter, const struct letter_settings *settings, struct err *err)
{
	FILE *composed = letter_temporary(err);
	bool too_big;
	int result;

	if (composed == NULL)
		return -1;
	result = letter_write(letter, composed, err);
	if (result == 0)
		result = letter_send(settings, composed, &too_big, err);
	fclose(composed);
	return result;
}

void letter_notify(const struct letter_settings *settings, const struct account *account,
    const struct err *failure)
{
	int64_t soon = clock_now() + LETTER_NOTICE_GRACE * 1000;
	struct letter_settings patient = *settings;
	struct err err = ERR_INIT;
	struct letter letter;

	if (patient.deadline != 0 && patient.deadline < soon)
		patient.deadline = soon;
	letter_init(&letter, settings, account);
	letter_add_failure_subject(&letter.subject, account, failure);
	letter_add_failure(&letter.text, account, failure);
	if (letter_send_notice(&letter, &patient, &err) != 0)
		log_error("a notice of the failure cannot be mailed to %s: %s", settings->to[0],
		    err.text);
	letter_fini(&letter);
}
