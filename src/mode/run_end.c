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

void run_end(const struct run_end *end, int result, struct err *err)
{
	const struct letter_settings settings = run_letter_settings(end->options, end->deadline);

	if (result != 0 && (err->code == ERR_IO || err->code == ERR_CREATE))
		interrupt_check(err);
	if (result != 0 && err->code == ERR_IO && err->sys == DELIVER_DEADLINE) {
		clock_refuse(err);
		err_prefix(err, "nobody reads what is written");
	}
	if (result != 0 && settings.to_count > 0 && end->notify && err->code != ERR_SIGNAL)
		letter_notify(&settings, end->account, err);
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
