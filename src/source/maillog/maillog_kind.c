#include "source/maillog/maillog_kind.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/log.h"
#include "input/input_line.h"
#include "source/maillog/maillog.h"
#include "source/maillog/maillog_php.h"

#define SAMPLE_SIZE ((size_t)4096)

/* One of the logs. */
struct log_file {
	struct input_file *file;
	time_t first;         /* its first stamp */
	bool has_time;        /* it has one */
	bool is_bare;         /* its lines name no host */
	time_t last;          /* its last stamp; 0: unknown */
	char *host;           /* of its lines, when they name none; or NULL */
	bool is_of_directory; /* that is the directory's name, and no word of the user's */
	time_t anchor;
	char print[MAILLOG_FINGERPRINT];
	size_t print_n;
	unsigned order; /* on the command line */
	size_t day_count;
	struct maillog_day *day;
};

static bool input_file_is_php(const struct input_file *file)
{
	return file->kind != NULL && strcmp(file->kind->name, MAILLOG_PHP_NAME) == 0;
}

/* What PHP logged of calls of mail(). -1 with what may be about this file alone, -2 else. */
static int php_read_lines(struct php_calls *calls, struct input *input, struct err *err)
{
	struct input_lines lines = {.input = input};
	struct input_line line;
	struct php_entry entry;
	int got;

	while ((got = input_line_next(&lines, &line, err)) == 1)
		if (!line.is_cut && line.has_end && php_entry_read(line.text, &entry) &&
		    php_calls_add(calls, &entry) != 0) {
			err_nomem(err);
			return -2;
		}
	return got;
}

static int php_read(struct php_calls *calls, struct input_file *file, struct err *err)
{
	struct input *input = input_file_open(file, err);
	int result;

	if (input == NULL)
		return input_file_note(file, err);
	result = php_read_lines(calls, input, err);
	input_close(input);
	return result == -1 ? input_file_note(file, err) : result == 0 ? 0 : -1;
}

/* All of PHP's logs, which are no logs by themselves. */
static int php_read_all(
    struct php_calls *calls, struct input_file *const *files, unsigned count, struct err *err)
{
	unsigned others = 0;

	for (unsigned i = 0; i < count; i++) {
		if (!input_file_is_php(files[i]))
			others++;
		else if (php_read(calls, files[i], err) != 0)
			return -1;
	}
	if (others == 0)
		return err_set(err, ERR_USAGE,
		    "'%s' is PHP's log of mail(): it goes with the log of the mail server",
		    files[0]->place->host);
	if (calls->left_out > 0)
		log_warn("%" PRIu64 " lines of PHP's log are not used: there is no room for more "
			 "(PHP_MAX_BYTES); a period makes it shorter",
		    calls->left_out);
	return 0;
}

