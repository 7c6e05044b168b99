#include "calibrate/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

double fs_percentile(const double *ascending, size_t count, double fraction)
{
	assert(count > 0 && fraction >= 0 && fraction <= 1);
	double place = fraction * (double)(count - 1);
	size_t below = (size_t)place, above = below + 1 < count ? below + 1 : below;
	double part = place - (double)below;
	return ascending[below] + part * (ascending[above] - ascending[below]);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct fs_spread fs_spread_of(double *samples, size_t count)
{
	qsort(samples, count, sizeof *samples, by_value);
	return (struct fs_spread){.median = fs_percentile(samples, count, 0.5),
	                          .p5 = fs_percentile(samples, count, 0.05),
	                          .p95 = fs_percentile(samples, count, 0.95)};
}

/* Twice the rank of value[i], so that mean ranks stay whole. Quadratic: sets are small. */
static double twice_rank(const double *value, size_t count, size_t i)
{
	double rank = 0;
	for (size_t j = 0; j < count; j++)
		rank += value[j] < value[i] ? 2 : value[j] == value[i] ? 1 : 0;
	return rank;
}

double fs_rank_correlation(const double *a, const double *b, size_t count)
{
	double mean = (double)count, aa = 0, bb = 0, ab = 0; /* of twice the ranks */
	for (size_t i = 0; i < count; i++) {
		double x = twice_rank(a, count, i) - mean, y = twice_rank(b, count, i) - mean;
		aa += x * x;
		bb += y * y;
		ab += x * y;
	}
	return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : NAN;
}
