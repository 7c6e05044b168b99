#ifndef FARSCALE_BASE_MINIMISE_H
#define FARSCALE_BASE_MINIMISE_H

/*
 * The least value of a function of a few bounded numbers, without derivatives: the simplex method of Nelder
 * and Mead ("A simplex method for function minimization", Computer Journal 7, 1965) in a unit cube into which
 * the ranges are mapped, by their logarithm where they lie above 0. A point outside is put on the cube's
 * face. When a simplex has shrunk, a new one is begun at the best point, with its sides the other way round:
 * a flattened simplex may have stopped short. A local method, but for the points that are
 * tried first (Halton, Numerische Mathematik 2, 1960); the same numbers on every machine where the
 * function's are.
 */

#include <stdbool.h>

enum { FS_MOST_UNKNOWNS = 16 };

struct fs_range {
	double low, high; /* finite, low < high */
};

struct fs_minimise_options {
	int evaluations;     /* at most, restarts included; the first simplex is always evaluated */
	int around;          /* points all over the ranges that are tried first; the best one begins */
	int restarts;        /* new simplices at the best point, after the first one */
	double side;         /* of the first simplex, as a part of each range; 0 .. 1 */
	double place, value; /* settled: the simplex is no wider than `place`, as a part of each range, and
	                      * its values no further apart than `value` */
};

struct fs_minimum {
	double value;
	int evaluations;
	bool settled; /* not ended by the limit of evaluations */
};

/** What is minimised, at x[0 .. count - 1] within the ranges. INFINITY: not allowed there. Never NAN. */
typedef double fs_objective(const double *x, void *context);

/** x: where to begin, moved into the ranges; on return the best point that was tried. 1 <= count <=
 * FS_MOST_UNKNOWNS. */
struct fs_minimum fs_minimise(int count, const struct fs_range *range, double *x, fs_objective *objective,
                              void *context, const struct fs_minimise_options *options);

#endif
