#include "mode/watch.h"

#include "base/log.h"

/* Under the desk's lock. */
static void watch_raise(void *context, const struct alert_fact *fact)
{
	struct watch *watch = context;
	struct buf line;

	buf_init(&line, 0);
	alert_fact_add_line(fact, &line);
	if (line.failed != 0)
		log_error("there is an alert, and no memory to say all of it");
	log_line("quarantine-report: ", buf_span(&line));
	buf_fini(&line);
	if (watch->metrics != NULL)
		metrics_count_alert(watch->metrics);
	if (watch->send != NULL)
		alert_send_put(watch->send, fact);
}

static void watch_add(struct watch *watch, struct sink *sink)
{
	if (watch->last != NULL)
		watch->last->next = sink;
	else
		watch->first = sink;
	watch->last = sink;
}

static int watch_open_alert(
    struct watch *watch, const struct options *options, const struct env *env, struct err *err)
{
	const struct options_live *live = &options->live;
	const struct alert_settings settings = {
	    .count = live->alert_count,
	    .minutes = live->alert_minutes,
	    .began = env->now,
	    .exempt = &watch->exempt,
	    .raise = watch_raise,
	    .context = watch,
	};
	const struct alert_send_settings to = {
	    .command = live->alert_command,
	    .url = live->alert_url,
	    .ca_file = live->alert_ca_file,
	    .env = env,
	};

	if (exempt_init(&watch->exempt, options->api.exempt.text, options->api.exempt.count,
		options->api.exempt_file, err) != 0)
		return -1;
	watch->alert = alert_new(&settings, err);
	if (watch->alert == NULL)
		return -1;
	watch_add(watch, alert_sink(watch->alert));
	if (to.command == NULL && to.url == NULL)
		return 0;
	watch->send = alert_send_new(&to, err);
	return watch->send != NULL ? 0 : -1;
}

int watch_open(struct watch *watch, const struct options *options, const struct env *env,
    const struct account *account, struct err *err)
{
	const struct metrics_settings settings = {
	    .path = options->live.metrics,
	    .began = env->now,
	    .account = account,
	};

	*watch = (struct watch){0};
	if (options->live.metrics != NULL) {
		watch->metrics = metrics_new(&settings, err);
		if (watch->metrics == NULL)
			return -1;
		watch_add(watch, metrics_sink(watch->metrics));
	}
	return options->live.alert_count > 0 ? watch_open_alert(watch, options, env, err) : 0;
}

void watch_close(struct watch *watch)
{
	if (watch->alert != NULL) {
		alert_summarize(watch->alert);
		if (alert_forgotten(watch->alert) > 0)
			log_info("more identities than can be counted for alerts at a time: some "
				 "were left out");
	}
	alert_send_free(watch->send);
	if (watch->last != NULL)
		watch->last->next = NULL;
	sink_free(watch->first);
	exempt_fini(&watch->exempt);
	*watch = (struct watch){0};
}

struct sink *watch_join(struct watch *watch, struct sink *outputs)
{
	if (watch->last == NULL)
		return outputs;
	watch->last->next = outputs;
	return watch->first;
}

int watch_rest(struct watch *watch, struct report *report, bool ends, struct err *err)
{
	int result;

	if (watch->metrics == NULL)
		return 0;
	report_pause(report);
	result = metrics_note(watch->metrics, ends, err);
	report_resume(report);
	return result;
}

void watch_tick(struct watch *watch, struct report *report, time_t now)
{
	struct buf text;

	if (watch->metrics == NULL || !report_pause_soon(report))
		return;
	buf_init(&text, 0);
	metrics_add_text(watch->metrics, now, &text);
	report_resume(report);
	metrics_write(watch->metrics, &text);
	buf_fini(&text);
}
