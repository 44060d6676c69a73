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
#include "letter/letter_part.h"

/* A letter with the texts it points to. */
struct letter {
	struct buf subject;
	struct buf text;
	struct buf html;
	struct buf id;
	struct deliver_attachment file[FORMAT_COUNT];
	struct deliver_letter mail;
};

/* Messages without an identity are nobody's. */
static int letter_has_sender(struct grouping *identities, unsigned min_count, struct err *err)
{
	const struct group_limits limits = {.top = 2, .min_count = min_count};
	struct group_view view;

	if (group_view_init(&view, identities, &limits, err) != 0)
		return -1;
	for (uint32_t i = 0; i < view.shown; i++) {
		struct group_row row;

		group_view_row(&view, i, &row);
		if (row.key[0].n > 0)
			return 1;
	}
	return 0;
}

int letter_is_due(
    const struct letter_settings *settings, const struct outputs *outputs, struct err *err)
{
	const struct account *account = outputs->settings.account;
	int result;

	if (settings->to_count == 0)
		return 0;
	/* Messages of saved reports are in no folder's counts. */
	if (settings->min_count == 0)
		return settings->also_empty || account_has_news(account) ||
		       grouping_messages(outputs->identities) > 0;
	if (!letter_is_complete(account))
		return 1;
	result = letter_has_sender(outputs->identities, settings->min_count, err);
	if (result == 0)
		log_info("no letter: nobody sent %u messages or more", settings->min_count);
	return result;
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
	buf_init(&letter->html, 0);
	buf_init(&letter->id, 0);
	letter_add_id(&letter->id, account->made);
}

static void letter_fini(struct letter *letter)
{
	buf_fini(&letter->subject);
	buf_fini(&letter->text);
	buf_fini(&letter->html);
	buf_fini(&letter->id);
}

/* Composes when all texts are there. */
static int letter_write(struct letter *letter, FILE *out, struct err *err)
{
	if (letter->subject.failed != 0 || letter->text.failed != 0 || letter->html.failed != 0 ||
	    letter->id.failed != 0)
		return err_nomem(err);
	letter->mail.subject = buf_span(&letter->subject);
	letter->mail.text = buf_span(&letter->text);
	letter->mail.html = buf_span(&letter->html);
	letter->mail.id = buf_span(&letter->id);
	return deliver_mail_compose(&letter->mail, out, err);
}

/* Every file; not what went to standard output, a pipe or a database. */
static void letter_attach(struct letter *letter, const struct outputs *outputs)
{
	struct deliver_letter *mail = &letter->mail;

	mail->files = letter->file;
	for (unsigned i = 0; i < outputs->count; i++) {
		const struct output *output = &outputs->output[i];
		const char *path = output->file != NULL ? deliver_contents(output->file) : NULL;
		struct deliver_attachment *file = &letter->file[mail->file_count];

		if (path == NULL)
			continue;
		*file = (struct deliver_attachment){
		    .path = path,
		    .name = path_name(deliver_path(output->file)),
		    .type = output->format->type,
		};
		mail->file_count++;
	}
}

static struct letter_report letter_report_of(
    const struct letter_settings *settings, const struct outputs *outputs)
{
	return (struct letter_report){
	    .account = outputs->settings.account,
	    .identities = outputs->identities,
	    .limits = settings->limits,
	    .failed_since = settings->failed_since,
	    .lock = settings->lock,
	};
}

static int letter_choose_subject(struct letter *letter, const struct letter_settings *settings,
    const struct letter_report *report, struct err *err)
{
	if (settings->subject == NULL)
		return letter_add_subject(&letter->subject, report, err);
	buf_add_text(&letter->subject, settings->subject);
	return 0;
}

int letter_compose(const struct letter_settings *settings, const struct outputs *outputs, FILE *out,
    struct err *err)
{
	const struct letter_report report = letter_report_of(settings, outputs);
	struct letter letter;
	int result = -1;

	letter_init(&letter, settings, outputs->settings.account);
	letter_attach(&letter, outputs);
	if (letter_choose_subject(&letter, settings, &report, err) == 0 &&
	    letter_add_text(&letter.text, &report, err) == 0 &&
	    letter_add_html(&letter.html, &report, err) == 0)
		result = letter_write(&letter, out, err);
	letter_fini(&letter);
	return result;
}

bool letter_may_be_brief(const struct outputs *outputs)
{
	struct deliver_file *files[FORMAT_COUNT];
	unsigned count = outputs_files(outputs, files);

	for (unsigned i = 0; i < count; i++)
		if (!deliver_is_direct(files[i]))
			return true;
	return false;
}

/* Whoever reads it may be on another machine, and in no folder of ours. */
static void letter_add_places(struct buf *out, const struct outputs *outputs)
{
	struct deliver_file *files[FORMAT_COUNT];
	unsigned count = outputs_files(outputs, files);
	char host[HOST_NAME_MAX + 1] = "";

	buf_add_text(out, "The report is too big to be mailed. It is ");
	if (gethostname(host, sizeof(host)) == 0 && host[0] != '\0')
		buf_printf(out, "on %s, ", host);
	buf_add_text(out, "in\n\n");
	for (unsigned i = 0; i < count; i++) {
		const struct deliver_file *file = files[i];
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
	const struct letter_report report = letter_report_of(settings, outputs);
	struct letter letter;
	int result = -1;

	letter_init(&letter, settings, outputs->settings.account);
	letter_add_places(&letter.text, outputs);
	if (letter_choose_subject(&letter, settings, &report, err) == 0)
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
	const struct deliver_letter mail = {
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

/* Longer than the deadline of the run, which may be why there is a notice. What goes wrong is
 * logged. */
static int letter_send_patiently(
    struct letter *letter, const struct letter_settings *settings, const char *what)
{
	int64_t soon = clock_now() + LETTER_NOTICE_GRACE * 1000;
	struct letter_settings patient = *settings;
	struct err err = ERR_INIT;

	if (patient.deadline != 0 && patient.deadline < soon)
		patient.deadline = soon;
	if (letter_send_notice(letter, &patient, &err) == 0)
		return 0;
	log_error("%s cannot be mailed to %s: %s", what, settings->to[0], err.text);
	return -1;
}

int letter_notify(const struct letter_settings *settings, const struct account *account,
    const struct err *failure)
{
	struct letter letter;
	int result;

	letter_init(&letter, settings, account);
	letter_add_failure_subject(&letter.subject, account, failure, settings->failed_since);
	letter_add_failure(&letter.text, account, failure, settings->failed_since);
	result = letter_send_patiently(&letter, settings, "a notice of the failure");
	letter_fini(&letter);
	return result;
}

int letter_notify_recovery(const struct letter_settings *settings, const struct account *account)
{
	struct letter letter;
	int result;

	letter_init(&letter, settings, account);
	letter_add_recovery_subject(&letter.subject, account);
	letter_add_recovery(&letter.text, account, settings->failed_since);
	result = letter_send_patiently(&letter, settings, "the notice that runs work again");
	letter_fini(&letter);
	return result;
}
