/* The life of a message: it begins, may be the second pass of another, waits, and is handed on. */
#include <stdlib.h>

#include "source/maillog/maillog_part.h"

bool maillog_wants(const struct maillog *log, time_t when)
{
	const struct period *period = log->settings.period;

	return period == NULL || (when >= period->since && when < period->until);
}

int maillog_changed(struct maillog *log, struct maillog_message *message, struct err *err)
{
	if (!maillog_open_is_full(&log->open, message))
		return 0;
	while (maillog_open_is_full(&log->open, message) && log->open.oldest != message) {
		log->open.oldest->flags |= MESSAGE_EARLY;
		log->counts.handed_on++;
		if (maillog_hand_on(log, log->open.oldest, err) != 0)
			return -1;
	}
	return 0;
}

/* Of a message that has a second pass, what becomes of it there counts. */
struct maillog_message *maillog_first(struct maillog_message *message)
{
	return message->first != NULL ? message->first : message;
}

int maillog_add(struct maillog *log, const struct maillog_line *line, struct span id,
    struct maillog_message **message_r, struct err *err)
{
	struct maillog_message *message;

	*message_r = NULL;
	if (log->settings.failed_logins || !maillog_wants(log, line->when))
		return 0;
	message = maillog_open_add(&log->open, line->host, id);
	if (message == NULL)
		return err_nomem(err);
	message->when = line->when;
	message->place = log->place;
	if (log->is_unnumbered) {
		message->flags |= MESSAGE_SUSPICIOUS;
		log->counts.suspicious++;
	}
	if (log->settings.explain)
		message_set(message, TEXT_LINE, span_head(line->text, MAILLOG_SHOWN_LINE));
	*message_r = message;
	return 0;
}

void maillog_stop_waiting(struct maillog *log, struct maillog_message *message)
{
	if (!message->waits)
		return;
	if (message->waits_older != NULL)
		message->waits_older->waits_newer = message->waits_newer;
	else
		log->waits_oldest = message->waits_newer;
	if (message->waits_newer != NULL)
		message->waits_newer->waits_older = message->waits_older;
	else
		log->waits_newest = message->waits_older;
	message->waits = false;
	message->waits_older = message->waits_newer = NULL;
}

static void waits_add(struct maillog *log, struct maillog_message *message)
{
	message->waits = true;
	message->waits_older = log->waits_newest;
	if (log->waits_newest != NULL)
		log->waits_newest->waits_newer = message;
	else
		log->waits_oldest = message;
	log->waits_newest = message;
}

void maillog_join(
    struct maillog *log, struct maillog_message *first, struct maillog_message *second)
{
	first = maillog_first(first);
	if (second == first || second->first != NULL || second->passes != NULL)
		return;
	/* Who logged in for it is not who logged in for the other. */
	if (second->n[TEXT_LOGIN] > 0 &&
	    !span_eq(message_text(second, TEXT_LOGIN), message_text(first, TEXT_LOGIN)))
		return;
	log->counts.passes++;
	second->flags |= MESSAGE_PASS;
	second->first = first;
	second->next_pass = first->passes;
	first->passes = second;
	for (uint32_t i = 0; i < second->recipients; i++)
		message_adopt_recipient(
		    first, second->recipient[i], (second->flags & MESSAGE_BY_ID) != 0);
	maillog_stop_waiting(log, first);
	maillog_stop_waiting(log, second);
}

/* The second pass is over: what became of its recipients is what became of the first's. */
int maillog_end_pass(struct maillog *log, struct maillog_message *second, struct err *err)
{
	struct maillog_message *first = second->first;

	maillog_forget(log, second);
	if (first == NULL || first->passes != NULL || (first->flags & MESSAGE_DONE) == 0)
		return 0;
	return maillog_hand_on(log, first, err);
}

void maillog_forget(struct maillog *log, struct maillog_message *message)
{
	struct maillog_message **at, *pass;

	maillog_stop_waiting(log, message);
	maillog_leave_ids(log, message);
	if ((message->flags & MESSAGE_REFUSED) != 0)
		maillog_forget_attempt(log, message);
	if (message->first != NULL) {
		for (at = &message->first->passes; *at != message; at = &(*at)->next_pass)
			;
		*at = message->next_pass;
	}
	for (pass = message->passes; pass != NULL; pass = pass->next_pass)
		pass->first = NULL;
	maillog_open_remove(&log->open, message);
}

int maillog_finish(struct maillog *log, struct maillog_message *message, struct err *err)
{
	if ((message->flags & MESSAGE_DONE) != 0)
		return 0;
	message->flags |= MESSAGE_DONE;
	message->done = log->now;
	if ((message->flags & MESSAGE_PASS) != 0)
		return maillog_end_pass(log, message, err);
	if (message->passes != NULL)
		return 0;
	if ((message->flags & MESSAGE_LOOPBACK) == 0 && message->maybe == NULL &&
	    message->to_self == message->absorbed)
		return maillog_hand_on(log, message, err);
	waits_add(log, message);
	return 0;
}

static int maillog_hand_on_failure(
    struct maillog *log, const struct maillog_line *line, struct err *err)
{
	struct maillog_message *message = maillog_open_add(&log->open, line->host, SPAN_EMPTY);

	if (message == NULL || log->last_login.failed != 0)
		return err_nomem(err);
	message->flags |= MESSAGE_LOGIN_FAILED | MESSAGE_ARRIVED;
	message->when = line->when;
	message->place = log->place;
	message_set(message, TEXT_LOGIN, buf_span(&log->last_login));
	message_set(message, TEXT_IP, span_of(log->last_ip));
	return maillog_hand_on(log, message, err);
}

int maillog_repeat_failure(
    struct maillog *log, const struct maillog_line *line, uint64_t times, struct err *err)
{
	int result = 0;

	if (times > MAILLOG_MAX_REPEAT) {
		log->counts.lost += times - MAILLOG_MAX_REPEAT;
		times = MAILLOG_MAX_REPEAT;
	}
	log->counts.failed_logins += times;
	if (!log->settings.failed_logins || !maillog_wants(log, line->when))
		return 0;
	for (; times > 0 && result == 0; times--)
		result = maillog_hand_on_failure(log, line, err);
	return result;
}

int maillog_fail_login(struct maillog *log, const struct maillog_line *line, struct span login,
    struct span ip, struct err *err)
{
	size_t n = ip.n < sizeof(log->last_ip) ? ip.n : 0;

	buf_clear(&log->last_login);
	buf_add(&log->last_login, span_head(login, MAILLOG_MAX_TEXT));
	if (n > 0)
		memcpy(log->last_ip, ip.p, n);
	log->last_ip[n] = '\0';
	log->last_failed = true;
	return maillog_repeat_failure(log, line, 1, err);
}