/* Days from all over a file whose stamps have no year; it may be longer than one. */
static int log_file_sample(struct log_file *log, const struct stat *found, struct err *err)
{
	char bytes[SAMPLE_SIZE];
	off_t step = found->st_size / MAILLOG_SAMPLES;
	int fd = open(log->file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return 0; /* reading it will tell */
	log->day = calloc(MAILLOG_SAMPLES + 1, sizeof(*log->day));
	if (log->day == NULL) {
		close(fd);
		return err_nomem(err);
	}
	if (step < (off_t)SAMPLE_SIZE)
		step = (off_t)SAMPLE_SIZE;
	for (off_t at = 0; at < found->st_size && log->day_count <= MAILLOG_SAMPLES; at += step) {
		ssize_t n = pread(fd, bytes, sizeof(bytes), at);
		struct span text = {bytes, n > 0 ? (size_t)n : 0};
		size_t end = at == 0 ? 0 : span_find(text, '\n');

		if (end == SPAN_NPOS)
			continue;
		if (maillog_day_read(
			span_from(text, at == 0 ? 0 : end + 1), &log->day[log->day_count]))
			log->day_count++;
	}
	close(fd);
	return 0;
}

/* The first entry of the journal has its time in microseconds, as text. */
static bool journal_find_time(struct span first, time_t *when_r)
{
	static const struct span name = {"__REALTIME_TIMESTAMP", 20};
	size_t at = span_find_text(first, name);
	uint64_t usec;

	if (at == SPAN_NPOS || (first.p[0] != '{' && first.p[0] != '_'))
		return false;
	first = span_from(first, at + name.n);
	for (int i = 0; i < 4 && first.n > 0 && !span_is_digit(first.p[0]); i++)
		first = span_from(first, 1);
	if (span_number(first, &usec) == 0)
		return false;
	*when_r = (time_t)(usec / 1000000);
	return true;
}

/* The first stamp, among the first lines. */
static void log_file_find_time(struct log_file *log, struct span first)
{
	log->has_time = journal_find_time(first, &log->first);
	for (unsigned i = 0; i < MAILLOG_PROBE_LINES && first.n > 0 && !log->has_time; i++) {
		struct span line = span_head(first, span_find(first, '\n'));

		log->has_time = maillog_when(line, log->anchor, &log->first, &log->is_bare);
		first = span_from(first, line.n + 1);
	}
}

/* The last stamp of a file of Exim's own. */
static int log_file_find_end(struct log_file *log, const struct stat *found, struct err *err)
{
	off_t at = found->st_size > (off_t)MAILLOG_TAIL ? found->st_size - (off_t)MAILLOG_TAIL : 0;
	int fd = open(log->file->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct span text;
	bool bare;
	ssize_t n;
	char *bytes;

	if (fd < 0)
		return 0; /* reading it will tell */
	bytes = malloc(MAILLOG_TAIL);
	if (bytes == NULL) {
		close(fd);
		return err_nomem(err);
	}
	n = pread(fd, bytes, MAILLOG_TAIL, at);
	text = (struct span){bytes, n > 0 ? (size_t)n : 0};
	while (text.n > 0 && log->last == 0) {
		size_t end = span_rfind(text, '\n');
		size_t begin = end != SPAN_NPOS ? end + 1 : 0;

		/* What is later than the file is a customer's: part of a folder's name. */
		if (!maillog_when(span_from(text, begin), log->anchor, &log->last, &bare) ||
		    log->last > log->anchor + MAILLOG_OVERLAP)
			log->last = 0;
		text = span_head(text, end != SPAN_NPOS ? end : 0);
	}
	free(bytes);
	close(fd);
	return 0;
}

/* The name of the directory that it lies in. */
static int log_file_directory(struct log_file *log, struct err *err)
{
	const char *path = log->file->path;
	char *whole = input_is_stdin(path) ? NULL : realpath(path, NULL);
	char *slash = whole != NULL ? strrchr(whole, '/') : NULL;

	if (slash != NULL)
		*slash = '\0';
	slash = slash != NULL ? strrchr(whole, '/') : NULL;
	if (slash == NULL || slash[1] == '\0') {
		free(whole);
		return err_set(err, ERR_USAGE,
		    "--log-host=" MAILLOG_DIRECTORY ": '%s' lies in no directory with a name",
		    log->file->place->host);
	}
	log->host = strdup(slash + 1);
	log->is_of_directory = true;
	free(whole);
	return log->host != NULL ? 0 : err_nomem(err);
}

static int log_file_name_host(struct log_file *log, const struct input_run *run, struct err *err)
{
	if (!log->is_bare || run->log_host.n == 0)
		return 0;
	if (span_eq(run->log_host, SPAN(MAILLOG_DIRECTORY)))
		return log_file_directory(log, err);
	log->host = strndup(run->log_host.p, run->log_host.n);
	return log->host != NULL ? 0 : err_nomem(err);
}

static int log_file_look(
    struct log_file *log, const struct input_run *run, struct input *input, struct err *err)
{
	const struct stat *found = input_stat(input);
	struct maillog_day day;
	struct span first = SPAN_EMPTY;
	bool is_plain;

	log->anchor = S_ISREG(found->st_mode) && found->st_mtime > 0 ? found->st_mtime : run->now;
	if (run->log_end != 0)
		log->anchor = run->log_end;
	if (input_window(input, INPUT_KIND_HEAD, &first, err) < 0)
		return -1;
	while (first.n > 0 && first.p[0] == '\0') /* where a copied file was truncated */
		first = span_from(first, 1);
	log->print_n = first.n < MAILLOG_FINGERPRINT ? first.n : MAILLOG_FINGERPRINT;
	if (log->print_n > 0)
		memcpy(log->print, first.p, log->print_n);
	is_plain = S_ISREG(found->st_mode) && input_compression(input) == NULL &&
		   !input_is_stdin(log->file->path);
	if (is_plain && maillog_day_read(first, &day) && log_file_sample(log, found, err) != 0)
		return -1;
	log_file_find_time(log, span_head(first, INPUT_KIND_HEAD));
	if (is_plain && log->is_bare && log_file_find_end(log, found, err) != 0)
		return -1;
	return log_file_name_host(log, run, err);
}

/* What standard input has is read once: it stays open. */
static int log_file_open(struct log_file *log, const struct input_run *run, struct err *err)
{
	bool is_held = log->file->input != NULL;
	struct input *input = input_file_open(log->file, err);
	int result;

	if (input == NULL)
		return -1;
	result = log_file_look(log, run, input, err);
	if (is_held)
		log->file->input = input;
	else
		input_close(input);
	return result;
}

static int log_file_compare(const void *a, const void *b)
{
	const struct log_file *one = a, *other = b;

	if (one->has_time != other->has_time)
		return one->has_time ? 1 : -1;
	if (one->has_time && one->first != other->first)
		return one->first < other->first ? -1 : 1;
	return one->order < other->order ? -1 : 1;
}

/* A copy under another name, compressed or not, would count everything twice. */
static int logs_check_twice(const struct log_file *log, unsigned count, struct err *err)
{
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; k < i; k++)
			if (log[i].print_n == MAILLOG_FINGERPRINT &&
			    log[k].print_n == MAILLOG_FINGERPRINT &&
			    memcmp(log[i].print, log[k].print, MAILLOG_FINGERPRINT) == 0)
				return err_set(err, ERR_USAGE,
				    "'%s' and '%s' begin alike: their messages would count twice",
				    log[k].file->place->host, log[i].file->place->host);
	return 0;
}

static int logs_refuse_hosts(
    const struct log_file *one, const struct log_file *other, struct err *err)
{
	const char *first = one->file->place->host, *second = other->file->place->host;

	if (other->is_of_directory)
		return err_set(err, ERR_USAGE,
		    "'%s' and '%s' are of the same time, so of two hosts, and lie in one "
		    "directory, so that --log-host=" MAILLOG_DIRECTORY " names them alike",
		    first, second);
	return err_set(err, ERR_USAGE,
	    "'%s' and '%s' are of the same time, so of two hosts, and Exim's own log names none: "
	    "--log-host=" MAILLOG_DIRECTORY " names each by the directory that it lies in",
	    first, second);
}

/* Nothing but their directory, if that, says which hosts they are of. */
static bool logs_may_be_of_one(const struct log_file *one, const struct log_file *other)
{
	if (!one->is_bare || !other->is_bare || one->is_of_directory != other->is_of_directory)
		return false;
	return one->is_of_directory ? strcmp(one->host, other->host) == 0
				    : one->host == NULL && other->host == NULL;
}

/*
 * One login of two hosts is two customers. Logs of one host follow each other; of logs that name no
 * host, two of the same time are of two. In the order of their first stamps.
 */
static int logs_check_hosts(const struct log_file *log, unsigned count, struct err *err)
{
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; k < i; k++)
			if (logs_may_be_of_one(&log[k], &log[i]) &&
			    log[i].first + MAILLOG_OVERLAP < log[k].last)
				return logs_refuse_hosts(&log[k], &log[i], err);
	return 0;
}

