#ifndef FARSCALE_CALIBRATE_STATISTICS_H
#define FARSCALE_CALIBRATE_STATISTICS_H

#include <stddef.h>

/** The middle of a set of samples and what most of them stay between. */
struct fs_spread {
	double median, p5, p95;
};

/** The value below which `fraction` (0..1) of ascending samples lie, linear between neighbours (Hyndman and
 *  Fan 1996, definition 7). count >= 1. */
double fs_percentile(const double *ascending, size_t count, double fraction);

/** Sorts the samples. count >= 1. */
struct fs_spread fs_spread_of(double *samples, size_t count);

/** How alike two quantities order the same things: Spearman's rank correlation, -1 to 1; equal ones share
 * their mean rank. NAN where there is no order: all of either are equal, or count < 2. */
double fs_rank_correlation(const double *a, const double *b, size_t count);

#endif
