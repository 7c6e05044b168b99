#include "calibrate/statistics.h"

#include <assert.h>
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
