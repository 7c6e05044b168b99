#ifndef FARSCALE_REPORT_FIT_H
#define FARSCALE_REPORT_FIT_H

/* What `validate --fit` prints. */

#include "record/fit.h"

#include <stdio.h>

/** A table of the numbers, and one of the sets' errors. */
void fs_report_fit(FILE *out, const struct fs_fit_number *numbers, int count, const struct fs_fit_set *sets,
                   int set_count);

/** An object a line: numbers, then sets. */
void fs_report_fit_csv(FILE *out, const struct fs_fit_number *numbers, int count,
                       const struct fs_fit_set *sets, int set_count);
void fs_report_fit_json(FILE *out, const struct fs_fit_number *numbers, int count,
                        const struct fs_fit_set *sets, int set_count);

#endif
