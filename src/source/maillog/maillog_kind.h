/*
 * Mail logs among the files of a run: how they are known, and read as one log.
 */
#ifndef MAILLOG_KIND_H
#define MAILLOG_KIND_H

#include "source/input_kind.h"

#define MAILLOG_PHP_NAME "php" /* of --input */

/* Lines in which the first stamp is looked for. */
#define MAILLOG_PROBE_LINES 100

/* Bytes that tell one log from another: of two that begin alike, one is a copy. */
#define MAILLOG_FINGERPRINT ((size_t)256)

/* Bytes of a file's end in which the last stamp is looked for. */
#define MAILLOG_TAIL ((size_t)64 * 1024)

/* The word of --log-host that takes the names of directories. */
#define MAILLOG_DIRECTORY "directory"

/* Places of a file at which the day is looked at, when its stamps have no year. */
#define MAILLOG_SAMPLES 1024

/* True for what begins as Exim's main log, in its file or by syslog or the journal; or as a log
 * with lines of Postfix. */
bool maillog_is_exim(struct span first, bool whole);
bool maillog_is_postfix(struct span first, bool whole);

/* PHP's log of mail(), which tells the scripts of messages in the others. */
bool maillog_is_php(struct span first, bool whole);

/*
 * Reads logs as one, in the order of their first stamps; see input_kind.run(). ERR_USAGE when two
 * begin alike, or are of the same time and name no host. Says on standard error what became of the
 * lines. PHP's logs come first; alone they are ERR_USAGE.
 */
int maillog_run(
    const struct input_run *run, struct input_file *const *files, unsigned count, struct err *err);

/* ERR_DATA when the report is grouped by a column that no log has; `name` is the log's. */
int maillog_check_needed(const struct input_run *run, const char *name, struct err *err);

#endif
