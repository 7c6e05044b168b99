#ifndef FARSCALE_BASE_RANDOM_H
#define FARSCALE_BASE_RANDOM_H

/*
 * Random numbers that depend on nothing but their coordinates, so that a chip draws the same ones whichever
 * rank stands in for it, on every machine: a counter-based generator (Philox4x32-10: Salmon, Moraes, Dror,
 * Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011) and logarithm, exponential and normal
 * quantile in plain IEEE arithmetic, because those of the C library differ in the last bit between machines.
 */

#include <stdint.h>

/** Two independent uniform numbers in (0, 1), by seed and three coordinates. */
struct fs_uniform_pair {
	double first, second;
};
struct fs_uniform_pair fs_random_pair(uint64_t seed, uint64_t chip, uint32_t step, uint32_t draw);

/** Natural logarithm of a positive normal number; relative error below 1e-15. */
double fs_log(double x);

/** e^x for |x| < 700; relative error below 1e-15. */
double fs_exp(double x);

/** Quantile of the normal distribution, 0 < p < 1 (Wichura, algorithm AS 241, Applied Statistics 37, 1988:
 *  PPND16, relative error about 1e-16). */
double fs_normal_quantile(double p);

/** A good mixing of 64 bits (the finalizer of splitmix64), for checksums. */
uint64_t fs_mix64(uint64_t value);

#endif
