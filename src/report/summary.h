#ifndef FARSCALE_REPORT_SUMMARY_H
#define FARSCALE_REPORT_SUMMARY_H

/*
 * Run records, grouped for tables and plots: a series is one curve (a system with its stack training one
 * model, with the same overrides), a point of it is one number of chips on one clock, over all seeds.
 */

#include "record/record.h"

/** A median with the ends of its error bar; NAN where records have none. */
struct fs_spread {
	double low, median, high;
};

struct fs_point {
	/** Of its records, the one of the lowest seed. They share all but seed and results. */
	const struct fs_run_record *first;
	int records;
	bool live; /* on the wall clock */
	/** Median over the records; the bar goes from the 5th percentile over records of each one's own p5 to
	 *  the 95th of their p95, so that it covers steps and seeds alike. Efficiency goes with 1 / step. */
	struct fs_spread step_s, efficiency;
	/** Medians; NAN where no record has one. */
	double mfu, tokens_per_s, difference;
	/** Means, so that they add up to the mean step. */
	double compute_s, exposed_comm_s, bubble_s, straggler_s;
	/** Of all records together. */
	uint64_t wrong;
};

struct fs_series {
	/** Any of its records: they share system, stack, model and overrides. */
	const struct fs_run_record *first;
	/** The system; stack and overrides too where another series of the model shares the system. */
	char label[400];
	/** By chips, virtual before live. */
	int points;
	struct fs_point *point;
};

struct fs_summary {
	/** By model, system, stack, overrides: never in the order that ranks finished in. */
	int count;
	struct fs_series *series;
	/** Of all series, one after the other. */
	struct fs_point *points;
	/** The weakest letter of all records. */
	char trust;
};

/** Groups records; borrows them. Destroy the result. */
struct fs_summary *fs_summary_create(const struct fs_run_record *records, int count);
void fs_summary_destroy(struct fs_summary *summary);

/** How many series from `first` on train the same model. */
int fs_summary_same_model(const struct fs_summary *summary, int first);

/** The q-th quantile (0..1) of values, by linear interpolation between order statistics (Hyndman and Fan's
 * type 7), without those that are NAN; NAN if none is left. Reorders the values. */
double fs_quantile(double *values, int count, double q);

/** The weaker of two trust letters: R, D, M, E in falling order; anything else (U, unknown) counts as E. */
char fs_trust_weaker(char a, char b);

/** "E: estimate" and so on, for readers. */
const char *fs_trust_text(char trust);

#endif
