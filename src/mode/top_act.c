/* top: what is done about the list. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/wait.h"
#include "deliver/deliver_file.h"
#include "group/group_sender.h"
#include "mode/run.h"
#include "mode/top_part.h"
#include "report/outputs_name.h"
#include "sink/screen/screen_terminal.h"
#include "sink/sink_lock.h"

/* --- As a file --- */

static int top_write(struct top *top, struct deliver_file *file, struct err *err)
{
	const struct sink_csv_options how = {
	    .delimiter = top->options->delimiter,
	    .bom = top->options->csv_bom,
	    .raw = top->options->raw_csv,
	};
	const struct group_view rows = screen_view_rows(&top->view);
	struct sink *sink = sink_view_csv_new(deliver_stream(file), &rows, &how, err);
	int result;

	if (sink == NULL)
		return -1;
	result = sink_end(sink, &top->account, err);
	sink_free(sink);
	return result;
}

void top_save(struct top *top)
{
	struct deliver_file *file;
	struct err err = ERR_INIT;
	struct buf name, note;
	int result = -1;

	buf_init(&name, 0);
	buf_init(&note, 0);
	outputs_choose_name(top->shown->outputs, formats[FORMAT_CSV].grouped_ending, &name);
	file = deliver_open(buf_string(&name), &err);
	report_pause(top->shown->report);
	if (file != NULL)
		result = top_write(top, file, &err);
	report_resume(top->shown->report);
	if (result == 0)
		result = deliver_commit(file, &err);
	else
		deliver_abort(file);
	if (result != 0)
		buf_printf(&note, "not saved: %s", err.text);
	else
		buf_printf(&note, "saved as %s%s", buf_string(&name),
		    top->rested ? "" : ", while messages are still being read");
	screen_view_note(&top->view, buf_span(&note));
	buf_fini(&name);
	buf_fini(&note);
}

/* --- Lock --- */

/* What is said of the identity, before the command. */
static void top_add_who(struct buf *out, const struct group_row *row)
{
	buf_add(out, row->key[0]);
	buf_printf(out,
	    "\n  %" PRIu64 " message%s, %" PRIu64 " recipient%s, %" PRIu64 " source address%s\n",
	    row->count, row->count == 1 ? "" : "s", row->recipients.count,
	    row->recipients.count == 1 ? "" : "s", row->source_ips.count,
	    row->source_ips.count == 1 ? "" : "es");
	if (row->script.value.n > 0) {
		buf_add_text(out, "  most by ");
		buf_add(out, row->script.value);
		buf_add_char(out, '\n');
	}
	buf_add_char(out, '\n');
}

/* Why there is no command. */
static void top_add_why_not(const struct top *top, struct buf *out, const struct group_row *row)
{
	if (top->options->file_count > 0) {
		buf_add_text(out, "These messages are of files: nobody is locked from here.\n");
	} else if (group_sender_is_weak(row)) {
		buf_add_text(out, "Many customers may be behind that name: ");
		buf_add(out, group_sender_weakness(row));
		buf_add_text(out, ".\n");
	} else if (row->key[0].n == 0) {
		buf_add_text(out, "Nobody is named in these messages.\n");
	} else {
		buf_add_text(out, "The filter must not be given such a name, or it would be shown "
				  "otherwise than it is.\n");
	}
}

static struct sink_lock top_lock(const struct top *top)
{
	struct sink_lock lock = run_lock_command(top->options);

	if (lock.command != NULL || top->options->file_count > 0)
		return lock;
	/* To be filled in. */
	lock = (struct sink_lock){"quarantine-report lock --count=quarantine --api-host=HOST",
	    top->options->profile, top->options->config_path};
	return lock;
}

/* True when it can be run from here. */
static bool top_add_lock(const struct top *top, struct buf *out, const struct group_row *row)
{
	const struct sink_lock lock = top_lock(top);
	size_t before;

	top_add_who(out, row);
	before = out->n;
	if (!sink_lock_add(out, &lock, top->shown->account, row)) {
		top_add_why_not(top, out, row);
		return false;
	}
	buf_add_char(out, '\n');
	if (top->options->api.host.name == NULL) {
		buf_add_text(out, "\nNo API of the filter is configured (--api-host), so that it "
				  "cannot be run from here.\n");
		return false;
	}
	buf_add_text(out, "\nIt counts the messages of this identity, shows them, and asks before "
			  "it locks.\n");
	return out->n > before;
}

void top_show_lock(struct top *top)
{
	struct group_row row;
	struct buf text;
	bool can = false;
	bool found;

	if (!screen_view_is_by_identity(&top->view)) {
		screen_view_note(
		    &top->view, SPAN("only an identity can be locked: 1 groups by identity"));
		return;
	}
	buf_init(&text, 0);
	report_pause(top->shown->report);
	found = screen_view_chosen(&top->view, &row);
	if (found) {
		can = top_add_lock(top, &text, &row);
		buf_clear(&top->identity);
		buf_add(&top->identity, row.key[0]);
	}
	report_resume(top->shown->report);
	if (found)
		screen_view_ask(&top->view, "Lock", buf_span(&text),
		    can && text.failed == 0 && top->identity.failed == 0);
	buf_fini(&text);
}

/* Until Enter, or the end of the input. */
static int top_await_enter(struct err *err)
{
	struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
	char c = '\0';
	ssize_t n;

	if (run_print(SPAN("\nEnter: back to the screen "), err) != 0)
		return -1;
	do {
		if (wait_ready(&input, 1, 0, err) < 0)
			return -1;
		n = read(STDIN_FILENO, &c, 1);
	} while ((n == 1 && c != '\n') || (n < 0 && errno == EINTR));
	return 0;
}

int top_run_lock(struct top *top, struct err *err)
{
	struct options lock = *top->options;
	char *name = (char *)(uintptr_t)buf_string(&top->identity);
	char *const words[] = {name, NULL};
	struct err failure = ERR_INIT;

	lock.mode = mode_find(lock.modes, SPAN("lock"));
	lock.words = words;
	lock.word_count = 1;
	lock.api.domains.count = 0;
	lock.api.username = NULL;
	lock.api.all_users = false;
	lock.api.unattended = false;
	lock.api.hours_ago = sink_lock_hours(top->shown->account);
	lock.api.count = lock.api.log_search ? OPTIONS_COUNT_LOG : OPTIONS_COUNT_QUARANTINE;
	top_log_stop(&top->log);
	screen_terminal_suspend();
	if (run_lock(&lock, top->env, &failure) != 0)
		log_error("%s", failure.text);
	if (failure.code == ERR_SIGNAL) {
		*err = failure;
		return -1;
	}
	if (top_await_enter(err) != 0)
		return -1;
	screen_terminal_resume();
	top_log_start(&top->log);
	return 0;
}
