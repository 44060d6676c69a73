/*
 * The whole program in the order of architecture.md: period, password,
 * outputs, session, folders, records, files under their names.
 */
#ifndef RUN_H
#define RUN_H

#include "base/env.h"
#include "options.h"

/*
 * Makes the report. 0: complete. ERR_DATA: complete and delivered, but some messages could not be
 * read. Any other error: nothing is left under an output's final name.
 */
int run_report(const struct options *options, const struct env *env, struct err *err);

/* --merge: makes the grouped reports of saved reports. Errors as saved_read(); ERR_NOFOLDER when
 * one cannot be opened. */
int run_merge(const struct options *options, const struct env *env, struct err *err);

/* --check: shows the connection, the certificate and the folders on standard output. */
int run_check(const struct options *options, const struct env *env, struct err *err);

/* Writes a text to standard output, complete or ERR_IO. */
int run_print(struct span text, struct err *err);

#endif
