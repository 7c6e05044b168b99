#include "command/validation_summary.h"

#include "base/error.h"
#include "calibrate/statistics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two layouts are always in order or in reverse. */
enum { LEAST_LAYOUTS = 3 };

static void sum_up(const struct fs_validation_record *records, int count, double *sizes,
                   struct fs_validation_summary *summary)
{
	double sum = 0, sum_of_sizes = 0;
	for (int i = 0; i < count; i++) {
		double error = fs_validation_error(&records[i]);
		if (isnan(error))
			continue;
		sum += error;
		sum_of_sizes += sizes[summary->predicted++] = fabs(error);
		if (isnan(summary->worst) || fabs(error) > fabs(summary->worst)) {
			summary->worst = error;
			snprintf(summary->worst_row, sizeof summary->worst_row, "%s", records[i].row);
		}
	}
	if (summary->predicted == 0)
		return;
	summary->mean = sum_of_sizes / summary->predicted;
	summary->bias = sum / summary->predicted;
	summary->median = fs_spread_of(sizes, (size_t)summary->predicted).median;
}

/* Rows that are layouts of the same as the first of `records`: their values, and how many. Marks them. */
static size_t gather(const struct fs_validation_record *records, int count, bool *seen, double *measured,
                     double *predicted)
{
	size_t members = 0;
	for (int i = 0; i < count; i++) {
		if (strcmp(records[i].layouts_of, records[0].layouts_of) != 0)
			continue;
		seen[i] = true;
		if (isnan(records[i].predicted))
			continue;
		measured[members] = records[i].measured;
		predicted[members++] = records[i].predicted;
	}
	return members;
}

/* Each group weighs as many rows as it has. */
static double rank_of(const struct fs_validation_record *records, int count)
{
	double *measured = fs_allocate((size_t)count * sizeof *measured),
	       *predicted = fs_allocate((size_t)count * sizeof *predicted);
	bool *seen = fs_allocate_zeroed((unsigned long)count, sizeof *seen);
	double sum = 0, weight = 0;
	for (int i = 0; i < count; i++) {
		if (seen[i] || !*records[i].layouts_of)
			continue;
		size_t members = gather(records + i, count - i, seen + i, measured, predicted);
		double rank = fs_rank_correlation(measured, predicted, members);
		if (members < LEAST_LAYOUTS || isnan(rank))
			continue;
		sum += rank * (double)members;
		weight += (double)members;
	}
	free(measured);
	free(predicted);
	free(seen);
	return weight > 0 ? sum / weight : NAN;
}

static bool keeps(double value, double bar)
{
	return bar <= 0 || fabs(value) <= bar;
}

void fs_validation_summarize(const struct fs_validation_record *records, int count,
                             struct fs_validation_summary *summary)
{
	double *sizes = fs_allocate((size_t)count * sizeof *sizes);
	summary->rows = count;
	summary->predicted = 0;
	summary->mean = summary->median = summary->bias = summary->worst = NAN;
	*summary->worst_row = 0;
	sum_up(records, count, sizes, summary);
	summary->rank = rank_of(records, count);
	summary->met = summary->predicted == count && keeps(summary->mean, summary->bar_mean) &&
	               keeps(summary->median, summary->bar_median) &&
	               keeps(summary->worst, summary->bar_worst);
	free(sizes);
}
