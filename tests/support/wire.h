/*
 * A server in the place of the network (ld --wrap, WIRE_WRAP in Makefile.am), for fuzz targets
 * and unit tests: what it says is the input, and every byte that it is told is looked at. Nothing
 * is waited for, and pauses are over at once.
 *
 * In the input \x01 stands for the tag of the command under way, the oldest when there are several:
 * what is behind that line comes when the next command does. \x03 is the tag of the one behind it.
 * \x02 is the end of a connection; the next one goes on behind it.
 */
#ifndef TESTS_SUPPORT_WIRE_H
#define TESTS_SUPPORT_WIRE_H

#include "base/buf.h"
#include "base/span.h"

/* A new server with this input, which comes in pieces of `step` bytes at most. */
void wire_begin(struct span input, size_t step);

/* From now on the commands are added to `out`, a line for each, without their tags; "connect" for a
 * connection, and "login data" for a line that is no command. */
void wire_record(struct buf *out);

/* Nothing may be left of a command without its line break. */
void wire_end(void);

/* Whether a search was asked for since wire_begin(). */
bool wire_was_searched(void);

#endif