/* The same, of those whose ends only reading them shows. */
static int log_file_check_host(
    const struct maillog *log, const struct log_file *file, unsigned i, struct err *err)
{
	if (!file[i].is_bare || file[i].host != NULL ||
	    file[i].first + MAILLOG_OVERLAP >= maillog_bare_end(log))
		return 0;
	for (unsigned k = i; k-- > 0;)
		if (file[k].is_bare)
			return logs_refuse_hosts(&file[k], &file[i], err);
	return 0;
}

/* All lines of one. -1 with what may be about this file alone. */
static int log_file_read_lines(struct maillog *log, struct input *input, struct err *err)
{
	struct input_lines lines = {.input = input};
	struct input_line line;
	int got;

	while ((got = input_line_next(&lines, &line, err)) == 1) {
		if (interrupt_check(err) != 0)
			return -2;
		/* Of CR LF the CR counts where lengths do; the reader takes it off elsewhere. */
		if (line.has_end && line.text.p[line.text.n] == '\r')
			line.text.n++;
		if (maillog_take(log, line.text, line.is_cut || !line.has_end, err) != 0)
			return -2;
	}
	return got;
}

/* True when there are lines, and none has the head of a log's. */
static bool log_is_none(const struct maillog_counts *now, const struct maillog_counts *before)
{
	uint64_t lines = now->lines - before->lines;

	return lines > 0 && now->used + now->other + now->early + now->forged ==
				before->used + before->other + before->early + before->forged;
}

