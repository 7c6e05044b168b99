#ifndef FARSCALE_COMMAND_FIT_H
#define FARSCALE_COMMAND_FIT_H

/*
 * Fitting numbers of systems to published measurements: those within their bounds that make the mean absolute
 * error of the sets' rows least. Each set weighs the same, however many rows it has. Errors are found by
 * arithmetic (plan/estimate.h), where there is some.
 *
 * Rows are in groups (published.h: groups_of; else rows of one model). Numbers that were fitted to all other
 * groups, and then predict a group, show what the fit is worth where nothing was measured: leave-one-out, a
 * group at a time. Every point that was tried remembers the errors of each group there, so that such a fit
 * begins at the best point for the others among all that are known, and is short.
 *
 * Deterministic. A row that cannot be predicted with the numbers of the files counts for nothing.
 */

#include "command/predict.h"
#include "topology/free_number.h"

struct fs_fit;

/** What the sets and numbers mean is checked: the predictor has checked all rows. Borrows all three; takes
 * over the numbers of the predictor's systems until it is destroyed, when they are as in the files again.
 * NULL: a number is none, or not the same in all systems that it is one of, or not one row can be predicted.
 */
struct fs_fit *fs_fit_create(struct fs_predictor *predictor, const struct fs_published_set *const *sets,
                             int count, const struct fs_free_numbers *numbers, struct fs_error *error);
void fs_fit_destroy(struct fs_fit *fit);

/** Called after each evaluation: how many of at most how many there were in this search. */
void fs_fit_watch(struct fs_fit *fit, void (*progress)(void *context, int evaluations, int most),
                  void *context);

int fs_fit_groups(const struct fs_fit *fit);
const char *fs_fit_group(const struct fs_fit *fit, int group);
/** Of a set: rows that can be predicted, and the groups that they are in. */
int fs_fit_rows(const struct fs_fit *fit, int set);
int fs_fit_groups_of(const struct fs_fit *fit, int set);

/** The numbers as in the files. */
const double *fs_fit_origin(const struct fs_fit *fit);

struct fs_fit_point {
	double value[FS_MOST_FREE];
	double error; /* mean of the sets' means of absolute errors; of sets with rows outside `without` */
	bool settled; /* not ended by the limit of evaluations */
};

/** Finds the best values for all groups but one, or for all (without: -1). There is another group. */
struct fs_fit_point fs_fit_find(struct fs_fit *fit, int without);

/** Did a later search come by a better point for these groups? Then it is worth finding again. */
bool fs_fit_knows_better(const struct fs_fit *fit, int without, const struct fs_fit_point *point);

/** The error of all rows, as above; INFINITY where numbers cannot be so. */
double fs_fit_error(struct fs_fit *fit, const double *value);

/** Errors (predicted / measured - 1) of the rows of a group, or (-1) of all, with these values: error[0 ..]
 * of all rows, set after set; others are left as they are. NAN: not predicted. estimate: by arithmetic. */
void fs_fit_predict(struct fs_fit *fit, const double *value, int group, bool estimate, double *error);

#endif
