/*
 * The whole program in the order of architecture.md: period, password,
 * outputs, session, folders, records, files under their names.
 */
#ifndef RUN_H
#define RUN_H

#include "base/env.h"
#include "settings/options.h"

/*
 * Makes the report, of servers or of files. 0: complete. ERR_DATA: delivered, but
 * some messages could not be read, or a file is not complete. Any other error:
 * nothing has got an output's final name, unless the delivery itself failed half-way (a letter that
 * was refused, a second file), or, with --partial, a server: then the report is delivered, and says
 * what it lacks.
 */
int run_report(const struct options *options, const struct env *env, struct err *err);

/* top: the same on a screen that stays. */
int run_top(const struct options *options, const struct env *env, struct err *err);

/* Logs (--syslog) that the options are wrong. */
void run_refuse(const struct options *options, struct err *err);

/* --check: shows the connection, the certificate and the folders on standard output. */
int run_check(const struct options *options, const struct env *env, struct err *err);

/* The commands that act on the filter through its API (control.md), a file each. */
int run_lock(const struct options *options, const struct env *env, struct err *err);
int run_unlock(const struct options *options, const struct env *env, struct err *err);
int run_locked(const struct options *options, const struct env *env, struct err *err);
int run_blacklist(const struct options *options, const struct env *env, struct err *err);
int run_queue(const struct options *options, const struct env *env, struct err *err);
int run_api(const struct options *options, const struct env *env, struct err *err);

/* history: what is done with the history itself. */
int run_history(const struct options *options, const struct env *env, struct err *err);

/* Writes a text to standard output, complete or ERR_IO. */
int run_print(struct span text, struct err *err);

#endif
