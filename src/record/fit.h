#ifndef FARSCALE_RECORD_FIT_H
#define FARSCALE_RECORD_FIT_H

/* What `validate --fit` found: a row for each number, then one for each set. Errors are shares; NAN (null):
 * there is none. Field names are an interface that other tools rely on. */

#include <stdbool.h>

#include <jansson.h>

struct fs_fit_number {
	char number[192];       /* its path, a chip's or system's name before it where it is of these alone */
	double in_file, fitted; /* in the unit of its key */
	double low, high;       /* bounds */
	double least, most;     /* of the fits that leave a group out */
	double less, more;      /* by how much the mean error grows when the number is 10 % less, or more */
	bool settled;           /* its fit ended before the limit of tries */
};

/* Means of absolute errors. */
struct fs_fit_errors {
	double before, after; /* with the numbers in the files, and with the fitted ones */
	double held_out;      /* of rows by a fit to the rows of all other groups */
};

struct fs_fit_set {
	char set[64];
	int rows, groups;                      /* that can be predicted */
	struct fs_fit_errors estimate, engine; /* by arithmetic; by running programs */
};

/** New flat objects, all with the same keys: "kind" is number or set, what the kind does not have is null. */
json_t *fs_fit_number_to_json(const struct fs_fit_number *number);
json_t *fs_fit_set_to_json(const struct fs_fit_set *set);

#endif
