/*
 * How many different values there were, in a few KiB however many they are:
 * HyperLogLog.
 *
 * Flajolet, Fusy, Gandouet, Meunier: "HyperLogLog: the analysis of a
 * near-optimal cardinality estimation algorithm", 2007; 64-bit hashes as in
 * Heule, Nunkesser, Hall: "HyperLogLog in practice", 2013; the estimate of
 * Ertl: "New cardinality estimation algorithms for HyperLogLog sketches",
 * 2017, which needs no table of corrections and is right from the first value
 * on.
 *
 * Values are hashes with a secret key; otherwise an author of mail could steer
 * the estimate.
 *
 * All sketches of a run have a budget. When it is used up, each is folded to
 * half of its size, so that they become less precise instead of larger.
 */
#ifndef REPORT_GROUP_SKETCH_H
#define REPORT_GROUP_SKETCH_H

#include <stddef.h>
#include <stdint.h>

/* A sketch has 2^precision registers of a byte. The standard error is 1.04 / sqrt(registers): 1.6 %
 * at first, 13 % at worst. */
#define GROUP_SKETCH_PRECISION       12
#define GROUP_SKETCH_LEAST_PRECISION 6

/* Bytes of all registers of a run. Only sketches of the least precision may exceed it. */
#define GROUP_SKETCH_MAX_BYTES   ((size_t)4 * 1024 * 1024)
#define GROUP_SKETCH_SMALL_BYTES ((size_t)640 * 1024) /* after group_set_be_small() */

struct group_sketch;

struct group_sketches {
	struct group_sketch *first;
	size_t bytes;
	size_t max_bytes;
	unsigned precision;
};

void group_sketches_init(struct group_sketches *sketches);

/* Frees all of them. */
void group_sketches_fini(struct group_sketches *sketches);

/* The standard error in tenths of a percent. */
unsigned group_sketches_error(const struct group_sketches *sketches);

/* An empty sketch; NULL without memory: some may be less precise than before then. */
struct group_sketch *group_sketch_new(struct group_sketches *sketches);

void group_sketch_add(struct group_sketch *sketch, uint64_t hash);

uint64_t group_sketch_estimate(const struct group_sketch *sketch);

#endif
