#include "source/files/arf_mailbox.h"

#include <stdlib.h>

#include "base/log.h"
#include "source/files/files_run.h"

struct arf_mailbox {
	pthread_mutex_t lock; /* for the run: reports are few */
	struct files_run run;
};

/* folder_taker.take */
static int arf_mailbox_take(void *context, struct report *report, struct reader *reader,
    const struct message *message, struct err *err)
{
	struct arf_mailbox *mailbox = context;
	struct input_file file = {.path = message->place->name, .place = message->place};
	const struct files_message taken = {
	    .file = &file,
	    .text = message->header,
	    .is_cut = message->truncated,
	    .number = message->uid,
	    .path = span_of(message->place->name),
	    .time = message->when,
	    .time_of = "INTERNALDATE of the report",
	    .is_counted = true,
	};
	int result;

	pthread_mutex_lock(&mailbox->lock);
	mailbox->run.run.report = report;
	mailbox->run.run.reader = reader;
	result = arf_take(&mailbox->run, &taken, err);
	pthread_mutex_unlock(&mailbox->lock);
	return result;
}

struct arf_mailbox *arf_mailbox_new(time_t now, bool auth_failures, struct err *err)
{
	struct arf_mailbox *mailbox = calloc(1, sizeof(*mailbox));

	if (mailbox == NULL) {
		err_nomem(err);
		return NULL;
	}
	pthread_mutex_init(&mailbox->lock, NULL);
	mailbox->run.run.now = now;
	mailbox->run.auth_failures = auth_failures;
	mailbox->run.is_reports = mailbox->run.is_decided = true;
	if (files_run_init(&mailbox->run, err) == 0)
		return mailbox;
	arf_mailbox_free(mailbox);
	return NULL;
}

void arf_mailbox_free(struct arf_mailbox *mailbox)
{
	if (mailbox == NULL)
		return;
	files_run_fini(&mailbox->run);
	pthread_mutex_destroy(&mailbox->lock);
	free(mailbox);
}

struct folder_taker arf_mailbox_taker(struct arf_mailbox *mailbox)
{
	return (struct folder_taker){.take = arf_mailbox_take, .context = mailbox};
}

void arf_mailbox_summarize(const struct arf_mailbox *mailbox)
{
	struct buf line;

	buf_init(&line, 0);
	files_add_counts(&line, &mailbox->run.counts);
	if (line.n > 0) {
		struct span text = span_from(buf_span(&line), 2);

		log_info("besides the reports of spam: %.*s", (int)text.n, text.p);
	}
	buf_fini(&line);
}
