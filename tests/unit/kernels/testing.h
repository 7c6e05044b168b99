#ifndef FARSCALE_TESTS_KERNELS_TESTING_H
#define FARSCALE_TESTS_KERNELS_TESTING_H

/* What the tests of kernels share: arrays with known contents, comparison, slopes by finite differences. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "kernels/hash.h"

/* An array of random floats in -1 .. 1; the caller frees it. */
static inline float *random_array(size_t count, uint64_t key)
{
	float *array = malloc(count * sizeof *array);

	assert_non_null(array);
	for (size_t i = 0; i < count; i++)
		array[i] = fs_kernel_uniform(key, i);
	return array;
}

static inline void assert_close(double actual, double expected, double absolute, double relative)
{
	if (!(fabs(actual - expected) <= absolute + relative * fabs(expected)))
		fail_msg("%.9g instead of %.9g", actual, expected);
}

static inline void assert_all_close(const float *actual, const float *expected, size_t count, double absolute)
{
	for (size_t i = 0; i < count; i++)
		if (!(fabs((double)actual[i] - (double)expected[i]) <= absolute))
			fail_msg("[%zu] is %.9g instead of %.9g", i, (double)actual[i], (double)expected[i]);
}

/* d loss / d x by central differences. */
static inline double slope_of(double (*loss)(void *context), void *context, float *x, float step)
{
	float here = *x;
	volatile float above = here + step, below = here - step; /* what a float really holds */

	*x = above;
	double high = loss(context);
	*x = below;
	double low = loss(context);
	*x = here;
	return (high - low) / ((double)above - (double)below);
}

/* Every gradient[i] is the slope of loss along x[i]. */
static inline void assert_is_gradient(double (*loss)(void *context), void *context, float *x,
                                      const float *gradient, size_t count, float step, double absolute,
                                      double relative)
{
	for (size_t i = 0; i < count; i++) {
		double slope = slope_of(loss, context, &x[i], step);

		if (!(fabs((double)gradient[i] - slope) <= absolute + relative * fabs(slope)))
			fail_msg("gradient [%zu] is %.6g, but the slope is %.6g", i, (double)gradient[i],
			         slope);
	}
}

/* sum of a[i] * b[i]: turns an output into a loss whose gradient is b. */
static inline double weighted_sum(const float *a, const float *b, size_t count)
{
	double sum = 0.0;

	for (size_t i = 0; i < count; i++)
		sum += (double)a[i] * (double)b[i];
	return sum;
}

#endif
