/* How a run ended, for notice and log. */

#include "base/clock.h"
#include "base/interrupt.h"
#include "deliver/deliver_file.h"
#include "mode/run.h"
#include "mode/run_parts.h"
#include "mode/runlog.h"

static void end_write_log(const struct run_end *end, int result, const struct err *err)
{
	const struct runlog runlog = {
	    .options = end->options,
	    .account = end->account,
	    .bytes = end->account->bytes,
	    .milliseconds = clock_now() - end->began,
	    .tls = end->account->tls,
	    .failure = result != 0 ? err->text : NULL,
	    .status = result != 0 ? err_exit_status(err) : 0,
	};

	if (end->options->syslog)
		runlog_write(&runlog);
}

/* Messages that could not be read are no failure that another run would have to end. */
static bool end_has_worked(const struct run_end *end, int result, const struct err *err)
{
	return result == 0 || (err->code == ERR_DATA && end->account->delivered &&
				  end->account->failure.code == ERR_NONE);
}

void run_end(const struct run_end *end, int result, struct err *err)
{
	const struct run_telling telling = {
	    .letter = run_letter_settings(end->options, end->deadline),
	    .account = end->account,
	    .store = end->store,
	    .failure = &end->failure,
	};

	if (result != 0 && (err->code == ERR_IO || err->code == ERR_CREATE))
		interrupt_check(err);
	if (result != 0 && err->code == ERR_IO && err->sys == DELIVER_DEADLINE) {
		clock_refuse(err);
		err_prefix(err, "nobody reads what is written");
	}
	if (telling.letter.to_count > 0 && end_has_worked(end, result, err))
		run_tell_recovery(&telling, end->mailed);
	else if (telling.letter.to_count > 0 && end->notify && err->code != ERR_SIGNAL)
		run_tell_failure(&telling, err);
	end_write_log(end, result, err);
}

void run_refuse(const struct options *options, struct err *err)
{
	const struct account account = {0};
	/* No notice is mailed: the address may be what is wrong. */
	const struct run_end end = {
	    .options = options,
	    .account = &account,
	    .began = clock_now(),
	};

	run_end(&end, -1, err);
}
