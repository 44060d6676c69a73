#include "group/group_sketch.h"

#include <stdlib.h>

/* The bits of a hash that choose the register. The bits above give its value, whatever the
 * precision, so that a sketch can be folded. */
#define SKETCH_INDEX_MASK ((UINT64_C(1) << GROUP_SKETCH_PRECISION) - 1)
#define SKETCH_RANKS      (64 - GROUP_SKETCH_PRECISION)

#define SKETCH_ALPHA 0.72134752044448170368 /* 1 / (2 ln 2) */

struct group_sketch {
	struct group_sketch *next;
	uint8_t *registers;
	unsigned precision;
};

void group_sketches_init(struct group_sketches *sketches)
{
	*sketches = (struct group_sketches){
	    .precision = GROUP_SKETCH_PRECISION, .max_bytes = GROUP_SKETCH_MAX_BYTES};
}

void group_sketches_fini(struct group_sketches *sketches)
{
	while (sketches->first != NULL) {
		struct group_sketch *sketch = sketches->first;

		sketches->first = sketch->next;
		free(sketch->registers);
		free(sketch);
	}
	group_sketches_init(sketches);
}

unsigned group_sketches_error(const struct group_sketches *sketches)
{
	static const unsigned error[] = {130, 92, 65, 46, 33, 23, 16};

	_Static_assert(sizeof(error) / sizeof(error[0]) ==
			   GROUP_SKETCH_PRECISION - GROUP_SKETCH_LEAST_PRECISION + 1,
	    "an error for each precision");
	return error[sketches->precision - GROUP_SKETCH_LEAST_PRECISION];
}

/* Halves the size, with the same result as if it had been that size from the beginning. */
static int group_sketch_fold(struct group_sketches *sketches, struct group_sketch *sketch)
{
	size_t half = (size_t)1 << (sketch->precision - 1);
	uint8_t *smaller;

	for (size_t i = 0; i < half; i++)
		if (sketch->registers[half + i] > sketch->registers[i])
			sketch->registers[i] = sketch->registers[half + i];
	sketch->precision--;
	smaller = realloc(sketch->registers, half);
	if (smaller == NULL)
		return -1;
	sketch->registers = smaller;
	sketches->bytes -= half;
	return 0;
}

static int group_sketches_make_room(struct group_sketches *sketches)
{
	while (sketches->precision > GROUP_SKETCH_LEAST_PRECISION &&
	       sketches->bytes + ((size_t)1 << sketches->precision) > sketches->max_bytes) {
		sketches->precision--;
		for (struct group_sketch *sketch = sketches->first; sketch != NULL;
		     sketch = sketch->next)
			if (group_sketch_fold(sketches, sketch) != 0)
				return -1;
	}
	return 0;
}

struct group_sketch *group_sketch_new(struct group_sketches *sketches)
{
	struct group_sketch *sketch;

	if (group_sketches_make_room(sketches) != 0)
		return NULL;
	sketch = malloc(sizeof(*sketch));
	if (sketch == NULL)
		return NULL;
	*sketch = (struct group_sketch){sketches->first, NULL, sketches->precision};
	sketch->registers = calloc((size_t)1 << sketch->precision, 1);
	if (sketch->registers == NULL) {
		free(sketch);
		return NULL;
	}
	sketches->first = sketch;
	sketches->bytes += (size_t)1 << sketch->precision;
	return sketch;
}

/* The register keeps the number of leading zeros, plus one. */
void group_sketch_add(struct group_sketch *sketch, uint64_t hash)
{
	uint8_t *place = &sketch->registers[hash & ((UINT64_C(1) << sketch->precision) - 1)];
	uint8_t rank = (uint8_t)(__builtin_clzll(hash | SKETCH_INDEX_MASK) + 1);

	if (rank > SKETCH_RANKS)
		rank = SKETCH_RANKS;
	if (rank > *place)
		*place = rank;
}

/* Ertl's sigma(x), for x < 1: x + the sum of x^(2^k) 2^(k-1). */
static double group_sketch_sigma(double x)
{
	double sum = x;
	double factor = 1;
	double before;

	do {
		x *= x;
		before = sum;
		sum += x * factor;
		factor += factor;
	} while (sum > before);
	return sum;
}

/* Ertl's algorithm 6. A full register (one in 2^52) counts as one that is not. */
uint64_t group_sketch_estimate(const struct group_sketch *sketch)
{
	const size_t size = (size_t)1 << sketch->precision;
	const double m = (double)size;
	unsigned count[SKETCH_RANKS + 1] = {0};
	double z = 0;

	for (size_t i = 0; i < size; i++)
		count[sketch->registers[i]]++;
	if (count[0] == size)
		return 0;
	for (unsigned rank = SKETCH_RANKS; rank > 0; rank--)
		z = (z + count[rank]) / 2;
	z += m * group_sketch_sigma(count[0] / m);
	return (uint64_t)(SKETCH_ALPHA * m * m / z + 0.5);
}