static int log_file_read(struct maillog *log, struct log_file *file, struct err *err)
{
	struct input *input = input_file_open(file->file, err);
	struct err missing = ERR_INIT;
	struct maillog_counts before;
	int result;

	if (input == NULL)
		return input_file_note(file->file, err);
	before = *maillog_counts(log);
	maillog_begin(log, file->file->place, file->anchor);
	maillog_set_year(log, file->day, file->day_count);
	if (file->host != NULL)
		maillog_set_host(log, span_of(file->host));
	result = log_file_read_lines(log, input, &missing);
	if (result == 0 && input_has_grown(input))
		log_info("'%s' has grown since it was opened: what came then is not read",
		    input_name(input));
	input_close(input);
	if (result == -2) {
		*err = missing;
		return -1;
	}
	if (maillog_end_file(log, err) != 0)
		return -1;
	if (result == 0 && log_is_none(maillog_counts(log), &before))
		result = err_set(&missing, ERR_DATA, "'%s': no line of it is one of a mail log",
		    file->file->place->host);
	if (result == -1 && input_file_note(file->file, &missing) != 0) {
		*err = missing;
		return -1;
	}
	if (maillog_is_longer(log))
		log_warn("'%s' is longer than a year, or older than the time of the file "
			 "(--log-end), and its stamps have no year: some are a year too late",
		    file->file->place->host);
	return 0;
}

static int logs_read(struct maillog *log, const struct input_run *run, struct log_file *file,
    unsigned count, struct err *err)
{
	for (unsigned i = 0; i < count; i++)
		if (log_file_check_host(log, file, i, err) != 0 ||
		    log_file_read(log, &file[i], err) != 0)
			return -1;
	if (maillog_end(log, err) != 0)
		return -1;
	maillog_warn(log);
	if (run->talk)
		maillog_summarize(maillog_counts(log));
	return 0;
}

/* Those that are logs of a mail server, with what must be known of them before they are read. */
static int logs_open(const struct input_run *run, struct input_file *const *files, unsigned count,
    struct log_file *file, struct err *err)
{
	unsigned present = 0;

	for (unsigned i = 0; i < count; i++) {
		struct log_file *next = &file[present];

		if (input_file_is_php(files[i]))
			continue;
		next->file = files[i];
		next->order = i;
		if (log_file_open(next, run, err) == 0)
			present++;
		else if (input_file_note(files[i], err) != 0)
			return -1;
		else if (err->code != ERR_NOFOLDER)
			present++; /* what can be read of it is */
		else
			next->file = NULL;
	}
	return 0;
}

static int logs_run(const struct input_run *run, struct php_calls *scripts, struct log_file *file,
    unsigned count, struct err *err)
{
	const struct maillog_settings settings = {
	    .report = run->report,
	    .scripts = scripts->count > 0 ? scripts : NULL,
	    .period = run->period,
	    .failed_logins = run->failed_logins,
	    .explain = run->explain,
	    .filter_uid = run->filter_uid,
	};
	struct maillog *log;
	int result;

	while (count > 0 && file[count - 1].file == NULL)
		count--;
	if (logs_check_twice(file, count, err) != 0)
		return -1;
	log = maillog_new(&settings, err);
	if (log == NULL)
		return -1;
	qsort(file, count, sizeof(*file), log_file_compare);
	result = logs_check_hosts(file, count, err);
	if (result == 0)
		result = logs_read(log, run, file, count, err);
	maillog_free(log);
	return result;
}

/* What logs never tell groups nothing. */
int maillog_check_needed(const struct input_run *run, const char *name, struct err *err)
{
	const struct column_set absent = maillog_absent();

	for (unsigned i = 0; i < run->needed->count; i++)
		if (column_set_has(&absent, run->needed->column[i]))
			return err_set(err, ERR_DATA,
			    "'%s' is a mail log, which has no column '%s', by which the report is "
			    "grouped",
			    name, record_columns[run->needed->column[i]].title);
	return 0;
}

int maillog_run(
    const struct input_run *run, struct input_file *const *files, unsigned count, struct err *err)
{
	struct log_file *file = calloc(count, sizeof(*file));
	struct php_calls scripts;
	int result;

	if (file == NULL)
		return err_nomem(err);
	php_calls_init(&scripts);
	result = maillog_check_needed(run, files[0]->place->host, err);
	if (result == 0)
		result = php_read_all(&scripts, files, count, err);
	if (result == 0)
		result = logs_open(run, files, count, file, err);
	if (result == 0)
		result = logs_run(run, &scripts, file, count, err);
	php_calls_fini(&scripts);
	for (unsigned i = 0; i < count; i++) {
		free(file[i].day);
		free(file[i].host);
	}
	free(file);
	return result;
}
