/*
 * Where an output ends up: a file, standard output, and also what is no stream, a database or a
 * screen. A run fills all its deliveries, then finishes all, and then commits them; so when one of
 * them cannot be had, none of the others appears.
 */
#ifndef DELIVERY_H
#define DELIVERY_H

#include "base/err.h"

struct delivery;

/* Each may be NULL but `free`. */
struct delivery_ops {
	/* Nothing more will come: does all that can fail and is not seen by anybody yet. */
	int (*finish)(struct delivery *delivery, struct err *err);
	/*
	 * Makes it seen. After 0 it outlasts a crash: a run of --new-only then notes that its
	 * messages are reported. When that fails, or the run is killed in between, the same
	 * messages come again, and the goal must know them. NULL: nothing to do; and for files,
	 * which get their names together, by deliver_commit_all() or state_commit().
	 */
	int (*commit)(struct delivery *delivery, struct err *err);
	/* Gives up what is not committed. */
	void (*free)(struct delivery *delivery);
};

/* The head of every delivery's structure. */
struct delivery {
	const struct delivery_ops *ops;
};

/* In this order, once each. */
int delivery_finish(struct delivery *delivery, struct err *err);
int delivery_commit(struct delivery *delivery, struct err *err);

/* At any time; accepts NULL. */
void delivery_free(struct delivery *delivery);

#endif
